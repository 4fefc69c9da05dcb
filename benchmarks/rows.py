"""What a benchmark returns: rows of a table, each with a limit or without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Report = Callable[[str], None]
"""Takes a line that says what is being measured now."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work a benchmark does: enough to judge by, or (``quick``) enough to test it."""

    quick: bool = False

    def choose(self, full: int, quick: int) -> int:
        """The first number, or the second one where a benchmark is to be quick."""
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Row:
    """One contender at one workload.

    ``amount`` is None if the contender is not installed. A limit is held against ``ratio``, or
    against ``amount`` in a row without a ratio.
    """

    workload: str
    contender: str
    amount: float | None
    unit: str
    spread: float | None = None
    """Half the distance between the quartiles, as a part of the median."""
    ratio: float | None = None
    against: str = ""
    """What the ratio is to: the contender whose amount counts as 1."""
    limit: float | None = None
    at_least: bool = False
    """Whether the limit is a floor, as in "12 times as fast", and not a ceiling."""

    @property
    def met(self) -> bool | None:
        """Whether the limit is met; None where there is no limit, or nothing to hold to it."""
        figure = self.amount if self.ratio is None else self.ratio
        if self.limit is None or figure is None:
            return None
        return figure >= self.limit if self.at_least else figure <= self.limit

    @property
    def verdict(self) -> str:
        """The last column of the table."""
        if self.amount is None:
            return "not installed"
        return {True: "met", False: "MISSED", None: ""}[self.met]

    def as_json(self) -> dict[str, Any]:
        """The row's fields, and ``met``, for a file."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {**fields, "met": self.met}


COLUMNS = ("workload", "contender", "median", "ratio", "limit", "")


def table(rows: list[Row], *, judged: bool = True) -> str:
    """The rows as text in columns; a workload is named once, and ``judged`` adds the verdicts."""
    lines: list[tuple[str, ...]] = [COLUMNS]
    previous = ""
    for row in rows:
        if row.workload != previous:
            lines.append(("",) * len(COLUMNS))
        first = row.workload if row.workload != previous else ""
        previous = row.workload
        verdict = row.verdict if judged or row.amount is None else ""
        lines.append((first, row.contender, _amount(row), _ratio(row), signed_limit(row), verdict))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _amount(row: Row) -> str:
    if row.amount is None:
        return "-"
    spread = "" if row.spread is None else f" +-{row.spread:.0%}"
    return scaled(row.amount, row.unit) + spread


def scaled(amount: float, unit: str) -> str:
    """An amount a person can read: seconds in the unit that suits them, the rest as it is.

    >>> scaled(0.0123, "s"), scaled(243.9, "bytes/node"), scaled(94.64, "%")
    ('12.3 ms', '244 bytes/node', '94.6 %')
    """
    head, slash, tail = unit.partition("/")
    if head == "s":
        for name, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
            if amount >= size:
                return f"{amount / size:.3g} {name}{slash}{tail}"
    return f"{amount:.1f} %" if unit == "%" else f"{amount:.0f} {unit}"


def _ratio(row: Row) -> str:
    return "" if row.ratio is None else f"{row.ratio:.2f} x {row.against}"


def signed_limit(row: Row) -> str:
    """What is asked for, in the unit of what is held to it.

    >>> signed_limit(Row("explain", "glassgrad", 0.005, "s", limit=0.1))
    '<= 100 ms'
    """
    if row.limit is None:
        return ""
    limit = f"{row.limit:g}" if row.ratio is not None else scaled(row.limit, row.unit)
    return f"{'>=' if row.at_least else '<='} {limit}"


def summary(rows: list[Row]) -> str:
    """How many limits are met, which are not, and which could not be held to anything.

    >>> met = Row("explain", "glassgrad", 0.005, "s", limit=0.1)
    >>> absent = Row("a step", "micrograd", None, "s", against="Value", limit=12.0)
    >>> print(summary([met, absent]))
    2 limits: 1 met, 0 missed, 1 without a figure.
    without a figure: a step, micrograd
    """
    limited = [row for row in rows if row.limit is not None]
    missed = [row for row in limited if row.met is False]
    open_ones = [row for row in limited if row.met is None]
    n_met = len(limited) - len(missed) - len(open_ones)
    noun = "limit" if len(limited) == 1 else "limits"
    count = f"{len(limited)} {noun}: {n_met} met, {len(missed)} missed"
    lines = [f"{count}, {len(open_ones)} without a figure." if open_ones else f"{count}."]
    lines += [f"missed: {_place(row)}: {_figure(row)}, {signed_limit(row)}" for row in missed]
    lines += [f"without a figure: {_place(row)}" for row in open_ones]
    return "\n".join(lines)


def _place(row: Row) -> str:
    return f"{row.workload}, {row.contender}"


def _figure(row: Row) -> str:
    return _ratio(row) or _amount(row)
