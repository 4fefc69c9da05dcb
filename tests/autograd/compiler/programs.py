"""Programs as people write them, of random sizes and in random ways to write the same.

Each takes a random generator and gives a function of one example, and some examples for it. Sizes
run from 1 to 7, so that axes of length 1 and sizes that are equal by chance occur.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

import autograd
from autograd import Value

Example = tuple[Any, ...]
Program = tuple[Callable[..., Any], list[Example]]
PROGRAMS: dict[str, Callable[[random.Random], Program]] = {}
ACTIVATIONS = ("tanh", "relu", "sigmoid", "gelu", "softplus", "exp", "elu", "silu")


def program(make: Callable[[random.Random], Program]) -> Callable[[random.Random], Program]:
    """Note a maker of programs under its name."""
    PROGRAMS[make.__name__] = make
    return make


# --- parts ----------------------------------------------------------------------------------------


def size(r: random.Random, most: int = 7) -> int:
    return r.randint(1, most)


def numbers(r: random.Random, *shape: int) -> Any:
    """Nested lists of numbers between -2 and 2."""
    if not shape:
        return round(r.uniform(-2.0, 2.0), 3)
    return [numbers(r, *shape[1:]) for _ in range(shape[0])]


def values(r: random.Random, name: str, *shape: int) -> Any:
    """Nested lists of parameters, some with names."""
    named = r.random() < 0.7
    if not shape:
        return Value(numbers(r), name=name if named else "")
    return [values(r, f"{name}[{i}]", *shape[1:]) for i in range(shape[0])]


def flat(x: Any) -> list[Any]:
    return [y for item in x for y in flat(item)] if isinstance(x, list) else [x]


def batch(r: random.Random, make: Callable[[], Example]) -> list[Example]:
    return [make() for _ in range(r.choice((1, 2, 3, 5)))]


def product(r: random.Random, w: Sequence[Any], x: Sequence[Any], b: Any = None) -> Any:
    """A neuron's sum, in one of the ways to write it."""
    way = r.choice(("dot", "sum", "chain", "n-ary", "bias first"))
    terms = [wi * xi if r.random() < 0.8 else xi * wi for wi, xi in zip(w, x, strict=True)]
    if way == "dot":
        total = autograd.dot(w, x)
    elif way == "sum":
        return sum(terms, b) if b is not None else sum(terms)
    elif way == "n-ary":
        return autograd.sum([*terms, b] if b is not None else terms)
    elif way == "bias first" and b is not None:
        return autograd.sum([b, *terms])
    else:
        total = terms[0]
        for term in terms[1:]:
            total = total + term
    return total if b is None else total + b if r.random() < 0.7 else b + total


def layer(r: random.Random, k: int, m: int, name: str = "W") -> Callable[[list[Any]], list[Any]]:
    """A dense layer; its weights by rows or by columns, and with a bias or without."""
    by_rows, bias, seed = r.random() < 0.6, r.random() < 0.8, r.random()
    w = values(r, name, m, k) if by_rows else values(r, name, k, m)
    b = values(r, f"b{name}", m) if bias else [None] * m
    activation = r.choice((*ACTIVATIONS, ""))

    def run(x: list[Any]) -> list[Any]:
        same = random.Random(seed)
        way = same.random()
        outputs = []
        for i in range(m):
            row = w[i] if by_rows else [w[j][i] for j in range(k)]
            outputs.append(product(random.Random(way), row, x, b[i]))
        return [getattr(o, activation)() for o in outputs] if activation else outputs

    return run


def squares(x: Any) -> Any:
    return autograd.sum([v * v for v in flat(x)])


# --- networks -------------------------------------------------------------------------------------


@program
def dense(r: random.Random) -> Program:
    widths = [size(r) for _ in range(r.randint(2, 4))]
    layers = [layer(r, a, b, f"W{i}") for i, (a, b) in enumerate(itertools.pairwise(widths))]
    residual = r.random() < 0.4

    def fn(x: Any, y: Any) -> Any:
        h = x
        for one in layers:
            out = one(h)
            fits = residual and len(out) == len(h)
            h = [a + b for a, b in zip(out, h, strict=True)] if fits else out
        return squares([a - b for a, b in zip(h, y, strict=True)])

    return fn, batch(r, lambda: (numbers(r, widths[0]), numbers(r, widths[-1])))


@program
def towers(r: random.Random) -> Program:
    """Two layers side by side, concatenated, and a third one; a part of the input passes by."""
    k, a, b, m = size(r), size(r), size(r), size(r)
    left, right = layer(r, k, a, "L"), layer(r, k, b, "R")
    passed = r.randint(0, k)
    last = layer(r, a + b + passed, m, "T")

    def fn(x: Any) -> Any:
        return squares(last([*left(x), *x[:passed], *right(x)]))

    return fn, batch(r, lambda: (numbers(r, k),))


