"""Whole networks beside the same ``torch.nn.Sequential``: states, outputs and gradients agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import autograd
import nn

ROWS = np.random.default_rng(0).normal(size=(200, 3))


def sequential(torch: Any, sizes: list[int], activations: list[str]) -> Any:
    """PyTorch's network of the same layers, in float64."""
    modules = {
        "relu": torch.nn.ReLU,
        "tanh": torch.nn.Tanh,
        "sigmoid": torch.nn.Sigmoid,
        "leaky_relu": torch.nn.LeakyReLU,  # its slope is 0.01 there too
        "elu": torch.nn.ELU,
        "gelu": torch.nn.GELU,
        "silu": torch.nn.SiLU,
        "softplus": torch.nn.Softplus,
        "softmax": lambda: torch.nn.Softmax(dim=-1),
    }
    parts: list[Any] = []
    for n_in, n_out, activation in zip(sizes[:-1], sizes[1:], activations, strict=True):
        parts.append(torch.nn.Linear(n_in, n_out))
        if activation != "linear":
            parts.append(modules[activation]())
    return torch.nn.Sequential(*parts).double()


def tensors(torch: Any, state: dict[str, NDArray[np.float64]]) -> dict[str, Any]:
    return {name: torch.from_numpy(array) for name, array in state.items()}


def gradients(model: nn.Module) -> dict[str, NDArray[np.float64]]:
    """The gradients, in the arrays of the state."""
    kept = [p.data for p in model.parameters()]
    for p in model.parameters():
        p.data = p.grad
    state = model.state_dict()
    for p, number in zip(model.parameters(), kept, strict=True):
        p.data = number
    return state


def assert_close(found: Any, expected: Any, tolerance: float) -> None:
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= tolerance * max(1.0, np.abs(expected).max())


CASES = [
    ("relu", "linear", 2), ("tanh", "softmax", 3), ("sigmoid", "sigmoid", 1),
    ("leaky_relu", "linear", 2), ("elu", "tanh", 2), ("gelu", "linear", 1), ("silu", "softmax", 4),
    ("softplus", "softplus", 2), ("linear", "relu", 2),
]  # fmt: skip


@pytest.mark.parametrize(("activation", "output", "n_outputs"), CASES)
def test_a_state_goes_to_pytorch_with_equal_outputs_and_gradients(
    torch: Any, activation: str, output: str, n_outputs: int
) -> None:
    model = nn.MLP(3, [5, 4, n_outputs], activation, output, seed=1)
    theirs = sequential(torch, [3, 5, 4, n_outputs], [activation, activation, output])
    theirs.load_state_dict(tensors(torch, model.state_dict()))

    batch = torch.from_numpy(ROWS)
    expected = theirs(batch).detach().numpy()
    expected = expected[:, 0] if n_outputs == 1 else expected
    assert_close(model.predict(ROWS), expected, 1e-12)  # compiled
    assert_close(model.predict(ROWS[:3]), expected[:3], 1e-12)
    outputs = [model(row) for row in ROWS[:20]]
    called = [[v.data for v in o] if n_outputs > 1 else o.data for o in outputs]
    assert_close(called, expected[:20], 1e-12)

    # a loss in which every output has a slope of its own
    def loss(x: Any) -> Any:
        out = model(x)
        outs = out if isinstance(out, list) else [out]
        return autograd.sum([(i + 1.0) * v * v for i, v in enumerate(outs)])

    weights = torch.arange(1.0, n_outputs + 1.0, dtype=torch.float64)
    for rows, run in [
        (ROWS, lambda: autograd.compile(loss, parameters=model.parameters()).backward(ROWS)),
        (ROWS[:20], lambda: autograd.mean([loss(row) for row in ROWS[:20]]).backward()),
    ]:
        model.zero_grad()
        theirs.zero_grad()
        run()
        (theirs(torch.from_numpy(rows)) ** 2 * weights).sum(dim=1).mean().backward()
        found = gradients(model)
        for name, parameter in theirs.named_parameters():
            assert_close(found[name], parameter.grad.numpy(), 1e-12)


@pytest.mark.parametrize(("activation", "output", "n_outputs"), CASES)
def test_a_state_comes_from_pytorch_in_float32_too(
    torch: Any, activation: str, output: str, n_outputs: int
) -> None:
    torch.manual_seed(0)
    theirs = sequential(torch, [3, 5, n_outputs], [activation, output])
    model = nn.MLP(3, [5, n_outputs], activation, output, seed=1)
    model.load_state_dict(theirs.state_dict())
    expected = theirs(torch.from_numpy(ROWS)).detach().numpy()
    assert_close(model.predict(ROWS), expected[:, 0] if n_outputs == 1 else expected, 1e-12)
    model.load_state_dict(theirs.float().state_dict())
    back = {name: array.astype(np.float32) for name, array in model.state_dict().items()}
    for name, tensor in theirs.state_dict().items():
        assert np.array_equal(back[name], tensor.numpy())


@pytest.mark.parametrize(
    ("sizes", "activation"), [([784, 64, 10], "relu"), ([784, 32, 16, 10], "tanh")]
)
def test_gradients_on_a_batch_of_real_digits_are_pytorchs(
    torch: Any, sizes: list[int], activation: str
) -> None:
    (X, y), _ = nn.data.digits(28)
    X, y = X[:64], y[:64]
    model = nn.MLP(sizes[0], sizes[1:], activation, seed=0)
    theirs = sequential(torch, sizes, [activation] * (len(sizes) - 2) + ["linear"])
    theirs.load_state_dict(tensors(torch, model.state_dict()))

    def loss(x: Any, target: Any) -> Any:
        return nn.cross_entropy(model(x), target)

    one_hot = np.eye(10)[y]
    for rows, run in [
        (slice(0, 64), autograd.compile(loss, parameters=model.parameters()).backward),
        (slice(0, 2), lambda X, t: eager(loss, X, t)),
    ]:
        model.zero_grad()
        theirs.zero_grad()
        mean = run(X[rows], one_hot[rows])
        entropy = torch.nn.functional.cross_entropy
        expected = entropy(theirs(torch.from_numpy(X[rows])), torch.from_numpy(y[rows]))
        expected.backward()
        assert mean == pytest.approx(expected.item(), rel=1e-12)
        found = gradients(model)
        assert set(found) == {name for name, _ in theirs.named_parameters()}
        for name, parameter in theirs.named_parameters():
            grad = parameter.grad.numpy()
            assert np.abs(found[name] - grad).max() <= 1e-10 * min(1.0, np.abs(grad).max())


def eager(loss: Any, X: NDArray[np.float64], targets: NDArray[np.float64]) -> float:
    mean = autograd.mean([loss(x, t.tolist()) for x, t in zip(X, targets, strict=True)])
    mean.backward()
    return float(mean)
