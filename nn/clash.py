"""What ``import nn`` says where another ``autograd`` stands in the way of glassgrad's."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

_MORE = "(python -m autograd doctor tells more)"


def what_stands_in_the_way(autograd: ModuleType) -> str:
    """Why this is not glassgrad's autograd, and what to do; "" if it is.

    It may be HIPS autograd, the folder that is left where that was uninstalled, or a file of one's
    own, which is likely to have a Value, too. Without these words nothing would say why nn fails.
    """
    if hasattr(autograd, "GlassgradError"):
        return ""
    found = getattr(autograd, "__file__", None)
    if found is None:
        return (
            f"nn needs glassgrad's autograd, and found only what is left of it in "
            f"{', '.join(autograd.__path__)}, most likely since HIPS autograd was uninstalled; "
            f"install glassgrad again {_MORE}"
        )
    if not found.endswith("__init__.py"):
        return f"nn needs glassgrad's autograd, and found {found}; rename that file"
    return _another(found)


def what_cannot_be_imported() -> str:
    """The same where ``import autograd`` ended in an ImportError; "" if it is glassgrad's own.

    HIPS autograd, installed over glassgrad, imports files of its own that are not there: glassgrad
    has a folder of the same name.
    """
    spec = find_spec("autograd")
    origin = Path(spec.origin) if spec is not None and spec.origin else None
    if origin is None or origin.name != "__init__.py":
        return ""  # a file of a user's own, whose error says more
    if "glassgrad" in origin.read_text(encoding="utf-8", errors="replace"):
        return ""
    # python -m would end in the same error
    return _another(str(origin)).replace("-m autograd doctor", str(origin.with_name("doctor.py")))


def _another(found: str) -> str:
    return (
        f"nn needs glassgrad's autograd, and found another package of that name in {found}, most "
        "likely HIPS autograd; run: pip uninstall autograd glassgrad, then install glassgrad "
        f"{_MORE}"
    )
