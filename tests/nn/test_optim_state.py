"""An optimiser's state as plain data, and back."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError, InputError, ShapeError
from nn.optim import Cosine, Linear, StepDecay, WarmUp
from nn.optim.built_in import BuiltIn

OPTIMIZERS: list[BuiltIn] = [
    nn.SGD(0.1, clip_norm=3.0), nn.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    nn.Adam(0.1, betas=(0.8, 0.9), eps=0.1), nn.AdamW(0.1), nn.RMSprop(0.1, alpha=0.5),
    nn.RMSprop(0.1, centered=True, momentum=0.5, clip_value=1.0),
]  # fmt: skip


def fresh(optimizer: BuiltIn, steps: int = 3) -> BuiltIn:
    """One like it, that has moved so many steps."""
    new = copy.deepcopy(optimizer)
    walk(new, steps)
    new.epoch = 1.5
    return new


def walk(optimizer: BuiltIn, steps: int) -> list[list[float]]:
    theta, path = np.array([1.0, -2.0, 3.0]), []
    for step in range(steps):
        theta = optimizer.update(theta, theta + step)
        path.append(theta.tolist())
    return path


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_an_optimiser_loaded_goes_on_as_the_one_that_was_saved(
    optimizer: BuiltIn, as_json: bool
) -> None:
    first = fresh(optimizer)
    state = first.state_dict()
    if as_json:
        state = json.loads(json.dumps(state, default=np.ndarray.tolist))
    second = type(optimizer)()
    second.load_state_dict(state)
    assert (repr(second), second.steps, second.epoch) == (repr(first), 3, 1.5)
    assert walk(second, 4) == walk(first, 4) != walk(type(optimizer)(), 4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_an_optimiser_that_has_not_moved_is_saved_and_loaded_too(optimizer: BuiltIn) -> None:
    second = type(optimizer)()
    second.load_state_dict(optimizer.state_dict())
    assert (repr(second), second.steps) == (repr(optimizer), 0)
    assert walk(second, 2) == walk(copy.deepcopy(optimizer), 2)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_copies_and_pickles_of_an_optimiser_go_on_by_themselves(optimizer: BuiltIn) -> None:
    first = fresh(optimizer)
    others = [copy.deepcopy(first), copy.copy(first), pickle.loads(pickle.dumps(first))]
    path = walk(first, 4)
    assert [walk(other, 4) for other in others] == [path] * 3


def test_the_state_of_adam_is_this() -> None:
    adam = nn.Adam(lr=Linear(0.5, 0.1, 4), betas=(0.5, 0.75))
    adam.update(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    adam.epoch = 2
    state = adam.state_dict()
    state["state"] = {name: array.tolist() for name, array in state["state"].items()}
    assert state == {
        "type": "Adam",
        "settings": {
            "lr": 0.3, "betas": [0.5, 0.75], "eps": 1e-8, "weight_decay": 0.0,
            "clip_norm": None, "clip_value": None,
        },
        "schedule": {"type": "Linear", "lr": 0.5, "to": 0.1, "epochs": 4.0},
        "steps": 1,
        "epoch": 2.0,
        "state": {"mean": [1.0, 2.0], "square": [1.0, 4.0]},
    }  # fmt: skip


def test_a_state_shares_no_memory_with_the_optimisers() -> None:
    first, second = fresh(nn.Adam()), nn.Adam()
    state = first.state_dict()
    second.load_state_dict(state)
    for array in state["state"].values():
        array[:] = 100.0
    assert walk(second, 2) == walk(first, 2) == walk(fresh(nn.Adam()), 2)


def test_a_momentum_turned_on_since_the_last_step_is_saved_as_zero() -> None:
    sgd, other = fresh(nn.SGD(lr=0.1)), nn.SGD()
    sgd.momentum = 0.9
    other.load_state_dict(sgd.state_dict())
    assert sgd.state_dict()["state"]["velocity"].tolist() == [0.0, 0.0, 0.0]
    assert walk(other, 3) == walk(sgd, 3)


# --- schedules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "schedule",
    [
        StepDecay(0.5, 3), Linear(0.5, 0.1, 7), Cosine(0.5, 7), WarmUp(0.5, 2),
        WarmUp(Cosine(0.5, 7), 2), WarmUp(WarmUp(StepDecay(0.5, 3), 2), 1, start=0.5),
    ],
    ids=str,
)  # fmt: skip
def test_schedules_are_saved_with_their_settings(schedule: Any) -> None:
    adam = nn.Adam()
    state = nn.Adam(lr=schedule).state_dict()
    adam.load_state_dict(json.loads(json.dumps(state)))
    assert adam.schedule == schedule


@pytest.mark.parametrize("wrapped", [False, True])
def test_of_a_function_its_rate_is_saved_and_an_optimiser_keeps_a_function_of_its_own(
    wrapped: bool,
) -> None:
    def halving(epoch: float) -> float:
        return 0.5 * 0.5**epoch

    rate = WarmUp(halving, 1) if wrapped else halving
    first, without, within = nn.SGD(lr=rate), nn.SGD(lr=Cosine(0.1, 3)), nn.SGD(lr=lambda e: 7.0)
    first.epoch = 2 + wrapped
    state = first.state_dict()
    assert state["schedule"] == (repr(rate) if wrapped else "halving")
    without.load_state_dict(json.loads(json.dumps(state)))
    within.load_state_dict(state)
    assert (without.lr, without.schedule) == (0.125, None)
    assert within.lr == 7.0


# --- errors ---------------------------------------------------------------------------------------

LOAD = r"^Adam\.load_state_dict"
COSINE = {"type": "Cosine", "lr": 1, "epochs": 0, "to": 0}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"type": "AdamW"}, ArgumentError,
         f"{LOAD} expects the state of Adam, got that of AdamW; load it into an optimiser of the"),
        ({"steps": -1}, ArgumentError, f"{LOAD} steps expects a whole number .* got -1"),
        ({"steps": 1.5}, ArgumentError, rf"{LOAD} steps expects a whole number .* got 1\.5"),
        ({"steps": True}, ArgumentError, f"{LOAD} steps expects a whole number .* got True"),
        ({"steps": 0}, ArgumentError, f"{LOAD} state expects a dictionary of nothing"),
        ({"epoch": "1"}, InputError, f"{LOAD} epoch expects a number, got the text '1'"),
        ({"epoch": -1}, ArgumentError, f"{LOAD} epoch expects .* at least 0, got -1"),
        ({"schedule": 3}, InputError, f"{LOAD} schedule expects a schedule with its type, got 3"),
        ({"schedule": {"type": "Foo"}}, ArgumentError,
         f"{LOAD} schedule expects a schedule of StepDecay, .*, got 'Foo'; was it saved by a"),
        ({"schedule": {"type": "Cosine", "lr": 1}}, ArgumentError,
         f"{LOAD} schedule expects lr, epochs, to for a Cosine, got lr$"),
        ({"schedule": COSINE}, ArgumentError, "Cosine epochs expects .* above 0, got 0"),
        ({"schedule": {"type": "WarmUp", "then": COSINE, "epochs": 1, "start": 0}}, ArgumentError,
         "Cosine epochs expects .* above 0, got 0"),
        ({"settings": None}, InputError, f"{LOAD} settings expects a dictionary, .* got NoneType"),
        ({"settings": {"lr": 1}}, ArgumentError, f"{LOAD} settings .* got one without .*betas"),
        ({"state": {}}, ArgumentError, f"{LOAD} state .* mean, square, .* without mean, square$"),
        ({"state": {"mean": [1], "square": [1], "velocity": [1]}}, ArgumentError,
         f"{LOAD} state expects a dictionary of mean, square, .* got one with velocity$"),
        ({"state": {"mean": [1, 2], "square": [1]}}, ShapeError,
         rf"{LOAD} state expects arrays of one shape, got mean of shape \(2,\), square of shape"),
        ({"state": {"mean": "ab", "square": [1]}}, InputError,
         f"{LOAD} state expects an array of numbers as mean, got 'ab'"),
        ({"state": {"mean": [[1], [1, 2]], "square": [1]}}, InputError, "array of numbers as mean"),
        ({"state": {"mean": [1], "square": [1j]}}, InputError, "array of numbers as square"),
        ({"state": {"mean": 1.0, "square": 1.0}}, InputError, "array of numbers as mean, got 1"),
        ({"state": {"mean": [1.0], "square": [1.0]}}, ShapeError,
         rf"{LOAD} expects a state of 3 parameters, .* got one of 1; use a new .* or reset\(\)"),
    ],
)  # fmt: skip
def test_loading_refuses_a_state_and_leaves_the_optimiser_as_it_was(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    state = fresh(nn.Adam(lr=0.5)).state_dict()
    adam = fresh(nn.Adam(lr=0.25, clip_norm=1.0), 2)
    with pytest.raises(error, match=message):
        adam.load_state_dict(state | changes)
    untouched = fresh(nn.Adam(lr=0.25, clip_norm=1.0), 2)
    assert (repr(adam), adam.epoch, adam.steps) == (repr(untouched), 1.5, 2)
    assert walk(adam, 2) == walk(untouched, 2)
    adam.load_state_dict(state)  # which is all right without the changes


def test_loading_checks_each_setting() -> None:
    state = nn.Adam().state_dict()
    for name, wrong in (("lr", -1), ("betas", [2, 3]), ("eps", 0), ("clip_norm", "a")):
        changed = state | {"settings": state["settings"] | {name: wrong}}
        with pytest.raises((ArgumentError, InputError), match=f"{LOAD} {name} expects"):
            nn.Adam().load_state_dict(changed)


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        ([1], InputError, f"{LOAD} expects a dictionary, as state_dict.* returns it, got list"),
        ({"param_groups": [], "state": {}}, ArgumentError,
         f"{LOAD} .* got one without type, settings, schedule, steps, epoch and with param_groups"),
    ],
)  # fmt: skip
def test_loading_refuses_what_is_no_state_of_an_optimiser(
    state: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        nn.Adam().load_state_dict(state)
