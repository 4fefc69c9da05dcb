"""Runs pytest again and again, each time in a fork of a process that has all imported but us.

Starting Python, NumPy, Hypothesis and pytest takes longer than most mutants live. This process
imports them once, and forks for each request, a line of JSON on its standard input::

    {"tests": [...], "first": [...], "rows": ["sin"], "seconds": 30.0, "keep": false}

It answers each with a line::

    {"verdict": "passed", "failed", "slow" or "crashed", "by": a test's id, "seconds": 0.4}
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import pytest

_PRELOADED = ("numpy", "hypothesis", "mpmath", "graphviz", "tomllib", "xml.dom.minidom")
_BYTES = 3 << 30  # a mutant that eats memory is stopped here, and so killed


class _Order:
    """A pytest plugin: what is likely to fail runs first; the first failure is written down."""

    def __init__(self, first: list[str], rows: list[str], pipe: int) -> None:
        self.first = {name: place for place, name in enumerate(first)}
        self.rows = {f"{row}]" for row in rows}
        self.pipe = pipe

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """The same examples for every mutant, and no time spent on making them smaller."""
        from hypothesis import Phase, settings

        plain: dict[str, Any] = {
            "derandomize": True,
            "database": None,
            "phases": [Phase.explicit, Phase.generate],
        }
        settings.register_profile("mutation", settings.default, **plain)
        settings.load_profile("mutation")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Recent killers first; of tests that run for each row, only those of the mutated row."""
        split = [item.nodeid.partition("[") for item in items]
        for_rows = {name for name, _, parameters in split if parameters in self.rows}
        items[:] = [
            item
            for item, (name, _, parameters) in zip(items, split, strict=True)
            if name not in for_rows or parameters in self.rows
        ]
        items.sort(key=lambda item: self.first.get(item.nodeid, len(self.first)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be imported kills too."""
        self._failed(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that fails."""
        self._failed(report)

    def _failed(self, report: Any) -> None:
        if report.failed:
            os.write(self.pipe, report.nodeid.encode())
            os._exit(1)  # the mutant is dead; pytest would go on to tidy up


def _test(request: dict[str, Any], pipe: int) -> int:
    """pytest's exit status; in the fork."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_DATA, (_BYTES, _BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.dont_write_bytecode = not request["keep"]
    with open(os.devnull, "r+") as nothing:  # noqa: PTH123 -- a device
        for stream in (0, 1, 2):
            os.dup2(nothing.fileno(), stream)
    options = ["-x", "-q", "-n0", "-m", "", "-p", "no:cacheprovider", "--assert=plain", "--tb=no"]
    if all(Path(test).name.startswith("test_") for test in request["tests"]):
        options += ["-o", "addopts=--import-mode=importlib"]  # no looking for doctests in tests
    order = _Order(request["first"], request["rows"], pipe)
    return int(pytest.main([*options, *request["tests"]], plugins=[order]))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        status = 99
        try:
            status = _test(request, writing)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    verdict = _wait(child, began + request["seconds"], os.getppid())
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what the tests may have left behind
    os.set_blocking(reading, False)
    by = b""
    with contextlib.suppress(BlockingIOError):
        by = os.read(reading, 1 << 16)
    os.close(reading)
    seconds = round(time.monotonic() - began, 3)
    return {"verdict": verdict, "by": by.decode(), "seconds": seconds}


def _wait(child: int, deadline: float, parent: int) -> str:
    while time.monotonic() < deadline and os.getppid() == parent:  # else nobody waits for us
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended and os.WIFSIGNALED(status):
            return "crashed"
        if ended:
            return "passed" if os.WEXITSTATUS(status) == 0 else "failed"
        time.sleep(0.005)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "slow"


def main() -> None:
    """Answer requests until the input ends."""
    for name in _PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["--version"])  # pytest imports its own plugins late
    gc.collect()
    gc.freeze()  # a fork's collector need not look at all that again
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
