"""The lines of a tree drawing: which nodes, and the branches before each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a tree: a node, and where it hangs.

    Its branch is written only when asked for: those of a deep chain would fill the memory.
    """

    node: int
    child: int  # the node on whose line it hangs; -1 for the output
    slot: int
    again: bool  # shown before, and not unfolded again
    is_last: bool  # of the lines that hang on the same one
    above: Line | None
    depth: int

    def branch(self, deepest: int | None = None, *, marked: bool = False) -> str:
        """What is drawn before the node: ``│  └─ ``; with a double line if it is marked.

        Of a line deeper than ``deepest`` the depth is written instead: ``[1024] └─ ``.
        """
        if self.above is None:
            return ""
        turn = ("╘═ " if marked else "└─ ") if self.is_last else ("╞═ " if marked else "├─ ")
        if deepest is not None and self.depth > deepest:
            return f"[{self.depth}] {turn}"
        pieces, line = [turn], self.above
        while line.above is not None:
            pieces.append("   " if line.is_last else "│  ")
            line = line.above
        return "".join(reversed(pieces))


def tree_lines(parents: Sequence[Sequence[int]], unfoldable: Sequence[bool]) -> Iterator[Line]:
    """The lines of the tree below the last node, each use of a node on a line of its own.

    ``parents`` holds the parents' numbers for each node. A node met again is not unfolded again;
    where ``unfoldable`` is false (a plain number), not even marked as met before.
    """
    unfolded: set[int] = set()
    waiting: list[tuple[int, int, bool, Any]] = [(len(parents) - 1, 0, True, None)]
    while waiting:
        node, slot, is_last, above = waiting.pop()
        again = node in unfolded
        child, depth = (above.node, above.depth + 1) if above is not None else (-1, 0)
        line = Line(node, child, slot, again, is_last, above, depth)
        yield line
        if unfoldable[node]:
            unfolded.add(node)
        if not again:
            last = len(parents[node]) - 1
            for place in range(last, -1, -1):
                waiting.append((parents[node][place], place, place == last, line))
