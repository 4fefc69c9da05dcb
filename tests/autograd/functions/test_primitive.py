"""``primitive``: a row of one's own does all that the built-in ones do."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autograd
from autograd import (
    InputError,
    OperationError,
    Value,
    check_gradients,
    draw,
    grad,
    primitive,
    tree,
)
from autograd.core.arithmetic import FLOATS
from autograd.core.array_arithmetic import ARRAYS
from autograd.core.operation import _bind
from autograd.core.table import TABLE
from tests.autograd.messages import raises


@pytest.fixture(autouse=True)
def _the_table_is_left_as_it_was() -> Iterator[None]:
    before = dict(TABLE)
    yield
    for name in set(TABLE) - set(before):
        for arithmetic in (FLOATS, ARRAYS):
            vars(arithmetic).pop(name, None)
    TABLE.clear()
    TABLE.update(before)
    _bind.cache_clear()


def cube(**facts: Any) -> Callable[..., Any]:
    given: dict[str, Any] = {
        "forward": lambda m, x: x * x * x,
        "partials": lambda m, y, x: (3.0 * x * x,),
        "points": [-1.5, 0.5, 2.0],
    } | facts
    return primitive("cube", **given)


# --- it does what the others do -------------------------------------------------------------------


def test_its_function_takes_values_and_numbers() -> None:
    f = cube()
    x = Value(2.0)
    y = f(x)
    assert (y.data, y.op, y.parents, y.partials) == (8.0, "cube", (x,), (12.0,))
    assert f(2.0) == f(2) == 8.0
    assert (f.__name__, type(f(2))) == ("cube", float)


def test_its_docstring_says_why_and_its_example_is_right() -> None:
    f = cube(why="a cube's three faces move")
    assert "Its derivative: a cube's three faces move." in (f.__doc__ or "")
    assert f">>> autograd.cube(-1.5)\n{-3.375!r}" in (f.__doc__ or "")


def test_it_is_swept_and_differentiated_to_every_order() -> None:
    f, x = cube(), Value(2.0)
    y = f(x)
    y.backward()
    assert x.grad == 12.0
    for expected in (12.0, 12.0, 6.0, 0.0):
        (y,) = grad(y, [x])
        assert y.data == expected


def test_it_is_checked_like_the_others_and_its_kink_is_named() -> None:
    f = primitive(
        "clamp", lambda m, x: m.where(x < 1.0, x, 1.0),
        lambda m, y, x: (m.where(x < 1.0, 1.0, 0.0),),
        points=[0.0, 2.0], kink=lambda x: x - 1.0,
    )  # fmt: skip
    assert check_gradients(f, [0.3]).ok
    report = check_gradients(f, [1.0])
    assert report.ok
    assert report.rows[0].kink == "clamp of x0"


def test_it_is_drawn_and_shown_as_text_by_its_symbol() -> None:
    y = cube(symbol="x³")(Value(2.0, name="x"))
    assert 'label="y = x³\\ndata 8"' in draw(y, names={"y": y}).source
    assert tree(y, names={"y": y}).splitlines()[1].startswith("y = x³")


def test_a_graph_of_it_is_copied_and_pickled_by_name() -> None:
    y = cube()(Value(2.0))
    for again in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert again._operation is TABLE["cube"]
        again.backward()
        assert again.parents[0].grad == 12.0


def test_a_pickle_of_it_that_is_loaded_without_the_row_names_what_to_add() -> None:
    packed = pickle.dumps(cube()(Value(2.0)))
    del TABLE["cube"]
    with raises(OperationError, "this graph", "'cube'", "autograd.primitive('cube', ...)"):
        pickle.loads(packed)


def test_settings_have_defaults_and_are_taken_by_keyword_and_by_place() -> None:
    f = primitive(
        "scaled", lambda m, x, *, by: by * m.tanh(x), lambda m, y, x, *, by: (by - y * y / by,),
        points=[0.3], settings={"by": 2.0}, symbol="scaled {by}",
    )  # fmt: skip
    x = Value(0.5)
    assert f(x).data == 2.0 * math.tanh(0.5)
    assert f(x, 3.0).data == f(x, by=3).data == f(0.5, by=3.0) == 3.0 * math.tanh(0.5)
    y = f(x, by=3.0)
    y.backward()
    assert x.grad == pytest.approx(3.0 * (1.0 - math.tanh(0.5) ** 2), rel=1e-15)
    assert "scaled 3" in tree(y)
    assert pickle.loads(pickle.dumps(y))._operation is y._operation
    with raises(InputError, "scaled", "'of'", "by"):
        f(x, of=1.0)


def test_operations_of_two_and_of_many_operands_can_be_added() -> None:
    f = primitive(
        "area", lambda m, a, b: 0.5 * a * b, lambda m, y, a, b: (0.5 * b, 0.5 * a),
        arity=2, points=[(1.0, 2.0), (-0.5, 3.0)],
    )  # fmt: skip
    squares = primitive(
        "squares", lambda m, *xs: m.total([x * x for x in xs]),
        lambda m, y, *xs: tuple(2.0 * x for x in xs), arity=None, points=[(1.0,), (1.0, 2.0, 3.0)],
    )  # fmt: skip
    a, b = Value(3.0), Value(4.0)
    assert f(a, 4.0).data == 6.0
    f(a, b).backward()
    assert (a.grad, b.grad) == (2.0, 1.5)
    (slope,) = grad(squares([a, b, 1.0]), [b])
    assert (squares([3.0, 4.0]), slope.data, grad(slope, [b])[0].data) == (25.0, 8.0, 2.0)


def test_another_row_can_be_written_in_terms_of_it() -> None:
    cube()
    f = primitive(
        "cubed_sine", lambda m, x: m.cube(m.sin(x)),
        lambda m, y, x: (3.0 * m.sin(x) * m.sin(x) * m.cos(x),), points=[0.4, 1.0],
    )  # fmt: skip
    x = Value(0.7)
    (first,) = grad(f(x), [x])
    (second,) = grad(first, [x])
    s, c = math.sin(0.7), math.cos(0.7)
    assert second.data == pytest.approx(6 * s * c * c - 3 * s**3, rel=1e-13)


def test_its_edges_follow_ieee_through_numpy() -> None:
    f = primitive(
        "reciprocal_log",
        lambda m, x: 1.0 / m.log(x),
        lambda m, y, x: (-y * y / x,),
        points=[2.0, 3.0],
    )
    assert f(1.0) == math.inf
    assert math.isnan(f(-1.0))
    assert f(Value(0.0)).data == 0.0


def test_whole_numbers_that_it_gives_become_floats() -> None:
    f = primitive("one", lambda m, x: 1, lambda m, y, x: (0,), points=[0.5])
    y = f(Value(3.0))
    assert (type(y.data), type(y.partials[0]), type(f(3.0))) == (float, float, float)


# --- replace --------------------------------------------------------------------------------------


def test_replace_takes_the_place_of_the_row_and_old_graphs_keep_theirs() -> None:
    f, x = cube(), Value(2.0)
    old = f(x)
    cube(forward=lambda m, x: 2.0 * x, partials=lambda m, y, x: (2.0,), replace=True)
    assert f(x).data == 4.0
    old.backward()
    assert (old.data, x.grad) == (8.0, 12.0)


def test_replace_drops_what_was_bound_to_the_settings_of_the_old_row() -> None:
    def add(factor: float) -> Callable[..., Any]:
        return primitive(
            "grown", lambda m, x, *, by: factor * by * x, lambda m, y, x, *, by: (factor * by,),
            points=[1.0], settings={"by": 1.0}, replace=True,
        )  # fmt: skip

    assert add(1.0)(1.0, by=5.0) == 5.0
    assert add(10.0)(1.0, by=5.0) == 50.0


def test_a_row_that_is_refused_leaves_the_old_one_in_place() -> None:
    f = cube()
    row = TABLE["cube"]
    with pytest.raises(OperationError):
        cube(partials=lambda m, y, x: (x,), replace=True)
    assert TABLE["cube"] is row
    assert f(2.0) == 8.0


# --- errors ---------------------------------------------------------------------------------------


def test_a_derivative_that_is_wrong_by_a_thousandth_is_refused_and_nothing_is_added() -> None:
    with raises(OperationError, "primitive 'cube'", "(-1.5,)", "operand 0", 6.75675, 6.75):
        cube(partials=lambda m, y, x: (3.003 * x * x,))
    assert "cube" not in TABLE
    assert not hasattr(FLOATS, "cube")


def test_a_wrong_derivative_of_the_second_operand_is_refused() -> None:
    with raises(OperationError, "primitive 'area'", "(1.0, 2.0)", "operand 1", 1.001):
        primitive("area", lambda m, a, b: a * b, lambda m, y, a, b: (b, 1.001 * a), arity=2,
                  points=[(1.0, 2.0)])  # fmt: skip


_ROW: Any = OperationError
REFUSED: dict[str, tuple[dict[str, Any], type[Exception], tuple[object, ...]]] = {
    "forward 5": ({"forward": 5}, _ROW, ("forward", 5)),
    "partials None": ({"partials": None}, _ROW, ("partials", "None")),
    "no points": ({"points": []}, _ROW, ("point", "[]")),
    "points 5": ({"points": 5}, _ROW, ("point", 5)),
    "points text": ({"points": "12"}, _ROW, ("point", "'12'")),
    "point too long": ({"points": [(1.0, 2.0)]}, _ROW, ("arity 1", "(1.0, 2.0)", 2)),
    "point text": ({"points": ["1"]}, InputError, ("points", "'1'")),
    "point None": ({"points": [None]}, InputError, ("points", "None")),
    "arity text": ({"arity": "2"}, _ROW, ("arity", "'2'")),
    "arity 0": ({"arity": 0, "points": [()]}, _ROW, ("arity", 0)),
    "domain 5": ({"domain": 5}, _ROW, ("domain", 1, 5)),
    "domain flat": ({"domain": (0.0, 1.0)}, _ROW, ("domain", 1, "(0.0, 1.0)")),
    "domain short": ({"domain": []}, _ROW, ("domain", 1, "[]")),
    "kink": ({"kink": 0.0}, _ROW, ("kink", 0.0)),
    "settings": ({"settings": 2.0}, _ROW, ("settings", 2.0)),
    "setting": ({"settings": {"by": "2"}}, InputError, ("setting 'by'", "'2'")),
    "symbol": ({"symbol": "{x}"}, _ROW, ("symbol", "'{x}'")),
    "forward gives None": (
        {"forward": lambda m, x: None}, _ROW, ("forward", "(-1.5,)", "None"),
    ),
    "partials give one number": (
        {"partials": lambda m, y, x: 3.0 * x * x}, _ROW, ("partials", "tuple of 1", 6.75),
    ),
    "partials give too many": (
        {"partials": lambda m, y, x: (3.0 * x * x, 0.0)}, _ROW, ("partials", 1, 0.0),
    ),
    "partials give text": (
        {"partials": lambda m, y, x: ("6.75",)}, _ROW, ("partials", "(-1.5,)", "'6.75'"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_row_is_refused_and_nothing_is_added(case: str) -> None:
    facts, error, named = REFUSED[case]
    with raises(error, "primitive 'cube'", *named):
        cube(**facts)
    assert "cube" not in TABLE


@pytest.mark.parametrize("name", [None, 5, "", "my op", "2x", "lambda", b"x"])
def test_a_name_that_no_function_could_have_is_refused(name: Any) -> None:
    with raises(OperationError, "primitive", "name", repr(name), "'my_op'"):
        primitive(name, lambda m, x: x, lambda m, y, x: (1.0,), points=[1.0])


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("name", ["exp", "softmax", "sum", "where", "constant", "fabs", "neg"])
def test_a_built_in_name_is_refused_even_with_replace(name: str, replace: bool) -> None:
    with raises(OperationError, "primitive", "name", f"'{name}'", "built in"):
        primitive(name, lambda m, x: x, lambda m, y, x: (1.0,), points=[1.0], replace=replace)


def test_a_name_given_twice_is_refused_without_replace() -> None:
    cube()
    with raises(OperationError, "primitive", "'cube'", "replace=True"):
        cube()


def test_an_error_in_the_users_own_function_is_passed_on_as_it_is() -> None:
    with pytest.raises(NameError, match="undefined_name"):
        cube(forward=lambda m, x: undefined_name)  # type: ignore[name-defined]  # noqa: F821


def test_the_function_is_found_in_no_module_it_was_not_put_in() -> None:
    cube()
    assert not hasattr(autograd, "cube")


def test_an_operation_of_many_operands_takes_its_settings() -> None:
    scaled = autograd.primitive(
        "test_scaled",
        lambda m, *xs, factor: factor * m.total(xs),
        lambda m, y, *xs, factor: (factor,) * len(xs),
        points=[(1.0, 2.0)], arity=None, settings={"factor": 2.0},
    )  # fmt: skip
    assert scaled([1.0, 2.0]) == 6.0
    assert scaled([1.0, 2.0], factor=3.0) == 9.0
