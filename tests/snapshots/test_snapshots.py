"""What the package shows and says is, text by text, what ``texts.json`` keeps."""

from __future__ import annotations

from tests.snapshots.texts import difference, kept, masked, texts


def test_every_text_is_as_it_is_kept() -> None:
    now = texts()
    assert len(now) > 600
    lines = difference(kept(), now)
    assert not lines, "\n".join(
        ["if that is meant: python -m tests.snapshots --write, and read its diff", *lines]
    )


def test_a_text_that_changes_appears_or_goes_is_told() -> None:
    lines = difference({"a": "one\ntwo", "b": "x"}, {"a": "one\n2", "c": "y"})
    assert lines == ["a has changed:", "    @@ -1,2 +1,2 @@", "     one", "    -two", "    +2",
                     "b is gone", "c is new"]  # fmt: skip


def test_a_line_of_the_package_is_masked_and_a_number_is_not() -> None:
    assert masked(f"{__file__}:12: x") == "ROOT/tests/snapshots/test_snapshots.py:LINE: x"
    assert masked("<function f at 0x7f4c04c432e0> = 0.5:12") == "<function f at 0xADDRESS> = 0.5:12"
