"""What compiling costs: time to the first result, memory at its peak, time for each scalar node.

And what it must not cost: a graph without any pattern runs no slower compiled than eager.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import autograd
from autograd import Value
from autograd.core.graph import topological_order
from benchmarks.compiled import EAGER, GLASSGRAD, SPELLINGS, beside_eager, transformer_loss
from benchmarks.irregular import recipe
from benchmarks.problems import DIGITS, Array, Problem
from benchmarks.rows import Effort, Report, Row
from benchmarks.timing import Timing, heap_set_aside, interleave
from nn import MLP

LIMIT_DIGITS, LIMIT_TRANSFORMER = 2.0, 1.5  # seconds to the first result
LIMIT_PEAK = 600.0  # megabytes
LIMIT_PER_NODE, LIMIT_IRREGULAR = 2.0, 1.0
WIDTHS = (50, 158, 500)  # of networks with 10,000, 100,000 and a million nodes
N_EXAMPLES = 10

# Not resource.getrusage: a process starts with the peak of the one that started it.
STATUS = Path("/proc/self/status")


def measure(effort: Effort, report: Report) -> list[Row]:
    """All four costs."""
    return [
        *_first_results(effort, report),
        *_peak(effort, report),
        *_per_node(effort, report),
        *_irregular(effort, report),
    ]


# --- time to the first result ---------------------------------------------------------------------


def first_result(function: Callable[..., Any], *batch: Array, dtype: str = "float64") -> Any:
    """Compile a function and ask it for a value and a gradient: tracing is a part of it."""
    compiled: Any = autograd.compile(function, dtype=dtype)
    return compiled, compiled.value_and_grad(compiled.theta, *batch)


def _digits(effort: Effort) -> tuple[Problem, Callable[..., Any], tuple[Array, Array]]:
    problem = DIGITS.small() if effort.quick else DIGITS
    return problem, problem.of_one_example(problem.model()), problem.batch()


def _first_results(effort: Effort, report: Report) -> list[Row]:
    problem, of_one_example, batch = _digits(effort)
    contenders: dict[str, Callable[[], object]] = {
        problem.title: lambda: first_result(of_one_example, *batch, dtype=problem.dtype)
    }
    limits = [LIMIT_DIGITS]
    for title, spelling in SPELLINGS.items():
        loss = transformer_loss(spelling)
        name = f"{title}, {len(topological_order(loss())):,} nodes"
        contenders[name] = lambda loss=loss: first_result(loss)  # type: ignore[misc]
        limits.append(LIMIT_TRANSFORMER)
    workload = "from compile() to the first result"
    report(workload)
    with heap_set_aside():
        times = interleave(contenders, turns=effort.choose(5, 1), warm_up=effort.choose(1, 0))
    return [
        Row(workload, name, time.median, "s", time.spread, limit=limit)
        for (name, time), limit in zip(times.items(), limits, strict=True)
    ]


# --- memory ---------------------------------------------------------------------------------------


def _peak(effort: Effort, report: Report) -> list[Row]:
    if not STATUS.exists():
        return []  # only Linux tells a process its own in this way
    workload = "peak memory of compiling, above the imports"
    report(workload)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        title, amount = pool.submit(peak_growth, effort).result()
    return [Row(workload, title, amount / 1e6, "MB", limit=LIMIT_PEAK)]


def peak_growth(effort: Effort) -> tuple[str, int]:
    """What was compiled, and by how many bytes this process has grown at its largest."""
    before = peak_resident()
    problem, of_one_example, batch = _digits(effort)
    first_result(of_one_example, *batch, dtype=problem.dtype)
    return problem.title, peak_resident() - before


def peak_resident() -> int:
    """The largest that this process has been, in bytes of its resident set."""
    [line] = [x for x in STATUS.read_text().splitlines() if x.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


# --- time for each node ---------------------------------------------------------------------------


def square(width: int) -> MLP:
    """A network of two hidden layers, as wide as it has inputs."""
    return MLP(width, [width, width, 1], seed=0)


def n_nodes(width: int) -> int:
    """The scalar nodes of ``square(width)`` at one example: inputs, parameters and operations."""
    weights, neurons = 2 * width * width + width, 2 * width + 1
    products, sums, relus = weights, neurons, 2 * width
    return width + weights + neurons + products + sums + relus


def _per_node(effort: Effort, report: Report) -> list[Row]:
    widths = [effort.choose(width, 3 + i) for i, width in enumerate(WIDTHS)]
    turns = effort.choose(3, 1)
    seconds: dict[int, list[float]] = {width: [] for width in widths}
    for turn in range(turns):
        for width in widths:
            report(f"compiling {n_nodes(width):,} nodes: turn {turn + 1} of {turns}")
            # so often that all widths have about as much to do
            times_over = n_nodes(widths[-1]) // n_nodes(width)
            with heap_set_aside():
                seconds[width].append(_compile_time(width, times_over))
    times = {width: Timing(tuple(each)).per(n_nodes(width)) for width, each in seconds.items()}
    few, *_, many = widths
    workload, against = "compiling a network, for each node", f"{n_nodes(few):,} nodes"
    rows = []
    for width, time in times.items():
        ratio = time.ratio(times[few]) if width != few else None
        limit = LIMIT_PER_NODE if width == many else None
        rows.append(
            Row(
                workload, f"{n_nodes(width):,} nodes", time.median, "s/node", time.spread,
                ratio, against if ratio is not None else "", limit,
            )
        )  # fmt: skip
    return rows


def _compile_time(width: int, times: int) -> float:
    """The mean seconds from compile() to the first result; the network itself is made before."""
    model, X = square(width), np.random.default_rng(0).normal(size=(N_EXAMPLES, width))
    start = perf_counter()
    for _ in range(times):
        first_result(lambda x: model(x), X)
    return (perf_counter() - start) / times


# --- a graph without a pattern --------------------------------------------------------------------


def _irregular(effort: Effort, report: Report) -> list[Row]:
    plan = recipe(effort.choose(2000, 60))
    leaves = plan.leaves()
    workload = f"value and gradient, an irregular graph of {plan.n_nodes:,} nodes"
    report(workload)

    def output() -> Value:
        result: Value = plan.output(leaves)
        return result

    ours, theirs = beside_eager(output, 5, effort)
    ratio = ours.ratio(theirs)
    return [
        Row(workload, EAGER, theirs.median, "s", theirs.spread),
        Row(workload, GLASSGRAD, ours.median, "s", ours.spread, ratio, EAGER, LIMIT_IRREGULAR),
    ]
