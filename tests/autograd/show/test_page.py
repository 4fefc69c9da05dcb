"""The page's file as text: what is in it, that it needs no network, and when it folds."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import nn
from autograd import ArgumentError, InputError, Stepper, Value
from autograd._util.format import number
from autograd.core.graph import topological_order
from autograd.show.page import levels, sign
from tests.autograd.messages import raises
from tests.graphs import graphs

ROOT = Path(__file__).parents[2]


def recording(page: str) -> dict[str, Any]:
    """The data in a page, as the script in it reads them."""
    found = re.search(r'<script type="application/json" id="recording">(.*?)</script>', page, re.S)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def of(output: Value, **options: Any) -> dict[str, Any]:
    return recording(Stepper(output, names={}).html(**options))


def mlp(inputs: int, sizes: list[int]) -> tuple[nn.MLP, Value]:
    model = nn.MLP(inputs, sizes, "tanh", seed=0)
    return model, nn.hinge_loss(model([0.5, -1.0] * (inputs // 2)), 1.0)


# --- one node a box -------------------------------------------------------------------------------


@given(graphs())
def test_replaying_the_pages_own_steps_gives_the_gradients_of_backward(y: Value) -> None:
    data = of(y)
    order = topological_order(y)
    full = [float(text) for _, text in data["numbers"]]
    totals = {len(order) - 1: 1.0}
    for step in data["backward"]:
        edge = data["edges"][step["edge"]]
        upstream = totals[edge["child"]]
        assert full[step["upstream"]].hex() == upstream.hex()
        assert full[step["contribution"]].hex() == (upstream * full[step["local"]]).hex()
        before = totals.get(edge["parent"], 0.0)
        assert full[step["total"]].hex() == (before + full[step["contribution"]]).hex()
        totals[edge["parent"]] = full[step["total"]]
    y.backward()
    assert {i: total.hex() for i, total in totals.items()} == {
        i: order[i].grad.hex() for i in totals
    }
    assert len(totals) == len(order)


@given(graphs())
def test_each_node_has_a_box_and_each_edge_a_place_in_both_layouts(y: Value) -> None:
    data = of(y)
    order = topological_order(y)
    assert [data["numbers"][node["data"]][0] for node in data["nodes"]] == [
        number(node.data) for node in order
    ]
    assert [(edge["parent"], edge["child"]) for edge in data["edges"]] == [
        (order.index(parent), i) for i, node in enumerate(order) for parent in node.parents
    ]
    for layout in data["layouts"].values():
        assert len(layout["positions"]) == len(order)
        assert len(layout["routes"]) == len(data["edges"])


def test_boxes_are_wide_enough_for_every_line_that_will_stand_in_them() -> None:
    a = Value(-1.23456e-7, name="a_rather_long_name_of_a_leaf")
    b = Value(1234567.0, name="b")
    y = (a * b).exp() - a / b
    data = of(y)
    lines = [[node["title"], f"data {data['numbers'][node['data']][0]}"] for node in data["nodes"]]
    for step in data["backward"]:
        lines[data["edges"][step["edge"]]["parent"]].append(
            f"grad {data['numbers'][step['total']][0]}"
        )
    for node, texts in zip(data["nodes"], lines, strict=True):
        assert len(node["title"]) <= 22
        assert node["width"] >= 7.3 * max(map(len, texts)) + 8
    assert max(len(text) for texts in lines for text in texts[2:]) > 12


@pytest.mark.parametrize(
    ("flow", "name"),
    [(2.0, "positive"), (-1e-300, "negative"), (0.0, "zero"), (-0.0, "zero"),
     (math.inf, "nan"), (-math.inf, "nan"), (math.nan, "nan")],
)  # fmt: skip
def test_an_edge_is_drawn_by_the_sign_of_what_passed(flow: float, name: str) -> None:
    assert sign(flow) == name


def test_widths_fall_by_powers_of_ten_below_the_largest_flow() -> None:
    assert levels([1.0, -0.1, 1e-4, 1e-9, 0.0, math.nan, math.inf]) == [
        1.0, 0.75, 0.0, 0.0, 0.0, 0.0, 0.0,
    ]  # fmt: skip
    assert levels([]) == []
    assert levels([1e-320, 1e300]) == [0.0, 1.0]


# --- the file -------------------------------------------------------------------------------------


def test_the_file_names_no_other_file_and_its_policy_allows_none() -> None:
    page = Stepper(Value(1.0, name="x") * 2.0, names={}).html()
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+|//[\w.]+\.\w+/", page))
    assert addresses == {"http://www.w3.org/2000/svg"}  # the name of a kind of element
    assert not re.search(r"\bsrc=|@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket", page)
    assert "default-src 'none'" in page
    assert page.count("<link") == page.count('href="data:,"') == 1


@pytest.mark.parametrize(
    "name", ["</script><script>alert(1)</script>", "<!--", "]]>", "&amp;", '"', "\u2028", "{data}"]
)
def test_a_hostile_name_cannot_leave_the_data(name: str) -> None:
    x = Value(2.0, name=name)
    y = x * x
    page = Stepper(y, names={}).html()
    assert page.count("<script") == 2
    assert page.count("</script>") == 2
    data = recording(page)
    assert data["nodes"][0]["name"] == (name if name.isprintable() else "\\u2028")
    frame = Stepper(y, names={})._repr_html_()
    assert frame.count("<") == 2  # the frame's own two tags
    assert frame.count('"') == 2 * frame.count('="')


def test_signs_that_end_a_line_of_a_script_or_begin_an_entity_are_escaped_in_the_data() -> None:
    page = Stepper(Value(1.0, name="a&b") * 2.0, names={}).html()
    data = page.partition('id="recording">')[2].partition("</script>")[0]
    assert not set(data) & set("<>&\u2028\u2029")
    assert "a\\u0026b" in data


def test_nan_and_infinity_are_no_numbers_of_json_and_are_written_as_text() -> None:
    y = Value(-1.0).log() + Value(0.0).log() * Value(0.0)
    data = of(y)
    assert {"nan", "-inf"} <= {text for text, _ in data["numbers"]}


def test_the_same_graph_gives_the_same_bytes_under_two_hash_seeds() -> None:
    program = (
        "import nn, sys; from autograd import Stepper; m = nn.MLP(2, [3, 1], seed=0)\n"
        "y = m([1.0, 2.0]); sys.stdout.write(Stepper(y).html() + Stepper(y).html(max_nodes=8))"
    )
    pages = [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert pages[0] == pages[1]
    assert len(pages[0]) > 10_000


def test_the_file_is_written_where_it_was_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "θ.html"
    stepper = Stepper(Value(1.0, name="θ") * 2.0, names={})
    assert stepper.to_html(str(target)) == target
    assert target.read_text(encoding="utf-8") == stepper.html()


def test_the_frame_of_a_notebook_holds_the_whole_page_at_the_steppers_position() -> None:
    import html

    stepper = Stepper(Value(1.0, name="x") * 2.0, names={}).seek(2)
    frame = re.fullmatch(r'<iframe srcdoc="([^"]*)" sandbox="allow-scripts" .*></iframe>',
                         stepper._repr_html_(), re.S)  # fmt: skip
    assert frame is not None
    assert html.unescape(frame[1]) == stepper.html().replace("slice(1)) || 0;", "slice(1)) || 2;")


# --- folded ---------------------------------------------------------------------------------------


def test_a_graph_of_500_nodes_is_shown_whole_and_takes_less_than_a_megabyte() -> None:
    y = x = Value(0.3, name="x")
    for i in range(125):
        y = (y * Value(1.0 + i / 100, name=f"a_long_name_{i}") + x).sin()
    y = y.parents[0]
    order = topological_order(y)
    assert len(order) == 500
    page = Stepper(y, names={}).html()
    assert len(recording(page)["nodes"]) == len(order)
    assert len(page.encode()) < 1_000_000


def test_past_the_cap_it_folds_by_the_model_in_the_callers_variables_and_says_so() -> None:
    model, loss = mlp(2, [16, 16, 1])
    data = recording(Stepper(loss).html())
    assert data["note"].startswith("713 nodes folded into 40 boxes: neurons of model")
    groups = [node for node in data["nodes"] if node["kind"] == "group"]
    assert len(groups) == 33
    assert groups[0]["name"] == "layers.0.neurons.0"
    assert groups[0]["detail"] == "4 operations, 3 parameters"
    assert len(model.parameters()) == 337


def test_the_model_may_be_given_and_the_cap_be_another() -> None:
    _, loss = mlp(2, [4, 1])
    assert of(loss)["note"] == ""
    other, _ = mlp(2, [4, 1])
    assert (
        "neurons" not in recording(Stepper(loss, names={}, model=other).html(max_nodes=20))["note"]
    )
    with raises(InputError, "model", "nn.Module", 3):
        Stepper(loss, model=3)
    with raises(ArgumentError, "Stepper", "max_nodes", 1, 0):
        Stepper(loss).html(max_nodes=0)


@given(graphs(max_nodes=25))
def test_a_folded_page_keeps_the_order_of_the_sweep_and_ends_with_every_bundle(y: Value) -> None:
    data = of(y, max_nodes=4)
    if len(topological_order(y)) <= 4:
        assert not data["note"]
        return
    assert len(data["nodes"]) <= 4
    assert sorted(step["edge"] for step in data["backward"]) == list(range(len(data["edges"])))
    last = {}
    for i, step in enumerate(data["backward"]):
        edge = data["edges"][step["edge"]]
        assert last.get(edge["child"], -1) < i  # all that comes to it has come before
        assert edge["parent"] < edge["child"]
        last[edge["parent"]] = i


@pytest.mark.parametrize("max_nodes", [8, 12, 60, 500])
@pytest.mark.parametrize("sizes", [[8, 1], [16, 16, 1]])
def test_a_node_of_its_own_in_a_folded_page_ends_with_its_very_gradient(
    sizes: list[int], max_nodes: int
) -> None:
    model = nn.MLP(2, sizes, "tanh", seed=0)
    inputs = [Value(0.5, name="x0"), Value(-1.0, name="x1")]
    loss = nn.hinge_loss(model(inputs), 1.0)
    data = recording(Stepper(loss, names={}, model=model).html(max_nodes=max_nodes))
    totals = {
        data["edges"][step["edge"]]["parent"]: data["numbers"][step["total"]]
        for step in data["backward"]
    }
    loss.backward()
    coordinates = {node["name"]: i for i, node in enumerate(data["nodes"])}
    for x in inputs:
        if x.name in coordinates:
            assert totals[coordinates[x.name]] == [number(x.grad), repr(x.grad)]
    assert max_nodes < 12 or {"x0", "x1"} <= set(coordinates)


def test_a_folded_page_keeps_the_numbers_the_stepper_was_made_with() -> None:
    model = nn.MLP(2, [16, 16, 1], seed=0)
    inputs = [Value(1.0), Value(2.0)]
    loss = nn.hinge_loss(model(inputs), 1.0)
    stepper = Stepper(loss, names={}, model=model)
    before = stepper.html(max_nodes=8)
    for x in inputs:
        x.data = 99.0
    loss.data = 7.0
    assert stepper.html(max_nodes=8) == before
    now = recording(Stepper(loss, names={}, model=model).html(max_nodes=8))
    assert "was computed before the data of an operand was changed" in now["note"]


def test_a_bundle_of_both_signs_is_called_mixed_and_of_one_by_its_name() -> None:
    model = nn.MLP(2, [16, 16, 1], "tanh", seed=0)
    loss = nn.hinge_loss(model([0.5, -1.0]), 1.0)
    data = recording(Stepper(loss, names={}, model=model).html(max_nodes=8))
    signs = {step["sign"] for step in data["backward"]}
    assert "mixed" in signs
    assert signs <= {"mixed", "positive", "negative", "zero"}
    alone = [step for step in data["backward"] if "×" in step["product"]]
    assert alone
    assert all(step["sign"] != "mixed" for step in alone)


def test_a_bundle_with_a_nan_in_it_is_drawn_as_broken_whatever_else_it_carries() -> None:
    model = nn.MLP(2, [16, 16, 1], "tanh", seed=0)
    model.layers[0].neurons[0].w[0].data = math.inf  # tanh is flat there, and 0 x inf is nan
    x = Value(0.5, name="x")
    y = model([x, 1.0])
    data = recording(Stepper(y, names={}, model=model).html(max_nodes=8))
    place = next(i for i, node in enumerate(data["nodes"]) if node["name"] == "x")
    (mine,) = [s for s in data["backward"] if data["edges"][s["edge"]]["parent"] == place]
    assert mine["product"].startswith("16 edges")
    assert mine["sign"] == "nan"


def test_before_all_bundles_have_come_a_nodes_gradient_is_what_has_come() -> None:
    model = nn.MLP(1, [4, 3, 1], "tanh", seed=0)
    x = Value(0.5, name="x")
    y = model([x]) * x
    stepper = Stepper(y, names={}, model=model)
    data = recording(stepper.html(max_nodes=8))
    place = next(i for i, node in enumerate(data["nodes"]) if node["name"] == "x")
    mine = [s for s in data["backward"] if data["edges"][s["edge"]]["parent"] == place]
    assert len(mine) >= 2
    totals = [float(data["numbers"][s["total"]][1]) for s in mine]
    y.backward()
    assert totals[-1] == x.grad
    assert totals[0] == model([x]).data  # of the product, which is the first to send


def test_a_graph_of_a_hundred_thousand_nodes_folds_and_does_not_hang() -> None:
    y = Value(1.0, name="x")
    for _ in range(100_000):
        y = y.sin()
    data = of(y)
    assert data["note"].startswith("100,001 nodes folded into ")
    assert len(data["nodes"]) <= 20
