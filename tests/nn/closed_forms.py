"""What each loss costs, by its formula: the oracle of the tests of losses.

A new loss needs one entry here: its formula for one output and one target, and points to try.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from nn.losses import LOSSES

Form = Callable[[float, float], float]


def log_sigmoid(z: float) -> float:
    return -math.log1p(math.exp(-z)) if z > 0 else z - math.log1p(math.exp(z))


CLOSED_FORMS: dict[str, tuple[Form, list[tuple[float, float]]]] = {
    "l1_loss": (lambda o, t: abs(o - t), [(2.0, 5.0), (5.0, 2.0), (-1.5, -1.25)]),
    "mse_loss": (lambda o, t: (o - t) ** 2, [(2.0, 5.0), (-1.5, 0.25), (3.0, 3.0)]),
    "half_mse_loss": (lambda o, t: (o - t) ** 2 / 2, [(2.0, 5.0), (-1.5, 0.25), (3.0, 3.0)]),
    "huber_loss": (
        lambda o, t: (o - t) ** 2 / 2 if abs(o - t) <= 1 else abs(o - t) - 0.5,
        [(2.0, 5.0), (-1.5, -1.25), (3.0, 3.0), (-7.0, 2.5)],
    ),
    "logistic_loss": (
        lambda o, t: -log_sigmoid(t * o),
        [(0.25, 1), (0.25, -1), (-30.0, -1), (-40.0, 1)],
    ),
    "hinge_loss": (
        lambda o, t: max(0.0, 1.0 - t * o),
        [(0.25, 1), (0.25, -1), (2.0, 1), (2.0, -1), (-3.0, -1)],
    ),
    "binary_cross_entropy": (
        lambda p, t: -t * math.log(p) - (1 - t) * math.log(1 - p),
        [(0.25, 1), (0.25, 0), (0.9, 0.3), (0.5, 0.5)],
    ),
    "binary_cross_entropy_with_logits": (
        lambda z, t: -t * log_sigmoid(z) - (1 - t) * log_sigmoid(-z),
        [(0.0, 1), (2.5, 0), (-3.0, 1), (1.2, 0.3), (-40.0, 0), (-40.0, 1)],
    ),
}
# Losses for a choice among several outputs, and for counting: those have tests of their own.
OTHERS = {"cross_entropy", "categorical_cross_entropy", "zero_one_loss"}


def closed_form(name: str) -> Form:
    """The formula of a loss for one output."""
    if name not in CLOSED_FORMS:
        pytest.fail(
            f"add the formula of {name!r}: one entry in CLOSED_FORMS of tests/nn/closed_forms.py"
        )
    return CLOSED_FORMS[name][0]


ELEMENTWISE: list[Callable[[Any, Any], Any]] = [
    loss for name, loss in LOSSES.items() if name not in OTHERS
]
