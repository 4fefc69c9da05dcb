"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_atomically(target: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file so that its readers see the old one or the new one, whole.

    ``write`` gets a stream of bytes to write to. An old file keeps its permissions, and a link
    keeps pointing to it. On any error, a full disk or Ctrl-C, the old file stays as it was.

    Raises:
        OSError: as ``open`` would: no such folder, not permitted, no space left.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder, "a.txt"), lambda stream: stream.write(b"whole"))
    ...     [file.name for file in Path(folder).iterdir()], Path(folder, "a.txt").read_text()
    (['a.txt'], 'whole')
    """
    real = Path(os.path.realpath(target))
    _check(real, target)
    # beside the target, as a rename is atomic only within one file system
    temporary = real.with_name(f".glassgrad-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        if real.exists():
            temporary.chmod(real.stat().st_mode)
        temporary.replace(real)
    finally:
        temporary.unlink(missing_ok=True)


def _check(real: Path, target: Path) -> None:
    # what open(target, "wb") would refuse, a rename would not, or would say of another file
    if not real.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder; make it first", str(real.parent))
    if real.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if real.is_symlink():  # what is still a link when all are followed leads around in a circle
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(target))
    if real.exists() and not real.is_file():
        # the rename would put a file in the place of a device, such as /dev/null, for everybody
        raise OSError(errno.EINVAL, "not a file but a device or a pipe", str(target))
    if real.exists() and not os.access(real, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
