"""``fit(compile=True)``: the same training as row by row, and what becomes of what it cannot be."""

from __future__ import annotations

import re
import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, detect_anomaly
from autograd.errors import AnomalyError, ArgumentError
from nn.callbacks import Run
from nn.fitting import stepping
from nn.programs.loss_program import LossProgram

X, Y = nn.data.moons(23, noise=0.1, seed=0)
SIGNS = 2 * Y - 1
SOFT = np.column_stack([0.25 + 0.5 * Y, 0.75 - 0.5 * Y])


class Squares(nn.Module):
    """A module of one's own, with a Value that it never uses and one that is not its own."""

    def __init__(self) -> None:
        self.unused = Value(5.0)
        self.inner = nn.Layer(2, 3, "softplus", rng=0)
        self.heights = {"a": Value(0.3), "b": [Value(-0.2)]}

    def __call__(self, x: Any) -> Any:
        a, b, c = self.inner(x)
        return a * b - c**2 * self.heights["a"] + self.heights["b"][0] * autograd.sin(x[0])


def mlp(*sizes: int, activation: Any = "tanh", output: str = "linear") -> Any:
    return lambda: nn.MLP(2, list(sizes), activation, output, seed=3)


def regularised(output: Any, target: Any) -> Any:
    return (output - target) ** 2 + 0.01 * autograd.sqrt(1.0 + output * output)


def in_arrays(outputs: Any, target: Any) -> Any:
    """A target of several numbers is an array, whether it is traced or not."""
    doubled = 2.0 * target
    return autograd.sum([(o - t) ** 2 for o, t in zip(outputs, doubled, strict=True)])


class Momentum(nn.Optimizer):
    """Writes into its own state and into what it is given."""

    def __init__(self) -> None:
        self.velocity: Any = 0.0

    def update(self, theta: Any, gradient: Any) -> Any:
        gradient *= 0.1
        self.velocity = 0.9 * self.velocity + gradient
        theta -= self.velocity
        return theta


class Signs(nn.Optimizer):
    """Moves Values itself."""

    def step(self, parameters: Any) -> None:
        for p in parameters:
            p.data -= 0.01 * np.sign(p.grad)


CASES: list[tuple[Any, Any, Any, Any, dict[str, Any]]] = [
    (mlp(4, 1), SIGNS, "hinge_loss", lambda: nn.SGD(0.1), {}),
    (mlp(4, 1), SIGNS, "hinge_loss", lambda: nn.SGD(0.1, momentum=0.9), {"batch_size": 5}),
    (mlp(4, 1), SIGNS, nn.l1_loss, lambda: nn.SGD(0.1, 0.9, True, 0.01), {"batch_size": 1}),
    (mlp(5, 3, 1, activation=["relu", "gelu"]), SIGNS, "mse_loss", Momentum, {"batch_size": 7}),
    (mlp(4, 1), Y, "binary_cross_entropy_with_logits", Signs, {"batch_size": 5}),
    (mlp(4, 1, output="sigmoid"), Y, "binary_cross_entropy", Momentum, {"batch_size": 5}),
    (mlp(4, 2), Y, "cross_entropy", lambda: nn.SGD(0.5), {"batch_size": 5, "shuffle": False}),
    (mlp(4, 2, activation=lambda x: x * x.sigmoid()), SOFT, "cross_entropy", Momentum, {}),
    (mlp(4, 2), SOFT, in_arrays, lambda: nn.SGD(0.05), {"batch_size": 5}),
    (mlp(2), SOFT > 0.5, "mse_loss", lambda: nn.SGD(0.05), {"batch_size": 22}),
    (Squares, X[:, 0], regularised, lambda: nn.SGD(0.05), {"batch_size": 5}),
    (Squares, Y == 1, "mse_loss", lambda: nn.SGD(0.05), {"batch_size": np.int64(8)}),
    (lambda: nn.Neuron(2, "tanh", rng=1), SIGNS, "mse_loss", lambda: nn.SGD(0.5), {}),
]  # fmt: skip


