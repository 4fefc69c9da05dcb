"""Passes over a tape, each from Tape to Tape: fewer lines, and the same numbers.

They look at one line and its operands at a time, and know nothing of layers or matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd.compiler.ir.fused import CROSS_ENTROPY, sum_of_products
from autograd.compiler.ir.tape import LEAVES, Tape
from autograd.core.evaluate import evaluate
from autograd.core.operation import CONSTANT, Operation
from autograd.core.table import TABLE

ScalarPass = Callable[[Tape], Tape]

_NOWHERE = -1  # the new place of a line that is left out, which no line reads


def constant_folding(tape: Tape) -> Tape:
    """Compute what depends on constants alone."""
    rows, operands = tape.rows, tape.operands
    constant = [row is CONSTANT for row in rows]
    if not any(
        listed and constant[listed[0]] and all(constant[i] for i in listed) for listed in operands
    ):
        return tape
    folded, moved = tape.like(), list[int]()
    known: dict[int, float] = {}
    for place, row in enumerate(rows):
        if row not in LEAVES and all(moved[i] in known for i in operands[place]):
            value = evaluate(row, [known[moved[i]] for i in operands[place]])[0]
            new = folded.leaf(CONSTANT, value)
            known[new] = value
        else:
            new = folded.copy_line(tape, place, moved)
            if row is CONSTANT:
                known[new] = tape.numbers[place]
        moved.append(new)
    folded.outputs = tuple(moved[i] for i in tape.outputs)
    return folded


_COMMUTE = (TABLE["+"], TABLE["*"])


def common_subexpressions(tape: Tape) -> Tape:
    """Compute once what is written twice; a*b and b*a are the same."""
    start, seen = _up_to_first_repeated(tape)
    if start == len(tape.rows):
        return tape
    merged, moved = tape.beginning(start), list(range(start))
    for place in range(start, len(tape.rows)):
        row, operands = tape.rows[place], tuple([moved[i] for i in tape.operands[place]])
        alike = seen.setdefault(row, {})
        key = _key(row, operands) if operands else _bits(tape.numbers[place])
        new = alike.get(key)
        if new is None:
            new = alike[key] = merged.append(row, operands)
            if not operands:
                merged.numbers[new] = tape.numbers[place]
        moved.append(new)
    merged.outputs = tuple(moved[i] for i in tape.outputs)
    return merged


def _up_to_first_repeated(tape: Tape) -> tuple[int, dict[Operation, dict[object, int]]]:
    """The place of the first line that stood there before, and those up to it, by operation."""
    seen: dict[Operation, dict[object, int]] = {}
    previous, alike = None, dict[object, int]()
    for place, (row, operands) in enumerate(zip(tape.rows, tape.operands, strict=True)):
        if row is not previous:
            previous, alike = row, seen.setdefault(row, {})
        key: object
        if operands:
            # in this order most of them are, and a call for each would take as long as the rest
            key = operands if operands[0] < operands[-1] else _key(row, operands)
        else:
            key = _bits(tape.numbers[place])
        if alike.setdefault(key, place) != place:
            return place, seen
    return len(tape.rows), seen


def _key(row: Operation, operands: tuple[int, ...]) -> tuple[int, ...]:
    return operands[::-1] if row in _COMMUTE and operands[0] > operands[1] else operands


def _bits(number: float) -> float | str:
    """A number to tell from all others: 0.0 is not -0.0, and nan is one."""
    return number if number and number == number else str(number)


def dead_code(tape: Tape, start: int = 0) -> Tape:
    """Leave out what no result depends on; lines before ``start`` stay."""
    needed = bytearray(len(tape.rows))
    needed[:start] = b"\1" * start
    for place in tape.outputs:
        needed[place] = True
    operands = tape.operands
    for place in reversed(range(start, len(tape.rows))):
        if needed[place]:
            for i in operands[place]:
                needed[i] = True
    if all(needed):
        return tape
    return _selected(tape, needed)


def _selected(tape: Tape, needed: bytearray) -> Tape:
    start = needed.index(0)
    result, moved = tape.beginning(start), list(range(start))
    for place in range(start, len(tape.rows)):
        moved.append(result.copy_line(tape, place, moved) if needed[place] else _NOWHERE)
    result.outputs = tuple(moved[i] for i in tape.outputs)
    return result


def sums_of_products(tape: Tape) -> Tape:
    """Make one line of a tree of additions, and of the products that it alone uses.

    ``b + w1*x1 + w2*x2`` is two products and two sums; it becomes one sum of two products and a
    term. A product or a sum that others use as well, or that is a result, stays a line.
    """
    rows, operands = tape.rows, tape.operands
    uses = _uses(tape)
    add, total, multiply = TABLE["+"], TABLE["sum"], TABLE["*"]
    inside = bytearray(len(rows))  # lines that have become a part of a later one
    for place in range(len(rows)):
        if rows[place] is add or rows[place] is total:
            for i in operands[place]:
                if uses[i] == 1 and rows[i] in (add, total, multiply):
                    inside[i] = True
    flat, moved = tape.like(), list[int]()
    terms: dict[int, list[int]] = {}  # of a sum: the old places of its terms, in order
    for place, row in enumerate(rows):
        new = _NOWHERE
        if row is add or row is total:
            listed: list[int] = []
            for i in operands[place]:
                more = terms.pop(i, [i])
                if listed:
                    listed += more
                else:
                    listed = more  # the list itself: copied each time, a long sum would take n**2
            if inside[place]:
                terms[place] = listed
            else:
                new = _write_sum(flat, tape, row, listed, inside, moved)
        elif not inside[place]:
            new = flat.copy_line(tape, place, moved)
        moved.append(new)
    flat.outputs = tuple(moved[i] for i in tape.outputs)
    return flat


def _uses(tape: Tape) -> list[int]:
    uses = [0] * len(tape.rows)
    for operands in tape.operands:
        for i in operands:
            uses[i] += 1
    for place in tape.outputs:
        uses[place] = len(uses)  # more than one: a result has to be a line of its own
    return uses


def _write_sum(
    flat: Tape, tape: Tape, row: Operation, terms: list[int], inside: Sequence[int],
    moved: list[int],
) -> int:  # fmt: skip
    products = [i for i in terms if inside[i]]
    others = [i for i in terms if not inside[i]]
    # Python's sum() starts from 0; without it the sum is the same, but for the sign of a zero
    without = [i for i in others if not _is_zero(tape, i)]
    others = [moved[i] for i in (without if without or products else others)]
    if not products:
        return flat.append(row if len(others) == 2 else TABLE["sum"], tuple(others))
    factors: list[int] = []
    for i in products:
        a, b = tape.operands[i]
        factors.append(moved[a])
        factors.append(moved[b])
    return flat.append(sum_of_products(len(products)), (*factors, *others))


def _is_zero(tape: Tape, place: int) -> bool:
    return tape.rows[place] is CONSTANT and tape.numbers[place] == 0.0


def cross_entropies(tape: Tape) -> Tape:
    """logsumexp of differences to one of its own values is the cross-entropy of that choice.

    ``logsumexp(x - r for x in xs)`` where r is ``xs[i]``, or ``choose(i, *xs)``: the derivative of
    that is what textbooks write, softmax less one at i. A difference x - x is a plain 0.
    """
    if TABLE["logsumexp"] not in tape.rows:
        return tape
    start = tape.rows.index(TABLE["logsumexp"])
    fused, moved = tape.beginning(start), list(range(start))
    unused = start  # from where on lines may have lost their reader
    for place in range(start, len(tape.rows)):
        found = _chosen(tape, place) if tape.rows[place] is TABLE["logsumexp"] else None
        if found is None:
            moved.append(fused.copy_line(tape, place, moved))
            continue
        index, logits = found
        for i in tape.operands[place]:
            unused = min(unused, i, *tape.operands[i])
        if isinstance(index, int):
            where = fused.leaf(CONSTANT, float(index))
        else:
            (line,) = index
            where = moved[line]
        moved.append(fused.append(CROSS_ENTROPY, (where, *[moved[i] for i in logits])))
    fused.outputs = tuple(moved[i] for i in tape.outputs)
    return dead_code(fused, unused)


def _chosen(tape: Tape, place: int) -> tuple[int | tuple[int], list[int]] | None:
    """The index (a number, or the place of one in a tuple) and the logits, if it is that."""
    rows, operands = tape.rows, tape.operands
    terms = operands[place]
    minus, choose = TABLE["-"], TABLE["choose"]
    references = {operands[i][1] for i in terms if rows[i] is minus}
    if len(references) != 1 or len(terms) < 2:
        return None
    right = references.pop()
    zeros = [k for k, i in enumerate(terms) if rows[i] is CONSTANT and tape.numbers[i] == 0.0]
    if any(rows[i] is not minus for k, i in enumerate(terms) if k not in zeros):
        return None
    logits = [right if k in zeros else operands[i][0] for k, i in enumerate(terms)]
    if len(zeros) == 1:
        return zeros.pop(), logits
    if not zeros and rows[right] is choose and list(operands[right][1:]) == logits:
        return (operands[right][0],), logits
    return None


SCALAR_PASSES: dict[str, ScalarPass] = {
    "constant folding": constant_folding,
    "common subexpressions": common_subexpressions,
    "dead code": dead_code,
    "softmax with cross-entropy": cross_entropies,
    "sums of products": sums_of_products,
}
