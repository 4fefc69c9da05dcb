"""``compile``: the entry point, which loads the compiler when it is first called."""
# ruff: noqa: A001 -- the contract's name, and PyTorch's

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, overload

from autograd.core.value import Value

if TYPE_CHECKING:
    from autograd.compiler.api import Array, Compiled
    from autograd.compiler.frontend.signature import Static

    Function = Callable[..., Any]
    Plain = Compiled[float, Array]
    WithAux = Compiled[tuple[float, Array], tuple[Array, Array]]


class Settings(TypedDict, total=False):
    """The settings of ``compile`` that do not change the type of what it returns."""

    static: Static
    dtype: str
    backend: str
    parameters: Sequence[Value]


@overload
def compile(
    fn: Function, *, has_aux: Literal[False] = False, **settings: Unpack[Settings]
) -> Plain: ...
@overload
def compile(fn: Function, *, has_aux: Literal[True], **settings: Unpack[Settings]) -> WithAux: ...
@overload
def compile(
    fn: None = None, *, has_aux: Literal[False] = False, **settings: Unpack[Settings]
) -> Callable[[Function], Plain]: ...
@overload
def compile(
    fn: None = None, *, has_aux: Literal[True], **settings: Unpack[Settings]
) -> Callable[[Function], WithAux]: ...


def compile(
    fn: Function | None = None, *, static: Static = (), dtype: str = "float64",
    backend: str = "numpy", has_aux: bool = False, parameters: Sequence[Value] = (),
) -> Any:  # fmt: skip
    """Turn a scalar function of one example into a NumPy program for many.

    ``fn`` takes numbers and nested lists of them, as Values, and returns one Value or a list. Leaf
    Values that it reaches are its parameters. It is run once for each structure of arguments, on
    symbols without numbers, so it must not ask for any: no ``if x > 0``, no ``float(x)``. What it
    refers to, plain numbers, lists, and which Value a name stands for, is taken as it is then;
    only the numbers of Values are read anew at each call. After changing more, compile it again.
    Arguments named in ``static`` are passed as they are, and a new program is made for each of
    their values; of all programs the 64 used last are kept. ``dtype`` is "float64" or "float32",
    ``backend`` is "numpy". ``parameters`` are Values to come first in ``theta``, in this order,
    reached or not. Also a decorator, with or without arguments. Threads may share what is compiled.

    With ``has_aux`` the function returns (value, aux): one Value, and auxiliary outputs, which have
    no gradient: a Value or a list. Every method returns a pair in place of the value, in which aux
    is for each example, an array (n,) or (n, k). Raises ``InputError`` and ``ArgumentError`` for
    settings that there are not, and ``TraceError``, when it is called, for code that cannot run so.

    >>> import autograd
    >>> from autograd import Value
    >>> w = [Value(0.5, name="w[0]"), Value(-1.0, name="w[1]")]
    >>> f = autograd.compile(lambda x, y: (autograd.dot(w, x) - y) ** 2)
    >>> value, gradient = f.value_and_grad(f.theta, [[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0])
    >>> value, gradient.tolist()
    (7.25, [-12.0, -17.0])
    >>> @autograd.compile(has_aux=True)
    ... def loss(x, y):
    ...     output = autograd.dot(w, x)
    ...     return (output - y) ** 2, output
    >>> (value, outputs), gradient = loss.value_and_grad(loss.theta, [[1.0, 2.0]], [0.0])
    >>> value, outputs.tolist(), gradient.tolist()
    (2.25, [-1.5], [-3.0, -6.0])
    """
    from autograd.compiler.api import Compiled

    make: Callable[[Function], Any] = partial(
        Compiled, static=static, dtype=dtype, backend=backend, has_aux=has_aux,
        parameters=parameters,
    )  # fmt: skip
    return make if fn is None else make(fn)
