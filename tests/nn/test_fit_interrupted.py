"""Ctrl-C during ``fit``: the model keeps the last whole step, and the history comes back."""

from __future__ import annotations

import itertools
import sys
from types import FrameType
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.core import modes
from nn import history
from nn.callbacks import Run
from nn.fitting import divergence, eager, stepping, train, training
from nn.optim import adaptive, base, built_in

X = np.array([[0.1, 0.9], [0.8, -0.2], [-0.5, 0.4]])
Y = np.array([1, -1, 1])
EPOCHS = 3


class Interrupting:
    """A function that is interrupted by Ctrl-C the n-th time it is called."""

    def __init__(self, function: Any, at: int) -> None:
        self.function, self.at, self.calls = function, at, 0

    def __call__(self, *args: Any) -> Any:
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt
        return self.function(*args)


class Diary(nn.Callback):
    """Writes down the parameters after every step."""

    def __init__(self) -> None:
        self.states: list[list[float]] = []

    def on_step(self, run: Run) -> None:
        self.states.append(numbers(run.model))


def adam() -> nn.Adam:
    return nn.Adam(lr=nn.optim.Cosine(0.1, epochs=4), clip_norm=1.0)


def fresh() -> nn.MLP:
    return nn.MLP(2, [3, 1], "tanh", seed=0)


def numbers(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


def fit(model: nn.Module, **settings: Any) -> nn.History:
    chosen: dict[str, Any] = {
        "loss": nn.hinge_loss, "optimizer": nn.SGD(lr=0.1, momentum=0.5), "epochs": EPOCHS,
        "batch_size": 2, "seed": 0, "verbose": 0, "validation": (X, Y), "metrics": ["accuracy"],
    } | settings  # fmt: skip
    return nn.fit(model, X, Y, **chosen)


def whole_steps(*, compiled: bool = False, **settings: Any) -> list[list[float]]:
    """The parameters before training and after each of its steps."""
    model, diary = fresh(), Diary()
    start = numbers(model)
    fit(model, callbacks=diary, compile=compiled, **settings)
    assert len(diary.states) == EPOCHS * 2
    return [start, *diary.states]


def calls_of_a_loss() -> int:
    counting = Interrupting(nn.hinge_loss, at=0)
    fit(fresh(), loss=counting, compile=False)
    return counting.calls


def test_ctrl_c_in_the_loss_returns_what_was_reached(capsys: pytest.CaptureFixture[str]) -> None:
    reference = fit(fresh(), compile=False)
    states, lengths, reached = whole_steps(), set(), set()
    for at in range(1, calls_of_a_loss() + 1):
        model = fresh()
        found = fit(model, loss=Interrupting(nn.hinge_loss, at), compile=False)
        assert found.interrupted
        assert numbers(model) in states
        reached.add(states.index(numbers(model)))
        lengths.add(len(found))
        for name, column in found.columns.items():
            assert column == reference[name][: len(found)]
    assert reached == set(range(len(states)))
    assert lengths == {0, 1, 2}
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_ctrl_c_in_a_metric_returns_what_was_reached(at: int, compiled: bool) -> None:
    model, accuracy = fresh(), Interrupting(nn.accuracy, at)
    found = fit(model, metrics=[accuracy], compile=compiled)
    # a metric is called twice an epoch: on what was trained on, and on the validation
    epochs_begun = (at + 1) // 2
    assert found.interrupted
    assert len(found) == epochs_begun - 1
    assert numbers(model) == whole_steps(compiled=compiled)[2 * epochs_begun]


def test_ctrl_c_is_told_on_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    loss = Interrupting(nn.hinge_loss, calls_of_a_loss())
    fit(fresh(), loss=loss, verbose=1, compile=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "interrupted: the model keeps the weights of the last whole step"
    assert len(lines) == EPOCHS


def test_training_goes_on_after_ctrl_c() -> None:
    model = fresh()
    fit(model, loss=Interrupting(nn.hinge_loss, 9), compile=False)
    found = fit(model, epochs=20)
    assert not found.interrupted
    assert found["loss"][-1] < found["loss"][0]
    assert model([0.0, 0.0]).parents  # recording is on again


WATCHED = [
    module.__file__
    for module in (train, training, history, stepping, eager, divergence, base, built_in, adaptive)
]


def fit_interrupted_at(
    model: nn.Module, optimizer: nn.Optimizer, line: int, compiled: bool
) -> nn.History | None:
    """Fit for two epochs with Ctrl-C at the n-th line of those modules that is run."""
    before, lines = sys.gettrace(), 0

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal lines
        if frame.f_code.co_filename not in WATCHED:
            return None
        if event == "line":
            lines += 1
            if lines == line:
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        return fit(model, epochs=2, optimizer=optimizer, compile=compiled)
    except KeyboardInterrupt:
        return None
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("compiled", [False, True])
def test_ctrl_c_at_any_line_leaves_a_whole_step_and_columns_of_one_length(compiled: bool) -> None:
    states = whole_steps(compiled=compiled, optimizer=adam())
    reached, escaped = set(), set()
    for line in itertools.count(1):
        model, optimizer = fresh(), adam()
        found = fit_interrupted_at(model, optimizer, line, compiled)
        # a block that Ctrl-C kept from being left (bugs.python.org/issue29988) is left all the same
        assert (modes.n_open, modes.current().recording, modes.current().blocks) == (0, True, ())
        assert numbers(model) in states
        state = states.index(numbers(model))
        assert optimizer.steps == state  # it has not moved on alone
        if found is None:
            escaped.add(state)
        elif found.interrupted:
            assert len({len(column) for column in found.columns.values()}) <= 1
            reached.add((len(found), state))
        else:
            break
    # while it checks what it was given, and when all is done, it is an interrupt like any other
    assert escaped == {0, 4}
    assert {(0, 0), (0, 1), (0, 2), (1, 2), (1, 3), (1, 4), (2, 4)} == reached
    assert (Value(2.0) * 3.0).parents
