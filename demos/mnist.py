"""The lab: handwritten digits with one, two and three layers, and what overfits.

What to look for: in mnist_curves.png the training accuracy climbs to 100% where the validation
accuracy stays behind; that gap is what overfits. In mnist_weights.png a single layer shows what it
looks for in each digit. The answers to the lab's questions are printed below the table, and are
computed from it. With --all the same lab runs on all 70,000 digits of MNIST.
"""

from __future__ import annotations

import textwrap
import time
from dataclasses import replace
from pathlib import Path

import nn
from demos._mnist_answers import answers
from demos._mnist_pictures import draw
from demos._mnist_training import HEADER, NONE, Examples, Lab

# the hidden layers of networks with two layers, three, and many
TWO, THREE, DEEP = (128,), (128, 64), (64,) * 5
WEIGHT_DECAY, PATIENCE = 0.002, 3
SEEDS = (0, 1, 2)


def main(folder: Path, *, quick: bool = False, everything: bool = False) -> list[Path]:
    started = time.perf_counter()
    whole, test = (
        nn.data.mnist(dtype="float32") if everything else nn.data.digits(7 if quick else 28)
    )
    if quick:
        whole, test = first(whole, 1000), first(test, 300)
    # What is chosen must be chosen by digits that are neither learnt from nor tested with.
    held_out = len(whole[1]) // (6 if everything else 5)
    X, y = whole
    X, X_held_out, y, y_held_out = nn.data.train_test_split(X, y, test_size=held_out, seed=0)
    epochs, batch_size = (2, 32) if quick else (10, 64) if everything else (40, 32)
    lab = Lab((X, y), (X_held_out, y_held_out), test, epochs, batch_size)
    # the exam: nothing is left to choose, so that all digits can be learnt from
    exam = Lab(whole, None, test, epochs, batch_size)
    print(
        f"{len(y):,} digits to learn from, {len(y_held_out):,} to validate, {len(test[1]):,} to "
        f"test, loaded in {time.perf_counter() - started:.1f} s.\nThe gap is training less "
        f"validation accuracy (in the exam, less test accuracy), in points.\n\n{HEADER}"
    )
    flows: dict[str, nn.GradientFlow] = {}
    try:
        do_the_lab(lab, flows)
        print(f"\nThe exam: all {len(whole[1]):,} digits to learn from.\n{HEADER}")
        for seed in SEEDS[:1] if quick else SEEDS:
            for hidden in ((), TWO, THREE):
                exam.train(hidden, note=f"seed {seed}", seed=seed)
    except KeyboardInterrupt:
        print("\nInterrupted: what is trained so far is in the table.")
    for question, answer in answers(lab, exam, flows):
        print(f"\n{question}")
        for line in answer.splitlines():
            print(textwrap.fill(line, 92, initial_indent="  ", subsequent_indent="  "))
    print()
    return draw(folder, lab, exam, flows)


def first(examples: Examples, n: int) -> Examples:
    return examples[0][:n], examples[1][:n]


def do_the_lab(lab: Lab, flows: dict[str, nn.GradientFlow]) -> None:
    """Every network of the lab, the most telling first, for whoever interrupts it."""
    lab.train(())  # one layer: ten neurons, each for one digit
    for activation in ("relu", "tanh", "sigmoid", NONE):
        lab.train(TWO, activation)
    for activation in ("relu", "sigmoid"):
        lab.train(THREE, activation)
    for activation in ("relu", "sigmoid"):
        lab.train(DEEP, activation)
        flows[activation] = lab.watch_gradients(DEEP, activation)
    lab.train(TWO, note="weight decay", weight_decay=WEIGHT_DECAY)
    lab.train(TWO, note="early stopping", patience=PATIENCE)
    n = len(lab.training[1]) // 10
    replace(lab, training=first(lab.training, n)).train(TWO, note=f"{n:,} digits")


if __name__ == "__main__":
    import sys

    from demos.__main__ import main as run

    run(["mnist", *sys.argv[1:]])
