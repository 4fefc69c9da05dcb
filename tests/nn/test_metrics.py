"""Accuracy: what counts as right."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError, InputError, ShapeError


@pytest.mark.parametrize(
    ("outputs", "y", "expected"),
    [
        ([[0.1, 0.9], [0.8, 0.2]], [1, 1], 0.5),
        ([[0.0, 2.0, 1.0], [5.0, 2.0, 1.0], [0.0, 0.0, 9.0]], [1, 0, 2], 1.0),
        ([[3.0, 3.0]], [0], 1.0),
        ([-1.5, 2.0], [0, 1], 1.0),
        ([-1.5, 2.0], [-1, 1], 1.0),
        ([-1.5, 2.0, 0.1, -0.1], [1, 1, 0, 0], 0.5),
        ([0.0], [1], 0.0),
        ([0.0], [0], 1.0),
    ],
)
def test_accuracy_is_the_share_of_right_predictions(outputs: Any, y: Any, expected: float) -> None:
    assert nn.accuracy(outputs, y) == expected
    assert nn.accuracy(np.array(outputs), np.array(y)) == expected
    assert type(nn.accuracy(outputs, y)) is float


def test_accuracy_is_one_minus_the_mean_zero_one_loss() -> None:
    rng = np.random.default_rng(0)
    outputs, y = rng.normal(size=(50, 4)), rng.integers(0, 4, 50)
    wrong = [nn.zero_one_loss(o, t) for o, t in zip(outputs, y, strict=True)]
    assert nn.accuracy(outputs, y) == pytest.approx(1.0 - np.mean(wrong))
    wrong = [nn.zero_one_loss(o, t) for o, t in zip(outputs[:, 0], y > 1, strict=True)]
    assert nn.accuracy(outputs[:, 0], y > 1) == pytest.approx(1.0 - np.mean(wrong))


def test_the_threshold_of_a_probability_is_a_half() -> None:
    assert nn.accuracy([0.4, 0.6], [0, 1], threshold=0.0) == 0.5
    assert nn.accuracy([0.4, 0.6], [0, 1], threshold=0.5) == 1.0


@pytest.mark.parametrize(
    ("outputs", "y", "shapes"),
    [
        ([0.5, 0.5], [1], r"\(2,\) and \(1,\)"),
        ([[0.5, 0.5]], [[0, 1, 0]], r"\(1, 2\) and \(1, 3\)"),
        ([], [], r"\(0,\) and \(0,\)"),
        (0.5, 1, r"\(\) and \(\)"),
        (np.zeros((2, 2, 2)), [0, 1], r"\(2, 2, 2\) and \(2,\)"),
    ],
)
def test_accuracy_refuses_shapes_that_do_not_belong_together(
    outputs: Any, y: Any, shapes: str
) -> None:
    message = rf"accuracy expects outputs of shape \(n,\) or .* got {shapes}; y holds one class num"
    with pytest.raises(ShapeError, match=message):
        nn.accuracy(outputs, y)


@pytest.mark.parametrize(
    ("outputs", "y", "expected"),
    [
        ([[0.1, 0.9], [0.8, 0.2]], [[0, 1], [0, 1]], 0.5),  # one-hot
        ([[0.1, 0.9], [0.8, 0.2]], [[False, True], [True, False]], 1.0),
        ([[-1.5], [2.0]], [0, 1], 1.0),  # a list of one output
        ([[-1.5], [2.0]], [[0], [1]], 1.0),
        ([2, 0, 7], [2, 1, 7], 2 / 3),  # labels already
        ([-1, 1], [-1, 1], 1.0),
        ([1.0, 1.0], [True, False], 0.5),
    ],
)
def test_accuracy_takes_one_hot_targets_one_output_and_labels(
    outputs: Any, y: Any, expected: float
) -> None:
    assert nn.accuracy(outputs, y) == expected


@pytest.mark.parametrize(
    ("row", "shown"), [([0.5, 0.5], r"\[0\.5, 0\.5\]"), ([1, 1], r"\[1"), ([0, 0], r"\[0"),
                       ([2, 0], r"\[2")]
)  # fmt: skip
def test_rows_that_are_not_one_hot_are_refused_by_number(row: Any, shown: str) -> None:
    message = rf"^accuracy expects rows of y with a single 1, got {shown}.* in row 1 of y \(1 such"
    with pytest.raises(ArgumentError, match=message):
        nn.accuracy([[0.5, 0.1]] * 2, [[0, 1], row])


def test_text_labels_are_refused_with_what_to_do() -> None:
    message = r"^confusion_matrix expects y to hold class numbers, got \['cat'\] in it; number the"
    with pytest.raises(InputError, match=message):
        nn.confusion_matrix([1.0, 2.0], ["cat", "dog"])


def test_a_confusion_matrix_has_true_classes_in_rows_and_predicted_ones_in_columns() -> None:
    outputs = np.eye(3)[[0, 1, 1, 2, 2, 2]]
    found = nn.confusion_matrix(outputs, [0, 1, 2, 2, 2, 0])
    assert found.tolist() == [[1, 0, 1], [0, 1, 0], [0, 1, 2]]
    assert found.dtype.kind == "i"
    assert nn.confusion_matrix(outputs, np.eye(3)[[0, 1, 2, 2, 2, 0]]).tolist() == found.tolist()
    assert nn.confusion_matrix([0, 1, 1, 2, 2, 2], [0, 1, 2, 2, 2, 0]).tolist() == found.tolist()


@pytest.mark.parametrize(
    "y", [[0, 0, 1, 1, 1], [-1, -1, 1, 1, 1], [False, False, True, True, True]]
)
def test_a_confusion_matrix_of_one_output_is_no_against_yes(y: Any) -> None:
    outputs = [-1.0, 2.0, 0.3, 0.7, -0.1]
    assert nn.confusion_matrix(outputs, y).tolist() == [[1, 1], [1, 2]]
    assert nn.confusion_matrix(outputs, y, threshold=0.5).tolist() == [[1, 1], [2, 1]]
    assert nn.confusion_matrix([[o] for o in outputs], y).tolist() == [[1, 1], [1, 2]]


def test_the_diagonal_of_a_confusion_matrix_is_the_accuracy() -> None:
    rng = np.random.default_rng(0)
    outputs, y = rng.normal(size=(50, 4)), rng.integers(0, 4, 50)
    found = nn.confusion_matrix(outputs, y)
    assert found.sum() == 50
    assert np.trace(found) / 50 == nn.accuracy(outputs, y)
    assert nn.confusion_matrix(outputs.argmax(axis=1), y, n_classes=6).shape == (6, 6)


@pytest.mark.parametrize(
    ("outputs", "y", "n_classes", "message"),
    [
        (np.eye(3), [0, 1, 3], None, r"from 0 to 2, got 3 in row 2 of y \(1 such row\); number"),
        (np.eye(3), [0, -1, -1], None, r"from 0 to 2, got -1 in row 1 of y \(2 such rows\)"),
        ([0, 5], [0, 1], 3, r"from 0 to 2, got 5 in row 1 of outputs"),
    ],
)
def test_a_label_that_is_not_among_the_classes_is_refused_by_row(
    outputs: Any, y: Any, n_classes: int | None, message: str
) -> None:
    with pytest.raises(ArgumentError, match=f"^confusion_matrix expects class numbers {message}"):
        nn.confusion_matrix(outputs, y, n_classes)


def test_fit_records_a_confusion_matrix_per_epoch() -> None:
    X, y = nn.data.moons(30, noise=0.1, seed=0)
    model = nn.MLP(2, [3, 2], seed=0)
    history = nn.fit(
        model, X, y, loss="cross_entropy", optimizer=nn.SGD(lr=0.0), epochs=2, batch_size=7,
        metrics=["accuracy", "confusion_matrix"], validation=(X[:9], y[:9]), seed=0, verbose=0,
    )  # fmt: skip
    expected = nn.confusion_matrix(model.predict(X), y)
    assert [found.tolist() for found in history["confusion_matrix"]] == [expected.tolist()] * 2
    assert np.trace(expected) / 30 == history["accuracy"][0]
    assert history["validation_confusion_matrix"][1].sum() == 9
    assert history["confusion_matrix"][0].dtype.kind == "i"


def test_fit_counts_what_a_probability_says_by_a_half() -> None:
    X, y = nn.data.moons(30, noise=0.1, seed=0)
    model = nn.MLP(2, [3, 1], output="sigmoid", seed=0)
    history = nn.fit(
        model, X, y, loss="binary_cross_entropy", optimizer=nn.SGD(lr=0.0), epochs=1, verbose=0,
        metrics="confusion_matrix",
    )  # fmt: skip
    expected = nn.confusion_matrix(model.predict(X), y, threshold=0.5)
    assert history["confusion_matrix"][0].tolist() == expected.tolist()
    assert (expected != nn.confusion_matrix(model.predict(X), y, threshold=0.0)).any()


def test_a_metric_that_returns_no_number_is_an_error_that_says_so() -> None:
    X, y = nn.data.moons(10, seed=0)
    message = r"^fit expects the metric 'errors' to return a number, got an array of shape \(10,\)"

    def errors(outputs: Any, y: Any) -> Any:
        return np.abs(outputs - y)

    with pytest.raises(InputError, match=message):
        nn.fit(
            nn.MLP(2, [1], seed=0), X, y, loss="mse_loss", optimizer=nn.SGD(0.1), epochs=1,
            metrics=errors, verbose=0,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("loss", "labels", "threshold"),
    [
        ("mse_loss", (0, 1), 0.5),
        ("l1_loss", (0.0, 1.0), 0.5),
        (partial(nn.huber_loss, delta=2.0), (False, True), 0.5),
        ("half_mse_loss", (-1, 1), 0.0),
        ("binary_cross_entropy_with_logits", (0, 1), 0.0),
    ],
)
def test_fit_counts_a_quantity_as_yes_where_it_is_nearer_to_the_label_of_yes(
    loss: Any, labels: tuple[Any, Any], threshold: float
) -> None:
    X, y = nn.data.moons(40, noise=0.1, seed=0)
    for metric in ("accuracy", nn.accuracy):
        model = nn.MLP(2, [3, 1], seed=1)
        history = nn.fit(
            model, X, np.array(labels)[y], loss=loss, optimizer=nn.SGD(lr=0.0), epochs=1,
            metrics=metric, verbose=0,
        )  # fmt: skip
        expected = [nn.accuracy(model.predict(X), y, threshold=t) for t in (threshold, 0.25)]
        assert history["accuracy"] == [expected[0]]
        assert expected[0] != expected[1]


def test_fit_gives_a_metric_of_this_package_its_threshold_by_name_or_not() -> None:
    X, y = nn.data.moons(40, noise=0.1, seed=0)
    model = nn.MLP(2, [3, 1], output="sigmoid", seed=0)
    history = nn.fit(
        model, X, y, loss="mse_loss", optimizer=nn.SGD(lr=0.0), epochs=1, metrics=[nn.accuracy],
        verbose=0,
    )  # fmt: skip
    assert history["accuracy"] == [nn.accuracy(model.predict(X), y, threshold=0.5)]
    assert history["accuracy"] != [0.5]  # where all are above 0


@pytest.mark.parametrize("metric", [nn.accuracy, nn.confusion_matrix])
@pytest.mark.parametrize("odd", [0.1, float("nan")])
def test_quantities_are_refused_as_labels(metric: Any, odd: float) -> None:
    message = rf"expects labels, which are whole numbers, got {odd:g} in row 1 of y \(1 such row\)"
    with pytest.raises(ArgumentError, match=f"^{metric.__name__} {message}; for quantities leave"):
        metric([0.5, 0.5], [1, odd])


def test_an_output_that_is_nan_is_a_wrong_prediction() -> None:
    nan = float("nan")
    assert nn.accuracy([nan, nan, 1.0], [0, 1, 1]) == pytest.approx(1 / 3)
    assert nn.accuracy([[nan, 1.0], [1.0, nan], [0.0, 1.0]], [0, 1, 1]) == pytest.approx(1 / 3)
    assert [nn.zero_one_loss(nan, 0), nn.zero_one_loss(nan, 1)] == [1.0, 1.0]
    assert [nn.zero_one_loss([nan, 1.0], k) for k in (0, 1)] == [1.0, 1.0]


@pytest.mark.parametrize("n_classes", [2.5, 0, "3"])
def test_a_number_of_classes_is_whole(n_classes: Any) -> None:
    message = f"^confusion_matrix expects n_classes to be a whole number .*, got {n_classes!r}$"
    with pytest.raises(ArgumentError, match=message):
        nn.confusion_matrix([0, 1], [0, 1], n_classes=n_classes)


def test_a_metric_with_settings_has_the_name_of_its_function() -> None:
    X, y = nn.data.moons(40, noise=0.1, seed=0)
    model = nn.MLP(2, [3, 1], seed=0)
    history = nn.fit(
        model, X, y, loss="binary_cross_entropy_with_logits", optimizer=nn.SGD(lr=0.0), epochs=1,
        metrics=[partial(nn.accuracy, threshold=0.3)], verbose=0,
    )  # fmt: skip
    assert history["accuracy"] == [nn.accuracy(model.predict(X), y, threshold=0.3)]


def test_probabilities_taken_for_scores_are_warned_of_where_that_costs_right_answers() -> None:
    probabilities, y = [0.2, 0.3, 0.9], [0, 0, 1]
    said = "got outputs between 0 and 1 only, .* if they are probabilities, pass threshold=0.5"
    with pytest.warns(UserWarning, match=f"^accuracy {said}"):
        assert nn.accuracy(probabilities, y) == pytest.approx(1 / 3)
    with pytest.warns(UserWarning, match=f"^confusion_matrix {said}"):
        assert nn.confusion_matrix(probabilities, y).tolist() == [[0, 2], [0, 1]]
    assert nn.accuracy(probabilities, y, threshold=0.5) == 1.0
    assert nn.accuracy(probabilities, y, threshold=0.0) == pytest.approx(1 / 3)


@pytest.mark.parametrize("scores", [[0.01, 0.01], [0.7, -0.2], [0.7, 1.5], [1.0, 0.0]])
def test_scores_that_serve_as_well_at_zero_are_not_warned_of(scores: list[float]) -> None:
    nn.accuracy(scores, [1, 0])
