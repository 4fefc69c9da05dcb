"""Plots: what they draw, where they draw it, and what they refuse."""

from __future__ import annotations

import itertools
import sys
import types
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError, InputError, MissingExtraError, ShapeError
from nn import plots
from nn.plots import decision_boundary, gradient_flow, images, learning_curves

X, Y = nn.data.moons(20, seed=0)
PIXELS = np.linspace(0.0, 1.0, 3 * 16).reshape(3, 16)
HISTORY = nn.History(
    {"loss": [2.0, 1.0], "accuracy": [0.5, 0.75],
     "validation_loss": [3.0, 2.0], "validation_accuracy": [0.25, 0.5]}
)  # fmt: skip


def recorded() -> nn.GradientFlow:
    flow = nn.GradientFlow()
    nn.fit(
        model(), X, 2 * Y - 1, loss="hinge_loss", optimizer=nn.SGD(lr=0.1), epochs=3,
        callbacks=[flow], verbose=0,
    )  # fmt: skip
    return flow


def model(n_outputs: int = 1) -> nn.MLP:
    return nn.MLP(2, [4, n_outputs], seed=0)


def always(number: float) -> nn.MLP:
    constant = nn.MLP(2, [1], seed=0)
    for p in constant.parameters():
        p.data = 0.0
    constant.parameters()[-1].data = number
    return constant


def path() -> Any:
    return np.array([[1.0, 2.0], [0.5, 1.0], [0.2, 0.1]])


def sizes() -> nn.WeightSizes:
    found = nn.WeightSizes()
    nn.fit(
        model(), X, 2 * Y - 1, loss="hinge_loss", optimizer=nn.SGD(lr=0.1), epochs=2,
        callbacks=[found], verbose=0,
    )  # fmt: skip
    return found


def film() -> plots.BoundaryFilm:
    found = plots.BoundaryFilm(X, Y, resolution=8)
    nn.fit(
        model(), X, 2 * Y - 1, loss="hinge_loss", optimizer=nn.SGD(lr=0.1), epochs=2,
        callbacks=[found], verbose=0,
    )  # fmt: skip
    return found


def curve(**ax: Any) -> Any:
    return plots.fitted_curve(nn.MLP(1, [3, 1], seed=0), [[0.0], [1.0]], [0.0, 1.0], **ax)


def wrong(**ax: Any) -> Any:
    return plots.mistakes(nn.MLP(16, [3], seed=0), PIXELS, [0, 1, 2], **ax)


PLOTS: dict[str, Any] = {
    "decision_boundary": lambda **ax: decision_boundary(model(), X, Y, resolution=8, **ax),
    "decision_boundary of classes": (
        lambda **ax: decision_boundary(model(2), X, Y, resolution=8, **ax)
    ),
    "confusion_matrix": lambda **ax: plots.confusion_matrix(model(), X, Y, **ax),
    "descent_paths": (
        lambda **ax: plots.descent_paths(lambda a, b: a * a + b * b, {"path": path()}, **ax)
    ),
    "fitted_curve": curve,
    "gradient_flow": lambda **ax: gradient_flow(recorded(), **ax),
    "gradient_flow of dead units": lambda **ax: gradient_flow(recorded(), what="dead", **ax),
    "images": lambda **ax: images(PIXELS, **ax),
    "learning_curves": lambda **ax: learning_curves(HISTORY, **ax),
    "loss_functions": lambda **ax: plots.loss_functions(**ax),
    "max_weights": lambda **ax: plots.max_weights(sizes(), **ax),
    "mistakes": wrong,
    "schedule": lambda **ax: plots.schedule(lambda epoch: 0.1 / (1.0 + epoch), 3, **ax),
    "weights": lambda **ax: plots.weights(PIXELS, **ax),
    "BoundaryFilm": lambda **ax: film().draw(**ax),
}
EVERY_PLOT = pytest.mark.parametrize("draw", PLOTS.values(), ids=PLOTS)


@EVERY_PLOT
def test_a_plot_draws_on_the_axes_it_is_given_and_returns_them(plt: Any, draw: Any) -> None:
    plt.close("all")  # those that docstrings have left, if they ran before
    figure, ax = plt.subplots()
    assert draw(ax=ax) is ax
    assert ax.has_data()
    assert plt.get_fignums() == [figure.number]


@EVERY_PLOT
def test_a_plot_makes_axes_of_its_own_and_opens_no_window(plt: Any, draw: Any) -> None:
    ax = draw()
    assert ax.has_data()
    assert plt.get_fignums() == [ax.figure.number]
    ax.figure.canvas.draw()


@EVERY_PLOT
def test_without_matplotlib_a_plot_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, draw: Any
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingExtraError) as raised:
        draw()
    assert str(raised.value) == 'nn.plots needs matplotlib; run: pip install "glassgrad[plot]"'
    assert isinstance(raised.value, ImportError)


