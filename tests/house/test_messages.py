"""Every message of an error or a warning is in some test, or in a docstring's traceback.

A message is what stands in its exception's call, without what is filled in. It is in a test if one
string there shares fourteen letters with it in a row, or as many in several places, some of which
are in no other message, or which are of two of its parts. What is put together elsewhere is not
seen.
"""

from __future__ import annotations

import ast
import doctest
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house.sources import ROOT, docstrings, parsed, short, sources

_LETTERS = 10
# an AssertionError is a fault of the package's own, and no message to anybody
_EXCEPTION = re.compile(r"(?!Assertion)\w*(Error|Warning)")


# Messages whose tests put them together out of a common start and a row of a table, so that no
# string has much of them; and two of fetch.py that are caught, and said again by another.
PUT_TOGETHER = [
    ("autograd/show/stepper.py", "expects a whole number, got"),
    ("autograd/show/widget.py", "needs anywidget; run: pip"),
    ("nn/data/fetch.py", "instead of the one from byte"),
    ("nn/data/fetch.py", "no more bytes, though some are missing"),
    ("nn/data/idx.py", "read_idx expects 1 to "),
    ("nn/habits.py", "nn has no "),
    ("nn/layers.py", "pass one number per input"),
    ("nn/module.py", ", got a ... that is not: "),
    ("nn/optim/settings.py", "expects a finite number above 0, got"),
    ("nn/optim/settings.py", "expects two numbers of at least 0"),
    ("nn/optim/state.py", "expects an array of numbers as"),
    ("nn/plots/curves.py", "max_weights expects sizes"),
    ("nn/plots/flow.py", "gradient_flow expects what among"),
    ("nn/plots/losses.py", "loss_functions expects names among"),
]


@dataclass(frozen=True)
class Message:
    """The parts of a message that stay the same, and where it is."""

    place: str
    parts: tuple[str, ...]


def test_every_message_is_in_a_test() -> None:
    messages = [m for path in sources("autograd", "nn") for m in messages_of(path)]
    assert len(messages) > 300
    for place, phrase in PUT_TOGETHER:
        listed = [
            m for m in messages if m.place.startswith(place) and phrase in "...".join(m.parts)
        ]
        assert listed, f"{place} has no message {phrase!r} any more: take it out of PUT_TOGETHER"
        messages = [m for m in messages if m not in listed]
    untested = [
        f"no test has the message of {message.place}: {'...'.join(message.parts)}"
        for message in not_in(strings_of_tests(), messages)
    ]
    assert not untested, "\n".join(["", *untested])


def not_in(strings: Iterable[str], messages: list[Message]) -> list[Message]:
    """The messages that none of the strings has."""
    having: dict[str, list[int]] = {}
    for number, message in enumerate(messages):
        for run in set(runs(message.parts)):
            having.setdefault(run, []).append(number)
    found = {number for number, message in enumerate(messages) if not _least(message, having)}
    for text in strings:
        shared = set(runs([plain(text)])) & having.keys()
        own = Counter(having[run][0] for run in shared if len(having[run]) == 1)
        for number, count in Counter(n for run in shared for n in having[run]).items():
            message = messages[number]
            parts = sum(not shared.isdisjoint(runs([part])) for part in message.parts)
            # three: one or two are chance, as where one name ends as another does
            is_told = own[number] > 2 or parts > 1 or not _has_own(message, having)
            if is_told and count >= _least(message, having):
                found.add(number)
    return [message for number, message in enumerate(messages) if number not in found]


def _least(message: Message, having: dict[str, list[int]]) -> int:
    """How many runs of it a string has to have: five, as fourteen letters in a row are."""
    return min(5, len(set(runs(message.parts)) & having.keys()))


def _has_own(message: Message, having: dict[str, list[int]]) -> bool:
    return any(len(having[run]) == 1 for run in runs(message.parts))


