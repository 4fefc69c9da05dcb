"""Smooth programs against mpmath: values, gradients, second derivatives.

What a result may be off by is found by trying (``expected``): what it changes by when every
operation and every local derivative of the graph is off by 1e-13 of itself, as the table promises
of each row (``test_ops.py``). For nine programs of ten that is less than 1e-10 of the result.
"""

from __future__ import annotations

from hypothesis import example, given

from autograd import grad
from tests.autograd.compiler.agreement import expected
from tests.properties.oracle import fault
from tests.properties.programs import Program, examples, line, smooth_programs


@examples(150)
@given(smooth_programs())
def test_values_and_gradients_are_those_of_mathematics(program: Program) -> None:
    *nodes, output = program.run()
    leaves = [*nodes, output][: len(program.leaves)]
    output.backward()
    value, gradient = expected(output, leaves)
    faults = [fault(output.data, float(value.slack), program)]
    for i, leaf in enumerate(leaves):
        faults.append(fault(leaf.grad, float(gradient.slack[i]), program, (i,)))
    assert not any(faults), faults


@examples(100)
@given(smooth_programs(most_lines=6))
# an exponent of 0 that is computed: x**0 is flat in x, but less flat as the exponent moves
@example(Program([2.0, 0.0], [line("**", 0, 1)]))
def test_second_derivatives_are_those_of_mathematics_and_symmetric(program: Program) -> None:
    nodes = program.run()
    leaves = nodes[: len(program.leaves)]
    faults = []
    for i, slope in enumerate(grad(nodes[-1], leaves)):
        slack = expected(slope, leaves)[1].slack
        # each pair in both orders: that both agree with mathematics is that they are symmetric
        for j, second in enumerate(grad(slope, leaves)):
            slots = (min(i, j), max(i, j))
            faults.append(fault(second.data, float(slack[j]), program, slots))
    assert not any(faults), faults
