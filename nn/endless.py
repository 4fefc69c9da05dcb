"""What is said of a model that holds itself, through which a walk has no end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd.errors import ArgumentError


def no_end(model: object, method: str, kind: type) -> ArgumentError:
    """The error where a walk through a model and its parts, of a kind, ended in a RecursionError.

    >>> class Part:
    ...     def __init__(self):
    ...         self.parts = [self]
    >>> print(no_end(Part(), "parameters", Part))  # doctest: +ELLIPSIS
    Part.parameters expects parts that do not hold each other in a circle, got 'parts.0', ...
    """
    circle = _circle(model, kind)
    got = "too many within each other" if circle is None else f"{circle!r}, which holds itself"
    return ArgumentError(
        f"{type(model).__name__}.{method} expects parts that do not hold each other in a circle, "
        f"got {got}; pass it to __call__ in place of keeping it in an attribute"
    )


def _circle(model: object, kind: type) -> str | None:
    """The place of a part that is also a part of itself."""
    ahead: list[tuple[str, Any, tuple[int, ...]]] = [("", model, ())]
    while ahead:
        name, thing, above = ahead.pop()
        if id(thing) in above:
            return name
        if isinstance(thing, (list, tuple)):
            parts: Iterable[tuple[Any, Any]] = enumerate(thing)
        else:
            parts = (thing if isinstance(thing, dict) else vars(thing)).items()
        ahead += [
            (f"{name}.{part}" if name else str(part), inner, (*above, id(thing)))
            for part, inner in parts
            if isinstance(inner, (kind, dict, list, tuple))
        ]
    return None
