"""Names of nodes: their own, else the caller's variable that holds them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from autograd._util.module_paths import Model, is_model
from autograd.core.value import Value
from autograd.errors import InputError

Names = dict[Value, str]


def names_for(names: Mapping[str, Any] | None, depth: int) -> Names:
    """Names by node: from ``names`` if it is given, else from the variables ``depth`` calls up."""
    if names is None:
        return caller_names(depth + 1)
    if not isinstance(names, Mapping):
        raise InputError(
            f"names expects a mapping from name to Value, got {names!r}; "
            "write names={'a': a}, or names=locals()"
        )
    return names_in(names)


def caller_names(depth: int) -> Names:
    """The variables of the function ``depth`` calls up, and of its module, by their Value."""
    frame = sys._getframe(depth + 1)
    return names_in(frame.f_globals) | names_in(frame.f_locals)


def models_for(model: Any, depth: int) -> dict[str, Model]:
    """Models by name: the one given, else those in the variables ``depth`` calls up."""
    if model is not None:
        if not is_model(model):
            raise InputError(
                f"model expects an nn.Module, got {model!r}; pass the model that made the output"
            )
        model.named_parameters()  # fails here, and not unseen, if it is no model after all
        return {"model": model}
    frame = sys._getframe(depth + 1)
    return models_in({**frame.f_globals, **frame.f_locals})


def models_in(variables: Mapping[str, Any]) -> dict[str, Model]:
    """The models among variables, by name; not those whose name starts with an underscore."""
    found = list(variables.items())
    return {name: x for name, x in found if not name.startswith("_") and is_model(x)}


def names_in(variables: Mapping[str, Any]) -> Names:
    """Names by node, from the variables that hold a Value, or a list or tuple of Values."""
    found: Names = {}
    for name, thing in list(variables.items()):
        if not isinstance(name, str):
            raise InputError(
                f"names expects text for each name, got {name!r}; "
                "write names={'a': a}, the name first"
            )
        if name.startswith(("_", "@")):
            continue  # private ones, and those of tools: pytest's @py_assert1
        # by its type, because a stranger among the variables may answer to isinstance by raising
        if issubclass(type(thing), Value):
            found.setdefault(thing, name)
        elif issubclass(type(thing), (list, tuple)):
            for i, item in enumerate(thing):
                if issubclass(type(item), Value):
                    found.setdefault(item, f"{name}[{i}]")
    return found
