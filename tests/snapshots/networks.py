"""What nn says of a model and of a training."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator

import nn


def texts() -> Iterator[tuple[str, str]]:
    """Models as text, their parameters' names, a training's figures, and what went wrong in one."""
    models = {
        "mlp": nn.MLP(2, [3, 1], seed=0),
        "classes": nn.MLP(4, [8, 8, 3], activation="tanh", seed=0),
        "neuron": nn.Neuron(3, "sigmoid", rng=0),
        "layer": nn.Layer(2, 2, "gelu", rng=0),
    }
    for name, model in models.items():
        yield f"{name}/repr", repr(model)
        if hasattr(model, "summary"):
            yield f"{name}/summary", str(model.summary())
        listed = [f"{key} {value.name} {value.data!r}" for key, value in model.named_parameters()]
        yield f"{name}/parameters", "\n".join(listed)
    X, y = nn.data.moons(20, noise=0.1, seed=0)
    for compiled in (True, False):
        model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
        said = io.StringIO()
        with contextlib.redirect_stdout(said), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            history = nn.fit(
                model, X, y, loss="binary_cross_entropy_with_logits", optimizer=nn.SGD(lr=0.5),
                epochs=3, batch_size=5, seed=0, verbose=0, metrics=["accuracy"], compile=compiled,
            )  # fmt: skip
        rows = [[f"{v:.9g}" for v in history[key]] for key in ("loss", "accuracy")]
        yield f"fit/{'compiled' if compiled else 'eager'}", f"{rows}\n{said.getvalue()}"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = nn.MLP(2, [4, 1], activation="relu", seed=0)
        nn.fit(model, X, y, loss="mse_loss", optimizer=nn.SGD(lr=1e12), epochs=3, seed=0, verbose=0)
    yield "fit/divergence", "\n".join(str(w.message) for w in caught)
