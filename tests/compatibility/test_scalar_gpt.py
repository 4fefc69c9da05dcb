"""A small GPT in lists of scalars, as microgpt has it: a key/value cache, and Adam by hand."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from autograd import Value

VOCABULARY, WIDTH, HEADS, CONTEXT = 5, 8, 2, 6
HEAD_WIDTH = WIDTH // HEADS
TEXT = [0, 3, 1, 4, 1, 2, 0]

Matrix = list[list[Value]]
SHAPES = {
    "tokens": (VOCABULARY, WIDTH), "positions": (CONTEXT, WIDTH),
    "query": (WIDTH, WIDTH), "key": (WIDTH, WIDTH), "value": (WIDTH, WIDTH), "mix": (WIDTH, WIDTH),
    "widen": (4 * WIDTH, WIDTH), "narrow": (WIDTH, 4 * WIDTH), "read_out": (VOCABULARY, WIDTH),
}  # fmt: skip


def new_weights() -> dict[str, Matrix]:
    generator = random.Random(42)
    return {
        name: [[Value(generator.gauss(0.0, 0.3)) for _ in range(columns)] for _ in range(rows)]
        for name, (rows, columns) in SHAPES.items()
    }


def times(matrix: Matrix, x: list[Value]) -> list[Value]:
    return [sum(w * v for w, v in zip(row, x, strict=True)) for row in matrix]


def shares(scores: list[Value]) -> list[Value]:
    largest = max(score.data for score in scores)
    raised = [(score - largest).exp() for score in scores]
    whole = sum(raised)
    return [r / whole for r in raised]


def normed(x: list[Value]) -> list[Value]:
    mean_square = sum(v * v for v in x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5
    return [v * scale for v in x]


def attend(query: list[Value], keys: Matrix, values: Matrix) -> list[Value]:
    """What one head gathers from the positions so far."""
    weights = shares(
        [sum(q * k for q, k in zip(query, key, strict=True)) / HEAD_WIDTH**0.5 for key in keys]
    )
    return [sum(w * value[j] for w, value in zip(weights, values, strict=True))
            for j in range(HEAD_WIDTH)]  # fmt: skip


def logits(
    weights: dict[str, Matrix], token: int, position: int, keys: Matrix, values: Matrix
) -> list[Value]:
    """The scores of the next token; ``keys`` and ``values`` grow by a row."""
    embedded = zip(weights["tokens"][token], weights["positions"][position], strict=True)
    x = normed([t + p for t, p in embedded])
    inner = normed(x)
    query = times(weights["query"], inner)
    keys.append(times(weights["key"], inner))
    values.append(times(weights["value"], inner))
    gathered = []
    for start in range(0, WIDTH, HEAD_WIDTH):
        part = slice(start, start + HEAD_WIDTH)
        gathered += attend(query[part], [k[part] for k in keys], [v[part] for v in values])
    x = [a + b for a, b in zip(times(weights["mix"], gathered), x, strict=True)]
    hidden = [v.relu() for v in times(weights["widen"], normed(x))]
    x = [a + b for a, b in zip(times(weights["narrow"], hidden), x, strict=True)]
    return times(weights["read_out"], x)


def text_loss(weights: dict[str, Matrix]) -> Value:
    keys: Matrix = []
    values: Matrix = []
    losses = []
    for position, (token, following) in enumerate(pairwise(TEXT)):
        probabilities = shares(logits(weights, token, position, keys, values))
        losses.append(-probabilities[following].log())
    return (1 / len(losses)) * sum(losses)


def flat(weights: dict[str, Matrix]) -> list[Value]:
    return [p for matrix in weights.values() for row in matrix for p in row]


def torch_loss(torch: Any, weights: dict[str, Any]) -> Any:
    """The same model over all positions at once, with a causal mask."""
    n = len(TEXT) - 1

    def rms(x: Any) -> Any:
        return x * ((x * x).mean(-1, keepdim=True) + 1e-5) ** -0.5

    x = rms(weights["tokens"][TEXT[:-1]] + weights["positions"][:n])
    inner = rms(x)
    query, key, value = (
        (inner @ weights[name].T).view(n, HEADS, HEAD_WIDTH).transpose(0, 1)
        for name in ("query", "key", "value")
    )
    gathered = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
    x = x + gathered.transpose(0, 1).reshape(n, WIDTH) @ weights["mix"].T
    x = x + torch.relu(rms(x) @ weights["widen"].T) @ weights["narrow"].T
    return torch.nn.functional.cross_entropy(x @ weights["read_out"].T, torch.tensor(TEXT[1:]))


def test_a_scalar_gpt_has_torchs_loss_and_gradient() -> None:
    torch = pytest.importorskip("torch")
    weights = new_weights()
    loss = text_loss(weights)
    loss.backward()
    tensors = {
        name: torch.tensor([[p.data for p in row] for row in matrix], dtype=torch.float64)
        for name, matrix in weights.items()
    }
    for tensor in tensors.values():
        tensor.requires_grad_(True)
    expected = torch_loss(torch, tensors)
    expected.backward()
    assert loss.data == pytest.approx(expected.item(), rel=1e-12)
    gradient = [g for tensor in tensors.values() for g in tensor.grad.flatten().tolist()]
    found = [p.grad for p in flat(weights)]
    assert sum(g != 0.0 for g in found) > 0.8 * len(found)
    assert found == pytest.approx(gradient, rel=1e-10, abs=1e-12)


def test_a_scalar_gpts_gradient_is_the_slope_of_its_loss_along_it() -> None:
    weights = new_weights()
    text_loss(weights).backward()
    parameters = flat(weights)
    start = [p.data for p in parameters]
    length = sum(p.grad**2 for p in parameters) ** 0.5
    sides = []
    for h in (-1e-5, 1e-5):
        for p, before in zip(parameters, start, strict=True):
            p.data = before + h * p.grad / length
        sides.append(text_loss(weights).data)
    assert (sides[1] - sides[0]) / 2e-5 == pytest.approx(length, rel=1e-6)


def test_adam_written_by_hand_lowers_the_loss_of_a_scalar_gpt() -> None:
    weights = new_weights()
    parameters = flat(weights)
    first, second = [0.0] * len(parameters), [0.0] * len(parameters)
    losses = []
    for step in range(1, 9):
        loss = text_loss(weights)
        loss.backward()
        losses.append(loss.data)
        for i, p in enumerate(parameters):
            first[i] = 0.85 * first[i] + 0.15 * p.grad
            second[i] = 0.99 * second[i] + 0.01 * p.grad**2
            direction = first[i] / (1 - 0.85**step)
            size = (second[i] / (1 - 0.99**step)) ** 0.5
            p.data -= 0.02 * direction / (size + 1e-8)
            p.grad = 0
    assert all(after < before for before, after in pairwise(losses))
    assert losses[-1] < 0.2 * losses[0]


def test_probabilities_of_a_scalar_gpt_serve_as_weights_for_sampling() -> None:
    weights = new_weights()
    probabilities = shares([score / 0.5 for score in logits(weights, 0, 0, [], [])])
    numbers = [p.data for p in probabilities]
    assert sum(numbers) == pytest.approx(1.0, abs=1e-12)
    assert random.Random(0).choices(range(VOCABULARY), weights=numbers)[0] in range(VOCABULARY)
