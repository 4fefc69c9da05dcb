"""What is installed: glassgrad, Python, and each package that it asks for or can use."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.metadata
import os
import platform
import re
import struct
import sys
from pathlib import Path
from typing import Iterator, NamedTuple  # noqa: UP035 -- where Iterator also is in Python 3.8

from autograd.doctor.finding import HOME, REPAIR, Finding, text_of

# what each extra of pyproject.toml is for
EXTRAS = {
    "plot": "nn.plots",
    "dot": "pictures of graphs without the system's Graphviz",
    "optim": "the demo lbfgs",
    "save": "nn.save and nn.load of .safetensors",
    "images": "nn.data.from_folder",
    "notebook": "notebooks and Stepper.widget",
    "test": "the tests",
    "dev": "all checks of CONTRIBUTING.md",
}
OLDEST_PYTHON = (3, 11)
_SETTINGS = (
    "PYTHONPATH", "PYTHONHOME", "PYTHONSAFEPATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "MPLBACKEND",
)  # fmt: skip


class Package(NamedTuple):
    """One package that is asked for, and the least version of it that will do."""

    name: str
    least: str


def installation() -> Iterator[Finding]:
    """glassgrad and where it comes from, Python, the platform, settings, and all packages."""
    yield from _glassgrad()
    yield _python()
    yield Finding("platform", platform.platform())
    settings = [f"{name}={os.environ[name]}" for name in _SETTINGS if name in os.environ]
    if settings:
        yield Finding("settings", " ".join(settings))
    for extra, packages in requirements().items():
        if extra:
            yield _extra(extra, packages)
        else:
            yield from _required(packages)


def _glassgrad() -> Iterator[Finding]:
    version = re.search(r'^__version__ = "(.+)"', text_of(HOME / "__init__.py"), re.MULTILINE)
    says = version[1] if version else "of an unknown version"
    yield Finding("glassgrad", f"{says}, in {HOME.parent}")
    installed = distribution("glassgrad")
    if installed is None:
        yield Finding("installed", "not by pip: it runs from where it lies", "note")
        return
    # not .files, which since Python 3.12 leaves out what is missing
    record = csv.reader((installed.read_text("RECORD") or "").splitlines())
    files = {row[0]: row[1] for row in record if row[0].startswith(("autograd/", "nn/")) and row[1]}
    place = Path(str(installed.locate_file("autograd"))).resolve()
    if files and place != HOME:
        text = f"pip has put {installed.version} into {place.parent}; this one is from elsewhere"
        yield Finding("installed", text, "note")
    elif version and installed.version != version[1]:
        text = f"pip knows {installed.version}, and the files say {says}; install it again"
        yield Finding("installed", text, "note")
    elif not files:
        yield Finding("installed", "by pip in editable mode: it runs from where it lies")
    else:
        yield _as_they_came(place.parent, files)


def _as_they_came(folder: Path, files: dict[str, str]) -> Finding:
    wrong = [name for name, written in files.items() if _hash(folder / name) != written]
    if not wrong:
        return Finding("installed", f"by pip, all {len(files)} files as they came")
    some = ", ".join(wrong[:3]) + (", ..." if len(wrong) > 3 else "")
    text = f"{len(wrong)} of {len(files)} files are missing or changed ({some}); run: {REPAIR}"
    return Finding("installed", text, "broken")


def _hash(path: Path) -> str:
    """The sha256 of a file as pip writes it down; empty where there is no such file."""
    try:
        digest = hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return ""
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _python() -> Finding:
    kind = f"{platform.python_implementation()}, {struct.calcsize('P') * 8} bit"
    if getattr(sys, "_is_gil_enabled", lambda: True)() is False:
        kind += ", free-threaded"
    if sys.prefix != sys.base_prefix:
        kind += ", virtual environment"
    text = f"{platform.python_version()} ({kind}) at {sys.executable}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        needed = ".".join(map(str, OLDEST_PYTHON))
        return Finding("Python", f"{text}; glassgrad needs {needed} or newer", "broken")
    return Finding("Python", text)


def _required(packages: list[Package]) -> Iterator[Finding]:
    for name, least in packages:
        version = version_of(name)
        asked = f"{least} or newer is asked for"
        if version is None:
            yield Finding(name, f"missing; run: pip install {name}", "broken")
        elif older(version, least):
            text = f"{version}, but {asked}; run: pip install --upgrade {name}"
            yield Finding(name, text, "broken")
        else:
            yield Finding(name, f"{version} ({asked})")


def _extra(extra: str, packages: list[Package]) -> Finding:
    there, lacking, aged = [], [], []
    for name, least in packages:
        version = version_of(name)
        if version is None:
            lacking.append(name)
        elif older(version, least):
            aged.append(f"{name} {version}, where {least} or newer is asked for")
        else:
            there.append(f"{name} {version}")
    parts = [", ".join(there), "missing: " + ", ".join(lacking) if lacking else "", *aged]
    text = f"for {EXTRAS.get(extra, 'what it is called')}: {'; '.join(filter(None, parts))}"
    if not lacking and not aged:
        return Finding(f"[{extra}]", text)
    return Finding(f"[{extra}]", f'{text}; run: pip install "glassgrad[{extra}]"', "note")


def requirements() -> dict[str, list[Package]]:
    """All packages by extra, those that are always needed under ""; each package once."""
    listed: list[tuple[str, str]] = []  # an extra, and a line of what it asks for
    project = text_of(HOME.parent / "pyproject.toml")
    installed = distribution("glassgrad")
    if 'name = "glassgrad"' in project and sys.version_info >= OLDEST_PYTHON:
        import tomllib  # not in the Pythons that this file has to run on as well

        table = tomllib.loads(project)["project"]
        groups = {"": table["dependencies"], **table["optional-dependencies"]}
        listed = [(extra, line) for extra, lines in groups.items() for line in lines]
    elif installed is not None:
        for line in installed.requires or []:
            asked, _, condition = line.partition(";")
            listed.append((re.sub(r"^.*==|['\" ]", "", condition), asked))
    found: dict[str, list[Package]] = {}
    # an extra that takes in others, as test and dev do, shows what it adds to them
    listed.sort(key=lambda pair: [*EXTRAS, pair[0]].index(pair[0]) if pair[0] else -1)
    known = {"glassgrad"}
    for extra, line in listed:
        parts = re.match(r"([\w.-]+)(?:\[.*\])?(?:>=([\d.]+))?", line)
        if parts and parts[1] not in known:
            known.add(parts[1])
            found.setdefault(extra, []).append(Package(parts[1], parts[2] or "0"))
    return found


def version_of(name: str) -> str | None:
    """The version of an installed package, or None."""
    installed = distribution(name)
    return installed.version if installed else None


def older(version: str, least: str) -> bool:
    """Whether a version is older than the least one; what follows its numbers does not count.

    >>> older("1.9.4", "1.26"), older("2.0.0rc1", "1.26"), older("10", "10.0")
    (True, False, False)
    """
    mine, asked = (_numbers(text) for text in (version, least))
    return mine < asked


def _numbers(version: str) -> list[int]:
    numbers = [int(x) for x in re.split(r"[^\d.]", version)[0].split(".") if x]
    while numbers and not numbers[-1]:
        numbers.pop()  # 10.0 is 10
    return numbers


def distribution(name: str) -> importlib.metadata.Distribution | None:
    """What is written down of an installed package, or None."""
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
