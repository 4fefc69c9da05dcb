"""Drawings as files and in notebooks: what Graphviz is asked, and what happens without it."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from autograd import ArgumentError, GraphError, MissingExtraError, Value, draw, tree
from autograd.core.graph import topological_order
from autograd.show import graphviz as render
from autograd.show.graphviz import fitted
from tests.autograd.messages import raises


def example() -> Value:
    a, b = Value(2.0, name="a"), Value(-3.0, name="b")
    y = (a * b + 10).tanh() * a
    y.name = "y"
    return y


@pytest.mark.parametrize(
    ("ending", "start"), [("svg", b"<?xml"), ("SVG", b"<?xml"), ("png", b"\x89PNG"),
                          ("dot", b"digraph glassgrad {"), ("gv", b"digraph")],
)  # fmt: skip
def test_a_drawing_is_saved_as_its_ending_says(tmp_path: Path, ending: str, start: bytes) -> None:
    target = tmp_path / f"graph.{ending}"
    assert draw(example()).save(target) == target
    assert target.read_bytes().startswith(start)
    assert draw(example()).save(str(target)) == target


def test_the_dot_file_is_the_source_in_utf8(tmp_path: Path) -> None:
    drawing = draw(Value(1.0, name="θ") * 2)
    assert drawing.save(tmp_path / "g.dot").read_text(encoding="utf-8") == drawing.source


@pytest.mark.parametrize("name", ["graph", "graph.jpeg", "graph.svg.txt", ".svg"])
def test_an_ending_that_is_none_of_these_is_refused(tmp_path: Path, name: str) -> None:
    with raises(ArgumentError, "Drawing.save", ".svg", ".png", ".pdf", ".dot", name + "'"):
        draw(example()).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_the_svg_shows_each_node_and_each_edge() -> None:
    y = example()
    root = ElementTree.fromstring(draw(y).svg())
    kinds = [element.get("class") for element in root.iter()]
    order = topological_order(y)
    assert kinds.count("node") == len(order)
    assert kinds.count("edge") == len([p for node in order for p in node.parents])


def test_a_notebook_gets_the_picture_and_a_line_of_text() -> None:
    bundle = draw(example())._repr_mimebundle_()
    assert sorted(bundle) == ["image/svg+xml", "text/plain"]
    assert bundle["text/plain"] == "y = *, a graph of 7 nodes"
    assert "<svg" in bundle["image/svg+xml"]
    assert repr(draw(example())) == (
        "<Drawing of y = *, a graph of 7 nodes; .save('graph.svg') writes it to a file>"
    )


@pytest.fixture
def no_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "find_dot", lambda: None)


@pytest.mark.usefixtures("no_dot")
@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_without_graphviz_the_error_names_both_installs(tmp_path: Path, kind: str) -> None:
    with pytest.raises(MissingExtraError, match=(
        r'run: pip install "glassgrad\[dot\]", or install your system\'s package graphviz'
    )):  # fmt: skip
        draw(example()).save(tmp_path / f"graph.{kind}")
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("no_dot")
def test_without_graphviz_source_dot_file_tree_and_notebook_still_work(tmp_path: Path) -> None:
    drawing = draw(example())
    assert drawing.source.startswith("digraph")
    assert drawing.save(tmp_path / "g.dot").exists()
    assert tree(example())
    bundle = drawing._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert bundle["text/plain"].startswith("y = *, a graph of 7 nodes\n(drawing needs Graphviz")


def test_no_program_at_all_is_found_on_an_empty_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(render.sysconfig, "get_path", lambda name: str(tmp_path))
    assert render.find_dot() is None


def test_the_systems_dot_is_preferred_and_graphviz_pure_is_found_off_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scripts, path = tmp_path / "scripts", tmp_path / "path"
    for folder, name in ((scripts, "graphviz-pure"), (path, "dot")):
        folder.mkdir()
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setattr(render.sysconfig, "get_path", lambda name: str(scripts))
    monkeypatch.setenv("PATH", str(path))
    assert render.find_dot() == path / "dot"
    (path / "dot").unlink()
    assert render.find_dot() == scripts / "graphviz-pure"


def test_graphviz_pure_writes_no_pdf_and_the_error_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(render, "find_dot", lambda: tmp_path / "graphviz-pure")
    with pytest.raises(MissingExtraError, match=r"writes svg and png, but no pdf; save as \.svg"):
        draw(example()).save(tmp_path / "graph.pdf")


def program(folder: Path, lines: str) -> Path:
    """A program in place of dot."""
    path = folder / "dot"
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return path


def test_a_program_that_fails_is_an_error_with_what_it_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = program(tmp_path, "cat > /dev/null; echo 'out of paper' >&2; exit 3")
    monkeypatch.setattr(render, "find_dot", lambda: broken)
    with pytest.raises(GraphError, match=r"^Graphviz \(.*dot\) could not draw .*: out of paper$"):
        draw(example()).svg()
    assert "out of paper" in draw(example())._repr_mimebundle_()["text/plain"]


def test_a_program_that_takes_too_long_is_stopped_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = program(tmp_path, "exec sleep 20")
    monkeypatch.setattr(render, "find_dot", lambda: slow)
    with pytest.raises(GraphError, match=(
        r"^Graphviz \(.*dot\) was stopped after 0\.1 seconds; draw it with a smaller max_nodes, "
        r"save it as \.dot, or pass timeout=None to wait$"
    )):  # fmt: skip
        draw(example()).svg(timeout=0.1)
    with pytest.raises(GraphError, match="was stopped"):
        draw(example()).save(tmp_path / "g.svg", timeout=0.1)
    assert not (tmp_path / "g.svg").exists()


def test_a_program_that_is_none_is_an_error_that_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(render, "find_dot", lambda: tmp_path / "nothing")
    with pytest.raises(GraphError, match=r"^Graphviz \(.*nothing\) could not be run: .*No such"):
        draw(example()).svg()


def test_drawing_is_possible_and_silent_in_a_fresh_process() -> None:
    program = "from autograd import Value, draw; draw(Value(1.0) * 2).svg()"
    done: Any = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True, check=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [(700, 90, (700, 90)), (1000, 90, (700, 63)), (3000, 100, (1650, 55))],
)
def test_in_a_notebook_a_wide_picture_is_shown_smaller_down_to_about_half(
    width: int, height: int, shown: tuple[int, int]
) -> None:
    svg = '<?xml?><svg width="{}pt" height="{}pt" viewBox="0 0 1 1"/>'
    assert fitted(svg.format(width, height)) == svg.format(*shown)
    assert fitted("<svg/>") == "<svg/>"


def test_a_notebook_gets_the_fitted_picture() -> None:
    x = Value(1.0)
    for _ in range(12):
        x = x.tanh()
    bundle = draw(x)._repr_mimebundle_()
    assert bundle["image/svg+xml"] == fitted(draw(x).svg()) != draw(x).svg()
