"""Ctrl-C at any line that a training runs, in nn and in autograd, and a second one after it.

Of some ten thousand lines a run of the tests takes a few hundred, evenly spread. All of them:
GLASSGRAD_FAULTS=all pytest tests/faults    (half an hour)
"""

from __future__ import annotations

import io
import linecache
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest

import nn
from nn.callbacks import Run

from .interrupting import ALL, Lines, lines_of, surroundings, telling

X = np.array([[0.1, 0.9], [0.8, -0.2], [-0.5, 0.4]])
Y = np.array([1, -1, 1])
EPOCHS, STEPS = 2, 4


class Terminal(io.StringIO):
    """Progress rewrites its line, as on a real one."""

    def isatty(self) -> bool:
        return True


class OwnUpdate(nn.Optimizer):
    """One of a user's own that writes into what it remembers, and into what it is given."""

    def __init__(self) -> None:
        self.lr = 0.1
        self.velocity = np.zeros(13)
        self.counts = {"steps": [0]}

    def update(self, theta: Any, gradient: Any) -> Any:
        self.counts["steps"][0] += 1
        self.velocity *= 0.5
        self.velocity += gradient
        theta -= self.lr * self.velocity
        return theta


class OwnStep(nn.Optimizer):
    """One that moves Values itself, one after the other."""

    def __init__(self) -> None:
        self.lr = 0.1
        self.velocity = [0.0] * 13
        self.counts = {"steps": [0]}

    def step(self, parameters: Any) -> None:
        self.counts["steps"][0] += 1
        for i, p in enumerate(parameters):
            self.velocity[i] = 0.5 * self.velocity[i] + p.grad
            p.data = p.data - self.lr * self.velocity[i]


class Looking(nn.Callback):
    """One of a user's own, which might change anything."""

    def __init__(self) -> None:
        self.seen = 0

    def on_step(self, run: Run) -> None:
        self.seen += 1

    def on_epoch(self, run: Run) -> None:
        self.seen += len(run.history)


OPTIMISERS: dict[str, Callable[[], Any]] = {
    "sgd": lambda: nn.SGD(lr=0.1, momentum=0.5, nesterov=True),
    "adam": lambda: nn.Adam(lr=nn.optim.Cosine(0.1, epochs=4), clip_norm=1.0),
    "adamw": lambda: nn.AdamW(lr=0.1, clip_value=0.5),
    "rmsprop": lambda: nn.RMSprop(lr=0.01, momentum=0.5, centered=True),
    "own update": OwnUpdate,
    "own step": OwnStep,
}


def fresh() -> nn.MLP:
    return nn.MLP(2, [3, 1], "tanh", seed=0)


def fit(model: nn.Module, optimizer: nn.Optimizer, **settings: Any) -> nn.History:
    chosen: dict[str, Any] = {
        "loss": "hinge_loss", "epochs": EPOCHS, "batch_size": 2, "seed": 0, "validation": (X, Y),
        "metrics": ["accuracy"], "callbacks": [Looking()],
    } | settings  # fmt: skip
    with redirect_stdout(Terminal()):
        return nn.fit(model, X, Y, optimizer=optimizer, **chosen)


