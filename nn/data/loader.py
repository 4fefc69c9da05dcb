"""Batches, for a training loop of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError, GraphError, InputError, ShapeError
from nn.checks import as_generator

from .checks import as_flag, as_integer
from .dataset import Dataset

Batch = tuple[NDArray[Any], NDArray[Any]]


class DataLoader:
    """Go through a data set in batches, in a new order each time.

    ``DataLoader(X, y)`` takes arrays, (n, ...) and (n,) or (n, ...). ``DataLoader(pairs)`` takes
    any sequence of pairs (x, y), anything with ``len`` and ``[i]``, such as PyTorch's data sets,
    or with ``shuffle=False`` any iterable of them; what can be gone through once only, such as a
    generator, is good for one pass.

    Args:
        X: rows, or pairs, or a ``Dataset``.
        y: a target for each row; left out with pairs.
        batch_size: rows in a batch, 1 or more; the last one may have fewer.
        shuffle: whether each pass has an order of its own.
        seed: a non-negative integer for the same sequence of orders, a NumPy Generator to draw
            from, or None for fresh ones.
        drop_last: whether to leave out a last batch that has fewer rows.

    Each batch is ``(X_batch, y_batch)``, fresh arrays with the rows along the first axis;
    ``len(loader)`` is the number of batches.

    Raises:
        ShapeError: X and y are not of the same length, there are no rows, or not one whole batch.
        InputError: what was given is neither arrays nor pairs, or has no length to shuffle by.
        ArgumentError: another argument is outside what is said above.
        GraphError: what can be gone through once only is asked for a second pass.

    >>> loader = DataLoader(np.arange(10.0).reshape(5, 2), np.arange(5), batch_size=2, seed=0)
    >>> len(loader)
    3
    >>> [y.tolist() for X, y in loader], [y.tolist() for X, y in loader]
    ([[2, 4], [3, 0], [1]], [[4, 1], [2, 0], [3]])
    """

    def __init__(
        self,
        X: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | np.random.Generator | None = None,
        drop_last: bool = False,
    ) -> None:
        who = "DataLoader"
        self.batch_size = as_integer(who, "batch_size", batch_size, 1, "pass batch_size=32.")
        self.shuffle = as_flag(who, "shuffle", shuffle)
        self.drop_last = as_flag(who, "drop_last", drop_last)
        self._rng = as_generator(who, seed)
        if isinstance(X, Dataset) and y is None:
            X, y = X
        self._arrays = None if y is None else _as_arrays(X, y)
        self._pairs = X if y is None else ()
        self._n = len(self._arrays[0]) if self._arrays else _n_pairs(X, self.shuffle)
        self._is_used_up = False
        if self._n is not None and len(self) == 0:
            raise ShapeError(
                f"DataLoader expects rows for one batch or more, got {self._n} for a batch of "
                f"{self.batch_size}; give it more rows or a smaller batch_size."
            )

    def __len__(self) -> int:
        if self._n is None:
            raise InputError(
                f"DataLoader expects something with a length to count its batches, got "
                f"{type(self._pairs).__name__}; give it list(...)."
            )
        whole, rest = divmod(self._n, self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Batch]:
        # the order is drawn here and not with the first batch: two passes at once are then
        # the same two as one after the other
        if self._n is None:
            return self._in_turn(self._new_pass())
        order = self._rng.permutation(self._n) if self.shuffle else np.arange(self._n)
        return self._in_order(order)

    def _in_order(self, order: NDArray[np.intp]) -> Iterator[Batch]:
        for i in range(len(self)):
            rows = order[i * self.batch_size : (i + 1) * self.batch_size]
            if self._arrays:
                X, y = self._arrays
                yield X[rows], y[rows]
            else:
                yield _stacked([self._pairs[row] for row in rows.tolist()])

    def _in_turn(self, pairs: Iterator[Any]) -> Iterator[Batch]:
        while batch := list(islice(pairs, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield _stacked(batch)

    def _new_pass(self) -> Iterator[Any]:
        pairs = iter(self._pairs)
        if pairs is self._pairs:
            if self._is_used_up:
                raise GraphError(
                    "DataLoader expects pairs that it can go through again, got a "
                    f"{type(pairs).__name__}, which the first pass has used up; give it list(...), "
                    "or make a new loader for each pass."
                )
            self._is_used_up = True
        return pairs


def _as_arrays(X: Any, y: Any) -> Batch:
    try:
        rows, targets = np.asarray(X), np.asarray(y)
    except ValueError as error:
        raise InputError(
            f"DataLoader expects rows of one length, got X and y that are not ({error}); pad the "
            "shorter ones."
        ) from None
    if not rows.ndim or not targets.ndim or len(rows) != len(targets):
        raise ShapeError(
            f"DataLoader expects one target per row, got X of shape {rows.shape} and y of shape "
            f"{targets.shape}; give y as many entries as X has rows."
        )
    return rows, targets


def _n_pairs(pairs: Any, shuffle: bool) -> int | None:
    """How many pairs there are, where they can be counted and picked."""
    is_sequence = isinstance(pairs, Sized) and hasattr(pairs, "__getitem__")
    # tables and tensors, which say that they are arrays, would be taken for a sequence of rows
    is_other = isinstance(pairs, (str, bytes, Mapping)) or hasattr(pairs, "__array__")
    if is_other or not (is_sequence or isinstance(pairs, Iterable)):
        raise InputError(
            f"DataLoader expects X and y, or pairs (x, y), got {type(pairs).__name__} alone; write "
            "DataLoader(X, y)."
        )
    if is_sequence:
        return len(pairs)
    if shuffle:
        raise InputError(
            "DataLoader expects a sequence of pairs to shuffle, got "
            f"{type(pairs).__name__}; give it list(...), or pass shuffle=False to take the "
            "pairs as they come."
        )
    return None


def _stacked(pairs: list[Any]) -> Batch:
    try:
        rows, targets = zip(*((x, y) for x, y in pairs), strict=True)
    except (TypeError, ValueError):
        raise InputError(
            "DataLoader expects pairs (x, y), got something else among them; for two arrays "
            "write DataLoader(X, y)."
        ) from None
    try:
        return np.array(rows), np.array(targets)
    except ValueError as error:
        raise ArgumentError(
            f"DataLoader expects the rows of a batch to have one shape, got several ({error}); pad "
            "them, or pass batch_size=1."
        ) from None
