"""``python -m autograd``: what it prints, the files it writes, and how it ends."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograd import MissingExtraError, __version__, draw, tree
from autograd import __main__ as command
from autograd.analysis.explain import explain
from autograd.analysis.expression import evaluate
from autograd.core.value import Value
from tests.autograd.messages import naming

ROOT = Path(__file__).parents[2]
EXAMPLE = ["(a*b + c).tanh()", "a=2", "b=-3", "c=10"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command here: its exit code, what it printed, and what it complained of."""

    def run(*words: str) -> tuple[int, str, str]:
        code = command.main(words)
        return code, *capsys.readouterr()

    return run


def shell(*words: str, **settings: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings.pop("environment", {})}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "autograd", *words],
        env=environment, timeout=60, check=False,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings},
    )  # fmt: skip


# --- what it prints: the whole of it is in tests/snapshots ----------------------------------------


def test_as_a_module_it_prints_the_same(run: Any, tmp_path: Path) -> None:
    done = shell(*EXAMPLE, cwd=tmp_path, environment={"PYTHONIOENCODING": "utf-8"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == run(*EXAMPLE)[1].splitlines()


def test_tree_and_explanations_are_those_of_the_package_with_one_numbering(run: Any) -> None:
    a, b = Value(2.0, name="a"), Value(-3.0, name="b")
    output = evaluate("L = (a*b + a).tanh() * a", {"a": a, "b": b})
    output.backward()
    v3 = output.parents[0]
    v2 = v3.parents[0]
    names = {"v1": v2.parents[0], "v2": v2, "v3": v3}
    printed = run("(a*b + a).tanh() * a", "a=2", "b=-3")[1]
    assert printed.startswith(tree(output, names=names))
    for x in (a, b):
        assert str(explain(output, x, names=names)) in printed


def test_steps_rules_and_the_number_of_paths_are_as_asked_for(run: Any) -> None:
    plain = run("a*a*a", "a=2")[1]
    assert not re.search("Forward|each factor|more path", plain)
    assert re.search("Forward\n.*\n\nBackward", run("a*a*a", "a=2", "--steps")[1], re.DOTALL)
    assert "each factor is scaled by the other one" in run("a*a*a", "a=2", "--rules")[1]
    assert "and 2 more paths" in run("a*a*a", "a=2", "--top", "1")[1]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["a * 2", "a=1"], "L"), (["loss = a * 2", "a=1"], "loss"), (["L * 2", "L=1"], "y"),
        (["a * 2", "a=1", "L=1"], "y"), (["L * y", "L=1", "y=2"], "out"), (["a", "a=1"], "a"),
        (["L * y * out", "L=1", "y=2", "out=3"], "v2"),
    ],
)  # fmt: skip
def test_the_output_has_the_name_it_is_given_or_one_that_is_free(
    run: Any, words: list[str], name: str
) -> None:
    assert run(*words)[1].splitlines()[1].split()[0] == name


@pytest.mark.parametrize(
    ("words", "printed"),
    [(["2 * pi"], "6.283185307179586"), (["1/0"], "inf"), (["area = 3 * 4"], "area = 12.0")],
)
def test_without_variables_it_is_a_calculator(run: Any, words: list[str], printed: str) -> None:
    assert run(*words) == (0, printed + "\n", "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2.0), ("-3", -3.0), ("1e-3", 0.001), ("-.5", -0.5), ("1_000", 1000.0), ("pi", 3.142),
        ("-pi/4", -0.7854), ("2**-1", 0.5), ("-inf", -float("inf")), ("nan", float("nan")),
        ("infinity", float("inf")), (" 3", 3.0),
    ],
)  # fmt: skip
def test_a_value_is_a_number_or_an_expression_of_numbers(run: Any, text: str, value: float) -> None:
    code, printed, _ = run("a + 1", f"a={text}")
    assert code == 0
    assert re.search(r"─ a +(\S+)", printed)[1] == f"{value:.4g}"  # type: ignore[index]


def test_an_expression_may_begin_with_a_minus_and_options_stand_anywhere(run: Any) -> None:
    first = run("-h*b", "h=2", "b=-3", "--steps")
    assert first[0] == 0
    assert run("--steps", "-h*b", "h=2", "b=-3") == first
    assert run("-h*b", "h=2", "--steps", "b=-3", "--top", "10") == first


def test_a_name_is_read_as_python_reads_it(run: Any) -> None:
    expected = run("a * 2", "a=3")
    for word in ("a =3", " a = 3", "ａ=3"):
        assert run("a * 2", word) == expected
        assert run("ａ * 2", word) == expected


def test_what_follows_an_option_is_its_value_also_with_a_minus(run: Any) -> None:
    for option, value in (("--svg", "-x.svg"), ("--html", "-page"), ("--top", "-3")):
        code, printed, said = run("a*a", "a=2", option, value)
        assert (code, printed) == (2, "")
        assert f"argument {option}: " in said
    assert "'-3'" in said


def test_of_many_definitions_the_first_twenty_are_printed(run: Any) -> None:
    where = run("*".join(["tanh(a)"] * 12), "a=2")[1].split("\n\n")[0].partition("where ")[2]
    assert where.count("\n") == 20
    assert where.endswith("... and 2 more, which --steps shows")
    assert "more, which" not in run("*".join(["tanh(a)"] * 11), "a=2")[1].split("\n\n")[0]


def test_variables_that_are_not_used_are_noted_and_no_error(run: Any) -> None:
    code, printed, said = run("a * 2", "a=1", "b=2", "c=3")
    assert (code, said) == (0, "note: not in the expression: b, c\n")
    assert "dL/da" in printed
    assert "dL/db" not in printed


