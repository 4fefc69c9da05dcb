"""Formatting of an explanation's nodes: names and definitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd._util.format import (  # isort: skip
    GraphFormatter, factor, formula, latex_factor, latex_formula, latex_number, number,
)  # fmt: skip
from autograd.core.value import Value

_FEW_OPERANDS = 6


class ExplanationFormatter:
    """Names, definitions and derivatives of the nodes that an explanation shows.

    ``shown`` are those nodes, parents first, and ``order`` the whole graph, whose numbering they
    keep: v3 is v3 in a stepper too. An operand that is not among them and has no name is
    written out if its own operands have names, ``v1 + (c * d)``, and else as its number. Of many
    operands those are left out that are not shown: ``v1 + ... + b``.
    """

    def __init__(
        self, shown: Sequence[Value], order: Iterable[Value], names: dict[Value, str]
    ) -> None:
        near = [p for node in shown for p in node.parents]
        near += [p for node in near for p in node.parents]
        named = [node for node in near if node.name or names.get(node)]
        self._shown = set(shown)
        self._called = self._shown.union(named)
        self._formatter = GraphFormatter(dict.fromkeys([*order, *shown]), names, keep=self._called)
        self.generated = [
            node
            for node in shown
            if not node.name and not names.get(node) and node.op != "constant"
        ]
        self.name, self.latex = self._formatter.name, self._formatter.latex
        self.derivative = self._formatter.derivative
        self.latex_derivative = self._formatter.latex_derivative
        self.latex_partial = self._formatter.latex_partial

    def definition(self, node: Value) -> str:
        """Name and formula: ``v2 = v1 + c``; a leaf's name and number."""
        return f"{self.name(node)} = {self._formula(node, False)}"

    def latex_definition(self, node: Value) -> str:
        """The same for a formula."""
        return f"{self.latex(node)} = {self._formula(node, True)}"

    def _formula(self, node: Value, latex: bool) -> str:
        operation = node._operation
        if operation is None:  # a leaf
            return latex_number(node.data) if latex else number(node.data)
        operands = self._operands(node, latex)
        return latex_formula(operation, operands) if latex else formula(operation, operands)

    def _operands(self, node: Value, latex: bool) -> list[str]:
        """All of a few operands; of many those that are shown, two of them, and the last."""
        parents = node.parents
        kept = list(range(len(parents)))
        if len(parents) > _FEW_OPERANDS:
            shown = [i for i in kept[:-1] if parents[i] in self._shown]
            kept = [*shown[:2], len(parents) - 1]
        written, after = [], 0
        for i in kept:
            written += [r"\dots" if latex else "..."] if i > after else []
            written.append(self._operand(parents[i], latex, _is_call(node)))
            after = i + 1
        return written

    def _operand(self, node: Value, latex: bool, in_call: bool) -> str:
        if node in self._called and (node.op != "constant" or node.name):
            return self.latex(node) if latex else self.name(node)
        known = [p in self._called or p.op == "constant" for p in node.parents]
        if known and all(known):
            formula = self._formula(node, latex)
            if _is_call(node):
                return formula
            return rf"\left({formula}\right)" if latex else f"({formula})"
        if latex:
            return latex_factor(node.data)
        return number(node.data) if in_call else factor(node.data)


def _is_call(node: Value) -> bool:
    """Whether it is written with brackets of its own, as ``tanh(x)`` and unlike ``x + y``."""
    return node._operation is not None and node._operation.is_call
