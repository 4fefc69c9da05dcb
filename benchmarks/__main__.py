"""``python -m benchmarks``: measure, print one table, and say which limits are met."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograd import __version__
from benchmarks import chain, compiled, compiling, eager, lab, memory, seeing
from benchmarks.rows import Effort, Report, Row, table

SUITES: dict[str, Callable[[Effort, Report], list[Row]]] = {
    "eager": eager.measure,
    "memory": memory.measure,
    "chain": chain.measure,
    "seeing": seeing.measure,
    "compiled": compiled.measure,
    "compiling": compiling.measure,
    "lab": lab.measure,
}
PACKAGES = ("numpy", "micrograd", "torch", "casadi", "jax", "scikit-learn")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks that the arguments ask for; the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.suites if name not in SUITES]:
        parser.error(f"no suite {unknown[0]!r}; choose from: {', '.join(SUITES)}")
    machine = environment()
    rows: list[Row] = []
    for name in options.suites or SUITES:
        rows += SUITES[name](Effort(options.quick), _progress)
    print(", ".join(f"{name} {fact}" for name, fact in machine.items()))
    print(table(rows, judged=not options.quick))
    if options.quick:
        print("\n--quick runs too little to judge a limit by.")
    if options.json is not None:
        document = {"machine": machine, "quick": options.quick, "rows": [r.as_json() for r in rows]}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    missed = [row for row in rows if row.met is False]
    return 1 if options.check and missed and not options.quick else 0


def environment() -> dict[str, str]:
    """What the figures depend on: Python, packages, and the machine."""
    # glassgrad is asked itself: run from a checkout, it need not be installed
    facts = {"Python": platform.python_version(), "glassgrad": __version__}
    for package in PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            facts[package] = "not installed"
    return {**facts, "cores": str(os.cpu_count()), "machine": platform.platform()}


def _progress(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure glassgrad beside its peers that are installed. Contenders take turns "
        "in one process, so read the ratios; the times themselves are this machine's.",
    )
    parser.add_argument(
        "suites", nargs="*", metavar="SUITE",
        help=f"what to measure: {', '.join(SUITES)}; all of them by default",
    )  # fmt: skip
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write the rows and the machine to FILE"
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 if a limit is missed")
    parser.add_argument(
        "--quick", action="store_true",
        help="few repeats, to see that it runs; limits are not judged, whatever --check says",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
