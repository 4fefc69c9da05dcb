"""The text of a contraction, for every combination of labels, against NumPy's einsum."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from autograd.compiler.codegen.einsum import Labels, einsum_call

SIZES = {"h": 2, "r": 3, "c": 4, "k": 5}
N = 6


def combinations() -> list[Labels]:
    """Each of up to four labels in two or three of the operands: outer, summed, shared, ..."""
    # of a label: in left and right (summed), left and result, right and result, or in all three
    memberships = [(1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1)]
    found = []
    for names in ("k", "nk", "hk", "nrk", "hrk", "nrck", "hrck"):
        for chosen in itertools.product(memberships, repeat=len(names)):
            sides = [
                "".join(x for x, m in zip(names, chosen, strict=True) if m[i]) for i in range(3)
            ]
            found.append((sides[0], sides[1], sides[2]))
    return found


def orders(labels: Labels, generator: random.Random) -> list[Labels]:
    """Some orders of the axes, those of the examples first, as they are in a program."""

    def shuffled(text: str) -> str:
        rest = [x for x in text if x != "n"]
        generator.shuffle(rest)
        return "n" * ("n" in text) + "".join(rest)

    a, b, c = labels
    return [labels, *[(shuffled(a), shuffled(b), shuffled(c)) for _ in range(3)]]


def array(labels: str, generator: np.random.Generator, strided: bool) -> NDArray[Any]:
    shape = [N if x == "n" else SIZES[x] for x in labels]
    if strided and shape:
        whole = generator.normal(size=(*shape[:-1], 2 * shape[-1] + 1))
        return whole[..., 1::2]
    return generator.normal(size=shape)


@pytest.mark.parametrize("strided", [False, True], ids=["contiguous", "strided"])
def test_every_combination_of_labels_is_what_einsum_says(strided: bool) -> None:
    shuffling, generator = random.Random(1), np.random.default_rng(2)
    kinds = set()
    for combination in combinations():
        for labels in orders(combination, shuffling):
            left, right, out = (array(x, generator, strided) for x in labels)
            expected = np.einsum(f"{labels[0]},{labels[1]}->{labels[2]}", left, right)
            if not labels[2] or not labels[0] or not labels[1]:
                continue  # a plain number is written by np.dot, and multiplied as one
            text = einsum_call(labels, "left", "right", "out", SIZES, whole=not strided)
            eval(text, {"np": np, "left": left, "right": right, "out": out, "n": N})
            np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12, err_msg=text)
            kinds.add(text.split("(")[0])
    # np.dot writes into whole arrays alone
    alone = set() if strided else {"np.dot"}
    assert kinds == {"np.matmul", "np.einsum", "np.multiply"} | alone


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        # a layer: forward, by the weights, by the inputs
        (("nk", "rk", "nr"), "np.matmul(a, b.T, out=o)"),
        (("rk", "nk", "nr"), "np.matmul(b, a.T, out=o)"),
        (("nr", "nk", "rk"), "np.matmul(a.T, b, out=o)"),
        (("nr", "rk", "nk"), "np.matmul(a, b, out=o)"),
        # one neuron
        (("k", "nk", "n"), "np.dot(b, a, out=o)"),
        (("nk", "k", "n"), "np.dot(a, b, out=o)"),
        (("n", "nk", "k"), "np.matmul(a, b, out=o)"),  # n may be 1: see test_once_wrong.py
        (("n", "k", "nk"), "np.multiply(a[:, None], b, out=o)"),
        (("nk", "nk", "n"), 'np.einsum("nk,nk->n", a, b, out=o)'),
        # scores and results of an attention, one and several heads
        (("nrk", "nck", "nrc"), "np.matmul(a, b.swapaxes(-1, -2), out=o)"),
        (("nrk", "nkc", "nrc"), "np.matmul(a, b, out=o)"),
        (("nhrk", "nhck", "nhrc"), "np.matmul(a, b.swapaxes(-1, -2), out=o)"),
        # weights for all positions of an example
        (("rk", "nck", "ncr"),
         "np.matmul(b.reshape(n * 4, 5), a.T, out=o.reshape(n * 4, 3))"),
        (("ncr", "nck", "rk"),
         "np.matmul(a.reshape(n * 4, 3).T, b.reshape(n * 4, 5), out=o)"),
        # several axes as one, for each example
        (("nrck", "nkh", "nrch"),
         "np.matmul(a.reshape(n, 12, 5), b, out=o.reshape(n, 12, 2))"),
        # one row or one column for each of several
        (("hk", "hck", "hc"),
         "np.matmul(a[..., None, :], b.swapaxes(-1, -2), out=o[..., None, :])"),
        (("hrk", "hk", "hr"), "np.matmul(a, b[..., None], out=o[..., None])"),
    ],
    ids=lambda x: ",".join(x) if isinstance(x, tuple) else "",
)  # fmt: skip
def test_what_networks_are_made_of_is_a_matrix_product(labels: Labels, text: str) -> None:
    assert einsum_call(labels, "a", "b", "o", SIZES) == text


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (("nck", "kr", "ncr"), "np.matmul(a, b, out=o)"),
        (("nck", "rk", "ncr"), "np.matmul(a, b.T, out=o)"),
        (("nrk", "k", "nr"), "np.matmul(a, b, out=o)"),
        (("n", "nrk", "rk"), 'np.einsum("n,nrk->rk", a, b, out=o)'),
        (("nrk", "nk", "nr"), "np.matmul(a, b[..., None], out=o[..., None])"),
    ],
    ids=lambda x: ",".join(x) if isinstance(x, tuple) else "",
)
def test_a_result_that_is_part_of_an_array_is_never_folded(labels: Labels, text: str) -> None:
    assert einsum_call(labels, "a", "b", "o", SIZES, whole=False) == text
