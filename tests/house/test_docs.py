"""What is public is documented, each example runs, and the pages name the files that are there."""

from __future__ import annotations

import doctest
import inspect
import re
import types
from collections.abc import Iterator
from typing import Any

import pytest

import autograd
import nn
from autograd.core.table import TABLE
from autograd.functions.functions import FUNCTIONS
from tests.house.sources import ROOT, docstrings, short, sources
from tests.house.walks import walks

# Data and names for types: what they are is said where they are defined.
NO_FUNCTIONS = {
    "nn.losses.LOSSES", "nn.losses.Loss", "nn.optim.Schedule", "nn.plots.COLOURS",
}  # fmt: skip
# What is used in no example, and why.
NO_EXAMPLE = {
    "autograd.Explanation": "explain returns it, and has examples",
    "autograd.Explanation.latex": "longer than anybody reads in a docstring",
    "autograd.ForwardStep": "forward_steps yields it, and has an example",
    "autograd.Step": "steps yields it, and has an example",
    "autograd.WrongOrder": "wrong_order returns it, and has an example",
    "nn.callbacks.Rows": "the kind of run.rows, which Run has in its example",
}
NOT_RUN = {"demos/lessons/6-digits.md": "all of MNIST is fetched, and trained on for minutes"}
# fit calls these, and nobody else; Callback and Run show one of them each
HOOKS = {"on_start", "on_step", "on_epoch", "on_end"}


def public() -> Iterator[tuple[str, Any]]:
    """Every public function, class and method with the name by which users know it, once."""
    found: dict[int, str] = {}
    packages = {"autograd": autograd, "nn": nn} | {
        f"nn.{name}": thing for name, thing in vars(nn).items()
        if name in nn.__all__ and isinstance(thing, types.ModuleType)
    }  # fmt: skip
    for path, package in packages.items():
        names = list(getattr(package, "__all__", ()))
        for name in [*names, "compile", *FUNCTIONS] if package is autograd else names:
            thing = getattr(package, name)
            if isinstance(thing, types.ModuleType) or f"{path}.{name}" in NO_FUNCTIONS:
                continue
            for inner, member in [("", thing), *members(thing)]:
                # a property may be read by what is no function of ours, as Value.data is
                getter = getattr(member, "fget", None)
                function = getter if inspect.isfunction(getter) else member
                function = getattr(function, "__func__", function)
                if id(function) not in found:
                    found[id(function)] = name
                    yield f"{path}.{name}{inner}", function


def members(thing: Any) -> Iterator[tuple[str, Any]]:
    """The public methods and properties of a class of ours, those of its bases too."""
    for kind in thing.__mro__ if inspect.isclass(thing) else ():
        if kind.__module__.split(".")[0] in ("autograd", "nn"):
            for name, member in vars(kind).items():
                is_method = callable(member) or isinstance(member, (property, classmethod))
                if is_method and not name.startswith("_"):
                    yield f".{name}", member


PUBLIC = dict(public())


def words_of_examples() -> set[str]:
    """Every name in an example, or in what an example prints, such as that of an error."""
    texts = [text for path in sources("autograd", "nn") for text in docstrings(path)]
    for path in [ROOT / "README.md", *sorted((ROOT / "demos/lessons").glob("*.md"))]:
        texts.append(path.read_text(encoding="utf-8"))
    examples = [e for text in texts for e in doctest.DocTestParser().get_examples(text)]
    return {w for e in examples for w in re.findall(r"\w+", e.source + e.want)}


def test_everything_public_has_a_docstring_that_begins_with_a_sentence() -> None:
    assert len(PUBLIC) > 250
    for path, thing in PUBLIC.items():
        text = inspect.cleandoc(thing.__doc__ or "")
        assert text, f"{path} has no docstring"
        first = " ".join(text.split("\n\n")[0].split())
        assert first.endswith((".", ":")), f"{path}: {first!r} is no sentence"


def test_everything_public_has_an_example_or_is_in_one() -> None:
    used, without = words_of_examples(), []
    for path, thing in PUBLIC.items():
        name = path.split(".")[-1]
        is_error = inspect.isclass(thing) and issubclass(thing, (Exception, Warning))
        # a row's tests are its examples; an error's message is in a test: see test_messages.py
        if not (is_error or name in TABLE or name in HOOKS or name in used):
            without.append(path)
    assert sorted(without) == sorted(NO_EXAMPLE)
    assert all(NO_EXAMPLE.values())


def test_a_list_of_arguments_in_a_docstring_has_all_of_them_in_order() -> None:
    found = 0
    for path, thing in PUBLIC.items():
        text = inspect.cleandoc(thing.__doc__ or "")
        if "\nArgs:\n" not in text or not inspect.isfunction(thing):
            continue
        found += 1
        section = text.split("\nArgs:\n")[1].split("\n\n")[0]
        documented = re.findall(r"^ {4}(\w+(?:, \w+)*):", section, flags=re.MULTILINE)
        named = [name for line in documented for name in line.split(", ")]
        assert named == [n for n in inspect.signature(thing).parameters if n != "self"], path
    assert found > 5


