"""What works, as ``selfcheck`` finds in a process of its own, where a crash harms nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Iterator, Sequence  # noqa: UP035 -- where they also are in Python 3.8

from autograd.doctor.finding import Finding

_SECONDS = 120.0  # one or two are usual
SELFCHECK = Path(__file__).with_name("selfcheck.py")


def trial(path: Sequence[str], seconds: float = _SECONDS) -> Iterator[Finding]:
    """What of numpy and glassgrad works where ``sys.path`` is this."""
    command = [sys.executable, str(SELFCHECK), json.dumps(list(path))]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as late:
        yield from _read(late.stdout or b"")
        yield Finding("selfcheck", f"was stopped after {seconds:g} seconds", "broken")
        return
    except (OSError, ValueError) as error:
        yield Finding("selfcheck", f"could not be run: {error}", "broken")
        return
    yield from _read(done.stdout)
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        last = f": {lines[-1]}" if lines else ""
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"code {done.returncode}"
        yield Finding("selfcheck", f"ended early, with {how}{last}", "broken")


def _read(said: bytes) -> Iterator[Finding]:
    for line in said.decode("utf-8", "replace").splitlines():
        try:
            about, text, state = json.loads(line)
        except ValueError:
            continue  # something that is imported has printed it
        yield Finding(about, text, state)
