"""Expressions as text: what is allowed means what Python means, and nothing else gets in."""

from __future__ import annotations

import ast
import contextlib
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd import ArgumentError, GlassgradError, InputError, ShapeError, Value
from autograd.analysis import expression as module
from autograd.analysis.expression import MAX_LENGTH, ParsedExpression, evaluate
from autograd.core.graph import topological_order
from autograd.core.table import TABLE
from autograd.functions.functions import FUNCTIONS
from tests.autograd.messages import raises

ROOT = Path(__file__).parents[3]


def variables() -> dict[str, Value]:
    return {"a": Value(2.0, name="a"), "b": Value(-3.0, name="b"), "c": Value(10.0, name="c")}


def described(output: Value) -> list[Any]:
    """All of a graph: operations, numbers, and which node is whose parent."""
    order = topological_order(output)
    place = {node: i for i, node in enumerate(order)}
    return [
        (x.op, repr(x.data), [repr(p) for p in x.partials], [place[p] for p in x.parents])
        for x in order
    ]


def refused(text: str) -> tuple[GlassgradError, str, str]:
    """The error of an expression that is refused, its message, and what the caret stands at."""
    with pytest.raises(GlassgradError) as caught:
        evaluate(text, variables())
    message, line, caret = str(caught.value).split("\n")
    assert message.startswith("expression: ")
    assert caret.strip() == "^"
    return caught.value, message, line[len(caret) - 1 :]


# --- what is allowed ------------------------------------------------------------------------------

ALLOWED = [
    "a + b", "a - b", "a * b", "a / b", "a ** c", "a ** 2", "2 ** a", "a ** -1", "a ** 0.5", "-a",
    "a * +b", "--a", "-a ** 2", "(-a) ** 2", "a - b - c", "a - (b - c)", "a / b / c", "a ** a ** 2",
    "2 * a + 3", "1 - a", "1 / a", "1_000 * a", "0x10 * a", "1e-3 * a", ".5 * a", "3. * a",
    "2 / 3 * a", "a * (2 - 3) ** 3", "(a*b + c).tanh()", "tanh(a*b + c)", "a.relu()", "b.relu()",
    "b.leaky_relu()", "b.leaky_relu(0.1)", "b.leaky_relu(slope=0.1)", "leaky_relu(b, 0.1)",
    "leaky_relu(b, slope=1 / 8)", "b.elu(alpha=2)", "polygamma(a, order=2)", "abs(b)", "b.abs()",
    "log(a)", "log(c, a)", "log(c, base=2)", "pow(a, 2)", "pow(2, a)", "hypot(a, b, 3)", "a.log()",
    "maximum(a, b)", "minimum(a, 1)", "atan2(a, b)", "sum([a, b, 1])", "sum((a, b))", "sum([])*a",
    "mean([a, b, c])", "prod([a, b])", "logsumexp([a, b])", "dot([a, b], (c, 2))",
    "dist([a, b], [b, c])", "sum(softmax([a, b]))", "dot(log_softmax([a, b]), [0, 1])",
    "a.sin().cos()", "sqrt(a) * exp(-a)", "(a\n + b)", "  a +\tb ",
]  # fmt: skip


@pytest.mark.parametrize("text", ALLOWED)
def test_what_is_allowed_builds_the_graph_that_python_builds(text: str) -> None:
    ours, theirs = variables(), variables()
    result = evaluate(text, ours)
    # our own text, in a test: this is Python, to compare with
    expected = eval(text.strip(), dict(FUNCTIONS), theirs)
    assert described(result) == described(expected)
    result.backward()
    expected.backward()
    assert [v.grad for v in ours.values()] == [v.grad for v in theirs.values()]


@pytest.mark.parametrize("name", [n for n, row in TABLE.items() if row.is_function])
def test_every_row_with_a_name_is_a_function_and_those_of_one_operand_are_methods(
    name: str,
) -> None:
    row = TABLE[name]
    given = {f"x{i}": Value(x) for i, x in enumerate(row.points[-1])}
    arguments = ", ".join(given)
    many = row.arity is None and name != "hypot"
    text = f"{name}([{arguments}])" if many else f"{name}({arguments})"
    if name == "choose":
        text = f"choose(x0, [{arguments.removeprefix('x0, ')}])"
    assert evaluate(text, given).op == name
    if row.arity == 1:
        assert described(evaluate(f"x0.{name}()", given)) == described(evaluate(text, given))


