"""The lists of known survivors, ``survivors/MODULE.toml``: each mutant with a reason.

One reason may hold for several mutants::

    [[because]]
    reason = "equivalent: a leaf has neither parents nor partials"
    mutants = [
        { where = "interior", was = "if a:", becomes = "if not (a):" },
    ]
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.mutation.mutants import Mutant

FOLDER = Path("tests/mutation/survivors")
Identity = tuple[str, str, str, int]


def known(root: Path, name: str) -> dict[Identity, str]:
    """The reason of each listed survivor of a module; empty without a list."""
    path = root / FOLDER / f"{name}.toml"
    if not path.exists():
        return {}
    listed: dict[Identity, str] = {}
    for group in tomllib.loads(path.read_text())["because"]:
        if not group["reason"].strip():
            raise SystemExit(f"{path.name}: say why, in reason, of {group['mutants'][0]}")
        for one in group["mutants"]:
            identity = (one["where"], one["was"], one["becomes"], one.get("count", 1))
            listed[identity] = group["reason"]
    return listed


def as_toml(mutants: Iterable[Mutant]) -> str:
    """New survivors as an entry of the list, with the reason left to write."""
    lines = ["[[because]]", 'reason = ""', "mutants = ["]
    for mutant in mutants:
        entry: dict[str, Any] = {
            "where": mutant.where, "was": mutant.was, "becomes": mutant.becomes
        }  # fmt: skip
        if mutant.count > 1:
            entry["count"] = mutant.count
        # a JSON string is a TOML string too
        pairs = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
        lines.append("    { " + ", ".join(pairs) + " },")
    return "\n".join([*lines, "]"])
