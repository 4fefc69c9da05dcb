"""Class numbers as rows of zeros and a one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd.errors import ArgumentError, InputError, ShapeError
from nn.data import one_hot


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.int8])
def test_the_1_is_in_the_place_of_the_class(dtype: Any) -> None:
    y = np.array([2, 0, 127], dtype=dtype)
    rows = one_hot(y)
    assert (rows.shape, rows.dtype) == ((3, 128), np.float64)
    assert rows.argmax(axis=1).tolist() == [2, 0, 127]
    assert rows.sum(axis=1).tolist() == [1, 1, 1]


def test_the_number_of_classes_may_be_larger_than_those_there_are() -> None:
    assert one_hot([0, 1], n_classes=4).tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]
    assert one_hot([], n_classes=4).shape == (0, 4)


def test_truth_values_are_classes_0_and_1() -> None:
    assert one_hot([False, True]).tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("y", "n_classes", "error", "message"),
    [
        ([0.0, 1.0], None, InputError, r"class numbers, whole numbers from 0 on, got y of float64"),
        (["a"], None, InputError, r"class numbers, .+ got y of <U1; write y\.astype\(int\), or np"),
        ([[0, 1]], None, ShapeError, r"one class number per row, got y of shape \(1, 2\); give it"),
        ([], None, ShapeError, r"one class number per row, got y of shape \(0,\); give it"),
        (3, None, ShapeError, r"one class number per row, got y of shape \(\); give it"),
        ([[0], [1, 2]], None, ShapeError, r"one class number per row, got y of shape \(0,\)"),
        ([0, -1], None, ArgumentError, r"class numbers from 0 to 0, got -1 in row 1; pass"),
        ([0, 5, 9], 5, ArgumentError, r"class numbers from 0 to 4, got 5 in row 1; pass n_classes"),
        ([0], 0, ArgumentError, r"n_classes to be an integer of 1 or more, got 0 \(int\); pass"),
    ],
)
def test_what_is_no_class_number_is_refused(
    y: Any, n_classes: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"one_hot expects {message}"):
        one_hot(y, n_classes)
