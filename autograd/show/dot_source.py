"""The DOT text of a picture, whole or folded; equal pictures give equal texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd._util.format import count, number, one_line
from autograd.analysis.steps import changed_note
from autograd.show.layout.folding import Folded, NodeGroup

from autograd.show.picture import (  # isort: skip
    DECADE, WIDEST, Picture, PictureNode, Stroke, bundle_stroke, largest_of, norm, stroke,
)  # fmt: skip

# Light fills carry black text on screen and in print, and differ in lightness, not only in hue.
_LEAF, _CONSTANT, _INTERIOR, _OUTPUT, _FOLDED = (
    "#dcebf7", "#f2f2f2", "#ffffff", "#fdebd0", "#e6f2e9",
)  # fmt: skip
_LABELLED = 100  # with more bundles than that, labels would hide the picture


def dot_source(shown: Picture) -> str:
    """The DOT text of a picture, node by node."""
    flows = [flow for node in shown.nodes for flow in node.flows]
    largest = largest_of(flows)
    notes = ["on an edge: the local derivative"]
    if shown.has_gradients:
        notes = [notes[0] + ", and the flow of gradient back along it"]
        notes.append("flow = gradient x local derivative")
    graph = _digraph([*notes, *_legend(shown, flows, largest)])
    for node in shown.nodes:
        graph.node(f"n{node.number}", label=_text(_node_lines(node)), **_node_looks(node, shown))
        for slot, parent in enumerate(node.parents):
            graph.edge(f"n{parent}", f"n{node.number}", **_edge(node, slot, largest))
    return str(graph.source)


def folded_source(shown: Picture, folded: Folded) -> str:
    """The DOT text of a folded picture."""
    flows = {
        ends: [shown.nodes[child].flow(slot) for child, slot in edges]
        for ends, edges in folded.bundles.items()
        if shown.has_gradients
    }
    sizes = {ends: norm(several) for ends, several in flows.items()}
    largest = largest_of(sizes.values())
    labelled = len(folded.bundles) <= _LABELLED
    notes = [folded.note]
    if labelled and shown.has_gradients:
        notes.append("the flow of several edges: the square root of the sum of squares")
    graph = _digraph([*notes, *_legend(shown, sizes.values(), largest, several=True)])
    if folded.upright:
        graph.graph_attr["rankdir"] = "TB"
    elif not labelled:
        # room for many lines to spread out, and the neurons of a layer in their order
        graph.graph_attr.update(ranksep="1.5", ordering="out")
    exits = _exits(shown, folded)
    for group in folded.groups:
        if group.is_node:
            node = shown.nodes[group.members[0]]
            lines, looks = _node_lines(node), _node_looks(node, shown)
        else:
            lines = _group_lines(group, shown, exits[group.number])
            looks = _group_looks(group, shown)
        graph.node(f"n{group.number}", label=_text(lines), **looks)
    for (start, end), edges in folded.bundles.items():
        if len(edges) == 1:
            ((child, slot),) = edges
            looks = _edge(shown.nodes[child], slot, largest)
        else:
            looks = _bundle(len(edges), flows.get((start, end)), largest)
        if folded.upright:
            looks["label"] = "  " + looks["label"].replace("\\n", "\\n  ")  # clear of the line
        if not labelled:
            looks["edgetooltip"] = looks.pop("label")
        graph.edge(f"n{start}", f"n{end}", **looks)
    return str(graph.source)


def _digraph(caption: Iterable[str]) -> Any:
    import graphviz

    # Courier: graphviz-pure's other fonts are wider than the boxes it computes for them
    font = {"fontname": "Courier", "fontsize": "12"}
    graph = graphviz.Digraph(
        "glassgrad",
        graph_attr={"rankdir": "LR", "ranksep": "0.4", "nodesep": "0.2"} | font,
        node_attr={"shape": "box", "style": "rounded,filled"} | font,
        edge_attr={"color": Stroke().color, "fontcolor": "#333333", "arrowsize": "0.7"}
        | font
        | {"fontsize": "10"},
    )
    graph.attr(label=_text(list(caption)), labelloc="b", fontsize="10", fontcolor="#333333")
    return graph


def _legend(
    shown: Picture, flows: Iterable[float], largest: float, *, several: bool = False
) -> list[str]:
    """What the lines of the edges mean, as far as they are there to be seen."""
    notes = []
    if shown.changed is not None:
        notes = changed_note(shown.nodes[shown.changed].title).split("; ")
    if not shown.has_gradients:
        return ["no gradients yet: call .backward()", *notes]
    mixed = ", grey: of both signs" if several else ""
    lines = [f"solid blue: positive, dashed orange: negative{mixed}, dotted: zero"]
    if largest:
        lines.append(
            f"the wider, the larger: {WIDEST:g} points for {number(largest)}, "
            f"{WIDEST - DECADE:g} for a tenth of it"
        )
    if any(flow - flow != 0.0 for flow in flows):
        lines.append("double black: the flow is infinite or nan")
    return [*lines, *notes]


def _text(lines: Sequence[str]) -> str:
    """Lines as a label in which nothing is an instruction to Graphviz, nor to a browser."""
    import graphviz

    # an entity such as &lt; would be drawn as the sign it stands for
    safe = [graphviz.escape(one_line(line).replace("&", "&amp;")) for line in lines]
    label: str = graphviz.nohtml(
        "\\n".join(safe)
    )  # a backslash and an n: DOT's sign for a new line
    return label


def _node_lines(node: PictureNode) -> list[str]:
    if node.is_constant:
        return [node.title]
    grad = [] if node.grad is None else [f"grad {number(node.grad)}"]
    return [node.title, f"data {number(node.data)}", *grad]


def _node_looks(node: PictureNode, shown: Picture) -> dict[str, str]:
    if node.number == shown.output.number:
        return {"fillcolor": _OUTPUT, "penwidth": "2"}
    if node.is_constant:
        return {"fillcolor": _CONSTANT, "style": "filled,dashed"}
    return {"fillcolor": _LEAF if node.is_leaf else _INTERIOR}


def _edge(node: PictureNode, slot: int, largest: float) -> dict[str, str]:
    """The looks of an edge to a node from its parent in a slot."""
    local = number(node.locals_[slot])
    if node.grad is None:
        return {"label": local}
    flow = node.flow(slot)
    label = _text([f"local {local}", f"flow {number(flow)}", " "])  # clear of a thick line
    return {"label": label} | _line(stroke(flow, largest))


def _bundle(n: int, flows: Sequence[float] | None, largest: float) -> dict[str, str]:
    """The looks of several edges in one."""
    edges = count(n, "edge")
    if flows is None:
        return {"label": edges}
    label = _text([edges, f"flow {number(norm(flows))}", " "])
    return {"label": label} | _line(bundle_stroke(flows, largest))


def _line(line: Stroke) -> dict[str, str]:
    looks = {"color": line.color, "penwidth": f"{line.width:.2g}"}
    if line.style == "double":
        return looks | {"color": f"{line.color}:{line.color}"}
    return looks if line.style == "solid" else looks | {"style": line.style}


def _exits(shown: Picture, folded: Folded) -> list[set[int]]:
    """The nodes of each group that are used outside of it, or are the output."""
    exits: list[set[int]] = [set() for _ in folded.groups]
    for (start, _), edges in folded.bundles.items():
        exits[start].update(shown.nodes[child].parents[slot] for child, slot in edges)
    exits[-1].add(shown.output.number)
    return exits


def _group_lines(group: NodeGroup, shown: Picture, exits: set[int]) -> list[str]:
    lines = [group.title, group.detail]
    if len(exits) == 1:
        # a neuron has one result, which says more of it than all that led to it
        title, *numbers = _node_lines(shown.nodes[min(exits)])
        lines += [title] * (shown.output.number in exits)
        lines.append(", ".join(numbers))
    if group.parameters and shown.has_gradients:
        gradients = [shown.nodes[i].grad or 0.0 for i in group.parameters]
        lines.append(f"norm of parameters' grad {number(norm(gradients))}")
    return lines


def _group_looks(group: NodeGroup, shown: Picture) -> dict[str, str]:
    fill = _LEAF if all(shown.nodes[i].is_leaf for i in group.members) else _FOLDED
    looks = {"fillcolor": fill, "style": "filled", "peripheries": "2"}
    if group.members[-1] == shown.output.number:
        return looks | {"fillcolor": _OUTPUT, "penwidth": "2"}
    return looks
