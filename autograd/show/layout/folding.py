"""A picture with too many nodes, folded: its nodes in groups, and its edges in bundles.

``fold`` takes the finest of the strategies (``strategies.py``) that fits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from autograd._util.format import count, number
from autograd._util.module_paths import ModulePath
from autograd.show.layout.strategies import BAND, BOX, PART, REST, SAME, Key, Strategy, strategies
from autograd.show.picture import Picture, PictureNode

# Edges cost Graphviz more than nodes: three for each of 500 nodes take it 8 s at worst. And a
# folded picture is there to be read.
_EDGES, _BUNDLES = 3, 1

Bundles = dict[tuple[int, int], list[tuple[int, int]]]


@dataclass(frozen=True)
class NodeGroup:
    """Nodes that share a box, by number, parents first; one alone is a node as any other."""

    number: int
    title: str
    detail: str
    members: tuple[int, ...]
    parameters: tuple[int, ...] = ()  # those of the members that are parameters of a model

    @property
    def is_node(self) -> bool:
        """Whether it is a single node, and nothing was folded."""
        return len(self.members) == 1


@dataclass(frozen=True)
class Folded:
    """The groups of a picture, in topological order, the output's last, and their edges.

    ``bundles`` has, by the numbers of the groups it leads from and to, the scalar edges of each
    bundle: the number of the child, and the slot of the parent in it. ``note`` says what was done.
    """

    groups: tuple[NodeGroup, ...]
    bundles: Mapping[tuple[int, int], tuple[tuple[int, int], ...]]
    note: str
    upright: bool = False  # whether it is a mere row of boxes, better read from top to bottom


def fits(shown: Picture, max_nodes: int) -> bool:
    """Whether a picture can be drawn as it is, with at most ``max_nodes`` nodes."""
    if len(shown.nodes) > max_nodes:
        return False
    return sum(len(node.parents) for node in shown.nodes) <= _most(_EDGES, max_nodes)


def fold(shown: Picture, paths: Mapping[int, ModulePath], max_nodes: int) -> Folded:
    """Fold a picture into at most ``max_nodes`` groups, along the parts of the models.

    ``paths`` says of a node, by its number, to which parts it belongs, the whole model first.

    >>> from autograd import Value
    >>> from autograd.show.picture import picture
    >>> x = Value(0.5)
    >>> for _ in range(100):
    ...     x = x.sin()
    >>> folded = fold(picture(x, {}, "example"), {}, max_nodes=5)
    >>> [(group.title, len(group.members)) for group in folded.groups]
    [('depth 0 to 49', 50), ('depth 50 to 99', 50), ('sin', 1)]
    >>> dict(folded.bundles), folded.note
    ({(0, 1): ((50, 0),), (1, 2): ((100, 0),)}, '101 nodes folded into 3 boxes: bands of depth')
    """
    above = [node.parents for node in shown.nodes]
    strategy, members, bundles = _finest(
        strategies(shown, above, paths, max_nodes), above, max_nodes
    )
    groups = tuple([
        _group(i, [shown.nodes[member] for member in members[key]], key, strategy, paths)
        for i, key in enumerate(members)
    ])  # fmt: skip
    boxes = f"{len(groups):,} box{'es' if len(groups) > 1 else ''}"
    note = f"{count(len(shown.nodes), 'node')} folded into {boxes}: {', '.join(strategy.words)}"
    tuples = {ends: tuple(edges) for ends, edges in bundles.items()}
    return Folded(groups, tuples, note, strategy.upright)


def _finest(
    found: Iterable[Strategy], above: Sequence[Sequence[int]], max_nodes: int
) -> tuple[Strategy, dict[Key, list[int]], Bundles]:
    for strategy in found:
        members = _members(strategy.keys)
        if len(members) <= max_nodes:
            group_of = {key: i for i, key in enumerate(members)}
            group = [group_of[key] for key in strategy.keys]
            bundles = _bundles(above, group, _most(_BUNDLES, max_nodes))
            if bundles is not None:
                return strategy, members, bundles
    raise AssertionError("the last of the strategies is a single group, which always fits")


def _most(edges: int, max_nodes: int) -> int:
    return max(100, edges * max_nodes)


def _members(keys: Sequence[Key]) -> dict[Key, list[int]]:
    """The nodes of each key, the groups in topological order."""
    members: dict[Key, list[int]] = {}
    for i, key in enumerate(keys):
        members.setdefault(key, []).append(i)
    # by stage; within one by the first node, as the nodes that stay alone depend on each other
    return dict(sorted(members.items(), key=lambda item: (item[0][0], item[1][0])))


def _bundles(above: Sequence[Sequence[int]], group: Sequence[int], most: int) -> Bundles | None:
    """The edges between the groups, or None if there are more than ``most`` bundles of them."""
    bundles: Bundles = {}
    for child, parents in enumerate(above):
        mine = group[child]
        for slot, parent in enumerate(parents):
            if group[parent] != mine:
                bundles.setdefault((group[parent], mine), []).append((child, slot))
        if len(bundles) > most:
            return None
    return dict(sorted(bundles.items()))


# --- what the boxes say ---------------------------------------------------------------------------


def _group(
    i: int, nodes: Sequence[PictureNode], key: Key, strategy: Strategy,
    paths: Mapping[int, ModulePath],
) -> NodeGroup:  # fmt: skip
    members = tuple([node.number for node in nodes])
    if len(nodes) == 1:
        return NodeGroup(
            i, nodes[0].title, "", members, members if _is_parameter(nodes[0], paths) else ()
        )
    level, kind, _ = key
    parameters = tuple([node.number for node in nodes if _is_parameter(node, paths)])
    operations = [node for node in nodes if not node.is_leaf]
    title = strategy.titles.get(key, "")
    if kind == PART:
        several = [count(len(operations), "operation")] if operations else []
        detail = ", ".join([*several, count(len(parameters), "parameter")])
    elif kind == BOX:
        title, detail = count(len(nodes), title), _range(nodes)
    elif kind == REST:
        title, detail = count(len(nodes), "operation"), _kinds(nodes)
    elif kind == SAME:
        title, detail = f"{len(nodes):,} {nodes[0].label}", f"depth {level}"
    else:
        assert kind == BAND
        detail = f"{count(len(nodes), 'node')} ({_kinds(nodes)})"
    return NodeGroup(i, title, detail, members, parameters)


def _is_parameter(node: PictureNode, paths: Mapping[int, ModulePath]) -> bool:
    return node.is_leaf and node.number in paths


def _kinds(nodes: Iterable[PictureNode]) -> str:
    """``60 *, 60 +, 10 leaves``: the operations, the most frequent first."""
    operations = Counter(node.label for node in nodes if not node.is_leaf)
    leaves = sum(node.is_leaf for node in nodes)
    ranked = sorted(operations.items(), key=lambda item: (-item[1], item[0]))
    listed = [f"{n:,} {label}" for label, n in ranked[:3]]
    others = sum(n for _, n in ranked[3:])
    if others:
        listed.append(f"{others:,} more")
    if leaves:
        listed.append(f"{leaves:,} lea{'ves' if leaves > 1 else 'f'}")
    return ", ".join(listed)


def _range(nodes: Iterable[PictureNode]) -> str:
    data = [node.data for node in nodes if node.data == node.data]
    if not data:
        return "data nan"
    low, high = number(min(data)), number(max(data))
    return f"data {low}" if low == high else f"data {low} to {high}"
