"""How long a learner waits: for an explanation, for a page, and for the page's next step.

These are limits in seconds and bytes and no ratios, because what they are held against is a person:
a tenth of a second feels at once, and a page that moves smoothly draws sixty frames a second. The
page is tried in Chromium where there is one.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nn
from autograd import Stepper, Value, explain
from autograd.core.graph import topological_order
from benchmarks.rows import Effort, Report, Row

FRAME = 1.0 / 60.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

# every step by the key that a person would press, and the drawing that follows from it
STEPS = """() => {
  const times = [], last = Number(document.querySelector(".gg-slider").max);
  for (let i = 0; i < last; i++) {
    const start = performance.now();
    document.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight"}));
    document.querySelector("svg").getBoundingClientRect();
    times.push((performance.now() - start) / 1000);
  }
  return times;
}"""
# how long each frame takes while the page plays sixty steps a second
FRAMES = """seconds => new Promise(done => {
  const times = [];
  const tick = now => {
    times.push(now / 1000);
    if (now / 1000 - times[0] < seconds) requestAnimationFrame(tick);
    else done(times.slice(1).map((t, i) => t - times[i]));
  };
  requestAnimationFrame(tick);
})"""


def measure(effort: Effort, report: Report) -> list[Row]:
    """Explanations, pages of 500 nodes and of a folded network, and the page's own speed."""
    repeats = effort.choose(15, 2)
    report("explain: an MLP 2-16-16-1")
    model = nn.MLP(2, [16, 16, 1], seed=0)
    output = model([0.5, -1.0])
    rows = [
        _row("explain, MLP 2-16-16-1", f"explain(output, {weight.name})",
             _median(repeats, lambda w=weight: explain(output, w)), "s", 0.1)  # type: ignore[misc]
        for weight in (model.layers[0].neurons[0].w[0], model.layers[2].neurons[0].b)
    ]  # fmt: skip
    large = chain(effort.choose(500, 60))
    workload = f"Stepper.to_html, {len(topological_order(large))} nodes"
    report(workload)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page.html"
        seconds = _median(repeats, lambda: Stepper(large, names={}).to_html(target))
        rows.append(_row(workload, "time", seconds, "s", 3.0))
        rows.append(_row(workload, "size", float(target.stat().st_size), "bytes", 1e6))
        report(f"{workload}: the page in a browser")
        rows += _in_a_browser(target, effort)
    return rows


def chain(nodes: int) -> Value:
    """A graph of so many nodes: products, sums and sines, and a leaf that is used everywhere."""
    y = x = Value(0.3, name="x")
    for i in range(nodes // 4):
        y = (y * Value(1.0 + i / nodes, name=f"w[{i}]") + x).sin()
    return y.parents[0]


def _row(workload: str, contender: str, amount: float | None, unit: str, limit: float) -> Row:
    return Row(workload, contender, amount, unit, limit=limit)


def _median(repeats: int, act: Callable[[], Any]) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _in_a_browser(page: Path, effort: Effort) -> list[Row]:
    workload = "the page in Chromium"
    step, frame = _times(page, effort)
    return [
        _row(workload, "one step, script and layout, median", step and step[0], "s", FRAME),
        _row(workload, "one step, script and layout, 99 of 100", step and step[1], "s", FRAME),
        # the screen's own rate is the floor, and a frame is never exactly on time
        _row(workload, "a frame while it plays 60 steps/s, median", frame, "s", 1.02 * FRAME),
    ]


def _times(page: Path, effort: Effort) -> tuple[tuple[float, float] | None, float | None]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        return None, None
    own = os.environ.get("GLASSGRAD_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), "")
    with sync_playwright() as p:
        try:
            browser = p.chromium.launch(executable_path=own or None, args=FLAGS)
        except Error:
            return None, None
        window = browser.new_page(viewport={"width": 1280, "height": 720})
        window.goto(page.as_uri())
        steps = sorted(window.evaluate(STEPS))
        window.keyboard.press("Home")
        window.select_option("select", "60")
        window.click('[data-act="play"]')
        frames = window.evaluate(FRAMES, effort.choose(8, 1))
        browser.close()
    nearly_all = steps[min(len(steps) - 1, len(steps) * 99 // 100)]
    return (statistics.median(steps), nearly_all), statistics.median(frames)
