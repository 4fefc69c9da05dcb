"""What all optimisers have in common, and how ``fit`` and ``step`` use one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from autograd import ShapeError, Value
from autograd._util.format import count
from autograd.errors import InputError, brief
from nn.habits import OF_OPTIMIZERS, refuse
from nn.optim.clipping import clipped
from nn.optim.schedules import name_of, rate_at
from nn.optim.settings import Schedule, Setting, limit, rate_or_schedule

Array = NDArray[np.float64]


class Optimizer:
    """The base: a subclass says in ``update`` how parameters move, and needs no more than that.

    ``epoch`` is how many epochs of training are done, with fractions such as 2.25. ``fit`` sets it
    before each step, and goes on from it in the next ``fit``; in a loop of your own you set it,
    if ``lr`` is a schedule.

    ``clip_norm`` and ``clip_value`` limit the gradient before ``update`` is given it, in ``step``
    and in ``fit``: the length of the whole (Pascanu et al. 2013, as PyTorch's clip_grad_norm_), or
    the size of each entry. With both, entries come first. A gradient with an inf or a nan in it is
    never scaled by ``clip_norm``, which would make nan of it; ``clip_value`` cuts an inf to the
    limit. The Values keep the gradient as it was in ``.grad``.

    >>> import nn
    >>> class SignDescent(nn.Optimizer):
    ...     def __init__(self, lr):
    ...         self.lr = lr
    ...     def update(self, theta, gradient):
    ...         return theta - self.lr * np.sign(gradient)
    >>> halving = SignDescent(lr=lambda epoch: 0.5 * 0.5**epoch)
    >>> halving.epoch = 2
    >>> halving.lr, halving.update(np.array([1.0, 2.0]), np.array([-7.0, 7.0])).tolist()
    (0.125, [1.125, 1.875])
    """

    epoch: float = 0.0
    clip_norm = Setting(limit, None)
    clip_value = Setting(limit, None)
    _rate: float | Schedule

    @property
    def lr(self) -> float:
        """The learning rate in force now; set it to a number, or to a function of the epoch."""
        try:
            rate = self._rate
        except AttributeError:
            name = type(self).__name__
            raise AttributeError(f"{name} has no lr; set it to a number first") from None
        if callable(rate):
            return rate_at(rate, self.epoch, f"{type(self).__name__} lr")
        return rate

    @lr.setter
    def lr(self, rate: float | Schedule) -> None:
        self._rate = rate_or_schedule(rate, f"{type(self).__name__} lr")

    @property
    def schedule(self) -> Schedule | None:
        """The function of the epoch that ``lr`` was set to, or None for a fixed rate."""
        rate = getattr(self, "_rate", None)
        return rate if callable(rate) else None

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
        try:
            if not isinstance(parameters, Sequence):
                parameters = list(parameters)  # a generator can be gone through only once
            theta = np.array([p.data for p in parameters], dtype=np.float64)
            slopes = [p.grad for p in parameters]
        except (AttributeError, TypeError):
            raise InputError(
                f"{type(self).__name__}.step expects a list of Values such as model.parameters(), "
                f"got {brief(parameters)}"
            ) from None
        write(parameters, moved(self, theta, np.array(slopes)).tolist(), slopes)

    def undo(self) -> None:
        """Forget the last step, once; parameters and epoch are yours to put back."""
        self._lacks("undo")

    def reset(self) -> None:
        """Forget all steps and the epoch, and keep the settings: for another model, or again."""
        self._lacks("reset")

    def state_dict(self) -> dict[str, Any]:
        """Settings, steps and state as plain data, a copy: see ``load_state_dict``."""
        self._lacks("state_dict")

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Become what the optimiser was that gave this ``state_dict``."""
        self._lacks("load_state_dict")

    def _lacks(self, method: str) -> NoReturn:
        # only the author of update knows what it remembers
        raise NotImplementedError(f"{type(self).__name__} has no {method}; define it to use it")

    if not TYPE_CHECKING:  # it would let every attribute pass

        def __getattr__(self, name: str) -> Any:
            refuse(self, name, OF_OPTIMIZERS)

    def _shown_rate(self) -> str:
        rate = self._rate
        return name_of(rate) if callable(rate) else str(rate)


def is_built_in(optimizer: Optimizer) -> bool:
    """Whether it is one of this package's, which move parameters and do nothing else.

    A class says so itself, by ``_built_in``; one that is derived from it may do anything.
    """
    own = vars(optimizer).keys() & {"step", "update"}
    return vars(type(optimizer)).get("_built_in", False) and not own


def moved(optimizer: Optimizer, theta: Array, gradient: Array) -> Array:
    """The parameters after one step of an optimiser by the clipped gradient, its result checked."""
    # what overflows is inf, as in the graph, and no warning
    with np.errstate(all="ignore"):
        gradient = clipped(gradient, optimizer.clip_norm, optimizer.clip_value)
        new = np.asarray(optimizer.update(theta, gradient), dtype=np.float64)
    if new.shape != theta.shape:
        name = type(optimizer).__name__
        raise ShapeError(
            f"{name}.update expects to return {count(theta.size, 'number')}, got {new.size}; "
            "return one for each parameter in theta"
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
