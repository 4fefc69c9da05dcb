"""The idx reader: what it reads, and what it refuses."""

from __future__ import annotations

import gzip
import re
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from autograd.errors import DataError
from nn.data.idx import read_idx


def idx_bytes(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape)
    return header + array.astype(np.uint8).tobytes()


IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
WHOLE = idx_bytes(IMAGES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "images-idx3-ubyte"


def refuse(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_idx(path)
    assert repr(str(path)) in str(caught.value)
    assert re.search(r"read_idx expects .+, got .+; .+\.$", str(caught.value))


@pytest.mark.parametrize("shape", [(1,), (7,), (2, 3), (2, 3, 4), (1, 1, 1, 5)])
def test_what_was_written_is_read_back(path: Path, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    path.write_bytes(idx_bytes(array))
    again = read_idx(path)
    assert again.dtype == np.uint8
    assert again.shape == shape
    assert np.array_equal(again, array)


def test_a_path_may_be_text(path: Path) -> None:
    path.write_bytes(WHOLE)
    assert np.array_equal(read_idx(str(path)), IMAGES)


def test_the_array_can_be_written_to(path: Path) -> None:
    path.write_bytes(WHOLE)
    array = read_idx(path)
    array[0] = 9
    assert np.array_equal(read_idx(path), IMAGES)


@pytest.mark.parametrize("name", ["images.gz", "images-without-a-suffix"])
def test_a_gzipped_file_reads_the_same_under_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(WHOLE))
    assert np.array_equal(read_idx(tmp_path / name), IMAGES)


def test_values_over_several_chunks_read_whole(path: Path) -> None:
    array = np.random.default_rng(1).integers(0, 256, (5, 200, 200), dtype=np.uint8)
    path.write_bytes(gzip.compress(idx_bytes(array)))
    assert np.array_equal(read_idx(path), array)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["raw", "gzipped"])
class TestMalformedFilesAreRefused:
    def test_bad_magic(self, path: Path, pack: type[bytes]) -> None:
        refuse(path, pack(b"PK" + WHOLE[2:]), "two zero bytes at the start, got 0x504b in")

    @pytest.mark.parametrize("kind", [0x00, 0x09, 0x0B, 0x0C, 0x0D, 0x0E])
    def test_values_that_are_not_unsigned_bytes(
        self, path: Path, pack: type[bytes], kind: int
    ) -> None:
        content = WHOLE[:2] + bytes([kind]) + WHOLE[3:]
        refuse(path, pack(content), rf"type 0x08 \(unsigned bytes\), got type 0x{kind:02x} in")

    @pytest.mark.parametrize("n_dimensions", [0, 33, 255])
    def test_too_few_or_too_many_dimensions(
        self, path: Path, pack: type[bytes], n_dimensions: int
    ) -> None:
        content = bytes([0, 0, 8, n_dimensions]) + b"\0\0\0\1" * n_dimensions + b"\7"
        refuse(path, pack(content), f"1 to 32 dimensions, got {n_dimensions} in")

    @pytest.mark.parametrize("size", [0, -1, -(2**31)])
    def test_a_dimension_below_one(self, path: Path, pack: type[bytes], size: int) -> None:
        content = bytes([0, 0, 8, 2]) + struct.pack(">2i", 3, size) + b"\0" * 6
        refuse(path, pack(content), rf"every dimension to be 1 or more, got \(3, {size}\) in")

    @pytest.mark.parametrize("length", range(4))
    def test_a_start_cut_short(self, path: Path, pack: type[bytes], length: int) -> None:
        refuse(path, pack(WHOLE[:length]), f"4 more header bytes, got {length} in")

    @pytest.mark.parametrize("length", [4, 9, 15])
    def test_dimensions_cut_short(self, path: Path, pack: type[bytes], length: int) -> None:
        refuse(path, pack(WHOLE[:length]), f"12 more header bytes, got {length - 4} in")

    @pytest.mark.parametrize("missing", [1, 23, 24])
    def test_values_cut_short(self, path: Path, pack: type[bytes], missing: int) -> None:
        message = rf"24 bytes of values, .+ \(2, 3, 4\), got only {24 - missing} in"
        refuse(path, pack(WHOLE[:-missing]), message)

    @pytest.mark.parametrize("extra", [1, 100_000])
    def test_trailing_bytes(self, path: Path, pack: type[bytes], extra: int) -> None:
        message = r"24 bytes of values, .+ \(2, 3, 4\), got more in"
        refuse(path, pack(WHOLE + b"\0" * extra), message)

    def test_billions_claimed_in_a_tiny_file(self, path: Path, pack: type[bytes]) -> None:
        content = bytes([0, 0, 8, 3]) + struct.pack(">3i", *[2**31 - 1] * 3) + b"\0" * 5
        tracemalloc.start()
        try:
            refuse(path, pack(content), f"{(2**31 - 1) ** 3} bytes of values, .+ got only 5 in")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 5_000_000


def test_a_gzip_bomb_is_not_unpacked(path: Path) -> None:
    path.write_bytes(gzip.compress(WHOLE + bytes(200_000_000), compresslevel=1))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="got more in"):
            read_idx(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize("place", [3, 10, 100, -6], ids=["flags", "block", "value", "sum"])
def test_a_damaged_gzip_file_is_refused(path: Path, place: int) -> None:
    noise = np.random.default_rng(2).integers(0, 256, 500, dtype=np.uint8)
    content = bytearray(gzip.compress(idx_bytes(noise)))
    content[place] ^= 0xFF
    refuse(path, bytes(content), "a whole gzip file, got a damaged one")


@pytest.mark.parametrize("length", [5, 12, 100, -1, -8])
def test_a_truncated_gzip_file_is_refused(path: Path, length: int) -> None:
    noise = np.random.default_rng(2).integers(0, 256, 500, dtype=np.uint8)
    refuse(path, gzip.compress(idx_bytes(noise))[:length], "a whole gzip file, got a damaged one")


def test_a_file_that_is_not_there_is_the_systems_own_error(path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="images-idx3-ubyte"):
        read_idx(path)
