"""User code told from library code: this package's, NumPy's, Python's own."""

from __future__ import annotations

import functools
import os
from pathlib import Path

# not resolved: code objects name their files as they were found, through a link perhaps
PACKAGE_FOLDERS = tuple(
    str(Path(__file__).parents[2] / package) + os.sep for package in ("autograd", "nn")
)


@functools.cache
def is_library_code(file: str) -> bool:
    """Whether the code in a file is this package's own, NumPy's or Python's.

    It goes by where the file is, since a user's own may well be called code.py or statistics.py.

    >>> import statistics
    >>> [is_library_code(file) for file in (__file__, statistics.__file__, "statistics.py")]
    [True, True, False]
    """
    import sysconfig

    import numpy

    standard = sysconfig.get_path("stdlib") + os.sep
    if file.startswith(standard) and "site-packages" not in file:
        return True
    return file.startswith((*PACKAGE_FOLDERS, str(Path(numpy.__file__).parent) + os.sep, "<frozen"))
