"""Expressions as text: what is allowed means what Python means, and nothing else gets in."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import ArgumentError, GlassgradError, InputError, ShapeError, Value
from autograd.analysis.expression import MAX_LENGTH, MAX_NESTING, Expression, evaluate
from autograd.core.graph import topological_order
from autograd.core.operation import TABLE
from autograd.functions.functions import FUNCTIONS

ROOT = Path(__file__).parents[2]


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


def refused(text: str, **values: Any) -> tuple[str, str, str]:
    """The message of an expression that is refused, the line it shows, and what the caret is at."""
    with pytest.raises(GlassgradError) as caught:
        evaluate(text, variables() | values)
    message, line, caret = str(caught.value).split("\n")
    assert caret.strip() == "^"
    return message.removeprefix("expression: "), line[2:], line[len(caret) - 1 :]


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
    "a.sin().cos()", "sqrt(a) * exp(-a)", "(a\n + b)", "  a + b  # their sum", "a + \\\n b",
]  # fmt: skip


@pytest.mark.parametrize("text", ALLOWED)
def test_what_is_allowed_builds_the_graph_that_python_builds(text: str) -> None:
    ours = variables()
    theirs = variables()
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
    point = row.points[-1]
    given = {f"x{i}": Value(x) for i, x in enumerate(point)}
    arguments = ", ".join(given)
    many = row.arity is None and name != "hypot"
    text = f"{name}([{arguments}])" if many else f"{name}({arguments})"
    if name == "choose":
        text = f"choose(x0, [{arguments.removeprefix('x0, ')}])"
    assert evaluate(text, given).op == name
    if row.arity == 1:
        assert described(evaluate(f"x0.{name}()", given)) == described(evaluate(text, given))


def test_a_variable_is_the_very_value_that_was_given_and_a_number_becomes_no_value() -> None:
    a = Value(2.0)
    assert evaluate("a", {"a": a}) is a
    assert evaluate("+(a)", {"a": a}) is a
    square = evaluate("a * a", {"a": a})
    assert square.parents == (a, a)
    assert evaluate("a * b", {"a": 3, "b": True}) == 3.0
    assert type(evaluate("a", {"a": 3})) is float


def test_constants_are_known_and_give_way_to_variables() -> None:
    assert evaluate("pi + e + tau", {}) == math.pi + math.e + math.tau
    assert evaluate("e", {"e": 5.0}) == 5.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/0", math.inf), ("-1/0", -math.inf), ("0/0", math.nan), ("(-8)**(1/3)", math.nan),
        ("log(0)", -math.inf), ("exp(1000)", math.inf), ("10**10**10", math.inf),
        ("1e999", math.inf),
        ("9**9**9**9", math.inf), ("10**400", math.inf), ("(2).sqrt()", math.sqrt(2.0)),
        ("-0", -0.0),
        ("2**-1", 0.5), ("7 - 10", -3.0), ("9007199254740993 - 1", 9007199254740991.0),
    ],
)  # fmt: skip
def test_numbers_alone_are_floats_before_they_are_computed_with(text: str, expected: float) -> None:
    result = evaluate(text, {})
    assert type(result) is float
    assert repr(result) == repr(expected)


def test_an_output_can_be_named_and_then_the_node_has_that_name() -> None:
    assert evaluate("L = a * b", variables()).name == "L"
    assert evaluate("a * b", variables()).name == ""
    assert evaluate("L = 2 * 3", {}) == 6.0
    same = variables()
    assert evaluate("L = a", same) is same["a"]
    assert same["a"].name == "a"


def test_an_expression_knows_its_output_and_its_names_before_it_has_values() -> None:
    expression = Expression("  loss = (b * a + pi * a).tanh()")
    assert expression.output == "loss"
    assert expression.names == ("b", "a", "pi")
    assert expression.text == "loss = (b * a + pi * a).tanh()"
    once, again = expression.evaluate(variables()), expression.evaluate(variables())
    assert once is not again
    assert described(once) == described(again)


_LEAVES = st.one_of(
    st.sampled_from(["a", "b", "c"]),
    st.floats(0.0, 1e6).map(repr),
    st.integers(0, 1000).map(str),
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
    try:
        floats = ast.unparse(_with_floats(ast.parse(text)))  # 9**9**9 as Python's int takes forever
        expected = eval(floats, dict(FUNCTIONS), variables())
    except ArithmeticError:  # of numbers alone, where Python raises and IEEE has an answer
        assume(False)
    except InputError as error:
        assert "complex" in str(error) or "real number" in str(error)  # noqa: PT017
        assume(False)
    assume(not isinstance(expected, complex))
    result = evaluate(text, variables())
    if isinstance(expected, Value):
        assert described(result) == described(expected)
    else:
        assert repr(result) == repr(float(expected))


def _with_floats(tree: ast.AST) -> ast.AST:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = float(node.value)
    return tree


# --- what is not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("a.data", "data"), ("a.__class__", "__class__"), ("(a*b).grad + 1", "grad + 1"),
        ("a[0]", "a[0]"), ("[a, b][0]", "[a, b][0]"), ("lambda: a", "lambda: a"),
        ("[x for x in a]", "[x for x in a]"), ("sum(x for x in a)", "(x for x in a)"),
        ("{a: b}", "{a: b}"), ("{a}", "{a}"), ("f'{a}'", "f'{a}'"), ("a + 'b'", "'b'"),
        ("b'a'", "b'a'"), ("(x := a)", "x := a)"), ("a < b", "a < b"), ("a == b", "a == b"),
        ("a and b", "a and b"), ("not a", "not a"), ("~a", "~a"),
        ("a if b else c", "a if b else c"),
        ("a // b", "// b"), ("a % b", "% b"), ("(a) @ b", "@ b"), ("a | b", "| b"),
        ("a << b", "<< b"),
        ("True", "True"), ("None", "None"), ("2j", "2j"), ("...", "..."), ("tanh(*a)", "*a)"),
        ("tanh(**a)", "tanh(**a)"),
        ("leaky_relu(a, slope=1, slope=2)", "leaky_relu(a, slope=1, sl"),
        ("import os", "import os"), ("del a", "del a"), ("L += a", "L += a"),
        ("L: a = b", "L: a = b"),
        ("L = M = a", "L = M = a"), ("L, M = a", "L, M = a"), ("a.x = b", "a.x = b"),
        ("await a", "await a"), ("a if a < (yield) else b", "a if a < (yield) else b"),
        ("sum([*[a]])", "*[a]])"), ("tanh(a.data)", "data)"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_its_place_and_what_is_allowed(
    text: str, piece: str
) -> None:
    message, line, at = refused(text)
    assert "is not allowed; allowed are numbers, variables, + - * / **, parentheses" in message
    assert line == text
    assert at.startswith(piece)


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("tahn(a)", "no function 'tahn'; did you mean tanh?", "tahn(a)"),
        ("a + tahn", "no variable or function 'tahn'; did you mean tanh? Or give it a value: "
         "tahn=2", "tahn"),
        ("a.tahn()", "no method 'tahn'; did you mean tanh?", "tahn()"),
        ("a.rleu().tanh()", "no method 'rleu'; did you mean relu?", "rleu().tanh()"),
        ("max(a, b)", "no function 'max'; did you mean maximum?", "max(a, b)"),
        ("min(a, b)", "no function 'min'; did you mean minimum?", "min(a, b)"),
        ("ln(a)", "no function 'ln'; did you mean log?", "ln(a)"),
        ("ReLU(a)", "no function 'ReLU'; did you mean relu?", "ReLU(a)"),
        ("2 * π", "no variable or function 'π'; did you mean pi? Or give it a value: π=2", "π"),
        ("a*w", "no variable or function 'w'; give it a value: w=2", "w"),
        ("a*w + z", "no variable or function 'w'; give each a value: w=2 z=3", "w + z"),
        ("tanh", "tanh is a function; call it, as in tanh(...)", "tanh"),
        ("a * np.tanh(b)", "no np is needed; write tanh(a), without np", "np.tanh(b)"),
        ("__import__('os')", "no function '__import__'; a product is written a * (b + c)", "__im"),
        ("a(b)", "no function 'a'; a product is written a * (b + c)", "a(b)"),
        ("2(a)", "only functions are called; a product is written 2 * (a + b)", "2(a)"),
        ("a.backward()", "no method 'backward'; allowed are numbers, variables, + - * / **, "
         "parentheses, and functions such as tanh(x), x.tanh() or sum([a, b]), and 'L =' in front "
         "of it all", "backward()"),
        ("a.maximum(b)", "no method 'maximum'; write maximum(...), with all operands in the "
         "parentheses", "maximum(b)"),
        ("(a+b) ^ 2", "^ is not a power here; write **", "^ 2"),
        ("2a", "a product needs its sign; write 2*a", "2a"),
        ("a × b", "× is not a sign that Python knows; write *", "× b"),
        ("a²", "² is not a sign that Python knows; write **2", "²"),
        ("a b", "invalid syntax; write it as in Python", "b"),
        ("tanh(a", "'(' was never closed; write it as in Python", "(a"),
        ("tanh(a) = b", "only a name can stand before '='; write L = a * b", "tanh(a) = b"),
        ("a; b", "one is expected, got 2; write one, as in a*b + c", "a; b"),
        ("# a", "one is expected, got 0; write one, as in a*b + c", "# a"),
        ("a = a * b", "a is an operand; give the output another name", "a = a * b"),
        ("[a, b]", "one number is expected, got a list of 2; write sum(...)", "[a, b]"),
        ("a, b", "one number is expected, got a list of 2; write sum(...)", "a, b"),
        ("softmax([a, b]) + 1", "one number is expected, got a list of 2; write sum(...)", "+ 1"),
        ("-softmax([a])", "one number is expected, got a list of 1; write sum(...)", "-softmax"),
        ("sum([[a], b])", "one number is expected, got a list of 1; write sum(...)", "[[a], b]"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_wrong_and_what_to_write(text: str, message: str, at: str) -> None:
    said = refused(text)
    assert said[0] == message
    assert said[2].startswith(at)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("sum(a, b)", InputError, "takes 1 positional argument but 2 were given; a list is "),
        ("mean()", InputError, "missing 1 required positional argument: 'values'; a list is"),
        ("sum(a)", InputError, r"sum expects a list of Values or numbers, got Value\("),
        ("mean([])", ShapeError, "mean expects at least one value, got an empty list"),
        ("dot([a], [b, c])", ShapeError, "dot expects two lists of the same length, got 1 and 2"),
        ("tanh([a])", ShapeError, "tanh expects one number, got a list of 1"),
        ("tanh(a, b)", InputError, "tanh expects 1 operand and, as settings, none; got 2"),
        ("a.tanh(1)", InputError, "tanh expects 1 operand and, as settings, none; got 2"),
        ("tanh()", InputError, r"tanh expects 1 operand, got 0; write tanh\(x\)"),
        ("maximum(a)", InputError, "maximum expects 2 operands, got 1"),
        ("relu(a, slope=1)", InputError, "relu has no setting 'slope'"),
        ("leaky_relu(a, slop=1)", InputError, "leaky_relu has no setting 'slop', and expects none"),
        ("leaky_relu(a, slope=b)", InputError, "leaky_relu expects numbers as settings, got a var"),
        ("a.leaky_relu(b)", InputError, "leaky_relu expects numbers as settings, got a variable; "),
        ("polygamma(a, order=999)", ArgumentError, "polygamma expects an order of 0, 1, 2"),
        ("9" * 400, InputError, "the expression expects a number that fits a float64, up to"),
        ("9" * 4900, ArgumentError, "a number of so many digits does not fit a float64; scale it"),
        ("a" * (MAX_LENGTH + 1), ArgumentError, "expects 1 to 5,000 characters, got 5,001; "),
        ("  \n ", ArgumentError, r"^expression expects 1 to 5,000 .*, got 0; write a\*b, say; "),
        ("a\0", ArgumentError, r"a character '\\x00' cannot stand here; leave it out"),
        ("a + \ud800", ArgumentError, r"a character '\\ud800' cannot stand here; leave it out"),
        ("a\u00a0+ b", ArgumentError, r"a character '\\xa0' cannot stand here; leave it out"),
    ],
)  # fmt: skip
def test_the_engines_own_errors_and_those_of_the_text_say_what_to_do(
    text: str, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        evaluate(text, variables())
    assert type(caught.value) is kind
    assert str(caught.value).startswith("expression")


def test_an_expression_that_is_no_text_and_variables_that_are_no_mapping_are_refused() -> None:
    with pytest.raises(InputError, match=r"expression expects text, got Value; write 'a\*b'"):
        Expression(Value(1.0))  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"expects a mapping, got \[1\]; write \{'a': a\}"):
        evaluate("a", [1])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="the variable a expects a number, got the text '2'"):
        evaluate("a", {"a": "2"})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("text", "line", "caret"),
    [
        ("a\t+ é*w", "a + é*w", 6),  # a tab is one column, and é one, of two bytes
        ("日本 + w", "日本 + w", 7),  # these two signs take two columns each
        ("(a +\n  é*w)", "  é*w)", 4),
        ("(a +\r\n  w)", "  w)", 2),
        ("a + " * 30 + "w" + " + a" * 30, "... + " + "a + " * 11 + "w" + " + a" * 10 + " ...", 50),
    ],
)  # fmt: skip
def test_the_caret_stands_under_the_place(text: str, line: str, caret: int) -> None:
    with pytest.raises(ArgumentError, match="no variable or function 'w'") as caught:
        evaluate(text, {"a": 1.0, "é": 2.0, "日本": 3.0})
    _, shown, under = str(caught.value).split("\n")
    assert shown == "  " + line
    assert under == "  " + " " * caret + "^"


# --- hostile text ---------------------------------------------------------------------------------

HOSTILE = [
    '"10**10**10"', '"9**9**9**9"', '"1" * 4500', '"0x" + "F" * 4500', '"("*100_000 + ")"*100_000',
    '"(" * 5000', '"(" * 100 + "a" + ")" * 100', '"(" * 101 + "a" + ")" * 101',
    '"a+" * 500_000 + "a"',
    '"a+" * 2400 + "a"', '"-" * 4999 + "a"', '"-" * 2000 + "a"', '"not " * 1200 + "a"',
    '"[" * 5000',
    '"[" * 50 + "]" * 50', '"a**" * 1600 + "a"', '"a" + ".relu()" * 700', '"a." * 2400 + "a"',
    '"\\0"',
    '"a\\ud800"', '"{" * 99', '"f\'{" * 99', '"lambda:" * 700 + "a"', '"a if a else " * 400 + "a"',
    '"a<" * 2400 + "a"', '"a," * 2400', '"a;" * 2400', '"tanh(" * 99', '"~" * 4999', '"a()" * 1600',
    '"sum(" + "softmax(" * 20 + "[" + "a," * 500 + "]" + ")" * 21', '"a" * 5000', '"\\\\"',
    '"é" * 5000',
    '"gamma(171.7)**gamma(-1e300)"', '"1e" + "9" * 4000', '"polygamma(a, order=1e300)"',
    '"import a." * 500',
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


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_what_is_nested_too_deep_for_us_or_for_python_is_an_error_that_says_so(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def overrun(_: str) -> None:
        raise error

    expected = r"nested too deep, or too long a chain; take it apart, or write sum\(\[a, b"
    with pytest.raises(ArgumentError, match=expected):
        evaluate("(" * (MAX_NESTING + 1) + "a", {"a": 1.0})
    monkeypatch.setattr("autograd.expression.ast.parse", overrun)  # how deep it goes depends on it
    with pytest.raises(ArgumentError, match=expected):
        evaluate("--a", {"a": 1.0})


def test_a_sum_of_two_thousand_terms_and_a_hundred_parentheses_are_no_trouble() -> None:
    assert evaluate("a+" * 1999 + "a", {"a": Value(1.0)}).data == 2000.0
    assert evaluate("(" * MAX_NESTING + "a" + ")" * MAX_NESTING, {"a": 1.0}) == 1.0


def test_the_text_is_never_run_as_python() -> None:
    path = Path(autograd.__file__).with_name("expression.py")
    called = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    assert called.isdisjoint({"eval", "exec", "compile", "__import__", "getattr", "globals"})
    assert "ast.parse" in called
