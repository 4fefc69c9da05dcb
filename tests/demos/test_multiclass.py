import re
from pathlib import Path

import pytest

import nn
from demos import multiclass


def test_the_spirals_are_told_apart_and_the_film_shows_how(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    films: list[nn.plots.BoundaryFilm] = []
    # the quick form writes both, and 41 frames take seconds
    monkeypatch.setattr(multiclass, "draw", lambda *rest: None)
    monkeypatch.setattr(nn.plots.BoundaryFilm, "save", lambda film, path: films.append(film))
    multiclass.main(tmp_path)
    printed = capsys.readouterr().out
    accuracies = re.findall(r"^Accuracy on .*: +([\d.]+)%$", printed, re.M)
    assert len(accuracies) == 2
    assert all(float(accuracy) >= 97.0 for accuracy in accuracies)
    counts = [int(n) for n in re.findall(r"\d+", printed.partition("column):\n")[2])]
    assert sum(counts) == 150
    assert (counts[0] + counts[4] + counts[8]) / 150 == pytest.approx(
        float(accuracies[1]) / 100, abs=0.001
    )
    frames = films[0].frames
    assert [frame.epoch for frame in frames] == list(range(0, 81, 2))
    assert frames[0].accuracy < 0.6 < 0.97 <= frames[-1].accuracy


def test_the_gradient_by_the_outputs_is_softmax_less_one_for_the_right_class(
    capsys: pytest.CaptureFixture[str],
) -> None:
    multiclass.show_the_gradient(nn.MLP(2, [4, 3], seed=0), [0.5, -0.25], 1)
    table = re.findall(
        r"^\d +\S+ +([\d.]+) +([+-][\d.]+) +([+-][\d.]+)$", capsys.readouterr().out, re.M
    )
    assert sum(float(p) for p, _, _ in table) == pytest.approx(1.0, abs=2e-4)
    assert [by_graph for _, by_graph, _ in table] == [by_hand for _, _, by_hand in table]
    assert [by_graph[0] for _, by_graph, _ in table] == ["+", "-", "+"]
