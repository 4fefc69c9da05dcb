"""Data to learn from, and what to do with it before training.

Made up, in the plane unless it says otherwise; X (n, features), and labels y 0, 1, ...:

- ``moons``: two interleaving half circles.
- ``circles``: a circle inside another.
- ``spirals``: arms that wind around each other.
- ``blobs``: round clouds, one a class.
- ``xor``: clouds at the corners of a square, opposite ones of one class.
- ``linear``: two classes on both sides of a line, with part of the labels flipped.
- ``sine``: a noisy sine, a curve to fit.

Handwritten digits, ``(X_train, y_train), (X_test, y_test)``:

- ``digits``: 5000 of MNIST that come with the package, at 28, 14 or 7 pixels a side.
- ``mnist``: all 70,000, fetched once and kept.

A user's own, as a ``Dataset``, which unpacks as ``X, y`` and knows the names of the classes:

- ``from_csv``: a table.
- ``from_folder``: pictures, one folder a class.

Or as an array:

- ``read_idx``: an idx file, as those of MNIST and of sets like it are.

And for all of them:

- ``train_test_split``: rows set aside for testing, each class in proportion.
- ``Standardizer``: every feature with mean 0 and standard deviation 1.
- ``one_hot``: class numbers as rows of zeros and a one.
- ``DataLoader``: batches, for a training loop of one's own.

Only ``mnist`` ever uses the network, and only the first time.
"""

from .clouds import blobs, linear, xor
from .csv_file import from_csv
from .curves import circles, moons, sine, spirals
from .dataset import Dataset
from .idx import read_idx
from .image_folder import from_folder
from .labels import one_hot
from .loader import DataLoader
from .mnist_subset import digits
from .mnist_whole import mnist
from .scaling import Standardizer
from .splits import train_test_split

__all__ = [
    "DataLoader",
    "Dataset",
    "Standardizer",
    "blobs",
    "circles",
    "digits",
    "from_csv",
    "from_folder",
    "linear",
    "mnist",
    "moons",
    "one_hot",
    "read_idx",
    "sine",
    "spirals",
    "train_test_split",
    "xor",
]
