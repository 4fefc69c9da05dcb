"""Graphs as a learner writes them, and every view of each: trees, DOT, pages, explanations."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator

import autograd
import nn
from autograd import Value, explain, forward_steps, steps, wrong_order

Graph = tuple[Value, dict[str, Value]]
GRAPHS: dict[str, Callable[[], Graph]] = {}


def graph(make: Callable[[], Graph]) -> Callable[[], Graph]:
    """Note a maker of graphs under its name."""
    GRAPHS[make.__name__] = make
    return make


def leaves(**numbers: float) -> tuple[list[Value], dict[str, Value]]:
    named = {name: Value(number, name=name) for name, number in numbers.items()}
    return list(named.values()), named


@graph
def readme() -> Graph:
    (a, b, c), named = leaves(a=2.0, b=-3.0, c=10.0)
    return (a * b + c).tanh(), named


@graph
def square() -> Graph:
    (a,), named = leaves(a=3.0)
    return a * a, named


@graph
def shared() -> Graph:
    (a, b), named = leaves(a=2.0, b=3.0)
    c, d = a + b, a * b
    return (c + d) + c * d, named


@graph
def micrograd() -> Graph:
    (x,), named = leaves(x=-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return h + q + q * x, named


@graph
def numbers_on_both_sides() -> Graph:
    (x,), named = leaves(x=1.5)
    return 1 / (1 + 2**x) - x**-2 + abs(-x) / 3, named


@graph
def neuron() -> Graph:
    (w1, w2, x1, x2, b), named = leaves(w1=-3.0, w2=1.0, x1=2.0, x2=0.0, b=6.88)
    return autograd.sum([w1 * x1, w2 * x2, b]).tanh(), named


@graph
def blocked() -> Graph:
    (w, x, b), named = leaves(w=-1.0, x=2.0, b=0.5)
    return (w * x + b).relu() * 3, named


@graph
def blocked_twice() -> Graph:
    (w, x), named = leaves(w=0.0, x=-2.0)
    return (w * x) * x.relu() + (x - 1).relu() * w, named


@graph
def saturated() -> Graph:
    (w, x), named = leaves(w=8.0, x=2.5)
    return (w * x).sigmoid() + (w * x).tanh(), named


@graph
def cancelling() -> Graph:
    (a, b), named = leaves(a=2.0, b=5.0)
    return a * b - b * a + (a - a), named


@graph
def underflow() -> Graph:
    (x,), named = leaves(x=1e-200)
    return (x * 1e-100) * (x * 1e-200), named


@graph
def unconnected() -> Graph:
    (a, b), named = leaves(a=2.0, b=3.0)
    return a.exp(), named | {"b": b}


@graph
def not_a_number() -> Graph:
    (x,), named = leaves(x=-1.0)
    return x.log() * 0.0 + x.sqrt(), named


@graph
def infinite() -> Graph:
    (x,), named = leaves(x=0.0)
    return x.log() + 1 / x, named


@graph
def names_to_escape() -> Graph:
    named = {"a<b>&\"'": Value(1.0, name="a<b>&\"'"), "x_1": Value(2.0, name="x_1")}
    return named["a<b>&\"'"] * named["x_1"] + Value(3.0, name="two\nlines"), named


@graph
def wide_sum() -> Graph:
    values = [Value(0.1 * i, name=f"x[{i}]") for i in range(12)]
    return autograd.sum([v * v for v in values]), {"x[0]": values[0], "x[11]": values[11]}


@graph
def softmax_entropy() -> Graph:
    (a, b, c), named = leaves(a=1000.0, b=1001.0, c=999.0)
    return nn.cross_entropy([a, b, c], 0), named


@graph
def powers() -> Graph:
    (x, n), named = leaves(x=2.0, n=3.0)
    return x**n + x**0.5 + n**x, named


@graph
def choosing() -> Graph:
    (x, y), named = leaves(x=0.5, y=2.0)
    largest = autograd.maximum(x, y) + autograd.minimum(x, y)
    return largest + autograd.where(x - y, x, y) + autograd.choose(1.0, [x, y]), named


@graph
def chain() -> Graph:
    (x,), named = leaves(x=0.3)
    y = x
    for i in range(30):
        y = y.sin() if i % 2 else y * 1.1
    return y, named


@graph
def doublings() -> Graph:
    (a,), named = leaves(a=1.0)
    y = a
    for _ in range(12):
        y = y + y
    return y, named


@graph
def mlp() -> Graph:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    x = [Value(0.5, name="x[0]"), Value(-1.0, name="x[1]")]
    return (model(x) - 1.0) ** 2, {"w": model.parameters()[0], "x[0]": x[0]}


@graph
def wide_mlp() -> Graph:
    model = nn.MLP(3, [8, 8, 2], activation="relu", seed=1)
    return nn.mse_loss(model([1.0, -2.0, 0.5]), [1.0, 0.0]), {"w": model.parameters()[0]}


@graph
def recurrent() -> Graph:
    (u, v, h), named = leaves(u=0.5, v=-0.25, h=0.0)
    for x in (1.0, 2.0, -1.0):
        h = (u * x + v * h).tanh()
    return h * h, named


@graph
def every_activation() -> Graph:
    (x,), named = leaves(x=0.7)
    names = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sigmoid", "tanh")
    return autograd.sum([getattr(x, name)() for name in names]), named


@graph
def settings() -> Graph:
    (x,), named = leaves(x=-0.7)
    return x.leaky_relu(0.2) + x.elu(alpha=2.0) + x.polygamma(order=2), named


def texts() -> Iterator[tuple[str, str]]:
    """Every view of every graph, and one of each row of the table."""
    for name, make in GRAPHS.items():
        for view, show in VIEWS.items():
            output, named = make()
            text = str(show(output, named))
            yield f"{name}/{view}", text
    for row, text in _rows():
        yield f"rows/{row}", text


def _tree(output: Value, named: dict[str, Value]) -> str:
    before = autograd.tree(output, names=named)
    output.backward()
    return f"{before}\n\n{autograd.tree(output, names=named, max_lines=25)}"


def _dot(output: Value, named: dict[str, Value]) -> str:
    before = autograd.draw(output, names=named).source
    output.backward()
    return before + autograd.draw(output, names=named).source


def _folded_dot(output: Value, named: dict[str, Value]) -> str:
    output.backward()
    return str(autograd.draw(output, names=named, max_nodes=8).source)


def _page(output: Value, named: dict[str, Value]) -> str:
    return page_text(autograd.Stepper(output, names=named).html())


def _folded_page(output: Value, named: dict[str, Value]) -> str:
    return page_text(autograd.Stepper(output, names=named).html(max_nodes=8))


def _stepper(output: Value, named: dict[str, Value]) -> str:
    stepper = autograd.Stepper(output, names=named)
    seen = []
    for position in (0, stepper.backward_start, -1):
        stepper.seek(position)
        seen.append(repr(stepper))
    return "\n\n".join(seen)


def _steps(output: Value, named: dict[str, Value]) -> str:
    forward = [str(step) for step in forward_steps(output, names=named)]
    return "\n".join([*forward[:40], *[str(step) for step in steps(output, names=named)][:60]])


def _explained(output: Value, named: dict[str, Value]) -> str:
    found = [explain(output, x, names=named) for x in named.values()]
    return "\n\n".join([t for e in found for t in (str(e.text(rules=True)), e.latex())])


def _explained_briefly(output: Value, named: dict[str, Value]) -> str:
    return "\n\n".join([repr(explain(output, x, top=2, names=named)) for x in named.values()])


def _misordered(output: Value, named: dict[str, Value]) -> str:
    return str(wrong_order(output, names=named))


def _numbers(output: Value, named: dict[str, Value]) -> str:
    output.backward()
    lines = [repr(output), *[f"{name} {x!r}" for name, x in named.items()]]
    try:
        first = autograd.grad(output, list(named.values()))
        lines += [f"{g.data!r} {g.op} {len(g.parents)}" for g in first]
    except autograd.GlassgradError as error:
        lines.append(str(error))
    return "\n".join(lines)


VIEWS: dict[str, Callable[[Value, dict[str, Value]], object]] = {
    "tree": _tree,
    "dot": _dot,
    "folded dot": _folded_dot,
    "page": _page,
    "folded page": _folded_page,
    "stepper": _stepper,
    "steps": _steps,
    "explained": _explained,
    "explained briefly": _explained_briefly,
    "wrong order": _misordered,
    "numbers": _numbers,
}


def page_text(page: str) -> str:
    """A page with a hash in place of its style and its script, and its data on lines of its own.

    Of a large page there is a hash alone: what it holds is in the texts of the small ones, too.
    """

    def hashed(match: re.Match[str]) -> str:
        digest = hashlib.sha256(match[2].encode()).hexdigest()[:16]
        return f"{match[1]}{digest}{match[3]}"

    if len(page) > 45_000:
        return f"a page of {len(page)} characters, {hashlib.sha256(page.encode()).hexdigest()}"
    page = re.sub(r"(<style>)(.*?)(</style>)", hashed, page, flags=re.DOTALL)
    page = re.sub(r'(<script type="module">)(.*?)(</script>)', hashed, page, flags=re.DOTALL)
    return page.replace('],"', '],\n"').replace('},{"', '},\n{"')


ROWS = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "cos", "cosh", "degrees",
    "digamma", "elu", "erf", "erfc", "exp", "exp2", "expm1", "gamma", "gelu", "leaky_relu",
    "lgamma", "log", "log10", "log1p", "log2", "polygamma", "radians", "relu", "sigmoid",
    "silu", "sin", "sinh", "softplus", "sqrt", "tan", "tanh",
]  # fmt: skip


def _rows() -> Iterator[tuple[str, str]]:
    """What each function of the table is called, says and gives, edges included."""
    for name in ROWS:
        function = getattr(autograd, name)
        lines = [function.__doc__ or "", getattr(getattr(Value, name, None), "__doc__", "") or ""]
        for x in (0.0, -0.0, 0.3, -1.7, 5.0, 40.0, -800.0, math.inf, -math.inf, math.nan):
            v = Value(x)
            y = function(v)
            y.backward()
            lines.append(f"{x!r}: {y.data!r} {y.partials!r} {v.grad!r} {y.op}")
        yield name, "\n".join(lines)
