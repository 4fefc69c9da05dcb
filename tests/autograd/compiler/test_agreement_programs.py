"""Regular programs of random sizes, compiled, agree with eager: the passes that find structure.

The profile ``long`` tries thirty times as many: see ``tests/conftest.py``.
"""

from __future__ import annotations

import random

import numpy as np
import pytest

import autograd
from autograd.core.graph import topological_order
from tests.autograd.compiler import programs_of_sequences
from tests.autograd.compiler.agreement import batch_of, check_all, check_alone
from tests.autograd.compiler.programs import PROGRAMS
from tests.properties.programs import TIMES

assert programs_of_sequences  # which adds its programs to those of the other file


@pytest.mark.parametrize("seed", range(12 * TIMES))
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_random_sizes_agrees(name: str, seed: int) -> None:
    fn, examples = PROGRAMS[name](random.Random(f"{name} {seed}"))
    check_all(autograd.compile(fn), examples)


@pytest.mark.parametrize("seed", range(4 * TIMES))
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_in_float32_agrees_to_its_digits(name: str, seed: int) -> None:
    fn, examples = PROGRAMS[name](random.Random(f"{name} {seed}"))
    f = autograd.compile(fn, dtype="float32")
    graphs = [f(*example) for example in examples or [()]]
    if max(abs(node.data) for graph in graphs for node in topological_order(graph)) > 1e15:
        pytest.skip("squares of it are beyond the range of float32")
    check_all(f, examples)
    assert f.map(*batch_of(examples)).dtype == np.float32
    value, gradient = f.value_and_grad(f.theta, *batch_of(examples))
    assert (type(value), gradient.dtype, f.theta.dtype) == (float, np.float32, np.float32)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_text_of_a_program_runs_on_its_own(name: str) -> None:
    for seed in range(100, 104):
        fn, examples = PROGRAMS[name](random.Random(f"{name} {seed}"))
        check_alone(autograd.compile(fn), examples)
