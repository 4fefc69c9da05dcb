"""The checks of ``detect_anomaly``: a nan or an inf, and the line that it came from."""

from __future__ import annotations

import linecache
import math
import sys
from collections.abc import Sequence

from autograd.core.node import Node
from autograd.core.operation import Operation
from autograd.core.user_code import PACKAGE_FOLDERS
from autograd.errors import AnomalyError


def user_line() -> str:
    """The innermost line of the call stack that is not glassgrad's own, with its text."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(PACKAGE_FOLDERS):
        frame = frame.f_back
    name, number = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(name, number, frame.f_globals).strip()
    return f"{name}:{number}" + (f": {text}" if text else "")


def _shown(name: str) -> str:
    """A name as text that gives a terminal no orders."""
    return name if name.isprintable() else repr(name)[1:-1]


def _operands(values: Sequence[Node]) -> str:
    shown = [f"{_shown(v.name)}={v._data:g}" if v.name else f"{v._data:g}" for v in values[:6]]
    return ", ".join(shown) + (f", ... ({len(values)} operands)" if len(values) > 6 else "")


def check_forward(
    operation: Operation, operands: Sequence[Node], result: float, origin: str
) -> None:
    """Raise if an operation's result is nan or inf."""
    if math.isfinite(result):
        return
    raise AnomalyError(
        f"{operation.label} gave {result} from {_operands(operands)}",
        where=f", at {origin}",
        more=f"; {_advice(operation, operands)}",
        origin=origin,
    )


def _advice(operation: Operation, operands: Sequence[Node]) -> str:
    if not all(math.isfinite(v._data) for v in operands):
        return "an operand was not finite to begin with: look at where it came from"
    if len(operation.domain) == len(operands):
        for v, (low, high) in zip(operands, operation.domain, strict=True):
            if not low < v._data < high:
                return f"{operation.label} is defined between {low:g} and {high:g}"
    return "the result is out of range for a float64: make the operands smaller"


def check_seed(output: Node, seed: float) -> None:
    """Raise if a backward pass starts from nan or inf."""
    if not math.isfinite(seed):
        name = f" of {_shown(output.name)}" if output.name else ""
        raise AnomalyError(
            f"backward{name} expects a finite number to start from, got {seed}; "
            "look at where it came from. No gradient was changed"
        )


def check_backward(
    node: Node, parent: Node, upstream: float, local: float, total: float, origin: str | None
) -> None:
    """Raise if the gradient of ``parent`` became nan or inf by what ``node`` passed on."""
    if math.isfinite(total):
        return
    operation = node._operation
    label = operation.label if operation else "leaf"
    name = f" {_shown(parent.name)}" if parent.name else ""
    made = f"made at {origin}" if origin else "made outside of detect_anomaly()"
    raise AnomalyError(
        f"the gradient became {total} on its way back through {label} of {_operands(node.parents)}",
        where=f" ({made})",
        more=f": upstream {upstream:g} x local {local:g} for the operand{name} of value "
        f"{parent._data:g}",
        note="; no gradient was changed",
        origin=origin or "",
    )
