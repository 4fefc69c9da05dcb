"""The executable of one trace: its program, its text, and a way to call it."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.codegen.plain_emitter import plain_text
from autograd.compiler.frontend.trace import Trace
from autograd.compiler.ir.instructions import Shape
from autograd.compiler.ir.tape import PARAMETER, Tape
from autograd.compiler.pipeline import program_of, source_of, stages
from autograd.core.value import Value

Array = NDArray[Any]

_MOST_SIZES = 8  # so many numbers of examples have their memory kept, in each thread


class Executable:
    """What one trace became, for as many parameters as were known by then."""

    def __init__(self, traced: Trace, tape: Tape, known: Mapping[Value, int], dtype: str) -> None:
        self.traced, self.tape, self.n_parameters = traced, tape, len(known)
        self._names = [value.name for value in known]
        self._index = [known[value] for value in traced.parameters]
        program = program_of(self._numbered(tape))
        self.features: Shape = program[program.outputs[0]].shape
        self.source = source_of(program, self._names, dtype)
        quick = self.source.run(quick=True)
        self._functions = {
            name: (quick[name], quick.get(function.memory))
            for name, function in self.source.functions.items()
        }

    def _numbered(self, tape: Tape) -> Tape:
        """The tape with its parameters numbered as theta has them."""
        places = [place for place in tape.numbers if tape.rows[place] is PARAMETER]
        numbers = {place: self._index[int(tape.numbers[place])] for place in places}
        return replace(tape, numbers=tape.numbers | numbers, parameter_names=self._names)

    @cached_property
    def exact(self) -> dict[str, Callable[..., Any]]:
        """The same functions, with plain numbers that are NumPy's."""
        return self.source.run(quick=False)

    def stages(self) -> dict[str, str]:
        """The text of the program after each pass that changed it."""
        return stages(self._numbered(self.traced.tape))

    def plain(self) -> str:
        """The program without buffers and ``out=``."""
        program = program_of(self._numbered(self.tape))
        return plain_text(program, self._names, self.source.dtype)

    def run(
        self, local: threading.local, name: str, theta: Array, arrays: Sequence[Array], n: int,
        taken: Callable[[Any], Any] | None = None,
    ) -> Any:  # fmt: skip
        """Call one of the functions, with memory that belongs to this thread.

        ``taken`` makes the result that is returned of the function's, which may lie in the memory:
        it copies, before the memory is another call's.
        """
        function, memory_of = self._functions[name]
        # Taken away while it is in use: what a signal's handler runs comes in between, in the same
        # thread, and must not write into it.
        context = local.__dict__.pop("silent", None) or _silent()
        memories: dict[Any, Any] = local.__dict__.setdefault("memory", {})
        memory = None
        if memory_of is not None:
            # the function is the key, so that no later program can have the memory of an old one
            memory = memories.pop((memory_of, n), None) or memory_of(n)
            arrays = [*arrays, memory]
        try:
            try:
                result = context.run(function, theta, *arrays)
            except (ArithmeticError, ValueError):
                # a plain number met an edge, where Python raises and NumPy has IEEE's answer
                result = context.run(self.exact[name], theta, *arrays)
            return result if taken is None else taken(result)
        finally:
            local.silent = context
            if memory is not None:
                if len(memories) >= _MOST_SIZES:
                    memories.pop(next(iter(memories)), None)
                memories[memory_of, n] = memory


TEXTS: dict[str, Callable[[Executable], str]] = {
    "numpy": lambda executable: executable.source.text(),
    "plain": Executable.plain,
}


def _silent() -> Any:
    """A context to run in that is without NumPy's warnings.

    To enter ``np.errstate`` anew at each call costs as much as an operation on a small array. It is
    a context of its own and no copy, which would keep alive what is in the caller's.
    """
    if int(np.__version__.split(".")[0]) < 2:  # whose warnings are not a context's own
        return SimpleNamespace(run=np.errstate(all="ignore")(lambda fn, *given: fn(*given)))
    context = contextvars.Context()
    context.run(np.seterr, all="ignore")
    return context
