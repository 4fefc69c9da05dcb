"""The page of a stepper in a real browser: what it shows is what ``steps`` says."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Stepper, Value, steps
from autograd._util.format import factor, number
from autograd.analysis.steps import ForwardStep, Step
from autograd.core.graph import topological_order

Visit = Callable[..., Any]


def example() -> Value:
    """Shared nodes, a square, constants, a dead relu, an n-ary sum and a negative flow."""
    a, b, c = Value(2.0, name="a"), Value(-3.0, name="b"), Value(7.0, name="c")
    h = (a * b + c).tanh()
    return h * h + (b - 1.0).relu() * a - c / 4.0


def write(tmp_path: Path, output: Value) -> Path:
    return Stepper(output, names={}).to_html(tmp_path / "page.html")


def boxes(page: Any) -> list[dict[str, str]]:
    """The texts and classes of every box, in the order of the graph."""
    found: list[dict[str, str]] = page.eval_on_selector_all(
        ".gg-node",
        """nodes => nodes.map(n => Object.fromEntries([
            ["class", n.getAttribute("class")],
            ...["title", "data", "grad"].map(
                k => [k, n.querySelector(".gg-" + k)?.textContent ?? ""])
        ]))""",
    )
    return found


def expected(stepper: Stepper) -> list[tuple[str, str]]:
    """Data and gradient of each node at the stepper's position, as the boxes write them."""
    texts = []
    for node in topological_order(stepper.output):
        data = f"data {number(stepper.data[node])}" if node in stepper.data else ""
        grad = f"grad {number(stepper.gradients[node])}" if node in stepper.gradients else ""
        texts.append(("", "") if node.op == "constant" else (data, grad))
    return texts


def shown(page: Any) -> list[tuple[str, str]]:
    return [(box["data"], box["grad"]) for box in boxes(page)]


def press(page: Any, button: str) -> None:
    page.click(f'[data-act="{button}"]')


def position(page: Any) -> int:
    return int(page.input_value(".gg-slider"))


def wait_for(page: Any, place: int) -> None:
    page.wait_for_selector(f'.gg-slider[aria-valuetext^="step {place} of"]')


def test_clicking_through_every_step_shows_what_the_steps_say(tmp_path: Path, visit: Visit) -> None:
    stepper = Stepper(example(), names={})
    page = visit(write(tmp_path, stepper.output))
    assert shown(page) == expected(stepper)
    for _ in range(len(stepper)):
        press(page, "next")
        stepper.next()
        assert shown(page) == expected(stepper)
        assert position(page) == stepper.position
        step, words = stepper.current, page.inner_text(".gg-step")
        if isinstance(step, ForwardStep):
            assert f"{step.formula} = {number(step.data)}" in words
        elif isinstance(step, Step):
            product = f"{number(step.upstream)} × {factor(step.local)}"
            assert f"= {product} = {number(step.contribution)}" in words
            assert number(step.total) in words
            assert f"because {step.rule}" in words
            assert page.text_content(".gg-product") == number(step.contribution)
    assert "The end: every gradient is complete." in page.inner_text(".gg-step")
    press(page, "next")
    assert position(page) == len(stepper)
    for _ in range(len(stepper)):
        press(page, "back")
        stepper.back()
        assert shown(page) == expected(stepper)


