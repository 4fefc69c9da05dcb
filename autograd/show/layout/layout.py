"""A layered layout of a graph as plain data: positions of boxes, routes of edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from autograd.show.layout.coordinates import coordinates
from autograd.show.layout.layers import Layered, Parents, layered

Point = tuple[float, float]

_PITCH = 8.0  # between the ends of two edges at a box, if it is large enough
_SIDE = 0.6  # the part of a box's side at which edges end
_BULGE = 2.5  # how far parallel edges are apart half way, to their distance at the ends
_LEVEL = 40.0  # an edge that rises no more bulges away from a parallel one; a steeper bends sooner
_FLAT = 5.0  # layers are as far apart as their steepest edge rises, over this
_WIDEST = 4.0  # ... but by no more than so many usual gaps


@dataclass(frozen=True)
class Layout:
    """Where a graph's boxes and edges are; x runs to the right, y down.

    Edges are numbered by child, then by slot. A route has the direction of the flow in each of its
    points; drawn as a smooth curve with that tangent it stays clear of all boxes. (Only the longest
    edges do not in graphs for which ``layers.MOST_POINTS`` is not enough.)
    """

    positions: tuple[Point, ...]  # the centre of each box
    routes: tuple[tuple[Point, ...], ...]  # from the border of the parent's box to the child's
    width: float
    height: float


def layout(
    parents: Parents, sizes: Sequence[tuple[float, float]], *, downwards: bool = False,
    gap: float = 16.0, layer_gap: float = 56.0,
) -> Layout:  # fmt: skip
    """Boxes in layers, from left to right or ``downwards``, and the routes of the edges.

    ``parents[i]`` are the parents of node i in operand order, each with a smaller number than i;
    ``sizes`` the boxes' widths and heights. ``gap`` is between the boxes of a layer and around
    them all, ``layer_gap`` between layers, which are further apart where edges are steep.

    >>> layout([[], [0]], [(40.0, 20.0), (30.0, 20.0)], gap=10.0).routes
    (((50.0, 20.0), (106.0, 20.0)),)
    """
    if not parents:
        return Layout((), (), 0.0, 0.0)
    # Inside, the flow is along x whatever its direction on the page.
    boxes = [(h, w) if downwards else (w, h) for w, h in sizes]
    page = _page(parents, boxes, gap, layer_gap)
    centres = [page.centre(node) for node in range(len(parents))]
    routes = [route for child in range(len(parents)) for route in page.routes(child)]
    ends = [y + box[1] / 2 + gap for (_, y), box in zip(centres, boxes, strict=True)]
    ends += [y + gap / 2 for route in routes for _, y in route]

    def outside(point: Point) -> Point:
        x, y = round(point[0], 1), round(point[1], 1)
        return (y, x) if downwards else (x, y)

    width, height = outside((page.columns[-1][1] + gap, max(ends)))
    return Layout(
        tuple([outside(centre) for centre in centres]),
        tuple([tuple([outside(point) for point in route]) for route in routes]),
        width,
        height,
    )


@dataclass(frozen=True)
class _Page:
    """Layers as columns, from left to right, and the height of each point in its column."""

    parents: Parents
    boxes: list[Point]
    graph: Layered
    place: list[float]
    columns: list[Point]  # where each begins and ends
    aside: float  # how much room parallel edges share

    def centre(self, node: int) -> Point:
        """The middle of a node's box."""
        return sum(self.columns[self.graph.layer[node]]) / 2, self.place[node]

    def routes(self, child: int) -> list[list[Point]]:
        """The routes of the edges that end at a child, by slot."""
        parents, place = self.parents[child], self.place
        paths = [self.graph.path(parent, child) for parent in parents]
        fans = _fans(parents, self.aside)
        # Ends are in the order in which the edges come, so that none cross at the border.
        order = sorted(range(len(paths)), key=lambda slot: (place[paths[slot][-2]], slot))
        side = _apart(len(paths), _SIDE * self.boxes[child][1])
        end = {slot: place[child] + aside for slot, aside in zip(order, side, strict=True)}
        return [
            self._route(path, [place[point] + fan for point in path[:-1]] + [end[slot]], fan)
            for slot, (path, fan) in enumerate(zip(paths, fans, strict=True))
        ]

    def _route(self, path: list[int], heights: list[float], fan: float) -> list[Point]:
        """Straight through columns, past the boxes there, so that it bends between them only."""
        first, *between, last = path
        route = [(self._border(first, 1), heights[0]), (self._column(first)[1], heights[0])]
        if fan and not between:
            route += self._past_parallels(route[-1], (self._column(last)[0], heights[-1]), fan)
        for point, y in zip(between, heights[1:-1], strict=True):
            route += [(x, y) for x in self._column(point)]
        route += [(self._column(last)[0], heights[-1]), (self._border(last, -1), heights[-1])]
        return _bends(route)

    def _past_parallels(self, begin: Point, end: Point, fan: float) -> list[Point]:
        """Points that keep an edge between two columns apart from others with the same ends."""
        (left, top), (right, bottom) = begin, end
        if abs(bottom - top) < _LEVEL:
            return [((left + right) / 2, (top + bottom) / 2 + (_BULGE - 1) * fan)]
        # Steep ones have the same bend, one sooner, the other later.
        late = (1.0 if top > bottom else -1.0) * fan / self.aside
        room = (right - left) / 4
        return [(left + room * (0.5 + late), top), (right - room * (0.5 - late), bottom)]

    def _column(self, point: int) -> Point:
        return self.columns[self.graph.layer[point]]

    def _border(self, node: int, side: int) -> float:
        return self.centre(node)[0] + side * self.boxes[node][0] / 2


