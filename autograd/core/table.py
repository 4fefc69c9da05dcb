"""The table of operations: one row for each, and a row is all there is to add.

``m`` is the arithmetic a row is evaluated in: floats, NumPy arrays, Values, source text. Rows use
``+ - * /``, comparisons, ``&`` and the functions of m; ``m.where`` instead of ``if`` (but for what
depends on a setting, which is a plain float), ``m.equal`` instead of ``==`` (two Values are equal
only if they are the same node) and ``m.pow`` instead of ``**`` (Python's turns complex). Local
derivatives keep their digits far from zero: the sigmoid's is s(x)s(-x), not s(x)(1 - s(x)), which
is 0 from x = 37 on.

Left out of Python's math module are only the functions whose derivative is zero wherever it
exists, or that jump (floor, fmod, copysign, ...): their gradient would be a trap.
"""

import functools
import math
from typing import Any

from autograd.core.operation import REALS, TABLE, Interval, Operation, add_row

__all__ = ["TABLE"]

_POSITIVE: Interval = (0.0, math.inf)
_UNIT: Interval = (-1.0, 1.0)
_WIDE = ((-3.0,), (-0.7,), (0.3,), (1.1,), (4.0,))
_PAIRS = ((0.7, 1.9), (-1.3, 0.4), (2.5, -0.6), (-0.2, -3.0))
_LISTS = ((0.5,), (1.0, -2.0), (0.3, 1.7, -0.9, 2.2))


def _row(name: str, forward: Any, partials: Any, why: str, **facts: Any) -> None:
    facts.setdefault("points", _WIDE)
    add_row(Operation(name, forward, partials, why, **facts))


def _pair(name: str, forward: Any, partials: Any, why: str, **given: Any) -> None:
    facts: dict[str, Any] = {"arity": 2, "domain": (REALS, REALS), "points": _PAIRS} | given
    add_row(Operation(name, forward, partials, why, **facts))


def _list(name: str, forward: Any, partials: Any, why: str, **given: Any) -> None:
    facts: dict[str, Any] = {"arity": None, "points": _LISTS} | given
    add_row(Operation(name, forward, partials, why, **facts))


# A row is as short as it can be read: what it is, its value, its partials, why, and its facts.
# fmt: off

# --- arithmetic ---------------------------------------------------------------------------------

_pair("+", lambda m, a, b: a + b, lambda m, y, a, b: (1.0, 1.0),
      "a sum moves exactly as much as either of its terms", latex="{0} + {1}")
_pair("-", lambda m, a, b: a - b, lambda m, y, a, b: (1.0, -1.0),
      "a difference moves with its first term and against its second", latex="{0} - {1}")
_pair("*", lambda m, a, b: a * b, lambda m, y, a, b: (b, a),
      "each factor is scaled by the other one", latex=r"{0} \cdot {1}")
_pair("/", lambda m, a, b: a / b, lambda m, y, a, b: (1.0 / b, -y / b),
      "the numerator is divided by b; growing b shrinks y by y/b", latex=r"\frac{{{0}}}{{{1}}}")
_row("neg", lambda m, x: -x, lambda m, y, x: (-1.0,),
     "the opposite of x moves opposite to x", symbol="-", latex="-{0}")
_list("sum", lambda m, *xs: m.total(xs), lambda m, y, *xs: (1.0,) * len(xs),
      "a sum moves exactly as much as any one of its terms", symbol="Σ", latex=r"\sum({xs})")


def _products_of_the_others(m: Any, y: Any, *xs: Any) -> tuple[Any, ...]:
    # running products from both ends: dividing y by x would fail where a factor is zero
    before, after = [1.0], [1.0]
    for x in xs[:-1]:
        before.append(before[-1] * x)
    for x in xs[:0:-1]:
        after.append(after[-1] * x)
    return tuple(b * a for b, a in zip(before, reversed(after), strict=True))


_list("prod", lambda m, *xs: functools.reduce(lambda a, b: a * b, xs), _products_of_the_others,
      "each factor is scaled by the product of all the others", symbol="Π", latex=r"\prod({xs})")

# --- powers, exponentials and logarithms --------------------------------------------------------


def _power_partials(m: Any, y: Any, x: Any, exponent: Any) -> tuple[Any, Any]:
    # The slope is n x**(n-1). Where n = 0 and x**-1 is infinite that is nan, and should be 0; at
    # other x the product stays, so that grad can differentiate it by n.
    steep = m.pow(x, exponent - 1.0)
    level = m.where(m.abs(steep) < math.inf, exponent * steep, 0.0)
    slope = m.where(m.equal(exponent, 0.0), level, exponent * steep)
    # 0**n stays 0 while n moves, although log(0) is infinite
    flat = m.equal(x, 0.0) & (exponent >= 0.0)
    return slope, m.where(flat, 0.0, y * m.log(m.where(flat, 1.0, x)))


