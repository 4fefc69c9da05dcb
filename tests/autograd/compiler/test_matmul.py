"""Which matrix products are found in scalar code, as text; and what is no matrix product.

Each function is also run, and held to itself on each example and to its sweeps.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.lowering import matmul as products
from autograd.compiler.lowering.groups import MatrixProduct, group
from autograd.compiler.pipeline import simplified
from tests.autograd.compiler.agreement import check_all
from tests.autograd.compiler.texts import batch, compiled, matrix, tape_of, text_after, vector


def found(fn: Callable[..., Any], *arrays: Any) -> list[str]:
    """What the groups are, without their lines; results, and gradients of their sum, are right."""
    f = compiled(fn, *arrays)
    rows = matrix("weights", 1, len(f.map(*arrays)[0]))[0]
    summed = autograd.compile(_summed(fn, rows))
    check_all(summed, list(zip(*arrays, strict=True)))
    return [line.split(": ")[1] for line in text_after(f.stages(), "matrix products").split("\n")]


def _summed(fn: Callable[..., Any], rows: list[Value]) -> Callable[..., Any]:
    # each result with a weight of its own, which training may change, and not linear
    def summed(*arguments: Any) -> Value:
        return autograd.sum([r * y.sin() for r, y in zip(rows, fn(*arguments), strict=True)])

    names = ["x", "y", "z"][: fn.__code__.co_argcount]
    scope: dict[str, Any] = {"summed": summed}
    return eval(f"lambda {', '.join(names)}: summed({', '.join(names)})", scope)


W, B = matrix("W", 3, 4), vector("b", 3)
NEURONS = list(zip(W, B, strict=True))
pairs = functools.partial(zip, strict=True)


def chained(x: list[Value]) -> list[Value]:
    out = []
    for row, b in zip(W, B, strict=True):
        total = b
        for w, xi in zip(row, x, strict=True):
            total = total + xi * w
        out.append(total)
    return out


LAYERS: dict[str, tuple[Callable[[Any], Any], int]] = {
    "dot, bias last": (lambda x: [autograd.dot(w, x) + b for w, b in NEURONS], 1),
    "dot, bias first": (lambda x: [b + autograd.dot(w, x) for w, b in NEURONS], 1),
    "dot, no bias": (lambda x: [autograd.dot(w, x) for w in W], 0),
    "x times w": (lambda x: [autograd.dot(x, w) + b for w, b in NEURONS], 1),
    "a chain of additions": (chained, 1),
    "Python's sum, which begins with a 0": (
        lambda x: [sum(w * xi for w, xi in pairs(r, x)) + b for r, b in NEURONS], 1
    ),
    "Python's sum, no bias": (lambda x: [sum(w * xi for w, xi in pairs(r, x)) for r in W], 0),
    "Python's sum from the bias": (
        lambda x: [sum((w * xi for w, xi in pairs(r, x)), b) for r, b in NEURONS], 1
    ),
    "the n-ary sum": (
        lambda x: [autograd.sum([b, *[w * xi for w, xi in pairs(r, x)]]) for r, b in NEURONS],
        1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_found_however_it_is_written(name: str) -> None:
    fn, terms = LAYERS[name]
    more = f" + {terms} terms" if terms else ""
    assert found(fn, *batch(5, (4,))) == [f"(3, 4) @ (4, 1){more}, for each example"]


def test_the_same_layer_at_several_places_of_an_example_is_one_product() -> None:
    def fn(x: list[list[Value]]) -> list[Value]:
        return [autograd.dot(w, row) + b for row in x for w, b in zip(W, B, strict=True)]

    assert found(fn, *batch(3, (6, 4))) == ["(3, 4) @ (4, 6) + 1 terms, for each example"]


def test_two_towers_of_one_layer_are_one_product() -> None:
    def fn(x: list[Value], y: list[Value]) -> list[Value]:
        return [autograd.dot(w, tower) for tower in (x, y) for w in W]

    assert found(fn, *batch(3, (4,), (4,))) == ["(3, 4) @ (4, 2), for each example"]


def test_two_towers_of_layers_of_their_own_are_two_products_at_once() -> None:
    one, other = matrix("T", 5, 4), matrix("U", 5, 4)

    def fn(x: list[Value], y: list[Value]) -> list[Value]:
        return [*[autograd.dot(w, x) for w in one], *[autograd.dot(w, y) for w in other]]

    assert found(fn, *batch(3, (4,), (4,))) == ["2 x (5, 4) @ (4, 1), for each example"]


def test_two_towers_of_different_sizes_are_sums_of_products() -> None:
    other = matrix("U", 2, 4)

    def fn(x: list[Value], y: list[Value]) -> list[Value]:
        return [*[autograd.dot(w, x) for w in W], *[autograd.dot(w, y) for w in other]]

    assert found(fn, *batch(3, (4,), (4,))) == ["5 x sum of 4 products, for each example"]


# --- attention ------------------------------------------------------------------------------------


def test_scores_of_an_attention_are_a_product() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [autograd.dot(q, k) for q in x for k in y]

    assert found(fn, *batch(2, (4, 6), (5, 6))) == ["(4, 6) @ (6, 5), for each example"]


def test_the_loops_may_run_the_other_way() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [autograd.dot(q, k) for k in y for q in x]

    assert found(fn, *batch(2, (4, 6), (5, 6))) == ["(4, 6) @ (6, 5), for each example"]


def test_results_of_an_attention_are_a_product() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [
            autograd.sum([p * v[d] for p, v in zip(row, y, strict=True)])
            for row in x for d in range(3)
        ]  # fmt: skip

    assert found(fn, *batch(2, (4, 5), (5, 3))) == ["(4, 5) @ (5, 3), for each example"]


def test_several_heads_are_several_products_at_once() -> None:
    def scores(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [
            autograd.dot(q[h : h + 4], k[h : h + 4])
            for h in (0, 4, 8) for q in x for k in y
        ]  # fmt: skip

    assert found(scores, *batch(2, (4, 12), (5, 12))) == ["3 x (4, 4) @ (4, 5), for each example"]


def test_heads_in_the_innermost_loop_are_the_same_products() -> None:
    def scores(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [
            autograd.dot(q[h : h + 4], k[h : h + 4])
            for q in x for k in y for h in (0, 4, 8)
        ]  # fmt: skip

    assert found(scores, *batch(2, (4, 12), (5, 12))) == ["3 x (4, 4) @ (4, 5), for each example"]


def test_scores_that_look_back_only_stay_sums_of_products() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [autograd.dot(x[i], y[j]) for i in range(4) for j in range(i + 1)]

    assert found(fn, *batch(2, (4, 6), (4, 6))) == ["10 x sum of 6 products, for each example"]


def test_results_of_looking_back_are_a_product_for_each_length() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [
            autograd.sum([x[i][j] * y[j][d] for j in range(i + 1)])
            for i in range(4) for d in range(3)
        ]  # fmt: skip

    assert found(fn, *batch(2, (4, 4), (4, 3))) == [
        "3 x sum of 1 products, for each example",
        "(1, 2) @ (2, 3), for each example",
        "(1, 3) @ (3, 3), for each example",
        "(1, 4) @ (4, 3), for each example",
    ]


def test_results_of_several_heads_that_look_back_are_sums_of_several_lengths() -> None:
    def fn(x: list[list[list[Value]]], y: list[list[Value]]) -> list[Value]:
        return [
            autograd.sum([x[h][i][j] * y[j][4 * h + d] for j in range(i + 1)])
            for h in range(2) for i in range(4) for d in range(4)
        ]  # fmt: skip

    arrays = batch(2, (2, 4, 4), (4, 8))
    found(fn, *arrays)
    line = compiled(fn, *arrays).stages()["sums of different lengths"]
    assert line.split(": ")[1:] == ["32 x sum of 1 to 4 products, for each example"]


# --- polynomials, convolutions, and others --------------------------------------------------------


def test_a_polynomial_at_many_points_is_a_product_with_vandermondes_matrix() -> None:
    c = vector("c", 4)
    points = [i / 7 for i in range(1, 10)]

    def fn() -> list[Value]:
        return [autograd.sum([c[k] * x**k for k in range(4)]) for x in points]

    f = compiled(fn)
    assert f.stages()["matrix products"].split(": ")[-1] == "(1, 3) @ (3, 9) + 1 terms"


def test_a_polynomial_of_an_argument_is_one_too() -> None:
    c = vector("c", 4)

    def fn(x: list[Value]) -> list[Value]:
        return [autograd.sum([c[k] * xi**k for k in range(4)]) for xi in x]

    assert found(fn, *batch(3, (9,)))[-1] == "(1, 4) @ (4, 9), for each example"


def test_a_convolution_written_as_loops_is_a_product_of_kernel_and_windows() -> None:
    kernel = vector("k", 3)

    def fn(x: list[Value]) -> list[Value]:
        return [autograd.dot(kernel, x[i : i + 3]) for i in range(8)]

    assert found(fn, *batch(3, (10,))) == ["(1, 3) @ (3, 8), for each example"]


def test_a_convolution_in_two_dimensions_with_channels_is_one_product() -> None:
    kernels = [[matrix(f"K{o}{i}", 2, 2) for i in range(2)] for o in range(3)]

    def fn(x: list[list[list[Value]]]) -> list[Value]:
        return [
            autograd.sum([
                kernels[o][i][a][b] * x[i][row + a][column + b]
                for i in range(2) for a in range(2) for b in range(2)
            ])
            for o in range(3) for row in range(3) for column in range(3)
        ]  # fmt: skip

    assert found(fn, *batch(2, (2, 4, 4))) == ["(3, 8) @ (8, 9), for each example"]


def test_a_gram_matrix_is_computed_once_for_each_pair() -> None:
    def fn(x: list[list[Value]]) -> list[Value]:
        return [autograd.dot(a, b) for a in x for b in x]

    # a.b is b.a, so it is no full grid any more
    assert found(fn, *batch(3, (4, 3))) == ["10 x sum of 3 products, for each example"]


def test_a_gram_matrix_of_two_copies_is_a_product() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [autograd.dot(a, b) for a in x for b in y]

    assert found(fn, *batch(3, (4, 3), (4, 3))) == ["(4, 3) @ (3, 4), for each example"]


def test_an_outer_product_is_one_multiplication() -> None:
    def fn(x: list[Value], y: list[Value]) -> list[Value]:
        return [a * b for a in x for b in y]

    assert found(fn, *batch(3, (4,), (5,))) == ["20 x *, for each example"]
    source = compiled(fn, *batch(3, (4,), (5,))).source
    assert "np.multiply(x.reshape(n, 4, 1), y.reshape(n, 1, 5), out=" in source


def test_a_batch_within_the_function_is_a_product_too() -> None:
    data = np.random.default_rng(0).normal(size=(6, 4)).tolist()

    def fn() -> list[Value]:
        return [autograd.dot(w, x) + b for x in data for w, b in zip(W, B, strict=True)]

    f = compiled(fn)
    assert f.stages()["matrix products"].split(": ")[1] == "(3, 4) @ (4, 6) + 1 terms"
    check_all(autograd.compile(lambda: autograd.mean([y.tanh() for y in fn()])))


# --- a few products, elementwise -----------------------------------------------------------------


def pairs_of(x: list[Value], n: int) -> Value:
    return autograd.sum([x[2 * i] * x[2 * i + 1] for i in range(n)])


def grouped(fn: Callable[..., Any], *arrays: Any) -> list[str]:
    """What the groups of a function of one result are; all ways to run it are right."""
    f = compiled(fn, *arrays)
    check_all(f, list(zip(*arrays, strict=True)))
    return [line.split(": ")[1] for line in text_after(f.stages(), "matrix products").split("\n")]


@pytest.mark.parametrize("n", [2, 3, 4])
def test_a_few_products_of_what_differs_between_examples_stay_elementwise(n: int) -> None:
    x = batch(3, (2 * n,))
    assert grouped(lambda x: pairs_of(x, n), *x) == [f"sum of {n} products, for each example"]
    assert "einsum" not in compiled(lambda x: pairs_of(x, n), *x).source


def test_a_mixture_of_two_arguments_reads_as_it_was_written() -> None:
    def fn(t: Value, a: Value, b: Value) -> Value:
        return t * a + (1 - t) * b

    f = compiled(fn, *batch(3, (), (), ()))
    assert "v = np.subtract(1.0, t, out=m0)" in f.source
    assert "loss = np.add(t * a, b * v, out=m0)" in f.source


def test_more_than_a_few_are_a_product() -> None:
    found = grouped(lambda x: pairs_of(x, 5), *batch(3, (10,)))
    assert found == ["(1, 5) @ (5, 1), for each example"]


def test_a_few_with_weights_that_are_the_same_for_all_examples_are_a_product() -> None:
    found = grouped(lambda x: autograd.dot(W[0][:2], x), *batch(3, (2,)))
    assert found == ["(1, 2) @ (2, 1), for each example"]


def test_of_two_results_that_share_factors_two_products_each_are_a_product() -> None:
    def fn(x: list[Value]) -> list[Value]:
        return [x[0] * x[2] + x[1] * x[3], x[0] * x[4] + x[1] * x[5]]

    assert found(fn, *batch(3, (6,))) == ["(1, 2) @ (2, 2), for each example"]


def test_a_term_that_is_the_same_for_all_examples_leaves_a_few_products_elementwise() -> None:
    found = grouped(lambda x: x[0] * x[1] + x[2] * x[3] + B[0], *batch(3, (4,)))
    assert found == ["sum of 2 products and 1 terms, for each example"]


def test_one_weight_among_a_few_products_makes_them_a_product() -> None:
    found = grouped(lambda x: x[0] * x[1] + x[2] * B[0], *batch(3, (3,)))
    assert found == ["(1, 2) @ (2, 1), for each example"]


# --- what is joined, and in which order -----------------------------------------------------------


def look_back(heads: int, lengths: range, wide: Callable[[int], int]) -> list[str]:
    """The groups of heads that look back over so many values, for so many results each."""
    width = max(map(wide, lengths))

    def fn(x: list[list[list[Value]]], y: list[list[Value]]) -> list[Value]:
        return [
            autograd.sum([x[h][n][j] * y[j][width * h + d] for j in range(n)])
            for h in range(heads) for n in lengths for d in range(wide(n))
        ]  # fmt: skip

    longest = max(lengths)
    arrays = batch(2, (heads, longest + 1, longest), (longest, width * heads))
    f = compiled(fn, *arrays)
    return [line.split(": ")[1] for line in text_after(f.stages(), "matrix products").split("\n")]


def test_several_heads_of_three_lengths_are_sums_and_of_two_lengths_are_products() -> None:
    assert look_back(2, range(2, 5), lambda n: 8) == [
        f"16 x sum of {n} products, for each example" for n in (2, 3, 4)
    ]
    assert look_back(2, range(2, 4), lambda n: 8) == [
        f"2 x (1, {n}) @ ({n}, 8), for each example" for n in (2, 3)
    ]


def test_so_they_are_where_the_lengths_have_different_numbers_of_results() -> None:
    assert look_back(2, range(3, 6), lambda n: 4 + n) == [
        f"{2 * (4 + n)} x sum of {n} products, for each example" for n in (3, 4, 5)
    ]


def test_one_head_of_many_lengths_stays_products() -> None:
    assert look_back(1, range(2, 6), lambda n: 8) == [
        f"(1, {n}) @ ({n}, 8), for each example" for n in range(2, 6)
    ]


def test_much_work_of_few_lengths_stays_products_and_of_many_does_not() -> None:
    assert look_back(8, range(30, 33), lambda n: 8) == [
        f"8 x (1, {n}) @ ({n}, 8), for each example" for n in (30, 31, 32)
    ]
    assert look_back(4, range(2, 17), lambda n: 4) == [
        f"16 x sum of {n} products, for each example" for n in range(2, 17)
    ]


@pytest.mark.parametrize(("n_rows", "n_columns"), [(1, 4), (4, 1), (3, 4), (2, 2), (1, 1), (2, 1)])
@pytest.mark.parametrize("rows_first", [True, False])
def test_a_product_keeps_the_order_of_the_loops(
    n_rows: int, n_columns: int, rows_first: bool
) -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        if rows_first:
            return [autograd.dot(a, b) for a in x for b in y]
        return [autograd.dot(a, b) for b in y for a in x]

    tape = simplified(tape_of(fn, x=(n_rows, 5), y=(n_columns, 5)))
    (made,) = products.matrix_products(group(tape)).groups
    assert isinstance(made, MatrixProduct)
    assert made.sizes == (1, n_rows, n_columns)
    assert made.lines.tolist() == sorted(made.lines.tolist())
    assert made.rows_first == (rows_first or 1 in (n_rows, n_columns))
    assert made.left is not None
    assert made.right is not None
    assert made.left.tolist() == [[[5 * i + j for j in range(5)] for i in range(n_rows)]]
    start = 5 * n_rows
    wanted = [[[start + 5 * i + j for j in range(5)] for i in range(n_columns)]]
    assert made.right.tolist() == wanted


# --- what is no product ---------------------------------------------------------------------------


def test_a_grid_with_one_pair_missing_is_none() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [autograd.dot(x[i], y[j]) for i in range(4) for j in range(5) if (i, j) != (2, 3)]

    assert found(fn, *batch(2, (4, 6), (5, 6))) == ["19 x sum of 6 products, for each example"]


def test_a_grid_with_a_pair_twice_in_place_of_one_that_is_missing_is_none() -> None:
    # common subexpressions leave none of them, so the numbers of rows and columns are given here
    rows, columns = np.repeat(np.arange(3), 4), np.tile(np.arange(4), 3)
    full = products._blocks(rows, columns)
    assert full is not None
    assert (full[0].tolist(), full[1]) == ([0] * 12, (1, 3, 4))
    columns[5] = columns[6]
    assert products._blocks(rows, columns) is None


def test_several_grids_of_which_one_has_a_pair_twice_are_none() -> None:
    rows, columns = np.repeat(np.arange(4), 2), np.array([0, 1, 0, 1, 2, 3, 2, 3])
    found_blocks = products._blocks(rows, columns)
    assert found_blocks is not None
    assert (found_blocks[0].tolist(), found_blocks[1]) == ([0] * 4 + [1] * 4, (2, 2, 2))
    columns[7] = 2
    assert products._blocks(rows, columns) is None


@pytest.mark.parametrize(
    ("rows", "columns"),
    [([0, 0, 1, 1, 2, 2], [0, 1, 2, 3, 2, 3]), ([0, 0, 1, 1, 1], [0, 1, 2, 3, 4])],
    ids=["one row and two", "two columns and three"],
)
def test_grids_of_different_heights_or_widths_are_none(rows: list[int], columns: list[int]) -> None:
    assert products._blocks(np.array(rows), np.array(columns)) is None


def test_blocks_of_different_sizes_are_none() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [
            *[autograd.dot(a, b) for a in x[:2] for b in y[:3]],
            *[autograd.dot(a, b) for a in x[2:] for b in y[3:]],
        ]

    assert found(fn, *batch(2, (5, 6), (7, 6))) == ["18 x sum of 6 products, for each example"]


def test_blocks_that_share_a_column_are_none() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [autograd.dot(x[i], y[j]) for i, js in enumerate([(0, 1), (1, 2)]) for j in js]

    assert found(fn, *batch(2, (2, 16), (3, 16))) == ["4 x sum of 16 products, for each example"]


def test_pairs_one_by_one_are_none() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [autograd.dot(a, b) for a, b in zip(x, y, strict=True)]

    assert found(fn, *batch(2, (5, 6), (5, 6))) == ["5 x sum of 6 products, for each example"]


def test_so_they_are_however_long_and_however_few() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [autograd.dot(a, b) for a, b in zip(x, y, strict=True)]

    for n in (2, 3):
        arrays = batch(2, (n, 20), (n, 20))
        assert found(fn, *arrays) == [f"{n} x sum of 20 products, for each example"]


def test_a_product_of_two_rows_of_parameters_is_a_sum() -> None:
    rows = matrix("R", 2, 20)
    f = compiled(lambda x: [autograd.dot(*rows) * xi for xi in x], *batch(3, (2,)))
    first = text_after(f.stages(), "matrix products").split("\n")[0]
    assert first.endswith(": sum of 20 products")


HEADS = [(4, 4, 4, 3), (2, 2, 8, 4), (2, 2, 4, 2)]


@pytest.mark.parametrize(("n_rows", "n_columns", "width", "heads"), HEADS)
def test_heads_of_as_many_rows_as_columns_are_products(
    n_rows: int, n_columns: int, width: int, heads: int
) -> None:
    assert found(scores(width, heads), *heads_of(n_rows, n_columns, width, heads)) == [
        f"{heads} x ({n_rows}, {width}) @ ({width}, {n_columns}), for each example"
    ]


@pytest.mark.parametrize(("n_rows", "n_columns", "width"), [(2, 2, 2), (1, 5, 3)])
def test_heads_of_little_work_are_sums(n_rows: int, n_columns: int, width: int) -> None:
    assert found(scores(width, 2), *heads_of(n_rows, n_columns, width, 2)) == [
        f"{2 * n_rows * n_columns} x sum of {width} products, for each example"
    ]


def scores(width: int, heads: int) -> Callable[..., Any]:
    starts = range(0, width * heads, width)
    return lambda x, y: [
        autograd.dot(q[h : h + width], k[h : h + width]) for h in starts for q in x for k in y
    ]


def heads_of(n_rows: int, n_columns: int, width: int, heads: int) -> list[Any]:
    return batch(2, (n_rows, width * heads), (n_columns, width * heads))


def test_a_term_of_its_own_for_each_element_is_added_to_a_product() -> None:
    def fn(x: list[list[Value]], y: list[list[Value]]) -> list[Value]:
        return [autograd.dot(w, a) + y[i][k] for i, a in enumerate(x) for k, w in enumerate(W)]

    assert found(fn, *batch(3, (6, 4), (6, 3)))[-1] == (
        "(3, 4) @ (4, 6) + 1 terms, for each example"
    )


def test_rows_that_only_begin_with_the_same_factor_are_not_the_same() -> None:
    def fn(x: list[Value], y: list[Value]) -> list[Value]:
        return [x[0] * y[0] + x[1] * y[1], x[0] * y[2] + x[2] * y[3]]

    assert found(fn, *batch(3, (3,), (4,))) == ["2 x sum of 2 products, for each example"]


def test_rows_of_places_are_told_apart_and_numbered_as_they_appear() -> None:
    rows = np.array([[0, 3], [1, 2], [3, 0], [0, 3], [1, 2]])
    assert products._distinct(rows).tolist() == [0, 1, 2, 0, 1]


def test_only_groups_of_products_are_looked_at() -> None:
    def fn(x: list[Value]) -> list[Value]:
        return [xi.tanh() for xi in x]

    assert found(fn, *batch(2, (5,))) == ["5 x tanh, for each example"]
    grouped = group(tape_of(fn, x=(5,)))
    assert products.matrix_products(grouped) is grouped


def test_a_full_product_stays_one_beside_narrow_ones_of_other_lengths() -> None:
    def blocks(values: list[Value], wide: int, length: int) -> list[Value]:
        rows = [values[i : i + length] for i in range(0, len(values), length)]
        return [autograd.dot(rows[h], rows[2 + wide * h + j]) for h in (0, 1) for j in range(wide)]

    def fn(x: list[list[Value]], y: list[Value], z: list[Value]) -> list[Value]:
        whole = [autograd.dot(row, other) for row in x[:3] for other in x[3:]]
        return [*whole, *blocks(y, 3, 6), *blocks(z, 4, 5)]

    assert sorted(found(fn, *batch(2, (6, 3), (48,), (50,)))) == [
        "(3, 3) @ (3, 3), for each example",
        "2 x (1, 5) @ (5, 4), for each example",
        "2 x (1, 6) @ (6, 3), for each example",
    ]
