"""Special functions for one float at a time: what Python's math module lacks, or rounds.

``gamma`` and ``lgamma`` are math's, with IEEE's answers where it raises, and with all digits at
the zeros of lgamma. Their derivatives are the digamma function and its own derivatives, the
polygammas. They follow NIST's DLMF, chapter 5 (https://dlmf.nist.gov/5.15).
"""

import math

from autograd.errors import ArgumentError

# B_2, B_4, ... B_24, the Bernoulli numbers of the asymptotic series (DLMF 24.2).
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510,
    43867 / 798, -174611 / 330, 854513 / 138, -236364091 / 2730,
)  # fmt: skip
_ORDERS = range(31)  # each derivative asks for the next; beyond, digits go and then the range


def gamma(x: float) -> float:
    """The gamma function; inf where it overflows and at 0, nan at its other poles.

    >>> gamma(5.0), gamma(-0.0), gamma(-1.0)
    (24.0, -inf, nan)
    """
    try:
        return math.gamma(x)
    except OverflowError:
        return math.copysign(math.inf, x)
    except ValueError:  # a pole: the two sides of 0 agree with its sign, those of -1 do not agree
        return math.copysign(math.inf, x) if x == 0.0 else math.nan


def lgamma(x: float) -> float:
    """The logarithm of the gamma function's size; inf at its poles.

    >>> lgamma(1.0), lgamma(-1.0)
    (0.0, inf)
    """
    # math.lgamma is good to 1e-16, which near its zeros at 1 and 2 leaves no digit right
    if abs(x - 2.0) <= 0.25:
        return _lgamma_near_two(x - 2.0)
    if abs(x - 1.0) <= 0.25:
        return _lgamma_near_two(x - 1.0) - math.log1p(x - 1.0)
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):
        return math.inf


def _lgamma_near_two(z: float) -> float:
    """Taylor's series of lgamma(2 + z), whose coefficients are polygammas (DLMF 5.7.3)."""
    value = 0.0
    for coefficient in reversed(_AT_TWO):
        value = (value + coefficient) * z
    return value


def polygamma(order: float, x: float) -> float:
    """The ``order``-th derivative of the digamma function; order 0 is digamma itself.

    A pole at 0, -1, -2, ... is inf where both sides agree on it (odd orders) and nan elsewhere;
    at 0 the sign of the zero tells the side.

    >>> round(polygamma(0, 1.0), 12)
    -0.577215664902
    """
    if order not in _ORDERS:
        raise ArgumentError(
            f"polygamma expects an order of 0, 1, 2, ... {_ORDERS[-1]}, got {order:g}; "
            "order 0 is digamma"
        )
    order = int(order)
    if math.isnan(x) or x == -math.inf:
        return math.nan
    if x == math.inf:
        return math.inf if order == 0 else 0.0
    if x <= 0.0 and x == math.floor(x):
        if order % 2:
            return math.inf
        return math.copysign(math.inf, -x) if x == 0.0 else math.nan
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
    r = 1.0 / x  # its powers vanish for huge x, where those of x itself would overflow
    if order == 0:
        head = math.log(x) - 0.5 * r
    else:
        head = math.factorial(order - 1) * r**order + math.factorial(order) * r ** (order + 1) / 2
    series = 0.0
    for k, bernoulli in enumerate(_BERNOULLI, start=1):
        # (2k + order - 1)! / (2k)! as a product, to stay in range
        rising = math.prod(range(2 * k + 1, 2 * k + order)) if order else 1 / (2 * k)
        series += bernoulli * rising * r ** (2 * k + order)
    if order == 0:
        return head - series
    return (head + series) * (1.0 if order % 2 else -1.0)


def _cotangent_derivative(order: int, x: float) -> float:
    """The ``order``-th derivative of pi cot(pi x), as a polynomial in the cotangent."""
    reduced = x - round(x)  # cot(pi x) has period 1, and pi * x would lose digits for large x
    if abs(reduced) <= 0.25:
        cotangent = 1.0 / math.tan(math.pi * reduced)
    else:  # the zero at 1/2 is exact in this form
        cotangent = math.copysign(math.tan(math.pi * (0.5 - abs(reduced))), reduced)
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
    value = polynomial.pop()  # the first: 0 * cotangent would be nan where that is infinite
    for coefficient in reversed(polynomial):
        value = value * cotangent + coefficient
    return math.pi ** (order + 1) * value


# On |z| <= 1/4 the terms shrink by 8: the ratio of successive coefficients tends to 1/2.
_AT_TWO = tuple(polygamma(k - 1, 2.0) / math.factorial(k) for k in range(1, 21))
