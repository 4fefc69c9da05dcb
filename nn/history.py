"""``History``: what ``fit`` returns."""

from __future__ import annotations

from collections.abc import Iterator, KeysView, Mapping
from dataclasses import dataclass, field


@dataclass
class History:
    """What happened in each epoch: ``history["loss"]`` is a list with one number per epoch.

    Columns are ``loss``, one for each metric, and with validation data ``validation_loss`` and
    ``validation_`` before each metric. ``interrupted`` tells that Ctrl-C ended the training, and
    ``stopped`` why a callback did.
    """

    columns: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0
    interrupted: bool = False
    stopped: str = ""

    def __getitem__(self, column: str) -> list[float]:
        if column not in self.columns:
            known = ", ".join(self.columns) or "none yet"
            raise KeyError(f"History has no column {column!r}; it has: {known}")
        return self.columns[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def keys(self) -> KeysView[str]:
        """The names of the columns, so that ``dict(history)`` works."""
        return self.columns.keys()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def __repr__(self) -> str:
        last = ", ".join(f"{k}={v[-1]:.4g}" for k, v in self.columns.items() if v)
        state = ", interrupted" if self.interrupted else ""
        state += f", stopped: {self.stopped}" if self.stopped else ""
        return f"History({len(self)} epochs{', ' if last else ''}{last}{state})"

    def _add(self, row: Mapping[str, float]) -> None:
        # one assignment: Ctrl-C between two appends would leave columns of different lengths
        self.columns = {name: [*self.columns.get(name, []), v] for name, v in row.items()}
