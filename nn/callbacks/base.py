"""Callbacks: what ``fit`` calls while it trains, and what it shows them of the training."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, SupportsIndex, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd._util.format import count
from autograd.errors import ShapeError
from nn.history import History
from nn.module import Module, as_matrix
from nn.optim import Optimizer


class Rows(Sequence[list[float]]):
    """The rows of an array as lists of floats, the way a model is called with them."""

    def __init__(self, array: NDArray[np.float64]) -> None:
        self._array = array

    @overload
    def __getitem__(self, i: SupportsIndex) -> list[float]: ...
    @overload
    def __getitem__(self, i: slice) -> list[list[float]]: ...
    def __getitem__(self, i: SupportsIndex | slice) -> Any:
        return self._array[i].tolist()

    def __len__(self) -> int:
        return len(self._array)

    def __repr__(self) -> str:
        return f"Rows({len(self)} of {count(self._array.shape[1], 'number')})"


class Run:
    """A training under way, as callbacks see it.

    ``model``, ``optimizer`` and ``history`` are those of ``fit``. ``X`` are the training rows, an
    array of shape (n, n_inputs), and ``y`` their targets, copies of what ``fit`` was given: both
    may be changed, in place or by others of as many rows, which holds from the next step on, or
    from the next epoch on where targets become of another shape or kind. ``rows`` reads ``X`` as
    lists of floats, the way the model is called with them.

    ``epoch`` counts from 1 and is the one that runs, or has just finished; ``step`` counts the
    optimiser's steps from 1 over the whole training; both are 0 in ``on_start``. ``epochs`` is how
    many there will be. Where a history is continued, all three go on from what it holds.
    ``columns`` are those that the history will have. ``loss`` is the mean over the rows of the
    step in ``on_step`` and the mean over the epoch, ``history["loss"][-1]``, in ``on_epoch``; nan
    before the first step. ``stopped`` says why the training ends early, if it does.

    >>> import nn
    >>> class Tell(nn.Callback):
    ...     def on_step(self, run: nn.callbacks.Run) -> None:
    ...         print(run.epoch, run.step, round(run.loss, 3), run.rows[0], len(run.y))
    >>> history = nn.fit(nn.MLP(1, [1], seed=0), [[0.0], [1.0]], [0.0, 1.0], loss="mse_loss",
    ...                  optimizer=nn.SGD(lr=0.1), epochs=1, callbacks=[Tell()], verbose=0)
    1 1 0.382 [0.0] 2
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        X: NDArray[np.float64],
        y: NDArray[Any],
        epochs: int,
        history: History | None = None,
        columns: Sequence[str] = ("loss",),
    ) -> None:
        self.model, self.optimizer = model, optimizer
        self._X, self._y = X, y
        self.history = History() if history is None else history
        self.columns = tuple(columns)
        self.epoch = len(self.history)
        self.epochs = self.epoch + epochs
        self.step = self.history._resume.steps if self.history._resume else 0
        self.loss = math.nan
        self.stopped = ""

    @property
    def X(self) -> NDArray[np.float64]:  # noqa: N802 -- the field's name for it
        """The training rows, (n, n_inputs)."""
        return self._X

    @X.setter
    def X(self, X: ArrayLike) -> None:  # noqa: N802
        array = as_matrix(X, "run.X")
        if array.shape != self._X.shape:
            raise ShapeError(
                f"run.X expects an array of shape {self._X.shape}, as fit was given, got "
                f"{array.shape}; change rows, not how many there are"
            )
        self._X = array

    @property
    def y(self) -> NDArray[Any]:
        """The training targets, one a row."""
        return self._y

    @y.setter
    def y(self, y: ArrayLike) -> None:
        array = np.asarray(y)
        if array.shape[:1] != self._y.shape[:1]:
            raise ShapeError(
                f"run.y expects {count(len(self._y), 'target')}, one a row, got an array of shape "
                f"{array.shape}; change targets, not how many there are"
            )
        self._y = array

    @property
    def rows(self) -> Rows:
        """The training rows as lists of floats, to be read: ``run.rows[0]``, ``len(run.rows)``."""
        return Rows(self._X)

    def stop(self, reason: str = "") -> None:
        """End the training when the callbacks have returned.

        The model keeps the weights of the last step. An epoch that was not finished is not in the
        history, as with Ctrl-C. ``reason`` is shown below the progress, and kept in the history's
        ``stopped``.
        """
        self.stopped = str(reason) or "a callback asked for it"

    def __repr__(self) -> str:
        return (
            f"Run({self.model!r}, {self.optimizer!r}, {count(len(self._X), 'row')}, "
            f"epoch {self.epoch}/{self.epochs}, step {self.step}, loss={self.loss:.4g})"
        )


