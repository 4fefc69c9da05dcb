"""Expression printers: NumPy for arrays, and plain Python for single numbers.

``ARRAY`` writes ``np.where(c, a, b)``; ``SCALAR`` writes ``(a if c else b)`` and bare function
names. Scalar text runs in two ways: with math's functions and Python's floats, which is quick but
raises at the edges, and with NumPy's floats, which have IEEE 754's answers everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd.compiler.expressions.expression import COMPARISONS, LOGIC, SPECIAL, Expression
from autograd.core.array_arithmetic import ARRAYS

# how tightly text is bound: a conditional, ==, |, &, +, *, a sign, a call or a name
_CHOICE, _COMPARED, _OR, _AND, _SUM, _PRODUCT, _SIGNED, ATOM = range(8)
_BINDING = dict.fromkeys(COMPARISONS, _COMPARED) | {
    "|": _OR, "&": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT,
}  # fmt: skip
_UFUNCS = {"+": "np.add", "-": "np.subtract", "*": "np.multiply", "/": "np.divide"}
_CONSTANTS = {0.0: "zero", 1.0: "one"}
# functions for arrays that go by these names in NumPy, whatever the arithmetics call them
NUMPY_ALONE = ("abs", "hypot", "maximum", "minimum", "fmin", "sign")

Printed = tuple[str, int]  # text, and how tightly it is bound


def written(x: float) -> str:
    """A number as text that gives it back: ``0.5``, ``-inf``."""
    return repr(float(x))


def _bracketed(printed: Printed, least: int) -> str:
    text, binding = printed
    return text if binding >= least else f"({text})"


def _printed_number(x: float, prefix: str) -> Printed:
    text = written(x)
    if not math.isfinite(x):
        text = text.replace("inf", f"{prefix}inf").replace("nan", f"{prefix}nan")
    return text, _SIGNED if text.startswith("-") else ATOM


class Printer:
    """What both printers share: operators, with no more brackets than they need."""

    is_array = False
    prefix = ""

    def printed(
        self, expression: Expression, operands: list[Printed], strict: bool, at: str
    ) -> Printed:
        """A expression as text, whose operands are text already.

        strict  a plain number must not come out: see ``Scalar``
        at      the name of an array among the leaves, whose dtype is that of the result
        """
        if expression.kind == "number":
            return _printed_number(expression.head, self.prefix)
        if expression.kind == "prefix":
            return f"-{_bracketed(operands[0], _SIGNED)}", _SIGNED
        if expression.kind == "infix":
            binding = _BINDING[expression.head]
            left, right = operands
            # comparisons do not chain, and a - (b - c) keeps its brackets
            least = binding + 1 if binding == _COMPARED else binding
            sides = _bracketed(left, least), _bracketed(right, binding + 1)
            return f" {expression.head} ".join(sides), binding
        texts = [text for text, _ in operands]
        if expression.kind == "own":
            name, method, slot, settings = expression.head
            inside = ", ".join([*slot, *texts, *settings])
            return f'rows["{name}"].{method}({inside})', ATOM
        return self.called(expression, texts), ATOM

    def called(self, expression: Expression, texts: list[str]) -> str:
        """A function call."""
        return f"{expression.head}({', '.join(texts)})"

    def weak(self, expression: Expression, below: Sequence[bool]) -> bool:
        """Whether a plain number may come out of it; ``below`` says it of its operands."""
        return False

    def strict_below(
        self, expression: Expression, strict: bool, weak: Sequence[bool]
    ) -> list[bool]:
        """For each operand, whether a plain number must not come out of it, although it may."""
        return [False] * len(expression.operands)

    def assigned(
        self, target: str, root: Expression, whole: str, operands: list[Printed], out: str | None
    ) -> list[str]:
        """The statements that give the root's value to a target, and write it into ``out``."""
        return [f"{target} = {whole}"]


