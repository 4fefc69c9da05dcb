"""Accuracy: what counts as right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ShapeError


@pytest.mark.parametrize(
    ("outputs", "y", "expected"),
    [
        ([[0.1, 0.9], [0.8, 0.2]], [1, 1], 0.5),
        ([[0.0, 2.0, 1.0], [5.0, 2.0, 1.0], [0.0, 0.0, 9.0]], [1, 0, 2], 1.0),
        ([[3.0, 3.0]], [0], 1.0),
        ([-1.5, 2.0], [0, 1], 1.0),
        ([-1.5, 2.0], [-1, 1], 1.0),
        ([-1.5, 2.0, 0.1, -0.1], [1, 1, 0, 0], 0.5),
        ([0.0], [1], 0.0),
        ([0.0], [0], 1.0),
    ],
)
def test_accuracy_is_the_share_of_right_predictions(outputs: Any, y: Any, expected: float) -> None:
    assert nn.accuracy(outputs, y) == expected
    assert nn.accuracy(np.array(outputs), np.array(y)) == expected
    assert type(nn.accuracy(outputs, y)) is float


def test_accuracy_is_one_minus_the_mean_zero_one_loss() -> None:
    rng = np.random.default_rng(0)
    outputs, y = rng.normal(size=(50, 4)), rng.integers(0, 4, 50)
    wrong = [nn.zero_one_loss(o, t) for o, t in zip(outputs, y, strict=True)]
    assert nn.accuracy(outputs, y) == pytest.approx(1.0 - np.mean(wrong))
    wrong = [nn.zero_one_loss(o, t) for o, t in zip(outputs[:, 0], y > 1, strict=True)]
    assert nn.accuracy(outputs[:, 0], y > 1) == pytest.approx(1.0 - np.mean(wrong))


def test_the_threshold_of_a_probability_is_a_half() -> None:
    assert nn.accuracy([0.4, 0.6], [0, 1]) == 0.5
    assert nn.accuracy([0.4, 0.6], [0, 1], threshold=0.5) == 1.0


@pytest.mark.parametrize(
    ("outputs", "y", "shapes"),
    [
        ([0.5, 0.5], [1], r"\(2,\) and \(1,\)"),
        ([[0.5, 0.5]], [[0, 1]], r"\(1, 2\) and \(1, 2\)"),
        ([], [], r"\(0,\) and \(0,\)"),
        (0.5, 1, r"\(\) and \(\)"),
        (np.zeros((2, 2, 2)), [0, 1], r"\(2, 2, 2\) and \(2,\)"),
    ],
)
def test_accuracy_refuses_shapes_that_do_not_belong_together(
    outputs: Any, y: Any, shapes: str
) -> None:
    message = rf"accuracy expects outputs of shape \(n,\) or .* got {shapes}; y holds one class num"
    with pytest.raises(ShapeError, match=message):
        nn.accuracy(outputs, y)
