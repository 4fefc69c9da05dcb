"""What is in one place must be in the other: rows, losses, passes and plots, and their tests."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import nn
from autograd.compiler.passes import scalar_passes
from autograd.compiler.passes.scalar_passes import SCALAR_PASSES
from tests.autograd.core.test_table import ORACLE, ROWS
from tests.house.sources import ROOT, parsed, sources
from tests.nn.test_plots import PLOTS


def functions_of(folder: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public functions that the modules of a package define."""
    for path in sources(folder):
        if path.stem == "__init__":
            continue
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for node in parsed(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield node.name, getattr(module, node.name)


def calls(folder: str) -> set[tuple[str, str]]:
    """Functions that files of a folder call, each with its first argument as it is written."""
    found = set()
    for path in sources(folder):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).split(".")[-1]
                found.add((name, ast.unparse(node.args[0]) if node.args else ""))
    return found


def test_every_oracle_is_that_of_a_row() -> None:
    for name in ORACLE:
        assert name in [row.name for row in ROWS], (
            f"the oracle of {name} is of no row in the table of autograd/core/table.py"
        )


def test_every_pass_over_a_tape_is_run() -> None:
    for name, function in inspect.getmembers(scalar_passes, inspect.isfunction):
        if name.startswith("_") or function.__module__ != scalar_passes.__name__:
            continue
        kinds = inspect.get_annotations(function)
        if (kinds.get("tape"), kinds.get("return")) == ("Tape", "Tape"):
            assert function in SCALAR_PASSES.values(), (
                f"{name} takes a Tape to a Tape, and is not in SCALAR_PASSES"
            )


def test_every_pass_over_a_tape_has_a_test_that_shows_its_text() -> None:
    called = calls("tests/autograd/compiler")
    for name, function in SCALAR_PASSES.items():
        assert ("after", function.__name__) in called, (
            f"no test shows what {name!r} makes of a tape: after({function.__name__}, tape)"
        )


def test_every_loss_has_a_row_and_is_exported() -> None:
    found = 0
    for name, function in functions_of("nn/losses"):
        parameters = list(inspect.signature(function).parameters)
        if parameters[:1] in (["output"], ["logits"], ["probabilities"]) and "target" in parameters:
            found += name == function.__name__
            if parameters[2:] and "who" in parameters:
                continue  # what the losses share
            assert name in nn.losses.LOSSES, f"{name} has no row in nn/losses/registry.py"
    assert found >= 11
    for name in nn.losses.LOSSES:
        for package in (nn.losses, nn):
            assert name in package.__all__, f"{package.__name__} does not export {name}"


def test_every_plot_is_exported_and_among_those_that_tests_of_all_plots_draw() -> None:
    found = [
        name
        for name, function in functions_of("nn/plots")
        if inspect.get_annotations(function).get("return") == "Axes" and name != "axes"
    ]
    assert len(found) >= 12
    for name in found:
        assert name in nn.plots.__all__, f"nn.plots does not export {name}"
        assert name in PLOTS, f"{name} is not in PLOTS of tests/nn/test_plots.py"
