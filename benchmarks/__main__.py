"""``python -m benchmarks``: measure, print one table, and say which limits are met."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import (
    chain,
    compiled,
    compiling,
    eager,
    lab,
    memory,
    quoting,
    seeing,
    starting,
)
from benchmarks.environment import environment
from benchmarks.rows import Effort, Report, Row, summary, table

SUITES: dict[str, Callable[[Effort, Report], list[Row]]] = {
    "starting": starting.measure,
    "eager": eager.measure,
    "memory": memory.measure,
    "chain": chain.measure,
    "seeing": seeing.measure,
    "compiled": compiled.measure,
    "compiling": compiling.measure,
    "lab": lab.measure,
}
TOO_LITTLE = "--quick runs too little to judge a limit by."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks that the arguments ask for; the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.suites if name not in SUITES]:
        parser.error(f"no suite {unknown[0]!r}; choose from: {', '.join(SUITES)}")
    if options.quote and (options.quick or options.suites):
        parser.error("--quote is for a whole run: without --quick, and without names of suites")
    machine = environment()
    rows: list[Row] = []
    for name in options.suites or SUITES:
        rows += SUITES[name](Effort(options.quick), _progress)
    print(", ".join(f"{name} {fact}" for name, fact in machine.items()))
    print(table(rows, judged=not options.quick))
    print("\n" + (TOO_LITTLE if options.quick else summary(rows)))
    document = {"machine": machine, "quick": options.quick, "rows": [r.as_json() for r in rows]}
    if options.json is not None:
        quoting.write_figures(document, options.json)
    if options.quote:
        quoting.write_figures(document)
        quoting.write_table(document)
    missed = [row for row in rows if row.met is False]
    return 1 if options.check and missed and not options.quick else 0


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
    parser.add_argument(
        "--quote",
        action="store_true",
        help="also write the figures to benchmarks/figures.json, and the table into README.md",
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 if a limit is missed")
    parser.add_argument(
        "--quick", action="store_true",
        help="few repeats, to see that it runs; limits are not judged, whatever --check says",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
