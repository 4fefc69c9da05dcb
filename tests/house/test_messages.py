"""Every message of an error or a warning is in the snapshot, or else in some test.

A message is what stands in its exception's call, without what is filled in; what is put together
elsewhere is not seen. Those of ``autograd`` are in ``tests/snapshots/texts.json`` as a whole, or
listed here with the reason. Those, and all of ``nn``, are in a test or in a docstring's traceback:
one string there shares fourteen letters with the message in a row, or as many in several places,
some of which are in no other message, or which are of two of its parts.
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
from tests.snapshots.texts import kept

_LETTERS = 10
# an AssertionError is a fault of the package's own, and no message to anybody
_EXCEPTION = re.compile(r"(?!Assertion)\w*(Error|Warning)")


# What no plain call is told, so that it is not in the snapshot; a test has its words.
_OTHER_PROCESS = "it is about a program that is not there, or that fails"
NOT_IN_THE_SNAPSHOT = [
    ("autograd/__init__.py", "is installed in the same place", "a file lies where none should"),
    ("autograd/_util/files.py", "not a file but a device", "a device has a name on each system"),
    ("autograd/_util/files.py", "choose another place", "a disk fails"),
    ("autograd/show/graphviz.py", "drawing needs Graphviz", _OTHER_PROCESS),
    ("autograd/show/graphviz.py", "writes svg and png, but no pdf", _OTHER_PROCESS),
    ("autograd/show/graphviz.py", "was stopped after", _OTHER_PROCESS),
    ("autograd/show/graphviz.py", "could not be run", _OTHER_PROCESS),
    ("autograd/show/graphviz.py", "could not draw this graph", _OTHER_PROCESS),
    ("autograd/show/widget.py", "needs anywidget; run: pip", "anywidget is not installed"),
    ("autograd/show/widget.py", "the stepper's position", "anywidget is installed"),
]
# Messages whose tests put them together out of a common start and a row of a table, so that no
# string has much of them; and two of fetch.py that are caught, and said again by another.
PUT_TOGETHER = [
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
    """The parts of a message that stay the same, where it is, and a pattern of its whole text."""

    place: str
    parts: tuple[str, ...]
    pattern: str = ""

    def fits(self, text: str) -> bool:
        return re.search(self.pattern, text, re.DOTALL) is not None

    def __str__(self) -> str:
        return f"{self.place}: {'...'.join(self.parts)}"


def test_every_message_of_autograd_is_in_the_snapshot_or_listed_with_the_reason() -> None:
    messages = [m for path in sources("autograd") for m in messages_of(path)]
    assert len(messages) > 120
    missing = not_among(texts_of_the_snapshot(), messages)
    for place, phrase, _ in NOT_IN_THE_SNAPSHOT:
        excused = listed(missing, place, phrase)
        assert excused, f"{place}: {phrase!r} is gone or in the snapshot; take it out of the list"
        missing = [m for m in missing if m not in excused]
    assert not missing, "\n".join(["", *[f"no text has the message of {m}" for m in missing]])


def test_every_other_message_is_in_a_test() -> None:
    every = [m for path in sources("autograd", "nn") for m in messages_of(path)]
    messages = [m for m in every if m.place.startswith("nn/")]
    assert len(messages) > 200
    for place, phrase, _ in NOT_IN_THE_SNAPSHOT:
        messages += listed(every, place, phrase)
    for place, phrase in PUT_TOGETHER:
        found = listed(messages, place, phrase)
        assert found, f"{place} has no message {phrase!r} any more: take it out of PUT_TOGETHER"
        messages = [m for m in messages if m not in found]
    untested = [m for m in not_in(strings_of_tests(), every) if m in messages]
    assert not untested, "\n".join(["", *[f"no test has the message of {m}" for m in untested]])


def listed(messages: list[Message], place: str, phrase: str) -> list[Message]:
    """The messages of a file that have a phrase."""
    return [m for m in messages if m.place.startswith(place) and phrase in "...".join(m.parts)]


def not_among(texts: Iterable[str], messages: list[Message]) -> list[Message]:
    """The messages that no text is; where several fit one, it is the one with the most letters."""
    letters = {m: len(re.sub(r"\.\*|\(\?:|[|)\\]", "", m.pattern)) for m in messages if m.parts}
    found: set[Message] = set()
    for text in texts:
        fitting = [m for m, n in letters.items() if n >= _LETTERS and m.fits(text)]
        most = max([letters[m] for m in fitting], default=0)
        found |= {m for m in fitting if letters[m] == most}
    return [m for m in letters if m not in found]


def texts_of_the_snapshot() -> list[str]:
    """What wrong calls and commands are told."""
    return [text for name, text in kept().items() if name.startswith(("messages/", "commands/"))]


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


def test_a_message_that_nobody_has_is_found() -> None:
    (message,) = messages_in("raise ArgumentError(f'nobody expects {what}, and no' f' test, {x}')")
    assert message.parts == ("nobody expects ", ", and no test, ")
    assert not_in(["nobody expects this"], [message]) == []
    assert not_in(["nobody exp", "and no test"], [message]) == [message]
    other = Message("there", ("somebody expects ", ", and no test, "))
    assert not_in(["body expects"], [message, other]) == [message, other]
    assert strings_in('match=rf"one "\n    r"two" + f("three")') == ["one two", "three"]


def test_a_message_is_among_the_texts_as_a_whole_and_with_what_is_filled_in() -> None:
    (message,) = messages_in(
        "what = 'text' if t else f'{kind}s'\nraise InputError(f'x expects {what}, got {x!r}; y')"
    )
    assert not_among(["InputError: x expects text, got 3; y"], [message]) == []
    assert not_among(["InputError: x expects lists, got \n3; y"], [message]) == []
    for other in ("x expects text, got 3", "x expects text", "x expects a list, got 3; y", "text"):
        assert not_among([other], [message]) == [message]
    less = "raise AError(f'{x} expects text, got {y}')"
    few, more = messages_in(f"{less}\n{less[:-2]}; cut it')")
    assert not_among(["1 expects text, got 2; cut it"], [few, more]) == [few]
    assert not_among(["1 expects text, got 2; cut it", "1 expects text, got 2"], [few, more]) == []
    (joined,) = messages_in("raise AError(f'{x}; {y}')")  # nearly every text would be one
    assert not_among(["1 expects text, got 2; cut it"], [joined]) == [joined]


def messages_of(path: Path) -> Iterator[Message]:
    """The messages of all exceptions that a file makes."""
    return _messages(parsed(path), short(path))


def messages_in(code: str) -> list[Message]:
    return list(_messages(ast.parse(code), "here"))


def _messages(whole: ast.Module, place: str) -> Iterator[Message]:
    for scope in [whole, *(n for n in ast.walk(whole) if isinstance(n, ast.FunctionDef))]:
        nodes = list(own_nodes(scope))
        calls = [n for n in nodes if isinstance(n, ast.Call) and _EXCEPTION.fullmatch(called(n))]
        texts = variables(whole.body) | variables(nodes) if calls else {}
        for call in sorted(calls, key=lambda call: call.lineno):
            parts = [plain(part) for a in call.args for part in parts_of(a, texts)]
            pattern = ".*".join([pattern_of(a, texts) for a in call.args])
            yield Message(f"{place}:{call.lineno}", tuple(parts), pattern.removeprefix(".*"))


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


def pattern_of(node: ast.AST, texts: dict[str, list[ast.expr]]) -> str:
    """A pattern of all texts that an expression may give."""
    match node:
        case ast.Constant(value=str(text)):
            return re.escape(text)
        case ast.JoinedStr(values=pieces):
            return "".join([pattern_of(piece, texts) for piece in pieces])
        case ast.FormattedValue(value=value, conversion=-1):
            return pattern_of(value, texts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return pattern_of(left, texts) + pattern_of(right, texts)
        case ast.IfExp(body=body, orelse=other):
            return f"(?:{pattern_of(body, texts)}|{pattern_of(other, texts)})"
        case ast.Name(id=name) if name in texts:
            return f"(?:{'|'.join([pattern_of(value, {}) for value in texts[name]])})"
    return ".*"


def parts_of(node: ast.expr, texts: dict[str, list[ast.expr]]) -> list[str]:
    """The runs of text in an expression, as they come out in a message, gaps between them."""

    def run(node: ast.AST) -> Iterator[str | None]:
        if isinstance(node, ast.Constant):
            yield node.value if isinstance(node.value, str) else None
        elif isinstance(node, ast.Name):
            for value in texts.get(node.id, []):
                yield None
                yield from parts_of(value, {})
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
        if short(path) == "tests/house/test_messages.py":  # what is listed here is not tested here
            continue
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
