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

from autograd._util.gc_pause import gc_paused
from autograd.core import modes
from autograd.errors import GlassgradError, TraceError
from nn import losses
from nn.callbacks.base import Audience, Run
from nn.fitting.divergence import Diverged, LastFinite, reason
from nn.fitting.eager import Eager, Figures
from nn.fitting.examples import Examples
from nn.fitting.progress import Progress
from nn.fitting.rehearsal import merged, rehearse
from nn.fitting.rows import row_of
from nn.fitting.stepping import Compiled, Steps
from nn.history import Epoch, Resume
from nn.metrics import METRICS, Metric
from nn.optim import Optimizer
from nn.optim.base import is_built_in
from nn.programs.program import is_compiling_apt


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
        # epochs that the optimiser has behind it and that the history does not know of
        self._earlier = float(run.optimizer.epoch) - len(run.history)
        self._under_way: Epoch | None = None
        self._first_step = run.step  # steps before that epoch
        self._known: Figures | None = None  # the latest before it
        # where its order was drawn: which epoch it is, and the generator as it was before
        self._drawn: tuple[int, Any] = (-1, None)
        # what NumPy does with overflows: a block that Ctrl-C kept from being left leaves it changed
        self._errors = np.geterr()
        self.divergence = ""

    @property
    def epochs_moved(self) -> float:
        """The epochs that the optimiser has behind it, here and in earlier trainings."""
        return self._earlier + len(self.run.history)

    def run_all(self) -> None:
        """All epochs, or as many as come before a callback or a fault stops the run."""
        run, task, history = self.run, self.task, self.run.history
        self._rehearse()
        history.interrupted, history.stopped, history.best_epoch = False, "", None
        history._resume = task.resume
        self.audience.start(run)
        try:
            while len(history) < run.epochs and not run.stopped:
                epoch = self._next_epoch()
                self._choose_steps()
                run.epoch = epoch.index + 1
                self._epoch(epoch)
        except Diverged as error:
            self._give_up(error)
        finally:
            self.settle()

    def interrupt(self, mode: modes.Mode) -> None:
        """Put all in order after Ctrl-C, however often it comes; ``mode`` held before ``fit``."""
        while True:
            try:
                modes.restore(mode)
                np.seterr(**self._errors)
                self.settle()
                if not self.run.history.interrupted:
                    self.run.history.interrupted = True
                    self.progress.note(
                        "interrupted: the model keeps the weights of the last whole step"
                    )
                return
            except KeyboardInterrupt:
                continue

    def settle(self) -> None:
        """Bring everybody up to the last whole step. It may be called again, after Ctrl-C, say."""
        run, resume, epoch, latest = self.run, self.task.resume, self._under_way, self.steps.latest
        self.steps.show()
        done, (drawn, state) = len(run.history), self._drawn
        run.optimizer.epoch = self.epochs_moved
        if epoch is not None and epoch.index == done:
            known = (self._known, *epoch.figures[-1:])
            if latest is not None and not any(latest is figures for figures in known):
                epoch.figures.append(latest)
            run.step = self._first_step + len(epoch.figures)
            resume.unfinished = epoch
        elif epoch is not None:
            resume.unfinished = None
        if drawn == done and (epoch is None or epoch.index != done):
            resume.rng.bit_generator.state = state  # the order was drawn for nothing
        resume.steps = run.step

    def _next_epoch(self) -> Epoch:
        """The next epoch, or the one that an earlier training has not finished."""
        run, task, n = self.run, self.task, len(self.run.X)
        index, rng, left = len(run.history), task.resume.rng, task.resume.unfinished
        self._first_step, self._known = run.step, self.steps.latest
        if left is not None and (left.index, len(left.order), left.size, left.shuffle) == (
            index, n, task.size, task.shuffle,
        ):  # fmt: skip
            self._first_step -= len(left.figures)
            self.progress.steps_done += len(left.figures)
            self._under_way = left
            return left
        self._drawn = (index, rng.bit_generator.state)
        order = rng.permutation(n) if task.shuffle else np.arange(n)
        self._under_way = epoch = Epoch(index, order, task.size, task.shuffle)
        return epoch

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
                with gc_paused():
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

    def _epoch(self, epoch: Epoch) -> None:
        """One pass over the rows, or what is left of it."""
        run, steps, size, order = self.run, self.steps, self.task.size, epoch.order
        started, n, figures = time.perf_counter(), len(order), epoch.figures
        n_steps, sees_steps = -(-n // size), self.audience.sees_steps
        shown = self.progress.step if self.progress.shown else None
        total = 0.0
        for loss, _ in figures:
            total += loss
        for number in range(len(figures), n_steps):
            batch = order[number * size : (number + 1) * size]
            # a schedule asks for it
            run.optimizer.epoch = self.epochs_moved + number / n_steps
            found = steps.step(batch)
            figures.append(found)
            total += found[0]
            run.step = self._first_step + number + 1
            run.loss = found[0] / len(batch)
            if shown:
                shown(total / (number * size + len(batch)))
            if sees_steps:
                self._tell_of_step()
            if run.stopped:
                return
        # for the column lr; no step has set it if the epoch was cut short after its last
        run.optimizer.epoch = self.epochs_moved + (n_steps - 1) / n_steps
        self._end_epoch(epoch, total / n, time.perf_counter() - started)

    def _end_epoch(self, epoch: Epoch, loss: float, seconds: float) -> None:
        run, task, steps, rate = self.run, self.task, self.steps, rate_of(self.run.optimizer)
        began = time.perf_counter()
        if self.last.spoiled(steps.numbers()) is not None:
            raise Diverged(None)
        if task.shows:
            steps.show()
        outputs = [found for _, found in epoch.figures] if task.measures else []
        row = row_of("", loss, outputs, run.y[epoch.order] if outputs else run.y, task.measures)
        if task.held_out is not None:
            summed, found = steps.evaluate(task.held_out)
            n_held_out, targets = len(task.held_out[0]), task.held_out[1]
            row |= row_of("validation_", summed / n_held_out, [found], targets, task.measures)
        if rate is not None:
            row["lr"] = rate
        run.loss = loss
        run.history._add(row, seconds + time.perf_counter() - began)
        run.optimizer.epoch = self.epochs_moved
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
        self._drawn, self._under_way, self.task.resume.unfinished = (-1, None), None, None
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
    if isinstance(error, TraceError):
        return error.reason  # without the advice on static=, which fit has none of
    if isinstance(error, GlassgradError):
        return str(error)
    # a KeyError's text is no more than the key
    return ": ".join(filter(None, [type(error).__name__, str(error)]))
