"""What the doctor finds, and where it lives; nothing here imports anything of the installation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]  # the package autograd that this file is a part of
REPAIR = "pip uninstall autograd glassgrad, then install glassgrad"


@dataclass(frozen=True)
class Finding:
    """One line of the report; ``state`` is "ok", "note" (optional, or odd) or "broken"."""

    about: str
    text: str
    state: str = "ok"


def text_of(path: Path) -> str:
    """The text of a file, or nothing where there is none that can be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
