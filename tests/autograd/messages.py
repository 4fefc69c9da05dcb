"""An error is held to its exact type and to what it names; its whole text is in tests/snapshots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

E = TypeVar("E", bound=Exception)


@contextmanager
def raises(kind: type[E], *named: object) -> Iterator[pytest.ExceptionInfo[E]]:
    """An error of this very type whose message begins with the first name and has the others."""
    with pytest.raises(kind, match=naming(*named)) as caught:
        yield caught
    assert type(caught.value) is kind


def naming(*named: object) -> str:
    """A pattern of a message that begins with the first of these and names the others in order.

    Each is there as a word of its own: 1 is not in 10, -1 or 1.5, and * not in **.
    """
    return "(?s)^" + ".*".join([_as_word(str(name)) for name in named])


def _as_word(name: str) -> str:
    return _border(name[0], "(?<!{})", r"[\w.-]") + re.escape(name) + _border(
        name[-1], "(?!{})", r"(?:\w|\.\d)"
    )  # fmt: skip


def _border(character: str, no: str, of_digits: str) -> str:
    """What does not stand beside a name that begins or ends with this character."""
    for kind, alike in ((r"\d", of_digits), (r"\w", r"\w"), (r"[-+*/<>=]", "[-+*/<>=]")):
        if re.match(kind, character):
            return no.format(alike)
    return ""
