"""Matrix products, found among sums of products.

Each line of a group is a row of left factors times a column of right factors. Where the distinct
rows and the distinct columns have been multiplied each with each, the group is the product of two
matrices; where they fall into sets of that kind (the heads of an attention), of several. It takes
no knowledge of layers: a convolution written as loops, or a polynomial at many points, is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.groups import Group, Grouped, Places
from autograd.compiler.schedule import with_examples

# Below this much work for a matrix, many small products cost more than one multiplication of all.
_LEAST_WORK = 16
_FEW_PRODUCTS = 4
# A call costs about as much as this many products that are picked one by one.
_CALL = 400


def matrix_products(grouped: Grouped) -> Grouped:
    """The groups, those of products that are matrix products turned into such."""
    batched = with_examples(grouped.tape)
    found = [(g, None if _is_elementwise(g, batched) else _as_matrix(g)) for g in grouped.groups]
    scattered = _scattered([(g, m) for g, m in found if g.kind == "products"])
    return Grouped(
        grouped.tape, [m if m is not None and g not in scattered else g for g, m in found]
    )


def _is_elementwise(group: Group, batched: Sequence[bool]) -> bool:
    """Whether it is a few products that differ between examples on both sides: t*a + (1 - t)*b."""
    if len(group.lines) > 1 or group.n_products > _FEW_PRODUCTS:
        return False
    return all(batched[i] for i in group.operands[0, : 2 * group.n_products].tolist())


def _scattered(found: list[tuple[Group, Group | None]]) -> set[Group]:
    """Those that are better joined, with products of other lengths beside them, into segments."""
    families: dict[tuple[int, bool, int], list[tuple[Group, Group | None]]] = {}
    for g, m in found:
        families.setdefault((g.step, g.batched, g.terms.shape[1]), []).append((g, m))
    scattered = set()
    for members in families.values():
        work = sum(len(g.lines) * g.n_products for g, _ in members)
        narrow = all(m is None or (min(m.sizes[1:]) == 1 and m.sizes[0] > 1) for _, m in members)
        if len(members) > 2 and narrow and work < _CALL * 4 * len(members):
            scattered |= {g for g, _ in members}
    return scattered


def _as_matrix(group: Group) -> Group | None:
    """The group as a matrix product, or as several of one size; None if it is not."""
    if group.kind != "products" or group.n_products < 2:
        return None
    n = 2 * group.n_products
    left, right = group.operands[:, 0:n:2], group.operands[:, 1:n:2]
    rows, columns = _distinct(left), _distinct(right)
    if rows is None or columns is None:
        return None
    block = _blocks(rows, columns)
    if block is None:
        return None
    matrix, count = block
    n_rows, n_columns = (int(x.max() + 1) // count for x in (rows, columns))
    if count * n_rows * n_columns != len(group.lines):
        return None
    if n_rows == n_columns == 1 and (count > 1 or not group.batched):
        return None
    if count > 1 and n_rows * n_columns * group.n_products < _LEAST_WORK:
        return None
    return _ordered(group, matrix, rows, columns, (count, n_rows, n_columns))


def _distinct(rows: Places) -> NDArray[np.int64] | None:
    """For each row of places, the number of the first that is equal, counted without gaps.

    Rows are told apart by a random sum, and then compared: None if two sums agree by chance.
    """
    generator = np.random.default_rng(0)
    weights = generator.integers(1, 2**62, rows.shape[1], dtype=np.int64)
    sums = (rows * weights).sum(axis=1)  # in whole numbers, that wrap around
    _, first, inverse = np.unique(sums, return_index=True, return_inverse=True)
    inverse = inverse.ravel()
    if not (rows == rows[first[inverse]]).all():
        return None
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def _blocks(
    rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int] | None:
    """To which of several full blocks of rows x columns each line belongs, and how many there are.

    Rows that meet the same columns belong to one block. None if a block has a gap, or if they
    differ in size.
    """
    n_rows, n_columns = int(rows.max()) + 1, int(columns.max()) + 1
    if n_rows * n_columns == len(rows):
        full = np.zeros(len(rows), np.int64)
        return (full, 1) if len(np.unique(rows * n_columns + columns)) == len(rows) else None
    marks = np.random.default_rng(1).integers(1, 2**62, n_columns, dtype=np.int64)
    met = np.zeros(n_rows, np.int64)
    np.add.at(met, rows, marks[columns])
    block_of_row = _distinct(met[:, None])
    if block_of_row is None:
        return None
    block = block_of_row[rows]
    count = int(block.max()) + 1
    if n_rows % count or n_columns % count or len(rows) * count != n_rows * n_columns:
        return None
    pairs = len(np.unique(rows * n_columns + columns))
    shared = len(np.unique(block * n_columns + columns))
    sizes = np.bincount(block, minlength=count)
    even = (np.bincount(block_of_row, minlength=count) == n_rows // count).all()
    if pairs != len(rows) or shared != n_columns or not even or not (sizes == sizes[0]).all():
        return None
    return block, count


def _ordered(
    group: Group,
    block: NDArray[np.int64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    sizes: tuple[int, int, int],
) -> Group:
    """The lines in the order of the product's elements, and the factors that it is made from."""
    n = 2 * group.n_products
    # the first lines tell which way the user's loops run
    rows_first = bool(len(rows) < 2 or rows[0] == rows[1] or sizes[2] == 1)
    rows, columns = _within(rows, block, sizes[1]), _within(columns, block, sizes[2])
    keys = (columns, rows, block) if rows_first else (rows, columns, block)
    order = np.lexsort(keys)
    count, n_rows, n_columns = sizes
    shape = (count, n_rows, n_columns) if rows_first else (count, n_columns, n_rows)
    grid: Places = group.operands[order].reshape(*shape, -1)
    row_axis, column_axis = (1, 2) if rows_first else (2, 1)
    return replace(
        group,
        kind="matrix",
        lines=group.lines[order],
        operands=group.operands[order],
        sizes=sizes,
        rows_first=rows_first,
        left=grid.take([0], axis=column_axis).squeeze(column_axis)[..., 0:n:2],
        right=grid.take([0], axis=row_axis).squeeze(row_axis)[..., 1:n:2],
    )


def _within(numbers: NDArray[np.int64], block: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Number rows (or columns) within their own block, in the order of their first appearance."""
    # numbers count upwards by first appearance, so sorting a block's own keeps that order
    found = np.unique(np.stack([block, numbers]), axis=1)
    rank = np.empty(int(numbers.max()) + 1, np.int64)
    rank[found[1]] = np.arange(found.shape[1]) % n
    return rank[numbers]
