"""``EarlyStopping``: when it stops, and whose weights the model has in the end."""

from __future__ import annotations

from typing import Any

import pytest

import nn
from autograd import Value
from autograd.errors import ArgumentError, InputError
from nn.callbacks import Run

nan, inf = float("nan"), float("inf")


class Counter(nn.Module):
    """Its one parameter is the number of epochs that it was trained for."""

    def __init__(self) -> None:
        self.w = Value(0.0)

    def __call__(self, x: Any) -> Any:
        return self.w * x[0]


class Climb(nn.Optimizer):
    def update(self, theta: Any, gradient: Any) -> Any:
        return theta + 1.0


def follow(
    figures: list[float], *, epochs: int | None = None, history: Any = None, **settings: Any
) -> tuple[nn.EarlyStopping, nn.History, float]:
    """Train with these figures of a metric, an epoch each; the stopping, history and parameter."""
    left, model = iter(figures), settings.pop("model", None) or Counter()
    stopping = settings.pop("stopping", None) or nn.EarlyStopping(**{"monitor": "score"} | settings)

    def score(outputs: Any, y: Any) -> float:
        return next(left)

    def watched(run: Run) -> None:
        run.model.w.grad = 0.0  # type: ignore[attr-defined]

    history = nn.fit(
        model, [[1.0]], [1.0], loss="mse_loss", optimizer=Climb(), metrics=score, verbose=0,
        epochs=epochs or len(figures), callbacks=[stopping, watched], history=history,
    )  # fmt: skip
    return stopping, history, model.w.data


@pytest.mark.parametrize(
    ("figures", "settings", "epochs", "best"),
    [
        ([5, 4, 3, 4, 5, 6, 1], {"mode": "min", "patience": 2}, 5, 3),
        ([5, 4, 3, 4, 5, 6, 1], {"mode": "min", "patience": 3}, 6, 3),
        ([5, 4, 3, 4, 5, 6, 1], {"mode": "min", "patience": 4}, 7, 7),
        ([1, 2, 3, 3, 3, 9], {"mode": "max", "patience": 2}, 5, 3),
        ([5, 4.9, 4.8, 4.7, 1], {"mode": "min", "patience": 3, "min_delta": 0.5}, 4, 1),
        ([5, 4.9, 4.4, 4.3, 4.2], {"mode": "min", "patience": 2, "min_delta": 0.5}, 5, 3),
        ([nan, 4, nan, 3, nan, nan, 1], {"mode": "min", "patience": 2}, 6, 4),
        ([inf, 4, -inf, nan, nan, 0], {"mode": "min", "patience": 2}, 5, 3),
        ([3, 3, 3, 3], {"mode": "min", "patience": 1}, 2, 1),
        ([3, 2, 1], {"mode": "min", "patience": 1}, 3, 3),
    ],
)
def test_it_stops_after_patience_epochs_without_progress_and_gives_the_best_weights_back(
    figures: list[float], settings: dict[str, Any], epochs: int, best: int
) -> None:
    stopping, history, parameter = follow(figures, **settings)
    assert len(history) == epochs
    assert (stopping.best, stopping.best_epoch) == (figures[best - 1], best)
    assert parameter == best
    assert history.best_epoch == best
    assert bool(history.stopped) == (epochs - best >= settings["patience"])


def test_why_it_stopped_is_in_words() -> None:
    _, history, _ = follow([3, 4, 5], mode="min", patience=2)
    assert history.stopped == "score has not improved on 3 (epoch 1) for 2 epochs"
    _, history, parameter = follow([nan, nan, 5], mode="min", patience=2)
    assert history.stopped == "score was never a number for 2 epochs"
    assert (parameter, history.best_epoch) == (2.0, None)


def test_without_restore_best_the_model_keeps_the_last_weights() -> None:
    stopping, history, parameter = follow([3, 4, 5], mode="min", patience=2, restore_best=False)
    assert (stopping.best_epoch, parameter, history.best_epoch) == (1, 3.0, None)


def test_the_best_weights_come_back_when_the_training_ends_by_itself() -> None:
    _, history, parameter = follow([3, 1, 2, 2], mode="min", patience=10)
    assert (parameter, history.stopped, history.best_epoch) == (2.0, "", 2)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("end", ["interrupt", "stop"])
def test_the_best_weights_come_back_however_the_training_ends(end: str, compiled: bool) -> None:
    class Ending(nn.Callback):
        def on_step(self, run: Run) -> None:
            seen.append([p.data for p in run.model.parameters()])
            if run.step == 11 and end == "interrupt":
                raise KeyboardInterrupt
            if run.step == 11:
                run.stop("enough")

    seen: list[list[float]] = []
    X, y = nn.data.moons(20, noise=0.1, seed=0)
    model, stopping = nn.MLP(2, [4, 1], "tanh", seed=0), nn.EarlyStopping(monitor="loss")
    history = nn.fit(
        model, X, y, loss="binary_cross_entropy_with_logits", optimizer=nn.Adam(0.01), epochs=9,
        batch_size=5, callbacks=[stopping, Ending()], seed=0, verbose=0, compile=compiled,
    )  # fmt: skip
    assert (len(history), history.best_epoch, stopping.best) == (2, 2, history["loss"][1])
    assert [p.data for p in model.parameters()] == seen[7]
    assert history.interrupted == (end == "interrupt")


