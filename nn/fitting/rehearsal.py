"""One row tried and all targets looked at, before ``fit`` changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import no_grad
from autograd.errors import GraphError
from nn import losses
from nn.fitting.examples import Examples
from nn.history import Resume
from nn.metrics import METRICS, Metric
from nn.module import Module
from nn.programs.loss_program import as_value
from nn.programs.program import plain_numbers


def rehearse(
    model: Module,
    loss: losses.Loss,
    first: tuple[Any, Any],
    targets: NDArray[Any],
    measures: Mapping[str, Metric],
    who: str,
) -> None:
    """Raise an error if something does not fit together, with the model as it was.

    ``first`` is a row with its target. All ``targets`` are checked against the losses and the
    metrics of this package; those of the user's may keep count: a loss sees the one row, a metric
    nothing. ``who`` opens the messages.
    """
    row, target = first[0].tolist(), first[1]
    built_in = loss in losses.LOSSES.values()
    with no_grad():
        output = model(row)
        if built_in:
            losses.check_labels(loss, output, targets, who)
        as_value(loss(output, target))
    numbers: Any = np.array(plain_numbers(output), dtype=np.float64)
    for name, measure in measures.items():
        if getattr(measure, "func", measure) is METRICS.get(name):
            measure(np.broadcast_to(numbers, (len(targets), *numbers.shape)), targets)
    if not built_in and not _reaches(model, loss(model(row), target)):
        raise GraphError(
            "fit expects a loss computed from the model's output, got a Value that depends on "
            "no parameter for the first row; use the output itself in it, not its .data, and "
            "autograd.maximum or .relu(), not Python's max"
        )


def _reaches(model: Module, loss: Any) -> bool:
    # the first parameter found is enough: to look through a whole graph takes as long as a step
    goals, seen, stack = set(model.parameters()), set[Any](), [loss]
    while stack:
        node = stack.pop()
        if node in goals:
            return True
        if node not in seen:
            seen.add(node)
            stack += node.parents
    return False


def merged(examples: Examples, held_out: Examples, resume: Resume) -> NDArray[Any]:
    """The targets of both parts of a split, in the order in which they were given."""
    targets = np.concatenate([examples[1], held_out[1]])
    whole = np.empty_like(targets)
    whole[np.concatenate([resume.kept, resume.held_out])] = targets
    return whole
