"""What ``Module.predict`` has compiled, kept for as long as there is the model.

It is kept here and not in the model, whose attributes are its own: they are searched for
parameters, copied and pickled.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from autograd import Value, no_grad
from nn.programs.fingerprint import fingerprint
from nn.programs.program import (
    Array,
    Program,
    Shape,
    agree,
    in_parts,
    is_compiling_apt,
    joined,
    plain_numbers,
    trial_rows,
)

# Compiling takes as long as some hundred rows called one by one, so it waits for as many; and to
# see that nothing has changed takes as long as one row.
_ENOUGH_ROWS = 128
_FEW_ROWS = 4

_kept: dict[int, _Predictor] = {}


def predicted(model: Any, rows: Array) -> Array | None:
    """The outputs by a compiled program; None where the model is to be called row by row."""
    if len(rows) < _FEW_ROWS or not is_compiling_apt():
        return None
    try:
        reference = weakref.ref(model)
    except TypeError:  # a class with slots: nobody would tell when it is gone
        return None
    return _predictor(model).outputs(reference, rows)


def keep(model: Any, program: Program) -> None:
    """Predict with a program that has been made, and compared with the model, already.

    Not with one whose loss holds on to Values, such as those of the model: it would keep the model
    alive, and the model it.
    """
    try:
        weakref.ref(model)
    except TypeError:
        return
    beside = fingerprint(*program.others)
    if not beside.complete or any(isinstance(fact, Value) for fact in beside.facts):
        return
    _predictor(model).program = program


def _predictor(model: Any) -> _Predictor:
    kept = _kept.get(id(model))
    if kept is None:
        kept = _kept[id(model)] = _Predictor()
        weakref.finalize(model, _kept.pop, id(model), None).atexit = False
    return kept


class OutputsProgram(Program):
    """The outputs of a model, compiled; ``x`` is the shape of one row. Raises as ``Program``."""

    def __init__(self, model: Any, x: Shape) -> None:
        super().__init__(model, _calling, {"x": x})

    def outputs(self, theta: Array, X: Array) -> Array:
        """See ``Program``."""
        return joined([self._compiled.values(theta, *part) for part in in_parts((X,))])


def _calling(get: Callable[[], Any]) -> Callable[..., Any]:
    """The function that calls the model, under the model's name: see ``Making``."""

    def call(x: Any) -> Any:
        return get()(x)

    call.__name__ = type(get()).__name__
    return call


class _Predictor:
    """The program of one model, and how many rows have been waiting for it."""

    def __init__(self) -> None:
        self.program: Program | None = None
        self.waiting = 0

    def outputs(self, reference: Callable[[], Any], rows: Array) -> Array | None:
        model, shapes = reference(), {"x": rows.shape[1:]}
        program = self.program
        if program is None or program.shapes["x"] != shapes["x"] or not program.is_current(model):
            self.program = None
            self.waiting += len(rows)
            if self.waiting < _ENOUGH_ROWS:
                return None
            self.waiting = 0
            try:
                program = OutputsProgram(model, shapes["x"])
                chosen = rows[trial_rows(len(rows))]
                with no_grad():
                    expected = [plain_numbers(model(row)) for row in chosen.tolist()]
                agree(program.outputs(program.theta, chosen), expected)
            except Exception:
                # called row by row it says itself what is wrong, if anything is
                return None
            self.program = program
        return program.outputs(program.theta, rows)
