"""README's table of figures, made from the file that the benchmarks have written.

``python -m benchmarks --quote`` measures, and writes both. A test holds the table in README to the
file, so that no figure there is from memory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.rows import Row, scaled, signed_limit

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FIGURES = ROOT / "benchmarks" / "figures.json"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
FACTS = ("numpy", "micrograd", "torch", "casadi", "jax", "scikit-learn")


def quoted(document: Mapping[str, Any]) -> str:
    """The lines between README's two marks: the day and the machine, and a row for each figure.

    A figure is a ratio, or an amount that is held to a limit. Rows that are there to be compared
    with have none, and are left out.
    """
    machine = document["machine"]
    packages = ", ".join(f"{name} {machine[name]}" for name in FACTS)
    lines = [
        f"Measured on {machine['date']}: CPython {machine['Python']}, {packages}; "
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}.",
        "",
        "| | | figure | limit |",
        "|---|---|---|---|",
    ]
    previous = ""
    for row in map(row_from_json, document["rows"]):
        if row.amount is None or (row.ratio is None and row.limit is None):
            continue
        workload = "" if row.workload == previous else row.workload
        previous = row.workload
        lines.append(f"| {workload} | {row.contender} | {_figure(row)} | {_limit(row)} |")
    return "\n".join(lines)


def row_from_json(fields: Mapping[str, Any]) -> Row:
    """A row as it was before ``Row.as_json``."""
    return Row(**{name: value for name, value in fields.items() if name != "met"})


def write_table(document: Mapping[str, Any], readme: Path = README) -> None:
    """Put the table of a run between the marks of README."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{readme.name} has no marks {BEGIN} and {END} to write between")
    text = f"{before}{BEGIN}\n{quoted(document)}\n{END}{after}"
    readme.write_text(text, encoding="utf-8")


def write_figures(document: Mapping[str, Any], figures: Path = FIGURES) -> None:
    """Write a run to a file."""
    figures.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def read_figures(figures: Path = FIGURES) -> dict[str, Any]:
    """The file that a run has written."""
    document: dict[str, Any] = json.loads(figures.read_text(encoding="utf-8"))
    return document


def _figure(row: Row) -> str:
    if row.ratio is None:
        return scaled(row.amount or 0.0, row.unit)
    return f"{row.ratio:.2f} × {row.against}"


def _limit(row: Row) -> str:
    if row.met is None:
        return ""
    return signed_limit(row) + ("" if row.met else ", **missed**")
