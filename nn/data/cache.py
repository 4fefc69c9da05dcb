"""Where what was fetched is kept, and who may write there."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from autograd.errors import ArgumentError

VARIABLE = "GLASSGRAD_DATA"
_PAUSE = 0.2  # seconds between two looks whether the other process is done


def cache_folder(name: str) -> Path:
    """Where the files of the data set ``name`` are kept; it need not exist yet.

    In the folder that the environment variable GLASSGRAD_DATA names, or else in the user's folder
    for what can be fetched again: XDG_CACHE_HOME or ~/.cache on Linux, ~/Library/Caches on macOS,
    LOCALAPPDATA on Windows; there in ``glassgrad``.

    Raises:
        ArgumentError: the user has no home folder, and the variable is not set.
    """
    moved = os.environ.get(VARIABLE)
    try:
        return Path(moved).expanduser() / name if moved else _caches() / "glassgrad" / name
    except RuntimeError:
        raise ArgumentError(
            f"nn.data expects a home folder to keep {name} in, got none; set the environment "
            f"variable {VARIABLE} to a folder."
        ) from None


def _caches() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    # the specification has relative paths ignored
    return Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".cache"


@contextmanager
def alone_in(folder: Path, wait: Callable[[], object]) -> Iterator[None]:
    """One process at a time; the others call ``wait`` once, and wait.

    The system lets go of the lock when its process ends, however it ends. The lock's own file
    stays: whoever deleted it would lock out nobody.
    """
    with (folder / ".lock").open("ab") as stream:
        waits = False
        while not _locks(stream):
            if not waits:
                wait()
            waits = True
            time.sleep(_PAUSE)
        yield


def _locks(stream: BinaryIO) -> bool:
    """Whether the lock is ours now, or cannot be had from anybody on this file system."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # without locks two processes may spoil each other's partial file, which its hash then says
        return True
    return True
