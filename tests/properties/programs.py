"""Random programs of the table's rows, as plain data that can be printed and pasted.

A program is a few leaves and a list of lines; a line is a row, its settings, and its operands: a
whole number is the place of an earlier node (the leaves come first), a float stands for itself.
The last node is the output. A failing example is printed as the very text that makes it again:

>>> one = Program([0.5, -2.0], [line("*", 0, 1), line("elu", 2, alpha=0.5), line("+", 3, 0)])
>>> one
Program([0.5, -2.0], [line('*', 0, 1), line('elu', 2, alpha=0.5), line('+', 3, 0)])
>>> [round(node.data, 3) for node in one.run()]
[0.5, -2.0, -1.0, -0.316, 0.184]

``programs()`` are any: values at kinks, poles and IEEE's edges as well, operands that are shared
and repeated, numbers, leaves and lines that nothing uses. ``smooth_programs()`` have every operand
inside of its domain and away from kinks and poles, so that derivatives are what mathematics says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.core.evaluate import evaluate
from autograd.core.operation import REALS, TABLE, Operation
from autograd.core.value import apply
from autograd.functions.functions import FUNCTIONS

# Rows that come with the package: other tests may have added primitives by now.
ROWS = [TABLE[name] for name in sorted(TABLE) if name in FUNCTIONS or not TABLE[name].is_function]


# How many times the examples of the profile ``ci`` are tried: 1 in it, 30 in ``long``.
TIMES = max(1, settings().max_examples // 100)


def examples(n: int) -> settings:
    """As many examples of a property in the profile ``ci``; in ``long`` 30 times as many."""
    return settings(max_examples=n * TIMES)


# What is drawn for a row's settings, beside its defaults.
SETTINGS: dict[str, dict[str, tuple[float, ...]]] = {
    "**n": {"exponent": (2.0, 3.0, 1.0, -1.0, 0.5, 0.0, -2.0, 2.5)},
    "leaky_relu": {"slope": (0.01, 0.2, 0.0, -0.5)},
    "elu": {"alpha": (1.0, 0.5, 2.0)},
    "polygamma": {"order": (1.0, 0.0, 2.0, 3.0)},
}


@dataclass(frozen=True, repr=False)
class Line:
    """One operation of a program; see the module's docstring for its operands."""

    row: str
    operands: tuple[int | float, ...]
    settings: Mapping[str, float] = field(default_factory=dict)

    @property
    def operation(self) -> Operation:
        """The row of the table, with the line's settings."""
        row = TABLE[self.row]
        return row.bind(**self.settings) if self.settings else row

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        settings = [f"{key}={value!r}" for key, value in self.settings.items()]
        return f"line({', '.join([repr(self.row), *map(repr, self.operands), *settings])})"


def line(row: str, *operands: int | float, **settings: float) -> Line:
    """A line, as it is printed."""
    return Line(row, operands, settings)


@dataclass(frozen=True, repr=False)
class Program:
    """Leaves and lines: a graph that has not been built yet."""

    leaves: Sequence[float]
    lines: Sequence[Line]

    def walk(self, xs: Sequence[Any], call: Callable[[Line, list[Any]], Any]) -> list[Any]:
        """All nodes, from these leaves, where ``call`` computes a line from its operands."""
        nodes = list(xs)
        for one in self.lines:
            operands = [nodes[x] if isinstance(x, int) else x for x in one.operands]
            nodes.append(call(one, operands))
        return nodes

    def run(self, xs: Sequence[Any] | None = None) -> list[Any]:
        """All nodes as Values, the leaves first; ``xs`` in place of new leaves."""
        return self.walk([Value(x) for x in self.leaves] if xs is None else xs, in_values)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # else hypothesis writes a dataclass in its own way

    def __repr__(self) -> str:
        return f"Program({list(self.leaves)}, {list(self.lines)})"


def in_values(one: Line, operands: list[Any]) -> Any:
    """A line as a user writes it: + and * and ReLU have quicker ways than their rows."""
    if all(isinstance(x, Value) for x in operands):
        if one.row == "+":
            return operands[0] + operands[1]
        if one.row == "*":
            return operands[0] * operands[1]
        if one.row == "relu":
            return operands[0].relu()
        if one.row == "sum":
            return autograd.sum(operands)
    return apply(one.operation, *operands)


# --- drawing --------------------------------------------------------------------------------------

# hundredths, of which the simplest is 0
COMFORTABLE = st.integers(-300, 300).map(lambda n: n / 100.0)
EDGES = st.sampled_from(
    [0.0, 1.0, -0.0, -1.0, 0.5, 2.0, 3.0, -2.0, 1e-8, 40.0, -40.0, 710.0, -745.0, 1e8, 1e-160,
     -1e160, 1e-300, 5e-324, 1e308, -1e308, math.inf, -math.inf, math.nan]
)  # fmt: skip
ANY_NUMBER = st.one_of(COMFORTABLE, COMFORTABLE, EDGES)
_FEW, _MOST = 1, 4  # operands of a row that takes any number


def _settings(draw: Any, row: Operation) -> dict[str, float]:
    """Settings for a row; the defaults are left out, as a user would."""
    drawn = {k: draw(st.sampled_from(choices)) for k, choices in SETTINGS.get(row.name, {}).items()}
    return drawn if drawn != dict(row.settings) else {}


def _arity(draw: Any, row: Operation) -> int:
    if row.arity is not None:
        return row.arity
    return int(draw(st.integers(_FEW + (row.name == "choose"), _MOST)))


