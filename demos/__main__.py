"""List the demos, and run one of them or the tour through all.

python -m demos              list them and take the tour
python -m demos moons        run one
python -m demos --list       only list them
python -m demos mnist --all  the lab on all 70,000 digits
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from autograd.errors import DataError, MissingExtraError
from demos import (
    backprop,
    descent,
    digits,
    gpt,
    lbfgs,
    logistic_regression,
    mnist,
    moons,
    multiclass,
    neuron,
    own_framework,
    perceptron,
    regression,
)

DEMOS = {
    "neuron": neuron,
    "backprop": backprop,
    "perceptron": perceptron,
    "logistic_regression": logistic_regression,
    "regression": regression,
    "multiclass": multiclass,
    "own_framework": own_framework,
    "descent": descent,
    "moons": moons,
    "lbfgs": lbfgs,
    "digits": digits,
    "gpt": gpt,
    "mnist": mnist,
}


def listing() -> str:
    """One line for each demo: its name, and the first line of its docstring."""
    width = max(map(len, DEMOS))
    said = [(demo.__doc__ or " ").splitlines()[0] for demo in DEMOS.values()]  # none under -OO
    lines = [f"  {name:<{width}}  {line}" for name, line in zip(DEMOS, said, strict=True)]
    return "\n".join(["The demos (python -m demos NAME runs one alone):", *lines])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m demos", description="Run glassgrad's demos; without a name, all of them."
    )
    parser.add_argument("name", nargs="?", choices=[*DEMOS, "tour"], default="tour")
    parser.add_argument("--list", action="store_true", help="only list the demos")
    parser.add_argument("--quick", action="store_true", help="a short form, to try that it runs")
    parser.add_argument(
        "--folder", type=Path, default=Path("pictures"), help="where pictures go (%(default)s)"
    )
    parser.add_argument(
        "--all", action="store_true", help="mnist: all 70,000 digits, 12 MB that are fetched once"
    )
    options = parser.parse_args(arguments)
    if options.all and options.name != "mnist":
        parser.error("--all is for the demo mnist: python -m demos mnist --all")
    more = {"everything": True} if options.all else {}
    if options.list or options.name == "tour":
        print(listing())
    if options.list:
        return
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"{options.folder.resolve()}: {error.strerror}"
        parser.error(f"--folder expects a place to write pictures to, got {why}; choose another")
    chosen = DEMOS if options.name == "tour" else {options.name: DEMOS[options.name]}
    started = time.perf_counter()
    for name, demo in chosen.items():
        print(f"\n=== {name} " + "=" * (75 - len(name)))
        try:
            pictures = demo.main(options.folder, quick=options.quick, **more)
        except (DataError, MissingExtraError) as error:
            if options.name != "tour":
                raise SystemExit(str(error)) from None
            print(f"Left out: {error}")
            continue
        print("Written: " + ", ".join(str(path) for path in pictures))
    seconds = time.perf_counter() - started
    print(f"\nDone in {seconds:.0f} s. The pictures and pages are in {options.folder.resolve()}")


if __name__ == "__main__":
    main()
