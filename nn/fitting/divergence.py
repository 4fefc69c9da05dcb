"""A loss that is no longer finite: what to go back to, and which node it came from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import AnomalyError, Value, detect_anomaly
from autograd.core.anomaly import user_line
from nn.callbacks.base import Run
from nn.losses import Loss
from nn.optim import Optimizer
from nn.optim.base import is_built_in, write

Array = NDArray[np.float64]


class DivergenceWarning(UserWarning):
    """``fit`` stopped because a loss, a gradient or a parameter was no longer finite.

    The model has the weights again at which the loss was last finite. The message names the step,
    the row and the first node of its graph that was not finite. It is also what ``fit`` says of a
    loss that stayed finite and has grown a hundredfold.
    """


class Diverged(Exception):  # noqa: N818 -- not an error of the caller's: fit catches it
    """Raised by a step whose loss or gradient is not finite, before it moves anything.

    ``loss`` is the mean over the step's rows, None where it is parameters that are not finite, and
    ``rows`` are those in which to look for the reason.
    """

    def __init__(self, loss: float | None, rows: Sequence[int] = ()) -> None:
        super().__init__(loss)
        self.loss, self.rows = loss, rows


@dataclass
class LastFinite:
    """The state before the last update: the last at which the loss is known to be finite."""

    parameters: Sequence[Value] = ()
    theta: Sequence[float] | Array = ()
    gradient: Sequence[float] | Array = ()
    optimizer: dict[str, Any] | None = None

    def keep(
        self,
        parameters: Sequence[Value],
        theta: Sequence[float] | Array,
        gradient: Sequence[float] | Array,
        optimizer: Optimizer,
    ) -> None:
        """Remember the state before an update, at the price of references."""
        self.parameters, self.theta, self.gradient = parameters, theta, gradient
        self.optimizer = _state_of(optimizer)

    def put_back(self, optimizer: Optimizer) -> None:
        """Undo the last update, of the parameters and of the optimiser's state."""
        theta, gradient = np.asarray(self.theta).tolist(), np.asarray(self.gradient).tolist()
        try:
            write(self.parameters, theta, gradient)
            self.put_back_state(optimizer)
        except KeyboardInterrupt:
            # one without the other would be a state that never was
            write(self.parameters, theta, gradient)
            self.put_back_state(optimizer)
            raise

    def put_back_state(self, optimizer: Optimizer) -> None:
        """Undo the last update of the optimiser's state alone."""
        if self.optimizer is not None:
            held = vars(optimizer)
            held.update(self.optimizer)
            for name in held.keys() - self.optimizer.keys():
                del held[name]

    def spoiled(self, numbers: Sequence[float] | Array) -> int | None:
        """Which parameter is the first that was finite and, with these numbers, is not any more."""
        now = np.asarray(numbers)
        if now.shape != np.shape(self.theta):
            return None
        bad = np.flatnonzero(np.isfinite(np.asarray(self.theta)) & ~np.isfinite(now))
        return int(bad[0]) if len(bad) else None


def _state_of(optimizer: Optimizer) -> dict[str, Any]:
    """What an optimiser holds, at the price of a reference each.

    This package's own never write into their latest arrays; what another holds is copied.
    """
    held = vars(optimizer)
    if is_built_in(optimizer):
        # a step writes over the memory before last, so with it that one is gone
        spare = {"_memories": (held["_memories"][0], None)} if "_memories" in held else {}
        return held | spare
    return {name: _copied(thing) for name, thing in held.items()}


def _copied(thing: Any) -> Any:
    """Arrays, lists and dictionaries as they are now; what else is in them stays the same."""
    if isinstance(thing, np.ndarray):
        return thing.copy()
    if type(thing) is list:
        return [_copied(item) for item in thing]
    if type(thing) is dict:
        return {key: _copied(item) for key, item in thing.items()}
    return thing


def is_finite(loss: float, gradient: Array) -> bool:
    """Whether a loss and all of its gradient are finite."""
    if not math.isfinite(loss):
        return False
    # a sum of squares is quicker than a look at each, but may overflow
    with np.errstate(all="ignore"):
        squares = np.dot(gradient, gradient)
    return math.isfinite(squares) or bool(np.isfinite(gradient).all())


def first_bad_row(
    losses: Callable[[], Array], is_fine: Callable[[int, int], bool], n: int
) -> int | None:
    """The first of n rows whose loss or gradient is not finite, in few calls; None if it is none.

    ``is_fine(start, stop)`` tells whether the gradient of the rows in between is finite.
    """
    bad = np.flatnonzero(~np.isfinite(losses()))
    if len(bad):
        return int(bad[0])
    start, stop = 0, n
    while stop - start > 1:
        middle = (start + stop) // 2
        if is_fine(start, middle):
            start = middle
        else:
            stop = middle
    return None if is_fine(start, stop) else start


def reason(run: Run, loss: Loss, error: Diverged, last: LastFinite, number: Any) -> str:
    """Why a training cannot go on, in words: step, row, operation, node and operands.

    ``number`` tells which row of what ``fit`` was given a training row is.
    """
    step, what = run.step, f"the loss became {error.loss}"
    if error.loss is not None:
        step += 1
        if math.isfinite(error.loss):
            what = "the gradient became infinite or nan"
    else:
        what = "a parameter became infinite or nan"
    where = f"{what} in step {step} (epoch {run.epoch})"
    spoiled = last.spoiled([p._data for p in last.parameters])
    if spoiled is not None:
        value = last.parameters[spoiled]
        names = {p: name for name, p in run.model.named_parameters()}
        name = names.get(value, value.name)
        before = last.theta[spoiled]
        return f"{where}: the update turned {name} from {before:g} into {value.data}"
    for row in error.rows:
        said = _anomaly(run, loss, row)
        if said:
            return f"{where}, at row {number(row)} of X: {said}"
    return f"{where}: sums over the rows are out of range for a float64"


def _anomaly(run: Run, loss: Loss, row: int) -> str:
    """What ``detect_anomaly`` says of a row; nothing if all is finite."""
    for parameter in run.model.parameters():
        parameter._grad = 0.0
    here = user_line()
    try:
        with detect_anomaly():
            loss(run.model(run.rows[row]), run.y[row]).backward()
    except AnomalyError as error:
        # the line that called fit is not where it came from
        return error.summary if error.origin == here else error.finding
    return ""
