"""The same training steps in PyTorch, eager and on one thread; nothing where it is missing."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from benchmarks.by_hand import Outcome
from benchmarks.problems import LEARNING_RATE, Problem


def torch_on_one_thread() -> Any:
    """The module torch, told to use one thread as the others do; None if it is not installed."""
    if find_spec("torch") is None:
        return None
    torch = import_module("torch")
    torch.set_num_threads(1)
    return torch


class InTorch:
    """A problem's network in tensors, with its batch."""

    def __init__(self, problem: Problem, torch: Any) -> None:
        self.torch = torch
        self.functional = torch.nn.functional
        self.activation = getattr(torch, problem.activation)
        self.loss = {"hinge": self._hinge, "cross-entropy": self.functional.cross_entropy}[
            problem.loss
        ]
        self.parameters = [torch.tensor(w).requires_grad_() for w in problem.weights()]
        self.X, self.y = map(torch.tensor, problem.batch())

    def loss_and_gradients(self) -> Outcome:
        """The mean loss over the batch, and its gradients, at the parameters as they are."""
        loss = self._sweep()
        return loss, [parameter.grad.numpy() for parameter in self.parameters]

    def step(self) -> float:
        """One step of gradient descent; the loss before it."""
        loss = self._sweep()
        with self.torch.no_grad():
            for parameter in self.parameters:
                parameter.add_(parameter.grad, alpha=-LEARNING_RATE)
        return loss

    def _sweep(self) -> float:
        for parameter in self.parameters:
            parameter.grad = None  # what zero_grad() does: quicker than to fill with zeros
        signals = self.X
        *hidden, W, b = self.parameters
        for weights, biases in zip(hidden[::2], hidden[1::2], strict=True):
            signals = self.activation(self.functional.linear(signals, weights, biases))
        loss = self.loss(self.functional.linear(signals, W, b), self.y)
        loss.backward()
        return float(loss.item())

    def _hinge(self, output: Any, y: Any) -> Any:
        return self.torch.relu(1 - y * output[:, 0]).mean()


def in_torch(problem: Problem) -> InTorch | None:
    """A problem's network in PyTorch; None if it is not installed."""
    torch = torch_on_one_thread()
    return None if torch is None else InTorch(problem, torch)
