"""NumPy for arrays of one dtype, and NumPy's way to write a result into memory that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from autograd.compiler.expressions.expression import (  # isort: skip
    SPECIAL, Call, Expression, Infix, Variable, Negative, Number, Where,
    in_order, intern, is_comparison, rebuilt,
)  # fmt: skip
from autograd.compiler.expressions.language import ATOM, Language, Operators, Printed
from autograd.compiler.expressions.python_language import Python
from autograd.compiler.expressions.row_expression import Assign
from autograd.core.arithmetic import MATH_NAMES
from autograd.core.array_arithmetic import ARRAYS

_UFUNCS = {"+": "np.add", "-": "np.subtract", "*": "np.multiply", "/": "np.divide"}


class _AsType(Expression):
    """Its first operand, in the dtype of the second."""

    __slots__ = ()


class NumPy(Python):
    """NumPy for arrays of one dtype, float64 or float32, which the results have too."""

    is_array = True
    operators: ClassVar[Operators] = Language.operators  # where is a function
    infinity, nan = "np.inf", "np.nan"
    names: ClassVar[Mapping[str, str]] = {x: getattr(ARRAYS, x).__name__ for x in MATH_NAMES}

    def where(self, condition: str, if_true: str, if_false: str) -> str:
        """NumPy's where."""
        return f"np.where({condition}, {if_true}, {if_false})"

    def call(self, name: str, operands: Sequence[str]) -> str:
        """A function of NumPy, or one of floats at each element."""
        if name in SPECIAL:
            return f"each({', '.join([name, *operands])})"
        return f"np.{super().call(name, operands)}"

    def prepared(self, root: Expression) -> Expression:
        """The root with ``astype`` where NumPy would give bools, or float64 to float32."""
        like = next((x for x in in_order(root) if isinstance(x, Variable)), root)

        def typed(x: Expression, operands: tuple[Expression, ...]) -> Expression:
            is_arithmetic = isinstance(x, (Negative, Infix)) and not is_comparison(x)
            if is_arithmetic and not any(map(_is_float, operands)):
                operands = tuple(  # True + True is True, -True an error, and True * 0.5 is float64
                    intern(_AsType, None, (operand, like)) if _is_bool(operand) else operand
                    for operand in operands
                )
            made = x.of(operands)
            if isinstance(x, Where) and not any(map(_is_float, operands[1:])):
                return intern(_AsType, None, (made, like))  # np.where(c, 0.5, 1.0) would be float64
            return made

        return rebuilt(root, typed)

    def printed(self, x: Expression, operands: Sequence[Printed]) -> Printed:
        """As in any language, and a conversion to the dtype of an array."""
        if isinstance(x, _AsType):
            array, like = operands
            return Printed(f"{array.bracketed(ATOM)}.astype({like.text}.dtype)")
        return super().printed(x, operands)


NUMPY = NumPy()


def assigned_into(out: str) -> Assign:
    """For ``RowExpression.lines``: assignments that write the result into the array ``out``.

    Its shape is the result's; it may be one of the operands.
    """

    def assign(target: str, root: Expression, whole: str, operands: Sequence[str]) -> list[str]:
        function = ""
        if isinstance(root, Call) and root.head not in SPECIAL:
            function = f"np.{NUMPY.names.get(root.head, root.head)}"
        elif isinstance(root, Negative):
            function = "np.negative"
        elif isinstance(root, Infix) and any(map(_is_float, root.operands)):
            function = _UFUNCS.get(root.head, "")
            if root.head == "*" and root.operands[0] is root.operands[1]:
                function, operands = "np.square", operands[:1]
        if function:
            return [f"{target} = {function}({', '.join(operands)}, out={out})"]
        return [f"np.copyto({out}, {whole})", f"{target} = {out}"]

    return assign


def _is_bool(x: Expression) -> bool:
    return is_comparison(x) or (isinstance(x, Call) and x.head == "isfinite")


def _is_float(x: Expression) -> bool:
    """Whether NumPy gives an array of floats, before any conversion."""
    unconverted = x.operands[0] if isinstance(x, _AsType) else x
    return not isinstance(unconverted, Number) and not _is_bool(unconverted)
