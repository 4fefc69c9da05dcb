"""Optimisers: what all of them do, and refuse."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.errors import ArgumentError, GraphError, InputError, ShapeError
from nn import optim
from nn.optim.base import is_built_in
from nn.optim.built_in import BuiltIn

START = [0.5, -1.5, 2.0]


def gradients_at(step: int, theta: Sequence[float]) -> list[float]:
    """Something that depends on the step and on where the parameters are."""
    return [(k + 1.0) * x - 0.3 * step for k, x in enumerate(theta)]


MAKERS: list[Callable[[], BuiltIn]] = [
    partial(nn.SGD, lr=0.1),
    partial(nn.SGD, lr=0.1, momentum=0.9, weight_decay=0.1),
    partial(nn.Adam, lr=0.1, weight_decay=0.1),
    partial(nn.AdamW, lr=0.1),
    partial(nn.RMSprop, lr=0.1, momentum=0.5, centered=True, weight_decay=0.1),
]


def remembered(optimizer: BuiltIn) -> dict[str, Any]:
    """What it remembers, to compare: steps and arrays."""
    memory = optimizer._memories[0]
    return {"steps": memory.steps} | {name: x.tolist() for name, x in memory.arrays.items()}


def after_steps(optimizer: BuiltIn, n: int) -> BuiltIn:
    """The optimiser when it has made n steps by a gradient of ones."""
    theta = np.array(START)
    for _ in range(n):
        theta = optimizer.update(theta, np.ones(3))
    return optimizer


def walk(optimizer: nn.Optimizer, steps: int = 6) -> list[list[float]]:
    parameters, path = [Value(x) for x in START], []
    for step in range(steps):
        for p, g in zip(parameters, gradients_at(step, [p.data for p in parameters]), strict=True):
            p.grad = g
        optimizer.step(parameters)
        path.append([p.data for p in parameters])
    return path


@pytest.mark.parametrize("make", MAKERS, ids=str)
def test_update_neither_changes_nor_keeps_nor_returns_the_arrays_it_is_given(
    make: Callable[[], BuiltIn],
) -> None:
    reference, tried = make(), make()
    first = reference.update(np.array(START), np.ones(3)).tolist()
    theta, gradient = np.array(START), np.ones(3)
    result = tried.update(theta, gradient)
    assert theta.tolist() == START
    assert gradient.tolist() == [1.0, 1.0, 1.0]
    theta[:] = gradient[:] = 100.0  # buffers that their owner fills anew
    assert result.tolist() == first
    result[:] = 100.0
    expected = reference.update(np.array(START), np.ones(3))
    assert tried.update(np.array(START), np.ones(3)).tolist() == expected.tolist()


@pytest.mark.parametrize("make", MAKERS, ids=str)
def test_undo_forgets_the_last_step_and_the_next_one_is_as_it_would_have_been(
    make: Callable[[], BuiltIn],
) -> None:
    optimizer = make()
    for steps in range(3):
        before = remembered(optimizer)
        optimizer.update(np.array(START), np.full(3, np.nan))
        optimizer.undo()
        assert remembered(optimizer) == before
        assert optimizer.steps == steps
        after_steps(optimizer, 1)
    assert remembered(optimizer) == remembered(once_a_step(make(), 3))


def once_a_step(optimizer: BuiltIn, n: int) -> BuiltIn:
    """The optimiser when it has made n first steps from the start."""
    for _ in range(n):
        after_steps(optimizer, 1)
    return optimizer


def test_momentum_may_be_turned_on_for_another_model_where_nothing_is_remembered() -> None:
    sgd = nn.SGD(lr=0.1, momentum=0.9)
    after_steps(sgd, 1)
    sgd.momentum = 0.0
    after_steps(sgd, 1)
    sgd.momentum = 0.9
    assert sgd.update(np.ones(2), np.ones(2)).tolist() == [0.9, 0.9]


def test_undo_takes_back_one_step_and_says_when_there_is_none() -> None:
    message = "Adam.undo expects a step to take back, got none since the last one, or since it was"
    adam = nn.Adam()
    with pytest.raises(GraphError, match=message):
        adam.undo()
    after_steps(adam, 2).undo()
    with pytest.raises(GraphError, match=message):
        adam.undo()
    assert adam.steps == 1


@pytest.mark.parametrize("make", MAKERS, ids=str)
def test_reset_forgets_steps_and_epoch_and_keeps_settings(make: Callable[[], BuiltIn]) -> None:
    optimizer = after_steps(make(), 3)
    optimizer.epoch = 2.5
    optimizer.reset()
    assert (optimizer.epoch, optimizer.steps, repr(optimizer)) == (0.0, 0, repr(make()))
    assert walk(optimizer) == walk(make())
    optimizer.reset()
    optimizer.step([Value(1.0)])  # of another model


def test_update_takes_parameters_of_any_shape() -> None:
    theta, gradient = np.array(START * 2).reshape(2, 3), np.arange(6.0).reshape(2, 3)
    for make in MAKERS:
        flat = make().update(theta.ravel(), gradient.ravel())
        assert make().update(theta, gradient).tolist() == flat.reshape(2, 3).tolist()


def test_a_step_writes_python_floats_and_keeps_gradients() -> None:
    p = Value(1.0)
    p.grad = 2.0
    nn.SGD(lr=0.25).step([p])
    assert (p.data, p.grad, type(p.data)) == (0.5, 2.0, float)


def test_a_step_takes_parameters_from_a_generator() -> None:
    parameters = [Value(1.0), Value(2.0)]
    for p in parameters:
        p.grad = 2.0
    nn.SGD(lr=0.25).step(p for p in parameters)  # type: ignore[arg-type]
    assert [p.data for p in parameters] == [0.5, 1.5]


def test_a_step_leaves_graphs_that_were_recorded_before_as_they_were() -> None:
    p = Value(3.0)
    square = p * p
    square.backward()
    nn.SGD(lr=1.0).step([p])
    p.grad = 0.0
    square.backward()
    assert p.grad == 6.0


def test_the_learning_rate_may_be_changed_between_steps() -> None:
    sgd = nn.SGD(lr=1.0)
    sgd.lr = 0.5
    assert sgd.update(np.array([1.0]), np.array([1.0])).tolist() == [0.5]


def test_an_optimiser_shows_its_settings() -> None:
    shown = "SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)"
    assert repr(nn.SGD(0.1, 0.9, True, 0.01)) == shown
    assert repr(nn.AdamW(clip_norm=1)) == (
        "AdamW(lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01, clip_norm=1.0)"
    )
    assert repr(nn.RMSprop(lr=nn.optim.Cosine(0.5, 10), clip_value=2)) == (
        "RMSprop(lr=Cosine(lr=0.5, epochs=10.0, to=0.0), alpha=0.99, eps=1e-08, weight_decay=0.0, "
        "momentum=0.0, centered=False, clip_value=2.0)"
    )
    assert repr(nn.SGD(lr=lambda epoch: 0.1)).startswith("SGD(lr=<lambda>, momentum")


def test_built_in_are_the_optimisers_of_this_package_as_they_are() -> None:
    class Mine(nn.SGD):
        pass

    patched = nn.SGD()
    patched.update = lambda theta, gradient: theta  # type: ignore[method-assign]
    assert [is_built_in(make()) for make in MAKERS] == [True] * len(MAKERS)
    assert not is_built_in(Mine())
    assert not is_built_in(patched)


# --- Ctrl-C --------------------------------------------------------------------------------------


class InterruptedOnce(Sequence[Value]):
    """Parameters whose n-th element is interrupted by Ctrl-C the first time it is written."""

    def __init__(self, parameters: list[Value], at: int) -> None:
        self.parameters, self.at, self.reading = parameters, at, 0

    def __len__(self) -> int:
        return len(self.parameters)

    def __getitem__(self, i: Any) -> Any:
        return self.parameters[i]

    def __iter__(self) -> Iterator[Value]:
        self.reading += 1  # the data, the gradients, and then the writing
        for i, parameter in enumerate(self.parameters):
            if self.reading == 3 and i == self.at:
                raise KeyboardInterrupt
            yield parameter


@pytest.mark.parametrize("at", range(3))
def test_ctrl_c_while_parameters_are_written_finishes_the_writing(at: int) -> None:
    parameters = [Value(x) for x in START]
    for p in parameters:
        p.grad = 1.0
    with pytest.raises(KeyboardInterrupt):
        nn.SGD(lr=1.0).step(InterruptedOnce(parameters, at))
    assert [p.data for p in parameters] == [x - 1.0 for x in START]


@pytest.mark.parametrize("make", MAKERS, ids=str)
def test_ctrl_c_at_any_line_of_a_step_leaves_parameters_and_memory_all_new_or_all_old(
    make: Callable[[], BuiltIn],
) -> None:
    home, outcomes, memories = str(Path(optim.__file__).parent), [], []
    before, new, undone = sys.gettrace(), [], []
    for stop_at in range(1, 500):
        parameters, optimizer = [Value(x) for x in START], make()
        for p in parameters:
            p.grad = 1.0
        optimizer.step(parameters)
        optimizer.step(parameters)
        old, lines = [p.data for p in parameters], 0

        def trace(frame: FrameType, event: str, arg: object) -> Any:
            nonlocal lines
            if not frame.f_code.co_filename.startswith(home):
                return None
            if event == "line":
                lines += 1
                if lines == stop_at:  # noqa: B023 -- called only in this turn of the loop
                    raise KeyboardInterrupt
            return trace

        sys.settrace(trace)
        try:
            optimizer.step(parameters)
        except KeyboardInterrupt:
            outcomes.append([p.data for p in parameters])
            memories.append(remembered(optimizer))
            with suppress(GraphError):
                optimizer.undo()
                undone.append(remembered(optimizer))
        else:
            new = [p.data for p in parameters]
            break
        finally:
            sys.settrace(before)
    assert [x for x in outcomes if x not in (old, new)] == []
    assert old in outcomes
    assert new in outcomes
    first, second, third = (remembered(after_steps(make(), n)) for n in (1, 2, 3))
    assert [x for x in memories if x not in (second, third)] == []
    assert second in memories
    assert third in memories
    assert [x for x in undone if x not in (first, second)] == []
    assert undone


# --- errors --------------------------------------------------------------------------------------


NAN, INF = float("nan"), float("inf")
RATE = r"\w+ lr expects a finite number of at least 0, got "
LIMIT = "expects a finite number above 0, got "
BETAS = r"Adam betas expects two numbers of at least 0 and below 1, got "


@pytest.mark.parametrize(
    ("kind", "settings", "error", "message"),
    [
        (nn.SGD, {"lr": -0.1}, ArgumentError, rf"^{RATE}-0\.1$"),
        (nn.Adam, {"lr": NAN}, ArgumentError, rf"^{RATE}nan$"),
        (nn.RMSprop, {"lr": INF}, ArgumentError, rf"^{RATE}inf$"),
        (nn.SGD, {"lr": "0.1"}, InputError, r"^SGD lr expects a number, got the text '0\.1'"),
        (nn.SGD, {"lr": None}, InputError, "^SGD lr expects a number, got None"),
        (nn.SGD, {"lr": optim.Cosine}, InputError,
         r"^SGD lr expects a number or a schedule, got the class Cosine; make one of it: Cosine\("),
        (nn.Adam, {"lr": [Value(1.0)] * 3}, InputError,
         "^Adam lr expects a number or a schedule, got a list of 3 parameters; give .* no param"),
        (nn.Adam, {"lr": nn.MLP(2, [1])}, InputError, "got the model MLP; give .* no parameters"),
        (nn.SGD, {"momentum": -1}, ArgumentError, "^SGD momentum expects .* at least 0, got -1"),
        (nn.SGD, {"weight_decay": -1}, ArgumentError, "^SGD weight_decay .* at least 0, got -1"),
        (nn.SGD, {"nesterov": True}, ArgumentError,
         r"^SGD nesterov expects a momentum above 0, got 0; try momentum=0\.9"),
        (nn.SGD, {"nesterov": "no", "momentum": 0.9}, InputError,
         "^SGD nesterov expects True or False, got 'no'"),
        (nn.SGD, {"clip_norm": 0}, ArgumentError,
         f"^SGD clip_norm {LIMIT}0; use None for no limit"),
        (nn.Adam, {"clip_value": -1}, ArgumentError, f"^Adam clip_value {LIMIT}-1; use None"),
        (nn.Adam, {"clip_norm": INF}, ArgumentError, f"^Adam clip_norm {LIMIT}inf; use None"),
        (nn.Adam, {"clip_norm": "1"}, InputError, "^Adam clip_norm expects a number, got the text"),
        (nn.Adam, {"betas": (0.9, 1.0)}, ArgumentError,
         rf"^{BETAS}\(0\.9, 1\.0\); try \(0\.9, 0\.999\)"),
        (nn.Adam, {"betas": (-0.1, 0.9)}, ArgumentError, BETAS),
        (nn.Adam, {"betas": (NAN, 0.9)}, ArgumentError, BETAS),
        (nn.Adam, {"betas": 0.9}, InputError, rf"^{BETAS}0\.9; try"),
        (nn.Adam, {"betas": (0.9,)}, ShapeError, rf"^{BETAS}1 \(\(0\.9,\)\); try"),
        (nn.Adam, {"betas": ("a", 0.9)}, InputError, r"^Adam betas\[0\] expects a number, got"),
        (nn.Adam, {"eps": 0}, ArgumentError, f"^Adam eps {LIMIT}0$"),
        (nn.AdamW, {"weight_decay": -1}, ArgumentError, "^AdamW weight_decay .* at least 0, got"),
        (nn.RMSprop, {"alpha": 1}, ArgumentError,
         "^RMSprop alpha expects a number of at least 0 and below 1, got 1"),
        (nn.RMSprop, {"eps": -1}, ArgumentError, f"^RMSprop eps {LIMIT}-1"),
        (nn.RMSprop, {"centered": 2}, InputError, "^RMSprop centered expects True or False, got 2"),
        (nn.RMSprop, {"momentum": NAN}, ArgumentError, "^RMSprop momentum expects .* got nan"),
    ],
)  # fmt: skip
def test_an_optimiser_refuses_settings(
    kind: type[BuiltIn], settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        kind(**settings)


@pytest.mark.parametrize("kind", [nn.SGD, nn.Adam, nn.AdamW, nn.RMSprop])
@pytest.mark.parametrize("first", [nn.MLP(2, [1]), nn.MLP(2, [1]).parameters()])
def test_parameters_before_lr_as_in_pytorch_are_told_off(kind: Any, first: Any) -> None:
    message = f"^{kind.__name__} lr expects a number or a schedule, got .*; give the optimiser no p"
    with pytest.raises(InputError, match=message):
        kind(first, lr=0.1)
    with pytest.raises(TypeError, match="multiple values for argument 'lr'"):
        kind(0.1, lr=0.1)


def test_an_optimiser_of_ones_own_may_take_the_model_first() -> None:
    class Own(nn.SGD):
        def __init__(self, model: nn.Module, lr: float) -> None:
            super().__init__(lr)

    assert Own(nn.MLP(2, [1]), lr=0.5).lr == 0.5
    assert [*inspect.signature(nn.SGD).parameters][:2] == ["lr", "momentum"]


def test_a_setting_is_checked_when_it_is_changed_as_well_and_stays_as_it_was() -> None:
    adam = nn.Adam()
    for name, wrong in (("betas", 0.9), ("eps", 0), ("lr", -1), ("clip_norm", 0)):
        with pytest.raises((ArgumentError, InputError), match=f"Adam {name} expects"):
            setattr(adam, name, wrong)
    assert repr(adam) == repr(nn.Adam())


@pytest.mark.parametrize("make", MAKERS[1:], ids=str)
def test_an_optimiser_with_a_memory_belongs_to_one_model(make: Callable[[], BuiltIn]) -> None:
    optimizer = make()
    optimizer.step([Value(1.0), Value(2.0)])
    message = (
        r"^\w+ has moved 2 parameters so far, and now got 3; use a new optimiser for another "
        r"model, or reset\(\) this one$"
    )
    before = remembered(optimizer)
    with pytest.raises(ShapeError, match=message):
        optimizer.step([Value(1.0), Value(2.0), Value(3.0)])
    assert remembered(optimizer) == before


def test_update_refuses_a_gradient_of_another_shape() -> None:
    message = r"SGD.update expects a gradient of the shape of theta, \(3,\), got \(1,\)"
    with pytest.raises(ShapeError, match=message):
        nn.SGD().update(np.ones(3), np.ones(1))


@pytest.mark.parametrize("parameters", [nn.MLP(2, [1]), [1.0], Value(1.0)])
def test_step_says_what_it_is_to_be_given(parameters: Any) -> None:
    with pytest.raises(InputError, match=r"SGD.step expects a list of Values such as model\.par"):
        nn.SGD().step(parameters)


def test_an_optimiser_without_an_update_says_so() -> None:
    class Lazy(nn.Optimizer):
        pass

    with pytest.raises(NotImplementedError, match="Lazy has no update; define it to use it"):
        Lazy().step([Value(1.0)])
    for method in ("reset", "state_dict", "undo"):
        with pytest.raises(NotImplementedError, match=f"Lazy has no {method}; define it to use"):
            getattr(Lazy(), method)()
    with pytest.raises(NotImplementedError, match="Lazy has no load_state_dict; define it"):
        Lazy().load_state_dict({})
    with pytest.raises(AttributeError, match="Lazy has no lr; set it to a number first"):
        Lazy().lr  # noqa: B018 -- it is the reading that fails
    assert (hasattr(Lazy(), "lr"), Lazy().schedule) == (False, None)


def test_an_optimiser_that_returns_too_few_numbers_moves_nothing() -> None:
    class Lazy(nn.Optimizer):
        def update(self, theta, gradient):
            return theta[:1] + 1.0

    parameters = [Value(1.0), Value(2.0)]
    with pytest.raises(ShapeError, match=r"Lazy.update expects to return 2 numbers, got 1"):
        Lazy().step(parameters)
    assert [p.data for p in parameters] == [1.0, 2.0]
