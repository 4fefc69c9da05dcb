"""In a real browser no name in a folded page, a notebook's frame or a film is run as a script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Stepper, Value
from nn.plots.film_page import film_page

Visit = Callable[..., Any]

NAMES = [
    "</script><script>window.harm = 1</script>", "<img src=x onerror='window.harm=1'>",
    "\"><svg onload=window.harm=1>", "--><script>window.harm=1</script>", "${window.harm=1}",
    "&lt;script&gt;window.harm=1&lt;/script&gt;", "\u202e]]>", "\ud800\0",
]  # fmt: skip
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="


def product(names: list[str]) -> tuple[Value, nn.Module]:
    """A product of neurons that are called so, of an input that is."""
    model = nn.Module()
    model.parts = {name: nn.Neuron(1, rng=0) for name in names}  # type: ignore[attr-defined]
    y = Value(1.0, name=names[0])
    for neuron in model.parts.values():  # type: ignore[attr-defined]
        y = y * neuron([Value(2.0, name=names[1])])
    y.name = names[2]
    return y, model


def check(page: Any, frame: Any) -> None:
    assert page.evaluate("window.harm") is None
    assert frame.evaluate("window.harm") is None
    assert frame.locator("#stepper script, #stepper img, #stepper b").count() == 0


@pytest.mark.parametrize("start", range(0, len(NAMES), 3))
def test_names_of_parts_in_a_folded_page_stay_text(
    start: int, tmp_path: Path, visit: Visit
) -> None:
    names = NAMES[start:] + NAMES[:start]
    y, model = product(names)
    path = Stepper(y, names={}, model=model).to_html(tmp_path / "page.html", max_nodes=12)
    page = visit(path)
    page.keyboard.press("End")
    page.hover('[data-node="0"]')
    check(page, page)


def test_names_in_the_frame_of_a_notebook_stay_text(tmp_path: Path, visit: Visit) -> None:
    y, _ = product(NAMES)
    path = tmp_path / "notebook.html"
    path.write_text(Stepper(y, names={})._repr_html_(), encoding="utf-8")
    page = visit(path)
    frame = next(frame for frame in page.frames if frame != page.main_frame)
    frame.wait_for_selector("svg")
    check(page, frame)


def test_captions_of_a_film_stay_text(tmp_path: Path, visit: Visit) -> None:
    path = tmp_path / "film.html"
    text = film_page([DOT] * len(NAMES), NAMES, fps=10.0)
    # a test's page has an svg, by which it is known to be there
    text = text.replace("</body>", "<svg></svg></body>")
    path.write_text(text, encoding="utf-8", errors="replace")
    page = visit(path)
    for name in NAMES[:-1]:
        page.keyboard.press("Home")
        for _ in range(NAMES.index(name)):
            page.keyboard.press("ArrowRight")
        assert page.text_content("#caption") == name
    check(page, page)
