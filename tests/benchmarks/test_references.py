"""The references that the compiler is held against: all of them must compute the same thing."""

import math
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from autograd import mean
from autograd.core.graph import leaves, topological_order
from benchmarks import transformer_peers
from benchmarks.by_hand import ByHand
from benchmarks.compiling import n_nodes, square
from benchmarks.in_torch import InTorch
from benchmarks.irregular import recipe
from benchmarks.problems import PROBLEMS
from benchmarks.transformer import (
    IN_GLASSGRAD,
    SHAPES,
    TOKENS,
    WRITTEN_OUT,
    Transformer,
    arrays,
    parameters,
)

ROOT = Path(__file__).parents[2]
SMALL = [problem.small() for problem in PROBLEMS]
IN_FLOAT64 = [replace(problem, dtype="float64") for problem in SMALL]
TOLERANCE = {"float64": 1e-10, "float32": 1e-4}
SPELLINGS = {"functions": IN_GLASSGRAD, "written out": WRITTEN_OUT}
MODULES = {"PyTorch": "torch", "CasADi SX": "casadi", "JAX jit": "jax"}


def title(problem):
    return problem.title


def eager_outcome(problem):
    """The mean loss and its gradients by the graph that is compiled elsewhere."""
    model, (X, y) = problem.model(), problem.batch()
    loss = problem.of_one_example(model)
    output = mean([loss(x, t) for x, t in zip(X.tolist(), y.tolist(), strict=True)])
    output.backward()
    return output.data, problem.arranged(model, {p: p.grad for p in model.parameters()})


def assert_same(outcome, expected, tolerance):
    (loss, gradients), (expected_loss, expected_gradients) = outcome, expected
    assert loss == pytest.approx(expected_loss, rel=tolerance)
    for gradient, other in zip(gradients, expected_gradients, strict=True):
        assert gradient.shape == other.shape
        assert np.abs(other).max() > 0.0
        np.testing.assert_allclose(gradient, other, rtol=tolerance, atol=tolerance)


def python(program):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True, text=True, check=True, cwd=ROOT,
    ).stdout  # fmt: skip


# --- training steps -----------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [*SMALL, *IN_FLOAT64], ids=title)
def test_the_step_by_hand_has_the_gradients_of_the_eager_graph(problem):
    outcome = ByHand(problem).loss_and_gradients()
    assert_same(outcome, eager_outcome(problem), TOLERANCE[problem.dtype])
    assert {gradient.dtype.name for gradient in outcome[1]} == {problem.dtype}


@pytest.mark.parametrize("problem", [*PROBLEMS, *IN_FLOAT64], ids=title)
def test_the_step_in_pytorch_has_the_gradients_of_the_one_by_hand(problem):
    outcome = InTorch(problem, pytest.importorskip("torch")).loss_and_gradients()
    expected = ByHand(problem).loss_and_gradients()
    assert_same(outcome, expected, TOLERANCE[problem.dtype])
    assert {gradient.dtype.name for gradient in outcome[1]} == {problem.dtype}


@pytest.mark.parametrize("problem", PROBLEMS, ids=title)
def test_steps_by_hand_and_in_pytorch_descend_together(problem):
    torch = pytest.importorskip("torch")
    ours, theirs = ByHand(problem), InTorch(problem, torch)
    losses = [ours.step() for _ in range(10)]
    assert all(after < before for before, after in pairwise(losses))
    assert [theirs.step() for _ in range(10)] == pytest.approx(losses, rel=TOLERANCE[problem.dtype])


@pytest.mark.parametrize("problem", PROBLEMS, ids=title)
def test_problems_are_the_same_every_time_and_keep_a_row_for_each_neuron_and_example(problem):
    first, again = (*problem.weights(), *problem.batch()), (*problem.weights(), *problem.batch())
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    W1, b1, *_, X, y = first
    assert W1.shape == problem.sizes[1::-1]
    assert b1.shape == (problem.sizes[1],)
    assert X.shape == (problem.n_examples, problem.sizes[0])
    assert y.shape == (problem.n_examples,)
    assert W1.dtype == X.dtype == problem.dtype


# --- the transformer ----------------------------------------------------------------------------


def transformer_outcome(spelling):
    weights = parameters()
    loss = Transformer(weights, spelling).loss()
    loss.backward()
    return loss.data, {
        name: np.array([[weight.grad for weight in row] for row in matrix])
        for name, matrix in weights.items()
    }


