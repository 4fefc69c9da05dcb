"""Optimisers: from gradients to new parameters.

An optimiser works on flat arrays (``update``), or on a list of Values (``step``), and keeps its
state between calls; it belongs to one model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import ShapeError, Value
from autograd.errors import ArgumentError
from autograd.scalars import as_float

Array = NDArray[np.float64]


class Optimizer:
    """The base: a subclass says in ``update`` how parameters move."""

    def update(self, theta: Array, gradient: Array) -> Array:
        """The parameters after one step, as a new array; moves the optimiser's own state on."""
        raise NotImplementedError(f"{type(self).__name__} has no update; define it to use it")

    def step(self, parameters: Sequence[Value]) -> None:
        """Move every parameter by one step, by the gradients they hold.

        >>> import nn
        >>> from autograd import Value
        >>> x = Value(2.0)
        >>> (x * x).backward()
        >>> nn.SGD(lr=0.25).step([x])
        >>> x.data
        1.0
        """
        theta = np.array([p.data for p in parameters])
        slopes = [p.grad for p in parameters]
        write(parameters, moved(self, theta, np.array(slopes)).tolist(), slopes)


def moved(optimizer: Optimizer, theta: Array, gradient: Array) -> Array:
    """The parameters after one step of an optimiser, its result checked."""
    new = np.asarray(optimizer.update(theta, gradient), dtype=np.float64)
    if new.shape != theta.shape:
        raise ShapeError(
            f"{type(optimizer).__name__}.update expects to return {theta.size} numbers, got "
            f"{new.size}; return one for each parameter in theta"
        )
    return new


def write(parameters: Sequence[Value], data: Sequence[float], grad: Sequence[float]) -> None:
    """Set the numbers and gradients of all parameters, Ctrl-C or not."""
    try:
        _write(parameters, data, grad)
    except KeyboardInterrupt:
        # half old and half new parameters would be a model that nobody trained
        _write(parameters, data, grad)
        raise


def _write(parameters: Sequence[Value], data: Sequence[float], grad: Sequence[float]) -> None:
    for parameter, number, slope in zip(parameters, data, grad, strict=True):
        parameter._data = number
        parameter._grad = slope


class SGD(Optimizer):
    """Stochastic gradient descent: theta -= lr * gradient, with what is often added to it.

    ``momentum`` keeps a running sum, velocity = momentum * velocity + gradient, and moves by
    that; ``nesterov`` looks one step ahead, gradient + momentum * velocity; ``weight_decay`` adds
    weight_decay * theta to the gradient (an L2 penalty of half that times the squared weights).
    As in PyTorch. Sources: Robbins and Monro 1951; Polyak 1964; Sutskever et al. 2013.

    >>> import nn
    >>> nn.SGD(lr=0.1, momentum=0.9)
    SGD(lr=0.1, momentum=0.9, nesterov=False, weight_decay=0.0)
    """

    def __init__(
        self,
        lr: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        self.lr = _at_least_zero(lr, "SGD lr")
        self.momentum = _at_least_zero(momentum, "SGD momentum")
        self.nesterov = bool(nesterov)
        self.weight_decay = _at_least_zero(weight_decay, "SGD weight_decay")
        if self.nesterov and not self.momentum:
            raise ArgumentError("SGD nesterov expects a momentum above 0, got 0; try momentum=0.9")
        self._velocity: Array | None = None

    def update(self, theta: Array, gradient: Array) -> Array:
        """See ``Optimizer.update``."""
        if self.weight_decay:
            gradient = gradient + self.weight_decay * theta
        if not self.momentum:
            return theta - self.lr * gradient
        if self._velocity is None:
            velocity = gradient.copy()
        elif self._velocity.shape != gradient.shape:
            raise ShapeError(
                f"SGD has moved {self._velocity.size} parameters so far, and now got "
                f"{gradient.size}; use a new optimiser for another model"
            )
        else:
            velocity = self.momentum * self._velocity + gradient
        self._velocity = velocity
        direction = gradient + self.momentum * velocity if self.nesterov else velocity
        return theta - self.lr * direction

    def __repr__(self) -> str:
        return (
            f"SGD(lr={self.lr}, momentum={self.momentum}, nesterov={self.nesterov}, "
            f"weight_decay={self.weight_decay})"
        )


def _at_least_zero(x: Any, what: str) -> float:
    number = as_float(x, what)
    if not (math.isfinite(number) and number >= 0.0):
        raise ArgumentError(f"{what} expects a finite number of at least 0, got {number:g}")
    return number
