"""A further language is one class: two toys, which nothing outside this file knows."""

import operator
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from autograd.compiler.codegen.prelude import namespace
from autograd.compiler.expressions.expression import Negative, Where, infix, leaf, lift
from autograd.compiler.expressions.language import Language, Operators
from autograd.compiler.expressions.row_expression import RowExpression, forward, vjp
from autograd.core.evaluate import evaluate
from autograd.core.operation import TABLE, Operation
from tests.autograd.compiler.expression_runs import ROWS, label, text


class Toy(Language):
    def own(self, *_: Any, **__: Any) -> str:
        raise NotImplementedError("a row of the user's own")


class Postfix(Toy):
    """A stack language: ``x0 x1 +/2 exp/1 r !`` is r = exp(x0 + x1)."""

    operators: ClassVar[Operators] = ()  # nothing needs brackets

    def where(self, condition: str, if_true: str, if_false: str) -> str:
        return f"{condition} {if_true} {if_false} where/3"

    def negative(self, x: str) -> str:
        return f"{x} neg/1"

    def infix(self, sign: str, a: str, b: str) -> str:
        return f"{a} {b} {sign}/2"

    def call(self, name: str, operands: Sequence[str]) -> str:
        return " ".join([*operands, f"{name}/{len(operands)}"])

    def assigned(self, target: str, text: str) -> str:
        return f"{text} {target} !"


FUNCTIONS: dict[str, Any] = namespace(quick=False) | {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "!=": operator.ne,
    "==": operator.eq, "&": operator.and_, "neg": operator.neg,
    "where": lambda condition, a, b: a if condition else b,
}  # fmt: skip


def run(lines: Sequence[str], names: Mapping[str, float]) -> float:
    """What a Postfix program assigns last."""
    values = dict(names)
    for line in lines:
        *words, target, _ = line.split()
        stack: list[Any] = []
        for word in words:
            name, slash, n = word.rpartition("/")
            if slash:
                stack, operands = stack[: -int(n)], stack[-int(n) :]
                stack.append(FUNCTIONS[name](*operands))
            else:
                stack.append(np.float64(values.get(word, word)))
        (values[target],) = stack
    return values[target]


@np.errstate(all="ignore")
def check(row: Operation, language: Language) -> None:
    """The row's value and all its derivatives in a language, at the row's own points."""
    for point in row.points:
        value, slopes = evaluate(row, point)
        names = {f"x{i}": x for i, x in enumerate(point)} | {"y": value, "g": -0.7}
        found = run(text(forward(row, len(point)), language), names)
        np.testing.assert_allclose(found, value, rtol=1e-14)
        for slot, slope in enumerate(slopes):
            d = vjp(row, len(point), slot)
            found = -0.7 if d is None else run(text(d, language), names)
            np.testing.assert_allclose(found, -0.7 * slope, rtol=1e-13)


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_every_row_in_a_further_language_gives_its_own_numbers(row: Operation) -> None:
    check(row, Postfix())


@pytest.mark.parametrize("name", ["-", "/", "tanh", "sigmoid", "maximum"])
def test_a_language_that_swaps_operands_is_found_out(name: str) -> None:
    class Swapped(Postfix):
        def infix(self, sign: str, a: str, b: str) -> str:
            return super().infix(sign, b, a)

    with pytest.raises(AssertionError):
        check(TABLE[name], Swapped())


class LikeC(Toy):
    """C's operators, of which ``&&`` binds less tightly than ``==``, and that less than ``<``."""

    operators = ((Where,), ("&",), ("==",), ("<", "<=", ">"), ("+", "-"), ("*", "/"), (Negative,))
    infinity = "INFINITY"

    def where(self, condition: str, if_true: str, if_false: str) -> str:
        return f"{condition} ? {if_true} : {if_false}"

    def infix(self, sign: str, a: str, b: str) -> str:
        return f"{a} {'&&' if sign == '&' else sign} {b}"


def test_brackets_follow_the_operators_of_the_language() -> None:
    a, b, c = leaf("a"), leaf("b"), leaf("c")
    for root, printed in [
        ((a > b) & (c < a), "a > b && c < a"),
        (infix("==", a > b, c > b), "a > b == c > b"),
        (infix(">", infix("==", a, b), c), "(a == b) > c"),
        ((a - (b - c)) * -lift(-np.inf), "(a - (b - c)) * -(-INFINITY)"),
        (forward(TABLE["relu"], 1).root * 2.0, "(x0 <= 0.0 ? 0.0 : x0) * 2.0"),
    ]:
        assert text(RowExpression(root), LikeC()) == [f"r = {printed}"]
