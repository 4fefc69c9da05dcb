"""The layers of a model and their units, found in its graph; which units are dead or saturated."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import Value
from autograd._util.module_paths import ModulePath, module_paths, parameter_paths
from autograd.core.array_arithmetic import ARRAYS
from autograd.core.evaluate import evaluate
from autograd.core.graph import interior, topological_order
from autograd.core.operation import Operation
from autograd.core.table import TABLE
from autograd.functions.sums import total
from nn.layers import MLP, Layer, Neuron
from nn.module import Module

# A unit whose slope has come down to a twentieth of what it is at 0 passes on a twentieth of the
# gradient. For tanh that is an output beyond 0.975, for sigmoid below 0.013 or above 0.987.
SATURATED_BELOW = 0.05


class Units(NamedTuple):
    """What the units of one layer did on some rows.

    A unit is a neuron; in a module that keeps the weights of several units in its own attributes
    it is one of the module's activations. ``dead`` units had a slope of 0 on every row. ``pairs``
    are those of a unit and a row whose activation has a slope above 0 at 0, as tanh and sigmoid
    do; ``flat`` are those of them that were saturated.
    """

    number: int = 0
    dead: int = 0
    pairs: int = 0
    flat: int = 0
    are_outputs: bool = False

    @property
    def dead_share(self) -> float | None:
        """The share of dead units, 0 to 1; None without activations."""
        return self.dead / self.number if self.number else None

    @property
    def saturated_share(self) -> float | None:
        """The share of saturated pairs, 0 to 1; None if no activation has a slope at 0."""
        return self.flat / self.pairs if self.pairs else None


def layer_of(path: ModulePath) -> str:
    """The name of the layer that a part belongs to: a neuron's is the part around it.

    >>> layer_of(("model", "model.layers.0", "model.layers.0.neurons.2"))
    'layers.0'
    """
    part = path[-2] if _is_neuron(path) else path[-1]
    return part.removeprefix("model.")


def parameters_by_layer(model: Module) -> dict[str, list[Value]]:
    """The parameters of each layer, in the order of ``model.parameters()``."""
    layers: dict[str, list[Value]] = {}
    for parameter, path in parameter_paths({"model": model}).items():
        layers.setdefault(layer_of(path), []).append(parameter)
    return layers


def layers_along(output: Any, model: Module) -> list[str]:
    """The layers that an output comes from, in the order in which the signal meets them."""
    roots = list(_values(output))
    found = module_paths(topological_order(_root(roots)), parameter_paths({"model": model}))
    return list(dict.fromkeys(layer_of(path) for path in found.values()))


def census(model: Module, rows: Iterable[Sequence[float]]) -> dict[str, Units]:
    """What the units of each layer do on rows; layers without activations are left out.

    The activation of a unit is the last function of one operand that belongs to its neuron. One
    that is written out of several operations is judged by the last such function in it.

    >>> import nn
    >>> model = nn.MLP(1, [2, 1], "relu", seed=0)
    >>> for neuron in model.layers[0].neurons:
    ...     neuron.b.data = -100.0
    >>> census(model, [[0.5], [-0.5]])
    {'layers.0': Units(number=2, dead=2, pairs=0, flat=0, are_outputs=False)}
    """
    found = quick_census(model, rows)
    return _of_graphs(model, rows) if found is None else found


def quick_census(model: Module, rows: Iterable[Sequence[float]]) -> dict[str, Units] | None:
    """The census of an MLP of neurons as they came; None of other models, which takes graphs."""
    return _of_arrays(model, rows) if _is_plain(model) else None


def _of_graphs(model: Module, rows: Iterable[Sequence[float]]) -> dict[str, Units]:
    """The census of any model, from a graph for each row."""
    paths = parameter_paths({"model": model})
    tallies: dict[str, _Tally] = {}
    for row in rows:
        roots = list(_values(model(row)))
        count: Counter[ModulePath] = Counter()
        for node, path in _activations(_root(roots), paths):
            count[path] += 1
            # a neuron that is used at several places is still one unit
            unit = path if _is_neuron(path) else (path, count[path])
            tally = tallies.setdefault(layer_of(path), _Tally())
            tally.add(unit, node)
            tally.are_outputs |= node in roots
    return {name: tally.units() for name, tally in tallies.items()}


def _is_plain(model: Module) -> bool:
    """Whether it is an MLP as it came, whose layers are sums of products and activations by name.

    A graph of it for each row takes a hundred times as long as arrays do.
    """
    if type(model) is not MLP or not all(type(layer) is Layer for layer in model.layers):
        return False
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    values = [value for neuron in neurons for value in (*neuron.w, neuron.b)]
    return (
        all(type(neuron) is Neuron for neuron in neurons)
        and len(set(values)) == len(values)  # what is shared is one unit at several places
        and all(type(value) is Value and value._first is None for value in values)
        and all(isinstance(layer.activation, str) for layer in model.layers)
    )


def _of_arrays(model: Any, rows: Iterable[Sequence[float]]) -> dict[str, Units] | None:
    """The census of a plain MLP; None where arrays do not do for it."""
    signals, found = np.array(list(rows), dtype=np.float64), {}
    with np.errstate(all="ignore"):
        for number, layer in enumerate(model.layers):
            weights = np.array([[w._data for w in neuron.w] for neuron in layer.neurons])
            if weights.shape[1:] != signals.shape[1:]:
                return None  # the model says what is wrong when it is called
            sums = signals @ weights.T + [neuron.b._data for neuron in layer.neurons]
            row = TABLE.get(layer.activation)
            if row is None:  # "linear"; or "softmax", which can only be the last
                signals = sums
                continue
            try:
                signals = row.forward(ARRAYS, sums)
                (slopes,) = row.partials(ARRAYS, signals, sums)
                slopes = np.broadcast_to(slopes, sums.shape)
            except Exception:
                return None
            dead = int((slopes == 0.0).all(axis=0).sum())
            at_0 = _slope_at_0(row)
            sloped = 0.0 < at_0 < math.inf
            flat = int((np.abs(slopes) < SATURATED_BELOW * at_0).sum()) if sloped else 0
            last = number == len(model.layers) - 1
            found[f"layers.{number}"] = Units(
                sums.shape[1], dead, sums.size if sloped else 0, flat, last
            )
    return found


class _Tally:
    """The counting of one layer's units."""

    def __init__(self) -> None:
        self.alive: dict[Hashable, bool] = {}
        self.pairs = self.flat = 0
        self.are_outputs = False

    def add(self, unit: Hashable, activation: Value) -> None:
        (local,) = activation.partials
        self.alive[unit] = self.alive.get(unit, False) or local != 0.0
        slope = _slope_at_0(activation._operation)
        if 0.0 < slope < math.inf:  # the logarithm's is infinite
            self.pairs += 1
            self.flat += abs(local) < SATURATED_BELOW * slope

    def units(self) -> Units:
        n = len(self.alive)
        return Units(n, n - sum(self.alive.values()), self.pairs, self.flat, self.are_outputs)


