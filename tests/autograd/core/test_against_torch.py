"""The whole table against PyTorch in float64: random graphs, and special operands one by one."""

import itertools
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.core.evaluate import evaluate
from autograd.core.operation import REALS, TABLE, Operation
from autograd.core.value import apply
from autograd.functions.functions import FUNCTIONS

torch = pytest.importorskip("torch")
F = torch.nn.functional

# Rows that come with the package: other tests may have added primitives by now.
ROWS = {n: row for n, row in TABLE.items() if n in FUNCTIONS or not row.is_function}

TORCH: dict[str, Callable[..., Any]] = {
    "+": torch.add,
    "-": torch.sub,
    "*": torch.mul,
    "/": torch.div,
    "neg": torch.neg,
    "sum": lambda *xs: torch.stack(xs).sum(),
    "prod": lambda *xs: torch.stack(xs).prod(),
    "**": torch.pow,
    "**n": lambda x, exponent=2.0: x**exponent,
    "hypot": lambda *xs: torch.linalg.vector_norm(torch.stack(xs)),
    "logsumexp": lambda *xs: torch.logsumexp(torch.stack(xs), 0),
    "degrees": torch.rad2deg,
    "radians": torch.deg2rad,
    "polygamma": lambda x: torch.polygamma(1, x),
    "leaky_relu": lambda x, slope=0.01: F.leaky_relu(x, slope),
    "elu": lambda x, alpha=1.0: F.elu(x, alpha),
    "gelu": F.gelu,
    "silu": F.silu,
    # torch has no gradient at all for a condition, where ours is 0
    "where": lambda c, a, b: torch.where(c > 0, a, b) + 0.0 * torch.nan_to_num(c),
    "softplus": lambda x: F.softplus(x, threshold=40.0),  # 20, the default, costs digits
}  # and every row that torch has by the same name
NOT_IN_TORCH = {
    "cbrt": "torch has no cube root",
    "choose": "torch's index is a whole number of another type, and carries no gradient",
    "gamma": "torch has the logarithm of the gamma function alone",
}
TORCH |= {n: getattr(torch, n) for n in ROWS if n not in TORCH | NOT_IN_TORCH and hasattr(torch, n)}


def test_every_row_is_compared_with_torch_or_listed_with_a_reason() -> None:
    assert set(ROWS) == set(TORCH) | set(NOT_IN_TORCH), "add the row to TORCH or to NOT_IN_TORCH"
    assert not set(TORCH) & set(NOT_IN_TORCH)


# --- random graphs --------------------------------------------------------------------------------

NOT_IN_GRAPHS = {
    "digamma": "torch's slope of it, its polygamma, is good to 9 digits",
    "polygamma": "torch's own is good to 9 digits",
}
CANDIDATES = sorted(set(TORCH) - set(NOT_IN_GRAPHS))
SETTINGS = {"**n": ("exponent", (2.0, 3.0, 1.0)), "leaky_relu": ("slope", (0.01, 0.2)),
            "elu": ("alpha", (1.0, 0.5))}  # fmt: skip

Step = tuple[str, dict[str, float], tuple[int, ...]]


def inside(call: Callable[..., Any], x: Any, domain: tuple[float, float]) -> Any:
    """x mapped smoothly into an operand's domain, and away from its ends."""
    low, high = domain
    if domain == REALS:
        return x
    return call("softplus", x) + (low + 0.1) if math.isinf(high) else call("tanh", x) * 0.9


def step(call: Callable[..., Any], nodes: Sequence[Any], planned: Step) -> Any:
    name, constants, places = planned
    domains = ROWS[name].domain * (1 if ROWS[name].arity else len(places))
    xs = [inside(call, nodes[i], d) for i, d in zip(places, domains, strict=True)]
    return call(name, *xs, **constants)


def ours(name: str, *xs: Value, **constants: float) -> Value:
    return apply(ROWS[name].bind(**constants) if constants else ROWS[name], *xs)


