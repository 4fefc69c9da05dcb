"""Expressions as text, ``(a*b + c).tanh()``: read with ``ast``, and never run as Python.

What may stand in one is a list: of kinds of syntax, of functions, of methods. All else is refused,
and its place shown. Numbers become floats before anything is computed, and the rows of the table
do the computing, so ``9**9**9**9`` is inf at once. Nothing here recurses over the text.
"""

from __future__ import annotations

import ast
import difflib
import math
import unicodedata
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from autograd.core.number_arguments import as_float
from autograd.core.table import TABLE
from autograd.core.value import Value
from autograd.errors import ArgumentError, GlassgradError, InputError
from autograd.functions.functions import FUNCTIONS, Scalar, compute
from autograd.functions.functions import pow as power

CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau}
MAX_LENGTH, MAX_NESTING = 5_000, 100

_Place = int | ast.stmt | ast.expr
_Kind = type[GlassgradError]
_METHODS = [name for name, row in TABLE.items() if row.arity == 1 and row.is_function]
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.USub: "neg",
    ast.UAdd: "",
}  # fmt: skip
_ALLOWED = (
    "allowed are numbers, variables, + - * / **, parentheses, and functions such as tanh(x), "
    "x.tanh() or sum([a, b]), and 'L =' in front of it all"
)
_TOO_DEEP = "nested too deep, or too long a chain; take it apart, or write sum([a, b, ...])"
# what people write, and what they mean by it
_SIGNS = {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "²": "**2", "³": "**3"}
_OTHER_NAMES = {"ln": "log", "π": "pi", "τ": "tau"}


def evaluate(text: str, variables: Mapping[str, Scalar]) -> Any:
    """The Value (or, without variables in it, the float) that an expression stands for.

    The expression is read as Python, but only arithmetic and this package's functions are
    allowed, and an ArgumentError shows the place of anything else. pi, e and tau are known.

    >>> from autograd import Value
    >>> a = Value(2.0)
    >>> y = evaluate("(a * -3 + 10).tanh()", {"a": a})
    >>> y.backward()
    >>> round(a.grad, 6), evaluate("1 / 0 + maximum(1, pi)", {})
    (-0.004023, inf)
    """
    return Expression(text).evaluate(variables)


