"""Optimisers: the steps they take, against PyTorch and by hand."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest

import nn
from nn.optim.built_in import BuiltIn


def gradient_at(step: int, theta: Any) -> Any:
    """Something that depends on the step and on where the parameters are, small and large."""
    scale = np.array([1e-6, 0.1, 1.0, 30.0])
    return scale * (theta - np.sin(step * np.array([1.0, 2.0, 3.0, 4.0])))


MOMENTA = [{}, {"momentum": 0.9}, {"momentum": 0.8, "nesterov": True}]
DECAYS = [{}, {"weight_decay": 0.2}]
CASES: list[tuple[str, dict[str, Any]]] = [
    *(("SGD", {"lr": 0.01} | a | b) for a, b in product(MOMENTA, DECAYS)),
    *(
        (kind, a | b)
        for kind in ("Adam", "AdamW")
        for a, b in product([{}, {"betas": (0.5, 0.7), "eps": 0.1}], [*DECAYS, {"weight_decay": 0}])
    ),
    *(
        ("RMSprop", a | b | c)
        for a, b, c in product(
            [{}, {"centered": True}, {"alpha": 0.5, "eps": 0.1}], [{}, {"momentum": 0.9}], DECAYS
        )
    ),
]


def case_id(case: tuple[str, dict[str, Any]]) -> str:
    return " ".join([case[0], *(f"{name}={x}" for name, x in case[1].items())])


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_an_optimiser_walks_where_torchs_does(torch: Any, case: tuple[str, dict[str, Any]]) -> None:
    kind, settings = case
    ours: BuiltIn = getattr(nn, kind)(**settings)  # and with the same lr, if none is said
    start = np.array([0.5, -1.5, 2.0, 0.1])
    parameter = torch.tensor(start, requires_grad=True)
    theirs = getattr(torch.optim, kind)([parameter], **settings)
    theta = start
    for step in range(200):
        if step == 100:
            ours.lr = theirs.param_groups[0]["lr"] = 0.002
        gradient = gradient_at(step, theta)
        theta = ours.update(theta, gradient)
        parameter.grad = torch.tensor(gradient)
        theirs.step()
        assert theta == pytest.approx(parameter.detach().numpy(), rel=1e-12, abs=1e-12), step


# --- by hand --------------------------------------------------------------------------------------


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


def two_steps(optimizer: BuiltIn, start: float, *gradients: float) -> list[float]:
    """Where one parameter is after each step."""
    theta, path = np.array([start]), []
    for gradient in gradients:
        theta = optimizer.update(theta, np.array([gradient]))
        path.append(float(theta[0]))
    return path


def test_adam_by_hand_divides_the_mean_by_the_root_of_the_mean_square() -> None:
    # betas 1/2 and 3/4. Means 1 and 0.5*1 - 0.5*1 = 0, squares 1 and 0.75*1 + 0.25*1;
    # corrected: 1 / (1 - 1/2) = 2, 1 / (1 - 3/4) = 4, then 0 and 1 / (1 - 9/16) = 16/7
    path = two_steps(nn.Adam(lr=0.5, betas=(0.5, 0.75), eps=1.0), 3.0, 2.0, -1.0)
    assert path == pytest.approx([3.0 - 0.5 * 2.0 / (2.0 + 1.0), 3.0 - 1.0 / 3.0])
    path = two_steps(nn.Adam(lr=0.5, betas=(0.5, 0.75), eps=1.0), 3.0, 2.0, 1.0)
    # mean 0.5*1 + 0.5*1 = 1, corrected by 3/4: 4/3
    second = 0.5 * (4 / 3) / (math.sqrt(16 / 7) + 1.0)
    assert path == pytest.approx([3.0 - 1.0 / 3.0, 3.0 - 1.0 / 3.0 - second])


def test_adams_first_step_is_the_learning_rate_whatever_the_scale_of_the_gradient() -> None:
    theta = nn.Adam(lr=0.25).update(np.zeros(3), np.array([1e-3, -5.0, 1e9]))
    assert theta == pytest.approx([-0.25, 0.25, -0.25], rel=1e-4)


def test_adam_by_hand_scales_its_weight_decay_with_the_gradient() -> None:
    # gradient 0 + 0.5 * 4 = 2, and a first step is lr * 2 / (2 + eps)
    assert two_steps(nn.Adam(lr=0.5, eps=2.0, weight_decay=0.5), 4.0, 0.0) == pytest.approx([3.75])


def test_adamw_by_hand_decays_apart_from_the_gradient() -> None:
    # 4 - 0.5 * 0.5 * 4 = 3, and then lr * 2 / (2 + 2)
    assert two_steps(nn.AdamW(lr=0.5, eps=2.0, weight_decay=0.5), 4.0, 2.0) == pytest.approx([2.75])


def test_rmsprop_by_hand_divides_by_the_root_of_the_mean_square() -> None:
    # squares 0.25 * 16 = 4 and 0.75 * 4 + 0.25 * 4 = 4
    path = two_steps(nn.RMSprop(lr=0.5, alpha=0.75, eps=2.0), 1.0, 4.0, -2.0)
    assert path == pytest.approx([1.0 - 0.5 * 4.0 / 4.0, 0.5 + 0.5 * 2.0 / 4.0])


def test_rmsprop_by_hand_adds_momentum_to_what_is_divided() -> None:
    # velocities 4 / 4 = 1 and 0.5 * 1 - 2 / 4 = 0
    rmsprop = nn.RMSprop(lr=0.5, alpha=0.75, eps=2.0, momentum=0.5)
    assert two_steps(rmsprop, 1.0, 4.0, -2.0) == pytest.approx([0.5, 0.5])


def test_rmsprop_by_hand_takes_the_variance_when_it_is_centred() -> None:
    # square 0.5 * 4**2 = 8 and mean 0.5 * 4 = 2, so a variance of 4
    rmsprop = nn.RMSprop(lr=0.5, alpha=0.5, eps=2.0, centered=True)
    assert two_steps(rmsprop, 1.0, 4.0) == pytest.approx([1.0 - 0.5 * 4.0 / 4.0])


def test_a_centred_rmsprop_takes_a_variance_that_rounds_below_zero_for_zero() -> None:
    rmsprop, theta = nn.RMSprop(centered=True, alpha=0.5), np.zeros(1)
    variances = []
    for _ in range(200):
        theta = rmsprop.update(theta, np.array([1.1]))
        arrays = rmsprop._memories[0].arrays
        variances.append(float(arrays["square"][0] - arrays["mean"][0] ** 2))
    assert min(variances) < 0.0  # so it does happen
    assert np.isfinite(theta).all()
