"""What strangers get: a wheel and an sdist, built, looked into, installed in clean environments.

Usage: python .ci/packages.py. It needs the extra "dev" and a network for pip. Each line says what
was tried; what cannot be tried here is "skipped" or "absent", with the reason. GLASSGRAD_PYTHONS
names further Pythons to try, with a colon between them.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SMOKE = ROOT / ".ci" / "smoke.py"
MINORS = (11, 12, 13, 14)  # of the Pythons that pyproject.toml names
NOT_OF_PYTHON = {  # all that is in the wheel besides Python files, its metadata aside
    "autograd/py.typed", "autograd/show/web/stepper.css", "autograd/show/web/stepper.js",
    "nn/py.typed", "nn/data/LICENSE-MNIST.md", "nn/data/digits.npz",
}  # fmt: skip
IN_THE_SDIST = (
    "LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "pyproject.toml",
    "tests/conftest.py", "demos/lessons/1-a-value.md", "benchmarks/__main__.py",
)  # fmt: skip
# With the lowest versions: every row of the table, arrays and compiled programs, training, saving.
TELLING = (
    "tests/autograd/core/test_table_arithmetics.py", "tests/autograd/compiler/test_rewrites.py",
    "tests/autograd/compiler/test_einsum.py", "tests/autograd/compiler/test_own_rows.py",
    "tests/nn/test_predict_compiled.py", "tests/nn/test_train_compiled.py",
    "tests/nn/test_saving.py", "tests/nn/test_state.py",
)  # fmt: skip
OURS = "nn needs glassgrad's autograd, and found another package of that name"
STARTED = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - STARTED:4.0f} s  {text}", flush=True)


def run(*command: object, folder: Path, code: int = 0) -> str:
    """What a program says, if it ends with this code; else an end of the whole."""
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=clean, text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode != code:
        said = f"{' '.join(map(str, command))}\n{done.stdout}"
        raise SystemExit(f"{said}\nended with {done.returncode}, expected {code}")
    return done.stdout


def environment(folder: Path, python: str = sys.executable) -> Path:
    """The Python of a new virtual environment, without a pip of its own."""
    run(python, "-m", "venv", "--without-pip", folder, folder=folder.parent)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def pip(python: Path, *words: object, code: int = 0) -> str:
    """Our pip, at work on another environment."""
    ours = [sys.executable, "-W", "ignore", "-m", "pip", "--python", python]
    return run(*ours, *words, folder=python.parent, code=code)


def install(python: Path, *what: object) -> None:
    pip(python, "install", "--quiet", *what)


# --- what is built --------------------------------------------------------------------------------


def build(work: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it; from the checkout it would be the same."""
    run(sys.executable, "-m", "build", "--outdir", work / "dist", ROOT, folder=work)
    direct = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    run(*direct, "--outdir", work / "direct", ROOT, folder=work)
    (sdist,), (wheel,) = (work / "dist").glob("*.tar.gz"), (work / "dist").glob("*.whl")
    contents = [
        {x.filename: x.CRC for x in zipfile.ZipFile(file).infolist() if "RECORD" not in x.filename}
        for file in (wheel, work / "direct" / wheel.name)
    ]
    assert contents[0] == contents[1], "the sdist makes another wheel than the checkout does"
    look_into(wheel, sdist)
    return wheel, sdist


def look_into(wheel: Path, sdist: Path) -> None:
    """Whether everything is in them that should be, and nothing else."""
    names = zipfile.ZipFile(wheel).namelist()
    information = {x for x in names if x.split("/")[0].endswith(".dist-info")}
    code = {x for x in names if x.endswith(".py") and x.split("/")[0] in ("autograd", "nn")}
    sources = [*(ROOT / "autograd").rglob("*.py"), *(ROOT / "nn").rglob("*.py")]
    there = {x.relative_to(ROOT).as_posix() for x in sources}
    assert code == there, sorted(code ^ there)
    rest = set(names) - information - code
    assert rest == NOT_OF_PYTHON, sorted(rest ^ NOT_OF_PYTHON)
    assert any(x.endswith("licenses/LICENSE") for x in information)
    with tarfile.open(sdist) as archive:
        packed = {x.partition("/")[2] for x in archive.getnames()}
    assert packed.issuperset(IN_THE_SDIST), set(IN_THE_SDIST) - packed
    say(f"{wheel.name} ({len(names)} files) and {sdist.name} ({len(packed)}) hold what they should")


# --- where it is installed ------------------------------------------------------------------------


def newest(work: Path, wheel: Path) -> Path:
    """A clean environment with the newest of all that the wheel asks for."""
    python = environment(work / "newest")
    install(python, wheel)
    works(python, work)
    return python


