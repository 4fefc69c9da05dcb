"""A transformer in scalar lists reads a thousand first names, letter by letter, and invents more.

What to look for: each of the 4,096 weights is one Value, and a name's loss is a graph of tens of
thousands of them; compiled, fifty names are a step of some milliseconds. The loss falls well below
that of a table of letter pairs, on names held back as well: it has learnt more than which letter
follows which. Where the two curves in gpt.png part, it learns the list by heart. A few of the names
it invents are among those held back, which it has never read.

Sources: Radford et al., "Language models are unsupervised multitask learners", 2019; the norm of
Zhang and Sennrich, "Root mean square layer normalization", 2019.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

import autograd
import nn
from autograd import Value
from autograd.core.graph import topological_order

LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # a point stands before and after each name
PLACES, WIDTH, HEADS, HIDDEN = 10, 16, 4, 64
PER_HEAD = WIDTH // HEADS
BATCH, HELD_BACK = 50, 112
SHOWN = "matilda"

Array = NDArray[np.int64]
Row = list[Any]  # of numbers: Values, or what stands for them while a function is compiled
Rows = list[list[Any]]


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    text = Path(__file__).with_name("names.txt").read_text(encoding="utf-8")
    shuffled = np.random.default_rng(0).permutation(text.split()).tolist()
    held_back, names = shuffled[:HELD_BACK], shuffled[HELD_BACK:]
    model = GPT()
    print(model.summary(), "\n")
    loss = compiled_loss(model)
    started = time.perf_counter()
    loss.value_and_grad(loss.theta, *encode(names[:BATCH]))
    print(f"The loss and its gradient compiled in {time.perf_counter() - started:.2f} s.\n")

    both = (names, held_back)
    rows = {
        "all letters alike": [math.log(len(LETTERS)) for _ in both],
        "letter pairs, counted": [by_pairs(names, some) for some in both],
        "before training": [a_letter(loss, some) for some in both],
    }
    history = train(loss, names, held_back, epochs=5 if quick else 50)
    rows["after training"] = [a_letter(loss, some) for some in both]
    print("\nLoss a letter, in nats (as unsure as among so many letters):")
    print(f"  {'':<24} {len(names):,} names    {len(held_back)} held back")
    for what, losses in rows.items():
        print(f"  {what:<24}" + "   ".join(f" {x:.3f} ({math.exp(x):4.1f})" for x in losses))

    show_names(invent(model, 1000 if quick else 5000), names, held_back)
    show_graph(model, loss)
    return [picture(folder / "gpt.png", model, history, rows["letter pairs, counted"][1])]


class Weights(nn.Module):
    """Rows of Values; called, it gives a weighted sum of ``x`` for each row."""

    def __init__(self, name: str, shape: tuple[int, int], size: float, random: Any) -> None:
        numbers = random.normal(0.0, size, shape).tolist()
        self.rows = [
            [Value(x, name=f"{name}[{i},{j}]") for j, x in enumerate(row)]
            for i, row in enumerate(numbers)
        ]

    def __call__(self, x: Row) -> Row:
        """One number for each row."""
        return [autograd.dot(row, x) for row in self.rows]

    def __repr__(self) -> str:
        return f"{len(self.rows)} rows of {len(self.rows[0])}"


class GPT(nn.Module):
    """One layer of attention, and one of relu: it scores which letter comes next."""

    def __init__(self, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        even = WIDTH**-0.5  # sums of WIDTH numbers come out as large as those
        self.letter = Weights("letter", (len(LETTERS), WIDTH), 0.3, random)
        self.place = Weights("place", (PLACES, WIDTH), 0.3, random)
        self.query = Weights("query", (WIDTH, WIDTH), even, random)
        self.key = Weights("key", (WIDTH, WIDTH), even, random)
        self.value = Weights("value", (WIDTH, WIDTH), even, random)
        # what is added to x, and the scores, begin small: it has no opinions yet
        self.mix = Weights("mix", (WIDTH, WIDTH), 0.1, random)
        self.hidden = Weights("hidden", (HIDDEN, WIDTH), even, random)
        self.back = Weights("back", (WIDTH, HIDDEN), 0.05, random)
        self.head = Weights("head", (len(LETTERS), WIDTH), 0.1, random)

    def __call__(self, tokens: Sequence[Any], looks: list[Rows] | None = None) -> Rows:
        """27 scores (logits) for each of up to PLACES letters, given as numbers: what comes next.

        ``looks`` collects the shares of attention: a row for each head at each place.
        """
        keys: Rows = []
        values: Rows = []
        scores = []
        columns = list(zip(*self.letter.rows, strict=True))
        # from left to right, so that a place finds the keys and values of those before it
        for token, place in zip(tokens, self.place.rows, strict=False):
            x = add([autograd.choose(token, column) for column in columns], place)
            normed = rms_norm(x)
            keys.append(self.key(normed))
            values.append(self.value(normed))
            taken, shares = attention(self.query(normed), keys, values)
            x = add(x, self.mix(taken))
            x = add(x, self.back([autograd.relu(z) for z in self.hidden(rms_norm(x))]))
            scores.append(self.head(rms_norm(x)))
            if looks is not None:
                looks.append(shares)
        return scores


def add(x: Row, y: Row) -> Row:
    return [a + b for a, b in zip(x, y, strict=True)]


def rms_norm(x: Row) -> Row:
    """x divided by the root of the mean of its squares: its size goes, its direction stays."""
    scale = (autograd.dot(x, x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


def attention(query: Row, keys: Rows, values: Rows) -> tuple[Row, Rows]:
    """What the heads take from the places so far, side by side, and their shares of each place.

    The better a place's key fits the query, the larger its share, and a head takes the mean of
    the values by these shares. Each head has a part of its own of all three vectors.
    """
    taken: Row = []
    shares_of_heads = []
    for start in range(0, WIDTH, PER_HEAD):
        part = slice(start, start + PER_HEAD)
        fits = [autograd.dot(query[part], key[part]) * PER_HEAD**-0.5 for key in keys]
        shares = autograd.softmax(fits)
        for numbers in zip(*[value[part] for value in values], strict=True):
            taken.append(autograd.dot(shares, numbers))
        shares_of_heads.append(shares)
    return taken, shares_of_heads


def compiled_loss(model: GPT) -> Any:
    """-log of the probability that the model gives to a whole name, as a compiled function."""

    @autograd.compile
    def loss(tokens: Row, targets: Row, real: Row) -> Any:
        # what is past a name's end counts 0, and no place looks ahead: one program of PLACES
        # places does for names of any length
        pairs = zip(model(tokens), targets, strict=True)
        return autograd.dot(real, [nn.cross_entropy(scores, target) for scores, target in pairs])

    return loss


def encode(names: Sequence[str], n_places: int = PLACES) -> tuple[Array, Array, Array]:
    """Arrays (n_names, n_places): letters as numbers, the letter that is next, 1 where one is."""
    tokens, targets, real = np.zeros((3, len(names), n_places), dtype=int)
    for i, name in enumerate(names):
        n = len(name)
        tokens[i, 1 : n + 1] = targets[i, :n] = [LETTERS.index(letter) for letter in name]
        real[i, : n + 1] = 1  # that the name ends is to be guessed as well
    return tokens, targets, real


def train(loss: Any, names: list[str], held_back: list[str], epochs: int) -> nn.History:
    """AdamW on batches of names, until done or Ctrl-C: the losses a letter, in nats."""
    random = np.random.default_rng(0)
    optimizer = nn.AdamW(lr=nn.optim.Cosine(0.01, epochs), betas=(0.9, 0.99), weight_decay=1.0)
    arrays, theta, rows = encode(names), loss.theta, []
    started, steps = time.perf_counter(), 0
    try:
        for epoch in range(1, epochs + 1):
            order, total = random.permutation(len(names)), 0.0
            for start in range(0, len(names), BATCH):
                batch = order[start : start + BATCH]
                value, gradient = loss.value_and_grad(theta, *[a[batch] for a in arrays])
                theta = optimizer.update(theta, gradient)
                optimizer.epoch += len(batch) / len(names)
                total, steps = total + value * len(batch), steps + 1
            loss.theta = theta  # into the model's Values
            rows.append((total / arrays[2].sum(), a_letter(loss, held_back)))
            if epoch % 5 == 0:
                left = (time.perf_counter() - started) * (epochs / epoch - 1)
                figures = "loss {:.3f}, held back {:.3f}".format(*rows[-1])
                print(f"step {steps:5,}  {figures}, {left:.0f} s left")
    except KeyboardInterrupt:
        print("Stopped by Ctrl-C; what it has learnt so far is kept.")
        loss.theta = theta
    return nn.History({"loss": [r[0] for r in rows], "validation_loss": [r[1] for r in rows]})


def a_letter(loss: Any, names: Sequence[str]) -> float:
    """The loss a letter, the end of a name counted as one, over all these names."""
    arrays = encode(names)
    return float(loss.map(*arrays).sum() / arrays[2].sum())


def by_pairs(names: Sequence[str], others: Sequence[str]) -> float:
    """The loss a letter of the others, by how often which letter follows which in the names."""
    counts = np.full((len(LETTERS), len(LETTERS)), 0.5)  # not 0: no pair is impossible
    tokens, targets, real = encode(names)
    np.add.at(counts, (tokens, targets), real)
    shares = counts / counts.sum(axis=1, keepdims=True)
    tokens, targets, real = encode(others)
    return float(-(real * np.log(shares[tokens, targets])).sum() / real.sum())


def invent(model: GPT, n: int, temperature: float = 0.7, seed: int = 1) -> list[str]:
    """n names, drawn letter by letter; a temperature below 1 keeps to what is likely."""
    random = np.random.default_rng(seed)
    scores = autograd.compile(lambda tokens: [score for row in model(tokens) for score in row])
    tokens = np.zeros((n, PLACES + 1), dtype=int)
    for place in range(PLACES):
        next_scores = scores.map(tokens[:, :PLACES]).reshape(n, PLACES, -1)[:, place]
        if place == 0:
            next_scores[:, 0] = -np.inf  # a name has a letter at least
        # the largest after this noise is a draw by the softmax (Gumbel 1954)
        noise = random.gumbel(size=next_scores.shape)
        tokens[:, place + 1] = np.argmax(next_scores + temperature * noise, axis=1)
    lines = ["".join(LETTERS[token] for token in row[1:]) for row in tokens]
    return [line.partition(".")[0] for line in lines]


def show_names(invented: Sequence[str], names: Sequence[str], held_back: Sequence[str]) -> None:
    print("\nIt invents names (* is not in the list it has read):\n")
    for start in range(0, 20, 5):
        row = [name + " *" * (name not in names) for name in invented[start : start + 5]]
        print("  " + "".join(f"{name:<14}" for name in row).rstrip())
    new = set(invented) - set(names)
    hit = [name for name in held_back if name in new]
    print(f"\nOut of {len(invented):,}, {len(new):,} different ones are not in the list. Of the")
    print(f"names held back, which it never read, it hits {len(hit)}: {', '.join(hit[:9]) or '-'}")


def show_graph(model: GPT, loss: Any) -> None:
    """A two-letter name's graph against the compiled program, and one derivative as paths."""
    graph = loss(*[array[0] for array in encode(["al"], n_places=3)])
    model.zero_grad()
    graph.backward()
    value, gradient = loss.value_and_grad(loss.theta, *encode(["al"]))
    furthest = abs(gradient - [p.grad for p in loss.parameters]).max()
    n_nodes = len(topological_order(graph))
    print(f"\nThe loss of 'al' is {graph.data:.12f}, a graph of {n_nodes:,} Values.")
    print(f"Compiled for {PLACES} places it is {value:.12f}, and its {len(gradient):,} derivatives")
    why = autograd.explain(graph, model.letter.rows[1][0], top=1)
    print(f"agree to {furthest:.0e}. The one by {why.wrt.name}, a number of the letter a, is")
    print(f"{why.total:.3f}, a sum over {why.n_paths:.1e} paths: all the ways from it to the loss.")


