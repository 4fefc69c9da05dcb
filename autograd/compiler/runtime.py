"""Functions that a program calls where NumPy has none; their source stands above a program's own.

They have no annotations, which would need imports of their own there.
"""

# ruff: noqa: D103, ANN001, ANN202, ANN201
# mypy: disable-error-code="no-untyped-def"

import numpy as np


def cross_entropy(z, right, e, out):
    """-log softmax(z)[right] along the last axis of z. What is left in e is exp(z - max(z))."""
    top = np.maximum.reduce(z, axis=-1, keepdims=True)
    largest = z == top
    np.exp(np.subtract(z, top, out=e), out=e)
    # the largest is left out of the sum, so that log1p keeps the digits of the others
    np.copyto(e, 0.0, where=largest)
    rest = np.add.reduce(e, axis=-1) + (np.add.reduce(largest, axis=-1, dtype=z.dtype) - 1.0)
    np.copyto(e, 1.0, where=largest)
    return np.add(np.log1p(rest), top[..., 0] - picked(z, right), out=out)


def cross_entropy_pullback(g, right, e, out):
    """(softmax(z) - 1 at right) times g, from the e of cross_entropy."""
    np.multiply(e, (g / np.add.reduce(e, axis=-1))[..., None], out=out)
    rows = out.reshape(-1, out.shape[-1])
    places = np.broadcast_to(right, e.shape[:-1]).ravel().astype(np.intp)
    rows[np.arange(len(rows)), places] -= np.broadcast_to(g, e.shape[:-1]).ravel()
    return out


def picked(table, index):
    """table[..., index] along the last axis; nan for an index that is no place in it."""
    shape = np.broadcast_shapes(np.shape(index), table.shape[:-1])
    place = np.asarray(index).astype(np.intp)
    valid = (place == index) & (place >= 0) & (place < table.shape[-1])
    place = np.broadcast_to(np.where(valid, place, 0), shape)
    found = np.broadcast_to(table, (*shape, table.shape[-1]))
    if found.ndim == 1:
        chosen = found[place]
    elif found.ndim == 2:
        chosen = found[np.arange(len(found)), place]
    else:
        chosen = np.take_along_axis(found, place[..., None], axis=-1)[..., 0]
    return chosen if np.all(valid) else np.where(valid, chosen, np.nan)


def picked_pullback(g, index, out, over_examples):
    """g where picked took from, in an array like its table, and 0 elsewhere."""
    out.fill(0.0)
    place = np.asarray(index).astype(np.intp)
    g = np.asarray(g)
    shape = np.broadcast_shapes(g.shape, place.shape)
    table = out[None] if over_examples else out
    where = [np.broadcast_to(np.minimum(axis, length - 1), shape)
             for axis, length in zip(np.indices(shape, sparse=True), table.shape[:-1])]  # fmt: skip
    np.add.at(table, (*where, np.broadcast_to(place, shape)), np.broadcast_to(g, shape))
    return out


def scatter(out, places, g, examples):
    """Add g to the elements of out at flat places, which may repeat."""
    if not examples:
        shape = np.broadcast_to(g, places.shape).ravel()
        out.reshape(-1)[...] += np.bincount(places.ravel(), shape, out.size).astype(out.dtype)
        return
    flat = out.reshape(len(out), -1)
    order = np.argsort(places.ravel(), kind="stable")
    at = places.ravel()[order]
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    g = np.broadcast_to(g, (len(out), *places.shape)).reshape(len(out), -1)
    flat[:, at[starts]] += np.add.reduceat(g[:, order], starts, axis=1)
