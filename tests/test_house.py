"""How the house is built: who imports whom, what is exported, how long things are."""

from __future__ import annotations

import ast
import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import autograd
import nn
from autograd.core.table import TABLE
from autograd.functions.functions import FUNCTIONS

ROOT = Path(__file__).parents[1]

# From the ground up: a module of nn imports only from lines above its own. What autograd may import
# is said in pyproject.toml, for lint-imports.
NN_LAYERS = [
    ["checks", "clash", "habits"],
    [
        "metrics",
        "data.checks",
        "data.idx",
        "data.scattering",
        "data.cache",
        "data.display",
        "data.dataset",
        "data.csv_table",
        "history",
        "programs",
        "programs.fingerprint",
        "endless",
    ],
    ["state"],
    [
        "data.splits",
        "data.curves",
        "data.clouds",
        "data.pixels",
        "data.scaling",
        "data.labels",
        "data.loader",
        "data.mnist_files",
        "data.fetch",
        "data.csv_file",
        "data.image_folder",
    ],
    ["data.mnist_subset", "data.mnist_whole"],
    ["programs.program"],
    ["programs.predicting", "programs.loss_program"],
    ["module"],
    ["losses.targets"],
    [
        "losses.regression",
        "losses.margins",
        "losses.entropies",
        "losses.label_numbers",
        "losses.label_rules",
    ],
    ["losses.registry"],
    ["losses.heads", "losses.labels"],
    ["data", "data.make_digits", "activations", "losses", "optim.settings", "optim.clipping"],
    ["optim.schedules"],
    ["optim.base"],
    ["optim.state"],
    ["optim.built_in"],
    ["optim.sgd", "optim.adaptive"],
    ["optim"],
    ["layer_arguments"],
    ["layers", "callbacks.base"],
    ["callbacks.units"],
    ["callbacks.diagnosis", "callbacks.early_stopping", "callbacks.recording"],
    ["callbacks.flow"],
    ["callbacks"],
    [
        "fitting.advice",
        "fitting.arguments",
        "fitting.divergence",
        "fitting.examples",
        "fitting.heads",
        "fitting.progress",
        "fitting.rows",
    ],
    ["fitting.eager"],
    ["fitting.stepping", "fitting.rehearsal"],
    ["fitting.training"],
    ["fitting.train"],
    ["fitting"],
    ["saving.content"],
    ["saving.architecture", "saving.json_file", "saving.safetensors_file"],
    ["saving.models"],
    ["saving"],
    ["plots.axes", "plots.answers", "plots.film_page"],
    [
        "plots.curves",
        "plots.descent",
        "plots.fits",
        "plots.flow",
        "plots.grid",
        "plots.losses",
        "plots.plane",
        "plots.weights",
    ],
    ["plots.boundary", "plots.confusion", "plots.film"],
    ["plots"],
    ["__init__"],
]

# what a file past the limit is that long for; ruff counts the statements of functions
# a test file is a list of claims, and is not read from its first line to its last
LIMITS = {"autograd": 600, "nn": 600, "demos": 300, "benchmarks": 300, "tests": 600}
LONG_FILES = {
    "tests/browser/test_page.py": "one page in one browser, which is started once for all of it",
}
MAY_PRINT = {"nn/data/make_digits.py"}  # a script of ours, run by hand


@dataclass(frozen=True)
class Import:
    """One import statement: the module it stands in, the one it names, and when it is run."""

    source: str
    target: str
    when: str  # "top", "annotations" or "later", inside of a function


