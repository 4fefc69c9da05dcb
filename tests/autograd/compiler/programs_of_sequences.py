"""More programs as people write them: attention, convolutions, polynomials, matrices."""

from __future__ import annotations

import random
from typing import Any

import autograd
from tests.autograd.compiler.programs import (
    Program,
    batch,
    flat,
    layer,
    numbers,
    product,
    program,
    size,
    squares,
    values,
)


@program
def attention(r: random.Random) -> Program:
    """One or two heads, looking back or everywhere, with weights of their own or without."""
    length, heads, width = size(r, 6), r.choice((1, 2)), size(r, 4)
    causal, weighted = r.random() < 0.6, r.random() < 0.7
    whole = heads * width
    parts = [layer(r, whole, whole, name) for name in "QKV"]
    last = layer(r, whole, whole, "O")

    def head(q: Any, k: Any, v: Any, columns: range) -> list[list[Any]]:
        out = []
        for i in range(length):
            seen = range(i + 1) if causal else range(length)
            scores = [
                autograd.dot([q[i][c] for c in columns], [k[j][c] for c in columns]) * 0.5
                for j in seen
            ]
            shares = autograd.softmax(scores)
            out.append([autograd.dot(shares, [v[j][c] for j in seen]) for c in columns])
        return out

    def fn(x: Any) -> Any:
        q, k, v = ([part(row) for row in x] if weighted else x for part in parts)
        outs = [head(q, k, v, range(h * width, (h + 1) * width)) for h in range(heads)]
        rows = [[y for out in outs for y in out[i]] for i in range(length)]
        return squares([a + b for row, old in zip(rows, x, strict=True)
                        for a, b in zip(last(row), old, strict=True)])  # fmt: skip

    return fn, batch(r, lambda: (numbers(r, length, whole),))


@program
def attention_of_parameters(r: random.Random) -> Program:
    """The same over parameters alone: no example at all."""
    length, width = size(r, 6), size(r, 4)
    x, causal = values(r, "x", length, width), r.random() < 0.5

    def fn() -> Any:
        total = []
        for i in range(length):
            seen = range(i + 1) if causal else range(length)
            shares = autograd.softmax([autograd.dot(x[i], x[j]) for j in seen])
            total += [autograd.dot(shares, [x[j][c] for j in seen]) for c in range(width)]
        return squares(total)

    return fn, []


@program
def convolution(r: random.Random) -> Program:
    """A line of numbers, several channels in and out, a stride, a window."""
    channels, filters, window = size(r, 3), size(r, 3), size(r, 3)
    stride, steps = size(r, 3), size(r, 4)
    length = window + stride * (steps - 1)
    w, b = values(r, "w", filters, channels, window), values(r, "b", filters)
    activation, way = r.choice(("tanh", "relu", "exp")), r.random()

    def fn(x: Any) -> Any:
        out = []
        for f in range(filters):
            for t in range(steps):
                seen = [x[c][t * stride + u] for c in range(channels) for u in range(window)]
                total = product(random.Random(way), flat(w[f]), seen, b[f])
                out.append(getattr(total, activation)())
        return squares(out)

    return fn, batch(r, lambda: (numbers(r, channels, length),))


@program
def image(r: random.Random) -> Program:
    """A convolution of two dimensions, and a maximum or a mean over small squares."""
    side, window = r.randint(2, 5), r.randint(1, 2)
    filters, pooled = size(r, 3), r.random() < 0.5
    w = values(r, "w", filters, window, window)
    places = side - window + 1

    def fn(x: Any) -> Any:
        out = []
        for f in range(filters):
            grid = [
                [
                    sum(w[f][a][b] * x[i + a][j + b] for a in range(window) for b in range(window))
                    for j in range(places)
                ]
                for i in range(places)
            ]
            if pooled and places > 1:
                for i in range(places - 1):
                    low = autograd.maximum(grid[i][0], grid[i + 1][0])
                    out.append(autograd.maximum(low, autograd.maximum(grid[i][1], grid[i + 1][1])))
            else:
                out += flat(grid)
        return squares(out)

    return fn, batch(r, lambda: (numbers(r, side, side),))


@program
def matrices(r: random.Random) -> Program:
    """A product of two matrices, each given, of parameters or transposed; then a power of it."""
    a, b, c = size(r), size(r), size(r)
    own, turned, way = r.random() < 0.4, r.random() < 0.5, r.random()
    w = values(r, "w", b, c)
    kept = values(r, "k", c, a)

    def fn(x: Any, y: Any) -> Any:
        right = w if own else y
        columns = [[right[j][k] for j in range(b)] for k in range(c)]
        z = [[product(random.Random(way), row, column) for column in columns] for row in x]
        if turned:
            z = [[z[i][k] for i in range(a)] for k in range(c)]
            return autograd.dot(flat(z), flat(kept))
        again = [[autograd.dot(p, q) for q in z] for p in z]
        return squares(again) * 0.1 + autograd.sum(flat(kept))

    return fn, batch(r, lambda: (numbers(r, a, b), numbers(r, b, c)))


@program
def polynomial(r: random.Random) -> Program:
    """By powers or by Horner's rule, at many points that are numbers in the program."""
    degree, points = size(r, 5), r.randint(1, 12)
    c = values(r, "c", degree + 1)
    xs, horner = numbers(r, points), r.random() < 0.5
    given = r.random() < 0.5

    def at(x: Any) -> Any:
        if horner:
            total = c[-1]
            for one in reversed(c[:-1]):
                total = total * x + one
            return total
        return autograd.sum([one * x**i for i, one in enumerate(c)])

    def fn(extra: Any) -> Any:
        return squares([at(x) - x for x in (extra if given else xs)]) + extra[0] * 0.0

    return fn, batch(r, lambda: (numbers(r, points),))


@program
def windows(r: random.Random) -> Program:
    """Differences of neighbours, sums that run, and a signal that is read backwards."""
    length, lag = r.randint(2, 9), r.randint(1, 3)
    w = values(r, "w", length)

    def fn(x: Any) -> Any:
        change = [x[i + 1] * w[i] - x[i] for i in range(length - 1)]
        back = [a * b for a, b in zip(x, reversed(w), strict=True)]
        sums, total = [], 0.0
        for v in back:
            total = total + v
            sums.append(total)
        late = [x[max(i - lag, 0)] * sums[i] for i in range(length)]
        every = [v.tanh() for v in (change + late)[::lag]]
        return autograd.sum(every) + squares(change)

    return fn, batch(r, lambda: (numbers(r, length),))


@program
def distances(r: random.Random) -> Program:
    """Each point to each centre: squared, by hypot or by logsumexp; and the nearest of them."""
    points, centres, width = size(r), size(r), size(r, 4)
    c, way = values(r, "c", centres, width), r.choice(("square", "hypot", "soft", "prod"))

    def fn(x: Any) -> Any:
        out = []
        for row in x:
            gaps = [[a - b for a, b in zip(row, centre, strict=True)] for centre in c]
            if way == "hypot":
                out += [autograd.hypot(*gap) for gap in gaps]
            elif way == "prod":
                out += [autograd.prod([g + 1.5 for g in gap]) for gap in gaps]
            else:
                squared = [squares(gap) for gap in gaps]
                out += squared if way == "square" else [autograd.logsumexp([-s for s in squared])]
        return autograd.mean(out) * 2.0

    return fn, batch(r, lambda: (numbers(r, points, width),))
