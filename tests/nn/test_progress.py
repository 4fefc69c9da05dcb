"""The line that ``fit`` shows: on a terminal, in a pipe, and not at all."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

import numpy as np
import pytest

import nn
from nn.fitting import progress
from nn.fitting.progress import Progress


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
    monkeypatch.setenv("COLUMNS", "120")
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
        left = "" if epoch == 3 else r", \d+\.\d s left"
        pattern = (
            rf"epoch {epoch}/3  loss {number}  validation loss {number}  lr 0\.01  \d+\.\d s{left}"
        )
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
    assert re.fullmatch(r"epoch 3/3 #{24}  loss \d+\.\d{4}  lr 0\.01  \d+\.\d s", last)
    assert empty == ""


def steps(shown: Progress, n: int, loss: float = 1.0) -> None:
    for _ in range(n):
        shown.step(loss)


def test_the_terminals_line_tells_epoch_figures_rate_time_and_time_left(clock: Clock) -> None:
    terminal = Terminal()
    shown = Progress(2, 4, stream=terminal, rate=lambda: 0.05)
    clock.now += 60.0  # compiling
    shown.step(0.5)
    assert terminal.screen() == ["epoch 1/2 ###" + 21 * "-" + "  loss 0.5000  lr 0.05  1 min 00 s"]
    clock.now += 3.0
    shown.step(0.25)
    # a step takes 3 s, but for the first, and six are left
    line = "epoch 1/2 ######" + 18 * "-" + "  loss 0.2500  lr 0.05  1 min 03 s, 18.0 s left"
    assert terminal.screen() == [line]
    clock.now += 3.0
    steps(shown, 2)
    shown.epoch({"loss": 0.125, "confusion_matrix": np.eye(2), "lr": 0.05})
    line = "epoch 1/2 " + 12 * "#" + 12 * "-" + "  loss 0.1250  lr 0.05  1 min 06 s, 8.0 s left"
    assert terminal.screen() == [line]
    clock.now += 2.0
    steps(shown, 4, 0.0625)
    shown.epoch({"loss": 0.0625, "lr": 0.01})
    line = "epoch 2/2 " + 24 * "#" + "  loss 0.0625  lr 0.01  1 min 08 s"
    assert terminal.screen() == [line]


def test_during_an_epoch_validation_and_metrics_are_those_of_the_one_before(clock: Clock) -> None:
    terminal = Terminal()
    shown = Progress(3, 1, stream=terminal)
    shown.step(4.0)
    shown.epoch({"loss": 4.0, "accuracy": 0.5, "validation_loss": 2.0})
    clock.now += 1.0
    shown.step(3.0)
    found = terminal.screen()[0]
    assert found.startswith("epoch 2/3 #####")
    assert "loss 3.0000  accuracy 0.5000  validation loss 2.0000" in found


def test_a_continued_training_is_counted_on_and_timed_anew(clock: Clock) -> None:
    pipe = io.StringIO()
    shown = Progress(12, 2, stream=pipe, begun=8)
    steps(shown, 1)
    clock.now += 1.0
    steps(shown, 1)
    shown.epoch({"loss": 1.0})
    assert pipe.getvalue() == "epoch  9/12  loss 1.0000  1.0 s, 6.0 s left\n"


def test_verbose_2_is_a_line_an_epoch_on_a_terminal_too(clock: Clock) -> None:
    terminal = Terminal()
    shown = Progress(2, 1, 2, stream=terminal)
    steps(shown, 1)
    shown.epoch({"loss": 1.0})
    assert terminal.getvalue() == "epoch 1/2  loss 1.0000  0.0 s\n"


def test_in_a_notebook_the_line_is_rewritten_though_it_is_no_terminal(clock: Clock) -> None:
    Stream = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})
    cell = Stream()
    shown = Progress(1000, 1, stream=cell)
    for _ in range(1000):
        shown.step(1.0)
        shown.epoch({"loss": 1.0})
    assert "\n" not in cell.getvalue()
    assert "\r" in cell.getvalue()


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (130, "epoch 25/60 " + 10 * "━" + 14 * "─" + "  loss 0.1581  accuracy 0.9281  "
         "validation loss 0.1635  lr 0.001  0.0 s, 0.0 s left"),
        (90, "25/60 ━━━─────  loss 0.158 val 0.164  accuracy 0.928  lr 0.001  0.0 s left"),
        (72, "25/60 ━━━─────  loss 0.158 val 0.164  accuracy 0.928  0.0 s left"),
        (60, "25/60  loss 0.158 val 0.164  accuracy 0.928  0.0 s left"),
        (41, "25/60  loss 0.158 val 0.164  0.0 s left"),
        (12, "25/60  loss"),
    ],
)  # fmt: skip
def test_the_line_fits_the_terminal_and_says_what_matters_most(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, columns: int, line: str
) -> None:
    class Wide(Terminal):
        encoding = "utf-8"  # type: ignore[assignment]

    monkeypatch.setenv("COLUMNS", str(columns))
    terminal = Wide()
    shown = Progress(60, 1, stream=terminal)
    for _ in range(25):
        clock.now += 0.0
        shown.step(0.1581)
        shown.epoch({"loss": 0.1581, "accuracy": 0.9281, "validation_loss": 0.1635, "lr": 1e-3})
    assert terminal.screen() == [line.rstrip()]
    assert all(len(line) < columns for line in re.split(r"[\r\n]", terminal.getvalue()))


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
    assert terminal.screen() == ["epoch 1/1 " + 12 * "#" + 12 * "-" + "  loss 1.0000  0.0 s"]


def test_a_note_stands_on_a_line_of_its_own(clock: Clock) -> None:
    terminal = Terminal()
    with Progress(1, 2, stream=terminal) as shown:
        shown.step(1.0)
        shown.note("stopped")
    line = "epoch 1/1 " + 12 * "#" + 12 * "-" + "  loss 1.0000  0.0 s"
    assert terminal.screen() == [line, "stopped", ""]
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


@pytest.mark.parametrize(
    ("seconds", "told"), [(125.4, "2 min 05 s"), (59.94, "59.9 s"), (3 * 3600 + 125, "3 h 02 min")]
)
def test_long_times_are_told_in_minutes_and_hours(clock: Clock, seconds: float, told: str) -> None:
    pipe = io.StringIO()
    shown = Progress(1, 1, stream=pipe)
    clock.now += seconds
    shown.step(1.0)
    shown.epoch({"loss": 1.0})
    assert pipe.getvalue() == f"epoch 1/1  loss 1.0000  {told}\n"


@pytest.mark.parametrize(
    ("loss", "shown"), [(0.0, "0.0000"), (1.5, "1.5000"), (3e-7, "3e-07"), (4.5e150, "4.5e+150")]
)
def test_a_figure_is_short_however_large_or_small(loss: float, shown: str) -> None:
    stream = io.StringIO()
    with Progress(1, 1, stream=stream) as progress:
        progress.epoch({"loss": loss})
    assert f"loss {shown}  " in stream.getvalue()
