"""A model as JSON: text that a person can read, each number with all of its digits.

::

    {
      "format": "glassgrad",
      "version": 1,
      "model": {"type": "MLP", "n_inputs": 2, "layers": [{"n_outputs": 1, "activation": "tanh"}]},
      "sha256": "...",
      "state": {
        "0.weight": [
          [0.1, -0.2]
        ],
        "0.bias": [0.0]
      }
    }

Numbers that JSON has no notation for are the texts "nan", "inf" and "-inf".
"""

from __future__ import annotations

import json
import math
import reprlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .content import VERSION, Content, Fault, check_version, parsed

_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_MOST_DIMENSIONS = 32
_KEYS = {"format", "version", "model", "state"}  # and sha256, which may be left out


def write(content: Content, stream: BinaryIO) -> None:
    """Write the content as UTF-8."""
    start = {
        "format": "glassgrad",
        "version": VERSION,
        "model": content.description,
        "sha256": content.sha256,
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(thing)},\n" for key, thing in start.items()]
    stream.write(("{\n" + "".join(lines) + '  "state": {').encode())
    for i, (name, array) in enumerate(content.state.items()):
        text = _text(array, "    ")
        stream.write(f"{',' if i else ''}\n    {json.dumps(name)}: {text}".encode())
    stream.write(b"\n  }\n}\n")


def read(path: Path) -> Content:
    """The content of a file; a Fault says what it is instead."""
    found = parsed(path.read_bytes())
    if not isinstance(found, dict) or found.get("format") != "glassgrad":
        keys = sorted(found) if isinstance(found, dict) else found
        raise Fault('a file of glassgrad\'s, "format": "glassgrad"', reprlib.repr(keys))
    check_version(found.get("version"))
    if found.keys() - {"sha256"} != _KEYS:
        raise Fault(f"the names {sorted(_KEYS)} and 'sha256'", reprlib.repr(sorted(found)))
    sha256 = found.get("sha256")
    if "sha256" in found and not isinstance(sha256, str):
        raise Fault("a text for sha256", reprlib.repr(sha256))
    state = found["state"]
    if not isinstance(state, dict):
        raise Fault("a state of lists by name", reprlib.repr(state))
    arrays = {name: _array(nested, name) for name, nested in state.items()}
    return Content(arrays, found["model"], sha256)


def _text(array: NDArray[Any], indent: str) -> str:
    """An array as nested lists, each innermost one on a line."""
    if array.ndim <= 1:
        if np.isfinite(array).all():
            return json.dumps(array.tolist())
        numbers = array.ravel().tolist()
        plain = [x if math.isfinite(x) else str(x) for x in numbers]
        return json.dumps(plain if array.ndim else plain[0])
    deeper = indent + "  "
    return "[\n" + ",\n".join(deeper + _text(row, deeper) for row in array) + f"\n{indent}]"


def _array(nested: Any, name: str) -> NDArray[np.float64]:
    """The array of nested lists, whose rows must be equally long."""
    shape: list[int] = []
    first = nested
    while isinstance(first, list):
        if not first or len(shape) == _MOST_DIMENSIONS:
            raise Fault(f"numbers in {reprlib.repr(name)}", reprlib.repr(first))
        shape.append(len(first))
        first = first[0]
    flat: list[float] = []
    _collect(nested if shape else [nested], shape or [1], name, flat)
    array = np.array(flat, dtype=np.float64)
    return array.reshape(shape)


def _collect(nested: Any, shape: list[int], name: str, flat: list[float]) -> None:
    if not isinstance(nested, list) or len(nested) != shape[0]:
        got = f"{len(nested)}" if isinstance(nested, list) else reprlib.repr(nested)
        raise Fault(f"rows of {shape[0]} in {reprlib.repr(name)}", f"one of {got}")
    if len(shape) > 1:
        for row in nested:
            _collect(row, shape[1:], name, flat)
    elif set(map(type, nested)) == {float} and all(map(math.isfinite, nested)):
        flat += nested
    else:
        flat += [_number(x, name) for x in nested]


def _number(x: Any, name: str) -> float:
    if isinstance(x, str) and x in _WORDS:
        return _WORDS[x]
    try:
        if type(x) in (int, float) and math.isfinite(number := float(x)):
            return number
    except OverflowError:
        pass
    # without the words, 1e999 would be read as an infinity that nobody wrote
    raise Fault(
        f"numbers of float64, or 'nan', 'inf', '-inf', in {reprlib.repr(name)}", reprlib.repr(x)
    )
