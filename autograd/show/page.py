"""The page of a stepper: both passes as data for ``stepper.js``, and the one file that shows it."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from autograd._util.format import GraphFormatter, factor, number
from autograd.analysis.steps import ForwardStep, Step
from autograd.core.value import Value
from autograd.show.layout.layout import Layout, layout

Content = dict[str, Any]

_TITLE = 22  # characters of a box's first line; the whole text is shown on hovering
_CHARACTER = 7.4  # the width of the boxes' type, in pixels
_DECADES = 4.0  # flows so many powers of ten below the largest are drawn the thinnest


@dataclass(frozen=True)
class Recording:
    """A graph and both of its passes."""

    order: Sequence[Value]  # parents first
    formatter: GraphFormatter
    forward: Sequence[ForwardStep]
    backward: Sequence[Step]
    data: Mapping[Value, float]  # of each node, as it was when the recording was made
    note: str = ""  # what is to be said of the graph as a whole


class Numbers:
    """The numbers of a page, each written once: in four digits, and in full."""

    def __init__(self) -> None:
        self.table: dict[tuple[str, str], int] = {}

    def __call__(self, x: float) -> int:
        """A number's place in the table."""
        return self.text(number(x), repr(x))

    def text(self, short: str, full: str) -> int:
        """The place of what stands where a number would."""
        return self.table.setdefault((short, full), len(self.table))


@dataclass
class Script:
    """What the page shows: boxes, the edges between them, and the steps of both passes.

    An edge is known by its child's number and its place among the child's edges.
    """

    title: str
    boxes: list[Content]
    parents: list[list[int]]
    forward: list[Content]
    backward: list[tuple[tuple[int, int], Content]]
    numbers: Numbers
    note: str = ""
    widest: list[int] = field(default_factory=list)  # characters of each box's longest line


def script(recording: Recording) -> Script:
    """The page's boxes and steps for a graph that is small enough to show every node."""
    place = {node: i for i, node in enumerate(recording.order)}
    numbers = Numbers()
    made = Script(
        title=f"{recording.formatter.definition(recording.order[-1])}, step by step",
        boxes=[box(node, recording, numbers) for node in recording.order],
        parents=[[place[p] for p in node.parents] for node in recording.order],
        forward=[_forward(step, place, recording.formatter) for step in recording.forward],
        backward=[
            ((place[step.node], step.slot), shown)
            for step, shown in zip(recording.backward, _backward(recording, numbers), strict=True)
        ],
        numbers=numbers,
        note=recording.note,
    )
    made.widest = [
        max(len(box["title"]), 5 + len(number(recording.data[node])))
        for box, node in zip(made.boxes, recording.order, strict=True)
    ]
    for step in recording.backward:
        at = place[step.parent]
        made.widest[at] = max(made.widest[at], 5 + len(number(step.total)))
    return made


def box(node: Value, recording: Recording, numbers: Numbers) -> Content:
    """A node's box: its first line, and all that is shown of it elsewhere."""
    written, operation = recording.formatter, node._operation
    name = written.name(node)
    kind = "leaf" if operation is None else "constant"
    title = text = name
    if node.parents and operation is not None:
        kind = "output" if node is recording.order[-1] else "operation"
        title = text = written.definition(node)
        if len(title) > _TITLE:
            title = f"{name} = {operation.label}"
    return {
        "name": name,
        "title": cut(title),
        "text": text,
        "kind": kind,
        "why": operation.why if operation is not None and node.parents else "",
        "data": numbers(recording.data[node]),
        "dataLabel": "data",
        "gradLabel": "grad",
    }


def cut(title: str) -> str:
    """A title short enough for a box."""
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"


def _forward(step: ForwardStep, place: Mapping[Value, int], written: GraphFormatter) -> Content:
    name = written.name(step.node)
    return {"node": place[step.node], "lines": [f"{name} = {step.formula} = {number(step.data)}"]}


def _backward(recording: Recording, numbers: Numbers) -> Iterable[Content]:
    written, output = recording.formatter, recording.order[-1]
    flows = [step.contribution for step in recording.backward]
    left: dict[Value, int] = {}
    for step in recording.backward:
        left[step.parent] = left.get(step.parent, 0) + 1
    before: dict[Value, float] = {}
    for step, level in zip(recording.backward, levels(flows), strict=True):
        parent, child = step.parent, step.node
        left[parent] -= 1
        product = f"{number(step.upstream)} × {factor(step.local)} = {number(step.contribution)}"
        gradient = written.derivative(output, parent)
        total = number(step.total)
        if parent in before:
            total = f"{number(before[parent])} + {factor(step.contribution)} = {total}"
        before[parent] = step.total
        waits = f"with {left[parent]} more to come" if left[parent] else "complete"
        yield {
            "lines": [
                f"{gradient} += {written.derivative(output, child)} × "
                f"{written.partial(child, parent)}",
                f"= {product}",
                f"now {total}, {waits}",
            ],
            "product": product,
            "upstream": numbers(step.upstream),
            "local": numbers(step.local),
            "contribution": numbers(step.contribution),
            "total": numbers(step.total),
            "level": level,
            "sign": sign(step.contribution),
        }


