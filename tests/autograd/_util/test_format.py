"""How numbers, names and formulas are written, in text and in LaTeX."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd._util.format import (
    GraphFormatter,
    Text,
    count,
    factor,
    latex_factor,
    latex_formula,
    latex_name,
    latex_number,
    number,
)
from autograd._util.format import (
    formula as formula_of,
)
from autograd.core.graph import topological_order
from autograd.core.operation import TABLE
from autograd.functions.functions import FUNCTIONS


@pytest.mark.parametrize(
    ("x", "text", "as_factor"),
    [(-6.0, "-6", "(-6)"), (0.41997, "0.42", "0.42"), (-0.0, "0", "0"), (1e-7, "1e-07", "1e-07"),
     (-math.inf, "-inf", "(-inf)"), (math.nan, "nan", "nan"), (123456.0, "1.235e+05", "1.235e+05")],
)  # fmt: skip
def test_numbers_have_four_digits_and_no_signed_zero(x: float, text: str, as_factor: str) -> None:
    assert (number(x), factor(x)) == (text, as_factor)


@pytest.mark.parametrize(
    ("x", "text"),
    [(-1.5e-7, r"-1.5 \cdot 10^{-7}"), (math.inf, r"\infty"), (-math.inf, r"-\infty"),
     (math.nan, r"\mathrm{nan}"), (0.25, "0.25")],
)  # fmt: skip
def test_numbers_in_latex(x: float, text: str) -> None:
    assert latex_number(x) == text
    assert latex_factor(x) == (rf"\left({text}\right)" if text.startswith("-") else text)


@pytest.mark.parametrize(
    ("n", "text"),
    [(0, "0 paths"), (1, "1 path"), (1024, "1,024 paths"), (10**12 - 1, "999,999,999,999 paths"),
     (10**12, "about 1.0 x 10**12 paths"), (2**200, "about 1.6 x 10**60 paths"),
     (10**20 - 1, "about 1.0 x 10**20 paths")],
)  # fmt: skip
def test_counts_of_any_size_are_written_out_or_rounded(n: int, text: str) -> None:
    assert count(n, "path") == text


def test_a_count_that_python_refuses_to_write_out_is_rounded_too() -> None:
    assert count(2**100_000, "path") == "about 1.0 x 10**30103 paths"


@given(st.integers(10**12, 10**40))
def test_a_rounded_count_is_within_a_twentieth(n: int) -> None:
    lead, power = count(n, "path")[6:-6].split(" x 10**")
    assert math.isclose(float(lead) * 10.0 ** int(power), n, rel_tol=0.051)


@pytest.mark.parametrize(
    ("name", "text"),
    [("a", "a"), ("x1", "x_{1}"), ("v12", "v_{12}"), ("W1[0,2]", "W_{1,[0,2]}"),
     ("w[3]", "w_{[3]}"),
     ("loss", r"\mathrm{loss}"), ("a_b", r"\mathrm{a\_b}"), ("θ", "θ"), ("x y", r"\mathrm{x\ y}"),
     ("$$", r"\mathrm{\$\$}"),
     ("\\href{javascript:x}", r"\mathrm{\backslash{}href\{javascript:x\}}"),
     ("a^b~c", r"\mathrm{a\hat{}b\sim{}c}"), ("\n", r"\mathrm{\backslash{}n}")],
)  # fmt: skip
def test_names_in_latex_hold_no_command_of_their_own(name: str, text: str) -> None:
    assert latex_name(name) == text


def test_a_repl_shows_a_text_as_it_reads() -> None:
    assert repr(Text("a\nb")) == "a\nb" == Text("a\nb")


def test_every_row_of_the_table_is_written_in_text_and_in_latex() -> None:
    for name, row in TABLE.items():
        operands = ["p", "q", "r"][: row.arity or 3]
        text, latex = formula_of(row, operands), latex_formula(row, operands)
        for operand in operands:
            assert operand in text, name
            assert operand in latex, name
        assert latex.count("{") == latex.count("}"), name
        if name in FUNCTIONS and name != "sum":
            assert text.startswith(f"{name}(p")


def test_formulas_read_as_they_would_be_typed() -> None:
    a, b = Value(2.0), Value(-3.0)
    written = {
        a * b: "a * b", a - 1.5: "a - 1.5", 2 / b: "2 / b", a**2: "a**2", a**b: "a**b", -a: "-a",
        a * -3: "a * (-3)", a.leaky_relu(0.1): "leaky_relu(a, slope=0.1)", abs(b): "abs(b)",
        FUNCTIONS["sum"]([a, b, 4.0]): "a + b + 4", FUNCTIONS["maximum"](a, b): "maximum(a, b)",
        FUNCTIONS["maximum"](a, -2.0): "maximum(a, -2)",
        FUNCTIONS["sum"]([a] * 9): "a + a + a + a + ... + a",
    }  # fmt: skip
    for node, formula in written.items():
        order = topological_order(node)
        assert GraphFormatter(order, {a: "a", b: "b"}).formula(node) == formula


def test_nodes_without_a_name_are_numbered_around_the_names_that_are_taken() -> None:
    a, taken = Value(1.0, name="a"), Value(2.0, name="v2")
    first = a.exp()
    second = first * taken
    third = second + 7
    written = GraphFormatter(topological_order(third), {third: "y"})
    assert [written.name(node) for node in topological_order(third)] == [
        "a", "v1", "v2", "v3", "7", "y",
    ]  # fmt: skip
    assert written.definition(third) == "y = v3 + 7"
    assert written.derivative(third, second) == "dy/dv3"
    assert written.partial(third, second) == "∂y/∂v3"
    loss = Value(1.0, name="loss")
    assert GraphFormatter([loss, a], {}).latex_derivative(loss, a) == (
        r"\frac{\mathrm{d}\,\mathrm{loss}}{\mathrm{d} a}"
    )
    assert written.derivative(third, third.parents[1]) == "dy/d(7)"
    assert written.latex_partial(third, second) == r"\frac{\partial y}{\partial v_{3}}"
    assert written.latex_derivative(third, second) == r"\frac{\mathrm{d} y}{\mathrm{d} v_{3}}"


def test_a_nodes_own_name_comes_before_the_callers_variable_and_stays_on_one_line() -> None:
    a = Value(1.0, name="two\nlines")
    assert GraphFormatter([a], {a: "variable"}).name(a) == r"two\nlines"
