"""The lab on real digits: how long it takes beside scikit-learn, and what comes out.

A run is all that a person waits for: the network is made, trained, and asked for the test digits.
Both train the same network with the same optimiser, batches and number of epochs, in float64.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import nn
from autograd.errors import DataError
from benchmarks.rows import Effort, Report, Row
from benchmarks.timing import interleave

GLASSGRAD, SCIKIT_LEARN = "glassgrad", "scikit-learn"
# the hidden layers, and what share of the test digits the lab must get right
NETWORKS: dict[str, tuple[tuple[int, ...], float]] = {
    "one layer, 784-10": ((), 0.88),
    "two layers, 784-128-10": ((128,), 0.94),
}
EPOCHS, BATCH, RATE, MOMENTUM = 40, 32, 0.02, 0.9
ALL_OF_MNIST, EPOCHS_OF_ALL, SECONDS = 0.975, 10, 120.0

Run = Callable[[], float]


def measure(effort: Effort, report: Report) -> list[Row]:
    """Rows for the shipped subset, and for all of MNIST if its files are in the cache."""
    rows: list[Row] = []
    for name, (hidden, least) in NETWORKS.items():
        workload = f"{name}, 4000 digits, {effort.choose(EPOCHS, 1)} epochs"
        report(f"{workload}: {GLASSGRAD}, {SCIKIT_LEARN}")
        rows += _subset(workload, hidden, least, effort)
    report("784-128-10 on all 60,000")
    return [*rows, *_all_of_mnist(effort)]


def _subset(workload: str, hidden: Sequence[int], least: float, effort: Effort) -> list[Row]:
    (X, y), test = nn.data.digits(effort.choose(28, 7))
    epochs, turns = effort.choose(EPOCHS, 1), effort.choose(5, 1)
    right: dict[str, float] = {}

    def noted(name: str, run: Run) -> Callable[[], object]:
        def timed() -> None:
            right[name] = run()

        return timed

    runs = {GLASSGRAD: ours(hidden, X, y, test, epochs)}
    theirs = in_scikit_learn(hidden, X, y, test, epochs)
    if theirs is not None:
        runs[SCIKIT_LEARN] = theirs
    times = interleave({n: noted(n, run) for n, run in runs.items()}, turns=turns, warm_up=0)
    own = times[GLASSGRAD]
    share = f"{workload}: right on 1000 unseen"
    rows = [Row(share, GLASSGRAD, 100.0 * right[GLASSGRAD], "%", limit=100 * least, at_least=True)]
    if theirs is None:
        return [Row(workload, SCIKIT_LEARN, None, "s", limit=1.0), *rows]
    other = times[SCIKIT_LEARN]
    return [
        Row(workload, SCIKIT_LEARN, other.median, "s", other.spread),
        Row(workload, GLASSGRAD, own.median, "s", own.spread, own.ratio(other), SCIKIT_LEARN, 1.0),
        Row(share, SCIKIT_LEARN, 100.0 * right[SCIKIT_LEARN], "%"),
        *rows,
    ]


def ours(hidden: Sequence[int], X: Any, y: Any, test: tuple[Any, Any], epochs: int) -> Run:
    """Make, train and ask a network of ours; the share of test digits that it gets right."""

    def run() -> float:
        model = nn.MLP(X.shape[1], [*hidden, 10], "relu", seed=0)
        nn.fit(
            model, X, y, loss="cross_entropy", optimizer=nn.SGD(lr=RATE, momentum=MOMENTUM),
            epochs=epochs, batch_size=BATCH, seed=0, verbose=0,
        )  # fmt: skip
        return nn.accuracy(model.predict(test[0]), test[1])

    return run


def in_scikit_learn(
    hidden: Sequence[int], X: Any, y: Any, test: tuple[Any, Any], epochs: int
) -> Run | None:
    """The same by scikit-learn; None where it is not installed."""
    try:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier
    except ImportError:
        return None

    def run() -> float:
        network = MLPClassifier(
            tuple(hidden), activation="relu", solver="sgd", alpha=0.0, batch_size=BATCH,
            learning_rate_init=RATE, momentum=MOMENTUM, nesterovs_momentum=False,
            # it would stop where the loss hardly falls any more; all epochs are asked for
            max_iter=epochs, tol=0.0, n_iter_no_change=epochs + 1, random_state=0,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            network.fit(X, y)
        return float(network.score(*test))

    return run


def _all_of_mnist(effort: Effort) -> list[Row]:
    workload = f"784-128-10 on all 60,000, {EPOCHS_OF_ALL} epochs"
    try:
        (X, y), (X_test, y_test) = nn.data.mnist(download=False)
    except DataError:  # nobody asked for a download
        return [Row(workload, "MNIST's files", None, "s", limit=SECONDS)]
    if effort.quick:
        X, y = X[:500], y[:500]
    started = time.perf_counter()
    epochs = effort.choose(EPOCHS_OF_ALL, 1)
    model = nn.MLP(784, [128, 10], "relu", seed=0)
    nn.fit(
        model, X, y, loss="cross_entropy", epochs=epochs, batch_size=64, seed=0, verbose=0,
        optimizer=nn.Adam(lr=nn.optim.Cosine(0.002, epochs=epochs)),
    )  # fmt: skip
    right = nn.accuracy(model.predict(X_test), y_test)
    seconds = time.perf_counter() - started
    return [
        Row(workload, "time", seconds, "s", limit=SECONDS),
        Row(workload, "right on 10,000 unseen", 100 * right, "%", limit=100 * ALL_OF_MNIST,
            at_least=True),
    ]  # fmt: skip