def _page(parents: Parents, boxes: list[Point], gap: float, layer_gap: float) -> _Page:
    graph = layered(parents)
    half = [breadth / 2 + gap / 2 for _, breadth in boxes]
    half += [gap / 4] * (len(graph.layer) - len(boxes))
    aside = min([gap, *(_SIDE * breadth for _, breadth in boxes)])
    for of in parents:
        for parent, fan in zip(of, _fans(of, aside), strict=True):
            for point in graph.trunks[parent]:
                half[point] = max(half[point], gap / 4 + abs(fan))
    place = coordinates(graph, half)
    top = min([y - room for y, room in zip(place, half, strict=True)]) - gap / 2
    place = [y - top for y in place]
    columns = []
    left = gap
    for points in graph.layers:
        right = left + max([boxes[p][0] for p in points if p < len(boxes)])
        columns.append((left, right))
        rise = max([abs(place[p] - place[q]) for p in points for q in (p, *graph.after[p])])
        left = right + min(max(layer_gap, rise / _FLAT), layer_gap * _WIDEST)
    return _Page(parents, boxes, graph, place, columns, aside)


def _apart(count: int, room: float) -> list[float]:
    """So many places about 0, at a pitch that fits into the room."""
    pitch = min(_PITCH, room / max(count - 1, 1))
    return [(i - (count - 1) / 2) * pitch for i in range(count)]


def _fans(parents: Sequence[int], room: float) -> list[float]:
    """How far each edge to a child runs beside its path; not 0 only for parallel edges."""
    slots: dict[int, list[int]] = {}
    for slot, parent in enumerate(parents):
        slots.setdefault(parent, []).append(slot)
    fans = [0.0] * len(parents)
    for alike in slots.values():
        for slot, aside in zip(alike, _apart(len(alike), room), strict=True):
            fans[slot] = aside
    return fans


def _bends(route: list[Point]) -> list[Point]:
    """A route, rounded, without the points that it runs straight through."""
    points = [(round(x, 1), round(y, 1)) for x, y in route]
    kept = points[:1]
    for point, following in pairwise(points[1:]):
        if kept[-1][0] < point[0] < points[-1][0] and not kept[-1][1] == point[1] == following[1]:
            kept.append(point)
    return [*kept, points[-1]]
