"""Files that are written whole or not at all; the rest is in test_saving and in tests/faults."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

import pytest

from autograd._util.files import write_atomically


@pytest.mark.skipif(os.name == "nt", reason="permissions as on Unix")
def test_what_is_not_whole_yet_is_no_more_open_to_others_than_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "private"
    path.touch()
    path.chmod(0o600)
    modes = []

    def write(stream: BinaryIO) -> None:
        modes.append(stat.S_IMODE(os.fstat(stream.fileno()).st_mode))
        stream.write(b"new")

    write_atomically(path, write)
    assert modes == [0o600]
    assert path.read_bytes() == b"new"