def planned(leaves: Sequence[Value], draws: Sequence[Any]) -> tuple[list[Step], list[Value]]:
    """The drawn steps that stay in range, and their nodes; any earlier node may be an operand."""
    steps, nodes = [], list(leaves)
    for name, picks, setting in draws:
        arity = ROWS[name].arity
        places = tuple(i % len(nodes) for i in ((picks * 2)[:arity] if arity else picks))
        key, values = SETTINGS.get(name, ("", (0.0,)))
        plan = (name, {key: values[setting % len(values)]} if key else {}, places)
        node = step(ours, nodes, plan)
        if math.isfinite(node.data) and abs(node.data) < 100.0:
            steps.append(plan)
            nodes.append(node)
    return steps, nodes


def theirs(xs: Sequence[float], steps: Sequence[Step], seed: int | None = None) -> list[float]:
    """Torch's value and gradient; with a seed, every number is 1e-9 of itself off, up or down."""
    rng = random.Random(seed)

    def blur(t: Any) -> Any:
        return t if seed is None else t * (1.0 + rng.choice((-1e-9, 1e-9)))

    def call(name: str, *tensors: Any, **constants: float) -> Any:
        return blur(TORCH[name](*tensors, **constants))

    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs]
    nodes = [blur(leaf) for leaf in leaves]
    for plan in steps:
        nodes.append(step(call, nodes, plan))
    output = torch.stack(nodes).sum()
    output.backward()
    return [output.item(), *(leaf.grad.item() for leaf in leaves)]


