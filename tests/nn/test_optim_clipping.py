"""Gradient clipping."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from nn.optim.clipping import clipped

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("norm", [1e-3, 1.0, 4.9, 5.0, 5.1, 100.0])
def test_a_norm_is_limited_as_torch_limits_it(torch: Any, norm: float) -> None:
    gradient = np.array([3.0, -4.0, 0.0])
    theirs = torch.zeros(3, dtype=torch.float64)
    theirs.grad = torch.tensor(gradient)
    torch.nn.utils.clip_grad_norm_([theirs], norm)
    ours = clipped(gradient, norm=norm, value=None)
    assert ours == pytest.approx(theirs.grad.numpy(), rel=1e-14, abs=0)


@pytest.mark.parametrize("value", [1e-3, 1.0, 3.5, 100.0])
def test_entries_are_limited_as_torch_limits_them(torch: Any, value: float) -> None:
    gradient = np.array([3.0, -4.0, 0.0, INF, -INF, NAN])
    theirs = torch.zeros(6, dtype=torch.float64)
    theirs.grad = torch.tensor(gradient)
    torch.nn.utils.clip_grad_value_([theirs], value)
    ours = clipped(gradient, norm=None, value=value)
    assert ours.tolist() == pytest.approx(theirs.grad.tolist(), nan_ok=True)


def test_a_long_gradient_keeps_its_direction_and_a_short_one_all_it_has() -> None:
    gradient = np.array([3.0, -4.0])
    assert clipped(gradient, norm=1.0, value=None) == pytest.approx([0.6, -0.8], rel=1e-6)
    assert clipped(gradient, norm=5.1, value=None) is gradient


def test_entries_are_limited_before_the_norm_is() -> None:
    both = clipped(np.array([3.0, -400.0]), norm=1.0, value=4.0)
    assert both == pytest.approx([0.6, -0.8], rel=1e-6)


def test_a_length_whose_square_overflows_is_limited_all_the_same() -> None:
    ours = clipped(np.array([3e200, -4e200]), norm=5.0, value=None)
    assert ours == pytest.approx([3.0, -4.0])


@pytest.mark.parametrize("bad", [INF, -INF, NAN])
def test_a_gradient_that_is_not_finite_is_not_scaled(bad: float) -> None:
    ours = clipped(np.array([3.0, bad, -4.0]), norm=1.0, value=None)
    assert ours.tolist() == pytest.approx([3.0, bad, -4.0], nan_ok=True)


def test_no_entry_is_turned_into_nan_by_a_limit() -> None:
    x, y = Value(1.0), Value(1.0)
    x.grad, y.grad = INF, 1.0
    nn.SGD(lr=1.0, clip_norm=1.0).step([x, y])
    assert (x.data, y.data) == (-INF, 0.0)


def test_a_step_is_clipped_and_the_values_keep_their_gradients() -> None:
    x, y = Value(0.0), Value(0.0)
    x.grad, y.grad = 3.0, -4.0
    nn.SGD(lr=1.0, clip_norm=1.0).step([x, y])
    assert [x.data, y.data] == pytest.approx([-0.6, 0.8], rel=1e-6)
    assert (x.grad, y.grad) == (3.0, -4.0)


@pytest.mark.parametrize("compile_it", [True, False])
def test_fit_clips_and_leaves_the_whole_gradient_in_the_parameters(compile_it: bool) -> None:
    grads, moves = [], []
    for limit in (None, 0.01):
        model = nn.MLP(2, [1], seed=0)
        before = np.array([p.data for p in model.parameters()])
        nn.fit(
            model, [[1.0, 2.0]], [9.0], loss="mse_loss", epochs=1, verbose=0, compile=compile_it,
            optimizer=nn.SGD(lr=1.0, clip_norm=limit),
        )  # fmt: skip
        grads.append([p.grad for p in model.parameters()])
        moves.append(before - [p.data for p in model.parameters()])
    assert grads[0] == grads[1] == pytest.approx(moves[0])
    assert np.linalg.norm(moves[1]) == pytest.approx(0.01, rel=1e-5)


@pytest.mark.parametrize("kind", [nn.SGD, nn.Adam, nn.AdamW, nn.RMSprop])
def test_every_optimiser_takes_both_limits(kind: Any) -> None:
    for limit in ({"clip_norm": 0.5}, {"clip_value": 0.25}):
        clipping, plain, x, y = kind(lr=0.1, **limit), kind(lr=0.1), Value(1.0), Value(2.0)
        for slope in (3.0, 0.1):
            x.grad, y.grad = slope, 2.0
            gradient = clipped(
                np.array([slope, 2.0]), limit.get("clip_norm"), limit.get("clip_value")
            )
            expected = plain.update(np.array([x.data, y.data]), gradient)
            clipping.step([x, y])
            assert [x.data, y.data] == expected.tolist()


def test_an_optimiser_of_ones_own_is_given_the_clipped_gradient() -> None:
    class Recorder(nn.Optimizer):
        clip_value = 2.0  # type: ignore[assignment]

        def update(self, theta, gradient):
            self.seen = gradient.tolist()
            return theta

    x, recorder = Value(1.0), Recorder()
    x.grad = 5.0
    recorder.step([x])
    assert recorder.seen == [2.0]
    recorder = Recorder()
    del Recorder.clip_value
    recorder.clip_norm = 10
    recorder.step([x])
    assert recorder.seen == [5.0]


def test_steps_that_overflow_are_infinite_and_warn_of_nothing() -> None:
    x = Value(1e300)
    x.grad = 1e300
    nn.SGD(lr=1e300).step([x])
    assert x.data == -INF
