"""Fair times: contenders take turns in one process, and a ratio compares neighbours in time.

A machine's speed drifts: it warms up, and others work on it. So the runs go A B C A B C ..., and
a ratio is the median of the ratios within each turn, which a slow minute hardly moves.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Timing:
    """The seconds of every run of one contender, in the order of the turns."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one of the runs."""
        return median(self.seconds)

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, as a part of the median."""
        if len(self.seconds) < 2:
            return 0.0
        low, _, high = quantiles(self.seconds, n=4)
        return (high - low) / 2 / self.median

    def per(self, times: int) -> Timing:
        """The same for one of ``times`` repetitions that each run consists of."""
        return Timing(tuple(seconds / times for seconds in self.seconds))

    def ratio(self, other: Timing) -> float:
        """How many times the other's time this one takes: the median over the turns."""
        return median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))


def interleave(
    contenders: Mapping[str, Callable[[], object]], *, turns: int, warm_up: int = 2
) -> dict[str, Timing]:
    """Time every contender ``turns`` times, taking turns, after ``warm_up`` untimed turns.

    The garbage collector stays on while a contender runs, as it is for its users. It is emptied
    before each run, so that nobody pays for what another left behind, and what a run returns is
    freed after the clock has stopped.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(-warm_up, turns):
        for name, run in contenders.items():
            gc.collect()
            start = perf_counter()
            result = run()
            elapsed = perf_counter() - start
            del result
            if turn >= 0:
                seconds[name].append(elapsed)
    return {name: Timing(tuple(times)) for name, times in seconds.items()}


@contextmanager
def heap_set_aside() -> Iterator[None]:
    """Hide what is on the heap so far from the garbage collector, for the time of a block.

    A loop that makes many objects has the collector go through the heap again and again. Without
    this it would pay for whatever other engines keep there, and that is no small part: an eager
    step took up to twice as long after PyTorch had been imported.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
