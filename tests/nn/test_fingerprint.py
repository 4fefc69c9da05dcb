"""``fingerprint``: what it sees change, and what it says that it cannot see."""

from __future__ import annotations

import copy
import functools
import os
import random
import sys
import types
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from nn.programs.fingerprint import fingerprint, restore, state_of

settings = types.ModuleType("settings_of_a_user")
settings.rate = 1.0  # type: ignore[attr-defined]
package = types.ModuleType("package_of_a_user")
package.chosen = settings  # type: ignore[attr-defined]
settings.package = package  # type: ignore[attr-defined]


class Slotted:
    __slots__ = ("inner", "rate")

    def __init__(self) -> None:
        self.inner, self.rate = [1.0], 2.0


class Doubling:
    def __init__(self) -> None:
        self.factor = 2.0

    @property
    def twice(self) -> float:
        return 2.0 * self.factor

    def __call__(self, x: Any) -> Any:
        return self.twice * x


def reading_a_module(x: Any) -> Any:
    return x * settings.rate


def importing(x: Any) -> Any:
    import settings_of_a_user as imported  # type: ignore[import-not-found]

    return x * imported.rate


def importing_a_name(x: Any) -> Any:
    from package_of_a_user.settings import rate  # type: ignore[import-not-found]

    return x * rate


def reading_a_package(x: Any) -> Any:
    return x * package.chosen.rate


def with_a_module_in_a_cell(module: Any) -> Any:
    return lambda x: x * module.rate


def nested(x: Any) -> Any:
    return [v * settings.rate for v in x]


def closure(kept: list[float]) -> Any:
    return lambda x: x * kept[0]


def with_default(x: Any, rate: Any = (1.0, [2.0])) -> Any:
    return x * rate[0]


def change_module() -> None:
    settings.rate += 1.0


kept, doubling, slotted = [1.0], Doubling(), Slotted()
SEEN: list[tuple[Any, Any]] = [
    (reading_a_module, change_module),
    (importing, change_module),
    (importing_a_name, change_module),
    (reading_a_package, change_module),
    (with_a_module_in_a_cell(settings), change_module),
    (nested, change_module),
    (closure(kept), lambda: kept.append(2.0)),
    (with_default, lambda: with_default.__defaults__[0][1].append(1.0)),  # type: ignore[index]
    (doubling, lambda: setattr(doubling, "factor", 3.0)),
    (doubling.__call__, lambda: setattr(doubling, "factor", doubling.factor + 1.0)),
    (functools.partial(with_default, rate=kept), lambda: kept.append(3.0)),
    (slotted, lambda: setattr(slotted, "rate", 5.0)),
    (slotted, lambda: slotted.inner.append(1.0)),
    ([doubling, {"a": (kept,)}], lambda: kept.append(4.0)),
    (np.array([1.0, Value(2.0)], dtype=object), None),
]


@pytest.fixture(autouse=True)
def user_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules above, as if they had been imported."""
    monkeypatch.setitem(sys.modules, "settings_of_a_user", settings)
    monkeypatch.setitem(sys.modules, "package_of_a_user", package)
    monkeypatch.setitem(sys.modules, "package_of_a_user.settings", settings)


@pytest.mark.parametrize(("thing", "change"), SEEN, ids=range(len(SEEN)))
def test_a_change_is_seen_and_none_is_seen_where_there_is_none(thing: Any, change: Any) -> None:
    before = fingerprint(thing)
    assert before.complete
    assert before.agrees(fingerprint(thing))
    if change is not None:
        change()
        assert not before.agrees(fingerprint(thing))


@pytest.mark.parametrize(
    "thing",
    [{1, 2}, iter([1]), np.zeros(20_000), [0.0] * 20_000, type("Own", (dict,), {})(), object()],
)
def test_what_can_change_unseen_makes_it_incomplete(thing: Any) -> None:
    found = fingerprint({"kept": thing})
    assert not found.complete
    assert not found.agrees(found)


def importing_by_name(x: Any) -> Any:
    return x * __import__("settings_of_a_user").rate


@pytest.mark.parametrize(
    "thing",
    [
        lambda x: x * float(os.environ["RATE"]),
        lambda x: x * float(os.getenv("RATE", "1")),
        lambda x: x * globals()["kept"][0],
        lambda x: x * float(open("rate.txt").read()),  # noqa: PTH123, SIM115 -- never called
        lambda x: [v * vars(settings)["rate"] for v in x],
        importing_by_name,
        {"kept": settings},
    ],
)
def test_code_that_reads_what_no_name_leads_to_makes_it_incomplete(thing: Any) -> None:
    found = fingerprint(thing)
    assert not found.complete


def test_a_file_of_the_users_that_is_called_as_one_of_pythons_is_the_users(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "statistics.py").write_text(
        "RATE = 1.0\ndef scaled(v): return v * RATE\n"
        "class Scaling:\n    rate = 1.0\n    def __call__(self, v): return v * self.rate\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "statistics", raising=False)
    own: Any = __import__("statistics")
    monkeypatch.setitem(sys.modules, "statistics", own)
    scaling = own.Scaling()
    found = [fingerprint(thing) for thing in (own.scaled, scaling, lambda v: own.scaled(v))]
    assert not any(f.is_plain for f in found)
    assert all(f.complete for f in found)
    own.RATE = own.Scaling.rate = 5.0
    now = [fingerprint(thing) for thing in (own.scaled, scaling, lambda v: own.scaled(v))]
    assert not any(before.agrees(after) for before, after in zip(found, now, strict=True))


def test_a_copy_of_an_object_changes_nothing() -> None:
    class Fresh(Doubling):
        pass

    thing = Fresh()
    before = fingerprint(thing)
    copy.deepcopy(thing)
    assert "__slotnames__" in vars(Fresh)
    assert before.agrees(fingerprint(thing))


def test_a_ring_of_things_is_walked_once() -> None:
    ring: list[Any] = [1.0]
    ring.append({"ring": ring})
    assert fingerprint(ring).agrees(fingerprint(ring))


def test_only_code_of_this_package_is_plain() -> None:
    assert fingerprint(nn.MLP(2, [3, 1], seed=0), nn.hinge_loss).is_plain
    assert not fingerprint(nn.Neuron(2, lambda v: v * v, rng=0)).is_plain
    assert not fingerprint(type("Own", (nn.MLP,), {})(2, [1])).is_plain


@pytest.mark.parametrize(
    "generator",
    [np.random.default_rng(0), np.random.RandomState(0), random.Random(0)],
)
def test_a_generator_counts_by_its_state_and_can_be_put_back(generator: Any) -> None:
    before, state = fingerprint([generator]), state_of(generator)
    assert before.generators == [generator]
    assert before.agrees(fingerprint([generator]))
    first = generator.random()
    assert not before.agrees(fingerprint([generator]))
    restore(generator, state)
    assert before.agrees(fingerprint([generator]))
    assert generator.random() == first
