"""What the outputs of a model are: from which activation, how many, and what means yes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn import losses
from nn.layers import MLP, Layer, Neuron
from nn.losses.registry import ROWS

_FOR_QUANTITIES = [row.loss for row in ROWS.values() if row.outputs == "quantity"]


def head_of(model: Any) -> str | None:
    """The name of the activation that outputs come from, where it can be told."""
    last = _last_of(model)
    known = isinstance(last, (Layer, Neuron)) and isinstance(last.activation, str)
    return str(last.activation) if known else None


def width_of(model: Any) -> int | None:
    """How many outputs there are, where it can be told."""
    last = _last_of(model)
    return last.n_outputs if isinstance(last, Layer) else None


def _last_of(model: Any) -> Any:
    return model.layers[-1] if isinstance(model, MLP) else model


def threshold_of(model: Any, loss: losses.Loss, y: NDArray[Any]) -> float:
    """Above which an output means yes: 0.5 for a probability, 0 for a raw score.

    A loss for quantities draws outputs to the labels themselves: half-way between them it is.
    """
    loss = getattr(loss, "func", loss)  # functools.partial(nn.huber_loss, delta=2.0)
    if head_of(model) == "sigmoid" or loss is losses.binary_cross_entropy:
        return 0.5
    is_zero = y == 0 if loss in _FOR_QUANTITIES and y.dtype.kind in "biuf" else np.zeros(1, bool)
    return 0.5 if is_zero.any() and bool(np.all(is_zero | (y == 1))) else 0.0
