import re
from pathlib import Path

import numpy as np
import pytest

import nn
from demos import perceptron
from demos.perceptron import gradient_step, learn, rosenblatt, weights_of


@pytest.fixture(scope="module")
def points() -> tuple[np.ndarray, np.ndarray]:
    X, y = nn.data.linear(100, flip=0, margin=0.1, seed=8)
    return X, 2 * y - 1


def test_the_rule_is_a_step_down_the_gradient_to_the_bit(
    points: tuple[np.ndarray, np.ndarray],
) -> None:
    turned = 0
    for x, t in zip(*points, strict=True):
        one, other = nn.Neuron(2, "linear", rng=1), nn.Neuron(2, "linear", rng=1)
        before = weights_of(one)
        assert rosenblatt(one, x, int(t)) == (weights_of(one) != before).any()
        gradient_step(other, x, int(t))
        assert (weights_of(one) == weights_of(other)).all()
        turned += (weights_of(one) != before).any()
    assert 0 < turned < 100


def test_a_gradient_step_leaves_out_what_an_earlier_sweep_has_left(
    points: tuple[np.ndarray, np.ndarray],
) -> None:
    X, t = points
    neuron = nn.Neuron(2, "linear", rng=0)
    neuron.b.grad = 100.0
    gradient_step(neuron, X[0], int(t[0]))
    assert abs(neuron.b.data) <= 1.0


def test_learning_ends_with_the_first_epoch_without_a_mistake(
    points: tuple[np.ndarray, np.ndarray],
) -> None:
    neuron = nn.Neuron(2, "linear", rng=0)
    counts, weights = learn(neuron, *points, epochs=50)
    assert counts[-1] == 0
    assert all(counts[:-1])
    assert len(weights) == 1 + sum(counts)
    assert (np.sign(neuron.predict(points[0])) == points[1]).all()


def test_it_ends_on_separable_points_and_on_no_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    perceptron.main(tmp_path, quick=True)
    printed = capsys.readouterr().out
    assert re.search(r"separable +\d[\d, ]*, 0 +\d+ in all: done", printed)
    endless = re.findall(r"(\S.*?) {2,}\d[\d, ]+ in all: no end in sight", printed)
    assert endless == ["20% flipped", "xor"]
    table = re.findall(r"^  (?:w1|w2|b) +\S+ +(\S+) +(\S+)$", printed, re.MULTILINE)
    assert len(table) == 3
    assert all(by_rule == by_graph for by_rule, by_graph in table)
