"""Random networks, losses that suit them, and data: plain data, printed as it is pasted.

>>> case = Case("mse_loss", 2, [3, 1], ["tanh", "linear"], [[0.5, -1.0]], [0.25], seed=1)
>>> case
Case('mse_loss', 2, [3, 1], ['tanh', 'linear'], [[0.5, -1.0]], [0.25], seed=1)
>>> case.model()
MLP(2, [3, 1], activation='tanh', output='linear')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

import nn
from tests.properties.programs import COMFORTABLE

ACTIVATIONS = (
    "linear", "tanh", "relu", "sigmoid", "leaky_relu", "elu", "gelu", "silu", "softplus", "sin",
    "atan", "softmax",
)  # fmt: skip

_PROBABILITY, _SHARE = st.sampled_from([0, 1]), st.integers(0, 8).map(lambda n: n / 8.0)
_SIGN = st.sampled_from([-1, 1])
# For each loss: what its outputs are, and a target for one of them; "class" is a class number.
SUITABLE: dict[str, tuple[str, Any]] = {
    "l1_loss": ("linear", COMFORTABLE),
    "mse_loss": ("linear", COMFORTABLE),
    "half_mse_loss": ("linear", COMFORTABLE),
    "huber_loss": ("linear", COMFORTABLE),
    "hinge_loss": ("linear", _SIGN),
    "logistic_loss": ("linear", _SIGN),
    "binary_cross_entropy": ("sigmoid", st.one_of(_PROBABILITY, _SHARE)),
    "binary_cross_entropy_with_logits": ("linear", st.one_of(_PROBABILITY, _SHARE)),
    "cross_entropy": ("linear", "class"),
    "categorical_cross_entropy": ("softmax", "class"),
}


@dataclass(frozen=True, repr=False)
class Case:
    """A network, by the sizes and activations of its layers, a loss, and rows with targets."""

    loss: str
    n_inputs: int
    sizes: list[int]
    activations: list[str]
    X: list[list[float]]
    y: list[Any]
    seed: int

    def model(self) -> nn.MLP:
        """A new one, with the same weights each time."""
        *hidden, output = self.activations
        return nn.MLP(self.n_inputs, self.sizes, hidden, output, seed=self.seed)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        shown = [self.loss, self.n_inputs, self.sizes, self.activations, self.X, self.y]
        return f"Case({', '.join(map(repr, shown))}, seed={self.seed})"


@st.composite
def cases(draw: Any) -> Case:
    """A network of one to three layers, two to four rows, and a loss."""
    loss = draw(st.sampled_from(sorted(SUITABLE)))
    output, target = SUITABLE[loss]
    n_inputs = draw(st.integers(1, 3))
    n_outputs = draw(st.integers(2, 3) if target == "class" else st.integers(1, 2))
    sizes = [*draw(st.lists(st.integers(1, 4), max_size=2)), n_outputs]
    activations = [*[draw(st.sampled_from(ACTIVATIONS)) for _ in sizes[1:]], output]
    n = draw(st.integers(2, 4))
    one = st.integers(0, n_outputs - 1) if target == "class" else target
    if target != "class" and n_outputs > 1:
        one = st.lists(target, min_size=n_outputs, max_size=n_outputs)
    X = [[draw(COMFORTABLE) for _ in range(n_inputs)] for _ in range(n)]
    return Case(loss, n_inputs, sizes, activations, X, [draw(one) for _ in range(n)],
                seed=draw(st.integers(0, 99)))  # fmt: skip
