"""``fit``: what it does step by step, and what it tells of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value

X, Y = nn.data.moons(10, noise=0.1, seed=0)
SIGNS = 2 * Y - 1


class Recorder(nn.Optimizer):
    """Gradient descent that keeps every gradient it is given."""

    def __init__(self, lr: float = 0.0) -> None:
        self.lr = lr
        self.gradients: list[list[float]] = []

    def update(self, theta: Any, gradient: Any) -> Any:
        self.gradients.append(gradient.tolist())
        return theta - self.lr * gradient


def fresh(*sizes: int, **settings: Any) -> nn.MLP:
    return nn.MLP(2, list(sizes) or [4, 1], "tanh", seed=3, **settings)


def numbers(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


def fit(model: nn.Module, X: Any = X, y: Any = SIGNS, **settings: Any) -> nn.History:
    chosen: dict[str, Any] = {
        "loss": "hinge_loss", "optimizer": nn.SGD(lr=0.1), "epochs": 2, "seed": 0, "verbose": 0,
    } | settings  # fmt: skip
    return nn.fit(model, X, y, **chosen)


def gradient_of_mean(model: nn.MLP, rows: list[int]) -> list[float]:
    model.zero_grad()
    autograd.mean([nn.hinge_loss(model(X[i]), SIGNS[i]) for i in rows]).backward()
    gradient = [p.grad for p in model.parameters()]
    model.zero_grad()
    return gradient


# --- steps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch_size", "batches"),
    [
        (None, [list(range(10))]),
        (10, [list(range(10))]),
        (99, [list(range(10))]),
        (1, [[i] for i in range(10)]),
        (4, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]),
        (np.int64(5), [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]),
    ],
)
def test_every_step_is_given_the_gradient_of_the_mean_loss_of_its_batch(
    batch_size: Any, batches: list[list[int]]
) -> None:
    model, recorder = fresh(), Recorder()
    fit(model, optimizer=recorder, epochs=1, batch_size=batch_size, shuffle=False)
    assert len(recorder.gradients) == len(batches)
    for gradient, rows in zip(recorder.gradients, batches, strict=True):
        assert gradient == pytest.approx(gradient_of_mean(model, rows), rel=1e-12, abs=1e-15)


def test_gradients_left_in_the_parameters_do_not_count() -> None:
    model, recorder = fresh(), Recorder()
    for p in model.parameters():
        p.grad = 100.0
    fit(model, optimizer=recorder, shuffle=False)
    expected = gradient_of_mean(model, list(range(10)))
    assert recorder.gradients[0] == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert recorder.gradients[1] == recorder.gradients[0]


def test_fit_moves_the_model_as_a_loop_written_by_hand_does() -> None:
    trained, by_hand = fresh(), fresh()
    fit(trained, epochs=3, batch_size=4, shuffle=False)
    for _ in range(3):
        for rows in ([0, 1, 2, 3], [4, 5, 6, 7], [8, 9]):
            gradient = gradient_of_mean(by_hand, rows)
            for p, g in zip(by_hand.parameters(), gradient, strict=True):
                p.data -= 0.1 * g
    assert numbers(trained) == pytest.approx(numbers(by_hand), rel=1e-12)


def rows_seen(**settings: Any) -> list[list[float]]:
    """The first input of every row, in the order in which the loss met them, by epoch."""
    seen: list[float] = []

    class Spy(nn.MLP):
        def __call__(self, x: Any) -> Any:
            seen.append(x[0])
            return super().__call__(x)

    fit(Spy(2, [1], seed=0), compile=False, **settings)
    trained_on = seen[len(seen) % 10 :]  # before the first epoch a few rows are tried
    return [trained_on[i : i + 10] for i in range(0, len(trained_on), 10)]


def test_each_epoch_sees_every_row_once_in_an_order_of_its_own() -> None:
    first, second = rows_seen(epochs=2)
    assert sorted(first) == sorted(second) == sorted(X[:, 0].tolist())
    assert first != second
    assert first != X[:, 0].tolist()


def test_without_shuffle_rows_keep_their_order() -> None:
    assert rows_seen(epochs=2, shuffle=False) == [X[:, 0].tolist()] * 2


def test_a_seed_decides_the_order_and_a_generator_moves_on() -> None:
    assert rows_seen(seed=5) == rows_seen(seed=5)
    assert rows_seen(seed=5) != rows_seen(seed=6)
    rng = np.random.default_rng(5)
    assert rows_seen(seed=rng) == rows_seen(seed=5)
    assert rows_seen(seed=rng) != rows_seen(seed=5)


def test_one_seed_gives_the_same_bits_and_another_other_ones() -> None:
    def run(seed: int) -> tuple[list[float], dict[str, list[float]]]:
        model = fresh(6, 1)
        history = fit(model, batch_size=3, epochs=4, seed=seed, optimizer=nn.SGD(0.1, momentum=0.9))
        return numbers(model), history.columns

    assert run(1) == run(1)
    assert run(1)[0] != run(2)[0]


def test_fit_neither_reads_nor_moves_numpys_global_generator() -> None:
    np.random.seed(1)  # noqa: NPY002 -- the global generator is the point
    before = np.random.get_state()[1]  # noqa: NPY002
    fit(fresh(), seed=None)
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_training_separates_the_moons() -> None:
    X, y = nn.data.moons(60, noise=0.05, seed=1)
    model = nn.MLP(2, [8, 1], "tanh", seed=1)
    history = nn.fit(
        model, X, y, loss="binary_cross_entropy_with_logits", metrics="accuracy",
        optimizer=nn.SGD(lr=0.3, momentum=0.9), batch_size=10, epochs=40, seed=0, verbose=0,
    )  # fmt: skip
    assert history["accuracy"][-1] >= 0.97
    assert nn.accuracy(model.predict(X), y) >= 0.97


def test_a_list_of_targets_per_row_and_a_loss_of_ones_own_are_taken() -> None:
    def squares(outputs: Any, target: Any) -> Any:
        return autograd.sum([(o - t) ** 2 for o, t in zip(outputs, target, strict=True)])

    targets = np.column_stack([SIGNS, -SIGNS])
    own, built_in = fresh(4, 2), fresh(4, 2)
    fit(own, y=targets, loss=squares, optimizer=nn.SGD(lr=0.05))
    fit(built_in, y=targets.tolist(), loss=nn.mse_loss, optimizer=nn.SGD(lr=0.1))
    assert numbers(own) == pytest.approx(numbers(built_in), rel=1e-12)


def test_soft_targets_are_taken_by_cross_entropy() -> None:
    shares = np.column_stack([0.25 + 0.5 * Y, 0.75 - 0.5 * Y])
    history = fit(fresh(4, 2), y=shares, loss="cross_entropy", epochs=10)
    assert history["loss"][-1] < history["loss"][0]


# --- history -------------------------------------------------------------------------------------


def test_history_has_a_column_for_the_loss_each_metric_and_their_validation() -> None:
    def error(outputs: Any, y: Any) -> float:
        return float(np.abs(outputs - y).mean())

    history = fit(
        fresh(), epochs=3, metrics=["accuracy", error], validation=(X[:4], SIGNS[:4]), batch_size=3
    )
    assert list(history.columns) == [
        "loss", "accuracy", "error",
        "validation_loss", "validation_accuracy", "validation_error", "lr",
    ]  # fmt: skip
    assert {len(column) for column in history.columns.values()} == {3}
    assert all(type(v) is float for column in history.columns.values() for v in column)
    assert len(history) == 3
    assert history.seconds > 0.0
    assert not history.interrupted
    assert list(fit(fresh()).columns) == ["loss", "lr"]


@pytest.mark.parametrize("batch_size", [None, 1, 4])
def test_losses_and_metrics_are_means_over_all_rows(batch_size: int | None) -> None:
    model = fresh()
    history = fit(
        model, optimizer=nn.SGD(lr=0.0), batch_size=batch_size, metrics=["accuracy"],
        validation=(X[:3], SIGNS[:3]),
    )  # fmt: skip
    losses = [nn.hinge_loss(model(x), t).data for x, t in zip(X, SIGNS, strict=True)]
    assert history["loss"] == pytest.approx([np.mean(losses)] * 2, rel=1e-12)
    assert history["validation_loss"] == pytest.approx([np.mean(losses[:3])] * 2, rel=1e-12)
    assert history["accuracy"] == [nn.accuracy(model.predict(X), SIGNS)] * 2
    assert history["validation_accuracy"] == [nn.accuracy(model.predict(X[:3]), SIGNS[:3])] * 2


def test_the_loss_of_an_epoch_is_that_of_the_model_while_it_learned() -> None:
    model = fresh()
    losses = []
    for x, t in zip(X, SIGNS, strict=True):
        model.zero_grad()
        loss = nn.hinge_loss(model(x), t)
        loss.backward()
        losses.append(loss.data)
        for p in model.parameters():
            p.data -= 0.1 * p.grad
    history = fit(fresh(), epochs=1, batch_size=1, shuffle=False)
    assert history["loss"] == pytest.approx([np.mean(losses)], rel=1e-12)


@pytest.mark.parametrize("shape", [(), (2,)])
def test_metrics_see_outputs_and_targets_in_the_same_order(shape: tuple[int, ...]) -> None:
    """The model returns its input, which is also the target."""
    rows = np.arange(12.0).reshape(6, 2)
    seen = []

    class Echo(nn.Module):
        def __init__(self) -> None:
            self.scale = Value(1.0)

        def __call__(self, x: Any) -> Any:
            return [self.scale * v for v in x] if shape else self.scale * x[0]

    def spread(outputs: Any, y: Any) -> float:
        seen.append((outputs.shape, y.shape))
        return float(np.abs(outputs - y).max())

    targets = rows if shape else rows[:, 0]
    settings = {"loss": "mse_loss", "optimizer": nn.SGD(lr=0.0), "metrics": spread}
    history = fit(Echo(), rows, targets, batch_size=4, validation=(rows, targets), **settings)
    assert history["spread"] == history["validation_spread"] == [0.0, 0.0]
    assert set(seen) == {((6, *shape), (6, *shape))}


def test_validation_rows_are_not_trained_on() -> None:
    with_validation, without = fresh(), fresh()
    fit(with_validation, validation=(X + 1.0, -SIGNS), batch_size=3)
    fit(without, batch_size=3)
    assert numbers(with_validation) == numbers(without)


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "mse_loss"])
def test_accuracy_of_a_sigmoid_output_means_yes_above_a_half(loss: str) -> None:
    model = fresh(1, output="sigmoid")
    history = fit(model, y=Y, loss=loss, epochs=1, optimizer=nn.SGD(lr=0.0), metrics=["accuracy"])
    probabilities = model.predict(X)
    assert history["accuracy"] == [nn.accuracy(probabilities, Y, threshold=0.5)]
    assert history["accuracy"] != [nn.accuracy(probabilities, Y, threshold=0.0)]


def test_accuracy_of_probabilities_from_a_module_of_ones_own_means_yes_above_a_half() -> None:
    class Squashed(nn.Module):
        def __init__(self) -> None:
            self.inner = fresh(1)

        def __call__(self, x: Any) -> Any:
            return self.inner(x).sigmoid()

    model = Squashed()
    settings = {"loss": nn.binary_cross_entropy, "optimizer": nn.SGD(lr=0.0), "epochs": 1}
    history = fit(model, y=Y, metrics=["accuracy"], **settings)
    assert history["accuracy"] == [nn.accuracy(model.predict(X), Y, threshold=0.5)]
