"""``Node``: what the modules below ``value.py`` know of a Value."""

from __future__ import annotations

from typing import Any, Protocol


class Node(Protocol):
    """A Value, as walks, the sweep, ``detect_anomaly`` and copies see it.

    A node of two parents keeps them, and the local derivatives, in four slots; one of any other
    number has tuples in ``_first`` and ``_to_first`` and None in ``_second``; a leaf None in both.
    """

    _data: float
    _grad: float
    _operation: Any
    _first: Any
    _second: Any
    _to_first: Any
    _to_second: float

    @property
    def parents(self) -> tuple[Any, ...]:
        """The nodes it was computed from, in order, duplicates kept."""
        ...

    @property
    def partials(self) -> tuple[float, ...]:
        """Its derivative by each of its parents."""
        ...

    @property
    def name(self) -> str:
        """What it is called; empty if it has no name."""
        ...
