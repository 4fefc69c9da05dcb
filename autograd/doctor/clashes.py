"""What stands in the way: HIPS autograd, and files of a user's that are called the same."""

from __future__ import annotations

import importlib
import importlib.machinery
from pathlib import Path
from typing import Iterator, Sequence  # noqa: UP035 -- where they also are in Python 3.8

from autograd.doctor.finding import HOME, REPAIR, Finding, text_of
from autograd.doctor.installed import distribution

_OF_HIPS = "tracer.py"  # a file of HIPS autograd's that glassgrad has not
_AGAIN = "install glassgrad again, with pip install --force-reinstall --no-deps"


def clashes(path: Sequence[str]) -> Iterator[Finding]:
    """All clashes there are on a ``sys.path`` and in the current folder, or that there is none."""
    importlib.invalidate_caches()
    found = list(_hips())
    for name, home in (("autograd", HOME), ("nn", HOME.with_name("nn"))):
        found += _others(name, home, path)
    if not found:
        found.append(Finding("clash", "none: autograd and nn are glassgrad's"))
    yield from found


def _hips() -> Iterator[Finding]:
    """HIPS autograd in the same folder, what it left there, or elsewhere."""
    start = text_of(HOME / "__init__.py")
    other = distribution("autograd")
    called = f"HIPS autograd {other.version}" if other else "HIPS autograd"
    if (HOME / _OF_HIPS).exists():
        last = "glassgrad" if "glassgrad" in start else "HIPS autograd"
        text = f"{called} lies in the same folder, {HOME}, where {last} was installed last"
        yield Finding("clash", f"{text}; run: {REPAIR}", "broken")
    elif not (HOME / "__init__.py").exists():
        text = f"{HOME / '__init__.py'} is gone, most likely with HIPS autograd when it was removed"
        yield Finding("clash", f"{text}; {_AGAIN}", "broken")
    elif "glassgrad" not in start:
        text = f"{HOME / '__init__.py'} is another package's"
        yield Finding("clash", f"{text}; run: {REPAIR}", "broken")
    elif other:
        where = Path(str(other.locate_file("autograd")))
        text = f"{called} is installed, too, in {where}: one environment is too small for both"
        yield Finding("clash", text, "note")


def _others(name: str, home: Path, path: Sequence[str]) -> Iterator[Finding]:
    """What else has the name: in front of glassgrad's, behind it, or in the current folder."""
    places = [found for entry in path for found in _found(name, entry)]
    first = places[0] if places else None
    if not (home / "__init__.py").exists():
        pass  # nothing that is found could be right, and that it is gone has been said
    elif first is None:
        yield Finding(
            "clash",
            f"import {name} finds nothing: Python does not look into {home.parent}; {_AGAIN}",
            "broken",
        )
    elif first != home:
        what = "HIPS autograd, most likely" if (first / _OF_HIPS).exists() else "not glassgrad's"
        text = f"import {name} finds {first}, {what}, before {home}; rename or move that"
        yield Finding("clash", text, "broken")
    else:
        for place in dict.fromkeys(places):
            if place != home:
                yield Finding("clash", f"{place} is called {name}, too; it is not found", "note")
        here = str(Path.cwd())
        for place in _found(name, here):
            if place != home and here not in path:
                text = f"{place} is found first where Python looks into this folder; rename it"
                yield Finding("clash", text, "note")


def _found(name: str, entry: str) -> list[Path]:
    """The package's folder, or the module's file, that one entry of ``sys.path`` has to offer."""
    spec = importlib.machinery.PathFinder.find_spec(name, [entry])
    if spec is None or spec.origin is None:
        return []  # a folder without __init__.py comes after all others
    origin = Path(spec.origin).resolve()
    return [origin.parent if origin.name.startswith("__init__.") else origin]
