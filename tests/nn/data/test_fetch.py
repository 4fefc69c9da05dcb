"""A file fetched from servers of all kinds, and what is on the disk before and after."""

from __future__ import annotations

import errno
import hashlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.errors import DataError
from nn.data.fetch import Fetch

CONTENT = np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8).tobytes()
OTHER = bytes(len(CONTENT))


class Server:
    """A mirror whose behaviour a test chooses, and what it was asked for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.ranges: list[str | None] = []
        self.answer: Callable[[BaseHTTPRequestHandler, str | None], None] = partial(send, CONTENT)


def send(
    content: bytes,
    request: BaseHTTPRequestHandler,
    span: str | None,
    *,
    up_to: int | None = None,
    resumes: bool = True,
    length: int | None = None,
) -> None:
    """Send the content, or the end of it that was asked for; break off after ``up_to`` bytes."""
    start = int(span.removeprefix("bytes=").removesuffix("-")) if span and resumes else 0
    if start >= len(content):
        request.send_error(416)
        return
    request.send_response(206 if start else 200)
    if start:
        request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
    request.send_header("Content-Length", str(length or len(content) - start))
    request.end_headers()
    request.wfile.write(content[start:up_to])


def refuse(code: int, request: BaseHTTPRequestHandler, span: str | None) -> None:
    request.send_error(code)


@pytest.fixture
def new_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Server]]:
    monkeypatch.setenv("no_proxy", "*")
    running: list[ThreadingHTTPServer] = []

    def start() -> Server:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.ranges.append(self.headers.get("Range"))
                server.answer(self, self.headers.get("Range"))

            def log_message(self, *parts: Any) -> None:
                pass

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server = Server(f"http://127.0.0.1:{http.server_port}/")
        threading.Thread(target=partial(http.serve_forever, 0.01), daemon=True).start()
        running.append(http)
        return server

    yield start
    for http in running:
        http.shutdown()
        http.server_close()


@pytest.fixture
def server(new_server: Callable[[], Server]) -> Server:
    return new_server()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "images.gz"


@pytest.fixture
def part(target: Path) -> Path:
    return target.with_name("images.gz.part")


def fetch(
    target: Path,
    *servers: Server,
    notes: list[str] | None = None,
    steps: list[int] | None = None,
    timeout: float = 5.0,
) -> list[str]:
    told = notes if notes is not None else []
    seen = steps if steps is not None else []
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    one = Fetch(target, len(CONTENT), sha256, seen.append, told.append, timeout)
    return one.try_all([server.url for server in servers])


def test_a_whole_file_gets_its_name_and_nothing_else_is_left(server: Server, target: Path) -> None:
    steps: list[int] = []
    assert fetch(target, server, steps=steps) == []
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]
    assert steps == sorted(steps)
    assert steps[-1] == len(CONTENT)
    assert len(steps) > 3


def test_what_has_arrived_before_is_not_fetched_again(
    server: Server, target: Path, part: Path
) -> None:
    part.write_bytes(CONTENT[:1000])
    assert fetch(target, server) == []
    assert server.ranges == ["bytes=1000-"]
    assert target.read_bytes() == CONTENT


def test_a_connection_that_breaks_off_is_taken_up_where_it_broke(
    server: Server, target: Path
) -> None:
    ends = iter([100_000, 250_000])
    server.answer = lambda request, span: send(CONTENT, request, span, up_to=next(ends, None))
    assert fetch(target, server) == []
    assert server.ranges == [None, "bytes=100000-", "bytes=250000-"]
    assert target.read_bytes() == CONTENT


def test_a_mirror_that_breaks_off_again_and_again_is_left_for_the_next(
    new_server: Callable[[], Server], target: Path
) -> None:
    first, second = new_server(), new_server()
    ends = iter(range(1000, 100_000, 1000))
    first.answer = lambda request, span: send(CONTENT, request, span, up_to=next(ends))
    problems = fetch(target, first, second)
    assert problems == [f"5 connections that broke off from {first.url}images.gz"]
    assert second.ranges == ["bytes=5000-"]
    assert target.read_bytes() == CONTENT


def test_a_mirror_that_sends_no_more_keeps_what_has_arrived(
    server: Server, target: Path, part: Path
) -> None:
    server.answer = partial(send, CONTENT, up_to=1000)
    (problem,) = fetch(target, server)
    assert problem == f"only 1000 of 300000 bytes from {server.url}images.gz"
    assert part.read_bytes() == CONTENT[:1000]
    assert not target.exists()


def test_a_server_without_ranges_sends_all_of_it_again(
    server: Server, target: Path, part: Path
) -> None:
    part.write_bytes(b"another beginning")
    server.answer = partial(send, CONTENT, resumes=False)
    assert fetch(target, server) == []
    assert server.ranges == ["bytes=17-"]
    assert target.read_bytes() == CONTENT


def test_a_server_that_goes_on_from_elsewhere_is_asked_for_all_of_it(
    server: Server, target: Path, part: Path
) -> None:
    part.write_bytes(CONTENT[:1000])
    server.answer = lambda request, span: send(CONTENT, request, span and "bytes=2000-")
    assert fetch(target, server) == []
    assert server.ranges == ["bytes=1000-", None]
    assert target.read_bytes() == CONTENT


def test_a_range_that_cannot_be_had_starts_anew(server: Server, target: Path, part: Path) -> None:
    part.write_bytes(CONTENT[:1000])

    def answer(request: BaseHTTPRequestHandler, span: str | None) -> None:
        refuse(416, request, span) if span else send(CONTENT, request, span)

    server.answer = answer
    assert fetch(target, server) == []
    assert server.ranges == ["bytes=1000-", None]
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("beginning", [b"wrong" * 100, CONTENT + b"1", OTHER])
def test_a_wrong_beginning_is_thrown_away_and_fetched_once_more(
    server: Server, target: Path, part: Path, beginning: bytes
) -> None:
    part.write_bytes(beginning)
    assert fetch(target, server) == []
    assert server.ranges[-1] is None
    assert target.read_bytes() == CONTENT


def test_nothing_is_asked_for_beyond_the_end_of_the_file(
    server: Server, target: Path, part: Path
) -> None:
    part.write_bytes(CONTENT + b"more")
    assert fetch(target, server) == []
    assert server.ranges == [None]
    assert target.read_bytes() == CONTENT


def test_a_whole_part_needs_no_network(target: Path, part: Path) -> None:
    part.write_bytes(CONTENT)
    assert fetch(target, Server("http://127.0.0.1:1/")) == []
    assert target.read_bytes() == CONTENT


def test_another_file_is_deleted_and_said_and_the_next_mirror_is_asked(
    new_server: Callable[[], Server], target: Path, part: Path
) -> None:
    first, second = new_server(), new_server()
    first.answer = partial(send, OTHER)
    notes: list[str] = []
    problems = fetch(target, first, second, notes=notes)
    found = hashlib.sha256(OTHER).hexdigest()
    assert problems == notes == [f"another file, of SHA-256 {found}, from {first.url}images.gz"]
    assert first.ranges == second.ranges == [None]
    assert target.read_bytes() == CONTENT


def test_another_file_from_all_mirrors_leaves_nothing(server: Server, target: Path) -> None:
    server.answer = partial(send, OTHER)
    assert len(fetch(target, server)) == 1
    assert list(target.parent.iterdir()) == []


def test_a_mirror_that_sends_more_is_cut_off_and_the_next_is_asked(
    new_server: Callable[[], Server], target: Path, part: Path
) -> None:
    first, second = new_server(), new_server()
    sent = 0

    def flood(request: BaseHTTPRequestHandler, span: str | None) -> None:
        nonlocal sent
        request.send_response(200)
        request.end_headers()
        try:
            while sent < 500_000_000:
                sent += request.wfile.write(CONTENT)
        except OSError:
            pass

    first.answer = flood
    (problem,) = fetch(target, first, second)
    assert problem == f"more than the 300000 bytes of the file from {first.url}images.gz"
    assert target.read_bytes() == CONTENT
    assert sent < 100_000_000


@pytest.mark.parametrize(
    ("code", "said"), [(404, "HTTP 404 Not Found"), (503, "HTTP 503 Service Unavailable")]
)
def test_a_mirror_that_refuses_is_named_with_its_reason(
    new_server: Callable[[], Server], target: Path, code: int, said: str
) -> None:
    first, second = new_server(), new_server()
    first.answer = partial(refuse, code)
    assert fetch(target, first, second) == [f"{said} from {first.url}images.gz"]
    assert target.read_bytes() == CONTENT


def test_a_mirror_that_is_silent_is_given_up(server: Server, target: Path) -> None:
    done = threading.Event()
    server.answer = lambda request, span: (done.wait(5), None)[1]
    (problem,) = fetch(target, server, timeout=0.1)
    done.set()
    assert re.match("(The read operation )?timed out from http://", problem)


def test_a_mirror_that_falls_silent_keeps_what_has_arrived(
    server: Server, target: Path, part: Path
) -> None:
    done = threading.Event()

    def answer(request: BaseHTTPRequestHandler, span: str | None) -> None:
        if span:
            done.wait(5)
        else:
            send(CONTENT, request, span, up_to=200_000)
            done.wait(5)

    server.answer = answer
    (problem,) = fetch(target, server, timeout=0.2)
    done.set()
    assert "timed out" in problem
    assert part.stat().st_size >= 131_072  # all that came in whole pieces of 64 kB
    assert CONTENT.startswith(part.read_bytes())


def test_a_mirror_that_is_not_there_is_named_with_its_reason(target: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    assert fetch(target, Server(url)) == [f"Connection refused from {url}images.gz"]


def test_what_is_no_answer_of_a_web_server_is_a_reason(server: Server, target: Path) -> None:
    server.answer = lambda request, span: (request.wfile.write(b"hello\n"), None)[1]
    (problem,) = fetch(target, server)
    assert problem == f"an answer that is not HTTP, 'hello\\n', from {server.url}images.gz"


def test_ctrl_c_keeps_what_has_arrived_and_the_next_call_goes_on(
    server: Server, target: Path, part: Path
) -> None:
    class Interrupting(list[int]):
        def append(self, n_bytes: int) -> None:
            if n_bytes > 100_000:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(target, server, steps=Interrupting())
    arrived = part.stat().st_size
    assert arrived > 100_000
    assert not target.exists()
    assert fetch(target, server) == []
    assert server.ranges == [None, f"bytes={arrived}-"]
    assert target.read_bytes() == CONTENT


def test_a_full_disk_is_said_and_leaves_no_half_file_under_the_name(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_open = Path.open

    def small_disk(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        stream = real_open(path, mode, *arguments, **named)
        if "w" not in mode:
            return stream

        class Full:
            def __enter__(self) -> Full:
                return self

            def __exit__(self, *_: object) -> None:
                stream.close()

            def write(self, data: bytes) -> None:
                if stream.tell() + len(data) > 200_000:
                    raise OSError(errno.ENOSPC, "No space left on device")
                stream.write(data)

            def flush(self) -> None:
                stream.flush()

        return Full()

    monkeypatch.setattr(Path, "open", small_disk)
    message = (
        r"nn\.data expects to write '.+images\.gz\.part', got 'No space left on device'; make room "
        "or give the right to write, or set GLASSGRAD_DATA to another folder"
    )
    with pytest.raises(DataError, match=message):
        fetch(target, server)
    assert not target.exists()
    monkeypatch.undo()
    monkeypatch.setenv("no_proxy", "*")
    assert fetch(target, server) == []
    assert target.read_bytes() == CONTENT
    assert server.ranges[1] is not None