def numbers(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


def remembered(optimizer: Any) -> str:
    """All that an optimiser remembers of its steps, each bit of it."""
    if isinstance(optimizer, (OwnUpdate, OwnStep)):
        return repr((optimizer.counts, list(optimizer.velocity)))
    state = optimizer.state_dict()
    return repr((state["steps"], {k: v.tolist() for k, v in state["state"].items() if v.any()}))


@dataclass
class Reference:
    """A training that nobody interrupted: the states between its steps, and its history."""

    states: list[tuple[list[float], str]]
    columns: dict[str, list[Any]]


def reference(new: Callable[[], Any], compiled: bool) -> Reference:
    class Diary(nn.Callback):
        def on_start(self, run: Run) -> None:
            self.states = [(numbers(run.model), remembered(run.optimizer))]

        def on_step(self, run: Run) -> None:
            self.states.append((numbers(run.model), remembered(run.optimizer)))

    diary = Diary()
    history = fit(fresh(), new(), compile=compiled, callbacks=diary, verbose=0)
    assert len(diary.states) == 1 + STEPS
    return Reference(diary.states, history.columns)


def check(
    at: list[int],
    new: Callable[[], Any],
    compiled: bool,
    known: Reference,
    callbacks: Callable[[], list[nn.Callback]] = lambda: [Looking()],
) -> tuple[str, int]:
    """Interrupt a training at these lines; how it ended, and after how many steps."""
    model, optimizer, told, history = fresh(), new(), callbacks(), None
    before, lines = surroundings(), Lines(at)
    try:
        with lines.watched():
            history = fit(model, optimizer, compile=compiled, callbacks=told)
    except KeyboardInterrupt:
        pass
    assert surroundings() == before
    # parameters and optimiser are those between the same two steps
    state = (numbers(model), remembered(optimizer))
    assert state in known.states
    steps = known.states.index(state)
    assert np.allclose(model.predict(X), [model(x).data for x in X.tolist()], rtol=1e-12, atol=0)
    if history is None:
        return "raised", steps
    assert history.interrupted == bool(lines.fired)
    assert {len(column) for column in history.columns.values()} <= {len(history)}
    assert len(history.epoch_seconds) == len(history) == optimizer.epoch
    for name, column in history.columns.items():
        assert column == known.columns[name][: len(history)]
    if len(history) < EPOCHS:  # it goes on as if nobody had interrupted it
        rest = EPOCHS - len(history)
        fit(model, optimizer, compile=compiled, history=history, epochs=rest, verbose=0)
        assert (numbers(model), remembered(optimizer)) == known.states[-1]
        assert history.columns == known.columns
    return "interrupted" if lines.fired else "ended", steps


# where a step is made: of these files every line, for some of the optimisers
COMPILED_STEP = ("stepping.py", "optim/base.py", "adaptive.py", "built_in.py")
EAGER_STEP = ("training.py", "fitting/eager.py", *COMPILED_STEP)


def chosen(
    new: Callable[[], Any],
    compiled: bool,
    most: int,
    in_full: tuple[str, ...] = (),
    callbacks: Callable[[], list[nn.Callback]] = lambda: [Looking()],
) -> list[int]:
    """Numbers of lines to interrupt: at most so many, and all in some files; or all, if ALL."""

    def prepared() -> Callable[[], object]:
        settings = {"compile": compiled, "callbacks": callbacks()}
        return partial(fit, fresh(), new(), **settings)

    places = lines_of(prepared)
    every = telling(places, each=3 if ALL else 1)
    if ALL:
        return every
    stepping = [line for line in every if places[line - 1][0].endswith(in_full)]
    return sorted({*every[:: -(-len(every) // most)], *stepping})


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_ctrl_c_anywhere_leaves_a_whole_step_and_the_training_goes_on_from_there(
    name: str, compiled: bool
) -> None:
    new = OPTIMISERS[name]
    known, ends = reference(new, compiled), set()
    in_full: tuple[str, ...] = ()
    if name == "adam":
        in_full = COMPILED_STEP if compiled else EAGER_STEP
    elif name == "own step" and not compiled:
        in_full = EAGER_STEP
    for line in chosen(new, compiled, most=20, in_full=in_full):
        ends.add(check([line], new, compiled, known))
    # before the training and when all is done it is an interrupt like any other
    assert {steps for how, steps in ends if how == "raised"} <= {0, STEPS}
    reached = {steps for how, steps in ends if how == "interrupted"}
    assert reached >= ({*range(STEPS + 1)} if ALL else {0})
    assert len(reached) >= 2


def test_ctrl_c_on_the_border_of_a_block_leaves_numpys_warnings_as_they_were() -> None:
    # the line of a "with" is run again at its end, and Ctrl-C there keeps the block from being left
    new = OPTIMISERS["adam"]
    known = reference(new, compiled=False)
    places = lines_of(lambda: partial(fit, fresh(), new(), compile=False))
    borders = [
        number
        for number, place in enumerate(places, start=1)
        if linecache.getline(*place).strip().startswith("with np.errstate")
        and place[0].endswith("base.py")
    ]
    assert len(borders) == 2 * STEPS
    for line in borders:
        check([line], new, compiled=False, known=known)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_second_ctrl_c_soon_after_the_first_leaves_a_whole_step_too(compiled: bool) -> None:
    new = OPTIMISERS["adam"]
    known = reference(new, compiled)
    for i, line in enumerate(chosen(new, compiled, most=25)):
        check([line, line + 1 + i * 7 % 40], new, compiled, known)


def test_ctrl_c_in_a_training_that_diverges_leaves_what_was_finite() -> None:
    def diverging(model: nn.Module, optimizer: nn.Optimizer) -> nn.History:
        with pytest.warns(nn.DivergenceWarning):
            return nn.fit(model, X, Y * 1e200, loss="mse_loss", optimizer=optimizer, epochs=3,
                          batch_size=2, seed=0, verbose=0)  # fmt: skip

    def step() -> nn.SGD:
        return nn.SGD(lr=1e-150, momentum=0.5)

    every = telling(lines_of(lambda: partial(diverging, fresh(), step())), each=1)
    start = numbers(fresh())
    for line in every if ALL else every[-40:]:
        model, optimizer, before = fresh(), step(), surroundings()
        try:
            with Lines([line]).watched():
                diverging(model, optimizer)
        except (KeyboardInterrupt, pytest.fail.Exception):  # no warning where it was interrupted
            pass
        assert surroundings() == before
        assert (numbers(model) == start) == (optimizer.steps == 0)
        assert np.isfinite(numbers(model)).all()


def ours() -> list[nn.Callback]:
    return [nn.EarlyStopping(patience=5, restore_best=False), nn.GradientFlow()]


def test_ctrl_c_while_the_packages_own_callbacks_look_leaves_a_whole_step_too() -> None:
    new = OPTIMISERS["sgd"]
    known = reference(new, compiled=True)
    for line in chosen(new, compiled=True, most=25, callbacks=ours):
        check([line], new, compiled=True, known=known, callbacks=ours)
