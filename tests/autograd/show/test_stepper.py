"""``Stepper``: where it stands, what it knows there, and what it shows in a terminal."""

from __future__ import annotations

import math
import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    ArgumentError,
    InputError,
    Stepper,
    Value,
    draw,
    forward_steps,
    primitive,
    steps,
    tree,
)
from autograd.analysis.steps import ForwardStep, Step
from autograd.core.graph import topological_order
from autograd.show.stepper_text import SeedStep
from tests.autograd.messages import raises
from tests.graphs import graphs


def example() -> tuple[Value, Value, Value, Value]:
    a, b, c = Value(2.0), Value(-3.0), Value(7.0)
    return a, b, c, (a * b + c).tanh()


def same(a: dict[Value, float], b: dict[Value, float]) -> bool:
    return {k: v.hex() for k, v in a.items()} == {k: v.hex() for k, v in b.items()}


# --- moving ---------------------------------------------------------------------------------------


@given(graphs())
def test_at_the_end_it_holds_every_value_and_the_gradients_of_backward(y: Value) -> None:
    stepper = Stepper(y, names={}).seek(-1)
    y.backward()
    order = topological_order(y)
    assert same(stepper.data, {node: node.data for node in order})
    assert same(stepper.gradients, {node: node.grad for node in order})


@given(graphs(), st.lists(st.integers(0, 200), min_size=1, max_size=8))
def test_a_position_shows_the_same_however_it_was_reached(y: Value, coordinates: list[int]) -> None:
    wandering, n = Stepper(y, names={}), len(Stepper(y, names={}))
    for place in coordinates:
        wandering.seek(place % (n + 1))
        direct = Stepper(y, names={})
        for _ in range(place % (n + 1)):
            direct.next()
        assert repr(wandering) == repr(direct)
        assert same(wandering.gradients, direct.gradients)
        assert same(wandering.data, direct.data)
        here, there = wandering.current, direct.current
        assert getattr(here, "node", None) is getattr(there, "node", None)
        assert getattr(here, "slot", None) == getattr(there, "slot", None)


def test_the_steps_are_those_of_both_passes_with_the_seed_between() -> None:
    *_, L = example()
    stepper = Stepper(L)
    taken = [stepper.next().current for _ in range(len(stepper))]
    forward, backward = list(forward_steps(L)), list(steps(L))
    assert taken == [*forward, SeedStep(L, 1.0), *backward]
    assert stepper.backward_start == len(forward)
    assert [type(step) for step in taken] == [ForwardStep] * 3 + [SeedStep] + [Step] * 5


def test_values_appear_with_their_step_and_gradients_add_up_as_they_arrive() -> None:
    x = Value(3.0)
    y = x * x
    stepper = Stepper(y, names={"x": x, "y": y})
    assert (stepper.data, stepper.gradients) == ({x: 3.0}, {})
    assert stepper.next().data == {x: 3.0, y: 9.0}
    assert stepper.next().gradients == {y: 1.0}
    assert stepper.next().gradients == {y: 1.0, x: 3.0}
    assert stepper.next().gradients == {y: 1.0, x: 6.0}


def test_moving_stops_at_both_ends_and_returns_the_stepper_for_the_repl_to_show() -> None:
    *_, L = example()
    stepper = Stepper(L)
    assert stepper.back().position == 0
    assert stepper.next(100).position == len(stepper) == 9
    assert stepper.next() is stepper
    assert stepper.back(4).position == 5
    assert stepper.reset().position == 0
    assert stepper.current is None
    assert stepper.seek(-1).position == 9
    assert stepper.seek(-10).position == 0


def test_no_value_is_changed_and_later_changes_do_not_change_the_steps() -> None:
    a, _, _, L = example()
    L.backward()
    before = [(node.data, node.grad) for node in topological_order(L)]
    stepper = Stepper(L).seek(-1)
    assert [(node.data, node.grad) for node in topological_order(L)] == before
    gradients = stepper.gradients
    a.grad = 0.0
    assert Stepper(L).seek(-1).gradients == gradients


def test_data_that_was_changed_since_is_told_and_later_changes_leave_a_stepper_alone() -> None:
    w, x = Value(0.5, name="w"), Value(2.0, name="x")
    L = (w * x - 3.0) ** 2
    before = Stepper(L, names={})
    text = repr(before.seek(3))
    w.data = 1.3
    assert repr(before.seek(3)) == text
    assert before.data[w] == 0.5
    note = (
        "note: v1 = w * x was computed before the data of an operand was changed; build the graph "
        "again for the new numbers"
    )
    assert repr(Stepper(L, names={}).seek(3)).splitlines()[-1] == note
    assert note.removeprefix("note: ") in Stepper(L, names={}).html()
    assert tree(L, names={}).splitlines()[-1].startswith("* was computed before the data of")
    assert "* was computed before the data of an operand was changed" in draw(L, names={}).source
    w.data = 0.5
    assert "note" not in repr(Stepper(L, names={}))
    assert "was computed before" not in tree(L) + draw(L).source


