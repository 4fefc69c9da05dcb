"""Folded pictures: every node in one box, no cycle, never too many boxes, and names stay text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, draw, sum  # noqa: A004 -- the engine's own
from autograd._util.module_paths import ModulePath, numbered_paths
from autograd.core.graph import topological_order
from autograd.show.layout.folding import Folded, fold
from autograd.show.picture import Picture, picture, picture_of
from tests.scale.sizes import lines_run


def folded(output: Value, model: Any, max_nodes: int) -> Folded:
    order = topological_order(output)
    paths = numbered_paths(order, {"model": model} if model is not None else {})
    return checked(picture_of(order, {}), paths, max_nodes)


def checked(shown: Picture, paths: dict[int, ModulePath], max_nodes: int) -> Folded:
    """The folded picture, after a look at all that has to hold for each."""
    result = fold(shown, paths, max_nodes)
    members = [member for group in result.groups for member in group.members]
    assert sorted(members) == list(range(len(shown.nodes)))
    assert len(result.groups) <= max_nodes
    assert [group.number for group in result.groups] == list(range(len(result.groups)))
    assert result.groups[-1].members[-1] == shown.output.number
    # groups are in topological order, so there is no cycle
    assert all(start < end for start, end in result.bundles)
    group_of = {member: group.number for group in result.groups for member in group.members}
    between = {
        (group_of[parent], group_of[node.number], node.number, slot)
        for node in shown.nodes
        for slot, parent in enumerate(node.parents)
        if group_of[parent] != group_of[node.number]
    }
    assert between == {(*ends, *edge) for ends, edges in result.bundles.items() for edge in edges}
    return result


def titles(result: Folded) -> list[str]:
    return [group.title for group in result.groups]


def chain(n: int) -> Value:
    x = Value(0.5)
    for _ in range(n):
        x = x.tanh()
    return x


# --- along the parts of a model -------------------------------------------------------------------


def test_a_network_is_folded_into_one_box_a_neuron_then_one_a_layer_then_one_in_all() -> None:
    model = nn.MLP(2, [3, 2, 1], "tanh", seed=0)
    loss = (model([Value(0.5, name="x"), Value(1.0, name="y")]) - 1.0) ** 2
    neurons = folded(loss, model, 20)
    assert titles(neurons) == [
        "x", "y", "1",
        "layers.0.neurons.0", "layers.0.neurons.1", "layers.0.neurons.2",
        "layers.1.neurons.0", "layers.1.neurons.1", "layers.2.neurons.0", "-", "**2",
    ]  # fmt: skip
    assert neurons.groups[3].detail == "4 operations, 3 parameters"
    assert neurons.note.endswith("nodes folded into 11 boxes: neurons of model")
    layers = folded(loss, model, 8)
    assert titles(layers) == ["x", "y", "1", "layers.0", "layers.1", "layers.2", "-", "**2"]
    assert layers.note.endswith("8 boxes: layers of model")
    assert titles(folded(loss, model, 7)) == [
        "2 inputs", "1", "layers.0", "layers.1", "layers.2", "-", "**2",
    ]  # fmt: skip
    assert titles(folded(loss, model, 5)) == ["2 inputs", "1", "model", "-", "**2"]
    assert titles(folded(loss, model, 1)) == ["depth 0 to 10"]


def test_a_box_of_one_node_looks_like_that_node() -> None:
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    y = model([Value(0.5, name="x"), 1.0])
    source = draw(y, max_nodes=10).source
    assert re.search(r'n0 \[label="x\\ndata 0.5" fillcolor="#dcebf7"\]', source)
    assert source.count("peripheries=2") == 4


def test_inputs_that_are_too_many_become_one_box() -> None:
    model = nn.MLP(50, [3, 2], "tanh", seed=0)
    loss = nn.cross_entropy(model([i / 50 for i in range(50)]), 1)
    result = folded(loss, model, 20)
    assert result.groups[0].title == "50 inputs"
    assert result.groups[0].detail == "data 0 to 0.98"
    assert result.note.endswith("boxes: neurons of model, inputs")
    assert {len(edges) for (start, _), edges in result.bundles.items() if start == 0} == {50}


def test_all_examples_of_a_batch_share_the_boxes_of_the_neurons() -> None:
    model = nn.MLP(2, [4, 1], "tanh", seed=0)
    loss = sum([(model([i / 9, 1.0]) - 1.0) ** 2 for i in range(9)])
    result = folded(loss, model, 25)
    neurons = [title for title in titles(result) if "neurons" in title]
    assert neurons == [*(f"layers.0.neurons.{i}" for i in range(4)), "layers.1.neurons.0"]
    small = folded(loss, model, 9)
    assert small.groups[-2].title == "18 operations"
    assert small.groups[-2].detail == "9 **2, 9 -"
    assert small.note.endswith("neurons of model, inputs, plain numbers, what belongs to no part")


def test_a_neuron_used_again_later_is_a_box_for_each_use_and_no_cycle() -> None:
    one, two = nn.Neuron(1, "tanh", rng=0), nn.Neuron(1, "tanh", rng=1)
    cell = nn.Module()
    cell.one, cell.two = one, two  # type: ignore[attr-defined]
    h = Value(0.5, name="h")
    for _ in range(3):
        h = two([one([h])])
    result = folded(h, cell, 10)
    assert titles(result) == [
        "h", "one", "two", "one (use 2)", "two (use 2)", "one (use 3)", "two (use 3)",
    ]  # fmt: skip
    assert len(result.groups[1].parameters) == 2
    assert len(result.groups[3].parameters) == 0
    assert result.bundles[1, 3]  # the weights are used there too
    assert titles(folded(h, cell, 3)) == ["h", "model"]


def test_parameters_that_two_parts_share_stand_alone() -> None:
    a, b = nn.Neuron(1, rng=0), nn.Neuron(1, rng=1)
    pair = nn.Module()
    pair.a, pair.b = a, b  # type: ignore[attr-defined]
    tied = a.w[0] * b.w[0] + a.b * b.b + a([1.0]) * b([2.0])
    folded(tied, pair, 12)
    assert "a (parameters)" in titles(folded(tied, pair, 12))


def test_two_models_are_called_by_their_names() -> None:
    left, right = nn.MLP(2, [2, 1], seed=0), nn.MLP(2, [2, 1], seed=1)
    source = draw(left([1.0, 2.0]) * right([1.0, 2.0]), max_nodes=20).source
    assert "left.layers.0.neurons.1" in source
    assert "right.layers.1.neurons.0" in source
    assert "neurons of left, right" in source


def test_the_model_may_be_given() -> None:
    def output() -> tuple[Value, nn.Module]:
        hidden = nn.MLP(2, [4, 1], seed=0)
        return hidden([1.0, 2.0]), hidden

    y, hers = output()
    assert "layers.0" in draw(y, max_nodes=10).source
    pair = (y, hers)
    del hers
    assert "layers.0" not in draw(y, max_nodes=10).source
    assert "layers.0" in draw(y, model=pair[1], max_nodes=10).source


# --- without a model ------------------------------------------------------------------------------


def test_a_wide_graph_is_folded_by_depth_and_operation() -> None:
    y = sum([(Value(i / 10) - 0.5) ** 2 for i in range(100)])
    result = folded(y, None, 20)
    assert titles(result) == ["100 leaf nodes", "100 plain numbers", "100 -", "100 **2", "Σ"]
    assert [len(edges) for edges in result.bundles.values()] == [100] * 4
    assert result.note == "401 nodes folded into 5 boxes: by depth and operation"


def test_a_deep_graph_is_folded_into_bands_of_depth_and_its_output() -> None:
    result = folded(chain(600), None, 500)
    assert titles(result)[:2] == ["depth 0 to 49", "depth 50 to 99"]
    assert titles(result)[-2:] == ["depth 550 to 599", "tanh"]
    assert result.groups[1].detail == "50 nodes (50 tanh)"
    assert result.upright


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 30])
def test_there_are_never_more_boxes_than_asked_for(limit: int) -> None:
    model = nn.MLP(3, [4, 4, 2], seed=0)
    loss = nn.cross_entropy(model([1.0, 2.0, 3.0]), 0)
    folded(loss, model, limit)
    folded(loss, None, limit)
    folded(chain(50), None, limit)


def test_few_nodes_with_too_many_edges_are_folded_too() -> None:
    xs = [Value(float(i)) for i in range(60)]
    y = sum([sum(xs) for _ in range(60)])
    assert "121 nodes folded" not in draw(y, max_nodes=1300).source
    assert "121 nodes folded into 3 boxes" in draw(y, max_nodes=200).source


def test_a_graph_past_max_nodes_folds_and_says_so() -> None:
    y = Value(1.0)
    for _ in range(600):
        y = y + y
    drawing = draw(y)
    assert repr(drawing).startswith("<Drawing of y = +, a graph of 601 nodes\n601 nodes folded in")
    assert 'label="601 nodes folded into 13 boxes: bands of depth\\n' in drawing.source
    whole = draw(y, max_nodes=601)
    assert len(re.findall(r"^\tn\d+ \[", whole.source, re.MULTILINE)) == 601
    assert "folded" not in whole.source + repr(whole)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_graph_with_any_parts_folds_without_a_cycle(data: st.DataObject) -> None:
    nodes = [Value(1.0) for _ in range(data.draw(st.integers(1, 4)))]
    for _ in range(data.draw(st.integers(1, 25))):
        few = data.draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3))
        nodes.append(sum(few) if len(few) != 2 else few[0] * few[1])
    used = {parent for node in nodes for parent in node.parents}
    shown = picture(sum([node for node in nodes if node not in used]), {}, "test")
    path = st.sampled_from([("m",), ("m", "m.a"), ("m", "m.a", "m.a.0"), ("n", "n.b")])
    owned = st.dictionaries(st.sampled_from(range(len(shown.nodes))), path)
    checked(shown, data.draw(owned), data.draw(st.integers(1, 12)))


def test_the_work_of_a_drawing_is_in_proportion_to_its_nodes() -> None:
    def network(n_hidden: int) -> Value:
        return nn.cross_entropy(nn.MLP(20, [n_hidden, 10], seed=0)([0.5] * 20), 3)

    for small, large in ((chain(2_000), chain(8_000)), (network(40), network(160))):
        assert lines_run(lambda y=large: draw(y)) < 5 * lines_run(lambda y=small: draw(y))


# --- what is written ------------------------------------------------------------------------------


def test_a_box_says_its_result_and_the_norm_of_its_parameters_gradient() -> None:
    neuron = nn.Neuron(2, "tanh", rng=0)
    y = neuron([3.0, 4.0]) ** 2
    assert "norm of" not in draw(y, max_nodes=4).source
    assert "no gradients yet" in draw(y, max_nodes=4).source
    y.backward()
    gradients = [parameter.grad for parameter in neuron.parameters()]
    norm = sum([g * g for g in gradients]) ** 0.5
    assert f"norm of parameters' grad {norm:.4g}" in draw(y, max_nodes=4).source


def test_a_bundle_says_how_many_edges_it_holds_and_the_norm_of_their_flows() -> None:
    y = sum([Value(i / 10) * 3.0 for i in range(-3, 5)])
    before = draw(y, max_nodes=4).source
    assert 'n0 -> n2 [label="8 edges"]' in before
    y.backward()
    found = re.search(r"n0 -> n2 \[(.*)\]", draw(y, max_nodes=4).source)
    assert found
    assert found[1] == r'label="8 edges\nflow 8.485\n " color="#0072b2" penwidth=5'


def test_many_bundles_have_their_labels_as_tooltips() -> None:
    model = nn.MLP(2, [11, 11, 1], seed=0)
    source = draw(model([1.0, 2.0]), max_nodes=300).source
    assert source.count("edgetooltip=") == 2 * 11 + 11 * 11 + 11
    assert "label" not in "".join(re.findall("n[0-9]+ -> .*", source))


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "<b>", "a\"b'c", "end\\", "\\N\\n", "&lt;b&gt;", "a\nb",
             'x"]; evil [label="y', "a.b", "", "\x00", "漢字"],
)  # fmt: skip
def test_hostile_names_of_parts_models_and_nodes_stay_text(name: str) -> None:
    neurons = {name: nn.Neuron(1, rng=0), "other": nn.Neuron(1, rng=1)}
    model = nn.Module()
    model.parts = neurons  # type: ignore[attr-defined]
    x = Value(2.0, name=name)
    y = neurons[name]([x]) * neurons["other"]([x])
    shown = name if name.isprintable() else repr(name)[1:-1]
    for limit, expected in (
        (4, [shown or "leaf", f"parts.{shown}"]),
        (3, [shown or "leaf"]),
        (1, []),
    ):
        svg = draw(y, names={}, model=model, max_nodes=limit).svg()
        root = ElementTree.fromstring(svg)
        texts = ["".join(t.itertext()).replace("\xa0", " ") for t in root.iter() if "text" in t.tag]
        assert set(expected) <= set(texts)
        assert svg.count('class="node"') == limit
        assert "<script" not in svg
