"""The tool itself: which mutants it proposes, and what it makes of a test's fate."""

from __future__ import annotations

import shutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutation.__main__ import report
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.running import Result, Workshop
from tests.mutation.survivors import as_toml
from tests.mutation.targets import Target

ROOT = Path(__file__).resolve().parents[2]


def lines(source: str) -> list[str]:
    """What each line becomes, of a function whose body is ``source``."""
    body = "".join(f"    {line}\n" for line in source.splitlines())
    return [m.becomes for m in mutants(f"def f(a, b, c, *xs):\n{body}")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a = b + c", ["a = b - c"]),
        ("a = b * c", ["a = b / c"]),
        ("a = -b", ["a = b"]),
        ("a = b < c", ["a = b >= c", "a = b <= c"]),
        ("a = b in c", ["a = b not in c"]),
        ("a = b not in c", ["a = b in c"]),
        ("a = min(b, c)", ["a = max(b, c)"]),
        ("a = b.min(c)", []),
        ("a = 2.5", ["a = 3.5", "a = 1.5"]),
        ("a.b = c", ["pass"]),
        ("a, b[0] = c", ["pass", "a, b[1] = c", "a, b[-1] = c"]),
        ("a += b", ["pass"]),
        ("a(b)", ["pass"]),
        ("return a", ["return None"]),
        ("return None", []),
        ("raise a", ["pass"]),
        ("a = b if b and c else a", ["a = b if not (b and c) else a", "a = b if b or c else a"]),
        ("for a in xs: b = a", ["for a in []: b = a"]),
        ("while not a: break", ["while  a: break", "while not a: continue"]),
        ("a: dict[str, b | c] = True", ["a: dict[str, b | c] = False"]),
        ("a = f(b, points=(1.0, 2.0))", []),
        ('"""A docstring."""', []),
    ],
)
def test_a_line_has_these_mutants_and_no_others(line: str, expected: list[str]) -> None:
    assert sorted(lines(line)) == sorted(expected)


def test_annotations_and_what_is_for_type_checkers_alone_are_left_as_they_are() -> None:
    source = "if TYPE_CHECKING:\n    a = 1\ndef f(x: A | B = 1, *ys: A | B) -> A | B: ...\n"
    assert [m.becomes for m in mutants(source)] == [
        "def f(x: A | B = 2, *ys: A | B) -> A | B: ...",
        "def f(x: A | B = 0, *ys: A | B) -> A | B: ...",
    ]


def test_a_mutant_changes_one_place_of_the_whole_source_and_nothing_else() -> None:
    source = (ROOT / "autograd/core/graph.py").read_text()
    found = mutants(source)
    assert len({mutant.source for mutant in found}) == len(found) > 30
    before = source.splitlines()
    for mutant in found:
        after = mutant.source.splitlines()
        gone, new = Counter(before) - Counter(after), Counter(after) - Counter(before)
        assert gone != new
        assert mutant.was.splitlines()[0] in before[mutant.line - 1]


def test_equal_changes_in_one_function_are_counted_and_moving_them_down_changes_no_identity() -> (
    None
):
    source = "class A:\n    def f(self):\n        self.x = 1\n        self.y()\n        self.y()\n"
    found = mutants(source)
    moved = mutants("# a line more\n" + source)
    assert [m.identity for m in found] == [m.identity for m in moved]
    assert [m.identity for m in found][-2:] == [
        ("A.f", "self.y()", "pass", 1),
        ("A.f", "self.y()", "pass", 2),
    ]


def test_new_survivors_are_written_as_toml_that_reads_back() -> None:
    mutant = Mutant("f", 'a = "\\n"', "a = 'é'", 2, 1, "")
    (entry,) = tomllib.loads(as_toml([mutant]))["because"]
    assert entry["mutants"] == [
        {"where": "f", "was": mutant.was, "becomes": mutant.becomes, "count": 2}
    ]


def test_the_report_tells_known_from_new_and_names_listed_ones_that_were_killed() -> None:
    one, two, three = (Mutant("f", w, "b", 1, n, "") for n, w in enumerate("xyz"))
    results = [
        Result(one, "", "survived", "", 1.0),
        Result(two, "", "survived", "", 1.0),
        Result(three, "quick", "slow", "", 1.0),
    ]
    listed = {one.identity: "equivalent: so it is", three.identity: "once it lived"}
    text = report(Target("autograd/f.py", ()), results, listed)
    assert "3 mutants, 1 killed (0 by the broad tests, 1 by time, 0 by a crash)" in text
    assert "2 survived: 33.3 % killed" in text
    assert "1 known, 1 new" in text
    assert "autograd/f.py:0 f\n- x\n+ b\nknown: equivalent: so it is" in text
    assert "autograd/f.py:1 f\n- y\n+ b\nNEW" in text
    assert text.endswith("listed, but killed now: f: z -> b")


# --- a mutant's fate ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    root, folder = tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("copy")
    (root / "autograd").mkdir()
    (root / "autograd/small.py").write_text("def f(x):\n    return x + 1\n")
    (root / "tests").mkdir()
    shutil.copytree(ROOT / "tests/mutation", root / "tests/mutation")
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\npythonpath = ['.']\n")
    test = "from autograd.small import f\n\ndef test_{0}():\n    assert f({0}) == {1}\n"
    (root / "tests/test_quick.py").write_text(test.format(1, 2))
    (root / "tests/test_broad.py").write_text(test.format(2, 3))
    target = Target("autograd/small.py", ("tests/test_quick.py",), ("tests/test_broad.py",))
    made = Workshop(root, folder, target)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("becomes", "tier", "verdict", "by"),
    [
        ("return x + 1.0", "", "survived", ""),
        ("return x - 1", "quick", "failed", "tests/test_quick.py::test_1"),
        ("return x * 2", "broad", "failed", "tests/test_broad.py::test_2"),
        ("return nothing", "quick", "failed", "tests/test_quick.py::test_1"),
        ("import os; os.abort()", "quick", "crashed", ""),
        ("return len(bytearray(4 << 30))", "quick", "failed", "tests/test_quick.py::test_1"),
    ],
)
def test_a_mutant_is_killed_by_the_first_tier_that_fails(
    workshop: Workshop, becomes: str, tier: str, verdict: str, by: str
) -> None:
    mutant = Mutant("f", "", "", 1, 2, f"def f(x):\n    {becomes}\n")
    result = workshop.attempt(mutant)
    assert (result.tier, result.verdict, result.by) == (tier, verdict, by)


def test_an_endless_loop_is_stopped(workshop: Workshop) -> None:
    workshop.prepare("quick")
    source = "def f(x):\n    while True: pass\n"
    answer = workshop.ask(source, "quick", 1.0)
    assert (answer["verdict"], answer["by"]) == ("slow", "")


def test_tests_that_fail_without_a_mutant_are_refused(workshop: Workshop) -> None:
    kept = workshop.original
    workshop.original = "def f(x):\n    return 0\n"
    workshop.limits.clear()
    with pytest.raises(SystemExit, match="must pass before there are mutants; failed: tests/test_"):
        workshop.prepare("quick")
    workshop.original = kept


def test_tests_that_do_not_import_the_copy_are_refused(workshop: Workshop) -> None:
    (workshop.folder / "tests/test_quick.py").write_text("def test_nothing():\n    pass\n")
    workshop.limits.clear()
    with pytest.raises(SystemExit, match="do not import it from the copy"):
        workshop.prepare("quick")
