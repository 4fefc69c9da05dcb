"""``LossProgram``: a model's loss and its outputs, in one compiled program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    def __init__(self, model: Any, loss: Loss, x: Shape, target: Shape) -> None:
        self._returned: list[bool] = []  # whether the model's output was a list
        making = _making(loss, self._returned)
        super().__init__(model, making, {"x": x, "target": target}, (loss,))

    def _compile(self, parameters: list[Value]) -> Any:
        from autograd.compiler.auxiliary import CompiledWithAux

        self._with_aux = CompiledWithAux(self._function, parameters)
        return self._with_aux.compiled

    def _run_once(self, arrays: Sequence[Array]) -> None:
        self._with_aux.values_and_aux(None, *arrays)

    def evaluate(self, theta: Array, X: Array, targets: Array) -> tuple[Array, Array]:
        """For each row its loss, shape (n,), and the outputs as ``predict`` gives them."""
        parts = [self._with_aux.values_and_aux(theta, *part) for part in in_parts((X, targets))]
        losses, aux = zip(*parts, strict=True)
        return joined(losses), self._as_outputs(joined(aux))

    def outputs(self, theta: Array, X: Array) -> Array:
        """The outputs alone, which do not depend on the targets."""
        return self.evaluate(theta, X, np.zeros((len(X), *self.shapes["target"])))[1]

    def step(
        self, theta: Array, X: Array, targets: Array, rows: NDArray[np.intp]
    ) -> tuple[float, Array, Array]:
        """The mean loss of these rows, its gradient, a fresh array, and the outputs."""
        # picked part by part: all rows of a large X once more would be a lot of memory
        steps = [
            self._with_aux.value_grad_and_aux(
                theta, X.take(part, axis=0), targets.take(part, axis=0)
            )
            for (part,) in in_parts((rows,))
        ]
        if len(steps) == 1:
            value, gradient, aux = steps[0]
            return value, gradient, self._as_outputs(aux)
        shares = [len(aux) / len(rows) for _, _, aux in steps]
        gradient = np.zeros_like(theta)
        with np.errstate(all="ignore"):  # inf of one part and -inf of another are nan
            value = float(np.dot(shares, [step[0] for step in steps]))
            for share, step in zip(shares, steps, strict=True):
                gradient += share * step[1]
        return value, gradient, self._as_outputs(np.concatenate([step[2] for step in steps]))

    def _as_outputs(self, aux: Array) -> Array:
        return aux if self._returned[0] else aux[:, 0]


def _making(loss: Loss, returned: list[bool]) -> Making:
    def making(get: Callable[[], Any]) -> Callable[..., Any]:
        def loss_of(x: Any, target: Any) -> list[Value]:
            output = get()(x)
            value = as_value(loss(output, as_symbols(target)))
            returned[:] = [isinstance(output, (list, tuple))]
            if returned[0] and not output:
                raise GraphError("its output is an empty list")
            return [value, *(output if returned[0] else [output])]

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
