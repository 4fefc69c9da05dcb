"""``LossProgram``: a model's loss and its outputs, in one compiled program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Value
from autograd.errors import GraphError, InputError, brief
from nn.programs.program import Array, Making, Program, Shape, as_symbols, in_parts, joined

Loss = Callable[[Any, Any], Any]


class LossProgram(Program):
    """The loss of a model, compiled, and the outputs that it was computed from beside it.

    ``x`` and ``target`` are the shapes of one row and of its target. Raises as ``Program`` does.
    """

    has_aux = True

    def __init__(self, model: Any, loss: Loss, x: Shape, target: Shape) -> None:
        super().__init__(model, _making(loss), {"x": x, "target": target}, (loss,))

    def evaluate(self, theta: Array, X: Array, targets: Array) -> tuple[Array, Array]:
        """For each row its loss, shape (n,), and the outputs as ``predict`` gives them."""
        parts = [self._compiled.values(theta, *part) for part in in_parts((X, targets))]
        losses, outputs = zip(*parts, strict=True)
        return joined(losses), joined(outputs)

    def outputs(self, theta: Array, X: Array) -> Array:
        """The outputs alone, which do not depend on the targets."""
        return self.evaluate(theta, X, np.zeros((len(X), *self.shapes["target"])))[1]

    def step(
        self, theta: Array, X: Array, targets: Array, rows: NDArray[np.intp]
    ) -> tuple[float, Array, Array]:
        """The mean loss of these rows, its gradient, a fresh array, and the outputs."""
        # picked part by part: all rows of a large X once more would be a lot of memory
        steps = [
            self._compiled.value_and_grad(theta, X.take(part, axis=0), targets.take(part, axis=0))
            for (part,) in in_parts((rows,))
        ]
        if len(steps) == 1:
            (value, outputs), gradient = steps[0]
            return value, gradient, outputs
        shares = [len(outputs) / len(rows) for (_, outputs), _ in steps]
        gradient = np.zeros_like(theta)
        with np.errstate(all="ignore"):  # inf of one part and -inf of another are nan
            value = float(np.dot(shares, [value for (value, _), _ in steps]))
            for share, (_, slopes) in zip(shares, steps, strict=True):
                gradient += share * slopes
        return value, gradient, joined([outputs for (_, outputs), _ in steps])


def _making(loss: Loss) -> Making:
    def making(get: Callable[[], Any]) -> Callable[..., Any]:
        def loss_of(x: Any, target: Any) -> tuple[Value, Any]:
            output = get()(x)
            value = as_value(loss(output, as_symbols(target)))
            if isinstance(output, (list, tuple)) and not output:
                raise GraphError("its output is an empty list")
            return value, output

        # what messages call it
        name = getattr(loss, "__name__", type(loss).__name__)
        its = "its loss" if name == "<lambda>" else f"its loss {name}"
        loss_of.__name__ = f"{type(get()).__name__} and {its}"
        return loss_of

    return making


def as_value(loss: Any) -> Value:
    """The loss, if it is one Value."""
    if not isinstance(loss, Value):
        raise InputError(
            f"fit expects a loss that returns one Value, got {brief(loss)}; "
            "compute it from the model's output with autograd's functions (autograd.maximum or "
            ".relu(), not Python's max)"
        )
    return loss
