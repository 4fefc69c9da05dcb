"""What the losses share: outputs and targets paired, and the forms that a target may have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Value, mean, where
from autograd import sum as total
from autograd.core.modes import is_tracing
from autograd.core.number_arguments import as_float
from autograd.errors import ArgumentError, ShapeError

# how far probabilities may be from summing to 1: those of a file, in float32, are not exact
SUM_TOLERANCE = 1e-5

_NEAR = 0.01  # as in autograd.choose: a class number is whole to a hundredth


def listed(x: Any) -> list[Any] | None:
    """The elements of a list, tuple or array; None for a scalar."""
    if isinstance(x, np.ndarray):
        return list(x.tolist()) if x.ndim else None
    return list(x) if isinstance(x, (list, tuple)) else None


def scalar(x: Any, what: str) -> Any:
    """The Value itself, or the float of a number."""
    return x if isinstance(x, Value) else as_float(x, what)


def has_number(x: Any) -> bool:
    """Whether x can be checked: what is traced by ``autograd.compile`` has no number yet."""
    return not (isinstance(x, Value) and is_tracing())


def is_there(t: Any) -> bool:
    """Whether a term with weight t is there at all: 0 * log(0) is meant to be 0, not nan."""
    return isinstance(t, Value) or t != 0.0


def mean_over(
    output: Any, target: Any, who: str, one: Callable[[Any, Any], Any], rest: float = 0.0
) -> Any:
    """``one(output, target)``, or its mean over several outputs.

    A class number for several outputs stands for 1 at its place and ``rest`` at all others.
    """
    outputs, targets = listed(output), listed(target)
    if outputs is None and targets is None:
        return one(scalar(output, who), scalar(target, f"{who} target"))
    if outputs is not None and targets is None:
        if len(outputs) > 1:
            return _mean_for_class(outputs, target, who, one, rest)
        targets = [target]
    if outputs is None or targets is None or len(outputs) != len(targets) or not outputs:
        raise ShapeError(
            f"{who} expects one target per output, got output {shown(output)} and target "
            f"{shown(target)}; give a number for one output, and for several a list of as many "
            "or a class number"
        )
    return _mean(outputs, targets, who, one, rest)


def _mean_for_class(
    outputs: list[Any], target: Any, who: str, one: Callable[[Any, Any], Any], rest: float
) -> Any:
    instead = f"a list of {len(outputs)} targets, or "
    if not isinstance(target, Value):
        chosen = class_number(target, len(outputs), who, instead)
        ones = [1.0 if i == chosen else rest for i in range(len(outputs))]
        return _mean(outputs, ones, who, one, 0.0)
    if has_number(target):
        class_number(target.data, len(outputs), who, instead)
    hits = [where(_NEAR - abs(target - float(i)), 1.0, rest) for i in range(len(outputs))]
    found = [hit - rest for hit in hits] if rest else hits
    # nan for what is no class, as choose() has it; summing the hits is quicker than choose()
    return where(total(found), _mean(outputs, hits, who, one, 0.0), math.nan)


def _mean(
    outputs: list[Any], targets: list[Any], who: str, one: Callable[[Any, Any], Any], rest: float
) -> Any:
    numbers = [scalar(t, f"{who} target") for t in targets]
    if rest and len(numbers) > 1:
        numbers = _signs(numbers)
    pairs = zip(outputs, numbers, strict=True)
    return mean([one(scalar(o, who), t) for o, t in pairs])


def _signs(targets: list[Any]) -> list[Any]:
    """-1 and +1 out of a one-hot list; other lists as they are."""
    if any(isinstance(t, Value) for t in targets):
        # what is traced is not known to be one or the other; above 0 means yes in both
        return [where(t, 1.0, -1.0) if isinstance(t, Value) else t or -1.0 for t in targets]
    is_one_hot = targets.count(1.0) == 1 and targets.count(0.0) == len(targets) - 1
    return [t or -1.0 for t in targets] if is_one_hot else targets


def class_number(target: Any, n_classes: int, who: str, instead: str = "") -> int:
    """The number of a class as an int; ``instead`` is what else would do, for the message."""
    number = as_float(target, f"{who} target")
    if not number.is_integer() or not 0 <= number < n_classes:
        raise ArgumentError(
            f"{who} expects {instead}a class number from 0 to {n_classes - 1}, got {number:g}; "
            "number the classes from 0"
        )
    return int(number)


def check_shares(shares: Sequence[Any], n_classes: int, who: str) -> None:
    """Refuse a list of targets that is no probability for each of the classes."""
    if len(shares) != n_classes:
        raise ShapeError(
            f"{who} expects one probability per output ({n_classes}), got {len(shares)}; "
            "for a class number pass it as it is"
        )
    numbers = [t for t in shares if not isinstance(t, Value)]
    for t in numbers:
        if not as_float(t, f"{who} target") >= 0.0:
            raise ArgumentError(
                f"{who} expects probabilities of at least 0, got {t:g}; "
                "use softmax to turn scores into probabilities"
            )
    if len(numbers) == n_classes and not abs(math.fsum(numbers) - 1.0) <= SUM_TOLERANCE:
        raise ArgumentError(
            f"{who} expects probabilities that sum to 1, got a sum of "
            f"{math.fsum(numbers):g}; for a class number pass it as it is"
        )


def shown(x: Any) -> str:
    """What messages say of an output or a target."""
    elements = listed(x)
    if elements is not None:
        return f"a list of {len(elements)}"
    return f"{float(x):g}" if isinstance(x, (Value, int, float)) and has_number(x) else repr(x)
