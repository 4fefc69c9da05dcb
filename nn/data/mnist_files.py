"""MNIST's four files: what they are called, where they are to be had, whether they are genuine."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autograd.errors import DataError

from .idx import open_unpacked, parse_idx

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


@dataclass(frozen=True)
class IdxFile:
    """One file of MNIST, as it is unpacked and as mirrors keep it, gzipped."""

    name: str
    n_bytes: int
    sha256: str  # a gzip file's own hash changes with whoever packed it
    packed_bytes: int
    packed_sha256: str

    @property
    def packed_name(self) -> str:
        """What it is called on a mirror."""
        return f"{self.name}.gz"


FILES = (
    IdxFile(
        "train-images-idx3-ubyte",
        47040016,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        9912422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    IdxFile(
        "train-labels-idx1-ubyte",
        60008,
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        28881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    IdxFile(
        "t10k-images-idx3-ubyte",
        7840016,
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        1648877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    IdxFile(
        "t10k-labels-idx1-ubyte",
        10008,
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        4542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
)


def find(folder: Path, file: IdxFile) -> Path | None:
    """Where the file is in the folder, raw or gzipped, if it is there."""
    dotted = file.name.replace("-idx", ".idx")  # as some archives have it
    for name in (file.name, file.packed_name, dotted, f"{dotted}.gz"):
        if (folder / name).is_file():
            return folder / name
    return None


def read_genuine(path: Path, file: IdxFile, who: str) -> NDArray[np.uint8]:
    """The values in the file, if it is MNIST's own to the last bit.

    Raises:
        DataError: its unpacked SHA-256 is not that of MNIST's file.
    """
    content = b""
    try:
        with open_unpacked(path) as stream:
            # one byte past the end is enough to know, so a gzip bomb is not unpacked further
            content = stream.read(file.n_bytes + 1)
        came = hashlib.sha256(content).hexdigest()
        if len(content) != file.n_bytes:
            came = f"{'more' if len(content) > file.n_bytes else 'fewer'} bytes than its own"
    except (gzip.BadGzipFile, zlib.error, EOFError):
        came = "a damaged gzip file"
    if came != file.sha256:
        raise DataError(
            f"{who} expects {file.name} to have the SHA-256 {file.sha256}, got {came} in "
            f"{str(path)!r}; delete that file, and fetch MNIST's own again."
        )
    return parse_idx(io.BytesIO(content), path)
