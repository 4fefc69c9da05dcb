"""An expression in; out come its graph, its gradients, and why they are what they are.

python -m autograd "(a*b + c).tanh()" a=2 b=-3 c=10
"""

from __future__ import annotations

import argparse
import contextlib
import keyword
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

import autograd
from autograd._util.format import GraphFormatter, factor, number, one_line, spelled
from autograd.analysis.explain import explain
from autograd.analysis.expression import ParsedExpression, evaluate
from autograd.analysis.steps import forward_steps, steps
from autograd.core.graph import topological_order
from autograd.core.value import Value
from autograd.errors import ArgumentError, GlassgradError, brief
from autograd.show.drawing import draw
from autograd.show.stepper import Stepper
from autograd.show.tree import tree

PROGRAM = "python -m autograd"
EXAMPLE = f'{PROGRAM} "(a*b + c).tanh()" a=2 b=-3 c=10'
USAGE = f"{PROGRAM} EXPRESSION [NAME=NUMBER ...] [options]"
TAKES_VALUE = ("--html", "--svg", "--top")
WHAT_FOR = "Show the graph of an expression, its gradients, and why they are what they are."
DETAILS = f"""\
examples:
  {EXAMPLE}
  {PROGRAM} "L = (w*x + b - 1)**2" w=0.5 x=2 b=1e-3 --steps --rules
  {PROGRAM} "sigmoid(x) * sin(x)" x=pi/4 --html page.html --svg graph.svg

An expression has numbers, variables, + - * / **, parentheses and autograd's functions: tanh(a),
a.tanh(), maximum(a, b), sum([a, b]). pi, e and tau are known; 'L =' in front names the output.
It is read, and never run as Python. Quote it, or the shell takes its * and ( for itself.

'{PROGRAM} doctor' tells what is installed, from where, and what of it is broken."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command on the words after its name; its exit code is 0, or 2 for a mistake."""
    try:
        return _run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        return 130
    except GlassgradError as error:
        said = "\n".join(map(one_line, str(error).split("\n")))  # of what was typed, a part of it
    except OSError as error:
        where = one_line(str(error.filename or "the output"))
        said = f"cannot write {where}: {error.strerror or error}"
    return _say(f"{PROGRAM}: {said}", code=2)


def _run(given: list[str]) -> int:
    if not given:
        return _say(f"{WHAT_FOR}\n\nusage: {USAGE}\n\n  {EXAMPLE}\n\n--help lists the options")
    # a variable of that name comes with its value: doctor doctor=2
    if given[0] == "doctor" and not any("=" in word for word in given):
        from autograd import doctor

        return _say(*doctor.run(given[1:]))
    parser = _parser()
    words = [  # a space before an expression such as -a*b, which looks like an option
        f" {x}" if x[:1] == "-" and x[:2] != "--" and x != "-h" and before not in TAKES_VALUE else x
        for before, x in zip(["", *given], given, strict=False)
    ]
    options = parser.parse_intermixed_args(words)
    if options.help or options.version:
        return _say(parser.format_help() if options.help else f"glassgrad {autograd.__version__}")
    if options.expression is None:
        raise ArgumentError(f"an expression is missing; write, say, {EXAMPLE}")
    expression = ParsedExpression(options.expression)
    variables = _variables(options.variables)
    result = expression.evaluate(variables)
    unused = [name for name in variables if name not in expression.names]
    if unused:
        _say(f"note: not in the expression: {', '.join(unused)}", code=2)
    if not isinstance(result, Value):
        if options.html or options.svg or options.steps:
            raise ArgumentError("a number alone has no graph; make it a variable, such as a=2")
        return _say(f"{expression.output} = {result!r}" if expression.output else repr(result))
    if result.parents and not result.name:
        taken = {*variables, *expression.names}
        result.name = next((name for name in ("L", "y", "out") if name not in taken), "")
    return _show(result, [x for x in variables.values() if x.name not in unused], options)


def _show(output: Value, variables: list[Value], options: argparse.Namespace) -> int:
    output.backward()
    order = topological_order(output)
    formatter = GraphFormatter(order, {})
    # one numbering for all that is shown; each part would count its own nodes
    names = {formatter.name(node): node for node in order if node.op != "constant"}
    # files before text: `| head` ends the program at the text
    written = [Stepper(output, names=names).to_html(options.html)] if options.html else []
    written += [draw(output, names=names).save(options.svg)] if options.svg else []
    numbered = [node for node in order if node.parents and not node.name]
    formulas = [formatter.definition(node) for node in numbered[:20]]
    if rest := len(numbered[20:]):
        formulas += [f"... and {rest:,} more, which --steps shows"]
    where = "\nwhere " + "\n      ".join(formulas) if formulas else ""
    blocks = [f"{tree(output, names=names)}{where}"]
    if options.steps:
        blocks += ["\n".join(_forward(output, formatter)), "\n".join(_backward(output, formatter))]
    gradients = [f"{formatter.derivative(output, x)} = {number(x.grad)}" for x in variables]
    blocks.append("\n".join(["Gradients", *gradients]))
    why = [explain(output, x, top=options.top, names=names) for x in variables]
    blocks.append("Why\n" + "\n\n".join([x.text(rules=options.rules) for x in why]))
    if written:
        blocks.append(f"Wrote {', '.join(map(str, written))}")
    return _say("\n\n".join(blocks))


