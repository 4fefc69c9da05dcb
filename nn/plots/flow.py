"""What gradients do in each layer, over time."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError, InputError
from nn.callbacks.flow import GradientFlow
from nn.plots.axes import LARGEST, STYLES, axes, drawable, label_ends, plain, shades

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# what can be drawn: the attribute that holds it, and what it says on its axis
_KINDS = {
    "gradients": ("gradient_norms", "norm of the gradient"),
    "updates": ("update_norms", "norm of the update"),
    "ratios": ("update_ratios", "update / weights"),
    "dead": ("dead", "dead units"),
    "saturated": ("saturated", "saturated units"),
}
_NOTHING = {
    "dead": "no layer has activations",
    "saturated": "no layer has an activation\nwith a slope above 0 at 0, such as tanh",
}
_NOISE = 1e-12  # gradients below it are what rounding has left


def gradient_flow(flow: GradientFlow, *, what: str = "gradients", ax: Axes | None = None) -> Axes:
    """A line for each layer over the steps or epochs, dark for the first layer, light for the last.

    ``what`` is ``"gradients"``, ``"updates"`` or ``"ratios"`` (norms at each recorded step, on a
    logarithmic scale that has room for 0) or ``"dead"`` or ``"saturated"`` (shares of units
    after each epoch). What is not finite, or above 1e100, is left out. The title says in short
    what ``flow.diagnosis()`` finds. An ArgumentError says what has not been recorded yet.

    >>> import nn
    >>> X, y = nn.data.moons(20, seed=0)
    >>> flow = nn.GradientFlow()
    >>> history = nn.fit(nn.MLP(2, [4, 4, 1], seed=0), X, 2 * y - 1, loss="hinge_loss",
    ...                  optimizer=nn.SGD(lr=0.1), epochs=3, callbacks=[flow], verbose=0)
    >>> ax = nn.plots.gradient_flow(flow)
    >>> ax.get_ylabel(), ax.get_yscale(), [text.get_text() for text in ax.texts[:3]]
    ('norm of the gradient', 'log', ['layers.0', 'layers.1', 'layers.2'])
    """
    _check(flow, what)
    by_epoch = what in _NOTHING
    attribute, label = _KINDS[what]
    times = flow.epochs if by_epoch else flow.steps
    series = {name: drawable(numbers) for name, numbers in getattr(flow, attribute).items()}
    ax = axes(ax)
    lines = _draw(ax, times, series)
    if by_epoch:
        ax.set_ylim(-0.04, 1.04)
        ax.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    else:
        _scale(ax, np.concatenate(list(series.values())))
    ax.set(xlabel="epoch" if by_epoch else "step", ylabel=label)
    ax.locator_params(axis="x", integer=True)
    if lines:
        label_ends(ax, lines)
    else:
        empty = _NOTHING.get(what, "nothing finite was recorded")
        ax.text(0.5, 0.5, empty, transform=ax.transAxes, ha="center", va="center")
        ax.set_xticks([])
    findings = flow.diagnosis()
    if by_epoch:
        findings = [sentence for sentence in findings if f" {what}" in sentence]
    _title(ax, f"{label}, by layer", findings)
    return ax


def _check(flow: Any, what: Any) -> None:
    if not isinstance(flow, GradientFlow):
        raise InputError(
            f"gradient_flow expects an nn.GradientFlow, got {flow!r}; give one to "
            "fit(..., callbacks=[flow]), and then to this"
        )
    if not isinstance(what, str) or what not in _KINDS:
        raise ArgumentError(f"gradient_flow expects what among {', '.join(_KINDS)}, got {what!r}")
    if not (flow.epochs if what in _NOTHING else flow.steps):
        repair = " with probe=64" if what in _NOTHING and flow.steps else ""
        raise ArgumentError(
            f"gradient_flow expects a flow that has recorded {what}, got {flow!r}; "
            f"give it to fit(..., callbacks=[flow]) first{repair}"
        )


def _draw(ax: Axes, times: list[int], series: dict[str, NDArray[np.float64]]) -> dict[str, Any]:
    """A line for each layer that has anything to show."""
    colours = shades(len(series))
    lines = {}
    for i, (name, numbers) in enumerate(series.items()):
        if not np.isnan(numbers).all():
            (lines[name],) = ax.plot(
                times, numbers, STYLES[i % len(STYLES)], color=colours[i], label=name,
                linewidth=1.5, marker="o" if np.isfinite(numbers).sum() == 1 else None,
            )  # fmt: skip
    return lines


def _scale(ax: Axes, numbers: NDArray[np.float64]) -> None:
    """A logarithmic axis; where there are zeros, one with a place for them at its foot."""
    positive = numbers[numbers > 0.0]
    if not len(positive):
        return
    if not (numbers < 1.0 / LARGEST).any():
        ax.set_yscale("log")
        return
    low, high = np.floor(np.log10([max(positive.min(), _NOISE), max(positive.max(), _NOISE)]))
    # the part from 0 to the smallest takes half a decade, or as much as its two ticks need
    ax.set_yscale("symlog", linthresh=10.0**low, linscale=max(0.5, 0.06 * (high - low)))


def _title(ax: Axes, title: str, diagnosis: list[str]) -> None:
    """What is found in short, or if all is well, what is drawn; the axis says that too."""
    # print(flow) and flow.diagnosis() have the figures, and what to try
    said = [sentence.split(":")[0] for sentence in diagnosis]
    if len(said) > 2:
        said = [said[0], f"{len(said) - 1} more findings: see diagnosis()"]
    if not said:
        ax.set_title(title)
        return
    characters = ax.get_window_extent().width / ax.figure.dpi * 72.0 / 4.5  # of 9 points each
    ax.set_title(
        "\n".join(textwrap.wrap(plain("; ".join(said)), max(20, int(characters)))), fontsize=9
    )
