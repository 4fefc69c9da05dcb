"""The walks of CONTRIBUTING.md, as data: what each step writes where, and what is run at the end.

A walk is a section ``### ...`` below ``## Adding something``, its steps numbered. A block of
Python in a step begins with a comment that says where it goes: ``# FILE, a new file``, ``# FILE, at
the end``, or ``# FILE, above: LINE``, ``below: LINE`` or ``in place of: LINE``, for the one line of
that file which is the same but for its indent. ``Without it: `...` `` is what tests say when the
step is left out. A block of ``sh`` has the walk's commands, and one of ``>>>`` what is promised.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

_PLACE = re.compile(r"# (\S+\.py), (a new file|at the end|(above|below|in place of): (.+))\n")


@dataclass(frozen=True)
class Edit:
    """A block, and the place that it goes to."""

    file: str
    place: str
    line: str
    text: str

    def applied_to(self, before: str) -> str:
        """The file's text with the block in its place."""
        if self.place == "a new file":
            return self.text
        if self.place == "at the end":
            return before + "\n\n" + self.text
        lines = before.splitlines(keepends=True)
        found = [i for i, line in enumerate(lines) if line.strip() == self.line]
        if len(found) != 1:
            raise ValueError(
                f"CONTRIBUTING.md: {self.file} has {len(found)} lines {self.line!r}, not 1"
            )
        start = found[0] + (self.place == "below")
        end = start + (self.place == "in place of")
        # as ruff has it, and takes blank lines away at the end of a block
        gap = "\n\n" if self.place == "above" and _is_definition(lines[end], self.text) else ""
        return "".join([*lines[:start], self.text, gap, *lines[end:]])


def _is_definition(anchor: str, text: str) -> bool:
    """Whether a block that goes above a line of a module's top stands apart from it."""
    return not anchor.startswith(" ") and not text.startswith((" ", "import ", "from "))


@dataclass
class Step:
    """What one step writes, and what the tests say without it."""

    edits: list[Edit] = field(default_factory=list)
    without: str = ""


@dataclass
class Walk:
    """A section: its steps, its commands, and its promises as a doctest."""

    name: str
    steps: list[Step] = field(default_factory=list)
    commands: list[list[str]] = field(default_factory=list)
    promise: str = ""


def walks(text: str) -> list[Walk]:
    """The walks in the text of CONTRIBUTING.md."""
    section = text.split("\n## Adding something\n")[1].split("\n## ")[0]
    return [_walk(part) for part in section.split("\n### ")[1:]]


def _walk(text: str) -> Walk:
    walk = Walk(text.split("\n", 1)[0])
    pieces = re.split(r"^```(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    pieces += ["", ""]  # after the last block there is prose alone
    for prose, language, block in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        for said in re.finditer(r"^(\d+)\. |Without it: `([^`]*)`", prose, flags=re.MULTILINE):
            if said[1]:
                walk.steps.append(Step())
                assert int(said[1]) == len(walk.steps), f"steps of {walk.name!r} are misnumbered"
            else:
                walk.steps[-1].without = said[2]
        if language == "sh":
            walk.commands += [shlex.split(line) for line in block.splitlines()]
        elif block.startswith(">>>"):
            walk.promise += block
        elif language:
            walk.steps[-1].edits.append(_edit(block, walk.name))
    return walk


def _edit(block: str, name: str) -> Edit:
    head = _PLACE.match(block)
    if head is None:
        raise ValueError(f"CONTRIBUTING.md, {name}: a block does not say where it goes:\n{block}")
    return Edit(head[1], head[3] or head[2], head[4] or "", block[head.end() :])


def apply(edits: list[Edit], folder: Path) -> dict[Path, str | None]:
    """Write the blocks into a copy of the checkout; what its files held before, to put back."""
    before: dict[Path, str | None] = {}
    after: dict[Path, str] = {}
    for edit in edits:
        path = folder / edit.file
        if path not in before:
            before[path] = path.read_text(encoding="utf-8") if path.exists() else None
        text = after.get(path, before[path])
        if (text is None) != (edit.place == "a new file"):
            raise ValueError(f"CONTRIBUTING.md: {edit.file} is there, or it is not; {edit.place}?")
        after[path] = edit.applied_to(text or "")
    for path, text in after.items():
        write(path, text)
    return before


def write(path: Path, text: str | None) -> None:
    """A file of the copy with this text, or no such file for None; and nothing that is stale."""
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
