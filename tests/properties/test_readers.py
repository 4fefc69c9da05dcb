"""Who reads a graph, against the backward sweep of it: steps, explain, grad, pages and copies.

Programs are any here, with numbers at kinks, poles and IEEE's edges, and agreement is to the bit.
"""

from __future__ import annotations

import copy
import json
import math
import pickle
import re
from collections.abc import Sequence
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from autograd import Stepper, Value, explain, forward_steps, grad, steps
from autograd.analysis.explain import Explanation
from autograd.core.evaluate import evaluate
from autograd.core.graph import topological_order
from tests.properties.programs import Program, examples, line, programs


def bits(x: float) -> str:
    return x.hex()


def swept(output: Value) -> dict[Value, str]:
    """The gradient that backward leaves in each node."""
    order = topological_order(output)
    for node in order:
        node.grad = 0.0
    output.backward()
    return {node: bits(node.grad) for node in order}


# --- steps ----------------------------------------------------------------------------------------


@examples(200)
@given(programs(), st.sampled_from([1.0, -2.5, 0.0, 1e300]))
def test_steps_add_up_to_what_backward_leaves(program: Program, seed: float) -> None:
    output = program.run()[-1]
    received = {output: seed}
    for step in steps(output, seed):
        assert bits(step.upstream) == bits(received[step.node])
        assert step.node.parents[step.slot] is step.parent
        assert bits(step.contribution) == bits(step.upstream * step.local)
        received[step.parent] = received.get(step.parent, 0.0) + step.contribution
        assert bits(step.total) == bits(received[step.parent])
    output.backward(seed)
    assert {node: bits(x) for node, x in received.items()} == {
        node: bits(node.grad) for node in topological_order(output)
    }


@examples(150)
@given(programs())
def test_forward_steps_compute_the_data_of_each_node_from_what_was_there(program: Program) -> None:
    *_, output = program.run()
    known = {node: node.data for node in topological_order(output) if not node.parents}
    for step in forward_steps(output):
        assert [bits(x) for x in step.operands] == [bits(known[p]) for p in step.node.parents]
        assert step.node._operation is not None
        assert bits(step.data) == bits(evaluate(step.node._operation, step.operands)[0])
        known[step.node] = step.data
    assert {n: bits(x) for n, x in known.items()} == {n: bits(n.data) for n in known}
    assert set(known) == set(topological_order(output))


# --- grad -----------------------------------------------------------------------------------------


@examples(200)
@given(programs())
def test_grad_is_what_backward_leaves(program: Program) -> None:
    nodes = program.run()
    slopes = grad(nodes[-1], nodes)
    gradients = swept(nodes[-1])
    for node, slope in zip(nodes, slopes, strict=True):
        swept_to = float.fromhex(gradients.get(node, "0x0p+0"))
        # a sweep begins with 0.0, and 0.0 + -0.0 is 0.0: of zeros the sign may differ
        assert slope.data == swept_to or (math.isnan(slope.data) and math.isnan(swept_to))


# --- explain --------------------------------------------------------------------------------------

Way = tuple[tuple[Value, Value, float], ...]  # a path: node, parent and local derivative each


def every_way(output: Value, wrt: Value, most: int) -> list[Way]:
    """All paths by plain recursion, or more than ``most`` of them."""
    if output is wrt:
        return [()]
    found: list[Way] = []
    for parent, local in zip(output.parents, output.partials, strict=True):
        found += [((output, parent, local), *rest) for rest in every_way(parent, wrt, most)]
        if len(found) > most:
            break
    return found


def named_blockers(reason: str, names: dict[str, Value]) -> list[tuple[Value, Value | None]]:
    """Each node that is said to pass nothing on, and the parent that it is said of."""
    found = re.findall(r"(n\d+) = [^;]*? passes nothing on(?: to (\w+))?", reason)
    return [(names[node], names.get(parent)) for node, parent in found]


