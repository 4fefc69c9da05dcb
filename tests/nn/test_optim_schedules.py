"""Learning-rate schedules, and how an optimiser follows one."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.errors import ArgumentError, InputError, ShapeError
from nn.optim import Cosine, Linear, StepDecay, WarmUp

NAN = float("nan")
SCHEDULES = [
    StepDecay(0.5, 3, 0.2), Linear(0.5, 0.1, 7), Linear(0.1, 0.5, 7), Cosine(0.5, 7, to=0.01),
    WarmUp(0.5, 4), WarmUp(Cosine(0.5, 7), 2.5), WarmUp(lambda epoch: 0.5 * 0.9**epoch, 3, 0.0),
]  # fmt: skip


def rates(torch: Any, make: Callable[[Any, Any], Any], lr: float, n: int) -> list[float]:
    """Those of one of PyTorch's schedulers, by epoch."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler, found = make(torch.optim.lr_scheduler, optimizer), []
    for _ in range(n):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.parametrize(
    ("ours", "theirs", "epochs"),
    [
        (StepDecay(0.5, 3, 0.2), lambda s, o: s.StepLR(o, 3, 0.2), 12),
        (StepDecay(0.5, 4), lambda s, o: s.StepLR(o, 4), 12),
        # PyTorch's turns round after T_max, ours stays
        (Cosine(0.5, 10, to=0.1), lambda s, o: s.CosineAnnealingLR(o, 10, 0.1), 11),
        (Linear(0.5, 0.1, 7), lambda s, o: s.LinearLR(o, 1.0, 0.2, 7), 12),
        (WarmUp(0.5, 4, start=1 / 3), lambda s, o: s.LinearLR(o, 1 / 3, 1.0, 4), 12),
    ],
)
def test_a_schedule_gives_the_rates_of_torchs(
    torch: Any, ours: Callable[[float], float], theirs: Callable[[Any, Any], Any], epochs: int
) -> None:
    expected = rates(torch, theirs, 0.5, epochs)
    assert [ours(epoch) for epoch in range(epochs)] == pytest.approx(expected, rel=1e-12)


def test_step_decay_by_hand_multiplies_after_every_so_many_epochs() -> None:
    schedule = StepDecay(lr=1.0, every=2, factor=0.5)
    assert [schedule(e) for e in (0, 1.99, 2, 3.5, 4, 10)] == [1.0, 1.0, 0.5, 0.5, 0.25, 0.03125]


def test_step_decay_takes_an_epoch_added_up_from_tenths_for_whole() -> None:
    epoch = 0.0
    for _ in range(10):  # not sum(): since Python 3.12 it makes up for what is rounded away
        epoch += 0.1
    assert epoch < 1.0
    assert StepDecay(lr=1.0, every=1, factor=0.5)(epoch) == 0.5


def test_cosine_by_hand_is_half_way_at_half_time_and_stays_at_the_end() -> None:
    schedule = Cosine(lr=1.0, epochs=4, to=0.5)
    expected = [1.0, 0.75 + 0.25 * math.sqrt(0.5), 0.75, 0.75 - 0.25 * math.sqrt(0.5), 0.5, 0.5]
    assert [schedule(e) for e in (0, 1, 2, 3, 4, 9)] == pytest.approx(expected)


def test_a_warm_up_moves_from_the_first_step_on_and_then_follows_its_schedule_from_zero() -> None:
    after = Cosine(0.5, 7)
    schedule = WarmUp(after, 2)
    assert [schedule(e) for e in (0, 1, 2)] == pytest.approx([0.05, 0.275, 0.5])
    assert [schedule(2 + e) for e in (0.5, 3, 7, 9)] == [after(e) for e in (0.5, 3, 7, 9)]
    assert WarmUp(0.5, 2, start=0)(0) == 0.0
    assert WarmUp(0.5, 2)(50) == 0.5


