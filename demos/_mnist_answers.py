"""The lab's questions, answered in words by the numbers that came out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from statistics import mean

import numpy as np

import nn
from demos._mnist_training import NONE, Lab, NotTrainedError, Result

Flows = Mapping[str, nn.GradientFlow]


def answers(lab: Lab, exam: Lab, flows: Flows) -> Iterator[tuple[str, str]]:
    """Each question with its answer, or with what was not trained that it would need."""
    questions: dict[str, Callable[[], str]] = {
        "Does the activation matter?": lambda: on_activation(lab),
        "Are two or three layers needed?": lambda: on_layers(exam),
        "What happens as depth grows?": lambda: on_depth(lab, flows),
        "What overfits?": lambda: on_overfitting(lab),
        "What helps against it?": lambda: on_remedies(lab),
    }
    for question, answer in questions.items():
        try:
            yield question, answer()
        except NotTrainedError as error:
            yield question, f"No answer: what was not trained is a network of {error}."


# --- comparing ------------------------------------------------------------------------------------


def more_than_chance(one: Result, other: Result) -> bool:
    """Whether two networks differ on the test digits by more than luck with these digits.

    Only digits that one of them alone reads right can tell. If luck decides each of n like a coin,
    the difference stays below 2 sqrt(n) in 95 of 100 cases. Source: McNemar 1947.
    """
    gained, lost = int((one.right & ~other.right).sum()), int((other.right & ~one.right).sum())
    return abs(gained - lost) > 2.0 * math.sqrt(gained + lost)


def compared(one: Result, other: Result) -> str:
    """How many points lie between two networks on the test digits, and whether that is luck."""
    chance = "more than chance" if more_than_chance(one, other) else "which may be chance"
    return f"{100.0 * abs(one.test - other.test):.1f} points, {chance}"


def by_test(result: Result) -> float:
    return result.test


# --- the questions --------------------------------------------------------------------------------


def on_activation(lab: Lab) -> str:
    nets = [lab.result(2, name) for name in ("relu", "tanh", "sigmoid")]
    none, one = lab.result(2, NONE), lab.result(1, NONE)
    best, worst = max(nets, key=by_test), min(nets, key=by_test)
    listed = ", ".join(f"{result.activation} {result.test:.1%}" for result in nets)
    matters = best.test > none.test and more_than_chance(best, none)
    return (
        f"{best.network} reads of the test digits right: {listed}; {none.test:.1%} without "
        f"activation. That there is one {'matters' if matters else 'has not shown to matter'}: "
        f"between {best.activation} and none lie {compared(best, none)}. Which one it is: between "
        f"{best.activation} and {worst.activation} lie {compared(best, worst)}.\n"
        "Without activation two layers are one, W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2): "
        f"the outputs of that one layer differ by at most {as_one_layer(none.model, lab):.0e}. "
        f"Trained as one layer in the first place, it gets {one.test:.1%}."
    )


def as_one_layer(model: nn.MLP, lab: Lab) -> float:
    """The largest difference of outputs between layers without activation and their product."""
    product, offset = np.eye(model.n_inputs), np.zeros(model.n_inputs)
    for layer in model.layers:
        weights = np.array([[w.data for w in neuron.w] for neuron in layer.neurons])
        biases = np.array([neuron.b.data for neuron in layer.neurons])
        product, offset = weights @ product, weights @ offset + biases
    X = lab.test[0]
    return float(np.abs(X @ product.T + offset - model.predict(X)).max())


def on_layers(exam: Lab) -> str:
    by_depth = {
        layers: [by_test(r) for key, r in exam.results.items() if key[0] == layers]
        for layers in (1, 2, 3)
    }
    names = {1: "One layer", 2: "Two", 3: "Three"}
    if missing := [layers for layers, shares in by_depth.items() if not shares]:
        raise NotTrainedError(f"{names[missing[0]].lower()} in the exam")
    said = []
    for layers, shares in by_depth.items():
        listed = ", ".join(f"{share:.1%}" for share in shares)
        line = f"{names[layers]}: {listed} right, one number a seed"
        fewer = by_depth.get(layers - 1)
        if fewer is not None:
            gain = 100.0 * (mean(shares) - mean(fewer))
            verdict = (
                "needed for that: its worst seed beats the best with a layer less"
                if min(shares) > max(fewer)
                else "not needed: not every seed beats the best with a layer less"
            )
            line += f"; {gain:+.1f} points on average, {verdict}"
        said.append(line + ".")
    digits = f"{len(exam.training[1]):,} digits to learn from"
    return "\n".join([f"With {digits}, on {len(exam.test[1]):,} never seen:", *said])


def on_depth(lab: Lab, flows: Flows) -> str:
    deepest = max((layers for layers, _, _ in lab.results), default=0)
    said = []
    for activation in ("relu", "sigmoid"):
        trained = {layers: lab.result(layers, activation) for layers in (2, 3, max(deepest, 4))}
        listed = ", ".join(
            f"{layers} layers {result.test:.1%}" for layers, result in trained.items()
        )
        last = trained[max(trained)]
        verdict = "the deepest is not the best"
        if last.test < 0.2:
            verdict = "the deepest has learnt next to nothing, where guessing gets 10%"
        elif last.test == max(map(by_test, trained.values())):
            verdict = "the deepest is the best"
        said.append(f"With {activation}: {listed}; {verdict}.")
    for activation, flow in flows.items():
        per_weight = {
            name: mean(norms) / math.sqrt(flow.sizes[name])
            for name, norms in flow.gradient_norms.items()
        }
        ratio = per_weight[flow.layers[0]] / per_weight[flow.layers[-1]]
        found = "; ".join(flow.diagnosis()) or "nothing is wrong"
        said.append(
            f"In the first {len(flow.steps)} steps of the deepest with {activation}, a weight of "
            f"the first layer has {ratio:.1g} times the gradient of one of the last. Diagnosis: "
            f"{found}."
        )
    return "\n".join(said)


def on_overfitting(lab: Lab) -> str:
    one, two = lab.result(1, NONE), lab.result(2)
    plain = [result for result in lab.results.values() if not result.note]
    widest = max(plain, key=lambda result: result.gap)
    said = [
        f"With all digits to learn from, the largest gap is that of {widest.name}, "
        f"{100 * widest.gap:.1f} points: right on "
        f"{widest.training:.1%} of the training digits, on {widest.validation or 0.0:.1%} of those "
        f"held out. With one layer it is {100 * one.gap:.1f}, with {two.name} {100 * two.gap:.1f}."
    ]
    if widest.gap < 0.01:
        said.append("None is above a point: nothing overfits yet; train for longer.")
    if perfect := [result.name for result in plain if result.training >= 0.9995]:
        said.append(f"100.0% of the training digits are learnt by: {', '.join(perfect)}.")
    losses, best = two.history["validation_loss"], two.history.best()
    turn = f"the validation loss is still falling in epoch {len(losses)}"
    if best < len(losses):
        turn = (
            f"the validation loss is least after epoch {best}, {losses[best - 1]:.3f}, and "
            f"{losses[-1]:.3f} after {len(losses)}, when the training loss is "
            f"{two.history['loss'][-1]:.3f}"
        )
    largest = two.largest
    said.append(f"With {two.name}, {turn}; max|w| goes from {largest[0]:.2f} to {largest[-1]:.2f}.")
    said += [
        f"With only {result.note} to learn from, the gap is {100 * result.gap:.1f} points."
        for result in lab.results.values()
        if result.note.endswith("digits")
    ]
    return "\n".join(said)


def on_remedies(lab: Lab) -> str:
    plain, said = lab.result(2), []
    for note in ("weight decay", "early stopping"):
        helped = lab.result(2, note=note)
        history = helped.history
        kept = history.best_epoch or len(history)
        better = "more" if helped.test > plain.test else "fewer"
        on_test = f"{better} test digits right by {compared(helped, plain)}"
        if helped.test == plain.test:
            on_test = "as many test digits right"
        how = f" (epoch {kept} of {len(history)} kept)" if history.best_epoch else ""
        said.append(
            f"{note.capitalize()}{how}: validation loss {history['validation_loss'][kept - 1]:.3f} "
            f"instead of {plain.history['validation_loss'][-1]:.3f}, gap {100 * helped.gap:.1f} "
            f"points instead of {100 * plain.gap:.1f}, max|w| {helped.largest[kept]:.2f} instead "
            f"of {plain.largest[-1]:.2f}; {on_test}."
        )
    return "\n".join(said)
