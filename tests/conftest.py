"""What holds for all tests: how many random examples are tried, and which tests are slow.

``ci``, which is what runs if nothing else is asked for, tries the same examples each time, so that
a red run stays red until it is mended. ``long`` looks for new ones, thousands for each property:

    pytest tests/properties --hypothesis-profile=long
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]
# What `pytest` leaves out and `pytest -m slow` runs: folders, files and single tests that take
# seconds each, so that the rest is done in two minutes. .ci/run runs all of them.
SLOW = [
    "demos/lessons/6-digits.md",
    "tests/benchmarks",
    "tests/browser",
    "tests/demos",
    "tests/faults",
    "tests/house/test_walks.py",
    "tests/mutation/test_tool.py",
    "tests/scale",
    "tests/autograd/compiler/test_agreement.py::test_a_row_agrees_at_kinks_ties_and_edges",
    "tests/autograd/compiler/test_agreement.py::"
    "test_softmax_agrees_at_ties_edges_and_indices_that_are_none",
    "tests/autograd/compiler/test_agreement_random.py",
    "tests/autograd/core/test_against_torch.py::"
    "test_random_graphs_with_a_row_agree_with_torch_to_12_digits",
    "tests/autograd/core/test_deep_graphs.py",
    "tests/autograd/core/test_table.py::test_values_and_derivatives_agree_with_mpmath_at_all_sizes",
    "tests/autograd/show/test_layout.py::"
    "test_the_worst_graphs_have_a_sound_layout_with_a_bounded_number_of_points",
    "tests/autograd/show/test_page.py::"
    "test_a_graph_of_a_hundred_thousand_nodes_folds_and_does_not_hang",
    "tests/compatibility/test_micrograd_programs.py::"
    "test_a_training_loop_on_the_moons_separates_them",
    "tests/nn/test_fit_interrupted.py",
    "tests/nn/data/test_idx.py::test_a_gzip_bomb_is_not_unpacked",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, before pytest looks at -m."""
    for item in items:
        path = item.path.relative_to(ROOT).as_posix() if item.path.is_relative_to(ROOT) else ""
        name = f"{path}::{item.originalname if isinstance(item, pytest.Function) else item.name}"
        folders = [path, *map(str, Path(path).parents)]
        if any(slow in (*folders, name) for slow in SLOW):
            item.add_marker(pytest.mark.slow)


# How long an example takes depends on what else the machine does, and says nothing of the code.
_UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, database=None, print_blob=False, **_UNTIMED)
settings.register_profile("long", max_examples=3000, print_blob=True, **_UNTIMED)
settings.load_profile("ci")
