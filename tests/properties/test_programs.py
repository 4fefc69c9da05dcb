"""The random programs themselves: of every row and setting, printed as what makes them again."""

from __future__ import annotations

import math

import pytest
from hypothesis import Phase, find, given, settings

from autograd.core.operation import Operation
from tests.properties import programs as written
from tests.properties.programs import (
    ROWS,
    SETTINGS,
    Program,
    examples,
    is_smooth,
    programs,
    smooth_programs,
)


@examples(50)
@given(programs())
def test_a_program_is_printed_as_what_makes_it_again(program: Program) -> None:
    names = {"Program": Program, "line": written.line, "inf": math.inf, "nan": math.nan}
    again = eval(repr(program), names)
    assert repr(again) == repr(program)
    for node, other in zip(program.run(), again.run(), strict=True):
        assert node.data.hex() == other.data.hex()


@examples(50)
@given(smooth_programs())
def test_every_line_of_a_smooth_program_is_smooth(program: Program) -> None:
    nodes = program.run()
    for one, node in zip(program.lines, nodes[len(program.leaves) :], strict=True):
        if one.row != "sum":  # the last line may sum up what is smooth
            assert is_smooth(one.operation, [p.data for p in node.parents])


def test_every_setting_of_a_row_is_drawn() -> None:
    asked = {row.name: {*row.settings} for row in ROWS if row.settings}
    assert asked == {name: {*drawn} for name, drawn in SETTINGS.items()}, "add it to SETTINGS"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_smooth_programs_have_every_row(row: Operation) -> None:
    quick = settings(phases=[Phase.generate])
    find(smooth_programs(2, [row]), lambda p: row.name in [x.row for x in p.lines], settings=quick)
