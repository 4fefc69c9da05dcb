"""``save`` and ``load``: the same model comes back, or an error, and the old file stays."""

from __future__ import annotations

import json
import math
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from autograd.errors import ArgumentError, DataError, InputError, MissingExtraError, ShapeError

ENDS = ["json", "safetensors"]


class Line(nn.Module):
    def __init__(self) -> None:
        self.slope, self.heights = Value(2.0), [Value(1.0), Value(-1.0)]


def numbers(model: nn.Module) -> list[str]:
    return [repr(p.data) for p in model.parameters()]  # as text, nan is equal to itself


@pytest.fixture(params=ENDS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "safetensors":
        pytest.importorskip("safetensors")
    return tmp_path / f"model.{request.param}"


MODELS: list[Callable[[], nn.Module]] = [
    lambda: nn.MLP(2, [4, 3], seed=0),
    lambda: nn.MLP(1, [2, 2, 1], ["gelu", "linear"], "sigmoid", seed=0),
    lambda: nn.MLP(2, [3], output="softmax", seed=0),
    lambda: nn.Layer(2, 3, "softmax", rng=0),
    lambda: nn.Layer(3, 1, "tanh", rng=0),
    lambda: nn.Neuron(3, "sin", rng=0),
]


@pytest.mark.parametrize("make", MODELS)
def test_a_model_comes_back_to_the_last_bit(make: Callable[[], nn.Module], path: Path) -> None:
    model = make()
    nn.save(model, str(path))
    again = nn.load(path)
    assert type(again) is type(model)
    assert repr(again) == repr(model)
    assert numbers(again) == numbers(model)
    assert [p.name for p in again.parameters()] == [p.name for p in model.parameters()]
    n_inputs = getattr(model, "n_inputs", 3)
    X = np.random.default_rng(0).normal(size=(3, n_inputs))
    assert np.array_equal(again.predict(X), model.predict(X))


@pytest.mark.parametrize(
    "number",
    [
        float("nan"),
        math.copysign(float("nan"), -1.0),
        float("inf"),
        float("-inf"),
        -0.0,
        5e-324,
        1e308,
        0.1,
        1 / 3,
    ],
)
def test_every_float_comes_back(number: float, path: Path) -> None:
    neuron = nn.Neuron(2, rng=0)
    neuron.w[1].data = neuron.b.data = number
    nn.save(neuron, path)
    assert numbers(nn.load(path)) == numbers(neuron)


def test_the_json_is_standard_and_reads_as_the_model(tmp_path: Path) -> None:
    model = nn.MLP(2, [2, 1], "tanh", seed=0)
    model.layers[1].neurons[0].b.data = float("inf")
    nn.save(model, tmp_path / "model.json")

    def refuse(word: str) -> None:
        raise AssertionError(word)

    found = json.loads((tmp_path / "model.json").read_bytes(), parse_constant=refuse)
    assert list(found) == ["format", "version", "model", "sha256", "state"]
    assert (found["format"], found["version"]) == ("glassgrad", 1)
    assert found["model"] == {
        "type": "MLP",
        "n_inputs": 2,
        "layers": [
            {"n_outputs": 2, "activation": "tanh"},
            {"n_outputs": 1, "activation": "linear"},
        ],
    }
    expected = {name: array.tolist() for name, array in model.state_dict().items()}
    assert found["state"] == expected | {"2.bias": ["inf"]}


def test_a_file_is_the_same_each_time(path: Path) -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    nn.save(model, path)
    first = path.read_bytes()
    nn.save(nn.load(path), path)
    assert path.read_bytes() == first


def test_pytorch_reads_safetensors_and_writes_them(torch: Any, tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.torch")
    model = nn.MLP(3, [4, 2], "tanh", seed=0)
    nn.save(model, tmp_path / "ours.safetensors")
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    theirs.double().load_state_dict(library.load_file(tmp_path / "ours.safetensors"))
    X = np.random.default_rng(0).normal(size=(5, 3))
    assert np.allclose(theirs(torch.from_numpy(X)).detach().numpy(), model.predict(X), rtol=1e-12)

    library.save_file(theirs.float().state_dict(), tmp_path / "theirs.safetensors")
    other = nn.MLP(3, [4, 2], "tanh", seed=1)
    assert nn.load(tmp_path / "theirs.safetensors", into=other) is other
    assert np.allclose(other.predict(X), model.predict(X), atol=1e-6)
    with pytest.raises(DataError, match="expects a description of the model, got a state alone"):
        nn.load(tmp_path / "theirs.safetensors")


# --- into ----------------------------------------------------------------------------------------


def test_a_model_of_ones_own_is_loaded_into_one(path: Path) -> None:
    line, other = Line(), Line()
    line.slope.data, line.heights[1].data = 0.25, 7.0
    nn.save(line, path)
    assert nn.load(path, into=other) is other
    assert numbers(other) == numbers(line)
    with pytest.raises(ArgumentError, match="numbers of a model of class 'Line', and not how it"):
        nn.load(path)


def test_a_model_without_parameters_is_saved(path: Path) -> None:
    nn.save(nn.Module(), path)
    assert nn.load(path, into=nn.Module()).parameters() == []


def swish(v: Value) -> Value:
    return v * v.sigmoid()


def test_an_activation_of_ones_own_needs_a_model_to_load_into(path: Path) -> None:
    model, other = nn.MLP(2, [3, 1], swish, seed=0), nn.MLP(2, [3, 1], lambda v: v * 2.0, seed=1)
    nn.save(model, path)
    with pytest.raises(ArgumentError, match="activation 'swish' is a function of yours, and a fil"):
        nn.load(path)
    nn.load(path, into=other)  # of a function no more than its name is known
    assert numbers(other) == numbers(model)


def test_a_function_of_the_table_is_saved_by_its_name(path: Path) -> None:
    for function in (autograd.tanh, Value.tanh):
        nn.save(nn.MLP(2, [3, 1], function, seed=0), path)
        assert "activation='tanh'" in repr(nn.load(path))


def test_a_function_that_only_has_the_name_of_one_in_the_table_is_a_function(path: Path) -> None:
    def tanh(v: Value) -> Value:
        return v * 2.0

    nn.save(nn.MLP(2, [3, 1], tanh, seed=0), path)
    with pytest.raises(ArgumentError, match="'tanh' is a function of yours"):
        nn.load(path)


def test_a_primitive_that_is_not_there_yet_is_asked_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograd.core.table import TABLE

    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    monkeypatch.setitem(TABLE, "own_tanh", TABLE["tanh"])
    monkeypatch.setattr("nn.saving.architecture.names", lambda: ["own_tanh", "linear"])
    model.layers[0].activation = "own_tanh"
    nn.save(model, path)
    monkeypatch.undo()
    with pytest.raises(ArgumentError, match=r"expects the operation 'own_tanh' .* got none of that "
                       r"name; add it with autograd\.primitive first"):  # fmt: skip
        nn.load(path)


@pytest.mark.parametrize("alter", [
    lambda model: model.layers[1].neurons.__setitem__(0, model.layers[1].neurons[1]),
    lambda model: model.layers[0].neurons[0].w.pop(),
    lambda model: model.layers.append(Line()),
    lambda model: setattr(model, "scale", Value(1.0)),
])  # fmt: skip
def test_a_model_that_is_more_than_its_layers_is_not_built_as_less(
    alter: Callable[[Any], Any], path: Path
) -> None:
    model, other = nn.MLP(2, [3, 3], seed=0), nn.MLP(2, [3, 3], seed=1)
    alter(model)
    alter(other)
    nn.save(model, path)
    with pytest.raises(ArgumentError, match="numbers of a model of class 'MLP', and not how it is"):
        nn.load(path)
    assert numbers(nn.load(path, into=other)) == numbers(model)


@pytest.mark.parametrize(
    ("into", "error", "message"),
    [
        (nn.MLP(2, [3, 1], "relu"), ArgumentError,
         r"load expects into= to have the activation 'tanh' in layer 1, got 'relu' there, as in "
         r"'model\..*'; build it so, or take the numbers alone: model\.load_state_dict\(nn\.load"),
        (nn.MLP(2, [3, 1], "tanh", "sigmoid"), ArgumentError, "activation 'linear' in layer 2"),
        (nn.MLP(2, [3, 1], swish), ArgumentError, "'tanh' in layer 1, got 'swish'"),
        (nn.MLP(2, [4, 1], "tanh"), ShapeError, r"'0\.weight' expects shape \(4, 2\), got \(3, 2"),
        (nn.MLP(2, [3, 1, 1], "tanh"), ArgumentError, "'linear' in layer 2, got 'tanh'"),
        (nn.MLP(2, [1], "tanh"), ArgumentError, "activation 'tanh' in layer 1, got 'linear'"),
        (nn.Layer(2, 3, "tanh"), ArgumentError, r"missing: 'weight' \(3, 2\); 'bias' \(3,\)"),
        (Line(), ArgumentError, r"missing: 'slope' \(\); 'heights' \(2,\)"),
    ],
)  # fmt: skip
def test_another_model_is_refused_and_stays_as_it_was(
    into: nn.Module, error: type[Exception], message: str, path: Path
) -> None:
    nn.save(nn.MLP(2, [3, 1], "tanh", seed=0), path)
    before = numbers(into)
    with pytest.raises(error, match=message):
        nn.load(path, into=into)
    assert numbers(into) == before


def test_a_neuron_with_another_activation_is_refused(path: Path) -> None:
    nn.save(nn.Neuron(2, "tanh"), path)
    with pytest.raises(ArgumentError, match="to have the activation 'tanh', got 'relu' there"):
        nn.load(path, into=nn.Neuron(2, "relu"))


# --- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: nn.save("a.json", m), InputError, r"save expects a Module first, got 'a\.json'"),
        (lambda m: nn.save(m, 3), InputError,
         r"save expects a path, got 3; write save\(\.\.\., 'model\.json'\)"),
        (lambda m: nn.save(m, "a.pkl"), ArgumentError,
         r"save expects a name that ends in \.json or \.safetensors, got 'a\.pkl'; the end says"),
        (lambda m: nn.load("model"), ArgumentError, r"load expects a name .*, got 'model'"),
        (lambda m: nn.load(None), InputError, "load expects a path, got None"),
        (lambda m: nn.load("a.json", into=3), InputError, "load expects a Module for into, got 3"),
        (lambda m: nn.load("no_such.json"), FileNotFoundError, r"no_such\.json"),
        (lambda m: nn.load("no_such.safetensors"), FileNotFoundError, "no_such"),
        (lambda m: nn.save(m, "no_such_folder/a.json"), FileNotFoundError,
         "no such folder; make it first: .*no_such_folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_or_loaded_is_refused(
    call: Callable[[nn.Module], object], error: type[Exception], message: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        call(nn.Neuron(1))
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_a_name_may_be_in_capitals(tmp_path: Path) -> None:
    nn.save(nn.Neuron(1), tmp_path / "A.JSON")
    assert isinstance(nn.load(tmp_path / "A.JSON"), nn.Neuron)


def test_without_the_extra_an_error_names_it_and_json_still_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    nn.save(nn.Neuron(1), tmp_path / "a.json")
    nn.load(tmp_path / "a.json")
    needs = r'needs safetensors; run: pip install "glassgrad\[save\]"'
    with pytest.raises(MissingExtraError, match=f"save with .safetensors {needs}"):
        nn.save(nn.Neuron(1), tmp_path / "a.safetensors")
    with pytest.raises(MissingExtraError, match=f"load with .safetensors {needs}"):
        nn.load(tmp_path / "a.safetensors")
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


# --- writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("where", ["fsync", "replace", "chmod"])
def test_when_writing_fails_the_old_file_stays_and_no_other(
    error: BaseException, where: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nn.save(nn.Neuron(1, rng=0), path)
    before = path.read_bytes()

    def fail(*args: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(os if where == "fsync" else Path, where, fail)
        with pytest.raises(type(error)):
            nn.save(nn.Neuron(1, rng=1), path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="permissions as on Unix")
def test_a_new_file_has_the_usual_permissions_and_an_old_one_keeps_its_own(path: Path) -> None:
    def mode() -> int:
        return stat.S_IMODE(path.stat().st_mode)

    before = os.umask(0o027)
    try:
        nn.save(nn.Neuron(1), path)
        assert mode() == 0o640
        path.chmod(0o604)
        nn.save(nn.Neuron(1), path)
        assert mode() == 0o604
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name == "nt", reason="links as on Unix")
def test_a_link_still_points_to_the_file_it_did(path: Path) -> None:
    real = path.with_name(f"real{path.suffix}")
    nn.save(nn.Neuron(1, rng=0), real)
    path.symlink_to(real.name)
    nn.save(nn.Neuron(1, "sin", rng=1), path)
    assert path.is_symlink()
    assert repr(nn.load(real)) == "Neuron(1, 'sin')"


def test_a_folder_of_that_name_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(IsADirectoryError, match=path.name):
        nn.save(nn.Neuron(1), path)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_may_not_be_written_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nn.save(nn.Neuron(1), path)
    monkeypatch.setattr(os, "access", lambda *args: False)  # as root, everything may be written
    with pytest.raises(PermissionError, match=path.name):
        nn.save(nn.Neuron(1), path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("through_link", [False, True])
def test_a_device_or_a_pipe_is_not_replaced_by_a_file(path: Path, through_link: bool) -> None:
    pipe = path.with_name("pipe") if through_link else path
    os.mkfifo(pipe)
    if through_link:
        path.symlink_to(pipe)
    with pytest.raises(OSError, match="not a file but a device or a pipe"):
        nn.save(nn.MLP(1, [1]), path)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_that_leads_around_in_a_circle_is_refused(path: Path) -> None:
    other = path.with_name("other")
    path.symlink_to(other)
    other.symlink_to(path)
    with pytest.raises(OSError, match="Too many levels"):
        nn.save(nn.MLP(1, [1]), path)
    assert path.is_symlink()


@pytest.mark.parametrize("name", ["__metadata__", "\ud800"])
def test_a_name_that_safetensors_has_not_is_refused_and_json_takes_it(
    name: str, tmp_path: Path
) -> None:
    pytest.importorskip("safetensors")
    model, again = Line(), Line()
    setattr(model, name, Value(3.0))
    setattr(again, name, Value(0.0))
    with pytest.raises(
        ArgumentError, match=r"save with \.safetensors expects names that the format"
    ):
        nn.save(model, tmp_path / "model.safetensors")
    assert list(tmp_path.iterdir()) == []
    nn.save(model, tmp_path / "model.json")
    nn.load(tmp_path / "model.json", into=again)
    assert getattr(again, name).data == 3.0