# --- CONTRIBUTING.md and the other pages ----------------------------------------------------------

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PAGES = [
    *sorted(ROOT.glob("*.md")), *sorted((ROOT / "autograd").rglob("*.md")),
    *sorted((ROOT / "demos").rglob("*.md")), *sorted((ROOT / "tests").rglob("*.md")),
]  # fmt: skip
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=short)


def rooms() -> set[str]:
    """The files and folders that CONTRIBUTING's table names, as places in the checkout."""
    found: set[str] = set()
    for line in CONTRIBUTING.splitlines():
        if line.startswith("| `"):
            folder = ""
            for name in re.findall(r"`([^`]+)`", line.split("|")[1]):
                if "/" in name:
                    folder = name[: name.rfind("/") + 1]
                found.add(name if "/" in name else folder + name)
    return found


def test_every_room_that_the_table_names_is_there() -> None:
    found = rooms()
    assert len(found) > 15
    assert [name for name in sorted(found) if not (ROOT / name).exists()] == []


def test_every_module_of_nn_is_in_a_room_that_the_table_names() -> None:
    found = rooms()
    missing = []
    for path in sources("nn"):
        folders = [f"{short(parent)}/" for parent in path.parents if parent.is_relative_to(ROOT)]
        if path.stem != "__init__" and found.isdisjoint([short(path), *folders]):
            missing.append(short(path))
    assert not missing, f"add {', '.join(missing)} to the table in CONTRIBUTING.md"


def test_files_that_the_table_describes_are_there() -> None:
    # the right-hand column names files of a folder: graphs.py in the row of tests/
    for line in CONTRIBUTING.splitlines():
        if line.startswith("| `") and line.count("|") == 3:
            _, left, right, _ = line.split("|")
            folders = re.findall(r"`([^`]+/)`", left)
            for name in re.findall(r"`(\w+\.(?:py|js))`", right):
                if folders:
                    assert list(ROOT.rglob(f"{folders[0]}{name}")), f"{name} in {line}"


FOLDERS = sorted(
    {path.parent for kind in ("py", "js", "css") for path in (ROOT / "autograd").rglob(f"*.{kind}")}
)


@pytest.mark.parametrize("folder", FOLDERS, ids=short)
def test_every_folder_of_autograd_has_a_readme_that_names_its_files_and_no_others(
    folder: Any,
) -> None:
    readme = folder / "README.md"
    assert readme.exists(), f"write {short(readme)}: what is in it, what flows through it, and why"
    text = readme.read_text(encoding="utf-8")
    lines = text.splitlines()
    # the compiler's follows one function through all of it
    most = 260 if folder == ROOT / "autograd/compiler" else 80
    assert len(lines) <= most, f"{short(readme)} is longer than a page"
    assert max(map(len, lines)) <= 110, f"{short(readme)} has lines of more than 110 characters"
    files = {path.name for path in folder.iterdir() if path.suffix in (".py", ".js", ".css")}
    missing = sorted(name for name in files - {"__init__.py"} if f"`{name}`" not in text)
    assert not missing, f"say in {short(readme)} what {', '.join(missing)} is for"
    # a bare name is one of this folder's, one with a slash is from here or from the root
    named = re.findall(r"[\w./]*\w\.(?:py|js|css)\b", text)
    places = [name.rpartition("...")[2].lstrip("/") for name in named]
    gone = [
        p for p in places if not (folder / p).exists() and not ("/" in p and (ROOT / p).exists())
    ]
    assert not gone, f"{short(readme)} names {', '.join(gone)}, which is not there"


@EVERY_PAGE
def test_links_within_the_project_lead_somewhere(page: Any) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", text):
        place, _, anchor = "".join(target).partition("#")
        if "://" in place:
            continue
        there = (page.parent / place).resolve() if place else page
        assert there.exists(), f"{short(page)} links to {place}"
        if anchor:
            heads = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), flags=re.M)
            slugs = [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads]
            assert anchor in slugs, f"{short(page)} links to {place}#{anchor}"


@EVERY_PAGE
def test_every_block_of_code_is_run_or_is_marked_as_shell(page: Any) -> None:
    text = page.read_text(encoding="utf-8")
    walked = [
        edit.text for walk in walks(CONTRIBUTING) for step in walk.steps for edit in step.edits
    ]
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.M | re.S):
        if language in ("sh", "text"):
            continue
        assert language == "python", f"{short(page)}: a block marked {language!r}:\n{block}"
        is_run = block.startswith(">>>") or any(block.endswith(one) for one in walked)
        assert is_run or short(page) in NOT_RUN, (
            f"{short(page)}: a block that no test runs:\n{block}"
        )
