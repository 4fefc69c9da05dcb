"""The epochs of one call of ``fit``: steps, figures, callbacks, and what to do if it diverges."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.collecting import collector_at_rest
from autograd.errors import GlassgradError, InputError
from nn import losses
from nn.arguments import Examples
from nn.callbacks import Audience, Run
from nn.divergence import Diverged, LastFinite, reason
from nn.eager import Eager
from nn.history import Resume
from nn.metrics import METRICS, Metric
from nn.optim import Optimizer, is_built_in
from nn.programs import is_compiling_apt
from nn.progress import Progress
from nn.rehearsal import merged, rehearse
from nn.stepping import Compiled, Steps


class EagerWarning(UserWarning):
    """``fit`` could not compile the model, and trains it row by row, which is slow."""


@dataclass(frozen=True)
class Task:
    """What is to be done: by which loss and metrics, and in which order of the rows."""

    loss: losses.Loss
    measures: Mapping[str, Metric]
    held_out: Examples | None
    resume: Resume
    shuffle: bool
    size: int
    compile: bool

    @property
    def shows(self) -> bool:
        """Whether a metric of the user's might look at the model."""
        known = METRICS.values()
        return any(getattr(m, "func", m) not in known for m in self.measures.values())

    def columns(self, optimizer: Optimizer) -> list[str]:
        """The columns of the history."""
        names = ["loss", *self.measures]
        if self.held_out is not None:
            names += [f"validation_{name}" for name in names]
        return names if rate_of(optimizer) is None else [*names, "lr"]


