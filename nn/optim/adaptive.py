"""Optimisers that scale each parameter's step by the size of its own gradients so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nn.optim.base import Array
from nn.optim.built_in import BuiltIn, blend, plus
from nn.optim.settings import (
    Schedule,
    Setting,
    above_zero,
    at_least_zero,
    below_one,
    flag,
    pair_below_one,
)


class Adam(BuiltIn):
    """Steps of about ``lr`` whatever the gradient's scale: its mean over the root of its square's.

    mean = beta1 * mean + (1 - beta1) * gradient, and square = beta2 * square + (1 - beta2) *
    gradient**2, both from 0 and so too small at first; divided by 1 - beta**steps they are not, and
    theta -= lr * mean / (sqrt(square) + eps). ``weight_decay`` adds weight_decay * theta to the
    gradient; mostly ``AdamW`` is meant. As in PyTorch. Source: Kingma and Ba 2015, Algorithm 1.

    ``lr`` is a number, or a function of the epoch: see ``nn.optim.schedules``. ``clip_norm`` and
    ``clip_value`` limit the gradient: see ``nn.Optimizer``.

    >>> import nn
    >>> adam = nn.Adam(lr=0.5)
    >>> adam.update(np.array([1.0, 1.0]), np.array([0.001, -1000.0])).round(4).tolist()
    [0.5, 1.5]
    """

    _built_in = True

    betas = Setting(pair_below_one, (0.9, 0.999))
    eps = Setting(above_zero, 1e-8)
    weight_decay = Setting(at_least_zero, 0.0)
    _is_decoupled = False  # whether the weight decay is apart from the gradient

    def __init__(
        self,
        lr: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        clip_norm: float | None = None,
        clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, clip_norm, clip_value)
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay

    def update(self, theta: Array, gradient: Array) -> Array:
        """See ``Optimizer.update``."""
        lr, (beta1, beta2), steps = self.lr, self.betas, self.steps + 1
        theta, gradient = self._opened(theta, gradient)
        old, new = self._recalled(theta.shape, "mean", "square")
        work, decayed = self._work
        if self.weight_decay and not self._is_decoupled:
            gradient = plus(gradient, self.weight_decay, theta, out=decayed)
        mean = blend(beta1, old[0], gradient, out=new["mean"], work=work)
        squared = np.multiply(gradient, gradient, out=work)
        square = blend(beta2, old[1], squared, out=new["square"], work=work)
        # both corrections as two numbers, which spares two passes over the arrays:
        # mean / c1 / (sqrt(square) / c2 + eps) == c2 / c1 * mean / (sqrt(square) + c2 * eps)
        c1, c2 = 1.0 - beta1**steps, (1.0 - beta2**steps) ** 0.5
        size = np.add(np.sqrt(square, out=work), c2 * self.eps, out=work)
        direction = np.divide(mean, size, out=work)
        if self.weight_decay and self._is_decoupled:
            theta = np.multiply(theta, 1.0 - lr * self.weight_decay, out=decayed)
        result = plus(theta, -lr * c2 / c1, direction)
        self._remember(theta.shape, new)
        return result

    @classmethod
    def _kept(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        return ("mean", "square")


class AdamW(Adam):
    """``Adam`` with decoupled weight decay: theta shrinks by lr * weight_decay * theta on its own.

    In ``Adam`` the decay is a part of the gradient and is scaled with it, so weights with large
    gradients decay less. As in PyTorch. Source: Loshchilov and Hutter 2019, Algorithm 2.

    >>> import nn
    >>> adam = nn.AdamW(lr=0.5, weight_decay=0.5)
    >>> adam.update(np.array([1.0]), np.array([0.0])).tolist()
    [0.75]
    """

    _built_in = True

    weight_decay = Setting(at_least_zero, 0.01)
    _is_decoupled = True

    def __init__(
        self,
        lr: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        *,
        clip_norm: float | None = None,
        clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, betas, eps, weight_decay, clip_norm=clip_norm, clip_value=clip_value)


class RMSprop(BuiltIn):
    """Gradient descent by the gradient over the root of its mean square.

    square = alpha * square + (1 - alpha) * gradient**2, from 0, and theta -= lr * gradient /
    (sqrt(square) + eps). ``centered`` takes the variance, square - mean**2, in place of the
    square; ``momentum`` keeps velocity = momentum * velocity + gradient / (sqrt(square) + eps) and
    moves by lr times that; ``weight_decay`` adds weight_decay * theta to the gradient. As in
    PyTorch. Sources: Tieleman and Hinton 2012; Graves 2013 (centred).

    ``lr`` is a number, or a function of the epoch: see ``nn.optim.schedules``. ``clip_norm`` and
    ``clip_value`` limit the gradient: see ``nn.Optimizer``.

    >>> import nn
    >>> rmsprop = nn.RMSprop(lr=0.5, alpha=0.75)
    >>> rmsprop.update(np.array([1.0, 1.0]), np.array([0.001, -1000.0])).round(4).tolist()
    [0.0, 2.0]
    """

    _built_in = True

    alpha = Setting(below_one, 0.99)
    eps = Setting(above_zero, 1e-8)
    weight_decay = Setting(at_least_zero, 0.0)
    momentum = Setting(at_least_zero, 0.0)
    centered = Setting(flag, False)

    def __init__(
        self,
        lr: float | Schedule = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        clip_norm: float | None = None,
        clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, clip_norm, clip_value)
        self.alpha = alpha
        self.eps = eps
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.centered = centered

    def update(self, theta: Array, gradient: Array) -> Array:
        """See ``Optimizer.update``."""
        lr, alpha = self.lr, self.alpha
        theta, gradient = self._opened(theta, gradient)
        names = self._kept({"centered": self.centered, "momentum": self.momentum})
        arrays, new = self._recalled(theta.shape, *names)
        old = dict(zip(names, arrays, strict=True))
        work, decayed = self._work
        if self.weight_decay:
            gradient = plus(gradient, self.weight_decay, theta, out=decayed)
        squared = np.multiply(gradient, gradient, out=work)
        size = square = blend(alpha, old["square"], squared, out=new["square"], work=work)
        if self.centered:
            mean = blend(alpha, old["mean"], gradient, out=new["mean"], work=work)
            variance = np.subtract(square, np.multiply(mean, mean, out=work), out=work)
            # rounding may leave a variance of zero slightly below it, with a root of nan
            size = np.maximum(variance, 0.0, out=work)
        size = np.add(np.sqrt(size, out=work), self.eps, out=work)
        direction = np.divide(gradient, size, out=work)
        if self.momentum:
            direction = plus(direction, self.momentum, old["velocity"], out=new["velocity"])
        result = plus(theta, -lr, direction)
        self._remember(theta.shape, new)
        return result

    @classmethod
    def _kept(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        wanted = {"square": True, "mean": settings["centered"], "velocity": settings["momentum"]}
        return tuple(name for name, is_kept in wanted.items() if is_kept)
