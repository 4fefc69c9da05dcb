"""The line that ``fit`` shows while it works."""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TextIO

_PAUSE = 0.1  # seconds between two redrawings of the line


class Progress:
    """A line rewritten in place on a terminal; elsewhere one line an epoch; silence if told."""

    def __init__(
        self, epochs: int, steps: int, verbose: int = 1, stream: TextIO | None = None
    ) -> None:
        self.epochs, self.steps = epochs, steps
        self.stream = stream if stream is not None else sys.stdout
        self.shown = bool(verbose)
        self.rewrites = self.shown and self.stream.isatty()
        self.epochs_done = self.steps_done = 0
        self._started = time.perf_counter()
        self._drawn, self._width = -_PAUSE, 0
        self._diverged = False

    def step(self, loss: float) -> None:
        """One batch is done; ``loss`` is the epoch's mean so far."""
        self.steps_done += 1
        now = time.perf_counter() - self._started
        if self.rewrites and now - self._drawn >= _PAUSE:
            self._drawn = now
            left = now * (self.epochs * self.steps / self.steps_done - 1.0)
            done = self.steps_done - self.epochs_done * self.steps
            self._rewrite(
                f"epoch {self.epochs_done + 1}/{self.epochs}  step {done}/{self.steps}  "
                f"loss {_figure(loss)}  {_duration(left)} left"
            )

    def epoch(self, row: Mapping[str, float]) -> None:
        """One epoch is done, with these figures."""
        self.epochs_done += 1
        elapsed = time.perf_counter() - self._started
        figures = "  ".join(f"{name.replace('_', ' ')} {_figure(v)}" for name, v in row.items())
        line = f"epoch {self.epochs_done}/{self.epochs}  {figures}  {_duration(elapsed)}"
        if self.rewrites:
            self._rewrite(line)
        elif self.shown:
            self.stream.write(line + "\n")
            self.stream.flush()
        if not math.isfinite(row["loss"]) and not self._diverged:
            self._diverged = True
            self.note(
                f"the loss is {row['loss']}: try a smaller lr, or see where with detect_anomaly()"
            )

    def note(self, text: str) -> None:
        """Say something that stays, on a line of its own."""
        if self.shown:
            self._end_line()
            self.stream.write(text + "\n")

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_line()

    def _rewrite(self, line: str) -> None:
        # a line that wraps could not be rewritten: \r goes back to the last row of the screen
        line = line[: shutil.get_terminal_size().columns - 1]
        self.stream.write("\r" + line.ljust(self._width))
        self.stream.flush()
        self._width = len(line)

    def _end_line(self) -> None:
        if self._width:
            self.stream.write("\n")
            self._width = 0


def _figure(x: float) -> str:
    """Four decimals, but for numbers that would be very long so, or all zeros."""
    return f"{x:.4f}" if x == 0.0 or 1e-4 <= abs(x) < 1e6 else f"{x:.4g}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
