"""The lab's bench: networks are trained here, and for each a row of a table is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nn

Array = NDArray[Any]
Examples = tuple[Array, Array]  # images, (n, pixels), and their digits, (n,)
Key = tuple[int, str, str]  # layers, activation and note of a network

RATE, MOMENTUM = 0.05, 0.9
NONE = "linear"  # no activation
HEADER = (
    f"{'network':<14}{'activation':<21}{'parameters':>10} epochs seconds  training  valid.   gap"
    "   test  max|w|"
)


class NotTrainedError(LookupError):
    """The lab has no such network, because it was interrupted."""


@dataclass(frozen=True)
class Result:
    """A network that was trained, and what came of it.

    ``training`` and ``validation`` are the shares of these digits that it reads right, the latter
    None where none were held out; ``right`` says for each test digit whether it does.
    """

    network: str
    activation: str
    note: str
    model: nn.MLP
    history: nn.History
    sizes: nn.WeightSizes
    seconds: float
    training: float
    validation: float | None
    right: NDArray[np.bool_]

    @property
    def key(self) -> Key:
        return len(self.model.layers), self.activation, self.note

    @property
    def test(self) -> float:
        """The share of the test digits that it reads right."""
        return float(self.right.mean())

    @property
    def gap(self) -> float:
        """By how much it reads the training digits better than others."""
        return self.training - (self.test if self.validation is None else self.validation)

    @property
    def largest(self) -> list[float]:
        """max|w| over all layers, before the training and after each epoch."""
        return [max(layers) for layers in zip(*self.sizes.largest.values(), strict=True)]

    @property
    def name(self) -> str:
        """The network with its activation and note, as pictures and answers call it."""
        activation = "no activation" if self.activation == NONE else self.activation
        parts = (activation if len(self.model.layers) > 1 else "", self.note)
        return " ".join([self.network, ", ".join(filter(None, parts))]).strip()

    @property
    def row(self) -> str:
        """The row of the table under ``HEADER``."""
        validation = "-" if self.validation is None else f"{self.validation:.1%}"
        return (
            f"{self.network:<14}{self.name.removeprefix(self.network).strip():<21}"
            f"{len(self.model.parameters()):>10,}{len(self.history):>7}{self.seconds:>8.1f}"
            f"{self.training:>10.1%}{validation:>8}{100 * self.gap:>6.1f}{self.test:>7.1%}"
            f"{self.largest[-1]:>8.2f}"
        )


@dataclass(frozen=True)
class Lab:
    """Digits, how networks are trained on them, and the results so far.

    Whatever is chosen, is chosen by the validation digits; the test digits choose nothing.
    """

    training: Examples
    validation: Examples | None
    test: Examples
    epochs: int
    batch_size: int
    results: dict[Key, Result] = field(default_factory=dict)

    def train(
        self,
        hidden: Sequence[int],
        activation: str = "relu",
        note: str = "",
        *,
        weight_decay: float = 0.0,
        patience: int | None = None,
        seed: int = 0,
    ) -> None:
        """Train a network, print its row, and keep its result.

        ``patience`` stops it early. After Ctrl-C, what was trained so far is printed and kept, and
        KeyboardInterrupt is raised.
        """
        started = time.perf_counter()
        model = nn.MLP(self.n_pixels, [*hidden, 10], activation, seed=seed)
        sizes, rate = nn.WeightSizes(), nn.optim.Cosine(RATE, epochs=self.epochs)
        stopping = [] if patience is None else [nn.EarlyStopping(patience=patience)]
        history = nn.fit(
            model,
            *self.training,
            loss="cross_entropy",
            optimizer=nn.SGD(lr=rate, momentum=MOMENTUM, weight_decay=weight_decay),
            epochs=self.epochs,
            batch_size=self.batch_size,
            validation=self.validation,
            metrics=["accuracy"],
            callbacks=[sizes, *stopping],
            seed=seed,
            verbose=0,
        )
        seconds = time.perf_counter() - started
        if len(history):
            if history.interrupted:
                note = ", ".join(filter(None, (note, "interrupted")))
            network = "-".join(map(str, (self.n_pixels, *_shortened(hidden), 10)))
            kind = activation if hidden else NONE
            right = model.predict(self.test[0]).argmax(axis=1) == self.test[1]
            training, validation = _share(model, self.training), _share(model, self.validation)
            result = Result(
                network, kind, note, model, history, sizes, seconds,
                training or 0.0, validation, right,
            )  # fmt: skip
            self.results[result.key] = result
            print(result.row, flush=True)
        if history.interrupted:
            raise KeyboardInterrupt

    def result(self, layers: int, activation: str = "relu", note: str = "") -> Result:
        """What was trained, or NotTrainedError."""
        found = self.results.get((layers, activation, note))
        if found is None:
            kind = "no activation" if activation == NONE else activation
            of = f" of {kind}" if layers > 1 else ""
            network = f"{layers} layer{'s' if layers > 1 else ''}{of}"
            raise NotTrainedError(", ".join(filter(None, (network, note))))
        return found

    @property
    def n_pixels(self) -> int:
        return int(self.training[0].shape[1])

    def watch_gradients(self, hidden: Sequence[int], activation: str) -> nn.GradientFlow:
        """How gradients flow in the first ten steps of a network, by layer."""
        flow, n = nn.GradientFlow(probe=0), 10 * self.batch_size
        history = nn.fit(
            nn.MLP(self.n_pixels, [*hidden, 10], activation, seed=0),
            self.training[0][:n],
            self.training[1][:n],
            loss="cross_entropy",
            optimizer=nn.SGD(lr=RATE, momentum=MOMENTUM),
            epochs=1,
            batch_size=self.batch_size,
            callbacks=[flow],
            seed=0,
            verbose=0,
        )
        if history.interrupted:
            raise KeyboardInterrupt
        return flow


def _share(model: nn.MLP, examples: Examples | None) -> float | None:
    return None if examples is None else nn.accuracy(model.predict(examples[0]), examples[1])


def _shortened(hidden: Sequence[int]) -> list[str]:
    """Many layers of one size as 5x64."""
    if len(hidden) > 2 and len(set(hidden)) == 1:
        return [f"{len(hidden)}x{hidden[0]}"]
    return [str(size) for size in hidden]
