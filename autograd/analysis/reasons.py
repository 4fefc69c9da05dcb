"""Why a derivative is zero, next to it, or nan: the culprits in the graph, and a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import mul
from typing import NamedTuple

from autograd._util.format import number
from autograd.analysis.formatting import ExplanationFormatter
from autograd.analysis.paths import Path, PathSum
from autograd.analysis.steps import changed
from autograd.core.graph import topological_order
from autograd.core.operation import Operation
from autograd.core.value import Value

_NAMED_FIRST = 3  # of many blockers
_LISTED = 4  # paths that cancel, one by one
_ROUNDING = 1e-12  # of the paths' absolute sum: what is left of a sum that cancels
_FLAT = 1e-4

Edge = tuple[Value, int]  # a node, and which of its operands


class Reason(NamedTuple):
    """Why a derivative is zero, or nearly so, or nan: in words, once ``nodes`` have names.

    The output and wrt have names anyway.
    """

    nodes: tuple[Value, ...]
    say: Callable[[ExplanationFormatter], str]


def find_reason(found: PathSum, total: float) -> Reason:
    """Why ``total`` is what it is, if that is worth a word."""
    if found.n_paths == 0:
        return _unconnected(found.output, found.wrt)
    if total != total:
        return _not_a_number(found.paths[0])
    if total == 0.0 and not found.size > 0.0:
        return _blocked(found) or _underflow(found)
    if total == 0.0 or abs(total) <= _ROUNDING * found.size < math.inf:
        return _cancelled(found, total)
    return _flat(found.paths[0]) if abs(total) < _FLAT else _said("")


def _said(text: str) -> Reason:
    return Reason((), lambda w: text)


# --- zero -----------------------------------------------------------------------------------------


def _unconnected(output: Value, wrt: Value) -> Reason:
    swapped = output in topological_order(wrt)

    def say(w: ExplanationFormatter) -> str:
        y, x = w.name(output), w.name(wrt)
        said = f"{y} does not depend on {x}: no path leads from {x} to {y}"
        # the other way round, which is easily mixed up
        return f"{said}; did you mean explain({x}, {y})?" if swapped else said

    return Reason((), say)


def _blocked(found: PathSum) -> Reason | None:
    """The local derivatives of 0 that stand in the way of every path, if they do."""
    edges = min(_first_zeros(found), _last_zeros(found), key=len)
    edges = list({(node, node.parents[slot]): (node, slot) for node, slot in edges}.values())
    if not edges:
        return None
    told = edges[:_NAMED_FIRST]

    def say(w: ExplanationFormatter) -> str:
        blockers = _each(told, lambda edge: _blocker(edge, w))
        if len(edges) > len(told):
            blockers.append(f"and {len(edges) - len(told):,} more")
        intro = "every path is blocked: " if len(edges) > 1 else ""
        return intro + "; ".join(blockers)

    return Reason(_nodes(told), say)


def _first_zeros(found: PathSum) -> list[Edge]:
    """The zeros that the backward pass meets first, if each path has one."""
    between, passing = {*found.users, found.wrt}, {found.output}
    zeros = []
    for node in reversed(found.users):
        for slot, (parent, local) in enumerate(zip(node.parents, node.partials, strict=True)):
            if node in passing and parent in between:
                if local != 0.0:
                    passing.add(parent)
                else:
                    zeros.append((node, slot))
    if found.wrt in passing:
        return []
    # a node behind one zero may be open from another side
    return [(node, slot) for node, slot in zeros[::-1] if node.parents[slot] not in passing]


def _last_zeros(found: PathSum) -> list[Edge]:
    """The zeros nearest to wrt: often fewer, as where one blocked neuron is all that uses it."""
    passing = {found.wrt}
    zeros = []
    for node in found.users:
        for slot, (parent, local) in enumerate(zip(node.parents, node.partials, strict=True)):
            if parent in passing:
                if local != 0.0:
                    passing.add(node)
                else:
                    zeros.append((node, slot))
    if found.output in passing:
        return []
    return [(node, slot) for node, slot in zeros if node not in passing]


def _blocker(edge: Edge, w: ExplanationFormatter) -> str:
    node, slot = edge
    saturated = " is saturated and" if _operation(node).saturates else ""
    to = f" to {w.name(node.parents[slot])}" if len(node.parents) > 1 else ""
    opening = f"{w.definition(node)}{saturated} passes nothing on{to}: "
    for zero in _zeros(edge):
        the = "the other" if len(node.parents) == 2 else "another"
        called = "" if zero.op == "constant" else f", {w.name(zero)},"
        return f"{opening}{the} factor{called} is 0"
    return f"{opening}its local derivative{_at(edge, w)} is 0"


def _underflow(found: PathSum) -> Reason:
    which = "there are paths without a factor of 0, but their products are"
    if found.n_paths == 1:
        which = "no factor is 0, but the product is"
    return _said(f"underflow: {which} too small for a number of 64 bits (below 5e-324), and so 0")


def _cancelled(found: PathSum, total: float) -> Reason:
    verb = "cancel" if total == 0.0 else "all but cancel"
    values = [path.value for path in found.paths if path.value != 0.0]
    if found.n_paths == len(found.paths) and 2 <= len(values) <= _LISTED:
        *first, last = [f"{value:+.4g}" for value in values]
        return _said(f"the paths {verb}: {', '.join(first)} and {last}")
    half = number(found.size / 2.0)  # each; in four digits they do not differ
    return _said(f"the paths {verb}: the positive ones sum to {half}, the negative ones to -{half}")


# --- next to nothing, and nan ---------------------------------------------------------------------


def _flat(path: Path) -> Reason:
    """The operations of one operand that are nearly flat where the largest path passes them."""
    edges = [
        (node, slot)
        for node, slot, local in zip(path.nodes, path.slots, path.locals, strict=False)
        if len(node.parents) == 1 and abs(local) < _FLAT
    ][:_NAMED_FIRST]

    def say(w: ExplanationFormatter) -> str:
        return "; ".join(_each(edges, lambda edge: _flatness(edge, w)))

    return Reason(_nodes(edges), say)


def _flatness(edge: Edge, w: ExplanationFormatter) -> str:
    node, slot = edge
    flat = "saturated, nearly flat," if _operation(node).saturates else "nearly flat"
    local = number(node.partials[slot])
    return f"{w.definition(node)} is {flat}{_at(edge, w)}: its local derivative is {local}"


def _not_a_number(path: Path) -> Reason:
    """Where the first path, which is nan if any is, becomes so."""
    upstreams = list(accumulate(path.locals, mul, initial=1.0))
    at = next((i for i, x in enumerate(upstreams[1:]) if x != x), None)
    if at is None:
        return _said("no path is nan, but their sum is: on the way it meets inf - inf or 0 x inf")
    node, slot, local = path.nodes[at], path.slots[at], path.locals[at]
    edge, parent = (node, slot), path.nodes[at + 1]

    def say(w: ExplanationFormatter) -> str:
        derivative = f"{w.derivative(node, parent)} is {number(local)}"
        if local != local:
            return f"a factor is nan: in {w.definition(node)}, {derivative}{_at(edge, w)}"
        so_far = f"{w.derivative(path.nodes[0], node)} along this path is {number(upstreams[at])}"
        return f"0 x inf is nan: {so_far}, and {derivative}"

    return Reason(_nodes([edge]), say)


# --- phrases --------------------------------------------------------------------------------------


def _each(edges: Sequence[Edge], say: Callable[[Edge], str]) -> list[str]:
    """What is said of each edge, with the rule in brackets where an operation is new."""
    rules = [f" ({_operation(node).why})" for node, _ in edges]
    return [
        say(edge) + ("" if rule in rules[:i] else rule)
        for i, (edge, rule) in enumerate(zip(edges, rules, strict=True))
    ]


def _nodes(edges: Sequence[Edge]) -> tuple[Value, ...]:
    """All nodes that a phrase about these edges calls by their names."""
    return tuple(
        [n for edge in edges for n in (edge[0], edge[0].parents[edge[1]], *_operands(edge))]
    )


def _operands(edge: Edge) -> Sequence[Value]:
    """The operands worth telling: all of few, of many the one itself; and what makes it zero."""
    node, slot = edge
    few = node.parents if len(node.parents) <= 2 else node.parents[slot : slot + 1]
    return [*few, *_zeros(edge)]


def _zeros(edge: Edge) -> list[Value]:
    """The first factor of a product that is 0, beside the edge's own."""
    node, slot = edge
    if node.op not in ("*", "prod") or changed([node]) is not None:
        return []
    return [p for i, p in enumerate(node.parents) if i != slot and p.data == 0.0][:1]


def _at(edge: Edge, w: ExplanationFormatter) -> str:
    """The operands and their values: `` at z = -1.2``; nothing if their data was changed since."""
    if changed(edge[:1]) is not None:
        return " there"
    places = [f"{w.name(p)} = {number(p.data)}" for p in _operands(edge) if p.op != "constant"]
    return f" at {', '.join(dict.fromkeys(places))}" if places else ""


def _operation(node: Value) -> Operation:
    assert node._operation is not None  # it has parents, so an operation made it
    return node._operation
