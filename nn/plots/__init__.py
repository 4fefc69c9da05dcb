"""Pictures of training. Each takes ``ax=`` and returns it, and needs ``glassgrad[plot]``.

``COLOURS`` are those of the classes and lines, told apart by colour-blind eyes, for pictures of
one's own.
"""

from nn.plots.axes import COLOURS
from nn.plots.boundary import decision_boundary
from nn.plots.confusion import confusion_matrix, mistakes
from nn.plots.curves import learning_curves, max_weights, schedule
from nn.plots.descent import descent_paths
from nn.plots.film import BoundaryFilm
from nn.plots.fits import fitted_curve
from nn.plots.flow import gradient_flow
from nn.plots.grid import images
from nn.plots.losses import loss_functions
from nn.plots.weights import weights

__all__ = [
    "COLOURS",
    "BoundaryFilm",
    "confusion_matrix",
    "decision_boundary",
    "descent_paths",
    "fitted_curve",
    "gradient_flow",
    "images",
    "learning_curves",
    "loss_functions",
    "max_weights",
    "mistakes",
    "schedule",
    "weights",
]