def _forward(output: Value, formatter: GraphFormatter) -> Iterator[str]:
    yield "Forward"
    for i, step in enumerate(forward_steps(output, names={}), start=1):
        yield f"{i:3}. {formatter.definition(step.node)} = {step.formula} = {number(step.data)}"


def _backward(output: Value, formatter: GraphFormatter) -> Iterator[str]:
    yield "Backward, along each edge: upstream x local = contribution, and the total so far"
    for i, step in enumerate(steps(output, names={}), start=1):
        edge = f"{formatter.name(step.node)} -> {formatter.name(step.parent)}"
        product = f"{number(step.upstream)} x {factor(step.local)} = {number(step.contribution)}"
        yield f"{i:3}. {edge}: {product}, total {number(step.total)}"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:  # like all other errors, with no exit of its own
        raise ArgumentError(f"{one_line(message)[:200]}; see --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM, usage=USAGE, description=WHAT_FOR, epilog=DETAILS, add_help=False,
        allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("expression", nargs="?", metavar="EXPRESSION", help="such as (a*b + c).tanh()")
    values = "the value of each variable: a=2 b=-3 c=1e-3 x=pi/4"
    add("variables", nargs="*", metavar="NAME=NUMBER", help=values)
    add("--html", metavar="FILE", help="write a page that steps through both passes")
    add("--svg", metavar="FILE", help="write a picture: .svg, .png, .pdf or .dot by its ending")
    add("--top", metavar="N", type=_top, default=10, help="explain by the N largest paths (10)")
    add("--steps", action="store_true", help="print each step of both passes")
    add("--rules", action="store_true", help="say why the local derivatives are what they are")
    add("--version", action="store_true", help="print the version")
    add("-h", "--help", action="store_true", help="print this help")
    return parser


def _top(text: str) -> int:
    if text.isdecimal() and int(text[:9]) > 0:
        return int(text[:9])  # a billion paths are as good as all
    raise argparse.ArgumentTypeError(f"expects a whole number from 1 on, got {text!r}")


def _variables(given: Iterable[str]) -> dict[str, Value]:
    """The Values, by name, that words such as a=2 give."""
    variables: dict[str, Value] = {}
    for word in given:
        written, equals, text = word.partition("=")
        name = unicodedata.normalize("NFKC", written.strip())  # as Python reads names
        if not equals:
            what = f"NAME=NUMBER is expected after the expression, got {brief(word)}"
            raise ArgumentError(f"{what}; write a=2, and put the expression in quotes")
        if not name.isidentifier() or keyword.iskeyword(name):
            repair = "write one such as w1=2"
            raise ArgumentError(f"{brief(word)}: {brief(name)} cannot be a name; {repair}")
        if name in variables:
            raise ArgumentError(f"{brief(word)}: {name[:60]} is given twice; give it once")
        variables[name] = Value(_number(word, text), name=name)
    return variables


def _number(word: str, text: str) -> float:
    with contextlib.suppress(ValueError):
        return float(text)  # inf and nan are numbers, too
    with contextlib.suppress(GlassgradError):
        return float(evaluate(f"({text})", {}))  # in parentheses, where no '=' can stand
    what = f"{brief(word)} expects a number, got {brief(text)}"
    raise ArgumentError(f"{what}; write 2, -3, 1e-3 or pi/4")


def _say(text: str, code: int = 0) -> int:
    """Print a text, a complaint if ``code`` is 2, and return ``code``."""
    stream = sys.stderr if code == 2 else sys.stdout
    if stream is None:  # closed from the start: nobody wants to read it
        return code
    try:
        print(spelled(text, stream.encoding), file=stream)
        stream.flush()
    except OSError as error:
        # what is left in the buffer would fail again when Python ends, and be complained of
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if isinstance(error, BrokenPipeError):
            return 141  # as a program that SIGPIPE ended: the reader has seen enough
        raise
    return code


if __name__ == "__main__":
    raise SystemExit(main())
