"""How long a learner waits for the first line: ``import autograd`` and ``import nn``.

Each import is timed in a process of its own, by that process, so that the start of Python itself is
not counted. NumPy, which nearly every program loads anyway, is the measure beside them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.rows import Effort, Report, Row
from benchmarks.timing import Timing

ROOT = Path(__file__).parents[1]
WORKLOAD = "the first import, in a fresh process"
NUMPY = "numpy"
PACKAGES = (NUMPY, "autograd", "nn")
LIMITS = {"autograd": 0.15}
PROGRAM = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def measure(effort: Effort, report: Report) -> list[Row]:
    """The seconds of each import, taking turns; files are in the system's cache from the second."""
    turns = effort.choose(15, 2)
    report(f"{WORKLOAD}: {turns} turns of {', '.join(PACKAGES)}")
    seconds: dict[str, list[float]] = {package: [] for package in PACKAGES}
    for turn in range(-1, turns):
        for package in PACKAGES:
            elapsed = seconds_of_import(package)
            if turn >= 0:
                seconds[package].append(elapsed)
    times = {package: Timing(tuple(seconds[package])) for package in PACKAGES}
    rows = [Row(WORKLOAD, NUMPY, times[NUMPY].median, "s", times[NUMPY].spread)]
    for package in PACKAGES[1:]:
        time = times[package]
        rows.append(
            Row(WORKLOAD, package, time.median, "s", time.spread, limit=LIMITS.get(package))
        )
        rows.append(Row(WORKLOAD, package, time.median, "s", None, time.ratio(times[NUMPY]), NUMPY))
    return rows


def seconds_of_import(package: str) -> float:
    """How long a new interpreter takes to import a package from here."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(package)],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return float(done.stdout)
