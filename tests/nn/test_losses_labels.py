"""What ``check_labels`` says of the targets of a data set, and which row it names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.errors import ArgumentError, GlassgradError, InputError, ShapeError
from nn.losses import LOSSES, check_labels, label_numbers

ONE, TWO, THREE = 0.4, [0.4, 0.6], [0.2, 0.3, 0.5]
nan = float("nan")
UNIQUE = r"np\.unique\(y, return_inverse=True\)\[1\]"

BAD: list[tuple[str, Any, Any, type[Exception], str]] = [
    # class numbers
    ("cross_entropy", THREE, [0, 1, 2, 3, 3], ArgumentError,
     r"^fit expects class numbers from 0 to 2 for cross_entropy, got 3 in row 3 of y \(2 such "
     "rows\\); give the model 4 outputs, one for each class$"),
    ("cross_entropy", THREE, [1, 2, 3, 1], ArgumentError,
     r"got 3 in row 2 of y \(1 such row\); they are counted from 1 to 3: write y - 1$"),
    ("cross_entropy", THREE, [0, 2, -1], ArgumentError,
     rf"got -1 in row 2 of y .*; number the classes from 0, y = {UNIQUE}$"),
    ("cross_entropy", TWO, [3, 8, 3, 5], ArgumentError,
     rf"got 3 in row 0 of y \(4 such rows\); number the classes from 0, y = {UNIQUE}, and give "
     "the model 3 outputs, one for each class$"),
    ("cross_entropy", TWO, [-1, 1, 1], ArgumentError,
     r"got -1 in row 0 of y .*; write \(y \+ 1\) / 2 for labels -1 and \+1$"),
    ("categorical_cross_entropy", THREE, [0, 0.5, 2], ArgumentError,
     "for categorical_cross_entropy, got 0.5 in row 1 of y .*; class numbers are whole; for quant"),
    ("mse_loss", THREE, [0, 0.5, 2], ArgumentError,
     r"class numbers from 0 to 2 for mse_loss, got 0.5 in row 1 .* give y the shape \(n, 3\), one"),
    ("hinge_loss", TWO, [0, 2], ArgumentError, "class numbers from 0 to 1 for hinge_loss, got 2 i"),
    ("zero_one_loss", THREE, [0, 3], ArgumentError, "0 to 2 for zero_one_loss, got 3 in row 1"),
    # rows of probabilities
    ("cross_entropy", TWO, [[0.5, 0.5], [0.5, 0.6], [1, 2]], ArgumentError,
     r"^fit expects rows of probabilities that sum to 1 for cross_entropy, got \[0.5, 0.6\] in row "
     r"1 of y \(2 such rows\); divide each row by its sum, y / y\.sum\(axis=1, keepdims=True\)$"),
    ("cross_entropy", TWO, [[0, 1], [1, 1]], ArgumentError,
     r"got \[1, 1\] in row 1 .*where a row may have several classes, or none, use binary_cross_"),
    ("cross_entropy", TWO, [[1, -1], [-1, 1]], ArgumentError,
     r"got \[1, -1\] in row 0 .*write \(y \+ 1\) / 2 for rows of -1 and \+1"),
    ("cross_entropy", TWO, [[0, 1], [1.5, -0.5]], ArgumentError,
     r"got \[1.5, -0.5\] in row 1 .*give one-hot rows, or class numbers of shape \(n,\)"),
    ("cross_entropy", [0.1] * 10, 2.0 * np.eye(10), ArgumentError,
     "got a row from 0 to 2 that sums to 2 in row 0"),
    ("zero_one_loss", THREE, [[0, 1, 0], [0, 1, 1]], ArgumentError,
     r"rows with one largest entry for zero_one_loss, got \[0, 1, 1\] in row 1 .*give one-hot"),
    # -1 and +1
    ("hinge_loss", ONE, [1, 0, 1], ArgumentError,
     r"^fit expects targets of -1 or \+1 for hinge_loss, got 0 in row 1 of y \(1 such row\); write "
     r"2\*y - 1 for labels 0 and 1$"),
    ("logistic_loss", ONE, [True, False], ArgumentError,
     r"\+1 for logistic_loss, got 0 in row 1 of y .*; write 2\*y - 1 for labels 0 and 1$"),
    ("hinge_loss", ONE, [1, 2, 1], ArgumentError,
     rf"got 2 in row 1 .*number the two classes, y = 2 \* {UNIQUE} - 1$"),
    ("hinge_loss", ONE, [-1, 1, 2], ArgumentError,
     "got 2 in row 2 .*for 3 classes give the model 3 outputs and use cross_entropy"),
    ("hinge_loss", ONE, [-1, 0.5], ArgumentError, "got 0.5 in row 1 .*for quantities use mse_loss"),
    ("hinge_loss", THREE, [[0, 1, 0], [0, 1, 1]], ArgumentError,
     r"got \[0, 1, 1\] in row 1 .*write 2\*y - 1 for rows of 0 and 1"),
    # 0 to 1
    ("binary_cross_entropy", ONE, [1, -1, -1], ArgumentError,
     r"^fit expects targets between 0 and 1 for binary_cross_entropy, got -1 in row 1 of y \(2 such"
     r" rows\); write \(y \+ 1\) / 2 for labels -1 and \+1$"),
    ("binary_cross_entropy_with_logits", ONE, [1, 2], ArgumentError,
     rf"got 2 in row 1 .*number the two classes, y = {UNIQUE}$"),
    ("binary_cross_entropy_with_logits", ONE, [0, 1, 2], ArgumentError,
     "got 2 in row 2 .*for 3 classes give the model 3 outputs and use cross_entropy"),
    ("binary_cross_entropy", TWO, [[0, 1], [0, 1.5]], ArgumentError,
     r"got \[0, 1.5\] in row 1 .*for quantities use mse_loss"),
    # what is no number
    ("cross_entropy", TWO, ["cat", "dog"], InputError,
     rf"^fit expects numbers in y, got the text 'cat' in row 0 of y \(2 such rows\); number the "
     rf"labels, y = {UNIQUE}$"),
    ("hinge_loss", ONE, ["a", "b"], InputError, rf"the labels, y = 2 \* {UNIQUE} - 1$"),
    ("binary_cross_entropy", ONE, ["a", "b"], InputError, rf"the labels, y = {UNIQUE}$"),
    ("mse_loss", ONE, ["a", "b"], InputError, "for two classes use logistic_loss, for more cross"),
    ("cross_entropy", TWO, [["a", "b"]], InputError, "the text 'a' in row 0 .*give numbers"),
    ("cross_entropy", TWO, ["0", "1"], InputError, r"text '0' in row 0 .*write y\.astype\(float\)"),
    ("mse_loss", ONE, [1.5, "n/a", 2.5], InputError,
     r"got the text 'n/a' in row 1 of y \(1 such row\); drop or fill them first$"),
    ("mse_loss", ONE, [1.5, "2.0", None], InputError,
     r"got None in row 2 of y \(1 such row\); drop or fill them first$"),
    ("mse_loss", ONE, [1.5, 1j], InputError, r"got complex .* in row 0 .*give real numbers"),
    ("mse_loss", ONE, [1.5, nan], ArgumentError,
     r"^fit expects finite numbers, got nan or inf in row 1 of y \(1 such row\); drop or fill"),
    ("mse_loss", TWO, [[0, 1], [np.inf, 0]], ArgumentError, "nan or inf in row 1 of y"),
    # shapes
    ("mse_loss", ONE, [[1.0], [2.0]], ShapeError,
     r"^fit expects y of shape \(2,\) for a model of one output, got shape \(2, 1\); write np\.ra"),
    ("mse_loss", ONE, [[1.0, 2.0]], ShapeError, r"shape \(1, 2\); give the model 2 outputs, or y"),
    ("mse_loss", ONE, 3.0, ShapeError, r"got shape \(\); give a list"),
    ("mse_loss", THREE, np.zeros((4, 2)), ShapeError,
     r"^fit expects y of shape \(4, 3\) for a model of 3 outputs, or class numbers of shape \(4,"
     r"\), got shape \(4, 2\); give one target per output$"),
    ("cross_entropy", THREE, np.zeros((4, 1)), ShapeError, r"write np\.ravel\(y\) for class numb"),
    ("cross_entropy", ONE, [0, 1], ShapeError,
     r"^fit expects a model of at least 2 outputs for cross_entropy, got one with 1; use "
     "binary_cross_entropy_with_logits for one output$"),
    ("categorical_cross_entropy", [0.4], [0, 1], ShapeError, "use binary_cross_entropy for one"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "output", "y", "error", "message"), BAD, ids=range(len(BAD)))
def test_labels_that_a_loss_cannot_take_are_refused_with_the_first_wrong_row(
    name: str, output: Any, y: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        check_labels(LOSSES[name], output, y)
    assert isinstance(raised.value, GlassgradError)


GOOD: list[tuple[str, Any, Any]] = [
    *[(name, ONE, [1, 1]) for name in LOSSES if name not in
      ("cross_entropy", "categorical_cross_entropy")],
    *[(name, THREE, [0, 2, 1]) for name in LOSSES],
    *[(name, THREE, np.eye(3)) for name in LOSSES],
    *[(name, TWO, [True, False]) for name in LOSSES],
    ("mse_loss", ONE, [-3.5, 1e9]), ("mse_loss", [0.4], [1.0, 2.0]), ("mse_loss", [0.4], [[1.0]]),
    ("mse_loss", TWO, [[0.3, -8.0]]), ("hinge_loss", ONE, [-1, 1]), ("hinge_loss", TWO, [[1, -1]]),
    ("hinge_loss", TWO, [[1, 1], [0, 1]]), ("binary_cross_entropy", ONE, [True, False]),
    ("binary_cross_entropy", ONE, [0.0, 0.3]), ("binary_cross_entropy", TWO, [[1, 1], [0, 0]]),
    ("cross_entropy", TWO, [[0.5, 0.5], [0.1, 0.9]]),
    ("cross_entropy", TWO, np.array([[1 / 3, 2 / 3]], dtype=np.float32)),
    ("cross_entropy", TWO, np.array([0, 1.0, True], dtype=object)),
    ("mse_loss", ONE, np.array([Value(1.0), 2], dtype=object)),
    ("cross_entropy", TWO, np.array([1, 0], dtype=np.uint8)), ("cross_entropy", TWO, []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "output", "y"), GOOD, ids=range(len(GOOD)))
def test_labels_that_a_loss_takes_pass(name: str, output: Any, y: Any) -> None:
    check_labels(LOSSES[name], output, y)
    # and the loss does take them
    for target in y:
        assert np.isfinite(float(LOSSES[name](output, target)))


def test_labels_and_the_loss_itself_agree_on_every_target() -> None:
    """Each row alone: what the one refuses, the other does."""
    # without nan, which a loss lets through, as nan
    single: list[Any] = [-1, 0, 1, 2, 3, 0.5, True, "a", None]
    pairs = [[0, 1], [1, 0], [1, 1], [-1, 1], [0, 0], [0.5, 0.5], [0.5, 0.6], [-0.5, 1.5]]

    def refuses(check: Callable[[], object]) -> bool:
        try:
            check()
        except GlassgradError:
            return True
        return False

    for name, loss in LOSSES.items():
        for output in (ONE, TWO):
            for target in (*single, *pairs, [1]):
                y = np.empty((1, *np.shape(target)), dtype=object)
                y[0] = target
                beforehand = refuses(partial(check_labels, loss, output, y))
                assert beforehand == refuses(partial(loss, output, target)), (name, output, target)


def test_who_asks_opens_the_message() -> None:
    with pytest.raises(ArgumentError, match=r"^fit validation expects class numbers from 0"):
        check_labels(nn.cross_entropy, TWO, [0, 2], "fit validation")


def test_the_output_may_be_values() -> None:
    with pytest.raises(ArgumentError, match="got 2 in row 0"):
        check_labels(nn.cross_entropy, [Value(0.1), Value(0.2)], [2])
    check_labels(nn.mse_loss, Value(0.1), [2])


def test_the_targets_of_a_loss_of_ones_own_are_its_own() -> None:
    def cross_entropy(output: Any, target: Any) -> Any:
        return output

    check_labels(cross_entropy, ONE, np.array(["anything", None]))


def test_numbers_are_looked_at_as_arrays_and_not_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def one_by_one(*given: Any) -> None:
        raise AssertionError("one by one")

    monkeypatch.setattr(label_numbers, "_check_entries", one_by_one)
    for kind in (np.int64, np.float64, np.uint8):
        for name in LOSSES:
            check_labels(LOSSES[name], THREE, (np.arange(70_000) % 3).astype(kind))
    with pytest.raises(AssertionError, match="one by one"):
        check_labels(nn.mse_loss, ONE, ["1"])
