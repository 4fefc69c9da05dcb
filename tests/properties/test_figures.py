"""The figures that ``python -m benchmarks --json`` writes are the ones that are read back."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quoting import row_from_json
from benchmarks.rows import Row
from tests.properties.programs import examples

FIGURES = st.none() | st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.builds(
    Row, st.text(), st.text(), FIGURES, st.text(), FIGURES, FIGURES, st.text(), FIGURES,
    st.booleans(),
)  # fmt: skip


@examples(60)
@given(ROWS)
def test_a_row_of_figures_comes_back_from_json(row: Any) -> None:
    again = row_from_json(json.loads(json.dumps(row.as_json(), allow_nan=False)))
    assert again == row
    assert again.met == row.met