@pytest.mark.parametrize("schedule", SCHEDULES[1:], ids=str)
def test_a_schedule_has_no_jumps_between_steps(schedule: Callable[[float], float]) -> None:
    path = [schedule(epoch) for epoch in np.linspace(0.0, 12.0, 1201).tolist()]
    assert max(abs(b - a) for a, b in pairwise(path)) < 0.003
    assert max(path) - min(path) > 0.1


# --- an optimiser that follows one ---------------------------------------------------------------


def test_the_rate_is_that_of_the_epoch_and_is_what_a_step_uses() -> None:
    sgd = nn.SGD(lr=lambda epoch: 0.5 * 0.5**epoch)
    steps = []
    for sgd.epoch in (0, 1, 2.5):
        steps.append((sgd.lr, sgd.update(np.array([0.0]), np.array([-1.0]))[0]))
    assert steps == [(0.5, 0.5), (0.25, 0.25), (0.5 * 0.5**2.5, 0.5 * 0.5**2.5)]


@pytest.mark.parametrize("kind", [nn.SGD, nn.Adam, nn.AdamW, nn.RMSprop])
def test_a_step_asks_the_schedule_once(kind: Any) -> None:
    asked = []
    optimizer = kind(lr=lambda epoch: asked.append(epoch) or 0.1)
    assert asked == []
    optimizer.epoch = 1.5
    optimizer.step([Value(1.0), Value(2.0)])
    assert asked == [1.5]


def test_the_rate_may_be_set_to_a_number_or_a_schedule_at_any_time() -> None:
    adam, cosine = nn.Adam(), Cosine(0.5, 10)
    assert (adam.lr, adam.schedule) == (0.001, None)
    adam.lr = cosine  # type: ignore[assignment, unused-ignore] -- older mypy knows one type alone
    adam.epoch = 5.0
    assert (adam.lr, adam.schedule) == (0.25, cosine)
    adam.lr = 1
    assert (adam.lr, adam.schedule) == (1.0, None)


def test_an_optimiser_of_ones_own_follows_schedules_without_an_init_of_the_base() -> None:
    class Plain(nn.Optimizer):
        def __init__(self, lr):
            self.lr = lr

        def update(self, theta, gradient):
            return theta - self.lr * gradient

    plain, x = Plain(lambda epoch: 0.5 / (1 + epoch)), Value(1.0)
    plain.epoch, x.grad = 1.0, 1.0
    plain.step([x])
    assert (plain.lr, x.data) == (0.25, 0.75)


BY = r"^SGD lr at epoch 1\.5, by <lambda>, expects"


@pytest.mark.parametrize(
    ("schedule", "error", "message"),
    [
        (lambda epoch: "0.1", InputError, rf"{BY} a number, got the text '0\.1'"),
        (lambda epoch: None, InputError, f"{BY} a number, got None; is a return missing"),
        (lambda epoch: -1.0, ArgumentError, f"{BY} a finite number of at least 0, got -1"),
        (lambda epoch: NAN, ArgumentError, f"{BY} a finite number of at least 0, got nan"),
        (lambda epoch: np.ones(2), ShapeError, rf"{BY} one number, got an array of shape \(2,\)"),
    ],
)
def test_what_a_schedule_gives_is_checked_before_anything_moves(
    schedule: Any, error: type[Exception], message: str
) -> None:
    x, sgd = Value(1.0), nn.SGD(lr=schedule, momentum=0.9)
    x.grad, sgd.epoch = 1.0, 1.5
    with pytest.raises(error, match=message):
        sgd.step([x])
    assert (x.data, sgd.steps) == (1.0, 0)