def test_the_keys_go_on_back_to_both_ends_and_play(tmp_path: Path, visit: Visit) -> None:
    stepper = Stepper(example(), names={})
    page = visit(write(tmp_path, stepper.output))
    for key, place in [
        ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", len(stepper)),
        ("ArrowRight", len(stepper)), ("ArrowLeft", len(stepper) - 1), ("Home", 0),
        ("ArrowLeft", 0),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert position(page) == place
        assert shown(page) == expected(stepper.seek(place))
    page.select_option("select", "60")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    wait_for(page, len(stepper))
    assert shown(page) == expected(stepper.seek(-1))
    assert page.inner_text('[data-act="play"]') == "Play"


def test_the_slider_start_and_end_go_anywhere_at_once(tmp_path: Path, visit: Visit) -> None:
    stepper = Stepper(example(), names={})
    page = visit(write(tmp_path, stepper.output))
    for place in (len(stepper) // 2, 3, len(stepper) - 2, 0):
        page.eval_on_selector(
            ".gg-slider",
            "(s, value) => { s.value = value; s.dispatchEvent(new Event('input')) }", str(place),
        )  # fmt: skip
        assert shown(page) == expected(stepper.seek(place))
    press(page, "end")
    assert shown(page) == expected(stepper.seek(-1))
    press(page, "start")
    assert shown(page) == expected(stepper.reset())


def test_playing_can_be_paused_and_starts_again_from_the_start_at_the_end(
    tmp_path: Path, visit: Visit
) -> None:
    page = visit(write(tmp_path, example()))
    press(page, "end")
    end = position(page)
    page.select_option("select", "2")
    press(page, "play")
    page.wait_for_selector(
        f'.gg-slider:not([aria-valuetext^="step 0 "]):not([aria-valuetext^="step {end} "])'
    )
    press(page, "play")
    assert page.inner_text('[data-act="play"]') == "Play"
    stopped = position(page)
    page.wait_for_timeout(800)
    assert position(page) == stopped < end


def test_edges_carry_the_sign_and_the_width_of_what_has_passed(
    tmp_path: Path, visit: Visit
) -> None:
    stepper = Stepper(example(), names={}).seek(-1)
    page = visit(write(tmp_path, stepper.output))
    assert page.eval_on_selector_all(".gg-edge", "es => es.map(e => e.style.strokeWidth)") == (
        [""] * len(stepper._backward)
    )
    press(page, "end")
    drawn = page.evaluate(
        """() => {
          const data = JSON.parse(document.getElementById("recording").textContent);
          const edges = [...document.querySelectorAll(".gg-edge")];
          return [data, edges.map(e => [e.getAttribute("class"), parseFloat(e.style.strokeWidth)])];
        }"""
    )
    data, edges = drawn
    assert len(edges) == len(stepper._backward)
    signs = sorted(name.split()[1] for name, _ in edges)
    kinds = {1: "gg-positive", -1: "gg-negative", 0: "gg-zero"}
    flows = [step.contribution for step in stepper._backward]
    assert signs == sorted(kinds[(flow > 0) - (flow < 0)] for flow in flows)
    widths = [1.2 + 5 * step["level"] for step in data["backward"]]
    assert sorted(width for _, width in edges) == pytest.approx(sorted(widths), abs=0.01)
    order = sorted(range(len(flows)), key=lambda i: abs(flows[i]))
    assert [data["backward"][i]["level"] for i in order] == sorted(
        step["level"] for step in data["backward"]
    )


def test_hovering_shows_a_nodes_rule_and_its_numbers_in_full(tmp_path: Path, visit: Visit) -> None:
    a, b = Value(0.1, name="a"), Value(0.7, name="b")
    y = (a * b).sin()
    page = visit(write(tmp_path, y))
    assert "Hover over or tap a node" in page.inner_text(".gg-about")
    page.hover('[data-node="2"]')
    assert "not computed yet" in page.inner_text(".gg-about")
    page.keyboard.press("End")
    words = page.inner_text(".gg-about")
    y.backward()
    assert "v1 = a * b" in words
    assert repr(y.parents[0].data) in words
    assert repr(y.parents[0].grad) in words
    assert "rule: each factor is scaled by the other one" in words
    page.mouse.move(5, 5)
    assert "Hover over or tap a node" in page.inner_text(".gg-about")


def test_a_node_is_chosen_by_click_or_by_the_up_and_down_keys(tmp_path: Path, visit: Visit) -> None:
    page = visit(write(tmp_path, example()))
    page.keyboard.press("ArrowDown")
    assert page.inner_text(".gg-about").startswith("a (chosen)")
    page.keyboard.press("ArrowUp")
    assert page.locator(".gg-chosen").get_attribute("data-node") == str(len(boxes(page)) - 1)
    page.keyboard.press("Escape")
    assert page.locator(".gg-chosen").count() == 0
    page.click('[data-node="1"]')
    page.mouse.move(5, 5)
    assert page.inner_text(".gg-about").startswith("b (chosen)")


def test_a_key_is_one_step_whatever_has_the_focus(tmp_path: Path, visit: Visit) -> None:
    page = visit(write(tmp_path, example()))
    for selector in ('[data-act="fit"]', ".gg-slider", "#stepper", '[data-act="next"]'):
        page.focus(selector)
        before = position(page)
        page.keyboard.press("ArrowRight")
        assert position(page) == before + 1, selector
    page.focus("select")
    page.keyboard.press("ArrowRight")  # the select's own key
    assert position(page) == 4


def large(tmp_path: Path) -> Path:
    model = nn.MLP(3, [6, 4, 1], "tanh", seed=0)
    return write(tmp_path, nn.hinge_loss(model([0.5, -1.0, 0.25]), 1))


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_of_a_graph_larger_than_the_window_the_current_step_is_in_sight(
    width: int, height: int, tmp_path: Path, visit: Visit
) -> None:
    page = visit(large(tmp_path), width=width, height=height)
    stage = page.locator(".gg-stage").bounding_box()
    drawing = page.locator("svg").bounding_box()
    assert drawing["height"] > stage["height"]
    last = int(page.get_attribute(".gg-slider", "max"))
    for place in range(1, last + 1, 9):
        page.evaluate(f"location.hash = '{place}'")
        wait_for(page, place)
        box = page.locator(".gg-node.gg-now, .gg-node.gg-to").bounding_box()
        assert stage["x"] - 1 <= box["x"]
        assert stage["y"] - 1 <= box["y"]
        assert box["x"] + box["width"] <= stage["x"] + stage["width"] + 1
        assert box["y"] + box["height"] <= stage["y"] + stage["height"] + 1


def test_a_node_chosen_by_key_comes_into_sight_and_stays_chosen_when_the_window_changes(
    tmp_path: Path, visit: Visit
) -> None:
    page = visit(large(tmp_path))
    page.keyboard.press("ArrowUp")  # the output, at the far end
    box = page.locator(".gg-chosen").bounding_box()
    assert 0 <= box["x"] <= 950
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(100)
    assert page.locator(".gg-chosen").count() == 1
    assert "(chosen)" in page.inner_text(".gg-about")


def test_nodes_are_chosen_by_key_while_a_button_has_the_focus_and_what_is_chosen_is_shown(
    tmp_path: Path, visit: Visit
) -> None:
    page = visit(write(tmp_path, example()))
    press(page, "next")
    page.keyboard.press("ArrowDown")
    assert page.inner_text(".gg-about").startswith("a (chosen)")
    page.hover('[data-node="2"]')
    page.keyboard.press("ArrowDown")
    assert page.inner_text(".gg-about").startswith("b (chosen)")
    assert page.get_attribute(".gg-about", "aria-live") == "polite"
    page.focus(".gg-slider")
    page.keyboard.press("Space")
    assert page.inner_text('[data-act="play"]') == "Pause"


def test_keys_with_a_modifier_are_left_to_the_browser(tmp_path: Path, visit: Visit) -> None:
    page = visit(write(tmp_path, example()))
    page.keyboard.press("End")
    before = position(page)
    page.keyboard.press("Control+ArrowLeft")
    assert position(page) == before


def test_a_chosen_theme_stays_when_the_systems_changes(tmp_path: Path, visit: Visit) -> None:
    page = visit(write(tmp_path, example()))
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector('#stepper[data-theme="dark"]')
    press(page, "theme")
    page.emulate_media(color_scheme="light")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(100)
    assert page.get_attribute("#stepper", "data-theme") == "light"


def test_a_zoom_by_hand_stays_when_the_window_changes(tmp_path: Path, visit: Visit) -> None:
    page = visit(write(tmp_path, example()))
    page.click('[title="larger"]')
    width = page.locator("svg").bounding_box()["width"]
    page.set_viewport_size({"width": 1100, "height": 700})
    page.wait_for_timeout(100)
    assert page.locator("svg").bounding_box()["width"] == pytest.approx(width, rel=0.01)


def test_the_current_edge_lies_above_all_edges_and_below_the_boxes(
    tmp_path: Path, visit: Visit
) -> None:
    page = visit(write(tmp_path, example()))
    page.keyboard.press("End")
    order = page.eval_on_selector_all(
        "svg > *", "es => es.map(e => (e.getAttribute('class') ?? '').split(' ')[0])"
    )
    assert max(i for i, name in enumerate(order) if name == "gg-edge") < order.index("gg-halo")
    assert order.index("gg-halo") < order.index("gg-now-edge") < order.index("gg-node")
    shown = page.get_attribute(".gg-now-edge", "d")
    assert shown in page.eval_on_selector_all(".gg-edge", "es => es.map(e => e.getAttribute('d'))")


def test_playing_keeps_its_speed_and_does_not_catch_up_after_a_stall(
    tmp_path: Path, visit: Visit
) -> None:
    page = visit(large(tmp_path))
    page.select_option("select", "20")
    press(page, "play")
    page.evaluate(
        "() => { const end = performance.now() + 3000; while (performance.now() < end); }"
    )
    page.wait_for_timeout(50)
    press(page, "play")
    assert position(page) <= 40  # a second of them at most, and not three


def test_shift_and_arrows_move_a_large_graph_and_take_no_step(tmp_path: Path, visit: Visit) -> None:
    page = visit(large(tmp_path))
    top = page.evaluate("document.querySelector('.gg-stage').scrollTop")
    page.keyboard.press("Shift+ArrowDown")
    assert page.evaluate("document.querySelector('.gg-stage').scrollTop") > top
    page.keyboard.press("Shift+ArrowRight")
    assert position(page) == 0


def test_fit_shows_the_whole_graph(tmp_path: Path, visit: Visit) -> None:
    page = visit(large(tmp_path))
    press(page, "fit")
    drawing, stage = (page.locator(s).bounding_box() for s in ("svg", ".gg-stage"))
    assert drawing["width"] <= stage["width"]
    assert drawing["height"] <= stage["height"]


def skip() -> Value:
    a, b = Value(2.0, name="a"), Value(-3.0, name="b")
    return a * b + a


def square() -> Value:
    w = Value(3.0, name="w")
    return (w * w).exp()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("graph", [None, skip, square, example])
def test_no_number_on_an_edge_covers_a_box(
    graph: Callable[[], Value] | None, width: int, tmp_path: Path, visit: Visit
) -> None:
    page = visit(write(tmp_path, graph()) if graph else large(tmp_path), width=width)
    last = int(page.get_attribute(".gg-slider", "max"))
    covered = []
    for place in range(0, last + 1, 1 if graph else 4):
        page.evaluate(f"location.hash = '{place}'")
        wait_for(page, place)
        covered += page.evaluate(
            """() => {
              const label = document.querySelector(".gg-product").getBoundingClientRect();
              if (!label.width) return [];
              const shared = (r, low, high) =>
                Math.max(0, Math.min(label[high], r[high]) - Math.max(label[low], r[low]));
              const over = r => shared(r, "left", "right") * shared(r, "top", "bottom");
              return [...document.querySelectorAll(".gg-node rect")]
                .map(e => over(e.getBoundingClientRect()) / (label.width * label.height))
                .filter(share => share > 0.25);
            }"""
        )
    assert covered == []


def test_colours_and_dashes_tell_the_signs_apart(tmp_path: Path, visit: Visit) -> None:
    page = visit(write(tmp_path, example()))
    press(page, "end")
    looks = {
        sign: page.eval_on_selector(
            f".gg-{sign}", "e => [getComputedStyle(e).stroke, getComputedStyle(e).strokeDasharray]"
        )
        for sign in ("positive", "negative", "zero")
    }
    assert looks["positive"] == ["rgb(0, 114, 178)", "none"]
    assert looks["negative"][0] == "rgb(196, 78, 0)"
    assert len({dashes for _, dashes in looks.values()}) == 3


def test_local_derivatives_are_shown_when_they_are_known_and_not_before(
    tmp_path: Path, visit: Visit
) -> None:
    a, b = Value(2.0, name="a"), Value(-3.0, name="b")
    page = visit(write(tmp_path, (a * b).tanh()))
    seen = (
        "es => es.filter(e => getComputedStyle(e).visibility === 'visible').map(e => e.textContent)"
    )
    assert page.eval_on_selector_all(".gg-local", seen) == []
    page.keyboard.press("ArrowRight")
    assert sorted(page.eval_on_selector_all(".gg-local", seen)) == ["×(-3)", "×2"]


HOSTILE = [
    "<script>window.hacked = 1</script>", "</script><img src=x onerror='window.hacked=1'>",
    "\"'><svg onload=window.hacked=1>", "&lt;b&gt;", "]]>", "<!--", "{title}", "\u2028\u2029",
    "a\nb\x00", "${window.hacked=1}", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_text_whatever_it_holds(name: str, tmp_path: Path, visit: Visit) -> None:
    x = Value(2.0, name=name)
    y = (x * x).exp()
    y.name = name
    page = visit(write(tmp_path, y))
    page.keyboard.press("End")
    page.hover('[data-node="0"]')
    assert page.evaluate("window.hacked") is None
    assert page.locator("#stepper script, #stepper img, #stepper b").count() == 0
    assert page.locator("svg").count() == 1
    written = name if name.isprintable() else None
    if written is not None and len(written) <= 22:
        assert boxes(page)[0]["title"] == written
    if written is not None:
        assert written in page.text_content(".gg-about .gg-head")


def contrast(page: Any, selector: str) -> float:
    """Of an element's text with the ground it stands on, as WCAG 2 has it."""
    ratio: float = page.eval_on_selector(
        selector,
        """element => {
          const rgb = text => text.match(/[\\d.]+/g).map(Number);
          const light = colour => { const [r, g, b] = rgb(colour).map(c => {
              c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          let ground = element;
          const clear = e => rgb(getComputedStyle(e).backgroundColor)[3] === 0;
          while (clear(ground)) ground = ground.parentElement;
          const [a, b] = [light(getComputedStyle(element).color),
            light(getComputedStyle(ground).backgroundColor)];
          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        }""",
    )
    return ratio


@pytest.mark.parametrize("dark", [False, True])
def test_both_themes_are_readable_and_the_button_changes_to_the_other(
    dark: bool, tmp_path: Path, visit: Visit
) -> None:
    page = visit(write(tmp_path, example()), dark=dark)
    for _ in range(2):
        for selector in (".gg-head", ".gg-hint", ".gg-key", ".gg-place", '[data-act="next"]'):
            assert contrast(page, selector) >= 4.5, selector
        ground = page.eval_on_selector("#stepper", "e => getComputedStyle(e).backgroundColor")
        assert ground == ("rgb(20, 23, 27)" if dark else "rgb(255, 255, 255)")
        press(page, "theme")
        dark = not dark


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720), (320, 568)])
def test_nothing_is_wider_than_the_window_and_every_button_is_in_it(
    width: int, height: int, tmp_path: Path, visit: Visit
) -> None:
    page = visit(write(tmp_path, example()), width=width, height=height)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.scrollHeight") <= height
    for button in page.locator("button, select, .gg-slider").all():
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
        assert box["height"] >= 24


