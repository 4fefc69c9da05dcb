"""``python -m tests.mutation MODULE``: does a test fail for every small mistake in a module?

Changes a copy of the module in one place, runs its tests, and says which changes no test noticed.
Needs ``pip install cosmic-ray``, which proposes the changes. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import queue
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mutation.running import Result, Workshop
from tests.mutation.survivors import as_toml, known
from tests.mutation.targets import Target, find

if TYPE_CHECKING:
    from tests.mutation.mutants import Mutant

_ROOT = Path(__file__).resolve().parents[2]


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="+", metavar="MODULE", help="ops, core, or a path")
    parser.add_argument("--jobs", type=int, default=1, help="copies that are worked on at once")
    parser.add_argument("--lines", default="", metavar="20-90", help="only mutants of these lines")
    parser.add_argument("--only", default="", help="only mutants whose function has this in it")
    parser.add_argument("--again", action="store_true", help="only what survived the last time")
    parser.add_argument("--unknown", action="store_true", help="leave out the listed survivors")
    parser.add_argument("--tests", nargs="+", metavar="FILE", help="other quick tests")
    parser.add_argument("--broad", nargs="*", metavar="FILE", help="other broad tests, or none")
    parser.add_argument("--list", action="store_true", help="show the mutants, and run nothing")
    parser.add_argument("--toml", action="store_true", help="new survivors as TOML to paste")
    return parser.parse_args(given)


def _chosen(target: Target, options: argparse.Namespace) -> list[Mutant]:
    try:
        from tests.mutation.mutants import mutants
    except ModuleNotFoundError as missing:
        raise SystemExit(
            f"mutation needs cosmic-ray ({missing.name} is missing); run: pip install cosmic-ray"
        ) from None
    found = mutants((_ROOT / target.path).read_text())
    if options.lines:
        low, _, high = options.lines.partition("-")
        found = [m for m in found if int(low) <= m.line <= int(high or low)]
    if options.only:
        found = [m for m in found if options.only in m.where]
    if options.unknown:
        listed = known(_ROOT, target.name)
        found = [m for m in found if m.identity not in listed]
    if options.again:
        path = _memory(target)
        if not path.exists():
            raise SystemExit(f"--again expects an earlier run of {target.name}; leave it out")
        before = [tuple(identity) for identity in json.loads(path.read_text())]
        found = [m for m in found if m.identity in before]
    return found


def _memory(target: Target) -> Path:
    """Where the survivors of the last run are kept, for --again."""
    name = target.path.replace("/", "-")
    return Path(tempfile.gettempdir()) / "glassgrad-mutation" / f"{name}.json"


def _run(target: Target, todo: list[Mutant], jobs: int) -> list[Result]:
    """Every mutant tried, by as many workshops as there are jobs."""
    waiting: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for mutant in todo:
        waiting.put(mutant)
    results: list[Result] = []
    failures: list[BaseException] = []

    def work(folder: Path) -> None:
        workshop = Workshop(_ROOT, folder, target)
        try:
            workshop.prepare("quick")
            while not failures:
                try:
                    mutant = waiting.get_nowait()
                except queue.Empty:
                    return
                results.append(workshop.attempt(mutant))
                _progress(target, len(results), len(todo), results)
        except BaseException as failure:
            failures.append(failure)
        finally:
            workshop.close()

    with tempfile.TemporaryDirectory(prefix="glassgrad-mutation-") as folder:
        places = [Path(folder) / str(job) for job in range(max(1, min(jobs, len(todo))))]
        workers = [threading.Thread(target=work, args=(place,)) for place in places]
        for place, worker in zip(places, workers, strict=True):
            place.mkdir()
            worker.start()
        _join(workers, waiting)
    if failures:
        raise failures[0]
    return sorted(results, key=lambda result: result.mutant.line)


def _join(workers: list[threading.Thread], waiting: queue.SimpleQueue[Mutant]) -> None:
    """Wait for the workers; on Ctrl-C the mutants that are being tried are the last ones."""
    try:
        for worker in workers:
            worker.join()
    except KeyboardInterrupt:
        print("\nstopped: these are the mutants that were tried", file=sys.stderr)
        while not waiting.empty():
            waiting.get()
        for worker in workers:
            worker.join()


def _progress(target: Target, done: int, of: int, results: list[Result]) -> None:
    if not sys.stderr.isatty() and done % 50:
        return
    alive = sum(result.survived for result in results)
    end = "" if sys.stderr.isatty() and done < of else "\n"
    print(f"\r{target.name}: {done} of {of}, {alive} alive ", end=end, file=sys.stderr, flush=True)


def report(target: Target, results: list[Result], listed: dict[tuple[str, str, str, int], str],
           toml: bool = False) -> str:  # fmt: skip
    """The figures, and each survivor as a line of a diff."""
    alive = [result.mutant for result in results if result.survived]
    new = [mutant for mutant in alive if mutant.identity not in listed]
    dead = [r.mutant for r in results if not r.survived and r.mutant.identity in listed]
    killed = len(results) - len(alive)
    broad = sum(result.tier == "broad" for result in results)
    slow = sum(result.verdict == "slow" for result in results)
    crashed = sum(result.verdict == "crashed" for result in results)
    share = 100.0 * killed / len(results) if results else 100.0
    lines = [
        f"{target.path}: {len(results)} mutants, {killed} killed ({broad} by the broad tests, "
        f"{slow} by time, {crashed} by a crash), {len(alive)} survived: {share:.1f} % killed",
        f"survivors: {len(alive) - len(new)} known, {len(new)} new; "
        f"{sum(result.seconds for result in results):.0f} s of tests",
    ]
    for mutant in alive:
        reason = listed.get(mutant.identity)
        lines += ["", f"{target.path}:{mutant.line} {mutant.where}"]
        lines += [f"- {line}" for line in mutant.was.splitlines()]
        lines += [f"+ {line}" for line in mutant.becomes.splitlines()]
        lines += [f"known: {reason}" if reason else "NEW"]
    lines += [f"\nlisted, but killed now: {m.where}: {m.was} -> {m.becomes}" for m in dead]
    if toml and new:
        lines += ["", as_toml(new)]
    return "\n".join(lines)


def _remember(target: Target, results: list[Result]) -> None:
    memory = _memory(target)
    memory.parent.mkdir(exist_ok=True)
    alive = [result.mutant.identity for result in results if result.survived]
    memory.write_text(json.dumps(alive))


def main(given: list[str] | None = None) -> int:
    """Run the command; 1 if a survivor is new, or one that is listed has been killed."""
    options = _arguments(given)
    status = 0
    for target in [target for name in options.modules for target in find(name, _ROOT)]:
        if options.tests:
            target = dataclasses.replace(target, quick=tuple(options.tests))
        if options.broad is not None:
            target = dataclasses.replace(target, broad=tuple(options.broad))
        todo = _chosen(target, options)
        if options.list:
            for m in todo:
                print(f"{target.path}:{m.line} {m.where}\n- {m.was}\n+ {m.becomes}")
            continue
        listed = known(_ROOT, target.name)
        results = _run(target, todo, options.jobs)
        print(report(target, results, listed, options.toml), end="\n\n", flush=True)
        _remember(target, results)
        status |= any(r.survived != (r.mutant.identity in listed) for r in results)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
