"""``fit``: train a model on arrays of examples."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd import modes, no_grad
from autograd.errors import GlassgradError, GraphError
from nn import losses
from nn.arguments import (
    as_batch_size,
    as_callbacks,
    as_examples,
    as_pair,
    at_least,
    check_model,
    named_metrics,
    threshold_of,
)
from nn.callbacks import Audience, Callback, Run
from nn.history import History
from nn.layers import generator
from nn.metrics import METRICS, Metric
from nn.module import Module
from nn.optim import Optimizer
from nn.programs import is_compiling_apt
from nn.progress import Progress
from nn.stepping import Compiled, Eager, Examples, Steps


class EagerWarning(UserWarning):
    """``fit`` could not compile the model, and trains it row by row, which is slow."""


def fit(
    model: Module,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: str | losses.Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | None = None,
    shuffle: bool = True,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    metrics: Sequence[str | Metric] = (),
    callbacks: Sequence[Callback | Callable[[Run], object]] = (),
    seed: int | np.random.Generator | None = None,
    verbose: int = 1,
    compile: bool = True,  # noqa: A002 -- the contract's name
) -> History:
    """Train ``model`` in place and return what happened in each epoch.

    ``X`` has shape (n, n_inputs), ``y`` a target per row, as ``loss(model(x), target)`` takes it
    (a function, or the name of one of ``nn.losses``). ``batch_size=None`` is gradient descent on
    all rows, 1 is stochastic, anything between is mini-batch; rows are reshuffled every epoch by
    ``seed``. ``metrics`` are ``"accuracy"`` or functions of (outputs, y); they and the loss are
    averages over the epoch, while the model was learning. Accuracy means yes above 0, or above 0.5
    where outputs are probabilities (a sigmoid's, or binary_cross_entropy's). ``validation`` is a
    pair (X, y) that is not trained on. ``callbacks`` are told of every step and epoch: see
    ``nn.Callback``; a plain function is called after every epoch. ``verbose=0`` is silent, 1
    shows a line that is rewritten on a terminal and one line an epoch elsewhere.

    Model and loss are compiled into one NumPy program, which gives the same numbers up to rounding
    and is much faster than ``compile=False``, where each row gets a graph of its
    own. They are traced for that, so code in them must not ask for numbers (no ``if x > 0``) and
    has to do the same at each call; where it does not, fit trains row by row and says why in an
    ``nn.EagerWarning``. Within ``detect_anomaly()`` it trains row by row as well. Callbacks see,
    and may change, parameters, rows and targets as ever; what else they, a metric or an optimiser
    of your own change in model and loss takes effect from the next epoch on.

    Ctrl-C ends the training early: the model keeps the weights of the last whole step, and the
    history of the epochs that were finished is returned, with ``interrupted`` set.

    >>> import nn
    >>> X, y = nn.data.moons(20, noise=0.05, seed=0)
    >>> model = nn.MLP(2, [8, 1], activation="tanh", seed=0)
    >>> history = nn.fit(model, X, y, loss="binary_cross_entropy_with_logits",
    ...                  optimizer=nn.SGD(lr=0.5), epochs=5, seed=0, verbose=0)
    >>> len(history), history["loss"][-1] < history["loss"][0]
    (5, True)
    """
    rows, targets = as_examples(X, y, "fit")
    held_out = (
        as_examples(*as_pair(validation), "fit validation") if validation is not None else None
    )
    one_loss = losses.find(loss)
    measures = named_metrics(metrics, threshold_of(model, one_loss))
    size = as_batch_size(batch_size, len(rows))
    n_epochs = at_least(1, epochs, "fit expects epochs")
    rng = generator(seed, "fit")
    audience = Audience(as_callbacks(callbacks))
    check_model(model, optimizer)
    n = len(rows)
    orders = (rng.permutation(n) if shuffle else np.arange(n) for _ in range(n_epochs))
    task = _Task(one_loss, measures, held_out, orders, size, compile)
    run = Run(model, optimizer, rows, targets, n_epochs)
    started, mode = time.perf_counter(), modes.state()
    with Progress(n_epochs, -(-n // size), verbose) as progress:
        training = _Training(run, task, audience, progress)
        for part in (training.run_all, partial(audience.end, run)):
            try:
                part()
            except KeyboardInterrupt:
                modes.restore(mode)
                training.steps.show()
                run.history.interrupted = True
                progress.note("interrupted: the model keeps the weights of the last whole step")
        if run.stopped:
            run.history.stopped = run.stopped
            progress.note(f"stopped: {run.stopped}")
    run.history.seconds = time.perf_counter() - started
    return run.history


@dataclass(frozen=True)
class _Task:
    """What is to be done: by which loss and metrics, and in which order of the rows."""

    loss: losses.Loss
    measures: Mapping[str, Metric]
    held_out: Examples | None
    orders: Iterator[NDArray[np.intp]]  # one for each epoch, drawn when its turn comes
    size: int
    compile: bool

    @property
    def shows(self) -> bool:
        """Whether a metric of the user's might look at the model."""
        known = METRICS.values()
        return any(getattr(m, "func", m) not in known for m in self.measures.values())


