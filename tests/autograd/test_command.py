"""``python -m autograd``: what it prints, the files it writes, and how it ends."""

from __future__ import annotations

import io
import os
import re
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

ROOT = Path(__file__).parents[2]
EXAMPLE = ["(a*b + c).tanh()", "a=2", "b=-3", "c=10"]
PRINTED = """\
node            data       grad     local
L = tanh      0.9993          1
└─ v2 = +          4   0.001341  0.001341
   ├─ v1 = *      -6   0.001341         1
   │  ├─ a         2  -0.004023        -3
   │  └─ b        -3   0.002682         2
   └─ c           10   0.001341         1
where v1 = a * b
      v2 = v1 + c

Gradients
dL/da = -0.004023
dL/db = 0.002682
dL/dc = 0.001341

Why
dL/da = (dL/dv2)(dv2/dv1)(dv1/da) = 0.001341 x 1 x -3 = -0.004023

dL/db = (dL/dv2)(dv2/dv1)(dv1/db) = 0.001341 x 1 x 2 = 0.002682

dL/dc = (dL/dv2)(dv2/dc) = 0.001341 x 1 = 0.001341
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command here: its exit code, what it printed, and what it complained of."""

    def run(*words: str) -> tuple[int, str, str]:
        code = command.main(words)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


def shell(*words: str, **settings: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings.pop("environment", {})}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "autograd", *words],
        env=environment, timeout=60, check=False,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings},
    )  # fmt: skip


# --- what it prints -------------------------------------------------------------------------------


def test_it_prints_the_tree_the_gradients_and_the_explanation(run: Any) -> None:
    assert run(*EXAMPLE) == (0, PRINTED, "")


def test_as_a_module_it_prints_the_same(tmp_path: Path) -> None:
    done = shell(*EXAMPLE, cwd=tmp_path, environment={"PYTHONIOENCODING": "utf-8"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == PRINTED.splitlines()


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


def test_the_steps_of_both_passes_are_printed_when_asked_for(run: Any) -> None:
    code, printed, _ = run("a*b - 1", "a=2", "b=-3", "--steps")
    assert code == 0
    expected = """\
Forward
  1. v1 = a * b = 2 * (-3) = -6
  2. L = v1 - 1 = (-6) - 1 = -7

Backward, along each edge: upstream x local = contribution, and the total so far
  1. L -> v1: 1 x 1 = 1, total 1
  2. L -> 1: 1 x (-1) = -1, total -1
  3. v1 -> a: 1 x (-3) = -3, total -3
  4. v1 -> b: 1 x 2 = 2, total 2

Gradients
"""
    assert expected in printed


def test_the_rules_are_printed_when_asked_for(run: Any) -> None:
    reason = "each factor is scaled by the other one"
    assert reason in run("a*b + 1", "a=2", "b=3", "--rules")[1]
    assert reason not in run("a*b + 1", "a=2", "b=3")[1]


def test_top_says_how_many_paths_are_shown(run: Any) -> None:
    assert "and 2 more paths" in run("a*a*a", "a=2", "--top", "1")[1]
    assert "more path" not in run("a*a*a", "a=2")[1]


def test_of_many_nodes_the_first_twenty_are_defined(run: Any) -> None:
    printed = run("a" + ".sin()" * 31, "a=2")[1]
    assert "      v20 = sin(v19)\n      ... and 10 more, which --steps shows\n" in printed


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["a * 2", "a=1"], "L"), (["loss = a * 2", "a=1"], "loss"), (["L * 2", "L=1"], "y"),
        (["a * 2", "a=1", "L=1"], "y"), (["L * y", "L=1", "y=2"], "out"),
        (["L * y * out", "L=1", "y=2", "out=3"], "out2"), (["a", "a=1"], "a"),
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
        ("-pi/4", -0.7854), ("2**-1", 0.5), ("inf", float("inf")), ("nan", float("nan")),
    ],
)  # fmt: skip
def test_a_value_is_a_number_or_an_expression_of_numbers(run: Any, text: str, value: float) -> None:
    code, printed, _ = run("a + 1", f"a={text}")
    assert code == 0
    assert re.search(r"─ a +(\S+)", printed)[1] == f"{value:.4g}"  # type: ignore[index]


def test_a_name_is_read_as_python_reads_it_and_hides_a_constant(run: Any) -> None:
    assert run("𝑥 + ﬁ", "ﬁ=2", "𝑥=1")[0] == 0
    assert run("e * 2", "e=5")[1].splitlines()[2].split() == ["├─", "e", "5", "2", "2"]


def test_an_expression_may_begin_with_a_minus_and_options_stand_anywhere(run: Any) -> None:
    first = run("-a*b", "a=2", "b=-3", "--steps")
    assert first[0] == 0
    assert run("--steps", "-a*b", "a=2", "b=-3") == first
    assert run("-a*b", "a=2", "--steps", "b=-3", "--top", "10") == first
    assert "dL/da = -1\n" in run("-a", "a=2")[1]


def test_variables_that_are_not_used_are_noted_and_no_error(run: Any) -> None:
    code, printed, said = run("a * 2", "a=1", "b=2", "c=3")
    assert (code, said) == (0, "note: not in the expression: b, c\n")
    assert "dL/da" in printed
    assert "dL/db" not in printed
    assert run("2 * 3", "b=2") == (0, "6.0\n", "note: not in the expression: b\n")


# --- help -----------------------------------------------------------------------------------------


def test_without_words_it_prints_a_short_help_with_an_example(run: Any) -> None:
    code, printed, said = run()
    assert (code, said) == (0, "")
    assert 'python -m autograd "(a*b + c).tanh()" a=2 b=-3 c=10' in printed
    assert len(printed.splitlines()) < 10


