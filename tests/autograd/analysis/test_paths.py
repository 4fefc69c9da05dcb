"""Every path from an output down to a node is found and counted, and the largest are known."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value
from autograd.analysis.explain import Explanation, Path, explain
from autograd.analysis.paths import PathSum, find_paths, remainder
from autograd.functions.sums import total as sum_of

# --- against all paths, one by one ----------------------------------------------------------------

# what a local derivative can be: ordinary, equal, zero, and too large or too small to multiply
ORDINARY = [-3.0, -1.0, 0.1, 0.5, 1.0, 2.0, 7.0]
EXTREME = [0.0, 1.0, -2.0, 1e-200, -1e200, 1e-320, math.inf, math.nan]


@st.composite
def graphs(draw: Any, slopes: list[float]) -> list[Value]:
    """A few leaves, and nodes that are weighted sums or products of earlier ones."""
    nodes = [Value(draw(st.sampled_from(slopes))) for _ in range(2)]
    for _ in range(draw(st.integers(2, 6))):
        terms = []
        for _ in range(draw(st.integers(2, 3))):
            slope = draw(st.none() | st.sampled_from(slopes))
            near = draw(st.sampled_from(nodes[-3:]))  # so that many ways lead far down
            terms.append(near if slope is None else near * slope)
        nodes.append(terms[0] * terms[1] if draw(st.booleans()) else sum_of(terms))
    return nodes


def every_path(output: Value, wrt: Value) -> list[Path]:
    """All paths by plain recursion, each product taken from the output down."""
    if output is wrt:
        return [Path((wrt,), (), (), 1.0)]
    found = []
    for slot, (parent, local) in enumerate(zip(output.parents, output.partials, strict=True)):
        for rest in every_path(parent, wrt):
            locals_ = (local, *rest.locals)
            value = math.prod(locals_, start=1.0)
            found.append(Path((output, *rest.nodes), (slot, *rest.slots), locals_, value))
    return found


def rank(path: Path) -> tuple[bool, float]:
    return math.isnan(path.value), 0.0 if math.isnan(path.value) else abs(path.value)


def key(path: Path) -> tuple[Any, ...]:
    return path.nodes, path.slots, path.locals, repr(path.value)


def check_against_every_path(e: Explanation, top: int) -> None:
    known = every_path(e.output, e.wrt)
    assert e.n_paths == len(known)
    assert len(e.paths) == min(top, len(known))
    keys = [key(path) for path in e.paths]
    # by repr, as nan is not equal to itself
    assert len(set(map(repr, keys))) == len(keys)
    assert set(map(repr, keys)) <= {repr(key(path)) for path in known}
    assert [rank(p) for p in e.paths] == sorted(map(rank, known), reverse=True)[:top]
    if len(known) <= top:
        assert e.remainder == 0.0
    elif all(map(math.isfinite, [e.total, *[p.value for p in e.paths]])):
        assert e.remainder == float(Fraction(e.total) - sum(Fraction(p.value) for p in e.paths))
    else:
        assert not math.isfinite(e.remainder)


@settings(max_examples=150, deadline=None)
@given(graphs(ORDINARY), st.data())
def test_paths_their_order_count_and_remainder_are_those_of_a_full_enumeration(
    nodes: list[Value], data: Any
) -> None:
    wrt, top = data.draw(st.sampled_from(nodes[:-1])), data.draw(st.integers(1, 6))
    e = explain(nodes[-1], wrt, top)
    check_against_every_path(e, top)
    size = find_paths(nodes[-1], wrt, top).size
    assert size == pytest.approx(sum(abs(p.value) for p in every_path(nodes[-1], wrt)), rel=1e-12)
    if e.n_paths <= top:
        assert e.total == pytest.approx(math.fsum(p.value for p in e.paths), rel=1e-12, abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(graphs(EXTREME), st.data())
def test_so_they_are_with_zero_nan_infinite_and_vanishing_derivatives(
    nodes: list[Value], data: Any
) -> None:
    wrt, top = data.draw(st.sampled_from(nodes[:-1])), data.draw(st.integers(1, 4))
    e = explain(nodes[-1], wrt, top)
    check_against_every_path(e, top)
    assert str(e)
    assert e.latex()


@settings(max_examples=100, deadline=None)
@given(graphs(ORDINARY + EXTREME), st.data())
def test_the_total_is_bit_for_bit_what_backward_leaves(nodes: list[Value], data: Any) -> None:
    wrt = data.draw(st.sampled_from(nodes))
    total = explain(nodes[-1], wrt).total
    nodes[-1].backward()
    assert total.hex() == wrt.grad.hex()


def test_a_zero_path_that_meets_an_infinite_derivative_is_not_lost() -> None:
    # 0 x inf is nan and ranks first, though the path of 0 was the smaller one on the way
    x = Value(1.0)
    v = x * math.inf
    for L in (v * 0.0 + v * 5.0, v * 5.0 + v * 0.0):
        e = explain(L, x, top=1)
        assert math.isnan(e.paths[0].value)
        assert e.total == math.inf


def test_so_it_is_not_where_the_derivative_of_wrt_itself_is_the_only_infinite_one() -> None:
    x = Value(0.0)
    v = x.sqrt()
    for L in (v * 0.0 + v * 5.0, v * 5.0 + v * 0.0):
        e = explain(L, x, top=1)
        assert math.isnan(e.paths[0].value)


def test_an_infinite_derivative_elsewhere_does_not_hide_the_largest_of_the_other_paths() -> None:
    x = Value(1.0)
    v = x * 1.0
    slopes = [3.0, 5.0, 1.0, 7.0, 2.0, 6.0, 4.0]
    for top in range(1, 9):
        e = explain(sum_of([v * slope for slope in slopes]) + x * math.inf, x, top)
        expected = [math.inf, *sorted(slopes, reverse=True)][:top]
        assert [path.value for path in e.paths] == expected


def test_equal_paths_come_in_the_order_in_which_the_graph_computes_their_last_steps() -> None:
    a, one = Value(3.0), Value(1.0)
    first, second = a * one, a * one
    e = explain(second + first + a + a * 2.0, a)
    through = [path.nodes[-2] for path in e.paths]
    assert through[0].op == "*"
    assert through[0].parents[1].data == 2.0
    assert through[1:3] == [second, first]
    assert through[3].op == "+"
    assert [path.slots for path in explain(a * a, a).paths] == [(0,), (1,)]
    assert explain(a * a, a, top=1).paths[0].slots == (0,)


def test_a_path_tells_its_nodes_slots_and_local_derivatives_from_the_output_down() -> None:
    a, b, c = Value(2.0), Value(-3.0), Value(5.0)
    product = a * b
    L = c - product
    (path,) = explain(L, b).paths
    assert path.nodes == (L, product, b)
    assert (path.slots, path.locals, path.value) == ((1, 1), (-1.0, 2.0), -2.0)
    assert repr(path) == "Path(-1 x 2 = -2)"
    with pytest.raises(AttributeError):
        path.value = 2.0  # type: ignore[misc]


def test_a_single_path_equals_the_gradient_even_where_its_numbers_overflow_on_the_way() -> None:
    x = Value(1.0)
    e = explain(x * 1e-300 * 1e200 * 1e200, x)
    assert e.paths[0].value == e.total == math.inf
    three = explain(x * 0.1 * 0.7 * 1.1, x)
    assert three.paths[0].value == three.total


def test_with_no_path_there_is_nothing_and_its_size_is_zero() -> None:
    a, b = Value(2.0), Value(3.0)
    y = a.exp()
    assert find_paths(y, b, 1) == PathSum(y, b, (), (), 0, 0.0)


def test_with_respect_to_an_interior_node_the_nodes_below_it_do_not_matter() -> None:
    a = Value(2.0)
    h = a * a
    e = explain(h * 3.0 + h, h)
    assert (e.total, e.n_paths) == (4.0, 2)
    assert [path.nodes[-1] for path in e.paths] == [h, h]


# --- the remainder --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "shown", "left"),
    [
        (1.0, [0.1] * 10, -5.551115123125783e-17),
        (1e308, [-1e308, 1.5e308], 5e307),  # 2e308 on the way
        (1e308, [-1e308], math.inf),
        (-1e308, [1e308], -math.inf),
        (math.inf, [1.0], math.inf),
    ],
)
def test_the_remainder_is_rounded_once_and_overflows_only_where_it_must(
    total: float, shown: list[float], left: float
) -> None:
    assert remainder(total, shown) == left


@pytest.mark.parametrize(
    ("total", "shown"), [(math.inf, [math.inf]), (math.nan, [1.0]), (1.0, [math.nan])]
)
def test_the_remainder_of_infinities_or_nan_is_nan(total: float, shown: list[float]) -> None:
    assert math.isnan(remainder(total, shown))


# --- large graphs ---------------------------------------------------------------------------------


def doublings(x: Value, n: int) -> Value:
    for _ in range(n):
        x = x + x
    return x


def test_two_to_the_two_hundred_paths_are_counted_exactly() -> None:
    x = Value(1.0)
    y = doublings(x, 200)
    e = explain(y, x, top=3)
    assert e.n_paths == 2**200
    assert e.total == 2.0**200
    assert e.remainder == 2.0**200  # less three, rounded
    assert [path.value for path in e.paths] == [1.0] * 3
    assert str(e).splitlines()[0] == (
        "dy/dx = 1.607e+60, a sum over about 1.6 x 10**60 paths; the 3 largest:"
    )
    assert "\n  and about 1.6 x 10**60 more paths: 1.607e+60\n" in str(e)


def test_more_paths_than_python_writes_out_are_counted_and_printed() -> None:
    x = Value(1.0)
    y = doublings(x, 20_000)
    e = explain(y, x, top=1)
    assert e.n_paths == 2**20_000
    assert str(e).startswith("dy/dx = inf, a sum over about 4.0 x 10**6020 paths; the largest:\n")


def test_a_chain_of_100_000_nodes_is_explained_and_its_ends_are_printed() -> None:
    x = Value(1.0, name="x")
    y = x
    for _ in range(100_000):
        y = y * 1.0
    y.name = "y"
    e = explain(y, x, names={})
    assert (e.n_paths, e.total, len(e.paths[0].locals)) == (1, 1.0, 100_000)
    assert str(e) == (
        "dy/dx = (dy/dv99999)(dv99999/dv99998)(dv99998/dv99997)(... 99,994 more ...)"
        "(dv3/dv2)(dv2/dv1)\n  (dv1/dx)\n"
        "    = 1 x 1 x 1 x (... 99,994 more ...) x 1 x 1 x 1\n    = 1\n"
        "where v1 = x * 1, v2 = v1 * 1, v3 = v2 * 1, v99997 = 1 * 1, v99998 = v99997 * 1, "
        "v99999 = v99998 * 1"
    )
    assert repr(e.paths[0]) == "Path(1 x 1 x 1 x (... 99,994 more ...) x 1 x 1 x 1 = 1)"
    assert r"\underbrace{\cdots}_{\text{99,994 more}}" in e.latex()
    assert len(e.text(rules=True)) < 1000


def test_twelve_factors_are_shown_in_full_and_thirteen_are_not() -> None:
    x = Value(1.0)
    y = x
    for _ in range(12):
        y = y * 2.0
    assert "more" not in str(explain(y, x))
    assert "(... 7 more ...)" in str(explain(y * 2.0, x))


def test_the_gradients_of_a_network_are_the_sums_over_its_paths() -> None:
    model = nn.MLP(2, [16, 16, 1], "tanh", seed=1)
    x = [Value(0.5, name="x0"), Value(-1.0, name="x1")]
    out = model(x)
    wanted = [*x, *model.parameters()[::9]]
    explained = [explain(out, v, top=300) for v in wanted]
    out.backward()
    for v, e in zip(wanted, explained, strict=True):
        assert e.total == v.grad
        assert math.fsum(p.value for p in e.paths) == pytest.approx(v.grad, rel=1e-12, abs=1e-12)
    assert [e.n_paths for e in explained[:2]] == [256, 256]
    assert {e.n_paths for e in explained} == {256, 16, 1}
