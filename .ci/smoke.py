"""A small program on an installed glassgrad, outside the checkout; run by packages.py.

Usage: python -X dev -W error smoke.py
"""

import importlib.metadata
import pathlib
import platform
import sys
import tempfile

import numpy

import autograd
import nn

for package in (autograd, nn):
    home = pathlib.Path(package.__file__).parent
    assert home.is_relative_to(sys.prefix), f"{home} is not of this environment"
    assert (home / "py.typed").exists()
(X, y), _ = nn.data.digits(7)
model = nn.MLP(49, [4, 10], seed=0)
nn.cross_entropy(model(X[0]), y[0]).backward()
assert any(p.grad for p in model.parameters())
assert "mount(" in autograd.Stepper(model(X[0])[0], model=model).html()
history = nn.fit(
    model, X[:200], y[:200], loss="cross_entropy", optimizer=nn.Adam(lr=0.01), epochs=3, seed=0,
    verbose=0,
)  # fmt: skip
assert history["loss"][-1] < history["loss"][0]
with tempfile.TemporaryDirectory() as folder:
    nn.save(model, pathlib.Path(folder) / "model.json")
    again = nn.load(pathlib.Path(folder) / "model.json")
assert numpy.allclose(again.predict(X[:5]), model.predict(X[:5]), rtol=1e-12, atol=1e-12)
for call in (lambda: autograd.draw(model(X[0])[0]).svg(), lambda: nn.plots.images(X[:2])):
    try:
        call()
    except autograd.MissingExtraError as error:
        said = str(error)
        assert 'pip install "glassgrad[' in said, said
version = importlib.metadata.version("glassgrad")
assert version == autograd.__version__
print(f"glassgrad {version} works on Python {platform.python_version()}, numpy {numpy.__version__}")
