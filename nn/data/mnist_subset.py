"""Five thousand handwritten digits that come with the package."""

from __future__ import annotations

import io
import zipfile
import zlib
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from autograd.errors import DataError

from .pixels import as_ink, as_size

_NAMES = ("x_train", "y_train", "x_test", "y_test")

Examples = tuple[NDArray[np.float64], NDArray[np.int64]]


def digits(size: int = 28) -> tuple[Examples, Examples]:
    """Load 4000 training and 1000 test digits of MNIST.

    Args:
        size: pixels a side. 28 is MNIST's own; 14 and 7 are the means over blocks of 2x2 and 4x4
            pixels, for a model with fewer weights.

    Returns:
        ``(X_train, y_train), (X_test, y_test)``. X is float64, (4000, size*size) and
        (1000, size*size), one row an image read line by line, from 0 (paper) to 1 (ink). y is
        int64, (4000,) and (1000,), the digit itself, 0 to 9. The arrays are fresh in each call.

    Raises:
        ArgumentError: size is not 28, 14 or 7.
        DataError: the data file of the package is missing or damaged.

    Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits". The training
    digits are 400 of each class out of MNIST's 60,000 training digits, the test digits 100 of each
    class out of its 10,000 test digits, taken at even distances through each file and kept in its
    order. A score on these 1000 is not a score on MNIST's test set, but near it: with these 4000
    as neighbours, the nearest image names 94.0 % of the 1000, and 93.1 % of all 10,000.

    >>> (X_train, y_train), (X_test, y_test) = digits(size=7)
    >>> X_train.shape, y_train.shape, X_test.shape, y_test.shape
    ((4000, 49), (4000,), (1000, 49), (1000,))
    >>> y_train[:5].tolist()
    [5, 0, 4, 1, 9]
    """
    side = as_size("digits", size)
    x_train, y_train, x_test, y_test = _load()
    return (
        (as_ink(x_train, side), y_train.astype(np.int64)),
        (as_ink(x_test, side), y_test.astype(np.int64)),
    )


def _load() -> list[NDArray[np.uint8]]:
    try:
        packed = files("nn.data").joinpath("digits.npz").read_bytes()
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            return [arrays[name] for name in _NAMES]
    except FileNotFoundError as error:
        raise _no_data("none") from error
    # a damaged file can look like a pickle to NumPy, whose message would then speak of pickles
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _no_data("a damaged one") from error


def _no_data(came: str) -> DataError:
    return DataError(
        f"digits expects its data file nn/data/digits.npz, got {came}; install glassgrad again, or "
        "rebuild the file with `python -m nn.data.make_digits FOLDER`."
    )
