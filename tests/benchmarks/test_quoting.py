"""What README quotes is what the benchmarks have written, and nothing else."""

import json

import pytest

from benchmarks import __main__ as command
from benchmarks import environment, quoting, starting
from benchmarks.rows import Effort, Row, summary

MACHINE = dict.fromkeys(quoting.FACTS, "1.0") | {
    "date": "2026-01-02", "Python": "3.13.0", "processor": "Abacus", "cores": "2",
    "system": "Linux x86_64",
}  # fmt: skip
MET = Row("a step", "us", 1.0, "s", 0.1, 1.1, "them", 1.15)
ROWS = [
    Row("a step", "them", 0.9, "s"),
    MET,
    Row("a step", "us too", 1.0, "s", 0.1, 1.2, "them", 1.15),
    Row("a wait", "us", 0.005, "s", limit=0.1),
    Row("a wait", "absent", None, "s", limit=3.0),
]


def document(rows):
    return {"machine": MACHINE, "quick": False, "rows": [row.as_json() for row in rows]}


# --- README ---------------------------------------------------------------------------------------


def test_readme_quotes_the_figures_that_a_run_has_written():
    text = quoting.README.read_text(encoding="utf-8")
    inside = text.split(quoting.BEGIN)[1].split(quoting.END)[0]
    assert inside.strip() == quoting.quoted(quoting.read_figures()), (
        "README and benchmarks/figures.json differ; run: python -m benchmarks --quote"
    )


def test_the_figures_are_of_a_whole_run_and_hold_every_limit_that_was_promised():
    figures = quoting.read_figures()
    assert figures["quick"] is False
    rows = [quoting.row_from_json(row) for row in figures["rows"]]
    held = [row for row in rows if row.met is not None]
    assert sorted((row.against, row.limit) for row in held if row.ratio is not None) == [
        ("10,000", 2.0), ("10,000", 2.0),
        ("10,452 nodes", 2.0),
        ("CasADi SX", 1.0),
        ("NumPy by hand", 1.0), ("NumPy by hand", 1.1), ("NumPy by hand", 1.1),
        ("PyTorch", 0.3), ("PyTorch", 0.5), ("PyTorch", 1.0), ("PyTorch", 1.0),
        ("Reference, binary", 0.7), ("Reference, binary", 0.7),
        ("Reference, binary", 1.15), ("Reference, binary", 1.15),
        ("Value, binary", 12.0),
        ("glassgrad", 500.0), ("glassgrad, eager", 1.0),
        ("scikit-learn", 1.0), ("scikit-learn", 1.0),
    ]  # fmt: skip
    amounts = [row for row in held if row.ratio is None]
    assert sorted((row.limit, row.unit) for row in amounts) == [
        (0.0, "nodes left"), (1 / 60, "s"), (1 / 60, "s"), (0.017, "s"),
        (0.1, "s"), (0.1, "s"), (0.15, "s"), (1.5, "s"), (1.5, "s"), (2.0, "s"), (3.0, "s"),
        (88.0, "%"), (94.0, "%"), (97.5, "%"), (120.0, "s"),
        (250.0, "bytes/node"), (250.0, "bytes/node"), (600.0, "MB"), (1e6, "bytes"),
    ]  # fmt: skip


# --- the table ------------------------------------------------------------------------------------


def test_a_quoted_row_has_its_figure_and_limit_and_rows_to_compare_with_are_left_out():
    assert quoting.quoted(document(ROWS)).splitlines() == [
        "Measured on 2026-01-02: CPython 3.13.0, numpy 1.0, micrograd 1.0, torch 1.0, casadi 1.0, "
        "jax 1.0, scikit-learn 1.0; Abacus, 2 cores, Linux x86_64.",
        "",
        "| | | figure | limit |",
        "|---|---|---|---|",
        "| a step | us | 1.10 × them | <= 1.15 |",
        "|  | us too | 1.20 × them | <= 1.15, **missed** |",
        "| a wait | us | 5 ms | <= 100 ms |",
    ]


