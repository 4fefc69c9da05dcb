"""``explain``: every path is found, the largest are shown, and the words are true."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path as File
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import ArgumentError, InputError, Stepper, Value, maximum
from autograd.explain import Explanation, Path, explain
from autograd.paths import remainder
from autograd.value import total as sum_of

ROOT = File(__file__).parents[2]


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


def test_a_single_path_equals_the_gradient_even_where_its_numbers_overflow_on_the_way() -> None:
    x = Value(1.0)
    e = explain(x * 1e-300 * 1e200 * 1e200, x)
    assert e.paths[0].value == e.total == math.inf
    three = explain(x * 0.1 * 0.7 * 1.1, x)
    assert three.paths[0].value == three.total


def test_with_respect_to_an_interior_node_the_nodes_below_it_do_not_matter() -> None:
    a = Value(2.0)
    h = a * a
    e = explain(h * 3.0 + h, h)
    assert (e.total, e.n_paths) == (4.0, 2)
    assert [path.nodes[-1] for path in e.paths] == [h, h]


def test_a_value_explained_by_itself_is_one_empty_path() -> None:
    leaf = Value(2.0)
    for y in (leaf, leaf.tanh()):
        e = explain(y, y)
        assert (e.total, e.n_paths, e.remainder, e.reason) == (1.0, 1, 0.0, "")
        assert e.paths == (Path((y,), (), (), 1.0),)
        assert str(explain(y, y, names={"y": y})) == "dy/dy = 1"
        assert repr(e.paths[0]) == "Path(1 = 1)"


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


def test_where_all_paths_are_shown_the_remainder_is_zero_by_definition() -> None:
    x = Value(3.0)
    y = x * 0.1 + x * 0.2 + x * 0.3
    e = explain(y, x)
    assert math.fsum([e.total, *[-path.value for path in e.paths]]) != 0.0
    assert e.remainder == 0.0
    assert explain(x * math.inf + x, x).remainder == 0.0


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


def test_a_chain_of_200_000_nodes_is_explained_and_its_ends_are_printed() -> None:
    x = Value(1.0, name="x")
    y = x
    for _ in range(200_000):
        y = y * 1.0
    y.name = "y"
    e = explain(y, x, names={})
    assert (e.n_paths, e.total, len(e.paths[0].locals)) == (1, 1.0, 200_000)
    assert str(e) == (
        "dy/dx = (dy/dv199999)(dv199999/dv199998)(dv199998/dv199997)(... 199,994 more ...)"
        "(dv3/dv2)\n  (dv2/dv1)(dv1/dx)\n"
        "    = 1 x 1 x 1 x (... 199,994 more ...) x 1 x 1 x 1\n    = 1\n"
        "where v1 = x * 1, v2 = v1 * 1, v3 = v2 * 1, v199997 = 1 * 1, v199998 = v199997 * 1,\n"
        "      v199999 = v199998 * 1"
    )
    assert repr(e.paths[0]) == "Path(1 x 1 x 1 x (... 199,994 more ...) x 1 x 1 x 1 = 1)"
    assert r"\underbrace{\cdots}_{\text{199,994 more}}" in e.latex()
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


# --- nothing is changed ---------------------------------------------------------------------------


def test_no_gradient_is_touched_and_no_interior_node_gets_one() -> None:
    a, b = Value(2.0), Value(-3.0)
    h = a * b
    L = h.tanh() + a
    a.grad = 7.0
    e = explain(L, a)
    assert e.latex()
    assert e.text(rules=True)
    assert (a.grad, b.grad) == (7.0, 0.0)
    assert not hasattr(h, "_grad")
    assert not hasattr(L, "_grad")
    assert (a.name, h.name) == ("", "")


def test_gradients_of_earlier_sweeps_do_not_count() -> None:
    a = Value(2.0)
    L = a * 3.0
    L.backward()
    L.backward()
    assert explain(L, a).total == 3.0


def test_an_explanation_and_its_paths_cannot_be_changed() -> None:
    e = explain(Value(2.0).exp(), Value(1.0))
    with pytest.raises(AttributeError):
        e.total = 1.0  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Path((), (), (), 1.0).value = 2.0  # type: ignore[misc]


def test_the_text_is_the_same_under_two_hash_seeds() -> None:
    program = (
        "from autograd import Value\nfrom autograd.explain import explain\n"
        "x = Value(1.0)\nh = [x * (i % 3) for i in range(20)]\n"
        "y = sum(a * b for a in h[:8] for b in h) * 1.0\n"
        "e = explain(y, x)\nprint(e.text(rules=True), e.latex())"
    )
    said = []
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True, text=True, check=True, env=environment,
        )  # fmt: skip
        said.append(done.stdout)
    assert said[0] == said[1]
    assert "and 310 more paths" in said[0]


# --- the text -------------------------------------------------------------------------------------


def test_a_single_path_is_one_line() -> None:
    x, w = Value(-3.0), Value(4.0)
    e = x * w
    d = e + 10.0
    L = d * 2.0
    assert str(explain(L, w)) == "dL/dw = (dL/dd)(dd/de)(de/dw) = 2 x 1 x -3 = -6"
    assert str(explain(d, e)) == "dd/de = 1"


def test_several_paths_are_aligned_under_their_sum_and_the_names_we_made_are_explained() -> None:
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    L = (a * b + c) * a + a
    e = explain(L, a)
    assert repr(e) == str(e) == (
        "dL/da = -1, a sum over 3 paths:\n"
        "  (dL/dv3)(dv3/dv2)(dv2/dv1)(dv1/da) = 1 x 2 x 1 x -3 = -6\n"
        "  (dL/dv3)(dv3/da)                   = 1 x 4          =  4\n"
        "  (dL/da)                                             =  1  (directly)\n"
        "where v1 = a * b, v2 = v1 + c, v3 = v2 * a"
    )  # fmt: skip


def test_what_is_not_shown_is_counted_and_summed() -> None:
    x = Value(1.0)
    y = sum_of([x * k for k in (0.25, 8.0, -4.0, 0.5)])
    assert str(explain(y, x, top=2)) == (
        "dy/dx = 4.75, a sum over 4 paths; the 2 largest:\n"
        "  (dy/dv2)(dv2/dx) = 1 x 8  =  8\n"
        "  (dy/dv3)(dv3/dx) = 1 x -4 = -4\n"
        "  and 2 more paths: 0.75\n"
        "where v2 = x * 8, v3 = x * (-4)"
    )
    assert "\n  and 1 more path: 0.25\n" in str(explain(y, x, top=3))
    assert str(explain(y, x, top=1)).startswith("dy/dx = 4.75, a sum over 4 paths; the largest:\n")
    many = doublings(x, 10)
    assert "\n  and 1,014 more paths: 1014\n" in str(explain(many, x))


def test_parallel_edges_are_told_apart_by_the_operand() -> None:
    a = Value(3.0)
    L = a * a
    assert str(explain(L, a)) == (
        "dL/da = 6, a sum over 2 paths:\n"
        "  (dL/da) = 3  (operand 1 of L)\n"
        "  (dL/da) = 3  (operand 2 of L)"
    )
    h = a + a
    y = (h * h).tanh()
    lines = str(explain(y, a)).splitlines()
    assert [line.partition("  (operand ")[2] for line in lines[1:5]] == [
        "1 of v1, 1 of h)", "2 of v1, 1 of h)", "1 of v1, 2 of h)", "2 of v1, 2 of h)",
    ]  # fmt: skip
    assert "operand" not in str(explain(h * a + h.tanh() * 2.0, h))


def test_a_line_too_long_for_a_screen_is_broken_before_its_numbers() -> None:
    model = nn.MLP(2, [4, 4, 1], "tanh", seed=0)
    x = [Value(0.5), Value(1.0)]
    out = model(x)
    w = model.parameters()[0]
    lines = str(explain(out, w)).splitlines()
    assert lines[1].startswith("  (dout/dv")
    assert lines[1].endswith("/dW1[0,0])")
    assert lines[2].startswith("      = 1 x ")
    assert max(map(len, lines)) <= 100
    single = [v for v in model.parameters() if v.name == "W3[0,0]"]
    assert len(str(explain(out, single[0])).splitlines()) == 2


def test_operands_off_the_paths_are_written_out_or_given_as_numbers() -> None:
    a, b, c, d = Value(2.0), Value(3.0), Value(4.0), Value(0.0)
    y = (a + b * c).exp()
    assert "where v2 = a + (b * c)" in str(explain(y, a))
    y = (a + d.tanh()).exp()
    assert "where v2 = a + tanh(d)" in str(explain(y, a))
    y = (a + (b * c) * -1.0).exp()
    assert "where v3 = a + (-12)" in str(explain(y, a))
    y = maximum(a, (b * c) * -1.0).exp()
    assert "where v3 = maximum(a, -12)" in str(explain(y, a))
    y = (a * -3.0).exp()
    assert "where v1 = a * (-3)" in str(explain(y, a))
    terms = [Value(float(i)) for i in range(9)]
    y = sum_of([*terms[:4], a, *terms[4:]]).exp()
    assert "where v1 = ... + a + ... + terms[8]" in str(explain(y, a))
    y = sum_of([a, *terms]).exp()
    assert "where v1 = a + ... + terms[8]" in str(explain(y, a))


def test_a_node_has_the_same_generated_name_in_an_explanation_as_in_a_stepper() -> None:
    a, b = Value(2.0), Value(3.0)
    y = (a.exp() + b.sin()).tanh()
    assert "where v2 = sin(b), v3 = exp(a) + v2" in str(explain(y, b))
    assert "where v1 = exp(a), v3 = v1 + sin(b)" in str(explain(y, a))
    for line in ("v3 = v1 + v2", "v1 = exp(a)", "v2 = sin(b)"):
        assert line in repr(Stepper(y))


def test_generated_names_keep_clear_of_the_users() -> None:
    a, v1, v2 = Value(2.0), Value(3.0), Value(4.0)
    y = (a * v1 + v2).exp()
    assert str(explain(y, a)).endswith("\nwhere v3 = a * v1, v4 = v3 + v2")


def test_names_are_the_values_own_else_those_given_else_the_callers() -> None:
    a, b = Value(2.0, name="left"), Value(3.0)
    L = a * b
    assert str(explain(L, b)) == "dL/db = 2"
    assert str(explain(L, a)) == "dL/dleft = 3"
    assert str(explain(L, b, names={"loss": L, "right": b})) == "dloss/dright = 2"
    assert str(explain(L, b, names={})) == "dv2/dv1 = 2\nwhere v1 = 3, v2 = left * v1"


def test_each_rule_is_told_once_with_the_derivative_it_stands_for() -> None:
    a, b = Value(2.0), Value(-3.0)
    L = (a * b + a) * b
    assert explain(L, a).text(rules=True).splitlines()[-3:] == [
        "where v1 = a * b, v2 = v1 + a",
        "dL/dv2 = -3: each factor is scaled by the other one",
        "dv2/dv1 = 1: a sum moves exactly as much as either of its terms",
    ]


def test_a_long_legend_is_broken_into_lines() -> None:
    x = Value(1.0)
    y = sum_of([x * (0.001 * k + 0.1) for k in range(10)])
    lines = str(explain(y, x)).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("where v1 = "))
    assert len(lines) > start + 1
    assert lines[start].endswith(",")
    assert lines[start + 1].startswith("      v")
    assert all(len(line) <= 100 for line in lines)
    assert " ".join(line.strip() for line in lines[start:]).count("x * ") == 10


def test_line_breaks_in_a_name_are_written_out() -> None:
    a = Value(2.0, name="a\nb")
    y = a * 3.0
    assert str(explain(y, a)) == r"dy/da\nb = 3"


# --- LaTeX ----------------------------------------------------------------------------------------


def test_a_single_path_in_latex_is_chain_numbers_and_product() -> None:
    x, w = Value(-3.0), Value(4.0)
    e = x * w
    L = (e + 10.0) * 2.0
    explained = explain(L, w)
    assert explained.latex() == (
        "$$\\begin{aligned}\n"
        r"\frac{\mathrm{d} L}{\mathrm{d} w} &= \frac{\partial L}{\partial v_{1}} "
        r"\frac{\partial v_{1}}{\partial e} \frac{\partial e}{\partial w} \\" "\n"
        r"&= 2 \cdot 1 \cdot \left(-3\right) \\" "\n"
        r"&= -6 \\" "\n"
        r"&\text{where } v_{1} = e + 10" "\n"
        "\\end{aligned}$$"
    )  # fmt: skip
    assert explained._repr_latex_() == explained.latex()


def test_several_paths_in_latex_are_a_sum_with_the_same_remainder() -> None:
    x = Value(1.0)
    y = x * 8.0 - x + x * 1e-9
    assert explain(y, x, top=2).latex() == (
        "$$\\begin{aligned}\n"
        r"\frac{\mathrm{d} y}{\mathrm{d} x} &= \underbrace{\frac{\partial y}{\partial v_{2}} "
        r"\frac{\partial v_{2}}{\partial v_{1}} \frac{\partial v_{1}}{\partial x}}"
        r"_{1 \cdot 1 \cdot 8 = 8} \\" "\n"
        r"&\quad + \underbrace{\frac{\partial y}{\partial v_{2}} "
        r"\frac{\partial v_{2}}{\partial x}}_{1 \cdot \left(-1\right) = -1} \\" "\n"
        r"&\quad + \underbrace{\cdots}_{\text{and 1 more path: } 1 \cdot 10^{-9}} \\" "\n"
        r"&= 7 \\" "\n"
        r"&\text{where } v_{1} = x \cdot 8 \\" "\n"
        r"&\phantom{\text{where }} v_{2} = v_{1} - x" "\n"
        "\\end{aligned}$$"
    )  # fmt: skip
    a = Value(-3.0)
    assert r"\underbrace{\frac{\partial a2}{" not in explain(a * a, a).latex()
    assert explain(a * a, a).latex().count(r"}_{-3\ ") == 2


def test_a_hostile_name_stays_text_in_latex() -> None:
    w = Value(-2.0, name=r"\href{javascript:x}$$")
    y = (w * 3.0).relu() + w.tanh() * 0.0
    latex = explain(y, w).latex()
    assert r"\mathrm{\backslash{}href\{javascript:x\}\$\$}" in latex
    assert r"\href" not in latex
    assert latex.count("$$") == 2
    other = Value(1.0, name="b & c \\\\ d")
    assert "b & c" not in explain(other * w, other).latex()


def test_operands_off_the_paths_and_the_reason_stand_in_latex_too() -> None:
    a, b, c = Value(-20.0), Value(3.0), Value(4.0)
    y = (a + b * c).relu()
    latex = explain(y, a).latex()
    assert r"v_{2} = a + \left(b \cdot c\right)" in latex
    assert r"&\mathrm{y\ =\ relu(v2)\ passes\ nothing\ on:" in latex
    y = (a + (b * c) * -1.0).exp()
    assert r"v_{3} = a + \left(-12\right)" in explain(y, a).latex()
    terms = [Value(float(i)) for i in range(9)]
    y = sum_of([a, *terms]).exp()
    assert r"a + \dots + \mathrm{terms[8]}" in explain(y, a).latex()
    assert explain(y, Value(1.0, name="q")).latex().splitlines()[1] == (
        r"\frac{\mathrm{d} y}{\mathrm{d} q} &= 0 \\"
    )


# --- why a gradient is zero -----------------------------------------------------------------------


def test_no_path_is_said_to_be_none() -> None:
    w, a = Value(1.0), Value(2.0)
    L = a * 3.0
    e = explain(L, w)
    assert (e.total, e.n_paths, e.paths, e.remainder) == (0.0, 0, (), 0.0)
    assert e.reason == "L does not depend on w: no path leads from w to L"
    assert str(e) == f"dL/dw = 0\n{e.reason}"


def test_a_blocked_relu_is_named_with_its_operand_and_rule() -> None:
    z = Value(-1.2)
    L = z.relu() * 3.0
    e = explain(L, z)
    assert e.reason == (
        "v1 = relu(z) passes nothing on: its local derivative at z = -1.2 is 0 "
        "(what is positive passes unchanged; what is negative, and 0 itself, is blocked)"
    )
    assert str(e).splitlines()[-1] == e.reason


def test_of_a_product_the_factor_that_is_zero_is_named() -> None:
    z, a, b = Value(-1.2), Value(2.0), Value(0.0)
    rule = "(each factor is scaled by the other one)"
    y = z * (a - 2.0)
    assert (
        explain(y, z).reason
        == f"y = z * v1 passes nothing on to z: the other factor, v1, is 0 {rule}"
    )
    assert "where v1 = a - 2\n" in str(explain(y, z))
    y = z * 0.0
    assert explain(y, z).reason == f"y = z * 0 passes nothing on to z: the other factor is 0 {rule}"
    y = b * b
    assert explain(y, b).reason == (
        f"y = b * b passes nothing on to b: the other factor, b, is 0 {rule}"
    )
    zero = Value(0.0)
    y = zero * b
    assert "on to zero: the other factor, b, is 0" in explain(y, zero).reason
    y = autograd.prod([z, a, b])
    assert explain(y, z).reason == (
        "y = prod(z, a, b) passes nothing on to z: another factor, b, is 0 "
        "(each factor is scaled by the product of all the others)"
    )


def test_a_block_at_one_of_several_operands_tells_them_all() -> None:
    a, b = Value(2.0), Value(-3.0)
    y = maximum(a, b)
    assert explain(y, b).reason == (
        "y = maximum(a, b) passes nothing on to b: its local derivative at a = 2, b = -3 is 0 "
        "(only the larger operand moves it; a tie gives each one half)"
    )
    y = maximum(b, 1.0)
    assert " at b = -3 is 0 (" in explain(y, b).reason
    y = autograd.logsumexp([a * 1000.0, a, b])
    assert "passes nothing on to b: its local derivative at b = -3 is 0 (" in explain(y, b).reason


def test_of_several_blockers_the_first_few_are_named_and_the_rule_is_told_once() -> None:
    x = Value(-1.0)
    hidden = [(x * k).relu() for k in (1.0, 2.0, 3.0, 4.0, 5.0)]
    y = sum_of(hidden)
    reason = explain(y, x).reason
    assert reason.startswith("every path is blocked: hidden[0] = relu(v1) passes nothing on: ")
    assert (
        "; hidden[1] = relu(v2) passes nothing on: its local derivative at v2 = -2 is 0; " in reason
    )
    assert reason.endswith("; and 2 more")
    assert reason.count("what is positive passes unchanged") == 1
    assert reason.count("passes nothing on") == 3


def test_the_fewest_blockers_that_explain_a_zero_are_named() -> None:
    x, big = Value(-1.0), Value(1.0)
    h = x.relu()
    # four paths, two of them blocked again higher up; the one relu explains them all
    y = h * 2.0 + h.exp() + (h - 1.0).relu() + (h - 2.0).relu() + big
    assert explain(y, x).reason.startswith("h = relu(x) passes nothing on: ")
    # and here the one at the top does
    y = (x.exp() * 0.0 + (x * 2.0).relu() + x.relu() - big).relu()
    assert explain(y, x).reason.startswith("y = relu(v")


def test_a_zero_that_another_way_goes_around_is_no_blocker() -> None:
    x = Value(-1.0)
    k = x.relu() + (x * 2.0).relu() - 5.0
    m = k.relu()
    y = m + m * 0.0
    assert explain(y, x).reason.startswith("m = relu(k) passes nothing on: ")
    x = Value(1.0)
    largest = maximum(x, x * 2.0)
    n = (largest - 5.0).relu()
    y = (n - 1.0).relu() + (n * 2.0 - 1.0).relu()
    assert explain(y, x).reason.startswith("n = relu(v")


def test_an_open_way_beside_a_blocked_one_leaves_no_reason() -> None:
    x = Value(-1.0)
    e = explain(x.relu() + x, x)
    assert (e.total, e.reason) == (1.0, "")


def test_paths_that_cancel_are_told_with_their_signs() -> None:
    x = Value(2.0)
    y = x * 6.0 - x * 6.0 + x.relu() * 0.0
    e = explain(y, x)
    assert e.total == 0.0
    assert e.reason == "the paths cancel: +6 and -6"
    y = x * 1.0 + x * 2.0 - x * 3.0
    assert explain(y, x).reason == "the paths cancel: -3, +2 and +1"
    y = x * 1.0 + x * 2.0 + x * 3.0 + x * 4.0 - x * 10.0
    assert explain(y, x).reason == (
        "the paths cancel: the positive ones sum to 10, the negative ones to -10"
    )
    assert explain(x - x, x, top=1).reason == (
        "the paths cancel: the positive ones sum to 1, the negative ones to -1"
    )


def test_paths_that_cancel_but_for_rounding_are_told_to() -> None:
    x = Value(2.0)
    y = x * 0.1 + x * 0.2 - x * 0.3
    e = explain(y, x)
    assert e.total != 0.0
    assert e.reason == "the paths all but cancel: -0.3, +0.2 and +0.1"
    y = x * 1.0 - x * 0.9999
    assert explain(y, x).reason == ""


def test_a_product_that_underflows_is_told_to() -> None:
    x = Value(2.0)
    y = x * 1e-200 * 1e-200
    assert explain(y, x).reason == (
        "underflow: no factor is 0, but the product is too small for a number of 64 bits "
        "(below 5e-324), and so 0"
    )
    y = x * 1e-200 * 1e-200 + x * 0.0
    assert explain(y, x).reason.startswith(
        "underflow: there are paths without a factor of 0, but their products are too small"
    )


@pytest.mark.parametrize("f", ["tanh", "sigmoid"])
def test_a_saturated_function_is_called_saturated(f: str) -> None:
    z = Value(15.0)
    y = getattr(z, f)()
    reason = explain(y, z).reason
    assert reason.startswith(
        f"y = {f}(z) is saturated, nearly flat, at z = 15: its local derivative is "
        f"{y.partials[0]:.4g} ("
    )
    assert "flat where it saturates" in reason
    far = Value(1000.0)
    y = getattr(far, f)()
    assert explain(y, far).reason.startswith(
        f"y = {f}(far) is saturated and passes nothing on: its local derivative at far = 1000 is 0 "
    )


def test_a_flat_place_that_does_not_saturate_is_called_flat_and_each_is_named() -> None:
    x = Value(1e-5)
    y = (x**2).sin()
    assert explain(y, x).reason == (
        "v1 = x**2 is nearly flat at x = 1e-05: its local derivative is 2e-05 "
        "(the power rule: n x**(n-1))"
    )
    assert str(explain(y, x)).endswith("where v1 = x**2\n" + explain(y, x).reason)
    z = Value(12.0)
    y = (z.tanh() * 12.0).tanh() * (z * 2.0)
    assert explain(y, z).reason == ""  # the path through z * 2 is open
    y = (z.tanh() * 12.0).tanh()
    assert explain(y, z).reason.count("is saturated, nearly flat,") == 2
    assert explain(y, z).reason.count("flat where it saturates") == 1


def test_an_ordinary_gradient_needs_no_reason() -> None:
    z = Value(0.3)
    assert explain(z.tanh() * 2.0, z).reason == ""
    assert explain((z * 10.0).tanh() * 1e6, z).reason == ""
    # small, but no operation is flat
    assert explain(z * 1e-6, z).reason == ""
    # flat, but the gradient is not small
    steep = Value(7.0)
    assert explain(steep.tanh() * 1e6, steep).reason == ""


def test_parallel_and_direct_paths_are_told_apart_in_latex_too() -> None:
    x = Value(3.0)
    y = x * x * x
    latex = explain(y, x).latex()
    assert r"_{3 \cdot 3 = 9\ \mathrm{(operand\ 1\ of\ v1)}}" in latex
    assert r"_{3 \cdot 3 = 9\ \mathrm{(operand\ 2\ of\ v1)}}" in latex
    assert r"_{9\ \mathrm{(directly)}}" in latex


def test_no_line_of_a_network_is_wider_than_a_terminal() -> None:
    model = nn.MLP(2, [16, 16, 1], "tanh", seed=0)
    loss = nn.hinge_loss(model([0.5, -1.0]), 1)
    e = explain(loss, model.layers[0].neurons[0].w[0], top=3)
    assert max(map(len, str(e).splitlines())) <= 100
    assert str(e).count(")(dv") > 10
    deep = Value(1.0)
    y = deep
    for i in range(11):
        y = y * Value(1.0, name=f"a_long_name_{i}")
        y.name = f"product_{i}"
    lines = str(explain(y, deep)).splitlines()
    assert max(map(len, lines[:-2])) <= 100


def test_arguments_the_wrong_way_round_are_noticed() -> None:
    a = Value(2.0)
    L = a.exp() * 3.0
    assert explain(a, L).reason == (
        "a does not depend on L: no path leads from L to a; did you mean explain(L, a)?"
    )


def test_numbers_that_were_changed_since_stand_in_no_reason() -> None:
    a, b = Value(0.0), Value(3.0)
    y = a * b
    assert "the other factor, a, is 0" in explain(y, b).reason
    a.data = 1.0
    assert explain(y, b).reason == (
        "y = a * b passes nothing on to b: its local derivative there is 0 "
        "(each factor is scaled by the other one)"
    )
    r = Value(-2.0)
    z = r.relu()
    r.data = 7.0
    assert "7" not in explain(z, r).reason


def test_a_constant_can_be_explained_as_well() -> None:
    a = Value(2.0)
    y = a * 3.0
    e = explain(y, y.parents[1], names={"y": y})
    assert str(e) == "dy/d(3) = 2"
    zero = Value(0.0)
    y = zero * 3.0
    e = explain(y, y.parents[1], names={"y": y, "zero": zero})
    assert e.reason.startswith(
        "y = zero * 3 passes nothing on to 3: the other factor, zero, is 0 ("
    )


def test_a_factor_of_nan_is_pointed_at() -> None:
    z = Value(-1.0)
    y = z.sqrt() * 2.0
    e = explain(y, z)
    assert math.isnan(e.total)
    assert e.reason == "a factor is nan: in v1 = sqrt(z), dv1/dz is nan at z = -1"
    assert str(e).splitlines()[0] == "dy/dz = (dy/dv1)(dv1/dz) = 2 x nan = nan"


def test_zero_times_infinity_is_pointed_at() -> None:
    z = Value(0.0)
    y = z.sqrt() ** 2
    e = explain(y, z)
    assert math.isnan(e.total)
    assert e.reason == "0 x inf is nan: dy/dv1 along this path is 0, and dv1/dz is inf"
    x = Value(1.0)
    y = x * 0.0 * 1e200 * 1e200
    assert explain(y, x).reason == (
        "0 x inf is nan: dy/dv1 along this path is inf, and dv1/dx is 0"
    )


def test_infinite_paths_of_opposite_sign_are_said_to_make_nan() -> None:
    x = Value(1.0)
    y = x * math.inf + x * -math.inf
    e = explain(y, x)
    assert math.isnan(e.total)
    assert e.reason == (
        "no path is nan, but their sum is: on the way it meets inf - inf or 0 x inf"
    )


# --- errors ---------------------------------------------------------------------------------------

A = Value(1.0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([A], A), InputError, r"^explain expects a Value, got \[Value\(.*\]; pass the output"),
        ((1.5, A), InputError, r"^explain expects a Value, got 1\.5; pass the output of a graph$"),
        ((A, [A, A]), InputError,
         r"^explain expects one Value as wrt, got a list of 2; explain one at a time: "
         r"\[explain\(L, w\) for w in weights\]$"),
        ((A, (A,)), InputError, r"^explain expects one Value as wrt, got a tuple of 1; explain"),
        ((A, "w"), InputError,
         r"^explain expects a Value as wrt, got 'w'; pass the very Value that the output was "
         r"computed from$"),
        ((A, 2.0), InputError, r"^explain expects a Value as wrt, got 2\.0; pass the very Value"),
        ((A, A, 2.5), InputError,
         r"^explain expects a whole number for top, got 2\.5; write top=10$"),
        ((A, A, True), InputError, r"^explain expects a whole number for top, got True; write"),
        ((A, A, None), InputError, r"^explain expects a whole number for top, got None; write"),
        ((A, A, 0), ArgumentError,
         r"^explain expects top of at least 1, got 0; write top=10$"),
        ((A, A, -3), ArgumentError, r"^explain expects top of at least 1, got -3; write top=10$"),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_is_an_error(
    arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        explain(*arguments)
    assert type(caught.value) is error


def test_names_that_are_no_mapping_are_an_error() -> None:
    with pytest.raises(InputError, match=r"^names expects a mapping from name to Value, got \['a'"):
        explain(A, A, names=["a"])  # type: ignore[arg-type]


def test_a_whole_number_of_numpy_is_a_good_top() -> None:
    np = pytest.importorskip("numpy")
    assert len(explain(A * A, A, np.int64(1)).paths) == 1