def _activations(root: Value, paths: dict[Value, ModulePath]) -> list[tuple[Value, ModulePath]]:
    """Each activation and the part it belongs to, in topological order."""
    functions = [node for node in interior(root) if _is_function(node._operation)]
    # an activation of a weighted sum can be placed without the thousand products below the sum
    few = [node for function in functions for node in (*function.parents, function)]
    found = module_paths(few, paths)
    if any(function not in found for function in functions):
        found = module_paths(topological_order(root), paths)
    # in a chain of functions within one part, the last is the one
    inner = {
        function.parents[0]
        for function in functions
        if function in found and found.get(function.parents[0]) == found[function]
    }
    return [(f, found[f]) for f in functions if f in found and f not in inner]


@functools.lru_cache(maxsize=4096)
def _is_function(operation: Operation) -> bool:
    return operation.arity == 1 and operation.is_function


@functools.lru_cache(maxsize=4096)
def _slope_at_0(operation: Operation) -> float:
    return evaluate(operation, [0.0])[1][0]


@functools.lru_cache(maxsize=4096)
def _is_neuron(path: ModulePath) -> bool:
    return bool(re.search(r"\.neurons\.\d+$", path[-1]))


def _values(output: Any) -> Iterator[Value]:
    if isinstance(output, Value):
        yield output
    elif isinstance(output, (list, tuple)):
        for item in output:
            yield from _values(item)


def _root(outputs: Sequence[Value]) -> Value:
    """One node above all outputs, so that what they share is walked over once."""
    return outputs[0] if len(outputs) == 1 else total(outputs)
