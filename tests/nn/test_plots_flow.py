"""``nn.plots.gradient_flow``: what it draws of a flow, and how it can be read."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError, InputError
from nn.plots import gradient_flow

X, Y = nn.data.moons(30, noise=0.1, seed=0)
NORMS = {"gradients": "gradient_norms", "updates": "update_norms", "ratios": "update_ratios"}
SHARES = {"dead": "dead", "saturated": "saturated"}


def recorded(model: nn.Module | None = None, probe: int = 64, **settings: Any) -> nn.GradientFlow:
    flow = nn.GradientFlow(probe=probe)
    chosen: dict[str, Any] = {
        "loss": "hinge_loss", "optimizer": nn.SGD(lr=0.1), "epochs": 3, "batch_size": 10, "seed": 0,
    } | settings  # fmt: skip
    model = model or nn.MLP(2, [4, 4, 1], "tanh", seed=0)
    nn.fit(model, X, 2 * Y - 1, callbacks=[flow], verbose=0, **chosen)
    return flow


def dead() -> nn.MLP:
    model = nn.MLP(2, [4, 3, 1], seed=0)
    for layer in model.layers[:-1]:
        for neuron in layer.neurons:
            neuron.b.data = -10.0
    return model


def labels(ax: Any) -> list[Any]:
    return [text for text in ax.texts if text.get_text().startswith("layers.")]


@pytest.mark.parametrize(("what", "attribute"), NORMS.items())
def test_norms_are_a_line_for_each_layer_over_the_steps_on_a_log_scale(
    plt: Any, what: str, attribute: str
) -> None:
    flow = recorded()
    ax = gradient_flow(flow, what=what)
    assert ax.get_xlabel() == "step"
    assert ax.get_yscale() == "log"
    assert [line.get_label() for line in ax.get_lines()] == flow.layers
    for line in ax.get_lines():
        assert list(line.get_xdata()) == flow.steps
        assert line.get_ydata().tolist() == getattr(flow, attribute)[line.get_label()]


@pytest.mark.parametrize(("what", "attribute"), SHARES.items())
def test_shares_are_a_line_for_each_layer_that_has_units_over_the_epochs(
    plt: Any, what: str, attribute: str
) -> None:
    flow = recorded()
    ax = gradient_flow(flow, what=what)
    assert (ax.get_xlabel(), ax.get_yscale()) == ("epoch", "linear")
    assert [line.get_label() for line in ax.get_lines()] == ["layers.0", "layers.1"]
    for line in ax.get_lines():
        assert list(line.get_xdata()) == [0, 1, 2, 3]
        assert line.get_ydata().tolist() == getattr(flow, attribute)[line.get_label()]
    ax.figure.canvas.draw()
    assert "100%" in [tick.get_text() for tick in ax.get_yticklabels()]
    low, high = ax.get_ylim()
    assert low < 0.0 < 1.0 < high  # a line at 0 or at 1 is in sight


def test_gradients_are_drawn_if_nothing_else_is_said(plt: Any) -> None:
    assert gradient_flow(recorded()).get_ylabel() == "norm of the gradient"


def test_zeros_have_a_place_at_the_foot_of_the_scale(plt: Any) -> None:
    flow = recorded(dead())
    ax = gradient_flow(flow)
    assert ax.get_yscale() == "symlog"
    assert ax.get_lines()[0].get_ydata().tolist() == [0.0] * len(flow.steps)
    low, high = ax.get_ylim()
    assert low < 0.0 < high
    assert [tick for tick in ax.get_yticks() if low <= tick < 0.0] == []  # norms are not negative
    assert ax.transAxes.inverted().transform(ax.transData.transform((1, 0.0)))[1] < 0.1


def test_zeros_alone_are_drawn_without_logarithms(plt: Any) -> None:
    ax = gradient_flow(recorded(optimizer=nn.SGD(lr=0.0)), what="updates")
    assert ax.get_yscale() == "linear"
    ax.figure.canvas.draw()


def test_what_is_not_finite_or_close_to_it_is_left_out(
    plt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = recorded(nn.MLP(2, [1], seed=0))
    # fit undoes a step that leaves no finite loss, but a callback or a model may bring these about
    norms = np.array([1.0, 1e3, 1e50, 1e120, math.inf, math.nan, 2.0, 1e99, math.inf])
    monkeypatch.setattr(nn.GradientFlow, "gradient_norms", {"layers.0": norms.tolist()})
    norms[~(norms < 1e100)] = np.nan
    ax = gradient_flow(flow)
    drawn = ax.get_lines()[0].get_ydata()
    assert np.array_equal(drawn, norms, equal_nan=True)
    assert "exploding" in ax.get_title()
    ax.figure.canvas.draw()


@pytest.mark.parametrize("norms", [(1e-320, 1e249), (0.0, 1e99), (1e-99, 1e99), (0.0, 5e-324)])
def test_norms_of_any_size_are_drawn_without_a_warning(
    plt: Any, monkeypatch: pytest.MonkeyPatch, norms: tuple[float, float]
) -> None:
    flow = recorded(nn.MLP(2, [3, 1], seed=0))
    recorded_norms = dict(zip(flow.layers, ([norm] * 9 for norm in norms), strict=True))
    monkeypatch.setattr(nn.GradientFlow, "gradient_norms", recorded_norms)
    ax = gradient_flow(flow)
    ax.figure.canvas.draw()
    assert len(ax.get_lines()) == 2 - (norms[1] > 1e100)


def test_layers_differ_in_colour_and_in_style_from_dark_to_light(plt: Any) -> None:
    lines = gradient_flow(recorded(nn.MLP(2, [3] * 5 + [1], "tanh", seed=0))).get_lines()
    light = [float(np.dot(line.get_color()[:3], [0.299, 0.587, 0.114])) for line in lines]
    assert light == sorted(light)
    assert light[-1] < 0.8  # not too faint on white
    assert min(np.diff(light)) > 0.05
    styles = [line.get_linestyle() for line in lines]
    assert all(a != b for a, b in itertools.pairwise(styles))


def test_every_line_has_its_name_at_its_end_and_no_two_names_touch(plt: Any) -> None:
    from matplotlib.text import Text

    flow = recorded(nn.MLP(2, [3] * 7 + [1], "tanh", seed=0))
    ax = gradient_flow(flow)
    ax.figure.canvas.draw()
    assert [text.get_text() for text in labels(ax)] == flow.layers
    for text, line in zip(labels(ax), ax.get_lines(), strict=True):
        assert text.xy == (flow.steps[-1], line.get_ydata()[-1])
    ends = sorted(labels(ax), key=lambda text: text.xy[1])
    boxes = [Text.get_window_extent(text) for text in ends]  # without the line to it
    assert all(low.y1 < high.y0 for low, high in itertools.pairwise(boxes))
    inside = ax.get_window_extent()
    last = ax.transData.transform((flow.steps[-1], 1.0))[0]
    assert all(box.x0 > last + 5 for box in boxes)  # beside the lines, not on them
    assert all(inside.x0 < box.x0 and box.x1 < inside.x1 for box in boxes)
    assert all(inside.y0 < box.y0 and box.y1 < inside.y1 for box in boxes)


def test_of_very_many_layers_ten_are_named_the_first_and_the_last_among_them(plt: Any) -> None:
    flow = recorded(nn.MLP(2, [2] * 23 + [1], "tanh", seed=0), epochs=1)
    named = [text.get_text() for text in labels(gradient_flow(flow))]
    assert len(named) == 10
    assert (named[0], named[-1]) == ("layers.0", "layers.23")


def test_no_tick_stands_beyond_the_last_step(plt: Any) -> None:
    flow = recorded()
    assert max(gradient_flow(flow).get_xticks()) <= flow.steps[-1] + 0.5


def test_one_step_shows_as_a_dot(plt: Any) -> None:
    ax = gradient_flow(recorded(epochs=1, batch_size=None))
    assert {line.get_marker() for line in ax.get_lines()} == {"o"}


def test_the_title_says_what_is_drawn_or_what_is_wrong_within_the_width(plt: Any) -> None:
    assert gradient_flow(recorded()).get_title() == "norm of the gradient, by layer"
    ax = gradient_flow(recorded(dead()))
    title = ax.get_title().replace("\n", " ")
    assert title == "4 of 4 units of layers.0 are dead; 3 of 3 units of layers.1 are dead"
    ax.figure.canvas.draw()
    assert ax.title.get_window_extent().width < ax.get_window_extent().width
    assert ax.title.get_window_extent().y1 < ax.figure.bbox.y1


def test_of_more_than_two_findings_the_title_says_where_they_are_told(plt: Any) -> None:
    flow = recorded(dead(), optimizer=nn.SGD(lr=30.0))
    assert len(flow.diagnosis()) == 3
    title = gradient_flow(flow).get_title().replace("\n", " ")
    assert title == "4 of 4 units of layers.0 are dead; 2 more findings: see diagnosis()"


def test_without_units_the_plot_says_so(plt: Any) -> None:
    ax = gradient_flow(recorded(nn.MLP(2, [3, 1], seed=0)), what="saturated")
    assert [text.get_text() for text in ax.texts] == [
        "no layer has an activation\nwith a slope above 0 at 0, such as tanh"
    ]
    ax = gradient_flow(recorded(nn.MLP(2, [1], seed=0)), what="dead")
    assert [text.get_text() for text in ax.texts] == ["no layer has activations"]


@pytest.mark.parametrize(
    ("flow", "what", "error", "message"),
    [
        (nn.GradientFlow(), "gradients", ArgumentError,
         r"a flow that has recorded gradients, got GradientFlow\(0 steps, .*\); "
         r"give it to fit\(\.\.\., callbacks=\[flow\]\) first$"),
        (nn.GradientFlow(), "dead", ArgumentError, r"a flow .* dead, got .*\[flow\]\) first$"),
        (recorded(probe=0), "saturated", ArgumentError,
         r"a flow .* saturated, got GradientFlow\(9 steps, 0 probes, .* first with probe=64$"),
        (recorded(), "norms", ArgumentError,
         "what among gradients, updates, ratios, dead, saturated, got 'norms'$"),
        (recorded(), ["dead"], ArgumentError, r"what among .*, got \['dead'\]$"),
        (nn.History(), "gradients", InputError,
         r"an nn\.GradientFlow, got History\(0 epochs\); give one to fit\(\.\.\., callbacks="),
    ],
)  # fmt: skip
def test_gradient_flow_refuses(
    plt: Any, flow: Any, what: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=rf"^gradient_flow expects {message}"):
        gradient_flow(flow, what=what)
    assert plt.get_fignums() == []