class Training:
    """The epochs of one call of ``fit``."""

    def __init__(self, run: Run, task: Task, audience: Audience, progress: Progress) -> None:
        self.run, self.task, self.audience, self.progress = run, task, audience, progress
        self.last = LastFinite()
        self.steps: Steps = Eager(run, task.loss, self.last)
        self.compiles = task.compile and is_compiling_apt()
        # epochs that the optimiser has behind it, here and in earlier trainings
        self.epochs_moved = float(run.optimizer.epoch)
        self.divergence = ""

    def run_all(self) -> None:
        """All epochs, or as many as come before a callback or a fault stops the run."""
        run, task, history = self.run, self.task, self.run.history
        self._rehearse()
        history.interrupted, history.stopped, history.best_epoch = False, "", None
        history._resume = task.resume
        self.audience.start(run)
        n, rng = len(run.X), task.resume.rng
        try:
            while run.epoch < run.epochs and not run.stopped:
                order = rng.permutation(n) if task.shuffle else np.arange(n)
                self._choose_steps()
                run.epoch += 1
                self._epoch(order)
        except Diverged as error:
            self._give_up(error)
        finally:
            self.steps.show()
            run.optimizer.epoch = self.epochs_moved
            task.resume.steps = run.step

    def _rehearse(self) -> None:
        run, task, held_out = self.run, self.task, self.task.held_out
        first, y = (run.X[0], run.y[0]), run.y
        if held_out is not None and task.resume.kept is not None:
            y = merged((run.X, run.y), held_out, task.resume)  # for rows to have their numbers
        rehearse(run.model, task.loss, first, y, task.measures, "fit")
        if held_out is not None and task.resume.kept is None:
            first, y = (held_out[0][0], held_out[1][0]), held_out[1]
            rehearse(run.model, task.loss, first, y, task.measures, "fit validation")

    def _choose_steps(self) -> None:
        """Compile, unless there is a program already that is still right."""
        run, task = self.run, self.task
        may_change = self.audience.may_change
        unseen = may_change or task.shows or not is_built_in(run.optimizer)
        if not unseen and isinstance(self.steps, Compiled):
            return
        if self.compiles and not self.steps.is_current():
            self.steps.show()  # the next one starts from the Values
            try:
                with collector_at_rest():
                    self.steps = Compiled(run, task.loss, self.last)
            except Exception as error:
                self.compiles = False
                warnings.warn(
                    "fit trains row by row, which is slow, because the model could not be "
                    f"compiled: {_reason(error)}. "
                    "Pass compile=False to train so without this warning",
                    EagerWarning, stacklevel=4,
                )  # fmt: skip
        if not self.compiles:
            self.steps = Eager(run, task.loss, self.last)

    def _epoch(self, order: NDArray[np.intp]) -> None:
        """One pass over the rows."""
        run, task, steps, size = self.run, self.task, self.steps, self.task.size
        started, n = time.perf_counter(), len(order)
        n_steps, sees_steps = -(-n // size), self.audience.sees_steps
        shown, wanted = self.progress.step if self.progress.shown else None, bool(task.measures)
        total, outputs = 0.0, []
        for number in range(n_steps):
            batch = order[number * size : (number + 1) * size]
            # a schedule asks for it
            run.optimizer.epoch = self.epochs_moved + number / n_steps
            figure, found = steps.step(batch)
            total += figure
            if wanted:
                outputs.append(found)
            run.step += 1
            run.loss = figure / len(batch)
            if shown:
                shown(total / (number * size + len(batch)))
            if sees_steps:
                self._tell_of_step()
            if run.stopped:
                return
        self._end_epoch(order, total / n, outputs, time.perf_counter() - started)

    def _end_epoch(
        self, order: NDArray[np.intp], loss: float, outputs: list[Any], seconds: float
    ) -> None:
        run, task, steps, rate = self.run, self.task, self.steps, rate_of(self.run.optimizer)
        began = time.perf_counter()
        if self.last.spoiled(steps.numbers()) is not None:
            raise Diverged(None)
        if task.shows:
            steps.show()
        row = _row("", loss, outputs, run.y[order] if outputs else run.y, task.measures)
        if task.held_out is not None:
            summed, found = steps.evaluate(task.held_out)
            n_held_out, targets = len(task.held_out[0]), task.held_out[1]
            row |= _row("validation_", summed / n_held_out, [found], targets, task.measures)
        if rate is not None:
            row["lr"] = rate
        run.loss = loss
        self.epochs_moved += 1.0
        run.optimizer.epoch = self.epochs_moved
        run.history._add(row, seconds + time.perf_counter() - began)
        self.progress.epoch(row)
        self._tell_of_epoch()

    def tell_why(self) -> None:
        """Say what ended the training early, and which weights the model has."""
        run, history = self.run, self.run.history
        if run.stopped:
            history.stopped = run.stopped
            self.progress.note(f"stopped: {run.stopped}")
        if history.best_epoch not in (None, len(history)):
            self.progress.note(f"restored: the weights of epoch {history.best_epoch}, the best")

    def _tell_of_step(self) -> None:
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

    def _give_up(self, error: Diverged) -> None:
        """Say why the training cannot go on, with the model as it was when it still could."""
        self.steps.show()
        run, last, kept = self.run, self.last, self.task.resume.kept
        parameters = run.model.parameters()
        numbers = [p._data for p in parameters]
        undone = bool(last.parameters) and (error.loss is None or not math.isfinite(error.loss))
        try:
            why = reason(run, self.task.loss, error, last, lambda i: i if kept is None else kept[i])
        finally:
            for p, number in zip(parameters, numbers, strict=True):
                p._data, p._grad = number, 0.0
            if undone:
                last.put_back(run.optimizer)
            self.steps.look()
        was = "the update before it is undone" if undone else "its update was not made"
        run.stop(f"{why}; {was}")
        advice = (
            "Try a smaller lr, clip_norm=1.0 in the optimiser, or inputs and targets near 1"
            if undone or ", at row " not in why
            else "Look at that row, and at what the model or the loss makes of it"
        )
        self.divergence = f"{run.stopped}. {advice}"


def rate_of(optimizer: Optimizer) -> float | None:
    """The learning rate in force, of an optimiser that has one."""
    rate = getattr(optimizer, "lr", None)
    return float(rate) if isinstance(rate, Real) else None


def _reason(error: Exception) -> str:
    """What an error says, for somebody who called ``fit`` and not ``compile``."""
    if isinstance(error, GlassgradError):
        return str(error).partition(", or pass static=")[0]  # which fit has none of
    # a KeyError's text is no more than the key
    return ": ".join(filter(None, [type(error).__name__, str(error)]))


def _row(
    prefix: str,
    loss: float,
    outputs: list[Any],
    targets: NDArray[Any],
    measures: Mapping[str, Metric],
) -> dict[str, Any]:
    """The figures of some rows, whose outputs come batch by batch, as arrays or lists."""
    row: dict[str, Any] = {f"{prefix}loss": loss}
    if measures:
        array = np.concatenate([np.array(part, dtype=np.float64) for part in outputs])
        for name, measure in measures.items():
            row[f"{prefix}{name}"] = _figure(name, measure(array, targets))
    return row


def _figure(name: str, found: Any) -> Any:
    """What a metric returned: a number, or a confusion matrix."""
    if name == "confusion_matrix" and isinstance(found, np.ndarray):
        return found
    try:
        return float(found)
    except (TypeError, ValueError):
        came = f"an array of shape {np.shape(found)}" if np.ndim(found) else repr(found)
        raise InputError(
            f"fit expects the metric {name!r} to return a number, got {came}; return one, such as "
            "the mean over the rows"
        ) from None
