"""The steps of ``fit``, and those for a whole batch at once, in a compiled program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from autograd import no_grad
from autograd.errors import GlassgradError, GraphError
from nn.callbacks.base import Run
from nn.fitting.divergence import Diverged, LastFinite, first_bad_row, is_finite
from nn.fitting.eager import Eager, Figures, has_own_step, undoing
from nn.fitting.examples import Examples
from nn.losses import LOSSES, Loss
from nn.optim.base import is_built_in, moved, write
from nn.programs.loss_program import LossProgram, as_value
from nn.programs.predicting import keep
from nn.programs.program import Array, agree, plain_numbers, trial_rows

_State = tuple[Array, Array, Figures | None]

_MOST_TRIALS = 64  # targets for which a loss of one's own is compared with its program

_FEW_ROWS = 64  # of a batch, so that one graph after the other may be asked for a reason


class Steps(Protocol):
    """How ``fit`` moves the model, and what it asks in between."""

    @property
    def latest(self) -> Figures | None:
        """The very figures that the last step has returned, or would have but for Ctrl-C."""
        ...

    def step(self, batch: NDArray[np.intp]) -> Figures:
        """One step of the optimiser, by the gradient of the batch's mean loss.

        Raises ``Diverged``, with the parameters as they were, if that is not finite.
        """
        ...

    def evaluate(self, examples: Examples) -> Figures:
        """The losses and outputs of the model as it is now, for other rows."""
        ...

    def numbers(self) -> Sequence[float] | Array:
        """The model's parameters as they are now."""
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


