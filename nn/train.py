"""``fit``: train a model on arrays of examples."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd import Value, modes, no_grad
from autograd.errors import GraphError, InputError
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
from nn.module import Module, plain_numbers
from nn.optim import Optimizer
from nn.progress import Progress


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
    task = _Task(one_loss, measures, held_out, orders, size)
    run = Run(model, optimizer, rows, targets, n_epochs)
    started, mode = time.perf_counter(), modes.state()
    with Progress(n_epochs, -(-n // size), verbose) as progress:
        for part in (partial(_train, run, task, audience, progress), partial(audience.end, run)):
            try:
                part()
            except KeyboardInterrupt:
                modes.restore(mode)
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
    held_out: tuple[list[Any], NDArray[Any]] | None
    orders: Iterator[NDArray[np.intp]]  # one for each epoch, drawn when its turn comes
    size: int


def _train(run: Run, task: _Task, audience: Audience, progress: Progress) -> None:
    """All epochs, or as many as come before a callback stops the run."""
    for examples in filter(None, [(run.rows, run.y), task.held_out]):
        _rehearse(run.model, task.loss, *examples, task.measures)
    audience.start(run)
    for order in task.orders:
        if run.stopped:
            return
        run.epoch += 1
        epoch = _Epoch(run, task.loss)
        for batch in _batches(order, task.size):
            epoch.step(batch)
            progress.step(epoch.mean_loss)
            audience.step(run)
            if run.stopped:
                return
        row = _row("", epoch.mean_loss, epoch.outputs, run.y[order], task.measures)
        if task.held_out is not None:
            row |= _evaluate(run.model, task.loss, *task.held_out, task.measures)
        run.loss = epoch.mean_loss
        run.history._add(row)
        progress.epoch(row)
        audience.epoch(run)


class _Epoch:
    """One pass over the rows: steps, and the running mean of the losses."""

    def __init__(self, run: Run, loss: losses.Loss) -> None:
        self.run, self.loss = run, loss
        self.outputs: list[Any] = []
        self.total_loss = 0.0
        self.parameters = run.model.parameters()

    @property
    def mean_loss(self) -> float:
        return self.total_loss / len(self.outputs)

    def step(self, batch: Sequence[int]) -> None:
        """One step of the optimiser, by the gradient of the batch's mean loss."""
        run, total = self.run, 0.0
        for parameter in self.parameters:
            parameter._grad = 0.0
        for i in batch:
            output = run.model(run.rows[i])
            loss = _value(self.loss(output, run.y[i]))
            # example by example: the sum of gradients is the same, and one graph lives at a time
            loss.backward(1.0 / len(batch))
            self.total_loss += loss.data
            total += loss.data
            self.outputs.append(plain_numbers(output))
        run.optimizer.step(self.parameters)
        run.step += 1
        run.loss = total / len(batch)


def _evaluate(
    model: Module,
    loss: losses.Loss,
    rows: list[Any],
    targets: NDArray[Any],
    measures: Mapping[str, Metric],
) -> dict[str, float]:
    with no_grad():
        outputs = [model(row) for row in rows]
        numbers = [_value(loss(o, t)).data for o, t in zip(outputs, targets, strict=True)]
    mean = reduce(add, numbers) / len(numbers)
    return _row("validation_", mean, [plain_numbers(o) for o in outputs], targets, measures)


def _row(
    prefix: str,
    loss: float,
    outputs: list[Any],
    targets: NDArray[Any],
    measures: Mapping[str, Metric],
) -> dict[str, float]:
    array = np.array(outputs, dtype=np.float64)
    values = {name: float(measure(array, targets)) for name, measure in measures.items()}
    return {f"{prefix}loss": loss} | {f"{prefix}{name}": v for name, v in values.items()}


def _value(loss: Any) -> Value:
    if not isinstance(loss, Value):
        raise InputError(
            f"fit expects a loss that returns one Value, got {loss!r}; "
            "compute it from the model's output with autograd's functions (autograd.maximum or "
            ".relu(), not Python's max)"
        )
    return loss


def _batches(order: NDArray[np.intp], size: int) -> Iterator[list[int]]:
    for start in range(0, len(order), size):
        yield order[start : start + size].tolist()


def _rehearse(
    model: Module,
    loss: losses.Loss,
    rows: list[Any],
    targets: NDArray[Any],
    measures: Mapping[str, Metric],
) -> None:
    """Try one row before anything changes, so that a misfit shows with the model as it was.

    The losses of this package are tried on every target; a loss of the user's may keep count.
    """
    built_in = {name: measure for name, measure in measures.items() if name in METRICS}
    _evaluate(model, loss, rows[:1], targets[:1], built_in)
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
