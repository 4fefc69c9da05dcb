"""Tables of a user's own: what is read, and how a slip in one is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.errors import ArgumentError, DataError, InputError
from nn.data import from_csv

Write = Callable[[str], Path]

PETS = "age,weight,pet\n3,4.5,cat\n7,21,dog\n1,3.25,cat\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_text(text: str) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode())
        return path

    return write_text


def test_words_in_the_last_column_are_classes_in_alphabetical_order(write: Write) -> None:
    data = from_csv(write(PETS))
    X, y = data
    assert X.tolist() == [[3, 4.5], [7, 21], [1, 3.25]]
    assert y.tolist() == [0, 1, 0]
    assert (X.dtype, y.dtype) == (np.float64, np.int64)
    assert data.classes == ("cat", "dog")
    assert data.features == ("age", "weight")


def test_it_shows_shapes_and_names(write: Write) -> None:
    assert repr(from_csv(write(PETS))) == "Dataset(X: (3, 2), y: (3,) int64, classes: cat, dog)"
    many = "".join(f"0,c{i}\n" for i in range(9))
    assert repr(from_csv(write(many))).endswith("classes: c0, c1, c2, c3, c4, ... (9))")
    assert repr(from_csv(write("1,2.5\n"))) == "Dataset(X: (1, 1), y: (1,) float64)"


@pytest.mark.parametrize("target", ["age", 0, -3, np.int64(0)])
def test_the_target_is_a_column_by_name_or_position(write: Write, target: Any) -> None:
    data = from_csv(write("age,weight,size\n3,4.5,1\n7,21,2\n"), target)
    assert data.X.tolist() == [[4.5, 1], [21, 2]]
    assert data.y.tolist() == [3, 7]
    assert data.features == ("weight", "size")


@pytest.mark.parametrize("features", [["c", "a"], [2, 0], ("c", 0), [-2, -4]])
def test_features_are_the_columns_that_are_asked_for_in_that_order(
    write: Write, features: Any
) -> None:
    data = from_csv(write("a,name,c,y\n1,Ann,3,0\n4,Bob,6,1\n"), features=features)
    assert data.X.tolist() == [[3, 1], [6, 4]]
    assert data.features == ("c", "a")


# which target it is


@pytest.mark.parametrize(
    ("cells", "values", "dtype"),
    [
        (["3", "1", "2"], [3, 1, 2], np.int64),
        (["0.5", "1", "2"], [0.5, 1, 2], np.float64),
        (["1e3", "-1", "2"], [1000, -1, 2], np.float64),
        (["10000000000000000000000", "1", "2"], [1e22, 1, 2], np.float64),
    ],
)
def test_numbers_in_the_target_stay_what_they_are(
    write: Write, cells: list[str], values: list[float], dtype: Any
) -> None:
    data = from_csv(write("".join(f"0,{cell}\n" for cell in cells)))
    assert data.y.dtype == dtype
    assert data.y.tolist() == values
    assert data.classes == ()


def test_numbers_are_made_classes_by_value_if_told(write: Write) -> None:
    data = from_csv(write("0,10\n0,9\n0,10\n"), classes=True)
    assert data.y.tolist() == [1, 0, 1]
    assert data.classes == ("9", "10")


def test_classes_may_be_given_in_an_order_of_ones_own(write: Write) -> None:
    data = from_csv(write(PETS), classes=["dog", "horse", "cat"])
    assert data.y.tolist() == [2, 0, 2]
    assert data.classes == ("dog", "horse", "cat")


def test_words_are_refused_where_numbers_are_insisted_on(write: Write) -> None:
    message = "from_csv expects a number in line 2, column 'pet' of '.+', got 'cat'; correct it, or"
    with pytest.raises(DataError, match=message):
        from_csv(write(PETS), classes=False)


def test_a_word_among_numbers_is_named(write: Write) -> None:
    path = write("x,y\n1,2\n2,three\n3,4\n")
    message = (
        "from_csv expects either numbers or words in column 'y' of '.+', got 'three' in line 3 "
        "among numbers; correct it, or pass classes=True to make each a class"
    )
    with pytest.raises(DataError, match=message):
        from_csv(path)
    assert from_csv(path, classes=True).classes == ("2", "4", "three")


def test_a_class_that_is_not_listed_is_named(write: Write) -> None:
    message = (
        "from_csv expects one of the classes cat, cow in line 3, column 'pet' of '.+', got 'dog'; "
        "add it to classes, or correct the file"
    )
    with pytest.raises(DataError, match=message):
        from_csv(write(PETS), classes=["cat", "cow"])


@pytest.mark.parametrize("classes", ["cat", [], ["cat", "cat"], [1, 2], 3])
def test_classes_must_be_a_list_of_different_names(write: Write, classes: Any) -> None:
    message = (
        "from_csv expects classes to be None, True, False or a list of different names, got .+;"
    )
    with pytest.raises(ArgumentError, match=message):
        from_csv(write(PETS), classes=classes)


# how the file is written


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(write: Write, delimiter: str) -> None:
    assert from_csv(write(PETS.replace(",", delimiter))).X.tolist() == [
        [3, 4.5],
        [7, 21],
        [1, 3.25],
    ]


def test_a_delimiter_may_be_given(write: Write) -> None:
    path = write("1 2   3\n4 5 6\n")
    assert from_csv(path, delimiter=" ").X.tolist() == [[1, 2], [4, 5]]
    message = (
        r"from_csv expects a column to predict from besides the target, got 1 column\(s\) in '.+'; "
        "pass the delimiter, such as delimiter=' '"
    )
    with pytest.raises(DataError, match=message):
        from_csv(path)


@pytest.mark.parametrize(
    "text",
    [
        PETS.replace("\n", "\r\n"),
        "\ufeff" + PETS,
        PETS.rstrip("\n"),
        "\n" + PETS.replace("\n", "\n\n"),
        PETS.replace(",", " , "),
        'age,weight,"pet"\n"3",4.5,"cat"\n7,21,dog\n1,3.25,cat\n',
    ],
    ids=["Windows", "mark", "no end of line", "empty lines", "spaces", "quotes"],
)
def test_the_same_table_written_in_another_way_reads_the_same(write: Write, text: str) -> None:
    data = from_csv(write(text))
    assert data.X.tolist() == [[3, 4.5], [7, 21], [1, 3.25]]
    assert (data.classes, data.features) == (("cat", "dog"), ("age", "weight"))


@pytest.mark.parametrize(
    ("text", "n_rows"),
    [
        ("a,b\n1,2\n", 1),
        (",b,c\n0,1,2\n", 1),
        ("1,2\n3,4\n", 2),
        ("0,1,cat\n3,4,dog\n", 2),
        ("1,cat\n2,dog\n", 2),
    ],
)
def test_a_first_line_without_a_number_is_a_header(write: Write, text: str, n_rows: int) -> None:
    path = write(text)
    assert len(from_csv(path).y) == n_rows
    assert len(from_csv(path, header=True).y) == 1


def test_a_header_with_numbered_columns_is_named(write: Write) -> None:
    path = write("0,1,label\n5,6,7\n8,9,7\n")
    message = "in column 3 of .+, got 'label' in line 1 among numbers; pass header=True, or pass"
    with pytest.raises(DataError, match=message):
        from_csv(path)
    assert from_csv(path, header=True).features == ("0", "1")


@pytest.mark.parametrize(
    "first", ["0,1,kind", "1,2,kind", "2019,2020,kind", "7,7.0,kind", "0,x,kind"]
)
def test_a_line_that_may_be_a_numbered_header_is_asked_about(write: Write, first: str) -> None:
    path = write(f"{first}\n5,6,cat\n8,9,dog\n1,2,cat\n3,4,dog\n")
    counted = first != "7,7.0,kind"
    if counted:
        message = f"whether line 1 of .+ names the columns, got {first.replace(',', ', ')}, whose"
        with pytest.raises(DataError, match=message + " 'kind' is in no other line of column 3"):
            from_csv(path, features=[0])
    else:
        assert from_csv(path).classes == ("cat", "dog", "kind")
    assert from_csv(path, header=True).classes == ("cat", "dog")
    assert from_csv(path, features=[0], header=False).classes == ("cat", "dog", "kind")


@pytest.mark.parametrize(
    "text",
    [
        "0,1,cat\n5,6,dog\n",
        "0,1,cat\n5,6,dog\n7,8,cat\n",
        "1,2,cat\n3,4,dog\n5,6,owl\n",
        "1,2,cat\n",
    ],
)
def test_a_first_row_like_the_others_is_not_asked_about(write: Write, text: str) -> None:
    assert len(from_csv(write(text)).y) == text.count("\n")


@pytest.mark.parametrize("cell", ["1e400", "-inf", "1_000", "1" * 5000])
def test_a_number_that_is_none_of_float64_is_no_class(write: Write, cell: str) -> None:
    path = write(f"a,b\n1,{cell}\n2,{cell}\n")
    with pytest.raises(DataError, match="expects a number in line 2, column 'b'") as caught:
        from_csv(path)
    assert len(str(caught.value)) < 400
    assert from_csv(path, classes=True).y.tolist() == [0, 0]


def test_words_alone_are_rows_if_there_is_no_header(write: Write) -> None:
    with pytest.raises(DataError, match=r"a number in line 1, column 1 of .+, got 'a'"):
        from_csv(write("a,x\n1,y\n"), header=False)


def test_another_encoding_is_read_if_it_is_named(write: Write, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes("größe,tier\n1,bär\n".encode("latin-1"))
    assert from_csv(path, encoding="latin-1").classes == ("bär",)
    message = (
        "from_csv expects '.+' to be text in utf-8, got invalid start byte at byte 2; pass its "
        "encoding, such as encoding='latin-1' or 'utf-16'"
    )
    with pytest.raises(DataError, match=message):
        from_csv(path)
    with pytest.raises(ArgumentError, match="expects an encoding that Python knows, got 'klingon'"):
        from_csv(path, encoding="klingon")


# missing values


MISSING = "age,weight,pet\n3,4.5,cat\n\nn/a,21,dog\n1,,cat\n2,2,\n5,5,cow\n"


def test_a_missing_value_is_an_error_that_names_line_and_column(write: Write) -> None:
    message = (
        r"from_csv expects a value in every cell, got 'n/a' in line 4, column 'age' of '.+' "
        r"\(rows with a missing value: 3 of 5\); fill them in, or pass drop_missing=True"
    )
    with pytest.raises(DataError, match=message):
        from_csv(write(MISSING))


def test_rows_with_a_missing_value_are_left_out_if_told(write: Write) -> None:
    data = from_csv(write(MISSING), drop_missing=True)
    assert data.X.tolist() == [[3, 4.5], [5, 5]]
    assert data.classes == ("cat", "cow")


def test_values_missing_in_columns_that_are_not_used_do_not_matter(write: Write) -> None:
    data = from_csv(write("a,b,y\n1,,0\n2,?,1\n"), features=["a"])
    assert data.X.tolist() == [[1], [2]]


@pytest.mark.parametrize("cell", ["", "NA", "n/a", "NaN", "null", "None", "?"])
def test_these_are_missing(write: Write, cell: str) -> None:
    path = write(f"x,y\n1,2\n{cell},3\n")
    assert from_csv(path, drop_missing=True).X.tolist() == [[1]]
    with pytest.raises(DataError, match=f"got {re.escape(repr(cell))} in line 3, column 'x'"):
        from_csv(path)


def test_a_table_of_which_nothing_would_be_left_is_refused(write: Write) -> None:
    message = r"a row without a missing value, got none in '.+'; choose the columns with features="
    with pytest.raises(DataError, match=message):
        from_csv(write("x,y\n,2\n3,\n"), drop_missing=True)


# slips


@pytest.mark.parametrize("cell", ["twelve", "1,5", "1_000", "inf", "-Infinity", "0x1F", "1 2"])
def test_a_cell_that_is_no_finite_number_is_named_with_line_and_column(
    write: Write, cell: str
) -> None:
    remedy = "write it with a decimal point and no other sign" if cell == "1,5" else "correct it"
    path = write(f"age;size;pet\n1;2;cat\n\n3;{cell};dog\n")
    message = rf"from_csv expects a number in line 4, column 'size' of '.+', got '{cell}'; {remedy}"
    with pytest.raises(DataError, match=message) as caught:
        from_csv(path)
    assert repr(str(path)) in str(caught.value)


def test_columns_without_a_name_are_counted_from_one(write: Write) -> None:
    with pytest.raises(DataError, match=r"a number in line 2, column 2 of '.+', got 'x'"):
        from_csv(write("1,2,3\n4,x,6\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3\n", r"2 cells in every line, as in the first, got 1 in line 3 of '.+'; corr"),
        ("a,b\n1,2\n3,4,5\n", r"2 cells in every line, as in the first, got 3 in line 3 of"),
        (
            'a,b\n1,2\n3,"4\n',
            r"lines of cells between ',', got one it cannot read \(.+\) in line 3",
        ),
        ("", "rows of cells, got an empty file in '.+'; pass another file"),
        ("\n\n", "rows of cells, got an empty file in"),
        ("a,b\n", "rows of cells, got only a header in '.+'; pass another file, or header=False"),
    ],
)
def test_a_file_that_is_no_table_is_refused(write: Write, text: str, message: str) -> None:
    with pytest.raises(DataError, match=f"from_csv expects {message}"):
        from_csv(write(text))


def test_a_line_that_spans_several_is_counted_as_editors_count(write: Write) -> None:
    path = write('name,x,y\n"Ann\nLee",1,2\nBob,oops,3\n')
    with pytest.raises(DataError, match="a number in line 4, column 'x' of"):
        from_csv(path, features=["x"])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"target": "dog"}, ArgumentError,
         "target 'dog' to be the name of one column, got columns 'age', 'weight', 'pet' in '.+'; "),
        ({"target": "pet", "header": False}, ArgumentError,
         "target 'pet' to be the name of one column, got no header in '.+'; pass"),
        ({"target": 3}, ArgumentError,
         r"target to be a column's name or its position from -3 to 2, got 3 \(int\); the last"),
        ({"target": None}, ArgumentError, "target to be a column's name or its position"),
        ({"target": 1.0}, ArgumentError, "target to be a column's name or its position"),
        ({"features": ["age", "pet"]}, ArgumentError,
         "features without the target, got column 'pet' as both; leave it out"),
        ({"features": "age"}, InputError,
         r"features to be a list of columns, got 'age' \(str\); write features=\['age'\]"),
        ({"features": 1}, InputError, r"features to be a list of columns, got 1 \(int\); write"),
        ({"features": ["size"]}, ArgumentError, "features 'size' to be the name of one column"),
        ({"features": []}, DataError, "a column to predict from besides the target"),
        ({"delimiter": ", "}, ArgumentError, r"delimiter to be .+ one character, .+, got ', '"),
        ({"delimiter": '"'}, ArgumentError, "delimiter to be .+ no quote and no line's end, got"),
        ({"delimiter": "\n"}, ArgumentError, "delimiter to be .+ no quote and no line's end, got"),
        ({"encoding": None}, InputError, r"encoding to be a name, got None \(NoneType\)"),
        ({"header": "yes"}, ArgumentError, r"header to be True or False, got 'yes' \(str\)"),
        ({"drop_missing": "yes"}, ArgumentError, "drop_missing to be True or False, got 'yes'"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(
    write: Write, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"from_csv expects {message}"):
        from_csv(write(PETS), **arguments)


def test_a_name_that_two_columns_have_names_none(write: Write) -> None:
    path = write("a,a,y\n1,2,3\n")
    with pytest.raises(ArgumentError, match="target 'a' to be the name of one column, got columns"):
        from_csv(path, "a")
    assert from_csv(path, 1).y.tolist() == [2]


def test_a_path_is_a_path(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"from_csv expects the path of a file, got 3 \(int\); pas"
    ):
        from_csv(3)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        from_csv(tmp_path / "none.csv")


def test_long_names_of_classes_are_cut_in_the_text_of_a_data_set(write: Write) -> None:
    data = from_csv(write(f"a,b\n1,{'x' * 5000}\n2,y\n"))
    assert len(repr(data)) < 150
    assert len(data.classes[0]) == 5000
