"""Graphs in processes that are forked or spawned."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading

import pytest

from autograd import (
    Value,
    detect_anomaly,
    no_grad,
)
from autograd.core import modes
from tests.scale.sizes import ROOT


def in_a_worker(y: Value) -> tuple[Value, int]:
    y.backward()
    return y, os.getpid()


START_METHODS = [m for m in ("fork", "spawn") if m in multiprocessing.get_all_start_methods()]


@pytest.mark.parametrize("method", START_METHODS)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*fork.*:RuntimeWarning")  # of JAX, where that is loaded
def test_a_graph_goes_to_a_worker_and_comes_back_swept(method: str) -> None:
    program = f"""
import multiprocessing, sys
from autograd import Value
sys.path.insert(0, {str(ROOT)!r})
from tests.scale.test_processes import in_a_worker
if __name__ == "__main__":
    x = Value(3.0, name="x")
    y = (x * x).tanh() * 2.0 + x ** 3
    with multiprocessing.get_context({method!r}).Pool(1) as pool:
        again, pid = pool.apply(in_a_worker, (y,))
    y.backward()
    (leaf,) = [node for node in again.parents[1].parents]
    import os
    print(pid != os.getpid(), leaf.name, leaf.grad == x.grad, again.data == y.data, again.op)
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == "True x True True +\n", done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*fork.*:RuntimeWarning")  # of JAX, where that is loaded
def test_a_child_that_was_forked_while_others_held_blocks_and_locks_works_on() -> None:
    a, opened, done = Value(2.0), threading.Event(), threading.Event()

    def hold() -> None:
        with no_grad(), detect_anomaly(), modes._lock:
            opened.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    opened.wait(10)
    child = os.fork()
    if child == 0:
        right = False
        try:
            signal.alarm(10)
            with no_grad():
                right = (a * a).parents == ()
            right = right and (a * a).parents == (a, a)
        finally:
            os._exit(0 if right else 1)
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
