"""The plane of two inputs: a grid over the examples, and what a model says all over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.errors import ArgumentError, ShapeError
from nn.checks import at_least
from nn.module import Module, as_matrix
from nn.plots.answers import Array, as_function
from nn.plots.axes import drawable, plain, style_of, tint, two_sided

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARGIN = 0.15  # around the examples, as a share of their range
_EQUAL = 4.0  # one range by the other, up to which both are drawn on one scale

_MOST_WITHIN = 10  # classes up to which their names leave room for the examples
_MOST_BELOW = 17  # names, one below the other


class Plane:
    """Examples of two inputs, and a grid around them.

    ``points`` has shape (n, 2). ``across`` and ``up`` are where the grid's columns and rows are;
    a model sees its points, and the examples, through ``transform``.
    """

    def __init__(
        self, X: ArrayLike, y: ArrayLike, resolution: int, transform: Any, who: str
    ) -> None:
        self.points = as_matrix(X, who)
        rows = np.shape(y)
        if self.points.shape[1] != 2 or rows[:1] != (len(self.points),) or not len(self.points):
            fits = self.points.shape[1] == 2
            repair = "y has a label for each row" if fits else "pick two columns with X[:, :2]"
            raise ShapeError(
                f"{who} expects X of shape (n, 2) and y of shape (n,), one row or more, got "
                f"{self.points.shape} and {rows}; {repair}"
            )
        side = at_least(2, resolution, f"{who} expects resolution")
        if not np.isfinite(self.points).all():
            raise ArgumentError(f"{who} expects finite points, got nan or inf in X; drop its rows")
        self.transform: Callable[[Array], Any] = as_function(transform, who)
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        room = np.where(high > low, _MARGIN * (high - low), 0.5)
        self.across, self.up = (
            np.linspace(low[i] - room[i], high[i] + room[i], side) for i in (0, 1)
        )

    @property
    def grid(self) -> Array:
        """The points of the grid, row by row, of shape (resolution**2, 2)."""
        return np.stack(np.meshgrid(self.across, self.up), axis=-1).reshape(-1, 2)

    def outputs(self, model: Module) -> Array:
        """What the model says on the grid, of shape (resolution**2,) or (.., n_outputs)."""
        return model.predict(self.transform(self.grid))

    def draw_scores(self, ax: Axes, scores: ArrayLike, reach: float | None = None) -> list[Any]:
        """The areas of the classes, and the lines between them, as what was drawn.

        One score a point is drawn in shades, full at ``reach`` on either side of 0; of several,
        the largest counts. What is not finite, or above 1e100, stays blank.
        """
        side = len(self.across)
        masked = np.ma.masked_invalid(drawable(scores))
        if np.ma.getmaskarray(masked).all():
            return []
        if masked.ndim == 1:
            return self._draw_one(ax, masked.reshape(side, side), reach)
        drawn = []
        for k in range(masked.shape[1]):
            lead = masked[:, k] - np.delete(masked, k, axis=1).max(axis=1)
            drawn += self._draw_class(ax, lead.reshape(side, side), style_of(k)[0])
        return drawn

    def _draw_one(self, ax: Axes, score: Any, reach: float | None) -> list[Any]:
        reach = reach or max(float(np.abs(score).max()), 1e-12)
        levels = np.linspace(-reach, reach, 21)
        shown = np.ma.clip(score, -reach, reach)
        area = ax.contourf(self.across, self.up, shown, levels=levels, cmap=two_sided(0.6))
        return [area, *self._draw_line(ax, score)]

    def _draw_class(self, ax: Axes, lead: Any, colour: str) -> list[Any]:
        if not lead.max() >= 0.0:
            return []
        levels = [0.0, float(lead.max()) + 1.0]
        area = ax.contourf(self.across, self.up, lead, levels=levels, colors=[tint(colour, 0.35)])
        return [area, *self._draw_line(ax, lead)]

    def _draw_line(self, ax: Axes, score: Any) -> list[Any]:
        if not score.min() < 0.0 < score.max():  # older matplotlibs warn of a line out of sight
            return []
        return [ax.contour(self.across, self.up, score, levels=[0.0], colors="k", linewidths=1.5)]

    def draw_examples(self, ax: Axes, classes: NDArray[np.intp], names: Sequence[str]) -> None:
        """The examples, each class by its colour and its marker, and what these mean."""
        for number, name in enumerate(names):
            colour, marker = style_of(number)
            first, second = self.points[classes == number].T
            ax.scatter(
                first, second, s=28, c=colour, marker=marker, edgecolors="white", linewidths=0.7,
                label=plain(name), zorder=3,  # above the areas, also those drawn later
            )  # fmt: skip
        ax.set(xlabel="first input", ylabel="second input")
        wide, high = np.ptp(self.across), np.ptp(self.up)
        if max(wide, high) <= _EQUAL * min(wide, high):
            ax.set_aspect("equal")
        if len(names) <= _MOST_WITHIN:
            ax.legend(loc=self._emptiest_corner(), fontsize=8, handletextpad=0.1, borderpad=0.3)
        else:
            ax.legend(
                loc="center left", bbox_to_anchor=(1.0, 0.5), ncols=-(-len(names) // _MOST_BELOW),
                fontsize=6.5, handletextpad=0.1, borderpad=0.3, columnspacing=0.5,
            )  # fmt: skip

    def _emptiest_corner(self) -> Any:
        """Where a legend hides the fewest examples."""
        low = np.array([self.across[0], self.up[0]])
        place = (self.points - low) / ([self.across[-1], self.up[-1]] - low)
        hidden = {
            f"{row} {column}": int(np.sum((np.abs(place - corner) < (0.2, 0.3)).all(axis=1)))
            for row, column, corner in (
                ("upper", "right", (1.0, 1.0)), ("upper", "left", (0.0, 1.0)),
                ("lower", "right", (1.0, 0.0)), ("lower", "left", (0.0, 0.0)),
            )
        }  # fmt: skip
        return min(hidden, key=lambda corner: hidden[corner])