_pair("**", lambda m, x, n: m.pow(x, n), _power_partials,
      "the power rule n x**(n-1) for the base, x**n log(x) for the exponent",
      latex="{{{0}}}^{{{1}}}", domain=(_POSITIVE, REALS),
      points=((0.5, 1.7), (2.0, 3.0), (1.3, -0.8), (3.1, 0.5)))
_row("**n", lambda m, x, *, exponent: m.pow(x, exponent),
     lambda m, y, x, *, exponent: (exponent * m.pow(x, exponent - 1.0) if exponent else 0.0,),
     "the power rule: n x**(n-1)", symbol="**{exponent}", latex="{{{0}}}^{{{exponent}}}",
     settings={"exponent": 2.0})
_row("exp", lambda m, x: m.exp(x), lambda m, y, x: (y,),
     "the exponential grows at the rate of its own value", latex="e^{{{0}}}")
_row("exp2", lambda m, x: m.exp2(x), lambda m, y, x: (math.log(2.0) * y,),
     "2**x grows at log(2) times its own value", latex="2^{{{0}}}")
_row("expm1", lambda m, x: m.expm1(x), lambda m, y, x: (m.exp(x),),
     "taking 1 away from exp(x) does not change its slope, exp(x)", latex="e^{{{0}}} - 1")
_row("log", lambda m, x: m.log(x), lambda m, y, x: (1.0 / x,),
     "the logarithm counts relative growth, so its slope is 1/x", latex=r"\ln {0}",
     domain=(_POSITIVE,), points=((0.01,), (0.5,), (1.0,), (7.0,)))
_row("log1p", lambda m, x: m.log1p(x), lambda m, y, x: (1.0 / (1.0 + x),),
     "the logarithm of 1 + x, so its slope is 1/(1 + x)", latex=r"\ln(1 + {0})",
     domain=((-1.0, math.inf),), points=((-0.9,), (-0.1,), (1e-9,), (3.0,)))
_row("log2", lambda m, x: m.log2(x), lambda m, y, x: (1.0 / math.log(2.0) / x,),
     "log(x)/log(2), so its slope is 1/(x log(2))", latex=r"\log_2 {0}",
     domain=(_POSITIVE,), points=((0.01,), (0.5,), (1.0,), (7.0,)))
_row("log10", lambda m, x: m.log10(x), lambda m, y, x: (1.0 / math.log(10.0) / x,),
     "log(x)/log(10), so its slope is 1/(x log(10))", latex=r"\log_{{10}} {0}",
     domain=(_POSITIVE,), points=((0.01,), (0.5,), (1.0,), (7.0,)))
_row("sqrt", lambda m, x: m.sqrt(x), lambda m, y, x: (0.5 / y,),
     "the power rule with n = 1/2: 1/(2 sqrt(x))", symbol="√", latex=r"\sqrt{{{0}}}",
     domain=(_POSITIVE,), points=((0.01,), (0.5,), (2.0,), (9.0,)))
_row("cbrt", lambda m, x: m.cbrt(x), lambda m, y, x: (1.0 / (3.0 * y * y),),
     "the power rule with n = 1/3: 1/(3 cbrt(x)**2)", symbol="∛", latex=r"\sqrt[3]{{{0}}}")
_list("logsumexp", lambda m, *xs: _logsumexp(m, *xs), lambda m, y, *xs: _softmax(m, *xs),
      "a soft maximum: its slopes are the softmax, exp(x - y), which sum to 1",
      latex=r"\operatorname{{logsumexp}}({xs})")


def _logsumexp(m: Any, *xs: Any) -> Any:
    # The largest so far is taken out, and the others are kept relative to it: nothing overflows,
    # and log1p keeps the digits of a sum that one term dominates.
    top, rest = xs[0], 0.0
    for x in xs[1:]:
        scale = m.exp(-m.abs(_gap(m, x, top)))
        higher = x > top
        rest = m.where(higher, (rest + 1.0) * scale, rest + scale)
        top = m.where(higher, x, top)
    return top + m.log1p(rest)


def _softmax(m: Any, *xs: Any) -> tuple[Any, ...]:
    # exp(x - y) would be the same, were y not rounded: that is 2e-9 of a share at x = 1e8
    top = functools.reduce(lambda a, b: m.where(b > a, b, a), xs)
    shares = [m.exp(_gap(m, x, top)) for x in xs]
    whole = m.total(shares)
    return tuple(share / whole for share in shares)


