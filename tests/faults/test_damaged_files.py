"""A thousand damaged files of each kind: an error of ours, or what was in the file.

Where a file has a hash, data that differ are never given out. A hundred times as many:
GLASSGRAD_FAULTS=all pytest tests/faults/test_damaged_files.py
(Models in JSON and safetensors: tests/nn/test_saving_damaged.py.)
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd._util.files import write_atomically
from autograd.errors import DataError, GlassgradError
from nn.data import from_csv, from_folder, mnist, mnist_whole
from nn.data.idx import read_idx
from nn.data.mnist_files import IdxFile

from .interrupting import ALL

TIMES = 100_000 if ALL else 1_000
MOST_MEMORY = 20e6  # bytes, for files of less than two kilobytes


def damaged(data: bytes, rng: random.Random) -> bytes:
    """A few bits flipped, an end cut off, or a piece missing, doubled, or overwritten."""
    kind, changed = rng.randrange(8), bytearray(data)
    start, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    if kind < 4:
        for _ in range(rng.choice([1, 1, 2, 5])):
            changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == 4:
        del changed[start:]
    elif kind == 5:
        del changed[start:end]
    elif kind == 6:
        changed[end:end] = data[start:end]
    else:
        changed[start:end] = rng.randbytes(end - start)
    return bytes(changed)


def tried(
    path: Path, read: Callable[[], Any], times: int = TIMES, most_memory: float = MOST_MEMORY
) -> tuple[list[Any], int]:
    """What was read of the file, damaged so many times, and how often it was refused."""
    data, rng, found, refused = path.read_bytes(), random.Random(0), [], 0
    longest = 0
    read()  # what is loaded when it is first needed is not what is measured
    tracemalloc.start()
    try:
        for _ in range(times):
            path.write_bytes(damaged(data, rng))
            try:
                found.append(read())
            except DataError as error:
                refused += 1
                longest = max(longest, len(str(error)))
        assert tracemalloc.get_traced_memory()[1] < most_memory
    finally:
        tracemalloc.stop()
    assert longest < 1500
    return found, refused


def idx_bytes(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape)
    return header + array.tobytes()


IMAGES = np.random.default_rng(0).integers(0, 256, (2, 28, 28), dtype=np.uint8)
LABELS = np.array([3, 7], dtype=np.uint8)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["idx", "idx.gz"])
def test_damaged_idx_is_refused_or_has_the_shape_that_its_header_says(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "images"
    path.write_bytes(pack(idx_bytes(LABELS.repeat(20).reshape(4, 10))))
    found, refused = tried(path, lambda: read_idx(path))
    assert refused > TIMES * 0.1
    assert all(array.dtype == np.uint8 and array.size < 3000 for array in found)


@pytest.mark.parametrize(("pack", "end"), [(bytes, ""), (gzip.compress, ".gz")], ids=["raw", "gz"])
def test_a_damaged_file_of_mnist_is_refused_or_is_mnists_own(
    pack: Callable[[bytes], bytes], end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{part}-{kind}" for part in ("train", "t10k") for kind in ("images", "labels")]
    contents = [idx_bytes(IMAGES), idx_bytes(LABELS)] * 2
    files = [
        IdxFile(name, len(content), hashlib.sha256(content).hexdigest(), 1, "0" * 64)
        for name, content in zip(names, contents, strict=True)
    ]
    monkeypatch.setattr(mnist_whole, "FILES", files)
    for name, content in zip(names, contents, strict=True):
        (tmp_path / f"{name}{end}").write_bytes(pack(content))

    def read() -> Any:
        return mnist(folder=tmp_path, download=False)

    expected = read()
    found, refused = tried(tmp_path / f"t10k-labels{end}", read, TIMES // 2)
    assert refused > TIMES // 2 * 0.5
    for loaded in found:
        for (X, y), (own_X, own_y) in zip(loaded, expected, strict=True):
            assert np.array_equal(X, own_X)
            assert np.array_equal(y, own_y)


def test_a_damaged_table_is_refused_or_has_finite_numbers(tmp_path: Path) -> None:
    path = tmp_path / "pets.csv"
    path.write_text("age,weight,pet\n3,4.5,cat\n7,21,dog\n1,3.25,cat\n1e3,-2,dog\n")
    found, refused = tried(path, lambda: from_csv(path))
    assert refused > TIMES * 0.1
    for data in found:
        assert data.X.dtype == np.float64
        assert np.isfinite(data.X).all()
        assert len(data.X) == len(data.y) > 0


@pytest.mark.parametrize("kind", ["png", "gif", "jpg", "bmp"])
def test_a_damaged_picture_is_refused_or_has_its_size(kind: str, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    path = tmp_path / "cats" / f"1.{kind}"
    path.parent.mkdir()
    image.fromarray(IMAGES[0]).save(path)
    times = TIMES if kind == "png" else TIMES // 5
    # Pillow asks for as many bytes as a chunk of a PNG says it has, and then touches none of them
    found, refused = tried(path, lambda: from_folder(tmp_path, 4), times, most_memory=5e9)
    assert refused > times * 0.03
    for data in found:
        assert data.X.shape == (1, 16)
        assert ((data.X >= 0.0) & (data.X <= 1.0)).all()


def test_a_damaged_state_of_an_optimiser_is_refused_or_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "adam.json"
    adam = nn.Adam(lr=nn.optim.Cosine(0.1, epochs=4), clip_norm=1.0)
    adam.update(np.array([1.0, 2.0]), np.array([0.5, -0.5]))
    state = adam.state_dict()
    state["state"] = {name: array.tolist() for name, array in state["state"].items()}
    path.write_text(json.dumps(state))
    data, rng, refused = path.read_bytes(), random.Random(0), 0
    for _ in range(TIMES):
        try:
            loaded = json.loads(damaged(data, rng))
        except (ValueError, RecursionError):  # not yet ours
            continue
        other = nn.Adam()
        try:
            other.load_state_dict(loaded)
        except GlassgradError:
            refused += 1
            assert repr(other) == repr(nn.Adam())
        else:
            assert np.shape(other.update(np.zeros(2), np.zeros(2))) == (2,)
    assert refused > TIMES * 0.1


def test_a_model_that_claims_a_billion_neurons_is_refused_before_it_is_built(
    tmp_path: Path,
) -> None:
    pytest.importorskip("safetensors")
    about = {"version": 1, "sha256": "", "model": {
        "type": "MLP", "n_inputs": 10**9,
        "layers": [{"n_outputs": 2**63, "activation": "tanh"}] * 3,
    }}  # fmt: skip
    tensor = {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}
    header = json.dumps({"__metadata__": {"glassgrad": json.dumps(about)}, "w": tensor}).encode()
    path = tmp_path / "huge.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="got others, as their SHA-256 tells"):
            nn.load(path)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "header",
    [
        bytes([0, 0, 8, 3]) + struct.pack(">3i", *[2**31 - 1] * 3),
        bytes([0, 0, 8, 32]) + struct.pack(">32i", *[2**31 - 1] * 32),
        bytes([0, 0, 8, 1]) + struct.pack(">I", 2**32 - 1),
    ],
    ids=["2**93 values", "2**992 values", "2**32-1 as no signed number"],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["idx", "idx.gz"])
def test_idx_that_claims_more_than_there_is_takes_no_memory(
    header: bytes, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "images"
    path.write_bytes(pack(header + b"few"))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"read_idx expects (\d+ bytes of values|every dim)"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("depth", [10_000, 1_000_000])
def test_json_that_is_nested_a_million_times_is_refused(depth: int, tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text('{"format": "glassgrad", "model": ' + "[" * depth + "]" * depth + "}")
    # from 3.14 on Python reads ten thousand, and it is no model of ours that was nested so
    with pytest.raises(DataError, match=r"expects (JSON with few brackets|format version 1)"):
        nn.load(path)


def test_a_bomb_in_a_gzip_file_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    header = bytes([0, 0, 8, 1]) + struct.pack(">i", 1000)
    path.write_bytes(gzip.compress(header + bytes(50_000_000), 1))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"expects 1000 bytes of values, .* got more"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["a\0.json", "a\ud800.json"])
def test_a_name_that_no_file_can_have_is_refused(name: str, tmp_path: Path) -> None:
    model = nn.Neuron(1)
    message = r"a file's name expects whole characters, and none that is \\0, got '"
    with pytest.raises(GlassgradError, match=message):
        nn.save(model, tmp_path / name)
    with pytest.raises(GlassgradError, match=message):
        nn.load(tmp_path / name)
    with pytest.raises(GlassgradError, match=message):
        write_atomically(tmp_path / name, lambda stream: stream.write(b"text"))
    assert list(tmp_path.iterdir()) == []
