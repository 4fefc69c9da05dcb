"""What is done to a line: the telling ones of cosmic-ray's operators, and four of our own.

cosmic-ray (MIT) replaces each binary operator by eleven others and each comparison by seven; one
or two replacements say as much, in a tenth of the time. Left out are its operators for variables,
which pick at random, and its AddNot, which negates no more of ``a and b`` than a.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cosmic_ray.ast import ast_nodes
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from parso.python.tree import Keyword
from parso.python.tree import Operator as Sign

# Each operator by its opposite. What survives it would survive a stranger one too.
BINARY = (
    "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Div", "Mod_Mul", "Pow_Mul",
    "BitOr_BitAnd", "BitAnd_BitOr",
)  # fmt: skip
# The negation, which is a branch taken wrongly, and the boundary, which is off by one.
COMPARISONS = (
    "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is", "Lt_GtE", "Lt_LtE", "LtE_Gt", "LtE_Lt",
    "Gt_LtE", "Gt_GtE", "GtE_Lt", "GtE_Gt",
)  # fmt: skip
UNARY = ("Delete_USub", "Delete_Not", "Delete_Invert")
OTHERS = (
    "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr",
    "ReplaceOrWithAnd", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak",
    "ExceptionReplacer", "NumberReplacer", "RemoveDecorator", "ZeroIterationForLoop",
)  # fmt: skip
EXTREMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


class DeleteStatement(Operator):  # type: ignore[misc]  # it has no types
    """A statement that is there for its effect becomes ``pass``, and ``return x`` forgets x.

    Not the assignment to a plain name: without it the next line that reads the name fails, which
    would be a mutant that any test kills.
    """

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Where: at a statement within a function."""
        if _is_deletable(node) and _is_in_function(node):
            yield (node.start_pos, node.end_pos)

    def mutate(self, node: Any, index: int) -> Any:
        """The statement that stands there instead."""
        first = node.get_first_leaf()
        text = "return None" if node.type == "return_stmt" else "pass"
        return Keyword(text, node.start_pos, first.prefix)

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """None: tests/mutation/test_operators.py has them."""
        return ()


class NegatedCondition(Operator):  # type: ignore[misc]
    """``if a and b`` becomes ``if not (a and b)``; so does ``while``, and ``x if a else y``.

    Not at a single comparison or a ``not``, which other operators turn round.
    """

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Where: at the condition."""
        for i in self._places(node):
            yield (node.children[i].start_pos, node.children[i].end_pos)

    def mutate(self, node: Any, index: int) -> Any:
        """The statement or expression with its condition negated."""
        i = self._places(node)[index]
        condition = node.children[i]
        text = f"not ({condition.get_code(include_prefix=False)})"
        node.children[i] = Keyword(text, condition.start_pos, " ")
        return node

    @staticmethod
    def _places(node: Any) -> list[int]:
        if node.type not in ("if_stmt", "while_stmt", "test", "comp_if"):
            return []
        words = [getattr(child, "value", "") for child in node.children]
        places = [i + 1 for i, word in enumerate(words) if word in ("if", "elif", "while")]
        return [i for i in places if not _is_turned_round(node.children[i])]

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """None: tests/mutation/test_operators.py has them."""
        return ()


class OppositeMembership(Operator):  # type: ignore[misc]
    """``in`` becomes ``not in``, and the reverse."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Where: at the sign of a comparison."""
        if node.type == "comparison":
            for sign in node.children[1::2]:
                if _words(sign) in ("in", "not in"):
                    yield (sign.start_pos, sign.end_pos)

    def mutate(self, node: Any, index: int) -> Any:
        """The comparison with the sign turned round."""
        signs = range(1, len(node.children), 2)
        i = [i for i in signs if _words(node.children[i]) in ("in", "not in")][index]
        sign = node.children[i]
        text = "not in" if _words(sign) == "in" else "in"
        node.children[i] = Keyword(text, sign.start_pos, sign.get_first_leaf().prefix)
        return node

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """None: tests/mutation/test_operators.py has them."""
        return ()


class OtherExtreme(Operator):  # type: ignore[misc]
    """``min(`` becomes ``max(``, ``any(`` becomes ``all(``, and the reverse."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Where: at the name of the function that is called."""
        if node.type == "name" and node.value in EXTREMES:
            after = node.get_next_leaf()
            before = node.get_previous_leaf()
            called = isinstance(after, Sign) and after.value == "("
            if called and not (before is not None and before.value in (".", "def")):
                yield (node.start_pos, node.end_pos)

    def mutate(self, node: Any, index: int) -> Any:
        """The other name."""
        node.value = EXTREMES[node.value]
        return node

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """None: tests/mutation/test_operators.py has them."""
        return ()


def chosen() -> list[Operator]:
    """An instance of every operator that is applied."""
    names = [f"ReplaceBinaryOperator_{name}" for name in BINARY]
    names += [f"ReplaceComparisonOperator_{name}" for name in COMPARISONS]
    names += [f"ReplaceUnaryOperator_{name}" for name in UNARY]
    theirs = [get_operator(f"core/{name}")() for name in (*names, *OTHERS)]
    return [*theirs, DeleteStatement(), NegatedCondition(), OppositeMembership(), OtherExtreme()]


def _words(node: Any) -> str:
    return " ".join(node.get_code().split())


def _is_in_function(node: Any) -> bool:
    return node.search_ancestor("funcdef") is not None


def _is_turned_round(condition: Any) -> bool:
    single = condition.type == "comparison" and len(condition.children) == 3
    return condition.type == "not_test" or single


def _is_plain(target: Any) -> bool:
    """Whether an assignment's target is a name, or several."""
    return all(part.type != "trailer" for part in ast_nodes(target))


def _is_deletable(node: Any) -> bool:
    if node.type in ("raise_stmt", "del_stmt", "yield_expr"):
        return True
    if node.type == "keyword":  # a bare raise
        return bool(node.value == "raise" and node.parent.type == "simple_stmt")
    if node.type == "return_stmt":
        return _words(node.children[1]) != "None"
    if node.type == "expr_stmt":
        target, sign = node.children[:2]
        return bool(sign.type == "operator" and (sign.value != "=" or not _is_plain(target)))
    return node.type in ("atom_expr", "await_expr") and node.parent.type == "simple_stmt"
