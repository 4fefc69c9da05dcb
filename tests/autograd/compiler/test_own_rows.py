"""Operations of a user's own: as text where that can be, else called as they are."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.codegen.prelude import prelude
from autograd.compiler.expressions.numpy_language import NUMPY
from autograd.compiler.expressions.python_language import PYTHON
from autograd.compiler.expressions.row_expression import forward, vjp
from autograd.core.arithmetic import FLOATS
from autograd.core.evaluate import evaluate
from autograd.core.operation import TABLE
from tests.autograd.compiler.expression_runs import (
    NAN,
    operands,
    reference,
    run_arrays,
    run_scalar,
    text,
    times,
)


@pytest.fixture
def own() -> Iterator[None]:
    """Primitives: some that are text, one with an ``if``, one with a setting and an ``if``."""
    before = dict(TABLE)
    autograd.primitive(
        "bump", lambda m, x: m.exp(-x * x) * m.sigmoid(x),
        lambda m, y, x: (y * (m.sigmoid(-x) - 2.0 * x),), points=[-0.7, 0.3, 1.2],
    )  # fmt: skip
    autograd.primitive(
        "bent", lambda m, x, k: x * k if x > 0.0 else m.exp(x) * k,
        lambda m, y, x, k: (k if x > 0.0 else y, y / k),
        arity=2, points=[(-0.7, 1.5), (0.3, 0.4)],
    )  # fmt: skip
    autograd.primitive(
        "knee", lambda m, x, *, rise: max(rise * x, x), lambda m, y, x, *, rise: (y / x,),
        points=[-0.7, 0.3], settings={"rise": 0.5},
    )  # fmt: skip
    autograd.primitive(
        "stair", lambda m, x: m.where(x > 1.0, 2.0, 3.0) + 0.0 * x,
        lambda m, y, x: (0.0 * (x > 1.0) + m.where(x > 1.0, 0.0, 0.0) * (x < 0.0),),
        points=[-0.7, 0.3, 1.9],
    )  # fmt: skip
    yield
    for name in set(TABLE) - set(before):
        del TABLE[name]
        delattr(FLOATS, name)


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["bump", "bent", "knee", "stair"])
def test_a_users_row_runs_as_text_or_as_it_is(name: str, dtype: str) -> None:
    row = TABLE[name].bind(rise=0.25) if name == "knee" else TABLE[name]
    n = row.arity or 1
    points = list(itertools.product((0.4, -1.3, 2.0, NAN), (0.7, 2.0), repeat=1))
    points = [point[:n] for point in points]
    given = operands(points, dtype)
    rounded = [tuple(map(float, p)) for p in zip(*given.values(), strict=True)]
    values, slopes = reference(row, rounded)
    tolerance = 1e-14 if dtype == "float64" else 1e-6
    for out in (True, False):
        y = run_arrays(forward(row, n), given, out)
        np.testing.assert_allclose(y, values, rtol=tolerance)
        for slot in range(n):
            d = run_arrays(vjp(row, n, slot), {"g": y * 0.0 + 2.0, "y": y, **given}, out)
            np.testing.assert_allclose(d, times(2.0, slopes[slot]) + 0.0 * y, rtol=tolerance)
    for quick in (True, False):
        one = {f"x{i}": x for i, x in enumerate(points[2])}
        found = run_scalar(forward(row, n), one, quick)
        assert type(found) is (float if quick else np.float64)
        assert found == pytest.approx(evaluate(row, points[2])[0], rel=1e-14)


@pytest.mark.usefixtures("own")
def test_only_a_row_that_asks_for_the_number_is_called_as_it_is() -> None:
    assert not any("rows" in line for line in text(forward(TABLE["bump"], 1), NUMPY))
    assert text(forward(TABLE["bent"], 2), NUMPY) == ['r = rows["bent"].forward(x0, x1)']
    row = TABLE["knee"].bind(rise=0.25)
    assert text(forward(row, 1), PYTHON) == ['r = rows["knee"].forward(x0, rise=0.25)']
    assert text(vjp(row, 1, 0), NUMPY, "b") == ["r = np.multiply(g, y / x0, out=b)"]
    assert text(vjp(TABLE["bent"], 2, 0), NUMPY, "b") == [
        'r = np.multiply(g, rows["bent"].partial(0, y, x0, x1), out=b)'
    ]


@pytest.mark.usefixtures("own")
def test_the_prelude_says_that_a_users_row_has_to_be_supplied() -> None:
    lines = text(forward(TABLE["bent"], 2), NUMPY)
    assert '# rows["bent"] is an operation of the user\'s own' in prelude("\n".join(lines))
    assert "rows" not in prelude("\n".join(text(forward(TABLE["tanh"], 1), NUMPY)))


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["constant", "parameter"])
def test_a_choice_of_numbers_has_the_dtype_of_the_program_beside_a_number(
    kind: str, dtype: str
) -> None:
    gate = autograd.primitive(
        "gate", lambda m, a, x: m.where(a < x, 1.0, 0.0), lambda m, y, a, x: (0.0 * a, 0.0 * x),
        arity=2, points=[(-0.7, 1.5), (0.3, -0.4)],
    )  # fmt: skip
    w = Value(0.5, name="w")

    def fn(x: list[Value]) -> list[Value]:
        bound = w if kind == "parameter" else 0.5
        return [gate(bound, xi) for xi in x]

    f = autograd.compile(fn, dtype=dtype)
    batch = [[0.0, 0.4, 0.6, 1.0]]
    assert f.map(batch).tolist() == [[0.0, 0.0, 1.0, 1.0]]
    assert f.map(batch).dtype == dtype
    scope: dict[str, Any] = {}
    exec(compile(f.text("plain"), "<plain>", "exec"), scope)
    found = scope["values"](f.theta, np.array(batch, dtype))
    assert (found.tolist(), found.dtype) == ([[0.0, 0.0, 1.0, 1.0]], dtype)


@pytest.mark.usefixtures("own")
def test_a_setting_called_exponent_makes_no_power() -> None:
    decay = autograd.primitive(
        "decay", lambda m, x, *, exponent: m.exp(-exponent * x),
        lambda m, y, x, *, exponent: (-exponent * y,), settings={"exponent": 0.5}, points=[0.3],
    )  # fmt: skip
    f = autograd.compile(lambda x: decay(x * x + 1.0))
    assert f.map([2.0]).tolist() == [f(2.0).data]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("name", ["rsqrt", "cross_entropy", "shift"])
def test_a_row_may_have_the_name_of_one_that_a_pass_writes(name: str) -> None:
    bent = autograd.primitive(
        name, lambda m, x: x * 7.0 if x > 0.0 else x * 3.0,
        lambda m, y, x: (7.0 if x > 0.0 else 3.0,), points=[0.3, -0.2],
    )  # fmt: skip
    w = Value(1.5, name="w")

    def before(x: list[Value]) -> list[Value]:
        y = bent(w * x[0])  # what the passes write comes after it
        loss = autograd.logsumexp([y - x[1], x[1] - x[1]])
        return [y, (y * y + 1.0) ** -0.5, loss, autograd.softmax([y, *x])[0]]

    def after(x: list[Value]) -> Value:
        a, b = (w * x[0]).exp(), w * x[1]
        loss = autograd.logsumexp([a - b, b - b])
        return bent((a + 1.0) ** -0.5 + loss + autograd.softmax([a, b, *x])[0])

    example = [-0.5, 2.0, 0.3]
    eager = [y.data for y in before(list(map(Value, example)))]
    np.testing.assert_allclose(autograd.compile(before).map([example])[0], eager, rtol=1e-12)
    f = autograd.compile(after)
    output = f(example)
    output.backward()
    value, gradient = f.value_and_grad(f.theta, [example])
    assert value == pytest.approx(output.data, rel=1e-12)
    assert gradient[0] == pytest.approx(w.grad, rel=1e-12)
