"""The line that ``fit`` shows: on a terminal, in a pipe, and not at all."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

import numpy as np
import pytest

import nn
from nn import progress
from nn.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def screen(self) -> list[str]:
        """What a person sees: a carriage return goes back and writes over the line."""
        lines = []
        for line in self.getvalue().split("\n"):
            cells: list[str] = []
            for part in line.split("\r"):
                cells[: len(part)] = part
            lines.append("".join(cells).rstrip())
        return lines


class Clock:
    """time.perf_counter, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(progress.time, "perf_counter", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def train(**settings: Any) -> None:
    X, y = np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 1.0, 2.0])
    chosen: dict[str, Any] = {
        "loss": "mse_loss", "optimizer": nn.SGD(lr=0.01), "epochs": 3, "batch_size": 1, "seed": 0,
    } | settings  # fmt: skip
    nn.fit(nn.MLP(1, [1], seed=0), X, y, **chosen)


def test_verbose_0_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    train(verbose=0)
    assert capsys.readouterr() == ("", "")


def test_verbose_0_is_silent_on_a_terminal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    train(verbose=0)
    assert terminal.getvalue() == ""


def test_in_a_pipe_there_is_one_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    train(validation=([[3.0]], [3.0]))
    out, err = capsys.readouterr()
    assert "\r" not in out
    assert err == ""
    number = r"\d+\.\d{4}"
    for epoch, line in enumerate(out.splitlines(), start=1):
        pattern = rf"epoch {epoch}/3  loss {number}  validation loss {number}  \d+\.\d s"
        assert re.fullmatch(pattern, line)
    assert len(out.splitlines()) == 3


def test_on_a_terminal_one_line_is_rewritten_and_ends_with_a_newline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    train()
    assert terminal.getvalue().count("\n") == 1
    assert terminal.getvalue().count("\r") >= 3
    last, empty = terminal.screen()
    assert re.fullmatch(r"epoch 3/3  loss \d+\.\d{4}  \d+\.\d s", last)
    assert empty == ""


def test_the_terminals_line_tells_epoch_step_loss_and_time_left(clock: Clock) -> None:
    terminal = Terminal()
    shown = Progress(2, 4, stream=terminal)
    shown.step(0.5)
    clock.now += 3.0
    shown.step(0.25)
    # two of eight steps took 3 s, so six are left for 9 s
    assert terminal.screen() == ["epoch 1/2  step 2/4  loss 0.2500  9.0 s left"]
    clock.now += 3.0
    shown.step(0.25)
    shown.step(0.25)
    shown.epoch({"loss": 0.125, "validation_accuracy": 1.0})
    line = "epoch 1/2  loss 0.1250  validation accuracy 1.0000  6.0 s"
    assert terminal.screen() == [line]
    clock.now += 1.0
    shown.step(0.1)
    assert terminal.screen() == ["epoch 2/2  step 1/4  loss 0.1000  4.2 s left"]


def test_the_line_is_redrawn_at_most_ten_times_a_second(clock: Clock) -> None:
    terminal = Terminal()
    shown = Progress(1, 1000, stream=terminal)
    for _ in range(1000):
        shown.step(1.0)
        clock.now += 0.01
    assert 90 <= terminal.getvalue().count("\r") <= 101


def test_a_shorter_line_leaves_nothing_of_a_longer_one(clock: Clock) -> None:
    terminal = Terminal()
    shown = Progress(1, 2, stream=terminal)
    shown.step(123456.0)
    shown.epoch({"loss": 1.0})
    assert terminal.screen() == ["epoch 1/1  loss 1.0000  0.0 s"]


def test_a_note_stands_on_a_line_of_its_own(clock: Clock) -> None:
    terminal = Terminal()
    with Progress(1, 2, stream=terminal) as shown:
        shown.step(1.0)
        shown.note("stopped")
    assert terminal.screen() == ["epoch 1/1  step 1/2  loss 1.0000  0.0 s left", "stopped", ""]
    pipe = io.StringIO()
    with Progress(1, 2, stream=pipe) as shown:
        shown.step(1.0)
        shown.note("stopped")
    assert pipe.getvalue() == "stopped\n"


def test_an_error_leaves_the_terminal_on_a_fresh_line(clock: Clock) -> None:
    terminal = Terminal()

    def fail() -> None:
        with Progress(1, 2, stream=terminal) as shown:
            shown.step(1.0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert terminal.getvalue().endswith("\n")


def test_long_times_are_told_in_minutes(clock: Clock) -> None:
    terminal = Terminal()
    shown = Progress(2, 1, stream=terminal)
    clock.now += 125.4
    shown.epoch({"loss": 1.0})
    assert terminal.screen() == ["epoch 1/2  loss 1.0000  2 min 05 s"]


def test_a_line_longer_than_the_terminal_is_cut_so_that_it_can_be_rewritten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    screen = Terminal()
    with Progress(2, 1, stream=screen) as progress:
        progress.epoch({"loss": 1.0, "accuracy": 0.5, "validation_loss": 2.0})
    assert all(len(line) < 40 for line in re.split(r"[\r\n]", screen.getvalue()))


@pytest.mark.parametrize(
    ("loss", "shown"), [(0.0, "0.0000"), (1.5, "1.5000"), (3e-7, "3e-07"), (4.5e150, "4.5e+150")]
)
def test_a_figure_is_short_however_large_or_small(loss: float, shown: str) -> None:
    stream = io.StringIO()
    with Progress(1, 1, stream=stream) as progress:
        progress.epoch({"loss": loss})
    assert f"loss {shown}  " in stream.getvalue()


def test_a_loss_that_is_no_longer_finite_is_told_once() -> None:
    stream = io.StringIO()
    with Progress(3, 1, stream=stream) as progress:
        for loss in (1.0, float("inf"), float("nan")):
            progress.epoch({"loss": loss})
    assert stream.getvalue().count("the loss is inf: try a smaller lr") == 1
    assert stream.getvalue().count("try a smaller lr") == 1