def test_a_local_derivative_that_is_out_of_date_is_noticed_where_the_value_is_not() -> None:
    x = Value(3.0, name="x")
    y = x * x
    x.data = -3.0
    assert "was computed before" in repr(Stepper(y, names={"y": y}))
    a, b = Value(2.0, name="a"), Value(0.0, name="b")
    z = a * b
    a.data = 2.001
    assert "was computed before" in tree(z)


def test_a_chain_is_looked_through_to_its_leaf() -> None:
    x = y = Value(0.5)
    for _ in range(300):
        y = y.sin()
    x.data = 0.6
    assert "was computed before" in repr(Stepper(y, names={}))


def test_an_operation_that_cannot_be_repeated_is_called_changed_and_does_no_harm() -> None:
    fragile = primitive(
        "fragile", lambda m, x: x * (1.0 / (5.0 - x)) * (5.0 - x), lambda m, y, x: (1.0,),
        points=[0.5], replace=True,
    )  # fmt: skip
    v = Value(1.0)
    z = fragile(v)
    v.data = 5.0
    assert "was computed before" in tree(z)


def test_a_nan_is_not_called_a_change() -> None:
    y = Value(-1.0).log() + Value(math.inf) * 0.0
    assert "note" not in repr(Stepper(y, names={}))


@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda s: s.seek(10), ArgumentError, ("Stepper.seek", 0, 9, 10, "seek(-1)")),
        (lambda s: s.seek(-11), ArgumentError, ("Stepper.seek", 0, 9, -11)),
        (lambda s: s.seek(1.5), InputError, ("Stepper.seek", 1.5)),
        (lambda s: s.next("2"), InputError, ("Stepper.next", "'2'")),
        (lambda s: s.back(True), InputError, ("Stepper.back", "True")),
        (lambda s: s.next(-1), ArgumentError, ("Stepper.next", 1, -1)),
        (lambda s: s.back(0), ArgumentError, ("Stepper.back", 1, 0)),
        (lambda s: s.to_html(3), InputError, ("Stepper.to_html", "path", 3)),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_it_where_it_is(
    call: Callable[[Stepper], Any], error: type[Exception], named: tuple[object, ...]
) -> None:
    *_, L = example()
    stepper = Stepper(L).seek(5)
    with raises(error, *named):
        call(stepper)
    assert stepper.position == 5


def test_what_is_no_value_is_refused() -> None:
    with raises(InputError, "Stepper", "Value", "[]"):
        Stepper([])  # type: ignore[arg-type]


# --- in a terminal --------------------------------------------------------------------------------


def test_at_the_start_only_the_leaves_have_values() -> None:
    a, b, c = Value(2.0), Value(-3.0), Value(7.0)
    L = (a * b + c).tanh()
    assert repr(Stepper(L)).splitlines() == [
        "step 0 of 9: the leaves have values; .next() computes the first node from them",
        "",
        "node              data  grad",
        "L = tanh(v2)",
        "└─ v2 = v1 + c",
        "   ├─ v1 = a * b",
        "   │  ├─ a           2",
        "   │  └─ b          -3",
        "   └─ c              7",
    ]


def test_a_forward_step_shows_the_numbers_that_go_in_and_come_out() -> None:
    a, b, c, L = example()
    lines = repr(Stepper(L, names={"a": a, "b": b, "c": c, "L": L}).seek(2)).splitlines()
    assert lines[0] == "step 2 of 9, forward: v2 = v1 + c is computed"
    assert lines[4] == "└─ v2 = v1 + c       1        <- computed"
    assert lines[-1] == "v2 = v1 + c = (-6) + 7 = 1"


def test_a_backward_step_draws_its_edge_double_and_says_what_is_added_and_why() -> None:
    x = Value(1.5)
    y = x * x + x * 2.0
    stepper = Stepper(y)
    assert repr(stepper.seek(-1)).splitlines() == [
        "step 10 of 10, backward: v1 = x * x passes its gradient on to x",
        "",
        "node             data  grad",
        "y = v1 + v2      5.25     1",
        "├─ v1 = x * x    2.25     1",
        "│  ├─ x           1.5     5",
        "│  ╘═ x (above)   1.5     5  <- += 1 x 1.5",
        "└─ v2 = x * 2       3     1",
        "   ├─ x (above)   1.5     5",
        "   └─ 2             2",
        "",
        "dy/dx += dy/dv1 x ∂v1/∂x = 1 x 1.5 = 1.5",
        "dy/dx is now 3.5 + 1.5 = 5, complete",
        "because each factor is scaled by the other one",
        "the end: every gradient is complete; .back() or .reset() to see it again",
    ]
    assert "dy/dx is now 2, with 2 more to come" in repr(stepper.seek(7))
    assert re.search(r"x \(above\) +1\.5 +2\.\.", repr(stepper))


