"""The steps of ``fit``: row by row on graphs, or for a whole batch in a compiled program."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from autograd import Value, no_grad
from autograd.errors import GlassgradError, GraphError, InputError
from nn.callbacks import Run
from nn.losses import LOSSES, Loss
from nn.optim import Optimizer, moved, write
from nn.programs import Array, Program, as_symbols, calling, plain_numbers, trial_rows

_MOST_TRIALS = 64  # targets for which a loss of one's own is compared with its program

Examples = tuple[list[Any], NDArray[Any]]  # rows, and a target for each
Figures = tuple[float, Any]  # the sum of the losses of some rows, and the outputs for them


class Steps(Protocol):
    """How ``fit`` moves the model, and what it asks in between."""

    def step(self, batch: NDArray[np.intp]) -> Figures:
        """One step of the optimiser, by the gradient of the batch's mean loss."""
        ...

    def evaluate(self, examples: Examples) -> Figures:
        """The losses and outputs of the model as it is now, for other rows."""
        ...

    def show(self) -> None:
        """Bring the model's Values up to date, for whoever looks at them now."""
        ...

    def look(self) -> None:
        """Take over what has been changed in the Values."""
        ...

    def is_current(self) -> bool:
        """Whether the model is still the one that these steps move."""
        ...


class Eager:
    """A graph for each row, as the model's code says; always right, and slow."""

    def __init__(self, run: Run, loss: Loss) -> None:
        self.run, self.loss = run, loss
        self.parameters = run.model.parameters()

    def step(self, batch: NDArray[np.intp]) -> Figures:
        """See ``Steps``."""
        figures = self.gradient(batch)
        self.run.optimizer.step(self.parameters)
        return figures

    def gradient(self, batch: NDArray[np.intp]) -> Figures:
        """Leave the gradient of the batch's mean loss in the parameters."""
        run, total, outputs = self.run, 0.0, []
        for parameter in self.parameters:
            parameter._grad = 0.0
        for i in batch.tolist():
            output = run.model(run.rows[i])
            loss = as_value(self.loss(output, run.y[i]))
            # example by example: the sum of gradients is the same, and one graph lives at a time
            loss.backward(1.0 / len(batch))
            total += loss.data
            outputs.append(plain_numbers(output))
        return total, outputs

    def evaluate(self, examples: Examples) -> Figures:
        """See ``Steps``."""
        rows, targets = examples
        with no_grad():
            outputs = [self.run.model(row) for row in rows]
            losses = [as_value(self.loss(o, t)).data for o, t in zip(outputs, targets, strict=True)]
        return reduce(add, losses), [plain_numbers(output) for output in outputs]

    def show(self) -> None:
        """The Values are what is trained."""

    look = show

    def is_current(self) -> bool:
        """See ``Steps``: a parameter added by a callback is to be trained too."""
        return False


