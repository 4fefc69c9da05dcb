"""Module paths: the neuron, layer and model that each node of a graph belongs to.

A model is anything with ``named_parameters()``, whose dotted names say where a parameter lives:
``layers.0.neurons.2.w.1`` is the weight 1 of neuron 2 of layer 0. What that neuron computes with
its parameters, and what it makes of the result, belongs to it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from autograd._util.format import one_line
from autograd.core.value import Value

ModulePath = tuple[str, ...]


class Model(Protocol):
    """What ``nn.Module`` is to this module."""

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Every parameter with its dotted name."""
        ...


def is_model(thing: Any) -> bool:
    """Whether it has named parameters, and is not the class of such things."""
    # its class is asked, because a stranger among the variables may answer to any name
    return callable(getattr(type(thing), "named_parameters", None))


def parameter_paths(models: Mapping[str, Model]) -> dict[Value, ModulePath]:
    """The parts that hold each parameter, from the whole model to the innermost.

    >>> import nn
    >>> model = nn.MLP(2, [3, 1], seed=0)
    >>> parameter_paths({"model": model})[model.layers[0].neurons[2].b]
    ('model', 'model.layers.0', 'model.layers.0.neurons.2')
    """
    paths: dict[Value, ModulePath] = {}
    found = [(name, _parameters(model)) for name, model in models.items()]
    # the largest first: a variable may hold a layer, and another the model that it is a part of
    for model_name, parameters in sorted(found, key=lambda item: -len(item[1])):
        for name, value in parameters:
            if isinstance(value, Value):
                paths.setdefault(value, _path(model_name, name))
    return paths


def _parameters(model: Model) -> list[tuple[str, Value]]:
    """A model's parameters; none of a stranger among the variables that only looks like one."""
    try:
        return [(str(name), value) for name, value in model.named_parameters()]
    except Exception:
        return []


def _path(model: str, name: str) -> ModulePath:
    """Every prefix that names a part: it ends before an attribute, and not before an index."""
    pieces = name.split(".")
    starts = [i for i, piece in enumerate(pieces) if not piece.isdigit()]
    return tuple(one_line(".".join([model, *pieces[:i]])) for i in starts)


def module_paths(
    order: Iterable[Value], parameters: Mapping[Value, ModulePath]
) -> dict[Value, ModulePath]:
    """The path of each node of a topological order that belongs to a module of a model.

    A node belongs where its parameters do; else, if all its operands belong to one place, or if
    it has one operand alone, where they do. What combines several places, as a loss does,
    belongs to none and is left out.
    """
    found: dict[Value, ModulePath] = {}
    if not parameters:
        return found
    for node in order:
        parents = node.parents
        if not parents:
            if node in parameters:
                found[node] = parameters[node]
            continue
        owners = {parameters[parent] for parent in parents if parent in parameters}
        if not owners:
            owners = {found.get(parent, ()) for parent in parents}
        path = owners.pop()
        if path and not owners:
            found[node] = path
    return found


def numbered_paths(order: Sequence[Value], models: Mapping[str, Model]) -> dict[int, ModulePath]:
    """The path of each node of a topological order that has one, by its place in the order."""
    paths = module_paths(order, parameter_paths(models))
    return {i: paths[node] for i, node in enumerate(order) if node in paths}
