"""Names in the text: readable ones where the user gave them, and harmless ones whatever they gave.

The text is executed, and names of Values, keys of dictionaries and names of operations come from
the user, perhaps from a file that a model was loaded from. None may end up in it as anything but a
name of its own.
"""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import re
import tokenize
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value
from autograd.compiler.api import Compiled
from autograd.compiler.codegen import names as naming
from autograd.compiler.codegen import runtime
from autograd.compiler.codegen.names import Names
from autograd.compiler.codegen.prelude import RESERVED
from autograd.core.operation import TABLE
from autograd.functions.functions import FUNCTIONS
from tests.autograd.compiler.agreement import check_all
from tests.autograd.compiler.texts import batch, compiled, matrix, vector
from tests.autograd.messages import raises

HOSTILE = [
    "a b", "class", "None", "__debug__", "1x", "", " ", "[0]", "np", "n", "theta", "memory", "seed",
    "gradient", "loss", "value_and_grad", "exp", "number", "numbers", "one", "one_hot", "matmul",
    "dtype", "m0", "ones", "t", "tmp", "tmp2", "e", "memory_of_values", "len", "float", "print",
    "_", "__import__", "θ", "x[0]\n",
    "'); import os", "a#b", "\\", '"""', "x\ny = 1", "x\r", "x; y = 1", "\x00", "\ud800", "{0}",
    "%s", "z" * 300, "\U0001d427\U0001d429", "\U0001d5fb", "x²", "①", "٣x", "ﬁ", "e\u0301",
    "\u0345", "\U00010107", "x\u200b", "ﷺ", "__import__('os').abort()", "x = np.zeros(3)",
]  # fmt: skip
DOCSTRINGS = [
    '"""The mean over the examples, and its gradient by theta."""',
    '"""The result for every example."""',
    '"""Arrays to write into, for n examples; they may be used again."""',
]
NAMES = pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))