def assert_same_by_name(outcome, expected):
    assert set(outcome[1]) == set(SHAPES)
    assert_same(
        (outcome[0], [outcome[1][name] for name in SHAPES]),
        (expected[0], [expected[1][name] for name in SHAPES]),
        1e-10,
    )


def test_the_transformer_is_the_same_by_functions_and_written_out():
    assert_same_by_name(transformer_outcome(WRITTEN_OUT), transformer_outcome(IN_GLASSGRAD))


@pytest.mark.parametrize("peer", MODULES)
def test_a_peers_transformer_has_the_gradients_of_the_scalar_one(peer):
    pytest.importorskip(MODULES[peer])
    ready = transformer_peers.PEERS[peer]()
    assert_same_by_name(ready.outcome(), transformer_outcome(IN_GLASSGRAD))


@pytest.mark.parametrize("peer", MODULES)
def test_a_peers_step_outlives_all_else_that_came_with_it(peer):
    pytest.importorskip(MODULES[peer])
    step = transformer_peers.PEERS[peer]().step
    for _ in range(3):
        step()


def test_peers_are_none_where_they_are_not_installed(monkeypatch):
    for module in ("transformer_peers", "in_torch"):
        monkeypatch.setattr(f"benchmarks.{module}.find_spec", lambda name: None)
    assert [make() for make in transformer_peers.PEERS.values()] == [None] * len(MODULES)


@pytest.mark.parametrize(("spelling", "count"), [("functions", 32_772), ("written out", 55_576)])
def test_the_transformer_has_as_many_nodes_as_the_benchmarks_say(spelling, count):
    loss = Transformer(parameters(), SPELLINGS[spelling]).loss()
    assert len(topological_order(loss)) == count


def test_the_transformers_parameters_are_named_by_their_cells():
    weights = parameters()
    assert weights["wq"][0][1].name == "wq[0,1]"
    assert {name: (len(m), len(m[0])) for name, m in weights.items()} == SHAPES
    assert weights["wte"][3][5].data == arrays()["wte"][3, 5]


def test_attention_looks_at_no_later_token():
    network = Transformer(parameters())

    def logits(tokens):
        keys, values = [], []
        return [
            [x.data for x in network.logits(token, place, keys, values)]
            for place, token in enumerate(tokens)
        ]

    changed = [*TOKENS[:-1], 5]
    before, after = logits(TOKENS), logits(changed)
    assert before[:-1] == after[:-1]
    assert before[-1] != after[-1]
    assert logits([5, *TOKENS[1:]])[-1] != before[-1]


# --- graphs to compile --------------------------------------------------------------------------


def test_the_irregular_graph_is_finite_and_no_leaf_is_idle():
    plan = recipe()
    start = plan.leaves()
    output = plan.output(start)
    output.backward()
    assert len(topological_order(output)) == plan.n_nodes == 2000
    assert set(leaves(output)) == set(start)
    assert math.isfinite(output.data)
    assert all(math.isfinite(leaf.grad) for leaf in start)
    assert sum(leaf.grad != 0.0 for leaf in start) > 0.9 * len(start)


def test_the_irregular_graph_is_the_same_every_time():
    assert recipe(300) == recipe(300)
    assert recipe(300) != recipe(300, seed=1)


def test_the_nodes_of_a_network_are_counted_as_its_graph_has_them():
    output = square(5)([0.1] * 5)
    assert len(topological_order(output)) == n_nodes(5)
    assert n_nodes(500) == pytest.approx(1e6, rel=0.01)


# --- how it is measured -------------------------------------------------------------------------


def test_one_thread_is_asked_for_before_numpy_is_loaded():
    said = python(
        "import benchmarks, os, sys\n"
        "print('numpy' in sys.modules, *[os.environ[f'{name}_NUM_THREADS'] for name in "
        "('OMP', 'OPENBLAS', 'MKL')])"
    )
    assert said == "False 1 1 1\n"


def test_numpys_matrix_products_run_on_one_thread():
    pytest.importorskip("threadpoolctl")
    pools = python(
        "import benchmarks.__main__, threadpoolctl\n"
        "print(*[pool['num_threads'] for pool in threadpoolctl.threadpool_info()])"
    )
    assert set(pools.split()) == {"1"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process its own peak")
def test_the_peak_counts_what_is_let_go_again():
    grown = python(
        "from benchmarks.compiling import peak_resident\n"
        "before = peak_resident(); len(b'x' * 100_000_000); print(peak_resident() - before)"
    )
    assert 0.9e8 < int(grown) < 1.2e8
