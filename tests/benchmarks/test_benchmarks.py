import gc
import json
import math
from dataclasses import replace

import pytest

from autograd import Value
from benchmarks import __main__ as command
from benchmarks import eager
from benchmarks.chain import survivors
from benchmarks.perceptron import library, perceptron
from benchmarks.reference import Reference
from benchmarks.rows import Row, scaled, table
from benchmarks.timing import Timing, heap_set_aside, interleave

N_SAMPLES = 5
ENGINE = [
    "starting",
    "eager",
    "memory",
    "chain",
    "seeing",
]  # test_compiled.py runs the other suites
FIELDS = {
    "workload", "contender", "amount", "unit", "spread",
    "ratio", "against", "limit", "at_least", "met",
}  # fmt: skip
MET = Row("work", "us", 1.0, "s", ratio=1.1, against="them", limit=1.15)


def _outcome(network):
    output = network.train()
    return output.data, network.gradients()


# --- every contender does the same work --------------------------------------------------------


def test_reference_and_value_agree_bit_for_bit_on_the_workload():
    data, gradients = _outcome(perceptron(Reference, N_SAMPLES))
    assert _outcome(perceptron(Value, N_SAMPLES)) == (data, gradients)
    assert len(gradients) == 337
    assert any(gradients)


def test_the_library_gives_the_gradients_of_the_reference():
    data, gradients = _outcome(perceptron(Reference, N_SAMPLES))
    library_data, library_gradients = _outcome(library(N_SAMPLES))
    assert library_data == pytest.approx(data, rel=1e-12)
    assert library_gradients == pytest.approx(gradients, rel=1e-9, abs=1e-12)


def test_micrograd_gives_the_gradients_of_the_reference():
    micrograd = pytest.importorskip("micrograd.engine")
    _, gradients = _outcome(perceptron(micrograd.Value, N_SAMPLES))
    assert gradients == pytest.approx(_outcome(perceptron(Reference, N_SAMPLES))[1], rel=1e-9)


def test_the_reference_sums_both_uses_of_a_shared_node():
    x = Reference(3.0)
    (x * x + x).backward()
    assert x.grad == 7.0


def test_a_chain_leaves_no_value_behind_without_the_collector():
    assert survivors(2_000) == 0


# --- rows and the table ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (MET, True),
        (replace(MET, ratio=1.2), False),
        (replace(MET, ratio=1.2, at_least=True), True),
        (replace(MET, ratio=1.1, at_least=True), False),
        (replace(MET, ratio=math.nan), False),
        (replace(MET, limit=None), None),
        (replace(MET, amount=None, ratio=None), None),
        (Row("memory", "us", 249.0, "bytes/node", limit=250.0), True),
        (Row("memory", "us", 251.0, "bytes/node", limit=250.0), False),
    ],
)
def test_a_limit_holds_the_ratio_or_without_one_the_amount(row, met):
    assert row.met is met


def test_the_table_says_met_missed_and_not_installed():
    missed = replace(MET, contender="slow", ratio=1.2)
    absent = replace(MET, contender="absent", amount=None, ratio=None)
    lines = table([MET, missed, absent]).splitlines()
    assert [line.split("  ")[-1] for line in lines[2:]] == ["met", "MISSED", "not installed"]
    assert "1.10 x them" in lines[2]


def test_an_unjudged_table_keeps_its_verdict_to_itself():
    assert "MISSED" not in table([replace(MET, ratio=1.2)], judged=False)


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.0, "2 s"), (0.0123, "12.3 ms"), (4.5e-7, "450 ns"), (0.0, "0 s")]
)
def test_seconds_are_shown_in_a_unit_that_suits_them(seconds, text):
    assert scaled(seconds, "s") == text


def test_a_share_is_shown_with_the_digit_that_a_limit_has():
    assert scaled(97.46, "%") == "97.5 %"


# --- timing ------------------------------------------------------------------------------------


def test_contenders_take_turns_and_warm_up_unmeasured():
    log = []
    times = interleave({"a": lambda: log.append("a"), "b": lambda: log.append("b")}, turns=3)
    assert "".join(log) == "ab" * 5
    assert [len(t.seconds) for t in times.values()] == [3, 3]


def test_a_ratio_compares_neighbours_so_that_a_slow_minute_cancels():
    ours, theirs = Timing((2.0, 20.0, 2.0)), Timing((1.0, 10.0, 1.0))
    assert ours.ratio(theirs) == 2.0
    assert ours.median == 2.0


def test_a_heap_set_aside_is_hidden_from_the_collector_and_comes_back():
    before = gc.get_freeze_count()
    with heap_set_aside():
        aside = gc.get_freeze_count()
    assert aside > before + 1000
    assert gc.get_freeze_count() <= before


# --- the command -------------------------------------------------------------------------------


def test_quick_run_writes_a_row_of_every_suite_and_judges_none(tmp_path, capsys):
    assert list(command.SUITES) == [*ENGINE, "compiled", "compiling", "lab"]
    file = tmp_path / "rows.json"
    assert command.main(["--quick", "--check", *ENGINE, "--json", str(file)]) == 0
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["quick"] is True
    assert {"Python", "numpy", "cores"} <= set(document["machine"])
    assert all(set(row) == FIELDS for row in document["rows"])
    contenders = {row["contender"] for row in document["rows"]}
    assert {eager.REFERENCE, eager.VALUE, eager.LIBRARY, eager.MICROGRAD} <= contenders
    assert {"Value, binary: tracemalloc", "build: 2,000 nodes"} <= contenders
    out, err = capsys.readouterr()
    assert "MISSED" not in out
    assert "..." in err


def test_a_peer_that_is_not_installed_has_its_row(monkeypatch, capsys):
    monkeypatch.setattr(eager, "micrograd_value", lambda: None)
    assert command.main(["--quick", "eager"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if "micrograd, binary" in line]
    assert len(rows) == 4
    assert all(row.endswith("not installed") for row in rows)


@pytest.mark.parametrize(("ratio", "code"), [(1.1, 0), (1.2, 1)])
def test_check_exits_with_one_when_a_limit_is_missed(monkeypatch, ratio, code):
    monkeypatch.setattr(command, "SUITES", {"one": lambda *_: [replace(MET, ratio=ratio)]})
    assert command.main(["--check"]) == code
    assert command.main([]) == 0


def test_an_unknown_suite_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        command.main(["egaer"])
    assert "no suite 'egaer'; choose from: starting, eager, memory" in capsys.readouterr().err
