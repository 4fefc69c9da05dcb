"""Callbacks that record what pictures are made of: sizes of weights, and the way they took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Value
from autograd._util.format import count
from autograd.errors import ArgumentError, InputError, brief
from nn.callbacks.base import Callback, Run
from nn.callbacks.units import parameters_by_layer
from nn.checks import at_least
from nn.module import Module

_BIASES = {"b", "bias", "biases"}  # what a parameter is called that is not a weight


class WeightSizes(Callback):
    """Records how large the weights of each layer are, before the training and after each epoch.

    ``epochs`` counts from 0, which is before the first; ``largest[layer]`` is max |w| for each of
    them, and ``mean[layer]`` the mean of |w|. A layer is a part of the model that holds neurons, or
    parameters of its own; what is called b or bias is no weight, unless the layer has nothing
    else. Used for several trainings of one model, it goes on where it ended.
    ``nn.plots.max_weights(sizes)`` draws it.

    >>> import nn
    >>> X, y = nn.data.moons(20, seed=0)
    >>> sizes = nn.WeightSizes()
    >>> history = nn.fit(nn.MLP(2, [4, 1], seed=0), X, 2 * y - 1, loss="hinge_loss",
    ...                  optimizer=nn.SGD(lr=0.1), epochs=2, callbacks=[sizes], verbose=0)
    >>> sizes.layers, sizes.epochs, len(sizes.largest["layers.0"])
    (['layers.0', 'layers.1'], [0, 1, 2], 3)
    """

    _only_looks = True

    def __init__(self) -> None:
        self.layers: list[str] = []
        self._rows: list[tuple[int, dict[str, tuple[float, float]]]] = []
        self._weights: dict[str, list[Value]] = {}
        self._epoch = 0

    @property
    def epochs(self) -> list[int]:
        """After which epochs the weights were looked at; 0 is before the first."""
        return [epoch for epoch, _ in self._rows]

    @property
    def largest(self) -> dict[str, list[float]]:
        """The largest |w| of each layer, for each of ``epochs``."""
        return {name: [sizes[name][0] for _, sizes in self._rows] for name in self.layers}

    @property
    def mean(self) -> dict[str, list[float]]:
        """The mean |w| of each layer, for each of ``epochs``."""
        return {name: [sizes[name][1] for _, sizes in self._rows] for name in self.layers}

    def to_dict(self) -> dict[str, Any]:
        """All that was recorded, as dictionaries, lists and numbers, ready for json or pandas."""
        return {
            "layers": list(self.layers), "epochs": self.epochs, "largest": self.largest,
            "mean": self.mean,
        }  # fmt: skip

    def on_start(self, run: Run) -> None:
        """Find the weights of each layer, and look at them before the first step."""
        self._weights = _weights_by_layer(run.model)
        if self.layers not in ([], list(self._weights)):
            raise ArgumentError(
                f"WeightSizes has recorded the layers {', '.join(self.layers)}, and now got "
                f"{', '.join(self._weights)}; use a new WeightSizes for another model"
            )
        self.layers = list(self._weights)
        if self.epochs[-1:] != [self._epoch]:
            self._look()

    def on_epoch(self, run: Run) -> None:
        """Look at the weights as the epoch has left them."""
        self._epoch += 1
        self._look()

    def on_end(self, run: Run) -> None:
        """Let go of the model."""
        self._weights = {}

    def _look(self) -> None:
        sizes = {}
        for name, weights in self._weights.items():
            absolute = np.abs([weight._data for weight in weights])
            sizes[name] = float(absolute.max()), float(absolute.mean())
        self._rows.append((self._epoch, sizes))

    def __repr__(self) -> str:
        layers = ", ".join(self.layers) or "none"
        return f"WeightSizes({count(len(self._rows), 'look')}, layers: {layers})"


def _weights_by_layer(model: Module) -> dict[str, list[Value]]:
    biases = {
        parameter
        for name, parameter in model.named_parameters()
        if next((p for p in reversed(name.split(".")) if not p.isdigit()), "") in _BIASES
    }
    layers = parameters_by_layer(model)
    return {
        name: [parameter for parameter in parameters if parameter not in biases] or parameters
        for name, parameters in layers.items()
    }


class ParameterPath(Callback):
    """Records the way of parameters through their space: where they are before and after steps.

    ``parameters`` are those to follow, all of the model's if none are named. ``path`` is an array
    of shape (n_recorded, n_parameters), its first row before the first step; ``steps`` are the
    steps after which they were looked at: 0, and every ``every``-th. The last step of a training is
    recorded as well, unless early stopping has gone back from there. Used for several trainings, it
    goes on where it ended. ``nn.plots.descent_paths`` draws the paths of two parameters.

    >>> import nn
    >>> neuron, path = nn.Neuron(1, "linear", rng=0), nn.ParameterPath()
    >>> history = nn.fit(neuron, [[0.0], [1.0]], [1.0, 3.0], loss="mse_loss", batch_size=1,
    ...                  optimizer=nn.SGD(lr=0.1), epochs=3, seed=0, callbacks=[path], verbose=0)
    >>> path.path.shape, path.steps
    ((7, 2), [0, 1, 2, 3, 4, 5, 6])
    """

    _only_looks = True

    def __init__(self, parameters: Sequence[Value] | None = None, *, every: int = 1) -> None:
        self.every = at_least(1, every, "ParameterPath expects every")
        self._chosen = _checked(parameters)
        self._parameters: list[Value] = []
        self._rows: list[tuple[int, list[float]]] = []
        self._step = 0

    @property
    def path(self) -> NDArray[np.float64]:
        """Where the parameters were, of shape (n_recorded, n_parameters)."""
        return np.array([row for _, row in self._rows], dtype=np.float64)

    @property
    def steps(self) -> list[int]:
        """After which steps they were looked at; 0 is before the first."""
        return [step for step, _ in self._rows]

    def on_start(self, run: Run) -> None:
        """Note where the parameters start."""
        own = run.model.parameters()
        if self._chosen is not None and not set(self._chosen) <= set(own):
            strange = next(p for p in self._chosen if p not in set(own))
            raise ArgumentError(
                f"ParameterPath expects parameters of the model, got {strange!r}; "
                "choose among model.parameters()"
            )
        parameters = own if self._chosen is None else self._chosen
        if self._parameters and parameters != self._parameters:
            raise ArgumentError(
                "ParameterPath has followed "
                f"{count(len(self._parameters), 'parameter')} of another model; use a new one"
            )
        self._parameters = parameters
        if self.steps[-1:] != [self._step]:
            self._look()

    def on_step(self, run: Run) -> None:
        """Note where the step has led, if it is one of those to record."""
        self._step += 1
        if self._step % self.every == 0:
            self._look()

    def on_end(self, run: Run) -> None:
        """Note where the last step has led, if it was not recorded, and can still be seen."""
        has_gone_back = run.history.best_epoch not in (None, len(run.history))
        if self.steps[-1:] != [self._step] and not has_gone_back:
            self._look()

    def _look(self) -> None:
        self._rows.append((self._step, [parameter._data for parameter in self._parameters]))

    def __repr__(self) -> str:
        followed = len(self._rows[0][1]) if self._rows else 0
        return f"ParameterPath({count(self._step, 'step')}, {count(followed, 'parameter')})"


def _checked(parameters: Any) -> list[Value] | None:
    if parameters is None:
        return None
    chosen = [parameters] if isinstance(parameters, Value) else parameters
    if not isinstance(chosen, (list, tuple)) or not all(isinstance(p, Value) for p in chosen):
        raise InputError(
            f"ParameterPath expects a list of Values, got {brief(parameters)}; "
            "choose among model.parameters()"
        )
    if not chosen:
        raise ArgumentError("ParameterPath expects one parameter or more, got none; leave it out")
    return list(chosen)
