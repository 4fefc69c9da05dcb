"""``fit``: train a model on arrays of examples."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from autograd.core import modes
from nn import losses
from nn.callbacks.base import Audience, Callback, Run
from nn.checks import at_least
from nn.data.dataset import Dataset
from nn.fitting.advice import has_exploded, is_saturated, schedule_is_over
from nn.fitting.arguments import (
    as_batch_size,
    as_callbacks,
    as_verbose,
    check_model,
    named_metrics,
)
from nn.fitting.divergence import DivergenceWarning
from nn.fitting.examples import as_data, check_columns
from nn.fitting.heads import head_of, threshold_of, width_of
from nn.fitting.progress import Progress
from nn.fitting.training import Task, Training, rate_of
from nn.history import History
from nn.metrics import Metric
from nn.module import Module
from nn.optim import Optimizer


def fit(
    model: Module,
    X: ArrayLike | Dataset,
    y: ArrayLike | None = None,
    *,
    loss: str | losses.Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | None = None,
    shuffle: bool = True,
    validation: float | tuple[ArrayLike, ArrayLike] | None = None,
    metrics: str | Metric | Sequence[str | Metric] = (),
    callbacks: Callback
    | Callable[[Run], object]
    | Sequence[Callback | Callable[[Run], object]] = (),
    seed: int | np.random.Generator | None = None,
    verbose: int = 1,
    compile: bool = True,  # noqa: A002 -- the contract's name
    history: History | None = None,
) -> History:
    """Train ``model`` in place and return what happened in each epoch.

    Args:
        model: what is trained, an ``nn.Module``; it computes the output for one row.
        X: the rows, of shape (n, n_inputs). They are copied, and so is ``y``.
        y: n targets, each as ``loss(model(x), target)`` takes it. It is left out where X is both,
            a pair (X, y) or an ``nn.data.Dataset``.
        loss: a function of (output, target) for one row, or the name of one of ``nn.losses``.
            A step goes down the gradient of the mean over its rows.
        optimizer: such as ``nn.Adam()``. It keeps its state and its count of epochs, by which a
            schedule goes, so the next ``fit`` with it goes on; ``optimizer.reset()`` begins anew.
        epochs: how often all rows are gone through.
        batch_size: the rows of a step: None is gradient descent on all of them, 1 is stochastic
            gradient descent, anything between is mini-batch.
        shuffle: whether every epoch has an order of its own, by ``seed``.
        validation: what is not trained on, but evaluated after each epoch: a pair (X, y), or a
            fraction of the rows such as 0.2 to hold out. ``seed`` chooses them, each class in
            proportion if ``y`` are class labels: whole numbers, truth values or text, in one
            dimension.
        metrics: ``"accuracy"``, ``"confusion_matrix"``, or functions of (outputs, y) that return a
            number. They and the loss are figures over the epoch's rows while the model was
            learning. One output means yes above 0, or above 0.5 if it is a probability (a
            sigmoid's, or binary_cross_entropy's), or if labels 0 and 1 are met by a loss for
            quantities, such as mse_loss.
        callbacks: told of every step and epoch: see ``nn.Callback``; a plain function is called
            with the run after every epoch. ``nn.EarlyStopping`` is one.
        seed: a whole number of at least 0 for the same training each time, a NumPy Generator to
            draw from, or None.
        verbose: 0 is silent. 1 shows a bar with epoch, figures, learning rate, time and time left
            on a terminal or in a notebook, and one line an epoch elsewhere; 2 one line an epoch.
        compile: False trains row by row, on a graph for each: the same, up to rounding, and slow.
        history: of an earlier ``fit``, to go on with it: new epochs are added to it, its held-out
            rows stay held out, and the order of rows goes on where it stopped. So twice 5 epochs,
            with the same model and optimiser, give the same bits as 10. An epoch that was not
            finished goes on with its next step, and is the first of ``epochs``; in batches of
            another size it is begun anew. A ``seed`` has to be left out, or be the one it began
            with.

    Returns:
        A ``History``: that given, or a new one.

    Raises:
        InputError, ArgumentError, ShapeError: something cannot be trained, or not with that; the
            message names the row where one is at fault, and the model is as it was.
        GraphError: a ``no_grad()`` block is open, or the loss does not depend on the parameters.

    Model and loss are compiled into one NumPy program. They are traced for that, so code in them
    must not ask for numbers (no ``if x > 0``) and has to do the same at each call; where it does
    not, fit trains row by row and says why in an ``nn.EagerWarning``. Within ``detect_anomaly()``
    it trains row by row as well. Callbacks see, and may change, parameters, rows and targets; what
    else they, a metric or an optimiser of your own change in model and loss takes effect from the
    next epoch on.

    A loss that becomes nan or infinite, or a gradient or parameter that does, ends the training:
    the update that spoiled it is undone, so that model and optimiser are as they were when the
    loss was last finite, and ``history.stopped`` and an ``nn.DivergenceWarning`` name the step,
    the row, and the first node of its graph that was not finite. A loss that stays finite, and is
    a hundred times as large at the end as in the first epoch, is such a warning too. A schedule
    of the learning rate that was over before the training, and inputs so large that they saturate
    the first layer of an MLP, are a ``UserWarning``.

    Ctrl-C ends the training early: model and optimiser are as the last whole step left them, and
    the history of the epochs that were finished is returned, with ``interrupted`` set. Go on with
    ``history=``.

    >>> import nn
    >>> X, y = nn.data.moons(20, noise=0.05, seed=0)
    >>> model = nn.MLP(2, [8, 1], activation="tanh", seed=0)
    >>> history = nn.fit(model, X, y, loss="binary_cross_entropy_with_logits",
    ...                  optimizer=nn.SGD(lr=0.5), epochs=5, seed=0, verbose=0)
    >>> len(history), history["loss"][-1] < history["loss"][0]
    (5, True)
    """
    started, mode = time.perf_counter(), modes.current()
    examples, held_out, resume = as_data(X, y, validation, seed, history)
    one_loss = losses.find(loss)
    measures = named_metrics(metrics, threshold_of(model, one_loss, examples[1]))
    size, n_epochs = as_batch_size(batch_size, len(examples[0])), at_least(1, epochs, _EPOCHS)
    audience, shown = Audience(as_callbacks(callbacks)), as_verbose(verbose)
    check_model(model, optimizer)
    task = Task(one_loss, measures, held_out, resume, shuffle, size, compile)
    columns = task.columns(optimizer)
    check_columns(history, columns)
    mistake = losses.check_head(head_of(model), one_loss, width_of(model))
    over = schedule_is_over(optimizer, goes_on=bool(history))
    early = mistake, over, is_saturated(model, examples[0])
    for text in filter(None, early):
        warnings.warn(text, UserWarning, stacklevel=2)
    run = Run(model, optimizer, *examples, n_epochs, history, columns)
    begun = run.epoch
    n_steps, rate = -(-len(examples[0]) // size), partial(rate_of, optimizer)
    with Progress(run.epochs, n_steps, shown, begun=begun, rate=rate) as progress:
        training = Training(run, task, audience, progress)
        for part in (training.run_all, partial(audience.end, run)):
            try:
                part()
            except KeyboardInterrupt:
                training.interrupt(mode)
        training.tell_why()
    run.history.seconds += time.perf_counter() - started
    if training.divergence:
        warnings.warn(f"fit stopped: {training.divergence}", DivergenceWarning, stacklevel=2)
    elif text := has_exploded(run.history, begun):
        warnings.warn(text, DivergenceWarning, stacklevel=2)
    return run.history


_EPOCHS = "fit expects epochs"
