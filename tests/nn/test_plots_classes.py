"""Confusion matrix, mistakes and first-layer weights: what is in their cells and images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError, InputError, ShapeError
from nn.plots import confusion_matrix, images, mistakes, weights

COUNTS = np.array([[8, 2, 0], [0, 5, 5], [0, 0, 0]])


def cells(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.texts]


def ticks(axis: Any) -> list[str]:
    return [text.get_text() for text in axis.get_ticklabels()]


class Says(nn.Module):
    """A model whose outputs are its inputs, the first ``n`` of them."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __call__(self, x: Any) -> Any:
        return x[0] if self.n == 1 else list(x[: self.n])


# --- the confusion matrix ------------------------------------------------------------------------


def test_rows_are_true_classes_columns_predicted_ones_and_zeros_are_faint(plt: Any) -> None:
    ax = confusion_matrix(COUNTS, names=["a", "b", "$c$"])
    assert cells(ax) == ["8", "2", "0", "0", "5", "5", "0", "0", "0"]
    assert ax.texts[1].get_position() == (1, 0)  # across, down
    assert len({text.get_color() for text in ax.texts if text.get_text() != "0"}) == 1
    assert ax.texts[2].get_color() != ax.texts[0].get_color()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    assert ticks(ax.xaxis) == ticks(ax.yaxis) == ["a", "b", r"\$c\$"]
    assert ax.get_title() == "accuracy 65.0%, 7 of 20 wrong"
    ax.figure.canvas.draw()


def test_right_answers_are_blue_mistakes_orange_and_more_is_darker(plt: Any) -> None:
    (image,) = confusion_matrix(COUNTS).get_images()
    colours = image.get_array()
    red, blue = colours[..., 0], colours[..., 2]
    assert (blue > red).tolist() == [[True, False, False], [False, True, False], [False] * 3]
    assert (red > blue).tolist() == [[False, True, False], [False, False, True], [False] * 3]
    assert colours[0, 0].sum() < colours[1, 1].sum()
    assert colours[1, 2].sum() < colours[0, 1].sum()
    for empty in (colours[0, 2], colours[2, 2]):
        assert np.array_equal(empty, [1.0, 1.0, 1.0])


def test_shares_are_those_of_each_row(plt: Any) -> None:
    shown = cells(confusion_matrix(COUNTS, shares=True))
    assert shown == ["80%", "20%", "0", "0", "50%", "50%", "0", "0", "0"]


@pytest.mark.parametrize("labels", [[0, 2, 1, 1], np.eye(3)[[0, 2, 1, 1]]])
def test_a_model_is_asked_for_the_class_of_its_largest_output(plt: Any, labels: Any) -> None:
    X = [[3.0, 1.0, 2.0], [0.0, 1.0, 2.0], [0.0, 1.0, 2.0], [0.0, 5.0, 2.0]]
    ax = confusion_matrix(Says(3), X, labels)
    assert cells(ax) == ["1", "0", "0", "0", "1", "1", "0", "0", "1"]


@pytest.mark.parametrize(
    ("labels", "threshold", "names", "counts"),
    [
        ([0, 1, 1], None, ["0", "1"], ["1", "0", "1", "1"]),
        ([-1, 1, 1], None, ["-1", "+1"], ["1", "0", "1", "1"]),
        ([0, 1, 1], -2.0, ["0", "1"], ["1", "0", "0", "2"]),
    ],
)
def test_one_output_tells_two_classes_apart_by_the_threshold(
    plt: Any, labels: Any, threshold: Any, names: list[str], counts: list[str]
) -> None:
    ax = confusion_matrix(Says(1), [[-3.0], [-1.0], [2.0]], labels, threshold=threshold)
    assert ticks(ax.xaxis) == names
    assert cells(ax) == counts


def test_very_many_classes_are_drawn_without_numbers(plt: Any) -> None:
    assert cells(confusion_matrix(np.eye(40, dtype=int))) == []
    assert confusion_matrix(np.zeros((2, 2), dtype=int)).get_title() == "0 of 0 wrong"