class _Array(Printer):
    """NumPy for arrays of one dtype, float64 or float32, which the results have too."""

    is_array = True
    prefix = "np."

    def printed(
        self, expression: Expression, operands: list[Printed], strict: bool, at: str
    ) -> Printed:
        kinds = [_kind(x) for x in expression.operands]
        if expression.kind == "where":
            text = f"np.where({', '.join(text for text, _ in operands)})"
            # np.where(c, 0.5, 1.0) would be float64
            return text if "float" in kinds[1:] else f"{text}.astype({at}.dtype)", ATOM
        if (expression.kind == "prefix" or expression.head in _UFUNCS) and "float" not in kinds:
            operands = [  # True + True is True, -True an error, and True * 0.5 is float64
                (f"{_bracketed(x, ATOM)}.astype({at}.dtype)", ATOM) if kind == "bool" else x
                for x, kind in zip(operands, kinds, strict=True)
            ]
        return super().printed(expression, operands, strict, at)

    def called(self, expression: Expression, texts: list[str]) -> str:
        if expression.head in SPECIAL:
            return f"each({', '.join([expression.head, *texts])})"
        return f"{_numpy_name(expression.head)}({', '.join(texts)})"

    def assigned(
        self, target: str, root: Expression, whole: str, operands: list[Printed], out: str | None
    ) -> list[str]:
        if out is None:
            return super().assigned(target, root, whole, operands, out)
        function = ""
        texts = [text for text, _ in operands]
        if root.kind == "call" and root.head not in SPECIAL:
            function = _numpy_name(root.head)
        elif root.kind == "prefix":
            function = "np.negative"
        elif root.kind == "infix" and any(_kind(x) == "float" for x in root.operands):
            function = _UFUNCS.get(root.head, "")
            if root.head == "*" and root.operands[0] is root.operands[1]:
                function, texts = "np.square", texts[:1]
        if function:
            return [f"{target} = {function}({', '.join(texts)}, out={out})"]
        copied = [f"np.copyto({out}, {whole})"]
        return copied if target == out else [*copied, f"{target} = {out}"]


class _Scalar(Printer):
    """Python for one number.

    Where the result of a choice between numbers, such as ``0.0 if x <= 0.0 else x``, would be
    Python's own 0.0 among NumPy's floats, and a later division by it would raise, the number is
    written ``zero``, ``one`` or ``number(0.5)``, which are NumPy's or Python's as all others are.
    """

    def printed(
        self, expression: Expression, operands: list[Printed], strict: bool, at: str
    ) -> Printed:
        if strict and expression.kind == "number":
            known = math.copysign(1.0, expression.head) > 0.0 and _CONSTANTS.get(expression.head)
            return known or f"number({super().printed(expression, [], False, at)[0]})", ATOM
        if expression.kind == "where":
            condition, if_true, if_false = (_bracketed(x, _COMPARED) for x in operands)
            return f"{if_true} if {condition} else {if_false}", _CHOICE
        text, binding = super().printed(expression, operands, strict, at)
        return (f"number({text})", ATOM) if strict else (text, binding)

    def weak(self, expression: Expression, below: Sequence[bool]) -> bool:
        if expression.kind == "where":
            return any(below[1:])
        if expression.kind == "infix" and expression.head not in (*COMPARISONS, *LOGIC):
            return all(below)
        return expression.kind in ("number", "infix") or (expression.kind == "prefix" and below[0])

    def strict_below(
        self, expression: Expression, strict: bool, weak: Sequence[bool]
    ) -> list[bool]:
        if expression.kind == "where":
            return [False, *(strict and x for x in weak[1:])]
        if expression.kind == "infix" and expression.head == "/":
            return [False, all(weak)]
        return [False] * len(expression.operands)


ARRAY: Printer = _Array()
SCALAR: Printer = _Scalar()


def _numpy_name(name: str) -> str:
    if name in NUMPY_ALONE:
        return f"np.{name}"
    return f"np.{getattr(ARRAYS, name).__name__}"  # asin is arcsin


def _kind(expression: Expression) -> str:
    """What an array of this expression holds: "number" (a plain one), "bool", "float"."""
    if expression.kind == "either":
        return _kind(expression.operands[0])
    if expression.kind == "number":
        return "number"
    comparison = expression.kind == "infix" and expression.head in (*COMPARISONS, *LOGIC)
    return "bool" if comparison or expression.head == "isfinite" else "float"
