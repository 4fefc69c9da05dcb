"""Text on the command line that means harm, or nothing at all: refused, and never run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd.__main__ import main

pytest.importorskip("resource", reason="limits as on Unix")
ROOT = Path(__file__).parents[2]
START = "python -m autograd: "

HOSTILE = [
    "__import__('os').system('touch harm')", "__import__", "eval('1')", "exec('harm = 1')",
    "open('harm', 'w')", "breakpoint()", "exit()", "input()", "print(1)", "globals()", "vars(a)",
    "getattr(a, 'data')", "a.__class__", "().__class__.__bases__[0].__subclasses__()", "a.__dict__",
    "tanh.__globals__", "tanh.__call__(a)", "a.tanh.__self__", "a.backward()", "a.__init__(3)",
    "lambda: a", "(lambda: a)()", "[x for x in a]", "{x for x in a}", "sum(x for x in [a])",
    "{'a': a}", "'a'", "b'a'", "'a' * 10**9", "[0] * 10**9", "(a,) * 10**9", "f'{a}'",
    "f'{open(\"harm\", \"w\")}'", "'{0.__class__}'.format(a)", "'%s' % a", "(a := 5)", "a := 5",
    "*a", "[*a]", "tanh(*a)", "tanh(**a)", "a[0]", "a[::2]", "a if a else b", "a and b", "a < b",
    "a @ b", "a // b", "a % b", "a << 10**9", "~a", "await a", "(yield a)", "import os",
    "from os import *", "del a", "a; b", "a\nb", "def f(): pass", "class A: pass", "@a", "a: int",
    "global a", "assert a", "raise a", "with a: pass", "try: a\nexcept: a", "print a", "`a`", "a!",
    "ｅｖａｌ('1')", "𝐞𝐱𝐞𝐜('1')", "ｏｐｅｎ('harm')", "＿＿import＿＿('os')", "а + 1", "a\u200b+1",
    "a\u202e+1", "a\0", "\0", "a\x1b[31m", "\ud800", "a + \udcff", "\ufeffa", "²", "a²",
    "__class__", "__builtins__", "__name__", "_", "None", "True", "...", "1j", "1_000j", "0o777777",
    "a.", ".a", "a..tanh()", "a.1", "1.tanh()", "()", "[]", "{}", "(", ")", "[(])", "'", '"', "'''",
    "\\", "#", "%", "$a", "?", "", " ", "\t", "\n", "L =", "= a", "L = L", "L == a", "L = M = a",
    "9**9**9", "10**10**10**10", "1e999999999", "-" * 4000 + "1", "(" * 100_000 + ")" * 100_000,
    "a" * 100_000, "a+" * 100_000 + "a", "tanh(" * 1000 + "a" + ")" * 1000, "[" * 5000,
    "9" * 4999, "0x" + "f" * 4990, "1" + "0" * 4990 + ".0", "1e" + "1" * 4990, "lgamma(1e308)",
    "gamma(1e308)", "polygamma(a, order=10**9)", "leaky_relu(a, slope='1')", "sum(1)", "sum()",
    "dot([a], [])", "logsumexp([])", "maximum(a)", "where(a, a, a)", "choose(a, a)",
]  # fmt: skip

# Events of Python's own that evaluating must not cause. "compile" is: ast.parse is that.
PROGRAM = """
import contextlib, io, json, resource, sys, warnings
resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from autograd.__main__ import main

watched, seen = False, []
NAMES = ("exec", "open", "import", "os.", "subprocess.", "socket.", "ctypes.", "builtins.")

def hook(name, arguments):
    # for its own message on a mistake in syntax Python looks for a file that is called <unknown>
    if watched and name.startswith(NAMES) and arguments[:1] != ("<unknown>",):
        seen.append(f"{name} {arguments!r:.80}")

sys.addaudithook(hook)
texts = json.loads(sys.stdin.read())
for is_second in (False, True):  # the first time loads what an answer needs
    said = []
    for text in texts:
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            watched = is_second
            code = main([text, "a=2", "b=3"])
            watched = False
        said.append([code, out.getvalue(), error.getvalue()])
print("RESULT" + json.dumps([said, seen]))
"""
MEMORY = 3 * 1024**3  # bytes of addresses, of which NumPy alone reserves one


def test_hostile_text_is_refused_in_few_lines_and_nothing_of_it_is_run(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"MEMORY = {MEMORY}{PROGRAM}"],
        cwd=tmp_path, input=json.dumps(HOSTILE), text=True, capture_output=True, timeout=120,
        check=False,
        env={"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert (done.stderr, done.returncode) == ("", 0)
    said, seen = json.loads(done.stdout.partition("RESULT")[2])
    assert seen == []
    assert list(tmp_path.iterdir()) == []
    refused = 0
    for text, (code, printed, error) in zip(HOSTILE, said, strict=True):
        assert code in (0, 2), text
        if code == 2:
            refused += 1
            assert printed == "", text
            check_refusal(error)
    # what is left are numbers so large that they are inf, comments, and functions of numbers
    assert refused > len(HOSTILE) - 15


def check_refusal(said: str) -> None:
    """One message, the place where there is one, and nothing that a terminal would obey."""
    lines = said.removesuffix("\n").split("\n")
    assert lines[0].startswith(START)
    assert len(lines) in (1, 3)
    assert max(map(len, lines)) < 500
    assert all(line.isprintable() for line in lines)
    assert "Traceback" not in said


WORDS = st.text(max_size=30) | st.text("ab+-*/().,[]=:' 0123456789etanhsum_\n\\@!", max_size=40)


@given(WORDS, st.lists(WORDS.filter(lambda word: not word.startswith(("--h", "--s"))), max_size=2))
@example("--\x1b[31m", [])
@example("--a\nb", [])
@example("a", ["b\x1b=2"])
@example("a", ["a=\x1b[31m"])
@example("a*b", ["a=1", "b=2", "--top=\x1b"])
@example("doctor\x1b", [])
@example("-" * 10_000 + "1", [])
@example("a", ["a" * 10_000])
@example("a", ["a" * 10_000 + "=" + "9" * 10_000 + "b"])
@example("a", ["!" * 10_000 + "=1"])
@example("a", ["a=1", "b" * 10_000 + "=1", "b" * 10_000 + "=1"])
def test_whatever_is_typed_is_answered_or_refused_in_few_lines(text: str, more: list[str]) -> None:
    import contextlib
    import io

    out, error = io.StringIO(), io.StringIO()
    if text.startswith(("--h", "--s", "doctor")):
        text = "a" + text
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        code = main([text, *more])
    assert code in (0, 2)
    if code == 2:
        assert out.getvalue() == ""
        check_refusal(error.getvalue())


@pytest.mark.parametrize("option", ["--html", "--svg"])
@pytest.mark.parametrize("name", ["no\x1b[31m/x.html", "a\0.html", "no\n/x.html", "a\ud800/.html"])
def test_a_file_of_a_strange_name_is_refused_in_one_line(
    option: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["a*b", "a=1", "b=2", option, str(tmp_path / name)]) == 2
    printed, said = capsys.readouterr()
    assert printed == ""
    check_refusal(said)
    assert list(tmp_path.iterdir()) == []
