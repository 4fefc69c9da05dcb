"""``fit(validation=0.2)``: which rows are held out, and that nothing else changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError
from nn.callbacks import Run
from nn.fitting import examples

X, Y = nn.data.moons(40, noise=0.1, seed=0)


def fit(X: Any = X, y: Any = Y, **settings: Any) -> tuple[nn.MLP, nn.History, Run]:
    model, runs = nn.MLP(2, [4, 1], "tanh", seed=3), []
    chosen: dict[str, Any] = {
        "loss": "binary_cross_entropy_with_logits", "optimizer": nn.SGD(lr=0.1), "epochs": 2,
        "batch_size": 8, "seed": 0, "verbose": 0, "validation": 0.25,
    } | settings  # fmt: skip
    history = nn.fit(model, X, y, callbacks=runs.append, **chosen)
    return model, history, runs[0]


def rows_of(run: Run) -> list[int]:
    """Which rows are trained on."""
    return [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in run.X]


@pytest.mark.parametrize("at_once", [4096, 3])
def test_a_fraction_of_the_rows_is_held_out_and_evaluated(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "_ROWS_AT_ONCE", at_once)
    model, history, run = fit(epochs=1)
    kept = rows_of(run)
    assert len(kept) == len(set(kept)) == 30
    assert run.y.tolist() == Y[kept].tolist()
    held_out = sorted(set(range(40)) - set(kept))
    losses = [nn.binary_cross_entropy_with_logits(model(X[i]), int(Y[i])).data for i in held_out]
    assert history["validation_loss"] == [pytest.approx(np.mean(losses), rel=1e-12)]


def test_class_labels_are_held_out_in_proportion() -> None:
    y = np.array([0] * 32 + [1] * 8)
    for labels in (y, y.astype(bool)):
        _, _, run = fit(y=labels)
        assert np.bincount(run.y).tolist() == [24, 6]
    _, _, run = fit(y=y.astype(float), seed=2)
    assert run.y.sum() != 6  # floats may be anything, and are left to chance


def test_the_seed_decides_which_rows_and_in_which_order() -> None:
    one, same, other = (fit(seed=seed) for seed in (1, 1, 2))
    assert rows_of(one[2]) == rows_of(same[2]) != rows_of(other[2])
    assert one[1].columns == same[1].columns != other[1].columns


def test_training_on_what_is_kept_is_training_on_these_rows_alone() -> None:
    held_out, _, run = fit(shuffle=False)
    kept = rows_of(run)
    alone, _, _ = fit(X[kept], Y[kept], shuffle=False, validation=None)
    assert [p.data for p in held_out.parameters()] == [p.data for p in alone.parameters()]


def test_a_wrong_target_is_named_by_its_row_in_what_was_given() -> None:
    for row in range(40):
        y = Y.copy()
        y[row] = 7
        with pytest.raises(ArgumentError, match=rf"^fit expects targets .*, got 7 in row {row} of"):
            fit(y=y)


def test_a_wrong_target_of_a_validation_pair_is_named_by_its_row() -> None:
    y = Y.copy()
    y[5] = 7
    with pytest.raises(ArgumentError, match=r"^fit validation expects .*, got 7 in row 5 of y"):
        fit(validation=(X, y))


def test_what_the_user_gave_is_neither_changed_nor_kept() -> None:
    given_X, given_y = X.copy(), Y.astype(float)

    def spoil(run: Run) -> None:
        run.X[:] = 0.0
        run.y[:] = 1.0

    for validation in (None, 0.25):
        nn.fit(
            nn.MLP(2, [1], seed=0), given_X, given_y, loss="mse_loss", optimizer=nn.SGD(0.1),
            epochs=2, callbacks=spoil, validation=validation, verbose=0,
        )  # fmt: skip
        assert np.array_equal(given_X, X)
        assert np.array_equal(given_y, Y)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("X", np.zeros((3, 2)), r"^run.X expects an array of shape \(30, 2\), .* got \(3, 2\); ch"),
        ("X", np.zeros((30, 3)), r"^run.X expects an array of shape \(30, 2\), .* got \(30, 3\)"),
        ("X", np.zeros(30), r"^run.X expects an array of shape \(n, n_inputs\)"),
        ("y", np.zeros(29), r"^run.y expects 30 targets, one a row, got an array of shape \(29,\)"),
        ("y", 1.0, r"^run.y expects 30 targets, one a row, got an array of shape \(\)"),
    ],
)
def test_a_run_takes_other_rows_and_targets_only_as_many_as_before(
    name: str, value: Any, message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        fit_with(lambda run: setattr(run, name, value))


def fit_with(callback: Any) -> None:
    nn.fit(
        nn.MLP(2, [1], seed=0), X, Y, loss="mse_loss", optimizer=nn.SGD(0.1), epochs=2,
        callbacks=callback, validation=0.25, verbose=0,
    )  # fmt: skip


def test_a_head_that_the_loss_does_not_expect_is_told_of_once() -> None:
    model = nn.MLP(2, [3, 2], output="softmax", seed=0)
    with pytest.warns(UserWarning, match="^cross_entropy applies a softmax itself") as caught:
        nn.fit(model, X, Y, loss="cross_entropy", optimizer=nn.SGD(0.1), epochs=3, verbose=0)
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_a_softmax_over_the_only_output_is_told_of() -> None:
    model = nn.MLP(2, [3, 1], output="softmax", seed=0)
    with pytest.warns(UserWarning, match="^a softmax over one output is always 1"):
        nn.fit(model, X, Y, loss="mse_loss", optimizer=nn.SGD(0.1), epochs=1, verbose=0)
