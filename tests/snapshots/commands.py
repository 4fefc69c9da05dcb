"""What ``python -m autograd`` prints."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

from autograd.__main__ import main

COMMANDS = {
    "nothing": [],
    "help": ["--help"],
    "version": ["--version"],
    "readme": ["(a*b + c).tanh()", "a=2", "b=-3", "c=10"],
    "steps and rules": ["L = (w*x + b - 1)**2", "w=0.5", "x=2", "b=1e-3", "--steps", "--rules"],
    "number": ["2 * pi"],
    "named number": ["y = 2 * pi"],
    "functions": ["sigmoid(x) * sin(x) + maximum(x, sum([x, 2]))", "x=pi/4", "--top", "2"],
    "blocked": ["relu(w*x)", "w=-1", "x=3"],
    "unused": ["a*2", "a=1", "b=2"],
    "unknown": ["tahn(a)", "a=1"],
    "missing value": ["a*b", "a=1"],
    "sign": ["a × b", "a=1", "b=2"],
    "no product": ["2a", "a=1"],
    "not closed": ["(a + 2", "a=1"],
    "attribute": ["a.__class__", "a=1"],
    "lambda": ["(lambda: 1)()"],
    "module": ["math.tanh(a)", "a=1"],
    "comparison": ["a < 2", "a=1"],
    "bad number": ["a", "a=two"],
    "no equals": ["a", "b"],
    "twice": ["a", "a=1", "a=2"],
    "bad name": ["a", "1a=2"],
    "option": ["a", "a=1", "--tpo", "2"],
    "top": ["a*a", "a=1", "--top", "0"],
    "page of a number": ["2 + 3", "--html", "page.html"],
    "too many": ["tanh(a, a)", "a=1"],
    "setting": ["leaky_relu(a, slope=0.5) + a**-2 + -a", "a=-2"],
    "assignment": ["a.b = 2", "a=1"],
    "bracket": ["a[0]", "a=1"],
    "text": ["'a' * 2"],
    "constant": ["a * 10**400", "a=1"],
    "no expression": ["--steps"],
    "empty": [""],
    "no folder": ["a*2", "a=1", "--html", "nowhere/page.html"],
    "output as operand": ["a = a * 2", "a=1"],
    "list": ["[a, a]", "a=1"],
    "called number": ["2(a)", "a=1"],
    "called without": ["dot()"],
    "method": ["a.rleu()", "a=1"],
    "comment": ["a # b", "a=1"],
    "power sign": ["(a + 1)^2", "a=1"],
    "function as variable": ["tanh + a", "a=1"],
    "variable called": ["a(b+c)", "a=1", "b=2", "c=3"],
    "no method": ["a.maximum(b)", "a=1", "b=2"],
    "other name": ["ln(a) * π", "a=1"],
    "other constant": ["a * π", "a=1"],
    "assigned to an expression": ["a*2 = L", "a=1"],
    "many digits": ["a + " + "9" * 4900, "a=1"],
    "two statements": ["a + b; a", "a=1", "b=2"],
    "variable as setting": ["leaky_relu(a, slope=b)", "a=1", "b=2"],
    "keyword as name": ["a", "if=2"],
    "value with a minus": ["a*a", "a=1", "--svg", "-x.svg"],
    "many definitions": ["*".join(["tanh(a)"] * 12), "a=2", "--top", "1"],
    "no sign": ["a b", "a=1", "b=2"],
}


def texts() -> Iterator[tuple[str, str]]:
    """Exit code, output and complaints of each command."""
    for name, words in COMMANDS.items():
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(words)
        yield name, f"{code}\n{out.getvalue()}\n{err.getvalue()}"
