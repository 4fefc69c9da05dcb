"""``python -m autograd doctor``: what is installed, from where, and what of it is broken.

It imports nothing of glassgrad, so that it can report on an installation that cannot be imported.
Where even ``python -m`` does not get here, run it by its path: ``python .../autograd/doctor.py``.
"""

from __future__ import annotations

import importlib.machinery
import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

NAME = "python -m autograd doctor"
HELP = f"""usage: {NAME} [--json]

Report what is installed, from where, and what of it is broken; an extra that is missing is not.
The exit code is 0, or 1 where something is broken."""
OLDEST_PYTHON = (3, 11)
HOME = Path(__file__).resolve().parent  # the package autograd that this file is a part of
_MARKS = {"ok": "ok", "note": "--", "broken": "!!"}
_TRIAL = """\
import json, math, sys
sys.path[:] = json.loads(sys.argv[1])
import autograd, nn
a, b = autograd.Value(2.0), autograd.Value(-3.0)
(a * b + 10.0).tanh().backward()
program = autograd.compile(lambda c: (a * b + c).tanh(), parameters=[a, b])
_, compiled = program.value_and_grad(program.theta, [10.0])
got = [a.grad, b.grad, *compiled.tolist()]
expected = [x / math.cosh(4.0) ** 2 for x in (-3.0, 2.0, -3.0, 2.0)]
assert all(map(math.isclose, got, expected)), f"got {got}, expected {expected}"
"""


class Finding(NamedTuple):
    """One line of the report; ``state`` is "ok", "note" (optional, or unusual) or "broken"."""

    about: str
    text: str
    state: str = "ok"


def run(arguments: Sequence[str]) -> tuple[str, int]:
    """The text that the command prints, and its exit code: 0, 1 for broken, 2 for misuse.

    >>> run(["--jason"])
    ("python -m autograd doctor: expects nothing or --json, got '--jason'", 2)
    """
    if "-h" in arguments or "--help" in arguments:
        return HELP, 0
    unknown = [word for word in arguments if word != "--json"]
    if unknown:
        return f"{NAME}: expects nothing or --json, got {unknown[0]!r}", 2
    # the current folder first, as a program in it would search
    findings = examine([str(Path.cwd()), *sys.path])
    code = int(any(finding.state == "broken" for finding in findings))
    if arguments:
        return json.dumps([finding._asdict() for finding in findings], indent=1), code
    return report(findings), code


def examine(path: Sequence[str]) -> list[Finding]:
    """All findings where ``sys.path`` is ``path``, with the user's home folder written as ``~``."""
    findings = [*_installation(), *_packages(path), *_clashes(path), *_system(), gradient(path)]
    home = os.path.expanduser("~") + os.sep  # noqa: PTH111 -- Path.home() raises where none is
    return [x._replace(text=x.text.replace(home, "~" + os.sep)) for x in findings]


def report(findings: Sequence[Finding]) -> str:
    """The findings as text to paste.

    >>> print(report([Finding("Python", "3.11.7"), Finding("numpy", "missing", "broken")]))
    ok  Python     3.11.7
    !!  numpy      missing
    1 thing is broken: see !!
    """
    lines = [f"{_MARKS[x.state]}  {x.about:<10} {x.text}" for x in findings]
    broken = sum(x.state == "broken" for x in findings)
    summary = f"{broken} thing{' is' if broken == 1 else 's are'} broken: see !!"
    return "\n".join([*lines, summary if broken else "All is well."])


def _installation() -> Iterator[Finding]:
    """glassgrad, whether pip knows of this place, and Python."""
    version = _own_version()
    text = version or "autograd/__init__.py is gone or another package's, install glassgrad again"
    yield Finding("glassgrad", f"{text}; in {HOME.parent}", "ok" if version else "broken")
    known = _distribution("glassgrad")
    if known is None:
        yield Finding("installed", "not by pip, so the extras are not known", "note")
    else:
        origin = json.loads(known.read_text("direct_url.json") or "{}")
        editable = origin.get("dir_info", {}).get("editable", False)
        place = origin["url"] if editable else Path(str(known.locate_file(""))).resolve().as_uri()
        text = f"{known.version}, by pip{' in editable mode' * editable}, in {place}"
        other = "" if place.rstrip("/") == HOME.parent.as_uri() else "; not the one that runs here"
        yield Finding("installed", text + other, "note" if other else "ok")
    text = f"{platform.python_version()} (>={'.'.join(map(str, OLDEST_PYTHON))} is required)"
    state = "ok" if sys.version_info >= OLDEST_PYTHON else "broken"
    yield Finding("Python", f"{text} at {sys.executable}", state)


