"""``GradientFlow``: a callback that records what gradients do in each layer of a network."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

from autograd import Value
from autograd._util.format import count
from autograd.errors import ArgumentError, InputError
from nn.callbacks.base import Callback, Run
from nn.callbacks.diagnosis import diagnose
from nn.callbacks.units import Units, census, layers_along, parameters_by_layer
from nn.checks import at_least
from nn.module import Module


@dataclass(frozen=True)
class _Step:
    """The figures of one step, by layer."""

    number: int
    gradients: dict[str, float]
    updates: dict[str, float]
    ratios: dict[str, float]


@dataclass(frozen=True)
class _Probe:
    """What the units did after an epoch, by layer."""

    epoch: int
    rows: int
    layers: dict[str, Units]


class GradientFlow(Callback):
    """Records, for each layer, how gradients flow and what they do while a network trains.

    A layer is a part of the model that holds neurons, or parameters of its own; ``layers`` are
    in the order in which a signal meets them. Recorded are, for the first step and every
    ``every``-th after it (``steps``, counted from 1), by layer:

    - ``gradient_norms``: the length of its gradient (L2). To compare layers of different sizes,
      divide by ``sqrt(sizes[layer])``, its number of parameters, as ``diagnosis()`` does.
    - ``update_norms``: the length of what the step added to its parameters.
    - ``update_ratios``: that, as a share of the length of its parameters before the step.

    And before the training and after each epoch (``epochs``, 0 at the start), from ``probe`` of
    the training rows at even distances:

    - ``dead``: the share of units whose activation has a slope of exactly 0 on every row, as a
      relu has that is never above 0.
    - ``saturated``: the share of pairs of a unit and a row where the slope is below 5 % of the
      slope at 0, as it is on the flat ends of tanh and sigmoid.

    Both are 0 to 1, or None: in a linear layer, and ``saturated`` also where the activation has
    no slope above 0 at 0, as relu. The probe runs the model on these rows without a backward
    pass, in a copy that shares only the parameters, so the training does not notice. For a model
    that is no ``nn.MLP``, or has activations of your own, it takes as long as calling the model on
    as many rows one by one, each epoch, which is most of the time of a training that is compiled;
    ``probe=0`` leaves it out.

    Used for several trainings of one model, it goes on where it ended. ``print(flow)`` shows the
    latest figures, ``diagnosis()`` puts what is wrong into words, ``nn.plots.gradient_flow(flow)``
    draws it all. A model of other layers is an ArgumentError.

    >>> import nn
    >>> X, y = nn.data.moons(20, noise=0.05, seed=0)
    >>> flow = nn.GradientFlow()
    >>> history = nn.fit(nn.MLP(2, [8, 1], "tanh", seed=0), X, y, callbacks=[flow],
    ...                  loss="binary_cross_entropy_with_logits", optimizer=nn.SGD(lr=0.5),
    ...                  epochs=3, seed=0, verbose=0)
    >>> flow.layers, flow.steps, flow.epochs, len(flow.gradient_norms["layers.0"])
    (['layers.0', 'layers.1'], [1, 2, 3], [0, 1, 2, 3], 3)
    >>> flow.dead["layers.0"], flow.dead["layers.1"], flow.diagnosis()
    ([0.0, 0.0, 0.0, 0.0], [None, None, None, None], [])
    >>> len(flow.update_norms["layers.1"]), flow.update_ratios["layers.1"][0] < 1.0
    (3, True)
    >>> len(flow.saturated["layers.0"])
    4
    """

    _only_looks = True

    def __init__(self, every: int = 1, probe: int = 64) -> None:
        self.every = at_least(1, every, "GradientFlow expects every")
        self.probe = at_least(0, probe, "GradientFlow expects probe")
        self.sizes: dict[str, int] = {}
        self._steps: list[_Step] = []
        self._probes: list[_Probe] = []
        self._earlier_steps = self._earlier_epochs = self._step = self._epoch = 0
        self._parameters: dict[str, list[Value]] = {}
        self._before: dict[str, list[float]] = {}

    # --- what was recorded ----------------------------------------------------------------------
    # It is kept by step and by epoch, so that Ctrl-C cannot leave lists of different lengths.

    @property
    def layers(self) -> list[str]:
        """The names of the layers, such as ``layers.0``, in the order a signal meets them."""
        return list(self.sizes)

    @property
    def steps(self) -> list[int]:
        """The numbers of the recorded steps, from 1 on over all trainings."""
        return [step.number for step in self._steps]

    @property
    def epochs(self) -> list[int]:
        """After which epochs the units were probed; 0 is before the first."""
        return [probe.epoch for probe in self._probes]

    @property
    def gradient_norms(self) -> dict[str, list[float]]:
        """The L2 norm of each layer's gradient, for each of ``steps``."""
        return {name: [step.gradients[name] for step in self._steps] for name in self.sizes}

    @property
    def update_norms(self) -> dict[str, list[float]]:
        """The L2 norm of what was added to each layer's parameters, for each of ``steps``."""
        return {name: [step.updates[name] for step in self._steps] for name in self.sizes}

    @property
    def update_ratios(self) -> dict[str, list[float]]:
        """``update_norms`` by the norms of the parameters before, for each of ``steps``."""
        return {name: [step.ratios[name] for step in self._steps] for name in self.sizes}

    @property
    def dead(self) -> dict[str, list[float | None]]:
        """The share of dead units of each layer, for each of ``epochs``; None without any."""
        return {name: [p.layers[name].dead_share for p in self._probes] for name in self.sizes}

    @property
    def saturated(self) -> dict[str, list[float | None]]:
        """The share of saturated units and rows of each layer, for each of ``epochs``, or None."""
        return {name: [p.layers[name].saturated_share for p in self._probes] for name in self.sizes}

    def to_dict(self) -> dict[str, Any]:
        """All that is public, as dictionaries, lists and numbers, ready for json or pandas."""
        names = (
            "layers", "sizes", "steps", "gradient_norms", "update_norms", "update_ratios",
            "epochs", "dead", "saturated",
        )  # fmt: skip
        return {name: copy.copy(getattr(self, name)) for name in names}

    def diagnosis(self) -> list[str]:
        """What is wrong, as sentences that name the layers and say what to try; [] if all is well.

        They tell of vanishing and exploding gradients, dead units, saturated layers, and updates
        too large or too small, by the latest figures; ``nn.callbacks.diagnosis`` has the limits,
        each with its reason. A saturated output layer may well be one that is sure of its answers,
        and is not told of.
        """
        probe = self._probes[-1] if self._probes else _Probe(0, 0, {})
        return diagnose(
            self.sizes, self.steps, self.gradient_norms, self.update_ratios,
            probe.layers, probe.rows,
        )  # fmt: skip

    # --- recording ------------------------------------------------------------------------------

    def on_start(self, run: Run) -> None:
        """Find the layers and look at their units before the first step."""
        layers = parameters_by_layer(run.model)
        if self.probe:
            met = layers_along(_copy(run.model)(run.rows[0]), run.model)
            layers = {name: layers[name] for name in dict.fromkeys([*met, *layers])}
        sizes = {name: len(parameters) for name, parameters in layers.items()}
        if self.sizes not in ({}, sizes):
            raise ArgumentError(
                f"GradientFlow has recorded the layers {_listed(self.sizes)}, and now got "
                f"{_listed(sizes)}; use a new GradientFlow for another model"
            )
        self.sizes = sizes
        self._parameters = layers
        # a run that continues a history counts on from what that holds
        self._earlier_steps = self._step - run.step
        self._earlier_epochs = self._epoch - run.epoch
        if self._epoch not in self.epochs[-1:]:
            self._look(run)
        self._remember()

    def on_step(self, run: Run) -> None:
        """Record the step's figures, if it is one of those to record."""
        self._step = self._earlier_steps + run.step
        if (self._step - 1) % self.every == 0:
            gradients, updates, ratios = {}, {}, {}
            for name, parameters in self._parameters.items():
                before = self._before[name]
                gradients[name] = math.hypot(*[p._grad for p in parameters])
                updates[name] = math.dist(before, [p._data for p in parameters])
                ratios[name] = _ratio(updates[name], math.hypot(*before))
            self._steps.append(_Step(self._step, gradients, updates, ratios))
        if self._step % self.every == 0:  # the next one is to be recorded
            self._remember()

    def on_epoch(self, run: Run) -> None:
        """Look at the units as the epoch has left them."""
        self._epoch = self._earlier_epochs + run.epoch
        self._look(run)

    def on_end(self, run: Run) -> None:
        """Let go of the model."""
        self._parameters, self._before = {}, {}

    def _remember(self) -> None:
        self._before = {name: [p._data for p in ps] for name, ps in self._parameters.items()}

    def _look(self, run: Run) -> None:
        n = min(self.probe, len(run.rows))
        if n:
            # at even distances: rows may be sorted by their targets
            rows = [run.rows[i * len(run.rows) // n] for i in range(n)]
            found = census(_copy(run.model), rows)
            layers = {name: found.get(name, Units()) for name in self.sizes}
            self._probes.append(_Probe(self._epoch, n, layers))

    # --- in words -------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return (
            f"GradientFlow({count(len(self.steps), 'step')}, {count(len(self.epochs), 'probe')}, "
            f"layers: {_listed(self.sizes)})"
        )

    def __str__(self) -> str:
        if not self._steps:
            return "GradientFlow has recorded no step yet; give it to fit(..., callbacks=[flow])"
        last, probe = self._steps[-1], self._probes[-1] if self._probes else None
        rows = [("layer", "gradient", "update", "update/weights", "dead", "saturated")]
        for name in self.sizes:
            units = probe.layers[name] if probe else Units()
            rows.append(
                (
                    name, f"{last.gradients[name]:.2e}", f"{last.updates[name]:.2e}",
                    f"{last.ratios[name]:.2e}", _percent(units.dead_share),
                    _percent(units.saturated_share),
                )
            )  # fmt: skip
        width = max(len(row[0]) for row in rows)
        table = [
            f"{a:<{width}}{b:>11}{c:>11}{d:>17}{e:>8}{f:>12}" for a, b, c, d, e, f in rows
        ]  # fmt: skip
        return "\n".join([*table, *self.diagnosis()])


def _copy(model: Module) -> Module:
    """The model with the same parameters, and with generators and counters of its own."""
    shared: dict[int, Any] = {id(parameter): parameter for parameter in model.parameters()}
    try:
        return copy.deepcopy(model, shared)
    except Exception as error:
        raise InputError(
            f"GradientFlow expects a model that copy.deepcopy can copy, got {model!r}, where it "
            f"says: {error}; mend that, or pass probe=0 to do without dead and saturated units"
        ) from error


def _ratio(update: float, weights: float) -> float:
    if weights == 0.0:  # a layer that starts from zeros
        return math.inf if update else 0.0
    return update / weights


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _listed(sizes: dict[str, int]) -> str:
    return ", ".join(f"{name} ({n})" for name, n in sizes.items()) or "none yet"
