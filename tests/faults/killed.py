"""A program that kills copies of itself while they save and fetch; ``test_killed.py`` runs it.

It copies itself (``os.fork``), which a process that runs tests had better not do: it has threads.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nn
from autograd.errors import DataError
from nn.data.cache import alone_in
from nn.data.fetch import Fetch
from tests.faults.interrupting import Lines, lines_of, telling


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Deadly(Lines):
    """At the line where others are interrupted the process is killed."""

    def _trace(self, *arguments: Any) -> Any:
        try:
            return super()._trace(*arguments)
        except KeyboardInterrupt:
            die()


def copied(action: Callable[[], object]) -> int:
    """Begin an action in a copy of this process; its number."""
    process = os.fork()
    if process:
        return process
    try:
        action()
    finally:
        os._exit(0)


def ended(process: int) -> int:
    """Wait for a copy: the signal that has killed it, negative, or 0."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def save(folder: Path) -> None:
    """Each line at which a save is killed leaves the old file, or the new one."""
    path, models = folder / "model.json", [nn.MLP(2, [3, 1], seed=seed) for seed in (0, 1)]
    contents = []
    for model in models:
        nn.save(model, path)
        contents.append(path.read_bytes())
    places = lines_of(lambda: lambda: nn.save(models[1], path))
    every, reached = telling(places, each=1), set()
    left: list[Path] = []
    writing = [line for line in every if places[line - 1][0].endswith("files.py")]
    for line in {*every[::5], *writing}:
        nn.save(models[0], path)

        def doomed(line: int = line) -> None:
            with Deadly([line]).watched():
                nn.save(models[1], path)

        assert ended(copied(doomed)) == -signal.SIGKILL
        reached.add(contents.index(path.read_bytes()))
        for file in folder.glob(".glassgrad-*"):  # aside: to look at them takes lines, too
            left.append(file.rename(folder.parent / file.name))
    assert reached == {0, 1}
    assert {file.stat().st_size for file in left} == {0, len(contents[1])}
    left = [file.rename(folder / file.name) for file in left]
    nn.save(models[0], path)
    assert sorted(folder.glob(".glassgrad-*")) == sorted(left)  # they might still be written to
    for file in left:
        os.utime(file, (0.0, time.time() - 7200.0))
    nn.save(models[0], path)
    assert list(folder.iterdir()) == [path]


def save_at_once(folder: Path) -> None:
    """Of two processes that save the same file again and again, a third reads whole files."""
    path, models = folder / "model.json", [nn.MLP(2, [3, 1], seed=seed) for seed in (0, 1)]
    nn.save(models[0], path)

    def often(model: nn.MLP) -> None:
        for _ in range(60):
            nn.save(model, path)

    writers = [copied(lambda model=model: often(model)) for model in models]
    outputs = {float(model([1.0, 2.0])) for model in models}
    for _ in range(60):
        try:
            assert float(nn.load(path)([1.0, 2.0])) in outputs
        except DataError as error:
            raise AssertionError("half a file") from error
    assert [ended(writer) for writer in writers] == [0, 0]
    assert list(folder.iterdir()) == [path]


def fetch(folder: Path, url: str, content: bytes) -> None:
    """Each piece at which a download is killed is not fetched again, and no lock stays."""
    target, sha256 = folder / "images.gz", hashlib.sha256(content).hexdigest()

    def fetched(dies_at: int) -> list[str]:
        def progress(n_bytes: int) -> None:
            if n_bytes >= dies_at:
                die()

        one = Fetch(target, len(content), sha256, progress, print)
        with alone_in(folder, lambda: None):
            return one.try_all([url])

    part = folder / "images.gz.part"
    for dies_at in range(1, len(content) + 1, len(content) // 3):
        before = part.stat().st_size if part.exists() else 0
        assert ended(copied(lambda at=dies_at: fetched(at))) == -signal.SIGKILL
        assert not target.exists()
        assert content.startswith(part.read_bytes())
        assert part.stat().st_size > before
    assert fetched(len(content) + 1) == []
    assert target.read_bytes() == content
    assert sorted(file.name for file in folder.iterdir()) == [".lock", "images.gz"]


if __name__ == "__main__":
    what, place, *more = sys.argv[1:]
    if what == "fetch":
        fetch(Path(place), more[0], Path(more[1]).read_bytes())
    else:
        {"save": save, "save_at_once": save_at_once}[what](Path(place))
