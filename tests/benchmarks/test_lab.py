"""The suite about real digits: both contenders do the same work, and each figure has its row."""

import sys

import pytest

import nn
from benchmarks import __main__ as command
from benchmarks import lab
from benchmarks.rows import Effort


def silent(_):
    pass


def test_quick_rows_have_times_and_shares_beside_scikit_learn(monkeypatch, tmp_path):
    pytest.importorskip("sklearn")
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path))
    rows = lab.measure(Effort(quick=True), silent)
    assert [(row.contender, row.unit, row.limit) for row in rows] == [
        ("scikit-learn", "s", None), ("glassgrad", "s", 1.0),
        ("scikit-learn", "%", None), ("glassgrad", "%", 88.0),
        ("scikit-learn", "s", None), ("glassgrad", "s", 1.0),
        ("scikit-learn", "%", None), ("glassgrad", "%", 94.0),
        ("MNIST's files", "s", 120.0),
    ]  # fmt: skip
    assert [row.amount is None for row in rows] == [False] * 8 + [True]
    assert all(row.at_least for row in rows if row.unit == "%" and row.limit)


def test_without_scikit_learn_its_row_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.exceptions", None)
    rows = lab._subset("work", (), 0.88, Effort(quick=True))
    assert (rows[0].contender, rows[0].verdict) == ("scikit-learn", "not installed")
    assert [row.contender for row in rows] == ["scikit-learn", "glassgrad"]


def test_all_of_mnist_is_judged_by_time_and_share(monkeypatch):
    (X, y), test = nn.data.digits(28)
    monkeypatch.setattr(nn.data, "mnist", lambda *, download: ((X, y), test))
    time, right = lab._all_of_mnist(Effort(quick=True))
    assert (time.unit, time.limit, time.at_least) == ("s", 120.0, False)
    assert (right.unit, right.limit, right.at_least) == ("%", 97.5, True)
    assert 10.0 < right.amount < 97.5
    assert right.verdict == "MISSED"


def test_the_two_networks_are_alike():
    sklearn = pytest.importorskip("sklearn.neural_network")
    made = []

    class Spy(sklearn.MLPClassifier):
        def fit(self, X, y):
            made.append(super().fit(X, y))
            return self

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sklearn, "MLPClassifier", Spy)
        (X, y), test = nn.data.digits(7)
        run = lab.in_scikit_learn((16,), X, y, test, 2)
        assert 0.2 < run() <= 1.0
    (theirs,) = made
    assert [w.shape for w in theirs.coefs_] == [(49, 16), (16, 10)]
    assert (theirs.n_iter_, theirs.t_) == (2, 2 * len(X))
    assert theirs.batch_size == lab.BATCH
    ours = lab.ours((16,), X, y, test, 2)
    assert 0.2 < ours() <= 1.0


def test_the_command_knows_the_suite(capsys, monkeypatch):
    monkeypatch.setitem(command.SUITES, "lab", lambda *_: [])
    assert command.main(["lab", "--quick"]) == 0
    assert "scikit-learn" in capsys.readouterr().out
