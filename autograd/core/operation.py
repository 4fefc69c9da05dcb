"""What a row of the table of operations is, and the table that holds the rows.

The rows themselves are in ``table.py``; ``primitive`` lets a user add one.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autograd.core.arithmetic import FLOATS
from autograd.errors import OperationError

Interval = tuple[float, float]
REALS: Interval = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One primitive operation: all that the engine, its pictures and its tests know of it.

    name      what ``Value.op`` says, and the function's name where it has one
    forward   ``forward(m, *xs)``: the value, in the arithmetic m (see ``arithmetic.py``)
    partials  ``partials(m, y, *xs)``: a tuple, dy/dx for each operand; y is forward's result
    why       one sentence that says why the derivative is so
    symbol    how a drawing labels it; ``{name}`` in it stands for a setting
    latex     a LaTeX template; ``{0}``, ``{1}`` are the operands, ``{xs}`` all of them
    arity     the number of operands, or None for any number (at least one)
    domain    an open interval for each operand (one for all of any number), inside of which value
              and derivatives are finite, but for poles
    kink      ``kink(*xs)``: zero where the value or the derivative jumps; its sign tells the side
    points    operands to try it at: one tuple for each trial
    settings  constants that are not operands, with their defaults, such as a slope
    saturates whether its value levels off where its derivative goes to 0, as tanh's does
    """

    name: str
    forward: Callable[..., Any]
    partials: Callable[..., Any]
    why: str
    symbol: str = ""
    latex: str = ""
    arity: int | None = 1
    domain: tuple[Interval, ...] = (REALS,)
    kink: Callable[..., float] | None = None
    points: tuple[tuple[float, ...], ...] = ()
    settings: Mapping[str, float] = field(default_factory=dict)
    saturates: bool = False

    @property
    def label(self) -> str:
        """The symbol with its settings filled in, such as ``**2``."""
        return self.symbol.format(**{k: f"{v:g}" for k, v in self.settings.items()})

    @property
    def is_function(self) -> bool:
        """Whether it is called by its name, rather than written as an operator."""
        return self.name.isidentifier() and self.name != "neg"

    @property
    def is_call(self) -> bool:
        """Whether it is written with brackets of its own: ``tanh(x)``, and unlike ``x + y``."""
        return self.is_function and self.name != "sum"

    def bind(self, **settings: float) -> Operation:
        """The same row with other settings, itself with its own; asking twice gives one object."""
        return _bind(self, tuple(sorted(settings.items())))

    def __repr__(self) -> str:
        return f"<Operation {self.label}>"

    def __deepcopy__(self, memo: object) -> Operation:
        return self  # it is the row of the table, and never changes


@functools.lru_cache(maxsize=4096)
def _bind(operation: Operation, settings: tuple[tuple[str, float], ...]) -> Operation:
    row = TABLE[operation.name]
    chosen = {**row.settings, **dict(settings)}
    return _with_settings(row, chosen) if chosen != row.settings else row


def _with_settings(row: Operation, settings: Mapping[str, float]) -> Operation:
    return replace(
        row,
        forward=functools.partial(row.forward, **settings),
        partials=functools.partial(row.partials, **settings),
        kink=functools.partial(row.kink, **settings) if row.kink else None,
        settings=settings,
    )


def find_row(name: str, settings: Mapping[str, float]) -> Operation:
    """The row of a name, with these settings; OperationError if there is none."""
    for row in (CONSTANT, SHIFT):
        if name == row.name:
            return row
    if name not in TABLE:
        raise OperationError(
            f"this graph uses an operation called {name!r}, which this program does not have; "
            f"add it with autograd.primitive({name!r}, ...) before loading"
        )
    return TABLE[name].bind(**settings)


TABLE: dict[str, Operation] = {}

# Two rows outside of the table. The first marks the leaf of a plain number, the 2 of ``2 * x``.
CONSTANT = Operation(
    "constant", lambda m: math.nan, lambda m, y: (),
    "a number has no operands, so there is nothing to pass on",
    symbol="constant", arity=0, domain=(),
)  # fmt: skip


def _largest(m: Any, *xs: Any) -> Any:
    # as Python's max has it: the first of equals; nan never compares larger
    top = functools.reduce(lambda a, b: m.where(b > a, b, a), xs)
    return m.where(m.isfinite(top), top, 0.0)


# What softmax takes away from its operands before exp. Eagerly that is a plain number; a traced
# function has none, so it is a line of its own, and nothing is passed on to it.
SHIFT = Operation(
    "shift", _largest, lambda m, y, *xs: (0.0,) * len(xs),
    "softmax stays the same when all its operands move together, so nothing is passed on",
    symbol="shift", latex=r"\operatorname{{shift}}\left({xs}\right)", arity=None,
)  # fmt: skip


def add_row(row: Operation) -> Operation:
    """Put a row into the table, and its name into the arithmetic of floats."""
    row = replace(row, symbol=row.symbol or row.name, latex=row.latex or _default_latex(row))
    if row.settings:
        row = _with_settings(row, row.settings)
    TABLE[row.name] = row
    _bind.cache_clear()
    if row.name not in _BUILT_IN:
        # so that a row can be written in terms of another: m.sigmoid(x)
        setattr(FLOATS, row.name, functools.partial(row.forward, FLOATS))
    return row


_BUILT_IN = frozenset(vars(FLOATS))


def _default_latex(row: Operation) -> str:
    return r"\operatorname{{" + row.name.replace("_", r"\_") + r"}}\left({xs}\right)"
