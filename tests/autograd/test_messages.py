"""The helper that the tests of errors use: it lets nothing through that names another thing."""

from __future__ import annotations

import re

import pytest

from autograd import ArgumentError, ShapeError
from tests.autograd.messages import naming, raises

MESSAGE = "dot expects two lists of the same length, got 12 and -3.5 values;\n** is f.theta, 'x'"


@pytest.mark.parametrize(
    "named",
    [("dot",), ("dot", "12"), ("dot", 12, -3.5), ("dot", "12", "**"), ("dot", "f.theta", "'x'")],
)
def test_what_is_named_in_this_order_is_found(named: tuple[object, ...]) -> None:
    assert re.search(naming(*named), MESSAGE)


@pytest.mark.parametrize(
    "named",
    [("do",), ("12",), ("dot", "ot"), ("dot", "1"), ("dot", 2), ("dot", 3.5), ("dot", -3),
     ("dot", 3), ("dot", 5), ("dot", "*"), ("dot", "value"), ("dot", -3.5, 12), ("dot", "dot"),
     ("dot", 12, 12), ("dot", "softmax")],
)  # fmt: skip
def test_a_part_of_a_word_another_order_and_what_is_not_there_are_not_found(
    named: tuple[object, ...],
) -> None:
    assert not re.search(naming(*named), MESSAGE)


def test_another_type_is_refused_and_so_is_a_type_that_is_derived_from_it() -> None:
    with raises(ShapeError, "dot", "12"):
        raise ShapeError(MESSAGE)
    with pytest.raises(AssertionError), raises(ArgumentError, "dot"):
        raise ShapeError(MESSAGE)
    with pytest.raises(AssertionError), raises(ShapeError, "dist"):
        raise ShapeError(MESSAGE)
    with pytest.raises(pytest.fail.Exception), raises(ShapeError, "dot"):
        pass
