"""What is shown while files are fetched."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_PAUSE = 0.1  # seconds between two redrawings of the line


class Display:
    """A line rewritten in place on a terminal; elsewhere one line a file; silence if told."""

    def __init__(self, verbose: int = 1, stream: TextIO | None = None) -> None:
        # not where results go: a program's output may be another program's input
        self.stream = stream if stream is not None else sys.stderr
        self.shown = bool(verbose) and self.stream is not None
        self.rewrites = self.shown and self.stream.isatty()
        self._drawn, self._width = 0.0, 0

    def arrived(self, name: str, n_bytes: int, total: int) -> None:
        """So many bytes of a file are here."""
        done = n_bytes >= total
        if self.rewrites and (done or time.monotonic() - self._drawn >= _PAUSE):
            self._drawn = time.monotonic()
            line = f"{name}  {_megabytes(n_bytes)} of {_megabytes(total)} MB"
            self.stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
            self.stream.flush()
        elif self.shown and done:
            self.note(f"{name}  {_megabytes(total)} MB")
        if done:
            self._end_line()

    def note(self, text: str) -> None:
        """A line of its own."""
        if self.shown:
            self._end_line()
            self.stream.write(text + "\n")
            self.stream.flush()

    def _end_line(self) -> None:
        if self._width:
            self.stream.write("\n")
            self._width = 0


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.2f}"