def _packages(path: Sequence[str]) -> Iterator[Finding]:
    """Each package that glassgrad needs, and each extra, as glassgrad's metadata lists them."""
    known = _distribution("glassgrad")
    extras: dict[str, list[str]] = {}
    for line in (known and known.requires) or ["numpy", "graphviz"]:
        name = re.split(r"[^\w.-]", line)[0]
        extra = re.search(r"extra == ['\"](.+)['\"]", line)
        if extra:
            extras.setdefault(extra[1], []).append(name)
        elif _version(name):
            yield Finding(name, f"{_version(name)} ({line} is required) in {_place(name, path)}")
        else:
            yield Finding(name, f"missing; run: pip install {name}", "broken")
    shown: set[str] = set()
    # by size, and each package once: test and dev contain the small extras
    for group, names in sorted(extras.items(), key=lambda item: len(item[1])):
        versions = {name: _version(name) for name in names if name not in shown}
        shown.update(versions)
        text = ", ".join(f"{name} {version or 'missing'}" for name, version in versions.items())
        remedy = f'; run: pip install "glassgrad[{group}]"' if None in versions.values() else ""
        yield Finding(f"[{group}]", text + remedy, "note" if remedy else "ok")


def _clashes(path: Sequence[str]) -> list[Finding]:
    """HIPS autograd in the same folder, and other files that are called autograd or nn."""
    found = []
    if (HOME / "tracer.py").exists():  # HIPS autograd has it, and glassgrad has not
        last = "glassgrad" if _own_version() else "HIPS autograd"
        text = f"HIPS autograd lies in the same folder, {HOME}, where {last} was installed last"
        found.append(f"{text}; run: pip uninstall autograd glassgrad, then install glassgrad")
    for name, ours in (("autograd", HOME), ("nn", HOME.with_name("nn"))):
        first = _place(name, path)
        if first not in (ours, None):  # where nothing is found, the gradient is broken
            found.append(f"import {name} finds {first} before {ours}; rename or move it")
    return [Finding("clash", text, "broken") for text in found] or [Finding("clash", "none")]


def _system() -> Iterator[Finding]:
    """The platform, Graphviz, and how many threads linear algebra may use."""
    yield Finding("platform", platform.platform())
    limits = [f"{name}={x}" for name, x in os.environ.items() if name.endswith("_THREADS")]
    yield Finding("threads", f"{os.cpu_count()} cores, {' '.join(limits) or 'no limit is set'}")
    dot = shutil.which("dot") or (_version("graphviz-pure") and "graphviz-pure in place of it")
    remedy = 'pip install "glassgrad[dot]", or install your system\'s package graphviz'
    yield Finding("dot", dot or f"not found; run: {remedy}", "ok" if dot else "note")


def gradient(path: Sequence[str], seconds: float = 120.0) -> Finding:
    """A gradient by graph and program against the formula, in a process that may crash alone."""
    command = [sys.executable, "-I", "-c", _TRIAL, json.dumps(list(path))]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("gradient", f"not computed: {type(error).__name__}", "broken")
    if done.returncode == 0:
        return Finding("gradient", "of tanh(a*b + c), by its graph and compiled, as by hand")
    last = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
    return Finding("gradient", f"exit code {done.returncode}: {last}", "broken")


def _place(name: str, path: Sequence[str]) -> Path | None:
    """The folder or file that ``import name`` finds on this path; nothing is imported."""
    spec = importlib.machinery.PathFinder.find_spec(name, path)
    origin = Path(spec.origin).resolve() if spec and spec.origin else None
    return origin.parent if origin and origin.stem == "__init__" else origin


def _distribution(name: str) -> importlib.metadata.Distribution | None:
    return next(iter(importlib.metadata.distributions(name=name)), None)


def _version(name: str) -> str | None:
    known = _distribution(name)
    return known.version if known else None


def _own_version() -> str:
    """glassgrad's version by its own file; "" where that is gone, or is another package's."""
    start = HOME / "__init__.py"
    text = start.read_text(encoding="utf-8", errors="replace") if start.exists() else ""
    found = re.search(r'^__version__ = "(.+)"', text, re.MULTILINE)
    return found[1] if found else ""


if __name__ == "__main__":
    sys.path[:] = [x for x in sys.path if Path(x).resolve() != HOME]  # nobody imports from it
    said, code = run(sys.argv[1:])
    sys.stdout.buffer.write(said.encode(sys.stdout.encoding, "backslashreplace") + b"\n")
    raise SystemExit(code)
