"""What ``import nn`` does where another package stands in the way."""

from __future__ import annotations

import sys
import types

import pytest

import autograd
from nn.clash import what_stands_in_the_way


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


def _found(file: str | None) -> types.ModuleType:
    other = types.ModuleType("autograd")
    other.__file__ = file
    other.__path__ = ["/somewhere/autograd"]
    return other


def test_a_file_of_ones_own_called_autograd_is_to_be_renamed_even_if_it_has_a_value() -> None:
    other = _found("/home/me/autograd.py")
    other.Value = type("Value", (), {"__module__": "autograd"})  # type: ignore[attr-defined]
    expected = "nn needs glassgrad's autograd, and found /home/me/autograd.py; rename that file"
    assert what_stands_in_the_way(other) == expected


def test_a_folder_left_where_hips_autograd_was_uninstalled_is_told_from_hips_autograd() -> None:
    said = what_stands_in_the_way(_found(None))
    assert "found only what is left of it in /somewhere/autograd, most likely since HIPS" in said
    assert "install glassgrad again (python -m autograd doctor tells more)" in said


def test_nothing_stands_in_the_way_of_glassgrads_own_autograd() -> None:
    assert what_stands_in_the_way(autograd) == ""
