"""What neurons, layers and multi-layer perceptrons are made from, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import ShapeError
from autograd.errors import ArgumentError, InputError, brief
from nn.activations import Activation
from nn.checks import as_generator

Seed = int | np.random.Generator | None


def as_size(n: Any, who: str, what: str) -> int:
    """A number of inputs or neurons."""
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
        raise InputError(f"{who} expects a whole number for {what}, got {brief(n)}")
    if n < 1:
        raise ArgumentError(f"{who} expects {what} of at least 1, got {n}")
    return int(n)


def widths_of(n_inputs: Any, sizes: Any) -> list[int]:
    """The numbers of signals between the layers of an MLP, from its inputs to its outputs."""
    if isinstance(n_inputs, (list, tuple)) and not sizes:
        first, *others = n_inputs or (2, 8, 1)
        raise InputError(
            "MLP expects the number of inputs, and then a list of the layers' sizes, got one list, "
            f"{brief(n_inputs)}; write MLP({first}, {brief(others or [1])})"
        )
    if isinstance(sizes, (int, np.integer)):
        raise InputError(
            f"MLP expects a list of layer sizes, got {sizes}; write "
            f"[{sizes}, 1] for {sizes} hidden neurons and one output"
        )
    try:
        listed = list(sizes)
    except TypeError:
        raise InputError(f"MLP expects a list of layer sizes, got {brief(sizes)}") from None
    if not listed:
        raise ShapeError("MLP expects at least one layer, got no sizes; write [1] for one neuron")
    counted = [as_size(n, "MLP", f"the size of layer {i}") for i, n in enumerate(listed, start=1)]
    return [as_size(n_inputs, "MLP", "n_inputs"), *counted]


def seeded(who: str, seed: Seed, rng: Seed) -> np.random.Generator:
    """The generator by ``seed`` or, as the contract has it, by ``rng``."""
    if seed is not None and rng is not None:
        raise ArgumentError(
            f"{who} expects seed or rng, which are the same, got both; leave one of them out"
        )
    return as_generator(who, seed) if rng is None else as_generator(who, rng, "rng")


def per_layer(activation: Activation | Sequence[Activation], n_hidden: int) -> list[Activation]:
    """An activation for each hidden layer."""
    if isinstance(activation, str) or callable(activation):
        return [activation] * n_hidden
    if not isinstance(activation, (list, tuple)):
        raise InputError(
            "MLP expects an activation's name, a function, or a list of them, got "
            f"{brief(activation)}"
        )
    listed = list(activation)
    if len(listed) != n_hidden:
        raise ShapeError(
            f"MLP expects one activation per hidden layer ({n_hidden}), got {len(listed)} "
            f"({brief(listed)}); the last layer's is output="
        )
    return listed