class Expression:
    """An expression that was read: its ``text``, the ``output`` it names, the ``names`` it uses.

    ``output`` is the L of ``L = a*b``, or empty. ``names`` are in the order of their first use,
    pi, e and tau included.

    >>> expression = Expression("L = (a*b + c).tanh()")
    >>> expression.output, expression.names
    ('L', ('a', 'b', 'c'))
    """

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise InputError(f"expression expects text, got {type(text).__name__}; write 'a*b'")
        if not text.strip() or len(text) > MAX_LENGTH:
            what = f"expects 1 to {MAX_LENGTH:,} characters, got {len(text.strip()):,}"
            raise ArgumentError(f"expression {what}; write a*b, say; longer ones in Python")
        self.text = text.strip().replace("\r\n", "\n").replace("\r", "\n")
        self.output, self._root = self._parts(self._statements())
        self._order: list[tuple[ast.expr, list[ast.expr]]] = []
        waiting = [self._root]
        while waiting:  # each node before its operands, and the last operand first
            node = waiting.pop()
            operands = self._operands(node)
            self._order.append((node, operands))
            waiting.extend(operands)
        self._order.reverse()
        self._uses = [node for node, _ in self._order if isinstance(node, ast.Name)]
        self.names = tuple(dict.fromkeys(node.id for node in self._uses))
        if self.output in self.names:
            raise self._error(0, f"{self.output} is an operand; give the output another name")

    def evaluate(self, variables: Mapping[str, Scalar]) -> Any:
        """What it stands for, a Value or a float, where the variables have these values.

        A node that is made takes the name of the output, if the expression gives one.
        """
        known = CONSTANTS | _checked(variables)
        missing = [name for name in self.names if name not in known]
        if missing:
            place = next(name for name in self._uses if name.id == missing[0])
            raise self._error(place, _unknown(missing, known))
        results: dict[ast.expr, Any] = {}
        for node, operands in self._order:
            try:
                results[node] = _result(node, [results[x] for x in operands], known)
            except GlassgradError as error:  # the engine's own words, and the place
                raise self._error(node, str(error), type(error)) from None
            except TypeError as error:  # Python's, for too few arguments or too many
                raise self._error(node, f"{error}; a list is written [a, b]", InputError) from None
        result = results[self._root]
        if isinstance(result, list):
            what = f"one number is expected, got a list of {len(result)}; write sum(...)"
            raise self._error(self._root, what)
        if self.output and isinstance(result, Value) and result.parents and not result.name:
            result.name = self.output
        return result

    def _statements(self) -> list[ast.stmt]:
        depth = 0
        for i, character in enumerate(self.text):
            if not character.isprintable() and character not in "\t\n":
                raise self._error(i, f"a character {character!a} cannot stand here; leave it out")
            depth += (character in "([{") - (character in ")]}")
            if depth > MAX_NESTING:
                raise self._error(i, _TOO_DEEP)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # such as for "1if"; it is refused further down
                return ast.parse(self.text).body
        except SyntaxError as error:
            at = self._index(error.lineno or 1) + max(error.offset or 1, 1) - 1
            raise self._error(at, _explained(error.msg, self.text[at : at + 1])) from None
        except (RecursionError, MemoryError):
            raise self._error(0, _TOO_DEEP) from None

    def _parts(self, statements: list[ast.stmt]) -> tuple[str, ast.expr]:
        """The name of the output, and the expression itself."""
        match statements:
            case [ast.Expr(value=value)]:
                return "", value
            case [ast.Assign(targets=[ast.Name(id=name)], value=value)]:
                return name, value
            case [statement]:
                raise self._not_allowed(statement)
        raise self._error(0, f"one is expected, got {len(statements)}; write one, as in a*b + c")

    def _operands(self, node: ast.expr) -> list[ast.expr]:
        """The parts of a node that are computed before it, in order; refused if not allowed."""
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return [left, right]
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
                return [operand]
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return items
            case ast.Call(func=function, args=positional, keywords=keywords):
                names = {keyword.arg for keyword in keywords} - {None}
                if len(names) == len(keywords):  # none of them twice, and no **settings
                    return [*self._receiver(function), *positional, *[k.value for k in keywords]]
            case ast.Name():
                return []
            case ast.Constant(value=value) if type(value) in (int, float):
                return []
        raise self._not_allowed(node)

    def _receiver(self, function: ast.expr) -> list[ast.expr]:
        """The x of ``x.tanh()``, and nothing for ``tanh(x)``; refused if there is no such name."""
        match function:
            case ast.Name(id=name) if name in FUNCTIONS:
                return []
            case ast.Name(id=name):
                repair = _nearest(name, FUNCTIONS) or "; a product is written a * (b + c)"
                raise self._error(function, f"no function {_short(name)!r}{repair}")
            case ast.Attribute(value=value, attr=name) if name in _METHODS:
                return [value]
            case ast.Attribute(attr=name):
                repair = _nearest(name, _METHODS) or f"; {_ALLOWED}"
                if name in FUNCTIONS:
                    repair = f"; write {name}(...), with all operands in the parentheses"
                raise self._error(function, f"no method {_short(name)!r}{repair}")
        raise self._error(function, "only functions are called; a product is written 2 * (a + b)")

    def _not_allowed(self, node: ast.stmt | ast.expr) -> GlassgradError:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
            return self._error(node, "^ is not a power here; write **")
        piece = ast.get_source_segment(self.text, node) or ""
        return self._error(node, f"{_short(piece)!r} is not allowed; {_ALLOWED}")

    def _error(self, place: _Place, what: str, kind: _Kind = ArgumentError) -> GlassgradError:
        """An error that shows the place: an index, or where a node's own sign or name stands."""
        place = place.func if isinstance(place, ast.Call) else place
        if isinstance(place, int):
            at = place
        elif isinstance(place, ast.BinOp):
            at = self._index(place.left.end_lineno, place.left.end_col_offset)
            at += len(self.text[at:]) - len(self.text[at:].lstrip(" \t\n)"))
        elif isinstance(place, ast.Attribute):
            at = self._index(place.end_lineno, place.end_col_offset) - len(place.attr)
        else:
            at = self._index(place.lineno, place.col_offset)
        return kind(f"expression: {what}\n{_shown(self.text, at)}")

    def _index(self, line: int | None, column: int | None = 0) -> int:
        """The place of a line and a column in the text; ast counts columns in UTF-8 bytes."""
        lines = self.text.split("\n")[: line or 1]
        return len("\n".join([*lines[:-1], lines[-1].encode()[:column].decode()]))


