"""A process that is killed while it saves or fetches: what is on the disk, and the next run."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
CONTENT = np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8).tobytes()

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="copies of a process as on Unix")


def run(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.killed", *words], cwd=ROOT, timeout=120,
        capture_output=True, text=True, check=False,
        env=os.environ | {"no_proxy": "*", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.fixture
def mirror() -> Iterator[tuple[str, list[str | None]]]:
    """A server of one file, and the parts of it that it was asked for."""
    asked: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            span = self.headers.get("Range")
            asked.append(span)
            start = int(span.removeprefix("bytes=").removesuffix("-")) if span else 0
            self.send_response(206 if start else 200)
            if start:
                end = f"{len(CONTENT) - 1}/{len(CONTENT)}"
                self.send_header("Content-Range", f"bytes {start}-{end}")
            self.send_header("Content-Length", str(len(CONTENT) - start))
            self.end_headers()
            with suppress(OSError):  # who asked may be dead
                self.wfile.write(CONTENT[start:])

        def log_message(self, *parts: object) -> None:
            pass

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=partial(server.serve_forever, 0.01), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", asked
    server.shutdown()
    server.server_close()


def test_a_process_killed_at_any_line_of_a_save_leaves_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    run("save", str(tmp_path / "folder"))


def test_two_processes_that_save_at_once_leave_whole_files_at_all_times(tmp_path: Path) -> None:
    run("save_at_once", str(tmp_path))


def test_a_process_killed_while_it_fetches_is_taken_up_where_it_was(
    tmp_path: Path, mirror: tuple[str, list[str | None]]
) -> None:
    url, asked = mirror
    (tmp_path / "folder").mkdir()
    (tmp_path / "content").write_bytes(CONTENT)
    run("fetch", str(tmp_path / "folder"), url, str(tmp_path / "content"))
    assert asked[0] is None
    assert len(asked) > 3
    assert all(span is not None and span.startswith("bytes=") for span in asked[1:])