def _gap(m: Any, x: Any, top: Any) -> Any:
    """x - top, and 0 where both are the same infinity; nan for nan."""
    gap = x - top
    return m.where(m.equal(gap, gap), gap, m.where(m.equal(x, top), 0.0, gap))


# --- trigonometry -------------------------------------------------------------------------------

_row("sin", lambda m, x: m.sin(x), lambda m, y, x: (m.cos(x),),
     "the height of a point on the circle changes at the rate of its other coordinate",
     latex=r"\sin {0}")
_row("cos", lambda m, x: m.cos(x), lambda m, y, x: (-m.sin(x),),
     "as for the sine, a quarter turn on: the slope is -sin(x)", latex=r"\cos {0}")
_row("tan", lambda m, x: m.tan(x), lambda m, y, x: (1.0 / (m.cos(x) * m.cos(x)),),
     "the quotient rule on sin/cos leaves 1/cos(x)**2", latex=r"\tan {0}")
_row("asin", lambda m, x: m.asin(x), lambda m, y, x: (1.0 / m.sqrt((1.0 - x) * (1.0 + x)),),
     "the inverse of the sine has the inverse slope, 1/cos(y) = 1/sqrt(1 - x**2)",
     latex=r"\arcsin {0}", domain=(_UNIT,), points=((-0.9,), (-0.2,), (0.0,), (0.7,)))
_row("acos", lambda m, x: m.acos(x), lambda m, y, x: (-1.0 / m.sqrt((1.0 - x) * (1.0 + x)),),
     "asin(x) and acos(x) sum to a right angle, so the slopes are opposite",
     latex=r"\arccos {0}", domain=(_UNIT,), points=((-0.9,), (-0.2,), (0.0,), (0.7,)))
_row("atan", lambda m, x: m.atan(x), lambda m, y, x: (1.0 / (1.0 + x * x),),
     "the inverse of the tangent has the inverse slope, cos(y)**2 = 1/(1 + x**2)",
     latex=r"\arctan {0}")


def _atan2_partials(m: Any, angle: Any, y: Any, x: Any) -> tuple[Any, Any]:
    # dividing by the radius twice, as its square could overflow; the origin has no direction, and
    # passes nothing on, as in PyTorch
    radius = m.hypot(x, y)
    origin = m.equal(radius, 0.0)
    return m.where(origin, 0.0, x / radius / radius), m.where(origin, 0.0, -y / radius / radius)


_pair("atan2", lambda m, y, x: m.atan2(y, x), _atan2_partials,
      "an angle turns with sideways motion, the more so the nearer: x/r**2 and -y/r**2",
      latex=r"\operatorname{{atan2}}({0}, {1})")
_list("hypot", lambda m, *xs: m.hypot(*xs),
      lambda m, y, *xs: tuple(m.where(m.equal(y, 0.0), 0.0, x / y) for x in xs),
      "a length grows by the share x/y that a coordinate has in its direction",
      latex=r"\left\lVert {xs} \right\rVert", kink=math.hypot)
_row("degrees", lambda m, x: m.degrees(x), lambda m, y, x: (180.0 / math.pi,),
     "a change of unit: one radian is 180/pi degrees")
_row("radians", lambda m, x: m.radians(x), lambda m, y, x: (math.pi / 180.0,),
     "a change of unit: one degree is pi/180 radians")

# --- hyperbolic functions -----------------------------------------------------------------------

_row("sinh", lambda m, x: m.sinh(x), lambda m, y, x: (m.cosh(x),),
     "(exp(x) - exp(-x))/2 becomes (exp(x) + exp(-x))/2", latex=r"\sinh {0}")
_row("cosh", lambda m, x: m.cosh(x), lambda m, y, x: (m.sinh(x),),
     "(exp(x) + exp(-x))/2 becomes (exp(x) - exp(-x))/2", latex=r"\cosh {0}")
_row("tanh", lambda m, x: m.tanh(x),
     # 1 - y*y is 0 from x = 19.1 on; this form keeps its digits, at every order
     lambda m, y, x: (4.0 * m.sigmoid(2.0 * x) * m.sigmoid(-2.0 * x),),
     "tanh' = 1 - tanh**2: steepest at 0, flat where it saturates near -1 and 1",
     latex=r"\tanh {0}", saturates=True)
_row("asinh", lambda m, x: m.asinh(x), lambda m, y, x: (1.0 / m.hypot(1.0, x),),
     "the inverse of sinh has the inverse slope, 1/cosh(y) = 1/sqrt(1 + x**2)",
     latex=r"\operatorname{{arsinh}} {0}")
