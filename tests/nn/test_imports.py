"""What ``import nn`` does where another package stands in the way."""

from __future__ import annotations

import sys
import types

import pytest


def test_another_package_called_autograd_is_named_with_the_repair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = types.ModuleType("autograd")
    other.__file__ = "/somewhere/autograd/__init__.py"
    monkeypatch.setitem(sys.modules, "autograd", other)
    for name in [name for name in sys.modules if name.split(".")[0] == "nn"]:
        monkeypatch.delitem(sys.modules, name)
    message = (
        r"nn needs glassgrad's autograd, and found another package of that name in "
        r"/somewhere/autograd/__init__\.py, most likely HIPS autograd; run: "
        r"pip uninstall autograd glassgrad, then install glassgrad"
    )
    with pytest.raises(ImportError, match=message):
        import nn  # noqa: F401 -- importing it is the test
