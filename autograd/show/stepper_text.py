"""One step of a stepper as text for a terminal: headline, tree, and the equation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from autograd._util.format import GraphFormatter, factor, number
from autograd.analysis.steps import ForwardStep, Step
from autograd.core.value import Value
from autograd.show.tree_lines import Line, tree_lines

_WINDOW = 40  # lines of the tree that are shown at once
_DEEPEST = 24  # of the levels that are drawn; a deeper line says how deep it is


@dataclass(frozen=True, slots=True)
class SeedStep:
    """The first step of the backward pass: the derivative of the output by itself is 1."""

    node: Value
    total: float


AnyStep = ForwardStep | SeedStep | Step


@dataclass(frozen=True)
class Scene:
    """What is known after ``position`` steps of ``length``, and the step that led there."""

    order: Sequence[Value]  # the graph's nodes, parents first
    formatter: GraphFormatter
    position: int
    length: int
    current: AnyStep | None
    data: Mapping[Value, float]
    gradients: Mapping[Value, float]
    missing: Mapping[Value, int]  # how many contributions each node still waits for
    before: float | None  # what the current step's parent had received before it
    note: str = ""  # what is to be said of the graph as a whole

    def __str__(self) -> str:
        notes = [f"note: {self.note}"] if self.note else []
        lines = [self._headline(), "", *self._tree(), "", *self._equation(), *notes]
        return "\n".join(lines).rstrip()

    def _headline(self) -> str:
        name, current = self.formatter, self.current
        place = f"step {self.position} of {self.length}"
        if isinstance(current, ForwardStep):
            return f"{place}, forward: {name.definition(current.node)} is computed"
        if isinstance(current, SeedStep):
            return f"{place}, backward: it begins at the output, {name.name(self.order[-1])}"
        if isinstance(current, Step):
            sender, parent = name.definition(current.node), name.name(current.parent)
            return f"{place}, backward: {sender} passes its gradient on to {parent}"
        if len(self.order) == 1:
            return f"{place}: a leaf alone has its value; .next() begins the backward pass"
        return f"{place}: the leaves have values; .next() computes the first node from them"

    def _equation(self) -> Iterator[str]:
        written, current = self.formatter, self.current
        if isinstance(current, ForwardStep):
            numbers = f"{current.formula} = {number(current.data)}"
            yield f"{written.definition(current.node)} = {numbers}"
        elif isinstance(current, SeedStep):
            itself = written.derivative(current.node, current.node)
            yield f"{itself} = 1: it moves as itself does"
        elif isinstance(current, Step):
            yield from self._chain_rule(current)
        if self.position == self.length:
            yield "the end: every gradient is complete; .back() or .reset() to see it again"

    def _chain_rule(self, step: Step) -> Iterator[str]:
        of, by = self.formatter.derivative, step.parent
        product = f"{number(step.upstream)} x {factor(step.local)} = {number(step.contribution)}"
        gradient, upstream = of(self.order[-1], by), of(self.order[-1], step.node)
        yield f"{gradient} += {upstream} x {self.formatter.partial(step.node, by)} = {product}"
        left = self.missing[by]
        more = "complete" if not left else f"with {left} more to come"
        sum_ = number(step.total)
        if self.before is not None:
            sum_ = f"{number(self.before)} + {factor(step.contribution)} = {sum_}"
        yield f"{gradient} is now {sum_}, {more}"
        yield f"because {step.rule}"

    def _tree(self) -> Iterator[str]:
        place = {node: i for i, node in enumerate(self.order)}
        lines = tree_lines(
            [[place[p] for p in node.parents] for node in self.order],
            [node.op != "constant" for node in self.order],
        )
        above, shown, below = _window(lines, self._mark)
        rows = [("node", "data", "grad", ""), *(self._row(line) for line in shown)]
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        heading, *others = [_columns(row, widths) for row in rows]
        yield heading
        if above:
            yield f"... {above:,} lines above"
        yield from others
        if below:
            yield f"... {below:,} lines below"

    def _mark(self, line: Line) -> str:
        current, node = self.current, self.order[line.node]
        if isinstance(current, Step):
            if line.child < 0 or line.slot != current.slot:
                return ""
            if self.order[line.child] is not current.node:
                return ""
            return f"<- += {number(current.upstream)} x {factor(current.local)}"
        if current is not None and node is current.node and not line.again:
            return "<- computed" if isinstance(current, ForwardStep) else "<- = 1"
        return ""

    def _row(self, line: Line) -> tuple[str, str, str, str]:
        written, node, note = self.formatter, self.order[line.node], self._mark(line)
        again = " (above)" if line.again else ""
        title = written.definition(node) if node.parents and not again else written.name(node)
        on_edge = bool(note) and isinstance(self.current, Step)
        branch = line.branch(_DEEPEST, marked=on_edge)
        grad = self.gradients.get(node)
        shown = "" if grad is None or node.op == "constant" else number(grad)
        if shown and self.missing[node]:
            shown += ".."  # more is to come
        data = number(self.data[node]) if node in self.data else ""
        return branch + title + again, data, shown, note


def _window(lines: Iterator[Line], mark: Callable[[Line], str]) -> tuple[int, list[Line], int]:
    """The lines around the first that is marked, and how many there are above and below them.

    The others are counted and not kept: there may be a million.
    """
    top: list[Line] = []
    before: deque[Line] = deque(maxlen=_WINDOW - 1)
    above = 0
    for line in lines:
        if mark(line):
            break
        top += [line] if len(top) < _WINDOW else []
        before.append(line)
        above += 1
    else:  # at the start nothing is marked
        return 0, top, above - len(top)
    after = list(islice(lines, _WINDOW - 1))
    rest = sum(1 for _ in lines)
    n_after = min(len(after), max(_WINDOW // 2, _WINDOW - 1 - len(before)))
    n_before = min(len(before), _WINDOW - 1 - n_after)
    shown = [*list(before)[len(before) - n_before :], line, *after[:n_after]]
    return above - n_before, shown, len(after) - n_after + rest


def _columns(row: tuple[str, str, str, str], widths: list[int]) -> str:
    title, data, grad, note = row
    return f"{title:<{widths[0]}}  {data:>{widths[1]}}  {grad:>{widths[2]}}  {note}".rstrip()