def test_a_loss_that_diverges_leaves_the_best_weights() -> None:
    X, y = nn.data.moons(20, noise=0.1, seed=0)
    model, stopping, states = nn.MLP(2, [4, 1], seed=0), nn.EarlyStopping(monitor="loss"), []

    def explode(run: Run) -> None:
        states.append([p.data for p in run.model.parameters()])
        if run.epoch == 2:
            run.optimizer.lr = 1e200

    with pytest.warns(nn.DivergenceWarning):
        history = nn.fit(
            model, X, y, loss="mse_loss", optimizer=nn.SGD(0.01), epochs=9, batch_size=5, seed=0,
            callbacks=[stopping, explode], verbose=0,
        )  # fmt: skip
    assert history.best_epoch == 2
    assert [p.data for p in model.parameters()] == states[1]


def test_used_again_it_begins_anew() -> None:
    stopping, _, _ = follow([3, 4, 5], mode="min", patience=2)
    _, history, parameter = follow([8, 9, 10], stopping=stopping)
    assert (len(history), stopping.best, parameter) == (3, 8, 1.0)


def test_a_history_that_is_continued_goes_on_with_what_was_best() -> None:
    model = Counter()
    stopping, history, _ = follow([3, 4, 5], mode="min", patience=5, model=model)
    model.w.data = 3.0
    follow([6, 7, 8, 1], stopping=stopping, model=model, history=history)
    assert (len(history), stopping.best, stopping.best_epoch) == (6, 3, 1)
    assert model.w.data == 1.0
    # and once it has stopped, whoever goes on has as much patience again
    follow([6, 7, 8, 2], stopping=stopping, model=model, history=history)
    assert (len(history), stopping.best_epoch) == (10, 10)


def test_it_tells_what_it_watches() -> None:
    assert repr(nn.EarlyStopping()) == "EarlyStopping('validation_loss', patience=10)"
    stopping, _, _ = follow([3, 4, 5], mode="min", patience=2)
    assert repr(stopping) == "EarlyStopping('score', patience=2, best 3 in epoch 1)"


def test_which_weights_were_restored_is_told_on_the_last_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    X, y = nn.data.moons(20, noise=0.1, seed=0)
    nn.fit(
        nn.MLP(2, [1], seed=0), X, y, loss="binary_cross_entropy_with_logits",
        optimizer=nn.SGD(lr=lambda epoch: 0.1 if epoch < 2 else 30.0), epochs=9, validation=(X, y),
        callbacks=nn.EarlyStopping(patience=1), seed=0,
    )  # fmt: skip
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "stopped: validation_loss has not improved on 0.6383 (epoch 2) for 1 epoch",
        "restored: the weights of epoch 2, the best",
    ]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"patience": 0}, ArgumentError, "^EarlyStopping expects patience to be a whole .*, got 0"),
        ({"patience": 1.5}, ArgumentError, "^EarlyStopping expects patience to be .*, got 1.5"),
        ({"min_delta": -1}, ArgumentError, "^EarlyStopping expects a min_delta of at least 0, got"),
        ({"min_delta": nan}, ArgumentError, "^EarlyStopping expects a min_delta .*, got nan"),
        ({"min_delta": "x"}, InputError, "^EarlyStopping min_delta expects a number, got"),
        ({"mode": "least"}, ArgumentError, "^EarlyStopping expects mode to be 'auto', 'min' or"),
        ({"monitor": "f1"}, ArgumentError, "^EarlyStopping expects to know whether less or more"),
    ],
)
def test_wrong_settings_are_refused(
    settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        nn.EarlyStopping(**settings)


@pytest.mark.parametrize(
    ("settings", "validation", "message"),
    [
        ({}, None, "^EarlyStopping expects a history with 'validation_loss', got one with loss, "
         r"accuracy, confusion_matrix; pass fit validation=0.2 or validation=\(X_test, y_test\),"),
        ({"monitor": "val_loss"}, 0.3, "^EarlyStopping expects a history with 'val_loss', got one "
         "with loss, accuracy, confusion_matrix, validation_loss, .*; watch one of these, or pass"),
        ({"monitor": "validation_f1", "mode": "max"}, 0.3, "'validation_f1', .*; watch one of the"),
    ],
)  # fmt: skip
def test_a_column_that_there_will_not_be_is_an_error_at_the_start(
    settings: dict[str, Any], validation: Any, message: str
) -> None:
    model = nn.MLP(2, [1], seed=0)
    before = [p.data for p in model.parameters()]
    with pytest.raises(ArgumentError, match=message):
        train(model, nn.EarlyStopping(**settings), validation)
    assert [p.data for p in model.parameters()] == before


def test_a_column_of_matrices_cannot_be_watched() -> None:
    stopping = nn.EarlyStopping(monitor="confusion_matrix", mode="max")
    message = r"^EarlyStopping expects 'confusion_matrix' to hold a number per epoch, got an array"
    with pytest.raises(ArgumentError, match=message):
        train(nn.MLP(2, [1], seed=0), stopping, None)


def train(model: nn.MLP, stopping: nn.EarlyStopping, validation: Any) -> None:
    X, y = nn.data.moons(20, noise=0.1, seed=0)
    nn.fit(
        model, X, y, loss="mse_loss", optimizer=nn.SGD(0.1), epochs=3, callbacks=stopping,
        metrics=["accuracy", "confusion_matrix"], validation=validation, verbose=0,
    )  # fmt: skip
