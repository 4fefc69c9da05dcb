"""``Compiled``: its contract, what it refuses and how, copies, threads and interruptions."""

from __future__ import annotations

import copy
import functools
import operator
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import ArgumentError, GraphError, InputError, ShapeError, TraceError, Value
from autograd.compiler import executable as building
from autograd.compiler.api import Compiled
from autograd.core import modes
from autograd.core.operation import TABLE
from autograd.functions.functions import FUNCTIONS
from tests.autograd.compiler.texts import batch, matrix, vector
from tests.autograd.messages import raises

MODEL = nn.MLP(2, [3, 1], activation="tanh", seed=1)
SHARED = Value(1.5, name="shared")


def squared_error(x: Any, y: Any) -> Any:
    return (MODEL(x) - y) ** 2


@autograd.compile
def decorated(x: Value) -> Value:
    """It is documented."""
    return SHARED * x


@autograd.compile(static="k", dtype="float32")
def power_of(x: Value, k: int) -> Value:
    return SHARED * x**k


@pytest.fixture(autouse=True)
def _no_trace_stays_open() -> Iterator[None]:
    yield
    assert (modes.n_open, modes.n_traces, modes.current().tracer) == (0, 0, None)


# --- what it is -----------------------------------------------------------------------------------


def test_it_is_a_decorator_with_and_without_arguments() -> None:
    assert isinstance(decorated, Compiled)
    assert decorated.map([1.0, 2.0]).tolist() == [1.5, 3.0]
    assert isinstance(power_of, Compiled)
    found = power_of.map([1.0, 2.0], k=2)
    assert (found.tolist(), found.dtype) == ([1.5, 6.0], np.float32)
    assert power_of.map([1.0, 2.0], 3).tolist() == [1.5, 12.0]


def test_it_bears_the_functions_name_and_docstring() -> None:
    assert (decorated.__name__, decorated.__doc__) == ("decorated", "It is documented.")
    assert decorated.__wrapped__ is decorated.fn  # type: ignore[attr-defined]


def test_its_repr_says_name_arguments_and_dtype() -> None:
    assert repr(autograd.compile(lambda x, k=2: x)) == "<Compiled the lambda(x, k=2), float64>"
    assert repr(power_of).startswith("<Compiled power_of(x")
    assert repr(power_of).endswith(", float32>")


def test_the_text_has_kinds_of_which_one_is_the_program_that_runs() -> None:
    f = autograd.compile(lambda: SHARED * SHARED)
    assert f.text() == f.text("numpy") == f.source


def test_a_call_runs_the_function_itself_and_returns_its_real_graph() -> None:
    f = autograd.compile(squared_error)
    eager = squared_error([Value(1.0), Value(2.0)], Value(0.5))
    result = f([1.0, 2.0], 0.5)
    assert (result.op, result.data) == (eager.op, eager.data)
    assert [leaf.name for leaf in result.parents[0].parents[1:]] == ["y"]
    assert f.n_traces == 0
    x = Value(3.0, name="mine")
    assert decorated(x).parents == (SHARED, x)


def test_a_call_keeps_the_nesting_and_static_values_and_defaults() -> None:
    seen = []

    def fn(x: Any, d: Any, k: Any = 7, *, flag: Any = True) -> Any:
        seen.append((type(x[0][1]).__name__, d["t"].name, k, flag))
        return x[0][1]

    f = autograd.compile(fn, static=("k", "flag"))
    f([[1.0, 2.0]], {"t": 3.0})
    f(x=[[1.0, 2.0]], d={"t": 3.0}, flag=None)
    assert seen == [("Value", "d['t']", 7, True), ("Value", "d['t']", 7, None)]


# --- map, mean, backward, value_and_grad ----------------------------------------------------------


def test_map_has_a_row_for_each_example_and_a_column_for_each_result() -> None:
    one = autograd.compile(lambda x: x * 2.0).map([1.0, 2.0, 3.0])
    assert (one.shape, one.dtype) == ((3,), np.float64)
    several = autograd.compile(lambda x: [x, x * x, 5.0]).map([1.0, 2.0, 3.0])
    assert several.tolist() == [[1.0, 1.0, 5.0], [2.0, 4.0, 5.0], [3.0, 9.0, 5.0]]
    assert autograd.compile(lambda x: [x]).map([1.0, 2.0]).shape == (2, 1)


