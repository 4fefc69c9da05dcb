"""``save`` and ``load``: a model to a file, and back."""

from __future__ import annotations

import os
import reprlib
from functools import partial
from pathlib import Path
from typing import Any

from autograd._util.files import check_name, write_atomically
from autograd.errors import ArgumentError, DataError, InputError
from nn.module import Module

from . import json_file, safetensors_file
from .architecture import Architecture, architecture_of, difference, from_json
from .content import Content, Fault, digest, sealed

_FORMATS: dict[str, Any] = {".json": json_file, ".safetensors": safetensors_file}


def save(model: Module, path: str | os.PathLike[str]) -> None:
    """Write a model to a file, as JSON or safetensors by the end of its name.

    The file holds the state of the model (see ``Module.state_dict``) to the last bit, a description
    of its layers and a SHA-256 of both; never code. It is written whole or not at all: after an
    error there is the old file. PyTorch reads .safetensors with ``safetensors.torch.load_file``.
    Of a model of a class of your own, and of an activation that is a function of your own, only
    the numbers and the names are saved: see ``load``.

    Raises:
        InputError, ArgumentError: no Module, or a name that ends otherwise.
        MissingExtraError: the package safetensors is not installed.
        OSError: the file cannot be written.

    >>> import tempfile, nn
    >>> model = nn.MLP(2, [16, 1], "tanh", seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(model, f"{folder}/model.json")
    ...     again = nn.load(f"{folder}/model.json")
    >>> again, float(again([1.0, 2.0])) == float(model([1.0, 2.0]))
    (MLP(2, [16, 1], activation='tanh', output='linear'), True)
    """
    if not isinstance(model, Module):
        raise InputError(f"save expects a Module first, got {model!r}; write save(model, path)")
    target, form = _format(path, "save")
    content = sealed(model.state_dict(), architecture_of(model).as_json())
    write_atomically(target, partial(form.write, content))


def load(path: str | os.PathLike[str], into: Module | None = None) -> Module:
    """Read a model from a file that ``save`` has written.

    An ``MLP``, a ``Layer`` or a ``Neuron`` is built from its description. For a model of your own
    class or with your own function as activation, build it as before and pass it: its numbers are
    set, and it is returned. ``into`` may have any model that the numbers fit, and a .safetensors
    file may then come from another program, such as PyTorch with the same ``Sequential``.

    Raises:
        DataError: the file is truncated, altered, made by a newer glassgrad, or something else.
        ArgumentError, ShapeError: the model in ``into`` is another one, or there is none and it
            is needed. In every case ``into`` is as it was.
        InputError, MissingExtraError, OSError: as in ``save``.

    >>> import tempfile, nn
    >>> from autograd import Value
    >>> class Line(nn.Module):
    ...     def __init__(self):
    ...         self.slope, self.height = Value(2.0), Value(1.0)
    >>> line = Line()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(line, f"{folder}/line.json")
    ...     line.slope.data = 0.0
    ...     nn.load(f"{folder}/line.json", into=line).slope.data
    2.0
    """
    if into is not None and not isinstance(into, Module):
        raise InputError(f"load expects a Module for into, got {into!r}; pass a model to fill")
    target, form = _format(path, "load")
    try:
        content = form.read(target)
        saved = _verified(content)
    except Fault as fault:
        raise DataError(
            f"load({str(target)!r}) expects {fault.expected}, got {fault.got}; {fault.repair}"
        ) from None
    model = _built(saved, target) if into is None else into
    if into is not None and saved is not None:
        _check_same(saved, into, target)
    model.load_state_dict(content.state)
    return model


def _format(path: Any, who: str) -> tuple[Path, Any]:
    if not isinstance(path, (str, os.PathLike)):
        raise InputError(f"{who} expects a path, got {path!r}; write {who}(..., 'model.json')")
    target = Path(path)
    check_name(target)
    form = _FORMATS.get(target.suffix.lower())
    if form is None:
        raise ArgumentError(
            f"{who} expects a name that ends in {' or '.join(_FORMATS)}, got {target.name!r}; "
            "the end says which format it is"
        )
    return target, form


def _verified(content: Content) -> Architecture | None:
    """What the file describes, after a look at whether it is as it was written."""
    if content.is_foreign:
        return None
    saved = from_json(content.description)
    if content.sha256 not in (None, digest(content.state, saved.as_json())):
        raise Fault(
            "the numbers and the description that were saved",
            "others, as their SHA-256 tells",
            'fetch the file again, or, if it was you who edited it, delete "sha256" from it',
        )
    shapes = {name: array.shape for name, array in content.state.items()}
    # before anything is built: what is described may be larger than any memory
    if saved.kind != "Module" and saved.shapes() != shapes:
        raise Fault("arrays of the shapes that the layers described have", _some(shapes))
    return saved


def _built(saved: Architecture | None, target: Path) -> Module:
    again = f"build the model as before and call load({target.name!r}, into=model)"
    if saved is None:
        raise DataError(f"load({str(target)!r}) expects a description of the model, got a state "
                        f"alone, as other programs write it; {again}")  # fmt: skip
    if saved.kind == "Module":
        raise ArgumentError(
            f"load expects into= for {target.name!r}, which has the numbers of a "
            f"model of class {reprlib.repr(saved.class_name)}, and not how it is built; {again}"
        )
    if saved.functions:
        raise ArgumentError(
            f"load expects into= for {target.name!r}, since the activation {saved.functions[0]!r} "
            f"is a function of yours, and a file has no code; {again}"
        )
    if saved.unknown:
        raise ArgumentError(
            f"load expects the operation {saved.unknown[0]!r} for {target.name!r}, an activation "
            "of its model, got none of that name; add it with autograd.primitive first, or pass "
            "into=model"
        )
    return saved.build()


def _check_same(saved: Architecture, into: Module, target: Path) -> None:
    differs = difference(saved, architecture_of(into))
    if differs:
        raise ArgumentError(
            f"load expects into= to have {differs}, as in {target.name!r}; build it so, or take "
            f"the numbers alone: model.load_state_dict(nn.load({target.name!r}).state_dict())"
        )


def _some(shapes: dict[str, tuple[int, ...]]) -> str:
    text = ", ".join(f"{name!r} {shape}" for name, shape in list(shapes.items())[:6])
    return text + (", ..." if len(shapes) > 6 else "") if shapes else "none"
