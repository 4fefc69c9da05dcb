"""``CompiledWithAux``: a compiled function with auxiliary outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.compiler.api import Compiled
from autograd.compiler.frontend.conversion import as_theta
from autograd.core.value import Value

Array = NDArray[Any]


class _WithAux(Compiled):
    _has_aux = True


class CompiledWithAux:
    """A function that returns a list: one result, which has a gradient, and k auxiliary outputs.

    The loss of a model is such a result, and what it was computed from, the outputs, is wanted as
    well: one program has both, where two would do the forward pass twice. ``compiled`` has its
    parameters, its trace and its text.

    >>> from autograd import Value
    >>> w = Value(3.0, name="w")
    >>> def loss(x):
    ...     y = w * x
    ...     return [y**2, y]
    >>> f = CompiledWithAux(loss)
    >>> value, gradient, outputs = f.value_grad_and_aux(f.compiled.theta, [1.0, 2.0])
    >>> value, gradient.tolist(), outputs.tolist()
    (22.5, [15.0], [[3.0], [6.0]])
    """

    def __init__(self, fn: Callable[..., Any], parameters: Sequence[Value] = ()) -> None:
        self.compiled: Compiled = _WithAux(fn, parameters=parameters)

    def value_grad_and_aux(self, theta: ArrayLike, *batch: ArrayLike) -> tuple[float, Array, Array]:
        """The mean of the results, its gradient, and for each example the others: (n, k)."""
        (value, gradient), aux, _ = self._run("value_and_grad", theta, batch)
        return value, gradient, aux

    def values_and_aux(self, theta: ArrayLike | None, *batch: ArrayLike) -> tuple[Array, Array]:
        """For each example the result, shape (n,), and the others, (n, k).

        ``theta=None`` takes the parameters' own numbers, all that are known after tracing.
        """
        (values,), aux, n = self._run("values", theta, batch)
        return np.array(np.broadcast_to(values, n), dtype=aux.dtype), aux

    def _run(
        self, function: str, theta: ArrayLike | None, batch: Sequence[ArrayLike]
    ) -> tuple[list[Any], Array, int]:
        """What a function of the program returns, the others in an array, and how many examples."""
        f = self.compiled
        executable, arrays, n = f._read(batch, {})
        if theta is None:
            flat = f._own_theta(executable)
        else:
            flat = as_theta(theta, executable.n_parameters, f.dtype, f"{function}_and_others")
        *results, aux = executable.run(f._local, function, flat, arrays, n)
        shape = (n, *aux.shape[-1:])
        if aux.shape != shape:
            aux = np.broadcast_to(aux, shape)
        # an array of its own: the program writes into the same memory again
        return results, np.array(aux, dtype=f.dtype), n