class Compiled:
    """One NumPy program for all rows of a batch. Raises whatever keeps the model from being one.

    The parameters are kept as an array. The Values lag behind it until somebody looks: writing
    them takes longer than a step. A batch whose loss or gradient is not finite is done over row by
    row: there the graph leaves terms out, or says which row is at fault, and the program does not.
    ``watched`` says that callbacks are called which may change the run's rows and targets.
    """

    def __init__(self, run: Run, loss: Loss, outputs_wanted: bool, watched: bool) -> None:
        if run.y.dtype.kind not in "biuf":
            raise GraphError("its targets are not numbers")
        self.run, self.eager = run, Eager(run, loss)
        self.parameters = self.eager.parameters
        self.X, self.y = np.array(run.rows, dtype=np.float64), _as_floats(run.y)
        # to see quickly which rows have changed since they came into X
        self._rows = [row.copy() for row in run.rows] if watched else []
        shapes = {"x": self.X.shape[1:]}
        of_target = {"target": self.y.shape[1:]}
        self.program = Program(run.model, _loss_of(loss), shapes | of_target, (loss,))
        self.outputs = Program(run.model, calling, shapes) if outputs_wanted else None
        self._check(loss)
        # the numbers of the program's parameters, and the last step's gradient of the model's
        self._state = (self.program.theta, np.zeros(len(self.parameters)))
        self._shown = self._state

    def _check(self, loss: Loss) -> None:
        """Compare with the graph: some rows, and a loss of the user's for its other targets too."""
        model, rows, y = self.run.model, self.run.rows, self.run.y
        places, outputs, losses = [], [], []
        built_in = loss in LOSSES.values()
        with no_grad():
            for i in trial_rows(len(rows)):
                output = model(rows[i])
                try:
                    losses.append(as_value(loss(output, y[i])).data)
                except GlassgradError:
                    if built_in:  # an output that it refuses: the row's step will say so
                        continue
                    raise
                places.append(i)
                outputs.append(output)
            most = 0 if built_in else _MOST_TRIALS
            others = np.unique(y, axis=0, return_index=True)[1][:most].tolist()
            losses += [as_value(loss(outputs[0], target)).data for target in y[others]]
        paired = [0] * len(others)
        self.program.check(losses, self.X[places + paired], self.y[places + others])
        if self.outputs is not None:
            self.outputs.check([plain_numbers(output) for output in outputs], self.X[places])

    # --- steps -----------------------------------------------------------------------------------

    def step(self, batch: NDArray[np.intp]) -> Figures:
        """See ``Steps``."""
        theta, own = self._state[0], len(self.parameters)
        X, y = self._examples(batch)
        value, gradient = self.program.value_and_grad(theta, X, y)
        total, outputs = value * len(batch), self._outputs(theta, X)
        finite = np.isfinite(value) and np.isfinite(gradient).all()
        if not finite and np.isfinite(theta).all():
            self.show()
            total, outputs = self.eager.gradient(batch)
            gradient = np.array([p.grad for p in self.parameters])
        elif len(gradient) > own:
            # Values that are not the model's get gradients all the same, and add them up
            others = self.program.parameters[own:]
            for other, slope in zip(others, gradient[own:].tolist(), strict=True):
                other._grad += slope
        self._move(theta, gradient[:own])
        return total, outputs

    def _examples(self, batch: NDArray[np.intp]) -> tuple[Array, Array]:
        """The rows and targets of a batch, as they are now if callbacks may have changed them."""
        rows, known = self.run.rows, self._rows
        for i in batch.tolist() if known else ():
            if rows[i] != known[i]:
                self.X[i], known[i] = rows[i], rows[i].copy()
        return self.X[batch], self.y[batch]

    def _move(self, theta: Array, gradient: Array) -> None:
        own, optimizer = len(self.parameters), self.run.optimizer
        if getattr(optimizer.step, "__func__", None) is not Optimizer.step:
            # it has a way of its own to move Values
            write(self.parameters, theta[:own].tolist(), gradient.tolist())
            optimizer.step(self.parameters)
            self._shown = self._state = (self.program.theta, gradient)
            return
        if type(optimizer).update.__module__ == Optimizer.__module__:
            new = moved(optimizer, theta[:own], gradient)
        else:  # it may write into what it is given, and go on to write into what it returned
            new = moved(optimizer, theta[:own].copy(), gradient.copy()).copy()
        if len(theta) > own:
            new = np.concatenate([new, theta[own:]])
        # one assignment, so that Ctrl-C finds a whole step, or none
        self._state = (new, gradient)

    def _outputs(self, theta: Array, X: Array) -> Any:
        if self.outputs is None:
            return []
        # what the outputs depend on comes first, because the loss is computed from them
        return self.outputs.map(theta[: len(self.outputs.parameters)], X)

    def evaluate(self, examples: Examples) -> Figures:
        """See ``Steps``."""
        rows, targets = examples
        theta = self._state[0]
        if targets.shape[1:] == self.y.shape[1:] and targets.dtype.kind in "biuf":
            X = np.array(rows, dtype=np.float64)
            losses = self.program.map(theta, X, _as_floats(targets))
            if np.isfinite(losses).all():
                return float(np.sum(losses)), self._outputs(theta, X)
        self.show()
        return self.eager.evaluate(examples)

    # --- the Values ------------------------------------------------------------------------------

    def show(self) -> None:
        """See ``Steps``."""
        state = self._state
        if state is not self._shown:
            theta, gradient = state
            write(self.parameters, theta[: len(gradient)].tolist(), gradient.tolist())
            self._shown = state

    def look(self) -> None:
        """See ``Steps``."""
        state = (self.program.theta, self._state[1])
        self._shown = self._state = state
        if self._fits():
            self.y = _as_floats(self.run.y)

    def _fits(self) -> bool:
        """Whether the targets still are of the kind and shape that the program takes."""
        y = self.run.y
        return y.dtype.kind in "biuf" and y.shape[1:] == self.y.shape[1:]

    def is_current(self) -> bool:
        """See ``Steps``."""
        model = self.run.model
        if not self._fits():
            return False
        programs = [program for program in (self.program, self.outputs) if program]
        return all(program.is_current(model) for program in programs)


def _loss_of(loss: Loss) -> Callable[[Callable[[], Any]], Callable[..., Any]]:
    def making(get: Callable[[], Any]) -> Callable[..., Any]:
        def loss_of(x: Any, target: Any) -> Value:
            return as_value(loss(get()(x), as_symbols(target)))

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
            f"fit expects a loss that returns one Value, got {loss!r}; "
            "compute it from the model's output with autograd's functions (autograd.maximum or "
            ".relu(), not Python's max)"
        )
    return loss


def _as_floats(targets: NDArray[Any]) -> Array:
    return np.ascontiguousarray(targets, dtype=np.float64)