def mean_size(outputs: Any, y: Any) -> float:
    return float(np.abs(outputs).mean() + y.mean())


def fit(model: nn.Module, X: Any = X, y: Any = SIGNS, **settings: Any) -> nn.History:
    chosen: dict[str, Any] = {
        "loss": "hinge_loss", "optimizer": nn.SGD(lr=0.1), "epochs": 3, "seed": 0, "verbose": 0,
    } | settings  # fmt: skip
    return nn.fit(model, X, y, **chosen)


def state(model: nn.Module) -> list[tuple[float, float]]:
    return [(p.data, p.grad) for p in model.parameters()]


def numbers(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> list[stepping.Compiled]:
    """What is compiled while the test runs."""
    made: list[stepping.Compiled] = []

    class Noted(stepping.Compiled):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            made.append(self)

    monkeypatch.setattr("nn.fitting.training.Compiled", Noted)
    return made


# --- the same training ---------------------------------------------------------------------------


@pytest.mark.parametrize("metrics", [(), (mean_size,)])
@pytest.mark.parametrize(
    ("make", "y", "loss", "optimizer", "settings"), CASES, ids=range(len(CASES))
)
def test_history_and_weights_are_those_of_the_training_row_by_row(
    programs: Any, make: Any, y: Any, loss: Any, optimizer: Any, settings: Any, metrics: Any
) -> None:
    models, histories = [make(), make()], []
    for model, compiled in zip(models, (True, False), strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            histories.append(
                fit(
                    model, y=y, loss=loss, optimizer=optimizer(), metrics=metrics, compile=compiled,
                    validation=(X[:9] + 0.1, y[:9]), **settings,
                )
            )  # fmt: skip
    assert len(programs) == 1
    quick, slow = histories
    assert list(quick) == list(slow)
    for column in slow:
        assert quick[column] == pytest.approx(slow[column], rel=1e-9, abs=1e-12)
    for found, expected in zip(state(models[0]), state(models[1]), strict=True):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_batch_larger_than_what_is_run_at_once_gives_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nn.programs.program.MOST_ROWS", 4)
    models = [nn.MLP(2, [4, 1], "tanh", seed=0) for _ in range(2)]
    quick, slow = (
        fit(model, compile=compiled, metrics="accuracy", validation=(X, SIGNS))
        for model, compiled in zip(models, (True, False), strict=True)
    )
    assert numbers(models[0]) == pytest.approx(numbers(models[1]), rel=1e-9)
    assert quick["validation_loss"] == pytest.approx(slow["validation_loss"], rel=1e-9)


def test_gradients_come_to_values_that_are_not_the_models_and_add_up() -> None:
    def trained(compiled: bool) -> tuple[float, list[float]]:
        strength, model = Value(0.5), nn.MLP(2, [3, 1], seed=0)
        strength.grad = 7.0
        fit(
            model, loss=lambda o, t: nn.mse_loss(o, t) + strength * o * o, batch_size=5,
            compile=compiled,
        )  # fmt: skip
        assert strength.data == 0.5
        return strength.grad, numbers(model)

    quick, slow = trained(True), trained(False)
    assert quick[0] == pytest.approx(slow[0], rel=1e-9)
    assert quick[0] > 7.0
    assert quick[1] == pytest.approx(slow[1], rel=1e-9)


def test_parameters_that_the_loss_does_not_reach_stay_and_have_no_gradient() -> None:
    model = Squares()
    model.unused.grad = 3.0
    fit(model)
    assert (model.unused.data, model.unused.grad) == (5.0, 0.0)


def test_where_a_sigmoid_is_exactly_one_terms_are_left_out_as_row_by_row() -> None:
    def trained(compiled: bool) -> tuple[list[float], list[float]]:
        model = nn.MLP(2, [1], output="sigmoid", seed=0)
        model.parameters()[-1].data = 60.0
        history = fit(model, y=np.ones(23), loss="binary_cross_entropy", compile=compiled)
        return numbers(model), history["loss"]

    quick, slow = trained(True), trained(False)
    assert quick == slow
    assert np.isfinite(quick[0]).all()


# --- errors that a row raises --------------------------------------------------------------------


@pytest.mark.parametrize("compiled", [True, False])
def test_an_output_that_leaves_the_range_of_probabilities_is_an_error_of_its_row(
    compiled: bool,
) -> None:
    model = nn.MLP(2, [1], seed=0)
    for p in model.parameters():
        p.data = 0.5 if p.name == "b1[0]" else 0.0
    with (
        pytest.warns(UserWarning, match="^binary_cross_entropy expects probabilities, and the mod"),
        pytest.raises(ArgumentError, match="binary_cross_entropy expects a probability between"),
    ):
        fit(model, y=Y, loss="binary_cross_entropy", optimizer=nn.SGD(3.0), compile=compiled)
    assert all(np.isfinite(numbers(model)))
    assert numbers(model)[0] != 0.0  # the first step was whole


def test_a_target_that_a_loss_of_ones_own_refuses_is_an_error_of_its_row() -> None:
    targets = SIGNS.copy()
    targets[-1] = 0
    loss = lambda o, t: nn.hinge_loss(o, t) + 0.0 * o  # noqa: E731
    with (
        pytest.warns(nn.EagerWarning, match=r"compiled: hinge_loss expects a target of -1 or \+1"),
        pytest.raises(ArgumentError, match=r"hinge_loss expects a target of -1 or \+1, got 0"),
    ):
        fit(nn.MLP(2, [3, 1], seed=0), y=targets, loss=loss)


# --- what cannot be compiled ---------------------------------------------------------------------


class Dropout(nn.Module):
    def __init__(self) -> None:
        self.inner = nn.MLP(2, [6, 1], "tanh", seed=0)
        self.rng = np.random.default_rng(0)

    def __call__(self, x: Any) -> Any:
        return self.inner([v * float(self.rng.random() < 0.5) for v in x])


class GlobalDropout(Dropout):
    def __call__(self, x: Any) -> Any:
        return self.inner([v * float(np.random.random() < 0.5) for v in x])  # noqa: NPY002


class Branching(Dropout):
    def __call__(self, x: Any) -> Any:
        return self.inner(x) if x[0] > 0.0 else -self.inner(x)


class Counting(Dropout):
    calls = 0

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        return self.inner(x) * (1.0 + 1.0 / self.calls)


class Peeking(Dropout):
    """Sees that it is traced."""

    def __call__(self, x: Any) -> Any:
        return self.inner(x) if isinstance(x[0], float) else 2.0 * self.inner(x)


class Written(Dropout):
    """Takes another way for some rows, but not for the first."""

    def __call__(self, x: Any) -> Any:
        return self.inner(x) * (1.0 if str(x[0]) != str(X[-1, 0]) else 2.0)


class Keeping(Dropout):
    """Keeps what it computes in an attribute."""

    def __call__(self, x: Any) -> Any:
        hidden = self.inner.layers[0](x)
        KEPT[:] = hidden
        return self.inner.layers[1](hidden)


class Recorded(Dropout):
    """Goes on with what was computed once."""

    def __init__(self) -> None:
        super().__init__()
        self.start = Value(2.0)
        self.scale = [autograd.exp(self.start)]

    def parameters(self) -> list[Value]:
        return [self.start, *self.inner.parameters()]

    def __call__(self, x: Any) -> Any:
        return self.inner(x) * self.scale[0]


KEPT: list[Any] = []


HEIGHTS = {-1: -1.0, 1: 1.0}


def looked_up(output: Any, target: Any) -> Any:
    return (output - HEIGHTS[target]) ** 2


def indexed(outputs: Any, target: Any) -> Any:
    return -autograd.log_softmax(outputs)[target]


@pytest.mark.parametrize(
    ("make", "y", "loss", "why"),
    [
        (Dropout, SIGNS, "hinge_loss", "it draws random numbers at each call"),
        (GlobalDropout, SIGNS, "hinge_loss", "it draws random numbers at each call"),
        (Counting, SIGNS, "hinge_loss", "it does not compute the same at each call"),
        (Keeping, SIGNS, "hinge_loss", "it keeps what it computes, for somebody to look at"),
        (Recorded, SIGNS, "hinge_loss", "it keeps Value.*, the result of an operation; compute it"),
        (Branching, SIGNS, "hinge_loss", r"compile cannot read the number of x\[0\], which >"),
        (Peeking, SIGNS, "hinge_loss", "it does not compute the same while it is traced"),
        (Written, SIGNS, "hinge_loss", "it does not compute the same while it is traced"),
        (mlp(1), SIGNS, looked_up, r"compiled: KeyError: Symbol\(target\)"),
        (Branching, SIGNS, "hinge_loss", "it traces Branching and its loss hinge_loss, at"),
        (mlp(1), SIGNS, lambda o, t: o * o if t > 0 else o**4, "it traces MLP and its loss, at"),
        (mlp(3, 2), Y, indexed, r"compile cannot read the number of target, .*autograd\.choose"),
        (mlp(1), np.where(Y > 0, "yes", "no"), lambda o, t: (o - float(t == "yes")) ** 2,
         "its targets are not numbers"),
        (mlp(1), SIGNS, lambda o, t: o * o if t.item() > 0 else o**4, "no attribute 'item'|Value"),
    ],
)  # fmt: skip
def test_what_cannot_be_compiled_is_trained_row_by_row_with_one_warning_that_says_why(
    make: Any, y: Any, loss: Any, why: str
) -> None:
    models, histories = [make(), make()], []
    for model, compiled in zip(models, (True, False), strict=True):
        np.random.seed(0)  # noqa: NPY002 -- what GlobalDropout reads
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            histories.append(fit(model, y=y, loss=loss, batch_size=5, compile=compiled))
        assert len(caught) == compiled
        if compiled:
            assert caught[0].category is nn.EagerWarning
            assert caught[0].filename == __file__
            said = str(caught[0].message)
            assert re.search(why, said)
            assert said.startswith("fit trains row by row, which is slow, because the model could")
            assert "static" not in said
            assert said.endswith(". Pass compile=False to train so without this warning")
    assert numbers(models[0]) == numbers(models[1])
    assert histories[0].columns == histories[1].columns


def test_under_detect_anomaly_a_fault_is_named_as_ever() -> None:
    model = nn.MLP(2, [1], output="log", seed=0)
    with detect_anomaly(), pytest.raises(AnomalyError, match="log gave nan from"):
        fit(model, loss="mse_loss")


# --- what callbacks see and do -------------------------------------------------------------------


class Acting(nn.Callback):
    """Does something at one moment."""

    def __init__(self, when: str, act: Any) -> None:
        self.when, self.act = when, act

    def on_start(self, run: Run) -> None:
        if self.when == "start":
            self.act(run)

    def on_epoch(self, run: Run) -> None:
        if self.when == "epoch":
            self.act(run)

    def on_end(self, run: Run) -> None:
        if self.when == "end":
            self.act(run)


class ActingOnSteps(nn.Callback):
    def __init__(self, when: str, act: Any) -> None:
        self.act = act

    def on_step(self, run: Run) -> None:
        self.act(run)


def trained_with(make: Any, compiled: bool, **settings: Any) -> tuple[Any, Any, Any]:
    seen: list[Any] = []
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    history = fit(model, callbacks=make(seen), batch_size=5, compile=compiled, **settings)
    return seen, state(model), history.columns


def shrink(run: Run) -> None:
    for p in run.model.parameters():
        p.data *= 0.5


def exchange(run: Run) -> None:
    run.model.layers[0].activation = "sigmoid"  # type: ignore[attr-defined]
    run.model.layers[1].neurons[0].b = Value(0.25)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("when", "act"),
    [
        (when, act)
        for when in ("start", "step", "epoch", "end")
        for act in (lambda run: None, shrink, exchange)
        # after a step, another structure takes effect from the next epoch on
        if (when, act) != ("step", exchange)
    ],
)
def test_callbacks_see_and_change_what_they_would_see_and_change_row_by_row(
    when: str, act: Any
) -> None:
    def make(seen: list[Any]) -> Any:
        def look(run: Run) -> None:
            seen.append((run.epoch, run.step, run.loss, state(run.model)))
            act(run)

        return (ActingOnSteps if when == "step" else Acting)(when, look)

    quick, slow = (trained_with(make, compiled) for compiled in (True, False))
    assert len(quick[0]) == {"start": 1, "step": 15, "epoch": 3, "end": 1}[when]
    for found, expected in zip(quick[0], slow[0], strict=True):
        assert found[:2] == expected[:2]
        assert found[2] == pytest.approx(expected[2], rel=1e-9, nan_ok=True)
        assert np.array(found[3]) == pytest.approx(np.array(expected[3]), rel=1e-9, abs=1e-12)
    assert np.array(quick[1]) == pytest.approx(np.array(slow[1]), rel=1e-9, abs=1e-12)
    assert quick[2]["loss"] == pytest.approx(slow[2]["loss"], rel=1e-9)


def test_a_number_that_the_loss_reads_may_be_changed_after_an_epoch() -> None:
    def trained(compiled: bool) -> list[float]:
        setting = {"strength": 0.1}
        return fit(
            nn.MLP(2, [3, 1], "tanh", seed=0), compile=compiled,
            loss=lambda o, t: nn.mse_loss(o, t) + setting["strength"] * o * o,
            callbacks=lambda run: setting.update(strength=run.epoch * 1.0),
        )["loss"]  # fmt: skip

    assert trained(True) == pytest.approx(trained(False), rel=1e-9)


@pytest.mark.parametrize("who", ["metric", "step", "update"])
def test_a_number_that_the_loss_reads_may_be_changed_by_a_metric_or_an_optimiser(who: str) -> None:
    def trained(compiled: bool) -> list[float]:
        setting = {"strength": 1.0}

        def weaken() -> float:
            setting["strength"] *= 0.9
            return 0.0

        class Stepping(nn.SGD):
            def step(self, parameters: Any) -> None:
                weaken()
                super().step(parameters)

        class Updating(nn.SGD):
            def update(self, theta: Any, gradient: Any) -> Any:
                weaken()
                return super().update(theta, gradient)

        return fit(
            nn.MLP(2, [3, 1], "tanh", seed=0), compile=compiled, epochs=4,
            loss=lambda o, t: setting["strength"] * nn.mse_loss(o, t),
            metrics=[lambda outputs, y: weaken()] if who == "metric" else (),
            optimizer={"metric": nn.SGD, "step": Stepping, "update": Updating}[who](0.1),
        )["loss"]  # fmt: skip

    assert trained(True) == pytest.approx(trained(False), rel=1e-9)


def swap_targets(run: Run) -> None:
    run.y[:] = -run.y


def other_targets(run: Run) -> None:
    run.y = -0.5 * run.y


def move_a_row(run: Run) -> None:
    run.X[3, 0] += 0.5


def other_rows(run: Run) -> None:
    run.X = 2.0 * run.X


@pytest.mark.parametrize("kind", [Acting, ActingOnSteps])
@pytest.mark.parametrize("act", [swap_targets, other_targets, move_a_row, other_rows])
def test_callbacks_may_change_rows_and_targets(kind: Any, act: Any, programs: Any) -> None:
    def trained(compiled: bool) -> tuple[list[float], list[float]]:
        model = nn.MLP(2, [3, 1], "tanh", seed=0)
        history = fit(
            model, y=SIGNS.copy(), loss="mse_loss", callbacks=kind("epoch", act), batch_size=12,
            optimizer=nn.SGD(0.01), compile=compiled,
        )  # fmt: skip
        return history["loss"], numbers(model)

    quick, slow = trained(True), trained(False)
    assert len(programs) == 1
    assert quick[0] == pytest.approx(slow[0], rel=1e-9)
    assert quick[1] == pytest.approx(slow[1], rel=1e-9)


def test_targets_of_another_shape_get_another_program(programs: Any) -> None:
    def widen(run: Run) -> None:
        run.y = SOFT

    def trained(compiled: bool) -> list[float]:
        model = nn.MLP(2, [4, 2], seed=0)
        return fit(model, y=Y, loss="cross_entropy", callbacks=widen, compile=compiled)["loss"]

    assert trained(True) == pytest.approx(trained(False), rel=1e-9)
    assert len(programs) == 2


def test_a_metric_and_an_optimiser_of_ones_own_see_the_parameters_of_the_moment() -> None:
    def trained(compiled: bool) -> list[Any]:
        seen: list[Any] = []
        model = nn.MLP(2, [3, 1], "tanh", seed=0)

        def look(outputs: Any, y: Any) -> float:
            seen.append(np.array(state(model)))
            return 0.0

        class Looking(nn.SGD):
            def step(self, parameters: Any) -> None:
                seen.append(np.array(state(model)))
                super().step(parameters)

        fit(model, metrics=look, optimizer=Looking(0.1), validation=(X, SIGNS), compile=compiled)
        fit(model, metrics=look, optimizer=nn.SGD(0.1), validation=(X, SIGNS), compile=compiled)
        return seen

    for found, expected in zip(trained(True), trained(False), strict=True):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("when", ["step", "epoch"])
def test_after_an_error_of_a_callback_the_model_is_as_it_saw_it(when: str) -> None:
    model, seen = nn.MLP(2, [3, 1], "tanh", seed=0), []

    def fail(run: Run) -> None:
        if run.step >= 7:
            seen.append(state(run.model))
            raise LookupError("mine")

    callback = (ActingOnSteps if when == "step" else Acting)(when, fail)
    with pytest.raises(LookupError, match="mine"):
        fit(model, callbacks=callback, batch_size=5)
    assert state(model) == seen[0]


def test_without_a_callback_that_sees_steps_values_are_not_written_at_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[int] = []
    real = stepping.write
    monkeypatch.setattr(stepping, "write", lambda *a: (written.append(1), real(*a)))
    fit(nn.MLP(2, [3, 1], seed=0), batch_size=5)
    assert len(written) == 1
    fit(nn.MLP(2, [3, 1], seed=0), batch_size=5, callbacks=lambda run: None)
    assert len(written) == 1 + 3
    fit(nn.MLP(2, [3, 1], seed=0), batch_size=5, callbacks=nn.GradientFlow())
    assert len(written) == 1 + 3 + 15


def test_a_step_on_all_rows_does_not_copy_all_of_them() -> None:
    rng, n = np.random.default_rng(0), 20_000
    X, y = rng.normal(size=(n, 100)), np.zeros(n)
    program = LossProgram(nn.Neuron(100, "linear", rng=0), nn.mse_loss, (100,), ())
    theta, order = program.theta, rng.permutation(n)
    tracemalloc.start()
    try:
        value, gradient, outputs = program.step(theta, X, y, order)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < X.nbytes / 2
    assert outputs == pytest.approx((X @ theta[:100] + theta[100])[order])
    assert value == pytest.approx(np.mean(outputs**2))
    assert gradient[100] == pytest.approx(2.0 * np.mean(outputs))
