"""``fit`` again: it goes on where it stopped, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError, InputError
from nn.callbacks import Run

X, Y = nn.data.moons(30, noise=0.2, seed=0)
PAIR = (X[:9], Y[:9])


def fit(model: nn.Module, optimizer: nn.Optimizer, X: Any = X, **settings: Any) -> nn.History:
    chosen: dict[str, Any] = {
        "loss": "binary_cross_entropy_with_logits", "epochs": 3, "batch_size": 7, "verbose": 0,
    } | settings  # fmt: skip
    return nn.fit(model, X, Y[: len(X)], optimizer=optimizer, **chosen)


def fresh() -> nn.MLP:
    return nn.MLP(2, [4, 1], "tanh", seed=0)


def numbers(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


OPTIMISERS: list[Any] = [
    lambda: nn.SGD(lr=0.1, momentum=0.9, nesterov=True),
    lambda: nn.Adam(lr=nn.optim.Cosine(0.1, epochs=6)),
    lambda: nn.RMSprop(lr=0.01),
]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("optimizer", OPTIMISERS)
@pytest.mark.parametrize("validation", [None, 0.2, PAIR])
def test_two_and_four_epochs_give_the_bits_of_six(
    validation: Any, optimizer: Any, compiled: bool
) -> None:
    settings = {"validation": validation, "metrics": "accuracy", "compile": compiled}
    whole, parts = fresh(), fresh()
    one, other = optimizer(), optimizer()
    expected = fit(whole, one, epochs=6, seed=1, **settings)
    history = fit(parts, other, epochs=2, seed=1, **settings)
    assert len(history) == 2
    assert fit(parts, other, epochs=4, history=history, **settings) is history
    assert numbers(parts) == numbers(whole)
    assert history.columns == expected.columns
    assert len(history.epoch_seconds) == 6
    assert (
        (one.epoch, one.steps)
        == (other.epoch, other.steps)
        == (6.0, 30 if not validation or validation is PAIR else 24)
    )


def test_without_the_history_the_optimiser_goes_on_and_the_history_begins_anew() -> None:
    model, optimizer = fresh(), nn.Adam(lr=lambda epoch: 0.1 / (1.0 + epoch))
    first = fit(model, optimizer, epochs=2, batch_size=None, seed=0)
    second = fit(model, optimizer, epochs=2, batch_size=None, seed=0)
    assert second is not first
    assert len(first) == len(second) == 2
    assert optimizer.steps == 4
    assert first["lr"] + second["lr"] == [0.1, 0.05, 0.1 / 3.0, 0.025]


def test_the_optimiser_knows_the_epoch_before_every_step() -> None:
    asked: list[float] = []

    class Asking(nn.SGD):
        def update(self, theta: Any, gradient: Any) -> Any:
            asked.append(self.epoch)
            return super().update(theta, gradient)

    optimizer = Asking(lr=0.1)
    fit(fresh(), optimizer, epochs=2, batch_size=15)
    fit(fresh(), optimizer, epochs=1, batch_size=10)
    assert asked == [0.0, 0.5, 1.0, 1.5, 2.0, 2.0 + 1.0 / 3.0, 2.0 + 2.0 / 3.0]
    assert optimizer.epoch == 3.0


def test_callbacks_and_the_display_count_on(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[Any] = []

    class Noting(nn.Callback):
        def on_start(self, run: Run) -> None:
            seen.append(("start", run.epoch, run.step, run.epochs, len(run.history)))

        def on_epoch(self, run: Run) -> None:
            seen.append((run.epoch, run.step))

    model, optimizer, flow = fresh(), nn.SGD(lr=0.1), nn.GradientFlow()
    history = fit(model, optimizer, epochs=2, callbacks=[Noting(), flow])
    fit(model, optimizer, epochs=2, callbacks=[Noting(), flow], history=history, verbose=1)
    assert seen == [
        ("start", 0, 0, 2, 0),
        (1, 5),
        (2, 10),
        ("start", 2, 10, 4, 2),
        (3, 15),
        (4, 20),
    ]
    assert flow.epochs == [0, 1, 2, 3, 4]
    assert flow.steps == list(range(1, 21))
    heads = [line.split()[1] for line in capsys.readouterr().out.splitlines()]
    assert heads == ["3/4", "4/4"]
    other = nn.GradientFlow()
    fit(model, optimizer, epochs=1, callbacks=other, history=history)
    assert (other.epochs, other.steps) == ([0, 1], [1, 2, 3, 4, 5])


class Ending(nn.Callback):
    """Ends the training after a step, by Ctrl-C or by a word."""

    def __init__(self, step: int, how: str) -> None:
        self.step, self.how = step, how

    def on_step(self, run: Run) -> None:
        if run.step == self.step and self.how == "interrupted":
            raise KeyboardInterrupt
        if run.step == self.step:
            run.stop("enough")


@pytest.mark.parametrize("how", ["interrupted", "stopped"])
@pytest.mark.parametrize("step", [1, 6, 8])
def test_an_epoch_that_was_cut_short_goes_on_with_its_next_step(step: int, how: str) -> None:
    settings = {"validation": 0.2, "metrics": "accuracy"}
    whole, model = fresh(), fresh()
    one, optimizer = (nn.Adam(lr=nn.optim.Cosine(0.1, epochs=4)) for _ in range(2))
    expected = fit(whole, one, epochs=4, seed=0, **settings)
    cut = Ending(step, how)
    history = fit(model, optimizer, epochs=4, seed=0, callbacks=cut, **settings)
    done = (step - 1) // 4
    assert (len(history), history.interrupted, optimizer.epoch) == (done, how[0] == "i", done)
    assert optimizer.steps == step
    fit(model, optimizer, epochs=4 - done, history=history, **settings)
    assert (len(history), history.interrupted, optimizer.epoch) == (4, False, 4.0)
    assert optimizer.steps == 4 * 4
    assert history.columns == expected.columns
    assert numbers(model) == numbers(whole)


def test_an_epoch_that_was_cut_short_is_begun_anew_in_batches_of_another_size() -> None:
    model, optimizer = fresh(), nn.Adam()
    history = fit(model, optimizer, seed=0, callbacks=Ending(7, "interrupted"))
    assert (len(history), optimizer.steps) == (1, 7)
    fit(model, optimizer, epochs=1, batch_size=15, history=history)
    assert (len(history), optimizer.steps) == (2, 7 + 2)


def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been() -> None:
    def stop(run: Run) -> None:
        run.stop("enough")

    whole, parts = fresh(), fresh()
    one, other = nn.Adam(), nn.Adam()
    fit(whole, one, epochs=3, seed=4)
    history = fit(parts, other, epochs=3, seed=4, callbacks=stop)
    assert (len(history), history.stopped) == (1, "enough")
    fit(parts, other, epochs=2, history=history)
    assert history.stopped == ""
    assert numbers(parts) == numbers(whole)


def test_a_history_of_no_training_is_filled_from_its_first_epoch_on() -> None:
    history = nn.History()
    assert fit(fresh(), nn.SGD(lr=0.1), history=history, seed=0) is history
    assert history.columns == fit(fresh(), nn.SGD(lr=0.1), seed=0).columns


def test_the_seed_that_it_began_with_may_be_given_again() -> None:
    for seed in (5, np.random.default_rng(5)):
        history = fit(fresh(), nn.SGD(lr=0.1), seed=seed)
        fit(fresh(), nn.SGD(lr=0.1), seed=seed, history=history)
        assert len(history) == 6


@pytest.mark.parametrize(
    ("began", "given", "error", "message"),
    [
        ({"seed": 1}, {"seed": 2}, ArgumentError,
         "^fit expects no seed with history, or the one it began with, 1, got 2; leave it out: th"),
        ({}, {"seed": 2}, ArgumentError, "the one it began with, None, got 2; leave it out"),
        ({"validation": 0.2}, {"validation": 0.3}, ArgumentError,
         "^fit expects validation=0.2, as the history began, got 0.3; held out are the same rows"),
        ({"validation": 0.2}, {"validation": PAIR}, ArgumentError,
         "^fit expects validation=0.2, as the history began, got no fraction; held out"),
        ({}, {"validation": 0.2}, ArgumentError, "^fit expects validation=None, as the history"),
        ({"validation": 0.2}, {"validation": 0.2, "X": X[:20]}, ArgumentError,
         "^fit expects the 30 rows that the history began with, of which it holds out .*, got 20"),
        ({}, {"metrics": "accuracy"}, ArgumentError,
         r"^fit expects a history with the columns that this training has \(loss, accuracy, lr\), "
         "got one with loss, lr; pass the same metrics and validation again, or leave history out"),
        ({}, {"validation": PAIR}, ArgumentError, "got one with loss, lr; pass the same metrics"),
        ({}, {"history": {"loss": [1.0]}}, InputError,
         r"^fit expects history to be the nn.History of an earlier fit, .*, got \{'loss'.*; leave"),
    ],
)  # fmt: skip
def test_what_cannot_go_on_is_refused_with_model_and_history_as_they_were(
    began: dict[str, Any], given: dict[str, Any], error: type[Exception], message: str
) -> None:
    model, optimizer = fresh(), nn.Adam()
    history = fit(model, optimizer, **began)
    before = numbers(model), {name: list(column) for name, column in history.items()}
    with pytest.raises(error, match=message):
        fit(model, optimizer, **({"history": history} | given))
    assert (numbers(model), history.columns) == before
