"""``fit``: train a model on arrays of examples."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd import ShapeError, Value, no_grad
from autograd.errors import ArgumentError, InputError
from nn import losses
from nn.history import History
from nn.layers import MLP, generator
from nn.metrics import METRICS, Metric
from nn.module import Module, as_matrix
from nn.optim import Optimizer
from nn.progress import Progress

Array = NDArray[np.float64]


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
    pair (X, y) that is not trained on. ``verbose=0`` is silent, 1 shows a line that is rewritten
    on a terminal and one line an epoch elsewhere.

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
    rows, targets = _examples(X, y, "fit")
    held_out = _examples(*_pair(validation), "fit validation") if validation is not None else None
    one_loss = losses.find(loss)
    measures = _named_metrics(metrics, _threshold(model, one_loss))
    size = _batch_size(batch_size, len(rows))
    n_epochs = _at_least_one(epochs, "epochs")
    rng = generator(seed, "fit")
    _check_model(model, optimizer)
    batches = -(-len(rows) // size)
    history = History()
    started = time.perf_counter()
    with Progress(n_epochs, batches, verbose) as progress:
        try:
            for examples in filter(None, [(rows, targets), held_out]):
                _rehearse(model, one_loss, *examples, measures)
            for _ in range(n_epochs):
                order = rng.permutation(len(rows)) if shuffle else np.arange(len(rows))
                trainer = _Epoch(model, one_loss, optimizer, rows, targets)
                for batch in _batches(order, size):
                    trainer.step(batch)
                    progress.step(trainer.mean_loss)
                row = _row("", trainer.mean_loss, trainer.outputs, targets[order], measures)
                if held_out is not None:
                    row |= _evaluate(model, one_loss, *held_out, measures)
                history._add(row)
                progress.epoch(row)
        except KeyboardInterrupt:
            history.interrupted = True
            progress.note("interrupted: the model keeps the weights of the last whole step")
    history.seconds = time.perf_counter() - started
    return history


class _Epoch:
    """One pass over the rows: steps, and the running mean of the losses."""

    def __init__(
        self,
        model: Module,
        loss: losses.Loss,
        optimizer: Optimizer,
        rows: list[Any],
        targets: NDArray[Any],
    ) -> None:
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self.rows, self.targets = rows, targets
        self.outputs: list[Any] = []
        self.total_loss = 0.0
        self.parameters = model.parameters()

    @property
    def mean_loss(self) -> float:
        return self.total_loss / len(self.outputs)

    def step(self, batch: Sequence[int]) -> None:
        """One step of the optimiser, by the gradient of the batch's mean loss."""
        for parameter in self.parameters:
            parameter._grad = 0.0
        for i in batch:
            output = self.model(self.rows[i])
            loss = _value(self.loss(output, self.targets[i]))
            # example by example: the sum of gradients is the same, and one graph lives at a time
            loss.backward(1.0 / len(batch))
            self.total_loss += loss.data
            self.outputs.append(_plain(output))
        self.optimizer.step(self.parameters)


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
    return _row("validation_", mean, [_plain(o) for o in outputs], targets, measures)


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


def _plain(output: Any) -> Any:
    if isinstance(output, (list, tuple)):
        return [float(x) for x in output]
    return float(output)


def _value(loss: Any) -> Value:
    if not isinstance(loss, Value):
        raise InputError(
            f"fit expects a loss that returns one Value, got {loss!r}; "
            "compute it from the model's output with autograd's functions"
        )
    return loss


def _batches(order: NDArray[np.intp], size: int) -> Iterator[list[int]]:
    for start in range(0, len(order), size):
        yield order[start : start + size].tolist()


# --- what fit takes ------------------------------------------------------------------------------


def _pair(validation: Any) -> tuple[Any, Any]:
    try:
        X, y = validation
    except (TypeError, ValueError):
        raise InputError(
            "fit expects validation to be a pair of arrays (X, y), got "
            f"{type(validation).__name__}; write validation=(X_test, y_test)"
        ) from None
    return X, y


def _examples(X: Any, y: Any, who: str) -> tuple[list[Any], NDArray[Any]]:
    matrix = as_matrix(X, who)
    targets = _targets(y, who)
    if targets.ndim == 0 or len(targets) != len(matrix):
        raise ShapeError(
            f"{who} expects one target per row, got {len(matrix)} rows and y of shape "
            f"{targets.shape}; give y as many entries as X has rows"
        )
    if not len(matrix):
        raise ShapeError(f"{who} expects at least one row, got X of shape {matrix.shape}")
    _check_finite(matrix, "X", who)
    if targets.dtype.kind == "f":
        _check_finite(targets, "y", who)
    return matrix.tolist(), targets


def _targets(y: Any, who: str) -> NDArray[Any]:
    try:
        return np.asarray(y)
    except ValueError as error:
        raise InputError(
            f"{who} expects y to hold targets of one kind and length, got a {type(y).__name__} "
            f"that does not: {error}"
        ) from None


def _check_finite(array: NDArray[Any], name: str, who: str) -> None:
    bad = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))
    if len(bad):
        raise ArgumentError(
            f"{who} expects finite numbers, got nan or inf in row {bad[0]} of {name} "
            f"({len(bad)} such rows); drop or fill them first"
        )


def _named_metrics(metrics: Any, threshold: float) -> dict[str, Metric]:
    if isinstance(metrics, str) or not isinstance(metrics, Iterable):
        metrics = (metrics,)
    named: dict[str, Metric] = {}
    for metric in metrics:
        known = isinstance(metric, str) and metric in METRICS
        if not known and not callable(metric):
            names = ", ".join(METRICS)
            raise InputError(f"fit expects metrics among {names}, or functions, got {metric!r}")
        name = metric if known else getattr(metric, "__name__", type(metric).__name__)
        if name in named or name == "loss":
            raise ArgumentError(
                f"fit expects each metric to have a name of its own, got {name!r} once more; "
                "define it with def, under another name"
            )
        named[name] = partial(METRICS[metric], threshold=threshold) if known else metric
    return named


def _threshold(model: Any, loss: losses.Loss) -> float:
    """Above which an output means yes: 0.5 for a probability, 0 for a raw score."""
    squashed = isinstance(model, MLP) and model.layers[-1].activation == "sigmoid"
    return 0.5 if squashed or loss is losses.binary_cross_entropy else 0.0


def _batch_size(batch_size: Any, n: int) -> int:
    return n if batch_size is None else min(_at_least_one(batch_size, "batch_size"), n)


def _at_least_one(n: Any, what: str) -> int:
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise ArgumentError(f"fit expects {what} to be a whole number of at least 1, got {n!r}")
    return int(n)


def _check_model(model: Any, optimizer: Any) -> None:
    if not isinstance(model, Module):
        raise InputError(f"fit expects an nn.Module, got {model!r}; subclass nn.Module")
    if not isinstance(optimizer, Optimizer):
        raise InputError(f"fit expects an optimiser such as nn.SGD(lr=0.1), got {optimizer!r}")
    if not model.parameters():
        raise ArgumentError(f"fit expects a model with parameters, got {model!r} with none")


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
    if loss in losses.LOSSES.values() and targets.dtype.kind in "biuf":
        with no_grad():
            output = model(rows[0])
            for target in np.unique(targets, axis=0):
                loss(output, target)
