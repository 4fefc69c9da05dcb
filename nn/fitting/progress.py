"""What ``fit`` shows while it works: a bar on a terminal, lines in a pipe, or nothing."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TextIO

import numpy as np

_PAUSE = 0.1  # seconds between two redrawings of the line


class Progress:
    """A line with a bar, rewritten in place, on a terminal and in a notebook; else one an epoch.

    ``epochs`` is the number of the last one, ``begun`` of how many there were before, ``steps``
    how many an epoch has. ``verbose`` 0 is silence, 2 a line an epoch also on a terminal. ``rate``
    is asked for the learning rate.
    """

    def __init__(
        self,
        epochs: int,
        steps: int,
        verbose: int = 1,
        stream: TextIO | None = None,
        *,
        begun: int = 0,
        rate: Callable[[], float | None] = lambda: None,
    ) -> None:
        self.epochs, self.steps, self.begun, self.rate = epochs, steps, begun, rate
        self.stream = stream if stream is not None else sys.stdout
        self.shown = bool(verbose)
        self.rewrites = self.shown and verbose != 2 and _can_rewrite(self.stream)
        self.epochs_done, self.steps_done = begun, 0
        self._figures: dict[str, float] = {}  # of the latest epoch
        self._started = time.perf_counter()
        self._first = 0.0  # when the first step was done
        self._drawn, self._width = -_PAUSE, 0
        utf = (getattr(self.stream, "encoding", None) or "").lower().startswith("utf")
        self.full, self.empty = "━─" if utf else "#-"

    def step(self, loss: float) -> None:
        """One batch is done; ``loss`` is the epoch's mean so far."""
        self.steps_done += 1
        now = time.perf_counter() - self._started
        if self.steps_done == 1:
            self._first = now
        if self.rewrites and now - self._drawn >= _PAUSE:
            self._drawn = now
            rate = self.rate()
            known = {"loss": loss} | self._figures | {"loss": loss}
            self._rewrite(known if rate is None else known | {"lr": rate})

    def epoch(self, row: Mapping[str, Any]) -> None:
        """One epoch is done, with these figures; those that are no numbers are left out."""
        self.epochs_done += 1
        self._figures = {name: v for name, v in row.items() if np.ndim(v) == 0}
        if self.rewrites:
            self._rewrite(self._figures)
        elif self.shown:
            self.stream.write(_LAYOUTS[0].line(self, self._figures, 0) + "\n")
            self.stream.flush()

    def note(self, text: str) -> None:
        """Say something that stays, on a line of its own."""
        if self.shown:
            self._end_line()
            self.stream.write(text + "\n")
            self.stream.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_line()

    @property
    def share(self) -> float:
        """How much of the work is done, 0 to 1."""
        return min(self.steps_done / ((self.epochs - self.begun) * self.steps), 1.0)

    def times(self, *, short: bool = False) -> str:
        """The time so far, and how long the rest will take at this pace."""
        now = time.perf_counter() - self._started
        elapsed = _duration(now)
        if self.share == 1.0 or self.steps_done < 2:
            return elapsed
        # the first step compiles, and takes longer than any other
        pace = (now - self._first) / (self.steps_done - 1)
        left = _duration(pace * self.steps_done * (1.0 / self.share - 1.0))
        return f"{left} left" if short else f"{elapsed}, {left} left"

    def _rewrite(self, figures: Mapping[str, float]) -> None:
        # a line that wraps could not be rewritten: \r goes back to the last row of the screen
        room = shutil.get_terminal_size().columns - 1
        lines = [layout.line(self, figures, room) for layout in _LAYOUTS]
        line = next((line for line in lines if len(line) <= room), lines[-1][:room])
        self.stream.write("\r" + line.ljust(self._width))
        self.stream.flush()
        self._width = len(line)

    def _end_line(self) -> None:
        if self._width:
            self.stream.write("\n")
            self._width = 0


def _can_rewrite(stream: TextIO) -> bool:
    """Whether a carriage return goes back: on a terminal, and in the output of a notebook."""
    return stream.isatty() or type(stream).__module__.startswith("ipykernel.")


@dataclass(frozen=True)
class _Layout:
    """One way to write the line."""

    bar: int  # characters
    compact: bool = False
    rate: bool = True
    most: int = 99  # figures

    def line(self, progress: Progress, figures: Mapping[str, float], room: int) -> str:
        epoch = progress.begun - (-progress.steps_done // progress.steps)
        head = f"{epoch:>{len(str(progress.epochs))}}/{progress.epochs}"
        head = head if self.compact else f"epoch {head}"
        if self.bar and room:
            full = int(progress.share * self.bar)
            head += " " + progress.full * full + progress.empty * (self.bar - full)
        parts = [*self._figures(figures)][: self.most]
        if self.rate and "lr" in figures:
            parts.append(f"lr {figures['lr']:.3g}")
        return "  ".join([head, *parts, progress.times(short=self.compact)])

    def _figures(self, figures: Mapping[str, float]) -> Iterator[str]:
        digits = 3 if self.compact else 4
        for name, v in figures.items():
            held_out = figures.get(f"validation_{name}")
            beside = name.removeprefix("validation_") in figures and name.startswith("validation_")
            if name == "lr" or (self.compact and beside):
                continue
            text = f"{name.replace('_', ' ')} {_figure(v, digits)}"
            if self.compact and held_out is not None:
                text += f" val {_figure(held_out, digits)}"
            yield text


_LAYOUTS = (  # from wide to narrow terminals
    _Layout(24), _Layout(8), _Layout(8, compact=True), _Layout(8, compact=True, rate=False),
    _Layout(0, compact=True, rate=False), _Layout(0, compact=True, rate=False, most=1),
)  # fmt: skip


def _figure(x: float, digits: int) -> str:
    """Few decimals, but for numbers that would be very long so, or all zeros."""
    return f"{x:.{digits}f}" if x == 0.0 or 10.0**-digits <= abs(x) < 1e6 else f"{x:.{digits}g}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
