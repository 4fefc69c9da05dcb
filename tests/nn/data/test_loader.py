"""Batches of arrays, of sequences and of what can be gone through once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograd.errors import ArgumentError, GraphError, InputError, ShapeError
from nn.data import DataLoader, Dataset

X = np.arange(20.0).reshape(10, 2)
Y = np.arange(10)
PAIRS = list(zip(X, Y, strict=True))


def labels(loader: DataLoader) -> list[list[int]]:
    return [y.tolist() for _, y in loader]


@pytest.mark.parametrize("loader", [DataLoader(X, Y, 4, seed=0), DataLoader(PAIRS, None, 4)])
def test_every_row_comes_once_with_its_target_in_batches_of_one_size(loader: DataLoader) -> None:
    batches = list(loader)
    assert [x.shape for x, _ in batches] == [(4, 2), (4, 2), (2, 2)]
    assert all(np.array_equal(x[:, 0], 2 * y) for x, y in batches)
    assert sorted(label for _, y in batches for label in y) == Y.tolist()
    assert len(loader) == 3


def test_each_pass_has_an_order_of_its_own_by_the_seed() -> None:
    loader, same = (DataLoader(X, Y, 10, seed=3) for _ in range(2))
    first, second = labels(loader), labels(loader)
    assert first != second
    assert [first, second] == [labels(same), labels(same)]
    assert first != labels(DataLoader(X, Y, 10, seed=4))


def test_arrays_and_pairs_come_in_the_same_order() -> None:
    assert labels(DataLoader(X, Y, 3, seed=1)) == labels(DataLoader(PAIRS, batch_size=3, seed=1))


def test_two_passes_at_once_are_those_that_come_one_after_the_other() -> None:
    loader, same = (DataLoader(X, Y, 5, seed=3) for _ in range(2))
    at_once = [[a.tolist(), b.tolist()] for (_, a), (_, b) in zip(loader, loader, strict=True)]
    assert [list(each) for each in zip(*at_once, strict=True)] == [labels(same), labels(same)]


def test_without_shuffle_rows_come_as_they_are() -> None:
    assert labels(DataLoader(X, Y, 4, shuffle=False)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_drop_last_leaves_out_a_batch_with_fewer_rows() -> None:
    loader = DataLoader(X, Y, 4, shuffle=False, drop_last=True)
    assert labels(loader) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert len(loader) == 2
    assert len(DataLoader(X, Y, 5, drop_last=True)) == 2
    once = DataLoader(iter(PAIRS), batch_size=4, shuffle=False, drop_last=True)
    assert labels(once) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_batches_are_fresh_arrays() -> None:
    for x, y in DataLoader(X, Y, shuffle=False):
        assert not np.shares_memory(x, X)
        assert not np.shares_memory(y, Y)


def test_a_data_set_is_taken_as_it_is() -> None:
    assert labels(DataLoader(Dataset(X, Y), shuffle=False)) == [Y.tolist()]


def test_rows_may_be_pictures_and_targets_rows() -> None:
    pictures, targets = np.zeros((6, 28, 28)), np.eye(6)
    batch = next(iter(DataLoader(pictures, targets, 4)))
    assert [part.shape for part in batch] == [(4, 28, 28), (4, 6)]


def test_a_generator_is_batched_as_it_comes_and_is_good_for_one_pass() -> None:
    loader = DataLoader((pair for pair in PAIRS), batch_size=4, shuffle=False)
    assert labels(loader) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    message = (
        "DataLoader expects pairs that it can go through again, got a generator, which the first "
        r"pass has used up; give it list\(\.\.\.\), or make a new loader for each pass\.$"
    )
    with pytest.raises(GraphError, match=message):
        iter(loader)


def test_a_generator_is_read_no_further_than_the_batch() -> None:
    taken = []

    def pairs() -> Iterator[tuple[int, int]]:
        for i in range(10):
            taken.append(i)
            yield i, i

    next(iter(DataLoader(pairs(), batch_size=3, shuffle=False)))
    assert taken == [0, 1, 2]


def test_an_iterable_that_starts_anew_is_good_for_any_number_of_passes() -> None:
    class Pairs:
        def __iter__(self) -> Iterator[Any]:
            return iter(PAIRS)

    loader = DataLoader(Pairs(), batch_size=5, shuffle=False)
    assert labels(loader) == labels(loader) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def test_what_has_no_length_is_neither_shuffled_nor_counted() -> None:
    with pytest.raises(InputError, match=r"a sequence of pairs to shuffle, got generator; give it"):
        DataLoader(pair for pair in PAIRS)
    loader = DataLoader((pair for pair in PAIRS), shuffle=False)
    with pytest.raises(InputError, match=r"something with a length to count its batches, got gen"):
        len(loader)
    assert len(list(loader)) == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            (X, Y[:9]),
            ShapeError,
            r"one target per row, got X of shape \(10, 2\) and y of shape \(9",
        ),
        ((X, 3), ShapeError, r"one target per row, got X of shape \(10, 2\) and y of shape \(\);"),
        (
            (X,),
            InputError,
            r"X and y, or pairs \(x, y\), got ndarray alone; write DataLoader\(X, y",
        ),
        (
            ("abc",),
            InputError,
            r"X and y, or pairs \(x, y\), got str alone; write DataLoader\(X, y",
        ),
        ((7,), InputError, r"X and y, or pairs \(x, y\), got int alone; write DataLoader\(X, y"),
        (([],), ShapeError, "rows for one batch or more, got 0 for a batch of 32; give it more"),
        (([[1], [2, 3]], [0, 1]), InputError, r"rows of one length, got X and y that are not \("),
        (
            (X, Y, 0),
            ArgumentError,
            r"batch_size to be an integer of 1 or more, got 0 \(int\); pass",
        ),
        (
            (X, Y, 2, "no"),
            ArgumentError,
            r"shuffle to be True or False, got 'no' \(str\); pass shu",
        ),
        ((X, Y, 2, True, -1), ArgumentError, r"seed to be None, an integer of 0 or more, or a"),
        (
            (X, Y, 11, True, None, True),
            ShapeError,
            "rows for one batch or more, got 10 for a batch",
        ),
    ],
)
def test_what_cannot_be_batched_is_refused(
    arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"DataLoader expects {message}"):
        DataLoader(*arguments)


@pytest.mark.parametrize("pairs", [(X, Y), [1, 2, 3], [(1, 2, 3)]])
def test_what_are_no_pairs_is_said_with_the_first_batch(pairs: Any) -> None:
    message = r"DataLoader expects pairs \(x, y\), got something else among them; for two arrays"
    with pytest.raises(InputError, match=message):
        next(iter(DataLoader(pairs)))


def test_rows_of_several_shapes_make_no_batch() -> None:
    pairs = [(np.zeros(2), 0), (np.zeros(3), 1)]
    with pytest.raises(ArgumentError, match=r"rows of a batch to have one shape, got several \("):
        next(iter(DataLoader(pairs)))
    assert len(list(DataLoader(pairs, batch_size=1))) == 2


def test_what_has_a_length_and_places_is_a_sequence_of_pairs() -> None:
    class Squares:  # as PyTorch's data sets are: not even an iterable
        def __len__(self) -> int:
            return 5

        def __getitem__(self, i: int) -> tuple[float, int]:
            return i * i, i

    batches = list(DataLoader(Squares(), batch_size=2, seed=0))
    assert [len(y) for _, y in batches] == [2, 2, 1]
    assert sorted(np.concatenate([y for _, y in batches]).tolist()) == [0, 1, 2, 3, 4]
    assert all((x == y * y).all() for x, y in batches)


@pytest.mark.parametrize("make", [dict, lambda: {0: (1, 2)}, lambda: Table()])
def test_a_table_or_a_dictionary_is_no_sequence_of_pairs(make: Any) -> None:
    with pytest.raises(InputError, match=r"expects X and y, or pairs .+, got (dict|Table) alone"):
        DataLoader(make())


class Table:  # as pandas' and PyTorch's: a sequence of columns or rows, and an array
    def __len__(self) -> int:
        return 2

    def __getitem__(self, i: int) -> tuple[float, float]:
        return 1.0, 2.0

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.ones((2, 2))
