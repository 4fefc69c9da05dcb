"""``python -m autograd doctor``: what is installed, from where, and what of it is broken.

It imports nothing of glassgrad, and runs where that fails: ``python .../autograd/doctor.py``.
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

HELP = """usage: python -m autograd doctor [--json]

Report what is installed, from where, and what of it is broken; an extra that is missing is not.
The exit code is 0, or 1 where something is broken."""
OLDEST_PYTHON = (3, 11)
NEEDED = ["numpy>=1.26", "graphviz>=0.20"]  # by pyproject.toml; pip's own list comes before it
HOME = Path(__file__).resolve().parent  # the package autograd that this file is a part of
_TRIAL = """\
import math, autograd, nn
a, b = autograd.Value(2.0), autograd.Value(-3.0)
(a * b + 10.0).tanh().backward()
program = autograd.compile(lambda c: (a * b + c).tanh(), parameters=[a, b])
_, compiled = program.value_and_grad(program.theta, [10.0])
got = [a.grad, b.grad, *compiled.tolist()]
expected = [x / math.cosh(4.0) ** 2 for x in (-3.0, 2.0, -3.0, 2.0)]
assert all(map(math.isclose, got, expected)), f"got {got}, expected {expected}"
table = autograd.core.table.TABLE.values()
for row, point in [(row, point) for row in table for point in row.points]:
    found = autograd.check_gradients(lambda *xs: autograd.core.value.apply(row, *xs), point)
    assert found.ok, f"{row.name} has a wrong derivative at {point}"
"""


class Finding(NamedTuple):
    """One line of the report; ``state`` is "ok", "note" (optional, or unusual) or "broken"."""

    about: str
    text: str
    state: str = "ok"


def run(arguments: Sequence[str]) -> tuple[str, int]:
    """The text that the command prints, and its exit code: 0, 1 for broken, 2 for misuse."""
    if "-h" in arguments or "--help" in arguments:
        return HELP, 0
    if unknown := [word for word in arguments if word != "--json"]:
        return f"python -m autograd doctor: expects nothing or --json, got {unknown[0]!r}", 2
    findings = examine([str(Path.cwd()), *sys.path])  # as a program in this folder would search
    text = json.dumps([x._asdict() for x in findings], indent=1) if arguments else report(findings)
    return text, int(any(finding.state == "broken" for finding in findings))


def examine(path: Sequence[str]) -> list[Finding]:
    """All findings where ``sys.path`` is ``path``, with the user's home folder written as ``~``."""
    findings = [*_installation()]
    if sys.version_info >= OLDEST_PYTHON:
        findings += [*_packages(path), *_clashes(path), *_system(), gradient(path)]
    home = os.path.expanduser("~")  # noqa: PTH111 -- Path.home() raises where none is
    start = home + os.sep if len(home) > 1 else "~" + os.sep  # "/" alone begins every path
    return [x._replace(text=x.text.replace(start, "~" + os.sep)) for x in findings]


def report(findings: Sequence[Finding]) -> str:
    """The findings as text to paste.

    >>> print(report([Finding("numpy", "missing", "broken")]))
    !!  numpy      missing
    1 thing is broken: see !!
    """
    marks = {"ok": "ok", "note": "--", "broken": "!!"}
    lines = [f"{marks[x.state]}  {x.about:<10} {x.text}" for x in findings]
    broken = sum(x.state == "broken" for x in findings)
    summary = f"{broken} thing{' is' if broken == 1 else 's are'} broken: see !!"
    return "\n".join([*lines, summary if broken else "All is well."])


def _installation() -> Iterator[Finding]:
    """glassgrad, Python, and, unless that is too old, whether pip knows of this place."""
    version = _own_version()
    text = version or "autograd/__init__.py is gone or another package's, install glassgrad again"
    yield Finding("glassgrad", f"{text}; in {HOME.parent}", "ok" if version else "broken")
    text = f"{platform.python_version()} (>={'.'.join(map(str, OLDEST_PYTHON))} is required)"
    old = sys.version_info < OLDEST_PYTHON
    yield Finding("Python", f"{text} at {sys.executable}", "broken" if old else "ok")
    known = _distribution("glassgrad")
    if known and not old:
        origin = json.loads(known.read_text("direct_url.json") or "{}")
        editable = origin.get("dir_info", {}).get("editable", False)
        place = origin["url"] if editable else Path(str(known.locate_file(""))).resolve().as_uri()
        text = f"{known.version}, by pip{' in editable mode' * editable}, in {place}"
        other = "" if place.rstrip("/") == HOME.parent.as_uri() else "; not the one that runs here"
        yield Finding("installed", text + other, "note" if other else "ok")
    elif not old:
        yield Finding("installed", "not by pip, so the extras are not known", "note")