class Callback:
    """What ``fit(..., callbacks=[...])`` calls. Each method is optional; override what you need.

    In ``on_step`` the parameters hold the gradients of the step's mean loss in ``.grad``, and
    in ``.data`` what the optimiser made of them. ``on_end`` is called after Ctrl-C, after
    ``run.stop()`` and after a loss that was no longer finite too, but not when the training ends
    with an error. Ctrl-C in a callback ends the training as it does elsewhere, any other exception
    goes on to the caller of ``fit``.

    >>> import nn
    >>> class Until(nn.Callback):
    ...     def on_epoch(self, run):
    ...         if run.loss < 0.3:
    ...             run.stop("the loss is below 0.3")
    >>> X, y = nn.data.moons(20, noise=0.05, seed=0)
    >>> history = nn.fit(nn.MLP(2, [8, 1], "tanh", seed=0), X, y, callbacks=[Until()],
    ...                  loss="binary_cross_entropy_with_logits", optimizer=nn.SGD(lr=1.0),
    ...                  epochs=1000, seed=0, verbose=0)
    >>> len(history) < 1000, history["loss"][-1] < 0.3 < history["loss"][-2]
    (True, True)
    """

    def on_start(self, run: Run) -> None:
        """Before the first step, when everything that was given to ``fit`` has been checked."""

    def on_step(self, run: Run) -> None:
        """After every step of the optimiser."""

    def on_epoch(self, run: Run) -> None:
        """After every epoch, when its row is in the history."""

    def on_end(self, run: Run) -> None:
        """When the training is over, for each callback that was started.

        ``nn.EarlyStopping`` has then given the best weights back, wherever it is in the list.
        """


class Calling(Callback):
    """A plain function, called after every epoch."""

    def __init__(self, function: Callable[[Run], object]) -> None:
        self.function = function

    def on_epoch(self, run: Run) -> None:
        """Call the function."""
        self.function(run)


class Audience:
    """All the callbacks of a training, called one after the other."""

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        self.callbacks = callbacks
        self.started: list[Callback] = []
        # whether a call shows parameters to somebody, and whether to one who may change them
        self.sees_steps = any(_sees_steps(callback) for callback in callbacks)
        self.may_change = not all(_only_looks(callback) for callback in callbacks)

    def start(self, run: Run) -> None:
        """Tell that the training begins."""
        for callback in self.callbacks:
            # before the call: what was begun has to be ended, also when Ctrl-C cut it short
            self.started.append(callback)
            callback.on_start(run)

    def step(self, run: Run) -> None:
        """Tell that a step is done."""
        for callback in self.callbacks:
            callback.on_step(run)

    def epoch(self, run: Run) -> None:
        """Tell that an epoch is done."""
        for callback in self.callbacks:
            callback.on_epoch(run)

    def end(self, run: Run) -> None:
        """Tell those that heard of the beginning that the training is over."""
        # who changes the weights is first: the others shall see what the model is left with
        for callback in sorted(self.started, key=lambda one: not hasattr(one, "restore_best")):
            callback.on_end(run)


def _sees_steps(callback: Callback) -> bool:
    return getattr(callback.on_step, "__func__", None) is not Callback.on_step


def _only_looks(callback: Callback) -> bool:
    """Whether its class says that it only looks while the training runs; one derived may not."""
    return bool(vars(type(callback)).get("_only_looks", False))
