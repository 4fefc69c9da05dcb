"""Copies of the checkout, and a mutant tried in one of them.

The working tree is never written to. Each job has a copy of its own in a temporary folder, and a
server (``server.py``) that runs the tests there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.mutation.rows import rows_of
from tests.mutation.targets import Target

if TYPE_CHECKING:
    from tests.mutation.mutants import Mutant

_COPIED = ("autograd", "nn", "tests", "demos", "benchmarks", "pyproject.toml", "README.md",
           "CONTRIBUTING.md", "CHANGELOG.md")  # fmt: skip
_LEFT_OUT = ("__pycache__", ".*", "survivors")


@dataclass(frozen=True)
class Result:
    """What became of a mutant: the tier that killed it, or '' if none did, and how."""

    mutant: Mutant
    tier: str
    verdict: str
    by: str
    seconds: float

    @property
    def survived(self) -> bool:
        """Whether all tests passed."""
        return not self.tier


class Workshop:
    """One copy of the checkout, and the server that tests what is written into it."""

    def __init__(self, root: Path, folder: Path, target: Target) -> None:
        self.target, self.folder = target, folder
        self.module = folder / target.path
        for name in _COPIED:
            if (root / name).is_dir():
                shutil.copytree(
                    root / name, folder / name, ignore=shutil.ignore_patterns(*_LEFT_OUT)
                )
            elif (root / name).exists():
                shutil.copy2(root / name, folder / name)
        self.original = self.module.read_text()
        self.rows = rows_of(self.original)
        self.limits: dict[str, float] = {}
        self.killers: deque[str] = deque(maxlen=6)
        self.server = self._serve()

    def _serve(self) -> subprocess.Popen[str]:
        surroundings = {
            # not as a part of the run that may have started this
            **{k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")},
            "PYTHONPATH": str(self.folder),
            "PYTHONHASHSEED": "0",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "tests.mutation.server"],
            cwd=self.folder, env=surroundings, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the command alone
        )  # fmt: skip

    def close(self) -> None:
        """Stop the server; the folder is its owner's to remove."""
        self.server.communicate()  # closes its input, at the end of which it ends

    def ask(
        self, source: str, tier: str, seconds: float, rows: Sequence[str] = (), keep: bool = False
    ) -> dict[str, Any]:
        """The server's answer for a source of the module.

        Tests that are run for each row are run for ``rows``; ``keep`` lets bytecode be written.
        """
        stdin, stdout = self.server.stdin, self.server.stdout
        if stdin is None or stdout is None:  # pragma: no cover -- they are pipes
            raise RuntimeError("the server has no pipes")
        self.module.write_text(source)
        tests = list(getattr(self.target, tier))
        first = list(self.killers) if tier == "quick" else []
        request = {
            "tests": tests, "first": first, "rows": list(rows), "seconds": seconds, "keep": keep
        }  # fmt: skip
        print(json.dumps(request), file=stdin, flush=True)
        answer: dict[str, Any] = json.loads(stdout.readline())
        return answer

    def prepare(self, tier: str) -> float:
        """Run the tests on the module as it is; they must pass, and say how long they may take."""
        if tier in self.limits:
            return self.limits[tier]
        answer = self.ask(self.original, tier, 600.0, keep=True)
        if answer["verdict"] != "passed":
            raise SystemExit(
                f"the {tier} tests of {self.target.name} must pass before there are mutants; "
                f"{answer['verdict']}: {answer['by'] or getattr(self.target, tier)}"
            )
        # bytecode of the module as it was must not be taken for a mutant's
        for stale in self.module.parent.glob(f"__pycache__/{self.module.stem}.*"):
            stale.unlink()
        if tier == "quick":
            planted = self.ask(self.original + "\nraise RuntimeError('planted')\n", tier, 600.0)
            if planted["verdict"] == "passed":
                raise SystemExit(f"the tests of {self.target.name} do not import it from the copy")
        self.limits[tier] = 10.0 + 5.0 * answer["seconds"]
        return self.limits[tier]

    def attempt(self, mutant: Mutant) -> Result:
        """Try a mutant on the quick tests and, if it lives, on the broad ones."""
        seconds = 0.0
        part = mutant.where.partition('"')[2].strip('"') or mutant.where  # a row or a function
        rows = self.rows.get(part, [])
        for tier in ("quick", "broad"):
            if not getattr(self.target, tier):
                continue
            answer = self.ask(mutant.source, tier, self.prepare(tier), rows)
            seconds += answer["seconds"]
            if answer["verdict"] != "passed":
                if tier == "quick" and answer["by"] and answer["by"] not in self.killers:
                    self.killers.appendleft(answer["by"])
                return Result(mutant, tier, answer["verdict"], answer["by"], seconds)
        return Result(mutant, "", "survived", "", seconds)
