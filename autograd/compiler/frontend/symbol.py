"""``Symbol``: a Value without a number, which a function computes with while it is traced.

Whoever asks for its number gets ``TraceError``, because a number that is read while a function is
traced would stay in the compiled program as it was, whatever is passed in later.
"""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import TYPE_CHECKING, NoReturn

from autograd.core import modes
from autograd.core.anomaly import user_line
from autograd.core.operation import Operation
from autograd.core.value import Value
from autograd.errors import TraceError

_new = object.__new__


class Symbol(Value):
    """The result of line ``place`` of a tape that ``tracer`` is writing; it has no number.

    It computes as any Value does. What would need its number raises ``TraceError``: ``.data``,
    ``.grad``, ``float()``, a comparison with a number, ``bool()``, an index, a NumPy float array.
    """

    __slots__ = ("place", "tracer")

    place: int
    tracer: modes.Tracer

    if not TYPE_CHECKING:
        # in place of the slots of Value: also what reads a slot directly is told

        @property
        def _data(self) -> NoReturn:
            raise self._refusal("its number")

        @property
        def _grad(self) -> NoReturn:
            raise self._refusal(".grad")

    def _refusal(self, asked: str) -> Exception:
        tracer = modes.current().tracer
        if tracer is not None:
            return tracer.refusal(self, asked)
        return TraceError(
            f"{label(self)} has no number: it is a symbol of a trace that is over, at "
            f"{user_line()}; return it from the traced function instead of keeping it"
        )

    # by identity, as for any Value; but a comparison with a number means its own number
    def __eq__(self, other: object) -> bool:
        if isinstance(other, Real):
            raise self._refusal("==")
        return self is other

    __hash__ = Value.__hash__

    def __index__(self) -> int:
        raise self._refusal("an index or range()")

    def __round__(self, digits: int | None = None) -> int:
        raise self._refusal("round()")

    def __iter__(self) -> Iterator[Value]:
        raise self._one_number("cannot be iterated over")

    def __getitem__(self, key: object) -> Value:
        raise self._one_number(f"has no [{key!r}]")

    def _one_number(self, finding: str) -> TraceError:
        return TraceError(
            f"{label(self)} is one number and {finding}, at {user_line()}; pass a list or an array "
            "for an argument that has several numbers, and a list of such for a batch: "
            "[[1.0, 2.0]] is one example of two numbers"
        )

    def __repr__(self) -> str:
        return f"Symbol({self.name or self.op or 'argument'})"


def symbol(tracer: modes.Tracer, place: int, operation: Operation | None, name: str = "") -> Symbol:
    """The symbol of one line of a tape; ``operation`` is None for a leaf."""
    made = _new(Symbol)
    made.place = place
    made.tracer = tracer
    made._operation = operation
    made._first = made._second = None
    if name:
        made._name = name
    return made


def label(value: Value) -> str:
    """What messages call a Value: its name, or what it is."""
    if value.name:
        return value.name
    return f"a result of {value.op}" if value.op else "a Value without a name"


# --- what is said --------------------------------------------------------------------------------

_NO_IF = (
    "use autograd.maximum, .relu(), or autograd.where(x, a, b), which is a where x is above 0, "
    "instead of an if"
)
_OURS = "use autograd's functions, such as autograd.exp, instead of math's and NumPy's"
_REMEDIES = {
    "float()": _OURS, "round()": _OURS, ".data": "compute with the Value itself",
    ".grad": "read it after f.backward(*batch), outside of the function",
    "its number": "compute with the Value itself",
    "int()": "use autograd.choose(index, values) instead of values[int(index)]",
    "an index or range()": "use autograd.choose(index, values) instead of values[index]",
    "a format": "write the text outside of the function",
}  # fmt: skip
_MEANINGLESS = {
    ".data =": "change parameters outside of the function, between two calls",
    ".grad =": "change gradients outside of the function, between two calls",
    "backward()": "call f.backward(*batch) of the compiled function f instead",
    "no_grad()": "leave it out; f.map(*batch) and f.mean(*batch) record no graph",
    "detect_anomaly()": "call f(*example), which is not compiled, within that block",
    "a copy": "use the Value itself",
}


def refusal(value: Value | None, asked: str, function: str, argument: str = "") -> TraceError:
    """The error for code that asks for a number, or for what has no meaning, within a trace.

    ``argument`` is the function's argument that the value came with, if it is one.
    """
    where = f"while it traces {function}, at {user_line()}"
    if asked in _MEANINGLESS:
        of = f" of {label(value)}" if value is not None else ""
        return TraceError(f"compile cannot trace {asked}{of} {where}; {_MEANINGLESS[asked]}")
    return TraceError(
        f"compile cannot read the number of {label(value) if value is not None else 'a Value'}, "
        f"which {asked} asks for, {where}; {_REMEDIES.get(asked, _NO_IF)}",
        argument=argument,
    )
