"""The suites about the compiler: its contender does the work of the others, and has its rows."""

import json
from dataclasses import replace

import numpy as np
import pytest

from autograd.core.graph import leaves
from benchmarks import __main__ as command
from benchmarks import compiled, in_torch, transformer_peers
from benchmarks.by_hand import ByHand
from benchmarks.compiled import InGlassgrad, eager, transformer_loss
from benchmarks.compiling import first_result
from benchmarks.problems import PROBLEMS
from benchmarks.rows import Effort
from benchmarks.timing import Timing
from benchmarks.transformer import IN_GLASSGRAD, WRITTEN_OUT

SMALL = [problem.small() for problem in PROBLEMS]
TOLERANCE = {"float64": 1e-10, "float32": 1e-4}


def title(problem):
    return problem.title


def test_rows_of_ours_stand_under_the_peers_that_are_there():
    times = {
        "here": Timing((2.0, 2.0)),
        "missing": None,
        compiled.GLASSGRAD: Timing((1.0, 1.0)),
    }
    rows = compiled._rows("work", times, {"here": 0.4, "missing": 0.1})
    assert [(row.contender, row.ratio, row.verdict) for row in rows] == [
        ("here", None, ""),
        ("missing", None, "not installed"),
        (compiled.GLASSGRAD, 0.5, "MISSED"),
    ]


def test_a_step_is_timed_as_one_of_many():
    log = []
    steps = {"a": lambda: log.append("a"), "gone": None}
    times = compiled._in_turns(steps, 3, Effort(), turns=4)
    assert len(log) == 3 * (4 + 2)  # two turns warm up
    assert len(times["a"].seconds) == 4
    assert times["gone"] is None


# --- these need autograd.compile ------------------------------------------------------------------


@pytest.mark.parametrize("problem", [*SMALL, PROBLEMS[0]], ids=title)
def test_the_compiled_step_has_the_gradients_of_the_one_by_hand(problem):
    (loss, gradients), expected = (
        InGlassgrad(problem).loss_and_gradients(),
        ByHand(problem).loss_and_gradients(),
    )
    tolerance = TOLERANCE[problem.dtype]
    assert loss == pytest.approx(expected[0], rel=tolerance)
    for gradient, other in zip(gradients, expected[1], strict=True):
        np.testing.assert_allclose(gradient, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("problem", SMALL, ids=title)
def test_compiled_steps_descend_with_those_by_hand(problem):
    problem = replace(problem, dtype="float64")
    ours, theirs = InGlassgrad(problem), ByHand(problem)
    losses = [theirs.step() for _ in range(10)]
    assert [ours.step() for _ in range(10)] == pytest.approx(losses, rel=1e-10)


@pytest.mark.parametrize("spelling", [IN_GLASSGRAD, WRITTEN_OUT], ids=["functions", "written out"])
def test_the_compiled_transformer_has_the_gradient_of_the_eager_one(spelling):
    loss = transformer_loss(spelling)
    output = eager(loss)
    expected = {leaf: leaf.grad for leaf in leaves(output) if leaf.op != "constant"}
    program, (value, gradient) = first_result(loss)
    assert value == pytest.approx(output.data, rel=1e-12)
    assert set(program.parameters) == set(expected)
    ordered = [expected[parameter] for parameter in program.parameters]
    assert gradient.tolist() == pytest.approx(ordered, rel=1e-9, abs=1e-12)


def test_peers_that_are_not_installed_have_their_rows(monkeypatch):
    for module in (transformer_peers, in_torch):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    rows = compiled.measure(Effort(quick=True), lambda text: None)
    missing = [row.contender for row in rows if row.verdict == "not installed"]
    assert missing == ["PyTorch"] * 4 + ["CasADi SX", "JAX jit"]


def test_quick_run_of_the_compilers_suites_has_all_their_rows(tmp_path, capsys):
    file = tmp_path / "rows.json"
    arguments = ["--quick", "--check", "compiled", "compiling", "--json", str(file)]
    assert command.main(arguments) == 0
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    workloads = {row["workload"].split(",")[0] for row in rows}
    assert workloads >= {
        "a step", "value and gradient", "from compile() to the first result",
        "compiling a network",
    }  # fmt: skip
    assert {row["contender"] for row in rows} >= {
        compiled.GLASSGRAD, compiled.BY_HAND, compiled.EAGER, compiled.PYTORCH, compiled.CASADI,
    }  # fmt: skip
    assert all(row["amount"] is None or row["amount"] > 0.0 for row in rows)
    assert "MISSED" not in capsys.readouterr().out
