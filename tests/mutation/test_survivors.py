"""The committed lists of survivors: each with a reason, and none of a line that is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.rows import rows_of
from tests.mutation.survivors import FOLDER, known
from tests.mutation.targets import GROUPS, TARGETS, find

ROOT = Path(__file__).resolve().parents[2]
LISTED = sorted(path.stem for path in (ROOT / FOLDER).glob("*.toml"))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_tests_of_every_target_exist(target) -> None:  # type: ignore[no-untyped-def]
    for path in (target.path, *target.quick, *target.broad):
        name, _, test = path.partition("::")
        assert test in (ROOT / name).read_text(), path


def module(name: str) -> Path:
    paths = [ROOT / target.path for target in TARGETS if target.name == name]
    paths += sorted((ROOT / "autograd").rglob(f"{name}.py"))
    return paths[0]


@pytest.mark.parametrize("name", LISTED)
def test_every_listed_survivor_has_a_reason_and_is_of_a_line_that_is_there(name: str) -> None:
    source = {line.strip() for line in module(name).read_text().splitlines()}
    for (_, was, becomes, _), reason in known(ROOT, name).items():
        assert len(reason) > 10
        gone = [line for line in was.splitlines() if line.strip() not in source]
        assert not gone, f"take this out of {FOLDER / name}.toml: {was!r} -> {becomes!r}"


def test_a_survivor_without_a_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir(parents=True)
    entry = '[[because]]\nreason = " "\nmutants = [{ where = "f", was = "a", becomes = "b" }]\n'
    (tmp_path / FOLDER / "ops.toml").write_text(entry)
    with pytest.raises(SystemExit, match=r"ops\.toml: say why, in reason, of .*'was': 'a'"):
        known(tmp_path, "ops")


def test_a_target_is_found_by_name_by_path_by_group_and_by_its_mirror() -> None:
    assert find("table", ROOT) == find("autograd/core/table.py", ROOT)
    assert [target.name for target in find("core", ROOT)] == list(GROUPS["core"])
    (other,) = find("autograd/analysis/gradcheck.py", ROOT)
    assert other.quick == ("tests/autograd/analysis/test_gradcheck.py",)


def test_an_unknown_target_is_refused_with_those_there_are() -> None:
    with pytest.raises(SystemExit, match=r"a module's path or one of table, value.*; got 'tabel'"):
        find("tabel", ROOT)
    with pytest.raises(
        SystemExit, match=r"autograd/_util/gc_pause.py has no tests/autograd/_util/test_gc"
    ):
        find("autograd/_util/gc_pause.py", ROOT)


def test_a_helper_is_about_the_rows_that_reach_it_and_what_all_use_about_none() -> None:
    about = rows_of((ROOT / "autograd/core/table.py").read_text())
    assert about["sin"] == ["sin"]
    assert about["_gap"] == ["logsumexp"]
    assert sorted(about["_share_of_larger"]) == ["maximum", "minimum"]
    assert "_row" not in about
    assert rows_of("def f(x):\n    return g(x)\n") == {}
