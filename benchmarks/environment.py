"""What a figure depends on: the day, Python, the packages, and the machine."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograd import __version__

PACKAGES = ("numpy", "micrograd", "torch", "casadi", "jax", "scikit-learn")
PROCESSORS = Path("/proc/cpuinfo")


def environment() -> dict[str, str]:
    """The facts by name, "not installed" for a peer that is not there."""
    facts = {"date": datetime.date.today().isoformat(), "Python": platform.python_version()}
    # glassgrad is asked itself: run from a checkout, it need not be installed
    facts["glassgrad"] = __version__
    for package in PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            facts[package] = "not installed"
    system = f"{platform.system()} {platform.machine()}"
    return {**facts, "cores": str(os.cpu_count()), "processor": processor(), "system": system}


def processor() -> str:
    """What the processor calls itself, as far as the system tells."""
    if PROCESSORS.exists():
        for line in PROCESSORS.read_text(encoding="utf-8").splitlines():
            name, _, model = line.partition(":")
            if name.strip() == "model name":
                return model.strip()
    return platform.processor() or "unknown"
