"""``tree`` and ``draw``: what they show of nodes and edges, and how gradient flow is drawn."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest

from autograd import Value, draw, tree
from autograd.core.graph import topological_order
from autograd.show.picture import bundle_stroke, picture, stroke


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
    assert re.search(r'n0 -> n2 \[label="local -3\\nflow -3\\n "', source)


def test_before_the_first_sweep_it_says_no_gradients_yet_instead_of_zeros() -> None:
    y = example()
    assert "no gradients yet: call .backward()" in draw(y).source
    assert "grad" not in draw(y).source.replace("glassgrad", "").replace("no gradients", "")
    assert tree(y).splitlines()[-1] == "no gradients yet: call .backward() on the output"
    assert "penwidth" not in re.findall("n0 -> .*", draw(y).source)[0]
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


# --- the flow of gradient -------------------------------------------------------------------------


def edge_looks(source: str) -> list[dict[str, str]]:
    return [
        dict(re.findall(r'(\w+)=("[^"]*"|\S+)', looks))
        for looks in re.findall(r"^\tn\d+ -> n\d+ \[(.*)\]$", source, re.MULTILINE)
    ]


def test_an_edge_says_its_local_derivative_and_its_flow_in_the_sweeps_own_numbers() -> None:
    a, b = Value(2.0, name="a"), Value(-3.0, name="b")
    y = (a * b).tanh()
    y.backward()
    product, output = picture(y, {}, "test").nodes[2:]
    assert output.flows == (output.locals_[0],)
    assert product.flows == (product.grad * -3.0, product.grad * 2.0) == (a.grad, b.grad)  # type: ignore[operator]


def test_blue_is_positive_dashed_orange_negative_dotted_grey_zero_double_black_nan_and_inf() -> (
    None
):
    x = Value(0.0)
    y = (x.log() * x) + Value(2.0) * 3 - Value(1.0) + Value(5.0) * 0.0
    y.backward()
    for looks in edge_looks(draw(y).source):
        flow = float(re.search(r"flow (\S+?)\\n", looks["label"])[1])  # type: ignore[index]
        shown = (looks["color"].strip('"'), looks.get("style"))
        if not math.isfinite(flow):
            assert shown == ("#000000:#000000", None)
        elif flow == 0.0:
            assert shown == ("#767676", "dotted")
        else:
            assert shown == (("#0072b2", None) if flow > 0 else ("#d55e00", "dashed"))
    for word in ("solid blue: positive, dashed orange: negative", "double black: the flow is inf"):
        assert word in draw(y).source


def test_no_word_of_infinite_flows_where_there_are_none() -> None:
    y = example()
    y.backward()
    assert "double black" not in draw(y).source


def test_widths_grow_with_the_flow_and_stay_within_bounds_over_all_decades() -> None:
    flows = [5e-324, 1e-300, 1e-9, 0.001, 0.01, 0.1, 0.5, 1.0, 2.0]
    widths = [stroke(flow, 2.0).width for flow in flows]
    assert widths == sorted(widths)
    assert (widths[0], widths[-1]) == (1.0, 5.0)
    assert all(a < b for a, b in pairwise(widths[4:]))
    assert [stroke(-flow, 2.0).width for flow in flows] == widths
    assert stroke(1e308, 1e308).width == stroke(5e-324, 5e-324).width == 5.0


def test_several_flows_have_the_width_of_their_norm_and_a_colour_if_their_signs_agree() -> None:
    assert bundle_stroke([3.0, 4.0, 0.0], 5.0) == stroke(5.0, 5.0)
    assert bundle_stroke([-3.0, -4.0], 50.0) == stroke(-5.0, 50.0)
    assert bundle_stroke([0.0, -0.0], 5.0) == stroke(0.0, 5.0)
    mixed = bundle_stroke([-3.0, 4.0], 5.0)
    assert (mixed.color, mixed.width, mixed.style) == ("#767676", 5.0, "solid")
    for flows in ([math.nan, 1.0], [math.inf, -1.0], [-math.inf]):
        assert bundle_stroke(flows, 5.0).style == "double"


def test_a_plain_number_has_no_gradient_in_tree_and_drawing() -> None:
    x = Value(3.0)
    y = x * 2.0
    y.backward()
    assert y.parents[1].grad == 3.0
    assert [line.split()[2:] for line in tree(y).splitlines()[2:]] == [["3", "2", "2"], ["2", "3"]]
    assert "label=2 " in draw(y).source


@pytest.mark.parametrize("limit", [500, 12, 5, 2])
def test_the_dot_text_is_equal_byte_for_byte_under_two_hash_seeds(limit: int) -> None:
    program = (
        "import nn, autograd as ag; model = nn.MLP(2, [4, 3], 'tanh', seed=0)\n"
        "loss = nn.cross_entropy(model([0.5, -1.0]), 1) + model.layers[0].neurons[1].b ** 2\n"
        f"loss.backward(); print(ag.draw(loss, max_nodes={limit}).source)"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True,
            cwd=Path(__file__).parents[3], env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(texts) == 1


# --- limits ---------------------------------------------------------------------------------------


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


def test_a_zero_has_no_sign_in_a_picture() -> None:
    y = Value(-2.0) * Value(0.0)
    assert "-0" not in tree(y)
    assert "data -0" not in draw(y).source
