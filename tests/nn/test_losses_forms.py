"""Every loss in every form of target: as its definition has it, compiled, and in PyTorch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, sigmoid, softmax
from autograd.errors import TraceError
from nn import losses

TRAINABLE = [name for name in losses.LOSSES if name != "zero_one_loss"]
SIGNED = ("hinge_loss", "logistic_loss")
ONE_CHOICE = ("cross_entropy", "categorical_cross_entropy")
SCORES = [[0.3, -1.2, 2.0], [-0.7, 0.9, 0.1], [1.4, 1.3, -2.5], [0.2, 0.6, 0.4]]
CLASSES = [2, 0, 1, 1]
ONE_HOT: list[list[float]] = np.eye(3)[CLASSES].tolist()

LISTS: dict[str, list[list[float]]] = {
    "quantities": [[0.4, -1.5, 0.7], [3.0, 0.9, -2.0], [0.0, 1.0, 5.5], [0.2, 0.5, 0.4]],
    "signs": [[1, -1, 1], [-1, -1, -1], [1, 1, 1], [-1, 1, -1]],
    "shares": [[0.2, 0.0, 1.0], [0.5, 0.9, 0.3], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]],
    "distributions": [[0.2, 0.5, 0.3], [0.0, 0.25, 0.75], [0.0, 0.0, 1.0], [0.3, 0.3, 0.4]],
}


def kind_of(name: str) -> str:
    if name in SIGNED:
        return "signs"
    if name in ONE_CHOICE:
        return "distributions"
    return "shares" if "entropy" in name else "quantities"


def head_of(name: str, scores: list[Any]) -> list[Any]:
    """Outputs that the loss takes: probabilities, or the scores."""
    if name == "binary_cross_entropy":
        return [sigmoid(z) for z in scores]
    if name == "categorical_cross_entropy":
        return list(softmax(scores))
    return scores


FORMS = [
    (name, form)
    for name in TRAINABLE
    for form in ("number", "list of one", "number for a list of one", "list", "class", "one-hot")
    if name not in ONE_CHOICE or form in ("list", "class", "one-hot")
]


def targets_of(name: str, form: str) -> list[Any]:
    if form == "class":
        return CLASSES
    if form == "one-hot":
        return ONE_HOT
    lists = LISTS[kind_of(name)]
    firsts = [row[0] for row in lists]
    if form == "list":
        return lists
    return [[t] for t in firsts] if form == "list of one" else firsts


def loss_of(name: str, form: str, scores: list[Any], target: Any) -> Any:
    outputs = head_of(name, scores)
    if form in ("list of one", "number for a list of one"):
        outputs = outputs[:1]
    return losses.LOSSES[name](outputs[0] if form == "number" else outputs, target)


def definition(name: str, form: str, target: Any) -> list[float]:
    """The targets, one for each output, that the form stands for."""
    if form not in ("class", "one-hot"):
        return list(target) if isinstance(target, list) else [target]
    hot = np.eye(3)[target].tolist() if form == "class" else target
    return [2.0 * t - 1.0 if name in SIGNED else t for t in hot]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_a_form_of_target_costs_what_the_targets_that_it_stands_for_cost(
    name: str, form: str
) -> None:
    loss = losses.LOSSES[name]
    for scores, target in zip(SCORES, targets_of(name, form), strict=True):
        wanted = definition(name, form, target)
        outputs = head_of(name, scores)[: len(wanted)]
        if name in ONE_CHOICE:
            shares = outputs if name == "categorical_cross_entropy" else softmax(outputs)
            expected = -sum(t * math.log(p) for t, p in zip(wanted, shares, strict=True) if t)
        else:
            single = [loss(o, t) for o, t in zip(outputs, wanted, strict=True)]
            expected = sum(single) / len(single)
        found = loss_of(name, form, scores, target)
        assert type(found) is float
        assert found == pytest.approx(expected, rel=1e-13)
        assert loss_of(name, form, [Value(z) for z in scores], target).data == found


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_a_compiled_loss_has_the_values_and_gradients_of_the_graph(name: str, form: str) -> None:
    parameters = [Value(0.9, name="a"), Value(-1.1, name="b"), Value(1.3, name="c")]
    targets = targets_of(name, form)

    def cost(x: Any, target: Any) -> Any:
        return loss_of(name, form, [p * z for p, z in zip(parameters, x, strict=True)], target)

    compiled = autograd.compile(cost, parameters=parameters)
    value, gradient = compiled.value_and_grad(compiled.theta, SCORES, targets)
    eager = [cost(x, target) for x, target in zip(SCORES, targets, strict=True)]
    autograd.mean(eager).backward()
    assert compiled.map(SCORES, targets) == pytest.approx([v.data for v in eager], rel=1e-12)
    assert value == pytest.approx(np.mean([v.data for v in eager]), rel=1e-12)
    by_name = {p.name: slope for p, slope in zip(compiled.parameters, gradient, strict=True)}
    for p in parameters:
        assert by_name.get(p.name, 0.0) == pytest.approx(p.grad, rel=1e-12, abs=1e-15)
    # on Values for arguments it is the graph of the same program
    as_values = [[Value(t) for t in y] if isinstance(y, list) else Value(y) for y in targets]
    found = [cost(x, target).data for x, target in zip(SCORES, as_values, strict=True)]
    assert found == pytest.approx([v.data for v in eager], rel=1e-12)


@pytest.mark.parametrize("name", TRAINABLE)
@pytest.mark.parametrize("wrong", [-1.0, 3.0, 0.4])
def test_a_traced_class_number_that_is_none_costs_nan(name: str, wrong: float) -> None:
    p = Value(1.0)
    loss = losses.LOSSES[name]
    compiled = autograd.compile(
        lambda x, target: loss(head_of(name, [p * z for z in x]), target), parameters=[p]
    )
    found = compiled.map(SCORES[:2], [1.0, wrong])
    assert np.isfinite(found[0])
    assert math.isnan(found[1])


@pytest.mark.parametrize("name", TRAINABLE)
def test_class_numbers_stay_arrays_when_compiled(name: str) -> None:
    """No line of the program is for one class: twelve classes take as many lines as six."""
    lines = []
    for n_outputs in (6, 12):
        model = nn.MLP(2, [n_outputs], seed=0)
        loss = losses.LOSSES[name]
        compiled = autograd.compile(
            lambda x, target, m=model, f=loss: f(head_of(name, m(x)), target),
            parameters=model.parameters(),
        )
        compiled.value_and_grad(compiled.theta, [[0.1, 0.2]], [3.0])
        lines.append(compiled.source.count("\n"))
    assert lines[0] == lines[1]


def test_zero_one_loss_of_what_is_traced_is_refused_because_it_asks_for_numbers() -> None:
    p = Value(1.0)
    compiled = autograd.compile(lambda x, t: p * nn.zero_one_loss(p * x, t), parameters=[p])
    with pytest.raises(TraceError, match="compile cannot read the number of"):
        compiled.map([1.0], [1.0])


@pytest.mark.parametrize("name", list(losses.LOSSES))
def test_a_loss_of_plain_numbers_is_a_plain_number(name: str) -> None:
    if name in ONE_CHOICE:
        assert type(losses.LOSSES[name]([0.25, 0.75], 1)) is float
    else:
        assert type(losses.LOSSES[name](0.25, 1.0)) is float


# --- PyTorch's numbers ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch")


def in_torch(torch: Any, name: str) -> Any:
    f = torch.nn.functional
    return {
        "half_mse_loss": lambda o, t: 0.5 * f.mse_loss(o, t),
        "hinge_loss": lambda o, t: torch.relu(1.0 - t * o).mean(),
        "logistic_loss": f.soft_margin_loss,
        "categorical_cross_entropy": lambda p, t: -(t * torch.log(p)).sum(),
    }.get(name) or getattr(f, name)


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_values_and_gradients_equal_torchs(torch: Any, name: str, form: str) -> None:
    for scores, target in zip(SCORES, targets_of(name, form), strict=True):
        ours = [Value(z) for z in scores]
        loss = loss_of(name, form, ours, target)
        loss.backward()
        theirs = torch.tensor(scores, dtype=torch.float64, requires_grad=True)
        wanted = torch.tensor(definition(name, form, target), dtype=torch.float64)
        outputs = theirs
        if name == "binary_cross_entropy":
            outputs = torch.sigmoid(theirs)
        elif name == "categorical_cross_entropy":
            outputs = torch.softmax(theirs, 0)
        expected = in_torch(torch, name)(outputs[: len(wanted)], wanted)
        expected.backward()
        assert loss.data == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)
        gradient = [z.grad for z in ours]
        assert gradient == pytest.approx(theirs.grad.tolist(), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("delta", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("output", [-1e300, -2.5, -0.3, 0.0, 0.2, 1.0, 7.0, math.inf])
def test_huber_loss_equals_torchs_for_any_delta(torch: Any, delta: float, output: float) -> None:
    ours = Value(output)
    loss = nn.huber_loss(ours, 0.0, delta=delta)
    loss.backward()
    theirs = torch.tensor(output, dtype=torch.float64, requires_grad=True)
    zero = torch.tensor(0.0, dtype=torch.float64)
    expected = torch.nn.functional.huber_loss(theirs, zero, delta=delta)
    expected.backward()
    assert loss.data == pytest.approx(expected.item(), rel=1e-12)
    assert ours.grad == pytest.approx(theirs.grad.item(), rel=1e-12)


# --- heads ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "sizes", "of_output", "of_logits"),
    [
        ("softmax", [5, 3], nn.categorical_cross_entropy, nn.cross_entropy),
        ("sigmoid", [5, 1], nn.binary_cross_entropy, nn.binary_cross_entropy_with_logits),
        ("sigmoid", [5, 3], nn.binary_cross_entropy, nn.binary_cross_entropy_with_logits),
    ],
)
def test_a_head_with_the_loss_of_probabilities_equals_the_loss_of_logits(
    head: str, sizes: list[int], of_output: Any, of_logits: Any
) -> None:
    squashed = nn.MLP(2, sizes, "tanh", output=head, seed=1)
    plain = nn.MLP(2, sizes, "tanh", seed=1)
    for x, target in [([0.4, -1.2], 0), ([1.5, 0.3], 1), ([-0.6, 0.8], 1)]:
        for model, loss in ((squashed, of_output), (plain, of_logits)):
            model.zero_grad()
            loss(model(x), target).backward()
        assert of_output(squashed(x), target).data == pytest.approx(
            of_logits(plain(x), target).data, rel=1e-12
        )
        gradients = [[p.grad for p in model.parameters()] for model in (squashed, plain)]
        assert gradients[0] == pytest.approx(gradients[1], rel=1e-11, abs=1e-14)
