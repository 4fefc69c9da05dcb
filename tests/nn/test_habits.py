"""What users of other libraries write is answered with what to write here."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn import habits

MODEL = nn.MLP(2, [3, 1], seed=0)


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("Linear", 'use nn.Layer(n_inputs, n_outputs, "linear")'),
        ("ReLU", 'name it in the layer, such as nn.Layer(2, 3, "relu")'),
        ("CrossEntropyLoss", "use nn.cross_entropy, on raw outputs"),
        ("Parameter", "use autograd.Value, which holds one number"),
        ("sgd", "use nn.SGD"),
        ("moons", "use nn.data.moons"),
        ("Cosine", "use nn.optim.Cosine"),
        ("learning_curves", "use nn.plots.learning_curves"),
        ("relu", "use autograd.relu"),
        ("no_grad", "use autograd.no_grad"),
    ],
)
def test_a_name_that_nn_has_not_is_answered_with_what_there_is(name: str, instead: str) -> None:
    with pytest.raises(AttributeError, match=f"^nn has no {name}: {re.escape(instead)}$"):
        getattr(nn, name)
    assert not hasattr(nn, name)


def test_a_name_that_is_nowhere_is_answered_with_where_to_look() -> None:
    with pytest.raises(AttributeError, match=r"^nn has no blubb; dir\(nn\) lists what it has$"):
        nn.blubb  # noqa: B018


@pytest.mark.parametrize(
    ("thing", "name", "message"),
    [
        (MODEL, "fit", r"MLP has no fit: train with nn\.fit\(model, X, y, loss=\.\.\."),
        (MODEL, "eval", "MLP has no eval: leave it out: a model does the same in training"),
        (MODEL, "forward", r"MLP has no forward: call the model itself, model\(x\)"),
        (nn.SGD(), "zero_grad", r"SGD has no zero_grad: use model\.zero_grad\(\); nn\.fit does"),
        (nn.Adam(), "learning_rate", r"Adam has no learning_rate: use optimizer\.lr"),
        (MODEL, "blubb", "'MLP' object has no attribute 'blubb'"),
    ],
)
def test_a_method_of_another_library_is_answered_with_what_there_is(
    thing: Any, name: str, message: str
) -> None:
    with pytest.raises(AttributeError, match=f"^{message}"):
        getattr(thing, name)
    assert not hasattr(thing, name)


def test_a_property_that_fails_says_what_it_missed_and_not_that_it_is_missing_itself() -> None:
    class Odd(nn.Module):
        @property
        def fit(self) -> float:
            return self.blubb  # type: ignore[attr-defined, no-any-return]

    with pytest.raises(AttributeError, match="'Odd' object has no attribute 'blubb'"):
        Odd().fit  # noqa: B018


def test_a_method_of_ones_own_is_found_and_copies_and_pickles_are_as_before() -> None:
    class Fitted(nn.MLP):
        def fit(self) -> str:
            return "own"

    assert Fitted(2, [1]).fit() == "own"
    for twin in (copy.deepcopy(MODEL), pickle.loads(pickle.dumps(MODEL))):
        assert [p.data for p in twin.parameters()] == [p.data for p in MODEL.parameters()]


def test_what_is_advised_exists_and_what_is_refused_does_not() -> None:
    advice = [*habits._OF_NN.values(), *habits.OF_MODELS.values(), *habits.OF_OPTIMIZERS.values()]
    places = {"nn": nn, "autograd": autograd, "model": MODEL, "optimizer": nn.SGD()}
    pattern = r"\b(nn|autograd|model|optimizer)((?:\.\w+)+)"
    named = [place for text in advice for place in re.findall(pattern, text)]
    assert len(named) > 30
    for start, path in named:
        thing: Any = places[start]
        for name in path.strip(".").split("."):
            thing = getattr(thing, name)
    assert set(habits._OF_NN).isdisjoint(dir(nn))
    assert set(habits.OF_MODELS).isdisjoint(dir(nn.MLP))
    assert set(habits.OF_OPTIMIZERS).isdisjoint({*dir(nn.Adam), *dir(nn.SGD)})
    activations = [text for text in advice if "name it in the layer" in text]
    assert all(re.search(r'"(\w+)"', text)[1] in nn.activations.names() for text in activations)  # type: ignore[index]


def test_rows_and_targets_may_come_as_one() -> None:
    X, y = nn.data.moons(20, noise=0.1, seed=0)
    kept = []
    for data in ((X, y), ((X, y),), (nn.data.Dataset(X, y),)):
        model = nn.MLP(2, [4, 1], "tanh", seed=0)
        nn.fit(model, *data, loss="mse_loss", optimizer=nn.SGD(), epochs=2, seed=0, verbose=0)
        kept.append(model.predict(X).tolist())
    assert kept[0] == kept[1] == kept[2]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((2, 2)), "got y=None and X of type ndarray; write nn.fit"),
        ([[0.0, 1.0], [1.0, 0.0]], "got y=None and X of type list; write nn.fit"),
        (nn.data.DataLoader(np.zeros((2, 2)), np.zeros(2)), "DataLoader; fit makes batches itself"),
    ],
)
def test_rows_without_targets_are_refused(data: Any, message: str) -> None:
    with pytest.raises(autograd.InputError, match=message):
        nn.fit(MODEL, data, loss="mse_loss", optimizer=nn.SGD(), epochs=1, verbose=0)


def test_seed_and_rng_are_one_thing_in_neurons_and_layers() -> None:
    for make in (lambda **a: nn.Neuron(3, **a), lambda **a: nn.Layer(3, 2, **a)):  # type: ignore[misc]
        by_seed, by_rng = make(seed=5), make(rng=5)
        assert [p.data for p in by_seed.parameters()] == [p.data for p in by_rng.parameters()]


@pytest.mark.parametrize("given", [{"callbacks": [list(range(10_000))]}, {"batch_size": [1] * 9999},
                                   {"history": list(range(10_000))}, {"optimizer": [0] * 9999},
                                   {"seed": [1] * 9999}, {"metrics": [[1] * 9999]}])  # fmt: skip
def test_a_message_shows_the_beginning_of_what_is_long(given: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"loss": "mse_loss", "optimizer": nn.SGD(), "epochs": 1, "verbose": 0}
    with pytest.raises(autograd.GlassgradError, match=r"\.\.\.") as raised:
        nn.fit(MODEL, np.zeros((2, 2)), np.zeros(2), **(usual | given))
    assert len(str(raised.value)) < 300
