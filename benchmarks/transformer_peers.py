"""The transformer of ``transformer.py`` in PyTorch, CasADi and JAX, those that are installed.

PyTorch and JAX are given tensors and matrix products, which is their way to write it. CasADi is
given the scalar code itself, as a graph of SX symbols with the gradient beside it, common
subexpressions taken out, evaluated without a copy by its buffer interface.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.in_torch import torch_on_one_thread
from benchmarks.problems import Array
from benchmarks.transformer import (
    HEADS,
    PER_HEAD,
    SHAPES,
    TARGETS,
    TINY,
    TOKENS,
    WIDTH,
    WRITTEN_OUT,
    Transformer,
    arrays,
)

N = len(TOKENS)


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine that is ready to run."""

    step: Callable[[], object]  # computes the loss and its gradient, and waits for them
    outcome: Callable[[], tuple[float, dict[str, Array]]]  # the same, as NumPy arrays by name


def in_torch() -> Peer | None:
    """PyTorch, eager: build the graph, and sweep it backward."""
    torch = torch_on_one_thread()
    if torch is None:
        return None
    weights = {name: torch.tensor(w).requires_grad_() for name, w in arrays().items()}
    tokens, targets = torch.tensor(TOKENS), torch.tensor(TARGETS)

    def step() -> float:
        for weight in weights.values():
            weight.grad = None
        loss = _torch_loss(torch, weights, tokens, targets)
        loss.backward()
        return float(loss.item())

    def outcome() -> tuple[float, dict[str, Array]]:
        return step(), {name: weight.grad.numpy() for name, weight in weights.items()}

    return Peer(step, outcome)


def _torch_loss(torch: Any, w: dict[str, Any], tokens: Any, targets: Any) -> Any:
    F = torch.nn.functional

    def heads(x: Any) -> Any:
        return x.view(1, N, HEADS, PER_HEAD).transpose(1, 2)

    x = F.embedding(tokens, w["wte"]) + w["wpe"][:N]
    normed = F.rms_norm(x, (WIDTH,), eps=TINY)
    query, key, value = (heads(F.linear(normed, w[name])) for name in ("wq", "wk", "wv"))
    taken = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    x = x + F.linear(taken[0].transpose(0, 1).reshape(N, WIDTH), w["wo"])
    hidden = F.relu(F.linear(F.rms_norm(x, (WIDTH,), eps=TINY), w["w1"]))
    x = x + F.linear(hidden, w["w2"])
    return F.cross_entropy(F.linear(x, w["head"]), targets)


def in_jax() -> Peer | None:
    """JAX, compiled by jit, in float64."""
    if find_spec("jax") is None:
        return None
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    weights = {name: jax.numpy.asarray(w) for name, w in arrays().items()}
    compiled = jax.jit(jax.value_and_grad(partial(_jax_loss, jax)))

    def step() -> object:
        return jax.block_until_ready(compiled(weights))

    def outcome() -> tuple[float, dict[str, Array]]:
        loss, gradients = compiled(weights)
        return float(loss), {name: np.asarray(g) for name, g in gradients.items()}

    return Peer(step, outcome)


def _jax_loss(jax: Any, w: dict[str, Any]) -> Any:
    jnp = jax.numpy

    def norm(x: Any) -> Any:
        return x * ((x * x).mean(axis=-1, keepdims=True) + TINY) ** -0.5

    x = w["wte"][np.array(TOKENS)] + w["wpe"][:N]
    normed = norm(x)
    query, key, value = (
        (normed @ w[name].T).reshape(N, HEADS, PER_HEAD) for name in ("wq", "wk", "wv")
    )
    scores = jnp.einsum("ihj,khj->hik", query, key) * PER_HEAD**-0.5
    shares = jax.nn.softmax(jnp.where(np.tri(N, dtype=bool), scores, -jnp.inf), axis=-1)
    x = x + jnp.einsum("hik,khj->ihj", shares, value).reshape(N, WIDTH) @ w["wo"].T
    x = x + jax.nn.relu(norm(x) @ w["w1"].T) @ w["w2"].T
    logits = jax.nn.log_softmax(x @ w["head"].T, axis=-1)
    return -logits[np.arange(N), np.array(TARGETS)].mean()


def in_casadi() -> Peer | None:
    """CasADi: the scalar code, traced to a graph of SX and differentiated by its reverse mode."""
    if find_spec("casadi") is None:
        return None
    casadi = import_module("casadi")
    theta = np.concatenate([w.ravel() for w in arrays().values()])
    symbols = casadi.SX.sym("theta", len(theta))
    spelling = SimpleNamespace(**vars(WRITTEN_OUT) | {"relu": lambda x: casadi.fmax(x, 0.0)})
    loss = Transformer(_matrices(symbols.elements()), spelling).loss()
    gradient = casadi.densify(casadi.gradient(loss, symbols))
    compiled = casadi.Function("f", [symbols], [loss, gradient], {"cse": True})

    value, flat = np.zeros(1), np.zeros_like(theta)
    buffer, step = compiled.buffer()
    buffer.set_arg(0, memoryview(theta))  # type: ignore[arg-type]
    buffer.set_res(0, memoryview(value))  # type: ignore[arg-type]
    buffer.set_res(1, memoryview(flat))  # type: ignore[arg-type]

    def outcome() -> tuple[float, dict[str, Array]]:
        step()
        return float(value[0]), {name: np.array(rows) for name, rows in _matrices(flat).items()}

    # the step itself holds neither the buffer nor its memory, and all of it must outlive the step
    return Peer(partial(_run, step, (buffer, theta, value, flat)), outcome)


def _run(step: Callable[[], None], owners: tuple[object, ...]) -> None:
    step()


def _matrices(flat: Any) -> dict[str, list[list[Any]]]:
    """A flat sequence cut into the rows of each of the matrices."""
    scalars = iter(flat)
    return {
        name: [[next(scalars) for _ in range(width)] for _ in range(height)]
        for name, (height, width) in SHAPES.items()
    }


PEERS: dict[str, Callable[[], Peer | None]] = {
    "PyTorch": in_torch,
    "CasADi SX": in_casadi,
    "JAX jit": in_jax,
}
