"""``wrong_order``: what becomes of the gradients when the sweep follows no topological order."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd._util.format import GraphFormatter, count, number
from autograd._util.names import names_for
from autograd.analysis.steps import Step, check_output, passed_on, steps
from autograd.core.graph import topological_order
from autograd.core.value import Value

_ROWS = 40  # of the table that are shown
_ROUNDING = 1e-12  # two orders of the same sum may differ by so much of its terms


@dataclass(frozen=True, eq=False)
class WrongOrder:
    """Two sweeps of one graph side by side: in topological order, and depth first.

    ``right`` and ``wrong`` hold the gradient of each node; ``steps`` is the wrong sweep, step by
    step.
    """

    right: dict[Value, float]
    wrong: dict[Value, float]
    steps: tuple[Step, ...]
    notation: GraphFormatter

    @cached_property
    def differing(self) -> list[Value]:
        """The nodes whose gradient comes out wrong, in topological order."""
        sizes = dict.fromkeys(self.right, 0.0)
        for step in self.steps:
            sizes[step.parent] += abs(step.contribution)
        return [
            node
            for node, right in self.right.items()
            if not _same(right, self.wrong[node], _ROUNDING * max(abs(right), sizes[node]))
        ]

    @cached_property
    def passed_on(self) -> dict[Value, float]:
        """What each node with parents had when it passed its gradient on, in that order."""
        sent: dict[Value, float] = {}
        for step in self.steps:
            sent.setdefault(step.node, step.upstream)
        return sent

    @cached_property
    def too_early(self) -> list[Value]:
        """The nodes that passed their gradient on before all of it had arrived, in that order."""
        sent: set[Value] = set()
        late: set[Value] = set()
        for step in self.steps:
            sent.add(step.node)
            if step.parent in sent:
                late.add(step.parent)
        return [node for node in self.passed_on if node in late]

    @cached_property
    def _early(self) -> set[Value]:
        return set(self.too_early)

    def __str__(self) -> str:
        heading = ("gradient of", "right", "wrong order", "")
        nodes = [node for node in reversed(self.right) if node.op != "constant"]
        told = {v for v in (*self.differing, *self.too_early) if v.op != "constant"}
        if len(nodes) > _ROWS:
            wrong_first = dict.fromkeys([*self.differing, *self.too_early])
            nodes = [node for node in wrong_first if node in told][:_ROWS] or nodes[:1]
        rows = [heading, *(self._row(node, told) for node in nodes)]
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = [
            f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}  {d}".rstrip()
            for a, b, c, d in rows
        ]
        left = len(told.difference(nodes))
        if left:
            lines.append(f"... and {left:,} more that are wrong or too early")
        return "\n".join([*lines, *self._sentences()])

    __repr__ = __str__

    def _row(self, node: Value, told: Container[Value]) -> tuple[str, str, str, str]:
        note = ""
        if node in told:
            early = node in self._early
            sent = number(self.passed_on[node]) if early else ""
            note = f"<- passed on {sent}, too early" if early else "<- wrong"
        called = self.notation.definition(node) if node.parents else self.notation.name(node)
        return called, number(self.right[node]), number(self.wrong[node]), note

    def _sentences(self) -> Iterator[str]:
        yield (
            "right: a node passes its gradient on when all that use it have sent theirs\n"
            "wrong: it does so as soon as it is first reached, depth first"
        )
        for node in self.too_early[:3]:
            uses = count(sum(step.parent is node for step in self.steps), "use")
            yield (
                f"{self.notation.name(node)} has {uses}, and passed on "
                f"{number(self.passed_on[node])} before all of its {number(self.wrong[node])} "
                "had arrived"
            )
        if self.too_early and not self.differing:
            yield "Here it makes no difference: what came too late adds up to 0"
        elif not self.too_early:
            yield (
                "Here it makes no difference: no node with parents received anything after it "
                "had passed\nits gradient on. Use one twice, as in h = a * b; y = h + h * h"
            )


def wrong_order(output: Value, *, names: Mapping[str, Any] | None = None) -> WrongOrder:
    """Sweep back from ``output`` depth first, beside the right order, and tell what goes wrong.

    In the wrong order each node passes its gradient on, once, as soon as it is first reached,
    as a recursive function would that calls itself for each parent. A node that is used twice then
    passes on only what had arrived by then. No ``.grad`` is touched.

    >>> from autograd import Value, wrong_order
    >>> a = Value(2.0)
    >>> h = a * 3.0
    >>> y = h + h * h
    >>> print(wrong_order(y))
    gradient of  right  wrong order
    y = h + v1       1            1
    v1 = h * h       1            1
    h = a * 3       13           13  <- passed on 1, too early
    a               39            3  <- wrong
    right: a node passes its gradient on when all that use it have sent theirs
    wrong: it does so as soon as it is first reached, depth first
    h has 3 uses, and passed on 1 before all of its 13 had arrived
    """
    check_output(output, "wrong_order")
    order, called = topological_order(output), names_for(names, depth=1)
    right = {step.parent: step.total for step in steps(output, names={})}
    taken = tuple(_depth_first(output, called))
    wrong = {step.parent: step.total for step in taken}
    for gradients in (right, wrong):
        gradients[output] = 1.0
    return WrongOrder(
        {node: right[node] for node in order},
        {node: wrong[node] for node in order},
        taken,
        GraphFormatter(order, called),
    )


def _depth_first(output: Value, names: Mapping[Value, str]) -> Iterator[Step]:
    received = {output: 1.0}
    opened: set[Value] = set()
    waiting = [output]
    while waiting:
        node = waiting.pop()
        if node in opened:
            continue
        opened.add(node)
        yield from passed_on(node, received, names)
        waiting.extend([parent for parent in reversed(node.parents) if parent.parents])


def _same(a: float, b: float, slack: float) -> bool:
    return a == b or (a != a and b != b) or abs(a - b) <= slack < math.inf
