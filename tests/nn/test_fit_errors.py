"""What ``fit`` refuses: the message says why, and the model stays as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, no_grad
from autograd.errors import ArgumentError, GlassgradError, GraphError, InputError, ShapeError

X = np.array([[0.1, 0.9], [0.8, -0.2], [-0.5, 0.4]])
Y = np.array([0, 1, 1])


def with_entry(row: int, entry: float) -> Any:
    changed = X.copy()
    changed[row, 1] = entry
    return changed


def metric_called(name: str) -> Any:
    def metric(outputs: Any, y: Any) -> float:
        return 0.0

    metric.__name__ = name
    return metric


SGD = nn.SGD(lr=0.1)
FLOW = nn.GradientFlow()
nan, inf = float("nan"), float("inf")

BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    # X
    ({"X": X[:, 0]}, ShapeError,
     r"got shape \(3,\); for one input a row write np.reshape\(X, \(-1, 1\)\), and wrap a single"),
    ({"X": X[0]}, ShapeError, r"^fit expects an array of shape \(n, n_inputs\), got shape \(2,\)"),
    ({"X": np.zeros((3, 4))}, ShapeError, r"^MLP expects 2 inputs, got 4 .*; pass one number per"),
    ({"X": [[1.0, 2.0], [3.0], [4.0]]}, InputError, "^fit expects rows of numbers, all of"),
    ({"X": [["a", "b"]] * 3}, InputError, "^fit expects rows of numbers.*got .*'a'.* in it"),
    ({"X": with_entry(1, nan)}, ArgumentError,
     r"^fit expects finite numbers, got nan or inf in row 1 of X \(1 such row\); drop or fill"),
    ({"X": with_entry(2, -inf)}, ArgumentError, "^fit expects finite numbers, .* in row 2 of X"),
    ({"X": np.zeros((0, 2)), "y": []}, ShapeError,
     r"^fit expects at least one row, got X of shape \(0, 2\)"),
    # y
    ({"y": Y[:2]}, ShapeError,
     r"^fit expects one target per row, got 3 rows and y of shape \(2,\); give y as many entries"),
    ({"y": 1}, ShapeError, r"^fit expects one target per row, got 3 rows and y of shape \(\)"),
    ({"y": [[1], [1, 2], [3]]}, InputError, "^fit expects y to hold targets of one kind and"),
    ({"y": [0.0, nan, 1.0]}, ArgumentError, "^fit expects finite numbers, .* in row 1 of y"),
    ({"y": Y.reshape(3, 1)}, ShapeError,
     r"^fit expects y of shape \(3,\) for a model of one output, got shape \(3, 1\); write"),
    ({"y": ["no", "yes", "yes"]}, InputError,
     "^fit expects numbers in y, got the text 'no' in row 0 of y"),
    ({"y": [0, 1, 2]}, ArgumentError,
     "^fit expects targets between 0 and 1 for .*, got 2 in row 2 of y"),
    ({"y": Y, "loss": "hinge_loss"}, ArgumentError,
     r"^fit expects targets of -1 or \+1 for hinge_loss, got 0 in row 0 of y"),
    # loss, metrics, optimiser, model
    ({"loss": "mse"}, InputError, "fit expects a loss function or one of l1_loss, .*, got 'mse'"),
    ({"loss": None}, InputError, "^fit expects a loss function or one of l1_loss, .*, got None"),
    ({"loss": nn.zero_one_loss}, InputError, "^fit expects .* 'zero_one_loss', which has no grad"),
    ({"loss": lambda o, t: nn.zero_one_loss(o, t)}, InputError,
     r"^fit expects a loss that returns one Value, got [01]\.0; compute it from the model's"),
    ({"loss": lambda o, t: o.data}, InputError, "^fit expects a loss that returns one Value, got"),
    ({"loss": lambda o, t: [o]}, InputError, r"a loss that returns one Value, got \["),
    ({"metrics": ["acc"]}, InputError,
     "^fit expects metrics among accuracy, confusion_matrix, or functions, got 'acc'"),
    ({"metrics": "acc"}, InputError, "^fit expects metrics among .*, got 'acc'"),
    ({"metrics": 3}, InputError, "^fit expects metrics among .*, or functions, got 3"),
    ({"metrics": None}, InputError, "^fit expects metrics among .*, or functions, got None"),
    ({"metrics": ["accuracy", "accuracy"]}, ArgumentError,
     "^fit expects each metric to have a name of its own, got 'accuracy' once more; define it"),
    ({"metrics": metric_called("loss")}, ArgumentError, "a name of its own, got 'loss' once more"),
    ({"optimizer": 0.1}, InputError, r"^fit expects an optimiser such as nn\.SGD\(lr=0\.1\), got"),
    ({"optimizer": nn.SGD}, InputError, r"got the class SGD; write SGD\(\.\.\.\) with brackets$"),
    ({"model": len}, InputError, r"^fit expects an nn\.Module, got <built-in .*or subclass"),
    ({"model": nn.MLP}, InputError, r"got the class MLP; write MLP\(\.\.\.\) with brackets$"),
    ({"X": [1.0, 2.0, 3.0]}, ShapeError, r"write np\.reshape\(X, \(-1, 1\)\)"),
    ({"model": nn.Module()}, ArgumentError,
     r"^fit expects a model with parameters, got Module\(\) with none"),
    # callbacks
    ({"callbacks": [3]}, InputError,
     "^fit expects callbacks to be objects of nn.Callback, or functions to call after every epoch, "
     "got 3; subclass nn.Callback, or give a function of the run$"),
    ({"callbacks": 3}, InputError, "^fit expects callbacks to be .*, got 3; subclass"),
    ({"callbacks": None}, InputError, "^fit expects callbacks to be .*, got None; subclass"),
    ({"callbacks": "print"}, InputError, "^fit expects callbacks to be .*, got 'print'; subclass"),
    ({"callbacks": [print, "x"]}, InputError, "^fit expects callbacks .*, got 'x'; subclass"),
    ({"callbacks": [nn.GradientFlow]}, InputError,
     r"^fit expects .*, got the class GradientFlow; write GradientFlow\(\) with brackets$"),
    ({"callbacks": nn.GradientFlow}, InputError, "^fit expects callbacks .* the class GradientFl"),
    ({"callbacks": [list]}, InputError, "^fit expects callbacks .*, got the class list; write"),
    ({"callbacks": [FLOW, FLOW]}, ArgumentError,
     r"^fit expects each callback once, got GradientFlow\(.*\) once more; leave it out$"),
    # numbers
    ({"epochs": 0}, ArgumentError, "^fit expects epochs to be a whole number of at least 1, got 0"),
    ({"epochs": 1.5}, ArgumentError, r"^fit expects epochs to be a whole number .*, got 1\.5"),
    ({"batch_size": 0}, ArgumentError, "^fit expects batch_size to be a whole number .*, got 0"),
    ({"batch_size": True}, ArgumentError, "^fit expects batch_size to be a whole .*, got True"),
    ({"batch_size": "2"}, ArgumentError, "^fit expects batch_size to be a whole .*, got '2'"),
    ({"verbose": "x"}, ArgumentError, r"^fit expects verbose to be 0 \(silent\), 1 .*, got 'x'$"),
    ({"verbose": 3}, ArgumentError, r"^fit expects verbose to be 0 \(silent\), 1 .*, got 3$"),
    ({"seed": "x"}, ArgumentError, r"^fit expects seed to be None, .*, got 'x' \(str\); pass"),
    ({"seed": -1}, ArgumentError, "^fit expects seed to be None, an integer of 0.*, got -1"),
    # validation
    ({"validation": X}, InputError,
     r"^fit expects validation to be a fraction .*, or a pair of arrays \(X, y\), got ndarray"),
    ({"validation": True}, InputError, "^fit expects validation to be a fraction .*, got bool; wr"),
    ({"validation": 3}, ArgumentError, "^fit expects a validation fraction above 0 .*, got 3; val"),
    ({"validation": 0.0}, ArgumentError, r"^fit expects a validation fraction .*, got 0\.0; valid"),
    ({"validation": 1}, ArgumentError, "^fit expects a validation fraction .*, got 1; validation="),
    ({"validation": nan}, ArgumentError, "^fit expects a validation fraction .*, got nan; valid"),
    ({"validation": 0.5, "X": X[:1], "y": Y[:1]}, ArgumentError,
     "^fit validation expects two rows or more"),
    ({"validation": (X, Y[:2])}, ShapeError, "^fit validation expects one target per row, got 3"),
    ({"validation": (X[:, :1], Y)}, ShapeError,
     "^fit validation expects rows of 2 numbers, as X has, got rows of 1; prepare both alike$"),
    ({"validation": (with_entry(0, nan), Y)}, ArgumentError,
     "^fit validation expects finite numbers, got nan or inf in row 0 of X"),
    ({"validation": (X[:0], Y[:0])}, ShapeError, "^fit validation expects at least one row"),
    ({"validation": (X, [0, 1, 7])}, ArgumentError,
     "^fit validation expects targets .*, got 7 in row 2 of y"),
]  # fmt: skip


def call(**given: Any) -> None:
    settings: dict[str, Any] = {
        "X": X, "y": Y, "loss": "binary_cross_entropy_with_logits", "optimizer": SGD,
        "epochs": 2, "batch_size": 1, "verbose": 0,
    } | given  # fmt: skip
    nn.fit(settings.pop("model"), settings.pop("X"), settings.pop("y"), **settings)


@pytest.mark.parametrize(("given", "error", "message"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_trained_is_refused_with_the_model_as_it_was(
    given: dict[str, Any], error: type[Exception], message: str
) -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    for k, p in enumerate(model.parameters()):
        p.grad = float(k)
    before = [(p.data, p.grad) for p in model.parameters()]
    with pytest.raises(error, match=message) as raised:
        call(**{"model": model} | given)
    assert isinstance(raised.value, GlassgradError)
    assert [(p.data, p.grad) for p in model.parameters()] == before


@pytest.mark.parametrize("last", [3, -1, 1.5])
def test_a_class_out_of_range_in_the_last_row_is_refused_before_the_first_step(last: float) -> None:
    model = nn.MLP(2, [3, 3], seed=0)
    before = [(p.data, p.grad) for p in model.parameters()]
    message = "^fit expects class numbers from 0 to 2 for cross_entropy, got .* in row 2 of y"
    with pytest.raises(ArgumentError, match=message):
        call(model=model, y=[0, 2, last], loss="cross_entropy")
    assert [(p.data, p.grad) for p in model.parameters()] == before


def test_accuracy_of_targets_that_are_no_class_numbers_is_refused_before_the_first_step() -> None:
    model = nn.MLP(2, [3, 2], seed=0)
    before = [(p.data, p.grad) for p in model.parameters()]
    y = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]
    message = r"^accuracy expects rows of y with a single 1, got \[0\.5, 0\.5\] in row 2 of y \(1"
    with pytest.raises(ArgumentError, match=message):
        call(model=model, y=y, loss="cross_entropy", metrics="accuracy")
    assert [(p.data, p.grad) for p in model.parameters()] == before


def test_a_single_metric_may_come_without_a_list() -> None:
    for metric in ("accuracy", nn.accuracy):
        call(model=nn.MLP(2, [1], seed=0), metrics=metric)


@pytest.mark.parametrize("factor", [1.0, Value(1.0)])  # the second makes a graph, of nothing
def test_a_loss_that_forgets_the_output_is_refused_before_the_first_step(factor: Any) -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    model.parameters()[0].grad = 5.0
    with pytest.raises(GraphError, match="fit expects a loss computed from the model's output"):
        call(model=model, loss=lambda output, target: Value(output.data - target))
    with pytest.raises(GraphError, match="got a Value that depends on no parameter for the first"):
        call(model=model, loss=lambda output, target: Value(output.data - target) * factor)
    assert model.parameters()[0].grad == 5.0


def test_a_loss_of_the_parameters_alone_is_a_loss() -> None:
    model = nn.MLP(2, [1], seed=0)
    first = model.parameters()[0]
    call(model=model, loss=lambda output, target: first * first)
    assert abs(first.data) < abs(nn.MLP(2, [1], seed=0).parameters()[0].data)


def test_numbers_that_come_as_objects_are_taken_as_numbers() -> None:
    # what pandas makes of a column that once had something else in it
    figures = []
    for y in (Y, Y.astype(object), np.array([False, True, True], dtype=object)):
        model = nn.MLP(2, [3, 1], seed=0)
        call(model=model, y=y, metrics="accuracy", seed=0)
        figures.append([p.data for p in model.parameters()])
    assert figures[1] == figures[2] == figures[0]


def test_fit_inside_of_no_grad_is_refused_because_it_would_train_nothing() -> None:
    with (
        no_grad(),
        pytest.raises(GraphError, match=r"^fit expects to record the model's operations, and a no"),
    ):
        call(model=nn.MLP(2, [3, 1], seed=0))
