"""Special functions that Python's math module does not have, for one float at a time.

Only what the derivatives of ``gamma`` and ``lgamma`` need: the digamma function and its own
derivatives, the polygammas. They follow NIST's DLMF, chapter 5 (https://dlmf.nist.gov/5.15).
"""

import math

# B_2, B_4, ... B_24, the Bernoulli numbers of the asymptotic series (DLMF 24.2).
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510,
    43867 / 798, -174611 / 330, 854513 / 138, -236364091 / 2730,
)  # fmt: skip


def polygamma(order: int, x: float) -> float:
    """The ``order``-th derivative of the digamma function; order 0 is digamma itself.

    A pole at 0, -1, -2, ... is inf where both sides agree on it (odd orders) and nan elsewhere.

    >>> round(polygamma(0, 1.0), 12)
    -0.577215664902
    """
    if math.isnan(x) or x == -math.inf:
        return math.nan
    if x == math.inf:
        return math.inf if order == 0 else 0.0
    if x <= 0.0 and x == math.floor(x):
        return math.inf if order % 2 else math.nan
    if x < 0.5:
        sign = -1.0 if order % 2 else 1.0
        return sign * polygamma(order, 1.0 - x) - _cotangent_derivative(order, x)
    return _climb(order, x)


def _climb(order: int, x: float) -> float:
    """Step x up to where the asymptotic series is exact to the last digit (DLMF 5.15.5)."""
    sign = -1.0 if order % 2 else 1.0
    factorial = math.factorial(order)
    steps = []
    while x < 16.0 + order:
        steps.append(-sign * factorial / x ** (order + 1))
        x += 1.0
    return math.fsum([*steps, _asymptotic(order, x)])


def _asymptotic(order: int, x: float) -> float:
    """DLMF 5.15.8 and 5.11.2, for large x."""
    if order == 0:
        head = math.log(x) - 0.5 / x
    else:
        head = math.factorial(order - 1) / x**order + math.factorial(order) / (2 * x ** (order + 1))
    series = 0.0
    for k, bernoulli in enumerate(_BERNOULLI, start=1):
        # (2k + order - 1)! / (2k)! as a product, to stay in range
        rising = math.prod(range(2 * k + 1, 2 * k + order)) if order else 1 / (2 * k)
        series += bernoulli * rising / x ** (2 * k + order)
    if order == 0:
        return head - series
    return (head + series) * (1.0 if order % 2 else -1.0)


def _cotangent_derivative(order: int, x: float) -> float:
    """The ``order``-th derivative of pi cot(pi x), as a polynomial in the cotangent."""
    reduced = x - round(x)  # cot(pi x) has period 1, and pi * x would lose digits for large x
    cotangent = 1.0 / math.tan(math.pi * reduced)
    polynomial = [0.0, 1.0]  # coefficients of c**0, c**1
    for _ in range(order):
        slope = [i * c for i, c in enumerate(polynomial)][1:]
        # d/dx P(c) = P'(c) * -(1 + c**2) * pi; the powers of pi are taken together below
        polynomial = [
            -(
                (slope[i] if i < len(slope) else 0.0)
                + (slope[i - 2] if 2 <= i < len(slope) + 2 else 0.0)
            )
            for i in range(len(slope) + 2)
        ]
    value = 0.0
    for coefficient in reversed(polynomial):
        value = value * cotangent + coefficient
    return math.pi ** (order + 1) * value