def _packages(path: Sequence[str]) -> Iterator[Finding]:
    """Each package that glassgrad needs, and each extra, as glassgrad's metadata lists them."""
    known = _distribution("glassgrad")
    extras: dict[str, dict[str, tuple[str, bool]]] = {}
    for line in (known and known.requires) or NEEDED:
        name, version, right = _version(line)
        place, extra = _place(name, path), re.search(r"extra == ['\"](.+)['\"]", line)
        if extra:
            extras.setdefault(extra[1], {})[name] = version, right
        elif place and place.is_file():  # both are packages, which are folders
            yield Finding(name, f"import {name} finds {place}; rename that file", "broken")
        elif right:
            yield Finding(name, f"{version} ({line} is required) in {place}")
        else:
            yield Finding(name, f"{version}; run: pip install --upgrade {name}", "broken")
    shown: set[str] = set()  # each package once: test and dev contain the small extras
    for group, packages in sorted(extras.items(), key=lambda item: len(item[1])):
        found = {name: packages[name] for name in packages if name not in shown}
        shown.update(found)
        text = ", ".join(f"{name} {version}" for name, (version, _) in found.items())
        remedy = f'; run: pip install "glassgrad[{group}]"' * any(not x for _, x in found.values())
        yield Finding(f"[{group}]", text + remedy, "note" if remedy else "ok")


def _clashes(path: Sequence[str]) -> list[Finding]:
    """HIPS autograd in the same folder, and other files that are called autograd or nn."""
    found = []
    if (HOME / "tracer.py").exists():  # HIPS autograd has it, and glassgrad has not
        last = f"{'glassgrad' if _own_version() else 'HIPS autograd'} was installed last"
        text = f"HIPS autograd lies in the same folder, {HOME}, where {last}"
        found.append(f"{text}; run: pip uninstall autograd glassgrad, then install glassgrad")
    for name, ours in (("autograd", HOME), ("nn", HOME.with_name("nn"))):
        first = _place(name, path)
        if first not in (ours, None):  # where nothing is found, the gradient is broken
            found.append(f"import {name} finds {first} before {ours}; rename or move it")
    return [Finding("clash", text, "broken") for text in found] or [Finding("clash", "none")]


def _system() -> Iterator[Finding]:
    """The platform, the environment variables that matter, and Graphviz."""
    yield Finding("platform", f"{platform.platform()}, {os.cpu_count()} cores")
    known = [f"{k}={x}" for k, x in os.environ.items() if re.search("^PYTHONPATH$|_THREADS$", k)]
    yield Finding("variables", ", ".join(known) or "neither PYTHONPATH nor *_THREADS is set")
    dot = shutil.which("dot") or (_distribution("graphviz-pure") and "graphviz-pure in place of it")
    remedy = 'pip install "glassgrad[dot]", or install your system\'s package graphviz'
    yield Finding("dot", dot or f"not found; run: {remedy}", "ok" if dot else "note")


def gradient(path: Sequence[str], seconds: float = 120.0) -> Finding:
    """A gradient as by hand, and all operations', in a process that may crash alone."""
    command = [sys.executable, "-I", "-c", f"import sys; sys.path[:] = {[*path]!r}\n{_TRIAL}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("gradient", f"not computed: {type(error).__name__}", "broken")
    if done.returncode == 0:
        return Finding("gradient", "tanh(a*b + c) as by hand, each operation as by differences")
    last = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
    return Finding("gradient", f"exit code {done.returncode}: {last}", "broken")


def _place(name: str, path: Sequence[str]) -> Path | None:
    """The folder or file that ``import name`` finds on this path; nothing is imported."""
    spec = importlib.machinery.PathFinder.find_spec(name, path)
    origin = Path(spec.origin).resolve() if spec and spec.origin else None
    return origin.parent if origin and origin.stem == "__init__" else origin


def _distribution(name: str) -> importlib.metadata.Distribution | None:
    return next(iter(importlib.metadata.distributions(name=name)), None)


def _version(requirement: str) -> tuple[str, str, bool]:
    """The name in ``numpy>=1.26``, what is installed of it, and whether that is new enough."""
    name, least = re.findall(r"^([\w.-]+)(?:[^;]*>=\s*([\d.]+))?", requirement)[0]
    known = _distribution(name)
    if known is None:
        return name, "missing", False
    numbers, asked = ([*map(int, re.findall(r"\d+", x))] for x in (known.version, least))
    right = numbers + [0] * len(asked) >= asked  # 10 is not older than 10.0
    return name, known.version + ("" if right else f", older than {least}"), right


def _own_version() -> str:
    """glassgrad's version by its own file; "" where that is gone, or is another package's."""
    texts = [x.read_text(encoding="utf-8", errors="replace") for x in HOME.glob("__init__.py")]
    return "".join(re.findall(r'^__version__ = "(.+)"', "".join(texts), re.MULTILINE)[:1])


if __name__ == "__main__":
    sys.path[:] = [x for x in sys.path if Path(x).resolve() != HOME]  # nobody imports from it
    said, code = run(sys.argv[1:])
    sys.stdout.buffer.write(said.encode(sys.stdout.encoding, "backslashreplace") + b"\n")
    raise SystemExit(code)
