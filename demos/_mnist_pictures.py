"""The lab's pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

import nn
from demos._mnist_training import NONE, Key, Lab, Result

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000")
ONE, TWO, THREE = (1, NONE, ""), (2, "relu", ""), (3, "relu", "")


def draw(folder: Path, lab: Lab, exam: Lab, flows: Mapping[str, nn.GradientFlow]) -> list[Path]:
    """Every picture for which there are results."""
    pictures: dict[str, Callable[[], Any]] = {
        "mnist_curves": lambda: curves(lab),
        "mnist_weights": lambda: weights(lab),
        "mnist_depth": lambda: depth(flows),
        "mnist_mistakes": lambda: mistakes(lab, exam),
    }
    paths = []
    for name, make in pictures.items():
        figure = make()
        if figure is not None:
            paths.append(folder / f"{name}.png")
            figure.savefig(paths[-1], dpi=120)
            plt.close(figure)
    return paths


def chosen(lab: Lab, keys: Iterable[Key]) -> list[Result]:
    return [lab.results[key] for key in keys if key in lab.results]


def curves(lab: Lab) -> Any:
    """Accuracy by epoch, and the loss of networks that overfit, on training and held-out digits."""
    if not lab.results:
        return None
    figure, panels = plt.subplots(2, 2, figsize=(12.5, 9.0), layout="constrained")
    deepest = max(layers for layers, _, _ in lab.results)
    activations = [(2, name, "") for name in ("relu", "tanh", "sigmoid", NONE)]
    depths = sorted({key for key in lab.results if key[1:] == ("sigmoid", "")})
    notes = sorted(key for key in lab.results if key[2])
    accuracies(panels[0, 0], chosen(lab, [ONE, TWO, THREE]), "one, two, three layers")
    accuracies(panels[0, 1], chosen(lab, activations), "two layers, by activation")
    accuracies(panels[1, 0], chosen(lab, [*depths, (deepest, "relu", "")]), "deeper")
    losses(panels[1, 1], chosen(lab, [TWO, *notes]))
    figure.suptitle("full: on the digits learnt from; dashed: on the validation digits")
    return figure


def accuracies(ax: Any, results: list[Result], title: str) -> None:
    for colour, result in zip(COLOURS, results, strict=False):
        for column, style, label in (
            ("accuracy", "-", result.name), ("validation_accuracy", "--", None),
        ):  # fmt: skip
            numbers = [100.0 * share for share in result.history[column]]
            ax.plot(range(1, len(numbers) + 1), numbers, style, color=colour, label=label)
    ax.set(xlabel="epoch", ylabel="accuracy in %", title=title)
    finish(ax)


def losses(ax: Any, results: list[Result]) -> None:
    for colour, result in zip(COLOURS, results, strict=False):
        best = result.history.best_epoch
        if best is not None:  # until then its lines are those of the same network without it
            ax.axvline(best, color=colour, linestyle=":", label=f"{result.name}: epoch {best}")
            continue
        for column, style, label in (
            ("loss", "-", result.name), ("validation_loss", "--", None),
        ):  # fmt: skip
            numbers = result.history[column]
            ax.plot(range(1, len(numbers) + 1), numbers, style, color=colour, label=label)
    ax.set(xlabel="epoch", ylabel="loss", title="overfitting, and what helps", yscale="log")
    ax.set_ylim(top=5.0 * ax.get_ylim()[1])  # room for the legend
    finish(ax)


def finish(ax: Any) -> None:
    ax.locator_params(axis="x", integer=True)
    ax.grid(alpha=0.25)
    if ax.get_lines():
        ax.legend(fontsize=9)


def weights(lab: Lab) -> Any:
    """max|w| by epoch, and what neurons of the first layer look for."""
    shown = chosen(lab, [ONE, TWO])
    if not shown:
        return None
    figure, panels = plt.subplots(2, 2, figsize=(12.5, 9.0), layout="constrained")
    left, right = panels[0]
    notes = [key for key in lab.results if key[2]]
    for colour, result in zip(COLOURS, chosen(lab, [ONE, TWO, THREE, *notes]), strict=False):
        style = "--" if result.note else "-"
        left.plot(result.sizes.epochs, result.largest, style, color=colour, label=result.name)
    left.set(xlabel="epoch", ylabel="max|w|", title="the largest weight of each network")
    left.set_ylim(bottom=0.0)
    finish(left)
    nn.plots.max_weights(shown[-1].sizes, ax=right)
    right.set_title(f"{shown[-1].name}: the largest weight of each layer")
    for ax in panels[1]:
        ax.set_axis_off()
    for ax, result in zip(panels[1], shown, strict=False):
        nn.plots.weights(result.model, neurons=range(10 if result.key == ONE else 40), ax=ax)
        ax.set_title(f"{result.name}: {ax.get_title()}", fontsize=10)
    return figure


def depth(flows: Mapping[str, nn.GradientFlow]) -> Any:
    """The gradients of each layer in the first steps of deep networks."""
    if not flows:
        return None
    figure, panels = plt.subplots(
        1, len(flows), figsize=(6.25 * len(flows), 4.6), layout="constrained", squeeze=False
    )
    norms = [n for flow in flows.values() for layer in flow.gradient_norms.values() for n in layer]
    for ax, (activation, flow) in zip(panels[0], flows.items(), strict=True):
        # one scale for all, or the difference would not be seen
        ax.set_ylim(0.5 * min(norms), 2.0 * max(norms))
        nn.plots.gradient_flow(flow, ax=ax)
        ax.set_title(f"{len(flow.layers)} layers, {activation}\n{ax.get_title()}", fontsize=10)
    return figure


def mistakes(lab: Lab, exam: Lab) -> Any:
    """What the network of two layers takes for what, and what it gets wrong."""
    results = [*exam.results.values(), *lab.results.values()]
    best = next((r for r in results if r.key[:2] == TWO[:2]), next(iter(results), None))
    if best is None:
        return None
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(14.0, 6.0), layout="constrained", width_ratios=(1.0, 1.2)
    )
    nn.plots.confusion_matrix(best.model, *lab.test, ax=left)
    nn.plots.mistakes(best.model, *lab.test, n=40, columns=8, ax=right)
    figure.suptitle(f"{best.name}: the test digits")
    return figure
