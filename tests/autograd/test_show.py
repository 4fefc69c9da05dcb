"""``tree`` and ``draw``: names, edges, counts, hostile names, files, and no Graphviz at all."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from autograd import (
    ArgumentError,
    GraphError,
    MissingExtraError,
    Value,
    draw,
    tree,
)
from autograd.graph import topological_order
from autograd.show import dot


def nodes_of(source: str) -> list[str]:
    return re.findall(r"^\t(n\d+) \[", source, re.MULTILINE)


def edges_of(source: str) -> list[tuple[str, str]]:
    return re.findall(r"^\t(n\d+) -> (n\d+) \[", source, re.MULTILINE)


def texts_of(svg: str) -> list[str]:
    return [
        "".join(t.itertext()) for t in ElementTree.fromstring(svg).iter() if t.tag[-4:] == "text"
    ]


def example() -> Value:
    a, b = Value(2.0, name="a"), Value(-3.0, name="b")
    y = (a * b + 10).tanh() * a
    y.name = "y"
    return y


# --- what is shown --------------------------------------------------------------------------------


def test_a_drawing_has_each_node_once_and_an_edge_for_each_use() -> None:
    y = example()
    source, order = draw(y).source, topological_order(y)
    place = {node: f"n{i}" for i, node in enumerate(order)}
    assert nodes_of(source) == list(place.values())
    assert edges_of(source) == [(place[p], place[n]) for n in order for p in n.parents]


def test_a_square_has_two_edges_each_labelled_with_its_local_derivative() -> None:
    a = Value(3.0)
    source = draw(a * a).source
    assert edges_of(source) == [("n0", "n1"), ("n0", "n1")]
    assert source.count("n0 -> n1 [label=3]") == 2
    assert tree(a * a).splitlines()[2:4] == [
        "├─ a             3            3", "└─ a (above)     3            3",
    ]  # fmt: skip


def test_data_gradient_and_local_derivatives_are_shown() -> None:
    a, b = Value(2.0), Value(-3.0)
    L = a * b + a
    L.backward()
    source = draw(L).source
    for label in ("L = +\\ndata -4\\ngrad 1", "*\\ndata -6\\ngrad 1", "a\\ndata 2\\ngrad -2"):
        assert f'label="{label}"' in source
    assert "n0 -> n2 [label=-3]" in source


def test_before_the_first_sweep_it_says_no_gradients_yet_instead_of_zeros() -> None:
    y = example()
    assert "no gradients yet: call .backward()" in draw(y).source
    assert "grad" not in draw(y).source.replace("glassgrad", "").replace("no gradients", "")
    assert tree(y).splitlines()[-1] == "no gradients yet: call .backward() on the output"
    y.backward()
    assert "no gradients yet" not in draw(y).source + tree(y)
    assert draw(y).source.count("\\ngrad ") == 6  # of 7 nodes, one of them a plain number


def test_a_graph_on_top_of_a_swept_one_has_no_gradients_yet() -> None:
    h = example()
    h.backward()
    assert "no gradients yet" in draw(h * 2).source
    assert "no gradients yet" in tree(h * 2)


def test_a_drawing_is_fixed_when_drawn() -> None:
    y = example()
    drawing = draw(y)
    before = drawing.source
    y.backward()
    assert drawing.source == before != draw(y).source


def test_leaves_constants_and_the_output_look_different() -> None:
    lines = draw(Value(2.0, name="a") * 3 + 1).source
    looks = [re.search(rf"^\tn{i} \[.*\]$", lines, re.MULTILINE)[0] for i in range(5)]  # type: ignore[index]
    fills = [re.search(r'fillcolor="(#\w+)"', look)[1] for look in looks]  # type: ignore[index]
    a, three, product, one, output = fills
    assert three == one
    assert len({a, three, product, output}) == 4
    assert "label=3 " in looks[1]


def test_a_leaf_alone_can_be_shown() -> None:
    x = Value(3.0)
    assert nodes_of(draw(x).source) == ["n0"]
    assert tree(x).splitlines()[1].split() == ["x", "3"]


def test_a_node_met_again_is_marked_and_not_unfolded_again() -> None:
    a = Value(1.0)
    h = a.exp()
    y = h * h
    lines = tree(y).splitlines()
    assert [line.split()[1:3] for line in lines[2:5]] == [["h", "="], ["└─", "a"], ["h", "="]]
    assert "h = exp (above)" in lines[4]
    assert len(lines) == 6  # the heading, y, h, a, h again, and the line on gradients


def test_settings_stand_in_the_label() -> None:
    text = tree(Value(2.0).leaky_relu(0.25) ** 3)
    assert "**3" in text
    assert "leaky ReLU 0.25" in text


def test_nan_and_infinity_are_shown_as_such() -> None:
    y = Value(-1.0).log() + Value(0.0).log()
    y.backward()
    assert "data nan" in draw(y).source
    assert "-inf" in tree(y)
    assert texts_of(draw(y).svg())


# --- limits ---------------------------------------------------------------------------------------


def test_a_graph_past_max_nodes_is_refused_with_what_to_do() -> None:
    y = Value(1.0)
    for _ in range(600):
        y = y + y
    with pytest.raises(GraphError, match=(
        r"^draw: the graph has 601 nodes, more than max_nodes=500; draw one example or one neuron "
        r"of it, use autograd\.tree, or raise max_nodes$"
    )):  # fmt: skip
        draw(y)
    assert len(nodes_of(draw(y, max_nodes=601).source)) == 601


def test_a_tree_past_max_lines_is_cut_and_says_so() -> None:
    y = example()
    whole = tree(y, max_lines=None).splitlines()
    count = len(whole) - 2  # less the heading, and the line on gradients
    for limit in range(1, count):
        lines = tree(y, max_lines=limit).splitlines()
        assert len(lines) == limit + 3
        assert [line.split() for line in lines[:-2]] == [
            line.split() for line in whole[: limit + 1]
        ]
        assert lines[-1] == (
            f"... cut at {limit} lines of a graph of {len(topological_order(y))} nodes; "
            "max_lines=None shows all"
        )
    assert tree(y, max_lines=count).splitlines() == whole


def test_a_whole_tree_is_not_called_cut_because_names_in_it_repeat() -> None:
    y = Value(1.0) + Value(2.0)  # three lines, two of them called "leaf"
    assert "cut" not in tree(y, names={}, max_lines=3)
    assert "cut" in tree(y, names={}, max_lines=2)


def test_lines_of_nodes_shown_above_count_as_lines_that_are_cut() -> None:
    a = Value(1.0)
    y = a * a
    assert "cut at 2 lines" in tree(y, max_lines=2)


# --- files and notebooks --------------------------------------------------------------------------


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
    with pytest.raises(ArgumentError, match=(
        r"^Drawing\.save expects a path that ends in \.svg, \.png, \.pdf or \.dot, got .*; write"
    )):  # fmt: skip
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
    monkeypatch.setattr(dot, "find_dot", lambda: None)


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
    monkeypatch.setattr(dot.sysconfig, "get_path", lambda name: str(tmp_path))
    assert dot.find_dot() is None


def test_the_systems_dot_is_preferred_and_graphviz_pure_is_found_off_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scripts, path = tmp_path / "scripts", tmp_path / "path"
    for folder, name in ((scripts, "graphviz-pure"), (path, "dot")):
        folder.mkdir()
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setattr(dot.sysconfig, "get_path", lambda name: str(scripts))
    monkeypatch.setenv("PATH", str(path))
    assert dot.find_dot() == path / "dot"
    (path / "dot").unlink()
    assert dot.find_dot() == scripts / "graphviz-pure"


def test_graphviz_pure_writes_no_pdf_and_the_error_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dot, "find_dot", lambda: tmp_path / "graphviz-pure")
    with pytest.raises(MissingExtraError, match=r"writes svg and png, but no pdf; save as \.svg"):
        draw(example()).save(tmp_path / "graph.pdf")


def test_a_program_that_fails_is_an_error_with_what_it_said_and_the_hook_is_put_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from graphviz.backend import dot_command

    broken = tmp_path / "dot"
    broken.write_text("#!/bin/sh\ncat > /dev/null\necho 'out of paper' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(dot, "find_dot", lambda: broken)
    before = dot_command.DOT_BINARY
    with pytest.raises(GraphError, match=r"^Graphviz \(.*dot\) could not draw .*: out of paper$"):
        draw(example()).svg()
    assert before == dot_command.DOT_BINARY


def test_drawing_is_possible_and_silent_in_a_fresh_process() -> None:
    program = "from autograd import Value, draw; draw(Value(1.0) * 2).svg()"
    done: Any = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_zero_has_no_sign_in_a_picture() -> None:
    y = Value(-2.0) * Value(0.0)
    assert "-0" not in tree(y)
    assert "data -0" not in draw(y).source
