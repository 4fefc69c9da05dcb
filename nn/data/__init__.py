"""Data to learn from, each set one call away and none of them needing a network.

- ``digits``: 5000 handwritten digits of MNIST, at 28, 14 or 7 pixels a side.
- ``moons``: two interleaving half circles with noise, labels 0 and 1.
"""

from .mnist_subset import digits
from .toys import moons

__all__ = ["digits", "moons"]
