"""Ctrl-C outside of a training: while a model is saved, while a graph is read."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

import autograd
import nn
from autograd import Stepper, Value

from .interrupting import ALL, Lines, lines_of, surroundings, telling


# Python warns of a stream that Ctrl-C kept from being closed; the file is deleted all the same
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_while_a_model_is_saved_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    old, new = nn.MLP(2, [3, 1], "tanh", seed=0), nn.MLP(2, [3, 1], "tanh", seed=1)
    nn.save(new, path)
    contents = [path.read_bytes()]
    every = telling(lines_of(lambda: lambda: nn.save(new, path)), each=2)
    nn.save(old, path)
    contents.append(path.read_bytes())
    reached = set()
    for line in every:
        nn.save(old, path)
        with pytest.raises(KeyboardInterrupt), Lines([line]).watched():
            nn.save(new, path)
        assert list(tmp_path.iterdir()) == [path]
        reached.add(contents.index(path.read_bytes()))
    assert reached == {0, 1}


def graph() -> Value:
    a, b = Value(2.0, name="a"), Value(-3.0, name="b")
    L = (a * b + a).tanh() * a
    L.backward()
    return L


@pytest.mark.parametrize(
    "action",
    [
        lambda L: autograd.draw(L, names={}).source,
        lambda L: Stepper(L, names={}).html(),
        lambda L: str(autograd.explain(L, autograd.core.graph.topological_order(L)[0])),
        lambda L: str(autograd.tree(L)),
        lambda L: str(list(autograd.steps(L))),
        lambda L: (L.backward(), [v.grad for v in autograd.core.graph.topological_order(L)])[1],
    ],
    ids=["draw", "stepper", "explain", "tree", "steps", "backward"],
)
def test_ctrl_c_while_a_graph_is_read_changes_nothing_in_it(action: Any) -> None:
    expected, before = action(graph()), surroundings()
    every = telling(lines_of(lambda: partial(action, graph())), each=1)
    for line in every if ALL else every[::6]:
        L, lines = graph(), Lines([line])
        gradients = [v.grad for v in autograd.core.graph.topological_order(L) if v.parents]
        try:
            with lines.watched():
                action(L)
        except KeyboardInterrupt:
            pass
        assert surroundings() == before
        if "backward" not in str(action.__code__.co_names):
            after = [v.grad for v in autograd.core.graph.topological_order(L) if v.parents]
            assert after == gradients
            assert action(L) == expected