def check_reason(e: Explanation, ways: Sequence[Way], names: dict[str, Value]) -> None:
    """Hold what is said of a derivative of zero, or nan, or next to nothing, to all its paths."""
    products = [math.prod([local for *_, local in way], start=1.0) for way in ways]
    size, said = sum(map(abs, products)), e.reason
    if not ways:
        assert "does not depend on" in said
    elif math.isnan(e.total):
        assert "nan" in said
        assert ("no path is nan" in said) == (not any(map(math.isnan, products)))
    elif "passes nothing on" in said:
        assert e.total == 0.0
        blockers = named_blockers(said, names)
        assert blockers
        for node, parent in blockers:
            slopes = zip(node.parents, node.partials, strict=True)
            assert any(local == 0.0 and parent in (None, p) for p, local in slopes)
        if " more" not in said:
            for way in ways:
                stops = [(node, p) for node, p, local in way if local == 0.0]
                assert any(n is node and q in (None, p) for node, p in stops for n, q in blockers)
    elif "underflow" in said:
        assert e.total == 0.0
        assert any(all(local != 0.0 for *_, local in way) for way in ways)
        assert not any(products)
    elif "cancel" in said:
        assert any(products)
        assert abs(e.total) <= 1e-12 * size
    elif said:
        assert abs(e.total) < 1e-4
        assert "flat" in said
    else:
        assert e.total != 0.0


@examples(250)
@given(programs(), st.data())
def test_the_paths_that_explain_shows_sum_to_what_backward_leaves(
    program: Program, data: Any
) -> None:
    nodes = program.run()
    names = {f"n{i}": node for i, node in enumerate(nodes)}
    for name, node in names.items():
        node.name = name
    wrt = nodes[data.draw(st.integers(0, len(nodes) - 2), label="wrt")]
    ways = every_way(nodes[-1], wrt, 200)
    assume(len(ways) <= 200)
    e = explain(nodes[-1], wrt, top=250)
    assert bits(e.total) == swept(nodes[-1]).get(wrt, bits(0.0))
    assert e.n_paths == len(e.paths) == len(ways)
    shown = [tuple(zip(p.nodes, p.nodes[1:], p.locals, strict=False)) for p in e.paths]
    assert sorted(map(repr, map(places, shown))) == sorted(map(repr, map(places, ways)))
    values = [path.value for path in e.paths]
    if all(map(math.isfinite, [e.total, *values])):
        # what a sum rounds is a part of its terms, and of what was summed on the way
        assert abs(e.total - sum(values)) <= 1e-12 * sum(map(abs, values)) + 1e-306
    check_reason(e, ways, names)


def places(way: Way) -> list[tuple[int, int, str]]:
    return [(id(node), id(parent), bits(local)) for node, parent, local in way]


# --- pages and copies -----------------------------------------------------------------------------


@examples(60)
@given(programs(most_lines=8))
def test_a_page_holds_every_number_to_the_bit_in_json(program: Program) -> None:
    output = program.run()[-1]
    page = Stepper(output, names={}).html()
    found = re.search(r'<script type="application/json" id="recording">(.*?)</script>', page, re.S)
    assert found is not None
    shown = json.loads(found[1])
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    full = [bits(float(text)) for _, text in shown["numbers"]]
    gradients, order = swept(output), topological_order(output)
    assert [full[box["data"]] for box in shown["nodes"]] == [bits(node.data) for node in order]
    edges = [shown["edges"][step["edge"]] for step in shown["backward"]]
    assert len(edges) == sum(len(node.parents) for node in order)
    totals = {
        edge["parent"]: full[step["total"]]
        for edge, step in zip(edges, shown["backward"], strict=True)
    }
    assert totals == {i: gradients[node] for i, node in enumerate(order) if node is not output}


def structure(output: Value) -> list[tuple[Any, ...]]:
    """All that a graph is, as plain data."""
    order = topological_order(output)
    place = {node: i for i, node in enumerate(order)}
    return [
        (node.op, node._operation, node.name, bits(node.data), bits(node.grad),
         [place[p] for p in node.parents], [*map(bits, node.partials)])
        for node in order
    ]  # fmt: skip


@examples(150)
@given(programs(), st.booleans())
# a pickled row with a setting came back as another row than the table's
@example(Program([0.0], [line("elu", 0)]), False)
def test_a_copy_is_the_same_graph_and_shares_nothing(program: Program, is_swept: bool) -> None:
    output = program.run()[-1]
    if is_swept:
        output.backward()
    before = structure(output)
    copies = [copy.deepcopy(output), pickle.loads(pickle.dumps(output))]
    gradients = []
    for copied in copies:
        assert structure(copied) == before
        assert not {*topological_order(copied)} & {*topological_order(output)}
        gradients.append([*swept(copied).values()])
        assert structure(output) == before
    assert gradients == [[*swept(output).values()]] * 2
