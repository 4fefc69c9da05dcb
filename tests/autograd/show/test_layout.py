"""The layout of a graph: what holds for every graph, what small ones look like, and the worst."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.core.graph import topological_order
from autograd.show.layout import layers
from autograd.show.layout.coordinates import separated
from autograd.show.layout.layers import inversions, layered
from autograd.show.layout.layout import Layout, layout

Parents = list[list[int]]
Sizes = list[tuple[float, float]]
Point = tuple[float, float]
ROUNDED = 0.11  # what two numbers rounded to 0.1 may be off, and a little
GAP, LAYER_GAP = 16.0, 56.0


def boxes(parents: Parents, width: float = 60.0, height: float = 30.0) -> Sizes:
    return [(width, height)] * len(parents)


def reaching_the_output(parents: Parents) -> Parents:
    """The graph with all nodes that nobody uses made parents of one more."""
    used = {p for of in parents for p in of}
    loose = [i for i in range(len(parents)) if i not in used]
    return parents if loose == [len(parents) - 1] else [*parents, loose]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Parents, Sizes]:
    count = draw(st.integers(1, 25))
    parents: Parents = [[]]
    for i in range(1, count):
        parents.append(draw(st.lists(st.integers(0, i - 1), max_size=4)))
    parents = reaching_the_output(parents)
    side = st.floats(5.0, 120.0)
    return parents, [draw(st.tuples(side, side)) for _ in parents]


def edges(parents: Parents) -> list[tuple[int, int]]:
    return [(parent, child) for child, of in enumerate(parents) for parent in of]


def turned(made: Layout, sizes: Sizes) -> tuple[Layout, Sizes]:
    """A layout from top to bottom as one from left to right."""
    positions = tuple((y, x) for x, y in made.positions)
    routes = tuple(tuple((y, x) for x, y in route) for route in made.routes)
    return Layout(positions, routes, made.height, made.width), [(h, w) for w, h in sizes]


def both_ways(parents: Parents, sizes: Sizes) -> Iterator[tuple[Layout, Sizes]]:
    yield layout(parents, sizes), sizes
    yield turned(layout(parents, sizes, downwards=True), sizes)


def curve(route: tuple[Point, ...]) -> Iterator[Point]:
    """Points of the smooth curve through a route, as the page draws it."""
    for (x0, y0), (x1, y1) in pairwise(route):
        middle = (x0 + x1) / 2
        for k in range(21):
            t, s = k / 20, 1 - k / 20
            rise = 3 * s * t * t + t**3
            x = s**3 * x0 + 3 * s * s * t * middle + 3 * s * t * t * middle + t**3 * x1
            yield x, y0 + (y1 - y0) * rise


def chain(count: int) -> Parents:
    return [[], *([i] for i in range(count - 1))]


def complete(count: int) -> Parents:
    return [list(range(i)) for i in range(count)]


def with_every_skip(count: int) -> Parents:
    """A chain in which the last node also takes every one before it."""
    return [*chain(count - 1), list(range(count - 1))]


def ladder(rungs: int) -> Parents:
    parents: Parents = [[]]
    for i in range(0, 3 * rungs, 3):
        parents += [[i], [i], [i + 1, i + 2]]
    return parents


def tangle(count: int, seed: int = 0) -> Parents:
    rng = random.Random(seed)
    parents = [[rng.randrange(i) for _ in range(3)] if i > 5 else [] for i in range(count)]
    return reaching_the_output(parents)


def network(*sizes: int) -> Parents:
    """A multi-layer perceptron as nn.MLP builds it: products, biases, sums, activations."""
    parents: Parents = [[] for _ in range(sizes[0])]
    outputs = list(range(sizes[0]))
    for size in sizes[1:]:
        inputs, outputs = outputs, []
        for _ in range(size):
            terms = []
            for x in inputs:
                parents += [[], [len(parents), x]]
                terms.append(len(parents) - 1)
            parents += [[], [*terms, len(parents)], [len(parents) + 1]]
            outputs.append(len(parents) - 1)
    return parents


WORST = {
    "chain": chain(500),
    "complete": complete(60),
    "skips": with_every_skip(500),
    "sum": [*([] for _ in range(499)), list(range(499))],
    "same operand": [[], [0] * 300],
    "ladder": ladder(166),
    "tangle": tangle(500),
    "network": network(2, 12, 12, 1),
    "hub": [[], *([0, i] for i in range(400))],
}


# --- what holds for every graph -------------------------------------------------------------------


def check_boxes(made: Layout, sizes: Sizes) -> None:
    rectangles = [
        (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        for (x, y), (w, h) in zip(made.positions, sizes, strict=True)
    ]
    for left, top, right, bottom in rectangles:
        assert left >= GAP - ROUNDED
        assert top >= GAP - ROUNDED
        assert right <= made.width - GAP + ROUNDED
        assert bottom <= made.height - GAP + ROUNDED
    columns: dict[float, list[tuple[float, float, float, float]]] = {}
    for (x, _), rectangle in zip(made.positions, rectangles, strict=True):
        columns.setdefault(x, []).append(rectangle)
    in_order = [sorted(columns[x], key=lambda r: r[1]) for x in sorted(columns)]
    for column in in_order:
        assert all(u[3] + GAP - ROUNDED <= v[1] for u, v in pairwise(column))
    for these, those in pairwise(in_order):
        assert max(r[2] for r in these) + LAYER_GAP - ROUNDED <= min(r[0] for r in those)


def check_ends(parents: Parents, made: Layout, sizes: Sizes) -> None:
    assert len(made.routes) == len(edges(parents))
    for (parent, child), route in zip(edges(parents), made.routes, strict=True):
        for node, (x, y), side in ((parent, route[0], 1), (child, route[-1], -1)):
            centre, (width, height) = made.positions[node], sizes[node]
            assert x == pytest.approx(centre[0] + side * width / 2, abs=ROUNDED)
            assert abs(y - centre[1]) <= height / 2 + ROUNDED
        assert all(u[0] < v[0] for u, v in pairwise(route))
        assert all(0.0 <= y <= made.height for _, y in route)


def check_clear(parents: Parents, made: Layout, sizes: Sizes) -> None:
    for (parent, child), route in zip(edges(parents), made.routes, strict=True):
        for x, y in curve(route):
            for node, ((left, top), (w, h)) in enumerate(zip(made.positions, sizes, strict=True)):
                inside = abs(x - left) < w / 2 - ROUNDED and abs(y - top) < h / 2 - ROUNDED
                assert not inside or node in (parent, child), (parent, child, node)


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_boxes_are_a_gap_apart_and_within_the_page_and_parents_come_before_children(
    graph: tuple[Parents, Sizes],
) -> None:
    for made, sizes in both_ways(*graph):
        check_boxes(made, sizes)
        for parent, child in edges(graph[0]):
            ends = [
                made.positions[i][0] + s * sizes[i][0] / 2 for i, s in ((parent, 1), (child, -1))
            ]
            assert ends[0] + LAYER_GAP - ROUNDED <= ends[1]


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_routes_run_forwards_from_the_parents_border_to_the_childs(
    graph: tuple[Parents, Sizes],
) -> None:
    for made, sizes in both_ways(*graph):
        check_ends(graph[0], made, sizes)


@given(graphs())
@settings(max_examples=40, deadline=None)
def test_no_edge_drawn_as_a_smooth_curve_runs_through_a_box(graph: tuple[Parents, Sizes]) -> None:
    for made, sizes in both_ways(*graph):
        check_clear(graph[0], made, sizes)


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_no_two_edges_have_the_same_route(graph: tuple[Parents, Sizes]) -> None:
    for made, _ in both_ways(*graph):
        assert len(set(made.routes)) == len(made.routes)


@given(graphs())
@settings(max_examples=30, deadline=None)
def test_coordinates_have_one_decimal_and_are_the_same_each_time(
    graph: tuple[Parents, Sizes],
) -> None:
    made = layout(*graph)
    assert made == layout(*graph)
    points = [*made.positions, *(point for route in made.routes for point in route)]
    assert all(number == round(number, 1) for point in points for number in point)


def test_the_order_of_a_hash_does_not_matter() -> None:
    program = (
        "from autograd.show.layout.layout import layout\n"
        f"parents = {tangle(60)}\n"
        "print(layout(parents, [(60, 30)] * len(parents)))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


# --- what small graphs look like ------------------------------------------------------------------


def test_a_graph_without_nodes_has_an_empty_layout() -> None:
    assert layout([], []) == Layout((), (), 0.0, 0.0)


def test_one_node_stands_in_the_middle_of_its_page() -> None:
    assert layout([[]], [(60.0, 30.0)], gap=10.0) == Layout(((40.0, 25.0),), (), 80.0, 50.0)


@pytest.mark.parametrize("downwards", [False, True])
def test_a_chain_is_a_straight_line(downwards: bool) -> None:
    made = layout(chain(30), [(40.0 + i, 70.0 - i) for i in range(30)], downwards=downwards)
    assert len({position[0 if downwards else 1] for position in made.positions}) == 1
    assert all(len(route) == 2 for route in made.routes)


def test_a_node_stands_as_late_as_its_children_allow() -> None:
    # c is used by the sum only, and so stands beside the product, not beside a and b
    a, b, c, product, total = range(5)
    made = layout([[], [], [], [a, b], [product, c]], boxes([[]] * 5))
    x = [position[0] for position in made.positions]
    assert x[a] == x[b] < x[product] == x[c] < x[total]


def test_operands_of_a_tree_stand_in_their_order_from_the_top_or_from_the_left() -> None:
    parents: Parents = [[], [], [], [0, 1], [3, 2], [4]]  # tanh(a * b + c)
    across = [y for _, y in layout(parents, boxes(parents)).positions]
    assert across[0] < across[1] < across[2]
    assert across[3] < across[2]
    along = [x for x, _ in layout(parents, boxes(parents), downwards=True).positions]
    assert along[0] < along[1] < along[2]


def test_the_numbers_of_nodes_do_not_decide_the_order_of_operands() -> None:
    parents: Parents = [[], [], [1, 0]]
    (_, last), (_, first), _ = layout(parents, boxes(parents)).positions
    assert first < last


def test_a_child_stands_in_the_middle_of_its_leaves_and_mirrored_graphs_are_mirrored() -> None:
    parents: Parents = [[], [], [0, 1], [], [], [3, 4], [2, 5]]
    y = [position[1] for position in layout(parents, boxes(parents)).positions]
    assert y[2] == pytest.approx((y[0] + y[1]) / 2, abs=ROUNDED)
    assert y[6] == pytest.approx((y[2] + y[5]) / 2, abs=ROUNDED)
    assert [y[6] - y[i] for i in (0, 1, 2)] == pytest.approx(
        [y[i] - y[6] for i in (4, 3, 5)], abs=2 * ROUNDED
    )


def test_a_square_has_two_edges_that_bulge_apart() -> None:
    upper, lower = layout([[], [0, 0]], [(60.0, 30.0)] * 2).routes
    assert [x for x, _ in upper] == [x for x, _ in lower]
    apart = [below[1] - above[1] for above, below in zip(upper, lower, strict=True)]
    assert min(apart) > 5.0
    assert apart[1] > apart[0] == apart[2]


@pytest.mark.parametrize("between", [0, 3])
def test_parallel_edges_that_rise_or_run_far_differ_and_keep_their_order(between: int) -> None:
    parents = [*chain(between + 1), [], [], [], [0, 0, between, *range(between + 1, between + 4)]]
    made = layout(parents, boxes(parents))
    first = len(made.routes) - len(parents[-1])
    one, other = made.routes[first : first + 2]
    assert one[0][1] < other[0][1]
    assert one[-1][1] < other[-1][1]
    assert one[1:-1] != other[1:-1]


def test_edges_end_at_a_box_in_the_order_in_which_they_come() -> None:
    parents: Parents = [*([] for _ in range(9)), list(range(9))]
    ends = [route[-1][1] for route in layout(parents, boxes(parents)).routes]
    assert ends == sorted(set(ends))


def test_a_long_edge_runs_straight_beside_what_it_passes() -> None:
    parents = [*chain(8), [7, 0]]
    route = layout(parents, boxes(parents)).routes[-1]
    # out, along, in: two bends and no more
    assert len(route) == 4
    assert route[1][1] == route[2][1]


def test_steep_edges_get_more_room_but_not_more_than_four_gaps() -> None:
    for count, low, high in ((2, 56.0, 56.1), (30, 57.0, 223.0), (300, 223.9, 224.1)):
        parents = [*([] for _ in range(count)), list(range(count))]
        route = layout(parents, boxes(parents)).routes[0]
        assert low <= route[-1][0] - route[0][0] <= high


# --- the parts ------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 9), max_size=30))
def test_inversions_are_the_pairs_in_the_wrong_order(numbers: list[int]) -> None:
    pairs = ((u, v) for i, u in enumerate(numbers) for v in numbers[i + 1 :])
    assert inversions(numbers) == sum(u > v for u, v in pairs)


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 5)), min_size=1, max_size=8))
def test_spread_is_best_no_point_or_block_gains_by_moving(wanted: list[tuple[int, int]]) -> None:
    wants, weights = [float(w) for w, _ in wanted], [float(weight) for _, weight in wanted]
    found = separated(wants, weights, [10.0] * (len(wants) - 1))
    assert all(v - u >= 10.0 - 1e-9 for u, v in pairwise(found))

    def cost(at: list[float]) -> float:
        return sum(k * (x - w) ** 2 for x, w, k in zip(at, wants, weights, strict=True))

    # the problem is convex, so it is enough that no feasible step from here helps
    for i in range(len(found)):
        for j in range(i + 1, len(found) + 1):
            for step in (-1e-3, 1e-3):
                moved = [x + step * (i <= k < j) for k, x in enumerate(found)]
                if all(v - u >= 10.0 - 1e-9 for u, v in pairwise(moved)):
                    assert cost(moved) >= cost(found) - 1e-9


def crossings(parents: Parents) -> int:
    graph = layered(parents)
    place = {p: i for points in graph.layers for i, p in enumerate(points)}
    return sum(
        (place[u] - place[x]) * (place[v] - place[y]) < 0
        for points in graph.layers
        for i, u in enumerate(points)
        for x in points[i + 1 :]
        for v in graph.after[u]
        for y in graph.after[x]
    )


def test_graphs_that_need_no_crossing_have_none() -> None:
    assert crossings(ladder(20)) == 0
    assert crossings(network(1, 2, 1)) == 0
    # two products whose operands were made the other way round
    assert crossings([[], [], [], [], [3, 2], [1, 0], [4, 5]]) == 0


def test_neurons_stand_in_their_order_although_a_jumble_would_save_two_crossings() -> None:
    parents = network(2, 4, 1)
    assert crossings(parents) == 18  # and 16 with weights and biases out of order
    y = [position[1] for position in layout(parents, boxes(parents)).positions]
    sums = [i for i, of in enumerate(parents) if len(of) == 3]
    assert [y[i] for i in sums] == sorted(y[i] for i in sums)
    assert all(y[u] < y[v] for i in sums for u, v in pairwise(parents[i]))


def test_crossings_weigh_more_than_operands_where_they_are_many() -> None:
    # micrograd's example: 14 crossings in the order of the operands, and 3 are enough
    a, b = Value(-4.0), Value(2.0)
    c, d = a + b, a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    f = (c - d) ** 2
    order = topological_order(f / 2.0 + 10.0 / f)
    place = {node: i for i, node in enumerate(order)}
    assert crossings([[place[p] for p in node.parents] for node in order]) == 3


# --- the worst cases ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WORST)
def test_the_worst_graphs_have_a_sound_layout_with_a_bounded_number_of_points(name: str) -> None:
    parents = WORST[name]
    graph = layered(parents)
    assert len(graph.layer) <= len(parents) + layers.MOST_POINTS
    for made, sizes in both_ways(parents, boxes(parents)):
        check_boxes(made, sizes)
        check_ends(parents, made, sizes)


def test_a_hub_shares_the_points_of_its_long_edges() -> None:
    # 400 uses in 400 layers: one point a layer, not 80 000
    assert len(layered(WORST["hub"]).layer) == 401 + 399


def test_past_the_bound_the_longest_edges_run_straight_and_the_shorter_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parents: Parents = [[], [0], [1, 0], [2], [3], [4], [5, 0]]
    assert [len(path) for path in paths(parents)[-2:]] == [2, 7]
    monkeypatch.setattr(layers, "MOST_POINTS", 2)
    assert [len(path) for path in paths(parents)[2:]] == [2 + 1, 2, 2, 2, 2, 2]
    check_ends(parents, layout(parents, boxes(parents)), boxes(parents))


def paths(parents: Parents) -> list[list[int]]:
    graph = layered(parents)
    return [graph.path(parent, child) for parent, child in edges(parents)]