def _checked(variables: Mapping[str, Scalar]) -> dict[str, Scalar]:
    if not isinstance(variables, Mapping):
        raise InputError(f"expression expects a mapping, got {variables!r:.60}; write {{'a': a}}")
    return {
        name: x if isinstance(x, Value) else as_float(x, f"the variable {name}")
        for name, x in variables.items()
    }


def _result(node: ast.expr, operands: list[Any], known: Mapping[str, Scalar]) -> Any:
    """What one node comes to, from what its operands came to."""
    match node:
        case ast.Name(id=name):
            return known[name]
        case ast.Constant(value=value):
            return as_float(value, "the expression")
        case ast.Call():
            return _called(node, operands)
    for x in operands:
        if isinstance(x, list):
            raise ArgumentError(f"one number is expected, got a list of {len(x)}; write sum(...)")
    match node:
        case ast.BinOp(op=ast.Pow()):
            return power(*operands)
        case ast.BinOp(op=op) | ast.UnaryOp(op=ast.USub() as op):
            return compute(TABLE[_OPERATORS[type(op)]], *operands)
    return operands[0] if isinstance(node, ast.UnaryOp) else operands


def _called(call: ast.Call, operands: list[Any]) -> Any:
    """A function's result, or a method's, with the receiver first among the operands."""
    split = len(operands) - len(call.keywords)
    positional = operands[:split]
    settings = dict(zip([str(k.arg) for k in call.keywords], operands[split:], strict=True))
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    row = TABLE.get(name)
    if row and row.settings and Value in map(type, [*positional[1:], *settings.values()]):
        raise InputError(f"{name} expects numbers as settings, got a variable; write 0.5, say")
    return FUNCTIONS[name](*positional, **settings)


def _unknown(missing: list[str], known: Iterable[str]) -> str:
    name = _short(missing[0])
    if name in FUNCTIONS:
        return f"{name} is a function; call it, as in {name}(...)"
    if name in ("math", "np", "numpy", "torch", "autograd"):
        return f"no {name} is needed; write tanh(a), without {name}"
    near = _nearest(name, [*known, *FUNCTIONS])
    values = " ".join(f"{_short(x)}={i}" for i, x in enumerate(missing[:5], start=2))
    repair = f"give {'each' if len(missing) > 1 else 'it'} a value: {values}"
    return f"no variable or function {name!r}" + (f"{near} Or {repair}" if near else f"; {repair}")


def _explained(message: str, character: str) -> str:
    """Python's own words for a mistake in syntax, with a repair where there is a better one."""
    if character in _SIGNS:
        return f"{character} is not a sign that Python knows; write {_SIGNS[character]}"
    if message.startswith("Exceeds the limit"):
        return "a number of so many digits does not fit a float64; scale it down"
    if message.startswith("cannot assign"):
        return "only a name can stand before '='; write L = a * b"
    if message.startswith("invalid decimal literal"):
        return "a product needs its sign; write 2*a"
    return f"{message[:1].lower()}{message[1:]}; write it as in Python"


def _nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean tanh?``, or nothing where no name is near."""
    listed = sorted(known, key=len)
    near = [x for x in listed if sorted(x) == sorted(name.lower())]  # tahn: tanh before tan
    near += [x for x in listed if x.startswith(name.lower()) and len(name) > 2]
    near += difflib.get_close_matches(name.lower(), listed, 1)
    found = _OTHER_NAMES.get(name) or next(iter(near), "")
    return f"; did you mean {found}?" if found else ""


def _short(text: str, limit: int = 30) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _shown(text: str, at: int) -> str:
    """The line that holds a place, and a caret under the place."""
    start = text.rfind("\n", 0, at) + 1
    before, after = text[start:at], text[at:].partition("\n")[0]
    before = before if len(before) <= 50 else "..." + before[-47:]
    line = before + (after if len(after) <= 45 else after[:42] + "...")
    width = sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in before)  # some take two
    line = "".join(c if c.isprintable() else " " for c in line)
    return f"  {line}\n  {' ' * width}^"
