"""From grey levels in bytes to numbers that a model takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError

from .checks import is_integer, shown

SIDE = 28
_SIZES = (28, 14, 7)


def as_size(who: str, size: object) -> int:
    """A number of pixels a side that MNIST's images can be made smaller to."""
    # True and 28.0 equal numbers that are allowed or nearly so; both are somebody's mistake
    if not is_integer(size) or size not in _SIZES:
        raise ArgumentError(
            f"{who} expects size to be the integer 28, 14 or 7, got {shown(size)}; pass size=28, "
            "size=14 or size=7."
        )
    return int(size)


def as_ink(images: NDArray[np.uint8], size: int, dtype: str = "float64") -> NDArray[Any]:
    """Grey levels (n, 28 * 28) or (n, 28, 28) as ink from 0 to 1, (n, size * size).

    Pixels of a smaller image are the means over blocks.
    """
    block = SIDE // size
    pixels = images.reshape(-1, SIDE, SIDE)
    sums: NDArray[Any] = pixels
    if block > 1:
        # the first pixels of all blocks, the second ones, ...: NumPy's sum over two axes takes ten
        # times as long; 16 pixels of 255 fit into two bytes
        sums = np.zeros((len(pixels), size, size), dtype=np.uint16)
        for i in range(block):
            for j in range(block):
                sums += pixels[:, i::block, j::block]
    # whole numbers are summed and divided once, so every machine gets the same bits
    ink: NDArray[Any] = sums.astype(dtype).reshape(-1, size * size)
    ink /= 255 * block * block
    return ink