def test_a_function_without_arguments_is_its_own_single_example() -> None:
    f = autograd.compile(lambda: SHARED * SHARED)
    assert f.map().tolist() == [2.25]
    assert f.mean() == 2.25
    value, gradient = f.value_and_grad([3.0])
    assert (value, gradient.tolist()) == (9.0, [6.0])


def test_mean_is_a_float_and_value_and_grad_touches_no_value() -> None:
    f = autograd.compile(squared_error)
    x, y = batch(5, (2,), ())
    before = [(p.data, p.grad) for p in f.parameters]
    value, gradient = f.value_and_grad(f.theta + 0.5, x, y)
    assert type(value) is float
    assert type(f.mean(x, y)) is float
    assert gradient.shape == f.theta.shape
    assert [(p.data, p.grad) for p in f.parameters] == before
    assert value != f.mean(x, y)


def test_backward_adds_the_gradient_of_the_mean_to_what_was_there() -> None:
    f = autograd.compile(squared_error)
    x, y = batch(5, (2,), ())
    value, gradient = f.value_and_grad(f.theta, x, y)
    for p in f.parameters:
        p.grad = 1.0
    assert f.backward(x, y) == value
    np.testing.assert_allclose([p.grad for p in f.parameters], 1.0 + gradient, rtol=1e-15)
    for p in f.parameters:
        p.grad = 0.0


def test_theta_is_a_copy_and_is_written_back_by_assignment() -> None:
    p, q = Value(1.0), Value(2.0)
    f = autograd.compile(lambda x: p * x + q)
    f.map([1.0])
    theta = f.theta
    theta[0] = 9.0
    assert p.data == 1.0
    f.theta = [3, 4]
    assert (p.data, q.data) == (3.0, 4.0)
    assert f.map([1.0]).tolist() == [7.0]
    p.data = 5.0
    assert f.theta.tolist() == [5.0, 4.0]
    assert f.map([1.0]).tolist() == [9.0]


def test_results_may_be_passed_to_scipy_as_they_are() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    p, q = Value(-1.2), Value(1.0)
    f = autograd.compile(lambda: (1 - p) ** 2 + 100 * (q - p * p) ** 2)
    found = optimize.minimize(f.value_and_grad, f.theta, jac=True)
    np.testing.assert_allclose(found.x, [1.0, 1.0], rtol=1e-4)


# --- parameters -----------------------------------------------------------------------------------


def test_parameters_are_known_before_the_first_call_and_stay_in_order() -> None:
    w, b = vector("w", 3), Value(1.0, name="b")
    f = autograd.compile(lambda x: autograd.dot(w, x) + b)
    before = f.parameters
    assert set(before) == {*w, b}
    f.mean(np.ones((2, 3)))
    assert f.parameters == before
    # and the same if they are asked for only then
    g = autograd.compile(f.fn)
    g.mean(np.ones((2, 3)))
    assert g.parameters == before
    assert (f.n_traces, g.n_traces) == (1, 1)


def test_parameters_of_a_network_are_those_of_the_network_in_its_order() -> None:
    f = autograd.compile(squared_error)
    f.mean(*batch(2, (2,), ()))
    assert f.parameters == list(MODEL.parameters())


def test_a_later_trace_appends_its_parameters_and_earlier_programs_follow() -> None:
    p, q = Value(2.0, name="p"), Value(3.0, name="q")

    def make() -> Callable[..., Any]:
        hidden = {"q": lambda: q}
        return lambda x, k: p * x if k == 1 else p * x + operator.itemgetter("q")(hidden)()

    f = autograd.compile(make(), static="k")
    f._known = {p: 0}  # as if it could not be seen
    assert f.value_and_grad([5.0], [1.0, 3.0], k=1)[1].tolist() == [2.0]
    assert f.map([1.0], k=2).tolist() == [5.0]
    assert f.parameters == [p, q]
    value, gradient = f.value_and_grad([5.0, 7.0], [1.0, 3.0], k=1)
    assert (value, gradient.tolist()) == (10.0, [2.0, 0.0])
    assert f.value_and_grad([5.0, 7.0], [1.0, 3.0], k=2)[1].tolist() == [2.0, 1.0]
    assert f.n_traces == 2


