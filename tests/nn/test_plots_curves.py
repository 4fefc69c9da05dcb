"""Plots that are lines: learning curves, largest weights, schedules, losses, a fitted curve."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError, InputError, ShapeError
from nn.losses.registry import ROWS
from nn.plots import fitted_curve, learning_curves, loss_functions, max_weights, schedule
from tests.nn.closed_forms import closed_form

NAN, INF = math.nan, math.inf


def labels(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


# --- learning curves -----------------------------------------------------------------------------


def test_what_is_not_finite_is_a_gap_and_a_number_between_gaps_a_dot(plt: Any) -> None:
    ax = learning_curves(nn.History({"loss": [3.0, NAN, 2.0, INF, 1.0, 1e200]}))
    (line,) = ax.get_lines()
    drawn = line.get_ydata()
    assert np.array_equal(drawn, [3.0, NAN, 2.0, NAN, 1.0, NAN], equal_nan=True)
    assert (line.get_marker(), line.get_markevery()) == ("o", [0, 2, 4])
    ax.figure.canvas.draw()
    (whole,) = learning_curves(nn.History({"loss": [3.0, 2.0]})).get_lines()
    assert whole.get_marker() == "None"


def test_columns_that_are_no_figures_of_merit_are_left_out(plt: Any) -> None:
    history = nn.History(
        {"loss": [1.0, 2.0], "lr": [0.1, 0.1], "confusion_matrix": [np.eye(2), np.eye(2)]}
    )
    ax = learning_curves(history)
    assert labels(ax) == ["loss"]
    assert ax.figure.axes == [ax]


def test_metrics_differ_in_colour_and_share_it_with_their_validation(plt: Any) -> None:
    columns = {name: [0.5, 0.6] for name in ("loss", "accuracy", "recall_$x$")}
    columns |= {f"validation_{name}": [0.4, 0.5] for name in columns}
    ax = learning_curves(nn.History(columns))
    lines = [line for side in ax.figure.axes for line in side.get_lines()]
    colours = {line.get_label(): line.get_color() for line in lines}
    assert len(set(colours.values())) == 3
    for name in ("loss", "accuracy", r"recall \$x\$"):
        assert colours[f"training {name}"] == colours[f"validation {name}"]
    assert ax.figure.axes[1].get_ylabel() == r"accuracy and recall \$x\$"
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1  # it hides no line


def test_the_loss_can_have_a_logarithmic_axis_where_it_is_above_0(plt: Any) -> None:
    above = nn.History({"loss": [1.0, 0.01], "accuracy": [0.5, 0.6]})
    ax = learning_curves(above, log=True)
    assert [side.get_yscale() for side in ax.figure.axes] == ["log", "linear"]
    assert learning_curves(above).get_yscale() == "linear"
    assert learning_curves(nn.History({"loss": [0.0, -1.0]}), log=True).get_yscale() == "linear"


def test_the_epoch_whose_weights_were_given_back_is_marked(plt: Any) -> None:
    history = nn.History({"loss": [3.0, 1.0, 2.0]})
    assert labels(learning_curves(history)) == ["loss"]
    history.best_epoch = 2
    ax = learning_curves(history)
    assert labels(ax) == ["loss", "best, epoch 2"]
    assert list(ax.get_lines()[-1].get_xdata()) == [2, 2]


def test_one_epoch_has_one_tick_and_its_dots_do_not_hide_each_other(plt: Any) -> None:
    ax = learning_curves(nn.History({"loss": [1.0], "accuracy": [0.5]}))
    assert ax.get_xticks().tolist() == [1]
    loss, accuracy = (side.get_lines()[0] for side in ax.figure.axes)
    assert (loss.get_fillstyle(), accuracy.get_fillstyle()) == ("full", "none")
    assert accuracy.get_markersize() > loss.get_markersize()


def test_learning_curves_refuses_what_is_no_history(plt: Any) -> None:
    with pytest.raises(InputError, match=r"^learning_curves expects an nn\.History, got \{\}; p"):
        learning_curves({})  # type: ignore[arg-type]


# --- the largest weights -------------------------------------------------------------------------


def test_the_largest_weight_of_each_layer_is_a_line_from_epoch_0_on(plt: Any) -> None:
    X, y = nn.data.moons(20, seed=0)
    sizes = nn.WeightSizes()
    nn.fit(
        nn.MLP(2, [4, 3, 1], seed=0), X, 2 * y - 1, loss="hinge_loss", optimizer=nn.SGD(lr=0.1),
        epochs=3, verbose=0, callbacks=[sizes],
    )  # fmt: skip
    ax = max_weights(sizes)
    assert [line.get_label() for line in ax.get_lines()] == sizes.layers
    for line in ax.get_lines():
        assert list(line.get_xdata()) == [0, 1, 2, 3]
        assert line.get_ydata().tolist() == sizes.largest[line.get_label()]
    assert [text.get_text() for text in ax.texts] == sizes.layers
    assert ax.get_ylim()[0] == 0.0
    ax.figure.canvas.draw()


def test_max_weights_refuses_what_has_nothing_to_show(plt: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^max_weights expects sizes .* none yet; give it"):
        max_weights(nn.WeightSizes())
    with pytest.raises(InputError, match=r"^max_weights expects an nn\.WeightSizes, got \[1\.0\]$"):
        max_weights([1.0])  # type: ignore[arg-type]


# --- schedules -----------------------------------------------------------------------------------


def test_a_schedule_is_drawn_over_the_epochs_and_not_beyond(plt: Any) -> None:
    asked: list[float] = []

    def halves(epoch: float) -> float:
        asked.append(epoch)
        return 0.5 ** (epoch // 1)

    ax = schedule(halves, 3)
    (line,) = ax.get_lines()
    x, rates = line.get_data()
    assert min(asked) == 0.0
    assert 2.9 < max(asked) < 3.0
    assert np.array_equal(rates, 0.5 ** (x // 1))
    assert (ax.get_xlim(), ax.get_ylim()[0]) == ((0.0, 3.0), 0.0)


def test_schedule_refuses(plt: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^schedule expects epochs to be a whole .* got 0$"):
        schedule(lambda epoch: 0.1, 0)
    with pytest.raises(InputError, match=r"^schedule expects a function of the epoch, got 0\.1$"):
        schedule(0.1, 5)  # type: ignore[arg-type]


# --- losses --------------------------------------------------------------------------------------

# what the closed forms, which take one output and its target, leave out
FORMULAS: dict[str, Any] = {
    "zero_one_loss": lambda x: float(x <= 0.0),
    "cross_entropy": lambda x: math.log1p(math.exp(-x)),
    "binary_cross_entropy": lambda x: -math.log(x),
    "categorical_cross_entropy": lambda x: -math.log(x),
}


def formula(name: str, x: float) -> float:
    """What a loss costs at an error, a margin or a probability of x."""
    if name in FORMULAS:
        return float(FORMULAS[name](x))
    return closed_form(name)(x, 0.0 if ROWS[name].outputs == "quantity" else 1.0)


@pytest.mark.parametrize("name", nn.losses.LOSSES)
def test_a_loss_is_drawn_as_its_formula_says(plt: Any, name: str) -> None:
    ax = loss_functions(name)
    (line,) = ax.get_lines()
    x, costs = line.get_data()
    assert costs == pytest.approx([formula(name, number) for number in x])
    assert line.get_label() == f"{name}: {ROWS[name].formula}"


def test_the_zero_one_loss_falls_within_a_hairs_breadth(plt: Any) -> None:
    x, costs = loss_functions("zero_one_loss").get_lines()[0].get_data()
    (falls,) = np.flatnonzero(np.diff(costs))
    assert (x[falls], costs[falls], costs[falls + 1]) == (0.0, 1.0, 0.0)
    assert x[falls + 1] < 1e-6


@pytest.mark.parametrize(
    ("names", "label", "limits"),
    [
        (["l1_loss", "mse_loss"], "x: the error, output − target", (-3.0, 3.0)),
        (["hinge_loss", "zero_one_loss"], "x: the margin, output × target", (-3.0, 3.0)),
        ("binary_cross_entropy", "x: the probability of the right answer", (0.0, 1.0)),
        (["mse_loss", "hinge_loss"],
         "x: the error, output − target,\nor the margin, output × target", (-3.0, 3.0)),
    ],
)  # fmt: skip
def test_the_axis_says_against_what_losses_are_drawn(
    plt: Any, names: Any, label: str, limits: tuple[float, float]
) -> None:
    ax = loss_functions(names)
    assert ax.get_xlabel() == label
    assert ax.get_xlim() == limits


def test_the_usual_losses_are_the_lessons(plt: Any) -> None:
    ax = loss_functions()
    drawn = [label.split(":")[0] for label in labels(ax)]
    assert drawn == [
        "l1_loss", "mse_loss", "zero_one_loss", "hinge_loss", "logistic_loss",
        "binary_cross_entropy",
    ]  # fmt: skip
    assert len({(line.get_color(), line.get_linestyle()) for line in ax.get_lines()}) == 6
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1  # above, not on them


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("mse", "names among l1_loss, mse_loss, .*, got 'mse'$"),
        ([abs], "names among .*, got <built-in function abs>$"),
        (3, "names among .*, got 3$"),
        ([], "one name or more, got none; leave names out$"),
    ],
)
def test_loss_functions_refuses(plt: Any, names: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^loss_functions expects {message}"):
        loss_functions(names)
    assert plt.get_fignums() == []


# --- a fitted curve ------------------------------------------------------------------------------


def line(slope: float, height: float) -> nn.MLP:
    model = nn.MLP(1, [1], seed=0)
    model.layers[0].neurons[0].w[0].data, model.layers[0].neurons[0].b.data = slope, height
    return model


@pytest.mark.parametrize("X", [[0.0, 1.0, 4.0], [[0.0], [1.0], [4.0]]])
def test_the_curve_is_the_models_and_the_dots_are_the_examples(plt: Any, X: Any) -> None:
    ax = fitted_curve(line(2.0, 1.0), X, [1.0, 3.0, 8.0], truth=np.square)
    (dots,) = ax.collections
    assert dots.get_offsets().tolist() == [[0.0, 1.0], [1.0, 3.0], [4.0, 8.0]]
    truth, curve = ax.get_lines()
    x, y = curve.get_data()
    assert y == pytest.approx(2.0 * x + 1.0)
    assert truth.get_ydata() == pytest.approx(x**2)
    assert x[0] < 0.0 < 4.0 < x[-1]
    assert labels(ax) == ["examples", "truth", "model"]


def test_the_curve_is_drawn_in_the_inputs_own_units(plt: Any) -> None:
    ax = fitted_curve(line(1.0, 0.0), [10.0, 20.0], [1.0, 2.0], transform=lambda X: X / 10.0)
    x, y = ax.get_lines()[0].get_data()
    assert y == pytest.approx(x / 10.0)


def test_one_example_is_enough_for_a_curve(plt: Any) -> None:
    fitted_curve(line(1.0, 0.0), [3.0], [3.0]).figure.canvas.draw()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"X": np.zeros((3, 2))}, ShapeError, r"X of shape \(n, 1\) .*, got \(3, 2\) and \(3,\)$"),
        ({"y": [1.0]}, ShapeError, r".*one row or more, got \(3, 1\) and \(1,\)$"),
        ({"X": [], "y": []}, ShapeError, r".*one row or more, got \(0, 1\) and \(0,\)$"),
        ({"y": ["a", "b", "c"]}, InputError, r"numbers in y, got 'a' in it"),
        ({"model": nn.MLP(1, [2], seed=0)}, ShapeError, "a model of one output, got 2 outputs$"),
        ({"model": line(NAN, 0.0)}, ArgumentError, "finite outputs, got nan or inf from the mod"),
        ({"model": None}, InputError, "an nn.Module, got None"),
    ],
)
def test_fitted_curve_refuses(
    plt: Any, given: dict[str, Any], error: type[Exception], message: str
) -> None:
    settings = {"model": line(1.0, 0.0), "X": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]} | given
    with pytest.raises(error, match=f"^fitted_curve expects {message}"):
        fitted_curve(settings["model"], settings["X"], settings["y"])
    assert plt.get_fignums() == []


def test_only_what_has_a_validation_beside_it_is_called_training(plt: Any) -> None:
    ax = learning_curves(nn.History({"loss": [1.0], "validation_loss": [2.0], "norm": [3.0]}))
    assert labels(ax) == ["training loss", "validation loss", "norm"]


def test_more_metrics_than_fit_along_the_axis_are_called_metrics(plt: Any) -> None:
    columns = {"loss": [1.0]} | {f"m{i}": [0.5] for i in range(4)}
    assert learning_curves(nn.History(columns)).figure.axes[1].get_ylabel() == "metrics"
    del columns["m3"]
    right = learning_curves(nn.History(columns)).figure.axes[1]
    assert right.get_ylabel() == "m0 and m1 and m2"


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        (lambda: 0.1, r"schedule expects a function of one number, .* says: .*0 positional"),
        (lambda epoch: "x", "schedule rate expects a number, got the text 'x'"),
    ],
)
def test_a_schedule_that_gives_no_rate_is_refused(plt: Any, rate: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        schedule(rate, 3)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("truth", [math.sin, np.sin, lambda x: np.sin(x), lambda x: math.sin(x)])
def test_the_truth_may_be_a_function_of_numbers_or_of_arrays(plt: Any, truth: Any) -> None:
    ax = fitted_curve(line(1.0, 0.0), [0.0, 1.0], [0.0, 1.0], truth=truth)
    across, drawn = ax.get_lines()[0].get_data()
    assert drawn == pytest.approx(np.sin(across), abs=1e-15)


def test_a_truth_that_is_the_same_everywhere_is_drawn(plt: Any) -> None:
    ax = fitted_curve(line(1.0, 0.0), [0.0, 1.0], [0.0, 1.0], truth=lambda x: 2.0)
    assert set(ax.get_lines()[0].get_ydata()) == {2.0}


def test_a_truth_that_is_no_function_is_refused(plt: Any) -> None:
    with pytest.raises(InputError, match=r"^fitted_curve expects truth to be a function of an arr"):
        fitted_curve(line(1.0, 0.0), [0.0, 1.0], [0.0, 1.0], truth=[1.0, 2.0])  # type: ignore[arg-type]
    assert plt.get_fignums() == []


def test_rows_of_several_lengths_are_refused_by_name(plt: Any) -> None:
    with pytest.raises(InputError, match=r"^fitted_curve expects numbers in X, got a list that"):
        fitted_curve(line(1.0, 0.0), [[1.0], [2.0, 3.0]], [0.0, 1.0])