@pytest.mark.parametrize(
    ("epoch", "error", "message"),
    [
        ("2", InputError, "SGD epoch expects a number, got the text '2'"),
        (-1, ArgumentError, "SGD epoch expects a finite number of at least 0, got -1"),
        (NAN, ArgumentError, "SGD epoch expects a finite number of at least 0, got nan"),
    ],
)
def test_an_epoch_is_checked_when_a_schedule_is_asked(
    epoch: Any, error: type[Exception], message: str
) -> None:
    sgd = nn.SGD(lr=Cosine(0.1, 10))
    sgd.epoch = epoch
    with pytest.raises(error, match=message):
        sgd.lr  # noqa: B018 -- it is the reading that fails


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_a_schedule_refuses_epochs_that_are_none(schedule: Callable[[float], float]) -> None:
    name = type(schedule).__name__
    with pytest.raises(ArgumentError, match=f"^{name} epoch expects .* at least 0, got -1"):
        schedule(-1)
    with pytest.raises(InputError, match=f"^{name} epoch expects a number, got the text"):
        schedule("1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: StepDecay(-1, 2), ArgumentError, "^StepDecay lr expects .* at least 0, got -1"),
        (lambda: StepDecay(1, 0), ArgumentError, "^StepDecay every expects .* above 0, got 0"),
        (lambda: StepDecay(1, 2, NAN), ArgumentError, "^StepDecay factor expects .* got nan"),
        (lambda: Cosine("1", 2), InputError, "^Cosine lr expects a number, got the text '1'"),
        (lambda: Cosine(1, 0), ArgumentError, "^Cosine epochs expects .* above 0, got 0"),
        (lambda: Cosine(1, 2, -1), ArgumentError, "^Cosine to expects .* at least 0, got -1"),
        (lambda: Linear(1, -1, 2), ArgumentError, "^Linear to expects .* at least 0, got -1"),
        (lambda: Linear(1, 0, -2), ArgumentError, "^Linear epochs expects .* above 0, got -2"),
        (lambda: WarmUp(-1, 2), ArgumentError, "^WarmUp then expects .* at least 0, got -1"),
        (lambda: WarmUp(Cosine, 2), InputError, r"^WarmUp then .* got the class Cosine; make one"),
        (lambda: WarmUp(1, 0), ArgumentError, "^WarmUp epochs expects .* above 0, got 0"),
        (lambda: WarmUp(1, 2, 1.5), ArgumentError,
         r"^WarmUp start expects a share of the rate from 0 to 1, got 1\.5"),
        (lambda: WarmUp(lambda epoch: -1.0, 2)(0), ArgumentError,
         "^WarmUp then expects a finite number of at least 0, got -1"),
    ],
)  # fmt: skip
def test_a_schedule_refuses_settings(
    make: Callable[[], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make()


def test_a_schedule_shows_its_settings_and_cannot_be_changed() -> None:
    shown = "WarmUp(then=Cosine(lr=0.5, epochs=7.0, to=0.0), epochs=2.0, start=0.1)"
    assert repr(WarmUp(Cosine(0.5, 7), 2)) == shown
    assert repr(WarmUp(lambda epoch: 0.1, 2)) == "WarmUp(then=<lambda>, epochs=2.0, start=0.1)"
    assert Cosine(0.5, 7) == Cosine(0.5, 7.0, 0)
    with pytest.raises(AttributeError, match="cannot assign to field 'lr'"):
        Cosine(0.5, 7).lr = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("schedule", "shown"),
    [
        (lambda: 0.1, r"<lambda>\(\)"),
        (lambda epoch, step: 0.1, r"<lambda>\(epoch, step\)"),
        (lambda *, epoch: 0.1, r"<lambda>\(\*, epoch\)"),
    ],
)
def test_a_function_that_does_not_take_an_epoch_is_refused_as_a_schedule(
    schedule: Any, shown: str
) -> None:
    message = f"expects a number, or a function of the epoch alone, got {shown}; write lambda epoch"
    with pytest.raises(InputError, match=f"^SGD lr {message}"):
        nn.SGD(lr=schedule)
    with pytest.raises(InputError, match=f"^WarmUp then {message}"):
        WarmUp(schedule, 2)


def test_functions_with_defaults_and_those_of_python_are_schedules() -> None:
    assert nn.SGD(lr=lambda epoch, start=0.5: start).lr == 0.5
    assert nn.SGD(lr=lambda *epochs: 0.5).lr == 0.5
    assert nn.SGD(lr=math.exp).lr == 1.0
