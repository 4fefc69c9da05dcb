"""``wrong_order``: the sweep that learners write first, beside the right one."""

from __future__ import annotations

from hypothesis import given

from autograd import InputError, Value
from autograd.analysis.wrong_order import wrong_order
from autograd.core.graph import interior, topological_order
from tests.autograd.messages import raises
from tests.graphs import graphs


def naive(output: Value) -> dict[Value, float]:
    """The mistake as learners make it: recursive, each node once, when it is first reached."""
    gradients = dict.fromkeys(topological_order(output), 0.0)
    gradients[output] = 1.0
    visited = set()

    def visit(node: Value) -> None:
        visited.add(node)
        for parent, local in zip(node.parents, node.partials, strict=True):
            gradients[parent] += gradients[node] * local
        for parent in node.parents:
            if parent not in visited and parent.parents:
                visit(parent)

    visit(output)
    return gradients


def same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


@given(graphs())
def test_it_is_the_recursive_mistake_beside_what_backward_does(y: Value) -> None:
    found, expected = wrong_order(y, names={}), naive(y)
    y.backward()
    assert set(found.right) == set(found.wrong) == set(expected)
    for node, gradient in expected.items():
        assert same(found.wrong[node], gradient)
        assert same(found.right[node], node.grad)


@given(graphs())
def test_it_goes_wrong_only_where_a_node_with_parents_is_used_twice(y: Value) -> None:
    found = wrong_order(y, names={})
    used = [parent for node in interior(y) for parent in node.parents if parent.parents]
    if len(used) == len(set(used)):
        assert found.differing == found.too_early == []
    if found.differing:
        assert found.too_early


def test_the_table_shows_both_and_says_who_was_too_early() -> None:
    a, b = Value(2.0), Value(3.0)
    c = a + b
    d = a * b
    y = (c + d) + c * d
    found = wrong_order(y)
    assert found.differing == [a, b]
    assert found.too_early == [c, d]
    assert (found.wrong[a], found.wrong[b]) == (4.0, 3.0)
    assert (found.right[a], found.right[b]) == (25.0, 19.0)
    assert str(found).splitlines()[4:] == [
        "d = a * b        6            6  <- passed on 1, too early",
        "c = a + b        7            7  <- passed on 1, too early",
        "b               19            3  <- wrong",
        "a               25            4  <- wrong",
        "right: a node passes its gradient on when all that use it have sent theirs",
        "wrong: it does so as soon as it is first reached, depth first",
        "c has 2 uses, and passed on 1 before all of its 7 had arrived",
        "d has 2 uses, and passed on 1 before all of its 6 had arrived",
    ]
    assert repr(found) == str(found)


def test_where_it_makes_no_difference_it_says_so_and_how_to_see_one() -> None:
    a, b = Value(2.0), Value(3.0)
    assert "Here it makes no difference" in str(wrong_order(a * b + a))


def test_rounding_is_not_called_wrong() -> None:
    x = Value(1.0, name="x")
    y = x * 0.1 + ((x * x).sin() * 0.1 + x * 0.2)
    found = wrong_order(y, names={})
    assert found.right[x] != found.wrong[x]
    assert found.differing == found.too_early == []
    assert "<- " not in str(found)


def test_late_contributions_that_cancel_are_told_as_such() -> None:
    a = Value(2.0)
    h = a * 3.0
    y = (h * 1.0 + a) + (h * 1.0 - h)
    found = wrong_order(y)
    assert (found.differing, found.too_early) == ([], [h])
    assert str(found).endswith("it makes no difference: what came too late adds up to 0")


def test_cancelling_terms_are_compared_by_their_own_size() -> None:
    x = Value(0.5)
    y = (x * 0.1 + x * 0.2) - x * 0.3
    assert wrong_order(y).differing == []
    a = Value(2.0)
    h = a * 3.0
    y = h + h * 1e-9
    assert a in wrong_order(y).differing


def test_what_is_said_is_what_the_wrong_sweep_did() -> None:
    a = Value(2.0)
    g = a * 3.0
    m = g + g * g
    y = m + m * m
    assert "g has 3 uses, and passed on 1 before all of its 13 had arrived" in str(wrong_order(y))


def test_plain_numbers_are_no_rows_and_are_not_counted() -> None:
    a = Value(2.0)
    h = ((((a * 3.0) * 4.0) * 5.0) * 6.0) * 7.0
    y = h + h * h
    assert "more that are" not in str(wrong_order(y))


def test_an_infinite_gradient_is_not_the_same_as_a_finite_one() -> None:
    a = Value(2.0)
    h = a * 3.0
    y = h + (h * 1e308) * 1e308
    assert a in wrong_order(y).differing


def test_of_a_large_graph_the_rows_that_are_wrong_are_shown_and_the_others_counted() -> None:
    h = x = Value(0.5, name="x")
    for _ in range(2_000):
        h = h + h * h * 1e-4
    lines = str(wrong_order(h, names={})).splitlines()
    assert len(lines) < 50
    assert lines[1].startswith("x ")
    assert lines[1].endswith("<- wrong")
    told = wrong_order(h, names={})
    nodes = {*told.differing, *told.too_early}  # the plain numbers are no rows
    left = len([node for node in nodes if node.op != "constant"]) - 40
    assert f"... and {left:,} more that are wrong or too early" in lines
    y = x.exp()
    for _ in range(50):
        y = y.sin()
    assert len(str(wrong_order(y)).splitlines()) < 10


def test_no_gradient_is_touched() -> None:
    a = Value(2.0)
    h = a * 3.0
    y = h + h * h
    y.backward()
    before = [node.grad for node in topological_order(y)]
    wrong_order(y)
    assert [node.grad for node in topological_order(y)] == before


def test_a_deep_chain_is_no_problem_and_a_leaf_is_its_own_gradient() -> None:
    y = x = Value(1.0)
    for _ in range(50_000):
        y = y.relu()
    assert wrong_order(y).wrong[x] == 1.0
    assert wrong_order(x).right == {x: 1.0}


def test_what_is_no_value_is_refused() -> None:
    with raises(InputError, "wrong_order", "Value", "None"):
        wrong_order(None)  # type: ignore[arg-type]


def test_its_steps_call_nodes_by_the_callers_variables() -> None:
    a = Value(2.0)
    h = a * 3.0
    y = h + h * h
    assert [str(step) for step in wrong_order(y).steps][:3] == [
        "y -> h: 1 x 1 = 1, total 1",
        "y -> *: 1 x 1 = 1, total 1",
        "h -> a: 1 x 3 = 3, total 3",
    ]
