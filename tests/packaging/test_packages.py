"""``.ci/packages.py`` tries what pyproject.toml promises."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest

from autograd import doctor

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "packages.py"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CLASSIFIERS = " ".join(PROJECT["classifiers"])


@pytest.fixture
def packages() -> ModuleType:
    if not SCRIPT.exists():
        pytest.skip("an sdist has no .ci")
    found = importlib.util.spec_from_file_location("packages", SCRIPT)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_every_python_that_is_promised_is_tried(packages: ModuleType) -> None:
    promised = re.findall(r"Python :: 3\.(\d+)", CLASSIFIERS)
    assert [int(minor) for minor in promised] == list(packages.MINORS)


def test_the_lowest_python_is_the_first_that_is_promised_and_the_one_the_doctor_asks_for() -> None:
    lowest = re.search(r"Python :: (3\.\d+)", CLASSIFIERS)
    assert lowest is not None
    assert PROJECT["requires-python"] == f">={lowest[1]}"
    assert lowest[1] == ".".join(map(str, doctor.OLDEST_PYTHON))


def test_the_tests_that_are_run_on_the_lowest_versions_are_there(packages: ModuleType) -> None:
    assert [path for path in packages.TELLING if not (ROOT / path).exists()] == []


def test_everything_that_is_needed_has_a_lowest_version() -> None:
    asked = [*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())]
    assert [line for line in asked if not line.startswith("glassgrad[") and ">=" not in line] == []


def test_a_program_that_ends_otherwise_than_expected_ends_the_whole_with_what_it_said(
    packages: ModuleType, tmp_path: Path
) -> None:
    command = [packages.sys.executable, "-c", "print('said'); raise SystemExit(3)"]
    with pytest.raises(SystemExit, match=r"said\n\nended with 3, expected 0"):
        packages.run(*command, folder=tmp_path)
    assert packages.run(*command, folder=tmp_path, code=3) == "said\n"


def test_a_named_python_that_cannot_be_run_is_told_of_once_and_left_out(
    packages: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GLASSGRAD_PYTHONS", str(tmp_path / "nowhere"))
    monkeypatch.setattr(packages.Path, "home", lambda: tmp_path)
    monkeypatch.setattr(packages.shutil, "which", lambda name: None)
    assert {found for _, found in packages.other_pythons()} == {None}
    assert capsys.readouterr().out.count("nowhere") == 1
