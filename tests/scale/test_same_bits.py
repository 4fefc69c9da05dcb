"""Two processes with different hash seeds: the same bits in all that is computed and written."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.scale.sizes import FULL, ROOT

# Small forms of what the demos do: moons, digits, regression, own_framework and gpt.
_PROGRAM = '''
import pathlib, sys
import numpy as np
import autograd, nn
from autograd import Stepper, Value, check_gradients, draw, explain, grad, steps, tree, wrong_order

folder = pathlib.Path(sys.argv[1])

def note(name, *things):
    with (folder / name).open("a", encoding="utf-8", newline="\\n") as file:
        file.write("\\n".join(map(str, things)) + "\\n")

def bits(numbers):
    return " ".join(float(x).hex() for x in np.ravel(np.asarray(numbers, dtype=float)))

class Shared(nn.Module):
    """One layer used twice, in a dictionary with another: an order that a hash could spoil."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.parts = {"mix": nn.Layer(3, 3, "tanh", rng=rng), "in": nn.Layer(2, 3, "relu", rng=rng)}
        self.scale = Value(0.5, name="scale")

    def __call__(self, x):
        h = self.parts["mix"](self.parts["mix"](self.parts["in"](x)))
        return autograd.sum(autograd.softmax(h + [self.scale])) * h[0] + self.scale

X, y = nn.data.moons(40, noise=0.1, seed=0)
(Xd, yd), _ = nn.data.digits(7)
Xc, yc = nn.data.spirals(30, classes=3, noise=0.02, seed=0)
sgd = nn.SGD(lr=0.1, momentum=0.9)
runs = {
    "moons": (nn.MLP(2, [6, 6, 1], seed=0), X, 2 * y - 1, "hinge_loss", sgd),
    "digits": (nn.MLP(49, [5, 10], seed=0), Xd[:60], yd[:60], "cross_entropy", nn.Adam(lr=0.01)),
    "spirals": (nn.MLP(2, [8, 3], "tanh", seed=0), Xc, yc, "cross_entropy", nn.RMSprop(lr=0.01)),
    "own": (Shared(), X, X[:, 0], "mse_loss", nn.AdamW(lr=0.01)),
}
for name, (model, inputs, targets, loss, optimizer) in runs.items():
    history = nn.fit(model, inputs, targets, loss=loss, optimizer=optimizer, epochs=3,
                     batch_size=16, validation=0.2, seed=0, verbose=0)
    note(name, bits(history["loss"]), bits([p.data for p in model.parameters()]), model.summary(),
         bits(model.predict(inputs)), [n for n, _ in model.named_parameters()], *model.state_dict())
    f = autograd.compile(lambda x: model(x))
    f.map(inputs[:4])
    note(name + ".source", f.source, f.stages(), [p.name for p in f.parameters])
    output = model(inputs[0].tolist())
    output = output[0] if isinstance(output, list) else output
    output.backward()
    note(name + ".dot", draw(output, model=model).source, draw(output, max_nodes=20).source)
    if name != "own":
        nn.save(model, folder / f"{name}.json")
        nn.save(model, folder / f"{name}.safetensors")
    if name in ("moons", "own"):
        note(name + ".html", Stepper(output, model=model).html(), Stepper(output).html(max_nodes=9))

a, b, c = (Value(x, name=n) for n, x in dict(a=2.0, b=-3.0, c=0.5).items())
L = autograd.logsumexp([a * b, c, b.tanh()]) * autograd.prod([a, b, c]) + c * a
L.backward()
note("graph", tree(L, max_lines=None), explain(L, a), explain(L, a).latex(), wrong_order(L),
     *steps(L), Stepper(L).seek(-1), bits([g.data for g in grad(L, [a, b, c])]), draw(L).source,
     check_gradients(lambda a, b: (a * b).tanh(), [0.5, -1.0]))

# two structures and static values in one compiled function, with parameters found as it goes
weights = {k: Value(0.1 * len(k), name=k) for k in ("red", "green", "blue", "grey")}
f = autograd.compile(lambda x, how: autograd.sum([w * x for k, w in weights.items() if how in k]),
                     static="how")
for how in ("e", "r", "blu"):
    note("static", f.map([1.0, 2.0], how).tolist(), [p.name for p in f.parameters], f.source)

if sys.argv[2] == "True":
    from demos.gpt import GPT, compiled_loss, encode

    loss = compiled_loss(GPT())
    value, gradient = loss.value_and_grad(loss.theta, *encode(["anna", "bob"]))
    note("gpt.source", bits([value, *gradient]), loss.source)
'''


def run(folder: Path, hash_seed: str, threads: str) -> dict[str, bytes]:
    """What the program wrote, by the name of the file."""
    folder.mkdir()
    environment = os.environ | {
        "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8",
        **dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads
        ),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PROGRAM, str(folder), str(FULL)],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    pytest.importorskip("safetensors")
    folder = tmp_path_factory.mktemp("bits")
    settings = [("0", "1"), ("271828", "1"), ("1", "2")]
    with ThreadPoolExecutor() as pool:
        made = [pool.submit(run, folder / f"{i}", *of) for i, of in enumerate(settings)]
        return [each.result() for each in made]


def test_training_programs_pictures_pages_and_files_are_the_same_bytes_under_two_hash_seeds(
    runs: list[dict[str, bytes]],
) -> None:
    one, other = runs[:2]
    assert len(one) == 22 + FULL
    assert min(map(len, one.values())) > 300
    assert [name for name in one if one[name] != other[name]] == []
    assert list(one) == list(other)


def test_the_number_of_threads_of_blas_changes_no_text_and_no_number_by_more_than_rounding(
    runs: list[dict[str, bytes]],
) -> None:
    # NumPy's BLAS may add the parts of a product in another order where it has more threads, so
    # the last bits are promised for equal numbers of threads only.
    one, other = runs[0], runs[2]
    for name in one:
        if name.endswith((".source", "graph", "static")):
            assert one[name] == other[name]
    for name in ("moons", "digits", "spirals", "own"):
        for line in range(2):  # the losses, and the weights
            hexes = [written[name].decode().splitlines()[line].split() for written in (one, other)]
            found, expected = [[float.fromhex(x) for x in each] for each in hexes]
            np.testing.assert_allclose(found, expected, rtol=1e-9)