def works(python: Path, work: Path) -> None:
    pip(python, "check")
    said = run(python, "-X", "dev", "-W", "error", SMOKE, folder=work)
    report = run(python, "-X", "dev", "-W", "error", "-m", "autograd", "doctor", folder=work)
    assert report.endswith("All is well.\n"), report
    say(said.strip())


def lowest(work: Path, sdist: Path) -> None:
    """A clean environment with the lowest versions allowed, and tests of the unpacked sdist."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["save"], *extras["test"]]
    wanted = ("numpy", "graphviz", "safetensors", "pytest", "pytest-xdist",
              "hypothesis", "mpmath")  # fmt: skip
    pinned = [x.replace(">=", "==") for x in asked if re.match(r"[\w-]+", x)[0] in wanted]
    if sys.version_info >= (3, 13):
        say(f"skipped: {pinned[0]} has no wheel for Python {sys.version_info.minor}")
        return
    python = environment(work / "lowest")
    install(python, sdist, *pinned)
    works(python, work)
    with tarfile.open(sdist) as archive:
        archive.extractall(work / "unpacked", filter="data")
    (source,) = (work / "unpacked").iterdir()
    flags = ["-q", "-n0", "-p", "no:cacheprovider"]  # -X dev is for this process alone
    said = run(python, "-X", "dev", "-m", "pytest", *flags, *TELLING, folder=source)
    say(f"the sdist's tests with {', '.join(pinned)}: {said.strip().splitlines()[-1]}")


@functools.cache
def version_of(python: str) -> str:
    """What a Python that can make environments says of itself; "" if it cannot be run."""
    ask = [python, "-c", "import sys, venv; print(*sys.version_info[:2])"]
    try:
        return subprocess.run(ask, capture_output=True, text=True, check=False).stdout
    except OSError as error:
        say(f"skipped: {error}")
        return ""


def other_pythons() -> Iterator[tuple[int, str | None]]:
    """Each minor version of Python but this one, and where it is, if it is on this machine."""
    given = os.environ.get("GLASSGRAD_PYTHONS", "").split(os.pathsep)
    kept = sorted((Path.home() / ".pyenv" / "versions").glob("3.*/bin/python"))
    for minor in MINORS:
        if minor == sys.version_info.minor:
            continue
        there = [*filter(None, given), *map(str, kept), shutil.which(f"python3.{minor}")]
        for python in filter(None, there):
            if version_of(python) == f"3 {minor}\n":
                yield minor, python
                break
        else:
            yield minor, None


def other(work: Path, wheel: Path, minor: int, found: str | None) -> None:
    if found is None:
        say(f"absent: Python 3.{minor}")
        return
    python = environment(work / f"python3.{minor}", found)
    install(python, wheel)
    works(python, work)


# --- beside HIPS autograd -------------------------------------------------------------------------


def beside_hips(work: Path, wheel: Path) -> None:
    """Both packages in one environment, in both orders: told, explained, and mended as advised."""
    python = newest(work, wheel)
    try:
        pip(python, "download", "--quiet", "--no-deps", "-d", work / "hips", "autograd")
    except SystemExit as error:
        said = [x for x in str(error).splitlines() if x]
        say(f"skipped: HIPS autograd cannot be had here ({said[-2]})")
        return
    (hips,) = (work / "hips").iterdir()
    for files, last, expected in (
        ([wheel, hips], "HIPS autograd", OURS),
        ([hips, wheel], "glassgrad", "ClashError: the package 'autograd' (HIPS) is installed in"),
    ):
        pip(python, "uninstall", "--quiet", "--yes", "glassgrad", "autograd")
        for file in files:
            install(python, "--no-deps", file)
        said = run(python, "-c", "import nn", folder=work, code=1)
        assert expected in said, said
        assert "run: pip uninstall autograd glassgrad, then install glassgrad" in said, said
        doctor = re.search(r"\(python (\S.*) tells more\)", said)
        assert doctor, said
        report = run(python, *doctor[1].split(), folder=work, code=1)
        assert f"where {last} was installed last" in report, report
        say(f"beside {hips.name}, with {last} installed last: {said.strip().splitlines()[-1]}")
    pip(python, "uninstall", "--quiet", "--yes", "autograd", "glassgrad")
    install(python, "--no-deps", wheel)
    assert run(python, "-m", "autograd", "doctor", folder=work).endswith("All is well.\n")
    say("mended as that line advises, all is well")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=2) as pool:
        work = Path(folder)
        wheel, sdist = build(work)
        tasks = [pool.submit(lowest, work, sdist), pool.submit(beside_hips, work, wheel)]
        tasks += [pool.submit(other, work, wheel, *found) for found in other_pythons()]
        for task in tasks:
            task.result()


if __name__ == "__main__":
    main()
