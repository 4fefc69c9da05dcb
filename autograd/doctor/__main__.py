"""The doctor by its folder, ``python .../autograd/doctor``, where ``python -m`` cannot find it."""

from __future__ import annotations

import sys
import types
from pathlib import Path


def main() -> int:
    """Print the report; its exit code is 0, or 1 where something is broken."""
    if not __package__:
        # Run by its path: a package autograd that consists of the doctor alone, so that nothing
        # else of it need work; and what a program in this folder would import.
        package = types.ModuleType("autograd")
        package.__path__ = [str(Path(__file__).resolve().parents[1])]
        sys.modules["autograd"] = package
        sys.path[0] = str(Path.cwd())
    from autograd.doctor.examination import run

    text, code = run(sys.argv[1:])
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    print(text)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
