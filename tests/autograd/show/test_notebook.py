"""What a notebook shows of a bare Value: its picture, and text where there is none."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

import nn
from autograd import Value, draw
from autograd.show import graphviz as render
from autograd.show import notebook
from autograd.show.graphviz import fitted
from autograd.show.notebook import mimebundle

SVG, TEXT = "image/svg+xml", "text/plain"


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The variables of a notebook, which is the module __main__."""
    main = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    return vars(main)


def test_a_value_is_shown_as_its_text_and_its_graph() -> None:
    y = Value(2.0, name="a") * 3
    bundle = mimebundle(y)
    assert list(bundle) == [TEXT, SVG]
    assert bundle[TEXT] == repr(y)
    assert bundle[SVG].count('class="node"') == 3


def test_names_come_from_the_notebooks_variables(variables: dict[str, Any]) -> None:
    height = Value(2.0)
    area = height * 3
    assert "leaf" in mimebundle(area)[SVG]  # and not from the caller's
    variables["length"] = height
    assert "length" in mimebundle(area)[SVG]


def test_a_large_graph_is_folded_into_the_models_of_the_notebook(
    variables: dict[str, Any],
) -> None:
    network = nn.MLP(3, [8, 8, 1], seed=0)
    y = network([1.0, 2.0, 3.0])
    assert "bands of depth" not in mimebundle(y)[SVG]
    variables["network"] = network
    shown = mimebundle(y)[SVG]
    assert "layers.1.neurons.7" in shown
    assert "neurons of network" in shown


def test_a_leaf_alone_is_text_alone() -> None:
    assert mimebundle(Value(2.0)) == {TEXT: repr(Value(2.0))}


def test_without_graphviz_it_is_the_tree_and_both_installs(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, Any]
) -> None:
    monkeypatch.setattr(render, "find_dot", lambda: None)
    variables["a"] = Value(2.0)
    y = variables["a"] * 3
    bundle = mimebundle(y)
    assert list(bundle) == [TEXT]
    lines = bundle[TEXT].splitlines()
    assert lines[0] == repr(y)
    assert lines[3].startswith("├─ a")
    assert 'run: pip install "glassgrad[dot]", or install your system\'s package' in lines[-1]


def test_without_graphviz_a_large_graph_is_cut() -> None:
    y = Value(1.0)
    for _ in range(1000):
        y = y + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "find_dot", lambda: None)
        assert len(mimebundle(y)[TEXT].splitlines()) < 40


def test_kinds_that_are_not_asked_for_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "drawing", lambda *nothing: pytest.fail("it was drawn"))
    y = Value(2.0) * 3
    assert list(mimebundle(y, include={TEXT})) == [TEXT]
    assert list(mimebundle(y, exclude={SVG})) == [TEXT]


@pytest.mark.parametrize(("kinds", "drawn"), [([TEXT], False), ([TEXT, SVG], True)])
def test_ipython_in_a_terminal_is_not_made_to_wait_for_a_picture(
    monkeypatch: pytest.MonkeyPatch, kinds: list[str], drawn: bool
) -> None:
    formatter = types.SimpleNamespace(active_types=kinds)
    shell = types.SimpleNamespace(display_formatter=formatter)
    ipython = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)  # type: ignore[arg-type]
    assert (SVG in mimebundle(Value(2.0) * 3)) == drawn


def test_ipython_takes_the_bundle_from_the_method(monkeypatch: pytest.MonkeyPatch) -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    monkeypatch.setattr(Value, "_repr_mimebundle_", mimebundle, raising=False)
    shown, _ = formatters.DisplayFormatter().format(Value(2.0) * 3)
    assert "<svg" in shown[SVG]


def test_a_drawing_in_a_notebook_is_that_of_draw() -> None:
    a = Value(2.0, name="a")
    y = (a * a).exp()
    y.backward()
    assert mimebundle(y)[SVG] == fitted(draw(y, names={}).svg())
