"""What a compiled function takes: its arguments by name, how they are nested, and what is none."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import ArgumentError, InputError, ShapeError, Value
from autograd.compiler.frontend.conversion import as_values
from autograd.compiler.frontend.signature import Signature, Structure, leaf_names, nest, read_batch
from autograd.errors import brief
from tests.autograd.messages import raises


def f(x: Any, n: int = 2, *, scale: float = 1.0) -> Any:
    return x, n, scale


def structure_of_example(value: Any, name: str = "x") -> Structure:
    """How the Values are nested that a function is called with."""

    def structure(part: Any) -> Structure:
        if isinstance(part, dict):
            return {key: structure(inner) for key, inner in part.items()}
        return np.asarray(part).shape

    return structure(as_values(value, name))


def structure_of_batch(value: Any, name: str = "x") -> tuple[Structure, int | None]:
    batch = read_batch({name: value})
    return batch.structures[name], batch.n


# --- the signature --------------------------------------------------------------------------------


class Model:
    def __call__(self, x: Any) -> Any:
        return x

    def method(self, x: Any, t: Any) -> Any:
        return x + t


@pytest.mark.parametrize(
    ("fn", "name", "arguments"),
    [
        (f, "f", ("x", "n", "scale")),
        (lambda a, b: a, "the lambda", ("a", "b")),
        (Model(), "Model", ("x",)),
        (Model().method, "method", ("x", "t")),
        (functools.partial(f, n=3), "f", ("x", "n", "scale")),
        (functools.partial(Model().method, 1.0), "method", ("t",)),
        (nn.MLP(2, [1]), "MLP", ("x",)),
        (lambda: 1, "the lambda", ()),
    ],
)
def test_the_arguments_of_anything_that_can_be_called_are_known_by_name(
    fn: Callable[..., Any], name: str, arguments: tuple[str, ...]
) -> None:
    signature = Signature.of(fn)
    assert (signature.name, signature.names) == (name, arguments)


@pytest.mark.parametrize(
    ("fn", "named"),
    [
        (lambda *xs: xs, ("the lambda", "*xs")),
        (lambda **xs: xs, ("the lambda", "**xs")),
        (3, (3,)),
        (max, ("<built-in function max>",)),
    ],
)
def test_a_function_whose_arguments_cannot_be_told_is_refused(
    fn: Any, named: tuple[object, ...]
) -> None:
    with raises(InputError, "compile", *named):
        Signature.of(fn)


@pytest.mark.parametrize("static", ["n", ("n",), ["n"], 1, (1,)])
def test_static_is_a_name_or_a_place_or_several(static: Any) -> None:
    assert Signature.of(f, static).static == {"n"}


@pytest.mark.parametrize("static", ["m", ("n", "m"), 3, (True,), (None,), -1])
def test_an_unknown_static_argument_is_refused_with_the_names_there_are(static: Any) -> None:
    wrong = static[-1] if isinstance(static, tuple) else static
    with raises(ArgumentError, "compile", "static", "f", "x, n, scale", repr(wrong)):
        Signature.of(f, static)


def test_a_call_is_bound_by_place_and_by_keyword_and_defaults_are_left_out_of_the_batch() -> None:
    signature = Signature.of(f, "n")
    call = signature.bind([[1.0]], {"scale": 3.0})
    assert (call.given, call.static) == ({"x": [1.0], "scale": 3.0}, {"n": 2})
    assert signature.bind([1.0, 5], {}).static == {"n": 5}
    assert signature.bind([], {"x": 1.0}).given == {"x": 1.0}


def test_arguments_go_back_to_their_places() -> None:
    def mixed(a: Any, /, b: Any = 2, *, c: Any = 3) -> Any:
        return a, b, c

    signature = Signature.of(mixed)
    for values in ({"c": 7, "a": 5, "b": 6}, {"a": 5}, {"c": 7, "a": 5}):
        positional, keywords = signature.arguments(values)
        assert mixed(*positional, **keywords) == (5, values.get("b", 2), values.get("c", 3))


@pytest.mark.parametrize(
    ("positional", "keywords", "named"),
    [
        ([], {}, ("0 by place", "missing", "'x'")),
        ([1, 2, 3], {}, ("3 by place", "too many")),
        ([1], {"y": 2}, ("1 by place", "y=", "'y'")),
    ],
)
def test_a_call_that_does_not_fit_is_refused(
    positional: list[Any], keywords: dict[str, Any], named: tuple[str, ...]
) -> None:
    with raises(InputError, "f", "x, n, scale", *named):
        Signature.of(f).bind(positional, keywords)


# --- static values --------------------------------------------------------------------------------


def key(value: Any) -> Any:
    return Signature.of(f, "n").bind([1.0, value], {}).key


def test_static_values_have_equal_keys_only_if_a_function_cannot_tell_them_apart() -> None:
    values = [1, 1.0, True, 0.0, -0.0, "1", (1, 2), [1, 2], (1.0, 2), None, 2, [[1], 2]]
    keys = [key(value) for value in values]
    assert len(set(keys)) == len(values)
    assert keys == [key(value) for value in values]
    assert key(float("nan")) == key(float("nan"))


def test_a_static_list_is_passed_on_as_it_is() -> None:
    sizes = [1, 2]
    assert Signature.of(f, "n").bind([1.0, sizes], {}).static["n"] is sizes


def test_a_static_value_that_is_no_key_is_refused() -> None:
    with raises(InputError, "f, static n", "array", "(2,)"):
        key([np.zeros(2)])
    with raises(InputError, "f, static n", "{'a': 1}"):
        key({"a": 1})


# --- structures -----------------------------------------------------------------------------------

STRUCTURES: list[tuple[Any, Structure]] = [
    (2.0, ()), (3, ()), (True, ()), (np.float32(1.0), ()), (Value(2.0), ()), (float("nan"), ()),
    ([1.0, 2.0], (2,)), ((1, 2, 3), (3,)), ([[1.0], [2.0]], (2, 1)), (np.zeros((2, 3)), (2, 3)),
    ([Value(1.0), 2.0], (2,)), ({"t": 1.0, 3: [1.0, 2.0]}, {"t": (), 3: (2,)}),
    ({"a": {"b": [[1.0]]}}, {"a": {"b": (1, 1)}}), ([], (0,)),
]  # fmt: skip


@pytest.mark.parametrize(("value", "structure"), STRUCTURES)
def test_the_structure_of_an_example_is_its_nesting(value: Any, structure: Structure) -> None:
    assert structure_of_example(value) == structure


@pytest.mark.parametrize(
    ("example", "structure"), [s for s in STRUCTURES if "Value" not in repr(s)]
)
def test_the_structure_of_a_batch_is_that_of_its_examples(
    example: Any, structure: Structure
) -> None:
    def stacked(part: Any) -> Any:
        if isinstance(part, dict):
            return {k: stacked(v) for k, v in part.items()}
        return [part] * 5

    assert structure_of_batch(stacked(example)) == (structure, 5)


STRANGE: list[Any] = [
    None, "x", b"x", 1j, [1.0, None], ["1", "2"], [[1.0], [1.0, 2.0]], {1.0, 2.0}, object(),
    [1j], np.array(["a"]), np.array([None]), np.array([1, 2], dtype="datetime64[s]"),
]  # fmt: skip


@pytest.mark.parametrize("value", STRANGE, ids=[repr(x).split(" at ")[0] for x in STRANGE])
def test_what_is_no_number_is_refused_by_the_arguments_name(value: Any) -> None:
    came = brief(value)
    for call in (structure_of_example, structure_of_batch):
        with raises(InputError, "x", came):
            call(value, "x")  # type: ignore[operator]
    with raises(InputError, "x['t']", came):
        read_batch({"x": {"t": value}})


def test_a_batch_takes_no_values_and_an_example_does() -> None:
    with raises(InputError, "x", "[Value(data=1.0, grad=0.0)]"):
        structure_of_batch([Value(1.0)], "x")


def test_any_mapping_is_taken_for_a_dictionary() -> None:
    proxy = types.MappingProxyType({"t": [1.0, 2.0]})
    assert structure_of_example(proxy) == {"t": (2,)}
    assert structure_of_batch(proxy) == ({"t": ()}, 2)


def test_a_dictionary_is_refused_with_strange_keys_or_none() -> None:
    for call in (structure_of_example, structure_of_batch):
        with raises(InputError, "x", "keys", 1.5):
            call({1.5: [1.0]}, "x")  # type: ignore[operator]
        with raises(InputError, "x", "empty dictionary"):
            call({}, "x")  # type: ignore[operator]


def test_one_number_where_a_batch_belongs_is_refused() -> None:
    with raises(ShapeError, "x", "array", "one number"):
        structure_of_batch(2.0, "x")


def test_arguments_of_different_lengths_are_refused_by_both_names() -> None:
    with raises(ShapeError, "a batch", 3, "x", 2, "y['t']"):
        read_batch({"x": [1.0, 2.0, 3.0], "y": {"s": [1, 2, 3], "t": [1, 2]}})


# --- arrays ---------------------------------------------------------------------------------------


def test_a_batch_becomes_one_array_for_each_array_in_it() -> None:
    m = np.arange(12.0).reshape(2, 2, 3)
    batch = read_batch({"x": [1, 2], "m": m, "d": {"t": [True, False], 0: [[1.0], [2.0]]}})
    assert batch.n == 2
    assert batch.structures == {"x": (), "m": (2, 3), "d": {"t": (), 0: (1,)}}
    assert [a.tolist() for a in batch.arrays] == [
        [1.0, 2.0], m.tolist(), [1.0, 0.0], [[1.0], [2.0]],
    ]  # fmt: skip
    for array in batch.arrays:
        assert array.dtype == np.float64
        assert array.flags.c_contiguous


def test_a_call_without_arguments_has_no_number_of_examples() -> None:
    batch = read_batch({})
    assert (batch.n, batch.structures, batch.arrays) == (None, {}, [])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_array_that_fits_is_not_copied_and_any_other_is_converted(dtype: Any) -> None:
    fits = np.arange(6, dtype=dtype).reshape(3, 2)
    (array,) = read_batch({"x": fits}, dtype).arrays
    assert np.shares_memory(array, fits)
    for other in (np.asfortranarray(fits), fits.astype(np.int32), fits.tolist(), fits[:, :]):
        (array,) = read_batch({"x": other}, dtype).arrays
        assert array.dtype == dtype
        assert array.flags.c_contiguous
        assert array.tolist() == fits.tolist()


def test_an_empty_batch_keeps_its_structure() -> None:
    batch = read_batch({"x": np.zeros((0, 3))})
    assert (batch.n, batch.structures["x"], batch.arrays[0].shape) == (0, (3,), (0, 3))


@pytest.mark.parametrize(("value", "structure"), STRUCTURES)
def test_nested_leaves_are_in_the_order_of_their_names(value: Any, structure: Structure) -> None:
    names = leaf_names(structure, "x")
    nested = nest(structure, names)
    for name in names:
        assert nested_at(nested, name) == name


def nested_at(nested: Any, name: str) -> Any:
    """What stands at a leaf's name, with x[0,1] read as x[0][1]."""
    return eval(name.replace(",", "]["), {"x": nested})
