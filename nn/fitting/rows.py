"""A row of the history: the figures of an epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import InputError
from nn.metrics import Metric


def row_of(
    prefix: str,
    loss: float,
    outputs: list[Any],
    targets: NDArray[Any],
    measures: Mapping[str, Metric],
) -> dict[str, Any]:
    """The loss and the metrics of some rows, whose outputs come batch by batch.

    ``outputs`` are arrays or lists, one a batch; the names of the figures begin with ``prefix``.
    """
    row: dict[str, Any] = {f"{prefix}loss": loss}
    if measures:
        array = np.concatenate([np.array(part, dtype=np.float64) for part in outputs])
        for name, measure in measures.items():
            row[f"{prefix}{name}"] = _figure(name, measure(array, targets))
    return row


def _figure(name: str, found: Any) -> Any:
    """What a metric returned: a number, or a confusion matrix."""
    if name == "confusion_matrix" and isinstance(found, np.ndarray):
        return found
    try:
        return float(found)
    except (TypeError, ValueError):
        came = f"an array of shape {np.shape(found)}" if np.ndim(found) else repr(found)
        raise InputError(
            f"fit expects the metric {name!r} to return a number, got {came}; return one, such as "
            "the mean over the rows"
        ) from None
