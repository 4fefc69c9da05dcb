"""Pictures of training. Each takes ``ax=`` and returns it, and needs ``glassgrad[plot]``."""

from nn.plots.boundary import decision_boundary
from nn.plots.curves import learning_curves
from nn.plots.flow import gradient_flow
from nn.plots.grid import images

__all__ = ["decision_boundary", "gradient_flow", "images", "learning_curves"]