def test_a_variable_is_the_very_value_that_was_given_and_hides_a_constant() -> None:
    a = Value(2.0)
    assert evaluate("+(a)", {"a": a}) is a
    assert evaluate("a * a", {"a": a}).parents == (a, a)
    assert evaluate("a * b", {"a": 3, "b": True}) == 3.0
    assert evaluate("pi + e + tau", {"e": 5.0}) == math.pi + 5.0 + math.tau


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/0", math.inf), ("-1/0", -math.inf), ("0/0", math.nan), ("(-8)**(1/3)", math.nan),
        ("log(0)", -math.inf), ("exp(1000)", math.inf), ("10**10**10", math.inf),
        ("1e999", math.inf), ("9**9**9**9", math.inf), ("10**400", math.inf), ("-0", -0.0),
        ("2**-1", 0.5), ("7 - 10", -3.0), ("9007199254740993 - 1", 9007199254740991.0),
    ],
)  # fmt: skip
def test_numbers_alone_are_floats_before_they_are_computed_with(text: str, expected: float) -> None:
    result = evaluate(text, {})
    assert type(result) is float
    assert repr(result) == repr(expected)


def test_an_expression_knows_its_output_and_its_names_before_it_has_values() -> None:
    expression = ParsedExpression("  loss = (b * a + pi * a).tanh()")
    assert (expression.output, expression.names) == ("loss", ("b", "a", "pi"))
    once, again = expression.evaluate(variables()), expression.evaluate(variables())
    assert once is not again
    assert once.name == again.name == "loss"
    assert described(once) == described(again)
    same = variables()
    assert evaluate("L = a", same) is same["a"]
    assert same["a"].name == "a"


_LEAVES = st.one_of(
    st.sampled_from(["a", "b", "c"]), st.floats(0.0, 1e6).map(repr), st.integers(0, 1000).map(str)
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "**"])
    return st.one_of(
        st.tuples(inner, operators, inner).map(lambda x: f"({x[0]} {x[1]} {x[2]})"),
        st.tuples(inner, operators, inner).map(lambda x: f"{x[0]}{x[1]}{x[2]}"),
        inner.map(lambda x: f"-{x}"),
        inner.map(lambda x: f"tanh({x})"),
        st.lists(inner, min_size=1, max_size=3).map(lambda x: f"sum([{', '.join(x)}])"),
        st.tuples(inner, inner).map(lambda x: f"maximum({x[0]}, {x[1]})"),
    )


@given(st.recursive(_LEAVES, _grown, max_leaves=12))
def test_random_expressions_mean_what_python_means(text: str) -> None:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = float(node.value)  # 9**9**9 as Python's int takes forever
    try:
        expected = eval(ast.unparse(tree), dict(FUNCTIONS), variables())
    except (ArithmeticError, InputError):  # where Python raises or turns complex, IEEE has a number
        assume(False)
    assume(not isinstance(expected, complex))
    result = evaluate(text, variables())
    if isinstance(expected, Value):
        assert described(result) == described(expected)
    else:
        assert repr(result) == repr(float(expected))


