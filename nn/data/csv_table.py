"""A CSV file as a table of text: its columns' names, its rows, and the line of each row."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from autograd.errors import DataError

_DELIMITERS = ",;\t|"
MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "#n/a"}  # in small letters


@dataclass(frozen=True)
class Table:
    """Cells as text, without the spaces around them."""

    path: Path
    names: list[str] | None  # where the file has a header
    rows: list[list[str]]
    lines: list[int]  # of each row, counted from 1 as editors do; its last one if it has several

    @property
    def n_columns(self) -> int:
        """How many cells a row has."""
        return len(self.rows[0])

    def column(self, position: int) -> str:
        """What to call a column in a message."""
        return f"column {repr(self.names[position]) if self.names else position + 1}"

    def place(self, row: int, position: int) -> str:
        """Where a cell is, for a message."""
        return f"line {self.lines[row]}, {self.column(position)}"


def read_table(path: Path, header: bool | None, delimiter: str | None, encoding: str) -> Table:
    """Read the file; ``header=None`` and ``delimiter=None`` are found out from it.

    Raises:
        DataError: it is not such a table.
        OSError: it cannot be opened.
    """
    try:
        with path.open(newline="", encoding=encoding) as stream:
            rows, lines = _read_rows(stream, path, delimiter)
    except UnicodeDecodeError as error:
        raise DataError(
            f"from_csv expects {str(path)!r} to be text in {encoding.removesuffix('-sig')}, got "
            f"{error.reason} at byte {error.start}; pass its encoding, such as "
            "encoding='latin-1' or 'utf-16'."
        ) from None
    names = None
    if rows and (_is_header(rows[0]) if header is None else header):
        names, rows, lines = rows[0], rows[1:], lines[1:]
    if not rows:
        came = "only a header" if names else "an empty file"
        raise DataError(
            f"from_csv expects rows of cells, got {came} in {str(path)!r}; pass another file"
            + (", or header=False." if names else ".")
        )
    return Table(path, names, rows, lines)


def as_number(cell: str) -> float | None:
    """The finite number that a cell says, if it says one."""
    try:
        number = float(cell)
    except ValueError:
        return None
    # Python also reads 1_000 as a number, which is a slip in a file
    return number if math.isfinite(number) and "_" not in cell else None


def is_written_as_number(cell: str) -> bool:
    """Whether Python reads a cell as a number, be it infinite."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _read_rows(
    stream: TextIO, path: Path, delimiter: str | None
) -> tuple[list[list[str]], list[int]]:
    first = next((line for line in stream if line.strip()), "")
    stream.seek(0)
    # the one that splits the first line most; a comma where none does
    chosen = delimiter or max(_DELIMITERS, key=first.count)
    reader = csv.reader(stream, delimiter=chosen, skipinitialspace=True, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for cells in reader:
            row = [cell.strip() for cell in cells]
            if not any(row) and len(row) <= 1:
                continue  # an empty line
            if rows and len(row) != len(rows[0]):
                raise DataError(
                    f"from_csv expects {len(rows[0])} cells in every line, as in the first, got "
                    f"{len(row)} in line {reader.line_num} of {str(path)!r}; correct that line, "
                    "or pass the delimiter."
                )
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(
            f"from_csv expects lines of cells between {chosen!r}, got one it cannot read "
            f"({error}) in line {reader.line_num} of {str(path)!r}; correct that line."
        ) from None
    return rows, lines


def _is_header(first: list[str]) -> bool:
    # a row such as "0, 1, cat" may be a header with numbered columns; taken for one, it would be
    # missing from the data without anybody's being told
    return all(as_number(cell) is None for cell in first)
