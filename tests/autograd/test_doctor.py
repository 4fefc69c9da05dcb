"""``python -m autograd doctor``: what it finds right and wrong, and that it gets there."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from autograd import __main__ as command
from autograd import doctor
from autograd.doctor import Finding

ROOT = Path(__file__).parents[2]
WRONG = """
import dataclasses
from autograd.core.operation import TABLE
TABLE["erf"] = dataclasses.replace(TABLE["erf"], partials=lambda m, y, x: (1.0,))
"""


class Installed(importlib.metadata.Distribution):
    """A package as pip leaves it: its metadata, and where it is."""

    def __init__(self, folder: Path, requires: str = "", direct_url: str = "") -> None:
        self.folder = folder
        self.texts = {"METADATA": f"Version: 3.4\n{requires}\n", "direct_url.json": direct_url}

    def read_text(self, filename: str) -> str | None:
        return self.texts.get(filename)

    def locate_file(self, path: Any) -> Any:
        return self.folder / path


def python(*words: object, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(path)}, cwd=path.parent,
    )  # fmt: skip


def broken(findings: Any) -> dict[str, str]:
    return {finding.about: finding.text for finding in findings if finding.state == "broken"}


def test_a_sound_installation_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["doctor", "--json"]) == 0
    found = [Finding(**finding) for finding in json.loads(capsys.readouterr().out)]
    assert {finding.about for finding in found} >= {
        "glassgrad", "installed", "Python", "numpy", "graphviz", "clash", "variables", "gradient",
    }  # fmt: skip
    assert doctor.report(found).endswith("\nAll is well.")


def test_misuse_is_exit_code_2_help_is_0_and_a_variable_is_no_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["doctor", "who"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "'who'" in said.err
    assert command.main(["doctor", "--help"]) == 0
    assert "--json" in capsys.readouterr().out
    assert command.main(["doctor", "doctor=3"]) == 0
    assert "ddoctor/ddoctor" in capsys.readouterr().out


def test_what_is_broken_is_counted_and_gives_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    note, wrong = Finding("[plot]", "missing", "note"), Finding("nn", "gone", "broken")
    for found, code, last in (
        ([note], 0, "All is well."),
        ([note, wrong], 1, "1 thing is broken: see !!"),
        ([wrong, wrong], 1, "2 things are broken: see !!"),
    ):
        monkeypatch.setattr(doctor, "examine", lambda path, found=found: found)
        text, given = doctor.run([])
        assert (given, text.split("\n")[-1]) == (code, last)


def test_the_users_home_folder_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_installation", lambda: [Finding("x", f"/home/ada{os.sep}venv")])
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, "/home/ada")
    assert doctor.examine([])[0].text == f"~{os.sep}venv"
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, os.sep)
    assert doctor.examine([])[0].text == f"/home/ada{os.sep}venv"


def test_the_variables_that_change_what_is_found_or_how_fast_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in (("PYTHONPATH", "/x"), ("MKL_NUM_THREADS", "3"), ("PYTHONPATH_NOT", "y")):
        monkeypatch.setenv(name, text)
    text = {finding.about: finding.text for finding in doctor._system()}["variables"]
    assert "PYTHONPATH=/x" in text
    assert "MKL_NUM_THREADS=3" in text
    assert "NOT" not in text


def test_what_is_needed_is_broken_if_missing_or_old_and_what_is_extra_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    extras = ("more; extra == 'plot'", 'c>=1; extra == "save"', "old>=3.10; extra == 'optim'")
    asked = ("numpy>=1.26", "gone>=2", "aged<5,>=3.26", "same>=3.4.0", "older; python_version>'3'")
    known = Installed(tmp_path, "\n".join(f"Requires-Dist: {line}" for line in asked + extras))
    there = dict.fromkeys(["glassgrad", "numpy", "aged", "same", "older", "old", "c"], known)
    monkeypatch.setattr(doctor, "_distribution", there.get)
    found = list(doctor._packages(sys.path))
    assert {finding.about: finding.state for finding in found} == {
        "numpy": "ok", "gone": "broken", "aged": "broken", "same": "ok", "older": "ok",
        "[plot]": "note", "[save]": "ok", "[optim]": "note",
    }  # fmt: skip
    assert "pip install --upgrade aged" in broken(found)["aged"]
    # without metadata it looks for what pyproject.toml has
    monkeypatch.setattr(doctor, "_distribution", lambda name: None)
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert needed == doctor.NEEDED
    assert set(broken(doctor._packages([]))) == {line.split(">=")[0] for line in needed}


@pytest.mark.parametrize(
    ("version", "least", "right"),
    [
        ("1.20", "1.26", False), ("1.9.4", "1.26", False), ("2.0.0rc1", "1.26", True),
        ("10", "10.0", True), ("1.26.0", "1.26", True), ("1.26", "1.26.1", False),
    ],
)  # fmt: skip
def test_versions_are_compared_by_their_numbers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, least: str, right: bool
) -> None:
    known = Installed(tmp_path)
    known.texts["METADATA"] = f"Version: {version}\n"
    monkeypatch.setattr(doctor, "_distribution", lambda name: known)
    assert doctor._version(f"numpy>={least}")[::2] == ("numpy", right)


def test_a_file_that_hides_a_required_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").touch()
    found = broken(doctor._packages([str(tmp_path), *sys.path]))
    assert set(found) == {"numpy"}
    assert str(tmp_path / "numpy.py") in found["numpy"]
    assert broken(doctor._packages([*sys.path, str(tmp_path)])) == {}


def test_an_installation_elsewhere_is_a_note_and_an_old_python_is_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editable = '{"dir_info": {"editable": true}, "url": "%s"}'
    for known, state in (
        (None, "note"),
        (Installed(ROOT), "ok"),
        (Installed(tmp_path), "note"),
        (Installed(tmp_path, direct_url=editable % ROOT.as_uri()), "ok"),
        (Installed(ROOT, direct_url=editable % tmp_path.as_uri()), "note"),
    ):
        monkeypatch.setattr(doctor, "_distribution", lambda name, known=known: known)
        assert {x.about: x.state for x in doctor._installation()}["installed"] == state
    assert broken(doctor._installation()) == {}
    monkeypatch.setattr(doctor, "OLDEST_PYTHON", (9, 9))
    assert "9.9" in broken(doctor.examine(sys.path))["Python"]
    assert [finding.about for finding in doctor.examine(sys.path)] == ["glassgrad", "Python"]


def test_where_the_package_cannot_be_imported_the_doctor_runs(tmp_path: Path) -> None:
    for name in ("autograd", "nn"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc"))
    home = tmp_path / "autograd"
    (home / "tracer.py").touch()
    assert "ClashError" in python("-m", "autograd", "a", "a=2", path=tmp_path).stderr
    done = python("-m", "autograd", "doctor", path=tmp_path)
    assert done.returncode == 1, done.stderr
    assert f"{home}, where glassgrad was installed last" in done.stdout
    (home / "__init__.py").write_text("import no_module_of_this_name\n")
    done = python(home / "doctor.py", path=tmp_path)
    assert done.returncode == 1, done.stderr
    assert f"{home}, where HIPS autograd was installed last" in done.stdout
    assert "No module named 'no_module_of_this_name'" in done.stdout


@pytest.mark.parametrize("name", ["autograd", "nn"])
def test_a_users_file_that_is_found_first_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").touch()
    found = broken(doctor._clashes([str(tmp_path), *sys.path]))
    assert str(tmp_path / f"{name}.py") in found["clash"]
    assert broken(doctor._clashes([*sys.path, str(tmp_path)])) == {}


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("numpy.py", "raise ImportError('built for another Python')", "built for another Python"),
        ("numpy.py", "import os; os._exit(3)", "exit code 3"),
        ("nn.py", "import autograd\nautograd.Value.tanh = autograd.Value.sigmoid", "expected"),
        ("nn.py", WRONG, "erf has a wrong derivative"),
    ],
)
def test_what_breaks_the_gradient_does_not_end_the_report(
    tmp_path: Path, file: str, text: str, named: str
) -> None:
    (tmp_path / file).write_text(text)
    assert named in broken([doctor.gradient([str(tmp_path), *sys.path])])["gradient"]


def test_a_process_that_hangs_or_cannot_start_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Timeout" in broken([doctor.gradient(sys.path, seconds=0.001)])["gradient"]
    monkeypatch.setattr(sys, "executable", "/no/python")
    assert "gradient" in broken([doctor.gradient(sys.path)])
