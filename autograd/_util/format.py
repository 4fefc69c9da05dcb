"""Formatting of numbers, operations, nodes and derivatives, as text and as LaTeX."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Container, Iterable, Mapping, Sequence

from autograd.core.operation import Operation
from autograd.core.value import Value

# what stands for a sign where it cannot be shown: a tree's lines, and symbols of the table
_SPELLED = dict(zip("├└│─╞╘═∂×−", "|`|-|`=dx-", strict=True)) | {"…": "..."}
_SPELLED |= {"σ": "sigmoid", "Σ": "sum", "Π": "prod", "√": "sqrt", "∛": "cbrt", "ψ": "psi"}


def spelled(text: str, encoding: str | None = None) -> str:
    """The text with the signs spelled out that an encoding, else that of ``sys.stdout``, lacks.

    >>> spelled("├─ σ(a) × ☂", "ascii"), spelled("├─ σ(a) × ☂", "latin-1")
    ('|- sigmoid(a) x ?', '|- sigmoid(a) × ?')
    """
    encoding = encoding or getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        signs = {c: c if c.encode(encoding, "ignore") else _SPELLED.get(c, "?") for c in {*text}}
        return "".join([signs[c] for c in text])
    return text


class Text(str):
    """Text that a REPL shows as it reads, without quotes and escaped line breaks.

    Printed, it is spelled as ``sys.stdout`` can show it: one in ASCII or in a code page of Windows
    lacks the lines of a tree.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return spelled(super().__str__())

    __repr__ = __str__


def number(x: float) -> str:
    """A number in at most four digits that matter.

    >>> number(-0.000123456), number(-0.0)
    ('-0.0001235', '0')
    """
    return f"{x + 0.0:.4g}"  # a zero has no sign where a person reads it


def factor(x: float) -> str:
    """A number as a factor of a product: in brackets if it has a sign."""
    return f"({number(x)})" if number(x).startswith("-") else number(x)


def count(n: int, thing: str) -> str:
    """A whole number with its noun: ``1 path``, ``1,024 paths``, ``about 10**60 paths``.

    >>> count(2**200, "path")
    'about 1.6 x 10**60 paths'
    """
    plural = "" if n == 1 else "s"
    if n < 10**12:
        return f"{n:,} {thing}{plural}"
    # by its logarithm, as Python refuses to write out numbers of more than 4300 digits
    exponent = math.log10(n)
    lead = 10.0 ** (exponent % 1.0)
    shown, power = (1.0, int(exponent) + 1) if lead >= 9.95 else (lead, int(exponent))
    return f"about {shown:.1f} x 10**{power} {thing}s"


def one_line(name: str) -> str:
    """A name with its line breaks and control characters written out, as ``repr`` has them."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)


# --- LaTeX ----------------------------------------------------------------------------------------

_ESCAPED = {"\\": r"\backslash{}", "^": r"\hat{}", "~": r"\sim{}", " ": r"\ "}
_SYMBOL = re.compile(r"([A-Za-zα-ωΑ-Ω])_?(\d*)((?:\[[\w, ]+\])?)")


def latex_number(x: float) -> str:
    """A number for a formula: four digits, powers of ten and infinities as print has them."""
    text = number(x)
    if not math.isfinite(x):
        return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else text


def latex_factor(x: float) -> str:
    """The same as a factor of a product: in brackets if it has a sign."""
    text = latex_number(x)
    return rf"\left({text}\right)" if text.startswith("-") else text


def latex_name(name: str) -> str:
    r"""A name for a formula, with nothing in it that LaTeX would take for a command.

    >>> latex_name("W1[0,2]"), latex_name("loss"), latex_name(r"\href{x}")
    ('W_{1,[0,2]}', '\\mathrm{loss}', '\\mathrm{\\backslash{}href\\{x\\}}')
    """
    symbol = _SYMBOL.fullmatch(name)
    if symbol:
        letter, digits, place = symbol.groups()
        below = ",".join(filter(None, [digits, place.replace("_", r"\_")]))
        return f"{letter}_{{{below}}}" if below else letter
    return rf"\mathrm{{{''.join(map(_escaped, one_line(name)))}}}"


def _escaped(character: str) -> str:
    if character in "{}$&#_%":
        return "\\" + character
    return _ESCAPED.get(character, character)


# --- operations -----------------------------------------------------------------------------------


def formula(operation: Operation, operands: Sequence[str]) -> str:
    """An operation written out for operands that are written already: ``a * b``, ``tanh(a)``.

    >>> from autograd.core.table import TABLE
    >>> formula(TABLE["leaky_relu"], ["x"]), formula(TABLE["**n"], ["x"])
    ('leaky_relu(x, slope=0.01)', 'x**2')
    """
    if operation.name == "neg":
        return f"-{operands[0]}"
    if operation.is_call:
        settings = [f"{k}={v:g}" for k, v in operation.settings.items()]
        return f"{operation.name}({', '.join([*_few(operands), *settings])})"
    if len(operands) == 1:
        return operands[0] + (operation.label if operation.settings else "")
    sign = "+" if operation.name == "sum" else operation.name
    space = "" if sign == "**" else " "
    return f"{space}{sign}{space}".join(_few(operands))


def latex_formula(operation: Operation, operands: Sequence[str]) -> str:
    """The same in LaTeX, from the row's template."""
    few = _few(operands, r"\dots")
    if operation.name == "sum":
        return " + ".join(few)
    settings = {k: f"{v:g}" for k, v in operation.settings.items()}
    return operation.latex.format(*operands, xs=", ".join(few), **settings)


