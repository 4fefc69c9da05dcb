"""Tracing: what a tape holds, what counts as what, and what is refused and by which name."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import TraceError, Value, detect_anomaly, grad, no_grad
from autograd.compiler.frontend.signature import Structure
from autograd.compiler.frontend.symbol import Symbol
from autograd.compiler.frontend.trace import Recorder, Trace, trace
from autograd.compiler.ir.tape import ARGUMENT, PARAMETER, Tape
from autograd.core import modes
from autograd.core.arithmetic import FLOATS
from autograd.core.evaluate import evaluate
from autograd.core.operation import CONSTANT, SHIFT, TABLE, Operation
from autograd.core.value import apply
from autograd.functions.functions import FUNCTIONS
from tests.autograd.messages import raises
from tests.scale.sizes import lines_run

X2: dict[str, Structure] = {"x": (2,)}
NUMBER: dict[str, Structure] = {"x": ()}
ROWS = [row for row in TABLE.values() if row.name in FUNCTIONS or not row.is_function]


@pytest.fixture(autouse=True)
def _no_trace_stays_open() -> Iterator[None]:
    yield
    assert (modes.n_open, modes.n_traces, modes.current().tracer) == (0, 0, None)
    assert modes.current().blocks == ()


def names(tape: Tape) -> list[str]:
    return [row.name for row in tape.rows]


def run(traced: Trace, arguments: list[float]) -> list[float]:
    """The outputs, computed line by line from the tape."""
    tape, values = traced.tape, []
    for place, (row, operands) in enumerate(zip(tape.rows, tape.operands, strict=True)):
        if row is ARGUMENT:
            values.append(arguments[int(tape.numbers[place])])
        elif row is PARAMETER:
            values.append(traced.parameters[int(tape.numbers[place])].data)
        elif row is CONSTANT:
            values.append(tape.numbers[place])
        else:
            values.append(evaluate(row, [values[i] for i in operands])[0])
    return [values[i] for i in tape.outputs]


# --- the tape -------------------------------------------------------------------------------------


def test_arguments_come_first_and_are_numbered_over_all_of_them_in_c_order() -> None:
    def fn(x: Any, m: Any, batch: Any) -> Any:
        assert [s.name for s in (x, m[0][0], m[1][1], batch["t"][0])] == [
            "x", "m[0,0]", "m[1,1]", "batch['t'][0]",
        ]  # fmt: skip
        return x * m[1][0] + batch["t"][0]

    tape = trace(fn, {"x": (), "m": (2, 2), "batch": {"t": (1,)}}).tape
    assert names(tape) == ["argument"] * 6 + ["*", "+"]
    assert [tape.numbers[i] for i in range(6)] == [0, 1, 2, 3, 4, 5]
    assert tape.operands[6:] == [(0, 3), (6, 5)]
    assert tape.argument_names == [
        "x", "m[0,0]", "m[0,1]", "m[1,0]", "m[1,1]", "batch['t'][0]",
    ]  # fmt: skip
    assert tape.outputs == (7,)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_becomes_one_line_and_computes_what_eager_does(row: Operation) -> None:
    for point in row.points:
        traced = trace(lambda x, row=row: apply(row, *x), {"x": (len(point),)})
        assert traced.tape.rows[-1] is row
        assert len(traced.tape) == len(point) + 1
        assert run(traced, list(point)) == [evaluate(row, point)[0]]


@pytest.mark.parametrize("name", sorted(n for n in FUNCTIONS if n in TABLE))
def test_every_function_traces_on_symbols_and_gives_a_symbol(name: str) -> None:
    point = TABLE[name].points[-1]
    many = TABLE[name].arity is None and name not in ("hypot", "choose")

    def fn(x: Any) -> Any:
        if name == "choose":
            return autograd.choose(x[0], x[1:])
        return FUNCTIONS[name](x) if many else FUNCTIONS[name](*x)

    assert run(trace(fn, {"x": (len(point),)}), list(point)) == [
        apply(TABLE[name], *map(Value, point)).data
    ]


def test_operators_with_a_number_on_either_side_trace() -> None:
    traced = trace(lambda x: 2 - (1 + 3 * x / 4) ** 2 + 5**x - (-x) + abs(x) - (+x), NUMBER)
    x = 0.7
    expected = 2 - (1 + 3 * x / 4) ** 2 + 5**x - (-x) + abs(x) - x
    assert run(traced, [x]) == [pytest.approx(expected, rel=1e-15)]


def test_a_result_may_be_one_value_or_a_list_with_numbers_in_it() -> None:
    w = Value(3.0)
    assert trace(lambda x: x, NUMBER).outputs_shape is None
    traced = trace(lambda x: (x, 2, w, x + 1), NUMBER)
    assert (traced.outputs_shape, run(traced, [5.0])) == (4, [5.0, 2.0, 3.0, 6.0])
    assert trace(lambda: [w]).outputs_shape == 1
    assert run(trace(lambda: 7), []) == [7.0]


# --- what counts as what --------------------------------------------------------------------------


def test_leaves_from_outside_become_parameters_in_the_order_of_first_reach() -> None:
    a, b, c = Value(1.0, name="a"), Value(2.0, name="b"), Value(3.0)
    traced = trace(lambda x: b * x + a * b + c * a, NUMBER)
    assert traced.parameters == [b, a, c]
    assert traced.tape.parameter_names == ["b", "a", ""]
    assert names(traced.tape).count("parameter") == 3
    assert run(traced, [5.0]) == [15.0]


def test_an_interior_value_from_outside_becomes_lines_and_its_leaves_parameters() -> None:
    w = Value(2.0)
    z = (w * 3).tanh()
    traced = trace(lambda x: z * x + z, NUMBER)
    assert traced.parameters == [w]
    assert names(traced.tape) == [
        "argument", "parameter", "constant", "*", "tanh", "*", "+",
    ]  # fmt: skip
    assert run(traced, [5.0]) == [z.data * 5.0 + z.data]


def test_a_deep_graph_from_outside_is_walked_without_recursion() -> None:
    node = w = Value(0.0)
    for _ in range(50_000):
        node = node + w
    assert len(trace(lambda: node).tape) == 50_001


def test_plain_numbers_are_one_constant_for_each_bit_pattern() -> None:
    traced = trace(
        lambda x: [x * 2.0, x + 2, x * 0.0, x * -0.0, x + math.nan, x - float("nan"), x + 0], NUMBER
    )
    numbers = [traced.tape.numbers[i] for i, r in enumerate(traced.tape.rows) if r is CONSTANT]
    assert [repr(n) for n in numbers] == ["2.0", "0.0", "-0.0", "nan"]


def test_a_value_that_the_function_makes_itself_is_a_constant_and_no_parameter() -> None:
    w = Value(4.0)

    def fn(x: Any) -> Any:
        return Value(2.0, name="two") * x + (Value(3.0) + 1.0) * w

    traced = trace(fn, NUMBER)
    assert traced.parameters == [w]
    assert run(traced, [5.0]) == [26.0]


def test_constants_of_a_graph_from_outside_stay_constants() -> None:
    z = Value(2.0) * 3
    assert z.parents[1].op == "constant"
    assert len(trace(lambda: z + 1).parameters) == 1


def test_a_weighted_sum_is_its_products_and_one_sum() -> None:
    neuron = nn.Neuron(3, "linear", rng=0)
    traced = trace(neuron, {"x": (3,)})
    assert traced.parameters == [*neuron.w, neuron.b]
    assert names(traced.tape)[-4:] == ["*", "*", "*", "sum"]
    assert traced.tape.operands[-1] == (7, 8, 9, 6)
    assert run(traced, [0.5, -1.0, 2.0]) == [neuron([0.5, -1.0, 2.0]).data]


def test_a_network_computes_on_its_tape_what_it_computes_eagerly() -> None:
    model = nn.MLP(3, [5, 4], ["tanh"], "softmax", seed=3)
    row = [0.4, -1.0, 2.0]
    traced = trace(model, {"x": (3,)})
    assert traced.parameters == model.parameters()
    assert run(traced, row) == [v.data for v in model(row)]


def test_the_work_of_tracing_is_in_proportion_to_the_products() -> None:
    def work(n_inputs: int) -> int:
        model = nn.MLP(n_inputs, [16, 10], seed=0)
        return lines_run(lambda: trace(model, {"x": (n_inputs,)}))

    assert work(800) < 16 * work(50)


# --- softmax --------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [autograd.softmax, autograd.log_softmax])
@pytest.mark.parametrize(
    "xs", [[0.1, -0.7, 2.3], [1000.0, 1001.0, 999.0], [-math.inf, 0.0, 1.0], [-math.inf] * 3,
           [math.inf, 0.0, 0.0], [1.0, math.nan, 2.0], [math.nan, 1.0, 2.0]],
)  # fmt: skip
def test_a_traced_softmax_gives_the_eager_bits(function: Any, xs: list[float]) -> None:
    traced = trace(lambda x: function(x), {"x": (3,)})
    assert names(traced.tape).count("shift") == 1
    assert list(map(repr, run(traced, xs))) == [repr(v.data) for v in function(map(Value, xs))]


@pytest.mark.parametrize("xs", [(1.0, 3.0, 2.0), (math.nan, 1.0), (1.0, math.nan), (-math.inf,)])
def test_the_shift_is_pythons_max_where_that_is_finite_and_passes_nothing_on(xs: Any) -> None:
    largest = max(xs)
    y, partials = evaluate(SHIFT, xs)
    assert y == (largest if math.isfinite(largest) else 0.0)
    assert partials == (0.0,) * len(xs)
    assert SHIFT.forward(FLOATS, *xs) == y


# --- losses ---------------------------------------------------------------------------------------

POINTS = [
    (nn.l1_loss, 2.0, 5.0), (nn.mse_loss, 2.0, 5.0), (nn.hinge_loss, 0.25, -1.0),
    (nn.binary_cross_entropy, 0.25, 1.0), (nn.binary_cross_entropy, 0.25, 0.3),
    (nn.binary_cross_entropy_with_logits, -3.0, 0.0),
    (nn.binary_cross_entropy_with_logits, 1.2, 0.3),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "output", "target"), POINTS)
def test_a_loss_traces_with_a_target_that_is_an_argument(
    loss: Any, output: float, target: float
) -> None:
    expected = pytest.approx(loss(output, target), rel=1e-15)
    assert run(trace(loss, {"output": (), "target": ()}), [output, target]) == [expected]
    several = trace(loss, {"output": (2,), "target": (2,)})
    assert run(several, [output, output, target, target]) == [expected]


@pytest.mark.parametrize("target", [0.0, 1.0, 2.0])
def test_cross_entropy_traces_with_a_class_number_that_is_an_argument(target: float) -> None:
    traced = trace(nn.cross_entropy, {"logits": (3,), "target": ()})
    logits = [1000.0, 1001.0, 999.5]
    assert run(traced, [*logits, target]) == [nn.cross_entropy(logits, target)]
    assert math.isnan(run(traced, [*logits, 3.0])[0])


def test_cross_entropy_traces_with_probabilities_that_are_arguments() -> None:
    traced = trace(nn.cross_entropy, {"logits": (2,), "target": (2,)})
    expected = nn.cross_entropy([0.3, -1.0], [0.25, 0.75])
    assert run(traced, [0.3, -1.0, 0.25, 0.75]) == [expected]


def test_a_loss_names_traced_values_when_shapes_are_wrong() -> None:
    with raises(autograd.ShapeError, "mse_loss", "Symbol(x)", "list", 2):
        trace(lambda x, t: nn.mse_loss(x, t), {"x": (), "t": (2,)})


# --- what is refused ------------------------------------------------------------------------------

weight = Value(2.0, name="w")
REFUSED: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    ".data": (lambda x: x[0].data, ".data", "Value"),
    "slot": (lambda x: x[0]._data, "its number", "Value"),
    ".grad": (lambda x: x[0].grad, ".grad", "f.backward(*batch)"),
    "float": (lambda x: float(x[0]), "float()", "autograd.exp"),
    "math": (lambda x: math.exp(x[0]), "float()", "autograd.exp"),
    "floor": (lambda x: math.floor(x[0]), "float()", "autograd.exp"),
    "int": (lambda x: int(x[0]), "int()", "autograd.choose(index, values)"),
    "round": (lambda x: round(x[0]), "round()", "autograd.exp"),
    "bool": (lambda x: x[0] and 1, "bool()", "autograd.where"),
    "<": (lambda x: x[0] < 1, "<", "autograd.where"),
    "<=": (lambda x: x[0] <= x[1], "<=", "autograd.where"),
    ">": (lambda x: x[0] > 1, ">", "autograd.where"),
    ">=": (lambda x: x[0] >= 1, ">=", "autograd.where"),
    "==": (lambda x: x[0] == 1, "==", "autograd.where"),
    "!=": (lambda x: x[0] != 1.0, "==", "autograd.where"),
    "in": (lambda x: x[0] in (-1, 1), "==", "autograd.where"),
    "max": (lambda x: max(x), ">", "autograd.where"),
    "format": (lambda x: f"{x[0]:.3f}", "a format", "text"),
    "index": (lambda x: [1, 2][x[0]], "an index", "autograd.choose(index, values)"),
    "range": (lambda x: range(x[0]), "range()", "autograd.choose(index, values)"),
    "NumPy": (lambda x: np.asarray(x, dtype=float), "float()", "autograd.exp"),
    "into NumPy": (lambda x: np.zeros(2).__setitem__(0, x[0]), "float()", "autograd.exp"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_bake_a_number_in_is_refused_with_line_and_remedy(what: str) -> None:
    call, asked, remedy = REFUSED[what]
    read = "x[1]" if what == "max" else "x[0]"  # Python's max asks the second whether it is larger
    line = f"{__file__}:{call.__code__.co_firstlineno}: "
    with raises(
        TraceError, "compile", read, asked, "the lambda", line, "lambda x:", remedy, "static=('x',)"
    ) as caught:
        trace(call, X2)
    assert caught.value.argument == "x"


PARAMETER_READS: dict[str, Callable[[Any], Any]] = {
    ".data": lambda w: w.data, ".grad": lambda w: w.grad, "float()": float, "bool()": bool,
    "<": lambda w: w < 1, "<=": lambda w: w <= 1, ">": lambda w: w > 1, ">=": lambda w: w >= 1,
    "int()": int, "a format": lambda w: f"{w:.2f}",
}  # fmt: skip


@pytest.mark.parametrize("asked", PARAMETER_READS)
@pytest.mark.parametrize("kind", ["leaf", "interior"])
def test_the_number_of_any_value_is_refused_while_a_trace_is_open(asked: str, kind: str) -> None:
    value = weight if kind == "leaf" else weight * 2
    called = "w" if kind == "leaf" else "a result of *"
    with raises(TraceError, "compile", called, asked, "the lambda") as caught:
        trace(lambda: PARAMETER_READS[asked](value))
    assert caught.value.argument == ""  # it is none, so that static would not help
    assert "static" not in str(caught.value)
    PARAMETER_READS[asked](value)  # and not before or after


MEANINGLESS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "backward() of x[0]": (lambda x: x[0].backward(), "f.backward(*batch)"),
    "backward() of w": (lambda x: weight.backward(), "f.backward(*batch)"),
    "no_grad()": (lambda x: no_grad().__enter__(), "f.map(*batch)"),
    "detect_anomaly()": (lambda x: detect_anomaly().__enter__(), "f(*example)"),
    ".data = of w": (lambda x: setattr(weight, "data", 1.0), "parameters"),
    ".grad = of w": (lambda x: setattr(weight, "grad", 1.0), "gradients"),
    "a copy of w": (lambda x: weight.__deepcopy__({}), "Value"),
}


@pytest.mark.parametrize("what", MEANINGLESS)
def test_what_has_no_meaning_in_a_traced_function_is_refused(what: str) -> None:
    call, remedy = MEANINGLESS[what]
    before = weight.data, weight.grad
    with raises(TraceError, "compile", what, "the lambda", f"{__file__}:", ";", remedy):
        trace(call, X2)
    assert (weight.data, weight.grad) == before


def test_a_symbol_cannot_be_iterated_over() -> None:
    with raises(TraceError, "x", "iterated"):
        trace(lambda x: list(x), NUMBER)


@pytest.mark.parametrize("key", [0, -1, slice(1, None), "a"])
def test_one_number_has_no_places_to_pick_from(key: Any) -> None:
    with raises(TraceError, "x", f"[{key!r}]", f"{__file__}:", "[[1.0, 2.0]]"):
        trace(lambda x: x[key], NUMBER)


def test_a_batch_that_is_one_example_is_refused_where_the_function_picks_from_it() -> None:
    f = autograd.compile(lambda x: x[0] * x[1])
    with raises(TraceError, "x", "[0]"):
        f.map([1.0, 2.0])
    assert f.map([[1.0, 2.0]]).tolist() == [2.0]


def test_the_argument_that_is_named_for_static_is_the_one_that_was_read() -> None:
    with raises(TraceError, "compile", "n", ">", "static=('n',)"):
        trace(lambda x, n: x if n > 2 else -x, {"x": (), "n": ()})
    with raises(TraceError, "compile", "batch['t']", "float()", "static=('batch',)"):
        trace(lambda batch: float(batch["t"]), {"batch": {"t": ()}})


def test_auxiliary_outputs_come_after_the_value() -> None:
    traced = trace(lambda x: (x * 2, [x, 7.0]), NUMBER, has_aux=True)
    assert (traced.outputs_shape, traced.aux_shape, run(traced, [5.0])) == (None, 2, [10, 5, 7])
    traced = trace(lambda x: (x * 2, x), NUMBER, has_aux=True)
    assert (traced.outputs_shape, traced.aux_shape, run(traced, [5.0])) == (None, None, [10, 5])


def test_traces_agree_if_they_compute_the_same_from_the_same_parameters() -> None:
    w, v = Value(2.0), Value(2.0)
    first = trace(lambda x: w * x + math.nan, NUMBER)
    assert first.agrees(trace(lambda x: w * x + math.nan, NUMBER))
    for fn in (
        lambda x: v * x + math.nan, lambda x: x * w + math.nan, lambda x: w * x + 1.0,
        lambda x: w * x - math.nan, lambda x: [w * x + math.nan], lambda x: w * x,
    ):  # fmt: skip
        assert not first.agrees(trace(fn, NUMBER))
    pair = trace(lambda x: (x, x), NUMBER, has_aux=True)
    assert not pair.agrees(trace(lambda x: (x, [x]), NUMBER, has_aux=True))
    assert not pair.agrees(trace(lambda x: [x, x], NUMBER))


@pytest.mark.parametrize(
    ("result", "named"),
    [
        (None, ("None", "return?")),
        ([], ("empty list",)),
        ("y", ("'y'",)),
        ({"a": 1.0}, ("{'a': 1.0}",)),
        ([[1.0]], ("[1.0]", "flat list", "has_aux=True")),
        ([None], ("None", "return?")),
        ("y" * 99, ("'" + "y" * 56 + "...",)),
    ],
)
def test_a_result_that_is_no_value_is_refused(result: Any, named: tuple[str, ...]) -> None:
    with raises(TraceError, "the lambda", *named):
        trace(lambda: result)


def test_a_symbol_of_a_trace_that_is_over_says_so() -> None:
    kept: list[Any] = []
    trace(lambda x: kept.append(x) or x, NUMBER)
    for use in (float, lambda s: s.data, lambda s: s + 1.0, lambda s: s.relu(), lambda s: s == 1):
        with raises(TraceError, "x", "over", f"{__file__}:"):
            use(kept[0])
    with raises(TraceError, "compile", "x", "another trace", "the lambda"):
        trace(lambda y: y + kept[0], {"y": ()})
    with raises(TraceError, "compile", "x", "another trace", "the lambda"):
        trace(lambda: kept[0])


def test_an_error_of_the_function_itself_passes_through_and_closes_the_trace() -> None:
    for error in (ZeroDivisionError("mine"), ValueError("mine"), KeyboardInterrupt()):

        def fn(x: Any, error: BaseException = error) -> Any:
            raise error

        with pytest.raises(type(error)) as caught:
            trace(fn, NUMBER)
        assert caught.value is error
        assert modes.n_open == 0
        assert weight.data == 2.0


# --- what stays as it is --------------------------------------------------------------------------


def test_equality_with_values_and_hash_are_by_identity() -> None:
    def fn(x: Any) -> Any:
        assert x[0] == x[0]
        assert x[0] != x[1]
        assert x[0] != weight
        assert x[0] != "text"
        assert {x[0]: 1}[x[0]] == 1
        assert x[1] in x
        return x[0]

    trace(fn, X2)


def test_a_symbol_shows_its_name_or_its_operation_and_is_a_value() -> None:
    def fn(x: Any) -> Any:
        y = x[0] * 2
        assert [repr(x[0]), repr(y), f"{x[1]}"] == ["Symbol(x[0])", "Symbol(*)", "Symbol(x[1])"]
        assert (x[0].op, y.op, y.parents) == ("", "*", ())
        assert isinstance(y, Value)
        assert type(y) is Symbol
        y.name = "z"
        assert y.name == "z"
        assert repr(weight).startswith("Value(data=2.0")
        return y

    trace(fn, X2)


def test_an_object_array_of_symbols_computes_as_one_of_values_does() -> None:
    weights = np.array([[1.0, 2.0], [3.0, 4.0]])
    traced = trace(lambda x: list(weights @ np.array(x, dtype=object)), X2)
    assert run(traced, [5.0, 6.0]) == [17.0, 39.0]


def test_another_thread_computes_as_ever_while_a_trace_is_open() -> None:
    found: list[Any] = []

    def work() -> None:
        y = (weight * 3).relu() + Value(1.0)
        found.extend([y.data, y.op, weight > 1, float(weight)])

    def fn(x: Any) -> Any:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return x

    trace(fn, NUMBER)
    assert found == [7.0, "+", True, 2.0]


def test_a_trace_within_a_trace_has_a_tape_of_its_own() -> None:
    inner: list[Trace] = []

    def fn(x: Any) -> Any:
        inner.append(trace(lambda y: y * y, {"y": ()}))
        return x + 1

    assert names(trace(fn, NUMBER).tape) == ["argument", "constant", "+"]
    assert names(inner[0].tape) == ["argument", "*"]


def test_a_trace_inside_of_no_grad_records_all_the_same() -> None:
    with no_grad():
        traced = trace(lambda x: (x * weight).relu() + nn.Neuron(1, rng=0)([x]), NUMBER)
    assert "relu" in names(traced.tape)
    assert weight in traced.parameters


# --- grad within a traced function ----------------------------------------------------------------


def test_grad_of_smooth_operations_is_written_on_the_tape() -> None:
    def slope(x: Any) -> Any:
        y = (x[0] * x[1]).tanh() + weight * x[0] ** 3 + autograd.exp(x[1] / x[0])
        return [y, *grad(y, [*x, weight]), *grad(grad(y, x[0])[0], x[1]), *grad(x[0] * 2, x[1])]

    point = [0.7, -0.4]
    expected = [v.data for v in slope([Value(p) for p in point])]
    assert run(trace(slope, X2), point) == pytest.approx(expected, rel=1e-14)


def test_grad_through_softmax_passes_nothing_through_the_shift() -> None:
    def slope(x: Any) -> Any:
        return grad(autograd.softmax(x)[0], x)

    point = [0.7, -0.4]
    expected = [v.data for v in slope([Value(p) for p in point])]
    assert run(trace(slope, X2), point) == pytest.approx(expected, rel=1e-14)


def test_grad_through_a_derivative_that_compares_is_refused() -> None:
    with raises(TraceError, "compile", "grad()", "max", "the lambda", f"{__file__}:"):
        trace(lambda x: grad(autograd.maximum(x[0], x[1]), x), X2)


def test_a_trace_that_ctrl_c_kept_from_being_left_is_left_by_restore() -> None:
    earlier = modes.current()
    block = modes.tracing(Recorder("fn"))
    block.__enter__()
    assert modes.is_tracing()
    modes.restore(earlier)
    assert not modes.is_tracing()
    assert weight.data == 2.0
