"""``nn.plots.descent_paths``: the heights, the lines and the paths."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.errors import ArgumentError, InputError, ShapeError
from nn.plots import descent_paths

PATH = np.array([[2.0, 1.0], [1.0, 0.5], [0.25, 0.0]])


def bowl(a: Any, b: Any) -> Any:
    return a**2 + 4.0 * b**2 + 3.0


def contours(ax: Any) -> Any:
    """The contour lines: what is drawn without being filled."""
    (lines,) = (c for c in ax.collections if not getattr(c, "filled", True))
    return lines


@pytest.mark.parametrize(
    "loss",
    [
        bowl,
        lambda point: bowl(*point),
        lambda *point: bowl(*point),
        lambda a, b, c=3.0: a**2 + 4.0 * b**2 + c,
        lambda a, b: ag.Value(a**2) + 4.0 * b**2 + 3.0 if a > 0 else bowl(a, b),  # not compilable
        lambda a, b: float(a) ** 2 + 4.0 * math.pow(b, 2) + 3.0,
        lambda a, b: np.sum([a * a, 4.0 * b * b, 3.0]),
    ],
)
def test_the_lines_are_where_the_loss_has_their_level_however_it_is_written(
    plt: Any, loss: Any
) -> None:
    lines = contours(descent_paths(loss, {"path": PATH}))
    seen = 0
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        for a, b in path.vertices:
            assert bowl(a, b) == pytest.approx(level, rel=5e-3)
            seen += 1
    assert seen > 500


def test_levels_are_spaced_by_a_factor_above_the_lowest(plt: Any) -> None:
    ax = descent_paths(bowl, {"path": PATH}, xlim=(-2.0, 2.0), ylim=(-2.0, 2.0))
    above = contours(ax).levels - 3.0
    assert above[1:] / above[:-1] == pytest.approx(1000.0 ** (1 / 15), rel=0.06)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-2.0, 2.0), (-2.0, 2.0))


def test_each_path_is_a_line_with_a_circle_at_its_start_and_a_cross_at_its_end(plt: Any) -> None:
    ax = descent_paths(bowl, {"first": PATH, "$2$": PATH[:, ::-1].tolist()}, names=("w", "b"))
    lines = ax.get_lines()
    assert lines[0].get_xydata().tolist() == PATH.tolist()
    assert lines[3].get_xydata().tolist() == PATH[:, ::-1].tolist()
    for i, way in ((0, PATH), (3, PATH[:, ::-1])):
        start, end = lines[i + 1], lines[i + 2]
        assert (start.get_marker(), start.get_xydata().tolist()) == ("o", [way[0].tolist()])
        assert (end.get_marker(), end.get_xydata().tolist()) == ("X", [way[-1].tolist()])
        assert end.get_color() == lines[i].get_color()
    assert lines[0].get_color() != lines[3].get_color()
    assert lines[0].get_linestyle() != lines[3].get_linestyle()
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == ["first", r"\$2\$", "start", "end"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w", "b")
    for limits, column in ((ax.get_xlim(), PATH), (ax.get_ylim(), PATH)):
        assert limits[0] < column.min()
        assert limits[1] > column.max()


def test_a_recorded_path_of_two_parameters_can_be_given_as_it_is(plt: Any) -> None:
    neuron, path = nn.Neuron(1, "linear", rng=0), nn.ParameterPath()
    nn.fit(
        neuron, [[0.0], [1.0]], [1.0, 3.0], loss="mse_loss", optimizer=nn.SGD(lr=0.1), epochs=5,
        verbose=0, callbacks=[path],
    )  # fmt: skip

    def loss(w: Any, b: Any) -> Any:
        return ag.mean([(w * x + b - y) ** 2 for x, y in ((0.0, 1.0), (1.0, 3.0))])

    (line, *_) = descent_paths(loss, {"gradient descent": path}).get_lines()
    assert line.get_xydata().tolist() == path.path.tolist()


def test_points_that_are_not_finite_are_left_out(plt: Any) -> None:
    way = [[1.0, 1.0], [2.0, 2.0], [math.inf, -math.inf], [math.nan, 0.0]]
    ax = descent_paths(lambda a, b: ag.log(a) + ag.log(b), {"path": way})  # nan below 0
    line, _, end = ax.get_lines()[:3]
    assert np.isfinite(line.get_xydata()).all(axis=1).tolist() == [True, True, False, False]
    assert end.get_xydata().tolist() == [[2.0, 2.0]]
    assert ax.get_xlim()[1] < 3.0
    ax.figure.canvas.draw()


def test_a_loss_that_is_the_same_everywhere_and_a_path_of_one_point_are_drawn(plt: Any) -> None:
    ax = descent_paths(lambda a, b: 1.0, {"path": [[0.0, 0.0]]})
    assert not ax.collections
    ax.figure.canvas.draw()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"loss": 3.0}, InputError, r"a function of two numbers as the loss, got 3\.0$"),
        ({"paths": PATH}, InputError, "paths as a dictionary of a name and an array each, got"),
        ({"paths": {}}, InputError, r"paths as .*, got \{\}; write"),
        ({"paths": {"a": PATH[:, :1]}}, ShapeError,
         r"paths of shape \(n_steps \+ 1, 2\), got \(3, 1\) for 'a'; name two parameters, nn\.Par"),
        ({"paths": {"a": np.full((2, 2), np.nan)}}, ArgumentError, "a finite point, got none"),
        ({"paths": {"a": "abc"}}, InputError, r"numbers in 'a', got 'abc'"),
        ({"xlim": 3}, ArgumentError, r"xlim as \(low, high\), got 3$"),
        ({"ylim": (2.0, 1.0)}, ArgumentError, r"ylim as \(low, high\), got \(2\.0, 1\.0\)$"),
        ({"loss": lambda a: [a]}, ShapeError, "one number, got a list of 1"),
        ({"names": None}, InputError, "names for two parameters, got None$"),
        ({"names": "wb"}, InputError, "names for two parameters, got 'wb'$"),
    ],
)  # fmt: skip
def test_descent_paths_refuses(
    plt: Any, given: dict[str, Any], error: type[Exception], message: str
) -> None:
    settings = {"loss": bowl, "paths": {"path": PATH}} | given
    with pytest.raises(error, match=f"^descent_paths (loss )?expects .*{message}"):
        descent_paths(settings.pop("loss"), settings.pop("paths"), **settings)
    assert plt.get_fignums() == []


def test_a_mistake_in_the_loss_is_told_as_python_tells_it(plt: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        descent_paths(lambda a, b: 1 / 0, {"path": PATH})


def test_a_loss_that_is_nan_everywhere_leaves_the_paths_alone(plt: Any) -> None:
    ax = descent_paths(lambda a, b: float("nan"), {"path": PATH})
    ax.figure.canvas.draw()
    assert ax.get_lines()[0].get_xdata().tolist() == PATH[:, 0].tolist()
    assert not ax.collections