def test_a_renamed_parameter_is_still_the_same_and_computes_the_same() -> None:
    p = Value(2.0, name="p")
    f = autograd.compile(lambda x: p * x)
    before = f.map([3.0])
    p.name = "renamed"
    assert f.map([3.0]).tolist() == before.tolist()
    assert f.parameters == [p]
    assert f.n_traces == 1


# --- when it traces -------------------------------------------------------------------------------


def test_it_traces_once_for_each_structure_and_static_value() -> None:
    ran = []

    def fn(x: Any, k: Any = 1) -> Any:
        ran.append(k)
        return autograd.sum(x) * k

    f = autograd.compile(fn, static="k")
    for n in (1, 2, 5):
        f.map(np.ones((n, 3)))
        f.mean(np.ones((n, 3)).tolist())
        f.value_and_grad(f.theta, np.ones((n, 3), np.float32))
    assert (f.n_traces, ran) == (1, [1])
    f.map(np.ones((2, 4)))
    f.map(np.ones((2, 3)), 2)
    f.map(np.ones((2, 3)), k=2)
    f.map(np.ones((2, 3)), k=2.0)
    assert (f.n_traces, ran) == (4, [1, 1, 2, 2.0])
    f.map(np.ones((7, 3)))
    assert f.n_traces == 4


def test_the_text_and_the_stages_are_those_of_the_latest_structure() -> None:
    f = autograd.compile(lambda x: autograd.sum(x) * SHARED)
    f.map(np.ones((2, 3)))
    three = f.source
    f.map(np.ones((2, 4)))
    assert f.source != three
    assert "x[3]" in f.stages()["trace"]


def test_a_function_without_arguments_has_its_text_before_the_first_call() -> None:
    f = autograd.compile(lambda: SHARED.tanh())
    assert "np.tanh" in f.source
    assert f.stages()["trace"].endswith("return v1")


# --- what is refused ------------------------------------------------------------------------------


def pair(x: Any) -> Any:
    return [x, SHARED * x]


def one(x: Any) -> Any:
    return SHARED * x