def _few(operands: Sequence[str], dots: str = "...") -> list[str]:
    """All of a few operands; of many the first ones and the last."""
    return list(operands) if len(operands) <= 6 else [*operands[:4], dots, operands[-1]]


# --- nodes ----------------------------------------------------------------------------------------


class GraphFormatter:
    """What each node of a graph is called in a text: by its name, or else v1, v2, ...

    ``order`` holds the nodes, parents first; ``names`` the callers' variables by node. A node's
    own name comes first, a plain number is called by its digits, and what is left is numbered,
    around the names that are taken. The same graph is numbered the same everywhere; ``keep`` says
    which of its nodes will be asked for, if that is not all of them.

    >>> from autograd import Value
    >>> a = Value(2.0, name="a"); product = a * -3.0; y = product.tanh()
    >>> written = GraphFormatter([a, *product.parents[1:], product, y], {y: "y"})
    >>> written.definition(product), written.definition(y)
    ('v1 = a * (-3)', 'y = tanh(v1)')
    """

    def __init__(
        self,
        order: Iterable[Value],
        names: Mapping[Value, str],
        keep: Container[Value] | None = None,
    ) -> None:
        self._names: dict[Value, str] = {}
        nodes = list(order)
        taken = {node.name or names.get(node, "") for node in nodes}
        last = 0
        for node in nodes:
            name = node.name or names.get(node, "")
            if not name and node.op != "constant":
                last += 1
                while f"v{last}" in taken:
                    last += 1
                name = f"v{last}"
            if keep is None or node in keep:
                self._names[node] = one_line(name)

    def name(self, node: Value) -> str:
        """What a node is called; a plain number by its digits."""
        return self._names[node] or number(node.data)

    def latex(self, node: Value) -> str:
        """The same for a formula."""
        name = self._names[node]
        return latex_name(name) if name else latex_number(node.data)

    def formula(self, node: Value) -> str:
        """How it was computed, ``a * b``; a leaf's number."""
        operation = node._operation
        if operation is None or not node.parents:
            return number(node.data)
        written = number if operation.is_call else factor
        return formula(operation, [self._names[p] or written(p.data) for p in node.parents])

    def definition(self, node: Value) -> str:
        """Name and formula: ``v1 = a * b``."""
        return f"{self.name(node)} = {self.formula(node)}"

    def derivative(self, node: Value, by: Value, sign: str = "d") -> str:
        """``dL/dw``; by a plain number, ``dL/d(2)``."""
        below = self.name(by) if self._names[by] else f"({self.name(by)})"
        return f"{sign}{self.name(node)}/{sign}{below}"

    def partial(self, node: Value, by: Value) -> str:
        """``∂L/∂v2``: the local derivative, with every other operand held still."""
        return self.derivative(node, by, "∂")

    def latex_derivative(self, node: Value, by: Value, sign: str = r"\mathrm{d}") -> str:
        """The derivative for a formula."""
        above, below = (
            # a space before a word, which the sign would become a part of
            rf"{sign}\,{name}" if name.startswith(r"\mathrm") else f"{sign} {name}"
            for name in (self.latex(node), self.latex(by))
        )
        return rf"\frac{{{above}}}{{{below}}}"

    def latex_partial(self, node: Value, by: Value) -> str:
        """The local derivative for a formula."""
        return self.latex_derivative(node, by, r"\partial")
