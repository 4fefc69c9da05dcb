"""Ctrl-C at a chosen line of this package: deterministic, and without signals or clocks."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

import autograd
import nn
from autograd.core import modes

PACKAGES = tuple(str(Path(str(module.__file__)).parent) for module in (autograd, nn))
Place = tuple[str, int]
ALL = os.environ.get("GLASSGRAD_FAULTS") == "all"  # rather than a sample that takes seconds


class Lines:
    """Counts the lines of both packages that are run, and raises at some of them.

    ``at`` are the numbers of the lines that are interrupted, from 1; ``places`` are the lines that
    were run, if they are to be ``kept``. After the last of ``at`` nothing is watched any more.
    """

    def __init__(self, at: Collection[int] = (), *, kept: bool = False) -> None:
        self.at, self.kept = sorted(at), kept
        self.count, self.fired = 0, 0
        self.places: list[Place] = []

    def _trace(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(PACKAGES):
            return None
        if event == "line":
            self.count += 1
            if self.kept:
                self.places.append((frame.f_code.co_filename, frame.f_lineno))
            if self.fired < len(self.at) and self.count == self.at[self.fired]:
                self.fired += 1
                if self.fired == len(self.at):
                    sys.settrace(None)
                raise KeyboardInterrupt
        return self._trace

    @contextmanager
    def watched(self) -> Iterator[None]:
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            yield
        finally:
            sys.settrace(before)


def lines_of(prepared: Callable[[], Callable[[], object]]) -> list[Place]:
    """The lines that an action runs, in their order; the second time, when all is loaded.

    What has to be made anew for each time is made by ``prepared``, which gives the action.
    """
    prepared()()
    action, lines = prepared(), Lines(kept=True)
    with lines.watched():
        action()
    return lines.places


def telling(places: list[Place], each: int) -> list[int]:
    """Numbers of lines such that each place is among them, up to ``each`` times.

    With ``each`` 1 it is now the first time that a place is run, now the last, or in between.
    """
    wanted = {}
    for rank, (place, times) in enumerate(Counter(places).items()):
        first = rank * 7 % times
        wanted[place] = {(first + i * max(times // each, 1)) % times for i in range(each)}
    so_far: Counter[Place] = Counter()
    found = []
    for number, place in enumerate(places, start=1):
        if so_far[place] in wanted[place]:
            found.append(number)
        so_far[place] += 1
    return found


def surroundings() -> Any:
    """What a training changes for a while and has to put back."""
    return (
        gc.isenabled(), np.geterr(), modes.n_open, modes.n_traces, modes.current().recording,
        modes.current().blocks, modes.current().origins, repr(np.random.get_state()),  # noqa: NPY002 -- the global one
    )  # fmt: skip
