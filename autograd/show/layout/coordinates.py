"""Coordinates in the layers: nothing overlaps, long edges are straight, parents are about a child.

``Arrangement`` moves one layer at a time, as Sugiyama, Tagawa and Toda do, "Methods for visual
understanding of hierarchical system structures", 1981; each move is the best one for that layer.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Sequence
from itertools import pairwise

from autograd.show.layout.layers import Layered

Pulls = list[list[tuple[int, float]]]  # for each point the neighbours that pull it, and how much

_ROUNDS = 12
_WORK = 60_000  # how many points all rounds together may move, two rounds at least
_TO_LINE, _IN_LINE, _RESTING = 2.0, 8.0, 1000.0
_DEEPEST = 8  # a line this deep pulls no more than one that is deeper still


def coordinates(graph: Layered, half: Sequence[float]) -> list[float]:
    """The place of each point along its layer; ``half`` is half the room that each needs."""
    moving = Arrangement(graph, half)
    rounds = max(2, min(_ROUNDS, _WORK // len(half)))
    forwards, backwards = graph.layers, graph.layers[::-1]
    for _ in range(rounds):
        moving.follow(forwards, moving.before, moving.after)
        moving.follow(backwards, moving.after, moving.before)
    both = [before + after for before, after in zip(moving.before, moving.after, strict=True)]
    for _ in range(rounds // 2):
        moving.follow(forwards, both, both)
        moving.follow(backwards, both, both)
    lines = _lines(graph)
    on_long_edges = range(len(graph.trunks), len(half))
    for _ in range(2):
        moving.straighten(lines)
        moving.follow(backwards, both, both, resting=on_long_edges)
        moving.follow(forwards, moving.before, both, resting=on_long_edges)
    with_parents = {point for point, parents in enumerate(graph.before) if parents}
    moving.follow(backwards, both, both, resting=with_parents)
    moving.straighten(lines)
    moving.straighten(lines[::-1])  # where the lines before have made room
    return moving.place


class Arrangement:
    """Where the points of a graph in layers are, and what pulls them."""

    def __init__(self, graph: Layered, half: Sequence[float]) -> None:
        self.graph = graph
        self.half = half
        self.place = [0.0] * len(half)
        self.index = [0] * len(half)  # in the point's layer
        for points in graph.layers:
            for i, point in enumerate(points):
                self.index[point] = i
            self._move(points, [0.0] * len(points), [1.0] * len(points))
        self.before, self.after = _pulls(graph)

    def follow(
        self, layers: Iterable[list[int]], leading: Pulls, otherwise: Pulls, *,
        resting: Container[int] = (),
    ) -> None:  # fmt: skip
        """Move each layer in turn to where its neighbours pull it; some points rest if they can."""
        place = self.place
        for points in layers:
            wanted, weights = [], []
            for point in points:
                pulls = leading[point] or otherwise[point]
                if not pulls or point in resting:
                    wanted.append(place[point])
                    weights.append(_RESTING)
                else:
                    weight = sum([pull for _, pull in pulls])
                    wanted.append(sum([place[other] * pull for other, pull in pulls]) / weight)
                    weights.append(weight)
            self._move(points, wanted, weights)

    def straighten(self, lines: Iterable[Sequence[int]]) -> None:
        """Put as much of each line at one place as the room between its neighbours allows."""
        for line in lines:
            begin = 0
            while begin < len(line):
                end, low, high = self._straight_run(line, begin)
                run = line[begin:end]
                mean = sum([self.place[point] for point in run]) / len(run)
                # A long edge had better go on from where it comes from, or to where it ends.
                ends = [*self.graph.before[run[0]], *self.graph.after[run[-1]]]
                level = [self.place[end] for end in ends if low <= self.place[end] <= high]
                straight = level[0] if level and line[0] >= len(self.graph.trunks) else mean
                for point in run:
                    self.place[point] = min(max(straight, low), high)
                begin = end

    def _straight_run(self, line: Sequence[int], begin: int) -> tuple[int, float, float]:
        """Where a straight run from ``begin`` has to end, and between what places it can be."""
        low, high = self._room(line[begin])
        end = begin + 1
        while end < len(line):
            lowest, highest = self._room(line[end])
            if max(low, lowest) > min(high, highest):
                break
            low, high = max(low, lowest), min(high, highest)
            end += 1
        # what is packed tightly may overlap by a rounding error
        return end, low, max(low, high)

    def _room(self, point: int) -> tuple[float, float]:
        points, i = self.graph.layers[self.graph.layer[point]], self.index[point]
        place, half = self.place, self.half
        low, high = -math.inf, math.inf
        if i > 0:
            low = place[points[i - 1]] + half[points[i - 1]] + half[point]
        if i + 1 < len(points):
            high = place[points[i + 1]] - half[points[i + 1]] - half[point]
        return low, high

    def _move(self, points: list[int], wanted: list[float], weights: list[float]) -> None:
        distances = [self.half[u] + self.half[v] for u, v in pairwise(points)]
        for point, found in zip(points, separated(wanted, weights, distances), strict=True):
            self.place[point] = found


def separated(wanted: list[float], weights: list[float], distances: list[float]) -> list[float]:
    """The places nearest to those wanted that keep their order and the distances between them.

    Nearest by the weighted sum of squares. What would come too close is pooled into a block that
    moves as one. Source: Ayer, Brunk, Ewing, Reid and Silverman, "An empirical distribution
    function for sampling with incomplete information", 1955.

    >>> separated([0.0, 0.0, 9.0], [1.0, 1.0, 1.0], [4.0, 4.0])
    [-2.0, 2.0, 9.0]
    """
    offsets = [0.0]
    for distance in distances:
        offsets.append(offsets[-1] + distance)
    blocks: list[tuple[float, float, int]] = []  # where it wants to begin, its weight, its length
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        begin, total, length = want - offset, weight, 1
        while blocks and blocks[-1][0] > begin:
            other, more, longer = blocks.pop()
            begin = (begin * total + other * more) / (total + more)
            total, length = total + more, length + longer
        blocks.append((begin, total, length))
    begins = [begin for begin, _, length in blocks for _ in range(length)]
    return [begin + offset for begin, offset in zip(begins, offsets, strict=True)]


def _in_line(graph: Layered, u: int, v: int) -> bool:
    """Whether an edge should be straight before others: part of a long one, or the only one."""
    n_nodes = len(graph.trunks)
    if u >= n_nodes and v >= n_nodes:
        return True
    return len(set(graph.after[u])) == 1 and len(set(graph.before[v])) == 1


def _pulls(graph: Layered) -> tuple[Pulls, Pulls]:
    """How much each point is pulled by its neighbours before and after it.

    An edge pulls by its parent's depth: two of the same depth alike, but where a long chain takes
    in a leaf at each step, the chain runs on nearly straight, instead of down a long stair. Of the
    many parents of a sum, or children of a hub, each is pulled by its share only, so that they do
    not crowd about it.
    """
    n_nodes = len(graph.trunks)
    depth = [0] * len(graph.layer)
    before: Pulls = [[] for _ in depth]
    after: Pulls = [[] for _ in depth]
    for points in graph.layers:
        for v in points:
            for u in graph.before[v]:
                depth[v] = max(depth[v], min(depth[u] + 1, _DEEPEST))
                if _in_line(graph, u, v):
                    pull = _IN_LINE
                else:
                    pull = 1.0 + depth[u] if max(u, v) < n_nodes else _TO_LINE
                before[v].append((u, pull / len(graph.after[u])))
                after[u].append((v, pull / len(graph.before[v])))
    return before, after


def _lines(graph: Layered) -> list[list[int]]:
    """The long edges, and the chains of nodes in which each is the only parent and child."""
    lines: dict[int, list[int]] = {}  # by the last point
    for points in graph.layers:
        for v in points:
            alone = next((u for u in graph.before[v] if _in_line(graph, u, v)), None)
            line = lines.pop(alone) if alone is not None else []
            line.append(v)
            lines[v] = line
    n_nodes = len(graph.trunks)
    found = [line for line in lines.values() if len(line) > 1 or line[0] >= n_nodes]
    return sorted(found, key=len, reverse=True)
