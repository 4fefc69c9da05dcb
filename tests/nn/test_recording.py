"""``nn.WeightSizes`` and ``nn.ParameterPath``: what they record."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.errors import ArgumentError, InputError

X, Y = nn.data.moons(20, seed=0)


def trained(callback: Any, model: Any = None, **settings: Any) -> Any:
    model = model or nn.MLP(2, [4, 3, 1], "tanh", seed=0)
    chosen: dict[str, Any] = {
        "loss": "hinge_loss", "optimizer": nn.SGD(lr=0.1), "epochs": 3, "batch_size": 5, "seed": 0,
    } | settings  # fmt: skip
    nn.fit(model, X, 2 * Y - 1, verbose=0, callbacks=callback, **chosen)
    return model


class Plain(nn.Module):
    """A model with parameters of its own, some of them called biases."""

    def __init__(self) -> None:
        self.weight = [Value(0.5), Value(-3.0)]
        self.bias = [Value(100.0)]

    def __call__(self, x: Any) -> Any:
        return self.weight[0] * x[0] + self.weight[1] * x[1] + self.bias[0]


class Biases(nn.Module):
    """Nothing but a bias."""

    def __init__(self) -> None:
        self.b = Value(-7.0)

    def __call__(self, x: Any) -> Any:
        return self.b + 0.0 * x[0]


# --- WeightSizes ---------------------------------------------------------------------------------


def test_sizes_are_the_largest_and_the_mean_weight_of_each_layer_without_biases() -> None:
    sizes, seen = nn.WeightSizes(), []

    class Watch(nn.Callback):
        def on_start(self, run: Any) -> None:
            self.on_epoch(run)

        def on_epoch(self, run: Any) -> None:
            layers = [[neuron.w for neuron in layer.neurons] for layer in run.model.layers]
            seen.append([np.abs([[w.data for w in row] for row in rows]) for rows in layers])
            for layer in run.model.layers:
                layer.neurons[0].b.data = 1e6  # which is not to be seen

    trained([sizes, Watch()])
    assert sizes.layers == ["layers.0", "layers.1", "layers.2"]
    assert sizes.epochs == [0, 1, 2, 3]
    for i, name in enumerate(sizes.layers):
        assert sizes.largest[name] == [layers[i].max() for layers in seen]
        assert sizes.mean[name] == pytest.approx([layers[i].mean() for layers in seen])


def test_what_is_called_a_bias_is_no_weight_unless_there_is_nothing_else() -> None:
    for model, size in ((Plain(), 3.0), (Biases(), 7.0)):
        sizes = nn.WeightSizes()
        trained(sizes, model, epochs=1, optimizer=nn.SGD(lr=0.0))
        assert list(sizes.largest.values()) == [[size, size]]


def test_a_second_training_goes_on_where_the_sizes_ended() -> None:
    sizes = nn.WeightSizes()
    model = trained(sizes, epochs=2)
    trained(sizes, model, epochs=1)
    assert sizes.epochs == [0, 1, 2, 3]
    assert len(sizes.largest["layers.0"]) == 4


def test_sizes_are_ready_for_json() -> None:
    sizes = nn.WeightSizes()
    trained(sizes)
    data = json.loads(json.dumps(sizes.to_dict()))
    assert data == {
        "layers": sizes.layers, "epochs": sizes.epochs, "largest": sizes.largest,
        "mean": sizes.mean,
    }  # fmt: skip
    assert repr(sizes) == "WeightSizes(4 looks, layers: layers.0, layers.1, layers.2)"
    assert repr(nn.WeightSizes()) == "WeightSizes(0 looks, layers: none)"


def test_sizes_of_another_model_are_refused() -> None:
    sizes = nn.WeightSizes()
    trained(sizes)
    message = (
        "^WeightSizes has recorded the layers layers.0, layers.1, layers.2, and now got layers.0; "
        "use a new WeightSizes for another model$"
    )
    with pytest.raises(ArgumentError, match=message):
        trained(sizes, nn.MLP(2, [1], seed=0))


# --- ParameterPath -------------------------------------------------------------------------------


def test_a_path_is_where_all_parameters_are_before_and_after_each_step() -> None:
    path, seen = nn.ParameterPath(), []

    class Watch(nn.Callback):
        def on_start(self, run: Any) -> None:
            self.on_step(run)

        def on_step(self, run: Any) -> None:
            seen.append([p.data for p in run.model.parameters()])

    trained([path, Watch()], nn.MLP(2, [1], seed=0))
    assert path.steps == list(range(13))
    assert path.path.shape == (13, 3)
    assert path.path.tolist() == seen
    assert len(np.unique(path.path[:, 0])) == 13
    assert repr(path) == "ParameterPath(12 steps, 3 parameters)"


def test_only_the_parameters_that_were_chosen_are_followed_in_their_order() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    first, second = model.layers[1].neurons[0].b, model.layers[0].neurons[0].w[1]
    path = nn.ParameterPath([first, second])
    trained(path, model)
    assert path.path[-1].tolist() == [first.data, second.data]
    assert nn.ParameterPath(first)._chosen == [first]


def test_every_fifth_step_and_the_last_are_recorded() -> None:
    path = nn.ParameterPath(every=5)
    model = trained(path)
    assert path.steps == [0, 5, 10, 12]
    assert path.path[-1].tolist() == [p.data for p in model.parameters()]


def test_a_second_training_goes_on_with_the_path() -> None:
    path = nn.ParameterPath()
    model = trained(path, epochs=1)
    trained(path, model, epochs=1)
    assert path.steps == list(range(9))


def test_ctrl_c_leaves_the_path_up_to_the_last_step() -> None:
    class Impatient(nn.Callback):
        def on_step(self, run: Any) -> None:
            if run.step == 7:
                raise KeyboardInterrupt

    path = nn.ParameterPath(every=4)
    model = trained([path, Impatient()])
    assert path.steps == [0, 4, 7]
    assert path.path[-1].tolist() == [p.data for p in model.parameters()]


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (lambda: nn.ParameterPath(every=0), ArgumentError,
         "ParameterPath expects every to be a whole number of at least 1, got 0"),
        (lambda: nn.ParameterPath("w"), InputError,
         r"ParameterPath expects a list of Values, got 'w'; choose among model\.parameters\(\)"),
        (lambda: nn.ParameterPath([1.0]), InputError,
         r"ParameterPath expects a list of Values, got \[1\.0\]"),
        (lambda: nn.ParameterPath([]), ArgumentError,
         "ParameterPath expects one parameter or more, got none; leave it out"),
        (lambda: trained(nn.ParameterPath([Value(1.0, name="a")])), ArgumentError,
         r"ParameterPath expects parameters of the model, got .*a.*; choose among model\.param"),
    ],
)  # fmt: skip
def test_parameter_path_refuses(use: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}"):
        use()


def test_a_path_of_another_model_is_refused() -> None:
    path = nn.ParameterPath()
    trained(path)
    with pytest.raises(ArgumentError, match=r"^ParameterPath has followed 31 parameters of an"):
        trained(path, nn.MLP(2, [1], seed=0))


def test_recording_leaves_the_training_as_it_is_to_the_bit() -> None:
    ends = [
        [p.data for p in trained(callbacks).parameters()]
        for callbacks in ([], [nn.WeightSizes(), nn.ParameterPath()])
    ]
    assert ends[0] == ends[1]


@pytest.mark.parametrize(("best", "steps"), [(1, [0, 4]), (2, [0, 4, 6])])
def test_the_last_step_is_not_recorded_where_early_stopping_has_gone_back(
    best: int, steps: list[int]
) -> None:
    class Best(nn.EarlyStopping):
        def on_epoch(self, run: Any) -> None:
            run.history["loss"][-1] = float(run.epoch != best)
            super().on_epoch(run)

    model, path = nn.Neuron(1, "linear", rng=0), nn.ParameterPath(every=4)
    nn.fit(
        model, [[0.0], [1.0], [2.0], [3.0], [4.0]], [1.0, 2.0, 3.0, 4.0, 5.0], loss="mse_loss",
        optimizer=nn.SGD(lr=0.01), epochs=2, batch_size=2, seed=0, verbose=0,
        callbacks=[path, Best("loss")],
    )  # fmt: skip
    assert path.steps == steps
