"""Rows set aside: each once, in proportion, by the seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.errors import ArgumentError, InputError, ShapeError
from nn.data import train_test_split
from nn.data.splits import split_rows


def held(sizes: list[int], fraction: float, seed: int = 0) -> list[int]:
    """How many rows of each class are held out."""
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    _, held_out = split_rows(y, fraction, np.random.default_rng(seed), stratify=True)
    return np.bincount(y[held_out], minlength=len(sizes)).tolist()


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=2, max_size=60),
    st.floats(0.001, 0.999),
    st.booleans(),
    st.integers(0, 99),
)
def test_every_row_is_in_exactly_one_part_and_the_parts_have_their_size(
    y: list[int], fraction: float, stratify: bool, seed: int
) -> None:
    kept, held_out = split_rows(y, fraction, np.random.default_rng(seed), stratify)
    assert sorted([*kept.tolist(), *held_out.tolist()]) == list(range(len(y)))
    assert len(held_out) == min(max(round(fraction * len(y)), 1), len(y) - 1)
    assert kept.tolist() == sorted(kept.tolist())
    assert held_out.tolist() == sorted(held_out.tolist())


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=8).filter(lambda sizes: sum(sizes) > 1),
    st.floats(0.01, 0.99),
)
def test_each_class_is_held_out_in_proportion_rounded_down_or_up(
    sizes: list[int], fraction: float
) -> None:
    counts = held(sizes, fraction)
    n, total = sum(sizes), sum(counts)
    for size, count in zip(sizes, counts, strict=True):
        assert size * total // n <= count <= -(-size * total // n)


@pytest.mark.parametrize(
    ("sizes", "fraction", "counts"),
    [
        ([100, 50, 50], 0.2, [20, 10, 10]),
        ([66, 34], 0.1, [7, 3]),  # 6.6 and 3.4
        ([95, 5], 0.1, [9, 1]),  # 9.5 and 0.5: or there would be no row of the second
        ([97, 2], 0.1, [9, 1]),  # 9.8 and 0.2
        ([2, 98], 0.9, [1, 89]),  # 1.8 and 88.2: or there would be none left of the first
        ([2, 2, 2], 0.5, [1, 1, 1]),
        ([1, 90], 0.1, [0, 9]),
    ],
)
def test_shares_are_these(sizes: list[int], fraction: float, counts: list[int]) -> None:
    assert held(sizes, fraction) == counts


def test_a_tie_between_classes_is_decided_by_chance() -> None:
    found = {tuple(held([50, 50], 0.29, seed)) for seed in range(20)}
    assert found == {(14, 15), (15, 14)}


def test_without_stratify_classes_are_held_out_by_chance() -> None:
    y = np.repeat([0, 1], 50)
    rng = np.random.default_rng(0)
    counts = {int(y[split_rows(y, 0.2, rng, stratify=False)[1]].sum()) for _ in range(20)}
    assert len(counts) > 3


def test_every_row_of_a_class_has_the_same_chance() -> None:
    y = np.repeat([0, 1], [10, 30])
    rng = np.random.default_rng(0)
    times = np.zeros(40)
    for _ in range(1000):
        times[split_rows(y, 0.2, rng, stratify=True)[1]] += 1
    assert times == pytest.approx(np.full(40, 200.0), abs=60)


def test_one_hot_rows_are_classes_too() -> None:
    y = np.eye(3)[np.repeat([0, 1, 2], [10, 20, 30])]
    _, held_out = split_rows(y, 0.1, np.random.default_rng(0), stratify=True)
    assert y[held_out].sum(axis=0).tolist() == [1, 2, 3]


def test_the_same_generator_state_gives_the_same_rows() -> None:
    y = np.arange(50) % 3
    first, same = (split_rows(y, 0.3, np.random.default_rng(5), True)[1] for _ in range(2))
    other = split_rows(y, 0.3, np.random.default_rng(6), True)[1]
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("fraction", [0, 1, -0.2, 1.5, float("nan"), "0.2", None, True])
def test_a_fraction_that_is_none_is_refused_in_the_name_of_the_caller(fraction: Any) -> None:
    message = r"fit expects fraction to be a number between 0 and 1, got .+; pass the part to hold"
    with pytest.raises(ArgumentError, match=message):
        split_rows([0, 1], fraction, np.random.default_rng(0), True, who="fit")


@pytest.mark.parametrize("y", [[], [1], 3])
def test_two_rows_are_needed(y: Any) -> None:
    message = r"split_rows expects two rows or more, one for each part, got y of shape \(.*\); give"
    with pytest.raises(ArgumentError, match=message):
        split_rows(y, 0.5, np.random.default_rng(0), False)


def test_targets_without_an_order_are_no_classes() -> None:
    y = np.array(["a", 1, None], dtype=object)
    with pytest.raises(InputError, match=r"split_rows expects classes of one kind, .+ all text"):
        split_rows(y, 0.5, np.random.default_rng(0), True)


# train_test_split

X = np.arange(40.0).reshape(20, 2)
Y = np.arange(20) % 2


def test_the_four_parts_are_in_scikit_learns_order_and_rows_keep_their_targets() -> None:
    y = np.arange(20) * 10.0
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, seed=0)
    assert (X_train.shape, X_test.shape) == ((15, 2), (5, 2))
    assert np.array_equal(X_train[:, 0] * 5, y_train)
    assert np.array_equal(X_test[:, 0] * 5, y_test)
    assert sorted([*y_train, *y_test]) == y.tolist()


def test_rows_of_a_part_are_shuffled_by_the_seed() -> None:
    y = np.repeat([0, 1], 10)
    _, _, y_train, _ = train_test_split(X, y, seed=0)
    assert np.count_nonzero(np.diff(y_train)) > 1
    assert np.array_equal(y_train, train_test_split(X, y, seed=0)[2])
    assert not np.array_equal(train_test_split(X, y, seed=0)[0], train_test_split(X, y, seed=1)[0])


@pytest.mark.parametrize("y", [Y, Y.astype(bool), np.array(["no", "yes"])[Y]])
def test_labels_are_stratified_unless_told(y: np.ndarray) -> None:
    for seed in range(10):
        y_test = train_test_split(X, y, test_size=0.2, seed=seed)[3]
        assert np.unique(y_test, return_counts=True)[1].tolist() == [2, 2]
    by_chance = [train_test_split(X, Y, stratify=False, seed=s)[3].sum() for s in range(20)]
    assert len(set(by_chance)) > 1


def test_floats_are_stratified_only_if_told() -> None:
    y = Y.astype(float)
    sums = {train_test_split(X, y, seed=s)[3].sum() for s in range(20)}
    assert len(sums) > 1
    assert {train_test_split(X, y, stratify=True, seed=s)[3].sum() for s in range(20)} == {2.0}


@pytest.mark.parametrize("test_size", [3, np.int64(3)])
def test_test_size_may_be_a_number_of_rows(test_size: Any) -> None:
    assert len(train_test_split(X, Y, test_size)[1]) == 3


def test_the_parts_are_copies() -> None:
    parts = train_test_split(X, Y, seed=0)
    assert not any(np.shares_memory(part, whole) for part in parts for whole in (X, Y))


@pytest.mark.parametrize(
    ("test_size", "message"),
    [
        (1.0, r"expects test_size to be a number between 0 and 1, got 1\.0 \(float\); pass the"),
        (True, r"expects test_size to be a number between 0 and 1, got True \(bool\); pass the"),
        (0, r"expects test_size to be an integer of 1 or more, got 0 \(int\); pass a part"),
        (20, r"expects test_size to leave a row to train on, got 20 of 20 rows; pass at most 19"),
    ],
)
def test_test_size_leaves_a_row_in_each_part(test_size: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=f"train_test_split {message}"):
        train_test_split(X, Y, test_size)


def test_rows_and_targets_must_be_as_many() -> None:
    message = (
        r"train_test_split expects one target per row, got X of shape \(20, 2\) and y of shape "
        r"\(19,\); give y as many entries"
    )
    with pytest.raises(ShapeError, match=message):
        train_test_split(X, Y[:-1])


def test_ragged_rows_are_refused() -> None:
    message = "train_test_split expects X to have rows of one length, got a list that does not"
    with pytest.raises(InputError, match=message):
        train_test_split([[1, 2], [3]], [0, 1])


def test_scikit_learns_way_to_stratify_is_answered_with_ours() -> None:
    message = (
        r"expects stratify to be True, False or None, got .+; the classes are those in y, pass"
    )
    with pytest.raises(InputError, match=message):
        train_test_split(X, Y, stratify=Y)  # type: ignore[arg-type]