def test_the_seed_is_a_step_of_its_own() -> None:
    *_, L = example()
    lines = repr(Stepper(L).seek(4)).splitlines()
    assert lines[0] == "step 4 of 9, backward: it begins at the output, L"
    assert lines[3].endswith("<- = 1")
    assert lines[-1] == "dL/dL = 1: it moves as itself does"


def test_of_a_large_graph_the_lines_around_the_current_step_are_shown() -> None:
    nodes = [Value(float(i), name=f"x{i}") for i in range(300)]
    y = nodes[0]
    for node in nodes[1:]:
        y = y + node
    stepper = Stepper(y, names={})
    for place in (0, 5, 300, 500, len(stepper)):
        lines = repr(stepper.seek(place)).splitlines()
        assert len(lines) < 52
        hidden = [int(n) for n in re.findall(r"\.\.\. ([\d,]+) lines", "\n".join(lines))]
        tree = [line for line in lines if "─ " in line or "═ " in line or " = v" in line[:20]]
        assert sum(hidden) > 500
        assert tree
        if place:
            assert sum("<- " in line for line in lines) == 1


@pytest.mark.parametrize("place", [0, 1, 5, 60, 115, 130, 200, 241])
def test_lines_above_shown_and_below_are_all_there_are(place: int) -> None:
    y = Value(0.5, name="x")
    for _ in range(120):
        y = y.sin()
    lines = repr(Stepper(y, names={}).seek(place)).splitlines()
    hidden = [int(n) for n in re.findall(r"^\.\.\. (\d+) lines", "\n".join(lines), re.MULTILINE)]
    shown = [line for line in lines[3:] if re.match(r"(\[\d+\] |   )*[└╘]|v120 = ", line)]
    assert len(shown) == 40
    assert sum(hidden) + len(shown) == 121
    assert sum("<- " in line for line in lines) == (place > 0)


def test_branches_are_drawn_to_a_depth_of_24_and_then_counted() -> None:
    y = Value(0.5, name="x")
    for _ in range(30):
        y = y.sin()
    text = repr(Stepper(y, names={}))
    assert "\n" + "   " * 23 + "└─ v6 = " in text
    assert "\n[25] └─ v5 = " in text


def test_a_node_met_again_is_marked_once_and_a_plain_number_not_even_as_met() -> None:
    x = Value(0.5, name="x")
    v = x.sin()
    assert repr(Stepper(v * v, names={}).seek(1)).count("<- computed") == 1
    k = (x * 2.0).parents[1]
    assert "(above)" not in repr(Stepper(k * k, names={}))
    assert "(above)" not in tree(k * k)


def test_a_deep_graph_can_be_stepped_through() -> None:
    y = x = Value(1.0)
    for _ in range(20_000):
        y = y.relu()
    stepper = Stepper(y, names={"x": x}).seek(-1)
    assert stepper.gradients[x] == 1.0
    assert "<- += 1 x 1" in repr(stepper)
    assert max(map(len, repr(stepper).splitlines())) < 120
    assert "[20000] ╘═ x" in repr(stepper)
    tracemalloc.start()
    repr(stepper.seek(-2))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6  # the branches of all lines would be 600 MB


def test_hostile_names_stay_on_their_line() -> None:
    x = Value(1.0, name="a\nb\x1b[31m")
    assert r"a\nb\x1b[31m" in repr(Stepper(x * 2.0, names={}))


# --- the widget, as far as Python sees it ---------------------------------------------------------


def test_the_widgets_position_is_read_and_set_and_held_to_the_steps() -> None:
    pytest.importorskip("anywidget", reason="anywidget is not installed")
    *_, L = example()
    widget = Stepper(L).seek(3).widget()
    assert (widget.position, widget.length) == (3, 9)
    assert repr(widget) == "<glassgrad's stepper, position 3 of 9>"
    widget.position = 9
    for wrong in (10, -1):
        with raises(ArgumentError, "the stepper's position is from 0 to", 9, wrong):
            widget.position = wrong
        assert widget.position == 9


def test_without_anywidget_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from autograd import MissingExtraError

    monkeypatch.setitem(sys.modules, "anywidget", None)
    *_, L = example()
    with raises(MissingExtraError, "Stepper.widget needs anywidget", '"glassgrad[notebook]"'):
        Stepper(L).widget()
