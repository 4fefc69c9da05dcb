"""What the doctor reads without importing it: what is installed, and what stands in the way."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path
from typing import Any

import pytest

from autograd import doctor
from autograd.doctor import clashes, examination, installed

ROOT = Path(__file__).parents[2]
HIPS = "from .differential_operators import grad\n"


def states(findings: Any) -> dict[str, str]:
    return {finding.about: finding.state for finding in findings}


def lines(findings: Any) -> list[str]:
    return [f"{finding.state}: {finding.text}" for finding in findings]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An autograd and an nn of nothing but their first files, as if they were glassgrad's."""
    for name in ("autograd", "nn"):
        (tmp_path / "place" / name).mkdir(parents=True)
        text = '"""glassgrad\'s."""\n\n__version__ = "0.1.0"\n'
        (tmp_path / "place" / name / "__init__.py").write_text(text)
    for module in (clashes, installed):
        monkeypatch.setattr(module, "HOME", tmp_path / "place" / "autograd")
        monkeypatch.setattr(module, "distribution", lambda name: None)
    monkeypatch.chdir(tmp_path / "place")
    return tmp_path / "place" / "autograd"


# --- what is installed ----------------------------------------------------------------------------


class Installed(importlib.metadata.Distribution):
    """A package as pip leaves it behind: its metadata and what it lists of its files."""

    def __init__(self, folder: Path, requires: str = "", record: str = "") -> None:
        self.folder = folder
        self.texts = {"METADATA": f"Name: x\nVersion: 0.1.0\n{requires}\n", "RECORD": record}

    def read_text(self, filename: str) -> str | None:
        return self.texts.get(filename)

    def locate_file(self, path: Any) -> Any:
        return self.folder / path


