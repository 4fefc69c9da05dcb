"""The losses: closed forms, PyTorch's numbers, gradients, and what they do far from zero."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from nn import losses
from tests.nn.closed_forms import CLOSED_FORMS, ELEMENTWISE, OTHERS, closed_form

Loss = Callable[[Any, Any], Any]


POINTS = [
    (losses.LOSSES[name], form, o, t)
    for name, (form, points) in CLOSED_FORMS.items()
    for o, t in points
]
IDS = [f"{loss.__name__}({o}, {t})" for loss, _, o, t in POINTS]


@pytest.mark.parametrize("name", [name for name in losses.LOSSES if name not in OTHERS])
def test_every_loss_has_its_formula_among_the_closed_forms(name: str) -> None:
    assert closed_form(name) is CLOSED_FORMS[name][0]


def test_a_loss_without_a_formula_fails_with_a_message() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"add the formula of 'nobodys': one entry in"):
        closed_form("nobodys")


@pytest.mark.parametrize(("loss", "form", "output", "target"), POINTS, ids=IDS)
def test_a_loss_equals_its_closed_form_on_numbers_and_on_values(
    loss: Loss, form: Callable[[float, float], float], output: float, target: float
) -> None:
    expected = pytest.approx(form(output, target), rel=1e-13, abs=1e-300)
    on_numbers, on_values = loss(output, target), loss(Value(output), target)
    assert type(on_numbers) is float
    assert type(on_values) is Value
    assert on_numbers == expected
    assert on_values.data == on_numbers
    assert loss(Value(output), Value(target)).data == expected


@pytest.mark.parametrize(("loss", "form", "output", "target"), POINTS, ids=IDS)
def test_the_gradient_of_a_loss_equals_the_numeric_one(
    loss: Loss, form: Callable[[float, float], float], output: float, target: float
) -> None:
    report = autograd.check_gradients(lambda o: loss(o, target), [output])
    assert report.ok, str(report)


@pytest.mark.parametrize("loss", ELEMENTWISE, ids=lambda loss: loss.__name__)
@pytest.mark.parametrize("pack", [list, tuple, np.array])
def test_over_several_outputs_a_loss_is_the_mean_of_the_single_ones(loss: Loss, pack: Any) -> None:
    points = CLOSED_FORMS[loss.__name__][1]
    outputs, targets = [Value(o) for o, _ in points], [float(t) for _, t in points]
    alone = [loss(o, t).data for o, t in zip(outputs, targets, strict=True)]
    together = loss(pack(outputs), pack(targets))
    assert together.data == pytest.approx(sum(alone) / len(alone), rel=1e-14)
    together.backward()
    for output, (o, t) in zip(outputs, points, strict=True):
        single = Value(o)
        loss(single, t).backward()
        assert output.grad == pytest.approx(single.grad / len(points), rel=1e-14)


@pytest.mark.parametrize("target", [np.int64(1), np.float32(1), np.uint8(1), True, np.bool_(True)])
def test_targets_may_be_any_kind_of_number(target: Any) -> None:
    for loss in ELEMENTWISE:
        assert loss(Value(0.25), target).data == loss(Value(0.25), 1.0).data
    assert nn.cross_entropy([0.0, 1.0], target) == nn.cross_entropy([0.0, 1.0], 1)


def test_the_absolute_error_has_no_slope_at_its_kink() -> None:
    output = Value(2.0)
    nn.l1_loss(output, 2.0).backward()
    assert output.grad == 0.0


# --- cross-entropy -------------------------------------------------------------------------------


def cross_entropy_and_gradient(logits: list[float], target: Any) -> tuple[float, list[float]]:
    scores = [Value(z) for z in logits]
    loss = nn.cross_entropy(scores, target)
    loss.backward()
    return loss.data, [z.grad for z in scores]


def test_cross_entropy_of_the_documented_case_has_its_loss_and_gradient() -> None:
    loss, gradient = cross_entropy_and_gradient([1000.0, 1001.0, 999.0], 0)
    assert loss == pytest.approx(1.4076059644443804, rel=1e-14)
    assert gradient == pytest.approx([-0.7552715, 0.6652410, 0.0900306], abs=5e-8)
    assert nn.cross_entropy([1000.0, 1001.0, 999.0], 0) == loss


@pytest.mark.parametrize("target", [0, 1, 2, [0.2, 0.5, 0.3], [0.0, 0.25, 0.75], (0.0, 0.0, 1.0)])
def test_cross_entropy_is_minus_the_log_of_the_softmax(target: Any) -> None:
    logits = [0.3, -1.2, 2.0]
    exponentials = [math.exp(z) for z in logits]
    softmax = [e / sum(exponentials) for e in exponentials]
    shares = [float(k == target) for k in range(3)] if isinstance(target, int) else target
    loss, gradient = cross_entropy_and_gradient(logits, target)
    expected = -sum(t * math.log(s) for t, s in zip(shares, softmax, strict=True) if t)
    assert loss == pytest.approx(expected, rel=1e-14)
    assert gradient == pytest.approx([s - t for s, t in zip(softmax, shares, strict=True)])
    report = autograd.check_gradients(lambda *z: nn.cross_entropy(z, target), logits)
    assert report.ok, str(report)


def test_a_class_number_and_its_one_hot_vector_cost_the_same() -> None:
    for k in range(3):
        hot = [float(j == k) for j in range(3)]
        by_number = cross_entropy_and_gradient([1.0, -2.0, 0.5], k)
        by_vector = cross_entropy_and_gradient([1.0, -2.0, 0.5], np.array(hot))
        assert by_number[0] == pytest.approx(by_vector[0], rel=1e-14)
        assert by_number[1] == pytest.approx(by_vector[1], abs=1e-15)


def test_cross_entropy_keeps_the_digits_of_a_tiny_loss() -> None:
    tiny = math.log1p(math.exp(-50.0))
    assert nn.cross_entropy([50.0, 0.0], 0) == pytest.approx(tiny, rel=1e-14, abs=0)


def test_one_value_as_several_logits_gets_the_gradient_of_each_use() -> None:
    z = Value(0.7)
    loss = nn.cross_entropy([z, z, 0.0], 0)
    loss.backward()
    assert loss.data == pytest.approx(math.log(2 + math.exp(-0.7)))
    # log(2 e^z + 1) - z, differentiated by hand
    assert z.grad == pytest.approx(2 * math.exp(0.7) / (2 * math.exp(0.7) + 1) - 1)


def test_a_class_number_may_be_a_value_and_costs_the_same() -> None:
    for k in range(3):
        by_number = cross_entropy_and_gradient([1.0, -2.0, 0.5], k)
        by_value = cross_entropy_and_gradient([1.0, -2.0, 0.5], Value(k))
        assert by_value[0] == by_number[0]
        assert by_value[1] == pytest.approx(by_number[1], rel=1e-15)


# --- far from zero -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1e3, 1e6, 1e300])
def test_cross_entropy_far_from_zero_is_the_gap_to_the_largest_logit(size: float) -> None:
    assert cross_entropy_and_gradient([size, 0.0], 0) == (0.0, [0.0, 0.0])
    assert cross_entropy_and_gradient([size, 0.0], 1) == (size, [1.0, -1.0])
    assert cross_entropy_and_gradient([-size, 0.0], 0) == (size, [-1.0, 1.0])
    loss, gradient = cross_entropy_and_gradient([size, size], 1)
    assert loss == pytest.approx(math.log(2.0), rel=1e-15)
    assert gradient == [0.5, -0.5]
    loss, gradient = cross_entropy_and_gradient([size, 0.0], [0.25, 0.75])
    assert (loss, gradient) == (0.75 * size, [0.75, -0.75])


@pytest.mark.parametrize("size", [1e3, 1e6, 1e300])
def test_cross_entropy_with_logits_far_from_zero_is_linear_on_the_wrong_side(size: float) -> None:
    for z, t, loss, slope in [
        (-size, 1, size, -1.0), (size, 0, size, 1.0), (size, 1, 0.0, 0.0), (-size, 0, 0.0, 0.0),
        (size, 0.25, 0.75 * size, 0.75), (-size, 0.25, 0.25 * size, -0.25),
    ]:  # fmt: skip
        output = Value(z)
        found = nn.binary_cross_entropy_with_logits(output, t)
        found.backward()
        assert (found.data, output.grad) == (loss, slope)


def test_losses_of_distance_far_from_zero_stay_exact() -> None:
    for size in (1e3, 1e6):
        assert nn.mse_loss(size, -size) == 4.0 * size * size
        assert nn.l1_loss(size, -size) == 2.0 * size
        assert nn.hinge_loss(size, -1) == 1.0 + size
        assert nn.hinge_loss(size, 1) == 0.0
        assert nn.huber_loss(size, -size) == 2.0 * size - 0.5
        assert nn.logistic_loss(size, -1) == size
        assert nn.logistic_loss(size, 1) == 0.0


def test_the_slope_of_huber_loss_is_that_of_the_line_where_it_begins() -> None:
    for output in (1.0, -1.0):
        kink = Value(output)
        nn.huber_loss(kink, 0.0).backward()
        assert kink.grad == output


def test_the_mean_of_half_mse_loss_is_the_sum_of_squares_over_twice_their_number() -> None:
    outputs, targets = [0.5, -1.0, 2.0], [1.0, 1.0, -0.5]
    squares = sum((o - t) ** 2 for o, t in zip(outputs, targets, strict=True))
    found = [nn.half_mse_loss(o, t) for o, t in zip(outputs, targets, strict=True)]
    assert sum(found) / 3 == pytest.approx(squares / (2 * 3), rel=1e-15)
    assert nn.half_mse_loss(outputs, targets) == pytest.approx(squares / (2 * 3), rel=1e-15)


def test_categorical_cross_entropy_of_a_certain_wrong_answer_is_infinite_and_of_a_right_one_0() -> (
    None
):
    assert nn.categorical_cross_entropy([0.0, 1.0], 0) == math.inf
    assert nn.categorical_cross_entropy([0.0, 1.0], 1) == 0.0
    # what has no weight costs nothing, whatever its probability
    assert nn.categorical_cross_entropy([0.0, 1.0], [0.0, 1.0]) == 0.0
    with autograd.detect_anomaly():
        assert nn.categorical_cross_entropy([Value(0.0), Value(1.0)], [0.0, 1.0]).data == 0.0


def test_a_probability_may_be_nudged_to_check_the_gradient() -> None:
    for target in (2, [0.2, 0.3, 0.5]):
        assert math.isfinite(nn.categorical_cross_entropy([0.2, 0.3, 0.515], target))
        report = autograd.check_gradients(
            lambda *p, t=target: nn.categorical_cross_entropy(p, t), [0.05, 0.05, 0.9]
        )
        assert report.ok, str(report)


def test_binary_cross_entropy_of_a_certain_wrong_answer_is_infinite_and_of_a_right_one_zero() -> (
    None
):
    assert nn.binary_cross_entropy(0.0, 1) == math.inf
    assert nn.binary_cross_entropy(1.0, 0) == math.inf
    assert nn.binary_cross_entropy(1.0, 1) == 0.0
    assert nn.binary_cross_entropy(0.0, 0) == 0.0
    right = Value(0.0)
    nn.binary_cross_entropy(right, 0).backward()
    assert right.grad == 1.0


def test_binary_cross_entropy_keeps_the_digits_of_a_tiny_probability() -> None:
    assert nn.binary_cross_entropy(1e-20, 0) == pytest.approx(1e-20, rel=1e-14, abs=0)


def test_nan_outputs_give_nan_losses_rather_than_errors() -> None:
    for loss in ELEMENTWISE:
        assert math.isnan(loss(math.nan, 1))
    assert math.isnan(nn.cross_entropy([math.nan, 0.0], 1))
    assert math.isnan(nn.categorical_cross_entropy([math.nan, math.nan], 1))


def test_a_masked_class_costs_nothing_where_it_is_not_the_target() -> None:
    assert cross_entropy_and_gradient([-math.inf, 0.0], 1) == (0.0, [0.0, 0.0])
    assert cross_entropy_and_gradient([-math.inf, 0.0], [0.0, 1.0]) == (0.0, [0.0, 0.0])


# --- PyTorch -------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("z", [-30.0, -2.0, 0.0, 0.4, 7.0])
def test_binary_losses_equal_torchs(torch: Any, z: float, target: float) -> None:
    for ours, theirs, at in [
        (nn.binary_cross_entropy_with_logits,
         torch.nn.functional.binary_cross_entropy_with_logits, z),
        (nn.binary_cross_entropy, torch.nn.functional.binary_cross_entropy, 0.02 + abs(z) / 31),
        (nn.mse_loss, torch.nn.functional.mse_loss, z),
        (nn.l1_loss, torch.nn.functional.l1_loss, z),
    ]:  # fmt: skip
        output = Value(at)
        loss = ours(output, target)
        loss.backward()
        other = torch.tensor(at, dtype=torch.float64, requires_grad=True)
        expected = theirs(other, torch.tensor(target, dtype=torch.float64))
        expected.backward()
        assert loss.data == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)
        assert output.grad == pytest.approx(other.grad.item(), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("target", [0, 2, [0.1, 0.2, 0.3, 0.4]])
@pytest.mark.parametrize("scale", [0.1, 1.0, 1e3, 1e6])
def test_cross_entropy_equals_torchs(torch: Any, target: Any, scale: float) -> None:
    logits = [scale * z for z in (0.3, -1.0, 0.8, 0.1)]
    other = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    kind = {"dtype": torch.float64} if isinstance(target, list) else {}
    expected = torch.nn.functional.cross_entropy(other, torch.tensor(target, **kind))
    expected.backward()
    loss, gradient = cross_entropy_and_gradient(logits, target)
    assert loss == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)
    assert gradient == pytest.approx(other.grad.tolist(), rel=1e-12, abs=1e-12)


# --- zero-one loss, and names --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "target", "loss"),
    [
        ([0.1, 2.0, 0.3], 1, 0.0), ([0.1, 2.0, 0.3], 2, 1.0), ([2.0, 2.0], 0, 0.0),
        (0.4, 1, 0.0), (0.4, -1, 1.0), (0.4, 0, 1.0), (-0.4, 0, 0.0), (-0.4, -1, 0.0),
        (0.0, 1, 1.0), ([0.7], 1, 0.0), ([-0.7], 1, 1.0), ([0.7], [1], 0.0), ([0.7], [-1], 1.0),
        ([0.1, 2.0, 0.3], [0, 1, 0], 0.0), ([0.1, 2.0, 0.3], [0, 0, 1], 1.0),
        ([0.1, 2.0, 0.3], [-1, 1, -1], 0.0), ([0.1, 2.0, 0.3], [0.2, 0.7, 0.1], 0.0),
        ([0.1, 2.0], Value(1), 0.0), ([0.1, 2.0], [Value(0), Value(1)], 0.0), (0.4, Value(-1), 1.0),
    ],
)  # fmt: skip
def test_zero_one_loss_counts_a_wrong_prediction_as_one(
    output: Any, target: Any, loss: float
) -> None:
    assert nn.zero_one_loss(output, target) == loss
    values = [Value(o) for o in output] if isinstance(output, list) else Value(output)
    assert nn.zero_one_loss(values, target) == loss
    assert type(nn.zero_one_loss(values, target)) is float


def test_zero_one_loss_of_a_probability_says_yes_above_a_half() -> None:
    assert nn.zero_one_loss(0.4, 1, threshold=0.5) == 1.0
    assert nn.zero_one_loss(0.6, 1, threshold=0.5) == 0.0


def test_every_loss_is_found_by_its_name_and_a_function_is_taken_as_it_is() -> None:
    for name in set(losses.LOSSES) - {"zero_one_loss"}:
        assert losses.find(name) is losses.LOSSES[name] is getattr(nn, name)

    def mine(output: Any, target: Any) -> Any:
        return output

    assert losses.find(mine) is mine


def test_a_logit_that_stands_twice_is_counted_twice() -> None:
    a = Value(0.3)
    loss = nn.cross_entropy([a, a], 0)
    loss.backward()
    assert loss.data == pytest.approx(math.log(2.0), rel=1e-15)
    assert a.grad == pytest.approx(0.0, abs=1e-15)
