"""The chain rule step by step: a page to click through, and why a gradient is what it is.

What to look for: open backprop.html and step with the arrow keys. h is used twice, so its gradient
is complete only when both uses have sent theirs; the table below shows a sweep that does not wait.
"""

from __future__ import annotations

from pathlib import Path

from autograd import Stepper, Value, draw, explain, wrong_order


def main(folder: Path, *, quick: bool = False) -> list[Path]:
    a, b, c = Value(2.0), Value(-3.0), Value(6.7)
    h = a * b
    L = h * (h + c).tanh()
    L.backward()

    print("h = a * b; L = h * tanh(h + c). Why is a.grad what it is?\n")
    print(explain(L, a).text(rules=True))
    print("\nAnd if the sweep did not wait until a gradient is complete:\n")
    print(wrong_order(L))
    return [Stepper(L).to_html(folder / "backprop.html"), draw(L).save(folder / "backprop.svg")]


if __name__ == "__main__":
    from demos.__main__ import main as run

    run(["backprop"])
