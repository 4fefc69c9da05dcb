"""Random graphs for the tests: those of ``properties/programs.py``, built, with named leaves."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from autograd import Value
from tests.properties.programs import ROWS, Program, programs

__all__ = ["ROWS", "graphs"]


def graphs(max_nodes: int = 12) -> Any:
    """The output of any program: at IEEE's edges too, with whatever its leaves leave unused."""
    return st.builds(_built, programs(most_lines=max_nodes))


def _built(program: Program) -> Value:
    leaves = [Value(x, name=name) for x, name in zip(program.leaves, "abc", strict=False)]
    output: Value = program.run(leaves)[-1]
    return output
