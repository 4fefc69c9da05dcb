"""The steps of ``fit`` row by row, on graphs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import no_grad
from nn.callbacks.base import Run
from nn.fitting.divergence import Diverged, LastFinite, is_finite
from nn.fitting.examples import Examples
from nn.losses import Loss
from nn.optim import Optimizer
from nn.programs.loss_program import as_value
from nn.programs.program import plain_numbers

Figures = tuple[float, Any]  # the sum of the losses of some rows, and the outputs for them


def has_own_step(optimizer: Optimizer) -> bool:
    """Whether an optimiser of the user's moves Values in a way of its own."""
    return getattr(optimizer.step, "__func__", None) is not Optimizer.step


@contextmanager
def undoing(last: LastFinite, optimizer: Optimizer) -> Iterator[None]:
    """Undo a step that Ctrl-C has cut short, wherever in the user's code that was."""
    try:
        yield
    except KeyboardInterrupt:
        last.put_back(optimizer)
        raise


class Eager:
    """A graph for each row, as the model's code says; always right, and slow."""

    def __init__(self, run: Run, loss: Loss, last: LastFinite) -> None:
        self.run, self.loss, self.last = run, loss, last
        self.parameters = run.model.parameters()
        self.latest: Figures | None = None  # see ``Steps``

    def step(self, batch: NDArray[np.intp]) -> Figures:
        """See ``Steps``."""
        total, outputs = self.gradient(batch, len(batch))
        gradient = np.array([p._grad for p in self.parameters])
        if not is_finite(total, gradient):
            raise Diverged(total / len(batch), batch.tolist())
        before = self.numbers()
        optimizer, figures = self.run.optimizer, (total, outputs)
        self.last.keep(self.parameters, before, gradient, optimizer)
        if has_own_step(optimizer):
            with undoing(self.last, optimizer):
                optimizer.step(self.parameters)
                self.latest = figures
            return figures
        try:
            optimizer.step(self.parameters)
            self.latest = figures
        except KeyboardInterrupt:
            if self.numbers() == before:
                self.last.put_back_state(optimizer)
            else:  # it was whole, since ``write`` is
                self.latest = figures
            raise
        return figures

    def gradient(self, batch: NDArray[np.intp], n: int) -> Figures:
        """Leave the gradient of the rows' losses over n in the parameters."""
        run, total, outputs = self.run, 0.0, []
        for parameter in self.parameters:
            parameter._grad = 0.0
        for i in batch.tolist():
            output = run.model(run.X[i].tolist())
            loss = as_value(self.loss(output, run.y[i]))
            # example by example: the sum of gradients is the same, and one graph lives at a time
            loss.backward(1.0 / n)
            total += loss.data
            outputs.append(plain_numbers(output))
        return total, outputs

    def evaluate(self, examples: Examples) -> Figures:
        """See ``Steps``."""
        losses, outputs = [], []
        with no_grad():
            for row, target in zip(*examples, strict=True):
                output = self.run.model(row.tolist())
                losses.append(as_value(self.loss(output, target)).data)
                outputs.append(plain_numbers(output))
        return reduce(add, losses), outputs

    def numbers(self) -> list[float]:
        """See ``Steps``."""
        return [p._data for p in self.parameters]

    def show(self) -> None:
        """The Values are what is trained."""

    look = show

    def is_current(self) -> bool:
        """See ``Steps``: a parameter added by a callback is to be trained too."""
        return False