def check_text(f: Compiled) -> None:
    """The text is a program that uses what it made itself and what is known, and no more."""
    text = f.source
    tree = ast.parse(text)
    own = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    own |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    own |= {n.asname or n.name for n in ast.walk(tree) if isinstance(n, ast.alias)}
    known = own | RESERVED | set(vars(runtime)) | {"float", "len", "range", "min", "tuple", "list"}
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    assert read <= known, read - known
    # nothing that the user called something hides what the text needs
    body = ast.parse(f._current().source.body)
    gathered = {
        n.id for n in ast.walk(body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    assert gathered.isdisjoint(RESERVED | {"np", "dtype", *vars(runtime)})
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in gathered)
    for token in tokenize.generate_tokens(io.StringIO(f._current().source.body).readline):
        if token.type == tokenize.COMMENT:
            assert re.fullmatch(r"# (\((n|\d+)?(, \d+)*,?\)|backward)", token.string), token
        if token.type == tokenize.STRING:
            setting = re.fullmatch(r'"(clip|[nhrck]*,[nhrck]*->[nhrck]*)"', token.string)
            assert setting or token.string in DOCSTRINGS, token
    # as a file of its own, it gives the same
    scope: dict[str, Any] = {}
    exec(compile(text, "alone", "exec"), scope)
    assert callable(scope["values"])


def numbers(name: str) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    w, v = Value(0.4, name=name), Value(0.3, name=name)
    return (lambda x: (w * v).exp() * x + w), (np.ones(3),)


def many_numbers(name: str) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    ws = [Value(0.1 * i, name=name) for i in range(14)]

    def fn() -> Value:
        total = ws[0]
        for w in ws:
            total = (total * w).tanh() + w
        return total

    return fn, ()


def rows(name: str) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    ws = [[Value(0.1 * k, name=f"{name}[{r},{k}]") for k in range(5)] for r in range(6)]
    return (lambda x: autograd.sum([autograd.dot(w, x).tanh() for w in ws])), (np.ones((3, 5)),)


def keys(name: str) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    w = Value(0.4, name=name)
    return (lambda x: x[name] * w + x["other"][1]), ({name: np.ones(3), "other": np.ones((3, 2))},)


def constants(name: str) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    ws = [Value(0.1 * k, name=name) for k in range(20)]
    return (lambda: autograd.sum([w.sin() * k for k, w in enumerate(ws)])), ()


@NAMES
@pytest.mark.parametrize("make", [numbers, many_numbers, rows, keys, constants])
def test_any_name_at_all_gives_a_program_that_means_the_same(
    make: Callable[[str], tuple[Callable[..., Any], tuple[Any, ...]]], name: str
) -> None:
    fn, arrays = make(name)
    tame_fn, tame = make("w")
    f, g = autograd.compile(fn), autograd.compile(tame_fn)
    np.testing.assert_array_equal(f.map(*arrays), g.map(*tame))
    for a, b in zip(
        f.value_and_grad(f.theta, *arrays), g.value_and_grad(g.theta, *tame), strict=False
    ):
        np.testing.assert_array_equal(a, b)
    check_text(f)


@given(st.text(max_size=12))
@settings(max_examples=300, deadline=None)
def test_what_is_given_out_is_always_a_name_that_python_reads_as_written(wanted: str) -> None:
    names = Names([])
    first, second = names.fresh(wanted), names.fresh(wanted)
    assert first != second
    for name in (first, second):
        scope: dict[str, Any] = {}
        exec(f"{name} = 1", scope)
        assert set(scope) - {"__builtins__"} == {name}
        assert name not in naming._TAKEN


@given(
    st.lists(
        st.sampled_from(["w", "w2", "w_2", "w2_2", "w22", "w_22", "x", "\U0001d430"]), max_size=40
    )
)
def test_no_name_is_given_out_twice(wanted: list[str]) -> None:
    names = Names([])
    given_out = [names.fresh(w) for w in wanted]
    assert len(set(given_out)) == len(given_out)


def test_a_copy_of_the_names_gives_out_more_without_telling() -> None:
    names = Names([])
    names.fresh("w")
    copied = names.copy()
    assert (copied.fresh("w"), copied.fresh("v")) == ("w2", "v")
    assert (names.fresh("v"), names.fresh("w")) == ("v", "w2")


ORDER = [0, 3, 1, 1, 4, 2, 0, 0, 2, 3, 4, 1]
OTHERS = vector("w", 12)
# what needs a list of positions, at; an array of constants, c2; and lines on the way, tmp and tmp2
NEEDS: dict[str, Callable[[Value, list[Value]], Value]] = {
    "positions": lambda v, x: autograd.sum(
        [(OTHERS[k] * xi * v).sin() for k, xi in zip(ORDER, x, strict=True)]
    ),
    "constants": lambda v, x: autograd.sum(
        [((k + 0.3) * xi * v).tanh() for k, xi in enumerate(x)] + OTHERS
    ),
    "temporaries": lambda v, x: autograd.logsumexp(
        [(w * v + xi * v).tanh() for w, xi in zip(OTHERS, x, strict=True)]
    ),
}


@pytest.mark.parametrize("need", NEEDS)
@pytest.mark.parametrize("name", ["at", "c2", "tmp", "tmp2", "tmp3", "m0", "ones", "result"])
def test_a_parameter_alone_may_be_called_as_what_the_text_makes_for_itself(
    need: str, name: str
) -> None:
    def gradient(v: Value) -> Any:
        f = compiled(lambda x: (NEEDS[need](v, x) * v).tanh() + v, x)
        return f.value_and_grad(f.theta, x)[1]

    (x,) = batch(3, (12,))
    np.testing.assert_array_equal(gradient(Value(0.3, name=name)), gradient(Value(0.3)))


def test_right_classes_known_beforehand_and_of_the_batch_have_two_names() -> None:
    w, rows = vector("w", 5), matrix("W", 3, 5)

    def fn(x: list[Value], y: Value) -> Value:
        known = nn.cross_entropy([v.exp() for v in w], 1)
        return known + nn.cross_entropy([autograd.dot(row, x) for row in rows], y)

    examples = zip(*batch(3, (5,)), [0.0, 2.0, 1.0], strict=True)
    check_all(autograd.compile(fn), list(examples))


def test_what_the_text_calls_is_taken() -> None:
    names = Names([])
    for name in [*RESERVED, *vars(runtime), "np", "n", "theta", "len", "float", "list", "values"]:
        if not name.startswith("_"):
            assert names.fresh(name) != name


@pytest.mark.parametrize(
    ("given_names", "name"),
    [
        (["W1[0,0]", "W1[0,1]"], "W1"),
        (["w(3)"], "w"),
        (["layer.w", "layer.b"], "layer"),
        (["a", "b", "c"], "a_to_c"),
        (["", ""], "p"),
        (["", "b"], "b"),
        (["[0]"], "p"),
    ],
)
def test_parameters_are_called_by_what_their_names_have_in_common(
    given_names: list[str], name: str
) -> None:
    assert Names(given_names).of_parameters(range(len(given_names))) == name


# --- names that read well -------------------------------------------------------------------------


def test_a_network_reads_as_in_a_textbook() -> None:
    first, second = matrix("W1", 3, 2), matrix("W2", 2, 3)
    bias = vector("b1", 3)

    def fn(x: list[Value], y: list[Value]) -> Value:
        hidden = [(autograd.dot(w, x) + b).tanh() for w, b in zip(first, bias, strict=True)]
        out = [autograd.dot(w, hidden) for w in second]
        return autograd.sum([(o - t) ** 2 for o, t in zip(out, y, strict=True)])

    f = compiled(fn, np.ones((4, 2)), np.ones((4, 2)))
    left = re.findall(r"^ {4}(\w+) = np\.", f._current().source.body, re.M)
    assert {"z1", "h1", "z2", "loss", "dW2", "dh1", "dz1", "db1", "dW1"} <= set(left)
    assert left.index("z1") < left.index("h1") < left.index("z2") < left.index("loss")


def assigned(fn: Callable[..., Any], *arrays: Any) -> list[str]:
    """The names that value_and_grad assigns to, in order."""
    f = compiled(fn, *arrays)
    made = ast.parse(f._current().source.body).body
    function = next(
        d for d in made if isinstance(d, ast.FunctionDef) and d.name == "value_and_grad"
    )
    return [
        n.id
        for line in function.body if isinstance(line, ast.Assign)
        for target in line.targets for n in ast.walk(target) if isinstance(n, ast.Name)
        if isinstance(n.ctx, ast.Store)
    ]  # fmt: skip


def test_a_parameter_alone_has_its_name_without_the_closing_bracket() -> None:
    w, deep = vector("w", 2), Value(0.5, name="layers[1].w[0,2]")
    found = assigned(lambda: (w[0] * w[1] * deep).tanh())
    assert set(found[:3]) == {"w_0", "w_1", "layers_1__w_0_2"}
    assert {"dw_0", "dw_1", "dlayers_1__w_0_2"} <= set(found)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [("w[0]", "w_0"), ("W[1,2]", "W_1_2"), ("f(x)", "f_x"), ("b", "b"), ("[0]", "_0"), ("]", "_")],
)
def test_brackets_become_underscores_and_the_last_ones_nothing(wanted: str, name: str) -> None:
    assert Names([]).fresh(wanted) == name


