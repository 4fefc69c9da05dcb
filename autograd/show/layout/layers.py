"""Layer assignment: the layer of each node, points for long edges, the order in a layer.

The steps are those of Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical
system structures", 1981; ``layout`` then turns layers and orders into places on the page.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Parents = Sequence[Sequence[int]]

# A graph that anybody reads stays far below; past it the longest edges run without points.
MOST_POINTS = 8_000
_MOST_SWEEPS = 16
_WORK = 100_000  # how many points and edges all sweeps together may look at, two sweeps at least


@dataclass
class Layered:
    """A graph whose edges run from one layer to the next.

    The points with the first numbers are the nodes. The others carry long edges through the layers
    between: ``trunks[i]`` are those of node i, one a layer, shared by all edges that leave it.
    """

    layers: list[list[int]]  # the points of each layer, in order
    layer: list[int]  # the layer of each point
    before: list[list[int]]  # each point's neighbours in the layer before, in operand order
    after: list[list[int]]
    trunks: list[range]

    def path(self, parent: int, child: int) -> list[int]:
        """The points from a node to a child: both, and the points between if it has them."""
        between = self.layer[child] - self.layer[parent] - 1
        trunk = self.trunks[parent]
        return [parent, *(trunk[:between] if between <= len(trunk) else ()), child]


def layered(parents: Parents) -> Layered:
    """The graph in layers, in an order with few crossings."""
    graph = _with_points(parents, _late_layers(parents))
    _order_by_operands(graph)
    _uncross(graph)
    return graph


def _late_layers(parents: Parents) -> list[int]:
    """The layer of each node, as late as its children allow: a weight is next to its product."""
    distance = [0] * len(parents)  # the longest way to the output
    for child in reversed(range(len(parents))):
        for parent in parents[child]:
            distance[parent] = max(distance[parent], distance[child] + 1)
    longest = max(distance)
    return [longest - d for d in distance]


def _with_points(parents: Parents, layer: list[int]) -> Layered:
    n_nodes = len(parents)
    trunks = []
    for node, length in enumerate(_trunk_lengths(parents, layer)):
        trunks.append(range(len(layer), len(layer) + length))
        layer.extend(range(layer[node] + 1, layer[node] + 1 + length))
    before: list[list[int]] = [[] for _ in layer]
    after: list[list[int]] = [[] for _ in layer]
    layers: list[list[int]] = [[] for _ in range(max(layer) + 1)]
    graph = Layered(layers, layer, before, after, trunks)
    for node in range(n_nodes):
        for u, v in pairwise([node, *trunks[node]]):
            before[v].append(u)
            after[u].append(v)
    for child in range(n_nodes):
        for parent in parents[child]:
            last = graph.path(parent, child)[-2]
            if layer[last] == layer[child] - 1:
                before[child].append(last)
                after[last].append(child)
    return graph


def _trunk_lengths(parents: Parents, layer: list[int]) -> list[int]:
    """How many points each node's long edges get: the shortest edges first, while there are any."""
    lengths = [0] * len(parents)
    edges = {(layer[child] - layer[p] - 1, p) for child, of in enumerate(parents) for p in of}
    total = 0
    for length, node in sorted(edges):
        total += length - lengths[node]
        if total > MOST_POINTS:
            break
        lengths[node] = length
    return lengths


# --- the order within a layer ---------------------------------------------------------------------


def _order_by_operands(graph: Layered) -> None:
    """Fill the layers in the order of a walk from the output, first operands first.

    A tree has no crossings so, and a*b + c shows a above b above c.
    """
    stack = [point for point, children in enumerate(graph.after) if not children]
    seen = set()
    while stack:
        point = stack.pop()
        if point not in seen:
            seen.add(point)
            graph.layers[graph.layer[point]].append(point)
            stack.extend(reversed(graph.before[point]))


