"""The notebook's widget in a real browser: the same script, with a model that Python shares."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import Stepper, Value
from autograd.show.page import asset

# what a notebook does with a widget: import the script, and hand it a model and an element
HOST = """<!doctype html><meta charset="utf-8"><style>{css}</style><div id="cell"></div>
<script type="module">
const source = {source};
const values = {{recording: {recording}, position: 4}};
const heard = {{}};
window.model = {{
  saved: [],
  get: (name) => values[name],
  set: (name, value) => {{ values[name] = value; }},
  save_changes: () => window.model.saved.push(values.position),
  on: (event, act) => {{ heard[event] = act; }},
  off: (event) => {{ delete heard[event]; }},
  fromPython: (position) => {{ values.position = position; heard["change:position"](); }},
  listeners: () => Object.keys(heard).length,
}};
const module = await import(URL.createObjectURL(new Blob([source], {{type: "text/javascript"}})));
window.close_ = module.default.render({{model: window.model, el: document.getElementById("cell")}});
</script>"""


def test_a_click_is_heard_by_python_and_python_moves_the_page(
    tmp_path: Path, visit: Callable[..., Any]
) -> None:
    pytest.importorskip("anywidget", reason="anywidget is not installed")
    a = Value(2.0, name="a")
    widget = Stepper(a * a + a, names={}).widget()
    target = tmp_path / "host.html"
    recording = json.dumps(widget.recording).replace("<", "\\u003c")
    source = json.dumps(asset("stepper.js")).replace("<", "\\u003c")
    css = asset("stepper.css")
    target.write_text(HOST.format(css=css, source=source, recording=recording), encoding="utf-8")
    page = visit(target)
    assert page.input_value(".gg-slider") == "4"
    page.click('[data-act="next"]')
    page.click('[data-act="next"]')
    assert page.evaluate("model.saved.slice(-2)") == [5, 6]
    page.evaluate("model.fromPython(1)")
    assert page.input_value(".gg-slider") == "1"
    assert page.evaluate("model.listeners()") == 1
    page.select_option("select", "60")
    page.click('[data-act="play"]')
    page.evaluate("model.fromPython(0)")
    assert page.inner_text('[data-act="play"]') == "Play"  # moved from outside, it stops
    page.select_option("select", "5")
    page.click('[data-act="play"]')
    page.evaluate("close_()")
    saved = page.evaluate("model.saved.length")
    page.wait_for_timeout(600)
    assert page.evaluate("model.saved.length") == saved
    assert page.evaluate("model.listeners()") == 0