# --- what is not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a.data", "data"), ("a.__class__", "__class__"), ("(a*b).grad + 1", "grad"), ("a[0]", "a"),
        ("[a, b][0]", "["), ("lambda: a", "lambda"), ("[x for x in a]", "["), ("{a: b}", "{"),
        ("sum(x for x in a)", "(x"), ("{a}", "{"), ("f'{a}'", "f"), ("a + 'b'", "'b'"),
        ("b'a'", "b'"), ("(x := a)", "x"), ("a < b", "a"), ("a and b", "a"), ("not a", "not"),
        ("~a", "~"), ("a if b else c", "a"), ("a // b", "//"), ("c + a % b", "%"), ("(a) @ b", "@"),
        ("True", "True"), ("None", "None"), ("2j", "2j"), ("...", "..."), ("tanh(*a)", "*a"),
        ("tanh(**a)", "tanh"), ("leaky_relu(a, slope=1, slope=2)", "leaky_relu"),
        ("import os", "import"), ("del a", "del"), ("L += a", "L"), ("L = M = a", "L"),
        ("L, M = a", "L"), ("await a", "await"), ("sum([*[a]])", "*[a]"), ("a.b = c", "a"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_its_place_and_what_is_allowed(
    text: str, place: str
) -> None:
    error, message, at = refused(text)
    assert type(error) is ArgumentError
    assert "is not allowed; allowed are" in message
    assert at.startswith(place)


@pytest.mark.parametrize(
    ("text", "named", "place"),
    [
        ("tahn(a)", "tanh", "tahn"), ("a.rleu().tanh()", "relu", "rleu"), ("ReLU(a)", "relu", "R"),
        ("max(a, b)", "maximum", "max"), ("min(a, b)", "minimum", "min"), ("a*w", "w=2", "w"),
        ("a*w + z", "w=2 z=3", "w"), ("tanh(é=a) * w", "w=2", "w"), ("np.tanh(b)", "np", "np"),
        ("a*eval('1')", "'eval'", "eval"), ("a(b)", "'a'", "a"), ("2(a)", "*", "2"),
        ("a.backward()", "backward", "backward"), ("a.maximum(b)", "maximum", "maximum"),
        ("2a", "2*a", "2a"), ("a × b", "write *", "×"), ("a²", "**2", "²"), ("a b", "syntax", "b"),
        ("tanh(a", "'('", "(a"), ("a = a * b", "another name", "a"), ("a, b", "sum(...)", "a"),
        ("a^2", "**", "^"), ("(a+b) ^ c", "**", "^ c"), ("sin", "call it", "sin"),
        ("w + tanh", "tanh is a function; call it", "tanh"), ("a(b+c)", "a*(", "a("),
        ("a.hypot(b)", "hypot(a", "hypot"), ("a.sum()", "sum([a", "sum"), ("ln(a)", "log", "ln"),
        ("a*ln", "log", "ln"), ("a + π", "pi", "π"), ("a.ln()", "log", "ln"),
        ("e*tahn", "tanh", "tahn"),
        ("a*2 = L", "only a name can stand before '='", "a"), ("f(a)=a", "only a name", "f"),
        ("= a", "only a name", "="), ("a+b; c", "second statement", "c"),
        ("a+b\nc", "second statement", "c"), ("a\n-b", "second statement", "-"),
        ("(é\n + w)", "w=3", "é"), ("(a\n + w\n)", "w=2", "w"), ("a + (b\n c)", "syntax", "b"),
        ("# a", "#", "#"), ("a\0", "\\x00", "\\x00"), ("a + \ud800", "\\ud800", "\\ud800"),
    ],
)  # fmt: skip
def test_a_refusal_names_what_is_wrong_or_what_to_write(text: str, named: str, place: str) -> None:
    error, message, at = refused(text)
    assert type(error) is ArgumentError
    assert named in message
    assert at.startswith(place)


@pytest.mark.parametrize(
    ("text", "advice"),
    [("a*2 = L", "=="), ("f(a)=a", "=="), ("(a=3)", "=="), ("tanh(a*2=3)", "=="), ("[a=2]", "=="),
     ("L == a b", "=="), ("a + " + "9" * 4900, "sys."), ("a = " + "9" * 4900, "sys."),
     ("sin", "value"), ("tanh + a", "value"), ("01", "0o")],
)  # fmt: skip
def test_no_advice_is_given_that_would_not_help(text: str, advice: str) -> None:
    assert advice not in refused(text)[1]


def test_functions_that_take_a_list_are_listed() -> None:
    def takes_a_list(name: str) -> bool:
        with contextlib.suppress(TypeError, ValueError):
            FUNCTIONS[name]([1.0, 2.0])
            return True
        return False

    listed = {name for name in set(FUNCTIONS) - set(module._METHODS) if takes_a_list(name)}
    assert listed == set(module._OF_A_LIST)


@pytest.mark.parametrize(
    ("text", "kind", "named"),
    [
        ("sum(a, b)", InputError, "sum"), ("dot()", InputError, "dot"), ("sum(a)", InputError, ""),
        ("mean([])", ShapeError, "mean"), ("dot([a], [b, c])", ShapeError, "1 and 2"),
        ("tanh([a])", ShapeError, "tanh"), ("sum([[a], b])", ShapeError, "list of 1"),
        ("softmax([a, b]) + 1", ShapeError, "list of 2"), ("a.tanh(1)", InputError, "tanh"),
        ("maximum(a)", InputError, "maximum"), ("leaky_relu(a, slop=1)", InputError, "'slop'"),
        ("leaky_relu(a, slope=b)", InputError, "slope"), ("a.leaky_relu(b)", InputError, "slope"),
        ("leaky_relu(a, slope=b)", InputError, "variable"), ("elu(a, b)", InputError, "alpha"),
        ("polygamma(a, order=999)", ArgumentError, "order"), ("9" * 400, InputError, "float64"),
    ],
)  # fmt: skip
def test_the_engines_own_errors_keep_their_type(
    text: str, kind: type[Exception], named: str
) -> None:
    error, message, _ = refused(text)
    assert type(error) is kind
    assert named in message


def test_a_text_without_anything_or_too_long_and_a_variable_that_is_no_number_are_refused() -> None:
    for text in ("  \n ", "a" * (MAX_LENGTH + 1)):
        with raises(ArgumentError, "expression", 1, "5,000"):
            evaluate(text, {})
    with raises(InputError, "the variable a", "'2'"):
        evaluate("a", {"a": "2"})  # type: ignore[dict-item]


def test_of_a_long_text_the_part_around_the_place_is_shown() -> None:
    _, _, at = refused("a + " * 30 + "w" + " + a" * 30)
    assert at == "w" + " + a" * 11


# --- hostile text ---------------------------------------------------------------------------------

HOSTILE = [
    '"10**10**10"', '"9**9**9**9"', '"1" * 4500', '"0x" + "F" * 4500', '"("*100_000 + ")"*100_000',
    '"(" * 5000', '"(" * 199 + "a" + ")" * 199', '"a+" * 500_000 + "a"', '"a+" * 2400 + "a"',
    '"-" * 4999 + "a"', '"-" * 2000 + "a"', '"not " * 1200 + "a"', '"[" * 50 + "]" * 50',
    '"a**" * 1600 + "a"', '"a" + ".relu()" * 700', '"a." * 2400 + "a"', '"{" * 199', '"f\'{" * 99',
    '"lambda:" * 700 + "a"', '"a if a else " * 400 + "a"', '"a<" * 2400 + "a"', '"a," * 2400',
    '"a;" * 2400', '"tanh(" * 199', '"~" * 4999', '"a()" * 1600', '"a" * 5000', '"é" * 5000',
    '"sum(" + "softmax(" * 20 + "[" + "a," * 500 + "]" + ")" * 21', '"\\\\"', '"\\0"',
    '"gamma(171.7)**gamma(-1e300)"', '"1e" + "9" * 4000', '"polygamma(a, order=1e300)"',
    '"import a." * 500', '"a=" * 2400 + "a"', '"a" * 2400 + "=" + "a" * 2400',
]  # fmt: skip


def test_hostile_text_is_answered_or_refused_at_once_and_nothing_else_happens() -> None:
    program = (
        "from autograd import GlassgradError, Value\n"
        "from autograd.analysis.expression import evaluate\n"
        f"for text in [{', '.join(HOSTILE)}]:\n"
        "    try: evaluate(text, {'a': Value(2.0)}); print('answered')\n"
        "    except GlassgradError as error: print('refused' if len(str(error)) < 500 else error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stderr, done.returncode) == ("", 0)
    said = done.stdout.splitlines()
    assert len(said) == len(HOSTILE)
    assert set(said) == {"answered", "refused"}
    assert said[:2] == ["answered"] * 2
    assert evaluate("a+" * 1999 + "a", {"a": Value(1.0)}).data == 2000.0


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_what_is_nested_too_deep_for_python_is_refused(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def overrun(_: str) -> None:
        raise error

    monkeypatch.setattr(ast, "parse", overrun)  # how deep it goes depends on Python
    with raises(ArgumentError, "expression", "nested too deep"):
        evaluate("--a", {"a": 1.0})


def test_the_text_is_never_run_as_python() -> None:
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert called.isdisjoint({"eval", "exec", "compile", "__import__", "getattr", "globals"})
    assert "ast.parse" in called
