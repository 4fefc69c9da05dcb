"""``python -m autograd doctor``: what it finds right and wrong, and that it gets there."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import __main__ as command
from autograd import doctor
from autograd.core import table as ops
from autograd.doctor import clashes, examination, installed, selfcheck, trial
from autograd.doctor.finding import Finding
from autograd.show import graphviz as render

ROOT = Path(__file__).parents[2]


def lines(findings: Any) -> list[str]:
    return [f"{finding.state}: {finding.text}" for finding in findings]


def python(*words: str, path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False,
        env=environment, cwd=folder,
    )  # fmt: skip


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with both packages, to spoil."""
    for name in ("autograd", "nn"):
        ignored = shutil.ignore_patterns("__pycache__", "*.npz")
        shutil.copytree(ROOT / name, tmp_path / "place" / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "place")
    return tmp_path / "place"


# --- the command ----------------------------------------------------------------------------------


def test_a_sound_installation_is_well_from_its_versions_to_what_is_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["doctor"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith(f"ok  glassgrad  {autograd.__version__}, in ")
    assert printed[-1] == "All is well."
    about = [line[4:14].rstrip() for line in printed[:-1]]
    assert [word for word in about if word != "settings"] == [
        "glassgrad", "installed", "Python", "platform", "numpy", "graphviz",
        *[f"[{extra}]" for extra in installed.EXTRAS],
        "clash", "BLAS", "import", "gradient", "table", "compiled", "drawing",
    ]  # fmt: skip
    assert not [line for line in printed if line.startswith("!!")]


def test_as_json_each_finding_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found[0]["about"] == "glassgrad"
    assert {tuple(finding) for finding in found} == {("about", "text", "state")}


def test_a_variable_called_doctor_still_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["doctor * 2", "doctor=3"]) == 0
    assert command.main(["doctor", "doctor=3"]) == 0
    assert "dL/ddoctor = 2" in capsys.readouterr().out


def test_another_word_is_refused_and_help_needs_no_look_at_anything(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["doctor", "who"]) == 2
    said = capsys.readouterr()
    expected = "python -m autograd doctor: expects nothing or --json, got 'who'\n"
    assert (said.out, said.err) == ("", expected)
    assert command.main(["doctor", "--help"]) == 0
    assert "usage: python -m autograd doctor [--json]" in capsys.readouterr().out


def test_something_broken_is_counted_marked_and_gives_exit_code_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [Finding("numpy", "missing", "broken"), Finding("nn", "gone", "broken")]
    monkeypatch.setattr(examination, "examine", lambda: found)
    assert doctor.run([]) == (
        "!!  numpy      missing\n!!  nn         gone\n2 things are broken: see !!",
        1,
    )
    monkeypatch.setattr(examination, "examine", lambda: [Finding("[plot]", "missing", "note")])
    assert doctor.run([]) == ("--  [plot]     missing\nAll is well.", 0)


def test_the_users_own_folder_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("USERPROFILE", "/home/ada")
    assert doctor.report([Finding("x", f"/home/ada{os.sep}venv /home/adam/venv")]).startswith(
        f"ok  x          ~{os.sep}venv /home/adam/venv\n"
    )


def test_what_it_says_itself_is_ascii() -> None:
    for module in (clashes, examination, installed, selfcheck, trial):
        assert Path(module.__file__).read_text(encoding="utf-8").isascii(), module


# --- where the installation is spoilt -------------------------------------------------------------


def test_with_hips_autograd_among_our_files_the_command_gets_there_and_tells(copied: Path) -> None:
    (copied / "autograd" / "tracer.py").touch()
    done = python("-m", "autograd", "doctor", path=copied, folder=copied)
    assert done.returncode == 1, done.stderr
    assert "lies in the same folder" in done.stdout
    assert "where glassgrad was installed last; run: pip uninstall autograd" in done.stdout
    assert "!!  import     ClashError: " in done.stdout
    # and only the doctor gets there
    other = python("-m", "autograd", "a", "a=2", path=copied, folder=copied)
    assert "ClashError" in other.stderr


