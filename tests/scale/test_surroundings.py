"""Python's own switches, and poor surroundings: the same answers, or a message and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograd._util.format import spelled
from tests.scale.sizes import ROOT

# what a user does in a day, printed as a user would; no assert, which -O takes out
_DAY = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})  # -I leaves PYTHONPATH out
import numpy as np
import autograd, nn
from autograd import Stepper, Value, check_gradients, draw, explain, grad, no_grad, tree

a, b = Value(2.0, name="a"), Value(-3.0, name="b")
L = autograd.prod([a.sigmoid(), b]) + autograd.sum([a, b, a]).sqrt()
L.backward()
print(tree(L))
print(explain(L, a).text(rules=True))
print(Stepper(L).seek(-1))
print(*autograd.steps(L), *autograd.forward_steps(L), sep="\\n")
print(check_gradients(lambda x: x.sigmoid(), [1.0]))
sys.displayhook(tree(L))
X, y = nn.data.moons(20, seed=0)
model = nn.MLP(2, [4, 1], "tanh", seed=0)
print(model.summary())
history = nn.fit(model, X, y, loss="binary_cross_entropy_with_logits", optimizer=nn.Adam(lr=0.1),
                 epochs=2, seed=0)
f = autograd.compile(lambda x: model(x))
alone = {{}}
exec(f.source if f.map(X) is not None else "", alone)  # the text stands alone under -OO as well
if not np.array_equal(alone["values"](f.theta, X), model.predict(X)):
    sys.exit("the text of the program computes something else")
for mistake in (lambda: Value("2"), lambda: a + [1], lambda: model([1.0]), lambda: f.map([[1.0]])):
    try:
        mistake()
    except autograd.GlassgradError as error:
        if "expects" not in str(error):
            sys.exit(f"a message lost its words: {{error}}")
    else:
        sys.exit("a mistake went through")
with no_grad():
    if (a * b).parents:
        sys.exit("no_grad records")
if not (Value.tanh.__doc__ and autograd.tanh.__doc__):
    sys.exit("the rows' own docstrings are gone")
print(L.data.hex(), a.grad.hex(), history["loss"][-1].hex())
"""


def python(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with nothing in the environment but what is given."""
    known = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, encoding="utf-8", check=False,
        cwd=folder, env={"PYTHONPATH": str(ROOT)} | known | environment,
    )  # fmt: skip


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> str:
    done = python("-c", _DAY, folder=tmp_path_factory.mktemp("usual"), PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert "├─ Π" in done.stdout
    return done.stdout


def numbers(printed: str) -> str:
    return printed.splitlines()[-1]


@pytest.mark.parametrize(
    "switches", [["-OO"], ["-X", "dev", "-W", "error", "-bb"], ["-I"]], ids=" ".join
)
def test_a_days_work_is_the_same_under_pythons_switches(
    switches: list[str], usual: str, tmp_path: Path
) -> None:
    done = python(*switches, "-c", _DAY, folder=tmp_path, PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert numbers(done.stdout) == numbers(usual)
    assert "├─ Π" in done.stdout or switches == ["-I"]  # which leaves PYTHONIOENCODING out, too


POOR = {
    "ASCII": {"PYTHONIOENCODING": "ascii"},
    "the C locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a code page of Windows": {"PYTHONIOENCODING": "cp1252"},
}


@pytest.mark.parametrize("surroundings", POOR)
def test_all_that_is_printed_is_spelled_out_where_unicode_cannot_be(
    surroundings: str, usual: str, tmp_path: Path
) -> None:
    done = python("-W", "error", "-c", _DAY, folder=tmp_path, **POOR[surroundings])
    assert (done.returncode, done.stderr) == (0, "")
    assert numbers(done.stdout) == numbers(usual)
    for line in ("|- prod ", "|  |- sigmoid ", "|  |  `= a ", "`- sqrt ", "dL/da += "):
        assert line in done.stdout
    assert "?" not in done.stdout


def test_the_command_is_spelled_out_as_well(tmp_path: Path) -> None:
    words = ["-m", "autograd", "sqrt(σ0) * sigmoid(a)", "σ0=4", "a=1", "--steps", "--rules"]
    done = python("-X", "utf8", *words, folder=tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "|- v1 = sqrt" in done.stdout
    assert "sigmoid0 " in done.stdout


def test_only_what_an_encoding_lacks_is_spelled_out() -> None:
    signs = "├─ σ(a) × ½"
    assert spelled(signs, "utf-8") is signs
    assert spelled(signs, "latin-1") == "|- sigmoid(a) × ½"
    assert spelled(signs, "ascii") == "|- sigmoid(a) x ?"


def test_every_symbol_of_the_table_can_be_spelled_out() -> None:
    from autograd.core.table import TABLE

    symbols = [symbol for row in TABLE.values() for symbol in (row.symbol, row.label)]
    assert any(not symbol.isascii() for symbol in symbols)
    assert [symbol for symbol in symbols if "?" in spelled(symbol, "ascii")] == []


def test_the_commands_help_needs_no_docstrings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = python("-OO", "-m", "autograd", "--help", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 10
    # as -OO has it, which would also have matplotlib compiled anew, for seconds
    pytest.importorskip("matplotlib")
    from demos import __main__ as demos

    monkeypatch.setattr(demos.DEMOS["neuron"], "__doc__", None)
    assert "neuron" in demos.listing()


NOWHERE = Path("/proc")  # a folder that nobody can write to, not even root
without_proc = pytest.mark.skipif(not NOWHERE.is_dir(), reason="needs a folder as /proc is one")


@without_proc
def test_a_read_only_folder_and_no_home_are_no_hindrance_to_work(usual: str) -> None:
    done = python("-W", "error", "-c", _DAY, folder=NOWHERE, HOME="/proc", PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:20] == usual.splitlines()[:20]
    assert numbers(done.stdout) == numbers(usual)


@without_proc
def test_a_command_that_cannot_write_says_so_and_where_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["-m", "autograd", "a*b", "a=2", "b=3", "--html", "x.html"]
    done = python(*words, folder=NOWHERE)
    assert done.returncode == 2
    assert done.stderr == (
        "python -m autograd: cannot write x.html: No such file or directory; choose another place\n"
    )
    pytest.importorskip("matplotlib")
    from demos import __main__ as demos

    with pytest.raises(SystemExit) as caught:
        demos.main(["neuron", "--quick", "--folder", "/proc/pictures"])
    assert caught.value.code == 2
    assert (
        "--folder expects a place to write pictures to, got /proc/pictures: No such file or "
        "directory; choose another"
    ) in capsys.readouterr().err
