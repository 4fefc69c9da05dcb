"""What is wrong with the gradients of a network, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median

from nn.callbacks.units import SATURATED_BELOW, Units

# The limits of ``diagnose``, and why they are where they are.

# Recorded steps to take the median over: one batch alone may be an odd one.
WINDOW = 10

# A layer with a thousandth of another's gradient per weight learns in a thousand steps of plain
# gradient descent what the other learns in one. In a sound network the layers differ by tens.
VANISHING = 1e-3

# Gradients are commonly clipped to lengths of 1 to 10 (Pascanu, Mikolov and Bengio 2013).
EXPLODING = 1e3

# Gradients shrink as a network learns. Growth counts from a length of 1 on only: below that it
# may be the end of a plateau.
GROWTH = 100.0

# Some dead units are usual with relu. With most of them dead, a layer is not the one asked for.
DEAD = 0.5

# On a few rows a sound relu may well be blocked each time; on ten it is one in a thousand.
ROWS = 10

# Saturated units are how tanh and sigmoid say "surely", and a trained classifier may have them in
# more than half of all cases. In three of four, little comes through to the layers before (Glorot
# and Bengio 2010).
SATURATED = 0.75

# A thousandth is usual. After steps of a tenth, ten steps later nothing is left of a weight.
LARGE_UPDATE = 0.1

# A million such steps would be needed to move a weight by its own size.
SMALL_UPDATE = 1e-6

# Smaller gradients than these are what rounding has left of zeros.
NOISE = 1e-12

Series = Mapping[str, Sequence[float]]


def diagnose(
    sizes: Mapping[str, int],
    steps: Sequence[int],
    gradients: Series,
    ratios: Series,
    units: Mapping[str, Units],
    rows: int,
) -> list[str]:
    """Sentences on what is wrong, the likely causes first; an empty list if nothing is.

    ``sizes`` are the numbers of parameters of each layer, from the first layer to the last;
    ``gradients`` the lengths of their gradients and ``ratios`` those of the updates by those of
    the weights, at each of ``steps``; ``units`` is a census of ``rows`` rows.

    >>> diagnose({"first": 4, "last": 4}, [1], {"first": [1e-5], "last": [0.1]}, {}, {}, 0)[0]
    "first is vanishing: its gradient per weight is 0.0001 of last's; try relu, fewer layers, ..."
    """
    if not steps:  # stopped before the first of them
        return [*_dead(units, rows), *_saturated(units)]
    return [
        *_exploding(steps, gradients),
        *_dead(units, rows),
        *_saturated(units),
        *_vanishing(sizes, gradients, units),
        *_updates(gradients, ratios),
    ]


def _exploding(steps: Sequence[int], gradients: Series) -> list[str]:
    advice = "try a smaller learning rate, smaller first weights, or inputs of about unit size"
    lost = [name for name in gradients if not all(map(math.isfinite, gradients[name]))]
    if lost:
        first = min(_first_not_finite(gradients[name]) for name in lost)
        return [
            f"{_are(lost)} exploding: inf or nan in the gradients at step {steps[first]}; {advice}"
        ]
    said = []
    huge = [name for name in gradients if _latest(gradients[name]) > EXPLODING]
    if huge:
        worst = max(huge, key=lambda name: _latest(gradients[name]))
        norm = f"{_whose(huge, worst, 'gradient')} has a norm of {_latest(gradients[worst]):.2g}"
        said.append(f"{_are(huge)} exploding: {norm}; {advice}")
    grown = [name for name in gradients if name not in huge and _has_grown(gradients[name])]
    if grown:
        worst = max(grown, key=lambda name: _latest(gradients[name]))
        norms = f"from {_earliest(gradients[worst]):.2g} to {_latest(gradients[worst]):.2g}"
        whose = _whose(grown, worst, "gradient")
        said.append(f"{_are(grown)} exploding: {whose} grew {norms}; {advice}")
    return said


def _dead(units: Mapping[str, Units], rows: int) -> list[str]:
    return [
        f"{found.dead} of {found.number} units of {name} are dead: their slope is 0 on all {rows} "
        "rows looked at; try a smaller learning rate, larger biases, or leaky_relu"
        for name, found in units.items()
        if rows >= ROWS and (found.dead_share or 0.0) > DEAD
    ]


def _saturated(units: Mapping[str, Units]) -> list[str]:
    return [
        f"{name} is saturated: its activations have less than {SATURATED_BELOW:.0%} of their full "
        f"slope in {found.saturated_share:.0%} of all cases; try smaller first weights, inputs of "
        "about unit size, or relu"
        for name, found in units.items()
        # an output that is saturated may be one that is rightly sure
        if not found.are_outputs and (found.saturated_share or 0.0) >= SATURATED
    ]


def _vanishing(
    sizes: Mapping[str, int], gradients: Series, units: Mapping[str, Units]
) -> list[str]:
    names = list(gradients)
    per_weight = {name: _latest(gradients[name]) / math.sqrt(sizes[name]) for name in names}
    # no gradient comes through a layer that is dead as a whole, which is told already
    blocked = [i for i, name in enumerate(names) if units.get(name, Units()).dead_share == 1.0]
    shares: dict[str, tuple[float, str]] = {}
    for i, name in enumerate(names):
        later = max(names[i + 1 :], key=lambda other: per_weight[other], default=name)
        if i <= max(blocked, default=-1) or not per_weight[later] > NOISE:
            continue
        if per_weight[name] < VANISHING * per_weight[later]:
            shares[name] = per_weight[name] / per_weight[later], later
    if not shares:
        return []
    worst = min(shares, key=lambda name: shares[name])
    share, later = shares[worst]
    whose = _whose(list(shares), worst, "gradient per weight")
    return [
        f"{_are(list(shares))} vanishing: {whose} is {share:.1g} of {later}'s; "
        "try relu, fewer layers, or larger first weights"
    ]


def _updates(gradients: Series, ratios: Series) -> list[str]:
    said = []
    large = [
        name
        for name in ratios
        if _latest(ratios[name]) > LARGE_UPDATE and not _latest(gradients.get(name, [1.0])) <= NOISE
    ]
    if large:
        worst = max(large, key=lambda name: _latest(ratios[name]))
        said.append(
            f"{_are(large)} moved too far by each step: {_whose(large, worst, 'update')} is "
            f"{_latest(ratios[worst]):.2g} of the weights; try a smaller learning rate"
        )
    moved = max((max(numbers) for numbers in ratios.values()), default=math.inf)
    if moved < SMALL_UPDATE and any(max(numbers) > 0.0 for numbers in gradients.values()):
        said.append(
            f"the weights hardly move: no update was above {moved:.1g} of a layer's weights; "
            "try a larger learning rate"
        )
    return said


def _latest(numbers: Sequence[float]) -> float:
    return _typical(numbers[-WINDOW:])


def _earliest(numbers: Sequence[float]) -> float:
    return _typical(numbers[: min(WINDOW, len(numbers) // 2)])


def _typical(numbers: Sequence[float]) -> float:
    """The median of those that are finite; nan, which is no more and no less, if none is."""
    finite = [x for x in numbers if math.isfinite(x)]
    return median(finite) if finite else math.nan


def _has_grown(numbers: Sequence[float]) -> bool:
    early, late = _earliest(numbers), _latest(numbers)
    return late > 1.0 and late > GROWTH * early > 0.0


def _first_not_finite(numbers: Sequence[float]) -> int:
    return next(i for i, x in enumerate(numbers) if not math.isfinite(x))


def _are(names: Sequence[str]) -> str:
    """Names before what is said of them, the first few if they are many."""
    if len(names) == 1:
        return f"{names[0]} is"
    few = [*names[:3], f"{len(names) - 3} more layers"] if len(names) > 4 else list(names)
    return f"{', '.join(few[:-1])} and {few[-1]} are"


def _whose(names: Sequence[str], worst: str, figure: str) -> str:
    """The figure of the worst layer, after it was said which layers it is about."""
    return f"its {figure}" if len(names) == 1 else f"the {figure} of {worst}"
