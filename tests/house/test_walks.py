"""CONTRIBUTING's walks, followed in copies of the checkout; and each step left out once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.house.walks import Edit, Walk, apply, walks, write

WALKS = walks((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
STEPS = [(walk, i) for walk in WALKS for i in range(len(walk.steps))]
NONE = -1
Outcome = tuple[int, str]  # how a walk's commands end, and what they print


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[list[Outcome]]]:
    """For each walk what becomes of it with each step left out, and in the end with none."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return {
            walk.name: pool.submit(outcomes_of, walk, tmp_path_factory.mktemp("walk"))
            for walk in WALKS
        }


def outcomes_of(walk: Walk, folder: Path) -> list[Outcome]:
    for name in ("autograd", "nn", "demos", "benchmarks", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "test_walks.py")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for path in [*ROOT.glob("*.md"), ROOT / "pyproject.toml"]:
        shutil.copy(path, folder)
    (folder / "promise.md").write_text(walk.promise, encoding="utf-8")
    found = []
    for left_out in [*range(len(walk.steps)), NONE]:
        steps = [step for i, step in enumerate(walk.steps) if i != left_out]
        before = apply([edit for step in steps for edit in step.edits], folder)
        found.append(run(walk, folder))
        if left_out == NONE and shutil.which("ruff") and found[NONE][0] == 0:
            found[NONE] = linted(list(before), folder)
        for path, text in before.items():
            write(path, text)
    return found


def run(walk: Walk, folder: Path) -> Outcome:
    """The walk's commands in order, up to the first that fails; the last one sees the promise."""
    promise = ["promise.md", "--doctest-glob=promise.md"] if walk.promise else []
    code, said = 0, ""
    for i, (program, *arguments) in enumerate(walk.commands):
        assert program == "pytest"
        arguments += promise if i == len(walk.commands) - 1 else []
        done = subprocess.run(
            [sys.executable, "-m", program, "-q", "-p", "no:cacheprovider", *arguments],
            capture_output=True, text=True, check=False, cwd=folder,
            env=os.environ | {
                "PYTHONPATH": str(folder), "MPLBACKEND": "Agg", "PYTEST_ADDOPTS": "-n0",
            },
        )  # fmt: skip
        code, said = done.returncode, done.stdout + done.stderr
        if code:
            break
    return code, said


def linted(paths: list[Path], folder: Path) -> Outcome:
    """What ruff says of the files that a walk has written, where it is installed."""
    said = ""
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = subprocess.run(
            ["ruff", *command, *map(str, paths)],
            capture_output=True, text=True, check=False, cwd=folder,
        )  # fmt: skip
        said += done.stdout + done.stderr
        if done.returncode:
            return done.returncode, said
    return 0, said


def test_there_is_a_walk_for_each_thing_that_newcomers_add() -> None:
    assert [walk.name for walk in WALKS] == [
        "An operation", "A pass of the compiler", "A loss", "A picture",
    ]  # fmt: skip
    for walk in WALKS:
        assert walk.commands
        assert all(step.edits and step.without for step in walk.steps), walk.name


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.name)
def test_a_walk_leads_where_it_says(walk: Walk, outcomes: dict[str, Future[list[Outcome]]]) -> None:
    code, said = outcomes[walk.name].result()[NONE]
    assert code == 0, said


@pytest.mark.parametrize(
    ("walk", "step"), STEPS, ids=[f"{walk.name}, step {i + 1}" for walk, i in STEPS]
)
def test_a_step_left_out_is_told_by_the_walks_own_commands(
    walk: Walk, step: int, outcomes: dict[str, Future[list[Outcome]]]
) -> None:
    code, said = outcomes[walk.name].result()[step]
    assert code != 0, "nothing complains"
    assert walk.steps[step].without in said, said


# --- the reader of walks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "line", "after"),
    [
        ("above", "b", "a\nX\n  b\nc\nc\n"),
        ("below", "b", "a\n  b\nX\nc\nc\n"),
        ("in place of", "b", "a\nX\nc\nc\n"),
        ("at the end", "", "a\n  b\nc\nc\n\n\nX\n"),
        ("a new file", "", "X\n"),
    ],
)
def test_a_block_goes_where_it_says(place: str, line: str, after: str) -> None:
    assert Edit("some.py", place, line, "X\n").applied_to("a\n  b\nc\nc\n") == after


def test_a_definition_stands_apart_from_the_line_that_it_goes_above() -> None:
    for text, gap in (("def f(): ...\n", "\n\n"), ("import b\n", ""), ("    1,\n", "")):
        assert Edit("some.py", "above", "c", text).applied_to("a\nc\n") == f"a\n{text}{gap}c\n"


@pytest.mark.parametrize(("line", "n"), [("c", 2), ("d", 0)])
def test_a_place_that_is_not_one_line_is_refused(line: str, n: int) -> None:
    with pytest.raises(ValueError, match=rf"some\.py has {n} lines '{line}', not 1"):
        Edit("some.py", "above", line, "X\n").applied_to("a\n  b\nc\nc\n")


def test_a_block_that_does_not_say_where_it_goes_is_refused() -> None:
    text = "\n## Adding something\n\n### Tea\n\n1. Pour.\n\n```python\npour()\n```\n"
    with pytest.raises(ValueError, match="Tea: a block does not say where it goes"):
        walks(text)
