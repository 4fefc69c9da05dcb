"""glassgrad's engine: scalars that remember how they were computed.

>>> from autograd import Value
>>> a, b, c = Value(2.0), Value(-3.0), Value(10.0)
>>> L = (a * b + c).tanh()
>>> L.backward()
>>> round(L.data, 6), round(a.grad, 6)
(0.999329, -0.004023)
"""

from pathlib import Path as _Path
from sys import argv as _argv

# HIPS autograd has the same import name. Installed later, it writes its files among these; one
# that only it has tells. (Installed last, it replaces this very file: `nn` looks for that.)
# `python -m autograd doctor` comes by here, too, and has to tell about it.
if _Path(__file__).with_name("tracer.py").exists() and _argv[:2] != ["-m", "doctor"]:
    from autograd.errors import ClashError as _ClashError

    raise _ClashError(
        "the package 'autograd' (HIPS) is installed in the same place as glassgrad, and both are "
        "imported as 'autograd'; run: pip uninstall autograd glassgrad, then install glassgrad "
        "(python -m autograd doctor tells more)"
    )

from typing import Any as _Any

from autograd._util import fast_data as _fast_data  # noqa: F401 -- it quickens Value.data
from autograd._util import serialization as _serialization
from autograd.analysis.explain import Explanation, explain
from autograd.analysis.gradcheck import check_gradients
from autograd.analysis.steps import ForwardStep, Step, forward_steps, steps
from autograd.analysis.wrong_order import WrongOrder, wrong_order
from autograd.compiler.compile import compile as compile  # noqa: A004 -- out of __all__, as it is Python's own name
from autograd.core.grad import grad
from autograd.core.modes import detect_anomaly, no_grad
from autograd.core.value import Value

from autograd.errors import (  # isort: skip
    AnomalyError, ArgumentError, ClashError, DataError, GlassgradError, GraphError, InputError,
    MissingExtraError, OperationError, ShapeError, TraceError,
)  # fmt: skip
from autograd.functions import functions as _functions
from autograd.functions.primitive import primitive
from autograd.functions.ufuncs import array_ufunc as _array_ufunc
from autograd.show.drawing import draw
from autograd.show.notebook import mimebundle as _mimebundle
from autograd.show.stepper import Stepper
from autograd.show.tree import tree

__version__ = "0.1.0"

__all__ = [
    "AnomalyError", "ArgumentError", "ClashError", "DataError", "Explanation", "ForwardStep",
    "GlassgradError", "GraphError", "InputError", "MissingExtraError", "OperationError",
    "ShapeError", "Step", "Stepper", "TraceError", "Value", "WrongOrder", "check_gradients",
    "detect_anomaly", "draw", "explain", "forward_steps", "grad", "no_grad", "primitive",
    "steps", "tree", "wrong_order",
]  # fmt: skip

# a bare Value in a notebook draws its graph, np.exp of a Value is one, and a graph is copied as a
# whole; `value.py` is below the pictures, the functions and the copies
Value._repr_mimebundle_ = _mimebundle  # type: ignore[attr-defined]
Value.__array_ufunc__ = _array_ufunc  # type: ignore[attr-defined]
Value.__copy__ = _serialization.shallow_copy  # type: ignore[attr-defined]
Value.__deepcopy__ = _serialization.deep_copy  # type: ignore[attr-defined]
Value.__reduce__ = _serialization.reduce  # type: ignore[method-assign, assignment]
Value.__setstate__ = _serialization.set_state  # type: ignore[attr-defined]

# exp, log, tanh, sum, softmax, ...: from the table of operations, so not listed one by one. They
# stay out of __all__, because `import *` would hide Python's own sum, abs and pow.
globals().update(_functions.FUNCTIONS)


def __getattr__(name: str) -> _Any:
    raise AttributeError(
        f"module 'autograd' (glassgrad) has no attribute {name!r}; dir(autograd) lists what it has"
    )
