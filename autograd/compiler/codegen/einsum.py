"""Einsum lowering: a contraction of two arrays as the text of NumPy's fastest call for it.

``einsum_call(("nk", "rk", "nr"), ...)`` is ``np.matmul(x, W1.T, out=z1)``. Every label stands for
an axis; n is that of the examples. A label that both arrays have and the result has not is summed
over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

Labels = tuple[str, str, str]


def is_whole(text: str) -> bool:
    """Whether it is the text of an array without gaps, as np.dot asks for to write into."""
    return re.fullmatch(r"\w+(\[\d*:\d*\])?", text) is not None


def einsum_call(
    labels: Labels, left: str, right: str, out: str, sizes: Mapping[str, int], *, whole: bool = True
) -> str:
    """The text of an expression that computes it into ``out``.

    ``left``, ``right`` and ``out`` are texts of arrays whose axes are their labels, in order;
    ``sizes`` has the length of each label but n. ``whole`` says that ``out`` is in one piece, so
    that several of its axes can be taken as one; of a part of an array that would be a copy.

    >>> einsum_call(("nr", "nk", "rk"), "dz1", "x", "dW1", {"r": 16, "k": 2})
    'np.matmul(dz1.T, x, out=dW1)'
    """
    a, b, c = labels
    shared = "".join(x for x in c if x in a and x in b)
    summed = "".join(x for x in a if x in b and x not in c)
    of_a = "".join(x for x in c if x in a and x not in b)
    of_b = "".join(x for x in c if x in b and x not in a)
    if "n" in b and "n" not in a and not (of_a and of_b):
        # the result has one order only: the examples first, as they are written
        a, b, left, right, of_a, of_b = b, a, right, left, of_b, of_a
        labels = (a, b, c)
    if not summed:
        return _outer(labels, left, right, out)
    if c == shared + of_b + of_a and of_a and of_b:
        # the transposed product of the transposed sides has the axes in this order
        a, b, left, right, of_a, of_b = b, a, right, left, of_b, of_a
        labels = (a, b, c)
    elif c != shared + of_a + of_b:
        return _general(labels, left, right, out)
    if not of_a and not of_b and shared:
        return _general(labels, left, right, out)
    first = _arranged(left, a, (shared, of_a, summed), sizes)
    second = _arranged(right, b, (shared, summed, of_b), sizes)
    target = _merged(out, (shared, of_a, of_b), sizes)
    if target != out and not whole:
        if shared or a != of_a + summed or len(summed) > 1 or len(of_b) > 1:
            return _general(labels, left, right, out)
        first, target = left, out  # matmul goes over the leading axes by itself
    # np.dot takes an array of one element for a number, and leaves out what it is 0 times: so it
    # would for a batch of one
    several = "n" not in summed and math.prod(sizes[x] for x in summed) > 1
    vector = several and not shared and not (of_a and of_b)
    if vector and (whole or "[" in target) and is_whole(target):
        # half a microsecond less than matmul, which is as much again for a small vector
        return f"np.dot({first}, {second}, out={target})"
    if shared and not of_a:
        first, target = f"{first}[..., None, :]", f"{target}[..., None, :]"
    if shared and not of_b:
        second, target = f"{second}[..., None]", f"{target}[..., None]"
    return f"np.matmul({first}, {second}, out={target})"


def _general(labels: Labels, left: str, right: str, out: str) -> str:
    return f'np.einsum("{labels[0]},{labels[1]}->{labels[2]}", {left}, {right}, out={out})'


def _outer(labels: Labels, left: str, right: str, out: str) -> str:
    """Each with each: no sum at all."""
    a, b, c = labels
    sides = []
    for own, text in ((a, left), (b, right)):
        if own != "".join(x for x in c if x in own):
            return _general(labels, left, right, out)
        places = ", ".join(":" if x in own else "None" for x in c)
        # NumPy puts axes in front by itself; without any labels it is a plain number
        sides.append(text if c.endswith(own) else f"{text}[{places}]")
    return f"np.multiply({sides[0]}, {sides[1]}, out={out})"


def _arranged(
    text: str, labels: str, groups: tuple[str, str, str], sizes: Mapping[str, int]
) -> str:
    """An array with its axes in the order of the groups, each group as one axis."""
    wanted = "".join(groups)
    if labels == wanted:
        return _merged(text, groups, sizes)
    shared, first, second = groups
    if labels == shared + second + first:
        merged = _merged(text, (shared, second, first), sizes)
        return f"{merged}.T" if not shared else f"{merged}.swapaxes(-1, -2)"
    order = ", ".join(str(labels.index(x)) for x in wanted)
    return _merged(f"{text}.transpose({order})", groups, sizes)


def _merged(text: str, groups: tuple[str, str, str], sizes: Mapping[str, int]) -> str:
    """An array whose axes are in order already, with each group of several axes made one."""
    shared, first, second = groups
    if len(first) < 2 and len(second) < 2:
        return text
    lengths = [_length(x, sizes) for x in shared]
    lengths += [_length(group, sizes) for group in (first, second) if group]
    return f"{text}.reshape({', '.join(lengths)})"


def _length(labels: str, sizes: Mapping[str, int]) -> str:
    if "n" not in labels:
        return str(math.prod(sizes[x] for x in labels))
    rest = math.prod(sizes[x] for x in labels if x != "n")
    return "n" if rest == 1 else f"n * {rest}"
