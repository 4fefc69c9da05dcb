"""How long an eager step takes: build the graph of an MLP on 20 samples, and sweep it backward.

Parameters and samples are made once, outside of the timed part. Two limits hold ``Value`` to the
plainest engine there is (``reference.py``): the same binary formula may cost a little more, and
``nn.MLP``, whose sums are n-ary, must cost less.

It is measured twice. One step alone, on an empty heap, is the engine's own work. A step of a loop,
which is how a network is trained, also pays for the garbage collector, and for the graph of the
step before, which is freed only once the new one takes its name. This second part is most of
micrograd's time: its closures are cycles, so its graphs wait for the collector, and emptying the
heap before each step would do that work for it. So the comparison with it is made in the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from autograd import Value
from benchmarks.perceptron import library, perceptron
from benchmarks.reference import Reference
from benchmarks.rows import Effort, Report, Row
from benchmarks.timing import Timing, heap_set_aside, interleave

N_SAMPLES = 20
NETWORK = f"MLP 2-16-16-1, {N_SAMPLES} samples"
REFERENCE, VALUE, LIBRARY = "Reference, binary", "Value, binary", "nn.MLP"
MICROGRAD = "micrograd, binary"

LIMIT_VALUE = 1.15
LIMIT_LIBRARY = 0.7
LIMIT_MICROGRAD = 12.0

Step = Callable[[], object]


def micrograd_value() -> Callable[[float], Any] | None:
    """The class of micrograd, or None if it is not installed."""
    if find_spec("micrograd") is None:
        return None
    value: Callable[[float], Any] = import_module("micrograd.engine").Value
    return value


def contenders() -> dict[str, Step]:
    """A step of every engine that is installed."""
    steps: dict[str, Step] = {
        REFERENCE: perceptron(Reference, N_SAMPLES).train,
        VALUE: perceptron(Value, N_SAMPLES).train,
        LIBRARY: library(N_SAMPLES).train,
    }
    peer = micrograd_value()
    if peer is not None:
        steps[MICROGRAD] = perceptron(peer, N_SAMPLES).train
    return steps


def measure(effort: Effort, report: Report) -> list[Row]:
    """Time a step on every engine that is installed: alone, and in a loop."""
    steps = contenders()
    with heap_set_aside():
        return _measured(steps, effort, report)


def _measured(steps: dict[str, Step], effort: Effort, report: Report) -> list[Row]:
    turns = effort.choose(full=40, quick=2)
    report(f"one step, {NETWORK}: {turns} turns of {len(steps)} contenders")
    rows = _rows(f"one step, {NETWORK}", interleave(steps, turns=turns), None)

    # micrograd's steps slow down for about ten, until as much garbage is freed as is made
    n_steps, turns = effort.choose(full=20, quick=2), effort.choose(full=7, quick=1)
    workload = f"a step of {n_steps}, {NETWORK}"
    report(f"{workload}: {turns} turns of {len(steps)} contenders")
    loops = {name: _loop(step, n_steps) for name, step in steps.items()}
    times = interleave(loops, turns=turns, warm_up=1)
    per_step = {name: time.per(n_steps) for name, time in times.items()}
    return rows + _rows(workload, per_step, LIMIT_MICROGRAD)


def _loop(step: Step, n_steps: int) -> Step:
    def run() -> object:
        for _ in range(n_steps):
            output = step()
        return output

    return run


def _rows(workload: str, times: dict[str, Timing], limit_micrograd: float | None) -> list[Row]:
    def row(
        name: str, against: str = "", limit: float | None = None, *, at_least: bool = False
    ) -> Row:
        if name not in times:
            return Row(workload, name, None, "s", against=against, limit=limit, at_least=at_least)
        time = times[name]
        ratio = time.ratio(times[against]) if against else None
        return Row(workload, name, time.median, "s", time.spread, ratio, against, limit, at_least)

    return [
        row(REFERENCE),
        row(VALUE, REFERENCE, LIMIT_VALUE),
        row(LIBRARY, REFERENCE, LIMIT_LIBRARY),
        row(MICROGRAD, VALUE, limit_micrograd, at_least=True),
        row(MICROGRAD, LIBRARY),
    ]