class _Training:
    """The epochs of one call of ``fit``."""

    def __init__(self, run: Run, task: _Task, audience: Audience, progress: Progress) -> None:
        self.run, self.task, self.audience, self.progress = run, task, audience, progress
        self.steps: Steps = Eager(run, task.loss)
        self.compiles = task.compile and is_compiling_apt()

    def run_all(self) -> None:
        """All epochs, or as many as come before a callback stops the run."""
        run, task = self.run, self.task
        for examples in filter(None, [(run.rows, run.y), task.held_out]):
            _rehearse(run, task.loss, *examples, task.measures)
        self.audience.start(run)
        try:
            for order in task.orders:
                if run.stopped:
                    return
                self._choose_steps()
                run.epoch += 1
                self._epoch(order)
        finally:
            self.steps.show()

    def _choose_steps(self) -> None:
        """Compile, unless there is a program already that is still right."""
        run, task = self.run, self.task
        may_change = self.audience.may_change
        unseen = may_change or task.shows or not _is_ours(run.optimizer)
        if run.epoch and not unseen and isinstance(self.steps, Compiled):
            return
        if self.compiles and not self.steps.is_current():
            self.steps.show()  # the next one starts from the Values
            try:
                self.steps = Compiled(run, task.loss, bool(task.measures), may_change)
            except Exception as error:
                self.compiles = False
                warnings.warn(
                    "fit trains row by row, which is slow, because the model could not be "
                    f"compiled: {_reason(error)}. "
                    "Pass compile=False to train so without this warning",
                    EagerWarning, stacklevel=4,
                )  # fmt: skip
        if not self.compiles:
            self.steps = Eager(run, task.loss)

    def _epoch(self, order: NDArray[np.intp]) -> None:
        """One pass over the rows."""
        run, task, steps = self.run, self.task, self.steps
        total, done, outputs = 0.0, 0, []
        for start in range(0, len(order), task.size):
            batch = order[start : start + task.size]
            figure, found = steps.step(batch)
            total, done = total + figure, done + len(batch)
            outputs.append(found)
            run.step += 1
            run.loss = figure / len(batch)
            self.progress.step(total / done)
            self._tell_of_step()
            if run.stopped:
                return
        if task.shows:
            steps.show()
        row = _row("", total / done, _joined(outputs), run.y[order], task.measures)
        if task.held_out is not None:
            row |= _evaluation(steps, task.held_out, task.measures)
        run.loss = total / done
        run.history._add(row)
        self.progress.epoch(row)
        self._tell_of_epoch()

    def _tell_of_step(self) -> None:
        if self.audience.sees_steps:
            self.steps.show()
            self.audience.step(self.run)
            if self.audience.may_change:
                self.steps.look()

    def _tell_of_epoch(self) -> None:
        if self.audience.callbacks:
            self.steps.show()
            self.audience.epoch(self.run)
            if self.audience.may_change:
                self.steps.look()


def _is_ours(optimizer: Optimizer) -> bool:
    """Whether it is one of this package's, which move parameters and do nothing else."""
    return type(optimizer).__module__ == Optimizer.__module__


def _reason(error: Exception) -> str:
    """What an error says, for somebody who called ``fit`` and not ``compile``."""
    if isinstance(error, GlassgradError):
        return str(error).partition(", or pass static=")[0]  # which fit has none of
    # a KeyError's text is no more than the key
    return ": ".join(filter(None, [type(error).__name__, str(error)]))


def _joined(outputs: list[Any]) -> Any:
    """The outputs of all batches, each an array or a list of them."""
    return np.concatenate([np.array(part, dtype=np.float64) for part in outputs])


def _evaluation(
    steps: Steps, examples: Examples, measures: Mapping[str, Metric]
) -> dict[str, float]:
    total, outputs = steps.evaluate(examples)
    return _row("validation_", total / len(examples[0]), outputs, examples[1], measures)


def _row(
    prefix: str,
    loss: float,
    outputs: Any,
    targets: NDArray[Any],
    measures: Mapping[str, Metric],
) -> dict[str, float]:
    array = np.array(outputs, dtype=np.float64) if measures else None
    values = {name: float(measure(array, targets)) for name, measure in measures.items()}
    return {f"{prefix}loss": loss} | {f"{prefix}{name}": v for name, v in values.items()}


def _rehearse(
    run: Run,
    loss: losses.Loss,
    rows: list[Any],
    targets: NDArray[Any],
    measures: Mapping[str, Metric],
) -> None:
    """Try one row before anything changes, so that a misfit shows with the model as it was.

    The losses of this package are tried on every target; a loss of the user's may keep count.
    """
    model = run.model
    built_in = {name: measure for name, measure in measures.items() if name in METRICS}
    _evaluation(Eager(run, loss), (rows[:1], targets[:1]), built_in)
    if loss not in losses.LOSSES.values() and not loss(model(rows[0]), targets[0]).parents:
        raise GraphError(
            "fit expects a loss computed from the model's output, got a Value that depends on "
            "nothing for the first row; use the output itself in it, not its .data, and "
            "autograd.maximum or .relu(), not Python's max"
        )
    if loss in losses.LOSSES.values() and targets.dtype.kind in "biuf":
        with no_grad():
            output = model(rows[0])
            for target in np.unique(targets, axis=0):
                loss(output, target)