_row("acosh", lambda m, x: m.acosh(x),
     lambda m, y, x: (1.0 / (m.sqrt(x - 1.0) * m.sqrt(x + 1.0)),),
     "the inverse of cosh has the inverse slope, 1/sinh(y) = 1/sqrt(x**2 - 1)",
     latex=r"\operatorname{{arcosh}} {0}", domain=((1.0, math.inf),),
     points=((1.01,), (1.5,), (2.0,), (9.0,)))
_row("atanh", lambda m, x: m.atanh(x), lambda m, y, x: (1.0 / ((1.0 - x) * (1.0 + x)),),
     "the inverse of tanh has the inverse slope, 1/(1 - x**2)",
     latex=r"\operatorname{{artanh}} {0}", domain=(_UNIT,),
     points=((-0.9,), (-0.2,), (0.0,), (0.7,)))

# --- special functions --------------------------------------------------------------------------

_row("erf", lambda m, x: m.erf(x),
     lambda m, y, x: (2.0 / math.sqrt(math.pi) * m.exp(-(x * x)),),
     "the area under a bell curve grows by the height of the curve at its edge",
     latex=r"\operatorname{{erf}} {0}")
_row("erfc", lambda m, x: m.erfc(x),
     lambda m, y, x: (-2.0 / math.sqrt(math.pi) * m.exp(-(x * x)),),
     "what is left of the bell curve's area shrinks as erf grows",
     latex=r"\operatorname{{erfc}} {0}")
_row("gamma", lambda m, x: m.gamma(x), lambda m, y, x: (y * m.digamma(x),),
     "digamma is the slope of log(gamma), so gamma's own is gamma times digamma",
     latex=r"\Gamma({0})", points=((-2.3,), (-0.4,), (0.5,), (1.0,), (4.2,)))
_row("lgamma", lambda m, x: m.lgamma(x), lambda m, y, x: (m.digamma(x),),
     "digamma is defined as the slope of log(gamma)",
     latex=r"\ln |\Gamma({0})|", points=((-2.3,), (-0.4,), (0.5,), (1.0,), (40.2,)))
_row("digamma", lambda m, x: m.polygamma(x, order=0),
     lambda m, y, x: (m.polygamma(x, order=1),),
     "its slope is the next polygamma function, of order 1",
     symbol="ψ", latex=r"\psi({0})", points=((-2.3,), (-0.4,), (0.5,), (1.0,), (40.2,)))
_row("polygamma", lambda m, x, *, order: m.polygamma(x, order=order),
     lambda m, y, x, *, order: (m.polygamma(x, order=order + 1),),
     "each polygamma function is the slope of the one before it",
     symbol="ψ{order}", latex=r"\psi^{{({order})}}({0})", settings={"order": 1.0},
     points=((-2.3,), (-0.4,), (0.5,), (1.0,), (40.2,)))

# --- activations, maximum and minimum -----------------------------------------------------------

_row("abs", lambda m, x: m.abs(x),
     lambda m, y, x: (m.where(x > 0.0, 1.0, m.where(x < 0.0, -1.0, 0.0 * x)),),
     "the slope is the sign of x, and 0 at the kink", symbol="|x|",
     latex=r"\left| {0} \right|", kink=lambda x: x)
_row("relu", lambda m, x: m.where(x <= 0.0, 0.0, x),  # nan <= 0 is false, so nan passes
     lambda m, y, x: (m.where(x <= 0.0, 0.0, 1.0),),
     "what is positive passes unchanged; what is negative, and 0 itself, is blocked",
     symbol="ReLU", latex=r"\operatorname{{ReLU}}({0})", kink=lambda x: x)
_row("leaky_relu", lambda m, x, *, slope: m.where(x <= 0.0, slope * x, x),
     lambda m, y, x, *, slope: (m.where(x <= 0.0, slope, 1.0),),
     "what is positive passes unchanged; what is negative leaks through by the small slope",
     symbol="leaky ReLU {slope}", kink=lambda x, *, slope: x, settings={"slope": 0.01})


def _not_above_zero(m: Any, x: Any) -> Any:
    """x, or 0 in place of what is positive: an exponential of that could overflow unseen."""
    return m.where(x <= 0.0, x, 0.0)


_row("elu", lambda m, x, *, alpha: m.where(x <= 0.0, alpha * m.expm1(_not_above_zero(m, x)), x),
     lambda m, y, x, *, alpha: (m.where(x <= 0.0, alpha * m.exp(_not_above_zero(m, x)), 1.0),),
     "what is positive passes unchanged; below 0 it is an exponential, which is its own slope",
     # with alpha = 1 the two sides meet with the same slope, so there is no kink
     symbol="ELU {alpha}", kink=lambda x, *, alpha: x if alpha != 1.0 else 1.0,
     settings={"alpha": 1.0})


