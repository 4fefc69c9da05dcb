"""A network of 1000 layers: run, compiled, trained, saved, drawn, stepped, without recursion."""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Stepper, Value, draw, explain, tree
from tests.scale.sizes import FULL, lines_run, sized

LAYERS = 1000
# that many functions inside of one another are enough for all that is not deep itself
FEW_FRAMES = 150


@pytest.fixture
def few_frames() -> Iterator[None]:
    """Whatever goes down one call for each layer fails here."""
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + FEW_FRAMES)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def network(layers: int = LAYERS, width: int = 1) -> nn.MLP:
    return nn.MLP(2, [width] * (layers - 1) + [1], activation="leaky_relu", seed=0)


@pytest.fixture(scope="module")
def model() -> nn.MLP:
    return network()


@pytest.fixture(scope="module")
def compiled(model: nn.MLP) -> Any:
    f = autograd.compile(lambda x: model(x))
    f.map([[1.0, 2.0]])
    return f


def test_it_runs_forward_and_backward_and_is_described(model: nn.MLP, few_frames: None) -> None:
    y = model([1.0, 2.0])
    y.backward()
    assert model.parameters()[-1].grad == 1.0
    assert len(list(model.named_parameters())) == 2 * LAYERS + 1
    assert str(model.summary()).count("\n") > LAYERS
    assert repr(model).startswith("MLP(2, [1, 1, ")


def test_its_state_has_a_name_for_each_layer_and_is_loaded_again(
    model: nn.MLP, few_frames: None
) -> None:
    state = model.state_dict()
    assert list(state)[-2:] == [f"{2 * (LAYERS - 1)}.weight", f"{2 * (LAYERS - 1)}.bias"]
    other = nn.MLP(2, [1] * LAYERS, activation="leaky_relu", seed=1)
    other.load_state_dict(state)
    assert float(other([1.0, 2.0])) == float(model([1.0, 2.0]))


@pytest.mark.parametrize("ending", ["json", "safetensors"])
def test_it_is_saved_and_loaded(
    ending: str, model: nn.MLP, tmp_path: Path, few_frames: None
) -> None:
    if ending == "safetensors":
        pytest.importorskip("safetensors")
    nn.save(model, tmp_path / f"deep.{ending}")
    again = nn.load(tmp_path / f"deep.{ending}")
    assert [p.data for p in again.parameters()] == [p.data for p in model.parameters()]


def test_it_is_copied_and_pickled(model: nn.MLP) -> None:
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert float(again([1.0, 2.0])) == float(model([1.0, 2.0]))


def test_it_is_drawn_and_stepped_in_folds_and_explained_in_paths(
    model: nn.MLP, few_frames: None
) -> None:
    y = model([1.0, 2.0])
    y.backward()
    assert "nodes folded into" in draw(y, model=model).source
    assert "cut at 200 lines" in tree(y)
    stepper = Stepper(y, model=model)
    assert stepper.seek(-1).position == len(stepper) > 5 * LAYERS
    assert "nodes folded into" in stepper.html()
    weight = model.parameters()[0]
    assert explain(y, weight).total == pytest.approx(weight.grad)


def test_it_is_compiled_and_agrees_with_its_graph(model: nn.MLP, compiled: Any) -> None:
    theta = compiled.theta
    value, gradient = compiled.value_and_grad(theta, [[1.0, 2.0]])
    for p in model.parameters():
        p.grad = 0.0
    y = model([1.0, 2.0])
    y.backward()
    assert value == pytest.approx(y.data, rel=1e-12)
    slopes = {p: p.grad for p in model.parameters()}
    np.testing.assert_allclose(gradient, [slopes[p] for p in compiled.parameters], rtol=1e-12)


def test_two_epochs_in_one_program_are_those_on_graphs(recwarn: pytest.WarningsRecorder) -> None:
    X, y = nn.data.moons(20, noise=0.1, seed=0)
    X, y = X[:7], y[:7]
    trained = []
    for compiles in (True, False):
        model = network(sized(300, LAYERS))
        nn.fit(
            model, X, y, loss="binary_cross_entropy_with_logits", optimizer=nn.SGD(lr=0.1),
            epochs=2, batch_size=4, seed=0, verbose=0, compile=compiles,
        )  # fmt: skip
        trained.append([p.data for p in model.parameters()])
    assert not recwarn.list  # and none that it could not be compiled
    np.testing.assert_allclose(trained[0], trained[1], rtol=1e-12)
    assert trained[0][-1] != 0.0  # the last bias, which started from 0


def test_twice_as_many_layers_are_compiled_by_twice_as_much_work() -> None:
    def building(layers: int) -> Any:
        model = network(layers, width=2)
        f = autograd.compile(lambda x: model(x))
        return lambda: f.value_and_grad(f.theta, np.ones((3, 2)))

    building(3)()
    once, twice = lines_run(building(15)), lines_run(building(30))
    assert 50_000 < twice < 2.1 * once


def test_a_chain_of_ten_thousand_steps_is_compiled_and_agrees_with_its_graph() -> None:
    weights = [Value(1.0 - 1e-4 * (i % 7)) for i in range(sized(500, 10_000))]

    def chain(x: Value) -> Value:
        for weight in weights:
            x = (weight * x).sin()
        return x

    f = autograd.compile(chain)
    value, gradient = f.value_and_grad(f.theta, [0.3])
    y = chain(Value(0.3))
    y.backward()
    slopes = {w: w.grad for w in weights}
    assert value == pytest.approx(y.data, rel=1e-9)
    np.testing.assert_allclose(gradient, [slopes[p] for p in f.parameters], rtol=1e-9)
    assert FULL or len(f.source) < 1_000_000
