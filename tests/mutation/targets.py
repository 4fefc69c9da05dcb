"""Which tests are to kill the mutants of which module.

``quick`` is run for every mutant, in this order, until a test fails; ``broad`` for those only that
it leaves alive. A module that is not listed gets the tests that mirror it, and ``_BROAD``.
A module's own doctests go last: pytest would import a module named first twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_T = Path("tests/autograd")
_CORE, _COMPILER = "core", "compiler"
_ROOMS = ("core", "functions", "analysis", "show")


def _tests(*names: str, room: str = "") -> tuple[str, ...]:
    """The files test_NAME.py of tests/autograd, in a room or in any but the compiler."""
    rooms = [room] if room else _ROOMS
    root = Path(__file__).resolve().parents[2]
    paths = [_T / place / f"test_{name}.py" for name in names for place in rooms]
    return tuple(path.as_posix() for path in paths if (root / path).is_file())


_BROAD = _tests("semantics", "functions", "grad")


@dataclass(frozen=True)
class Target:
    """A module by its path, and the tests of it, quick and broad."""

    path: str
    quick: tuple[str, ...]
    broad: tuple[str, ...] = _BROAD

    @property
    def name(self) -> str:
        """Its name on the command line, and that of its list of survivors."""
        return Path(self.path).stem


# Of these the rest is about the tape, and one test about time, which says nothing of a mutant.
_TRACE = tuple(
    f"tests/autograd/compiler/test_trace.py::test_{name}"
    for name in (
        "the_number_of_any_value_is_refused_while_a_trace_is_open",
        "what_has_no_meaning_in_a_traced_function_is_refused",
        "another_thread_computes_as_ever_while_a_trace_is_open",
        "operators_with_a_number_on_either_side_trace",
        "a_weighted_sum_is_its_products_and_one_sum",
        "a_value_that_the_function_makes_itself_is_a_constant_and_no_parameter",
    )
)
_PASSES = _tests("scalar_passes", "array_passes", "pipeline", room=_COMPILER)

TARGETS = [
    Target(
        "autograd/core/table.py",
        _tests(
            "table_facts", "table_edges", "table_arithmetics", "functions", "primitive", "table"
        ),
        (*_tests("grad", "against_torch", "reasons"), *_tests("row_expression", room=_COMPILER)),
    ),
    Target(
        "autograd/core/value.py",
        (
            *_tests("value", "semantics", "table_arithmetics", "errors", "modes", "functions"),
            *_TRACE,
            "autograd/core/value.py",
        ),
        (*_tests("deep_graphs", "grad", "anomaly", "names"), "tests/snapshots/test_snapshots.py"),
    ),
    Target(
        "autograd/core/graph.py",
        (*_tests("semantics", "steps", "grad", "tricky_cases"), "autograd/core/graph.py"),
        _tests("deep_graphs", "show"),
    ),
    Target(
        "autograd/core/backward.py",
        _tests("semantics", "backward", "anomaly", "grad", "tricky_cases", "modes"),
        _tests("deep_graphs", "steps"),
    ),
    Target(
        "autograd/analysis/explain.py",
        _tests("explain", "explain_lines", "errors_of_readers"),
        _tests("reasons", "paths"),
    ),
    Target("autograd/analysis/paths.py", _tests("paths"), _tests("explain", "reasons")),
    Target("autograd/analysis/reasons.py", _tests("reasons"), _tests("explain", "explain_lines")),
    Target("autograd/analysis/formatting.py", _tests("explain", "reasons", "explain_lines")),
    Target("autograd/compiler/passes/scalar_passes.py", _PASSES),
    Target("autograd/compiler/passes/array_passes.py", _PASSES),
    Target("autograd/compiler/lowering/matmul.py", _tests("matmul", room=_COMPILER), ()),
    Target("autograd/compiler/codegen/einsum.py", _tests("einsum", room=_COMPILER), ()),
    Target(
        "autograd/compiler/lowering/groups.py",
        _tests("groups", "matmul", "reductions", "lower", room=_COMPILER),
        _tests("module", room=_COMPILER),
    ),
    Target(
        "autograd/compiler/lowering/schedule.py",
        _tests("schedule", "groups", "matmul", room=_COMPILER),
        (),
    ),
    Target(
        "autograd/compiler/ir/strided_views.py",
        _tests("strided_views", room=_COMPILER),
        _tests("lower", "memory", "module", room=_COMPILER),
    ),
    Target(
        "autograd/compiler/codegen/memory.py",
        _tests("memory", room=_COMPILER),
        _tests("module", "adjoint", room=_COMPILER),
    ),
    Target(
        "autograd/compiler/lowering/adjoint.py",
        _tests("adjoint", "lower", room=_COMPILER),
        _tests("module", "agreement_programs", room=_COMPILER),
    ),
    Target(
        "autograd/compiler/lowering/cotangents.py",
        _tests("adjoint", "lower", room=_COMPILER),
        _tests("module", "agreement_programs", room=_COMPILER),
    ),
]  # fmt: skip

# Several at once, under one name.
GROUPS = {
    "core": ("table", "value", "graph", "backward"),
    "explaining": ("explain", "paths", "reasons", "formatting"),
    "passes": ("scalar_passes", "array_passes"),
}


def find(name: str, root: Path) -> list[Target]:
    """The targets of a name: a listed one, a group, or the path of any module."""
    if name in GROUPS:
        return [target for one in GROUPS[name] for target in find(one, root)]
    listed = [target for target in TARGETS if name in (target.name, target.path)]
    if listed:
        return listed
    path = Path(name)
    if not (root / path).is_file():
        known = ", ".join([*(target.name for target in TARGETS), *GROUPS])
        raise SystemExit(f"mutation expects a module's path or one of {known}; got {name!r}")
    mirrored = Path("tests") / path.parent / f"test_{path.name}"
    if not (root / mirrored).is_file():
        raise SystemExit(f"{name} has no {mirrored}; name its tests with --tests")
    return [Target(str(path), (str(mirrored),))]
