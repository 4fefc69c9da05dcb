"""Cross-entropies: minus the log of the probability that was given to the right answer."""

from __future__ import annotations

import math
from typing import Any

from autograd import Value, choose, log, log1p, log_softmax, logsumexp, softplus
from autograd import sum as total
from autograd.errors import ArgumentError, ShapeError
from nn.losses.targets import (
    check_shares,
    class_number,
    has_number,
    is_there,
    listed,
    mean_over,
    scalar,
    shown,
)

# Far wider than rounding: somebody may nudge one of them, as check_gradients does, and what is
# meant to be caught are scores, and sigmoids that know nothing of each other.
_SUM_TOLERANCE = 0.02


def binary_cross_entropy(output: Any, target: Any) -> Any:
    """-log of the probability given to the right answer; output is a probability.

    ``target`` is 0 or 1, or a probability between; for several outputs a list of them, or a class
    number, which stands for its one-hot list. An output of exactly 0 where the target is 1 costs
    inf. From a model without a sigmoid, use ``binary_cross_entropy_with_logits``.

    >>> import nn
    >>> round(nn.binary_cross_entropy(0.25, 1), 6)
    1.386294
    """
    who = "binary_cross_entropy"

    def one(p: Any, t: Any) -> Any:
        t = _share(t, who)
        if has_number(p):
            _check_probability(
                float(p), who, "a sigmoid output, or binary_cross_entropy_with_logits"
            )
        # log1p: 1 - p would round to 1 where p is tiny, and the loss to 0
        if_one, if_zero = is_there(t), is_there(1.0 - t)
        return _between(t, -log(p) if if_one else 0.0, -log1p(-p) if if_zero else 0.0)

    return mean_over(output, target, who, one)


def binary_cross_entropy_with_logits(output: Any, target: Any) -> Any:
    """binary_cross_entropy of sigmoid(output), without ever computing the sigmoid: it is stable.

    Targets as for ``binary_cross_entropy``.

    >>> import nn
    >>> nn.binary_cross_entropy_with_logits(-1000.0, 1)
    1000.0
    """
    who = "binary_cross_entropy_with_logits"

    def one(z: Any, t: Any) -> Any:
        t = _share(t, who)
        if_one, if_zero = is_there(t), is_there(1.0 - t)
        return _between(t, softplus(-z) if if_one else 0.0, softplus(z) if if_zero else 0.0)

    return mean_over(output, target, who, one)


def cross_entropy(logits: Any, target: Any) -> Any:
    """-log softmax(logits)[target]: one class out of several, from raw outputs.

    ``target`` is a class number, 0 to len(logits) - 1, as a number or a Value, or a list of class
    probabilities that sum to 1, such as a one-hot list. Stable for logits of any size.

    >>> import nn
    >>> round(nn.cross_entropy([1000.0, 1001.0, 999.0], 0), 10)
    1.4076059644
    """
    who = "cross_entropy"
    scores = _several(logits, "logits", who)
    shares = listed(target)
    if shares is None and isinstance(target, Value):
        _check_class(target, len(scores), who)
        chosen = choose(target, scores)
        return logsumexp([x - chosen for x in scores])
    if shares is None:
        number = class_number(target, len(scores), who)
        right = scores[number]
        # log(sum of exp(x - right)): a difference cancels what logits have in common exactly
        return logsumexp([x - right if i != number else 0.0 for i, x in enumerate(scores)])
    check_shares(shares, len(scores), who)
    return _weighted(shares, log_softmax(scores))


def categorical_cross_entropy(probabilities: Any, target: Any) -> Any:
    """-log(probabilities[target]): one class out of several, for a model that ends in a softmax.

    ``target`` is as for ``cross_entropy``: a class number, or a list of class probabilities. A
    probability of exactly 0 for the right class costs inf; ``cross_entropy`` of the logits is the
    same without that limit. (PyTorch's ``nll_loss`` takes the logs of the probabilities.)

    >>> import nn
    >>> nn.categorical_cross_entropy([0.25, 0.25, 0.5], 2) == nn.binary_cross_entropy(0.5, 1)
    True
    """
    who = "categorical_cross_entropy"
    shares, given = listed(target), _several(probabilities, "probabilities", who)
    if all(has_number(p) for p in given):
        _check_distribution([float(scalar(p, who)) for p in given])
    if shares is None and isinstance(target, Value):
        _check_class(target, len(given), who)
        return -log(choose(target, given))
    if shares is None:
        return -log(given[class_number(target, len(given), who)])
    check_shares(shares, len(given), who)
    there = [(t, p) for t, p in zip(shares, given, strict=True) if is_there(t)]
    return _weighted([t for t, _ in there], [log(p) for _, p in there])


def _several(outputs: Any, what: str, who: str) -> list[Any]:
    scores = listed(outputs)
    if scores is None or len(scores) < 2:
        suffix = "_with_logits" if what == "logits" else ""
        raise ShapeError(
            f"{who} expects a list of at least 2 {what}, got {shown(outputs)}; for one "
            f"output use binary_cross_entropy{suffix}"
        )
    return scores


def _weighted(shares: list[Any], logs: list[Any]) -> Any:
    return total([-t * x for t, x in zip(shares, logs, strict=True) if is_there(t)])


def _check_class(target: Value, n_classes: int, who: str) -> None:
    if has_number(target):
        class_number(target.data, n_classes, who)


def _check_probability(p: float, who: str, instead: str) -> None:
    if not 0.0 <= p <= 1.0 and p == p:
        raise ArgumentError(
            f"{who} expects a probability between 0 and 1, got {p:g}; use {instead}"
        )


def _check_distribution(probabilities: list[float]) -> None:
    who, instead = "categorical_cross_entropy", "a softmax output, or cross_entropy"
    for p in probabilities:
        _check_probability(p, who, instead)
    if abs(sum(probabilities) - 1.0) > _SUM_TOLERANCE:
        raise ArgumentError(
            f"{who} expects probabilities that sum to 1, got a sum of "
            f"{math.fsum(probabilities):g}; use {instead}"
        )


def _share(t: Any, who: str) -> Any:
    if not isinstance(t, Value) and not 0.0 <= t <= 1.0:
        raise ArgumentError(
            f"{who} expects a target between 0 and 1, got {t:g}; "
            "write (y + 1) / 2 for labels -1 and +1"
        )
    return t


def _between(t: Any, if_one: Any, if_zero: Any) -> Any:
    if not isinstance(t, Value) and t in (0.0, 1.0):
        return if_one if t else if_zero
    return t * if_one + (1.0 - t) * if_zero
