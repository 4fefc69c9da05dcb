"""Expressions as text, ``(a*b + c).tanh()``: read with ``ast``, and never run as Python.

What may stand in one is a list: of kinds of syntax, of functions, of methods. All else is refused,
and its place shown. Numbers become floats before anything is computed, and the rows of the table
do the computing, so ``9**9**9**9`` is inf at once. Nothing here recurses over the text.
"""

from __future__ import annotations

import ast
import difflib
import math
import re
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from autograd._util.format import one_line
from autograd.core.number_arguments import as_float
from autograd.core.table import TABLE
from autograd.core.value import Value, compute
from autograd.errors import ArgumentError, GlassgradError, InputError, brief
from autograd.functions.functions import FUNCTIONS, Scalar
from autograd.functions.functions import pow as power

CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau}
MAX_LENGTH = 5_000

_Place = int | ast.expr | ast.stmt
_OF_A_LIST = ("sum", "mean", "prod", "logsumexp", "softmax", "log_softmax")
_METHODS = [name for name, row in TABLE.items() if row.arity == 1 and row.is_function]
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: partial(compute, TABLE["+"]),
    ast.Sub: partial(compute, TABLE["-"]),
    ast.Mult: partial(compute, TABLE["*"]),
    ast.Div: partial(compute, TABLE["/"]),
    ast.Pow: power,
    ast.USub: partial(compute, TABLE["neg"]),
    ast.UAdd: lambda x: x,
}
_ALLOWED = (
    "allowed are numbers, variables, + - * / **, parentheses, and functions such as tanh(x), "
    "x.tanh() or sum([a, b]), and 'L =' in front of it all"
)
_SIGNS = {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "²": "**2", "³": "**3"}
_OTHER_NAMES = {"ln": "log", "π": "pi", "τ": "tau"}


def evaluate(text: str, variables: Mapping[str, Scalar]) -> Any:
    """The Value (or, without variables in it, the float) that an expression stands for.

    >>> evaluate("1 / 0 + maximum(1, a)", {"a": 2.0})
    inf
    """
    return ParsedExpression(text).evaluate(variables)


class ParsedExpression:
    """An expression that was read; an ArgumentError shows the place of what is not allowed.

    ``output`` is the L of ``L = a*b``, or "". ``names`` are in the order of their first use, pi, e
    and tau included. ``text`` is the expression on one line.
    """

    def __init__(self, text: str) -> None:
        self._source = "\n".join(" ".join(x.split()) for x in text.splitlines() if x.strip())
        self.text = self._source.replace("\n", " ")
        if not 1 <= len(self.text) <= MAX_LENGTH:
            what = f"expression expects 1 to {MAX_LENGTH:,} characters, got {len(self.text):,}"
            raise ArgumentError(f"{what}; write a*b, say; longer ones in Python")
        self.output, self._root = self._parsed()
        self._steps: dict[ast.expr, tuple[list[ast.expr], Callable[..., Any]]] = {}
        nodes = [self._root]
        for node in nodes:  # the list grows: each node is followed by its operands
            if not isinstance(node, ast.Name):
                self._steps[node] = self._step(node)
                nodes.extend(self._steps[node][0])
        uses = (node for node in nodes if isinstance(node, ast.Name))
        self._uses = sorted(uses, key=lambda use: use.col_offset)
        self.names = tuple(dict.fromkeys(use.id for use in self._uses))
        if self.output in self.names:
            raise self._error(0, "the output is an operand, too; give it another name")

    def evaluate(self, variables: Mapping[str, Scalar]) -> Any:
        """The Value or float where the variables are these; a new node is named ``output``."""
        known: dict[str, Any] = dict(CONSTANTS)
        for name, x in variables.items():
            known[name] = x if isinstance(x, Value) else as_float(x, f"the variable {name}")
        missing = [use for use in self._uses if use.id not in known]
        missing.sort(key=lambda use: use.id not in FUNCTIONS)  # these need no value, but brackets
        if missing:
            raise self._error(missing[0], _unknown(list(dict.fromkeys(x.id for x in missing))))
        results: dict[ast.expr, Any] = {use: known[use.id] for use in self._uses}
        for node, (operands, function) in reversed(self._steps.items()):
            try:
                results[node] = function(*[results[x] for x in operands])
            except GlassgradError as error:  # the engine's own words, and the place
                raise self._error(node, str(error), type(error)) from None
            except TypeError as error:  # Python's, for too few arguments or too many
                raise self._error(node, f"{error}; a list is written [a, b]", InputError) from None
        result = results[self._root]
        if isinstance(result, list):
            raise self._error(self._root, "one number is expected, got a list; write sum(...)")
        if self.output and isinstance(result, Value) and result.parents and not result.name:
            result.name = self.output
        return result

    def _parsed(self) -> tuple[str, ast.expr]:
        """The name of the output, or "", and the expression itself."""
        for i, character in enumerate(self.text):
            if not character.isprintable() or character == "#":
                raise self._error(i, f"a character {character!a} cannot stand here; leave it out")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # such as for "1if"; it is refused further down
                statements = ast.parse(self._source).body
        except SyntaxError as error:
            at = self._index(error.lineno or 1, 0) + max(error.offset or 1, 1) - 1
            raise self._error(at, _explained(error.msg, self.text, self.text[at:])) from None
        except (RecursionError, MemoryError):
            raise self._error(0, "nested too deep; take it apart, or write sum([a, b])") from None
        match statements:
            case [ast.Expr(value=value)]:
                return "", value
            case [ast.Assign(targets=[ast.Name(id=name)], value=value)]:
                return name, value
            case [_, second, *_]:
                raise self._error(second, "a second statement; write one, as in a*b + c")
        raise self._not_allowed(statements[-1])

    def _step(self, node: ast.expr) -> tuple[list[ast.expr], Callable[..., Any]]:
        """A node's operands, in order, and what computes it from them; refused if not allowed."""
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return [left, right], _OPERATORS[type(op)]
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
                return [operand], _OPERATORS[type(op)]
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return items, lambda *results: list(results)
            case ast.Constant(value=value) if type(value) in (int, float):
                return [], partial(as_float, value, "the expression")
            case ast.Call(func=function, args=positional, keywords=keywords):
                settings = {str(keyword.arg): keyword.value for keyword in keywords}
                if "None" not in settings and len(settings) == len(keywords):  # no **x, none twice
                    receiver, name = self._called(function)
                    operands = [*receiver, *positional, *settings.values()]
                    return operands, partial(_call, name, list(settings))
        raise self._not_allowed(node)

    def _called(self, function: ast.expr) -> tuple[list[ast.expr], str]:
        """The x of ``x.tanh()``, nothing for ``tanh(x)``, and the name; refused if unknown."""
        match function:
            case ast.Name(id=name):
                kind, receiver, known = "function", [], [*FUNCTIONS]
            case ast.Attribute(value=value, attr=name):
                kind, receiver, known = "method", [value], _METHODS
            case _:
                repair = "a product is written 2 * (a + b)"
                raise self._error(function, f"only functions are called; {repair}")
        if name not in known:
            repair = _nearest(name, known)
            if not repair and kind == "function":
                repair = f"a product needs its sign: write {name[:30]}*(...)"
            elif name in FUNCTIONS:
                repair = f"write {name}({'[a, ...]' if name in _OF_A_LIST else 'a, ...'})"
            raise self._error(function, f"no {kind} {brief(name, 30)}; {repair or _ALLOWED}")
        return receiver, name

    def _not_allowed(self, node: ast.expr | ast.stmt) -> Exception:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
            return self._error(node, "^ is no power here; write **")
        piece = ast.get_source_segment(self._source, node) or ""
        return self._error(node, f"{brief(piece, 30)} is not allowed; {_ALLOWED}")

    def _error(self, place: _Place, what: str, kind: type[Exception] = ArgumentError) -> Exception:
        """An error that shows the place: an index, a node's start, a method's name, a sign."""
        node = place.func if isinstance(place, ast.Call) else place
        if isinstance(node, ast.Attribute):
            at = self._index(node.end_lineno, node.end_col_offset) - len(node.attr)
        elif isinstance(node, ast.BinOp):
            at = self._index(node.left.end_lineno, node.left.end_col_offset)
            at += len(self.text[at:]) - len(self.text[at:].lstrip(") \\"))
        else:
            at = node if isinstance(node, int) else self._index(node.lineno, node.col_offset)
        before, after = self.text[max(at - 50, 0) : at], one_line(self.text[at : at + 45])
        return kind(f"expression: {what}\n  {before}{after}\n  {' ' * len(before)}^")

    def _index(self, line: int | None, column: int | None) -> int:
        """The place in the text of a line and, as ast counts it in bytes, a column."""
        lines = self._source.split("\n")[:line]
        return len("\n".join([*lines[:-1], lines[-1].encode()[:column].decode()]))


