"""Training: what ``fit`` takes is checked, tried, and then done, on arrays or on graphs."""

from nn.fitting.divergence import DivergenceWarning
from nn.fitting.train import fit
from nn.fitting.training import EagerWarning

__all__ = ["DivergenceWarning", "EagerWarning", "fit"]