def test_with_a_file_of_ours_gone_the_doctors_folder_can_be_run(copied: Path) -> None:
    (copied / "autograd" / "errors.py").unlink()
    assert python("-m", "autograd", "doctor", path=copied, folder=copied).stdout == ""
    doctors = copied / "autograd" / "doctor"
    done = python(str(doctors), path=copied, folder=copied.parent)
    assert done.returncode == 1, done.stderr
    assert "!!  import     ModuleNotFoundError: No module named 'autograd.errors'" in done.stdout
    assert "ok  BLAS       numpy" in done.stdout


# --- what is tried --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numpy", "said"),
    [
        (
            "raise ImportError('built for\\nanother Python')",
            "ImportError: built for another Python",
        ),
        (
            "import os, sys; print('hello', file=sys.stderr, flush=True); os._exit(3)",
            "code 3: hello",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
    ],
)
def test_a_numpy_that_is_broken_or_crashes_harms_no_one(
    tmp_path: Path, numpy: str, said: str
) -> None:
    (tmp_path / "numpy.py").write_text(f"print('noise')\n{numpy}\n")
    found = list(trial.trial([str(tmp_path), str(ROOT), *sys.path]))
    assert found[-1].state == "broken"
    assert said in found[0].text


def test_files_of_a_user_in_place_of_numpy_and_nn_are_named(tmp_path: Path) -> None:
    (tmp_path / "nn.py").touch()
    found = list(trial.trial([str(tmp_path), str(ROOT), *sys.path]))
    expected = f"ImportError: autograd is in {ROOT}, but nn is {tmp_path / 'nn.py'}"
    assert (found[1].text, found[1].state) == (expected, "broken")
    assert len(found) == 2  # the rest would say the same
    (tmp_path / "numpy.py").touch()
    first = next(iter(trial.trial([str(tmp_path), str(ROOT), *sys.path])))
    expected = f"import numpy finds {tmp_path / 'numpy.py'}, which is no NumPy; rename that file"
    assert first.text == f"ImportError: {expected}"


def test_what_takes_too_long_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("import time; time.sleep(60)\n")
    found = lines(trial.trial([str(tmp_path), *sys.path], seconds=0.3))
    assert found == ["broken: was stopped after 0.3 seconds"]


def test_without_a_python_to_start_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/python")
    (said,) = lines(trial.trial([]))
    assert said.startswith("broken: could not be run: ")


def test_a_wrong_derivative_in_the_table_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ops.TABLE["tanh"]
    wrong = dataclasses.replace(right, partials=lambda m, y, x: (1.0 - y,))
    monkeypatch.setitem(ops.TABLE, "tanh", wrong)
    text, state = selfcheck.outcome(selfcheck.table)
    assert state == "broken"
    assert text.startswith("ArithmeticError: tanh at (")


def test_a_wrong_gradient_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autograd.Value, "tanh", autograd.Value.sigmoid)
    assert selfcheck.outcome(selfcheck.gradient)[1] == "broken"


def test_a_compiled_loss_that_differs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    mean = autograd.mean  # type: ignore[attr-defined]
    monkeypatch.setattr(autograd, "mean", lambda values: mean(values) * (1.0 + 1e-9))
    text, state = selfcheck.outcome(selfcheck.compiled)
    assert state == "broken"
    assert "compiled" in text


def test_without_dot_the_drawing_is_a_note_that_names_both_installs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(render, "find_dot", lambda: None)
    text, state = selfcheck.outcome(selfcheck.drawing)
    assert state == "note"
    assert 'pip install "glassgrad[dot]", or install your system\'s package graphviz' in text


def test_a_dot_that_draws_nothing_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\nexit 5\n")
    program.chmod(0o755)
    monkeypatch.setattr(render, "find_dot", lambda: program)
    text, state = selfcheck.outcome(selfcheck.drawing)
    assert state == "broken"
    assert text.startswith("GraphError: Graphviz (")
