"""``primitive``: a row of one's own does all that the built-in ones do."""

from __future__ import annotations

import copy
import math
import pickle
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autograd
from autograd import (
    GlassgradError,
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
    with pytest.raises(OperationError, match=(
        r"^this graph uses an operation called 'cube', which this program does not have; add it "
        r"with autograd\.primitive\('cube', \.\.\.\) before loading$"
    )):  # fmt: skip
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
    with pytest.raises(InputError, match="scaled has no setting 'of'"):
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
    with pytest.raises(OperationError, match=(
        r"^primitive 'cube': at \(-1\.5,\) the derivative for operand 0 is given as 6\.75675, but "
        r"differences of forward give 6\.75\d*; mend partials, or choose points inside the domain"
    )):  # fmt: skip
        cube(partials=lambda m, y, x: (3.003 * x * x,))
    assert "cube" not in TABLE
    assert not hasattr(FLOATS, "cube")


def test_a_wrong_derivative_of_the_second_operand_is_refused() -> None:
    with pytest.raises(OperationError, match=r"at \(1\.0, 2\.0\) the derivative for operand 1 is"):
        primitive("area", lambda m, a, b: a * b, lambda m, y, a, b: (b, 1.001 * a), arity=2,
                  points=[(1.0, 2.0)])  # fmt: skip


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "forward 5": ({"forward": 5}, "expects forward to be a function, got 5; write lambda m"),
    "partials None": ({"partials": None}, "expects partials to be a function, got None; write"),
    "no points": ({"points": []}, "expects at least one point to check it at, got []; write poi"),
    "points 5": ({"points": 5}, "expects at least one point to check it at, got 5; write points="),
    "points text": ({"points": "12"}, "expects at least one point to check it at, got '12'; wri"),
    "point too long": (
        {"points": [(1.0, 2.0)]},
        "has arity 1, but the point (1.0, 2.0) has 2 operands; give one tuple for each trial",
    ),
    "point text": ({"points": ["1"]}, "points, expects a number, got the text '1'; convert it"),
    "point None": ({"points": [None]}, "points, expects a number, got None; is a return missing"),
    "arity text": ({"arity": "2"}, "expects an arity of at least 1, or None for any number of op"),
    "arity 0": ({"arity": 0, "points": [()]}, "expects an arity of at least 1, or None"),
    "domain 5": ({"domain": 5}, "expects a domain of 1 intervals, one for each operand, got 5; w"),
    "domain flat": ({"domain": (0.0, 1.0)}, "expects a domain of 1 intervals, one for each oper"),
    "domain short": ({"domain": []}, "expects a domain of 1 intervals, one for each operand, got"),
    "kink": ({"kink": 0.0}, "expects kink to be a function, got 0.0; write lambda x: x for a ki"),
    "settings": ({"settings": 2.0}, "expects settings as a mapping from name to default, got 2"),
    "setting": ({"settings": {"by": "2"}}, "setting 'by', expects a number, got the text '2'; "),
    "symbol": ({"symbol": "{x}"}, "expects a symbol with no braces but those around a setting, g"),
    "forward gives None": (
        {"forward": lambda m, x: None}, "expects forward to give one number at (-1.5,), got None; ",
    ),
    "partials give one number": (
        {"partials": lambda m, y, x: 3.0 * x * x},
        "expects partials to return a tuple of 1, one for each operand, got 6.75; write lambda",
    ),
    "partials give too many": (
        {"partials": lambda m, y, x: (3.0 * x * x, 0.0)}, "expects partials to return a tuple",
    ),
    "partials give text": (
        {"partials": lambda m, y, x: ("6.75",)}, "expects partials to give one number at (-1.5,), ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_row_is_refused_and_nothing_is_added(case: str) -> None:
    facts, message = REFUSED[case]
    with pytest.raises(GlassgradError, match="^primitive 'cube',? " + re.escape(message)):
        cube(**facts)
    assert "cube" not in TABLE


@pytest.mark.parametrize("name", [None, 5, "", "my op", "2x", "lambda", b"x"])
def test_a_name_that_no_function_could_have_is_refused(name: Any) -> None:
    with pytest.raises(OperationError, match=(
        r"^primitive expects a name that a function could have, got .*; write 'my_op'$"
    )):  # fmt: skip
        primitive(name, lambda m, x: x, lambda m, y, x: (1.0,), points=[1.0])


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("name", ["exp", "softmax", "sum", "where", "constant", "fabs", "neg"])
def test_a_built_in_name_is_refused_even_with_replace(name: str, replace: bool) -> None:
    with pytest.raises(OperationError, match=(
        rf"^primitive expects a new name, got '{name}', which is built in; choose another name$"
    )):  # fmt: skip
        primitive(name, lambda m, x: x, lambda m, y, x: (1.0,), points=[1.0], replace=replace)


def test_a_name_given_twice_is_refused_without_replace() -> None:
    cube()
    with pytest.raises(OperationError, match=(
        r"^primitive expects a new name, got 'cube', which is in the table already; choose another "
        r"name, or pass replace=True to take its place$"
    )):  # fmt: skip
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
