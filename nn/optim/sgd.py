"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd.errors import ArgumentError
from nn.optim.base import Array
from nn.optim.built_in import BuiltIn, plus
from nn.optim.settings import Schedule, Setting, at_least_zero, flag


class SGD(BuiltIn):
    """Stochastic gradient descent: theta -= lr * gradient, with what is often added to it.

    ``momentum`` keeps a running sum, velocity = momentum * velocity + gradient, and moves by
    that; ``nesterov`` looks one step ahead, gradient + momentum * velocity; ``weight_decay`` adds
    weight_decay * theta to the gradient (an L2 penalty of half that times the squared weights).
    As in PyTorch. Sources: Robbins and Monro 1951; Polyak 1964; Sutskever et al. 2013.

    ``lr`` is a number, or a function of the epoch: see ``nn.optim.schedules``. ``clip_norm`` and
    ``clip_value`` limit the gradient: see ``nn.Optimizer``.

    >>> import nn
    >>> nn.SGD(lr=0.1, momentum=0.9)
    SGD(lr=0.1, momentum=0.9, nesterov=False, weight_decay=0.0)
    >>> sgd = nn.SGD(lr=0.5)
    >>> sgd.update([1.0, 2.0], [2.0, -2.0]).tolist(), sgd.steps
    ([0.0, 3.0], 1)
    >>> sgd.undo()  # the last step; and all of them:
    >>> sgd.reset()
    >>> sgd.steps
    0
    """

    _built_in = True

    momentum = Setting(at_least_zero, 0.0)
    nesterov = Setting(flag, False)
    weight_decay = Setting(at_least_zero, 0.0)

    def __init__(
        self,
        lr: float | Schedule = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        *,
        clip_norm: float | None = None,
        clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, clip_norm, clip_value)
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay
        if self.nesterov and not self.momentum:
            raise ArgumentError("SGD nesterov expects a momentum above 0, got 0; try momentum=0.9")

    def update(self, theta: Array, gradient: Array) -> Array:
        """See ``Optimizer.update``."""
        lr, momentum = self.lr, self.momentum
        theta, gradient = self._opened(theta, gradient)
        work, decayed = self._work
        if self.weight_decay:
            gradient = plus(gradient, self.weight_decay, theta, out=decayed)
        new: dict[str, Array] = {}
        direction = gradient
        if momentum:
            (old,), new = self._recalled(theta.shape, "velocity")
            direction = plus(gradient, momentum, old, out=new["velocity"])
            if self.nesterov:
                direction = plus(gradient, momentum, direction, out=work)
        result = plus(theta, -lr, direction)
        self._remember(theta.shape, new)
        return result

    @classmethod
    def _kept(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        return ("velocity",) if settings["momentum"] else ()