def test_a_row_is_the_same_after_json():
    for row in ROWS:
        assert quoting.row_from_json(json.loads(json.dumps(row.as_json()))) == row


def test_the_table_is_written_between_the_marks_and_nowhere_else(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{quoting.BEGIN}\nold\n{quoting.END}\nafter\n", encoding="utf-8")
    for _ in range(2):
        quoting.write_table(document(ROWS), readme)
        text = readme.read_text(encoding="utf-8")
        table = quoting.quoted(document(ROWS))
        assert text == f"before\n{quoting.BEGIN}\n{table}\n{quoting.END}\nafter\n"


def test_a_readme_without_marks_is_left_as_it_is(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("before\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"README\.md has no marks <!-- figures: begin --> and"):
        quoting.write_table(document(ROWS), readme)
    assert readme.read_text(encoding="utf-8") == "before\n"


# --- the summary ----------------------------------------------------------------------------------


def test_the_summary_counts_limits_and_names_those_that_are_missed_or_open():
    assert summary(ROWS).splitlines() == [
        "4 limits: 2 met, 1 missed, 1 without a figure.",
        "missed: a step, us too: 1.20 x them, <= 1.15",
        "without a figure: a wait, absent",
    ]
    assert summary([MET]) == "1 limit: 1 met, 0 missed."


def test_the_command_ends_with_the_summary(monkeypatch, capsys):
    monkeypatch.setattr(command, "SUITES", {"one": lambda *_: ROWS})
    assert command.main(["--check"]) == 1
    out = capsys.readouterr().out
    assert out.endswith(summary(ROWS) + "\n")
    assert command.main(["--quick", "--check"]) == 0
    assert capsys.readouterr().out.endswith("\n" + command.TOO_LITTLE + "\n")


def test_quote_writes_file_and_table_from_one_run(monkeypatch, tmp_path, capsys):
    readme, figures = tmp_path / "README.md", tmp_path / "figures.json"
    readme.write_text(f"{quoting.BEGIN}{quoting.END}", encoding="utf-8")
    written = []
    monkeypatch.setattr(command, "SUITES", {"one": lambda *_: ROWS})
    monkeypatch.setattr(quoting, "write_figures", lambda d, f=figures: written.append(d))
    monkeypatch.setattr(quoting, "write_table", lambda d: written.append(d))
    assert command.main(["--quote"]) == 0
    capsys.readouterr()
    assert written[0] is written[1]
    assert written[0]["rows"] == [row.as_json() for row in ROWS]


@pytest.mark.parametrize("arguments", [["--quote", "--quick"], ["--quote", "eager"]])
def test_only_a_whole_run_is_quoted(arguments, capsys):
    with pytest.raises(SystemExit):
        command.main(arguments)
    assert "--quote is for a whole run" in capsys.readouterr().err


# --- where and when -------------------------------------------------------------------------------


def test_the_machine_is_named_by_its_processor_and_the_run_by_its_day(monkeypatch, tmp_path):
    facts = environment.environment()
    assert set(quoting.FACTS) < set(facts)
    assert len(facts["date"]) == len("2026-01-02")
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\nmodel name\t: Abacus 9\n", encoding="utf-8")
    monkeypatch.setattr(environment, "PROCESSORS", told)
    assert environment.processor() == "Abacus 9"
    told.write_text("processor\t: 0\n", encoding="utf-8")
    monkeypatch.setattr(environment.platform, "processor", lambda: "")
    assert environment.processor() == "unknown"


def test_each_import_is_timed_in_a_process_of_its_own():
    rows = starting.measure(Effort(quick=True), lambda _: None)
    assert [(row.contender, row.against, row.limit) for row in rows] == [
        ("numpy", "", None), ("autograd", "", 0.15), ("autograd", "numpy", None),
        ("nn", "", None), ("nn", "numpy", None),
    ]  # fmt: skip
    assert all(0.0 < row.amount < 60.0 for row in rows)
