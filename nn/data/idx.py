"""Reading idx, the format that MNIST is published in.

An idx file is a header and then the values. The header is two zero bytes, one byte for the type of
the values (0x08 is an unsigned byte), one byte for the number of dimensions, and each dimension as
four bytes, most significant first.
"""

from __future__ import annotations

import gzip
import io
import math
import os
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autograd.errors import DataError

_UNSIGNED_BYTE = 0x08
_MOST_DIMENSIONS = 32  # NumPy 1 stops here; NumPy 2 would take 64
_CHUNK = 1 << 16
_AGAIN = "fetch or unpack the file again."


def read_idx(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read an idx file of unsigned bytes, raw or gzipped.

    Whether the file is gzipped is read from its first bytes, not from its name.

    Returns:
        uint8 array in the shape that the header gives: (n, 28, 28) for MNIST's images, grey levels
        from 0 (paper) to 255 (ink), and (n,) for its labels, class numbers. It is a copy, writable.

    Raises:
        DataError: the file is not idx, holds other values than unsigned bytes, or is shorter or
            longer than its header says.
        OSError: the file cannot be opened.

    Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", section "File
    formats".

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "labels-idx1-ubyte")
    ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]))
    ...     read_idx(path).tolist()
    [5, 0, 4]
    """
    path = Path(path)
    try:
        with open_unpacked(path) as stream:
            return parse_idx(stream, path)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(
            f"read_idx expects a whole gzip file, got a damaged one ({error}) in {_quoted(path)}; "
            f"{_AGAIN}"
        ) from error


def parse_idx(stream: io.BufferedIOBase, path: Path) -> NDArray[np.uint8]:
    """Read what ``read_idx`` does from an unpacked stream; the path is for messages."""
    shape = _read_shape(stream, path)
    start = stream.tell()
    # sixteen bytes of header can ask for terabytes: count what is there before believing it
    _check_length(stream, math.prod(shape), shape, path)
    stream.seek(start)
    values = np.frombuffer(stream.read(math.prod(shape)), dtype=np.uint8)
    return values.reshape(shape).copy()


def open_unpacked(path: Path) -> io.BufferedIOBase:
    """Open a file for reading its bytes, unpacking them on the way if the file is gzipped."""
    with path.open("rb") as stream:
        is_gzip = stream.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if is_gzip else path.open("rb")


def _read_shape(stream: io.BufferedIOBase, path: Path) -> tuple[int, ...]:
    zeros, kind, n_dimensions = struct.unpack(">HBB", _read_header(stream, 4, path))
    if zeros != 0:
        raise DataError(
            f"read_idx expects two zero bytes at the start, got 0x{zeros:04x} in {_quoted(path)}; "
            "pass an idx file such as train-images-idx3-ubyte."
        )
    if kind != _UNSIGNED_BYTE:
        raise DataError(
            f"read_idx expects values of type 0x08 (unsigned bytes), got type 0x{kind:02x} in "
            f"{_quoted(path)}; save the values as unsigned bytes."
        )
    if not 1 <= n_dimensions <= _MOST_DIMENSIONS:
        raise DataError(
            f"read_idx expects 1 to {_MOST_DIMENSIONS} dimensions, got {n_dimensions} in "
            f"{_quoted(path)}; {_AGAIN}"
        )
    header = _read_header(stream, 4 * n_dimensions, path)
    # the format's integers are signed, so a set top bit is a negative size and not two billion more
    shape: tuple[int, ...] = struct.unpack(f">{n_dimensions}i", header)
    if min(shape) < 1:
        raise DataError(
            f"read_idx expects every dimension to be 1 or more, got {shape} in {_quoted(path)}; "
            f"{_AGAIN}"
        )
    return shape


def _read_header(stream: io.BufferedIOBase, n_bytes: int, path: Path) -> bytes:
    header = stream.read(n_bytes)
    if len(header) < n_bytes:
        raise DataError(
            f"read_idx expects {n_bytes} more header bytes, got {len(header)} in {_quoted(path)}; "
            f"{_AGAIN}"
        )
    return header


def _check_length(
    stream: io.BufferedIOBase, expected: int, shape: tuple[int, ...], path: Path
) -> None:
    found = 0
    # one byte past the expected end is enough to know, so a gzip bomb is not unpacked further
    while found <= expected:
        chunk = stream.read(min(_CHUNK, expected + 1 - found))
        if not chunk:
            break
        found += len(chunk)
    if found != expected:
        came = f"only {found}" if found < expected else "more"
        raise DataError(
            f"read_idx expects {expected} bytes of values, as the header says {shape}, got {came} "
            f"in {_quoted(path)}; {_AGAIN}"
        )


def _quoted(path: Path) -> str:
    return repr(str(path))