@program
def norm(r: random.Random) -> Program:
    """Layer normalisation after a layer, with gain and bias; or the root mean square alone."""
    k, m = size(r), r.randint(2, 7)
    before, centred = layer(r, k, m), r.random() < 0.5
    gain, bias = values(r, "g", m), values(r, "b", m)
    power = r.choice((-0.5, 0.5))

    def fn(x: Any, y: Any) -> Any:
        h = before(x)
        if centred:
            middle = autograd.mean(h)
            h = [v - middle for v in h]
        variance = autograd.mean([v * v for v in h]) + 1e-3
        scale = variance**-0.5 if power < 0.0 else 1.0 / variance.sqrt()
        out = [g * v * scale + b for g, v, b in zip(gain, h, bias, strict=True)]
        return squares([o - t for o, t in zip(out, y, strict=True)])

    return fn, batch(r, lambda: (numbers(r, k), numbers(r, m)))


@program
def recurrent(r: random.Random) -> Program:
    k, m, steps = size(r, 4), size(r, 5), size(r, 6)
    from_input, from_state = layer(r, k, m, "U"), layer(r, m, m, "V")
    gated = r.random() < 0.5

    def fn(xs: Any) -> Any:
        h: list[Any] = [0.0] * m if r_start else list(start)
        for x in xs:
            new = [(a + b).tanh() for a, b in zip(from_input(x), from_state(h), strict=True)]
            if gated:
                gate = [v.sigmoid() for v in from_input(x)]
                new = [g * a + (1.0 - g) * b for g, a, b in zip(gate, new, h, strict=True)]
            h = new
        return squares(h)

    r_start, start = r.random() < 0.5, values(r, "h", m)
    return fn, batch(r, lambda: (numbers(r, steps, k),))


# --- classification -------------------------------------------------------------------------------


@program
def classes(r: random.Random) -> Program:
    """Cross-entropy of a fixed class, of a number that is given, or of soft targets."""
    k, m = size(r), r.randint(2, 7)
    scores = layer(r, k, m)
    way = r.choice(("fixed", "given", "soft", "picked", "log"))
    fixed = r.randrange(m)

    def fn(x: Any, target: Any) -> Any:
        z = scores(x)
        if way == "log":
            return -autograd.choose(target, autograd.log_softmax(z))
        if way == "soft":
            p = autograd.softmax([t * 1.0 for t in target])
            return -autograd.dot(p, autograd.log_softmax(z))
        right = z[fixed] if way == "fixed" else autograd.choose(target, z)
        if way == "picked":
            return autograd.logsumexp(z) - right
        return autograd.logsumexp([v - right for v in z])

    if way == "soft":
        return fn, batch(r, lambda: (numbers(r, k), numbers(r, m)))
    return fn, batch(r, lambda: (numbers(r, k), float(r.randrange(m))))


@program
def many_classes(r: random.Random) -> Program:
    """A class for each of several places: a language model's loss; some targets are static."""
    places, k, m = size(r), size(r), r.randint(2, 6)
    scores, given = layer(r, k, m), r.random() < 0.6
    fixed = [r.randrange(m) for _ in range(places)]

    def fn(x: Any, targets: Any) -> Any:
        losses = []
        for i, row in enumerate(x):
            z = scores(row)
            right = autograd.choose(targets[i], z) if given else z[fixed[i]]
            losses.append(autograd.logsumexp([v - right for v in z]))
        return autograd.mean(losses)

    def example() -> Example:
        return numbers(r, places, k), [float(r.randrange(m)) for _ in range(places)]

    return fn, batch(r, example)


@program
def embedding(r: random.Random) -> Program:
    """Rows of a table, by a token that is given or by a plain index; tokens repeat."""
    words, width, length = r.randint(2, 6), size(r, 5), size(r, 6)
    table, positions = values(r, "E", words, width), values(r, "P", length, width)
    fixed = [r.randrange(words) for _ in range(length)]
    way, last = r.choice(("given", "fixed", "both")), layer(r, width, 3)

    def look_up(token: Any) -> list[Any]:
        return [autograd.choose(token, [row[j] for row in table]) for j in range(width)]

    def fn(tokens: Any) -> Any:
        total = []
        for i in range(length):
            row = table[fixed[i]] if way == "fixed" else look_up(tokens[i])
            if way == "both":
                row = [a * b for a, b in zip(row, table[fixed[i]], strict=True)]
            total += last([a + b for a, b in zip(row, positions[i], strict=True)])
        return squares(total) + tokens[0] * 0.0

    return fn, batch(r, lambda: ([float(r.randrange(words)) for _ in range(length)],))
