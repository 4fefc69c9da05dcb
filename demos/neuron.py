"""A neuron of two inputs: its graph, its gradients, and the same by hand.

What to look for: every line of the tree is one step of the chain rule. A node's gradient is the
sum, over the lines above it that use it, of their gradient times the local derivative.
"""

from __future__ import annotations

from pathlib import Path

from autograd import Value, check_gradients, draw, tree


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    x1, x2 = Value(2.0, name="x1"), Value(0.5, name="x2")
    w1, w2, b = Value(-0.6, name="w1"), Value(1.4, name="w2"), Value(0.9, name="b")

    def neuron(w1: Value, w2: Value, b: Value) -> Value:
        return (w1 * x1 + w2 * x2 + b).tanh()

    y = neuron(w1, w2, b)
    print("y = tanh(w1*x1 + w2*x2 + b), before the backward pass:\n")
    print(tree(y))
    y.backward()
    print("\nand after y.backward():\n")
    print(tree(y))

    slope = 1.0 - y.data**2
    print(f"\nBy hand: dy/dw1 = (1 - y**2) * x1 = {slope:.6f} * {x1.data} = {slope * x1.data:.6f}")
    print(f"By the graph: w1.grad = {w1.grad:.6f}")
    print("\nAnd by small differences, to be sure:\n")
    print(check_gradients(neuron, [w1, w2, b]))
    return [draw(y).save(folder / "neuron.svg"), draw(y).save(folder / "neuron.png")]


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["neuron"])
