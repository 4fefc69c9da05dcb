"""A graph without a pattern: random operations on random operands, so that nothing lines up.

It is what a compiler to NumPy can gain least from, and must not lose on: no layers, no matrices.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import autograd
from autograd import Value

UNARY: tuple[Callable[..., Any], ...] = (
    autograd.tanh, autograd.sin, autograd.cos, autograd.sigmoid, autograd.softplus, autograd.relu,
    autograd.exp, operator.neg,
)  # fmt: skip
BINARY: tuple[Callable[..., Any], ...] = (
    operator.add, operator.sub, operator.mul, autograd.maximum, autograd.minimum, autograd.atan2,
)  # fmt: skip
LARGEST = 4.0  # beyond it a result is dropped, so that all stay finite, and so do the slopes


@dataclass(frozen=True, slots=True)
class Recipe:
    """A program without branches: the numbers to start from, and an operation for each node."""

    start: tuple[float, ...]
    steps: tuple[tuple[Callable[..., Any], tuple[int, ...]], ...]  # operands by their position
    ends: tuple[int, ...]  # the positions that nothing else uses

    @property
    def n_nodes(self) -> int:
        """The leaves, the operations, and the sum at the end."""
        return len(self.start) + len(self.steps) + 1

    def leaves(self) -> list[Value]:
        """New Values to start from, named x[0], x[1] ..."""
        return [Value(x, name=f"x[{i}]") for i, x in enumerate(self.start)]

    def output(self, leaves: Sequence[Any]) -> Any:
        """Follow the recipe; the sum of all that nothing else has used."""
        nodes = list(leaves)
        for operation, operands in self.steps:
            nodes.append(operation(*[nodes[i] for i in operands]))
        return autograd.sum([nodes[i] for i in self.ends])


def recipe(n_nodes: int = 2000, seed: int = 0) -> Recipe:
    """A random recipe of about so many nodes, a quarter of them leaves, each of them used."""
    random = Random(seed)
    start = tuple(random.uniform(-2.0, 2.0) for _ in range(n_nodes // 4))
    numbers = list(start)
    steps: list[tuple[Callable[..., Any], tuple[int, ...]]] = []
    while len(numbers) < n_nodes - 1:
        first = len(steps) if len(steps) < len(start) else random.randrange(len(numbers))
        operation = random.choice(random.choice((UNARY, BINARY)))
        operands = (first,) if operation in UNARY else (first, random.randrange(len(numbers)))
        number = float(operation(*[numbers[i] for i in operands]))
        if abs(number) <= LARGEST:
            numbers.append(number)
            steps.append((operation, operands))
    used = {i for _, operands in steps for i in operands}
    ends = tuple(i for i in range(len(numbers)) if i not in used)
    return Recipe(start, tuple(steps), ends)
