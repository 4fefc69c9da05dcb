"""What the plots share: axes to draw on, and two colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Blue and orange are told apart by colour-blind eyes, and as light and dark in print.
NEGATIVE, POSITIVE = "#0072b2", "#d55e00"


def axes(ax: Axes | None) -> Axes:
    """The axes that were given, or new ones in a figure of their own."""
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise MissingExtraError(
            'nn.plots needs matplotlib; run: pip install "glassgrad[plot]"'
        ) from None
    return plt.subplots(figsize=(6.0, 4.5), layout="constrained")[1]
