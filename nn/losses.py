"""Losses, each for one example: ``loss(output, target)`` is a Value to call backward() on.

An output is a Value (or a number), or a list of them with a list of targets; over several
outputs a loss is the mean, except for ``cross_entropy``, which is one number for one choice.

A target may be a Value too: then it can be an argument of a function that is compiled, for which
the limits of a target are not checked, as it has no number yet. A class number that is none gives
nan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Value, choose, log, log1p, log_softmax, logsumexp, mean, relu, softplus
from autograd import sum as total
from autograd.errors import ArgumentError, InputError, ShapeError
from autograd.modes import is_tracing
from autograd.scalars import as_float

Loss = Callable[[Any, Any], Any]


def l1_loss(output: Any, target: Any) -> Any:
    """|output - target|: every error counts by its size.

    >>> import nn
    >>> nn.l1_loss(2.0, 5.0)
    3.0
    """
    return _mean_over(output, target, "l1_loss", lambda o, t: abs(o - t))


def mse_loss(output: Any, target: Any) -> Any:
    """(output - target)**2: large errors count most.

    >>> import nn
    >>> nn.mse_loss([1.0, 2.0], [1.0, 5.0])
    4.5
    """
    return _mean_over(output, target, "mse_loss", lambda o, t: (o - t) ** 2)


def hinge_loss(output: Any, target: Any) -> Any:
    """max(0, 1 - target * output), for a target of -1 or +1: the support vector machine's.

    Source: Cortes and Vapnik, "Support-vector networks", 1995.

    >>> import nn
    >>> nn.hinge_loss(0.25, 1), nn.hinge_loss(0.25, -1), nn.hinge_loss(2.0, 1)
    (0.75, 1.25, 0.0)
    """

    def one(o: Any, t: Any) -> Any:
        if not isinstance(t, Value) and t not in (-1, 1):
            raise ArgumentError(
                f"hinge_loss expects a target of -1 or +1, got {t:g}; "
                "write 2*y - 1 for labels 0 and 1"
            )
        return relu(1.0 - t * o)

    return _mean_over(output, target, "hinge_loss", one)


def binary_cross_entropy(output: Any, target: Any) -> Any:
    """-log of the probability given to the right answer; output is a probability.

    ``target`` is 0 or 1, or a probability between. An output of exactly 0 where the target is 1
    costs inf. From a model without a sigmoid, use ``binary_cross_entropy_with_logits``.

    >>> import nn
    >>> round(nn.binary_cross_entropy(0.25, 1), 6)
    1.386294
    """
    who = "binary_cross_entropy"

    def one(p: Any, t: Any) -> Any:
        t = _share(t, who)
        if _has_number(p):
            _check_probability(float(p))
        # log1p: 1 - p would round to 1 where p is tiny, and the loss to 0
        return _between(t, -log(p) if _some(t) else 0.0, -log1p(-p) if _some(1.0 - t) else 0.0)

    return _mean_over(output, target, who, one)


def binary_cross_entropy_with_logits(output: Any, target: Any) -> Any:
    """binary_cross_entropy of sigmoid(output), without ever computing the sigmoid: it is stable.

    >>> import nn
    >>> nn.binary_cross_entropy_with_logits(-1000.0, 1)
    1000.0
    """
    who = "binary_cross_entropy_with_logits"

    def one(z: Any, t: Any) -> Any:
        t = _share(t, who)
        return _between(
            t, softplus(-z) if _some(t) else 0.0, softplus(z) if _some(1.0 - t) else 0.0
        )

    return _mean_over(output, target, who, one)


def cross_entropy(logits: Sequence[Any], target: Any) -> Any:
    """-log softmax(logits)[target]: one class out of several, from raw outputs.

    ``target`` is a class number, 0 to len(logits) - 1, as a number or a Value, or a list of class
    probabilities that sum to 1. Stable for logits of any size.

    >>> import nn
    >>> round(nn.cross_entropy([1000.0, 1001.0, 999.0], 0), 10)
    1.4076059644
    """
    scores = _listed(logits)
    if scores is None or len(scores) < 2:
        raise ShapeError(
            f"cross_entropy expects a list of at least 2 logits, got {_shown(logits)}; for one "
            "output use binary_cross_entropy_with_logits"
        )
    shares = _listed(target)
    if shares is None and isinstance(target, Value):
        if _has_number(target):
            _class_number(target.data, len(scores), "cross_entropy")
        chosen = choose(target, scores)
        return logsumexp([x - chosen for x in scores])
    if shares is None:
        number = _class_number(target, len(scores), "cross_entropy")
        right = scores[number]
        # log(sum of exp(x - right)): a difference cancels what logits have in common exactly
        return logsumexp([x - right if i != number else 0.0 for i, x in enumerate(scores)])
    _check_shares(shares, len(scores))
    return total([-t * x for t, x in zip(shares, log_softmax(scores), strict=True) if _some(t)])


def zero_one_loss(output: Any, target: Any, threshold: float = 0.0) -> float:
    """0.0 if the prediction is right, else 1.0. It has no gradient: it is for counting.

    A list of outputs predicts the class of the largest, and target is a class number. One output
    predicts yes above the threshold (0.5 for a probability), and a target above 0 means yes.

    >>> import nn
    >>> nn.zero_one_loss([0.1, 2.0, 0.3], 1), nn.zero_one_loss(-0.4, 1)
    (0.0, 1.0)
    """
    scores = _listed(output)
    if scores is None or len(scores) == 1:
        score = float(_scalar(scores[0] if scores else output, "zero_one_loss"))
        return float((score > threshold) != (as_float(target, "zero_one_loss target") > 0.0))
    predicted = max(range(len(scores)), key=lambda i: float(_scalar(scores[i], "zero_one_loss")))
    return float(predicted != _class_number(target, len(scores), "zero_one_loss"))


LOSSES: dict[str, Loss] = {
    loss.__name__: loss
    for loss in (
        l1_loss,
        mse_loss,
        hinge_loss,
        binary_cross_entropy,
        binary_cross_entropy_with_logits,
        cross_entropy,
        zero_one_loss,
    )
}


# --- what the losses share -----------------------------------------------------------------------


def _listed(x: Any) -> list[Any] | None:
    """The elements of a list, tuple or array; None for a scalar."""
    if isinstance(x, np.ndarray):
        return list(x.tolist()) if x.ndim else None
    return list(x) if isinstance(x, (list, tuple)) else None


def _mean_over(output: Any, target: Any, who: str, one: Callable[[Any, Any], Any]) -> Any:
    outputs, targets = _listed(output), _listed(target)
    if outputs is None and targets is None:
        return one(_scalar(output, who), _scalar(target, f"{who} target"))
    if outputs is None or targets is None or len(outputs) != len(targets):
        raise ShapeError(
            f"{who} expects one target per output, got output {_shown(output)} and target "
            f"{_shown(target)}; give a number for one output, a list for several"
        )
    pairs = zip(outputs, targets, strict=True)
    return mean([one(_scalar(o, who), _scalar(t, f"{who} target")) for o, t in pairs])


def _scalar(x: Any, what: str) -> Any:
    return x if isinstance(x, Value) else as_float(x, what)


def _has_number(x: Any) -> bool:
    """Whether x can be checked: what is traced by ``autograd.compile`` has no number yet."""
    return not (isinstance(x, Value) and is_tracing())


def _check_probability(p: float) -> None:
    if not 0.0 <= p <= 1.0 and p == p:
        raise ArgumentError(
            f"binary_cross_entropy expects a probability between 0 and 1, got {p:g}; "
            "use a sigmoid output, or binary_cross_entropy_with_logits"
        )


def _share(t: Any, who: str) -> Any:
    if not isinstance(t, Value) and not 0.0 <= t <= 1.0:
        raise ArgumentError(
            f"{who} expects a target between 0 and 1, got {t:g}; "
            "write (y + 1) / 2 for labels -1 and +1"
        )
    return t


def _some(t: Any) -> bool:
    """Whether a term with weight t is there at all: 0 * log(0) is meant to be 0, not nan."""
    return isinstance(t, Value) or t != 0.0


def _between(t: Any, if_one: Any, if_zero: Any) -> Any:
    if not isinstance(t, Value) and t in (0.0, 1.0):
        return if_one if t else if_zero
    return t * if_one + (1.0 - t) * if_zero


def _class_number(target: Any, n_classes: int, who: str) -> int:
    number = as_float(target, f"{who} target")
    if not number.is_integer() or not 0 <= number < n_classes:
        raise ArgumentError(
            f"{who} expects a class number from 0 to {n_classes - 1}, got {number:g}; "
            "number the classes from 0"
        )
    return int(number)


def _check_shares(shares: Sequence[Any], n_classes: int) -> None:
    if len(shares) != n_classes:
        raise ShapeError(
            f"cross_entropy expects one probability per logit ({n_classes}), got {len(shares)}; "
            "for a class number pass it as it is"
        )
    numbers = [t for t in shares if not isinstance(t, Value)]
    for t in numbers:
        if not as_float(t, "cross_entropy target") >= 0.0:
            raise ArgumentError(
                f"cross_entropy expects probabilities of at least 0, got {t:g}; "
                "use softmax to turn scores into probabilities"
            )
    if len(numbers) == n_classes and not math.isclose(math.fsum(numbers), 1.0, rel_tol=1e-6):
        raise ArgumentError(
            f"cross_entropy expects probabilities that sum to 1, got a sum of "
            f"{math.fsum(numbers):g}; for a class number pass it as it is"
        )


def _shown(x: Any) -> str:
    listed = _listed(x)
    if listed is not None:
        return f"a list of {len(listed)}"
    return f"{float(x):g}" if isinstance(x, (Value, int, float)) and _has_number(x) else repr(x)


def find(loss: str | Loss) -> Loss:
    """The loss of that name, or the function itself."""
    if callable(loss):
        return loss
    if isinstance(loss, str) and loss in LOSSES and loss != "zero_one_loss":
        return LOSSES[loss]
    trainable = ", ".join(name for name in LOSSES if name != "zero_one_loss")
    raise InputError(f"fit expects a loss function or one of {trainable}, got {loss!r}")
