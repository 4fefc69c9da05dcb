"""What ``fit`` warns of: a training that goes on, and will come to nothing or has done so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nn.callbacks.units import Units, quick_census
from nn.history import History
from nn.module import Module
from nn.optim import Optimizer
from nn.optim.schedules import end_of, name_of

# A loss that has grown a hundredfold over a training is far beyond what batches, or a rate that
# warms up, do to it; below 1 it may be the rounding of one that was almost 0.
_GROWTH = 100.0
_LARGE = 1.0
# pixels of 0 to 255 and the like; and only if the model itself shows that it is too much for it
_LARGE_INPUT = 100.0
_SATURATED = 0.9
_ROWS = 64


def schedule_is_over(optimizer: Optimizer, *, goes_on: bool = False) -> str:
    """What to say if a schedule had ended before the training began; empty if it has not.

    Nothing is said where the training ``goes_on`` with one that had this rate already.
    """
    schedule = optimizer.schedule
    end = end_of(schedule)
    if schedule is None or end is None or optimizer.epoch < end:
        return ""
    if goes_on and optimizer.epoch - 1.0 >= end:
        return ""
    return (
        f"fit trains with lr={optimizer.lr:g} throughout: {name_of(schedule)} has ended, since the "
        f"optimiser is at epoch {optimizer.epoch:g}; optimizer.reset() begins anew, or set "
        "optimizer.lr"
    )


def is_saturated(model: Module, X: NDArray[np.float64]) -> str:
    """What to say if inputs are too large for the first layer of an MLP; empty if they are not."""
    # without np.abs, which would be all of X once more
    largest = float(max(X.max(), -X.min())) if X.size else 0.0
    if largest < _LARGE_INPUT:
        return ""
    chosen = np.unique(np.linspace(0, len(X) - 1, _ROWS).astype(int))
    units = (quick_census(model, X[chosen].tolist()) or {}).get("layers.0", Units())
    if (units.saturated_share or 0.0) <= _SATURATED:
        return ""
    # a loss such as binary_cross_entropy makes up for a flat output
    result = "" if units.are_outputs else ", so that its gradients are almost 0"
    return (
        f"fit begins with a first layer that is saturated, at {units.saturated_share:.0%} of its "
        f"units and rows{result}: X has numbers up to {largest:.3g}. "
        "Scale its columns, with nn.data.Standardizer"
    )


def has_exploded(history: History, begun: int) -> str:
    """What to say if the last loss is far above the first of a training; empty if it is not.

    The training began after ``begun`` epochs. Nothing is said where a callback has seen to it: by
    ending the training, or by giving the model the weights of an earlier epoch.
    """
    losses = history.columns.get("loss", [])[begun:]
    seen_to = history.stopped or history.best_epoch not in (None, len(history))
    # from a loss of 0, or of a user's below 0, there is no telling how far it is
    if seen_to or len(losses) < 2 or losses[0] <= 0.0:
        return ""
    if losses[-1] <= max(_GROWTH * losses[0], _LARGE):
        return ""
    return (
        f"the loss has grown from {losses[0]:.3g} in the first epoch of this training to "
        f"{losses[-1]:.3g} in the last. Try a smaller lr, clip_norm=1.0 in the optimiser, or "
        "inputs and targets near 1"
    )
