"""Names that would be code, markup, DOT, or a terminal's orders: text, wherever they are shown."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd
import nn
from autograd import AnomalyError, Stepper, Value, draw, explain, steps, tree
from autograd._util.format import one_line
from autograd.show.graphviz import find_dot
from nn.plots.film_page import film_page

NAMES = [
    "</script><script>harm()</script>", "<script>harm()</script>", "<img src=x onerror=harm()>",
    "]]>", "<!--", "--><b>", "<![CDATA[", '"', "'", "'\" onload=harm() x='", "&lt;b&gt;", "&#60;",
    "&quot;", "{data}", "{0}", "%s", "${harm()}", "`harm()`", "javascript:harm()", "//", "/*", "\\",
    "\\\\", "\\n", "\\G\\N\\E\\T\\H\\L", "\\l\\r", "<b>x</b>", "<>", "{a|b}", 'x"]; harm [label="y',
    "a -> b", "a\nb", "\r\n", "\t", "\0", "\x1b[31m", "\x1b]0;title\x07", "\x9b31m", "\x08\x08",
    "\x7f", "\u202eabc", "\u2066", "\u200f", "\u2028", "\u2029", "\ufeff", "\ud800", "\udfff",
    "😀", "👩‍👩‍👧", "漢字", "é" * 3, "Z͑ͫ", "x" * 100_000, "$x^{", "$$", "%", "v1", "2", "", " ",
]  # fmt: skip
IDS = [repr(name)[1:20] for name in NAMES]


def graph(name: str) -> Value:
    a, b = Value(2.0, name=name), Value(3.0, name="b")
    L = (a * b + a).tanh()
    L.name = name + "!"
    L.backward()
    return L


class Parsed(HTMLParser):
    """The elements of a page, their attributes, and the text in each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attributes
        self.texts.setdefault(tag, []).append("")

    def handle_data(self, text: str) -> None:
        if self.tags:
            self.texts[self.tags[-1]][-1] += text


def harmless(name: str) -> Value:
    """The same graph with a name that means nothing."""
    return graph("a") if name else graph("")


def check_page(page: str, plain: str) -> dict[str, Any]:
    """The page has the elements of one with plain names; the data in it."""
    found, expected = Parsed(page), Parsed(plain)
    assert found.tags == expected.tags
    assert [key for key, _ in found.attributes] == [key for key, _ in expected.attributes]
    page.encode()
    data: dict[str, Any] = json.loads(found.texts["script"][0])
    return data


@pytest.mark.parametrize("name", NAMES, ids=IDS)
def test_in_a_page_and_in_a_notebooks_frame_it_is_text(name: str) -> None:
    L, plain = graph(name), harmless(name)
    page = Stepper(L, names={}).html()
    data = check_page(page, Stepper(plain, names={}).html())
    if name:
        assert one_line(name) in {node["name"] for node in data["nodes"]}
    assert one_line(name + "!") in Parsed(page).texts["title"][0]
    frame = Stepper(L, names={})._repr_html_()
    (inside,) = re.findall(r'^<iframe srcdoc="([^"]*)" sandbox="allow-scripts" title="', frame)
    assert html.unescape(inside) == page


@pytest.mark.parametrize("name", NAMES, ids=IDS)
def test_in_a_folded_page_and_picture_it_is_text(name: str) -> None:
    def parts(key: str) -> tuple[Value, nn.Module]:
        model = nn.Module()
        model.parts = {key: nn.Neuron(1, rng=0), "o": nn.Neuron(1, rng=1)}  # type: ignore[attr-defined]
        x = Value(2.0, name=key)
        return model.parts[key]([x]) * model.parts["o"]([x]), model  # type: ignore[attr-defined]

    (L, model), (plain, plain_model) = parts(name), parts("a")
    data = check_page(
        Stepper(L, names={}, model=model).html(max_nodes=4),
        Stepper(plain, names={}, model=plain_model).html(max_nodes=4),
    )
    shown = " ".join(node["name"] + node["text"] for node in data["nodes"])
    assert one_line(name) in shown
    check_dot(draw(L, names={}, model=model, max_nodes=4).source, boxes=4)