def test_the_help_names_every_option_and_its_examples_run(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shlex

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


def test_the_version_is_the_packages(run: Any) -> None:
    assert run("--version") == (0, f"glassgrad {__version__}\n", "")


# --- files ----------------------------------------------------------------------------------------


def test_the_page_and_the_picture_are_written_and_named(run: Any, tmp_path: Path) -> None:
    page, picture = tmp_path / "page.html", tmp_path / "graph.dot"
    code, printed, _ = run(*EXAMPLE, "--html", str(page), "--svg", str(picture))
    assert code == 0
    assert printed == f"{PRINTED}\nWrote {page}, {picture}\n"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    a, b, c = Value(2.0, name="a"), Value(-3.0, name="b"), Value(10.0, name="c")
    output = evaluate("L = (a*b + c).tanh()", {"a": a, "b": b, "c": c})
    output.backward()
    names = {"v1": output.parents[0].parents[0], "v2": output.parents[0]}
    assert picture.read_text(encoding="utf-8") == draw(output, names=names).source


def test_a_picture_may_be_svg(run: Any, tmp_path: Path) -> None:
    code, _, said = run(*EXAMPLE, "--svg", str(tmp_path / "graph.svg"))
    if "drawing needs Graphviz" in said:
        pytest.skip("no Graphviz")
    assert (code, said) == (0, "")
    assert "<svg" in (tmp_path / "graph.svg").read_text(encoding="utf-8")


def test_without_graphviz_the_message_says_what_to_install(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise MissingExtraError('drawing needs Graphviz; run: pip install "glassgrad[dot]"')

    monkeypatch.setattr("autograd.show.drawing.Drawing.save", missing)
    said = run(*EXAMPLE, "--svg", str(tmp_path / "graph.svg"))
    message = 'python -m autograd: drawing needs Graphviz; run: pip install "glassgrad[dot]"\n'
    assert said == (2, "", message)


@pytest.mark.parametrize("option", ["--html", "--svg"])
def test_a_file_that_cannot_be_written_is_named(run: Any, option: str, tmp_path: Path) -> None:
    path = tmp_path / "missing" / "graph.dot"
    code, printed, said = run(*EXAMPLE, option, str(path))
    assert (code, printed) == (2, "")
    where = f"cannot write {path.parent}: no such folder; make it first"
    assert said == f"python -m autograd: {where}\n"


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a*b", "a=2"], "no variable or function 'b'; give it a value: b=2\n  a*b\n    ^\n"),
        (["tahn(a)", "a=2"], "no function 'tahn'; did you mean tanh?\n  tahn(a)\n  ^\n"),
        (["a^2", "a=2"], "^ is not a power here; write **\n  a^2\n   ^\n"),
        (["a +", "a=2"], "invalid syntax; write it as in Python\n  a +\n     ^\n"),
        ([""], "expression expects 1 to 5,000 characters, got 0; write a*b"),
        (["a*b", "a"], "NAME=NUMBER is expected after the expression, got 'a'; write a=2, and put "
         "the expression in quotes\n"),
        (["a", "a=2", "a=3"], "'a=3': a is given twice; give it once\n"),
        (["a", "2=3"], "'2=3': '2' cannot be a name; write one such as w1=2\n"),
        (["a", "if=3"], "'if=3': 'if' cannot be a name; write one such as w1=2\n"),
        (["a", "=3"], "'=3': '' cannot be a name; write one such as w1=2\n"),
        (["a", "a=two"], "'a=two' expects a number, got 'two'; write 2, -3, 1e-3 or pi/4\n"),
        (["a", "a="], "'a=' expects a number, got ''; write 2, -3, 1e-3 or pi/4\n"),
        (["a", "a=b=3"], "'a=b=3' expects a number, got 'b=3'; write 2, -3, 1e-3 or pi/4\n"),
        (["a", "a=2", "--top", "0"], "argument --top: expects a whole number from 1 on, got '0'"),
        (["a", "a=2", "--top", "-1"], "argument --top: expects a whole number from 1 on, got '-1'"),
        (["a", "a=2", "--tip"], "unrecognized arguments: --tip; see --help\n"),
        (["a", "a=2", "--html"], "argument --html: expected one argument; see --help\n"),
        (["--steps"], "an expression is missing; write, say, python -m autograd"),
        (["2*3", "--steps"], "a number alone has no graph; make it a variable, such as a=2\n"),
        (["2*3", "--svg", "x"], "a number alone has no graph; make it a variable, such as a=2\n"),
        (["a", "a=2", "--svg", "x.gif"], "expects a path that ends in .svg, .png, .pdf or .dot"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_message_and_exit_code_2(run: Any, words: list[str], message: str) -> None:
    code, printed, said = run(*words)
    assert (code, printed) == (2, "")
    assert said.startswith("python -m autograd: ")
    assert message in said


# --- endings --------------------------------------------------------------------------------------


def test_ctrl_c_ends_it_without_a_word(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "Expression", interrupted)
    assert run("a", "a=2") == (130, "", "")


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
def test_a_reader_that_goes_away_ends_it_without_a_word(tmp_path: Path) -> None:
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
    message = b"python -m autograd: cannot write the output: No space left on device; choose anothe"
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert len(done.stderr.splitlines()) == 1


def test_a_closed_output_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert command.main(["2 * 3"]) == 0


def test_where_the_trees_lines_cannot_be_shown_others_stand_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert command.main(["sigmoid(a) * b", "a=2", "b=3"]) == 0
    printed = stream.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
    assert "|- v1 = sigmoid" in printed  # the sigmoid's own sign is Greek
    assert "|  `- a" in printed


def test_a_terminal_without_unicode_gets_messages_that_it_can_show() -> None:
    done = shell("日本^2", environment={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 2
    assert b"^ is not a power here; write **" in done.stderr
