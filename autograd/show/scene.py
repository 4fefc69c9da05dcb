"""One moment of a stepper as text for a terminal: headline, tree, and the equation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograd.notation import Notation, factor, number
from autograd.show.branches import Line, branches
from autograd.steps import ForwardStep, Step
from autograd.value import Value

_WINDOW = 40  # lines of the tree that are shown at once


@dataclass(frozen=True, slots=True)
class Seed:
    """The first step of the backward pass: the derivative of the output by itself is 1."""

    node: Value
    total: float


AnyStep = ForwardStep | Seed | Step


@dataclass(frozen=True)
class Scene:
    """What is known after ``position`` steps of ``length``, and the step that led there."""

    order: Sequence[Value]  # the graph's nodes, parents first
    notation: Notation
    position: int
    length: int
    current: AnyStep | None
    data: Mapping[Value, float]
    gradients: Mapping[Value, float]
    missing: Mapping[Value, int]  # how many contributions each node still waits for
    before: float | None  # what the current step's parent had received before it

    def __str__(self) -> str:
        return "\n".join([self._headline(), "", *self._tree(), "", *self._equation()]).rstrip()

    def _headline(self) -> str:
        name, current = self.notation, self.current
        place = f"step {self.position} of {self.length}"
        if isinstance(current, ForwardStep):
            return f"{place}, forward: {name.definition(current.node)} is computed"
        if isinstance(current, Seed):
            return f"{place}, backward: it begins at the output, {name.name(self.order[-1])}"
        if isinstance(current, Step):
            sender, parent = name.definition(current.node), name.name(current.parent)
            return f"{place}, backward: {sender} passes its gradient on to {parent}"
        return f"{place}: the leaves have values; .next() computes the first node from them"

    def _equation(self) -> Iterator[str]:
        written, current = self.notation, self.current
        if isinstance(current, ForwardStep):
            numbers = f"{current.formula} = {number(current.data)}"
            yield f"{written.definition(current.node)} = {numbers}"
        elif isinstance(current, Seed):
            itself = written.derivative(current.node, current.node)
            yield f"{itself} = 1: it moves as itself does"
        elif isinstance(current, Step):
            yield from self._chain_rule(current)
        if self.position == self.length:
            yield "the end: every gradient is complete; .back() or .reset() to see it again"

    def _chain_rule(self, step: Step) -> Iterator[str]:
        of, by = self.notation.derivative, step.parent
        product = f"{number(step.upstream)} x {factor(step.local)} = {number(step.contribution)}"
        gradient = of(self.order[-1], by)
        yield f"{gradient} += {of(self.order[-1], step.node)} x {of(step.node, by)} = {product}"
        left = self.missing[by]
        more = "complete" if not left else f"with {left} more to come"
        sum_ = number(step.total)
        if self.before is not None:
            sum_ = f"{number(self.before)} + {factor(step.contribution)} = {sum_}"
        yield f"{gradient} is now {sum_}, {more}"
        yield f"because {step.rule}"

    def _tree(self) -> Iterator[str]:
        order = self.order
        place = {node: i for i, node in enumerate(order)}
        current = self.current
        rows, marked = [("node", "data", "grad", "")], 0
        for line in branches(
            [[place[p] for p in node.parents] for node in order],
            [node.op != "constant" for node in order],
        ):
            note = self._mark(line, current)
            if note and not marked:
                marked = len(rows)
            rows.append(self._row(line, order[line.node], note))
        first = max(1, min(marked - _WINDOW // 2, len(rows) - _WINDOW))
        shown = [rows[0], *rows[first : first + _WINDOW]]
        widths = [max(len(row[i]) for row in shown) for i in range(3)]
        yield _columns(shown[0], widths)
        if first > 1:
            yield f"... {first - 1:,} lines above"
        yield from (_columns(row, widths) for row in shown[1:])
        if first + _WINDOW < len(rows):
            yield f"... {len(rows) - first - _WINDOW:,} lines below"

    def _mark(self, line: Line, current: ForwardStep | Seed | Step | None) -> str:
        node = self.order[line.node]
        if isinstance(current, Step):
            if line.child < 0 or line.slot != current.slot:
                return ""
            if self.order[line.child] is not current.node:
                return ""
            return f"<- += {number(current.upstream)} x {factor(current.local)}"
        if current is not None and node is current.node and not line.again:
            return "<- computed" if isinstance(current, ForwardStep) else "<- = 1"
        return ""

    def _row(self, line: Line, node: Value, note: str) -> tuple[str, str, str, str]:
        written = self.notation
        again = " (above)" if line.again else ""
        title = written.definition(node) if node.parents and not again else written.name(node)
        on_edge = note and line.child >= 0 and isinstance(self.current, Step)
        branch = line.marked_branch if on_edge else line.branch
        grad = self.gradients.get(node)
        shown = "" if grad is None or node.op == "constant" else number(grad)
        if shown and self.missing[node]:
            shown += ".."  # more is to come
        return (
            branch + title + again,
            number(self.data[node]) if node in self.data else "",
            shown,
            note,
        )


def _columns(row: tuple[str, str, str, str], widths: list[int]) -> str:
    title, data, grad, note = row
    return f"{title:<{widths[0]}}  {data:>{widths[1]}}  {grad:>{widths[2]}}  {note}".rstrip()