def sign(flow: float) -> str:
    """How an edge is drawn that carries this much."""
    if flow != flow or math.isinf(flow):
        return "nan"
    return "zero" if flow == 0.0 else "positive" if flow > 0.0 else "negative"


def levels(flows: Sequence[float]) -> list[float]:
    """From 0 to 1, how wide each edge is drawn: the largest flow 1, by powers of ten below it."""
    sizes = [abs(flow) if math.isfinite(flow) else 0.0 for flow in flows]
    top = max(sizes, default=0.0)
    return [
        round(max(0.0, 1.0 + (math.log10(size) - math.log10(top)) / _DECADES), 2) if size else 0.0
        for size in sizes
    ]


# --- one file -------------------------------------------------------------------------------------


def content(shown: Script) -> Content:
    """The data that ``stepper.js`` takes, fit for JSON."""
    sizes = [_size(box, widest) for box, widest in zip(shown.boxes, shown.widest, strict=True)]
    edges: list[Content] = []
    place: dict[tuple[int, int], int] = {}
    for child, parents in enumerate(shown.parents):
        for slot, parent in enumerate(parents):
            place[child, slot] = len(edges)
            edges.append({"parent": parent, "child": child})
    return {
        "title": shown.title,
        "note": shown.note,
        "nodes": [
            box | {"width": width, "height": height}
            for box, (width, height) in zip(shown.boxes, sizes, strict=True)
        ],
        "edges": edges,
        "forward": shown.forward,
        "backward": [step | {"edge": place[edge]} for edge, step in shown.backward],
        "numbers": list(shown.numbers.table),
        "layouts": {
            "wide": _placed(layout(shown.parents, sizes, layer_gap=_gap(shown))),
            "tall": _placed(layout(shown.parents, sizes, downwards=True, layer_gap=42.0)),
        },
    }


def _size(box: Content, widest: int) -> tuple[float, float]:
    if box["kind"] == "constant":
        return max(34.0, widest * _CHARACTER - 20.0), 26.0
    return max(78.0, round(widest * _CHARACTER) + 18.0), 62.0


def _gap(shown: Script) -> float:
    """Wide enough between two layers for any product, so that it stands beside the boxes."""
    table = list(shown.numbers.table)
    longest = max((len(table[step["contribution"]][0]) for _, step in shown.backward), default=0)
    return max(56.0, 8.0 * longest + 16.0)


def _placed(made: Layout) -> Content:
    return {
        "width": made.width,
        "height": made.height,
        "positions": made.positions,
        "routes": made.routes,
    }


def as_page(shown: Content, position: int = 0) -> str:
    """The whole page: one file that needs no network, and may not use one."""
    data = json.dumps(shown, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # what could end the element, or the script, is written as JavaScript's own escapes
    for sign_ in "<>&\u2028\u2029":
        data = data.replace(sign_, f"\\u{ord(sign_):04x}")
    return _PAGE.format(
        title=html.escape(shown["title"]),
        css=asset("stepper.css"),
        js=asset("stepper.js"),
        data=data,
        position=position,
    )


def as_frame(page: str) -> str:
    """The page inside of a notebook's output: it stays whole when the notebook is exported."""
    return (
        f'<iframe srcdoc="{html.escape(page)}" sandbox="allow-scripts" title="glassgrad stepper" '
        'style="width:100%;height:560px;border:1px solid #c9ced6"></iframe>'
    )


@cache
def asset(name: str) -> str:
    """The text of a file that stands beside this one."""
    return files("autograd.show").joinpath("web", name).read_text(encoding="utf-8")


# The policy forbids every request, so that a page opened anywhere stays by itself.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';
  img-src data:">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
html, body {{ height: 100%; margin: 0; }}
#stepper {{ height: 100vh; height: 100dvh; }}
{css}</style>
</head>
<body>
<main id="stepper"><noscript>This page steps through a graph and needs JavaScript.</noscript></main>
<script type="application/json" id="recording">{data}</script>
<script type="module">
{js}
const recording = JSON.parse(document.getElementById("recording").textContent);
const linked = () => Number(location.hash.slice(1)) || {position}; // steps.html#6 opens at step 6
const stepper = mount(document.getElementById("stepper"), recording, linked());
addEventListener("hashchange", () => stepper.seek(linked()));
document.addEventListener("keydown", (event) => stepper.key(event)); // the page has no other use
</script>
</body>
</html>
"""
