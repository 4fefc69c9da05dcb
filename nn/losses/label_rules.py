"""What targets each loss takes, and what to do about others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nn.losses.targets import SUM_TOLERANCE

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """``takes(rows)`` says which rows, of shape (n, k), are what the loss ``expects``.

    ``advice(rows)`` is what to do where some are not. ``needs_classes`` is for a loss that has no
    meaning for one output.
    """

    expects: str
    takes: Callable[[Array], Mask]
    advice: Callable[[Array], str]
    needs_classes: bool = False


def on_names(rule: Rule, *, by_class: bool) -> str:
    """Advice for labels that are names."""
    if by_class or rule in (SIGN, SHARE):
        return f"number the labels, {_numbering(rule, by_class=by_class)}"
    if rule is QUANTITY:
        return "for two classes use logistic_loss, for more cross_entropy"
    return "give numbers"


def _numbering(rule: Rule, *, by_class: bool) -> str:
    """How to make the numbers that a loss takes out of any labels."""
    if rule is SIGN and not by_class:
        return "y = 2 * np.unique(y, return_inverse=True)[1] - 1"
    return "y = np.unique(y, return_inverse=True)[1]"


def class_rule(rule: Rule, n_classes: int) -> Rule:
    """For class numbers, one in each row, where a loss with that rule gets them."""

    def takes(rows: Array) -> Mask:
        return _all((rows == np.rint(rows)) & (rows >= 0.0) & (rows < n_classes))

    def advice(rows: Array) -> str:
        return _to_classes(np.unique(rows), n_classes, rule)

    return Rule(f"class numbers from 0 to {n_classes - 1}", takes, advice)


# --- what is taken -------------------------------------------------------------------------------


def _all(entries: Mask) -> Mask:
    rows: Mask = np.all(entries, axis=1)
    return rows


def _are_numbers(rows: Array) -> Mask:
    return np.ones(len(rows), dtype=bool)


def _are_signs(rows: Array) -> Mask:
    signs = _all(np.abs(rows) == 1.0)
    if rows.shape[1] == 1:
        return signs
    zeros = np.sum(rows == 0.0, axis=1)
    ones = np.sum(rows == 1.0, axis=1)
    one_hot: Mask = (ones == 1) & (zeros == rows.shape[1] - 1)
    return signs | one_hot


def _are_shares(rows: Array) -> Mask:
    return _all((rows >= 0.0) & (rows <= 1.0))


def _are_distributions(rows: Array) -> Mask:
    sums_to_one: Mask = np.abs(np.sum(rows, axis=1) - 1.0) <= SUM_TOLERANCE
    return _all(rows >= 0.0) & sums_to_one


def _have_one_largest(rows: Array) -> Mask:
    if rows.shape[1] == 1:
        return _are_numbers(rows)
    largest = rows == np.max(rows, axis=1, keepdims=True)
    alone: Mask = np.sum(largest, axis=1) == 1
    return alone


# --- what to do about others ---------------------------------------------------------------------


def _hold_only(rows: Array, *numbers: float) -> bool:
    return bool(np.isin(rows, numbers).all())


def _are_whole(labels: Array) -> bool:
    return bool(np.all(labels == np.rint(labels)))


def _to_signs(rows: Array) -> str:
    if rows.shape[1] == 1 and _hold_only(rows, 0.0, 1.0):
        return "write 2*y - 1 for labels 0 and 1"
    if _hold_only(rows, 0.0, 1.0):
        return "write 2*y - 1 for rows of 0 and 1"
    return f"-1 says no and +1 says yes{_for_classes(rows, SIGN)}"


def _to_shares(rows: Array) -> str:
    if _hold_only(rows, -1.0, 1.0):
        return "write (y + 1) / 2 for labels -1 and +1"
    return f"0 says no and 1 says yes{_for_classes(rows, SHARE)}"


def _for_classes(rows: Array, rule: Rule) -> str:
    """Advice for one output that got something else than yes and no."""
    labels = np.unique(rows)
    if rows.shape[1] > 1 or not _are_whole(labels):
        return "; for quantities use mse_loss"
    if len(labels) <= 2:
        return f": number the two classes, {_numbering(rule, by_class=False)}"
    return f"; for {len(labels)} classes give the model {len(labels)} outputs and use cross_entropy"


def _to_distributions(rows: Array) -> str:
    if _hold_only(rows, -1.0, 1.0) and np.all(_are_distributions((rows + 1.0) / 2.0)):
        return "write (y + 1) / 2 for rows of -1 and +1"
    if _hold_only(rows, 0.0, 1.0):
        return "where a row may have several classes, or none, use binary_cross_entropy_with_logits"
    if np.all(rows >= 0.0):
        return "divide each row by its sum, y / y.sum(axis=1, keepdims=True)"
    return "give one-hot rows, or class numbers of shape (n,)"


def _to_classes(labels: Array, n_classes: int, rule: Rule) -> str:
    """What to do, by the labels that there are, in ascending order."""
    if not _are_whole(labels):
        if rule.needs_classes:
            return "class numbers are whole; for quantities use mse_loss"
        return f"for quantities give y the shape (n, {n_classes}), one for each output"
    if labels.tolist() == [-1.0, 1.0] and n_classes == 2:
        return "write (y + 1) / 2 for labels -1 and +1"
    if labels[0] == 1.0 and labels[-1] == n_classes:
        return f"they are counted from 1 to {n_classes}: write y - 1"
    if labels[0] == 0.0 and labels[-1] == len(labels) - 1:
        return f"give the model {len(labels)} outputs, one for each class"
    numbered = f"number the classes from 0, {_numbering(rule, by_class=True)}"
    if len(labels) > n_classes:
        return f"{numbered}, and give the model {len(labels)} outputs, one for each class"
    return numbered


# --- the rules there are -------------------------------------------------------------------------

QUANTITY = Rule("numbers", _are_numbers, lambda rows: "give numbers")
SIGN = Rule("targets of -1 or +1", _are_signs, _to_signs)
SHARE = Rule("targets between 0 and 1", _are_shares, _to_shares)
DISTRIBUTION = Rule(
    "rows of probabilities that sum to 1", _are_distributions, _to_distributions, True
)
ANSWER = Rule(
    "rows with one largest entry",
    _have_one_largest,
    lambda rows: "give one-hot rows, or class numbers of shape (n,)",
)
