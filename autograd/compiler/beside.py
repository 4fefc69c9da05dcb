"""``CompiledBeside``: a compiled function whose result comes with other numbers beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.compiler.compiled import Compiled

Array = NDArray[Any]


class CompiledBeside(Compiled):
    """A function that returns a list: one result, which has a gradient, and k others beside it.

    The loss of a model is such a result, and what it was computed from, the outputs, is wanted as
    well: one program has both, where two would do the forward pass twice.

    >>> from autograd import Value
    >>> w = Value(3.0, name="w")
    >>> def loss(x):
    ...     y = w * x
    ...     return [y**2, y]
    >>> f = CompiledBeside(loss)
    >>> value, gradient, outputs = f.value_grad_and_others(f.theta, [1.0, 2.0])
    >>> value, gradient.tolist(), outputs.tolist()
    (22.5, [15.0], [[3.0], [6.0]])
    """

    _first_alone = True

    def value_grad_and_others(
        self, theta: ArrayLike, *batch: ArrayLike
    ) -> tuple[float, Array, Array]:
        """The mean of the results, its gradient, and for each example the others: (n, k)."""
        built, arrays, n = self._read(batch, {})
        flat = self._as_theta(theta, "value_grad_and_others")
        value, gradient, others = built.run(self._local, "value_and_grad", flat, arrays, n)
        return value, gradient, self._whole(others, n)

    def values_and_others(self, theta: ArrayLike | None, *batch: ArrayLike) -> tuple[Array, Array]:
        """For each example the result, shape (n,), and the others, (n, k).

        ``theta=None`` takes the parameters' own numbers, all that are known after tracing.
        """
        built, arrays, n = self._read(batch, {})
        flat = self.theta if theta is None else self._as_theta(theta, "values_and_others")
        values, others = built.run(self._local, "values", flat, arrays, n)
        return np.array(np.broadcast_to(values, n), dtype=self.dtype), self._whole(others, n)

    def _whole(self, others: Array, n: int) -> Array:
        """As an array of its own: the program writes into the same memory again."""
        shape = (n, *others.shape[-1:])
        if others.shape != shape:
            others = np.broadcast_to(others, shape)
        return np.array(others, dtype=self.dtype)
