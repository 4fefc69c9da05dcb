"""What the optimisers of this package share: their memory of earlier steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from autograd import ShapeError
from autograd._util.format import count
from autograd.errors import GraphError
from nn.optim.base import Array, Optimizer
from nn.optim.settings import Schedule, refuse_parameters, settings_of
from nn.optim.state import checked, saved


@dataclass(frozen=True)
class Memory:
    """What an optimiser remembers of its steps."""

    steps: int = 0
    shape: tuple[int, ...] = ()  # of the parameters
    arrays: Mapping[str, Array] = field(default_factory=dict)


class BuiltIn(Optimizer):
    """The base of this package's optimisers.

    There are two memories, and a step writes into the one before last: fresh arrays of 100,000
    numbers at every step cost more than the arithmetic. They change places by one assignment, so
    Ctrl-C finds a whole step or none, and ``undo`` costs nothing.
    """

    _memories: tuple[Memory, Memory | None] = (Memory(), None)  # now, and before the last step
    _work: tuple[Array, ...] = ()

    def __new__(cls, *settings: Any, **named: Any) -> Self:
        """See that no parameters come first, as in PyTorch: with lr=, Python would say less."""
        if settings and "lr" in named and vars(cls).get("_built_in", False):
            refuse_parameters(settings[0], f"{cls.__name__} lr")
        return super().__new__(cls)

    def __init__(
        self, lr: float | Schedule, clip_norm: float | None, clip_value: float | None
    ) -> None:
        self.lr = lr
        self.clip_norm = clip_norm
        self.clip_value = clip_value

    @property
    def steps(self) -> int:
        """How many times ``update`` was called, since the last ``reset``."""
        return self._memories[0].steps

    def undo(self) -> None:
        """See ``Optimizer.undo``."""
        before = self._memories[1]
        if before is None:
            raise GraphError(
                f"{type(self).__name__}.undo expects a step to take back, got none since the "
                "last one, or since it was made or loaded; call it once after a step"
            )
        self._memories = (before, None)

    def reset(self) -> None:
        """See ``Optimizer.reset``."""
        vars(self).update(_memories=(Memory(), None), epoch=0.0)

    def state_dict(self) -> dict[str, Any]:
        """Everything, as plain data of its own: numbers, text, lists, and an array for each state.

        ``settings`` has the rate in force now under ``lr``. A schedule of ``nn.optim`` is saved
        with its settings; of a function there is the name alone.

        >>> import nn
        >>> sgd = nn.SGD(lr=0.5, momentum=0.9)
        >>> _ = sgd.update(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
        >>> state = sgd.state_dict()
        >>> state["type"], state["steps"], state["state"]["velocity"].tolist()
        ('SGD', 1, [3.0, 4.0])
        """
        return saved(self, self._memories[0], self._kept)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Become what the optimiser was that gave this ``state_dict``, settings and all.

        Arrays may be lists, as they are in JSON. Where a function was the schedule, an optimiser
        that has one as well keeps its own; another one gets the rate of that moment. All is
        checked first: after an error the optimiser is as it was.

        >>> import nn
        >>> first, second = nn.Adam(lr=0.5), nn.Adam()
        >>> _ = first.update(np.array([1.0]), np.array([2.0]))
        >>> second.load_state_dict(first.state_dict())
        >>> second.lr, second.steps
        (0.5, 1)
        """
        new, (steps, shape, arrays) = checked(self, self._memories[0].shape, state, self._kept)
        vars(self).update(new, _memories=(Memory(steps, shape, arrays), None))

    @classmethod
    def _kept(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of the arrays that are remembered with such settings."""
        raise NotImplementedError

    def _opened(self, theta: ArrayLike, gradient: ArrayLike) -> tuple[Array, Array]:
        """What came in as arrays, when their shapes are found to fit."""
        theta, gradient = np.asarray(theta, np.float64), np.asarray(gradient, np.float64)
        who, shape = type(self).__name__, self._memories[0].shape
        if theta.shape != gradient.shape:
            raise ShapeError(
                f"{who}.update expects a gradient of the shape of theta, {theta.shape}, "
                f"got {gradient.shape}"
            )
        if self._memories[0].arrays and shape != gradient.shape:
            raise ShapeError(
                f"{who} has moved {count(math.prod(shape), 'parameter')} so far, and now got "
                f"{gradient.size}; use a new optimiser for another model, or reset() this one"
            )
        if not self._work or self._work[0].shape != gradient.shape:
            self._work = (np.empty(gradient.shape), np.empty(gradient.shape))
        return theta, gradient

    def _recalled(
        self, shape: tuple[int, ...], *names: str
    ) -> tuple[list[Array], dict[str, Array]]:
        """What is remembered under these names, at first zeros, and arrays for what will be."""
        now, before = self._memories
        self._memories = (now, None)  # what was before is about to be written over
        spare = before.arrays if before is not None and before.shape == shape else {}
        old = [now.arrays[name] if name in now.arrays else np.zeros(shape) for name in names]
        return old, {name: spare[name] if name in spare else np.empty(shape) for name in names}

    def _remember(self, shape: tuple[int, ...], arrays: Mapping[str, Array]) -> None:
        now = self._memories[0]
        # one statement, for the sake of Ctrl-C
        self._memories = (Memory(now.steps + 1, shape, arrays), now)

    def __getstate__(self) -> dict[str, Any]:
        # copies and pickles: two optimisers must not write into the same arrays
        now = self._memories[0]
        own = replace(now, arrays={name: array.copy() for name, array in now.arrays.items()})
        return vars(self) | {"_memories": (own, None), "_work": ()}

    def __repr__(self) -> str:
        shown = {name: getattr(self, name) for name in settings_of(type(self))}
        own = [f"{name}={x}" for name, x in shown.items() if not name.startswith("clip_")]
        clips = [f"{n}={x}" for n, x in shown.items() if n.startswith("clip_") and x is not None]
        return f"{type(self).__name__}({', '.join([f'lr={self._shown_rate()}', *own, *clips])})"


# --- arithmetic that makes no arrays --------------------------------------------------------------


def plus(x: Array, factor: float, y: Array, out: Array | None = None) -> Array:
    """x + factor * y, in ``out`` (which may be y, and not x), or in a new array."""
    scaled = np.multiply(y, factor, out=out)
    return np.add(x, scaled, out=scaled)


def blend(share: float, old: Array, x: Array, out: Array, work: Array) -> Array:
    """share * old + (1 - share) * x, in ``out``; ``work`` may be x."""
    return plus(np.multiply(x, 1.0 - share, out=work), share, old, out)
