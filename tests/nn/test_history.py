"""``History``: columns as data, what was best, what it shows, and its picture."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError

nan = float("nan")
X, Y = nn.data.moons(20, noise=0.1, seed=0)


def fit(**settings: Any) -> nn.History:
    chosen: dict[str, Any] = {
        "loss": "binary_cross_entropy_with_logits", "optimizer": nn.SGD(lr=0.1), "epochs": 3,
        "batch_size": 6, "seed": 0, "verbose": 0,
    } | settings  # fmt: skip
    return nn.fit(nn.MLP(2, [3, 1], "tanh", seed=0), X, Y, **chosen)


def test_a_history_shows_its_last_row_and_names_its_columns() -> None:
    history = nn.History({"loss": [2.0, 0.12345], "accuracy": [0.5, 1.0]})
    assert repr(history) == "History(2 epochs, loss=0.1235, accuracy=1)"
    history.interrupted = True
    assert repr(history) == "History(2 epochs, loss=0.1235, accuracy=1, interrupted)"
    assert repr(nn.History()) == "History(0 epochs)"
    history = nn.History({"loss": [2.0], "confusion_matrix": [np.eye(2)]}, stopped="enough")
    assert repr(history) == "History(1 epoch, loss=2, stopped: enough)"
    with pytest.raises(KeyError, match="History has no column 'acc'; it has: loss, confusion_ma"):
        history["acc"]
    with pytest.raises(KeyError, match="it has: none yet"):
        nn.History()["loss"]


def test_a_history_is_a_mapping_of_its_columns() -> None:
    history = nn.History({"loss": [2.0, 1.0], "accuracy": [0.5, 0.75]})
    assert "loss" in history
    assert list(history) == ["loss", "accuracy"]
    assert dict(history) == dict(history.items()) == history.columns
    assert len(history) == 2


def test_to_dict_is_plain_data_of_columns_of_one_length() -> None:
    history = fit(metrics=["accuracy", "confusion_matrix"], validation=0.3)
    table = history.to_dict()
    assert list(table) == [
        "epoch", "loss", "accuracy", "confusion_matrix", "validation_loss", "validation_accuracy",
        "validation_confusion_matrix", "lr", "seconds",
    ]  # fmt: skip
    assert table["epoch"] == [1, 2, 3]
    assert {len(column) for column in table.values()} == {3}
    assert json.loads(json.dumps(table)) == table
    assert np.shape(table["confusion_matrix"]) == (3, 2, 2)
    assert 0.0 < sum(table["seconds"]) <= history.seconds
    table["loss"].append(0.0)
    table["seconds"].append(0.0)
    assert len(history["loss"]) == len(history.epoch_seconds) == 3


def test_pandas_makes_a_table_of_it() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(fit(metrics="accuracy").to_dict()).set_index("epoch")
    assert list(table.columns) == ["loss", "accuracy", "lr", "seconds"]
    assert table["lr"].tolist() == [0.1, 0.1, 0.1]


def test_lr_is_the_rate_of_the_epochs_last_step() -> None:
    # 20 rows in steps of 6 are 4 steps, the last at an epoch of 0.75, 1.75, 2.75
    history = fit(optimizer=nn.SGD(lr=lambda epoch: 1.0 / (1.0 + epoch)))
    assert history["lr"] == [1.0 / 1.75, 1.0 / 2.75, 1.0 / 3.75]


def test_an_optimiser_without_a_rate_leaves_that_column_out() -> None:
    class Still(nn.Optimizer):
        def update(self, theta: Any, gradient: Any) -> Any:
            return theta

    assert list(fit(optimizer=Still())) == ["loss"]


@pytest.mark.parametrize(
    ("column", "mode", "epoch"),
    [
        ("loss", "auto", 2), ("loss", "max", 3), ("accuracy", "auto", 2), ("accuracy", "min", 1),
        ("validation_loss", "auto", 3), ("f1", "max", 1), ("f1", "min", 1),
    ],
)  # fmt: skip
def test_best_is_the_first_epoch_with_the_best_figure(column: str, mode: str, epoch: int) -> None:
    history = nn.History(
        {"loss": [2.0, 1.0, 3.0], "accuracy": [0.5, 0.75, 0.75], "validation_loss": [nan, 2.0, 1.0],
         "f1": [0.5, 0.5, nan]}
    )  # fmt: skip
    assert history.best(column, mode) == epoch


@pytest.mark.parametrize(
    ("column", "mode", "error", "message"),
    [
        ("f1", "auto", ArgumentError,
         "^History.best expects to know whether less or more of 'f1' is better, got mode='auto', "
         "which knows losses and accuracies; pass mode='min' or mode='max'$"),
        ("loss", "least", ArgumentError, "expects mode to be 'auto', 'min' or 'max', got 'least'"),
        ("loss", "auto", ArgumentError, "expects a column of numbers, got 'loss' with 1 epoch an"),
        ("confusion_matrix", "max", ArgumentError, "a column of numbers, got 'confusion_matrix'"),
        ("validation_loss", "auto", KeyError, "History has no column 'validation_loss'; it has"),
    ],
)  # fmt: skip
def test_best_of_what_has_no_best_is_an_error(
    column: str, mode: str, error: type[Exception], message: str
) -> None:
    history = nn.History({"loss": [nan], "f1": [0.5], "confusion_matrix": [np.eye(2)]})
    with pytest.raises(error, match=message):
        history.best(column, mode)


def test_plot_draws_the_learning_curves_on_the_axes_given(plt: Any) -> None:
    history = fit(metrics="confusion_matrix", validation=0.3)
    ax = plt.figure().subplots()
    assert history.plot(ax=ax) is ax
    assert ax.get_xlabel() == "epoch"
    assert len(ax.lines) >= 2