def test_the_help_names_every_option_and_its_examples_run(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, printed, said = run("--help")
    assert (code, said) == (0, "")
    for option in ("--html", "--svg", "--top", "--steps", "--rules", "--version", "-h"):
        assert option in printed
    examples = re.findall(r"^  python -m autograd (.*)$", printed, re.MULTILINE)
    assert len(examples) == 3
    for example in examples:
        assert run(*shlex.split(example.replace("graph.svg", "graph.dot")))[0] == 0
    assert {path.name for path in tmp_path.iterdir()} == {"page.html", "graph.dot"}
    assert run("--version") == (0, f"glassgrad {__version__}\n", "")


# --- files ----------------------------------------------------------------------------------------


def test_the_page_and_the_picture_are_written_and_named(run: Any, tmp_path: Path) -> None:
    page, picture = tmp_path / "page.html", tmp_path / "graph.dot"
    code, printed, _ = run("L = (a*b).tanh()", "a=2", "b=-3", "--html", str(page), "--svg",
                           str(picture))  # fmt: skip
    assert code == 0
    assert printed.endswith(f"\nWrote {page}, {picture}\n")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    output = evaluate("L = (a*b).tanh()", {x: Value(v, name=x) for x, v in (("a", 2), ("b", -3))})
    output.backward()
    drawing = draw(output, names={"v1": output.parents[0]})
    assert picture.read_text(encoding="utf-8") == drawing.source


def test_a_picture_may_be_svg(run: Any, tmp_path: Path) -> None:
    code, _, said = run(*EXAMPLE, "--svg", str(tmp_path / "graph.svg"))
    if "drawing needs Graphviz" in said:
        pytest.skip("no Graphviz")
    assert (code, said) == (0, "")
    assert "<svg" in (tmp_path / "graph.svg").read_text(encoding="utf-8")


def test_a_missing_extra_and_a_file_that_cannot_be_written_are_mistakes(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "missing" / "graph.dot"
    for option in ("--html", "--svg"):
        code, printed, said = run(*EXAMPLE, option, str(path))
        assert (code, printed) == (2, "")
        assert str(path.parent) in said

    def missing(*_: object, **__: object) -> None:
        raise MissingExtraError('run: pip install "glassgrad[dot]"')

    monkeypatch.setattr("autograd.show.drawing.Drawing.save", missing)
    code, printed, said = run(*EXAMPLE, "--svg", str(path))
    assert (code, printed) == (2, "")
    assert "glassgrad[dot]" in said


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["a*b", "a=2"], ["b=2"]), (["tahn(a)", "a=2"], ["tanh"]), ([""], ["1", "5,000"]),
        (["a*b", "a"], ["NAME=NUMBER", "'a'"]), (["a", "a=2", "a=3"], ["'a=3'", "a", "twice"]),
        (["a", "2=3"], ["'2=3'", "'2'", "name"]), (["a", "=3"], ["'=3'", "''", "name"]),
        (["a", "if=3"], ["'if'", "name"]), (["a", "None=3"], ["'None'", "name"]),
        (["a", "a="], ["'a='", "number", "''"]), (["a", "a=b=3"], ["'a=b=3'", "number", "'b=3'"]),
        (["a", "a=two"], ["'a=two'", "number", "'two'", "pi/4"]),
        (["a", "a=1, 2"], ["'a=1, 2'", "'1, 2'"]), (["a", "a=2", "--top", "0"], ["--top", "'0'"]),
        (["a", "a=2", "--top", "-1"], ["-1"]), (["a", "a=2", "--html"], ["--html"]),
        (["a", "a=2", "--tip"], ["--tip", "--help"]), (["--steps"], ["expression", "missing"]),
        (["2*3", "--steps"], ["number", "a=2"]), (["2*3", "--svg", "x"], ["number", "a=2"]),
        (["a", "a=2", "--svg", "x.gif"], ["Drawing.save", ".svg", "'x.gif'"]),
    ],
)  # fmt: skip
def test_a_mistake_is_one_message_and_exit_code_2(
    run: Any, words: list[str], named: list[str]
) -> None:
    code, printed, said = run(*words)
    assert (code, printed) == (2, "")
    assert re.match(naming("python -m autograd", *named), said), said


# --- endings --------------------------------------------------------------------------------------


def test_ctrl_c_ends_it_without_a_word(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "ParsedExpression", interrupted)
    assert run("a", "a=2") == (130, "", "")


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
def test_a_reader_that_goes_away_ends_it_without_a_word() -> None:
    for words in (EXAMPLE, ["--help"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = shell(*words, stdout=writing)
        os.close(writing)
        assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_an_output_that_cannot_be_written_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        done = shell(*EXAMPLE, stdout=full)
    assert done.returncode == 2
    assert done.stderr.startswith(b"python -m autograd: cannot write the output: No space left")
    assert len(done.stderr.splitlines()) == 1


def test_a_closed_output_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert command.main(["2 * 3"]) == 0


def test_where_a_sign_cannot_be_shown_others_stand_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in ("stdout", "stderr"):
        text = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        monkeypatch.setattr(sys, stream, text)
    assert command.main(["sigmoid(a) * b", "a=2", "b=3"]) == 0
    printed = sys.stdout.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
    assert "|- v1 = sigmoid" in printed  # the sigmoid's own sign is Greek
    assert "|  `- a" in printed
    assert command.main(["日本^2"]) == 2
    assert b"\n  ??^2\n" in sys.stderr.buffer.getvalue()  # type: ignore[attr-defined]
