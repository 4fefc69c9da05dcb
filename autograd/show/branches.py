"""The walk that draws a graph as a tree: which lines there are, and the branches before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a tree: a node, where it hangs, and the branch that is drawn before it."""

    node: int
    child: int  # the node on whose line it hangs; -1 for the output
    slot: int
    beneath: str  # what is drawn before the branch of this line
    is_last: bool
    again: bool  # shown before, and not unfolded again

    @property
    def branch(self) -> str:
        """What is drawn before the node: ``│  └─ ``."""
        return "" if self.child < 0 else self.beneath + ("└─ " if self.is_last else "├─ ")

    @property
    def marked_branch(self) -> str:
        """The same with the line's own edge drawn double: ``│  ╘═ ``."""
        return "" if self.child < 0 else self.beneath + ("╘═ " if self.is_last else "╞═ ")


def branches(parents: Sequence[Sequence[int]], unfoldable: Sequence[bool]) -> Iterator[Line]:
    """The lines of the tree below the last node, each use of a node on a line of its own.

    ``parents`` holds the parents' numbers for each node. A node met again is not unfolded again;
    where ``unfoldable`` is false (a plain number), not even marked as met before.
    """
    unfolded: set[int] = set()
    waiting = [(len(parents) - 1, -1, 0, "", True)]
    while waiting:
        node, child, slot, beneath, is_last = waiting.pop()
        again = node in unfolded
        yield Line(node, child, slot, beneath, is_last, again)
        if unfoldable[node]:
            unfolded.add(node)
        if again:
            continue
        gap = "" if child < 0 else beneath + ("   " if is_last else "│  ")
        last = len(parents[node]) - 1
        for place in range(last, -1, -1):
            waiting.append((parents[node][place], node, place, gap, place == last))
