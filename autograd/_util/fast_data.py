"""On Python 3.11, ``.data`` of a Value is read without running any Python.

Later Pythons inline the getter, which asks whether a function is traced; 3.11 calls it each time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from autograd.core import modes
from autograd.core.value import Value

_plain: Any = vars(Value)["data"]
_read_slot = attrgetter("_data")


class _Data(property):
    """``Value.data``; a property that is derived from it has the getter that asks."""

    fget: Any = property(lambda self: _plain.fget)

    def setter(self, fset: Callable[[Any, Any], None], /) -> property:
        return property(_plain.fget, fset, doc=self.__doc__)


def _guard(tracing: bool) -> None:
    """Have it ask while a function is traced, in whatever thread.

    The property is set up anew, and stays the same object: Python gives up caching the attributes
    of a class that is changed often.
    """
    getter = _plain.fget if tracing else _read_slot
    property.__init__(_data, getter, _plain.fset, doc=_plain.__doc__)


_data = _Data()
if sys.version_info[:2] == (3, 11):
    _guard(False)
    Value.data = _data  # type: ignore[method-assign, assignment]
    modes.on_tracing.append(_guard)
