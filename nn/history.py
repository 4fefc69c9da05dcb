"""``History``: what ``fit`` returns."""

from __future__ import annotations

import math
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from autograd._util.format import count
from autograd.errors import ArgumentError


@dataclass
class Epoch:
    """An epoch that is under way: its rows' order, and what each of its steps has found.

    ``index`` is how many epochs were finished before it. ``figures`` are those of its steps: the
    sum of the losses of the step's rows, and the outputs for them.
    """

    index: int
    order: NDArray[np.intp]
    size: int  # of a batch
    shuffle: bool
    figures: list[tuple[float, Any]] = field(default_factory=list)


@dataclass
class Resume:
    """What ``fit`` needs to go on where it ended: see ``History``."""

    rng: np.random.Generator
    seed: Any  # as it was given
    fraction: float | None  # held out
    kept: NDArray[np.intp] | None  # the rows that are trained on, None for all
    held_out: NDArray[np.intp] | None
    steps: int = 0
    unfinished: Epoch | None = None  # by Ctrl-C, or because a callback ended the training


@dataclass
class History:
    """What happened in each epoch: ``history["loss"]`` is a list with one number per epoch.

    Columns are ``loss``, one for each metric, with validation data ``validation_loss`` and
    ``validation_`` before each metric, and ``lr``, the learning rate of the epoch's last step. A
    confusion matrix is an array of shape (n_classes, n_classes) per epoch.

    ``seconds`` is how long the training took, compiling included, and ``epoch_seconds`` each
    epoch. ``interrupted`` tells that Ctrl-C ended the training, ``stopped`` why a callback or a
    loss that was no longer finite did, and ``best_epoch`` whose weights ``nn.EarlyStopping``
    gave back to the model (1 for the first, None if it kept the last).
    ``fit(..., history=history)`` goes on where it ended; ``plot(ax=None)`` is
    ``nn.plots.learning_curves``.

    >>> import nn
    >>> history = nn.History({"loss": [2.0, 1.0, 1.5], "accuracy": [0.5, 0.75, 0.75]})
    >>> history["loss"][-1], history.best("loss"), len(history)
    (1.5, 2, 3)
    >>> history.to_dict()
    {'epoch': [1, 2, 3], 'loss': [2.0, 1.0, 1.5], 'accuracy': [0.5, 0.75, 0.75]}
    """

    columns: dict[str, list[Any]] = field(default_factory=dict)
    seconds: float = 0.0
    interrupted: bool = False
    stopped: str = ""
    best_epoch: int | None = None
    epoch_seconds: list[float] = field(default_factory=list)
    _resume: Resume | None = field(default=None, repr=False, compare=False)

    # nn.plots.learning_curves, which is above this module: nn/__init__.py puts it here
    plot: ClassVar[Callable[..., Any]]

    def __getitem__(self, column: str) -> list[Any]:
        if column not in self.columns:
            known = ", ".join(self.columns) or "none yet"
            raise KeyError(f"History has no column {column!r}; it has: {known}")
        return self.columns[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def keys(self) -> KeysView[str]:
        """The names of the columns, so that ``dict(history)`` works."""
        return self.columns.keys()

    def items(self) -> ItemsView[str, list[Any]]:
        """The columns with their names."""
        return self.columns.items()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def __repr__(self) -> str:
        last = ", ".join(
            f"{k}={v[-1]:.4g}" for k, v in self.columns.items() if v and np.ndim(v[-1]) == 0
        )
        state = ", interrupted" if self.interrupted else ""
        state += f", stopped: {self.stopped}" if self.stopped else ""
        return f"History({count(len(self), 'epoch')}{', ' if last else ''}{last}{state})"

    def to_dict(self) -> dict[str, list[Any]]:
        """The number of each epoch, the columns, and the seconds of each epoch.

        They are lists of one length, of plain numbers (a confusion matrix is a list of lists), so
        ``json.dumps`` takes them, and ``pandas.DataFrame`` makes a table of them.
        """
        table: dict[str, list[Any]] = {"epoch": list(range(1, len(self) + 1))}
        for name, column in self.columns.items():
            table[name] = [v.tolist() if isinstance(v, np.ndarray) else v for v in column]
        if len(self.epoch_seconds) == len(self):
            table["seconds"] = list(self.epoch_seconds)
        return table

    def best(self, column: str = "validation_loss", mode: str = "auto") -> int:
        """The epoch, from 1, at which a column was best: the first of them, nan left out.

        ``mode`` is "min" where less is better, "max" where more is, and "auto" knows losses and
        accuracies. ArgumentError for a column without numbers.
        """
        sign = sign_of(column, mode, "History.best")
        numbers = self[column]
        known = [i for i, v in enumerate(numbers) if np.ndim(v) == 0 and not math.isnan(v)]
        if not known:
            raise ArgumentError(
                f"History.best expects a column of numbers, got {column!r} with "
                f"{count(len(numbers), 'epoch')} and no number in it; name another of: "
                f"{', '.join(self.columns)}"
            )
        return 1 + min(known, key=lambda i: sign * numbers[i])

    def _add(self, row: Mapping[str, Any], seconds: float) -> None:
        """One more epoch, whole or not at all."""
        n = len(self)
        try:
            for name, value in row.items():
                self.columns.setdefault(name, []).append(value)
            self.epoch_seconds.append(seconds)
        except KeyboardInterrupt:
            # columns of different lengths would be an epoch that was and was not
            for column in (*self.columns.values(), self.epoch_seconds):
                del column[n:]
            raise


def sign_of(column: str, mode: str, who: str) -> float:
    """1.0 where less is better, -1.0 where more is."""
    if mode not in ("auto", "min", "max"):
        raise ArgumentError(f"{who} expects mode to be 'auto', 'min' or 'max', got {mode!r}")
    if mode == "min" or (mode == "auto" and column.endswith("loss")):
        return 1.0
    if mode == "max" or (mode == "auto" and column.endswith("accuracy")):
        return -1.0
    raise ArgumentError(
        f"{who} expects to know whether less or more of {column!r} is better, got mode='auto', "
        "which knows losses and accuracies; pass mode='min' or mode='max'"
    )