def _places(draw: Any, n: int, arity: int, numbers: Any) -> list[int | float]:
    """Operands among n nodes, the latest ones most often; one in five but the first a number."""
    operands: list[int | float] = []
    for slot in range(arity):
        if slot and draw(st.integers(0, 4)) == 4:
            operands.append(draw(numbers))
        else:
            back = draw(st.integers(0, 2 * n - 1))
            operands.append(n - 1 - back if back < n else n - 1)
    if arity > 1 and draw(st.integers(0, 3)) == 3:  # turned round, the first may be the number
        operands.reverse()
    return operands


def _products(draw: Any, n: int) -> list[Line]:
    """A sum of products of n nodes, as a neuron has it: the compiler knows how to fuse one."""
    pairs = draw(st.lists(st.tuples(*[st.integers(0, n - 1)] * 2), min_size=1, max_size=3))
    places = tuple(range(n, n + len(pairs)))
    return [*[line("*", a, b) for a, b in pairs], Line("sum", places)]


def _unused(leaves: Sequence[float], lines: Sequence[Line]) -> list[int]:
    used = {x for one in lines for x in one.operands if isinstance(x, int)}
    return [i for i in range(len(leaves), len(leaves) + len(lines)) if i not in used]


def _ended(draw: Any, leaves: Sequence[float], lines: list[Line]) -> Program:
    """The program, half the time with a sum of all that nothing has used."""
    loose = _unused(leaves, lines)
    if len(loose) > 1 and draw(st.booleans()):
        lines = [*lines, Line("sum", tuple(loose))]
    return Program(leaves, lines)


@st.composite
def programs(draw: Any, most_lines: int = 12, fewest_leaves: int = 1) -> Program:
    """Any program of up to three leaves, with any numbers as its leaves and its constants."""
    leaves = draw(st.lists(ANY_NUMBER, min_size=fewest_leaves, max_size=3))
    lines: list[Line] = []
    for _ in range(draw(st.integers(1, most_lines))):
        n = len(leaves) + len(lines)
        if draw(st.integers(0, 7)) == 7:
            lines += _products(draw, n)
            continue
        row = draw(st.sampled_from(ROWS))
        operands = _places(draw, n, _arity(draw, row), ANY_NUMBER)
        lines.append(Line(row.name, tuple(operands), _settings(draw, row)))
    return _ended(draw, leaves, lines)


# --- drawing what is smooth -----------------------------------------------------------------------

_MARGIN = 0.05  # from the ends of a domain
_AWAY = 1e-2  # from kinks
_LARGEST, _STEEPEST = 100.0, 1e3

# Where a row jumps, or is not smooth, and has no kink: zero there.
_CUTS: dict[str, Callable[..., float]] = {
    "atan2": lambda y, x: y if x < _AWAY else 1.0,
    "**n": lambda x, exponent=2.0: 1.0 if exponent.is_integer() else x,
}


def is_smooth(operation: Operation, xs: Sequence[float]) -> bool:
    """Whether an operation is moderate here, and away from its kinks."""
    y, partials = evaluate(operation, xs)
    if not (abs(y) <= _LARGEST and all(abs(p) <= _STEEPEST for p in partials)):
        return False
    bends = [operation.kink(*xs)] if operation.kink else []
    if operation.name in _CUTS:
        bends.append(_CUTS[operation.name](*xs, **operation.settings))
    return all(abs(bend) >= _AWAY for bend in bends)


class _Smooth:
    """A program on its way, with the value of each node; lines that would not be smooth are not
    added."""

    def __init__(self, leaves: Sequence[float]) -> None:
        self.values = list(leaves)
        self.lines: list[Line] = []

    def value(self, operand: int | float) -> float:
        return self.values[operand] if isinstance(operand, int) else operand

    def add(self, one: Line) -> bool:
        xs = [self.value(x) for x in one.operands]
        if not is_smooth(one.operation, xs):
            return False
        self.lines.append(one)
        self.values.append(evaluate(one.operation, xs)[0])
        return True

    def inside(self, operand: int | float, domain: tuple[float, float]) -> int | float:
        """The operand, or where it is outside of its domain, one that is mapped into it."""
        low, high = domain
        x = self.value(operand)
        if domain == REALS or low + _MARGIN <= x <= high - _MARGIN:
            return operand
        if isinstance(operand, float):
            return low + 0.5 if math.isinf(high) else (low + high) / 2.0 + 0.25
        mapped = ("softplus", "+", low + 0.25) if math.isinf(high) else ("tanh", "*", 0.75)
        self.add(line(mapped[0], operand))
        self.add(line(mapped[1], len(self.values) - 1, mapped[2]))
        return len(self.values) - 1


@st.composite
def smooth_programs(
    draw: Any, most_lines: int = 9, rows: Sequence[Operation] = ROWS, fewest_leaves: int = 1
) -> Program:
    """A program whose every line is moderate, inside of its domain, and away from kinks."""
    leaves = draw(st.lists(COMFORTABLE, min_size=fewest_leaves, max_size=3))
    made = _Smooth(leaves)
    for _ in range(draw(st.integers(1, most_lines))):
        if draw(st.integers(0, 7)) == 7:
            *factors, whole = _products(draw, len(made.values))
            if all(made.add(one) for one in factors):
                made.add(whole)
            continue
        row = draw(st.sampled_from(rows))
        operands = _places(draw, len(made.values), _arity(draw, row), COMFORTABLE)
        if row.name == "choose":
            operands[0] = float(draw(st.integers(0, len(operands) - 2)))
        domains = row.domain * (1 if row.arity else len(operands))
        operands = [made.inside(x, d) for x, d in zip(operands, domains, strict=True)]
        made.add(Line(row.name, tuple(operands), _settings(draw, row)))
    return _ended(draw, leaves, made.lines) if made.lines else Program(leaves, [line("+", 0, 1.0)])
