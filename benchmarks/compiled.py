"""How long a compiled step takes, beside the same step by hand in NumPy and in other engines.

Everything runs on one thread (see ``benchmarks/__init__.py``), and a step is done many times in a
turn, as in training: the loop's own cost is nothing beside it, and caches are as warm as they get.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import autograd
from autograd import Value
from autograd.core.graph import topological_order
from benchmarks import transformer_peers
from benchmarks.by_hand import ByHand, Outcome
from benchmarks.in_torch import in_torch
from benchmarks.problems import DEEPER, DIGITS, LEARNING_RATE, MOONS, Array, Problem
from benchmarks.rows import Effort, Report, Row
from benchmarks.timing import Timing, heap_set_aside, interleave
from benchmarks.transformer import (
    IN_GLASSGRAD,
    TARGETS,
    TOKENS,
    WRITTEN_OUT,
    Spelling,
    Transformer,
    parameters,
)

GLASSGRAD, BY_HAND, EAGER = "glassgrad", "NumPy by hand", "glassgrad, eager"
PYTORCH, CASADI, JAX = "PyTorch", "CasADi SX", "JAX jit"

# the problem, how many steps make a turn, and what part of a peer's time a step may take
STEPS: tuple[tuple[Problem, int, dict[str, float]], ...] = (
    (MOONS, 200, {BY_HAND: 1.0, PYTORCH: 0.3}),
    (DIGITS, 30, {BY_HAND: 1.1, PYTORCH: 1.0}),
    (DEEPER, 15, {BY_HAND: 1.1, PYTORCH: 1.0}),
)
LIMITS_TRANSFORMER = {PYTORCH: 0.5, CASADI: 1.0}
# So many times as fast as the graph it was compiled from, which has some 56,000 nodes in + and *.
# The package's own sums make it a third smaller, and eager twice as quick: that one has no limit.
LIMITS_EAGER = {"transformer in + and *": 500.0}
SPELLINGS = {"transformer": IN_GLASSGRAD, "transformer in + and *": WRITTEN_OUT}

Step = Callable[[], object]


class InGlassgrad:
    """A problem's network, compiled, with its batch."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.model = problem, problem.model()
        function = problem.of_one_example(self.model)
        self.compiled: Any = autograd.compile(function, dtype=problem.dtype)
        self.X, self.y = problem.batch()
        self.theta: Array = self.compiled.theta

    def loss_and_gradients(self) -> Outcome:
        """The mean loss over the batch, and its gradients, at the parameters as they are."""
        loss, gradient = self.compiled.value_and_grad(self.theta, self.X, self.y)
        numbers = dict(zip(self.compiled.parameters, gradient.tolist(), strict=True))
        return loss, self.problem.arranged(self.model, numbers)

    def step(self) -> float:
        """One step of gradient descent; the loss before it."""
        loss, gradient = self.compiled.value_and_grad(self.theta, self.X, self.y)
        self.theta -= LEARNING_RATE * gradient
        return float(loss)


def transformer_loss(spelling: Spelling = IN_GLASSGRAD) -> Callable[[], Value]:
    """The transformer's loss as a function of nothing: the tokens are part of the program."""
    network = Transformer(parameters(), spelling)

    def loss() -> Value:
        output: Value = network.loss(TOKENS, TARGETS)
        return output

    return loss


def measure(effort: Effort, report: Report) -> list[Row]:
    """Steps of three networks; the transformer's gradient, beside eager and beside the peers."""
    rows = []
    for problem, n_steps, limits in STEPS:
        problem = problem.small() if effort.quick else problem
        rows += _training(problem, n_steps, limits, effort, report)
    for title, spelling in SPELLINGS.items():
        rows += _beside_eager(title, spelling, effort, report)
    return rows + _beside_peers(effort, report)


