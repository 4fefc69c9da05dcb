"""Operations that passes write for several: sums of products, cross-entropy, 1/sqrt."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from autograd.core.operation import SHIFT, Operation
from autograd.core.table import TABLE


class SumOfProducts(Operation):
    """The operation a1*b1 + a2*b2 + ... + c1 + ..., of so many products and any further terms."""

    __slots__ = ()

    @property
    def n_products(self) -> int:
        """How many products; their factors are the first operands, in turns."""
        return int(self.settings["products"])

    def text(self, operands: Sequence[str]) -> str:
        """The sum, with its operands by name: ``a*b + c``."""
        n = 2 * self.n_products
        pairs = zip(operands[0:n:2], operands[1:n:2], strict=True)
        return " + ".join([*[f"{a}*{b}" for a, b in pairs], *operands[n:]])


@functools.cache
def sum_of_products(products: int) -> SumOfProducts:
    """The one operation of so many products."""
    return SumOfProducts(
        "sum of products",
        lambda m, *xs: m.total(
            [xs[i] * xs[i + 1] for i in range(0, 2 * products, 2)] + list(xs[2 * products :])
        ),
        lambda m, y, *xs: tuple(xs[i ^ 1] if i < 2 * products else 1.0 for i in range(len(xs))),
        "the product rule for each product, and 1 for each further term",
        arity=None,
        settings={"products": float(products)},
    )


# -log softmax(xs)[index]: the first operand is the index, and has no derivative.
CROSS_ENTROPY = Operation(
    "cross_entropy",
    lambda m, index, *xs: TABLE["logsumexp"].forward(m, *[x - xs[int(index)] for x in xs]),
    lambda m, y, index, *xs: (
        0.0,
        *(share - (k == index) for k, share in enumerate(TABLE["logsumexp"].partials(m, y, *xs))),
    ),
    "softmax less one for the right class",
    arity=None,
)

# 1/sqrt(x), for numbers that are not below 0
RSQRT = Operation(
    "rsqrt",
    lambda m, x: 1.0 / m.sqrt(x),
    lambda m, y, x: (-0.5 * (y * y * y),),
    "the power rule with n = -1/2",
)

# rows with a name that is nobody's in the table, so that a user's primitive may have it
OF_PASSES = (CROSS_ENTROPY, RSQRT, SHIFT)
