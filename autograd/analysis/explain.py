"""``explain``: one derivative as what it is, a sum over paths of products of local derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from textwrap import wrap
from typing import Any

from autograd._util.format import Text, count, latex_factor, latex_name, latex_number, number
from autograd._util.names import names_for
from autograd.analysis.formatting import ExplanationFormatter
from autograd.analysis.paths import Path, PathSum, find_paths, remainder
from autograd.analysis.reasons import Reason, find_reason
from autograd.analysis.steps import check_output, steps
from autograd.core.graph import topological_order
from autograd.core.value import Value
from autograd.errors import ArgumentError, InputError

__all__ = ["Explanation", "Path", "explain"]

_WIDTH = 100
_SLOTS = 4  # of the operands that tell paths apart


@dataclass(frozen=True)
class Explanation:
    """d(output)/d(wrt) as a sum over paths; ``print`` it, or let a REPL or Jupyter show it.

    ``total`` is the derivative, ``n_paths`` the number of paths from the output down to wrt.
    ``paths`` are the largest, largest first; ``remainder`` is the total less those, and 0 if they
    are all. ``reason`` says in words why the derivative is zero, next to it, or nan; else it is
    empty.
    """

    output: Value
    wrt: Value
    total: float
    n_paths: int
    paths: tuple[Path, ...]
    remainder: float
    reason: str
    _formatter: ExplanationFormatter = field(compare=False)

    def __repr__(self) -> str:
        return str(self.text())

    def _repr_latex_(self) -> str:
        return self.latex()

    def text(self, *, rules: bool = False) -> Text:
        """The explanation for a terminal; with ``rules``, why the local derivatives are so."""
        lines = [*self._sum(), *self._legend()]
        if rules:
            lines += self._rules()
        return Text("\n".join([*lines, self.reason] if self.reason else lines))

    def latex(self) -> str:
        """The same as a formula, set off from the text by ``$$``."""
        rows = [*self._latex_sum()]
        lead = r"\text{where } "
        for node in self._formatter.generated:
            rows.append(f"&{lead}{self._formatter.latex_definition(node)}")
            lead = r"\phantom{\text{where }} "
        rows += [f"&{latex_name(line)}" for line in wrap(self.reason, _WIDTH)]
        return "$$\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}$$"

    # --- text -----------------------------------------------------------------------------------

    def _sum(self) -> list[str]:
        derivative = self._formatter.derivative(self.output, self.wrt)
        if self.n_paths <= 1:
            return self._one(derivative)
        n, left = len(self.paths), self.n_paths - len(self.paths)
        shown = f"; the {n} largest" if n > 1 else "; the largest"
        heading = (
            f"{derivative} = {number(self.total)}, a sum over {count(self.n_paths, 'path')}"
            f"{shown if left else ''}:"
        )
        rest = [f"  and {count(left, 'more path')}: {number(self.remainder)}"] if left else []
        return [heading, *self._table(), *rest]

    def _one(self, derivative: str) -> list[str]:
        total = number(self.total)
        path = next(iter(self.paths), None)
        if path is None or len(path.locals) < 2:
            return [f"{derivative} = {total}"]
        parts = [self._chain(path), path.product(), total]
        line = " = ".join([derivative, *parts])
        if len(line) <= _WIDTH:
            return [line]
        first, *rest = _wrapped(f"{derivative} = {parts[0]}")
        return [first.lstrip(), *rest, *[f"    = {part}" for part in parts[1:]]]

    def _table(self) -> list[str]:
        # a product of one factor is the value itself
        rows = [
            (self._chain(path), f" = {path.product()}" if len(path.locals) > 1 else "",
             number(path.value), note)
            for path, note in zip(self.paths, self._notes(), strict=True)
        ]  # fmt: skip
        chains, products, values, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
        lines = [
            f"  {chain:<{chains}}{product:<{products}} = {value:>{values}}{note}"
            for chain, product, value, note in rows
        ]
        if max(map(len, lines)) <= _WIDTH:
            return lines
        return [
            line
            for chain, product, value, note in rows
            for line in (*_wrapped(f"{chain}{note}"), f"     {product} = {value}")
        ]

    def _chain(self, path: Path) -> str:
        factors = [f"({self._formatter.derivative(*_step(path, i))})" for i in path.places]
        return path.joined(factors, "", "(... {} more ...)")

    def _notes(self) -> list[str]:
        """What tells paths apart that look alike, or one like the whole."""
        notes = [self._told_apart(slots) for slots in _telling_slots(self.paths)]
        return [
            note or ("  (directly)" if len(path.locals) == 1 else "")
            for path, note in zip(self.paths, notes, strict=True)
        ]

    def _told_apart(self, slots: Sequence[tuple[Path, int]]) -> str:
        notes = [
            f"{path.slots[i] + 1} of {self._formatter.name(path.nodes[i])}" for path, i in slots
        ]
        return f"  (operand {', '.join(notes)})" if notes else ""

    def _legend(self) -> list[str]:
        lines: list[str] = []
        generated = self._formatter.generated
        for node in generated:
            comma = "" if node is generated[-1] else ","
            definition = f"{self._formatter.definition(node)}{comma}"
            if lines and len(f"{lines[-1]} {definition}") <= _WIDTH:
                lines[-1] += f" {definition}"
            else:
                lines.append(f"{'      ' if lines else 'where '}{definition}")
        return lines

    def _rules(self) -> list[str]:
        rules: dict[str, str] = {}
        for path in self.paths:
            for i in path.places:
                node, parent = _step(path, i)
                assert node._operation is not None  # it has parents, so an operation made it
                derivative = (
                    f"{self._formatter.derivative(node, parent)} = {number(path.locals[i])}"
                )
                rules.setdefault(node._operation.why, derivative)
        return [f"{derivative}: {why}" for why, derivative in rules.items()]

    # --- LaTeX ----------------------------------------------------------------------------------

    def _latex_sum(self) -> list[str]:
        derivative = self._formatter.latex_derivative(self.output, self.wrt)
        total = latex_number(self.total)
        if self.n_paths <= 1:
            path = next(iter(self.paths), None)
            parts = [*self._latex_path(path)] if path and len(path.locals) > 1 else []
            first, *others = [*parts, total]
            return [f"{derivative} &= {first}", *[f"&= {other}" for other in others]]
        terms = []
        for path, note in zip(self.paths, self._notes(), strict=True):
            chain, product = self._latex_path(path)
            value = f"{product} = {latex_number(path.value)}" if len(path.locals) > 1 else product
            said = rf"\ {latex_name(note.strip())}" if note else ""
            terms.append(rf"\underbrace{{{chain}}}_{{{value}{said}}}")
        left = self.n_paths - len(self.paths)
        if left:
            rest = rf"\text{{and {count(left, 'more path')}: }} {latex_number(self.remainder)}"
            terms.append(rf"\underbrace{{\cdots}}_{{{rest}}}")
        added = [rf"&\quad + {term}" for term in terms[1:]]
        return [f"{derivative} &= {terms[0]}", *added, f"&= {total}"]

    def _latex_path(self, path: Path) -> tuple[str, str]:
        left_out = r"\underbrace{{\cdots}}_{{\text{{{} more}}}}"
        factors = [self._formatter.latex_partial(*_step(path, i)) for i in path.places]
        written = latex_factor if len(path.locals) > 1 else latex_number
        numbers = [written(path.locals[i]) for i in path.places]
        return path.joined(factors, " ", left_out), path.joined(numbers, r" \cdot ", r"\cdots")


def explain(
    output: Value, wrt: Value, top: int = 10, *, names: Mapping[str, Any] | None = None
) -> Explanation:
    """Why d(output)/d(wrt) is what it is: the paths between the two, the ``top`` largest shown.

    Each path is a product of local derivatives, as they were recorded; the derivative is the sum
    over all paths, and equals what ``output.backward()`` leaves in ``wrt.grad``. ``wrt`` is any
    Value, also one in the middle of the graph. Nothing is changed. Names are those given to the
    Values, else ``names``, else your variables. Source: F. L. Bauer, "Computational graphs and
    rounding error", SIAM Journal on Numerical Analysis, 1974.

    >>> from autograd import Value
    >>> from autograd import explain
    >>> a, b = Value(2.0), Value(-3.0)
    >>> L = a * b + a
    >>> explain(L, a)
    dL/da = -2, a sum over 2 paths:
      (dL/dv1)(dv1/da) = 1 x -3 = -3
      (dL/da)                   =  1  (directly)
    where v1 = a * b
    >>> explain(L.relu(), b).reason
    'v2 = relu(L) passes nothing on: its local derivative at L = -4 is 0 (what is positive ...'
    """
    check_output(output, "explain")
    _check_wrt(wrt)
    _check_top(top)
    called = names_for(names, depth=1)
    found = find_paths(output, wrt, int(top))
    total = 1.0 if output is wrt else 0.0
    for step in steps(output, names={}):
        if step.parent is wrt:
            total = step.total
    why = find_reason(found, total)
    formatter = ExplanationFormatter(_shown(found, why), topological_order(output), called)
    shown = [path.value for path in found.paths]
    left = remainder(total, shown) if len(shown) < found.n_paths else 0.0
    reason = why.say(formatter)
    return Explanation(output, wrt, total, found.n_paths, found.paths, left, reason, formatter)


def _shown(found: PathSum, why: Reason) -> list[Value]:
    """The nodes that are called by a name, parents first."""
    shown = {found.output, *why.nodes}
    for path in found.paths:
        for i in path.places:
            shown.update(_step(path, i))
    for slots in _telling_slots(found.paths):
        for path, i in slots:
            shown.update(_step(path, i))
    between = [found.wrt, *[node for node in found.users if node in shown]]
    return [*dict.fromkeys([*between, found.output, *why.nodes])]


def _wrapped(chain: str) -> Iterator[str]:
    """A chain of factors, in brackets, on as many lines as it takes."""
    line = "  "
    for factor in chain.replace(")(", ")\n(").splitlines():
        if len(line) + len(factor) > _WIDTH and line.strip():
            yield line
            line = "  "
        line += factor
    yield line


def _step(path: Path, i: int) -> tuple[Value, Value]:
    return path.nodes[i], path.nodes[i + 1]


def _telling_slots(paths: Sequence[Path]) -> list[list[tuple[Path, int]]]:
    """For each path the places where it differs from others through the same nodes, as in a * a."""
    alike: dict[tuple[Value, ...], list[Path]] = {}
    for path in paths:
        alike.setdefault(path.nodes, []).append(path)
    telling = {
        nodes: [i for i, slots in enumerate(zip(*[p.slots for p in same], strict=True))
                if len(set(slots)) > 1][:_SLOTS]
        for nodes, same in alike.items()
    }  # fmt: skip
    return [[(path, i) for i in telling[path.nodes]] for path in paths]


def _check_wrt(wrt: object) -> None:
    if isinstance(wrt, Value):
        return
    if isinstance(wrt, (list, tuple, set, dict)):
        kind = type(wrt).__name__
        raise InputError(
            f"explain expects one Value as wrt, got a {kind} of {len(wrt)}; "
            "explain one at a time: [explain(L, w) for w in weights]"
        )
    raise InputError(
        f"explain expects a Value as wrt, got {wrt!r}; "
        "pass the very Value that the output was computed from"
    )


def _check_top(top: object) -> None:
    if isinstance(top, bool) or not isinstance(top, Integral):
        raise InputError(f"explain expects a whole number for top, got {top!r}; write top=10")
    if top < 1:
        raise ArgumentError(f"explain expects top of at least 1, got {top}; write top=10")