def test_every_extra_of_pyproject_says_what_it_is_for_and_both_sources_say_the_same(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (home.parent / "pyproject.toml").write_text(text, encoding="utf-8")
    listed = installed.requirements()
    assert list(listed) == ["", *installed.EXTRAS]
    assert [package.name for package in listed[""]] == ["numpy", "graphviz"]
    assert listed["plot"] == [("matplotlib", "3.8")]
    assert ("pytest", "8") in listed["test"]
    assert ("matplotlib", "3.8") not in listed["test"]  # said once
    names = [package.name for packages in listed.values() for package in packages]
    assert len(names) == len(set(names))
    # as a build backend writes it down: by the alphabet, and extras of extras in full
    project = tomllib.loads(text)["project"]
    (home.parent / "pyproject.toml").unlink()
    written = [f"Requires-Dist: {line}" for line in project["dependencies"]]
    extras = project["optional-dependencies"]
    extras["dev"] += extras["test"] + extras["plot"]
    for extra, asked in sorted(extras.items()):
        written += [f"Requires-Dist: {x}; extra == '{extra}'" for x in asked if "[" not in x]
    wheel = Installed(home.parent, "\n".join(written))
    monkeypatch.setattr(installed, "distribution", lambda name: wheel)
    assert installed.requirements() == listed


def test_what_is_needed_is_broken_if_missing_or_old_and_what_is_extra_is_not(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    (home.parent / "pyproject.toml").write_text(
        '[project]\nname = "glassgrad"\ndependencies = ["numpy>=1.26", "graphviz>=0.20", "a>=2"]\n'
        '[project.optional-dependencies]\nplot = ["matplotlib>=3.8"]\nsave = ["b>=1", "c>=1.10"]\n'
    )
    versions = {"numpy": "1.25.2", "a": "2.0rc1", "b": "1.0", "c": "1.9"}
    monkeypatch.setattr(installed, "version_of", versions.get)
    found = [x for x in installed.installation() if x.about.startswith((*versions, "graph", "["))]
    assert lines(found) == [
        "broken: 1.25.2, but 1.26 or newer is asked for; run: pip install --upgrade numpy",
        "broken: missing; run: pip install graphviz",
        "ok: 2.0rc1 (2 or newer is asked for)",
        'note: for nn.plots: missing: matplotlib; run: pip install "glassgrad[plot]"',
        "note: for nn.save and nn.load of .safetensors: b 1.0; c 1.9, where 1.10 or newer is asked "
        'for; run: pip install "glassgrad[save]"',
    ]


@pytest.mark.parametrize("spoilt", ["nothing", "a changed file", "a missing file"])
def test_files_that_are_not_as_they_were_installed_are_told(
    monkeypatch: pytest.MonkeyPatch, home: Path, spoilt: str
) -> None:
    names = ["autograd/__init__.py", "nn/__init__.py"]
    record = "".join(f"{x},{installed._hash(home.parent / x)},\n" for x in names)
    wheel = Installed(home.parent, record=record + "autograd/__pycache__/x.pyc,,\n")
    monkeypatch.setattr(installed, "distribution", lambda name: wheel)
    if spoilt == "a changed file":
        home.with_name("nn").joinpath("__init__.py").write_text("")
    elif spoilt == "a missing file":
        home.with_name("nn").joinpath("__init__.py").unlink()
    found = next(x for x in installed.installation() if x.about == "installed")
    if spoilt == "nothing":
        assert (found.text, found.state) == ("by pip, all 2 files as they came", "ok")
    else:
        assert found.text.startswith("1 of 2 files are missing or changed (nn/__init__.py); run: ")
        assert found.state == "broken"


def test_an_installation_elsewhere_in_place_or_of_another_version_is_told(
    monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path
) -> None:
    def said(wheel: Installed) -> str:
        monkeypatch.setattr(installed, "distribution", lambda name: wheel)
        found = next(x for x in installed.installation() if x.about == "installed")
        return f"{found.state}: {found.text}"

    record = "autograd/__init__.py,sha256=0,\n"
    elsewhere = said(Installed(tmp_path / "site", record=record))
    assert (
        elsewhere == f"note: pip has put 0.1.0 into {tmp_path / 'site'}; this one is from elsewhere"
    )
    assert said(Installed(tmp_path / "site", record="x.pth,sha256=0,\n")).startswith(
        "ok: by pip in editable mode"
    )
    (home / "__init__.py").write_text('__version__ = "0.2.0"\n')
    text = "note: pip knows 0.1.0, and the files say 0.2.0; install it again"
    assert said(Installed(home.parent, record=record)) == text


def test_a_python_that_is_too_old_is_broken_and_nothing_else_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (installed, examination):
        monkeypatch.setattr(module, "OLDEST_PYTHON", (9, 9))
    found = states(doctor.examine())
    assert found["Python"] == "broken"
    assert "gradient" not in found


# --- what stands in the way -----------------------------------------------------------------------


def test_without_a_clash_it_says_so(home: Path) -> None:
    expected = ["ok: none: autograd and nn are glassgrad's"]
    assert lines(clashes.clashes([str(home.parent)])) == expected


@pytest.mark.parametrize("last", ["glassgrad", "HIPS autograd"])
def test_hips_autograd_in_the_same_folder_is_told_with_who_came_last(home: Path, last: str) -> None:
    (home / "tracer.py").touch()
    if last != "glassgrad":
        (home / "__init__.py").write_text(HIPS)
    (said,) = lines(clashes.clashes([str(home.parent)]))
    assert said.startswith(f"broken: HIPS autograd lies in the same folder, {home}, where {last} ")
    assert said.endswith("run: pip uninstall autograd glassgrad, then install glassgrad")


def test_what_uninstalling_hips_autograd_leaves_is_told(home: Path) -> None:
    (home / "__init__.py").unlink()
    (said,) = lines(clashes.clashes([str(home.parent)]))
    assert said.startswith(f"broken: {home / '__init__.py'} is gone, most likely with HIPS")


def test_hips_autograd_elsewhere_is_a_note_behind_us_and_broken_before_us(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "site"
    (other / "autograd").mkdir(parents=True)
    for name in ("__init__.py", "tracer.py"):
        (other / "autograd" / name).write_text(HIPS)
    monkeypatch.setattr(clashes, "distribution", lambda name: Installed(other))
    behind = list(clashes.clashes([str(home.parent), str(other)]))
    assert {finding.state for finding in behind} == {"note"}
    assert "HIPS autograd 0.1.0 is installed, too" in behind[0].text
    before = list(clashes.clashes([str(other), str(home.parent)]))
    assert before[-1].state == "broken"
    assert before[-1].text.startswith(
        f"import autograd finds {other / 'autograd'}, HIPS autograd, most likely, before {home}"
    )


@pytest.mark.parametrize("name", ["autograd", "nn"])
def test_a_users_own_file_of_the_same_name_is_told_where_it_is_found_first_and_where_not(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    own = tmp_path / "mine" / f"{name}.py"
    own.parent.mkdir()
    own.touch()
    monkeypatch.chdir(own.parent)
    mine, ours = str(own.parent), str(home.parent)
    (before,) = lines(clashes.clashes([mine, ours]))
    assert before.startswith(f"broken: import {name} finds {own}, not glassgrad's, before")
    assert lines(clashes.clashes([ours, mine])) == [
        f"note: {own} is called {name}, too; it is not found"
    ]
    # as with python -P
    assert lines(clashes.clashes([ours])) == [
        f"note: {own} is found first where Python looks into this folder; rename it"
    ]


def test_a_folder_that_python_does_not_look_into_is_told(home: Path, tmp_path: Path) -> None:
    said = lines(clashes.clashes([str(tmp_path)]))
    assert [line[:59] for line in said] == [
        "broken: import autograd finds nothing: Python does not look",
        "broken: import nn finds nothing: Python does not look into ",
    ]
