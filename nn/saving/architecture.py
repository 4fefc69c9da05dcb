"""``Architecture``: what a file says of a model beside its numbers, and a model built from it."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import Any

from autograd import Value
from autograd.functions.functions import FUNCTIONS
from nn.activations import names
from nn.layers import MLP, Layer, Neuron
from nn.module import Module
from nn.state import are_shared, entries, places

from .content import Fault

Shape = tuple[int, ...]

_KEYS = {
    "MLP": {"type", "n_inputs", "layers"},
    "Layer": {"type", "n_inputs", "n_outputs", "activation"},
    "Neuron": {"type", "n_inputs", "activation"},
    "Module": {"type", "class"},
}


@dataclass(frozen=True)
class Function:
    """An activation that is a function of the user's own: its name, which is all that is saved."""

    name: str


Activation = str | Function


@dataclass(frozen=True)
class Architecture:
    """A model without its numbers.

    ``kind`` is "MLP", "Layer", "Neuron", or "Module" for all that is built by code of the user's,
    whose class is ``class_name``. ``layers`` has the number of outputs and the activation of each
    layer; a neuron is one layer of one output.
    """

    kind: str
    class_name: str
    n_inputs: int = 0
    layers: tuple[tuple[int, Activation], ...] = ()

    @property
    def functions(self) -> list[str]:
        """The names of activations that are the user's own functions."""
        return [a.name for _, a in self.layers if isinstance(a, Function)]

    @property
    def unknown(self) -> list[str]:
        """The names of activations that there are none of."""
        known = set(names())
        return [a for _, a in self.layers if isinstance(a, str) and a not in known]

    def shapes(self) -> dict[str, Shape]:
        """The names and shapes of the state, for all kinds but "Module"."""
        (n_outputs, _), widths = self.layers[0], [self.n_inputs, *(n for n, _ in self.layers)]
        if self.kind == "Neuron":
            return {"weight": (self.n_inputs,), "bias": ()}
        if self.kind == "Layer":
            return {"weight": (n_outputs, self.n_inputs), "bias": (n_outputs,)}
        found: dict[str, Shape] = {}
        for i, place in enumerate(places([activation for _, activation in self.layers])):
            found[f"{place}.weight"] = (widths[i + 1], widths[i])
            found[f"{place}.bias"] = (widths[i + 1],)
        return found

    def build(self) -> Module:
        """A model of this architecture, with numbers that are still to be set."""
        sizes = [n for n, _ in self.layers]
        activations: list[Any] = [a for _, a in self.layers]
        if self.kind == "Neuron":
            return Neuron.with_weights([0.0] * self.n_inputs, activations[0])
        if self.kind == "Layer":
            return Layer(self.n_inputs, sizes[0], activations[0], rng=0)
        return MLP(self.n_inputs, sizes, activations[:-1], activations[-1], seed=0)

    def as_json(self) -> dict[str, Any]:
        """The same in dictionaries, lists, text and whole numbers."""
        if self.kind == "Module":
            return {"type": "Module", "class": self.class_name}
        layers = [{"n_outputs": n, "activation": _activation_as_json(a)} for n, a in self.layers]
        start: dict[str, Any] = {"type": self.kind, "n_inputs": self.n_inputs}
        if self.kind == "MLP":
            return {**start, "layers": layers}
        kept = layers[0]
        return {**start, **{key: kept[key] for key in sorted(_KEYS[self.kind] & kept.keys())}}


def architecture_of(model: Module) -> Architecture:
    """The architecture of a model; "Module" if it is more, or other, than its layers."""
    kind = type(model)
    other = Architecture("Module", kind.__name__)
    if isinstance(model, Neuron) and kind is Neuron:
        found = Architecture("Neuron", "Neuron", len(model.w), ((1, _named(model.activation)),))
    elif isinstance(model, Layer) and kind is Layer:
        found = Architecture("Layer", "Layer", model.n_inputs, (_facts(model),))
    elif isinstance(model, MLP) and kind is MLP and {type(one) for one in model.layers} == {Layer}:
        layers = tuple(_facts(layer) for layer in model.layers)
        found = Architecture("MLP", "MLP", model.n_inputs, layers)
    else:
        return other
    # a layer may have been pruned, or two of them may have the same weights
    state = entries(model)
    is_all = {entry.name: entry.shape for entry in state} == found.shapes()
    return found if is_all and not are_shared(state) else other


