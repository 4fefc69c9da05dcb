"""The lessons are run (as doctests, by the settings in pyproject.toml), linked, and complete."""

from __future__ import annotations

import doctest
import re
import tomllib
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path

import pytest

from demos.__main__ import DEMOS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "demos" / "lessons"
INDEX = FOLDER / "README.md"
LESSONS = sorted(FOLDER.glob("[0-9]*.md"))
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def links_of(path: Path) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", text_of(path))


def test_there_are_six_lessons_and_the_index_lists_them_in_order() -> None:
    assert [path.name[0] for path in LESSONS] == list("123456")
    assert [link for link in links_of(INDEX) if link[0].isdigit()] == [p.name for p in LESSONS]
    assert {path.name for path in FOLDER.glob("*.md")} == {"README.md", *(p.name for p in LESSONS)}


@each_lesson
def test_a_lesson_is_among_the_files_that_pytest_runs_as_doctests(
    lesson: Path, request: pytest.FixtureRequest
) -> None:
    assert "demos/lessons" in request.config.getini("testpaths")
    assert any(fnmatch(lesson.name, glob) for glob in request.config.getoption("doctestglob"))
    assert len(doctest.DocTestParser().get_examples(text_of(lesson))) >= 25


@each_lesson
def test_no_line_of_a_lesson_is_skipped_or_shown_without_its_output(lesson: Path) -> None:
    assert "doctest:" not in text_of(lesson)
    # a block without a prompt is not run, and lesson 6 says so of its only one
    blocks = re.findall(r"```python\n(.*?)```", text_of(lesson), re.DOTALL)
    not_run = [block for block in blocks if not block.startswith(">>> ")]
    assert ["nn.data.mnist()" in block for block in not_run] == [True] * (lesson.name[0] == "6")


def test_the_lessons_take_an_hour_and_say_so_as_the_index_does() -> None:
    minutes = [int(m) for m in re.findall(r"^\| \[.*?\| (\d+) \|", text_of(INDEX), re.MULTILINE)]
    said = [re.search(r"^\*About (\d+) minutes\.\* At the end", text_of(p), re.M) for p in LESSONS]
    assert [int(match[1]) for match in said if match] == minutes
    assert len(minutes) == 6
    assert sum(minutes) <= 60


@each_lesson
def test_a_lesson_has_the_title_that_the_index_gives_it(lesson: Path) -> None:
    title = text_of(lesson).splitlines()[0].removeprefix("# ")
    assert f"[{title}]({lesson.name})" in text_of(INDEX)


@each_lesson
def test_a_lesson_closes_with_exercises_with_hints_and_solutions_that_run(lesson: Path) -> None:
    exercises, solutions = text_of(lesson).split("\n## Exercises\n")[1].split("\n## Solutions\n")
    numbers = re.findall(r"^(\d)\. ", exercises, re.MULTILINE)
    assert numbers in (["1", "2"], ["1", "2", "3"])
    assert exercises.count("(Hint:") == len(numbers)
    assert len(doctest.DocTestParser().get_examples(solutions)) >= len(numbers)


def test_each_lesson_leads_to_the_next_and_every_link_leads_somewhere() -> None:
    for lesson, following in pairwise(LESSONS):
        assert following.name in "\n".join(links_of(lesson)[-2:])
    for path in [INDEX, *LESSONS]:
        for link in links_of(path):
            assert (path.parent / link).is_file(), (path.name, link)


def test_every_demo_that_a_lesson_names_is_one() -> None:
    named = re.findall(r"python -m demos (\w+)", "".join(map(text_of, LESSONS)))
    assert len(named) >= 6
    assert set(named) <= set(DEMOS)


def test_the_source_distribution_carries_the_lessons() -> None:
    settings = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    assert "/demos" in settings["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
