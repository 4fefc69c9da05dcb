"""What ``python -m autograd doctor`` tries in a process of its own, where a crash harms nobody.

``trial`` runs this file with its own ``sys.path`` as the argument, and reads a line of JSON for
each thing that was tried: what it is about, what came of it, and "ok", "note" or "broken".
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import math
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Said = str | tuple[str, str]  # what is said of something that is ok, or that and a state

_THREADS = "openblas_get_num_threads"
# NumPy's wheels rename the functions of the OpenBLAS that they bring along
_NAMES_OF_THREADS = [f"{front}{_THREADS}{end}" for front in ("scipy_", "") for end in ("64_", "")]


def checks() -> Iterator[tuple[str, Callable[[], Said]]]:
    """Everything that is tried, in order, each with what it is about."""
    yield "BLAS", arrays
    yield "import", imports
    yield "gradient", gradient
    yield "table", table
    yield "compiled", compiled
    yield "drawing", drawing


def outcome(check: Callable[[], Said]) -> tuple[str, str]:
    """What a check says, and its state; an exception is what is broken.

    >>> outcome(lambda: "as it should be")
    ('as it should be', 'ok')
    >>> outcome(lambda: 1 / 0)
    ('ZeroDivisionError: division by zero', 'broken')
    """
    try:
        said = check()
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return f"{type(error).__name__}: {' '.join(lines)[:400]}", "broken"
    return (said, "ok") if isinstance(said, str) else said


# --- numpy ----------------------------------------------------------------------------------------


def arrays() -> str:
    """NumPy can be imported and multiplies; what it multiplies with, and on how many threads."""
    import numpy as np

    if not hasattr(np, "__path__"):
        raise ImportError(f"import numpy finds {np.__file__}, which is no NumPy; rename that file")
    assert np.matmul(np.eye(3), np.arange(3.0)).tolist() == [0.0, 1.0, 2.0]
    where = Path(np.__file__).parent
    try:
        found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        library = f"{found['name']} {found['version']}"
    except Exception:  # what a build says of itself is up to who built it
        library = "a library that it does not name"
    threads = threads_in_force(where)
    said = f"{threads} thread{'s' * (threads != 1)} in force" if threads else "threads unknown"
    return f"numpy {np.__version__} in {where} multiplies with {library}, {said}"


def threads_in_force(numpy: Path) -> int | None:
    """How many threads the OpenBLAS of NumPy's wheel uses; None where it is another library."""
    for folder in (numpy.with_name("numpy.libs"), numpy / ".dylibs"):
        for library in sorted(folder.glob("*openblas*")):
            with contextlib.suppress(OSError):
                loaded = ctypes.CDLL(str(library))  # NumPy has loaded it: this is the same one
                for name in _NAMES_OF_THREADS:
                    if hasattr(loaded, name):
                        return int(getattr(loaded, name)())
    return None


# --- glassgrad ------------------------------------------------------------------------------------


def imports() -> str:
    """Both packages can be imported, are this project's, and lie side by side."""
    import autograd

    nn = importlib.import_module("nn")  # the engine never imports the networks; the doctor does
    place = Path(str(autograd.__file__)).parents[1]
    if Path(str(nn.__file__)).parents[1] != place:
        raise ImportError(f"autograd is in {place}, but nn is {nn.__file__}")
    return f"autograd and nn in {place}"


def gradient() -> str:
    """The gradient of an expression is what it is by hand."""
    from autograd import Value

    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    (a * b + c).tanh().backward()
    slope = 1.0 / math.cosh(4.0) ** 2
    for x, expected in ((a, -3.0 * slope), (b, 2.0 * slope), (c, slope)):
        _demand(math.isclose(x.grad, expected, rel_tol=1e-14), f"got {x.grad}, not {expected}")
    return "tanh(a*b + c) by a, b and c, as by hand"


def table() -> str:
    """Every derivative of the table of operations agrees with differences."""
    from autograd.analysis.gradcheck import check_gradients
    from autograd.core.table import TABLE
    from autograd.core.value import apply

    tried = 0
    for row in TABLE.values():
        for point in row.points:
            found = check_gradients(lambda *xs, row=row: apply(row, *xs), point)
            _demand(found.ok, f"{row.name} at {point}:\n{found}")
            tried += 1
    return f"{len(TABLE)} operations at {tried} points, derivatives as by differences"


def compiled() -> str:
    """A network's loss and gradient, compiled, are those of its graph."""
    import autograd

    nn = importlib.import_module("nn")
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    X, y = [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], [1.0, -1.0, 0.5]
    program = autograd.compile(lambda x, t: nn.mse_loss(model(x), t))
    loss = program.backward(X, y)
    found = [loss, *[p.grad for p in model.parameters()]]
    model.zero_grad()
    graph = autograd.mean([nn.mse_loss(model(x), t) for x, t in zip(X, y, strict=True)])
    graph.backward()
    expected = [graph.data, *[p.grad for p in model.parameters()]]
    for one, other in zip(found, expected, strict=True):
        near = math.isclose(one, other, rel_tol=1e-11, abs_tol=1e-13)
        _demand(near, f"{one} compiled, {other} by its graph")
    return f"loss and {len(found) - 1} gradients of a network, as by its graph"


def drawing() -> Said:
    """The program that draws, its version, and that it draws."""
    import autograd
    from autograd.show.graphviz import find_dot

    program = find_dot()
    if program is None:
        remedy = 'pip install "glassgrad[dot]", or install your system\'s package graphviz'
        return f"no program dot, so no pictures of graphs; run: {remedy}", "note"
    version = _version(program)
    picture: Any = autograd.draw(autograd.Value(2.0, name="x") * 3.0)
    _demand("<svg" in picture.svg(), f"{program} ({version}) draws no SVG")
    return f"{version}, at {program}, draws"


def _version(program: Path) -> str:
    done = subprocess.run(
        [program, "-V"], capture_output=True, text=True, timeout=30, check=False, errors="replace"
    )
    said = re.search(r"\d+(\.\d+)+", done.stderr + done.stdout)
    return f"{program.stem} {said[0] if said else 'of an unknown version'}"


def _demand(right: bool, otherwise: str) -> None:
    if not right:
        raise ArithmeticError(otherwise)


def main() -> None:
    """Try everything on the ``sys.path`` that is given, and write a line for each."""
    sys.path[:] = json.loads(sys.argv[1])
    warnings.simplefilter("ignore")
    for about, check in checks():
        text, state = outcome(check)
        sys.stdout.write(json.dumps([about, text, state]) + "\n")
        sys.stdout.flush()  # a crash in the next one loses nothing
        if about == "import" and state == "broken":
            break  # all others would say the same


if __name__ == "__main__":
    main()