REFUSED: list[tuple[Callable[[], Any], type[Exception], tuple[object, ...]]] = [
    (lambda: autograd.compile(one, dtype="float16"), ArgumentError,
     ("compile", "'float64'", "'float32'", "'float16'")),
    (lambda: autograd.compile(one, dtype="float64); import os"), ArgumentError,
     ("compile", "'float64); import os'")),
    (lambda: autograd.compile(one, backend="c"), ArgumentError,
     ("compile", "backend", "'numpy'", "'c'")),
    (lambda: autograd.compile(backend=None)(one), ArgumentError,  # type: ignore[call-overload]
     ("compile", "backend", "'numpy'", "None")),
    (lambda: autograd.compile(3), InputError, ("compile", 3)),  # type: ignore[call-overload]
    (lambda: autograd.compile(pair).mean([1.0]), ShapeError, ("mean", "pair", 2)),
    (lambda: autograd.compile(pair).value_and_grad([1.5], [1.0]), ShapeError,
     ("value_and_grad", "pair", 2)),
    (lambda: autograd.compile(pair).backward([1.0]), ShapeError, ("backward", "pair", 2)),
    (lambda: autograd.compile(one).value_and_grad([1.0, 2.0], [1.0]), ShapeError,
     ("value_and_grad", "theta", "(1,)", "(2,)")),
    (lambda: autograd.compile(one).value_and_grad([[1.0]], [1.0]), ShapeError,
     ("value_and_grad", "theta", "(1,)", "(1, 1)")),
    (lambda: autograd.compile(one).value_and_grad(np.array([[1.0]]), [1.0]), ShapeError,
     ("value_and_grad", "theta first", "(1, 1)")),
    (lambda: autograd.compile(squared_error).value_and_grad(np.ones((3, 2)), np.ones(3)),
     ShapeError, ("value_and_grad", "theta first", "(3, 2)")),
    (lambda: autograd.compile(one).value_and_grad(1.5, [1.0]), ShapeError,
     ("value_and_grad", "theta", "(1,)", "()")),
    (lambda: autograd.compile(one).value_and_grad(np.array(1.5), [1.0]), ShapeError,
     ("value_and_grad", "theta first", "()")),
    (lambda: autograd.compile(one).value_and_grad(["a"], [1.0]), InputError,
     ("value_and_grad", "flat array", "['a']")),
    (lambda: autograd.compile(one).value_and_grad([[1.0], [1.0, 2.0]], [1.0]), InputError,
     ("value_and_grad", "flat array", "[[1.0], [1.0, 2.0]]")),
    (lambda: autograd.compile(one).value_and_grad([10**400], [1.0]), InputError,
     ("value_and_grad", "flat array", f"[{10**400}]")),
    (lambda: setattr(autograd.compile(one), "theta", [1.0, 2.0]), ShapeError,
     ("the setter of f.theta", "(1,)", "(2,)")),
    (lambda: setattr(autograd.compile(one), "theta", 2.0), ShapeError,
     ("the setter of f.theta", "(1,)", "()")),
    (lambda: setattr(autograd.compile(one), "theta", "abc"), InputError,
     ("the setter of f.theta", "flat array", "'abc'")),
    (lambda: autograd.compile(one).source, GraphError, ("one", "f.map(...)")),
    (lambda: autograd.compile(one).stages(), GraphError, ("one", "f.map(...)")),
    (lambda: autograd.compile(one).map([]), ShapeError, ("one", "example", "none")),
    (lambda: autograd.compile(one).mean(np.ones((0,))), ShapeError, ("one", "example", "none")),
    (lambda: autograd.compile(squared_error).mean(np.ones((3, 2)), np.ones(4)), ShapeError,
     ("a batch", 3, "x", 4, "y")),
    (lambda: autograd.compile(one).map(), InputError, ("one", "x", "0 by place", "'x'")),
    (lambda: autograd.compile(one).map([1.0], [2.0]), InputError, ("one", "x", "2 by place")),
    (lambda: autograd.compile(one).map(z=[1.0]), InputError, ("one", "x", "0 by place", "z=")),
    (lambda: autograd.compile(one)(), InputError, ("one", "x", "0 by place")),
    (lambda: autograd.compile(one).map(1.0), ShapeError, ("x", "array", "one number")),
    (lambda: autograd.compile(one).map(["a"]), InputError, ("x", "['a']")),
    (lambda: autograd.compile(one).map([Value(1.0)]), InputError, ("x", "[Value(data=1.0")),
    (lambda: autograd.compile(one).map([1j]), InputError, ("x", "[1j]")),
    (lambda: autograd.compile(one)("a"), InputError, ("x", "'a'")),
    (lambda: autograd.compile(one)(None), InputError, ("x", "None")),
    (lambda: autograd.compile(lambda x: None).map([1.0]), TraceError, ("the lambda", "None")),
    (lambda: autograd.compile(lambda x: x if x > 0 else -x).map([1.0]), TraceError,
     ("compile", "x", ">", "the lambda")),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "named"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_wrong_is_refused_by_name(
    call: Callable[[], Any], error: type[Exception], named: tuple[object, ...]
) -> None:
    with raises(error, *named):
        call()


def test_arrays_of_an_earlier_shape_do_not_hide_what_is_wrong_with_them() -> None:
    f = autograd.compile(squared_error)
    f.mean(np.ones((3, 2)), np.ones(3))
    with raises(ShapeError, "a batch", 3, "x", 4, "y"):
        f.mean(np.ones((3, 2)), np.ones(4))
    with raises(ShapeError, "squared_error", "example", "none"):
        f.mean(np.ones((0, 2)), np.ones(0))
    with raises(InputError, "x", "1.j"):
        f.mean(np.full((3, 2), 1j), np.ones(3))
    with raises(InputError, "x", "'a'"):
        f.mean(np.array([["a", "b"]] * 3), np.ones(3))
    with raises(InputError, "squared_error", "x, y", "1 by place"):
        f.mean(np.ones((3, 2)))
    assert f.n_traces == 1


def test_arrays_of_any_order_and_dtype_are_read_as_what_they_are() -> None:
    f = autograd.compile(lambda x: autograd.dot(x, [1.0, 10.0, 100.0]))
    x = np.arange(12.0).reshape(4, 3)
    wanted = f.map(x).tolist()
    for same in (
        np.asfortranarray(x), x.astype(int), x.astype(np.float32), np.repeat(x, 2, 0)[::2],
        x.astype(">f8"), x[::-1][::-1], np.ma.array(x), x.tolist(), list(x),
    ):  # fmt: skip
        assert f.map(same).tolist() == wanted
    assert f.map(x > 0).tolist() == f.map((x > 0).tolist()).tolist()
    assert f.n_traces == 1


# --- what a function may do while it is traced ----------------------------------------------------


def test_an_error_in_the_function_passes_through_and_nothing_is_kept() -> None:
    fail = [True]

    def fn(x: Any) -> Any:
        if fail:
            raise KeyError("of my own")
        return SHARED * x

    f = autograd.compile(fn)
    for _ in range(2):
        with pytest.raises(KeyError, match="of my own"):
            f.map([1.0])
        assert not modes.is_tracing()
    assert f.n_traces == 0
    fail.clear()
    assert f.map([2.0]).tolist() == [3.0]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_interruption_while_tracing_leaves_no_trace_open(
    interruption: type[BaseException],
) -> None:
    stop = [True]

    def fn(x: Any) -> Any:
        y = SHARED * x
        if stop:
            raise interruption
        return y

    f = autograd.compile(fn)
    with pytest.raises(interruption):
        f.map([1.0])
    assert not modes.is_tracing()
    assert (SHARED * 2.0).data == 3.0
    stop.clear()
    assert f.map([2.0]).tolist() == [3.0]


def test_an_interruption_in_a_pass_leaves_the_function_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    f = autograd.compile(one)

    def interrupted(*given: Any, **facts: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(building, "program_of", interrupted)
        with pytest.raises(KeyboardInterrupt):
            f.map([1.0])
    assert f.map([2.0]).tolist() == [3.0]
    assert f.value_and_grad(f.theta, [2.0])[1].tolist() == [2.0]


def test_a_compiled_function_may_call_another() -> None:
    inner = autograd.compile(one)
    outer = autograd.compile(lambda x: inner(x) ** 2)
    assert outer.map([2.0]).tolist() == [9.0]
    assert outer.value_and_grad([1.5], [2.0])[1].tolist() == [12.0]


# --- operations that are replaced -----------------------------------------------------------------


@pytest.fixture
def _table_as_before() -> Iterator[None]:
    before = dict(TABLE)
    yield
    for name in set(TABLE) - set(before):
        del TABLE[name]
        FUNCTIONS.pop(name, None)
        if hasattr(Value, name):
            delattr(Value, name)


@pytest.mark.usefixtures("_table_as_before")
@pytest.mark.parametrize("asks", [False, True], ids=["as text", "called as it is"])
def test_a_program_keeps_the_operations_that_it_was_made_from(asks: bool) -> None:
    current: list[Any] = []

    def define(factor: float) -> None:
        current[:] = [autograd.primitive(
            "scaled_by",
            lambda m, x: x * factor if not asks or float(x) > -1e9 else x,
            lambda m, y, x: (factor,),
            points=[1.0],
            replace=True,
        )]  # fmt: skip

    define(2.0)
    f = autograd.compile(lambda x: current[0](x * SHARED))
    assert f.map([2.0, 4.0]).tolist() == [6.0, 12.0]
    define(10.0)
    assert f.map([2.0, 4.0]).tolist() == [6.0, 12.0]
    assert f.value_and_grad([1.5], [2.0])[1].tolist() == [4.0]
    # not at an edge either, where plain numbers are computed anew, by text that is run only then
    g = autograd.compile(lambda: [current[0](SHARED * 2.0), 1.0 / (SHARED - 1.5)])
    assert "def values" in g.source
    define(100.0)
    assert g.map().tolist() == [[30.0, np.inf]]
    define(10.0)
    again = autograd.compile(f.fn)
    assert again.map([2.0, 4.0]).tolist() == [30.0, 60.0]
    assert again.value_and_grad([1.5], [2.0])[1].tolist() == [20.0]


# --- copies ---------------------------------------------------------------------------------------


def test_a_compiled_function_with_a_model_is_pickled_with_it() -> None:
    f = autograd.compile(functools.partial(loss_of, MODEL))
    x, y = batch(4, (2,), ())
    value, gradient = f.value_and_grad(f.theta, x, y)
    g = pickle.loads(pickle.dumps(f))
    assert [p.name for p in g.parameters] == [p.name for p in f.parameters]
    assert not set(g.parameters) & set(f.parameters)
    assert g.mean(x, y) == value
    np.testing.assert_array_equal(g.value_and_grad(g.theta, x, y)[1], gradient)
    g.theta = g.theta + 1.0
    assert g.mean(x, y) != value
    assert f.mean(x, y) == value


def loss_of(model: Any, x: Any, y: Any) -> Any:
    return (model(x) - y) ** 2


def test_settings_are_pickled_too() -> None:
    f = autograd.compile(functools.partial(loss_of, MODEL), dtype="float32")
    assert pickle.loads(pickle.dumps(f)).dtype == np.float32
    g = pickle.loads(pickle.dumps(autograd.compile(one_with_power, static="k")))
    assert g.map([2.0], k=3).tolist() == [8.0]
    assert g.__reduce__()[2] == {
        "static": "k", "dtype": "float64", "backend": "numpy", "has_aux": False, "parameters": [],
    }  # fmt: skip


def one_with_power(x: Any, k: Any) -> Any:
    return x**k


def test_a_decorated_function_is_pickled_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(decorated)) is decorated


def test_a_lambda_is_refused_as_pickle_refuses_it() -> None:
    with pytest.raises((pickle.PicklingError, AttributeError)) as theirs:
        pickle.dumps(lambda x: x)
    with pytest.raises(theirs.type, match="lambda"):
        pickle.dumps(autograd.compile(lambda x: x))


def test_a_deep_copy_has_parameters_of_its_own() -> None:
    f = autograd.compile(functools.partial(loss_of, copy.deepcopy(MODEL)))
    x, y = batch(4, (2,), ())
    before = f.mean(x, y)
    g = copy.deepcopy(f)
    assert not set(g.parameters) & set(f.parameters)
    g.theta = g.theta * 2.0
    assert f.mean(x, y) == before
    assert g.mean(x, y) != before


# --- threads --------------------------------------------------------------------------------------


def test_eight_threads_with_batches_of_their_own_get_what_one_gets_alone() -> None:
    weights = [matrix(f"W{k}", 6, 6) for k in range(4)]

    def fn(x: list[Value]) -> Value:
        for layer in weights:
            x = [autograd.dot(w, x).tanh() for w in layer]
        return autograd.sum(x)

    f = autograd.compile(fn)
    generator = np.random.default_rng(0)
    arrays = [generator.normal(size=(n, 6)) for n in (1, 2, 3, 50, 50, 50, 7, 200)]
    alone = autograd.compile(fn)
    wanted = [alone.value_and_grad(alone.theta, x) for x in arrays]
    barrier = threading.Barrier(8)
    found: list[list[Any]] = [[] for _ in arrays]
    failed: list[BaseException] = []

    def work(k: int) -> None:
        try:
            barrier.wait()
            for _ in range(30):
                found[k].append(f.value_and_grad(alone.theta, arrays[k]))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert f.n_traces == 1
    for (value, gradient), results in zip(wanted, found, strict=True):
        for other, slopes in results:
            assert other == value
            np.testing.assert_array_equal(slopes, gradient)


def test_memory_is_made_once_for_each_number_of_examples() -> None:
    f = autograd.compile(squared_error)
    f.mean(np.ones((3, 2)), np.ones(3))
    (kept,) = f._local.memory.values()
    f.mean(np.ones((3, 2)), np.ones(3))
    assert [m is kept for m in f._local.memory.values()] == [True]
    f.mean(np.ones((4, 2)), np.ones(4))
    assert len(f._local.memory) == 2


def test_memory_is_kept_for_a_few_sizes_only() -> None:
    f = autograd.compile(squared_error)
    for n in range(1, 60):
        f.mean(np.ones((n, 2)), np.ones(n))
    assert len(f._local.memory) <= 8
