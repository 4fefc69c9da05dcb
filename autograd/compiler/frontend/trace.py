"""``trace``: run a function once on symbols, and write what it computes on a tape.

While the function runs, ``modes.current().tracer`` is a ``Recorder``. Every operation is handed to
it, and becomes a line of the tape; the result is a ``Symbol``, which has a place on the tape and no
number. Values from outside that the function reaches become parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.compiler.frontend.signature import Signature, Structure, arrays_of, leaf_names, nest
from autograd.compiler.frontend.symbol import Symbol, label, refusal, symbol
from autograd.compiler.ir.tape import ARGUMENT, LEAVES, PARAMETER, Tape
from autograd.core.anomaly import user_line
from autograd.core.grad import VALUES
from autograd.core.modes import tracing
from autograd.core.number_arguments import as_float
from autograd.core.operation import CONSTANT, SHIFT, Operation
from autograd.core.table import TABLE
from autograd.core.value import Value
from autograd.errors import GlassgradError, TraceError, brief


@dataclass(frozen=True)
class Trace:
    """What ``trace`` found: the tape, and the parameters in the order of first reach.

    ``tape.numbers`` of a PARAMETER line is its place in ``parameters``; of an ARGUMENT line its
    place among the numbers of all arguments, each flattened in C order, one argument after the
    other. ``outputs_shape`` is None for a function that returns one Value, k for a list of k;
    ``aux_shape`` says the same of its auxiliary outputs, which come last in ``tape.outputs``.
    """

    tape: Tape
    parameters: list[Value]
    outputs_shape: int | None
    aux_shape: int | None = None

    def agrees(self, other: Trace) -> bool:
        """Whether both compute the same, operation by operation, from the same parameters."""
        a, b = self.tape, other.tape
        return (
            self.parameters == other.parameters
            and (self.outputs_shape, self.aux_shape) == (other.outputs_shape, other.aux_shape)
            and (a.rows, a.operands, a.outputs) == (b.rows, b.operands, b.outputs)
            and repr(a.numbers) == repr(b.numbers)  # as text, nan is equal to itself
        )


def trace(
    fn: Callable[..., Any], structures: Mapping[str, Structure] | None = None,
    static: Mapping[str, Any] | None = None, signature: Signature | None = None, *,
    has_aux: bool = False,
) -> Trace:  # fmt: skip
    """Run ``fn`` once on symbols, and return what it computes.

    ``structures`` has the structure of one example for each argument that is not static, by name;
    ``static`` the values of those that are, which ``fn`` gets as they are. With ``has_aux`` it
    returns (value, aux). Raises ``TraceError`` where ``fn`` asks for a number, or returns something
    other than a Value or a list of them. An error that ``fn`` raises itself passes through.

    >>> from autograd import Value
    >>> w = Value(2.0, name="w")
    >>> traced = trace(lambda x: w * x[0] + x[1], {"x": (2,)})
    >>> [row.name for row in traced.tape.rows], traced.parameters == [w]
    (['argument', 'argument', 'parameter', '*', '+'], True)
    """
    signature = signature or Signature.of(fn)
    recorder = Recorder(signature.name, has_aux=has_aux)
    passed = {name: recorder.argument(name, part) for name, part in (structures or {}).items()}
    positional, keywords = signature.arguments({**passed, **(static or {})})
    with tracing(recorder):
        try:
            result = fn(*positional, **keywords)
        except ValueError as error:
            # NumPy takes what has [] for a sequence, and hides what it says behind this
            hidden = "setting an array element with a sequence" in str(error)
            if hidden and isinstance(error.__cause__, TraceError):
                raise error.__cause__ from None
            raise
        return recorder.finish(result)


class Recorder:
    """Writes the operations of one traced function on a tape; see ``modes.Tracer``."""

    def __init__(self, name: str, *, has_aux: bool = False) -> None:
        self.name, self.has_aux = name, has_aux
        self.tape = Tape()
        self.parameters: list[Value] = []
        # where Values from outside have their lines, and plain numbers
        self._known: dict[Value, int] = {}
        self._constants: dict[float | str, int] = {}
        self._made: set[Value] = set()
        self._argument_of: dict[int, str] = {}  # by the line

    # --- leaves ----------------------------------------------------------------------------------

    def argument(self, name: str, structure: Structure) -> Any:
        """Write the lines of one argument; its symbols, nested as ``structure`` says."""
        names = leaf_names(structure, name)
        start, index = len(self.tape), len(self.tape.argument_names)
        self.tape.leaves(ARGUMENT, range(index, index + len(names)))
        self.tape.argument_names += names
        self.tape.arguments += tuple(arrays_of(structure, name))
        self._argument_of |= dict.fromkeys(range(start, start + len(names)), name)
        return nest(structure, [symbol(self, start + i, None, x) for i, x in enumerate(names)])

    def made(self, value: Value) -> None:
        """Take note of a Value that the function makes itself: its number is in the source."""
        self._made.add(value)

    def place(self, x: object, asked: str) -> int:
        """The line of an operand: a symbol, a Value from outside, or a plain number."""
        if isinstance(x, Symbol):
            if x.tracer is not self:
                raise TraceError(
                    f"compile met {label(x)}, a symbol of another trace, while it traces "
                    f"{self.name}, at {user_line()}; return it from the function that it belongs "
                    "to, and pass it as an argument, instead of keeping it"
                )
            return x.place
        if isinstance(x, Value):
            known = self._known.get(x)
            return known if known is not None else self._enter(x)
        return self._constant(as_float(x, asked))

    def _constant(self, number: float) -> int:
        # by bits: 0.0 is not -0.0, and nan, which equals nothing, is one
        key = number if number and number == number else str(number)
        if key not in self._constants:
            self._constants[key] = self.tape.leaf(CONSTANT, number)
        return self._constants[key]

    def _enter(self, value: Value) -> int:
        """Write the line of a Value from outside, after those of the Values it came from."""
        known, stack = self._known, [value]
        while stack:
            missing = [p for p in stack[-1].parents if p not in known]
            stack += reversed(missing)
            if not missing and (node := stack.pop()) not in known:
                known[node] = self._line(node)
        return known[value]

    def _enter_leaves(self, values: list[Value]) -> None:
        """Write the lines of those that are parameters and not known yet, all at once."""
        unknown = [v for v in values if type(v) is Value and v not in self._known]
        if self._made or any(v._operation is not None for v in unknown):
            return
        new = list(dict.fromkeys(unknown))
        start, index = len(self.tape), len(self.parameters)
        self._known.update(zip(new, range(start, start + len(new)), strict=True))
        self.tape.parameter_names += [v.name for v in new]
        self.tape.leaves(PARAMETER, range(index, index + len(new)))
        self.parameters += new

    def _line(self, node: Value) -> int:
        operation = node._operation
        if node._first is not None and operation is not None:
            return self.tape.append(operation, tuple([self._known[p] for p in node.parents]))
        if operation is CONSTANT or node in self._made:
            return self._constant(node._data)
        self.parameters.append(node)
        self.tape.parameter_names.append(node.name)
        return self.tape.leaf(PARAMETER, len(self.parameters) - 1)

    # --- operations ------------------------------------------------------------------------------

    def apply(self, operation: Operation, operands: Sequence[object]) -> Symbol:
        """Write one operation; the symbol of its result."""
        places = tuple([self.place(x, operation.name) for x in operands])
        return symbol(self, self.tape.append(operation, places), operation)

    def weighted_sum(
        self, weights: Iterable[Value], inputs: Iterable[Value], bias: Value
    ) -> Symbol:
        """Write a line for each product, and one for the sum of them and the bias."""
        # a layer of a network calls this, so the products are written without a symbol for each
        known, place = self._known, self.place
        weights = list(weights)
        self._enter_leaves(weights)
        first = [known[w] if type(w) is Value and w in known else place(w, "*") for w in weights]
        second = [place(x, "*") for x in inputs]
        last = place(bias, "sum")
        pairs = list(zip(first, second, strict=True))
        start = len(self.tape)
        self.tape.rows += [TABLE["*"]] * len(pairs)
        self.tape.operands += pairs
        whole = TABLE["sum"]
        terms = (*range(start, start + len(pairs)), last)
        return symbol(self, self.tape.append(whole, terms), whole)

    def grad(self, output: Value, inputs: Sequence[Value]) -> list[Value]:
        """Write the derivatives of ``output`` down, line by line from the last to the first."""
        wanted = [self.place(x, "grad") for x in inputs]
        goal = self.place(output, "grad")
        rows, operands = self.tape.rows, self.tape.operands
        between = set(wanted)
        for place in range(goal + 1):
            if not between.isdisjoint(operands[place]) and rows[place] is not SHIFT:
                between.add(place)
        adjoints: dict[int, Any] = {goal: 1.0}
        for place in range(goal, -1, -1):
            upstream = adjoints.get(place)
            if upstream is None or between.isdisjoint(operands[place]) or rows[place] is SHIFT:
                continue
            for parent, local in zip(operands[place], self._locals(place), strict=True):
                if parent in between:
                    passed_on = upstream * local
                    before = adjoints.get(parent)
                    adjoints[parent] = passed_on if before is None else before + passed_on
        return [self._symbol(self.place(adjoints.get(place, 0.0), "grad")) for place in wanted]

    def _locals(self, place: int) -> Sequence[Any]:
        row = self.tape.rows[place]
        operands = [self._symbol(p) for p in self.tape.operands[place]]
        try:
            return tuple(row.partials(VALUES, self._symbol(place), *operands))
        except TraceError:
            raise TraceError(
                f"compile cannot trace grad() through {row.label}, whose derivative depends on a "
                f"comparison, while it traces {self.name}, at {user_line()}; write the derivative "
                "with autograd.where, or call grad outside of the compiled function"
            ) from None

    def _symbol(self, place: int) -> Symbol:
        row = self.tape.rows[place]
        return symbol(self, place, None if row in LEAVES else row)

    # --- what is refused, and what is returned ---------------------------------------------------

    def refusal(self, value: Value | None, asked: str) -> Exception:
        """The error for code that asks for the number of a Value, or for what has no meaning."""
        argument = ""
        if isinstance(value, Symbol) and value.tracer is self:
            argument = self._argument_of.get(value.place, "")
        return refusal(value, asked, self.name, argument)

    def finish(self, result: object) -> Trace:
        """The trace, whose outputs are the lines that the function returned."""
        if not self.has_aux:
            self.tape.outputs, shape = self._results(result)
            self.tape.single = shape is None
            return Trace(self.tape, self.parameters, shape)
        if not isinstance(result, (list, tuple)) or len(result) != 2:
            raise self._wrong_result(result)
        value = self._result(result[0], "value")
        aux, aux_shape = self._results(result[1], "aux")
        self.tape.outputs = (value, *aux)
        return Trace(self.tape, self.parameters, None, aux_shape)

    def _results(self, result: object, part: str = "") -> tuple[tuple[int, ...], int | None]:
        """The lines of one Value or a list, and how many; None for one that is no list."""
        if not isinstance(result, (list, tuple)):
            return (self._result(result, part),), None
        if not result:
            raise self._wrong_result(result, part)
        return tuple([self._result(x, part) for x in result]), len(result)

    def _result(self, x: object, part: str) -> int:
        try:
            return self.place(x, self.name)
        except TraceError:
            raise
        except GlassgradError:
            raise self._wrong_result(x, part) from None

    def _wrong_result(self, x: object, part: str = "") -> TraceError:
        """The error for a result, or for ``part`` of a pair (value, aux), that is none."""
        is_list = isinstance(x, (list, tuple))
        expected = "a Value or a list of Values"
        advice = "return the Values that it computed, in one flat list"
        came = "an empty list" if is_list and not x else brief(x)
        if self.has_aux:
            expected = f"(value, aux), one Value and {expected}"
            if part:
                came += f" for its {part}"
            else:
                advice = "return both, or compile it without has_aux=True"
        elif is_list and x:
            advice += ", or if it returns (value, aux), compile it with has_aux=True"
        if x is None and not part:
            advice = "did you forget return?"
        return TraceError(f"{self.name} expects to return {expected}, got {came}; {advice}")
