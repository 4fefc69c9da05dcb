"""LRU cache of the programs of one compiled function."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from autograd.compiler.ir.instructions import Shape

# A program for each value of a static argument, or each length of a list, would fill the memory:
# that of a small transformer takes some 50 MB. Who has more structures than this traces again.
MOST_PROGRAMS = 64

Shapes = tuple[Shape, ...]
P = TypeVar("P")  # what a program is: executable.Executable, of which nothing is asked here


class LRUCache(Generic[P]):
    """At most ``MOST_PROGRAMS`` programs by key, and the key that the shapes of arrays lead to.

    Whoever puts one in holds the lock of its ``Compiled``; to look one up needs none.
    """

    def __init__(self) -> None:
        self._programs: OrderedDict[Hashable, P] = OrderedDict()
        self._by_shapes: dict[Shapes, Hashable] = {}
        self._last: tuple[Hashable, P | None] = (None, None)

    def __len__(self) -> int:
        return len(self._programs)

    def get(self, key: Hashable) -> P | None:
        """The program of a key, which is now the one used last; None if there is none."""
        last, program = self._last
        if key is last:  # nearly always so, and hashing a key takes as long as a small sum
            return program
        try:
            self._programs.move_to_end(key)
            program = self._programs[key]
        except KeyError:
            return None
        self._last = (key, program)
        return program

    def key_of(self, shapes: Shapes) -> Hashable:
        """The key that arrays of these shapes lead to, or KeyError."""
        return self._by_shapes[shapes]

    def put(self, key: Hashable, program: P) -> None:
        """Keep a program, or another in place of an old one."""
        self._programs[key] = program
        self._programs.move_to_end(key)
        self._last = (None, None)
        if len(self._programs) > MOST_PROGRAMS:
            old, _ = self._programs.popitem(last=False)
            # a new dictionary, as another thread may look into the old one
            self._by_shapes = {s: k for s, k in self._by_shapes.items() if k != old}

    def alias(self, shapes: Shapes, key: Hashable) -> None:
        """Let arrays of these shapes find this key without more ado."""
        self._by_shapes[shapes] = key