class Compiled:
    """One NumPy program for all rows of a batch. Raises whatever keeps the model from being one.

    The parameters are kept as an array. The Values lag behind it until somebody looks: writing
    them takes longer than a step. A batch whose loss or gradient is not finite is done over row by
    row: there the graph leaves terms out, or says which row is at fault, and the program does not.
    """

    def __init__(self, run: Run, loss: Loss, last: LastFinite) -> None:
        if run.y.dtype.kind not in "biuf":
            raise GraphError("its targets are not numbers")
        self.run, self.last, self.eager = run, last, Eager(run, loss, last)
        self.parameters = self.eager.parameters
        self.y = _as_floats(run.y)
        self.program = LossProgram(run.model, loss, run.X.shape[1:], self.y.shape[1:])
        self._check(loss)
        keep(run.model, self.program)
        # the numbers of the program's parameters, and the last step's gradient of the model's
        # and what that step has found
        self._state: _State = (self.program.theta, np.zeros(len(self.parameters)), None)
        self._shown: _State = self._state

    def _check(self, loss: Loss) -> None:
        """Compare with the graph: some rows, and a loss of the user's for its other targets too."""
        model, rows, y = self.run.model, self.run.rows, self.run.y
        places, outputs, losses, others = [], [], [], []
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
            if not built_in:
                others = np.unique(y, axis=0, return_index=True)[1][:_MOST_TRIALS].tolist()
                losses += [as_value(loss(outputs[0], target)).data for target in y[others]]
        paired = [places[0]] * len(others) if places else []
        X, targets = self.run.X[places + paired], self.y[places + others]
        if len(X):
            found, shown = self.program.evaluate(self.program.theta, X, targets)
            agree(found, losses)
            agree(shown[: len(places)], [plain_numbers(output) for output in outputs])

    # --- steps -----------------------------------------------------------------------------------

    def step(self, batch: NDArray[np.intp]) -> Figures:
        """See ``Steps``."""
        theta, own = self._state[0], len(self.parameters)
        total, gradient, outputs = self._figures(theta, batch)
        if not is_finite(total, gradient):
            total, outputs = self._done_over(theta, batch, total / len(batch))
            gradient = np.array([p._grad for p in self.parameters])
        elif len(gradient) > own:
            # Values that are not the model's get gradients all the same, and add them up
            others = self.program.parameters[own:]
            for other, slope in zip(others, gradient[own:].tolist(), strict=True):
                other._grad += slope
        figures = total, outputs
        self._move(theta, gradient[:own], figures)
        return figures

    @property
    def latest(self) -> Figures | None:
        """See ``Steps``."""
        return self._state[2]

    def _figures(self, theta: Array, batch: NDArray[np.intp]) -> tuple[float, Array, Any]:
        """The sum of the losses of a batch, the gradient of their mean, and the outputs."""
        value, gradient, outputs = self.program.step(theta, self.run.X, self.y, batch)
        return value * len(batch), gradient, outputs

    def _done_over(self, theta: Array, batch: NDArray[np.intp], loss: float) -> Figures:
        """The same on graphs, where it may be finite; the gradient is left in the parameters."""
        self.show()
        X, y = self.run.X[batch], self.y[batch]

        def is_fine(start: int, stop: int) -> bool:
            part = batch[start:stop]
            return is_finite(*self.program.step(theta, self.run.X, self.y, part)[:2])

        bad = first_bad_row(lambda: self.program.evaluate(theta, X, y)[0], is_fine, len(batch))
        if bad is not None:
            # a single graph most often tells: those of all rows may take minutes
            self._on_graphs(batch[bad : bad + 1], len(batch))
        elif len(batch) > _FEW_ROWS:
            raise Diverged(loss)
        return self._on_graphs(batch, len(batch))

    def _on_graphs(self, rows: NDArray[np.intp], n: int) -> Figures:
        total, outputs = self.eager.gradient(rows, n)
        if not is_finite(total, np.array([p._grad for p in self.parameters])):
            raise Diverged(total / n, rows.tolist())
        return total, outputs

    def _move(self, theta: Array, gradient: Array, figures: Figures) -> None:
        own, optimizer = len(self.parameters), self.run.optimizer
        self.last.keep(self.parameters, theta[:own], gradient, optimizer)
        if has_own_step(optimizer):
            write(self.parameters, theta[:own].tolist(), gradient.tolist())
            with undoing(self.last, optimizer):
                optimizer.step(self.parameters)
                self._shown = self._state = (self.program.theta, gradient, figures)
            return
        try:
            if is_built_in(optimizer):
                new = moved(optimizer, theta[:own], gradient)
            else:  # it may write into what it is given, and go on to write into what it returned
                new = moved(optimizer, theta[:own].copy(), gradient.copy()).copy()
            if len(theta) > own:
                new = np.concatenate([new, theta[own:]])
            # one assignment, so that Ctrl-C finds a whole step, or none
            self._state = (new, gradient, figures)
        except KeyboardInterrupt:
            if self._state[0] is theta:
                self.last.put_back_state(optimizer)
            raise

    def evaluate(self, examples: Examples) -> Figures:
        """See ``Steps``."""
        X, targets = examples
        theta = self._state[0]
        if targets.shape[1:] == self.y.shape[1:] and targets.dtype.kind in "biuf":
            losses, outputs = self.program.evaluate(theta, X, _as_floats(targets))
            for i in np.flatnonzero(~np.isfinite(losses)).tolist():
                self.show()
                losses[i], found = self.eager.evaluate((X[i : i + 1], targets[i : i + 1]))
                if not np.isfinite(losses[i]):
                    break  # nor is the sum, whatever the graphs of other rows give
                outputs[i] = found[0]
            with np.errstate(all="ignore"):
                return float(np.sum(losses)), outputs
        self.show()
        return self.eager.evaluate(examples)

    # --- the Values ------------------------------------------------------------------------------

    def numbers(self) -> Array:
        """See ``Steps``."""
        return self._state[0][: len(self.parameters)]

    def show(self) -> None:
        """See ``Steps``."""
        state = self._state
        if state is not self._shown:
            theta, gradient, _ = state
            write(self.parameters, theta[: len(gradient)].tolist(), gradient.tolist())
            self._shown = state

    def look(self) -> None:
        """See ``Steps``."""
        state = (self.program.theta, *self._state[1:])
        self._shown = self._state = state
        if self._fits():
            self.y = _as_floats(self.run.y)

    def _fits(self) -> bool:
        """Whether the targets still are of the kind and shape that the program takes."""
        y = self.run.y
        return y.dtype.kind in "biuf" and y.shape[1:] == self.y.shape[1:]

    def is_current(self) -> bool:
        """See ``Steps``."""
        return self._fits() and self.program.is_current(self.run.model)


def _as_floats(targets: NDArray[Any]) -> Array:
    return np.ascontiguousarray(targets, dtype=np.float64)
