"""``Stepper``: the forward and the backward pass, one step at a time, back and forth."""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd._util.files import write_text
from autograd._util.format import GraphFormatter, spelled
from autograd._util.module_paths import numbered_paths
from autograd._util.names import models_for, names_for
from autograd.analysis.steps import changed_note, check_output, forward_steps, steps
from autograd.core.graph import topological_order
from autograd.core.value import Value
from autograd.errors import ArgumentError, InputError
from autograd.show.folded_page import folded_script
from autograd.show.layout.folding import fits, fold
from autograd.show.page import Content, Recording, as_frame, as_page, content, script
from autograd.show.picture import check_limit, picture_of
from autograd.show.stepper_text import AnyStep, Scene, SeedStep
from autograd.show.widget import widget


class Stepper:
    """Both passes through the graph below ``output``, step by step, in both directions.

    At ``position`` 0 only the leaves have values. Each forward step computes one node; then the
    output's gradient is set to 1, and each backward step goes along one edge:
    ``upstream * local`` is added to the parent's gradient. ``len(stepper)`` is the number of
    steps. No Value is changed. Names are those given to the Values, else ``names``, else your
    variables; ``model`` is the network a large graph is folded by, else those in your variables.

    In a REPL it shows itself as a tree with the current edge drawn double, in a notebook as a
    page to click through.

    >>> from autograd import Stepper, Value
    >>> a, b = Value(2.0), Value(-3.0)
    >>> L = a * b + a
    >>> stepper = Stepper(L)
    >>> len(stepper)
    7
    >>> stepper.seek(6)
    step 6 of 7, backward: v1 = a * b passes its gradient on to a
    <BLANKLINE>
    node            data  grad
    L = v1 + a        -4     1
    ├─ v1 = a * b     -6     1
    │  ╞═ a            2    -2  <- += 1 x (-3)
    │  └─ b           -3
    └─ a (above)       2    -2
    <BLANKLINE>
    dL/da += dL/dv1 x ∂v1/∂a = 1 x (-3) = -3
    dL/da is now 1 + (-3) = -2, complete
    because each factor is scaled by the other one
    >>> stepper.next().position, stepper.backward_start, stepper.current.contribution
    (7, 2, 2.0)
    >>> stepper.reset().position, stepper.back().current  # there is no step before the first
    (0, None)
    >>> path = stepper.to_html("steps.html")  # doctest: +SKIP
    >>> stepper.widget()  # doctest: +SKIP
    """

    def __init__(
        self, output: Value, *, names: Mapping[str, Any] | None = None, model: Any = None
    ) -> None:
        check_output(output, "Stepper")
        self.output = output
        self._order = topological_order(output)
        self._models = models_for(model, depth=1)
        self._names = names_for(names, depth=1)
        self._formatter = GraphFormatter(self._order, self._names)
        self._forward = tuple(forward_steps(output, names={}))
        self._backward = tuple(steps(output, names={}))
        # as they are now: a step of an optimiser later must not mix its numbers with these
        self._data = {node: node.data for node in self._order}
        self._picture = picture_of(self._order, self._names)
        self._note = self._changed()
        self._uses: dict[Value, int] = dict.fromkeys(self._order, 0)
        for step in self._backward:
            self._uses[step.parent] += 1
        self.reset()

    # --- moving -----------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """How many steps have been taken, from 0 to ``len(stepper)``."""
        return self._position

    @property
    def backward_start(self) -> int:
        """The position before the backward pass, where every value is known and no gradient."""
        return len(self._forward)

    def __len__(self) -> int:
        return len(self._forward) + 1 + len(self._backward)

    def next(self, count: int = 1) -> Stepper:
        """Go on by one step, or by several; at the end it stays there."""
        return self._go(min(len(self), self._position + _steps(count, "Stepper.next")))

    def back(self, count: int = 1) -> Stepper:
        """Take one step back, or several; at the start it stays there."""
        return self._go(max(0, self._position - _steps(count, "Stepper.back")))

    def seek(self, position: int) -> Stepper:
        """Go to a position; -1 is the end, as in a list.

        Raises ``ArgumentError`` for a position that is not there.
        """
        wanted, last = _whole(position, "Stepper.seek"), len(self)
        if not -last - 1 <= wanted <= last:
            raise ArgumentError(
                f"Stepper.seek expects a position from 0 to {last}, got {position}; "
                "seek(-1) goes to the end"
            )
        return self._go(wanted if wanted >= 0 else last + 1 + wanted)

    def reset(self) -> Stepper:
        """Go to the start."""
        self._position = 0
        self._gradients: dict[Value, float] = {}
        self._n_contributions = dict.fromkeys(self._order, 0)
        return self

    def _go(self, position: int) -> Stepper:
        if position < self._position:
            self.reset()
        start = len(self._forward) + 1
        if self._position < start <= position:
            self._gradients[self.output] = 1.0
        for step in self._backward[max(0, self._position - start) : max(0, position - start)]:
            self._gradients[step.parent] = step.total
            self._n_contributions[step.parent] += 1
        self._position = position
        return self

    # --- what is known at this position -----------------------------------------------------------

    @property
    def current(self) -> AnyStep | None:
        """The step that led here; None at the start."""
        if self._position == 0:
            return None
        index = self._position - 1
        if index < len(self._forward):
            return self._forward[index]
        if index == len(self._forward):
            return SeedStep(self.output, 1.0)
        return self._backward[index - len(self._forward) - 1]

    @property
    def data(self) -> dict[Value, float]:
        """The values known here: of the leaves, and of what the forward pass has computed."""
        known = {node: self._data[node] for node in self._order if not node.parents}
        return known | {step.node: step.data for step in self._forward[: self._position]}

    @property
    def gradients(self) -> dict[Value, float]:
        """The gradients as far as they have arrived, by node."""
        return dict(self._gradients)

    def __repr__(self) -> str:
        current = self.current
        earlier = self._backward[: max(0, self._position - len(self._forward) - 2)]
        parent = getattr(current, "parent", None)
        scene = Scene(
            self._order,
            self._formatter,
            self._position,
            len(self),
            current,
            self.data,
            self._gradients,
            {node: uses - self._n_contributions[node] for node, uses in self._uses.items()},
            next((step.total for step in reversed(earlier) if step.parent is parent), None),
            self._note,
        )
        return spelled(str(scene))

    def _changed(self) -> str:
        place = self._picture.changed
        return "" if place is None else changed_note(self._formatter.definition(self._order[place]))

    # --- pages ------------------------------------------------------------------------------------

    def html(self, *, max_nodes: int = 500) -> str:
        """The page of ``to_html`` as text."""
        return as_page(self._content(max_nodes))

    def to_html(self, path: str | os.PathLike[str], *, max_nodes: int = 500) -> Path:
        """Write a page that steps through both passes: one file that needs no network.

        It has buttons, a slider and keys, a light and a dark theme; ``steps.html#6`` in a link
        opens it at step 6. A graph of more than ``max_nodes`` nodes, or three times as many edges,
        is folded into the neurons and layers of its model, and says so.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise InputError(f"Stepper.to_html expects a path, got {path!r}; write 'steps.html'")
        target = Path(path).expanduser()
        write_text(target, self.html(max_nodes=max_nodes))
        return target

    def widget(self, *, max_nodes: int = 500) -> Any:
        """The same as a notebook widget; its ``.position`` can be read and set.

        Needs ``glassgrad[notebook]``. A saved notebook shows it only where a kernel runs; the
        stepper itself, at the end of a cell, stays visible in an exported notebook too.
        """
        return widget(self._content(max_nodes), self._position)

    def _repr_html_(self) -> str:
        return as_frame(as_page(self._content(500), self._position))

    def _content(self, max_nodes: int) -> Content:
        check_limit(max_nodes, "Stepper", "max_nodes")
        recording = Recording(
            self._order, self._formatter, self._forward, self._backward, self._data, self._note
        )
        shown = self._picture
        if fits(shown, max_nodes):
            return content(script(recording))
        paths = numbered_paths(self._order, self._models)
        return content(folded_script(recording, fold(shown, paths, max_nodes)))


def _steps(count: Any, who: str) -> int:
    wanted = _whole(count, who)
    if wanted < 1:
        raise ArgumentError(
            f"{who} expects at least 1 step, got {count}; .next() goes on, .back() goes back"
        )
    return wanted


def _whole(n: Any, who: str) -> int:
    try:
        if isinstance(n, bool):
            raise TypeError
        return operator.index(n)
    except TypeError:
        raise InputError(f"{who} expects a whole number, got {n!r}; pass an int") from None
