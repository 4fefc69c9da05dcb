"""The ways that kinds of gradient descent take over a loss of two parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd
from autograd import Value, no_grad
from autograd.core.number_arguments import as_float
from autograd.errors import ArgumentError, InputError, ShapeError
from nn.module import as_numbers
from nn.plots.axes import COLOURS, STYLES, axes, drawable, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDE = 80  # points of the grid, each way
_WHO = "descent_paths"
_DOTTED = 40  # steps up to which each is marked
Limits = tuple[float, float]


def descent_paths(
    loss: Callable[..., Any],
    paths: Mapping[str, ArrayLike],
    *,
    names: Sequence[str] = ("first parameter", "second parameter"),
    xlim: Limits | None = None,
    ylim: Limits | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Paths of gradient descent on the contour lines of a loss of two parameters.

    ``loss`` is a function of two numbers, or of a list of two, written in scalars; it is compiled
    where it can be, and called point by point where not. ``paths`` has by name an array of shape
    (n_steps + 1, 2), or an ``nn.ParameterPath`` of two parameters. A path starts at its circle and
    ends at its cross. The lines are closer together near the minimum: each stands for a loss
    that is above the lowest by the same factor. ``names`` are the parameters'; ``xlim`` and
    ``ylim`` what is shown, where the paths go far astray.

    >>> import nn
    >>> path = [[2.0, 1.0], [1.0, 0.5], [0.5, 0.1]]
    >>> ax = nn.plots.descent_paths(lambda a, b: a**2 + 4 * b**2, {"by hand": path})
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['by hand', 'start', 'end']
    """
    ways = _checked(loss, paths, names)
    together = drawable(np.concatenate(list(ways.values())))
    if not np.isfinite(together).all(axis=1).any():
        raise ArgumentError(f"{_WHO} expects paths with a finite point, got none; start nearer")
    across = np.linspace(*_limits(xlim, together[:, 0], "xlim"), _SIDE)
    up = np.linspace(*_limits(ylim, together[:, 1], "ylim"), _SIDE)
    heights = drawable(_heights(loss, across, up))
    ax = axes(ax)
    _draw_heights(ax, across, up, heights)
    for i, (name, way) in enumerate(ways.items()):
        _draw_path(ax, name, drawable(way), i)
    # what the marks mean, once for all paths
    ax.plot([], [], "o", color="white", markeredgecolor="black", label="start")
    ax.plot([], [], "X", color="black", markeredgecolor="white", markersize=9, label="end")
    ax.set(xlabel=plain(str(names[0])), ylabel=plain(str(names[1])), title="paths of descent")
    ax.set_xlim(across[0], across[-1])
    ax.set_ylim(up[0], up[-1])
    ax.legend(fontsize=8, framealpha=0.9)
    return ax


def _checked(loss: Any, paths: Any, names: Any) -> dict[str, NDArray[np.float64]]:
    if not callable(loss):
        raise InputError(f"{_WHO} expects a function of two numbers as the loss, got {loss!r}")
    if not isinstance(paths, Mapping) or not paths:
        raise InputError(
            f"{_WHO} expects paths as a dictionary of a name and an array each, got {paths!r}; "
            'write {"gradient descent": path}'
        )
    if isinstance(names, str) or not isinstance(names, Sequence) or len(names) != 2:
        raise InputError(f"{_WHO} expects names for two parameters, got {names!r}")
    ways = {}
    for name, path in paths.items():
        given: Any = getattr(path, "path", path)
        way = as_numbers(given, f"{_WHO} expects numbers in {name!r}")
        if way.ndim != 2 or way.shape[1] != 2 or not len(way):
            raise ShapeError(
                f"{_WHO} expects paths of shape (n_steps + 1, 2), got {way.shape} for {name!r}; "
                "name two parameters, nn.ParameterPath([w, b])"
            )
        ways[str(name)] = way
    return ways


def _limits(given: Any, numbers: NDArray[np.float64], name: str) -> Limits:
    """Those that were given, or from the least to the greatest with room on both sides."""
    if given is not None:
        pair = as_numbers(given, f"{_WHO} expects {name} as two numbers")
        if pair.shape != (2,) or not pair[0] < pair[1]:
            raise ArgumentError(f"{_WHO} expects {name} as (low, high), got {given!r}")
        return float(pair[0]), float(pair[1])
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    room = 0.15 * (high - low) or 1.0
    return low - room, high + room


def _heights(loss: Callable[..., Any], across: Any, up: Any) -> Any:
    """The loss on a grid, of shape (len(up), len(across))."""
    function = _of_two(loss)
    first, second = (plane.ravel() for plane in np.meshgrid(across, up))

    def at(i: int) -> float:
        with no_grad():
            value = function(first[i].item(), second[i].item())
            number = value.data if isinstance(value, Value) else value
            return as_float(number, f"{_WHO} loss")

    with np.errstate(all="ignore"):
        try:
            heights = autograd.compile(function).map(first, second)
            tried = [0, len(first) // 3, len(first) - 1]
            expected = [at(i) for i in tried]
            right = np.allclose(heights[tried], expected, rtol=1e-6, atol=1e-9, equal_nan=True)
        except Exception:  # called point by point it says itself what is wrong, if anything is
            right = False
        if not right:
            heights = np.array([at(i) for i in range(len(first))])
    return heights.reshape(len(up), len(across))


def _of_two(loss: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """The loss as a function of two arguments, whether it takes two or a list."""
    try:
        parameters = inspect.signature(loss).parameters.values()
    except (TypeError, ValueError):  # built-in functions do not tell
        return loss
    needed = [p for p in parameters if p.default is p.empty and p.kind < p.VAR_POSITIONAL]
    if len(needed) == 1 and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return lambda first, second: loss([first, second])
    return loss


def _draw_heights(ax: Axes, across: Any, up: Any, heights: Any) -> None:
    from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap

    there = heights[np.isfinite(heights)]
    if not len(there) or not there.min() < there.max():
        return
    low, high = there.min(), there.max()
    levels = low + np.concatenate([[0.0], np.geomspace(1e-3, 1.0, 16)]) * (high - low)
    greys = LinearSegmentedColormap.from_list("valley", ["#ffffff", "#c0c0c0"])
    masked = np.ma.masked_invalid(heights)
    norm = BoundaryNorm(levels, greys.N)
    ax.contourf(across, up, masked, levels=levels, cmap=greys, norm=norm)
    lines = ax.contour(
        across, up, masked, levels=levels[1:-1], colors="#7a7a7a", linewidths=0.6
    )  # fmt: skip
    ax.clabel(lines, levels=levels[7:-1:3], fontsize=7, fmt="%.3g")


def _draw_path(ax: Axes, name: str, way: Any, i: int) -> None:
    colour = COLOURS[i % len(COLOURS)]
    ax.plot(
        way[:, 0], way[:, 1], STYLES[i % len(STYLES)], color=colour, linewidth=1.3,
        label=plain(name), marker="." if len(way) <= _DOTTED else None, zorder=3,
    )  # fmt: skip
    there = way[np.isfinite(way).all(axis=1)]
    if len(there):
        ax.plot(*there[0], "o", color="white", markeredgecolor=colour, markersize=7, zorder=4)
        ax.plot(*there[-1], "X", color=colour, markeredgecolor="white", markersize=9, zorder=5)
