"""A small transformer in scalars: one layer, four heads, sixteen numbers a token, 27 letters.

It is what a learner writes with lists, and reads from top to bottom: a token's and its place's
embedding, attention to the tokens so far, a perceptron, and a guess of the next token. The code
is generic over the class of its scalars, and over how their sums are spelt: ``IN_GLASSGRAD`` by
the functions of the package, ``WRITTEN_OUT`` by ``+`` and ``*`` alone, which any engine
understands that has operators. Source: Radford et al., "Language models are unsupervised
multitask learners", 2019, with the norm of Zhang and Sennrich, "Root mean square layer
normalization", 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from types import SimpleNamespace
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Value
from benchmarks.problems import Array

LETTERS = ".abcdefghijklmnopqrstuvwxyz"
WIDTH, HEADS, HIDDEN, PLACES = 16, 4, 64, 8
PER_HEAD = WIDTH // HEADS
TINY = 1e-5
SHAPES = {
    "wte": (len(LETTERS), WIDTH),
    "wpe": (PLACES, WIDTH),
    "wq": (WIDTH, WIDTH),
    "wk": (WIDTH, WIDTH),
    "wv": (WIDTH, WIDTH),
    "wo": (WIDTH, WIDTH),
    "w1": (HIDDEN, WIDTH),
    "w2": (WIDTH, HIDDEN),
    "head": (len(LETTERS), WIDTH),
}
WORD = [LETTERS.index(letter) for letter in ".olivia."]
TOKENS, TARGETS = WORD[:-1], WORD[1:]

Matrix = list[list[Any]]
Spelling = Any  # has dot, sum, softmax, cross_entropy and relu


def _dot(left: Sequence[Any], right: Sequence[Any]) -> Any:
    return reduce(add, [a * b for a, b in zip(left, right, strict=True)])


def _softmax(values: Sequence[Any]) -> list[Any]:
    exponentials = [x.exp() for x in values]
    whole = reduce(add, exponentials)
    return [x / whole for x in exponentials]


def _cross_entropy(logits: Sequence[Any], target: int) -> Any:
    return reduce(add, [x.exp() for x in logits]).log() - logits[target]


IN_GLASSGRAD: Spelling = SimpleNamespace(
    dot=autograd.dot,
    sum=autograd.sum,
    softmax=autograd.softmax,
    cross_entropy=nn.cross_entropy,
    relu=autograd.relu,
)
WRITTEN_OUT: Spelling = SimpleNamespace(
    dot=_dot,
    sum=lambda values: reduce(add, values),
    softmax=_softmax,
    cross_entropy=_cross_entropy,
    relu=autograd.relu,
)


def arrays(seed: int = 0) -> dict[str, Array]:
    """The weights to start from, a matrix for each name, the same for every engine."""
    random = np.random.default_rng(seed)
    return {name: random.normal(0.0, 0.2, shape) for name, shape in SHAPES.items()}


def parameters(scalar: Callable[..., Any] = Value, seed: int = 0) -> dict[str, Matrix]:
    """The same weights as scalars with names, such as wq[0,1]."""
    return {
        name: [
            [scalar(number, name=f"{name}[{i},{j}]") for j, number in enumerate(row)]
            for i, row in enumerate(matrix.tolist())
        ]
        for name, matrix in arrays(seed).items()
    }


class Transformer:
    """The network over scalars of one engine: ``weights`` as ``parameters()`` makes them."""

    def __init__(self, weights: dict[str, Matrix], spelling: Spelling = IN_GLASSGRAD) -> None:
        self.weights, self.spelling = weights, spelling

    def loss(self, tokens: Sequence[int] = TOKENS, targets: Sequence[int] = TARGETS) -> Any:
        """The mean over the places of -log of the probability given to the next token."""
        keys: Matrix = []
        values: Matrix = []
        losses = []
        for place, (token, target) in enumerate(zip(tokens, targets, strict=True)):
            logits = self.logits(token, place, keys, values)
            losses.append(self.spelling.cross_entropy(logits, target))
        return self.spelling.sum(losses) * (1.0 / len(losses))

    def logits(self, token: int, place: int, keys: Matrix, values: Matrix) -> list[Any]:
        """A score for each letter to come next; the token's key and value join those so far."""
        embedding = zip(self.weights["wte"][token], self.weights["wpe"][place], strict=True)
        x = [a + b for a, b in embedding]
        x = self.attention(x, keys, values)
        x = self.perceptron(x)
        return self.linear("head", x)

    def attention(self, x: list[Any], keys: Matrix, values: Matrix) -> list[Any]:
        """Each head looks at the tokens so far, and what it takes from them is added to x."""
        normed = self.rms_norm(x)
        query = self.linear("wq", normed)
        keys.append(self.linear("wk", normed))
        values.append(self.linear("wv", normed))
        taken: list[Any] = []
        for start in range(0, WIDTH, PER_HEAD):
            part = slice(start, start + PER_HEAD)
            scores = [self.spelling.dot(query[part], key[part]) * PER_HEAD**-0.5 for key in keys]
            shares = self.spelling.softmax(scores)
            for j in range(start, start + PER_HEAD):
                taken.append(self.spelling.dot(shares, [value[j] for value in values]))
        return [a + b for a, b in zip(x, self.linear("wo", taken), strict=True)]

    def perceptron(self, x: list[Any]) -> list[Any]:
        """One hidden layer of relu, its outputs added to x."""
        hidden = [self.spelling.relu(z) for z in self.linear("w1", self.rms_norm(x))]
        return [a + b for a, b in zip(x, self.linear("w2", hidden), strict=True)]

    def rms_norm(self, x: list[Any]) -> list[Any]:
        """x divided by the root of the mean of its squares."""
        scale = (self.spelling.dot(x, x) * (1.0 / len(x)) + TINY) ** -0.5
        return [a * scale for a in x]

    def linear(self, name: str, x: list[Any]) -> list[Any]:
        """A weighted sum of x for each row of the matrix."""
        return [self.spelling.dot(row, x) for row in self.weights[name]]
