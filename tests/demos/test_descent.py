import re
from pathlib import Path

import numpy as np
import pytest

from demos import descent


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    with pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr("builtins.print", lambda *words: said.append(" ".join(map(str, words))))
        patch.setattr(descent, "draw", lambda path, *rest: path)  # the quick form draws
        descent.main(tmp_path_factory.mktemp("pictures"))
    return "\n".join(said)


def table(printed: str) -> dict[str, list[float]]:
    """Rows a step, steps, rows looked at, and percent above the least at the end."""
    rows = re.findall(r"^(\S.*?) {2,}(\d+) +([\d,]+) +([\d,]+) +([\d.]+)%$", printed, re.M)
    return {name: [float(n.replace(",", "")) for n in numbers] for name, *numbers in rows}


def test_smaller_batches_need_fewer_rows_and_stay_farther_from_the_least(printed: str) -> None:
    ways = table(printed)
    whole, batch, one = (
        ways[name] for name in ("gradient descent", "mini-batch of 10", "stochastic")
    )
    assert [way[0] for way in (whole, batch, one)] == [200, 10, 1]
    assert whole[2] > 2 * batch[2] > 4 * one[2]
    assert 10 * one[2] < 1.1 * whole[2]
    assert all(way[2] == way[0] * way[1] for way in ways.values())
    assert whole[3] < 0.01 < 0.3 < batch[3] < one[3]


def test_stochastic_descent_comes_to_rest_where_its_step_size_falls(printed: str) -> None:
    ways = table(printed)
    assert ways["stochastic, falling"][3] < 0.1 * ways["stochastic"][3]


def test_a_step_size_past_the_limit_leads_away_and_momentum_is_faster(printed: str) -> None:
    started = re.search(r"from ([\d.]+):", printed)
    assert started is not None
    ends = dict(re.findall(r"^  (\d+%.*?) {2,}([\d.]+)$", printed, re.M))
    slow, near, past, momentum = (float(end) for end in ends.values())
    assert past > float(started[1]) > slow > momentum
    assert near < 0.1 * float(started[1])


def test_what_is_not_reached_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    path = np.zeros((3, 2))
    descent.print_table({"far": (10, path), "near": (10, path)},
                        {"far": np.ones(3), "near": np.array([1.0, 0.5, 0.001])})  # fmt: skip
    far, near = capsys.readouterr().out.splitlines()[-2:]
    assert far.split() == ["far", "10", "not", "yet", "100.00%"]
    assert near.split() == ["near", "10", "2", "20", "0.10%"]


def test_smoothing_takes_means_over_rows_looked_at() -> None:
    above = np.arange(1000.0)
    rows, means = descent.smooth(above, 10)
    np.testing.assert_allclose(rows, 10 * means)
    assert rows[0] == 10
    assert len(rows) < 80
    assert (np.diff(means) > 0).all()


def test_every_way_starts_at_the_same_place(tmp_path: Path) -> None:
    X, y = descent.line_with_noise(seed=1)
    for size in (None, 50):
        path = descent.follow(X, y, 1, size, lr=0.1)
        assert path.shape == (1 + 200 // (size or 200), 2)
        assert path[0].tolist() == [-1.0, 3.0]
