"""``demos/backprop.ipynb`` runs from the first cell to the last, and shows what it says it does."""

from __future__ import annotations

import html
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")
pytest.importorskip("anywidget", reason="anywidget is not installed")

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "demos" / "backprop.ipynb"
# in a process of its own, because Jupyter's warnings are not ours to turn into errors
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    executed = tmp_path_factory.mktemp("notebook") / "executed.ipynb"
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(NOTEBOOK), str(executed)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    notebook = json.loads(executed.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def output_of(cells: list[dict[str, Any]], ending: str) -> dict[str, Any]:
    """All that the cell with this last line has shown, by kind."""
    (cell,) = [cell for cell in cells if "".join(cell["source"]).splitlines()[-1] == ending]
    shown: dict[str, Any] = {}
    for output in cell["outputs"]:
        data = output.get("data", {"stream": output.get("text", [])})
        shown |= {kind: text if isinstance(text, str) else "".join(text)
                  for kind, text in data.items() if isinstance(text, (str, list))}  # fmt: skip
        shown |= {kind: data[kind] for kind in data if isinstance(data[kind], dict)}
    return shown


def test_every_cell_runs_shows_something_and_warns_of_nothing(cells: list[dict[str, Any]]) -> None:
    assert len(cells) >= 15
    for cell in cells:
        assert cell["execution_count"]
        assert cell["outputs"] or cell["source"][0].startswith("from")
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr", output


def test_a_bare_value_is_a_picture_first_without_and_then_with_gradients(
    cells: list[dict[str, Any]],
) -> None:
    pictures = [
        "".join(output["data"]["image/svg+xml"])
        for cell in cells if "".join(cell["source"]).splitlines()[-1] == "L"
        for output in cell["outputs"]
    ]  # fmt: skip
    assert len(pictures) == 2
    assert "no gradients yet" in pictures[0]
    assert "no gradients yet" not in pictures[1]
    assert "grad -1.904" in html.unescape(pictures[1])


def test_the_stepper_is_a_frame_that_an_export_keeps(cells: list[dict[str, Any]]) -> None:
    shown = output_of(cells, "stepper")
    assert shown["text/html"].startswith("<iframe srcdoc=")
    assert shown["text/plain"].startswith("step 0 of 9")
    assert "application/vnd.jupyter.widget-view+json" not in shown


def test_an_explanation_is_a_formula_and_a_text(cells: list[dict[str, Any]]) -> None:
    shown = output_of(cells, "explain(L, a)")
    assert r"\frac{\mathrm{d} L}{\mathrm{d} a}" in shown["text/latex"]
    assert "= 0.6347 x 1 x -3 = -1.904" in shown["text/plain"]


def test_the_network_folds_and_a_vanishing_layer_is_named(cells: list[dict[str, Any]]) -> None:
    assert "folded into" in output_of(cells, "draw(score, max_nodes=60)")["image/svg+xml"]
    assert "vanishing" in output_of(cells, "    print(sentence)")["stream"]
    assert "image/png" in output_of(cells, "nn.plots.gradient_flow(vanishing, ax=axes[1]);")


def test_the_widget_is_a_view_whose_position_was_set(cells: list[dict[str, Any]]) -> None:
    assert "application/vnd.jupyter.widget-view+json" in output_of(cells, "widget")
    assert output_of(cells, "widget.position")["text/plain"] == "5"


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
