"""A loss that is no longer finite: it stops the training, is undone, and is named."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from autograd.errors import AnomalyError, GraphError
from nn.callbacks import Run
from nn.fitting import divergence, stepping

X, Y = nn.data.moons(30, noise=0.1, seed=0)
BOTH = pytest.mark.parametrize("compiled", [True, False])


class Exploding(nn.Callback):
    """Writes down the state after every step, and turns the rate up after one of them."""

    def __init__(self, at: int) -> None:
        self.at, self.states = at, []  # type: ignore[var-annotated]

    def on_start(self, run: Run) -> None:
        self.on_step(run)

    def on_step(self, run: Run) -> None:
        memory = run.optimizer.state_dict()["state"]
        state = {name: array.tolist() for name, array in memory.items()}
        self.states.append(([p.data for p in run.model.parameters()], state))
        if run.step == self.at:
            run.optimizer.lr = 1e200


def state(model: nn.Module, optimizer: nn.Optimizer) -> Any:
    memory = {name: array.tolist() for name, array in optimizer.state_dict()["state"].items()}
    return [p.data for p in model.parameters()], memory


def fit(model: nn.Module, y: Any = Y, **settings: Any) -> tuple[nn.History, str]:
    """The history, and what the one warning says."""
    chosen: dict[str, Any] = {
        "loss": "mse_loss", "optimizer": nn.SGD(lr=0.1), "epochs": 9, "batch_size": 10, "seed": 0,
        "verbose": 0,
    } | settings  # fmt: skip
    with pytest.warns(nn.DivergenceWarning) as caught:
        history = nn.fit(model, X, y, **chosen)
    assert [warning.category for warning in caught] == [nn.DivergenceWarning]
    assert caught[0].filename == __file__
    return history, str(caught[0].message)


@BOTH
@pytest.mark.parametrize("make", [lambda: nn.SGD(0.01, momentum=0.9), lambda: nn.Adam(0.01)])
@pytest.mark.parametrize("at", [1, 3, 5])
def test_the_update_that_spoiled_the_loss_is_undone_in_model_and_optimiser(
    at: int, make: Any, compiled: bool
) -> None:
    model, optimizer, exploding = nn.MLP(2, [4, 1], seed=0), make(), Exploding(at)
    history, said = fit(model, optimizer=optimizer, callbacks=exploding, compile=compiled)
    # the loss after the next step but one is infinite, which the step itself made so
    assert len(exploding.states) == at + 2
    assert state(model, optimizer) == exploding.states[at]
    assert optimizer.steps == at
    assert len(history) == (at + 1) // 3
    assert optimizer.epoch == (at + 1) // 3
    step, epoch = at + 2, (at + 1) // 3 + 1
    assert history.stopped.startswith(f"the loss became inf in step {step} (epoch {epoch}), at row")
    assert history.stopped.endswith("; the update before it is undone")
    assert said == (
        f"fit stopped: {history.stopped}. Try a smaller lr, clip_norm=1.0 in the optimiser, or "
        "inputs and targets near 1"
    )
    assert not history.interrupted
    assert np.isfinite([p.grad for p in model.parameters()]).all()


@BOTH
def test_the_first_offending_node_is_named_with_its_row(compiled: bool) -> None:
    """Row 17 alone asks for the logarithm of a negative number."""

    class Logarithm(nn.Module):
        def __init__(self) -> None:
            self.w = Value(0.5, name="w")

        def __call__(self, x: Any) -> Any:
            return (self.w * x[0]).log()

    rows = np.ones((30, 1))
    rows[17] = -2.0
    model = Logarithm()
    for validation, batch_size in ((None, None), (0.2, 4), (None, 1)):
        model.w.data = 0.5
        with pytest.warns(nn.DivergenceWarning) as caught:
            history = nn.fit(
                model, rows, np.zeros(30), loss="mse_loss", optimizer=nn.SGD(0.0), epochs=1,
                batch_size=batch_size, validation=validation, compile=compiled, seed=1, verbose=0,
            )  # fmt: skip
        assert ", at row 17 of X: log gave nan from -1, at" in history.stopped
        assert "return (self.w * x[0]).log(); log is defined between 0 and inf" in history.stopped
        assert model.w.data == 0.5
        if batch_size is None:
            assert "; its update was not made. Look at that row" in str(caught[0].message)


@BOTH
def test_a_gradient_that_is_not_finite_is_not_gone_down(compiled: bool) -> None:
    model = nn.Neuron(2, "linear", rng=0)
    before = [p.data for p in model.parameters()]

    def loss(output: Any, target: Any) -> Any:
        return autograd.sqrt(output - output) + (output - target) ** 2

    history, said = fit(model, loss=loss, compile=compiled, optimizer=nn.Adam())
    assert "the gradient became infinite or nan in step 1 (epoch 1), at row" in said
    assert "on its way back through √ of 0" in said
    assert "its update was not made" in said
    assert [p.data for p in model.parameters()] == before
    assert [p.grad for p in model.parameters()] == [0.0] * 3
    assert len(history) == 0


@BOTH
def test_a_parameter_that_overflows_in_the_last_step_is_undone(compiled: bool) -> None:
    model = nn.Neuron(2, "linear", rng=0)
    before = [p.data for p in model.parameters()]
    history, _ = fit(
        model, loss=lambda o, t: 1e10 * (o - t), optimizer=nn.SGD(1e308), epochs=1,
        batch_size=None, compile=compiled, validation=(X, Y),
    )  # fmt: skip
    assert [p.data for p in model.parameters()] == before
    assert history.stopped == (
        "a parameter became infinite or nan in step 1 (epoch 1): the update turned w.0 from "
        f"{before[0]:g} into inf; the update before it is undone"
    ).replace("inf;", f"{math.copysign(math.inf, -X[:, 0].sum())};")
    assert len(history) == 0


@BOTH
def test_a_parameter_that_was_infinite_to_begin_with_does_not_stop_a_training(
    compiled: bool,
) -> None:
    class Masked(nn.Module):
        def __init__(self) -> None:
            self.w, self.mask = Value(0.5), Value(-math.inf)

        def __call__(self, x: Any) -> Any:
            return autograd.maximum(self.w * x[0], self.mask)

    model = Masked()
    history = nn.fit(
        model, X, Y, loss="mse_loss", optimizer=nn.SGD(0.1), epochs=2, verbose=0, compile=compiled
    )
    assert len(history) == 2
    assert model.mask.data == -math.inf


def test_terms_that_the_graph_leaves_out_do_not_stop_a_training() -> None:
    model = nn.MLP(2, [1], output="sigmoid", seed=0)
    model.parameters()[-1].data = 60.0  # the sigmoid is exactly 1
    history = nn.fit(
        model, X, np.ones(30), loss="binary_cross_entropy", optimizer=nn.SGD(0.1), epochs=2,
        validation=(X, np.ones(30)), metrics="accuracy", verbose=0,
    )  # fmt: skip
    assert history["loss"] == history["validation_loss"] == [0.0, 0.0]
    assert history["validation_accuracy"] == [1.0, 1.0]


def test_a_validation_loss_that_is_not_finite_does_not_stop_a_training() -> None:
    far = np.full((5, 2), 1e200)
    for compiled in (True, False):
        history = nn.fit(
            nn.MLP(2, [3, 1], "relu", seed=0), X, Y, loss="mse_loss", optimizer=nn.SGD(0.01),
            epochs=2, validation=(far, np.ones(5)), metrics="accuracy", verbose=0, compile=compiled,
        )  # fmt: skip
        assert not np.isfinite(history["validation_loss"]).any()
        assert len(history) == 2


def test_of_many_validation_rows_that_are_not_finite_one_graph_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    real = stepping.Eager.evaluate
    monkeypatch.setattr(
        stepping.Eager, "evaluate", lambda self, e: (asked.append(len(e[0])), real(self, e))[1]
    )
    far = np.full((500, 2), 1e200)
    nn.fit(
        nn.MLP(2, [3, 1], "relu", seed=0), X, Y, loss="mse_loss", optimizer=nn.SGD(0.01),
        epochs=2, validation=(far, np.ones(500)), verbose=0,
    )  # fmt: skip
    assert asked == [1, 1]


def test_of_a_large_batch_that_is_not_finite_one_graph_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    real = stepping.Eager.gradient
    monkeypatch.setattr(
        stepping.Eager, "gradient", lambda self, b, n: (asked.append(len(b)), real(self, b, n))[1]
    )
    fit(nn.MLP(2, [3, 1], "relu", seed=0), optimizer=nn.SGD(1e200), batch_size=None)
    assert asked == [1]


@BOTH
def test_sums_out_of_range_are_told_as_that(compiled: bool) -> None:
    model = nn.Neuron(2, "linear", rng=0)
    history, told = fit(
        model, loss=lambda o, t: 1e307 * (o * 0.0 + 1.0) + o, compile=compiled, batch_size=None
    )
    assert "sums over the rows are out of range for a float64" in history.stopped
    assert "Look at that row" not in told  # of which none is named


@pytest.mark.parametrize("far", ["loss", "gradient"])
def test_parts_of_a_batch_that_lie_infinitely_far_apart_stop_a_training_as_others_do(
    far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nn.programs.program.MOST_ROWS", 4)
    neuron = nn.Neuron(2, "linear", rng=0)
    neuron.w[0].data, neuron.w[1].data = 1.0, -1.0
    rows = np.full((8, 2), 1e300)  # in which the output is 0
    rows[4:] = -1e300
    signs = np.repeat([1.0, -1.0], 4)
    loss = (lambda o, t: t * (o + 1e200) ** 2) if far == "loss" else (lambda o, t: o * 1e10)
    with pytest.warns(nn.DivergenceWarning, match=f"the {far} became .* in step 1 .*, at row 0"):
        nn.fit(neuron, rows, signs, loss=loss, optimizer=nn.SGD(0.1), epochs=1, shuffle=False,
               verbose=0)  # fmt: skip
    assert [p.data for p in neuron.parameters()] == [1.0, -1.0, 0.0]


@pytest.mark.parametrize("bad", [[], [0], [5], [9], [3, 4], [0, 9]])
@pytest.mark.parametrize("by_loss", [True, False])
def test_the_first_bad_row_is_found_in_few_calls(bad: list[int], by_loss: bool) -> None:
    calls: list[Any] = []

    def losses() -> Any:
        return np.array([math.nan if by_loss and i in bad else 1.0 for i in range(10)])

    def is_fine(start: int, stop: int) -> bool:
        calls.append((start, stop))
        return not any(start <= i < stop for i in bad)

    assert divergence.first_bad_row(losses, is_fine, 10) == (min(bad) if bad else None)
    assert len(calls) <= 5


def test_an_optimiser_of_ones_own_is_put_back_too() -> None:
    class Momentum(nn.Optimizer):
        def __init__(self) -> None:
            self.lr = 0.01
            self.velocity = np.zeros(17)
            self.calls = 0

        def update(self, theta: Any, gradient: Any) -> Any:
            self.calls += 1
            self.velocity *= 0.9  # in place
            self.velocity += gradient
            return theta - self.lr * self.velocity

    seen: list[Any] = []

    class Look(nn.Callback):
        def on_step(self, run: Run) -> None:
            seen.append(run.optimizer.velocity.copy())  # type: ignore[attr-defined]
            if run.step == 4:
                run.optimizer.lr = 1e200

    optimizer = Momentum()
    fit(nn.MLP(2, [4, 1], seed=0), optimizer=optimizer, callbacks=Look())
    assert optimizer.calls == 4
    assert np.array_equal(optimizer.velocity, seen[3])


@BOTH
def test_a_step_that_was_undone_has_written_over_the_one_before_which_cannot_be(
    compiled: bool,
) -> None:
    optimizer = nn.Adam(0.01)
    fit(nn.MLP(2, [4, 1], seed=0), optimizer=optimizer, callbacks=Exploding(3), compile=compiled)
    assert optimizer.steps == 3
    with pytest.raises(GraphError, match="undo expects a step to take back, got none"):
        optimizer.undo()


def test_callbacks_hear_of_the_end_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    ends: list[str] = []

    class Ending(nn.Callback):
        def on_end(self, run: Run) -> None:
            ends.append(run.stopped)

    history, _ = fit(
        nn.MLP(2, [4, 1], seed=0), optimizer=nn.SGD(1e200), callbacks=Ending(), verbose=1
    )
    assert ends == [history.stopped]
    assert capsys.readouterr().out.splitlines()[-1] == f"stopped: {history.stopped}"


def test_training_goes_on_from_the_weights_that_were_put_back() -> None:
    model, optimizer = nn.MLP(2, [4, 1], seed=0), nn.Adam(0.01)
    history, _ = fit(model, optimizer=optimizer, callbacks=Exploding(5))
    optimizer.lr = 0.01
    nn.fit(
        model, X, Y, loss="mse_loss", optimizer=optimizer, epochs=9, batch_size=10, verbose=0,
        history=history,
    )  # fmt: skip
    assert history.stopped == ""
    assert history["loss"][-1] < history["loss"][0]


def test_within_detect_anomaly_the_fault_is_an_error_as_ever() -> None:
    with autograd.detect_anomaly(), pytest.raises(AnomalyError, match=r"gave inf from"):
        nn.fit(
            nn.MLP(2, [4, 1], seed=0), X, Y, loss="mse_loss", optimizer=nn.SGD(1e200), epochs=3,
            verbose=0,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("gradient", "finite"),
    [
        ([1.0, -2.0], True),
        ([1e200, 1e-200], True),  # its square is not
        ([1.0, math.nan], False),
        ([math.inf, -math.inf], False),
        ([], True),
    ],
)
def test_a_gradient_is_finite_if_each_entry_is(gradient: list[float], finite: bool) -> None:
    assert divergence.is_finite(0.5, np.array(gradient)) is finite
    assert divergence.is_finite(math.nan, np.array(gradient)) is False
