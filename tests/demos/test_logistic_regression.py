import re
from pathlib import Path

import pytest

from demos import logistic_regression


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    with pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr("builtins.print", lambda *words: said.append(" ".join(map(str, words))))
        patch.setattr(logistic_regression, "draw", lambda path, *rest: path)
        logistic_regression.main(tmp_path_factory.mktemp("pictures"))
    return "\n".join(said)


def number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found is not None
    return float(found[1])


def test_at_least_80_percent_of_the_labels_are_learnt_a_fifth_being_wrong(printed: str) -> None:
    assert number(r"100 labels, 20 of them flipped: (\d+)%", printed) >= 80
    assert number(r"labels as they were before: +(\d+)%", printed) >= 95


def test_the_loss_falls_and_is_below_that_of_a_coin(printed: str) -> None:
    last = number(r"goes from [\d.]+ to\s([\d.]+);", printed)
    assert last < number(r"goes from ([\d.]+) to", printed)
    assert last < 0.6 < number(r"log 2 = ([\d.]+)\.", printed)


def test_the_gradient_by_the_graph_is_p_minus_y_by_hand(printed: str) -> None:
    table = re.findall(r"^dL/d\w+ +([+-][\d.]+) +([+-][\d.]+) = \(?p - y", printed, re.MULTILINE)
    assert len(table) == 4
    assert all(by_graph == by_hand for by_graph, by_hand in table)
    product = number(r"dloss/dz = .* = (-?[\d.]+)\n", printed)
    assert product == pytest.approx(float(table[0][0]), abs=1e-4)


def test_the_losses_have_a_picture_of_their_own(tmp_path: Path) -> None:
    path = logistic_regression.draw_losses(tmp_path / "loss_functions.png")
    assert path.stat().st_size > 10_000
