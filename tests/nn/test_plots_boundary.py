"""``nn.plots.decision_boundary`` of several classes, its labels, thresholds and transforms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError, InputError, ShapeError
from nn.plots import decision_boundary

X, Y = nn.data.moons(20, seed=0)
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])


def linear(rows: list[list[float]], output: Any = "linear") -> nn.MLP:
    """A model whose outputs are w1 x1 + w2 x2 + b, a row each."""
    model = nn.MLP(2, [len(rows)], output=output, seed=0)
    for neuron, (first, second, bias) in zip(model.layers[0].neurons, rows, strict=True):
        neuron.w[0].data, neuron.w[1].data, neuron.b.data = first, second, bias
    return model


# the classes of the corners: right of x1 = 1/2, above x2 = 1/2, or neither
THREE = linear([[0.0, 0.0, 0.5], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def examples(ax: Any) -> list[Any]:
    return [c for c in ax.collections if len(c.get_offsets()) and c.get_zorder() == 3]


def lines(ax: Any) -> list[Any]:
    """The vertices of each line between classes."""
    return [
        np.concatenate([path.vertices for path in c.get_paths()])
        for c in ax.collections
        if c.get_linewidth()[0] == 1.5
    ]


def test_each_class_has_an_area_where_its_output_is_the_largest_and_lines_around(plt: Any) -> None:
    ax = decision_boundary(THREE, CORNERS, [0, 1, 2], resolution=41)
    neither, right, above = lines(ax)
    on_the_line = np.minimum(np.abs(neither[:, 0] - 0.5), np.abs(neither[:, 1] - 0.5))
    assert on_the_line.max() < 1e-9
    assert right[:, 0].min() == pytest.approx(0.5)
    assert above[:, 1].min() == pytest.approx(0.5)
    areas = [c for c in ax.collections if c.get_linewidth()[0] != 1.5 and c.get_zorder() != 3]
    assert len({tuple(area.get_facecolor()[0]) for area in areas}) == len(areas) == 3
    for area, corner in zip(areas, CORNERS, strict=True):
        inside = [path.contains_point(corner) for path in area.get_paths()]
        assert any(inside)


def test_classes_differ_by_marker_and_by_colour_and_the_legend_names_them(plt: Any) -> None:
    ax = decision_boundary(THREE, CORNERS, [0, 1, 2], names=["a", "$b$", "c"], resolution=8)
    drawn = examples(ax)
    assert [c.get_offsets().tolist() for c in drawn] == [[corner] for corner in CORNERS.tolist()]
    assert len({c.get_paths()[0].vertices.tobytes() for c in drawn}) == 3
    assert len({tuple(c.get_facecolor()[0]) for c in drawn}) == 3
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["a", r"\$b\$", "c"]
    ax.figure.canvas.draw()


def test_more_classes_than_colours_are_still_told_apart(plt: Any) -> None:
    from nn.plots.axes import style_of

    assert len({style_of(i) for i in range(50)}) == 50


@pytest.mark.parametrize(
    ("labels", "names"),
    [(Y, ["0", "1"]), (2 * Y - 1, ["-1", "+1"]), (Y == 1, ["0", "1"]), (Y * 1.0, ["0", "1"]),
     (np.eye(2)[Y], ["0", "1"])],
)  # fmt: skip
def test_labels_of_two_classes_are_drawn_as_they_are_written(
    plt: Any, labels: Any, names: list[str]
) -> None:
    ax = decision_boundary(linear([[1.0, 0.0, 0.0]]), X, labels, resolution=8)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == names
    assert [len(c.get_offsets()) for c in examples(ax)] == [10, 10]
    assert np.array_equal(examples(ax)[1].get_offsets(), X[Y == 1])


@pytest.mark.parametrize(("factor", "aspect"), [(1.0, 1.0), (100.0, "auto")])
def test_inputs_of_quite_other_ranges_have_scales_of_their_own(
    plt: Any, factor: float, aspect: Any
) -> None:
    ax = decision_boundary(linear([[1.0, 0.0, 0.0]]), X * [1.0, factor], Y, resolution=8)
    assert ax.get_aspect() == aspect
    single = decision_boundary(linear([[1.0, 0.0, 0.0]]), X[:1], Y[:1], resolution=8)
    assert single.get_xlim() == pytest.approx((X[0, 0] - 0.5, X[0, 0] + 0.5))


def test_all_examples_may_be_of_one_class(plt: Any) -> None:
    ax = decision_boundary(linear([[1.0, 0.0, 0.0]]), X, np.zeros(20), resolution=8)
    assert [len(c.get_offsets()) for c in ax.collections if c.get_zorder() == 3] == [20, 0]


@pytest.mark.parametrize(
    ("output", "bias", "place"),
    [("linear", 0.0, 0.0), ("sigmoid", 0.0, 0.0), ("sigmoid", -0.5, 0.5), ("tanh", -0.5, 0.5)],
)
def test_the_threshold_is_one_half_for_probabilities_and_else_0(
    plt: Any, output: str, bias: float, place: float
) -> None:
    (line,) = lines(decision_boundary(linear([[1.0, 0.0, bias]], output), X, Y, resolution=61))
    assert line[:, 0] == pytest.approx(place, abs=2e-3)


def test_inputs_go_through_the_transform_and_the_picture_is_in_their_own_units(plt: Any) -> None:
    class Scaler:
        def transform(self, rows: Any) -> Any:
            return (rows - 100.0) / 10.0

    far = 100.0 + 10.0 * X
    for transform in (Scaler(), Scaler().transform):
        ax = decision_boundary(linear([[1.0, 0.0, 0.0]]), far, Y, transform=transform, resolution=9)
        (line,) = lines(ax)
        assert line[:, 0] == pytest.approx(100.0)
        assert np.array_equal(examples(ax)[1].get_offsets(), far[Y == 1])


def test_outputs_that_are_all_the_same_are_one_area_without_a_line(plt: Any) -> None:
    ax = decision_boundary(linear([[0.0, 0.0, 1.0]] * 3), X, Y, resolution=8)
    assert lines(ax) == []
    ax.figure.canvas.draw()


def test_the_legend_stands_where_no_example_is(plt: Any) -> None:
    for corner in [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]:
        others = [c for c in [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)] if c != corner]
        points = 9.0 * np.array(others)
        ax = decision_boundary(linear([[1.0, 0.0, 0.0]]), points, [0, 1, 1], resolution=8)
        ax.figure.canvas.draw()
        box = ax.get_legend().get_window_extent()
        assert not any(box.contains(*ax.transData.transform(point)) for point in points)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"y": Y + 1}, ArgumentError,
         r"labels 0 and 1, or -1 and \+1, for a model of 2 classes, got 2 in row \d+ of y "
         r"\(10 such rows\); number the classes from 0, and give the model an output for each$"),
        ({"model": THREE, "y": 2 * Y - 1}, ArgumentError,
         "labels 0 to 2 for a model of 3 classes, got -1 in row"),
        ({"y": Y + 0.5}, ArgumentError, r"labels .* got [01]\.5 in row 0 of y \(20 such rows\)"),
        ({"y": ["cat", "dog"] * 10}, InputError,
         r"class numbers in y, got 'cat'; number .* y = np\.unique\(y, return_inverse=True\)$"),
        ({"y": np.zeros((20, 3))}, ShapeError, r"y of shape \(n,\) or \(n, 2\), got \(20, 3\)"),
        ({"model": THREE, "threshold": 0.5}, ArgumentError,
         r"a threshold for a model of one output only, got 0\.5 and 3 outputs, .*; leave it out$"),
        ({"threshold": "high"}, InputError, "a number, got the text 'high'"),
        ({"y": Y[:5]}, ShapeError, r"X of shape .* and \(5,\); y has a label for each row$"),
        ({"names": ["a"]}, ShapeError, r"names for 2 classes, got \['a'\]$"),
        ({"names": "ab"}, ShapeError, "names for 2 classes, got 'ab'$"),
        ({"model": "MLP"}, InputError, "an nn.Module, got 'MLP'; pass the model first$"),
        ({"transform": 3}, InputError, "transform to be a function .*, got 3$"),
        ({"X": np.full((20, 2), np.nan)}, ArgumentError, "finite points, got nan or inf in X"),
    ],
)  # fmt: skip
def test_decision_boundary_refuses(
    plt: Any, given: dict[str, Any], error: type[Exception], message: str
) -> None:
    settings = {"model": linear([[1.0, 0.0, 0.0]]), "X": X, "y": Y} | given
    with pytest.raises(error, match=rf"^decision_boundary (threshold )?expects {message}"):
        decision_boundary(
            settings.pop("model"), settings.pop("X"), settings.pop("y"), resolution=8, **settings
        )
    assert plt.get_fignums() == []


def test_names_of_very_many_classes_stand_beside_the_picture(plt: Any) -> None:
    many = linear([[math.cos(i), math.sin(i), 0.0] for i in range(50)])
    X = np.array([[math.cos(i), math.sin(i)] for i in range(50)])
    ax = decision_boundary(many, X, np.arange(50), resolution=10)
    ax.figure.canvas.draw()  # a warning, that there is no room, would be an error
    legend, area = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert len(ax.get_legend().get_texts()) == 50
    assert legend.x0 > area.x1
    assert area.width > 0.4 * ax.figure.bbox.width


@pytest.mark.parametrize("names", [3, "abc", ["a", "b"]])
def test_names_must_be_as_many_as_classes(plt: Any, names: Any) -> None:
    with pytest.raises(ShapeError, match=r"^decision_boundary expects names for 3 classes, got"):
        decision_boundary(THREE, CORNERS, [0, 1, 2], names=names)