def test_the_result_is_the_loss_whatever_it_is_made_by() -> None:
    w, ws = Value(0.5, name="w"), vector("w", 3)
    assert "loss" in assigned(lambda x: w + x, np.ones(2))
    assert "loss" in assigned(lambda x: autograd.dot(ws, x), np.ones((2, 3)))
    assert "loss" in assigned(lambda x: autograd.logsumexp(x), np.ones((2, 3)))
    assert "loss" in assigned(lambda: w * w)


def test_what_is_needed_on_the_way_is_tmp_and_the_exponentials_are_e() -> None:
    rows = matrix("W", 3, 2)

    def fn(x: list[Value]) -> Value:
        return autograd.logsumexp([autograd.dot(row, x) for row in rows])

    found = assigned(fn, np.ones((4, 2)))
    assert [name for name in found if name in ("e", "tmp", "tmp2")][:3] == ["e", "tmp", "tmp2"]
    assert not {"t", "t2", "d"} & set(found)


def test_the_second_activation_of_a_z_is_a_v() -> None:
    rows, bias = matrix("W1", 5, 2), vector("b1", 5)

    def fn(x: list[Value]) -> Value:
        z = [autograd.dot(row, x) + b for row, b in zip(rows, bias, strict=True)]
        return autograd.sum([zi.tanh() * zi.sin() for zi in z])

    found = assigned(fn, np.ones((4, 2)))
    assert list(dict.fromkeys(n for n in found if n[0] in "zhv")) == ["z1", "h1", "v"]
    assert {"dz1", "dh1", "dv"} <= set(found)