def _training(
    problem: Problem, n_steps: int, limits: Mapping[str, float], effort: Effort, report: Report
) -> list[Row]:
    workload = f"a step, {problem.title}"
    report(workload)
    peer = in_torch(problem)
    steps: dict[str, Step | None] = {
        BY_HAND: ByHand(problem).step,
        PYTORCH: peer.step if peer is not None else None,
        GLASSGRAD: InGlassgrad(problem).step,
    }
    return _rows(workload, _in_turns(steps, n_steps, effort, turns=25), limits)


def _beside_eager(title: str, spelling: Spelling, effort: Effort, report: Report) -> list[Row]:
    loss = transformer_loss(spelling)
    workload = f"value and gradient, {title}, {len(topological_order(loss())):,} nodes"
    report(workload)
    ours, theirs = beside_eager(loss, 100, effort)
    ratio = theirs.ratio(ours)
    return [
        Row(workload, GLASSGRAD, ours.median, "s", ours.spread),
        Row(
            workload, EAGER, theirs.median, "s", theirs.spread,
            ratio, GLASSGRAD, LIMITS_EAGER.get(title), at_least=True,
        ),
    ]  # fmt: skip


def beside_eager(loss: Callable[[], Value], often: int, effort: Effort) -> tuple[Timing, Timing]:
    """The times of value and gradient: compiled, done so often in a turn, and eager in a loop."""
    often, seldom = effort.choose(often, 2), effort.choose(5, 1)
    contenders = {
        GLASSGRAD: _repeated(_value_and_grad(loss), often),
        EAGER: _repeated(lambda: eager(loss), seldom),
    }
    with heap_set_aside():
        times = interleave(contenders, turns=effort.choose(15, 2), warm_up=1)
    return times[GLASSGRAD].per(often), times[EAGER].per(seldom)


def _beside_peers(effort: Effort, report: Report) -> list[Row]:
    workload = "value and gradient, transformer, beside its peers"
    steps: dict[str, Step | None] = {}
    for name, peer_or_none in transformer_peers.PEERS.items():
        report(f"{workload}: {name}")
        peer = peer_or_none()
        steps[name] = peer.step if peer is not None else None
    steps[GLASSGRAD] = _value_and_grad(transformer_loss())
    return _rows(workload, _in_turns(steps, 50, effort, turns=25), LIMITS_TRANSFORMER)


def _value_and_grad(loss: Callable[[], Value]) -> Step:
    compiled: Any = autograd.compile(loss)
    theta = compiled.theta
    return lambda: compiled.value_and_grad(theta)


def eager(loss: Callable[[], Value]) -> Value:
    """Build the graph, and sweep it backward."""
    output = loss()
    output.backward()
    return output


def _in_turns(
    steps: Mapping[str, Step | None], n_steps: int, effort: Effort, turns: int
) -> dict[str, Timing | None]:
    """The time of a step of each, done ``n_steps`` times in a turn; None for who is missing."""
    n_steps, turns = effort.choose(n_steps, 2), effort.choose(turns, 2)
    loops = {name: _repeated(step, n_steps) for name, step in steps.items() if step is not None}
    times = interleave(loops, turns=turns)
    return {name: times[name].per(n_steps) if name in times else None for name in steps}


def _repeated(step: Step, times: int) -> Step:
    def run() -> object:
        for _ in range(times):
            result = step()
        return result

    return run


def _rows(
    workload: str, times: Mapping[str, Timing | None], limits: Mapping[str, float]
) -> list[Row]:
    """A row for each peer, and under them one of ours for each peer that is there."""
    ours = times[GLASSGRAD]
    assert ours is not None
    peers = {name: time for name, time in times.items() if name != GLASSGRAD}
    rows = [
        Row(workload, name, None, "s", limit=limits.get(name))
        if time is None
        else Row(workload, name, time.median, "s", time.spread)
        for name, time in peers.items()
    ]
    for name, time in peers.items():
        if time is not None:
            ratio, limit = ours.ratio(time), limits.get(name)
            rows.append(Row(workload, GLASSGRAD, ours.median, "s", ours.spread, ratio, name, limit))
    return rows
