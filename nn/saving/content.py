"""What a file holds, whichever of the formats it has, and how a mistake in it is noticed."""

from __future__ import annotations

import hashlib
import json
import reprlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = 1  # of what is written below; a file with a higher one is refused


class Fault(Exception):  # noqa: N818 -- it never reaches a user: load makes a DataError of it
    """What was expected of a file, what came instead, and what to do: "load expects ..."."""

    def __init__(
        self, expected: str, got: str, repair: str = "fetch the file again, or save the model again"
    ) -> None:
        super().__init__(expected, got, repair)
        self.expected, self.got, self.repair = expected, got, repair


@dataclass(frozen=True)
class Content:
    """A state, the description of its model in plain JSON types, and the SHA-256 of both.

    A foreign file is one of another program's, a state and nothing else.
    """

    state: Mapping[str, NDArray[Any]]
    description: Any = None
    sha256: str | None = None
    is_foreign: bool = False


def sealed(state: Mapping[str, NDArray[Any]], description: Any) -> Content:
    """The content to write, with its SHA-256."""
    return Content(state, description, digest(state, description))


def digest(state: Mapping[str, NDArray[Any]], description: Any) -> str:
    """The SHA-256 of a description and of the numbers, in any order of names."""
    seen = hashlib.sha256(json.dumps(description, sort_keys=True).encode())
    for name in sorted(state):
        array = state[name].astype("<f8")
        array[np.isnan(array)] = np.nan  # JSON keeps no other bits of a nan
        seen.update(json.dumps([name, array.shape]).encode())
        seen.update(array.tobytes())
    return seen.hexdigest()


def check_version(version: Any) -> None:
    """Raise a Fault if a file's format is not that of this program."""
    if type(version) is int and version > VERSION:
        raise Fault(
            f"format version {VERSION}",
            f"version {reprlib.repr(version)} of a newer glassgrad",
            "run: pip install --upgrade glassgrad",
        )
    if type(version) is not int or version != VERSION:
        raise Fault(f"format version {VERSION}", reprlib.repr(version))


def parsed(text: str | bytes) -> Any:
    """JSON as the standard has it, a name once in each dictionary; a Fault says what it is else."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        raise Fault(
            "JSON with few brackets within each other", "some that is nested too deeply"
        ) from None
    except ValueError as error:  # not JSON, not UTF-8, or a number of thousands of digits
        raise Fault("JSON", f"something else or a part of it ({error})") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        (twice, times), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise Fault("each name once", f"{reprlib.repr(twice)} {times} times")
    return found


def _no_constant(word: str) -> Any:
    raise Fault("standard JSON", f"the bare word {word}", 'write "nan", "inf" or "-inf", in quotes')
