"""How large the graphs of these tests are.

A part of what is claimed is enough to see a recursion, a cycle, or a square where a line belongs,
and takes CI seconds. ``GLASSGRAD_SCALE=full pytest tests/scale`` runs all at full size: a chain of
a million nodes, ten thousand steps compiled, in some minutes and with 3 GB.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[2]
FULL = os.environ.get("GLASSGRAD_SCALE", "") == "full"


def sized(quick: int, full: int) -> int:
    """One size for every change, the other for who asks for it."""
    return full if FULL else quick


def lines_run(work: Callable[[], Any]) -> int:
    """How many lines of glassgrad's own a call runs: its time, without a clock."""
    ours = tuple(str(ROOT / package) + os.sep for package in ("autograd", "nn"))
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(ours):
            return None
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
