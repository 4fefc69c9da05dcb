"""Callbacks: when ``fit`` calls them, what they see, and how they end a training."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn.callbacks import Run

X, Y = nn.data.moons(10, noise=0.1, seed=0)
SIGNS = 2 * Y - 1


class Diary(nn.Callback):
    """Writes down every call; ``act`` may do something in one of them."""

    def __init__(self, act: Any = None) -> None:
        self.calls: list[tuple[str, int, int]] = []
        self.act = act or (lambda when, run: None)

    def note(self, when: str, run: Run) -> None:
        self.calls.append((when, run.epoch, run.step))
        self.act(when, run)

    def on_start(self, run: Run) -> None:
        self.note("start", run)

    def on_step(self, run: Run) -> None:
        self.note("step", run)

    def on_epoch(self, run: Run) -> None:
        self.note("epoch", run)

    def on_end(self, run: Run) -> None:
        self.note("end", run)


WHOLE = [
    ("start", 0, 0),
    ("step", 1, 1), ("step", 1, 2), ("step", 1, 3), ("epoch", 1, 3),
    ("step", 2, 4), ("step", 2, 5), ("step", 2, 6), ("epoch", 2, 6),
    ("end", 2, 6),
]  # fmt: skip


def fresh() -> nn.MLP:
    return nn.MLP(2, [4, 1], "tanh", seed=3)


def numbers(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


def fit(model: nn.Module, **settings: Any) -> nn.History:
    chosen: dict[str, Any] = {
        "loss": "hinge_loss", "optimizer": nn.SGD(lr=0.1, momentum=0.5), "epochs": 2,
        "batch_size": 4, "seed": 0, "verbose": 0,
    } | settings  # fmt: skip
    return nn.fit(model, X, SIGNS, **chosen)


def states() -> list[list[float]]:
    """The parameters before the training and after each of its steps."""
    found: list[list[float]] = []

    def keep(when: str, run: Run) -> None:
        if when in ("start", "step"):
            found.append(numbers(run.model))

    fit(fresh(), callbacks=[Diary(keep)])
    return found


# --- when they are called, and what they see ------------------------------------------------------


def test_callbacks_hear_of_the_start_every_step_every_epoch_and_the_end() -> None:
    diary = Diary()
    fit(fresh(), callbacks=[diary])
    assert diary.calls == WHOLE


def test_each_method_of_a_callback_is_optional() -> None:
    with_callback, without = fresh(), fresh()
    fit(with_callback, callbacks=[nn.Callback()])
    fit(without)
    assert numbers(with_callback) == numbers(without)


def test_a_plain_function_is_called_after_every_epoch() -> None:
    seen: list[Any] = []
    fit(fresh(), callbacks=[lambda run: seen.append((run.epoch, run.step))])
    assert seen == [(1, 3), (2, 6)]


@pytest.mark.parametrize("wrap", [lambda c: c, lambda c: [c], lambda c: (c,), lambda c: iter([c])])
def test_a_single_callback_may_come_without_a_list(wrap: Any) -> None:
    diary, epochs = Diary(), []
    fit(fresh(), callbacks=wrap(diary))
    fit(fresh(), callbacks=wrap(lambda run: epochs.append(run.epoch)))
    assert diary.calls == WHOLE
    assert epochs == [1, 2]


def test_callbacks_are_called_in_the_order_they_are_given() -> None:
    order: list[str] = []
    first, second = (Diary(lambda when, run, n=n: order.append(n + when)) for n in "12")
    fit(fresh(), callbacks=[first, second], epochs=1, batch_size=None)
    assert order == [n + when for when in ("start", "step", "epoch", "end") for n in "12"]


def test_a_run_shows_what_is_trained_by_what_on_what() -> None:
    model, optimizer, runs = fresh(), nn.SGD(lr=0.1), []
    history = fit(model, optimizer=optimizer, callbacks=[runs.append])
    run = runs[0]
    assert runs == [run, run]
    assert run.model is model
    assert run.optimizer is optimizer
    assert run.history is history
    assert run.epochs == 2
    assert list(run.rows) == X.tolist()
    assert run.rows[1:3] == X[1:3].tolist()
    assert repr(run.rows) == "Rows(10 of 2 numbers)"
    assert np.array_equal(run.X, X)
    assert run.X.dtype == np.float64
    assert np.array_equal(run.y, SIGNS)
    assert re.fullmatch(
        r"Run\(MLP\(.*\), SGD\(.*\), 10 rows, epoch 2/2, step 6, loss=\d\.\d+\)", repr(run)
    )


def test_after_a_step_parameters_hold_its_gradient_and_what_the_optimiser_made_of_it() -> None:
    before, steps = fresh(), []

    def look(when: str, run: Run) -> None:
        if when == "step":
            steps.append(([p.grad for p in run.model.parameters()], numbers(run.model)))

    fit(fresh(), callbacks=[Diary(look)], shuffle=False, optimizer=nn.SGD(lr=0.1), epochs=1)
    assert len(steps) == 3
    for rows, (gradient, data) in zip(([0, 1, 2, 3], [4, 5, 6, 7], [8, 9]), steps, strict=True):
        before.zero_grad()
        autograd.mean([nn.hinge_loss(before(X[i]), SIGNS[i]) for i in rows]).backward()
        expected = [p.grad for p in before.parameters()]
        assert gradient == pytest.approx(expected, rel=1e-12, abs=1e-15)
        for p, g in zip(before.parameters(), expected, strict=True):
            p.data -= 0.1 * g
        assert data == pytest.approx(numbers(before), rel=1e-12)


def test_the_loss_is_that_of_the_step_and_after_an_epoch_that_of_the_history() -> None:
    seen: list[tuple[str, float, int]] = []
    diary = Diary(lambda when, run: seen.append((when, run.loss, len(run.history))))
    history = fit(fresh(), callbacks=[diary])
    losses = {when: [loss for w, loss, _ in seen if w == when] for when, _, _ in seen}
    assert math.isnan(losses["start"][0])
    assert losses["epoch"] == history["loss"]
    assert losses["end"] == history["loss"][-1:]
    batches = np.array(losses["step"]).reshape(2, 3)
    assert batches @ [0.4, 0.4, 0.2] == pytest.approx(history["loss"], rel=1e-12)
    assert [n for when, _, n in seen if when == "epoch"] == [1, 2]  # the epoch's row is there


def test_a_training_with_callbacks_gives_the_bits_of_one_without() -> None:
    watched, alone = fresh(), fresh()
    histories = [fit(watched, callbacks=[Diary(), lambda run: None]), fit(alone)]
    assert numbers(watched) == numbers(alone)
    assert histories[0].columns == histories[1].columns


# --- ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", range(len(WHOLE)))
def test_ctrl_c_in_a_callback_ends_the_training_at_a_whole_step(at: int) -> None:
    def interrupt(when: str, run: Run) -> None:
        if len(diary.calls) == at + 1:
            raise KeyboardInterrupt

    model, diary, other = fresh(), Diary(interrupt), Diary()
    found = fit(model, callbacks=[diary, other])
    when, epoch, step = WHOLE[at]
    assert found.interrupted
    assert len(found) == epoch - (when == "step")
    assert numbers(model) == states()[step]
    ended = [("end", epoch, step)] if when != "end" else []
    assert diary.calls == WHOLE[: at + 1] + ended
    # the other one was told of the end if it was of the beginning, and not interrupted before
    assert other.calls == (WHOLE[:at] + ended if at else [])


def test_ctrl_c_elsewhere_is_told_to_callbacks_as_the_end() -> None:
    calls = 0

    def loss(output: Any, target: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 11:  # two on trial, four for each of two steps, and one more
            raise KeyboardInterrupt
        return nn.hinge_loss(output, target)

    diary = Diary()
    assert fit(fresh(), loss=loss, callbacks=[diary], compile=False).interrupted
    assert diary.calls == [*WHOLE[:3], ("end", 1, 2)]


def test_ctrl_c_before_the_start_is_not_told_to_callbacks() -> None:
    def loss(output: Any, target: Any) -> Any:
        raise KeyboardInterrupt

    diary = Diary()
    assert fit(fresh(), loss=loss, callbacks=[diary]).interrupted
    assert diary.calls == []


@pytest.mark.parametrize("at", range(len(WHOLE)))
def test_any_other_exception_of_a_callback_goes_on_to_the_caller(at: int) -> None:
    def fail(when: str, run: Run) -> None:
        if len(diary.calls) == at + 1:
            raise LookupError("mine")

    diary = Diary(fail)
    with pytest.raises(LookupError, match="mine"):
        fit(fresh(), callbacks=[diary])
    assert diary.calls == WHOLE[: at + 1]


@pytest.mark.parametrize("at", range(len(WHOLE) - 1))
def test_stop_ends_the_training_when_the_callbacks_have_returned(at: int) -> None:
    def stop(when: str, run: Run) -> None:
        if len(diary.calls) == at + 1:
            run.stop("enough")

    model, diary, other = fresh(), Diary(stop), Diary()
    found = fit(model, callbacks=[diary, other])
    when, epoch, step = WHOLE[at]
    assert not found.interrupted
    assert len(found) == epoch - (when == "step")
    assert numbers(model) == states()[step]
    assert diary.calls == other.calls == [*WHOLE[: at + 1], ("end", epoch, step)]


@pytest.mark.parametrize(
    ("reason", "told"), [("no progress", "no progress"), ("", "a callback asked for it")]
)
def test_why_a_callback_stopped_is_told_on_the_last_line(
    capsys: pytest.CaptureFixture[str], reason: str, told: str
) -> None:
    fit(fresh(), callbacks=[lambda run: run.stop(reason)], verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [["epoch", "1/2"]]
    assert lines[-1] == f"stopped: {told}"