def _uncross(graph: Layered) -> None:
    """Sort each layer by the mean place of its neighbours, to and fro; keep the best order seen.

    Neighbours are exchanged where that alone saves crossings, as in Gansner, Koutsofios, North and
    Vo, "A technique for drawing directed graphs", 1993. Ties are kept in two sweeps of four, and
    turned round in the other two, which leads out of many a dead end.
    """
    layers = graph.layers
    place = [0] * len(graph.layer)
    for points in layers:
        _number(points, place)
    best, fewest = [points[:] for points in layers], _faults(graph, place)[0]
    work = len(graph.layer) + sum(map(len, graph.after))
    for sweep in range(max(2, min(_MOST_SWEEPS, _WORK // work))):
        if fewest == 0:
            break
        near = graph.before if sweep % 2 else graph.after
        turn = sweep % 4 > 1
        for points in layers if sweep % 2 else reversed(layers):
            _sort_by_means(points, near, place, turn)
        for points in reversed(layers) if sweep % 2 else layers:
            _exchange(points, graph, place, turn)
        faults, mirrored = _faults(graph, place)
        if min(faults, mirrored) < fewest:
            fewest = min(faults, mirrored)
            best = [points[:: -1 if mirrored < faults else 1] for points in layers]
    graph.layers = best


def _number(points: list[int], place: list[int]) -> None:
    for i, point in enumerate(points):
        place[point] = i


def _sort_by_means(points: list[int], near: list[list[int]], place: list[int], turn: bool) -> None:
    """Sort the points that have neighbours; those without stay where they are."""
    means = {p: sum([place[q] for q in near[p]]) / len(near[p]) for p in points if near[p]}
    in_order = iter(sorted(reversed(means) if turn else means, key=means.__getitem__))
    points[:] = [next(in_order) if point in means else point for point in points]
    _number(points, place)


def _exchange(points: list[int], graph: Layered, place: list[int], turn: bool) -> None:
    sides = [
        {p: sorted([place[q] for q in near[p]]) for p in points}
        for near in (graph.before, graph.after)
    ]
    for i in range(len(points) - 1):
        u, v = points[i], points[i + 1]
        saved = sum([_pairs(side[u], side[v]) - _pairs(side[v], side[u]) for side in sides])
        if saved > 0 or (turn and saved == 0):
            points[i], points[i + 1] = v, u
    _number(points, place)


def _pairs(these: list[int], those: list[int]) -> int:
    """How many pairs of one of ``these`` and a smaller one of ``those`` there are; both sorted."""
    if not these or not those or these[-1] <= those[0]:
        return 0
    return sum([bisect_left(those, x) for x in these])


def _faults(graph: Layered, place: list[int]) -> tuple[int, int]:
    """The crossings, and neighbouring operands in the wrong order; the same for the mirror image.

    Operands count because a graph is easier to compare with its formula if a stands above b in
    a*b; two crossings fewer are not worth the neurons of a layer in a jumble.
    """
    crossings = sum(
        inversions([b for p in points for b in sorted([place[q] for q in graph.after[p]])])
        for points in graph.layers
    )
    steps = [place[v] - place[u] for near in graph.before for u, v in pairwise(near)]
    return crossings + sum(s < 0 for s in steps), crossings + sum(s > 0 for s in steps)


def inversions(numbers: Iterable[int]) -> int:
    """How many pairs are in the wrong order: the crossings, if these are the edges' far ends.

    A sum tree counts them in n log n. Source: Barth, Jünger and Mutzel, "Simple and efficient
    bilayer cross counting", 2002.

    >>> inversions([0, 2, 1, 0])
    3
    """
    ends = list(numbers)
    size = max(ends, default=0) + 1
    tree = [0] * (size + 1)  # tree[k] counts the numbers in the k & -k places up to k
    found = 0
    for seen, end in enumerate(ends):
        found += seen
        k = end + 1
        while k:  # take away those that are not larger
            found -= tree[k]
            k &= k - 1
        k = end + 1
        while k <= size:
            tree[k] += 1
            k += k & -k
    return found
