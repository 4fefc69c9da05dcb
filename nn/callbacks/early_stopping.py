"""``EarlyStopping``: end a training that gets no better, and give the best weights back."""

from __future__ import annotations

import math

import numpy as np

from autograd._util.format import count
from autograd.core.number_arguments import as_float
from autograd.errors import ArgumentError
from nn.callbacks.base import Callback, Run
from nn.checks import at_least
from nn.history import History, sign_of
from nn.optim.base import write


class EarlyStopping(Callback):
    """Stops when a column of the history has not improved for ``patience`` epochs.

    ``monitor`` is a column of numbers, ``mode`` "min" where less of it is better, "max" where
    more is; "auto" knows losses and accuracies. An epoch is better if it improves on the best so
    far by more than ``min_delta``; nan never does. With ``restore_best`` the model has the weights
    of the best epoch when ``fit`` returns, however the training ended: by itself, by patience, by
    Ctrl-C; ``history.best_epoch`` then says which. The optimiser keeps its latest state, and a
    training that is continued goes on from these weights.

    ``best`` is the best figure and ``best_epoch`` its epoch, from 1; both None before the first.
    Used for another training it starts anew; where ``fit(history=...)`` continues one, it goes on.
    ArgumentError at the start of a training whose history will have no such column.
    Source: Prechelt, "Early stopping -- but when?", 1998.

    >>> import nn
    >>> X, y = nn.data.moons(60, noise=0.3, seed=0)
    >>> stopping = nn.EarlyStopping(patience=5)
    >>> history = nn.fit(nn.MLP(2, [16, 1], seed=0), X, y, validation=0.3, callbacks=[stopping],
    ...                  loss="binary_cross_entropy_with_logits", optimizer=nn.SGD(lr=1.0),
    ...                  epochs=500, seed=0, verbose=0)
    >>> len(history) == stopping.best_epoch + 5, stopping.best == min(history["validation_loss"])
    (True, True)
    """

    _only_looks = True

    def __init__(
        self,
        monitor: str = "validation_loss",
        patience: int = 10,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best: bool = True,
    ) -> None:
        self.monitor = str(monitor)
        self.patience = at_least(1, patience, "EarlyStopping expects patience")
        self.min_delta = as_float(min_delta, "EarlyStopping min_delta")
        if not 0.0 <= self.min_delta < math.inf:
            raise ArgumentError(
                f"EarlyStopping expects a min_delta of at least 0, got {min_delta}; "
                "an epoch counts if it is better by more than that"
            )
        self.mode = mode
        self.restore_best = bool(restore_best)
        self._sign = sign_of(self.monitor, mode, "EarlyStopping")
        self._history: History | None = None
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch: int | None = None
        self._waited = 0  # epochs since the best
        self._weights: list[float] = []

    def on_start(self, run: Run) -> None:
        """See that there will be what is watched."""
        if self.monitor not in run.columns:
            numbers = ", ".join(name for name in run.columns if name != "lr")
            without = self.monitor.startswith("validation_") and not any(
                name.startswith("validation_") for name in run.columns
            )
            raise ArgumentError(
                f"EarlyStopping expects a history with {self.monitor!r}, got one with {numbers}; "
                + (
                    "pass fit validation=0.2 or validation=(X_test, y_test), or watch another"
                    if without
                    else "watch one of these, or pass fit the metric"
                )
            )
        if run.history is not self._history or not len(run.history):
            self._history = run.history
            self._forget()

    def on_epoch(self, run: Run) -> None:
        """Keep the weights if they are the best, and stop if they have not been for long."""
        now, epoch = run.history[self.monitor][-1], len(run.history)
        if np.ndim(now) != 0:
            raise ArgumentError(
                f"EarlyStopping expects {self.monitor!r} to hold a number per epoch, got an array "
                f"of shape {np.shape(now)}; watch another column"
            )
        better = self.best is None or self._sign * (self.best - now) > self.min_delta
        if better and not math.isnan(now):
            self.best, self.best_epoch = float(now), epoch
            self._waited = 0
            if self.restore_best:
                self._weights = [p._data for p in run.model.parameters()]
            return
        self._waited += 1
        if self._waited >= self.patience:
            self._waited = 0  # whoever goes on after that has as much patience again
            since = (
                "was never a number"
                if self.best is None
                else f"has not improved on {self.best:.4g} (epoch {self.best_epoch})"
            )
            run.stop(f"{self.monitor} {since} for {count(self.patience, 'epoch')}")

    def on_end(self, run: Run) -> None:
        """Give the best weights back."""
        if not self.restore_best or self.best_epoch is None:
            return
        parameters = run.model.parameters()
        if len(parameters) == len(self._weights):
            write(parameters, self._weights, [p._grad for p in parameters])
            run.history.best_epoch = self.best_epoch

    def __repr__(self) -> str:
        best = "" if self.best is None else f", best {self.best:.4g} in epoch {self.best_epoch}"
        return f"EarlyStopping({self.monitor!r}, patience={self.patience}{best})"