def sources(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@functools.cache
def imports(path: Path) -> list[Import]:
    module = module_name(path)
    found: list[Import] = []

    def visit(node: ast.AST, when: str) -> None:
        if isinstance(node, ast.Import):
            found.extend(Import(module, alias.name, when) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(module.split(".")[: -node.level] if node.level else [])
            base = ".".join(filter(None, [start, node.module]))
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.append(Import(module, inner if is_module(inner) else base, when))
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.body:
                visit(child, "annotations")
            for child in node.orelse:
                visit(child, when)
        else:
            inside = isinstance(node, (ast.FunctionDef, ast.Lambda))
            for child in ast.iter_child_nodes(node):
                visit(child, "later" if inside else when)

    visit(ast.parse(path.read_text(encoding="utf-8")), "top")
    return found


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def within(package: str) -> list[Import]:
    """The imports of one another of a package's modules, by names without the package's own."""

    def short(module: str) -> str:
        parts = module.split(".")[1:]
        if parts and parts[-1] == "__init__" and len(parts) > 1:
            parts.pop()
        return ".".join(parts) or "__init__"

    return [
        Import(short(i.source), short(i.target), i.when)
        for path in sources(package)
        for i in imports(path)
        if i.target.split(".")[0] == package and short(i.target) != short(i.source)
    ]


# --- who imports whom -----------------------------------------------------------------------------


@pytest.mark.parametrize(("package", "layers"), [("nn", NN_LAYERS)])
def test_every_module_has_its_place_in_the_layers(package: str, layers: list[list[str]]) -> None:
    listed = [name for layer in layers for name in layer]
    there = set()
    for path in sources(package):
        name = module_name(path).removeprefix(f"{package}.")
        there.add(name.removesuffix(".__init__"))
    missing, gone = sorted(there - set(listed)), sorted(set(listed) - there)
    assert not missing, f"give {', '.join(missing)} a place in the layers of tests/test_house.py"
    assert not gone, f"the layers of tests/test_house.py list {', '.join(gone)}, which is not there"
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(("package", "layers"), [("nn", NN_LAYERS)])
def test_imports_run_downwards_only(package: str, layers: list[list[str]]) -> None:
    height = {name: i for i, layer in enumerate(layers) for name in layer}
    found = [i for i in within(package) if i.when != "annotations"]
    assert len(found) > 15
    assert [i for i in found if height[i.source] <= height[i.target]] == []


def test_the_engine_never_imports_the_networks_nor_the_packages_the_demos() -> None:
    for path in sources("autograd", "nn"):
        for i in imports(path):
            top = i.target.split(".")[0]
            assert top not in ("demos", "tests", "benchmarks"), i
            assert not (top == "nn" and i.source.startswith("autograd")), i


# --- what is there to be seen ---------------------------------------------------------------------

AUTOGRAD_NAMES = [
    "AnomalyError", "ArgumentError", "ClashError", "DataError", "Explanation", "ForwardStep",
    "GlassgradError", "GraphError", "InputError", "MissingExtraError", "OperationError",
    "ShapeError", "Step", "Stepper", "TraceError", "Value", "WrongOrder", "check_gradients",
    "detect_anomaly", "draw", "explain", "forward_steps", "grad", "no_grad", "primitive", "steps",
    "tree", "wrong_order",
]  # fmt: skip
AUTOGRAD_FUNCTIONS = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "choose", "cos",
    "cosh", "degrees", "digamma", "dist", "dot", "elu", "erf", "erfc", "exp", "exp2", "expm1",
    "fabs", "gamma", "gelu", "hypot", "leaky_relu", "lgamma", "log", "log10", "log1p", "log2",
    "log_softmax", "logsumexp", "maximum", "mean", "minimum", "polygamma", "pow", "prod", "radians",
    "relu", "sigmoid", "silu", "sin", "sinh", "softmax", "softplus", "sqrt", "sum", "tan", "tanh",
    "where",
]  # fmt: skip
NN_NAMES = [
    "Adam", "AdamW", "RMSprop",
    "MLP", "SGD", "Callback", "DivergenceWarning", "EagerWarning", "EarlyStopping",
    "confusion_matrix", "GradientFlow", "History", "Layer", "Module",
    "Neuron", "Optimizer", "accuracy", "activations", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "callbacks", "categorical_cross_entropy",
    "half_mse_loss", "huber_loss", "logistic_loss", "cross_entropy", "data", "fit", "hinge_loss",
    "l1_loss", "load", "losses", "mse_loss", "optim", "plots", "save", "zero_one_loss",
    "ParameterPath", "WeightSizes",
]  # fmt: skip


def test_the_exported_names_are_these() -> None:
    assert sorted(autograd.__all__) == AUTOGRAD_NAMES
    # other people's scripts use these; what is new comes from a row of one of the two tables
    functions, rows = set(FUNCTIONS), set(TABLE)
    assert set(AUTOGRAD_FUNCTIONS) <= functions <= {*AUTOGRAD_FUNCTIONS, *rows}
    assert set(NN_NAMES) <= set(nn.__all__) <= {*NN_NAMES, *nn.losses.LOSSES}
    for package in (autograd, nn):
        assert [name for name in package.__all__ if not hasattr(package, name)] == []


def test_a_star_import_hides_none_of_pythons_own_functions() -> None:
    assert set(autograd.__all__).isdisjoint(dir(__builtins__))


def python(program: str, path: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True, text=True, check=False, env=environment, cwd=path,
    )  # fmt: skip


HEAVY_FOR_NN = [
    "matplotlib", "graphviz", "PIL", "safetensors", "scipy", "urllib.request", "http.client",
]  # fmt: skip


@pytest.mark.parametrize(
    ("package", "heavy"),
    [("autograd", ["numpy", "matplotlib", "graphviz", "nn"]), ("nn", HEAVY_FOR_NN)],
)
def test_importing_a_package_loads_nothing_heavy(package: str, heavy: list[str]) -> None:
    done = python(f"import sys, {package}; print(*[m for m in {heavy} if m in sys.modules])")
    assert (done.stdout, done.stderr) == ("\n", "")


def test_a_usual_program_needs_no_numpy() -> None:
    done = python(
        "import sys, autograd as ag; x = ag.Value(2.0); y = (x * x + 3).tanh() / x ** 2\n"
        "y.backward(); ag.grad(y, x); ag.tree(y); ag.softmax([x, y, 1])\n"
        "print('numpy' in sys.modules)"
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


# --- the clash with the other package called autograd ---------------------------------------------


def test_files_of_hips_autograd_among_ours_are_an_error_that_names_culprit_and_repair(
    tmp_path: Path,
) -> None:
    shutil.copytree(ROOT / "autograd", tmp_path / "autograd")
    assert python("import autograd", tmp_path).returncode == 0
    (tmp_path / "autograd" / "tracer.py").write_text("")
    said = python("import autograd", tmp_path).stderr.splitlines()[-1]
    assert said.startswith("autograd.errors.ClashError: the package 'autograd' (HIPS) is installed")
    assert "pip uninstall autograd glassgrad, then install glassgrad" in said
    caught = python("try: import autograd\nexcept ImportError: print('caught')", tmp_path)
    assert caught.stdout == "caught\n"


def test_another_autograd_in_place_of_ours_is_an_error_of_nn_that_names_culprit_and_repair(
    tmp_path: Path,
) -> None:
    shutil.copytree(ROOT / "nn", tmp_path / "nn")
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("def elementwise_grad(): ...\n")
    said = python("import nn", tmp_path).stderr.splitlines()[-1]
    assert said.startswith("ImportError: nn needs glassgrad's autograd, and found another package")
    assert str(tmp_path / "autograd" / "__init__.py") in said
    assert "HIPS autograd" in said
    assert "pip uninstall autograd glassgrad, then install glassgrad" in said


# --- how it is written ----------------------------------------------------------------------------


def test_nothing_prints_but_at_the_edge() -> None:
    for path in sources("autograd", "nn"):
        name = path.relative_to(ROOT).as_posix()
        if name in MAY_PRINT or path.name == "__main__.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "pprint")
            assert not called, f"{name}:{getattr(node, 'lineno', 0)} prints"


def test_a_file_past_its_limit_is_listed_with_its_reason_and_no_other_is() -> None:
    long = {
        path.relative_to(ROOT).as_posix()
        for folder, limit in LIMITS.items()
        for path in sources(folder)
        if len(path.read_text(encoding="utf-8").splitlines()) > limit
    }
    assert long == set(LONG_FILES)
    assert all(LONG_FILES.values())
