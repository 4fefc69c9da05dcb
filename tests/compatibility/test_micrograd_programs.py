"""Programs as people write them for micrograd run here with only their imports changed."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from autograd import Value
from nn import MLP, Layer, Neuron
from nn.data import moons


def test_the_expression_of_the_engines_own_test_has_its_known_value_and_gradient() -> None:
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    y = (z * z).relu() + q + q * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def every_operator(a: Any, b: Any, relu: Any) -> Any:
    """All operators, with numbers on either side, and sums in place."""
    total = a + b
    total += 1
    total += 3 + total
    total -= b / 4
    product = a * b - b**2 + (-a)
    product *= 2
    product += 1.5 * product - (5 - a) + relu(b - a)
    product /= 3.0
    ratio = total / (product**2 + 1) + 10.0 / (b**2 + 0.5)
    return ratio - relu(a + b) * 0.5 + b**-1


def test_an_expression_of_all_operators_has_the_gradient_of_differences() -> None:
    a, b = Value(-1.3), Value(2.1)
    out = every_operator(a, b, lambda v: v.relu())
    out.backward()

    def number(a: float, b: float) -> float:
        return float(every_operator(a, b, lambda v: max(v, 0.0)))

    assert out.data == pytest.approx(number(-1.3, 2.1), rel=1e-15)
    h = 1e-6
    assert a.grad == pytest.approx((number(-1.3 + h, 2.1) - number(-1.3 - h, 2.1)) / (2 * h), 1e-7)
    assert b.grad == pytest.approx((number(-1.3, 2.1 + h) - number(-1.3, 2.1 - h)) / (2 * h), 1e-7)


def test_an_expression_of_all_operators_has_torchs_gradient() -> None:
    torch = pytest.importorskip("torch")
    a, b = Value(-1.3), Value(2.1)
    out = every_operator(a, b, lambda v: v.relu())
    out.backward()
    s, t = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (-1.3, 2.1))
    every_operator(s, t, lambda v: v.relu()).backward()
    assert (a.grad, b.grad) == pytest.approx((s.grad.item(), t.grad.item()), rel=1e-13)


@pytest.mark.parametrize("kind", [int, float, np.float64, np.float32, np.int64, np.int32])
def test_numbers_of_numpy_and_python_stand_on_either_side_of_every_operator(kind: Any) -> None:
    number, v = kind(3), Value(2.0)
    for found, expected in [
        (number + v, 5.0), (v + number, 5.0), (number - v, 1.0), (v - number, -1.0),
        (number * v, 6.0), (v * number, 6.0), (number / v, 1.5), (v / number, 2.0 / 3.0),
        (v**number, 8.0), (number**v, 9.0), (1 + -number * v, -5.0),
    ]:  # fmt: skip
        assert type(found) is Value
        assert found.data == expected
    assert (number > v, v < number, v >= number) == (True, True, False)


def test_pythons_own_sum_max_min_and_sorted_take_values() -> None:
    a, b, c = values = [Value(1.0), Value(3.0), Value(2.0)]
    assert sum(values).data == 6.0
    assert sum(v * v for v in values).data == 14.0
    assert sum(values, Value(4.0)).data == 10.0
    assert max(values) is b
    assert min(values) is a
    assert sorted(values) == [a, c, b]
    assert sorted(values, key=lambda v: -v.data) == [b, c, a]


def test_changes_in_place_make_new_nodes_and_leave_other_names_alone() -> None:
    a = Value(2.0)
    c = 3 * a
    d = c
    c += 1
    assert (c.data, d.data) == (7.0, 6.0)
    (c * d).backward()
    assert a.grad == 3.0 * 6.0 + 3.0 * 7.0


def test_the_parts_of_a_network_have_the_attributes_that_programs_use() -> None:
    neuron = Neuron(2)
    assert isinstance(neuron([Value(1.0), Value(-2.0)]), Value)
    assert (len(neuron.w), type(neuron.b), len(neuron.parameters())) == (2, Value, 3)
    assert len(Layer(2, 3)([1.0, 2.0])) == 3
    model = MLP(3, [4, 4, 1])
    assert len(model.parameters()) == 41
    assert [len(layer.neurons) for layer in model.layers] == [4, 4, 1]
    weights = [p.data for layer in model.layers for n in layer.neurons for p in [*n.w, n.b]]
    assert weights == [p.data for p in model.parameters()]
    assert isinstance(str(model), str)


class Perceptron:
    """The same network written out by hand, with a sum of products that starts at the bias."""

    def __init__(self, model: MLP) -> None:
        self.layers = [
            [([Value(w.data) for w in n.w], Value(n.b.data)) for n in layer.neurons]
            for layer in model.layers
        ]

    def __call__(self, x: list[Value]) -> Value:
        for depth, layer in enumerate(self.layers, start=1):
            sums = [sum((w * v for w, v in zip(ws, x, strict=True)), b) for ws, b in layer]
            x = [s.relu() for s in sums] if depth < len(self.layers) else sums
        return x[0]

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for ws, b in layer for p in [*ws, b]]


def train_on_moons(model: Any, X: Any, y: Any, steps: int) -> tuple[list[float], float]:
    """Hinge loss and a penalty, all rows at a time, with a learning rate that falls."""
    losses, accuracy = [], 0.0
    for step in range(steps):
        inputs = [list(map(Value, row)) for row in X]
        scores = list(map(model, inputs))
        hinges = [(1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)]
        loss = sum(hinges) * (1.0 / len(hinges))
        alpha = 1e-4
        loss = loss + alpha * sum(p * p for p in model.parameters())
        right = [(yi > 0) == (score.data > 0) for yi, score in zip(y, scores, strict=True)]
        accuracy = sum(right) / len(right)
        losses.append(loss.data)
        if isinstance(model, MLP):
            model.zero_grad()
        else:
            for p in model.parameters():
                p.grad = 0
        loss.backward()
        rate = 1.0 - 0.9 * step / steps
        for p in model.parameters():
            p.data -= rate * p.grad
    return losses, accuracy


def test_a_training_loop_on_the_moons_separates_them() -> None:
    X, y = moons(40, noise=0.05, seed=3)
    losses, accuracy = train_on_moons(MLP(2, [12, 12, 1], seed=1), X, y * 2 - 1, steps=70)
    assert accuracy > 0.95
    assert losses[-1] < 0.1 * losses[0]


def test_a_network_written_by_hand_trains_along_the_same_losses() -> None:
    X, y = moons(12, noise=0.1, seed=3)
    model = MLP(2, [8, 8, 1], seed=1)
    by_hand = Perceptron(model)
    losses, _ = train_on_moons(model, X, y * 2 - 1, steps=10)
    assert train_on_moons(by_hand, X, y * 2 - 1, steps=10)[0] == pytest.approx(losses, abs=1e-9)


def test_weights_drawn_by_the_random_module_are_set_one_by_one() -> None:
    generator = random.Random(7)
    model = MLP(2, [3, 1])
    for p in model.parameters():
        p.data = generator.uniform(-1, 1)
    generator = random.Random(7)
    assert [p.data for p in model.parameters()] == [generator.uniform(-1, 1) for _ in range(13)]