def test_a_message_that_no_test_has_is_found() -> None:
    tree = ast.parse("raise ArgumentError(f'nobody expects {what}, and no' f' test, {either}')")
    (call,) = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found = module_paths_of(call.args[0], {})
    assert found == ["nobody expects ", ", and no test, "]
    message = Message("here", tuple(found))
    assert not_in(["nobody expects this"], [message]) == []
    assert not_in(["nobody exp", "and no test"], [message]) == [message]
    other = Message("there", ("somebody expects ", ", and no test, "))
    assert not_in(["body expects"], [message, other]) == [message, other]
    assert strings_in('match=rf"one "\n    r"two" + f("three")') == ["one two", "three"]


def messages_of(path: Path) -> Iterator[Message]:
    """The messages of all exceptions that a file makes."""
    whole = parsed(path)
    for scope in [whole, *(n for n in ast.walk(whole) if isinstance(n, ast.FunctionDef))]:
        nodes = list(own_nodes(scope))
        calls = [n for n in nodes if isinstance(n, ast.Call) and _EXCEPTION.fullmatch(called(n))]
        texts = variables(nodes) if calls else {}
        for call in calls:
            parts = [plain(part) for a in call.args for part in module_paths_of(a, texts)]
            yield Message(f"{short(path)}:{call.lineno}", tuple(parts))


def called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, and in no function within it."""
    left = list(ast.iter_child_nodes(scope))
    while left:
        node = left.pop()
        if not isinstance(node, ast.FunctionDef):
            yield node
            left.extend(ast.iter_child_nodes(node))


def variables(nodes: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    """What is assigned to each name."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def module_paths_of(node: ast.expr, texts: dict[str, list[ast.expr]]) -> list[str]:
    """The runs of text in an expression, as they come out in a message, gaps between them."""

    def run(node: ast.AST) -> Iterator[str | None]:
        if isinstance(node, ast.Constant):
            yield node.value if isinstance(node.value, str) else None
        elif isinstance(node, ast.Name):
            for value in texts.get(node.id, []):
                yield None
                yield from module_paths_of(value, {})
            yield None
        else:
            is_text = isinstance(node, ast.JoinedStr)
            is_text |= isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)
            for child in ast.iter_child_nodes(node):
                if not is_text or isinstance(child, ast.FormattedValue):
                    yield None
                yield from run(child)
            if not is_text:
                yield None

    found = [""]
    for piece in run(node):
        if piece is None:
            found.append("")
        else:
            found[-1] += piece
    return [part for part in found if part]


def strings_of_tests() -> Iterator[str]:
    """All strings of tests, and all prose in which a traceback may stand."""
    for path in sources("tests"):
        yield from strings_in(path.read_text(encoding="utf-8"))
    for path in sources("autograd", "nn"):
        yield from (text for text in docstrings(path) if "Traceback" in text)
    for path in [ROOT / "README.md", *sorted((ROOT / "demos/lessons").glob("*.md"))]:
        examples = doctest.DocTestParser().get_examples(path.read_text(encoding="utf-8"))
        yield from (example.want for example in examples)


def strings_in(code: str) -> list[str]:
    """The strings of a file, those that stand side by side as one; by their marks, not parsed."""
    together = re.sub(r'"\s*\n\s*[rf]{0,2}"', "", code)
    found = re.finditer(r"""(["'])((?:(?!\1)[^\\\n]|\\.)*)\1""", together)
    return [string[2] for string in found]


def plain(text: str) -> str:
    """Without a pattern's backslashes, and with single spaces."""
    return re.sub(r"\s+", " ", text.replace("\\", ""))


def runs(texts: Iterable[str]) -> Iterator[str]:
    """Every run of ten letters that is more than a name, such as that of a function."""
    for text in texts:
        for i in range(len(text) - _LETTERS + 1):
            run = text[i : i + _LETTERS]
            if " " in run[1:-1]:
                yield run
