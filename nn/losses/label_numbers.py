"""Labels as numbers, and which row has none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Value
from autograd.core.number_arguments import as_float
from autograd.errors import ArgumentError, InputError
from nn.checks import in_rows


def as_numbers(y: NDArray[Any], who: str, on_names: str) -> NDArray[np.float64]:
    """The array as float64, or an error that names the first row that holds no finite number.

    ``on_names`` is the advice for labels that are names.
    """
    if y.dtype.kind not in "biuf":
        _check_entries(y.reshape(len(y), _width(y)).tolist(), who, on_names)
    numbers = y.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(numbers.reshape(len(y), _width(y))).all(axis=1))
    if len(bad):
        raise ArgumentError(
            f"{who} expects finite numbers, got nan or inf {in_rows(bad)}; drop or fill them first"
        )
    return numbers


def _width(y: NDArray[Any]) -> int:
    return y.shape[1] if y.ndim > 1 else 1


def _check_entries(rows: list[list[Any]], who: str, on_names: str) -> None:
    bad = [i for i, row in enumerate(rows) if not all(map(_is_number, row))]
    if not bad:
        return
    hopeless = [i for i in bad if not all(_is_number(x) or _spells_number(x) for x in rows[i])]
    at = hopeless or bad
    odd = [x for x in rows[at[0]] if not _is_number(x)]
    first = next((x for x in odd if not _spells_number(x)), odd[0])
    if not hopeless:
        advice = "write y.astype(float)"
    elif _is_text(first) and len(hopeless) == len(rows):
        advice = on_names
    elif first is None or _is_text(first):
        advice = "drop or fill them first"
    else:
        advice = "give real numbers"
    raise InputError(f"{who} expects numbers in y, got {_shown(first)} {in_rows(at)}; {advice}")


def _is_number(x: Any) -> bool:
    if isinstance(x, Value):
        return True
    try:
        as_float(x, "")
    except (InputError, ArgumentError):
        return False
    return True


def _is_text(x: Any) -> bool:
    return isinstance(x, (str, bytes))


def _spells_number(x: Any) -> bool:
    if not _is_text(x):
        return False
    try:
        float(x)
    except ValueError:
        return False
    return True


def _shown(x: Any) -> str:
    text = repr(x) if len(repr(x)) <= 40 else repr(x)[:37] + "..."
    if _is_text(x):
        return f"the text {text}"
    return text if x is None else f"{type(x).__name__} {text}"
