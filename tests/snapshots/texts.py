"""All texts that are kept, by name: what the package shows, writes and says, as users see it.

They are made through public names, but for ``internals.py``, so that no move of a module changes
one. Line numbers and folders are left out, and a hash stands for the script and style of a page.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.snapshots import commands, compiled, graphs, messages, networks

FILE = Path(__file__).with_name("texts.json")
ROOT = Path(__file__).parents[2]
SOURCES = {
    "graphs": graphs.texts,
    "compiled": compiled.texts,
    "messages": messages.texts,
    "commands": commands.texts,
    "networks": networks.texts,
}


def texts() -> dict[str, str]:
    """Every text by its name, such as ``graphs/neuron/tree``."""
    found: dict[str, str] = {}
    for folder, make in SOURCES.items():
        for name, text in make():
            assert f"{folder}/{name}" not in found, name
            found[f"{folder}/{name}"] = masked(text)
    return found


def masked(text: str) -> str:
    """A text without what says where the package lies, and in which line."""
    text = text.replace(str(ROOT), "ROOT")
    text = re.sub(r"(ROOT/[\w/]+|<stdin>|<string>)(\.py)?:\d+", r"\1\2:LINE", text)
    return re.sub(r"0x[0-9a-f]{6,}", "0xADDRESS", text)


def kept() -> dict[str, str]:
    """The texts of the file."""
    listed = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: "\n".join(lines) for name, lines in listed.items()}


def write(now: Mapping[str, str]) -> None:
    """Write the file anew: a list of lines for each text, so that a diff of it can be read."""
    listed = {name: text.split("\n") for name, text in sorted(now.items())}
    FILE.write_text(json.dumps(listed, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


def difference(before: Mapping[str, str], now: Mapping[str, str], only: str = "") -> list[str]:
    """What has changed, as lines to read; at most 40 of a text."""
    return [
        line
        for name in sorted({*before, *now})
        if name.startswith(only) and before.get(name) != now.get(name)
        for line in _difference(name, before.get(name), now.get(name))
    ]


def _difference(name: str, before: str | None, now: str | None) -> Iterator[str]:
    if before is None or now is None:
        yield f"{name} is {'new' if before is None else 'gone'}"
        return
    yield f"{name} has changed:"
    lines = difflib.unified_diff(before.split("\n"), now.split("\n"), lineterm="", n=1)
    yield from [f"    {line[:300]}" for line in lines][2:42]