def test_without_matplotlib_nn_is_imported_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in [name for name in sys.modules if name == "nn" or name.startswith("nn.")]:
        monkeypatch.delitem(sys.modules, name)
    import nn as again

    assert isinstance(again.plots, types.ModuleType)
    assert again is not nn


# --- the decision boundary -----------------------------------------------------------------------


def test_the_line_is_where_the_output_crosses_the_threshold(plt: Any) -> None:
    upright = nn.MLP(2, [1], seed=0)
    for p, number in zip(upright.parameters(), [1.0, 0.0, 0.0], strict=True):
        p.data = number  # the output is the first input
    for threshold in (0.0, 0.5):
        ax = decision_boundary(upright, X, Y, threshold=threshold)
        line = ax.collections[1]
        points = np.concatenate([path.vertices for path in line.get_paths()])
        assert points[:, 0] == pytest.approx(threshold, abs=1e-9)
        assert np.ptp(points[:, 1]) > 1.0


def test_every_example_is_drawn_once_by_the_marker_of_its_label(plt: Any) -> None:
    for labels in (Y, 2 * Y - 1):
        ax = decision_boundary(model(), X, labels, resolution=8)
        circles, squares = ax.collections[-2:]
        assert np.array_equal(circles.get_offsets(), X[Y == 0])
        assert np.array_equal(squares.get_offsets(), X[Y == 1])
        assert len(circles.get_paths()[0].vertices) > len(squares.get_paths()[0].vertices)


@pytest.mark.parametrize("number", [1.0, 0.0, -1.0])
def test_a_model_that_says_the_same_everywhere_has_no_line(plt: Any, number: float) -> None:
    ax = decision_boundary(always(number), X, Y, resolution=8)
    assert len(ax.collections) == 3  # the colours and two kinds of examples


def test_the_outputs_are_those_of_the_model_at_each_point(plt: Any) -> None:
    sees: list[Any] = []

    class Spy(nn.MLP):
        def predict(self, X: Any) -> Any:
            sees.append(np.array(X))
            return super().predict(X)

    decision_boundary(Spy(2, [1], seed=0), X, Y, resolution=5)
    (grid,) = sees
    assert grid.shape == (25, 2)
    room = 0.15 * np.ptp(X, axis=0)
    assert grid.min(axis=0) == pytest.approx(X.min(axis=0) - room)
    assert grid.max(axis=0) == pytest.approx(X.max(axis=0) + room)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"X": np.zeros((20, 3))}, ShapeError, r"got \(20, 3\) and \(20,\); pick two columns"),
        ({"y": Y[:3]}, ShapeError, r"X of shape \(n, 2\) and y of shape \(n,\).*, got .* \(3,\)"),
        ({"X": X[:0], "y": Y[:0]}, ShapeError, r"one row or more, got \(0, 2\) and \(0,\)"),
        ({"X": [1.0, 2.0]}, ShapeError, r"expects an array of shape .*, got shape \(2,\)"),
        ({"model": model(2), "threshold": 0.5}, ArgumentError, "a model of one output only"),
        ({"model": always(float("nan"))}, ArgumentError, "expects finite outputs, got nan or inf"),
        ({"model": always(float("inf"))}, ArgumentError, "has the training diverged"),
        (
            {"resolution": 1},
            ArgumentError,
            "expects resolution to be .* at least 2, got 1",
        ),
    ],
)
def test_decision_boundary_refuses(
    plt: Any, given: dict[str, Any], error: type[Exception], message: str
) -> None:
    settings = {"model": model(), "X": X, "y": Y} | given
    with pytest.raises(error, match=rf"^decision_boundary .*{message}"):
        decision_boundary(settings.pop("model"), settings.pop("X"), settings.pop("y"), **settings)
    assert plt.get_fignums() == []


@EVERY_PLOT
def test_what_are_no_axes_is_refused_with_what_to_pass(plt: Any, draw: Any) -> None:
    several = plt.subplots(1, 2)[1]
    message = (
        r"nn\.plots expects ax= to be one of matplotlib's Axes, got ndarray; write .*axes\[0\]"
    )
    with pytest.raises(InputError, match=message):
        draw(ax=several)


def test_the_colours_are_there_for_pictures_of_ones_own(plt: Any) -> None:
    from matplotlib.colors import to_hex

    ax = learning_curves(nn.History({"loss": [1.0, 2.0]}))
    assert to_hex(ax.get_lines()[0].get_color()) == plots.COLOURS[0]
    assert len({to_hex(colour) for colour in plots.COLOURS}) == len(plots.COLOURS) == 7


# --- learning curves -----------------------------------------------------------------------------


def test_each_column_is_a_line_over_the_epochs_with_metrics_on_their_own_axis(plt: Any) -> None:
    ax = learning_curves(HISTORY)
    left, right = ax.figure.axes
    drawn = {line.get_label(): (side, line) for side in (left, right) for line in side.get_lines()}
    assert list(drawn) == [
        "training loss", "validation loss", "training accuracy", "validation accuracy",
    ]  # fmt: skip
    for label, (side, line) in drawn.items():
        assert line.get_xdata().tolist() == [1, 2]
        column = label.removeprefix("training ").replace(" ", "_")
        assert line.get_ydata().tolist() == HISTORY[column]
        assert side is (left if "loss" in label else right)
        assert line.get_linestyle() == ("--" if "validation" in label else "-")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "training loss", "training accuracy", "validation loss", "validation accuracy",
    ]  # fmt: skip
    assert (left.get_ylabel(), right.get_ylabel()) == ("loss", "accuracy")