def test_on_a_phone_the_graph_runs_downwards_and_the_step_is_in_sight(
    tmp_path: Path, visit: Visit
) -> None:
    page = visit(write(tmp_path, example()), width=390, height=844)
    last = len(boxes(page)) - 1
    press(page, "end")
    first, output = (page.locator(f'[data-node="{i}"] rect').bounding_box() for i in (0, last))
    assert output["y"] > first["y"] + 100
    stage = page.locator(".gg-stage").bounding_box()
    for place in range(0, int(page.get_attribute(".gg-slider", "max")), 7):
        page.eval_on_selector(
            ".gg-slider",
            "(s, value) => { s.value = value; s.dispatchEvent(new Event('input')) }", str(place),
        )  # fmt: skip
        for marked in page.locator(".gg-node.gg-now, .gg-node.gg-to").all():
            box = marked.bounding_box()
            assert stage["y"] - 1 <= box["y"]
            assert box["y"] + box["height"] <= stage["y"] + stage["height"] + 1


def test_everything_is_reached_by_tab_and_shows_where_the_focus_is(
    tmp_path: Path, visit: Visit
) -> None:
    page = visit(write(tmp_path, example()))
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => [document.activeElement.dataset.act ?? document.activeElement.tagName,
                      getComputedStyle(document.activeElement).outlineStyle]"""
        )
        reached.append(name)
        if name != "BODY":
            assert outline == "solid", name
    wanted = {"start", "back", "play", "next", "end", "fit", "theme", "INPUT", "SELECT"}
    assert wanted <= set(reached)


def test_zooming_changes_the_size_and_fit_puts_it_back(tmp_path: Path, visit: Visit) -> None:
    page = visit(write(tmp_path, example()))
    width = page.locator("svg").bounding_box()["width"]
    page.click('[title="larger"]')
    assert page.locator("svg").bounding_box()["width"] == pytest.approx(width * 1.25, rel=0.01)
    press(page, "fit")
    assert page.locator("svg").bounding_box()["width"] == pytest.approx(width, rel=0.01)


def test_in_a_notebooks_frame_it_works_the_same_and_starts_where_the_stepper_is(
    tmp_path: Path, visit: Visit
) -> None:
    stepper = Stepper(example(), names={}).seek(5)
    target = tmp_path / "notebook.html"
    target.write_text(f"<!doctype html><meta charset=utf-8>{stepper._repr_html_()}")
    page = visit(target)
    frame = page.frame_locator("iframe")
    assert frame.locator(".gg-slider").input_value() == "5"
    frame.locator('[data-act="next"]').click()
    assert frame.locator(".gg-slider").input_value() == "6"


def test_a_link_to_a_step_opens_the_page_there(tmp_path: Path, visit: Visit) -> None:
    stepper = Stepper(example(), names={})
    page = visit(write(tmp_path, stepper.output))
    page.evaluate("location.hash = '7'")
    wait_for(page, 7)
    assert shown(page) == expected(stepper.seek(7))
    page.reload()
    wait_for(page, 7)
    page.evaluate("location.hash = 'nonsense'")
    wait_for(page, 0)


def test_past_the_cap_the_page_steps_from_neuron_to_neuron_and_says_so(
    tmp_path: Path, visit: Visit
) -> None:
    model = nn.MLP(2, [16, 16, 1], "tanh", seed=0)
    loss = nn.hinge_loss(model([0.5, -1.0]), 1)
    page = visit(Stepper(loss, names={}, model=model).to_html(tmp_path / "page.html"))
    assert "713 nodes folded into 40 boxes: neurons of model" in page.inner_text(".gg-key")
    page.keyboard.press("End")
    found = boxes(page)
    assert len(found) == 40
    assert sum("gg-group" in box["class"] for box in found) == 33
    assert all("gg-complete" in box["class"] for box in found)
    first = next(box for box in found if box["title"] == "layers.0.neurons.0")
    loss.backward()
    sums = [node for node in topological_order(loss) if node.op == "tanh"]
    assert first["data"] == "7 nodes"
    assert first["grad"] == f"norm {number(flows_into(loss, sums[0]))}"
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert "more to come" in page.inner_text(".gg-step")


def flows_into(loss: Value, node: Value) -> float:
    return math.hypot(*[step.contribution for step in steps(loss) if step.parent is node])


def test_in_a_frame_that_is_hidden_at_first_it_is_drawn_when_it_is_shown(
    tmp_path: Path, visit: Visit
) -> None:
    frame = Stepper(example(), names={})._repr_html_()
    target = tmp_path / "notebook.html"
    target.write_text(f"<!doctype html><div id=tab style='display:none'>{frame}</div><svg></svg>")
    page = visit(target)
    page.wait_for_timeout(300)
    page.evaluate("document.getElementById('tab').style.display = 'block'")
    frame = page.frame_locator("iframe")
    frame.locator('[data-act="next"]').click()
    assert frame.locator(".gg-slider").input_value() == "1"
    assert frame.locator(".gg-node").count() == len(topological_order(example()))
    assert frame.locator("svg").bounding_box()["width"] > 300


def test_a_leaf_alone_is_a_page_too(tmp_path: Path, visit: Visit) -> None:
    page = visit(write(tmp_path, Value(3.0, name="x")))
    page.keyboard.press("ArrowRight")
    assert shown(page) == [("data 3", "grad 1")]
