"""``detect_anomaly``: it names the operation, its operands and your line, and changes nothing."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import autograd
import nn
from autograd import AnomalyError, Value, detect_anomaly, no_grad
from autograd.core import modes
from autograd.core.graph import topological_order
from tests.autograd.messages import raises

ROOT = Path(__file__).parents[3]


def here() -> int:
    return sys._getframe(1).f_lineno


@pytest.fixture(autouse=True)
def _no_block_stays_open() -> Iterator[None]:
    yield
    assert modes.n_open == 0
    assert modes.current().recording
    assert modes.current().origins is None
    assert modes.current().blocks == ()


# --- detect_anomaly, forward ----------------------------------------------------------------------

_OUT_OF_RANGE, _BEFORE = "out of range", "not finite to begin with"
# what is named before the line, and what after it
FORWARD: dict[str, tuple[Callable[[], Value], tuple[str, ...], tuple[str, ...]]] = {
    "log of a negative": (
        lambda: Value(-1.0, name="x").log(), ("log", "nan", "x=-1"), ("log", "0", "inf"),
    ),
    "overflow": (lambda: Value(1000.0).exp(), ("exp", "inf", "1000"), (_OUT_OF_RANGE,)),
    "quick product": (
        lambda: Value(1e308, name="big") * Value(10.0),
        ("*", "inf", "big=1e+308", "10"), (_OUT_OF_RANGE,),
    ),
    "quick sum": (
        lambda: Value(math.inf, name="lost") + Value(1.0),
        ("+", "inf", "lost=inf", "1"), (_BEFORE,),
    ),
    "relu": (lambda: Value(math.nan).relu(), ("ReLU", "nan", "nan"), (_BEFORE,)),
    "power by a number": (
        lambda: Value(-2.0) ** 0.5, ("**0.5", "nan", "-2"), ("**0.5", "0", "inf"),
    ),
    "a number on the left": (lambda: 1 / Value(0.0), ("/", "inf", "1", "0"), (_OUT_OF_RANGE,)),
    "a sum of many": (
        lambda: autograd.sum([Value(1e308)] * 9),
        ("Σ", "inf", ", ".join(["1e+308"] * 6) + ", ...", "9 operands"), (_OUT_OF_RANGE,),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FORWARD)
def test_the_first_anomaly_forward_names_operation_operands_and_the_users_line(case: str) -> None:
    build, named, advice = FORWARD[case]
    where = f"{__file__}:{build.__code__.co_firstlineno}: "
    with raises(AnomalyError, *named, where, *advice), detect_anomaly():
        build()


def test_the_line_that_is_named_is_the_users_and_not_that_of_a_function_of_the_package() -> None:
    line = here() + 2
    with raises(AnomalyError, "*", "inf", f"{__file__}:{line}: autograd.dot("), detect_anomaly():
        autograd.dot([Value(1e200)], [Value(1e200)])


def test_the_text_of_the_users_line_is_shown() -> None:
    with detect_anomaly(), raises(AnomalyError, "log", "Value(0.0).log()  # a mark"):
        Value(0.0).log()  # a mark


def test_the_users_line_is_found_through_the_layers_of_nn() -> None:
    model = nn.MLP(1, [2, 1], seed=0)
    line = here() + 2
    with detect_anomaly(), raises(AnomalyError, "*", f"{__file__}:{line}: model([math.inf])"):
        model([math.inf])


def test_an_anomaly_under_no_grad_is_seen_too() -> None:
    with raises(AnomalyError, "log", "nan"), detect_anomaly(), no_grad():
        Value(-1.0).log()


def test_a_finite_program_gives_the_same_bits_inside_of_detect_anomaly() -> None:
    def gradients() -> list[str]:
        model = nn.MLP(2, [3, 1], "relu", seed=1)
        model([0.5, -2.0]).backward()
        return [p.grad.hex() for p in model.parameters()]

    usual = gradients()
    with detect_anomaly():
        assert gradients() == usual


def test_after_the_block_nan_is_quiet_again() -> None:
    with detect_anomaly():
        pass
    assert math.isnan(Value(-1.0).log().data)


def test_detect_anomaly_holds_for_the_thread_that_enters_it_alone() -> None:
    found: list[float] = []
    with detect_anomaly():
        thread = threading.Thread(target=lambda: found.append(Value(-1.0).log().data))
        thread.start()
        thread.join()
    assert math.isnan(found[0])


def test_detect_anomaly_decorates_and_nests() -> None:
    @detect_anomaly()
    def risky(x: float) -> float:
        return Value(x).log().data

    assert risky(1.0) == 0.0
    with pytest.raises(AnomalyError):
        risky(0.0)
    with detect_anomaly():
        with detect_anomaly():
            inner = Value(0.0, name="x").sqrt()
        line = inner  # made in the inner block, swept in the outer one
        with raises(AnomalyError, "the gradient", f"{__file__}:", "inner = Value"):
            line.backward()
        with pytest.raises(AnomalyError):
            Value(0.0).log()


# --- detect_anomaly, backward ---------------------------------------------------------------------


def test_an_anomaly_backward_names_operation_operand_local_and_line() -> None:
    x = Value(0.0, name="x")
    with detect_anomaly():
        line = here() + 1
        y = x.sqrt() * 3.0
        with raises(
            AnomalyError, "the gradient", "inf", "√", "x=0",
            f"{__file__}:{line}: y = x.sqrt() * 3.0", 3, "inf", "operand x", 0,
        ) as caught:  # fmt: skip
            y.backward()
    assert caught.value.origin == f"{__file__}:{line}: y = x.sqrt() * 3.0"


def test_zero_times_infinity_backward_is_an_anomaly() -> None:
    x = Value(0.0)
    with (
        detect_anomaly(),
        raises(AnomalyError, "the gradient", "nan", "√", 0, "inf"),
    ):
        (x.sqrt() * 0.0).backward()


def test_a_graph_made_outside_of_the_block_says_so() -> None:
    y = Value(0.0).sqrt()
    with detect_anomaly(), raises(AnomalyError, "the gradient", "√", "detect_anomaly()"):
        y.backward()


def test_no_gradient_is_changed_when_backward_raises() -> None:
    x, w = Value(0.0), Value(2.0)
    h = w * w
    y = h * 3.0 + x.sqrt()
    h.backward()
    nodes = topological_order(y)
    x.grad = 0.25
    before = [(hasattr(node, "_grad"), node.grad) for node in nodes]
    assert any(grad for _, grad in before)
    with pytest.raises(AnomalyError), detect_anomaly():
        y.backward()
    assert [(hasattr(node, "_grad"), node.grad) for node in nodes] == before


def test_a_sum_of_finite_contributions_that_overflows_is_an_anomaly() -> None:
    x = Value(1.0)
    x.grad = 1.7e308
    with raises(AnomalyError, "the gradient", "inf", "*"), detect_anomaly():
        (x * 1e308).backward()
    assert x.grad == 1.7e308


@pytest.mark.parametrize("output", [Value(1.0, name="y"), Value(2.0) * 0.0])
def test_a_backward_pass_that_starts_from_nan_is_an_anomaly(output: Value) -> None:
    called = f"backward of {output.name}" if output.name else "backward"
    with detect_anomaly(), raises(AnomalyError, called, "finite", "nan"):
        output.backward(math.nan)
    assert output.grad == 0.0


def test_the_users_line_is_found_when_the_package_is_imported_through_a_link(
    tmp_path: Path,
) -> None:
    (tmp_path / "linked").mkdir()
    for package in ("autograd", "nn"):
        (tmp_path / "linked" / package).symlink_to(ROOT / package, target_is_directory=True)
    program = tmp_path / "program.py"
    program.write_text(
        "from autograd import Value, detect_anomaly\n"
        "with detect_anomaly():\n"
        "    Value(-1.0).log()\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(tmp_path / "linked")},
    )  # fmt: skip
    assert f"at {program}:3: Value(-1.0).log();" in done.stderr
