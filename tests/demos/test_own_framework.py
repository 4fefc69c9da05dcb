import re
from pathlib import Path

import numpy as np
import pytest

import nn
from demos import own_framework
from demos.own_framework import CrossEntropy, Linear, Network, Softmax, Tanh, lesson


def test_the_lesson_is_100_points_with_20_wrong_labels_and_500_others_held_out() -> None:
    X, y, flipped, (X_held_out, y_held_out) = lesson()
    assert X.shape == (100, 2)
    assert X_held_out.shape == (500, 2)
    points, truth = nn.data.linear(600, flip=0, seed=0)
    classes = {tuple(point): label for point, label in zip(points.tolist(), truth, strict=True)}
    assert len(classes) == 600
    wrong = [classes[tuple(x)] != label for x, label in zip(X.tolist(), y, strict=True)]
    assert wrong == flipped.tolist()
    assert sum(wrong) == 20
    rows = zip(X_held_out.tolist(), y_held_out, strict=True)
    assert sum(classes.pop(tuple(x)) != label for x, label in rows) == 100
    assert {tuple(x) for x in X.tolist()} == set(classes)


def test_the_mlp_learns_wrong_labels_that_the_linear_net_cannot_and_is_worse_on_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    films: list[nn.plots.BoundaryFilm] = []
    histories: dict[str, nn.History] = {}
    # the quick form writes both; drawing takes seconds. A net that is not compiled would be a
    # warning, and with it an error.
    monkeypatch.setattr(own_framework, "draw", lambda *given: histories.update(given[4]))
    monkeypatch.setattr(nn.plots.BoundaryFilm, "save", lambda film, path: films.append(film))
    own_framework.main(tmp_path)
    printed = capsys.readouterr().out
    linear, mlp = map(int, re.findall(r"it is right on (\d+)% of its points", printed))
    assert linear >= 80
    assert mlp > linear
    believed = [int(n) for n in re.findall(r"^  (\d+) of the 20 wrong labels", printed, re.M)]
    assert believed[0] == 0 < 10 < believed[1]
    held_out = {name: h["validation_accuracy"][-1] for name, h in histories.items()}
    assert held_out["MLP"] < held_out["linear"] - 0.05
    assert len(re.findall(r"^  epoch +\d+/1000 +\S+% +\S+%$", printed, re.M)) == 5
    assert [frame.epoch for frame in films[0].frames] == list(range(0, 1001, 20))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_linear_net_is_right_on_80_of_the_lessons_100_points_and_the_mlp_on_more(
    seed: int,
) -> None:
    X, y = nn.data.linear(100, flip=0.2, seed=seed)
    rng = np.random.default_rng(seed)
    right = []
    for net in (
        Network(Linear(2, 2, rng), Softmax()),
        Network(Linear(2, 32, rng), Tanh(), Linear(32, 2, rng), Softmax()),
    ):
        nn.fit(
            net, X, y, loss=CrossEntropy(), optimizer=nn.Adam(lr=0.05), epochs=500, verbose=0
        )  # fmt: skip
        right.append(nn.accuracy(net.predict(X), y))
    assert 0.8 <= right[0] < right[1]


def test_the_textbooks_gradients_are_those_of_the_graph(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rng = np.random.default_rng(3)
    mlp = Network(Linear(2, 5, rng), Tanh(), Linear(5, 2, rng), Softmax())
    mlp.parameters()[0].grad = 7.0  # what an earlier sweep has left
    own_framework.show_the_gradient(mlp, [0.5, -0.25], 0)
    errors = re.findall(r"^  dL/d\w\d = .* (\S+)$", capsys.readouterr().out, re.M)
    assert len(errors) == 4
    assert all(float(error) < 1e-14 for error in errors)
    # and a framework with a mistake in it is found out
    mlp.layers = (mlp.layers[0], Softmax(), *mlp.layers[2:])
    own_framework.show_the_gradient(mlp, [0.5, -0.25], 0)
    errors = re.findall(r"^  dL/d\w\d = .* (\S+)$", capsys.readouterr().out, re.M)
    assert all(float(error) > 1e-3 for error in errors)