def difference(saved: Architecture, model: Architecture) -> str | None:
    """In what way a model would compute other outputs from the saved numbers; None if in none.

    Sizes are left to the shapes of the state. Of a function no more than the name is known.
    """
    if saved.kind != model.kind:
        return None
    for number, ((_, one), (_, other)) in enumerate(
        zip(saved.layers, model.layers, strict=False), start=1
    ):
        own = isinstance(one, Function) and isinstance(other, Function)
        if _text(one) != _text(other) and not own:
            where = "" if saved.kind == "Neuron" else f" in layer {number}"
            return f"the activation {_text(one)!r}{where}, got {_text(other)!r} there"
    return None


def from_json(description: Any) -> Architecture:
    """The architecture that a file describes, each part of it checked, or a Fault."""
    kind = description.get("type") if isinstance(description, dict) else None
    if not isinstance(kind, str) or kind not in _KEYS:
        raise Fault(f"a model of type {', '.join(_KEYS)}", reprlib.repr(description))
    _check_keys(description, _KEYS[kind], kind)
    if kind == "Module":
        class_name = description["class"]
        if not isinstance(class_name, str):
            raise Fault("the name of a class", reprlib.repr(class_name))
        return Architecture(kind, class_name)
    layers = description["layers"] if kind == "MLP" else [description]
    if not isinstance(layers, list) or not layers:
        raise Fault("a list of layers", reprlib.repr(layers))
    n_inputs = _count(description["n_inputs"], "n_inputs")
    return Architecture(kind, kind, n_inputs, tuple(_layer(layer, kind) for layer in layers))


def _layer(layer: Any, kind: str) -> tuple[int, Activation]:
    if kind == "MLP":
        _check_keys(layer, {"n_outputs", "activation"}, "a layer")
    n_outputs = 1 if kind == "Neuron" else _count(layer["n_outputs"], "n_outputs")
    activation = layer["activation"]
    if isinstance(activation, dict) and activation.keys() == {"function"}:
        name = activation["function"]
        if isinstance(name, str):
            return n_outputs, Function(name)
    if not isinstance(activation, str):
        raise Fault("an activation's name", reprlib.repr(activation))
    if kind == "Neuron" and activation == "softmax":
        raise Fault("an activation of one neuron", "'softmax'")
    return n_outputs, activation


def _check_keys(thing: Any, expected: set[str], what: str) -> None:
    if not isinstance(thing, dict) or thing.keys() != expected:
        got = sorted(thing) if isinstance(thing, dict) else thing
        raise Fault(f"{what} described by {sorted(expected)}", reprlib.repr(got))


def _count(n: Any, what: str) -> int:
    if type(n) is not int or n < 1:
        raise Fault(f"a whole number of at least 1 for {what}", reprlib.repr(n))
    return n


def _facts(layer: Layer) -> tuple[int, Activation]:
    return layer.n_outputs, _named(layer.activation)


def _named(activation: Any) -> Activation:
    if isinstance(activation, str):
        return activation
    name = str(getattr(activation, "__name__", type(activation).__name__))
    # autograd.tanh and Value.tanh are the row "tanh" of the table too
    if name in names() and name not in ("linear", "softmax"):
        rows = [getattr(Value, name, None), FUNCTIONS.get(name)]
        if any(activation is row for row in rows):
            return name
    return Function(name)


def _text(activation: Activation) -> str:
    return activation if isinstance(activation, str) else activation.name


def _activation_as_json(activation: Activation) -> Any:
    return {"function": activation.name} if isinstance(activation, Function) else activation
