"""What the tests of nn share: PyTorch where it is installed, and a matplotlib without windows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def torch() -> Any:
    """PyTorch, or a skipped test."""
    return pytest.importorskip("torch")


@pytest.fixture
def plt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """pyplot on a backend that draws in memory; every figure is closed afterwards."""
    pytest.importorskip("matplotlib").use("Agg")
    import matplotlib.pyplot as pyplot

    def no_window(*args: object, **kwargs: object) -> None:
        raise AssertionError("a plot must not open a window")

    pyplot.close("all")  # what an example has left open
    monkeypatch.setattr(pyplot, "show", no_window)
    yield pyplot
    pyplot.close("all")
