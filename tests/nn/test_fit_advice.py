"""What ``fit`` warns of, and what it does not."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import nn
from autograd import ShapeError, Value
from nn.fitting.advice import has_exploded, is_saturated, schedule_is_over
from nn.optim import Cosine, Linear, StepDecay, WarmUp

X, Y = nn.data.moons(20, noise=0.1, seed=0)


def fit(optimizer: nn.Optimizer, epochs: int = 2, **named: Any) -> nn.History:
    model = nn.MLP(2, [4, 1], "tanh", seed=0)
    return nn.fit(
        model, X, Y, loss="mse_loss", optimizer=optimizer, epochs=epochs, seed=0, verbose=0, **named
    )


@pytest.mark.parametrize(
    "schedule",
    [Cosine(0.1, epochs=2), Linear(0.1, to=0.01, epochs=1.5), WarmUp(Cosine(0.1, 1), epochs=1)],
)
def test_a_schedule_that_is_over_is_told_of_and_one_that_is_not_is_not(schedule: Any) -> None:
    optimizer = nn.SGD(lr=schedule)
    fit(optimizer)  # warnings are errors here
    with pytest.warns(
        UserWarning,
        match=r"^fit trains with lr=0\S* throughout: .* has ended, since "
        r"the optimiser is at epoch 2; optimizer\.reset\(\) begins",
    ):
        fit(optimizer)
    optimizer.reset()
    fit(optimizer)


def test_a_training_in_parts_is_told_once_that_its_schedule_is_over() -> None:
    optimizer = nn.SGD(lr=Linear(0.1, to=0.01, epochs=2))
    history = fit(optimizer)
    with pytest.warns(UserWarning, match="has ended, since the optimiser is at epoch 2"):
        fit(optimizer, epochs=1, history=history)
    fit(optimizer, epochs=1, history=history)
    assert history["lr"][2:] == pytest.approx([0.01] * 2)


@pytest.mark.parametrize("rate", [0.1, StepDecay(0.1, every=1), WarmUp(0.1, epochs=1),
                                  lambda epoch: 0.1 / (1.0 + epoch)])  # fmt: skip
def test_a_rate_that_never_ends_is_not_told_of(rate: Any) -> None:
    optimizer = nn.SGD(lr=rate)
    fit(optimizer)
    assert schedule_is_over(optimizer) == ""
    fit(optimizer)


def test_a_loss_that_explodes_and_stays_finite_is_told_of() -> None:
    with pytest.warns(
        nn.DivergenceWarning,
        match=r"^the loss has grown from \S+ in the first epoch "
        r"of this training to \S+ in the last\. Try a smaller lr, clip_norm=1\.0",
    ):
        history = fit(nn.SGD(lr=100.0), epochs=3)
    assert history.stopped == ""


@pytest.mark.parametrize(
    "losses",
    [
        [],
        [5.0],
        [1e-9, 1e-3],
        [0.5, 40.0],
        [2.0, 1e9, 150.0],
        [300.0, 1.0],
        [0.0, 50.0],
        [-0.1, 2.0],
    ],
)
def test_a_loss_that_rises_within_reason_is_not_told_of(losses: list[float]) -> None:
    assert has_exploded(nn.History({"loss": losses}), 0) == ""
    assert has_exploded(nn.History({"loss": [1e9, *losses]}), 1) == ""


def test_a_loss_that_grows_a_hundredfold_is_told_of_and_restored_weights_are_not() -> None:
    history = nn.History({"loss": [900.0, 1.0, 200.0]})
    assert has_exploded(history, 1) != ""
    assert has_exploded(history, 0) == ""
    history.best_epoch = 2
    assert has_exploded(history, 1) == ""
    history.best_epoch, history.stopped = None, "enough"
    assert has_exploded(history, 1) == ""


def test_weights_that_early_stopping_gave_back_are_not_told_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stopping = nn.EarlyStopping("loss", patience=1)
        history = fit(nn.SGD(lr=100.0), epochs=5, callbacks=[stopping])
    assert history.best_epoch == 1
    assert history["loss"][-1] > 100.0 * history["loss"][0]


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_inputs_that_saturate_the_first_layer_are_told_of(activation: str) -> None:
    model = nn.MLP(2, [8, 1], activation, seed=0)
    told = r"^fit begins with a first layer that is saturated, at \d+% .* up to 2\.\d+e\+04\. Scale"
    with pytest.warns(UserWarning, match=told):
        nn.fit(model, X * 1e4, Y, loss="mse_loss", optimizer=nn.SGD(), epochs=1, verbose=0)


def test_large_inputs_of_the_wrong_width_are_a_shape_error_as_small_ones_are() -> None:
    for size in (1.0, 1e4):
        for n_columns in (3, 0):
            with pytest.raises(ShapeError, match=f"MLP expects 2 inputs, got {n_columns}"):
                nn.fit(
                    nn.MLP(2, [4, 1], "tanh", seed=0), np.full((5, n_columns), size), np.ones(5),
                    loss="mse_loss", optimizer=nn.SGD(), epochs=1, verbose=0,
                )  # fmt: skip


def test_a_saturated_output_is_not_said_to_have_no_gradients() -> None:
    large = np.array([[200.0, -150.0], [180.0, 120.0]]) * 100.0
    hidden, output = nn.MLP(2, [8, 1], "tanh", seed=0), nn.MLP(2, [1], output="sigmoid", seed=0)
    assert "so that its gradients are almost 0: X has" in is_saturated(hidden, large)
    assert "units and rows: X has" in is_saturated(output, large)


def test_inputs_that_are_large_and_do_no_harm_are_not_told_of() -> None:
    large = np.array([[200.0, -150.0], [180.0, 120.0]])
    small_weights = nn.MLP(2, [8, 1], "tanh", seed=0)
    for parameter in small_weights.parameters():
        parameter.data *= 1e-3
    rectifiers, line = nn.MLP(2, [8, 1], "relu", seed=0), nn.Neuron(2, "tanh", seed=0)
    for model in (small_weights, rectifiers, line):
        assert is_saturated(model, large) == ""
    assert is_saturated(nn.MLP(2, [8, 1], "tanh", seed=0), large / 100.0) == ""
    assert is_saturated(nn.MLP(2, [8, 1], "tanh", seed=0), large * 100.0) != ""


def test_a_model_without_outputs_is_trained_on_graphs_and_told_of() -> None:
    class Silent(nn.Module):
        def __init__(self) -> None:
            self.w = Value(1.0)

        def __call__(self, x: Any) -> Any:
            return []

    model = Silent()
    with pytest.warns(
        nn.EagerWarning, match=r"could not be compiled: its output is an empty list\."
    ):
        nn.fit(
            model,
            X,
            Y,
            loss=lambda output, y: model.w**2,
            optimizer=nn.SGD(0.1),
            epochs=1,
            verbose=0,
        )
    assert model.w.data == pytest.approx(0.8)
