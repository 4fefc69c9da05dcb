"""Reductions over the last axis of an array: sum, prod, hypot, logsumexp.

Here the operands of a row are not so many arrays but one, X of shape (..., K), and the result has
shape (...). The values, infinities and nans are those of the row.
"""

from __future__ import annotations

from collections.abc import Callable

from autograd.core.operation import SHIFT, Operation
from autograd.core.table import TABLE

Fresh = Callable[[], str]  # gives names for what is needed on the way
_UFUNCS = {TABLE["sum"]: "np.add", TABLE["prod"]: "np.multiply", TABLE["hypot"]: "np.hypot"}


def axis_lines(
    row: Operation, target: str, x: str, out: str, extra: str | None, fresh: Fresh
) -> list[str]:
    """Statements that give ``target``, of shape (...), from the array ``x`` of shape (..., K).

    ``out`` names an array of the result's shape to write into, "" for a new one. For logsumexp,
    ``extra`` names an array of x's shape and dtype that there is already; exp(x - largest) is
    written into it, for ``axis_vjp_lines``. None where no derivative will follow.

    >>> axis_lines(TABLE["sum"], "s", "h1", "b2", None, lambda: "t")
    ['s = np.add.reduce(h1, axis=-1, out=b2)']
    """
    into = f", out={out}" if out else ""
    if row is TABLE["logsumexp"]:
        return _logsumexp(target, x, into, extra, fresh)
    if row is not SHIFT:
        return [f"{target} = {_UFUNCS[row]}.reduce({x}, axis=-1{into})"]
    top = fresh()  # the largest, if it is finite, else 0
    chosen = f"np.where(np.isfinite({top}), {top}, 0.0)"
    copied = [f"np.copyto({out}, {chosen})", f"{target} = {out}"]
    last = copied if out else [f"{target} = {chosen}"]
    return [f"{top} = np.maximum.reduce({x}, axis=-1)", *last]


def _logsumexp(target: str, x: str, into: str, extra: str | None, fresh: Fresh) -> list[str]:
    # The largest is taken out, and the others are summed without it, so that log1p keeps the
    # digits of a sum that one term dominates. Equal infinities have a share of 1, not nan.
    top, ties, rest = fresh(), fresh(), fresh()
    shares = extra or fresh()
    write = f", out={extra}" if extra else ""
    return [
        f"{top} = np.maximum.reduce({x}, axis=-1, keepdims=True)",
        f"{ties} = {x} == {top}",
        f"{shares} = np.exp({x} - {top}{write})",
        f"np.copyto({shares}, 0.0, where={ties})",
        f"{rest} = np.add.reduce({ties}, axis=-1, dtype={x}.dtype) - 1.0",
        f"{rest} = np.log1p({rest} + np.add.reduce({shares}, axis=-1))",
        f"np.copyto({shares}, 1.0, where={ties})",
        f"{target} = np.add({top}[..., 0], {rest}{into})",
    ]


def axis_vjp_lines(
    row: Operation, target: str, g: str, y: str, x: str, out: str, extra: str, fresh: Fresh
) -> list[str]:
    """Statements that give ``target``, of shape (..., K): g times the derivative for each operand.

    It is that of prod, hypot or logsumexp; sum passes g on as it is, and the shift nothing. ``g``
    and ``y`` (the result) have shape (...), ``x`` and ``out`` (..., K). For logsumexp ``extra`` is
    what ``axis_lines`` put there, and x is not read; only hypot reads y.

    >>> axis_vjp_lines(TABLE["logsumexp"], "d", "g", "y", "x", "b3", "e1", lambda: "t")
    ['d = np.multiply(e1, (g / np.add.reduce(e1, axis=-1))[..., None], out=b3)']
    """
    into = f", out={out}" if out else ""
    if row is TABLE["logsumexp"]:
        # the share of each is extra / its sum; g is divided instead, which is one number for K
        per_sum = f"({g} / np.add.reduce({extra}, axis=-1))[..., None]"
        return [f"{target} = np.multiply({extra}, {per_sum}{into})"]
    across = f"{g}[..., None]"
    if row is TABLE["hypot"]:
        length = fresh()
        shares = f"np.where({length} == 0.0, 0.0, {x} / {length})"
        return [f"{length} = {y}[..., None]", f"{target} = np.multiply({across}, {shares}{into})"]
    # running products from both ends: dividing the product by x would fail where x is zero
    before, after = fresh(), fresh()
    return [
        f"{before}, {after} = np.ones_like({x}), np.ones_like({x})",
        f"np.multiply.accumulate({x}[..., :-1], axis=-1, out={before}[..., 1:])",
        f"np.multiply.accumulate({x}[..., :0:-1], axis=-1, out={after}[..., -2::-1])",
        f"{target} = np.multiply({across}, {before} * {after}{into})",
    ]