def test_long_names_stand_upright_below_the_columns(plt: Any) -> None:
    for name, rotation in (("a", 0.0), ("a long name of a class", 90.0)):
        ax = confusion_matrix(COUNTS, names=[name] * 3)
        assert ax.get_xticklabels()[0].get_rotation() == rotation


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((Says(3),), InputError, "X and y beside the model; pass both$"),
        ((COUNTS, [[1.0]], [1]), InputError,
         r"an nn\.Module before X and y, got ndarray; of outputs draw nn\.confusion_matrix\(out"),
        ((np.zeros((2, 3)),), ShapeError, r"counts of shape \(n_classes, .*, got \(2, 3\); of out"),
        ((np.eye(2) / 2,), InputError, "counts, whole numbers of at least 0, got"),
        ((-np.eye(2, dtype=int),), InputError, "counts, whole numbers of at least 0, got"),
        ((Says(3), np.zeros((2, 3)), [0, 3]), ArgumentError,
         "labels 0 to 2 for a model of 3 classes, got 3 in row 1"),
        ((Says(3), np.zeros((2, 3)), [[0, 1, 0], [1, 1, 0]]), ArgumentError,
         r"rows of y with a 1 for the class, .*, got \[1, 1, 0\] in row 1 of y \(1 such"),
        ((Says(3), np.zeros((2, 3)), [[0.5, 0.4, 0.0], [0, 0, 0]]), ArgumentError,
         r"rows of y .*, got \[0\.5, 0\.4, 0\.0\] in row 0 of y \(2 such rows\)"),
        ((Says(3), np.zeros((1, 3)), [[1.5, -0.5, 0.0]]), ArgumentError, r"rows of y .*, got \[1"),
        ((Says(3), np.zeros((1, 3)), [[math.nan] * 3]), ArgumentError, r"rows of y .*, got \[nan"),
        ((Says(3), np.zeros((2, 3)), [0]), ShapeError,
         r"one label per row of X .*, got X of shape \(2, 3\) and y of shape \(1,\)$"),
        ((Says(1), [[math.nan]], [0]), ArgumentError, "finite outputs, got nan or inf"),
    ],
)  # fmt: skip
def test_confusion_matrix_refuses(
    plt: Any, given: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^confusion_matrix expects {message}"):
        confusion_matrix(*given)
    assert plt.get_fignums() == []


# --- mistakes ------------------------------------------------------------------------------------

# images of four pixels; the outputs are the first three
SURE = [[9.0, 0.0, 0.0, 0.5], [5.0, 4.0, 0.0, 0.5], [0.0, 7.0, 0.0, 0.5], [0.0, 1.0, 3.0, 0.5]]


def test_mistakes_are_shown_with_prediction_and_truth_the_surest_first(plt: Any) -> None:
    ax = mistakes(Says(3), SURE, [0, 1, 2, 1])
    assert cells(ax) == ["1 not 2", "2 not 1", "0 not 1"]  # by 7, 2 and 1
    shown = [image.get_array().ravel().tolist() for image in ax.get_images()]
    assert shown == [SURE[2], SURE[3], SURE[1]]
    assert ax.get_title() == "3 mistakes in 4 examples"


def test_no_more_mistakes_are_shown_than_asked_for_and_the_title_says_so(plt: Any) -> None:
    ax = mistakes(Says(3), SURE, [0, 1, 2, 1], n=1, names=["a", "b", "c"])
    assert cells(ax) == ["b not c"]
    assert ax.get_title() == "the surest 1 of 3 mistakes in 4 examples"


def test_of_one_output_the_surest_is_the_farthest_from_the_threshold(plt: Any) -> None:
    X = [[0.9, 0, 0, 0], [-4.0, 0, 0, 0], [3.0, 0, 0, 0], [2.0, 0, 0, 0]]
    ax = mistakes(Says(1), X, [-1, 1, -1, 1])
    assert cells(ax) == ["-1 not +1", "+1 not -1", "+1 not -1"]
    assert [image.get_array()[0, 0] for image in ax.get_images()] == [-4.0, 3.0, 0.9]


def test_without_a_mistake_the_plot_says_so(plt: Any) -> None:
    ax = mistakes(Says(3), SURE, [0, 0, 1, 2])
    assert cells(ax) == ["no mistakes in 4 examples"]


def test_mistakes_refuses(plt: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^mistakes expects n to be a whole number .*, got 0$"):
        mistakes(Says(3), SURE, [0, 1, 2, 1], n=0)
    with pytest.raises(ShapeError, match=r"^mistakes expects one label per row of X"):
        mistakes(Says(3), SURE, [0])
    with pytest.raises(
        ShapeError, match=r"^mistakes expects X of shape \(n, size\*size\), at least"
    ):
        mistakes(Says(3), [[1.0, 2.0, 3.0]], [0])


def test_images_beyond_0_and_1_are_drawn_on_their_own_scale(plt: Any) -> None:
    for pixels, limits in (([[0.0, 1.0, 0.5, 0.2]], (0.0, 1.0)), ([[-2, 3, 0, 0]], (-2.0, 3.0))):
        assert images(pixels).get_images()[0].get_clim() == limits


# --- weights -------------------------------------------------------------------------------------


def test_the_weights_of_each_neuron_are_an_image_on_one_scale_for_all(plt: Any) -> None:
    model = nn.MLP(9, [5, 2], seed=0)
    numbers = np.array([[w.data for w in neuron.w] for neuron in model.layers[0].neurons])
    reach = np.abs(numbers).max()
    for given in (model, model.layers[0], numbers, numbers.tolist()):
        ax = weights(given)
        shown = ax.get_images()
        assert np.array_equal([i.get_array() for i in shown], numbers.reshape(5, 3, 3))
        assert {image.get_clim() for image in shown} == {(-reach, reach)}
        assert cells(ax) == ["0", "1", "2", "3", "4"]
        assert ax.get_title() == (
            f"weights of 5 neurons\nblue −{reach:.2g}, white 0, orange +{reach:.2g}"
        )
        ax.figure.canvas.draw()


def test_negative_weights_are_blue_positive_ones_orange_and_0_is_nearly_white(plt: Any) -> None:
    (image,) = weights([[-1.0, 0.0, 0.5, 1.0]]).get_images()
    low, zero, _, high = image.cmap(image.norm(image.get_array().ravel()))
    assert low[2] > low[0]
    assert high[0] > high[2]
    assert min(zero) > 0.95


def test_neurons_can_be_chosen_and_stand_row_by_row(plt: Any) -> None:
    numbers = np.arange(40.0).reshape(10, 4)
    ax = weights(numbers, neurons=[7, 2, 9], columns=2)
    first, second, third = ax.get_images()
    assert cells(ax) == ["7", "2", "9"]
    assert np.array_equal(first.get_array(), numbers[7].reshape(2, 2))
    assert second.get_extent()[0] > first.get_extent()[1]
    assert third.get_extent()[:2] == first.get_extent()[:2]
    assert third.get_extent()[3] > first.get_extent()[2]
    assert ax.get_title().startswith("weights of 3 of 10 neurons\n")


def test_of_many_neurons_64_are_shown_and_the_title_says_so(plt: Any) -> None:
    ax = weights(np.ones((70, 4)))
    assert len(ax.get_images()) == 64
    assert ax.get_title().startswith("weights of 64 of 70 neurons\n")


def test_a_single_neuron_and_weights_of_0_are_drawn(plt: Any) -> None:
    ax = weights(nn.Neuron(4, rng=0))
    assert ax.get_title().startswith("weights of 1 neuron\n")
    weights(np.zeros((1, 4))).figure.canvas.draw()


@pytest.mark.parametrize(
    ("model", "given", "error", "message"),
    [
        (nn.MLP(3, [2], seed=0), {}, ShapeError,
         r"neurons of size\*size inputs, such as 49 or 784, got an array of shape \(2, 3\)$"),
        (np.zeros((0, 4)), {}, ShapeError, r"neurons .*, got an array of shape \(0, 4\)$"),
        (np.zeros(4), {}, ShapeError, r"an array of shape \(n, n_inputs\), got shape \(4,\)"),
        (Says(3), {}, InputError,
         r"an nn\.MLP, an nn\.Layer or an array \(n_neurons, n_inputs\), got Says\(\); pass"),
        (np.full((1, 4), np.inf), {}, ArgumentError, "finite weights, got nan or inf"),
        (np.ones((3, 4)), {"neurons": [3]}, ArgumentError, r"neurons from 0 to 2, got \[3\]$"),
        (np.ones((3, 4)), {"neurons": [0.5]}, ArgumentError, r"neurons from 0 to 2, got \[0\.5\]$"),
        (np.ones((3, 4)), {"neurons": []}, ArgumentError, r"neurons from 0 to 2, got \[\]$"),
        (np.ones((3, 4)), {"columns": 0}, ArgumentError, "columns to be a whole number of at leas"),
    ],
)  # fmt: skip
def test_weights_refuses(
    plt: Any, model: Any, given: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^weights expects {message}"):
        weights(model, **given)
    assert plt.get_fignums() == []


def test_of_very_many_classes_as_many_are_named_as_can_be_read(plt: Any) -> None:
    ax = confusion_matrix(np.eye(60, dtype=int))
    assert ticks(ax.xaxis) == ticks(ax.yaxis) == [str(i) for i in range(0, 60, 3)]
    assert ticks(confusion_matrix(np.eye(26, dtype=int)).yaxis) == [str(i) for i in range(26)]


@pytest.mark.parametrize(
    "labels", [[[1, 0, 0], [0, 0, 1]], [[1, -1, -1], [-1, -1, 1]], [[0.5, 0.3, 0.2], [0.1, 0, 0.9]]]
)
def test_labels_may_be_rows_of_which_the_largest_counts(plt: Any, labels: Any) -> None:
    ax = confusion_matrix(Says(3), np.eye(3)[[0, 2]], labels)
    assert ax.get_title() == "accuracy 100.0%, 0 of 2 wrong"