def _normal_share(m: Any, x: Any) -> Any:
    """The normal distribution's share below x; erfc keeps the digits of its lower tail."""
    return 0.5 * m.erfc(-math.sqrt(0.5) * x)


_row("gelu", lambda m, x: x * _normal_share(m, x),
     lambda m, y, x: (
         _normal_share(m, x) + x * (m.exp(-0.5 * (x * x)) * (1.0 / math.sqrt(2.0 * math.pi))),
     ),
     "the product rule on x times the share of a bell curve below x",
     symbol="GELU", latex=r"\operatorname{{GELU}}({0})")
_row("silu", lambda m, x: x * m.sigmoid(x),
     lambda m, y, x: (m.sigmoid(x) * (1.0 + x * m.sigmoid(-x)),),
     "the product rule on x times sigmoid(x)", symbol="SiLU",
     latex=r"\operatorname{{SiLU}}({0})")
_row("softplus",
     lambda m, x: m.where(x > 0.0, x, 0.0) + m.log1p(m.exp(-m.abs(x))),
     lambda m, y, x: (m.sigmoid(x),),
     "a smooth ReLU, whose slope runs from 0 to 1 as the sigmoid does")


def _sigmoid(m: Any, x: Any) -> Any:
    small = m.exp(-m.abs(x))  # at most 1, whichever side of 0 x is on
    return m.where(x >= 0.0, 1.0, small) / (1.0 + small)


_row("sigmoid", _sigmoid, lambda m, y, x: (y * m.sigmoid(-x),),
     "s' = s(x) s(-x): steepest at 0, flat where it saturates near 0 and 1",
     symbol="σ", latex=r"\sigma({0})", saturates=True)


def _share_of_larger(m: Any, a: Any, b: Any) -> Any:
    """1 where a is larger, 0 where b is, 1/2 at a tie (of infinities too), nan for nan."""
    return m.where(a > b, 1.0, m.where(a < b, 0.0, m.where(m.equal(a, b), 0.5, a + b)))


_pair("maximum",
      lambda m, a, b: m.where(a > b, a, m.where(b >= a, b, a + b)),
      lambda m, y, a, b: (_share_of_larger(m, a, b), _share_of_larger(m, b, a)),
      "only the larger operand moves it; a tie gives each one half",
      symbol="max", latex=r"\max({0}, {1})", kink=lambda a, b: a - b)
_pair("minimum",
      lambda m, a, b: m.where(a < b, a, m.where(b <= a, b, a + b)),
      lambda m, y, a, b: (_share_of_larger(m, b, a), _share_of_larger(m, a, b)),
      "only the smaller operand moves it; a tie gives each one half",
      symbol="min", latex=r"\min({0}, {1})", kink=lambda a, b: a - b)

# --- choosing -----------------------------------------------------------------------------------

_row("where",
     lambda m, condition, a, b: m.where(condition > 0.0, a, b),  # nan > 0 is false, and chooses b
     lambda m, y, condition, a, b: (
         0.0, m.where(condition > 0.0, 1.0, 0.0), m.where(condition > 0.0, 0.0, 1.0)
     ),
     "the chosen operand passes unchanged; the other one, and the condition, move nothing",
     arity=3, domain=(REALS, REALS, REALS), kink=lambda condition, a, b: condition,
     points=((1.0, 2.5, -0.6), (-0.7, 2.5, -0.6), (0.3, -1.3, 4.0), (-2.0, 0.4, 0.9)))


def _is_index(m: Any, index: Any, k: int) -> Any:
    # Whole numbers alone choose; a hundredth to either side makes it a step function, so that
    # its derivative is 0 by differences too, and not by decree.
    return m.abs(index - float(k)) < 0.01


def _choose(m: Any, index: Any, *xs: Any) -> Any:
    chosen = math.nan * index
    for k, x in enumerate(xs):
        chosen = m.where(_is_index(m, index, k), x, chosen)
    return chosen


_list("choose", _choose,
      lambda m, y, index, *xs: (
          0.0, *[m.where(_is_index(m, index, k), 1.0, 0.0) for k in range(len(xs))]
      ),
      "the chosen operand passes unchanged; the others, and the index, move nothing",
      points=((0.0, 1.5), (1.0, -2.0, 0.7), (0.0, 0.3, 1.7, -0.9), (2.0, 0.3, 1.7, -0.9)))
