"""The page of a graph with too many nodes to show each: groups step as one, bundle by bundle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd._util.format import count, factor, number
from autograd.analysis.steps import Step
from autograd.show.layout.folding import Folded, NodeGroup
from autograd.show.page import Content, Numbers, Recording, Script, box, cut, levels, sign
from autograd.show.picture import norm

Edge = tuple[int, int]  # a node's number, and the slot of the parent


def folded_script(recording: Recording, folded: Folded) -> Script:
    """The page's boxes and steps, a group of nodes in each box and a bundle of edges in each step.

    The sweep goes from the last group to the first: a group passes on when all that comes to it
    has arrived, just as a node does.
    """
    numbers = Numbers()
    place = {node: i for i, node in enumerate(recording.order)}
    flows = {(place[step.node], step.slot): step for step in recording.backward}
    parents: list[list[int]] = [[] for _ in folded.groups]
    for source, target in folded.bundles:
        parents[target].append(source)
    boxes = [_box(group, recording, numbers) for group in folded.groups]
    made = Script(
        title=f"{recording.formatter.definition(recording.order[-1])}, step by step",
        boxes=boxes,
        parents=parents,
        forward=[
            {"node": group.number, "lines": _computed(group, recording)}
            for group in folded.groups
            if any(recording.order[i].parents for i in group.members)
        ],
        backward=[],
        numbers=numbers,
        note=f"{folded.note}. Each step is a bundle of edges. {recording.note}".strip(),
        widest=[max(len(shown["title"]), 15) for shown in boxes],
    )
    sizes = [norm([flows[edge].contribution for edge in folded.bundles[ends]])
             for ends in _order(parents)]  # fmt: skip
    level_of = dict(zip(_order(parents), levels(sizes), strict=True))
    final = {place[step.parent]: step.total for step in recording.backward}
    contributions: list[list[float]] = [[] for _ in folded.groups]
    left = [sum(group.number in above for above in parents) for group in folded.groups]
    for source, target in _order(parents):
        steps = [flows[edge] for edge in folded.bundles[source, target]]
        contributions[source] += [step.contribution for step in steps]
        left[source] -= 1
        alone = folded.groups[source].members[0] if folded.groups[source].is_node else None
        total = norm(contributions[source])
        if alone is not None:
            # in the order of the bundles until all is there, which is then the sweep's own sum
            total = sum(contributions[source]) if left[source] else final[alone]
        shown = _passed(steps, alone is not None, total, left[source], numbers)
        edge = target, parents[target].index(source)
        made.backward.append((edge, shown | {"level": level_of[source, target]}))
    return made


def _order(parents: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """The bundles in the order of the sweep, as pairs of the group they lead from and to."""
    for target in range(len(parents) - 1, -1, -1):
        yield from ((source, target) for source in parents[target])


def _box(group: NodeGroup, recording: Recording, numbers: Numbers) -> Content:
    if group.is_node:
        return box(recording.order[group.members[0]], recording, numbers)
    size = count(len(group.members), "node")
    return {
        "name": group.title,
        "title": cut(group.title),
        "text": group.title,
        "detail": group.detail,
        "kind": "group",
        "why": "",
        "data": numbers.text(size, size),
        "dataLabel": "",
        "gradLabel": "norm",
    }


def _computed(group: NodeGroup, recording: Recording) -> list[str]:
    inner = [recording.order[i] for i in group.members if recording.order[i].parents]
    written = recording.formatter
    if len(inner) == 1:
        return [f"{written.definition(inner[0])} = {number(recording.data[inner[0]])}"]
    return [f"{count(len(inner), 'node')} computed, the last of them",
            f"{written.definition(inner[-1])} = {number(recording.data[inner[-1]])}"]  # fmt: skip


def _passed(
    steps: Sequence[Step], alone: bool, total: float, left: int, numbers: Numbers
) -> Content:
    flows = [step.contribution for step in steps]
    size = norm(flows)
    waits = f"with {count(left, 'bundle')} more to come" if left else "complete"
    if len(steps) == 1:
        product = f"{number(steps[0].upstream)} × {factor(steps[0].local)} = {number(flows[0])}"
    else:
        product = f"{count(len(steps), 'edge')}, norm {number(size)}"
    return {
        "lines": [product, f"now {'' if alone else 'norm '}{number(total)}, {waits}"],
        "product": product,
        "contribution": numbers(flows[0] if len(flows) == 1 else size),
        "total": numbers(total),
        "sign": _sign(flows),
    }


def _sign(flows: Sequence[float]) -> str:
    signs = {sign(flow) for flow in flows} - {"zero"}
    if "nan" in signs:
        return "nan"  # one is enough to spoil the rest
    return signs.pop() if len(signs) == 1 else "mixed" if signs else "zero"
