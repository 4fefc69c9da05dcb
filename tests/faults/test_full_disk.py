"""A disk that is full, at any byte: the old file stays, and the error names file and repair."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Stepper, Value, draw
from autograd.__main__ import main

resource = pytest.importorskip("resource", reason="limits as on Unix")
Save = Callable[[Path, int], object]


def graph(size: int) -> Value:
    x = Value(1.0 + size, name="x")
    return (x * x + size).tanh()


def film(path: Path, size: int) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    X, y = nn.data.moons(10, seed=size)
    seen = nn.plots.BoundaryFilm(X, y, resolution=4)
    nn.fit(nn.MLP(2, [1], seed=size), X, y, loss="binary_cross_entropy_with_logits", epochs=1,
           optimizer=nn.SGD(lr=0.1), callbacks=[seen], verbose=0)  # fmt: skip
    seen.save(path)


def model(path: Path, size: int) -> None:
    if path.suffix == ".safetensors":
        pytest.importorskip("safetensors")
    nn.save(nn.MLP(2, [size, 1], seed=0), path)


def command(path: Path, size: int) -> None:
    assert main(["a * b", "a=2", f"b={size}", "--html", str(path)]) == 0


# each writes one of two different files
SAVES: dict[str, Save] = {
    "model.json": model,
    "model.safetensors": model,
    "steps.html": lambda path, size: Stepper(graph(size), names={}).to_html(path),
    "graph.dot": lambda path, size: draw(graph(size), names={}).save(path),
    "film.html": film,
    "command.html": command,
}


@contextmanager
def files_of_at_most(n_bytes: int) -> Iterator[None]:
    """The system itself refuses what would make any file longer."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def old_and_new(save: Save, path: Path) -> tuple[bytes, int]:
    """The old file, in its place, and the length of the new one."""
    save(path, 4)
    size = path.stat().st_size
    save(path, 3)
    return path.read_bytes(), size


@pytest.mark.parametrize("name", [name for name in SAVES if name != "command.html"])
def test_when_the_disk_is_full_at_any_byte_the_old_file_stays_and_the_error_names_it(
    name: str, tmp_path: Path
) -> None:
    path, save = tmp_path / name, SAVES[name]
    old, size = old_and_new(save, path)
    for room in (0, 1, size // 2, size - 1):
        with files_of_at_most(room), pytest.raises(OSError, match="choose another fold") as caught:
            save(path, 4)
        assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(path))
        assert path.read_bytes() == old
        assert list(tmp_path.iterdir()) == [path]
    with files_of_at_most(size):
        save(path, 4)
    assert path.stat().st_size == size


def test_the_command_says_which_file_and_keeps_the_old_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "command.html"
    old, _ = old_and_new(command, path)
    capsys.readouterr()
    with files_of_at_most(100):
        assert main(["a * b", "a=2", "b=3", "--html", str(path)]) == 2
    printed, said = capsys.readouterr()
    assert printed == ""
    assert said == (
        f"python -m autograd: cannot write {path}: File too large; choose another folder, or "
        "raise the limit of a file's size\n"
    )
    assert path.read_bytes() == old


@pytest.mark.parametrize("name", ["model.json", "steps.html"])
@pytest.mark.parametrize("where", ["open", "fsync", "chmod", "replace", "unlink"])
def test_whatever_the_system_refuses_the_old_file_stays(
    name: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, save = tmp_path / name, SAVES[name]
    old, _ = old_and_new(save, path)

    def fail(*args: Any, **named: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if where in ("fsync", "unlink"):  # and then the deletion of what was written, too
            patch.setattr(os, "fsync", fail)
        if where != "fsync":
            patch.setattr(Path, where, fail)
        with pytest.raises(OSError, match="No space left on device; make room there") as caught:
            save(path, 4)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == old
    left = [other.name for other in tmp_path.iterdir() if other != path]
    assert len(left) == (where == "unlink")
    assert all(name.startswith(".glassgrad-") for name in left)


def test_an_error_without_a_number_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise OSError("of somebody else's")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=r"^of somebody else's$"):
        model(tmp_path / "model.json", 3)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 32 kB, where this user may have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    program = shutil.which("mount")
    made = program and subprocess.run(
        [program, "-t", "tmpfs", "-o", "size=32k", "none", str(folder)],
        check=False, capture_output=True,
    )  # fmt: skip
    if not made or made.returncode:
        pytest.skip("this user may not mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", ["model.json", "steps.html"])
def test_a_real_disk_that_is_full_keeps_the_old_file(name: str, small_disk: Path) -> None:
    path, save = small_disk / name, SAVES[name]
    (small_disk / "others").write_bytes(bytes(12_000))
    if name == "steps.html":
        path.write_text("an old page")
        old = b"an old page"
    else:
        old, _ = old_and_new(save, path)
    with pytest.raises(OSError, match="No space left on device; make room there") as caught:
        save(path, 500)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == old
    assert sorted(other.name for other in small_disk.iterdir()) == sorted([name, "others"])
