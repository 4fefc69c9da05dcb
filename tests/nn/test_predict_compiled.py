"""``Module.predict`` on many rows: compiled, never out of date, and nothing left in the model."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, detect_anomaly, no_grad
from autograd.errors import AnomalyError, ShapeError
from nn.programs import predicting

MANY = np.random.default_rng(0).normal(size=(200, 2))
SLOPE = 0.5


def row_by_row(model: nn.Module, rows: Any = MANY) -> Any:
    with no_grad():
        outputs = [model(row) for row in rows.tolist()]
    return np.array([[float(v) for v in o] if isinstance(o, list) else float(o) for o in outputs])


def program_of(model: nn.Module) -> Any:
    kept = predicting._kept.get(id(model))
    return kept and kept.program


class Own(nn.Module):
    """Of everything that a model may consist of."""

    offset = 0.25

    def __init__(self) -> None:
        self.inner = nn.MLP(2, [3, 2], "tanh", seed=0)
        self.scale, self.powers = 2.0, {"first": 2}
        self.shift = np.array([0.5, -0.5])
        self.squash: Callable[[Any], Any] = autograd.sin

    def __call__(self, x: Any) -> Any:
        a, b = self.inner([v + float(s) for v, s in zip(x, self.shift, strict=True)])
        return self.squash(a) ** self.powers["first"] * self.scale + SLOPE * b + self.offset


MODELS: list[Callable[[], nn.Module]] = [
    lambda: nn.MLP(2, [4, 1], seed=0),
    lambda: nn.MLP(2, [4, 3], "tanh", "softmax", seed=0),
    lambda: nn.Layer(2, 1, "gelu", rng=0),
    lambda: nn.Neuron(2, lambda v: v * v.sigmoid(), rng=0),
    Own,
]


@pytest.mark.parametrize("make", MODELS, ids=range(len(MODELS)))
def test_many_rows_are_predicted_by_a_program_as_row_by_row(make: Any) -> None:
    model = make()
    for rows in (MANY, MANY[:5], MANY[:1]):
        found = model.predict(rows)
        expected = row_by_row(model, rows)
        assert found.shape == expected.shape
        assert found.dtype == np.float64
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-14)
        assert program_of(model) is not None


def test_more_rows_than_are_run_at_once_are_predicted_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = nn.MLP(2, [4, 3], seed=0)
    expected = model.predict(MANY)
    monkeypatch.setattr("nn.programs.program.MOST_ROWS", 64)
    assert model.predict(MANY) == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_the_program_waits_until_there_have_been_many_rows() -> None:
    model = nn.MLP(2, [4, 1], seed=0)
    for _ in range(3):
        model.predict(MANY[:40])
        assert program_of(model) is None
    model.predict(MANY[:40])
    assert program_of(model) is not None


# --- a program is never out of date --------------------------------------------------------------


def set_global(model: Any) -> None:
    global SLOPE
    SLOPE += 1.0


CHANGES: list[Callable[[Any], object]] = [
    lambda m: setattr(m.inner.parameters()[0], "data", 5.0),
    lambda m: setattr(m.inner.layers[0], "activation", "sigmoid"),
    lambda m: setattr(m.inner.layers[0].neurons[1], "b", Value(3.0)),
    lambda m: m.inner.layers[0].neurons[1].w.reverse(),
    lambda m: m.inner.layers.insert(1, nn.Layer(3, 3, "relu", rng=1)),
    lambda m: setattr(m, "inner", nn.MLP(2, [2], seed=3)),
    lambda m: setattr(m, "scale", 3.0),
    lambda m: m.powers.update(first=3),
    lambda m: m.shift.__setitem__(0, 1.5),
    lambda m: setattr(m, "shift", m.shift + 1.0),
    lambda m: setattr(m, "squash", autograd.cos),
    lambda m: setattr(m, "squash", lambda v: v + m.scale),
    lambda m: setattr(m, "squash", lambda v: v * SLOPE),
    lambda m: setattr(type(m), "offset", type(m).offset + 1.0),
    lambda m: setattr(m, "offset", -1.0),
    set_global,
]


@pytest.mark.parametrize("change", CHANGES, ids=range(len(CHANGES)))
def test_a_change_of_the_model_shows_in_the_next_prediction(
    change: Callable[[Any], object],
) -> None:
    model = Own()
    before = model.predict(MANY)
    change(model)
    for _ in range(2):
        found = model.predict(MANY)
        assert found == pytest.approx(row_by_row(model), rel=1e-12, abs=1e-14)
        assert not np.allclose(found, before)
        assert program_of(model) is not None


def test_a_method_that_is_exchanged_shows_in_the_next_prediction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = Own()
    model.predict(MANY)
    monkeypatch.setattr(Own, "__call__", lambda self, x: self.inner(x)[1])
    assert model.predict(MANY) == pytest.approx(row_by_row(model), rel=1e-12, abs=1e-14)


def test_what_cannot_be_looked_into_is_traced_again_each_time() -> None:
    model = nn.Neuron(2, "linear", rng=0)
    chosen = {"tanh"}
    model.activation = lambda v: v.tanh() if "tanh" in chosen else v  # a set keeps what it has
    first = model.predict(MANY)
    program = program_of(model)
    assert model.predict(MANY) == pytest.approx(first)
    assert program_of(model) is program
    chosen.clear()
    assert model.predict(MANY) == pytest.approx(row_by_row(model), rel=1e-12, abs=1e-14)
    assert program_of(model) is not program


def test_a_model_of_ones_own_that_has_not_changed_is_not_traced_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Fresh(Own):  # of which no copy has been made, which leaves something in the class
        pass

    model = Fresh()
    model.predict(MANY)
    assert program_of(model) is not None
    traced = "nn.programs.program.Program._trace"
    monkeypatch.setattr(traced, lambda *a: pytest.fail("traced again"))
    model.predict(MANY)


def test_rows_of_another_width_are_refused_after_a_program_was_made() -> None:
    model = nn.MLP(2, [4, 1], seed=0)
    model.predict(MANY)
    with pytest.raises(ShapeError, match=r"^MLP expects 2 inputs, got 3 \(\[0\.0, 0\.0, 0\.0\]\)"):
        model.predict(np.zeros((200, 3)))


# --- what cannot be compiled is called row by row ------------------------------------------------


class Noisy(Own):
    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng(0)

    def __call__(self, x: Any) -> Any:
        return super().__call__([v + self.rng.normal() for v in x])


class Branching(Own):
    def __call__(self, x: Any) -> Any:
        return super().__call__(x) if x[0] > 0.0 else Value(0.0)


class Plain(Own):
    def __call__(self, x: Any) -> Any:
        return x[0] if isinstance(x[0], float) else super().__call__(x)


class Lookup(Own):
    """Takes another way for two rows, without asking a symbol for its number."""

    def __call__(self, x: Any) -> Any:
        known = {tuple(MANY[0].tolist()): 1.0, tuple(MANY[-1].tolist()): 2.0}
        return super().__call__(x) * known.get(tuple(x), 1.0)


class Written(Own):
    def __call__(self, x: Any) -> Any:
        return super().__call__(x) * (2.0 if str(x[0]).startswith("-") else 1.0)


@pytest.mark.parametrize("make", [Noisy, Branching, Plain, Lookup, Written])
def test_a_model_that_cannot_be_compiled_is_called_row_by_row_without_a_word(make: Any) -> None:
    model = make()
    found = model.predict(MANY)
    assert program_of(model) is None
    if make is Plain:
        assert found.tolist() == MANY[:, 0].tolist()
    else:
        assert np.array_equal(found, row_by_row(make()))


def test_a_prediction_under_detect_anomaly_names_the_fault() -> None:
    model = nn.MLP(2, [1], output="log", seed=0)
    assert np.isnan(model.predict(MANY)).any()
    with detect_anomaly(), pytest.raises(AnomalyError, match="log gave nan from"):
        model.predict(MANY)


# --- the model is left alone ---------------------------------------------------------------------


def test_a_program_changes_nothing_in_the_model_its_copies_or_its_pickle() -> None:
    model, fresh = nn.MLP(2, [4, 1], seed=0), nn.MLP(2, [4, 1], seed=0)
    expected = model.predict(MANY)
    assert vars(model).keys() == vars(fresh).keys()
    assert len(model.parameters()) == len(fresh.parameters())
    assert len(pickle.dumps(model)) == len(pickle.dumps(fresh))
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        other.parameters()[-1].data += 1.0
        assert other.predict(MANY) == pytest.approx(expected + 1.0)
        assert model.predict(MANY) == pytest.approx(expected)


@pytest.mark.parametrize("make", MODELS, ids=range(len(MODELS)))
def test_a_program_goes_when_its_model_goes(make: Any) -> None:
    model = make()
    model.predict(MANY)
    number, reference = id(model), weakref.ref(model)
    assert number in predicting._kept
    del model
    gc.collect()
    assert reference() is None
    assert number not in predicting._kept


def regularised(model: nn.MLP) -> Any:
    return lambda output, target: output * output + 0.1 * model.parameters()[0] ** 2


@pytest.mark.parametrize("loss_of", [lambda model: "mse_loss", regularised])
def test_a_model_that_was_trained_goes_whatever_its_loss_holds_on_to(loss_of: Any) -> None:
    model = nn.MLP(2, [4, 1], seed=0)
    number, reference = id(model), weakref.ref(model)
    nn.fit(
        model, MANY, np.ones(len(MANY)), loss=loss_of(model), optimizer=nn.SGD(0.1), epochs=1,
        verbose=0,
    )  # fmt: skip
    assert model.predict(MANY) == pytest.approx(row_by_row(model))
    assert number in predicting._kept
    del model
    gc.collect()
    assert reference() is None
    assert number not in predicting._kept


# --- the compiler is loaded when it is needed -----------------------------------------------------


def test_importing_nn_loads_nothing_of_the_compiler_but_compile_itself() -> None:
    code = "import nn, sys; print([m for m in sys.modules if m.startswith('autograd.compiler.')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "['autograd.compiler.compile']"
