"""Files that are damaged, foreign, newer or made to harm: an error each, and nothing else."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import DataError

MODEL = nn.MLP(2, [3, 2, 1], ["tanh", "linear"], seed=0)
STATE = MODEL.state_dict()
HUGE = 10**15  # so that whoever does allocate for it fails at once


@pytest.fixture
def good(tmp_path: Path) -> dict[str, Any]:
    """What a good JSON file holds."""
    nn.save(MODEL, tmp_path / "good.json")
    found: dict[str, Any] = json.loads((tmp_path / "good.json").read_text())
    return found


def is_as_saved(model: nn.Module) -> bool:
    found = model.state_dict()
    return repr(model) == repr(MODEL) and all(
        found[name].tobytes() == array.tobytes() for name, array in STATE.items()
    )


def assert_refused(path: Path, message: str) -> None:
    """An error without ``into`` and with it, and the model stays as it was."""
    with pytest.raises(DataError, match=message):
        nn.load(path)
    into = nn.MLP(2, [3, 2, 1], ["tanh", "linear"], seed=1)
    before = [p.data for p in into.parameters()]
    with pytest.raises(DataError, match=message):
        nn.load(path, into=into)
    assert [p.data for p in into.parameters()] == before


# --- chance --------------------------------------------------------------------------------------


def flipped(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncated(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def spliced(data: bytes, rng: random.Random) -> bytes:
    """A piece is missing, or there twice."""
    start, end = sorted(rng.randrange(len(data)) for _ in range(2))
    return data[:start] + data[end:] if rng.random() < 0.5 else data[:end] + data[start:]


@pytest.mark.parametrize("end", ["json", "safetensors"])
@pytest.mark.parametrize(
    ("damage", "times"),
    [(flipped, 700), (truncated, 300), (spliced, 300)],
    ids=["flipped", "truncated", "spliced"],
)
def test_a_damaged_file_is_refused_or_is_still_the_same_model(
    end: str, damage: Callable[[bytes, random.Random], bytes], times: int, tmp_path: Path
) -> None:
    if end == "safetensors":
        pytest.importorskip("safetensors")
    path = tmp_path / f"model.{end}"
    nn.save(MODEL, path)
    data, rng, refused = path.read_bytes(), random.Random(0), 0
    for _ in range(times):
        path.write_bytes(damage(data, rng))
        try:
            model = nn.load(path)
        except DataError:
            refused += 1
        else:
            assert is_as_saved(model)  # such as an "e" in a number that became an "E"
    assert refused > 0.9 * times


# --- intent --------------------------------------------------------------------------------------


def mlp(**changes: Any) -> dict[str, Any]:
    return {"type": "MLP", "n_inputs": 2, "layers": [{"n_outputs": 1, "activation": "tanh"}]} | (
        changes
    )


def layer(**changes: Any) -> dict[str, Any]:
    return mlp(layers=[{"n_outputs": 1, "activation": "tanh"} | changes])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, r"""expects a file of glassgrad's, "format": "glassgrad", got \['"""),
        ({"version": 2}, r"expects format version 1, got version 2 of a newer glassgrad; run: p"),
        ({"version": 0}, "expects format version 1, got 0"),
        ({"version": "1"}, "expects format version 1, got '1'"),
        ({"version": True}, "expects format version 1, got True"),
        ({"version": None}, "expects format version 1, got None"),
        ({"more": 1}, r"expects the names \['format', 'model', 'state', 'version'\] and 'sha256'"),
        ({"sha256": 1}, "expects a text for sha256, got 1"),
        ({"sha256": "0" * 64}, r"got others, as their SHA-256 tells; fetch .* delete \"sha256\""),
        ({"state": []}, r"expects a state of lists by name, got \[\]"),
        ({"model": None}, "expects a model of type MLP, Layer, Neuron, Module, got None"),
        ({"model": {"type": "os.system"}}, r"a model of type .*, got {'type': 'os\.system'}"),
        ({"model": {"type": ["MLP"]}}, r"expects a model of type .*, got"),
        ({"model": {"type": "MLP"}}, r"expects MLP described by \['layers', 'n_inputs', 'type'\]"),
        ({"model": {"type": "Module", "class": 1}}, "expects the name of a class, got 1"),
        ({"model": mlp(n_inputs=-2)}, "expects a whole number of at least 1 for n_inputs, got -2"),
        ({"model": mlp(n_inputs=2.0)}, r"at least 1 for n_inputs, got 2\.0"),
        ({"model": mlp(n_inputs=True)}, "at least 1 for n_inputs, got True"),
        ({"model": mlp(layers={})}, "expects a list of layers, got {}"),
        ({"model": mlp(layers=[])}, r"expects a list of layers, got \[\]"),
        ({"model": mlp(layers=[3])}, r"expects a layer described by \['activation', 'n_outputs'\]"),
        ({"model": layer(n_outputs=0)}, "at least 1 for n_outputs, got 0"),
        ({"model": layer(n_outputs="3")}, "at least 1 for n_outputs, got '3'"),
        ({"model": layer(activation=3)}, "expects an activation's name, got 3"),
        ({"model": layer(activation={"function": 3})}, "expects an activation's name, got {'func"),
        ({"model": {"type": "Neuron", "n_inputs": 2, "activation": "softmax"}},
         "expects an activation of one neuron, got 'softmax'"),
        ({"model": {"type": "Layer", "n_inputs": 2, "n_outputs": HUGE, "activation": "tanh"}},
         r"the shapes that the layers described have, got '0\.weight' \(3, 2\), '0\.bias'"),
        ({"model": mlp(n_inputs=HUGE)}, "the shapes that the layers described have"),
        ({"model": layer(n_outputs=HUGE)}, "the shapes that the layers described have"),
        ({"model": layer(activation="other")}, "the shapes that the layers described have"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_by_what_is_wrong_in_it(
    changes: dict[str, Any], message: str, good: dict[str, Any], tmp_path: Path
) -> None:
    if "sha256" not in changes:
        del good["sha256"]
    (tmp_path / "bad.json").write_text(json.dumps(good | changes))
    assert_refused(tmp_path / "bad.json", message)


@pytest.mark.parametrize(
    ("bias", "message"),
    [
        ("[1.0, 2.0]", r"the shapes that the layers described have, got .*'0\.bias' \(2,\)"),
        ("[[1.0, 2.0], 1.0]", r"expects rows of 2 in '0\.bias', got one of 1\.0"),
        ("[[1.0, 2.0], [1.0]]", r"expects rows of 2 in '0\.bias', got one of 1"),
        ("[]", r"expects numbers in '0\.bias', got \[\]"),
        ("[" * 99 + "1.0" + "]" * 99, r"expects numbers in '0\.bias', got \["),
        ("[1.0, 2.0, true]", r"expects numbers of float64, or .* in '0\.bias', got True"),
        ("[1.0, 2.0, null]", "expects numbers of float64.* got None"),
        ('[1.0, 2.0, "NaN"]', "expects numbers of float64, or 'nan', .* got 'NaN'"),
        ("[1.0, 2.0, 1e999]", "expects numbers of float64.* got inf"),
        ("[1.0, 2.0, 1" + "0" * 400 + "]", "expects numbers of float64.* got 1000"),
        ("[1.0, 2.0, 1" + "0" * 9000 + "]", "expects JSON, got something else or a part of it"),
        ("[1.0, 2.0, {}]", "expects numbers of float64.* got {}"),
        ("{}", r"expects numbers of float64.* got {}"),
        ("[1.0, 2.0, NaN]", 'expects standard JSON, got the bare word NaN; write "nan", "inf"'),
        ("[1.0, 2.0, -Infinity]", "got the bare word -Infinity"),
    ],
)  # fmt: skip
def test_wrong_numbers_are_refused(
    bias: str, message: str, good: dict[str, Any], tmp_path: Path
) -> None:
    del good["sha256"]
    good["state"]["0.bias"] = "HERE"
    (tmp_path / "bad.json").write_text(json.dumps(good).replace('"HERE"', bias))
    assert_refused(tmp_path / "bad.json", message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", r"bad\.json'\) expects JSON, got something else or a part of it"),
        (b"\x00\xff\xfe\x80", "expects JSON, got something else"),
        (b"[1, 2]", r"a file of glassgrad's, .*, got \[1, 2\]"),
        (b'{"weights": [1]}', r"a file of glassgrad's, .*, got \['weights'\]"),
        (b"[" * 100_000, "expects JSON with few brackets within each other, got some that is nest"),
        (b'{"model":' * 100_000, "expects JSON with few brackets within each other"),
        (b'{"format": "glassgrad", "format": 1}', "expects each name once, got 'format' 2 times"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_ours_is_refused(text: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(text)
    assert_refused(tmp_path / "bad.json", message)


@pytest.mark.parametrize("depth", [50, 300, 500, 700, 900, 990])
def test_a_deep_description_is_refused_at_any_depth(
    depth: int, good: dict[str, Any], tmp_path: Path
) -> None:
    text = json.dumps(good | {"model": "HERE"}).replace('"HERE"', "[" * depth + "]" * depth)
    (tmp_path / "bad.json").write_text(text)
    assert_refused(tmp_path / "bad.json", r"few brackets within each other|a model of type .* \[\[")


def test_a_file_edited_by_hand_is_loaded_without_its_checksum(
    good: dict[str, Any], tmp_path: Path
) -> None:
    good["state"]["0.bias"][0] = 5
    del good["sha256"]
    (tmp_path / "edited.json").write_text(json.dumps(good, indent=2))
    edited: Any = nn.load(tmp_path / "edited.json")
    assert edited.layers[0].neurons[0].b.data == 5.0


# --- safetensors ---------------------------------------------------------------------------------


def with_header(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def described(about: Any) -> bytes:
    text = about if isinstance(about, str) else json.dumps(about)
    tensor = {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}
    return with_header({"__metadata__": {"glassgrad": text}, "weight": tensor}, bytes(8))


ABOUT = {"version": 1, "model": {"type": "Module", "class": "Own"}, "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"bad\.safetensors'\) expects a safetensors file, got something else or a part"),
        (b"\xff" * 8, "expects a safetensors file"),
        (b"PK\x03\x04" * 100, "expects a safetensors file"),
        (struct.pack("<Q", 2**62) + b"{}", "expects a safetensors file"),
        (with_header(b"[" * 100_000), "expects a safetensors file"),
        (with_header({"w": {"dtype": "F64", "shape": [HUGE], "data_offsets": [0, 8 * HUGE]}}),
         "expects a safetensors file"),
        (with_header({"w": {"dtype": "F64", "shape": [-1], "data_offsets": [0, 8]}}, bytes(8)),
         "expects a safetensors file"),
        (with_header({"w": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, bytes(2)),
         "expects arrays of F64, F32, F16, got BF16 in 'w'"),
        (described("["), "expects JSON, got"),
        (described([]), r"expects a description of the model, got \[\]"),
        (described(ABOUT | {"version": 3}), "got version 3 of a newer glassgrad; run: pip install"),
        (described(ABOUT | {"sha256": 1}), r"expects a description with \['model', 'sha256', 've"),
        (described(ABOUT | {"more": 1}), r"expects a description with"),
        (described(ABOUT | {"model": 1}), "expects a model of type MLP, Layer, Neuron, Module"),
        (described(ABOUT), "got others, as their SHA-256 tells"),
    ],
)  # fmt: skip
def test_wrong_safetensors_are_refused(data: bytes, message: str, tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    (tmp_path / "bad.safetensors").write_bytes(data)
    assert_refused(tmp_path / "bad.safetensors", message)


def test_a_small_file_that_claims_endless_neurons_takes_no_memory(
    good: dict[str, Any], tmp_path: Path
) -> None:
    import tracemalloc

    del good["sha256"]
    good["model"] = mlp(n_inputs=HUGE, layers=[{"n_outputs": HUGE, "activation": "relu"}] * 3)
    (tmp_path / "bad.json").write_text(json.dumps(good))
    tracemalloc.start()
    try:
        assert_refused(tmp_path / "bad.json", "the shapes that the layers described have")
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


def test_half_and_single_precision_of_other_programs_are_taken(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    for kind in (np.float16, np.float32):
        state = {"weight": np.array([0.5, 2.0], kind), "bias": np.array(1.0, kind)}
        library.save_file(state, tmp_path / "their.safetensors")
        neuron = nn.load(tmp_path / "their.safetensors", into=nn.Neuron(2))
        assert [p.data for p in neuron.parameters()] == [0.5, 2.0, 1.0]
