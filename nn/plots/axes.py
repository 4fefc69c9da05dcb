"""What the plots share: axes to draw on, colours and markers, names at the ends of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Blue and orange are told apart by colour-blind eyes, and as light and dark in print.
NEGATIVE, POSITIVE = "#0072b2", "#d55e00"
# Source: Okabe and Ito, "Color universal design", 2008; without yellow, too faint on white
COLOURS = (NEGATIVE, POSITIVE, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKERS = "os^DvPX*"
STYLES = ["-", "--", "-.", ":"]
LARGEST = 1e100  # with far larger numbers, matplotlib's margins and ticks would overflow
_MOST_LABELS = 10  # more would be a thicket where lines end close together


def axes(ax: Axes | None) -> Axes:
    """The axes that were given, or new ones in a figure of their own."""
    if ax is not None:
        if not hasattr(ax, "transAxes"):
            # most often the array of plt.subplots(1, 2)
            raise InputError(
                f"nn.plots expects ax= to be one of matplotlib's Axes, got {type(ax).__name__}; "
                "write figure, axes = plt.subplots(1, 2) and pass ax=axes[0]"
            )
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise missing() from None
    return plt.subplots(figsize=(6.0, 4.5), layout="constrained")[1]


def missing() -> MissingExtraError:
    """The error of somebody who has no matplotlib."""
    return MissingExtraError('nn.plots needs matplotlib; run: pip install "glassgrad[plot]"')


def style_of(class_number: int) -> tuple[str, str]:
    """The colour and the marker of a class; a class has no marker of another with its colour."""
    n = class_number
    return COLOURS[n % len(COLOURS)], MARKERS[n % len(MARKERS)]


def tint(colour: str, strength: float) -> str:
    """A colour mixed with white: what is filled without alpha has no seams."""
    from matplotlib.colors import to_hex, to_rgb

    red, green, blue = (1.0 - strength * (1.0 - part) for part in to_rgb(colour))
    return str(to_hex((red, green, blue)))


def two_sided(strength: float = 1.0) -> Any:
    """Colours for what may be negative or positive: blue, nearly white at 0, orange."""
    from matplotlib.colors import LinearSegmentedColormap

    ends = tint(NEGATIVE, strength), tint(POSITIVE, strength)
    return LinearSegmentedColormap.from_list("two_sided", [ends[0], "#fafafa", ends[1]])


def plain(text: str) -> str:
    """Text that matplotlib does not read as a formula."""
    return text.replace("$", r"\$")


def drawable(numbers: Any) -> Any:
    """Numbers as a float array, with nan, a gap in a line, for what cannot be drawn."""
    array = np.array(numbers, dtype=np.float64)  # None is nan
    array[~(np.abs(array) < LARGEST)] = np.nan
    return array


def shades(n: int) -> Any:
    """Colours from dark to light, an array of shape (n, 4), for lines that have an order."""
    from matplotlib import colormaps

    # cividis runs from dark to light for all kinds of eyes; its light end is too faint on white
    return colormaps["cividis"](np.linspace(0.0, 0.85, n))


def label_ends(ax: Axes, lines: dict[str, Any]) -> None:
    """Each name beside the end of its line: nobody has to match it with a legend."""
    names = list(lines)
    if len(names) > _MOST_LABELS:
        chosen = np.linspace(0, len(names) - 1, _MOST_LABELS).round().astype(int)
        names = [names[i] for i in chosen]
    left, right = ax.get_xlim()
    ax.set_xticks([tick for tick in ax.get_xticks() if left <= tick <= right])
    room = min(0.5, 0.06 + 0.015 * max(map(len, names)))
    ax.set_xlim(left, right + (right - left) * room / (1.0 - room))
    ends, heights = [], []
    for name in names:
        x, y = (np.asarray(data, dtype=np.float64) for data in lines[name].get_data())
        last = np.flatnonzero(np.isfinite(y))[-1]
        ends.append((x[last], y[last]))
        shown = ax.transData.transform(ends[-1])
        heights.append(ax.transAxes.inverted().transform(shown)[1])
    for name, end, height in zip(names, ends, _apart(heights), strict=True):
        colour = lines[name].get_color()
        ax.annotate(
            plain(name), end, (1.0 - room + 0.03, height), textcoords="axes fraction", va="center",
            fontsize=8,
            # from the left of the name, or it would run through the names beside it
            arrowprops={
                "arrowstyle": "-", "color": colour, "linewidth": 0.6, "relpos": (0.0, 0.5),
            },
        )  # fmt: skip


def _apart(heights: list[float]) -> list[float]:
    """The heights moved as far apart as lines of text need, within 0 and 1, in the same order."""
    gap, top = min(0.055, 0.96 / len(heights)), 0.98
    order = np.argsort(heights, kind="stable")[::-1]
    moved = list(heights)
    for rank, i in enumerate(order):
        moved[i] = min(top, max(heights[i], 0.02 + gap * (len(order) - 1 - rank)))
        top = moved[i] - gap
    return moved
