"""``explain``: what it shows, in text and in LaTeX, and what it leaves as it was."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path as File
from typing import Any

import pytest

import autograd
import nn
from autograd import ArgumentError, InputError, Stepper, Value, maximum
from autograd.analysis.explain import Path, explain
from autograd.functions.sums import total as sum_of
from tests.autograd.messages import raises

ROOT = File(__file__).parents[2]


def test_of_operands_that_tell_paths_apart_four_are_named() -> None:
    x = Value(1.0)
    y = x
    for _ in range(5):
        y = y + y
    assert (
        str(explain(y, x, top=32))
        .splitlines()[1]
        .endswith("  (operand 1 of y, 1 of v4, 1 of v3, 1 of v2)")
    )


def test_an_operand_in_the_part_of_a_path_that_is_left_out_has_a_name_and_a_definition() -> None:
    x = Value(1.0)
    y = x
    for _ in range(7):
        y = y * 1.0
    y = y * y
    for _ in range(7):
        y = y * 1.0
    lines = str(explain(y, x)).splitlines()
    assert "(... 9 more ...)" in lines[1]
    assert "(operand 1 of v8)" in "".join(lines)
    assert "v8 = v7 * v7" in "".join(lines)


def test_two_explanations_of_the_same_are_equal() -> None:
    x = Value(2.0)
    y = x * x
    assert explain(y, x) == explain(y, x)
    assert explain(y, x) != explain(y, x, top=1)


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
        "from autograd import Value\nfrom autograd import explain\n"
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


def test_a_value_explained_by_itself_is_one_empty_path() -> None:
    leaf = Value(2.0)
    for y in (leaf, leaf.tanh()):
        e = explain(y, y)
        assert (e.total, e.n_paths, e.remainder, e.reason) == (1.0, 1, 0.0, "")
        assert e.paths == (Path((y,), (), (), 1.0),)
        assert str(explain(y, y, names={"y": y})) == "dy/dy = 1"
        assert repr(e.paths[0]) == "Path(1 = 1)"


def test_where_all_paths_are_shown_the_remainder_is_zero_by_definition() -> None:
    x = Value(3.0)
    y = x * 0.1 + x * 0.2 + x * 0.3
    e = explain(y, x)
    assert math.fsum([e.total, *[-path.value for path in e.paths]]) != 0.0
    assert e.remainder == 0.0
    assert explain(x * math.inf + x, x).remainder == 0.0


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
    many = x
    for _ in range(10):
        many = many + many
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


MANY: dict[str, tuple[Callable[[Value, list[Value]], list[Value]], str]] = {
    "six are few": (lambda a, t: [a, *t[:5]], "a + t0 + t1 + t2 + t3 + t4"),
    "seven are many": (lambda a, t: [a, *t[:6]], "a + ... + t5"),
    "the last but one": (lambda a, t: [*t[:5], a, t[5]], "... + a + t5"),
    "the second": (lambda a, t: [t[0], a, *t[1:6]], "... + a + ... + t5"),
    "one between two": (lambda a, t: [a, t[0], a, *t[1:6]], "a + ... + a + ... + t5"),
    "two of four": (lambda a, t: [a, a, a, a, *t[:6]], "a + a + ... + t5"),
    "the last": (lambda a, t: [*t[:6], a], "... + a"),
}


@pytest.mark.parametrize("name", MANY)
def test_of_many_operands_two_on_the_paths_are_written_and_the_last(name: str) -> None:
    choose, written = MANY[name]
    a, t = Value(2.0, name="a"), [Value(float(i), name=f"t{i}") for i in range(6)]
    y = sum_of(choose(a, t)).exp()
    assert str(explain(y, a, names={"y": y})).splitlines()[-1] == f"where v1 = {written}"


def test_a_leaf_without_a_name_is_defined_by_its_number() -> None:
    x = Value(-1e-20)
    e = explain(x * 3.0, x, names={})
    assert str(e).splitlines()[-1] == "where v1 = -1e-20, v2 = v1 * 3"
    assert r"&\text{where } v_{1} = -1 \cdot 10^{-20} \\" in e.latex()
    with autograd.no_grad():
        h = x * 3.0
    assert str(explain(h * 2.0, h, names={})).endswith("where v1 = -3e-20, v2 = v1 * 2")


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


def test_rules_are_asked_for_by_name() -> None:
    a = Value(2.0)
    with pytest.raises(TypeError, match="positional"):
        explain(a * 3.0, a).text(True)  # type: ignore[call-arg]


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


def test_a_path_of_one_factor_in_latex_is_its_number_and_one_of_two_is_not() -> None:
    x = Value(3.0)
    y = x * 2.0
    assert explain(y, x).latex().splitlines()[1:-1] == [r"\frac{\mathrm{d} y}{\mathrm{d} x} &= 2"]
    z = y * 4.0
    assert explain(z, x).latex().splitlines()[1:-1] == [
        r"\frac{\mathrm{d} z}{\mathrm{d} x} &= \frac{\partial z}{\partial y} "
        r"\frac{\partial y}{\partial x} \\",
        r"&= 4 \cdot 2 \\",
        r"&= 8",
    ]


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


def test_parallel_and_direct_paths_are_told_apart_in_latex_too() -> None:
    x = Value(3.0)
    y = x * x * x
    latex = explain(y, x).latex()
    assert r"_{3 \cdot 3 = 9\ \mathrm{(operand\ 1\ of\ v1)}}" in latex
    assert r"_{3 \cdot 3 = 9\ \mathrm{(operand\ 2\ of\ v1)}}" in latex
    assert r"_{9\ \mathrm{(directly)}}" in latex


# --- errors ---------------------------------------------------------------------------------------

A = Value(1.0)


@pytest.mark.parametrize(
    ("arguments", "error", "named"),
    [
        (([A], A), InputError, ("Value", "[Value(data=1.0")),
        ((1.5, A), InputError, ("Value", 1.5)),
        ((A, [A, A]), InputError, ("wrt", "list", 2)),
        ((A, (A,)), InputError, ("wrt", "tuple", 1)),
        ((A, "w"), InputError, ("wrt", "'w'")),
        ((A, 2.0), InputError, ("wrt", 2.0)),
        ((A, A, 2.5), InputError, ("top", 2.5)),
        ((A, A, True), InputError, ("top", "True")),
        ((A, A, None), InputError, ("top", "None")),
        ((A, A, 0), ArgumentError, ("top", 1, 0)),
        ((A, A, -3), ArgumentError, ("top", 1, -3)),
    ],
)
def test_what_cannot_be_explained_is_an_error(
    arguments: tuple[Any, ...], error: type[Exception], named: tuple[object, ...]
) -> None:
    with raises(error, "explain", *named):
        explain(*arguments)


def test_names_that_are_no_mapping_are_an_error() -> None:
    with raises(InputError, "names", "mapping", "['a']"):
        explain(A, A, names=["a"])  # type: ignore[arg-type]


def test_a_whole_number_of_numpy_is_a_good_top() -> None:
    np = pytest.importorskip("numpy")
    assert len(explain(A * A, A, np.int64(1)).paths) == 1