PICKS = st.lists(st.integers(0, 20), min_size=2, max_size=4)
DRAWS = st.lists(
    st.tuples(st.sampled_from(CANDIDATES), PICKS, st.integers(0, 2)), min_size=2, max_size=10
)
LEAVES = st.lists(st.integers(-250, 250).map(lambda n: n / 97.0), min_size=1, max_size=4)
NO_LIMITS = settings(
    deadline=None, derandomize=True, database=None, max_examples=40,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.mark.parametrize("name", CANDIDATES)
@NO_LIMITS
@given(LEAVES, DRAWS, PICKS, st.integers(0, 10))
def test_random_graphs_with_a_row_agree_with_torch_to_12_digits(
    name: str, xs: list[float], draws: Any, picks: list[int], place: int
) -> None:
    """Up to 15 nodes, each with any earlier ones as operands, summed up: value and gradient.

    Only well-conditioned graphs count: where rounding errors of 1e-9 at every node, tried twice
    with random signs, move no result by more than 3e-7 of itself, errors of 1e-16 at every node
    leave 13 digits. The others, and results outside of 1e-6 to 1e6, are drawn again.
    """
    leaves = [Value(x) for x in xs]
    steps, nodes = planned(leaves, [*draws[:place], (name, picks, place), *draws[place:]])
    assume(name in [step_name for step_name, _, _ in steps])
    want = theirs(xs, steps)
    assume(all(x == 0.0 or 1e-6 < abs(x) < 1e6 for x in want))
    for seed in (1, 2):
        blurred = theirs(xs, steps, seed)
        assume(all(abs(b - w) <= 3e-7 * abs(w) for b, w in zip(blurred, want, strict=True)))
    output = apply(TABLE["sum"], *nodes)
    output.backward()
    got = [output.data, *(leaf.grad for leaf in leaves)]
    assert got == pytest.approx(want, rel=1e-12, abs=0.0)


# --- special operands -----------------------------------------------------------------------------

INF, NAN = math.inf, math.nan
ONE = (0.0, -0.0, 1.0, -1.0, 2.0, -2.5, 0.5, 40.0, -40.0, 800.0, -800.0, 1e200, 1e308)
ONE += (INF, -INF, NAN)
TWO = (0.0, -0.0, 1.0, -1.0, 0.5, -3.0, 1e200, INF, -INF, NAN)
THREE = [(0.0, 0.0, 0.0), (0.0, 3.0, 2.0), (1.0, 1.0, 1.0), (INF, INF, 1.0), (-INF, -INF, -INF)]


def huge(*xs: float) -> bool:
    return 1e200 in map(abs, xs) or 1e308 in map(abs, xs)


def unordered(*xs: float) -> bool:
    return any(x != x for x in xs)


def infinite(*xs: float) -> bool:
    return any(map(math.isinf, xs))


def pole(x: float) -> bool:
    return x <= 0.0 and x.is_integer()


# Where we differ from torch on purpose: rows, at which of the operands, and why ours is right.
DIFFERENCES: list[tuple[str, Callable[..., bool], str]] = [
    ("sigmoid tanh", lambda x: abs(x) == 40.0, "torch has y(1-y), 1-y*y, which are 0 there"),
    ("expm1", lambda x: x == -40.0, "torch has y + 1 for the slope, which is 0 there"),
    ("hypot atan2 asinh acosh", huge, "torch squares an operand, and the square overflows"),
    ("log10", huge, "torch multiplies by log(10), and the product overflows"),
    ("logsumexp", huge, "torch has exp(x - y) with y rounded: at a tie 1 and 1, not halves"),
    ("logsumexp", infinite, "torch has inf - inf; an infinite operand takes all, ties share"),
    ("hypot", lambda *xs: infinite(*xs) and unordered(*xs), "IEEE 754: hypot(inf, nan) is inf"),
    ("prod", huge, "torch divides the product, which overflows, by the factor"),
    ("prod", lambda *xs: infinite(*xs) or unordered(*xs),
     "torch divides inf by inf; the slope is the product of the other factors"),
    ("acosh", lambda x: x < 1.0, "below 1 there is no value, so there is no slope"),
    ("polygamma digamma", lambda x: x in (1.0, 2.0, -2.5, 0.5), "torch has 9 digits of psi'"),
    ("polygamma digamma", lambda x: x < 0.0 and pole(x), "torch has finite numbers at psi' poles"),
    ("polygamma", pole, "the two sides of a pole of psi'' differ, so it has no value there"),
    ("polygamma", lambda x: x == INF, "psi' and its slope both tend to 0; torch has nan"),
    ("polygamma", lambda x: x == -INF, "nothing beyond all poles; torch has -inf for the slope"),
    ("abs maximum minimum", unordered, "nan is on no side of a kink; torch has 0, and 1 twice"),
    ("leaky_relu", unordered, "as for relu, where both have slope 1 at nan; torch has 0.01"),
]  # fmt: skip


def points(row: Operation) -> list[tuple[float, ...]]:
    ones, twos = [(x,) for x in ONE], list(itertools.product(TWO, repeat=2))
    threes = list(itertools.product(TWO, repeat=3))
    return {1: ones, 2: twos, 3: threes}.get(row.arity or 0, [*ones, *twos, *THREE])


def differs(row: Operation, xs: tuple[float, ...]) -> bool:
    y, partials = evaluate(row, xs)
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs]
    output = TORCH[row.name](*leaves)
    output.backward()
    want = [output.item(), *(leaf.grad.item() for leaf in leaves)]
    return [y, *partials] != pytest.approx(want, rel=1e-12, abs=0.0, nan_ok=True)


@pytest.mark.parametrize("name", sorted(TORCH))
def test_special_operands_agree_with_torch_save_for_listed_differences(name: str) -> None:
    listed = [applies for names, applies, _ in DIFFERENCES if name in names.split()]
    found = [xs for xs in points(ROWS[name]) if differs(ROWS[name], xs)]
    for xs in found:
        assert any(applies(*xs) for applies in listed), f"{name}{xs} differs from torch"
    for applies in listed:
        assert any(applies(*xs) for xs in found), "a listed difference is gone: strike it off"
