"""Runtime functions that a program calls where NumPy has none; their source is in its prelude.

They have no annotations, which would need imports of their own there.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, var-annotated"

import numpy as np


def one_hot(index, k):
    """Which of k columns each index means; an index within 0.01 of a whole number means that."""
    right = np.equal(np.asarray(index)[..., None], np.arange(k))
    if np.count_nonzero(right) != np.size(index):
        right = np.abs(np.asarray(index)[..., None] - np.arange(k)) < 0.01
    return right


def cross_entropy(z, right, e):
    """-log softmax(z) where right is true, along the last axis; leaves exp(z - max(z)) in e."""
    top = np.maximum.reduce(z, axis=-1, keepdims=True)
    np.exp(np.subtract(z, top, out=e), out=e)
    below = np.less(z, top)
    # the largest is left out of the sum, so that log1p keeps the digits of the others
    rest = np.add.reduce(e, axis=-1, where=below)
    chosen = z[right].reshape(-1)
    alone = np.count_nonzero(below) == z.size - rest.size  # one is the largest, and no nan
    if not (alone and chosen.size == rest.size and np.abs(np.add.reduce(top, axis=None)) < np.inf):
        return careful_cross_entropy(z, right, e)
    return np.log1p(rest) + (top[..., 0] - chosen.reshape(rest.shape))


def careful_cross_entropy(z, right, e):
    """The same where largest ones tie, infinities meet, or an index is no column's."""
    rows, flat = z.reshape(-1, z.shape[-1]), e.reshape(-1, z.shape[-1])
    each = np.arange(len(rows))
    at = rows.argmax(axis=-1)
    top = rows[each, at]
    np.exp(np.subtract(rows, top[:, None], out=flat), out=flat)
    flat[each, at] = 0.0
    rest = np.log1p(np.add.reduce(flat, axis=-1))
    flat[each, at] = 1.0
    right = right.reshape(rows.shape)
    chosen = np.where(right, rows, 0.0).sum(axis=-1)
    chosen[~right.any(axis=-1)] = np.nan
    above = top - chosen
    loss = rest + above
    strange = np.isnan(loss)
    if strange.any():  # equal infinities share; where the loss is nan, its derivatives are as well
        far, high = rows[strange], top[strange, None]
        shares = np.exp(np.where(far == high, 0.0, far - high))
        loss[strange] = np.log(np.add.reduce(shares, axis=-1)) + above[strange]
        flat[strange] = np.where(np.isnan(loss[strange])[:, None], np.nan, shares)
    return loss.reshape(z.shape[:-1])


def cross_entropy_pullback(g, right, e, out):
    """softmax(z) less one where right is true, times g, from the e of cross_entropy."""
    np.multiply(e, (g / np.add.reduce(e, axis=-1))[..., None], out=out)
    return np.subtract(out, np.asarray(g)[..., None], out=out, where=right)


def place_in(index, length):
    """The place that an index stands for, if it is whole to a hundredth; and whether it is one."""
    near = np.rint(index)
    valid = (np.abs(index - near) < 0.01) & (near >= 0.0) & (near < length)
    return np.where(valid, near, 0.0).astype(np.intp), valid


def picked(table, index):
    """table[..., index] along the last axis; nan for an index that is no place in it."""
    shape = np.broadcast_shapes(np.shape(index), table.shape[:-1])
    place, valid = place_in(index, table.shape[-1])
    place = np.broadcast_to(place, shape)
    found = np.broadcast_to(table, (*shape, table.shape[-1]))
    if found.ndim == 1:
        chosen = found[place]
    elif found.ndim == 2:
        chosen = found[np.arange(len(found)), place]
    else:
        chosen = np.take_along_axis(found, place[..., None], axis=-1)[..., 0]
    return chosen if np.all(valid) else np.where(valid, chosen, table.dtype.type(np.nan))


def picked_pullback(g, index, out, over_examples):
    """g where picked took from, in an array like its table, and 0 times g elsewhere."""
    out.fill(0.0)
    place, valid = place_in(index, out.shape[-1])
    ordinary = np.all(valid) and np.all(np.isfinite(g))
    one_each = np.shape(g) == place.shape == out.shape[:-1] and not over_examples
    if ordinary and one_each and out.ndim == 2:
        out[np.arange(len(out)), place] = g  # one place in each row, so there is nothing to add up
        return out
    table = out[None] if over_examples else out
    shape = np.broadcast_shapes(np.shape(g), place.shape)
    axes = zip(np.indices(shape, sparse=True), table.shape[:-1], strict=True)
    where = [np.broadcast_to(np.minimum(axis, length - 1), shape) for axis, length in axes]
    if ordinary:
        np.add.at(table, (*where, np.broadcast_to(place, shape)), np.broadcast_to(g, shape))
    else:
        chosen = (np.arange(out.shape[-1]) == place[..., None]) & valid[..., None]
        np.add.at(table, tuple(where), np.multiply(g, 1.0)[..., None] * chosen)
    return out


def summed_at(places, parts, size):
    """An array of so many elements: the sum of what the parts hold for each of the places."""
    if len(parts) == 1:
        return np.bincount(places, parts[0].reshape(-1), size)
    return np.bincount(places, np.concatenate([part.reshape(-1) for part in parts]), size)


def scatter(out, order, at, starts, g):
    """Add g, of shape (n, ...), to the columns of out, where it may have several for one.

    order sorts the elements of g by their columns at, and starts is where each column's begin.
    """
    flat = out.reshape(len(out), -1)
    flat[:, at] += np.add.reduceat(g.reshape(len(g), -1)[:, order], starts, axis=1)