def test_a_loss_alone_has_one_axis_and_one_epoch_shows_as_a_dot(plt: Any) -> None:
    ax = learning_curves(nn.History({"loss": [1.0]}))
    assert ax.figure.axes == [ax]
    assert ax.get_lines()[0].get_marker() == "o"
    assert learning_curves(nn.History()).get_lines()[:] == []


# --- images --------------------------------------------------------------------------------------


def test_images_stand_row_by_row_the_right_way_up(plt: Any) -> None:
    ax = images(PIXELS, columns=2)
    first, second, third = ax.get_images()
    assert np.array_equal(first.get_array(), PIXELS[0].reshape(4, 4))
    left, right, bottom, top = first.get_extent()
    assert bottom - top == right - left == 4
    assert second.get_extent()[0] > right
    assert second.get_extent()[2:] == [bottom, top]
    assert third.get_extent()[:2] == [left, right]
    assert third.get_extent()[3] > bottom
    low, high = ax.get_ylim()
    assert low > high  # as in the text: the first row is above the second


def test_a_wrong_prediction_is_told_with_its_label_and_in_bold(plt: Any) -> None:
    texts = images(PIXELS, labels=[7, 5, 1], predictions=[7, 3, 1]).texts
    assert [text.get_text() for text in texts] == ["7", "3 not 5", "1"]
    assert [text.get_weight() for text in texts] == ["normal", "bold", "normal"]
    assert [text.get_text() for text in images(PIXELS, labels=[7, 5, 1]).texts] == ["7", "5", "1"]
    assert [t.get_text() for t in images(PIXELS, predictions=[1, 2, 3]).texts] == ["1", "2", "3"]
    assert [text.get_text() for text in images(PIXELS).texts] == ["", "", ""]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"X": np.zeros((2, 15))}, ShapeError, r"shape \(n, size\*size\), .*, got \(2, 15\)"),
        ({"X": np.zeros((0, 16))}, ShapeError, r"at least one row, got \(0, 16\)"),
        ({"X": PIXELS[0]}, ShapeError, r"got shape \(16,\); wrap a single example in a list"),
        ({"labels": [1]}, ShapeError, r"labels of shape \(n,\), one per image, got \(1,\) for 3"),
        ({"predictions": np.zeros((3, 2))}, ShapeError, r"predictions of shape \(n,\).*\(3, 2\)"),
        ({"columns": 0}, ArgumentError, "columns to be a whole number of at least 1, got 0"),
        ({"columns": 2.5}, ArgumentError, "columns to be a whole number of at least 1, got 2.5"),
    ],
)
def test_images_refuses(
    plt: Any, given: dict[str, Any], error: type[Exception], message: str
) -> None:
    settings = {"X": PIXELS} | given
    with pytest.raises(error, match=rf"^images expects .*{message}"):
        images(settings.pop("X"), **settings)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("columns", [1, 5, 10, 25])
@pytest.mark.parametrize("name", ["{}", "the class {}"])
def test_captions_do_not_touch_and_stay_above_the_next_row(
    plt: Any, columns: int, name: str
) -> None:
    figure, ax = plt.subplots(figsize=(6.0, 4.5))
    shown, labels = np.zeros((2 * columns, 16)), [name.format(i % 10) for i in range(2 * columns)]
    images(shown, labels=labels, predictions=labels[::-1], columns=columns, ax=ax)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    if columns < 25:  # there the smallest letters are too large
        for left, right in itertools.pairwise(boxes[:columns]):
            assert left.x1 < right.x0
        _, low = ax.transData.transform((0.0, ax.get_images()[columns].get_extent()[3]))
        assert min(box.y0 for box in boxes[:columns]) > low
    assert all(3.0 <= text.get_fontsize() <= 9.0 for text in ax.texts)


def test_long_names_in_captions_have_a_line_each(plt: Any) -> None:
    ax = images(PIXELS, labels=["cat", "owl", "dog"], predictions=["cat", "dog", "dog"])
    assert [text.get_text() for text in ax.texts] == ["cat", "dog\nnot owl", "dog"]


def test_short_captions_of_small_images_stay_above_the_next_row(plt: Any) -> None:
    figure, ax = plt.subplots(figsize=(6.0, 4.5))
    images(np.zeros((50, 16)), labels=np.arange(50), columns=25, ax=ax)
    figure.canvas.draw()
    _, next_row = ax.transData.transform((0.0, ax.get_images()[25].get_extent()[3]))
    assert min(text.get_window_extent().y0 for text in ax.texts[:25]) > next_row
