"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from autograd.errors import ArgumentError

_START, _END = ".glassgrad-", ".tmp"  # of the names of files that are not whole yet
_OLD = 3600.0  # seconds after which nobody writes any more to such a file
_REPAIRS = {
    errno.ENOSPC: "make room there, or choose another folder",
    errno.EDQUOT: "make room there, or choose another folder",
    errno.EFBIG: "choose another folder, or raise the limit of a file's size",
}


def write_atomically(target: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file so that its readers see the old one or the new one, whole.

    ``write`` gets a stream of bytes to write to. An old file keeps its permissions, and a link
    keeps pointing to it. On any error, a full disk or Ctrl-C, the old file stays as it was. What a
    process that was killed has left behind, a later one deletes after an hour.

    Raises:
        ArgumentError: no file can have that name.
        OSError: as ``open`` would: no such folder, not permitted, no space left.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder, "a.txt"), lambda stream: stream.write(b"whole"))
    ...     [file.name for file in Path(folder).iterdir()], Path(folder, "a.txt").read_text()
    (['a.txt'], 'whole')
    """
    check_name(target)
    real = Path(os.path.realpath(target))
    _check(real, target)
    # beside the target, as a rename is atomic only within one file system
    temporary = real.with_name(f"{_START}{secrets.token_hex(8)}{_END}")
    try:
        _clear(real.parent)
        with temporary.open("xb") as stream:
            if real.exists():  # before there is anything to read, as the old one may be private
                temporary.chmod(real.stat().st_mode)
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(real)
    except OSError as error:
        raise _named(error, target) from error
    finally:
        _delete(temporary)


def write_text(target: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all; to a device or a pipe as it is.

    Half a character, which UTF-8 has no bytes for, is written as a question mark.
    """
    write_bytes(target, text.encode("utf-8", "replace"))


def write_bytes(target: Path, content: bytes) -> None:
    """Write a file whole or not at all; to a device or a pipe, such as /dev/stdout, as it is."""
    check_name(target)
    if target.exists() and not target.is_file() and not target.is_dir():
        target.write_bytes(content)
    else:
        write_atomically(target, lambda stream: stream.write(content))


def check_name(target: Path) -> None:
    """Raise ArgumentError for a path that no file can have."""
    try:
        possible = b"\0" not in os.fsencode(target)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise ArgumentError(
            f"a file's name expects whole characters, and none that is \\0, got {str(target)!r}; "
            "leave them out"
        )


def _check(real: Path, target: Path) -> None:
    # what open(target, "wb") would refuse, a rename would not, or would say of another file
    if not real.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder; make it first", str(target.parent))
    if real.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if real.is_symlink():  # what is still a link when all are followed leads around in a circle
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(target))
    if real.exists() and not real.is_file():
        # the rename would put a file in the place of a device, such as /dev/null, for everybody
        raise OSError(errno.EINVAL, "not a file but a device or a pipe", str(target))
    if real.exists() and not os.access(real, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))


def _named(error: OSError, target: Path) -> OSError:
    """The error, of the file that was asked for and not of the one that should become it."""
    if error.errno is None:
        return error
    repair = _REPAIRS.get(error.errno, "choose another place")
    return OSError(error.errno, f"{os.strerror(error.errno)}; {repair}", str(target))


def _clear(folder: Path) -> None:
    """Delete what killed processes have left behind, as far as that can be done."""
    with suppress(OSError):
        for left in folder.glob(f"{_START}*{_END}"):
            if time.time() - left.stat().st_mtime > _OLD:
                left.unlink()


def _delete(temporary: Path) -> None:
    with suppress(OSError):  # of the disk that was at fault before, which is what there is to say
        try:
            temporary.unlink(missing_ok=True)
        except KeyboardInterrupt:
            temporary.unlink(missing_ok=True)
            raise
