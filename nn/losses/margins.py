"""Losses for scores of any sign: a prediction is the sign of one, or the largest of several."""

from __future__ import annotations

import math
from typing import Any

from autograd import Value, relu, softplus
from autograd.core.number_arguments import as_float
from autograd.errors import ArgumentError, ShapeError
from nn.losses.targets import class_number, listed, mean_over, scalar


def hinge_loss(output: Any, target: Any) -> Any:
    """max(0, 1 - target * output), for a target of -1 or +1: the support vector machine's.

    For several outputs ``target`` is a list of -1 and +1, or the class as its number or a one-hot
    list: then each output tells its class from the rest, with +1 for the class and -1 for all
    others. (PyTorch's ``multi_margin_loss`` compares the outputs with each other instead.)
    Source: Cortes and Vapnik, "Support-vector networks", 1995.

    >>> import nn
    >>> nn.hinge_loss(0.25, 1), nn.hinge_loss(0.25, -1), nn.hinge_loss(2.0, 1)
    (0.75, 1.25, 0.0)
    >>> nn.hinge_loss([0.25, -3.0], 0) == nn.hinge_loss([0.25, -3.0], [1, -1])
    True
    """

    def one(o: Any, t: Any) -> Any:
        return relu(1.0 - _sign(t, "hinge_loss") * o)

    return mean_over(output, target, "hinge_loss", one, rest=-1.0)


def logistic_loss(output: Any, target: Any) -> Any:
    """log(1 + exp(-target * output)), for a target of -1 or +1: logistic regression's.

    The same as ``binary_cross_entropy_with_logits`` for targets 0 and 1, and as stable. Targets as
    for ``hinge_loss``. Source: Hastie, Tibshirani and Friedman, "The Elements of Statistical
    Learning", section 10.6.

    >>> import nn
    >>> round(nn.logistic_loss(0.0, 1), 6), nn.logistic_loss(-1000.0, 1)
    (0.693147, 1000.0)
    """

    def one(o: Any, t: Any) -> Any:
        return softplus(-_sign(t, "logistic_loss") * o)

    return mean_over(output, target, "logistic_loss", one, rest=-1.0)


def zero_one_loss(output: Any, target: Any, threshold: float = 0.0) -> float:
    """0.0 if the prediction is right, else 1.0. It has no gradient: it is for counting.

    A list of outputs predicts the class of the largest, and target is a class number, or a list
    whose largest entry is the class, such as a one-hot list. One output predicts yes above the
    threshold (0.5 for a probability), and a target above 0 means yes. A score that is nan is wrong.

    >>> import nn
    >>> nn.zero_one_loss([0.1, 2.0, 0.3], 1), nn.zero_one_loss(-0.4, 1)
    (0.0, 1.0)
    """
    who = "zero_one_loss"
    scores, targets = listed(output), listed(target)
    if scores is None or len(scores) == 1:
        if targets is not None and (scores is None or len(targets) != 1):
            raise ShapeError(
                f"{who} expects one target for one output, got a list of {len(targets)}; "
                "give a number above 0 for yes"
            )
        score = float(scalar(scores[0] if scores else output, who))
        truth = float(scalar(targets[0] if targets else target, f"{who} target"))
        return float(math.isnan(score) or (score > threshold) != (truth > 0.0))
    if not scores:
        raise ShapeError(f"{who} expects at least one output, got an empty list; give its scores")
    numbers = [float(scalar(score, who)) for score in scores]
    predicted = max(range(len(numbers)), key=numbers.__getitem__)
    is_right = predicted == _class(target, targets, len(scores))
    return float(not is_right or any(math.isnan(number) for number in numbers))


def _sign(t: Any, who: str) -> Any:
    if not isinstance(t, Value) and t not in (-1.0, 1.0):
        raise ArgumentError(
            f"{who} expects a target of -1 or +1, got {t:g}; write 2*y - 1 for labels 0 and 1"
        )
    return t


def _class(target: Any, targets: list[Any] | None, n_classes: int) -> int:
    who = "zero_one_loss"
    if targets is None:
        number = target.data if isinstance(target, Value) else target
        return class_number(number, n_classes, who)
    if len(targets) != n_classes:
        raise ShapeError(
            f"{who} expects a class number, or a list with an entry per output ({n_classes}), "
            f"got a list of {len(targets)}; for a class number pass it as it is"
        )
    numbers = [as_float(t.data if isinstance(t, Value) else t, f"{who} target") for t in targets]
    largest = max(numbers)
    # a tie, or nan, which is not below anything
    if sum(number < largest for number in numbers) != n_classes - 1:
        raise ArgumentError(
            f"{who} expects a list with one largest entry, at the class, got {numbers}; "
            "give a one-hot list, or the class number"
        )
    return numbers.index(largest)
