"""``compile``: the entry point, which loads the compiler when it is first called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, overload

from autograd.core.value import Value

if TYPE_CHECKING:
    from autograd.compiler.api import Compiled

Static = str | int | Sequence[str | int]


@overload
def compile(  # noqa: A001 -- the contract's name, and PyTorch's
    fn: Callable[..., Any], *, static: Static = (), dtype: str = "float64",
    parameters: Sequence[Value] = (),
) -> Compiled: ...  # fmt: skip


@overload
def compile(  # noqa: A001
    fn: None = None, *, static: Static = (), dtype: str = "float64",
    parameters: Sequence[Value] = (),
) -> Callable[[Callable[..., Any]], Compiled]: ...  # fmt: skip


def compile(  # noqa: A001
    fn: Callable[..., Any] | None = None, *, static: Static = (), dtype: str = "float64",
    parameters: Sequence[Value] = (),
) -> Any:  # fmt: skip
    """Turn a scalar function of one example into a NumPy program for many.

    ``fn`` takes numbers and nested lists of them, as Values, and returns one Value or a list. Leaf
    Values that it reaches are its parameters. It is run once for each structure of arguments, on
    symbols without numbers, so it must not ask for any: no ``if x > 0``, no ``float(x)``. What it
    refers to, plain numbers, lists, and which Value a name stands for, is taken as it is then;
    only the numbers of Values are read anew at each call. After changing more, compile it again.
    Arguments named in ``static`` are passed as they are, and a new program is made for each of
    their values; of all programs the 64 used last are kept. ``dtype`` is "float64" or "float32".
    ``parameters`` are Values to come first in ``theta``, in this order, reached or not. Also a
    decorator, with or without arguments. Threads may share what is compiled.

    >>> import autograd
    >>> from autograd import Value
    >>> w = [Value(0.5, name="w[0]"), Value(-1.0, name="w[1]")]
    >>> f = autograd.compile(lambda x, y: (autograd.dot(w, x) - y) ** 2)
    >>> value, gradient = f.value_and_grad(f.theta, [[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0])
    >>> value, gradient.tolist()
    (7.25, [-12.0, -17.0])
    """
    from autograd.compiler.api import Compiled

    if fn is None:
        return lambda function: Compiled(
            function, static=static, dtype=dtype, parameters=parameters
        )
    return Compiled(fn, static=static, dtype=dtype, parameters=parameters)