def test_a_gradient_of_the_seed_itself_is_a_d() -> None:
    w = vector("w", 2)
    found = assigned(lambda x: (w[0] * x[0]).tanh() + w[1] * x[0], np.ones((2, 1)))
    assert "d" in found
    assert not {"dseed", "seed"} & set(found) - {"seed"}


# --- operations of the user's own -----------------------------------------------------------------


@pytest.fixture
def _table_as_before() -> Iterator[None]:
    before = dict(TABLE)
    yield
    for name in set(TABLE) - set(before):
        del TABLE[name]
        FUNCTIONS.pop(name, None)
        if hasattr(Value, name):
            delattr(Value, name)


def own(name: str, **facts: Any) -> Any:
    """An operation that asks for its number, so that the text has to call it."""
    return autograd.primitive(
        name,
        lambda m, x, **settings: x * 2.0 if float(x) > -1e9 else x,
        lambda m, y, x, **settings: (2.0,),
        points=[1.0],
        **facts,
    )


@pytest.mark.usefixtures("_table_as_before")
@pytest.mark.parametrize("name", ['x"]', "a b", "x\n", "class", "1x", "a;b", "", "x)"])
def test_an_operation_whose_name_is_no_name_is_refused(name: str) -> None:
    with raises(autograd.OperationError, "primitive", "name", repr(name)):
        own(name)


@pytest.mark.usefixtures("_table_as_before")
@pytest.mark.parametrize("name", ["a b", "a=1); print(", "class", "1x", "", "a\n", "__debug__"])
def test_a_setting_whose_name_is_no_name_is_refused(name: str) -> None:
    with raises(autograd.OperationError, "primitive 'strange'", "settings", repr(name)):
        own("strange", settings={name: 1.0})


@pytest.mark.usefixtures("_table_as_before")
@pytest.mark.parametrize("setting", ["slot", "xs", "np", "n", "theta", "settings"])
def test_a_setting_may_be_called_as_something_in_the_text_is(setting: str) -> None:
    double = own("double_of", settings={setting: 1.0})
    f = autograd.compile(lambda x: double(x, **{setting: 3.0}))
    assert f.map([1.0, 2.0]).tolist() == [2.0, 4.0]
    assert f'double_of"].forward(x, {setting}=3.0)' in f.source
    w = Value(1.5)
    g = autograd.compile(lambda x: double(w * x, **{setting: 3.0}))
    assert g.value_and_grad([1.5], [1.0, 3.0])[1].tolist() == [4.0]


def test_no_builtin_function_is_hidden_from_the_text_that_it_calls() -> None:
    w = {name: Value(0.5, name=name) for name in vars(builtins) if not name.startswith("_")}
    ws = list(w.values())

    def fn(x: Value) -> Value:
        total = x
        for v in ws:
            total = total * v + v.exp()
        return total

    check_text(compiled(fn, np.ones(2)))
