"""``GradientFlow``: what it records, that it disturbs nothing, and what it says of ill networks."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.errors import ArgumentError, InputError
from nn.callbacks import Run
from nn.callbacks import flow as flow_module
from nn.callbacks.units import census

X, Y = nn.data.moons(30, noise=0.1, seed=0)
SIGNS = 2 * Y - 1


def fit(model: nn.Module, *callbacks: Any, **settings: Any) -> nn.History:
    chosen: dict[str, Any] = {
        "loss": "hinge_loss", "optimizer": nn.SGD(lr=0.1), "epochs": 2, "batch_size": 10,
        "seed": 0, "verbose": 0, "callbacks": callbacks,
    } | settings  # fmt: skip
    return nn.fit(model, X, SIGNS, **chosen)


def recorded(model: nn.Module, every: int = 1, probe: int = 64, **settings: Any) -> nn.GradientFlow:
    flow = nn.GradientFlow(every, probe)
    fit(model, flow, **settings)
    return flow


def numbers(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


def biased(model: nn.MLP, bias: float) -> nn.MLP:
    for layer in model.layers[:-1]:
        for neuron in layer.neurons:
            neuron.b.data = bias
    return model


# --- norms ---------------------------------------------------------------------------------------


class States(nn.Callback):
    """Keeps gradients and parameters of each step, by layer, as arrays."""

    def __init__(self) -> None:
        self.data: list[list[Any]] = []
        self.gradients: list[list[Any]] = []

    def on_start(self, run: Run) -> None:
        self.data.append(self.layers(run, lambda p: p.data))

    def on_step(self, run: Run) -> None:
        self.data.append(self.layers(run, lambda p: p.data))
        self.gradients.append(self.layers(run, lambda p: p.grad))

    @staticmethod
    def layers(run: Run, of: Callable[[Value], float]) -> list[Any]:
        return [np.array([of(p) for p in layer.parameters()]) for layer in run.model.layers]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("every", "steps"), [(1, [1, 2, 3, 4, 5, 6]), (2, [1, 3, 5]), (4, [1, 5]), (99, [1])]
)
def test_norms_are_those_of_each_layers_gradient_and_update_at_every_nth_step(
    every: int, steps: list[int]
) -> None:
    flow, states = nn.GradientFlow(every=every), States()
    fit(nn.MLP(2, [4, 3, 1], "tanh", seed=1), flow, states, optimizer=nn.SGD(0.1, momentum=0.9))
    assert flow.layers == ["layers.0", "layers.1", "layers.2"]
    assert flow.sizes == {"layers.0": 12, "layers.1": 15, "layers.2": 4}
    assert flow.steps == steps
    for i, name in enumerate(flow.layers):
        for k, step in enumerate(steps):
            before, after = states.data[step - 1][i], states.data[step][i]
            gradient, update = states.gradients[step - 1][i], np.linalg.norm(after - before)
            assert flow.gradient_norms[name][k] == pytest.approx(np.linalg.norm(gradient))
            assert flow.update_norms[name][k] == pytest.approx(update)
            assert flow.update_ratios[name][k] == pytest.approx(update / np.linalg.norm(before))
            assert flow.gradient_norms[name][k] > 0.0


def test_layers_stand_in_the_order_a_signal_meets_them_and_not_in_that_of_attributes() -> None:
    class Backwards(nn.Module):
        def __init__(self) -> None:
            self.scale = Value(1.5)
            self.head = nn.Layer(3, 1, "linear", rng=0)
            self.unused = Value(7.0)
            self.body = {"first": nn.MLP(2, [4, 3], "tanh", seed=0)}

        def __call__(self, x: Any) -> Any:
            return self.head(self.body["first"](x)) * self.scale

    order = ["body.first.layers.0", "body.first.layers.1", "head", "model"]
    flow = recorded(Backwards())
    assert flow.layers == order
    assert flow.sizes["model"] == 2  # what a module holds itself is one layer
    without_a_probe = recorded(Backwards(), probe=0)
    assert without_a_probe.layers == ["model", "head", "body.first.layers.0", "body.first.layers.1"]


def test_a_single_neuron_and_a_single_layer_are_one_layer_called_model() -> None:
    assert recorded(nn.Neuron(2, "linear", rng=0)).sizes == {"model": 3}
    assert recorded(nn.Layer(2, 1, "linear", rng=0)).sizes == {"model": 3}


def test_an_update_of_zeros_is_infinitely_large_and_none_at_all_is_none() -> None:
    model = nn.MLP(2, [1], seed=0)
    for p in model.parameters():
        p.data = 0.0
    moved = recorded(model, epochs=1, batch_size=None)
    assert moved.update_ratios["layers.0"] == [math.inf]
    for p in model.parameters():
        p.data = 0.0
    still = recorded(model, epochs=1, batch_size=None, optimizer=nn.SGD(lr=0.0))
    assert still.update_ratios["layers.0"] == [0.0]


# --- units ---------------------------------------------------------------------------------------


def test_a_linear_layer_has_no_units_to_be_dead_or_saturated() -> None:
    flow = recorded(nn.MLP(2, [3, 1], seed=0))
    assert flow.dead["layers.1"] == flow.saturated["layers.1"] == [None] * 3
    assert flow.saturated["layers.0"] == [None] * 3
    assert None not in flow.dead["layers.0"]
    assert flow.epochs == [0, 1, 2]


@pytest.mark.parametrize(
    ("probe", "chosen"), [(64, range(30)), (3, [0, 10, 20]), (4, [0, 7, 15, 22])]
)
def test_rows_are_probed_at_even_distances(
    monkeypatch: pytest.MonkeyPatch, probe: int, chosen: Any
) -> None:
    seen: list[Any] = []

    def spy(model: nn.Module, rows: Any) -> Any:
        seen.append(rows)
        return census(model, rows)

    monkeypatch.setattr(flow_module, "census", spy)
    recorded(nn.MLP(2, [3, 1], seed=0), probe=probe)
    assert seen == [[X.tolist()[i] for i in chosen]] * 3


def test_without_a_probe_the_model_is_not_called_once_more() -> None:
    calls = []

    class Spy(nn.MLP):
        def __call__(self, x: Any) -> Any:
            calls.append(x)
            return super().__call__(x)

    fit(Spy(2, [3, 1], seed=0), compile=False)
    alone = len(calls)
    flow = recorded(Spy(2, [3, 1], seed=0), probe=0, compile=False)
    assert len(calls) == 2 * alone
    assert (flow.epochs, flow.dead["layers.0"]) == ([], [])


# --- it disturbs nothing --------------------------------------------------------------------------


class Noisy(nn.Module):
    """A model with a generator and a counter of its own, as dropout has."""

    def __init__(self) -> None:
        self.inner = nn.MLP(2, [6, 1], "tanh", seed=0)
        self.rng = np.random.default_rng(0)
        self.calls = 0

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        return self.inner([v + self.rng.normal(0.0, 0.1) for v in x])


@pytest.mark.parametrize("make", [Noisy, lambda: nn.MLP(2, [6, 1], seed=0)])
def test_a_training_that_is_watched_gives_the_bits_of_one_that_is_not(make: Any) -> None:
    alone, watched = make(), make()
    compiles = not isinstance(watched, Noisy)
    histories = [fit(alone, compile=compiles), fit(watched, nn.GradientFlow(), compile=compiles)]
    assert numbers(watched) == numbers(alone)
    assert histories[0].columns == histories[1].columns
    assert [p.grad for p in watched.parameters()] == [p.grad for p in alone.parameters()]
    if isinstance(watched, Noisy):
        assert watched.calls == alone.calls


def test_after_a_training_the_flow_holds_on_to_no_parameter() -> None:
    flow = recorded(nn.MLP(2, [3, 1], seed=0))
    assert flow._parameters == flow._before == {}


def test_a_model_that_cannot_be_copied_is_refused_before_the_first_step_with_a_way_out() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    model.rows = (row for row in X)  # type: ignore[attr-defined]
    before = numbers(model)
    with pytest.raises(
        InputError,
        match=r"^GradientFlow expects a model that copy\.deepcopy can copy, got MLP\(.*\), "
        r"where it says: cannot pickle 'generator' object; mend that, or pass probe=0 to do",
    ):
        recorded(model)
    assert numbers(model) == before
    assert recorded(model, probe=0).steps == [1, 2, 3, 4, 5, 6]


# --- several trainings ----------------------------------------------------------------------------


def test_a_flow_goes_on_over_several_trainings_of_one_model() -> None:
    flow, model = nn.GradientFlow(every=4), nn.MLP(2, [3, 1], seed=0)
    fit(model, flow)
    fit(model, flow, epochs=1)
    assert flow.steps == [1, 5, 9]
    assert flow.epochs == [0, 1, 2, 3]
    assert {len(norms) for norms in flow.update_norms.values()} == {3}
    assert {len(shares) for shares in flow.dead.values()} == {4}


def test_a_flow_refuses_another_model() -> None:
    flow = recorded(nn.MLP(2, [3, 1], seed=0))
    with pytest.raises(
        ArgumentError,
        match=r"^GradientFlow has recorded the layers layers\.0 \(9\), layers\.1 \(4\), and now "
        r"got layers\.0 \(12\), layers\.1 \(5\); use a new GradientFlow for another model$",
    ):
        fit(nn.MLP(2, [4, 1], seed=0), flow)
    assert flow.sizes == {"layers.0": 9, "layers.1": 4}


@pytest.mark.parametrize("at", range(1, 6))
def test_lists_have_one_length_after_ctrl_c_in_the_probe(
    monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    calls = 0

    def interrupted(model: nn.Module, rows: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            raise KeyboardInterrupt
        return census(model, rows)

    monkeypatch.setattr(flow_module, "census", interrupted)
    flow, model = nn.GradientFlow(), nn.MLP(2, [3, 1], seed=0)
    assert fit(model, flow, epochs=5).interrupted
    assert flow.epochs == list(range(at - 1))
    assert flow.steps == list(range(1, 3 * (at - 1) + 1))
    fit(model, flow, epochs=1)
    assert flow.epochs == list(range(at + 1))  # what was missed is made up for
    assert {len(shares) for shares in flow.dead.values()} == {at + 1}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"every": 0}, "GradientFlow expects every to be a whole number of at least 1, got 0"),
        ({"every": 1.5}, r"GradientFlow expects every to be a whole number .*, got 1\.5"),
        ({"every": True}, "GradientFlow expects every to be a whole number .*, got True"),
        ({"probe": -1}, "GradientFlow expects probe to be a whole number of at least 0, got -1"),
        ({"probe": None}, "GradientFlow expects probe to be a whole number .*, got None"),
    ],
)
def test_a_flow_expects_whole_numbers(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{message}$"):
        nn.GradientFlow(**given)


# --- shown ---------------------------------------------------------------------------------------


def test_a_flow_prints_a_table_of_the_latest_figures_and_what_is_wrong() -> None:
    assert str(nn.GradientFlow()) == (
        "GradientFlow has recorded no step yet; give it to fit(..., callbacks=[flow])"
    )
    assert repr(nn.GradientFlow()) == "GradientFlow(0 steps, 0 probes, layers: none yet)"
    flow = recorded(biased(nn.MLP(2, [3, 2, 1], ["relu", "tanh"], seed=0), -10.0))
    head, first, second, third, *said = str(flow).splitlines()
    assert repr(flow) == (
        "GradientFlow(6 steps, 3 probes, layers: layers.0 (9), layers.1 (8), layers.2 (3))"
    )
    assert head.split() == ["layer", "gradient", "update", "update/weights", "dead", "saturated"]
    assert first.split() == ["layers.0", "0.00e+00", "0.00e+00", "0.00e+00", "100%", "-"]
    last = [norms["layers.1"][-1] for norms in (flow.gradient_norms, flow.update_norms)]
    assert second.split()[:3] == ["layers.1", *[f"{norm:.2e}" for norm in last]]
    assert second.split()[4:] == ["0%", "100%"]
    assert third.split()[4:] == ["-", "-"]
    assert said == flow.diagnosis() != []
    assert len({len(line) for line in (head, first, second, third)}) == 1


def test_a_flow_is_ready_for_json_and_its_lists_are_the_callers() -> None:
    flow = recorded(nn.MLP(2, [3, 1], seed=0))
    plain = flow.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    for name, kept in plain.items():
        assert kept == getattr(flow, name)
        kept.clear()
    assert flow.to_dict()["sizes"] == {"layers.0": 9, "layers.1": 4}
    assert len(flow.steps) == 6