def picture(path: Path, model: GPT, history: nn.History, pairs_loss: float) -> Path:
    looks: list[Rows] = []
    tokens = encode([SHOWN])[0][0, : len(SHOWN) + 1]
    scores = model(tokens.tolist(), looks)  # on Values: every number on the way can be looked at
    panels: list[Any] = [["curves", "curves", "next", "next"], list(range(HEADS))]
    figure, ax = plt.subplot_mosaic(panels, figsize=(13.0, 8.5), layout="constrained")
    curves, following = nn.plots.learning_curves(history, ax=ax["curves"]), ax["next"]
    curves.axhline(pairs_loss, color="grey", linestyle=":", label="validation loss of letter pairs")
    curves.set(ylabel="loss a letter, in nats", title="the loss (validation: names held back)")
    curves.legend(fontsize=9)
    heat_map(following, [autograd.softmax(row) for row in scores], LETTERS)
    columns = [LETTERS.index(letter) for letter in SHOWN + "."]
    following.plot(columns, range(len(columns)), "s", color="#d55e00", mfc="none", ms=13)
    following.set_title("the next letter, after each row (framed: the one in the name)")
    for head in range(HEADS):
        heat_map(ax[head], [shares[head] for shares in looks], "." + SHOWN)
        ax[head].set_title(f"head {head + 1}: what each row looks at")
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def heat_map(ax: Any, shares: Rows, columns: str) -> None:
    """A row for each letter of the shown name, read from above; dark is a share of 1."""
    numbers = [[p.data for p in row] + [np.nan] * (len(columns) - len(row)) for row in shares]
    ax.imshow(numbers, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    ax.set_xticks(range(len(columns)), list(columns))
    ax.set_yticks(range(len(shares)), list("." + SHOWN))


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["gpt"])
