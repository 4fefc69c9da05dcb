"""What nodes are called in pictures: their own names, their variables', and hostile ones."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from autograd import Value, draw, sum, tree  # noqa: A004 -- the engine's own
from autograd._util.names import names_in

_module_level = Value(7.0)
in_the_module = Value(8.0)


def nodes_of(source: str) -> list[str]:
    return re.findall(r"^\t(n\d+) \[", source, re.MULTILINE)


def texts_of(svg: str) -> list[str]:
    return [
        "".join(t.itertext()) for t in ElementTree.fromstring(svg).iter() if t.tag[-4:] == "text"
    ]


# --- names ----------------------------------------------------------------------------------------


def test_names_come_from_the_callers_variables() -> None:
    left, right = Value(1.0), Value(2.0)
    total = left + right
    assert [line.split("  ")[0] for line in tree(total).splitlines()[1:4]] == [
        "total = +", "├─ left", "└─ right",
    ]  # fmt: skip
    assert 'label="total = +\\ndata 3"' in draw(total).source


def test_names_come_from_lists_and_tuples_of_the_caller() -> None:
    weights, pair = [Value(1.0), Value(2.0)], (Value(3.0),)
    text = tree(sum(weights) * pair[0])
    for name in ("weights[0]", "weights[1]", "pair[0]"):
        assert name in text


def test_names_come_from_the_module_unless_they_start_with_an_underscore() -> None:
    text = tree(in_the_module * _module_level)
    assert "in_the_module" in text
    assert "_module_level" not in text
    assert "└─ leaf" in text


def test_a_local_variable_takes_precedence_over_one_of_the_module() -> None:
    mine = in_the_module
    assert "mine" in tree(mine * 2)


def test_the_first_variable_that_holds_a_value_gives_its_name() -> None:
    first = Value(1.0)
    second = first
    assert "first" in tree(second * 2)
    assert "second" not in tree(second * 2)


def test_a_name_of_the_values_own_takes_precedence_over_all() -> None:
    variable = Value(1.0, name="own")
    assert "own" in tree(variable * 2, names={"given": variable})
    assert "variable" not in tree(variable * 2)


def test_names_that_are_given_take_the_place_of_the_callers_variables() -> None:
    variable, other = Value(1.0), Value(2.0)
    text = tree(variable * other, names={"given": variable})
    assert "given" in text
    assert "other" not in text
    assert "given" in draw(variable * other, names={"given": variable, "n": 5}).source
    assert tree(variable * other, names=locals()).splitlines()[2].startswith("├─ variable")


# --- hostile names --------------------------------------------------------------------------------

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "looks like HTML": "<b>x</b>",
    "quotes": "a\"b'c",
    "an escaped quote": 'a\\"b',
    "a backslash at the end": "end\\",
    "escapes of DOT": "\\n\\l\\G\\N",
    "record fields": "{a|<p>b}",
    "brackets and semicolons": 'x"]; evil [label="y',
    "entities": "&lt;b&gt; &amp; &#60; & co",
    "unicode": "θ₁ 漢字 é 🙂",
    "a comment": "/* a */ // b # c",
    "dollars and percents": "%s {0} ${x}",
    "only blanks": "   ",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_name_stays_text_in_dot_and_in_the_picture(case: str) -> None:
    name = HOSTILE[case]
    x, usual = Value(1.0, name=name), Value(1.0, name="x")
    drawing = draw(x * 2, names={})
    assert len(drawing.source.splitlines()) == len(draw(usual * 2, names={}).source.splitlines())
    assert nodes_of(drawing.source) == ["n0", "n1", "n2"]
    found = [text.replace("\xa0", " ") for text in texts_of(drawing.svg())]
    assert name.strip() in [text.strip() for text in found]
    assert len(found) == len(texts_of(draw(usual * 2, names={}).svg()))
    assert "<script" not in drawing.svg()


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "\x00", "\x1b[31mred", "a\tb", "\u2028"])
def test_line_breaks_and_control_characters_in_a_name_are_written_out(name: str) -> None:
    y = Value(1.0, name=name) * 2
    shown = repr(name)[1:-1]
    assert shown in tree(y)
    assert len(tree(y).splitlines()) == len(tree(Value(1.0, name="x") * 2).splitlines())
    assert shown in texts_of(draw(y).svg())


@pytest.mark.parametrize("name", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_name_stays_in_its_line_of_the_tree(name: str) -> None:
    lines = tree(Value(1.0, name=name) * 2, names={}).splitlines()
    assert lines[2].startswith(f"├─ {name}")
    assert len(lines) == 5


class Stranger:
    """As a proxy that is not bound: it raises when it is asked what it is."""

    @property
    def __class__(self):  # type: ignore[no-untyped-def]
        raise RuntimeError("outside of a request")


def test_a_stranger_among_the_variables_does_no_harm() -> None:
    proxy = Stranger()
    a = Value(2.0)
    several = [proxy, a]
    assert "a" in tree(a * a)
    assert several


def test_names_of_tools_are_not_those_of_the_user() -> None:
    a = Value(1.0)
    assert names_in({"@py_assert1": a, "_private": a}) == {}
    assert names_in({"@py_assert1": a, "loss of today": a}) == {a: "loss of today"}