def _call(name: str, settings: list[str], *operands: Any) -> Any:
    """A function's result; its settings are the last of the operands."""
    split = len(operands) - len(settings)
    row = TABLE.get(name)
    if row and row.settings and any(isinstance(x, Value) for x in operands[row.arity :]):
        raise InputError(f"{name}: {'/'.join(row.settings)} is a number, not a variable; write 0.5")
    return FUNCTIONS[name](*operands[:split], **dict(zip(settings, operands[split:], strict=True)))


def _unknown(names: list[str]) -> str:
    if names[0] in ("math", "np", "numpy", "torch", "autograd"):
        return f"no {names[0]} is needed; write tanh(a), without {names[0]}"
    if names[0] in FUNCTIONS:
        return f"{names[0]} is a function; call it, as in {names[0]}(...)"
    near = _nearest(names[0], [*CONSTANTS, *FUNCTIONS])
    values = " ".join(f"{name[:30]}={i}" for i, name in enumerate(names[:5], start=2))
    repair = f"{near and near + ' Or '}give it a value: {values}"
    return f"no variable or function {brief(names[0], 30)}; {repair}"


def _explained(message: str, text: str, rest: str) -> str:
    """Python's own words for a mistake in syntax, or a better repair by what stands there."""
    if rest[:1] in _SIGNS:
        return f"{rest[0]} is not a sign that Python knows; write {_SIGNS[rest[0]]}"
    if rest[:1].isdecimal() and rest[1:2].isidentifier():
        return "a product needs its sign; write 2*a"
    if re.search(r"\d{600}", text):  # Python reads no int of thousands of digits
        return "a number of so many digits fits no float64; write it as 1e300, say"
    left, equals, _ = re.sub("[=<>!:]=| ", "", text).partition("=")
    if equals and left.count("(") <= left.count(")") and not left.isidentifier():
        return "only a name can stand before '='; write L = a*b"
    first = re.split("[.,;] ", message)[0]  # what follows is a guess: '==', say
    return f"{first[:1].lower()}{first[1:]}; write it as in Python"


def _nearest(name: str, known: list[str]) -> str:
    """``did you mean ...?``: tanh for tahn, not tan; maximum for max, not softmax; "" for none."""
    name = _OTHER_NAMES.get(name, name)
    near = [x for x in known if sorted(x) == sorted(name) or (name[2:] and x.startswith(name))]
    near += difflib.get_close_matches(name.lower(), known, 1)
    return f"did you mean {near[0]}?" if near else ""
