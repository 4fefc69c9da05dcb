"""Losses for quantities: how far an output is from its target."""

from __future__ import annotations

from typing import Any

from autograd import minimum
from autograd.core.number_arguments import as_float
from autograd.errors import ArgumentError
from nn.losses.targets import mean_over


def l1_loss(output: Any, target: Any) -> Any:
    """|output - target|: every error counts by its size.

    ``target`` is a number for one output, and for several a list of as many, or a class number,
    which stands for its one-hot list.

    >>> import nn
    >>> nn.l1_loss(2.0, 5.0)
    3.0
    """
    return mean_over(output, target, "l1_loss", lambda o, t: abs(o - t))


def mse_loss(output: Any, target: Any) -> Any:
    """(output - target)**2: large errors count most.

    Targets as for ``l1_loss``: a number, a list, or a class number for its one-hot list.

    >>> import nn
    >>> nn.mse_loss([1.0, 2.0], [1.0, 5.0]), nn.mse_loss([0.0, 0.5], 1)
    (4.5, 0.125)
    """
    return mean_over(output, target, "mse_loss", lambda o, t: (o - t) ** 2)


def half_mse_loss(output: Any, target: Any) -> Any:
    """(output - target)**2 / 2: half of ``mse_loss``, with output - target as its derivative.

    The mean of it over N examples of one output is 1/(2N) times the sum of their squared errors;
    with K outputs, over which it is the mean as all losses are, 1/(2NK) times. Targets as for
    ``l1_loss``.

    >>> import nn
    >>> nn.half_mse_loss(2.0, 5.0), nn.half_mse_loss([1.0, 2.0], [1.0, 5.0])
    (4.5, 2.25)
    """
    return mean_over(output, target, "half_mse_loss", lambda o, t: 0.5 * (o - t) ** 2)


def huber_loss(output: Any, target: Any, delta: float = 1.0) -> Any:
    """Half the squared error up to an error of ``delta``, and a straight line from there on.

    It is ``half_mse_loss`` for small errors and does not let a few outliers pull as hard. Targets
    as for ``l1_loss``. Source: Huber, "Robust estimation of a location parameter", 1964.

    >>> import nn
    >>> nn.huber_loss(0.5, 0.0), nn.huber_loss(10.0, 0.0), nn.huber_loss(10.0, 0.0, delta=2.0)
    (0.125, 9.5, 18.0)
    """
    width = as_float(delta, "huber_loss delta")
    if not width > 0.0:
        raise ArgumentError(
            f"huber_loss expects a delta above 0, got {width:g}; give the error from which on "
            "the loss is to grow in a straight line"
        )

    def one(o: Any, t: Any) -> Any:
        error = abs(o - t)
        # the error's part below delta is squared; written so, the slope is right at delta too,
        # and for an infinite error
        below = minimum(error, width)
        return 0.5 * below**2 + width * (error - below)

    return mean_over(output, target, "huber_loss", one)
