"""Reading a user's own table."""

from __future__ import annotations

import os
import reprlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError, DataError, InputError

from .checks import as_flag, is_integer, shown
from .csv_table import MISSING, Table, as_number, is_written_as_number, read_table
from .dataset import Dataset

_WHO = "from_csv"


def from_csv(
    path: str | os.PathLike[str],
    target: int | str = -1,
    *,
    features: Sequence[int | str] | None = None,
    classes: bool | Sequence[str] | None = None,
    header: bool | str = "auto",
    delimiter: str | None = None,
    drop_missing: bool = False,
    encoding: str = "utf-8",
) -> Dataset:
    r"""Read rows and targets from a CSV file.

    Args:
        path: the file.
        target: the column to predict, by name or by position; -1 is the last one.
        features: the columns to predict from, by name or by position; None is all others.
        classes: None makes class numbers of a target of words, in alphabetical order, and leaves
            numbers what they are; True makes classes of numbers as well; False insists on
            numbers; a list of names gives the classes and their order.
        header: whether the first line names the columns; "auto" says yes if there is no number in
            it, and asks where a line such as "0,1,label" may be either.
        delimiter: what is between cells; None finds out whether it is a comma, a semicolon, a tab
            or a bar.
        drop_missing: whether to leave out rows with a missing value (an empty cell, NA, n/a, nan,
            null, none or ?, in large or small letters), which otherwise are an error.
        encoding: of the text; a byte order mark is skipped.

    Returns:
        A ``Dataset``, which unpacks as ``X, y``. X is float64 (n, n_features). y is int64 (n,) for
        classes and for a target of whole numbers only, otherwise float64 (n,).

    Raises:
        DataError: a cell is not what is expected there; the message says in which line and column.
        ArgumentError: there is no such column.
        OSError: the file cannot be opened.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "pets.csv")
    ...     _ = path.write_text("age,weight,pet\n3,4.5,cat\n7,21,dog\n")
    ...     data = from_csv(path, target="pet")
    >>> data.X.tolist(), data.y.tolist(), data.classes, data.features
    ([[3.0, 4.5], [7.0, 21.0]], [0, 1], ('cat', 'dog'), ('age', 'weight'))
    """
    table = _open(path, header, delimiter, encoding)
    goal = _position(table, target, "target")
    columns = _feature_columns(table, features, goal)
    table = _without_missing(table, [*columns, goal], as_flag(_WHO, "drop_missing", drop_missing))
    if header == "auto" and not table.names:
        _check_first_line(table, goal)
    y, names = _targets(table, goal, classes)
    labels = tuple(table.names[i] for i in columns) if table.names else ()
    return Dataset(_numbers(table, columns), y, names, labels)


def _open(path: Any, header: Any, delimiter: Any, encoding: str) -> Table:
    if not isinstance(path, (str, os.PathLike)):
        raise InputError(
            f"{_WHO} expects the path of a file, got {shown(path)}; pass a path such as 'data.csv'."
        )
    if header != "auto":
        header = as_flag(_WHO, "header", header)
    is_character = isinstance(delimiter, str) and len(delimiter) == 1 and delimiter not in '"\r\n'
    if delimiter is not None and not is_character:
        raise ArgumentError(
            f"{_WHO} expects delimiter to be None or one character, no quote and no line's end, "
            f"got {shown(delimiter)}; pass delimiter=';' or leave it out."
        )
    if not isinstance(encoding, str):
        raise InputError(
            f"{_WHO} expects encoding to be a name, got {shown(encoding)}; pass encoding='utf-8' "
            "or leave it out."
        )
    # utf-8-sig reads files with and without the mark that some programs begin theirs with
    code = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
    try:
        return read_table(Path(path), None if header == "auto" else header, delimiter, code)
    except LookupError:
        raise ArgumentError(
            f"{_WHO} expects an encoding that Python knows, got {shown(encoding)}; pass "
            "encoding='utf-8' or 'latin-1'."
        ) from None


def _position(table: Table, column: object, argument: str) -> int:
    """Which column is meant, counted from 0."""
    n = table.n_columns
    if isinstance(column, str):
        if table.names and table.names.count(column) == 1:
            return table.names.index(column)
        there = f"columns {', '.join(map(repr, table.names))}" if table.names else "no header"
        came = f"{there} in {str(table.path)!r}"
        raise ArgumentError(
            f"{_WHO} expects {argument} {column!r} to be the name of one column, got {came}; "
            "pass one of them, or a position such as -1."
        )
    if not is_integer(column) or not -n <= column < n:
        raise ArgumentError(
            f"{_WHO} expects {argument} to be a column's name or its position from {-n} to "
            f"{n - 1}, got {shown(column)}; the last column is -1."
        )
    return int(column) % n


def _feature_columns(table: Table, features: Any, goal: int) -> list[int]:
    if features is None:
        columns = [i for i in range(table.n_columns) if i != goal]
    elif isinstance(features, str) or not isinstance(features, Iterable):
        raise InputError(
            f"{_WHO} expects features to be a list of columns, got {shown(features)}; write "
            f"features=[{features!r}]."
        )
    else:
        columns = [_position(table, column, "features") for column in features]
    if not columns:
        raise DataError(
            f"{_WHO} expects a column to predict from besides the target, got {table.n_columns} "
            f"column(s) in {str(table.path)!r}; pass the delimiter, such as delimiter=' '."
        )
    if goal in columns:
        raise ArgumentError(
            f"{_WHO} expects features without the target, got {table.column(goal)} as both; leave "
            "it out of one of them."
        )
    return columns