def check_dot(source: str, boxes: int) -> None:
    """Each line is one statement: nothing in a name has ended a label or begun a statement."""
    lines = source.strip().split("\n")
    assert (lines[0], lines[-1]) == ("digraph glassgrad {", "}")
    value = r'(?:"(?:[^"\\]|\\.)*"|[\w.#-]+)'
    some = rf"\w+={value}(?: \w+={value})*"
    ends = rf"\tn\d+(?: -> n\d+)? \[{some}\]|\tn\d+ -> n\d+"
    for line in lines[1:-1]:
        assert re.fullmatch(rf"{ends}|\t(?:graph|node|edge) \[{some}\]|\t{some}", line), line
    assert sum(bool(re.match(r"\tn\d+ \[", line)) for line in lines) == boxes
    # of a backslash Graphviz obeys none that is not our own end of a line
    assert not re.search(r"(?<!\\)(?:\\\\)*\\[GNETHLlr]", source)
    assert "label=<" not in source


@pytest.mark.parametrize("name", NAMES, ids=IDS)
def test_in_dot_and_in_what_graphviz_makes_of_it_it_is_text(name: str) -> None:
    drawing = draw(graph(name), names={})
    check_dot(drawing.source, boxes=5)
    if find_dot() is None:
        pytest.skip("no Graphviz")
    root = ElementTree.fromstring(drawing.svg())
    kinds = {element.tag.partition("}")[2] for element in root.iter()}
    assert kinds <= {"svg", "g", "title", "polygon", "path", "text", "ellipse", "polyline"}
    texts = ["".join(t.itertext()).replace("\xa0", " ") for t in root.iter() if "text" in t.tag]
    if name.strip():
        assert one_line(name) in texts


SHOWN: dict[str, Callable[[Value], object]] = {
    "tree": tree,
    "explain": lambda L: explain(L, L.parents[0].parents[1]).text(rules=True),
    "steps": lambda L: "\n".join(map(str, steps(L))),
    "stepper": lambda L: repr(Stepper(L, names={}).next(3)),
    "drawing": lambda L: repr(draw(L, names={})),
    "value": lambda L: repr(L) + repr(L.parents[0].parents[1]),
    "latex": lambda L: explain(L, L.parents[0].parents[1]).latex(),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_on_a_terminal_it_gives_no_orders(kind: str) -> None:
    for name in NAMES:
        text = str(SHOWN[kind](graph(name)))
        text.encode()
        assert all(line.isprintable() for line in text.split("\n"))
        plain = str(SHOWN[kind](harmless(name)))
        # explanations are wrapped where names are long
        assert text.count("\n") == plain.count("\n") or kind in ("explain", "latex")
        assert len(text) < 5e6


def test_in_the_page_of_a_film_it_is_text() -> None:
    plain = film_page(["AAAA"] * len(NAMES), ["a"] * len(NAMES), fps=10.0)
    page = film_page(["AAAA"] * len(NAMES), NAMES, fps=10.0)
    data = check_page(page, plain)
    assert data["captions"] == NAMES


@pytest.mark.parametrize("name", [name for name in NAMES if len(name) < 1000])
def test_as_a_class_in_a_plot_it_can_be_drawn_and_is_no_formula(name: str) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib.figure import Figure

    figure = Figure()
    ax = nn.plots.confusion_matrix(
        np.array([[3, 1], [2, 4]]), names=[name, "other"], ax=figure.subplots()
    )
    labels = [text.get_text() for text in ax.get_xticklabels()]
    assert labels[0].replace("\\$", "$") == one_line(name)
    if name.isascii():  # other signs may be missing from the font, of which matplotlib warns
        figure.savefig(io.BytesIO(), format="svg")


def test_an_anomaly_names_a_value_without_giving_a_terminal_orders() -> None:
    for name in NAMES:
        with pytest.raises(AnomalyError) as caught, autograd.detect_anomaly():
            Value(-1.0, name=name).log()
        assert str(caught.value).isprintable()
