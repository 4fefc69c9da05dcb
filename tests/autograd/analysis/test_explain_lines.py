"""Where the text of an explanation is broken: at a hundred columns, and no sooner."""

from __future__ import annotations

from collections.abc import Callable

import nn
from autograd import Value
from autograd.analysis.explain import explain
from autograd.functions.sums import total as sum_of

WIDTH = 100


def named(value: Value, name: str) -> Value:
    value.name = name
    return value


def lines_of(make: Callable[[Value, str], Value], name: str, x: float = 1.0) -> list[str]:
    """The explanation of what is made of x and a node or two of this name."""
    leaf = Value(x, name="x")
    return str(explain(make(leaf, name), leaf, names={})).splitlines()


def letters(text: str, uses: int) -> str:
    """A name that fills this text, where it stands so often, up to a hundred columns."""
    spare = WIDTH - len(text)
    assert spare % uses == 0, "the test wants a text that a name can fill"
    return "y" * (spare // uses)


def test_a_single_path_is_one_line_up_to_a_hundred_columns() -> None:
    def make(x: Value, name: str) -> Value:
        return named(x * 2.0 * 3.0, name)

    y = letters("d/dx = (d/dv1)(dv1/dx) = 3 x 2 = 6", 2)
    assert lines_of(make, y) == [
        f"d{y}/dx = (d{y}/dv1)(dv1/dx) = 3 x 2 = 6",
        "where v1 = x * 2",
    ]
    y += "y"
    assert lines_of(make, y) == [
        f"d{y}/dx = (d{y}/dv1)(dv1/dx)", "    = 3 x 2", "    = 6", "where v1 = x * 2",
    ]  # fmt: skip


def test_a_chain_is_broken_between_two_factors_as_late_as_it_can_be() -> None:
    def make(x: Value, name: str) -> Value:
        return named(named(named(x * 2.0, name) * 3.0, "h") * 4.0, "L")

    # lines are set in by two columns, which the first one leaves free
    y = letters("  dL/dx = (dL/dh)(dh/d)", 1)
    numbers = ["    = 4 x 3 x 2", "    = 24"]
    assert lines_of(make, y) == [f"dL/dx = (dL/dh)(dh/d{y})", f"  (d{y}/dx)", *numbers]
    y += "y"
    factors = [f"(dh/d{y})", f"(d{y}/dx)"]
    assert lines_of(make, y) == ["dL/dx = (dL/dh)", *[f"  {f}" for f in factors], *numbers]


def test_a_factor_wider_than_any_line_has_one_of_its_own_and_no_line_is_empty() -> None:
    y = "y" * WIDTH
    assert lines_of(lambda x, name: named(x * 2.0 + x * 40.0, name), y)[1:-1] == [
        f"  (d{y}/dv2)", "  (dv2/dx)", "      = 1 x 40 = 40",
        f"  (d{y}/dv1)", "  (dv1/dx)", "      = 1 x 2 = 2",
    ]  # fmt: skip


def test_paths_are_a_table_up_to_a_hundred_columns() -> None:
    def make(x: Value, name: str) -> Value:
        return named(x * 2.0 + x * 40.0, name)

    y = letters("  (d/dv2)(dv2/dx) = 1 x 40 = 40", 1)
    legend = "where v1 = x * 2, v2 = x * 40"
    heading = f"d{y}/dx = 42, a sum over 2 paths:"
    assert lines_of(make, y) == [
        heading,
        f"  (d{y}/dv2)(dv2/dx) = 1 x 40 = 40",
        f"  (d{y}/dv1)(dv1/dx) = 1 x 2  =  2",
        legend,
    ]
    y += "y"
    heading = f"d{y}/dx = 42, a sum over 2 paths:"
    assert lines_of(make, y) == [
        heading,
        f"  (d{y}/dv2)(dv2/dx)", "      = 1 x 40 = 40",
        f"  (d{y}/dv1)(dv1/dx)", "      = 1 x 2 = 2",
        legend,
    ]  # fmt: skip


def test_what_tells_paths_apart_counts_among_the_hundred_columns() -> None:
    def make(x: Value, name: str) -> Value:
        return named(x * x, name)

    y = letters("  (d/dx) = 10  (operand 1 of )", 2)
    heading = f"d{y}/dx = 20, a sum over 2 paths:"
    rows = [f"  (d{y}/dx) = 10  (operand {i} of {y})" for i in (1, 2)]
    assert lines_of(make, y, 10.0) == [heading, *rows]
    y += "y"
    rows = [line for i in (1, 2) for line in (f"  (d{y}/dx)  (operand {i} of {y})", "      = 10")]
    assert lines_of(make, y, 10.0)[1:] == rows


def test_a_table_with_one_row_too_wide_for_its_note_is_broken() -> None:
    def make(x: Value, name: str) -> Value:
        return named(named(x * x, name) + x, "L")

    y = "y" * 20
    wide = f"  (dL/d{y})(d{y}/dx) = 1 x 10 = 10  (operand 1 of {y})"
    narrow = "  (dL/dx)                                            =  1  (directly)"
    assert len(narrow) <= WIDTH < len(wide)
    assert lines_of(make, y, 10.0)[1:] == [
        f"  (dL/d{y})(d{y}/dx)  (operand 1 of {y})", "      = 1 x 10 = 10",
        f"  (dL/d{y})(d{y}/dx)  (operand 2 of {y})", "      = 1 x 10 = 10",
        "  (dL/dx)  (directly)", "      = 1",
    ]  # fmt: skip


def test_the_names_that_we_made_fill_lines_of_a_hundred_columns() -> None:
    def make(x: Value, name: str) -> Value:
        return named(sum_of([x * 1.0, x * Value(2.0, name=name)]), "L")

    w = letters("where v1 = x * 1, v2 = x * ", 1)
    assert lines_of(make, w)[-1] == f"where v1 = x * 1, v2 = x * {w}"
    w += "w"
    assert lines_of(make, w)[-2:] == ["where v1 = x * 1,", f"      v2 = x * {w}"]


def test_so_they_do_with_the_commas_at_the_ends_of_lines() -> None:
    def make(x: Value, name: str) -> Value:
        factors: list[Value | float] = [1.0, Value(2.0, name=name), 3.0, 4.0]
        return named(sum_of([x * factor for factor in factors]), "L")

    w = letters("where v1 = x * 1, v2 = x * ,", 1)
    assert lines_of(make, w)[-2:] == [
        f"where v1 = x * 1, v2 = x * {w},", "      v3 = x * 3, v4 = x * 4",
    ]  # fmt: skip
    w += "w"
    assert lines_of(make, w)[-3:] == [
        "where v1 = x * 1,", f"      v2 = x * {w},", "      v3 = x * 3, v4 = x * 4",
    ]  # fmt: skip


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
