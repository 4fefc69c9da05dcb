"""The sweep under modes: inside of ``no_grad`` as outside, inside of ``detect_anomaly`` named."""

from __future__ import annotations

import math
import threading

import pytest

from autograd import AnomalyError, Value, detect_anomaly, no_grad
from tests.autograd.messages import raises


def test_a_graph_made_outside_is_swept_inside_of_no_grad_as_ever() -> None:
    x = Value(3.0)
    y = x * x
    with no_grad():
        y.backward(2.0)
        x.backward(0.5)
    assert (y.grad, x.grad) == (2.0, 12.5)


@pytest.mark.parametrize("output", [Value(1.0), Value(1.0) * 2.0], ids=["leaf", "product"])
def test_backward_from_nan_is_refused_by_detect_anomaly_alone(output: Value) -> None:
    with no_grad():
        output.backward(math.nan)
    assert math.isnan(output.grad)


def test_a_sweep_is_not_watched_for_a_block_that_another_thread_has_open() -> None:
    x = Value(0.0)
    y = x.sqrt()
    thread = threading.Thread(target=lambda: [y.backward(), x.backward(math.nan)])
    with detect_anomaly():
        thread.start()
        thread.join()
    assert math.isnan(x.grad)


def test_the_output_is_named_that_a_backward_pass_cannot_start_from() -> None:
    x = Value(2.0, name="x")
    loss = x * 3.0
    loss.name = "loss"
    with detect_anomaly(), raises(AnomalyError, "backward of loss", "inf"):
        loss.backward(math.inf)
    with detect_anomaly(), raises(AnomalyError, "backward of x", "inf"):
        x.backward(math.inf)
    assert (x.grad, loss.grad) == (0.0, 0.0)


def test_an_interior_node_is_watched_from_zero_and_a_leaf_from_what_it_has() -> None:
    x = Value(2.0)
    h = x * 3.0
    h.grad, x.grad = math.inf, 1.0  # the sweep sets h's to zero first
    with detect_anomaly():
        (h * 2.0).backward()
    assert (h.grad, x.grad) == (2.0, 7.0)