def _without_missing(table: Table, columns: list[int], drop: bool) -> Table:
    missing = [
        (row, column)
        for row, cells in enumerate(table.rows)
        for column in columns
        if cells[column].lower() in MISSING
    ]
    if not missing:
        return table
    rows = {row for row, _ in missing}
    if not drop:
        row, column = missing[0]
        raise DataError(
            f"{_WHO} expects a value in every cell, got {table.rows[row][column]!r} in "
            f"{table.place(row, column)} of {str(table.path)!r} (rows with a missing value: "
            f"{len(rows)} of {len(table.rows)}); fill them in, or pass drop_missing=True to leave "
            "these rows out."
        )
    kept = [row for row in range(len(table.rows)) if row not in rows]
    if not kept:
        raise DataError(
            f"{_WHO} expects a row without a missing value, got none in {str(table.path)!r}; "
            "choose the columns with features=[...]."
        )
    return Table(
        table.path, table.names, [table.rows[i] for i in kept], [table.lines[i] for i in kept]
    )


def _check_first_line(table: Table, goal: int) -> None:
    """A header of numbers and a word reads as a row, whose class is then that row's alone."""
    first, *others = (row[goal] for row in table.rows)
    numbers = [number for cell in table.rows[0] if (number := as_number(cell)) is not None]
    counted = all(after == before + 1.0 for before, after in pairwise(numbers))
    words = all(as_number(cell) is None for cell in (first, *others))
    is_alone = first not in others and min(Counter(others).values(), default=1) > 1
    if words and is_alone and counted:
        raise DataError(
            f"{_WHO} expects to be told whether line {table.lines[0]} of {str(table.path)!r} names "
            f"the columns, got {', '.join(table.rows[0])}, whose {first!r} is in no other line of "
            f"{table.column(goal)}; pass header=True, or header=False if it is a row."
        )


def _numbers(table: Table, columns: list[int]) -> NDArray[np.float64]:
    numbers = np.empty((len(table.rows), len(columns)))
    for row, cells in enumerate(table.rows):
        chosen = [cells[column] for column in columns]
        try:
            numbers[row] = list(map(float, chosen))
            is_read = "_" not in "".join(chosen)
        except ValueError:
            is_read = False
        # cell by cell only where something is wrong: that takes several times as long
        if not is_read or not np.isfinite(numbers[row]).all():
            column = next(column for column in columns if as_number(cells[column]) is None)
            raise _no_number(table, row, column)
    return numbers


def _no_number(table: Table, row: int, column: int) -> DataError:
    cell = table.rows[row][column]
    is_comma = as_number(cell.replace(",", ".")) is not None
    remedy = "write it with a decimal point and no other sign" if is_comma else "correct it"
    return DataError(
        f"{_WHO} expects a number in {table.place(row, column)} of {str(table.path)!r}, got "
        f"{reprlib.repr(cell)}; {remedy}, or choose other columns with features=[...]."
    )


def _targets(
    table: Table, goal: int, classes: bool | Sequence[str] | None
) -> tuple[NDArray[Any], tuple[str, ...]]:
    cells = [row[goal] for row in table.rows]
    numbers = [as_number(cell) for cell in cells]
    bad = [row for row, number in enumerate(numbers) if number is None]
    if classes is None:
        for row in bad:
            if is_written_as_number(cells[row]):  # 1e400 is no word, though no float64 either
                raise _no_number(table, row, goal)
        classes = len(bad) == len(cells)
        if bad and not classes:
            remedy = "pass header=True" if bad == [0] and not table.names else "correct it"
            raise DataError(
                f"{_WHO} expects either numbers or words in {table.column(goal)} of "
                f"{str(table.path)!r}, got {cells[bad[0]]!r} in line {table.lines[bad[0]]} among "
                f"numbers; {remedy}, or pass classes=True to make each a class."
            )
    if isinstance(classes, bool):
        if not classes:
            if bad:
                raise _no_number(table, bad[0], goal)
            return _as_targets(cells), ()
        # by their value where they are numbers: class 10 comes after class 9
        names = sorted(set(cells), key=lambda cell: (float(cell) if not bad else 0.0, cell))
    else:
        names = _class_names(classes)
    number_of = {name: number for number, name in enumerate(names)}
    for row, cell in enumerate(cells):
        if cell not in number_of:
            raise DataError(
                f"{_WHO} expects one of the classes {', '.join(names)} in {table.place(row, goal)} "
                f"of {str(table.path)!r}, got {cell!r}; add it to classes, or correct the file."
            )
    return np.array([number_of[cell] for cell in cells], dtype=np.int64), tuple(names)


def _class_names(classes: object) -> list[str]:
    is_list = isinstance(classes, Sequence) and not isinstance(classes, str)
    names = list(classes) if is_list and isinstance(classes, Sequence) else []
    if not names or not all(isinstance(n, str) for n in names) or len(set(names)) < len(names):
        raise ArgumentError(
            f"{_WHO} expects classes to be None, True, False or a list of different names, got "
            f"{shown(classes)}; write the names as in the file, such as classes=['cat', 'dog']."
        )
    return names


def _as_targets(cells: list[str]) -> NDArray[Any]:
    """Whole numbers if all are written as such, for they may be class numbers."""
    try:
        return np.array([int(cell) for cell in cells], dtype=np.int64)
    except (ValueError, OverflowError):
        return np.array([float(cell) for cell in cells])
