"""Optimisers: the steps they take, against PyTorch and by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.errors import ArgumentError, InputError, ShapeError
from nn import optim

START = [0.5, -1.5, 2.0]


def gradients_at(step: int, theta: Sequence[float]) -> list[float]:
    """Something that depends on the step and on where the parameters are."""
    return [(k + 1.0) * x - 0.3 * step for k, x in enumerate(theta)]


def walk(optimizer: nn.Optimizer, steps: int = 6) -> list[list[float]]:
    parameters, path = [Value(x) for x in START], []
    for step in range(steps):
        for p, g in zip(parameters, gradients_at(step, [p.data for p in parameters]), strict=True):
            p.grad = g
        optimizer.step(parameters)
        path.append([p.data for p in parameters])
    return path


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"weight_decay": 0.2},
        {"momentum": 0.8, "weight_decay": 0.1},
        {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
    ],
)
def test_sgd_walks_where_torchs_does(torch: Any, settings: dict[str, Any]) -> None:
    theirs = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theirs], lr=0.07, **settings)
    path = walk(nn.SGD(lr=0.07, **settings))
    for step, ours in enumerate(path):
        theirs.grad = torch.tensor(gradients_at(step, theirs.tolist()), dtype=torch.float64)
        optimizer.step()
        assert ours == pytest.approx(theirs.tolist(), rel=1e-13, abs=1e-13)


def test_sgd_by_hand_steps_against_the_gradient() -> None:
    assert nn.SGD(lr=0.5).update(np.array([2.0]), np.array([3.0])).tolist() == [0.5]


def test_sgd_by_hand_adds_momentum_from_the_second_step_on() -> None:
    sgd = nn.SGD(lr=0.5, momentum=0.5)
    first = sgd.update(np.array([2.0]), np.array([1.0]))
    second = sgd.update(first, np.array([1.0]))
    assert (first.tolist(), second.tolist()) == ([1.5], [0.75])  # velocities 1 and 1.5


def test_sgd_by_hand_looks_ahead_with_nesterov() -> None:
    sgd = nn.SGD(lr=0.5, momentum=0.5, nesterov=True)
    first = sgd.update(np.array([2.0]), np.array([1.0]))
    second = sgd.update(first, np.array([1.0]))
    assert (first.tolist(), second.tolist()) == ([1.25], [0.375])  # 1 + 0.5*1, then 1 + 0.5*1.5


def test_sgd_by_hand_decays_weights_without_a_gradient() -> None:
    assert nn.SGD(lr=0.5, weight_decay=0.5).update(np.array([2.0]), np.array([0.0])) == [1.5]


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_update_neither_changes_nor_keeps_the_arrays_it_is_given(weight_decay: float) -> None:
    settings: dict[str, Any] = {"momentum": 0.9, "weight_decay": weight_decay}
    reference, tried = nn.SGD(lr=0.1, **settings), nn.SGD(lr=0.1, **settings)
    reference.update(np.array(START), np.ones(3))
    theta, gradient = np.array(START), np.ones(3)
    tried.update(theta, gradient)
    assert theta.tolist() == START
    assert gradient.tolist() == [1.0, 1.0, 1.0]
    theta[:] = gradient[:] = 100.0  # buffers that their owner fills anew
    expected = reference.update(np.array(START), np.ones(3))
    assert tried.update(np.array(START), np.ones(3)).tolist() == expected.tolist()


def test_a_step_writes_python_floats_and_keeps_gradients() -> None:
    p = Value(1.0)
    p.grad = 2.0
    nn.SGD(lr=0.25).step([p])
    assert (p.data, p.grad, type(p.data)) == (0.5, 2.0, float)


def test_a_step_leaves_graphs_that_were_recorded_before_as_they_were() -> None:
    p = Value(3.0)
    square = p * p
    square.backward()
    nn.SGD(lr=1.0).step([p])
    p.grad = 0.0
    square.backward()
    assert p.grad == 6.0


def test_the_learning_rate_may_be_changed_between_steps() -> None:
    sgd = nn.SGD(lr=1.0)
    sgd.lr = 0.5
    assert sgd.update(np.array([1.0]), np.array([1.0])).tolist() == [0.5]


def test_an_optimiser_shows_its_settings() -> None:
    shown = "SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)"
    assert repr(nn.SGD(0.1, 0.9, True, 0.01)) == shown


# --- Ctrl-C --------------------------------------------------------------------------------------


class InterruptedOnce(Sequence[Value]):
    """Parameters whose n-th element is interrupted by Ctrl-C the first time it is written."""

    def __init__(self, parameters: list[Value], at: int) -> None:
        self.parameters, self.at, self.reading = parameters, at, 0

    def __len__(self) -> int:
        return len(self.parameters)

    def __getitem__(self, i: Any) -> Any:
        return self.parameters[i]

    def __iter__(self) -> Iterator[Value]:
        self.reading += 1  # the data, the gradients, and then the writing
        for i, parameter in enumerate(self.parameters):
            if self.reading == 3 and i == self.at:
                raise KeyboardInterrupt
            yield parameter


@pytest.mark.parametrize("at", range(3))
def test_ctrl_c_while_parameters_are_written_finishes_the_writing(at: int) -> None:
    parameters = [Value(x) for x in START]
    for p in parameters:
        p.grad = 1.0
    with pytest.raises(KeyboardInterrupt):
        nn.SGD(lr=1.0).step(InterruptedOnce(parameters, at))
    assert [p.data for p in parameters] == [x - 1.0 for x in START]


def test_ctrl_c_at_any_line_of_a_step_leaves_all_parameters_new_or_all_old() -> None:
    before, outcomes = sys.gettrace(), []
    for stop_at in range(1, 200):
        parameters = [Value(x) for x in START]
        for p in parameters:
            p.grad = 1.0
        lines = 0

        def trace(frame: FrameType, event: str, arg: object) -> Any:
            nonlocal lines
            if frame.f_code.co_filename != optim.__file__:
                return None
            if event == "line":
                lines += 1
                if lines == stop_at:  # noqa: B023 -- called only in this turn of the loop
                    raise KeyboardInterrupt
            return trace

        sys.settrace(trace)
        try:
            nn.SGD(lr=1.0, momentum=0.9).step(parameters)
        except KeyboardInterrupt:
            outcomes.append([p.data for p in parameters])
        else:
            break
        finally:
            sys.settrace(before)
    new = [x - 1.0 for x in START]
    assert all(outcome in (START, new) for outcome in outcomes)
    assert START in outcomes
    assert new in outcomes


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"lr": -0.1}, ArgumentError, r"SGD lr expects a finite number of at least 0, got -0\.1"),
        ({"lr": float("nan")}, ArgumentError, "SGD lr expects a finite number .*, got nan"),
        ({"lr": float("inf")}, ArgumentError, "SGD lr expects a finite number .*, got inf"),
        ({"lr": "0.1"}, InputError, r"SGD lr expects a number, got the text '0\.1'"),
        ({"momentum": -1}, ArgumentError, "SGD momentum expects .* at least 0, got -1"),
        ({"weight_decay": -1}, ArgumentError, "SGD weight_decay expects .* at least 0, got -1"),
        ({"nesterov": True}, ArgumentError,
         r"SGD nesterov expects a momentum above 0, got 0; try momentum=0\.9"),
    ],
)  # fmt: skip
def test_sgd_refuses_settings(
    settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        nn.SGD(**settings)


def test_an_optimiser_with_momentum_belongs_to_one_model() -> None:
    sgd = nn.SGD(lr=0.1, momentum=0.9)
    sgd.step([Value(1.0), Value(2.0)])
    message = "SGD has moved 2 parameters so far, and now got 3; use a new optimiser for another"
    with pytest.raises(ShapeError, match=message):
        sgd.step([Value(1.0), Value(2.0), Value(3.0)])


def test_an_optimiser_without_an_update_says_so() -> None:
    class Lazy(nn.Optimizer):
        pass

    with pytest.raises(NotImplementedError, match="Lazy has no update; define it to use it"):
        Lazy().step([Value(1.0)])


def test_an_optimiser_that_returns_too_few_numbers_moves_nothing() -> None:
    class Lazy(nn.Optimizer):
        def update(self, theta, gradient):
            return theta[:1] + 1.0

    parameters = [Value(1.0), Value(2.0)]
    with pytest.raises(ShapeError, match=r"Lazy.update expects to return 2 numbers, got 1"):
        Lazy().step(parameters)
    assert [p.data for p in parameters] == [1.0, 2.0]
