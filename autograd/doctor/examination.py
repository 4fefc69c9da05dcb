"""The doctor's report: what is installed, what stands in the way, and what works."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Sequence  # noqa: UP035 -- where it also is in Python 3.8

from autograd.doctor.clashes import clashes
from autograd.doctor.finding import Finding
from autograd.doctor.installed import OLDEST_PYTHON, installation
from autograd.doctor.trial import trial

NAME = "python -m autograd doctor"
HELP = f"""\
Tell what is installed, from where, what stands in the way, and whether it works.

usage: {NAME} [--json]

Its exit code is 0, or 1 where something is broken; an extra that is missing is not broken."""
_MARKS = {"ok": "ok", "note": "--", "broken": "!!"}


def examine(path: Sequence[str] | None = None) -> list[Finding]:
    """Everything there is to tell of this installation; ``path`` stands for ``sys.path``.

    >>> {finding.about for finding in examine()} >= {"glassgrad", "numpy", "gradient"}
    True
    """
    if sys.version_info < OLDEST_PYTHON:
        return list(installation())  # it says so, and the rest cannot be tried
    searched = [entry or str(Path.cwd()) for entry in (sys.path if path is None else path)]
    return [*installation(), *clashes(searched), *trial(searched)]


def report(findings: Sequence[Finding]) -> str:
    """The findings as text to paste; the user's own folder is shortened to ``~``.

    >>> print(report([Finding("Python", "3.11.7"), Finding("numpy", "missing", "broken")]))
    ok  Python     3.11.7
    !!  numpy      missing
    1 thing is broken: see !!
    """
    lines = [f"{_MARKS[x.state]}  {x.about:<10} {x.text}" for x in findings]
    broken = sum(x.state == "broken" for x in findings)
    if broken:
        lines.append(f"{broken} thing{'s are' if broken > 1 else ' is'} broken: see !!")
    else:
        lines.append("All is well.")
    return _without_home("\n".join(lines))


def run(arguments: Sequence[str]) -> tuple[str, int]:
    """What the command says to its arguments, and its exit code: 0, 1 for broken, 2 for misuse.

    >>> run(["--jason"])
    ("python -m autograd doctor: expects nothing or --json, got '--jason'", 2)
    """
    if "-h" in arguments or "--help" in arguments:
        return HELP, 0
    unknown = [word for word in arguments if word != "--json"]
    if unknown:
        return f"{NAME}: expects nothing or --json, got {unknown[0]!r}", 2
    findings = examine()
    code = int(any(finding.state == "broken" for finding in findings))
    if not arguments:
        return report(findings), code
    return _without_home(json.dumps([asdict(finding) for finding in findings], indent=1)), code


def _without_home(text: str) -> str:
    home = os.path.expanduser("~")  # noqa: PTH111 -- Path.home() raises where there is none
    return text.replace(home + os.sep, "~" + os.sep) if len(home) > 1 else text
