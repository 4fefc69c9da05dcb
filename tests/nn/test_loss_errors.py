"""What the losses refuse, and what they say of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.errors import ArgumentError, InputError, ShapeError
from nn import losses

ELEMENTWISE = [
    nn.l1_loss,
    nn.mse_loss,
    nn.hinge_loss,
    nn.binary_cross_entropy,
    nn.binary_cross_entropy_with_logits,
]


@pytest.mark.parametrize("loss", ELEMENTWISE, ids=lambda loss: loss.__name__)
def test_outputs_and_targets_must_correspond(loss: Any) -> None:
    name = loss.__name__
    message = f"^{name} expects one target per output, got output a list of 2 and target"
    with pytest.raises(ShapeError, match=rf"{message} 1; give a number for one output, a list"):
        loss([Value(0.5), Value(0.5)], 1)
    with pytest.raises(ShapeError, match=rf"{message} a list of 3; give a number"):
        loss([0.5, 0.5], [1, 1, 1])
    with pytest.raises(ShapeError, match=r"got output 0\.5 and target a list of 1; give a number"):
        loss(Value(0.5), np.array([1.0]))


@pytest.mark.parametrize("loss", ELEMENTWISE, ids=lambda loss: loss.__name__)
def test_outputs_and_targets_must_be_numbers(loss: Any) -> None:
    name = loss.__name__
    with pytest.raises(InputError, match=rf"^{name} expects a number, got None; is a return"):
        loss(None, 1)
    with pytest.raises(InputError, match=rf"^{name} target expects a number, got the text 'yes'"):
        loss(Value(0.5), "yes")
    with pytest.raises(InputError, match=rf"^{name} target expects a real number, got 1j"):
        loss([Value(0.5)], [1j])


@pytest.mark.parametrize("target", [0, 2, 0.5, float("nan")])
def test_hinge_loss_refuses_labels_other_than_minus_one_and_one(target: float) -> None:
    message = (
        rf"hinge_loss expects a target of -1 or \+1, got {target:g}; write 2\*y - 1 for labels 0"
    )
    with pytest.raises(ArgumentError, match=message):
        nn.hinge_loss(Value(0.5), target)


@pytest.mark.parametrize("output", [-0.1, 1.1, float("inf")])
def test_binary_cross_entropy_refuses_what_is_no_probability(output: float) -> None:
    message = (
        rf"binary_cross_entropy expects a probability between 0 and 1, got {output:g}; "
        "use a sigmoid output, or binary_cross_entropy_with_logits"
    )
    for kind in (float, Value):
        with pytest.raises(ArgumentError, match=message):
            nn.binary_cross_entropy(kind(output), 1)


@pytest.mark.parametrize("loss", ELEMENTWISE[3:], ids=lambda loss: loss.__name__)
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
    message = r"one probability per logit \(3\), got 2; for a class number pass it as it is"
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


@pytest.mark.parametrize("name", ["mse", "zero_one_loss", "", 3, None, ["mse_loss"]])
def test_an_unknown_loss_is_refused_with_the_names_there_are(name: Any) -> None:
    with pytest.raises(
        InputError, match=r"a loss function or one of l1_loss, mse_loss.*, got "
    ) as e:
        losses.find(name)
    assert str(e.value).endswith(f"got {name!r}")
    assert str(e.value).count("zero_one_loss") == (name == "zero_one_loss")
