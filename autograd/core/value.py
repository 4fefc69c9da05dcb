"""``Value``: a number that remembers how it was computed.

A node is three facts: its value, its parents, and the local derivatives of the one with respect
to the others, all recorded when it is made. There is no closure and no reference from parent to
child, so a graph has no cycles and is freed as soon as nobody holds its output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograd.core import modes
from autograd.core.anomaly import check_forward, user_line
from autograd.core.backward import sweep
from autograd.core.evaluate import evaluate
from autograd.core.number_arguments import Number, as_float
from autograd.core.operation import CONSTANT, Operation
from autograd.core.table import TABLE
from autograd.errors import InputError

_new = object.__new__
_ADD, _MULTIPLY, _RELU = TABLE["+"], TABLE["*"], TABLE["relu"]
_ONE, _ZERO = (1.0,), (0.0,)
_ZERO_INT = 0


class Value:
    """A scalar in a graph: a float that remembers its parents and local derivatives.

    ``data`` is any real number, kept as a float64; ``name`` labels it in pictures.

    >>> a, b = Value(2.0, name="a"), Value(-3.0, name="b")
    >>> L = (a * b + 10).tanh()
    >>> L.backward()
    >>> round(a.grad, 6), L.op
    (-0.004023, 'tanh')
    """

    __slots__ = (
        "_data", "_first", "_grad", "_name", "_operation", "_second", "_to_first", "_to_second",
    )  # fmt: skip

    # Parents and local derivatives of two operands are in four slots and not in two tuples, which
    # are as much work again to make, to hold and to collect: see node.Node.
    _first: Any
    _second: Value | None
    _to_first: Any
    _to_second: float
    # Two are empty until they are used: _name, and _grad of an interior node before a sweep.
    _data: float
    _grad: float
    _name: str
    _operation: Operation | None

    if TYPE_CHECKING:
        # one method for each function of one operand in the table: exp, log, sin, sigmoid, ...
        def __getattr__(self, name: str) -> Callable[..., Value]: ...

    def __init__(self, data: Number, *, name: str = "") -> None:
        self._data = as_float(data, "Value") if type(data) is not float else data
        self._grad = 0.0
        self._operation = None
        self._first = None
        self._second = None
        if name != "":
            self.name = name
        if modes.n_traces and (tracer := modes.current().tracer) is not None:
            tracer.made(self)

    # --- what a node knows ----------------------------------------------------------------------

    @property
    def data(self) -> float:
        """The number itself. Setting it changes what is computed next, not what was recorded."""
        if modes.n_traces:
            modes.guard(self, ".data")
        return self._data

    @data.setter
    def data(self, data: Number) -> None:
        if modes.n_traces:
            modes.guard(self, ".data =")
        self._data = as_float(data, "Value.data")

    @property
    def grad(self) -> float:
        """The derivative that backward sweeps have left here; 0.0 before the first one."""
        if modes.n_traces:
            modes.guard(self, ".grad")
        try:
            return self._grad
        except AttributeError:
            return 0.0

    @grad.setter
    def grad(self, grad: Number) -> None:
        if modes.n_traces:
            modes.guard(self, ".grad =")
        if grad is _ZERO_INT:  # written as often as 0.0, and no more work
            grad = 0.0
        self._grad = grad if type(grad) is float else as_float(grad, "Value.grad")

    @property
    def parents(self) -> tuple[Value, ...]:
        """The operands it was computed from, in order, duplicates kept; empty for a leaf."""
        if self._second is not None:
            return (self._first, self._second)
        return self._first or ()

    @property
    def partials(self) -> tuple[float, ...]:
        """The derivative of this node by each of its parents, as recorded when it was made."""
        if self._second is not None:
            return (self._to_first, self._to_second)
        return self._to_first if self._first is not None else ()

    @property
    def name(self) -> str:
        """The label in pictures and messages; empty if there is none."""
        try:
            return self._name
        except AttributeError:
            return ""

    @name.setter
    def name(self, name: str) -> None:
        if not isinstance(name, str):
            raise InputError(f"Value.name expects text, got {name!r}; write name='x'")
        self._name = name

    @property
    def op(self) -> str:
        """The operation's name in the table; '' for a leaf, 'constant' for a plain number."""
        return self._operation.name if self._operation is not None else ""

    # --- the backward pass ----------------------------------------------------------------------

    def backward(self, grad: Number = 1.0) -> None:
        """Add d(self)/d(leaf), times ``grad``, to the ``.grad`` of every leaf below.

        Leaves accumulate over sweeps, so set their ``.grad`` to 0 before the next step. Interior
        nodes hold what the last sweep left. Source: Rumelhart, Hinton and Williams, 1986.

        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x.grad
        6.0
        """
        modes.guard(self, "backward()")
        sweep(self, as_float(grad, "backward"))

    # --- operators ------------------------------------------------------------------------------
    # + and * (and relu below) spell out what apply() does, because most nodes are theirs; a test
    # holds them to their rows of the table.

    def __add__(self, other: Value | Number) -> Value:
        if type(other) is not Value or modes.n_open:
            return apply(_ADD, self, other)
        node = _new(Value)
        node._data = self._data + other._data
        node._first = self
        node._second = other
        node._to_first = node._to_second = 1.0
        node._operation = _ADD
        return node

    def __mul__(self, other: Value | Number) -> Value:
        if type(other) is not Value or modes.n_open:
            return apply(_MULTIPLY, self, other)
        node = _new(Value)
        node._first = self
        node._second = other
        node._to_second = left = self._data
        node._to_first = right = other._data
        node._data = left * right
        node._operation = _MULTIPLY
        return node

    def __radd__(self, other: Number) -> Value:
        return apply(_ADD, other, self)

    def __rmul__(self, other: Number) -> Value:
        return apply(_MULTIPLY, other, self)

    def __sub__(self, other: Value | Number) -> Value:
        return apply(TABLE["-"], self, other)

    def __rsub__(self, other: Number) -> Value:
        return apply(TABLE["-"], other, self)

    def __truediv__(self, other: Value | Number) -> Value:
        return apply(TABLE["/"], self, other)

    def __rtruediv__(self, other: Number) -> Value:
        return apply(TABLE["/"], other, self)

    def __pow__(self, other: Value | Number) -> Value:
        if isinstance(other, Value):
            return apply(TABLE["**"], self, other)
        # a number is no operand here: its own derivative is of no use, and often nan
        return apply(TABLE["**n"].bind(exponent=as_float(other, "**")), self)

    def __rpow__(self, other: Number) -> Value:
        return apply(TABLE["**"], other, self)

    def __neg__(self) -> Value:
        return apply(TABLE["neg"], self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return apply(TABLE["abs"], self)

    def relu(self) -> Value:
        """max(0, x); its derivative at 0 is 0."""
        if modes.n_open:
            return apply(_RELU, self)
        node = _new(Value)
        data = self._data
        blocked = data <= 0.0
        node._data = 0.0 if blocked else data
        node._first = (self,)
        node._second = None
        node._to_first = _ZERO if blocked else _ONE
        node._operation = _RELU
        return node

    # --- comparisons and conversions: by data, except == and hash, which are by identity ---------

    def __lt__(self, other: Value | Number) -> bool:
        return number_of(self, "<") < number_of(other, "<")

    def __le__(self, other: Value | Number) -> bool:
        return number_of(self, "<=") <= number_of(other, "<=")

    def __gt__(self, other: Value | Number) -> bool:
        return number_of(self, ">") > number_of(other, ">")

    def __ge__(self, other: Value | Number) -> bool:
        return number_of(self, ">=") >= number_of(other, ">=")

    def __bool__(self) -> bool:
        return number_of(self, "bool()") != 0.0

    def __float__(self) -> float:
        if modes.n_traces:
            modes.guard(self, "float()")
        return self._data

    def __int__(self) -> int:
        return int(number_of(self, "int()"))

    def item(self) -> float:
        """The number itself, ``data``, under the name that NumPy and PyTorch have for it.

        >>> Value(2.5).item()
        2.5
        """
        return self.data

    def __format__(self, spec: str) -> str:
        return format(number_of(self, "a format"), spec) if spec else str(self)

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name else ""
        op = f", op={self.op!r}" if self.parents else ""
        grad = getattr(self, "_grad", 0.0)
        return f"Value(data={self._data!r}, grad={grad!r}{name}{op})"


def number_of(x: object, asked: str) -> float:
    """The number of a Value, or a number; within a trace, TraceError that says what asked."""
    if isinstance(x, Value):
        if modes.n_traces:
            modes.guard(x, asked)
        return x._data
    return x if type(x) is float else as_float(x, asked)


# --- making nodes --------------------------------------------------------------------------------


def constant(x: Number, asked: str) -> Value:
    """A leaf for a plain number in an expression."""
    leaf = Value(as_float(x, asked))
    leaf._operation = CONSTANT
    return leaf


def apply(operation: Operation, *operands: Value | Number) -> Value:
    """The node of an operation on Values or numbers, at least one of them a Value."""
    mode = modes.current() if modes.n_open else None
    if mode is not None and mode.tracer is not None:
        traced: Value = mode.tracer.apply(operation, operands)
        return traced
    name = operation.name
    parents = tuple([x if isinstance(x, Value) else constant(x, name) for x in operands])
    data, partials = evaluate(operation, [x._data for x in parents])
    if mode is None:
        return record(operation, parents, data, partials)
    origin = ""
    if mode.origins is not None:
        origin = user_line()
        check_forward(operation, parents, data, origin)
    if not mode.recording:
        return Value(data)
    node = record(operation, parents, data, partials)
    if mode.origins is not None:
        mode.origins[node] = origin
    return node


def compute(operation: Operation, *operands: Value | Number) -> Any:
    """An operation on Values (a new node) or on numbers alone (a float)."""
    if any(isinstance(x, Value) for x in operands):
        return apply(operation, *operands)
    return evaluate(operation, [as_float(x, operation.name) for x in operands])[0]


def record(
    operation: Operation, parents: tuple[Value, ...], data: float, partials: tuple[float, ...]
) -> Value:
    """A node with parents, made of its parts."""
    node = _new(Value)
    node._data = data
    node._operation = operation
    if len(parents) == 2:
        node._first, node._second = parents
        node._to_first, node._to_second = partials
    else:
        node._first, node._second = parents, None
        node._to_first = partials
    return node


def _add_methods() -> None:
    """One method on Value for each function of one operand, from the rows of the table."""

    def method(row: Operation) -> Callable[..., Value]:
        def call(self: Value, *positional: Number, **settings: Number) -> Value:
            chosen = with_settings(row, positional, settings) if positional or settings else row
            return apply(chosen, self)

        call.__name__, call.__qualname__ = row.name, f"Value.{row.name}"
        call.__doc__ = f"{row.name}(x): {row.why}."
        return call

    for row in TABLE.values():
        if row.arity == 1 and row.is_function and row.name not in vars(Value):
            setattr(Value, row.name, method(row))


def with_settings(
    row: Operation, positional: tuple[Any, ...], settings: dict[str, Any]
) -> Operation:
    """The row with a user's settings, each checked to be one it has and a number."""
    known = ", ".join(row.settings) or "none"
    if len(positional) > len(row.settings):
        few = f"{row.arity} operand" + ("s" if row.arity != 1 else "")
        raise InputError(
            f"{row.name} expects {few} and, as settings, {known}; got "
            f"{len(positional) + (row.arity or 0)} arguments; leave out what is too many"
        )
    chosen = dict(zip(row.settings, positional, strict=False)) | settings
    for name in chosen:
        if name not in row.settings:
            raise InputError(
                f"{row.name} has no setting {name!r}, and expects none but: {known}; "
                f"leave {name} out"
            )
    return row.bind(**{k: as_float(v, f"{row.name} {k}") for k, v in chosen.items()})


_add_methods()
