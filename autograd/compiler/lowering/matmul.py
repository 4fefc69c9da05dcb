"""Matrix products, found among sums of products.

Each line of a group is a row of left factors times a column of right factors. Where the distinct
rows and the distinct columns have been multiplied each with each, the group is the product of two
matrices; where they fall into sets of that kind (the heads of an attention), of several. It takes
no knowledge of layers: a convolution written as loops, or a polynomial at many points, is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.lowering.groups import Group, Grouped, MatrixProduct, Places, Products
from autograd.compiler.lowering.schedule import with_examples

# Below this much work for a matrix, many small products cost more than one multiplication of all.
_LEAST_WORK = 16
_FEW_PRODUCTS = 4
# A product's calls, in both passes, cost about as much as so many products picked one by one.
_CALLS = 1600


def matrix_products(grouped: Grouped) -> Grouped:
    """The groups, those of products that are matrix products turned into such."""
    batched = with_examples(grouped.tape)
    products = [g for g in grouped.groups if isinstance(g, Products)]
    found = {g: None if _is_elementwise(g, batched) else _as_matrix(g) for g in products}
    scattered = _scattered(found)
    matrices: dict[Group, Group] = {
        g: m for g, m in found.items() if m is not None and g not in scattered
    }
    if not matrices:
        return grouped
    return Grouped(grouped.tape, tuple([matrices.get(g, g) for g in grouped.groups]))


def _is_elementwise(group: Products, batched: Sequence[bool]) -> bool:
    """Whether it is a few products that differ between examples on both sides: t*a + (1 - t)*b."""
    few = len(group.lines) == 1 and group.n_products <= _FEW_PRODUCTS
    return few and all(batched[i] for i in group.operands.ravel()[: 2 * group.n_products].tolist())


def _scattered(found: Mapping[Products, MatrixProduct | None]) -> set[Products]:
    """Those that are better one segment reduction, with products of other lengths."""
    families: dict[tuple[int, bool, int], list[Products]] = {}
    for g in found:
        families.setdefault((g.step, g.batched, g.terms.shape[1]), []).append(g)
    scattered = set()
    for members in families.values():
        work = sum(len(g.lines) * g.n_products for g in members)
        matrices = [m for g in members if (m := found[g]) is not None]
        narrow = all(1 in m.sizes and m.sizes[0] > 1 for m in matrices)
        if len(members) > 2 and narrow and work < _CALLS * len(members):
            scattered.update(members)
    return scattered


def _as_matrix(group: Products) -> MatrixProduct | None:
    """The group as a matrix product, or as several of one size; None if it is not."""
    if group.n_products < 2:
        return None
    n = 2 * group.n_products
    left, right = group.operands[:, 0:n:2], group.operands[:, 1:n:2]
    rows, columns = _distinct(left), _distinct(right)
    found = _blocks(rows, columns)
    if found is None:
        return None
    block, (count, n_rows, n_columns) = found
    if n_rows == n_columns == 1 and (count > 1 or not group.batched):
        return None
    if count > 1 and n_rows * n_columns * group.n_products < _LEAST_WORK:
        return None
    return _ordered(group, block, rows, columns, (count, n_rows, n_columns))


def _distinct(rows: Places) -> NDArray[np.int64]:
    """For each row of places, the number of the first that is equal, counted without gaps."""
    numbers: dict[bytes, int] = {}
    return np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in rows])


def _blocks(
    rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> tuple[NDArray[np.int64], tuple[int, int, int]] | None:
    """To which of several full blocks of rows x columns each line belongs, and their sizes.

    The sizes are how many blocks there are, and the rows and columns of each. Rows that meet the
    same columns belong to one block. None if a column belongs to two, or if they differ in size.
    """
    met: dict[int, list[int]] = {}
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        met.setdefault(row, []).append(column)
    numbers: dict[tuple[int, ...], int] = {}
    block_of_row = np.array(
        [numbers.setdefault(tuple(sorted(met[row])), len(numbers)) for row in range(len(met))]
    )
    widths, heights = {len(block) for block in numbers}, {*np.bincount(block_of_row).tolist()}
    n_columns = int(columns.max()) + 1
    # a column of two blocks, or one that a row meets twice, would be counted twice
    if sum(map(len, numbers)) != n_columns or len(widths) > 1 or len(heights) > 1:
        return None
    return block_of_row[rows], (len(numbers), heights.pop(), widths.pop())


def _ordered(
    group: Products, block: NDArray[np.int64], rows: NDArray[np.int64],
    columns: NDArray[np.int64], sizes: tuple[int, int, int],
) -> MatrixProduct:  # fmt: skip
    """The lines in the order of the product's elements, and the factors that it is made from."""
    n = 2 * group.n_products
    # the first lines tell which way the user's loops run
    rows_first = bool(sizes[2] == 1 or rows[0] == rows[1])
    # rows and columns are numbered as they appear, and so stay in the user's order
    order = np.lexsort((columns, rows, block) if rows_first else (rows, columns, block))
    count, n_rows, n_columns = sizes
    shape = (count, n_rows, n_columns) if rows_first else (count, n_columns, n_rows)
    grid: Places = group.operands[order].reshape(*shape, group.operands.shape[1])
    row_axis, column_axis = (1, 2) if rows_first else (2, 1)
    return MatrixProduct(
        group.row, group.lines[order], group.operands[order], group.batched, group.step,
        group.n_products, sizes, rows_first,
        left=grid.take([0], axis=column_axis).squeeze(column_axis)[..., 0:n:2],
        right=grid.take([0], axis=row_axis).squeeze(row_axis)[..., 1:n:2],
    )  # fmt: skip
