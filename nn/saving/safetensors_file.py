"""A model as safetensors, which PyTorch and others read: arrays as they are, no code.

The description is in the file's metadata, under "glassgrad", as JSON.
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from autograd.errors import ArgumentError, MissingExtraError

from .content import VERSION, Content, Fault, check_version, parsed

_KEYS = {"version", "model", "sha256"}
_FLOATS = ("F64", "F32", "F16")


def write(content: Content, stream: BinaryIO) -> None:
    """Write the content, in float64."""
    _check_names(content.state)
    # one entry of metadata: of several, the order in the file would be left to chance
    about = {"version": VERSION, "model": content.description, "sha256": content.sha256}
    arrays = {name: np.ascontiguousarray(a).reshape(a.shape) for name, a in content.state.items()}
    metadata = {"glassgrad": json.dumps(about)}
    stream.write(_library("save").numpy.save(arrays, metadata=metadata))


def _check_names(names: Iterable[str]) -> None:
    for name in names:
        # the library would write a file that it then cannot read; and half a character is no UTF-8
        if name == "__metadata__" or name.encode(errors="replace").decode() != name:
            raise ArgumentError(
                f"save with .safetensors expects names that the format has, got {name!r}; rename "
                "that parameter, or choose a name that ends in .json"
            )


def read(path: Path) -> Content:
    """The content of a file, a foreign one too; a Fault says what it is instead."""
    library = _library("load")
    path.open("rb").close()  # the usual errors for a file that is not there
    try:
        with library.safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            about = _about(metadata["glassgrad"]) if "glassgrad" in metadata else None
            state = {}
            for name in file.keys():  # noqa: SIM118 -- it is no dictionary
                kind = file.get_slice(name).get_dtype()
                if kind not in _FLOATS:
                    raise Fault(f"arrays of {', '.join(_FLOATS)}", f"{kind} in {name!r}")
                state[name] = file.get_tensor(name)
    except library.SafetensorError as error:
        raise Fault("a safetensors file", f"something else or a part of it ({error})") from None
    if about is None:
        return Content(state, is_foreign=True)
    return Content(state, about["model"], about["sha256"])


def _about(text: str) -> dict[str, Any]:
    found = parsed(text)
    if not isinstance(found, dict):
        raise Fault("a description of the model", reprlib.repr(found))
    check_version(found.get("version"))
    if found.keys() != _KEYS or not isinstance(found["sha256"], str):
        raise Fault(f"a description with {sorted(_KEYS)}", reprlib.repr(found))
    return found


def _library(who: str) -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise MissingExtraError(
            f"{who} with .safetensors needs safetensors; run: pip install "
            '"glassgrad[save]", or choose a name that ends in .json'
        ) from None
    return safetensors
