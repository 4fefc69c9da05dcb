"""What the losses refuse, and what they say of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.errors import ArgumentError, InputError, ShapeError
from nn import losses
from tests.nn.closed_forms import ELEMENTWISE


@pytest.mark.parametrize("loss", ELEMENTWISE, ids=lambda loss: loss.__name__)
def test_outputs_and_targets_must_correspond(loss: Any) -> None:
    message = f"^{loss.__name__} expects one target per output, got output"
    with pytest.raises(ShapeError, match=rf"{message} a list of 2 and target a list of 3; give a"):
        loss([0.5, 0.5], [1, 1, 1])
    with pytest.raises(ShapeError, match=rf"{message} 0\.5 and target a list of 1; give a number"):
        loss(Value(0.5), np.array([1.0]))
    with pytest.raises(ShapeError, match=rf"{message} a list of 0 .* as many or a class number$"):
        loss([], 1)
    with pytest.raises(ShapeError, match=rf"{message} a list of 0 and target a list of 0; give"):
        loss([], [])


@pytest.mark.parametrize("loss", ELEMENTWISE, ids=lambda loss: loss.__name__)
@pytest.mark.parametrize("kind", [float, Value])
@pytest.mark.parametrize("wrong", [-1.0, 2.0, 0.5, float("nan")])
def test_a_number_for_several_outputs_must_be_a_class(loss: Any, kind: Any, wrong: float) -> None:
    message = (
        f"^{loss.__name__} expects a list of 2 targets, or a class number from 0 to 1, got "
        f"{wrong:g}; number the classes from 0"
    )
    with pytest.raises(ArgumentError, match=message):
        loss([Value(0.5), Value(0.5)], kind(wrong))


@pytest.mark.parametrize("loss", ELEMENTWISE, ids=lambda loss: loss.__name__)
def test_outputs_and_targets_must_be_numbers(loss: Any) -> None:
    name = loss.__name__
    with pytest.raises(InputError, match=rf"^{name} expects a number, got None; is a return"):
        loss(None, 1)
    with pytest.raises(InputError, match=rf"^{name} target expects a number, got the text 'yes'"):
        loss(Value(0.5), "yes")
    with pytest.raises(InputError, match=rf"^{name} target expects a real number, got 1j"):
        loss([Value(0.5)], [1j])


SIGNED = pytest.mark.parametrize("loss", [nn.hinge_loss, nn.logistic_loss])


@SIGNED
@pytest.mark.parametrize("target", [0, 2, 0.5, float("nan")])
def test_signed_losses_refuse_labels_other_than_minus_one_and_one(loss: Any, target: float) -> None:
    message = (
        rf"{loss.__name__} expects a target of -1 or \+1, got {target:g}; write 2\*y - 1 for labels"
    )
    with pytest.raises(ArgumentError, match=message):
        loss(Value(0.5), target)


@SIGNED
@pytest.mark.parametrize("targets", [[0, 0, 0], [0, 1, 1], [0, 1, -1], [0, -1], [0]])
def test_signed_losses_refuse_zeros_in_a_list_that_is_not_one_hot(
    loss: Any, targets: list[int]
) -> None:
    with pytest.raises(ArgumentError, match=r"a target of -1 or \+1, got 0; write 2\*y - 1"):
        loss([0.5] * len(targets), targets)


@pytest.mark.parametrize("output", [-0.1, 1.1, float("inf")])
def test_binary_cross_entropy_refuses_what_is_no_probability(output: float) -> None:
    message = (
        rf"binary_cross_entropy expects a probability between 0 and 1, got {output:g}; "
        "use a sigmoid output, or binary_cross_entropy_with_logits"
    )
    for kind in (float, Value):
        with pytest.raises(ArgumentError, match=message):
            nn.binary_cross_entropy(kind(output), 1)


@pytest.mark.parametrize(
    "loss",
    [nn.binary_cross_entropy, nn.binary_cross_entropy_with_logits],
    ids=lambda loss: loss.__name__,
)
@pytest.mark.parametrize("target", [-1, 1.5, float("nan")])
def test_binary_losses_refuse_targets_outside_of_0_to_1(loss: Any, target: float) -> None:
    message = (
        rf"^{loss.__name__} expects a target between 0 and 1, got {target:g}; "
        r"write \(y \+ 1\) / 2 for labels -1 and \+1"
    )
    with pytest.raises(ArgumentError, match=message):
        loss(Value(0.5), target)


@pytest.mark.parametrize("target", [-1.0, 2.0, 0.5])
def test_cross_entropy_refuses_a_value_that_is_no_class_number(target: float) -> None:
    message = rf"cross_entropy expects a class number from 0 to 1, got {target:g}; number the"
    with pytest.raises(ArgumentError, match=message):
        nn.cross_entropy([Value(0.5), Value(0.2)], Value(target))


@pytest.mark.parametrize(("logits", "shown"), [(Value(2.0), "2"), ([1.0], "a list of 1"), (3, "3")])
def test_cross_entropy_refuses_a_single_logit(logits: Any, shown: str) -> None:
    message = f"expects a list of at least 2 logits, got {shown}; for one output use binary_cross"
    with pytest.raises(ShapeError, match=message):
        nn.cross_entropy(logits, 0)


@pytest.mark.parametrize("loss", [nn.cross_entropy, nn.zero_one_loss])
@pytest.mark.parametrize("target", [-1, 3, 0.5, float("inf"), float("nan")])
def test_class_numbers_must_be_whole_and_in_range(loss: Any, target: float) -> None:
    message = (
        f"^{loss.__name__} expects a class number from 0 to 2, got {target:g}; "
        "number the classes from 0"
    )
    with pytest.raises(ArgumentError, match=message):
        loss([1.0, 2.0, 3.0], target)


def test_cross_entropy_refuses_a_wrong_number_of_probabilities() -> None:
    message = r"one probability per output \(3\), got 2; for a class number pass it as it is"
    with pytest.raises(ShapeError, match=message):
        nn.cross_entropy([1.0, 2.0, 3.0], [0.5, 0.5])


@pytest.mark.parametrize("negative", [-0.5, float("nan")])
def test_cross_entropy_refuses_negative_probabilities(negative: float) -> None:
    message = f"expects probabilities of at least 0, got {negative:g}; use softmax to turn"
    with pytest.raises(ArgumentError, match=message):
        nn.cross_entropy([1.0, 2.0], [negative, 1.5])


def test_cross_entropy_refuses_probabilities_that_do_not_sum_to_1() -> None:
    message = r"that sum to 1, got a sum of 2; for a class number pass it as it is"
    with pytest.raises(ArgumentError, match=message):
        nn.cross_entropy([1.0, 2.0], [1.0, 1.0])


@pytest.mark.parametrize("target", ["1", None, 1j])
def test_a_class_number_must_be_a_number(target: Any) -> None:
    with pytest.raises(InputError, match=r"^cross_entropy target expects a (real )?number, got"):
        nn.cross_entropy([1.0, 2.0], target)
    with pytest.raises(InputError, match=r"^zero_one_loss target expects a (real )?number, got"):
        nn.zero_one_loss(0.4, target)


@pytest.mark.parametrize("name", ["xyz", "", 3, None, ["mse_loss"]])
def test_an_unknown_loss_is_refused_with_the_names_there_are(name: Any) -> None:
    with pytest.raises(
        InputError, match=r"a loss function or one of l1_loss, mse_loss.*, got "
    ) as e:
        losses.find(name)
    assert str(e.value).endswith(f"got {name!r}")
    assert "zero_one_loss" not in str(e.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("mse", "mse_loss"), ("MSELoss", "mse_loss"), ("l2", "mse_loss"), ("mae", "l1_loss"),
        ("hinge", "hinge_loss"), ("logistic", "logistic_loss"), ("crossentropy", "cross_entropy"),
        ("CrossEntropyLoss", "cross_entropy"), ("crosentropy", "cross_entropy"),
        ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"),
        ("binary-crossentropy", "binary_cross_entropy"), ("bce", "binary_cross_entropy"),
        ("categorical_crossentropy", "categorical_cross_entropy"), ("half mse", "half_mse_loss"),
    ],
)  # fmt: skip
def test_a_name_that_is_nearly_right_is_told_which_was_meant(name: str, meant: str) -> None:
    with pytest.raises(InputError, match=f", got {name!r}; did you mean '{meant}'\\?$"):
        losses.find(name)


def test_the_name_of_the_loss_without_gradient_is_refused_with_what_to_do() -> None:
    message = r"got 'zero_one_loss', which has no gradient; train with another and pass metrics=\["
    for loss in ("zero_one_loss", nn.zero_one_loss):
        with pytest.raises(InputError, match=message):
            losses.find(loss)


# --- categorical, zero-one and Huber -------------------------------------------------------------


@pytest.mark.parametrize("kind", [float, Value])
def test_categorical_cross_entropy_refuses_what_are_no_probabilities(kind: Any) -> None:
    who = "^categorical_cross_entropy expects"
    remedy = "use a softmax output, or cross_entropy$"
    for outputs, message in [
        ([1.5, -0.5], "a probability between 0 and 1, got 1.5;"),
        ([0.9, 0.9], r"probabilities that sum to 1, got a sum of 1\.8;"),
        ([0.4, 0.57], r"probabilities that sum to 1, got a sum of 0\.97;"),
    ]:
        with pytest.raises(ArgumentError, match=f"{who} {message} {remedy}"):
            nn.categorical_cross_entropy([kind(p) for p in outputs], 1)
    with pytest.raises(ShapeError, match=f"{who} a list of at least 2 probabilities, got 0.9; for"):
        nn.categorical_cross_entropy(kind(0.9), 1)
    for wrong in (2, 0.5):
        with pytest.raises(ArgumentError, match=f"{who} a class number from 0 to 1, got {wrong}; "):
            nn.categorical_cross_entropy([kind(0.4), kind(0.6)], kind(wrong))


@pytest.mark.parametrize(
    ("targets", "error", "message"),
    [
        (
            [0, 1, 1],
            ArgumentError,
            r"one largest entry, at the class, got \[0\.0, 1\.0, 1\.0\]; ",
        ),
        ([0, float("nan"), 1], ArgumentError, "one largest entry, at the class, got"),
        ([1, float("nan"), 0], ArgumentError, "one largest entry, at the class, got"),
        (
            [0, 1],
            ShapeError,
            r"a list with an entry per output \(3\), got a list of 2; for a class",
        ),
    ],
)
def test_zero_one_loss_refuses_a_list_that_names_no_class(
    targets: list[float], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^zero_one_loss expects .*{message}"):
        nn.zero_one_loss([0.1, 0.2, 0.3], targets)


def test_zero_one_loss_refuses_several_targets_for_one_output_and_no_outputs() -> None:
    with pytest.raises(ShapeError, match="one target for one output, got a list of 2; give a"):
        nn.zero_one_loss(0.5, [0, 1])
    with pytest.raises(ShapeError, match="at least one output, got an empty list; give its"):
        nn.zero_one_loss([], 1)


@pytest.mark.parametrize("delta", [0.0, -1.0, float("nan")])
def test_huber_loss_refuses_a_delta_that_is_not_above_0(delta: float) -> None:
    with pytest.raises(ArgumentError, match=f"^huber_loss expects a delta above 0, got {delta:g}"):
        nn.huber_loss(1.0, 2.0, delta=delta)
    with pytest.raises(InputError, match=r"^huber_loss delta expects a number, got"):
        nn.huber_loss(1.0, 2.0, delta="a")  # type: ignore[arg-type]
