"""Pictures of a user's own: what is read, in which order, and what is refused."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from autograd.errors import ArgumentError, DataError, InputError, MissingExtraError
from nn.data import digits, from_folder, image_folder


def save(path: Path, levels: Any, mode: str | None = None, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(np.array(levels, dtype=np.uint8))
    (picture.convert(mode) if mode else picture).save(path, **options)


def plain(level: int, side: int = 4) -> np.ndarray:
    return np.full((side, side), level)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    save(tmp_path / "dogs" / "b.png", plain(255))
    save(tmp_path / "dogs" / "a.png", plain(51))
    save(tmp_path / "cats" / "c.png", plain(0))
    return tmp_path


def test_rows_are_in_the_order_of_classes_and_paths(root: Path) -> None:
    data = from_folder(root, size=2)
    X, y = data
    assert (X.shape, X.dtype, y.dtype) == ((3, 4), np.float64, np.int64)
    assert X.tolist() == [[0] * 4, [0.2] * 4, [1] * 4]
    assert y.tolist() == [0, 1, 1]
    assert data.classes == ("cats", "dogs")


def test_digits_that_were_saved_as_pictures_come_back_to_the_bit(tmp_path: Path) -> None:
    (digit_rows, labels), _ = digits()
    for i, (row, label) in enumerate(zip(digit_rows[:12], labels[:12], strict=True)):
        save(tmp_path / str(label) / f"{i:02}.png", np.rint(row * 255).reshape(28, 28))
    data = from_folder(tmp_path)
    order = np.argsort(labels[:12], kind="stable")
    assert np.array_equal(data.X, digit_rows[order])
    assert [data.classes[number] for number in data.y] == [str(n) for n in labels[order]]


def test_black_on_white_is_turned_around_if_told(root: Path) -> None:
    assert np.allclose(from_folder(root, 3, invert=True).X[:, 0], [1, 0.8, 0])


def test_folders_of_numbers_are_in_the_order_of_their_values(tmp_path: Path) -> None:
    for name in ("10", "9", "0"):
        save(tmp_path / name / "a.png", plain(0))
    assert from_folder(tmp_path).classes == ("0", "9", "10")


def test_a_picture_is_resized_by_means_and_stretched_if_it_is_no_square(tmp_path: Path) -> None:
    levels = np.zeros((8, 16))
    levels[:, 8:] = 255
    save(tmp_path / "a" / "wide.png", levels)
    X = from_folder(tmp_path, size=4).X.reshape(4, 4)
    assert np.allclose(X, X[0])
    assert X[0] == pytest.approx([0, 0.1, 0.9, 1], abs=0.11)


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.png", "RGB"), ("a.jpg", "RGB"), ("a.JPEG", "L"), ("a.bmp", "L"), ("a.gif", "P"),
     ("a.webp", "RGB"), ("a.tiff", "L"), ("a.pgm", "L"), ("a.png", "1")],
)  # fmt: skip
def test_pictures_of_any_usual_kind_are_read_in_grey(tmp_path: Path, name: str, mode: str) -> None:
    save(tmp_path / "a" / name, plain(255), mode)
    X, _ = from_folder(tmp_path, size=2)
    assert np.allclose(X, np.ones((1, 4)), rtol=0, atol=0.02)


def test_colours_are_as_bright_as_they_look(tmp_path: Path) -> None:
    for i, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
        save(tmp_path / "a" / f"{i}.png", np.full((2, 2, 3), colour))
    # the weights of ITU-R 601-2 for red, green and blue
    assert from_folder(tmp_path, size=1).X[:, 0] == pytest.approx([0.299, 0.587, 0.114], abs=0.004)


def test_sixteen_bits_a_pixel_keep_the_highest_eight(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    levels = np.array([[0, 256], [32896, 65535]], dtype=np.uint16)
    Image.fromarray(levels).save(tmp_path / "a" / "deep.png")
    assert from_folder(tmp_path, size=2).X[0] == pytest.approx([0, 1 / 255, 128 / 255, 1])


@pytest.mark.parametrize("invert", [False, True])
def test_what_is_transparent_is_background(tmp_path: Path, invert: bool) -> None:
    clear = np.zeros((2, 2, 4))
    clear[0, 0] = (0, 0, 0, 255) if invert else (255, 255, 255, 255)
    save(tmp_path / "a" / "clear.png", clear)
    assert from_folder(tmp_path, size=2, invert=invert).X.tolist() == [[1, 0, 0, 0]]


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    picture = Image.fromarray(np.array([[0, 255], [0, 255]], dtype=np.uint8))
    exif = picture.getexif()
    exif[0x0112] = 6  # turn it by 90 degrees to the right
    picture.save(tmp_path / "a" / "photo.png", exif=exif)
    assert from_folder(tmp_path, size=2).X.tolist() == [[0, 0, 1, 1]]


def test_hidden_files_other_files_and_links_to_folders_are_passed_over(root: Path) -> None:
    (root / "readme.txt").write_text("no picture")
    (root / "dogs" / "Thumbs.db").write_bytes(b"no picture")
    (root / "dogs" / ".hidden.png").write_bytes(b"no picture")
    (root / ".git").mkdir()
    save(root / "dogs" / ".cache" / "d.png", plain(9))
    (root / "dogs" / "loop").symlink_to(root, target_is_directory=True)
    (root / "birds").symlink_to(root, target_is_directory=True)
    data = from_folder(root, size=2)
    assert data.classes == ("cats", "dogs")
    assert len(data.y) == 3


def test_folders_within_a_class_are_read(root: Path) -> None:
    save(root / "cats" / "young" / "d.png", plain(255))
    assert from_folder(root, size=1).X[:, 0].tolist() == [0, 1, 0.2, 1]


# what is refused


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".bmp", ".tiff", ".webp"])
@pytest.mark.parametrize("part", [0.0, 0.05, 0.5, 0.9])
def test_a_picture_cut_short_is_named(tmp_path: Path, suffix: str, part: float) -> None:
    path = tmp_path / "cats" / f"cut{suffix}"
    save(path, np.random.default_rng(0).integers(0, 256, (40, 40)))
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    message = (
        rf"from_folder expects a picture that Pillow can read, got '.*cut\{suffix}' \(.+\); repair "
        r"or delete that file\.$"
    )
    with pytest.raises(DataError, match=message):
        from_folder(tmp_path)


@pytest.mark.parametrize("content", [b"no picture", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_a_file_that_is_no_picture_is_named(root: Path, content: bytes) -> None:
    (root / "dogs" / "a.png").write_bytes(content)
    with pytest.raises(
        DataError, match=r"picture that Pillow can read, got '.*a\.png' \(.+\); rep"
    ):
        from_folder(root)


def test_a_link_to_nothing_is_named(root: Path) -> None:
    (root / "dogs" / "gone.png").symlink_to(root / "nothing.png")
    with pytest.raises(DataError, match=r"picture that Pillow can read, got '.*gone\.png'"):
        from_folder(root)


@pytest.mark.parametrize("kind", ["PCX", "TGA", "ICO", "EPS"])
def test_formats_that_pictures_seldom_have_are_not_even_tried(root: Path, kind: str) -> None:
    # a reader that nobody needs is one more to be attacked; that of EPS starts a program
    save(root / "dogs" / "a.png", plain(9, 16), "RGB", format=kind)
    with pytest.raises(DataError, match=r"picture that Pillow can read, got '.*a\.png'"):
        from_folder(root)


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


@pytest.mark.parametrize(
    ("width", "height"), [(10_000, 5_001), (10_000, 10_000), (2**31 - 1, 2**20)]
)
def test_a_bomb_is_refused_before_it_is_unpacked(root: Path, width: int, height: int) -> None:
    (root / "dogs" / "a.png").write_bytes(bomb(width, height))
    message = (
        r"from_folder expects pictures of at most 50000000 pixels, got more in '.*a\.png'; make "
        "that one smaller"
    )
    with pytest.raises(DataError, match=message):
        from_folder(root)


def test_a_class_without_pictures_is_named(root: Path) -> None:
    (root / "birds").mkdir()
    (root / "birds" / "notes.txt").write_text("none yet")
    message = r"expects pictures \(\.bmp, .+\) of each class, got none in '.*birds'; add some, or"
    with pytest.raises(DataError, match=message):
        from_folder(root)


def test_pictures_without_folders_of_classes_are_refused(root: Path) -> None:
    with pytest.raises(
        DataError, match=r"a folder for each class in '.*cats', got none; put the pi"
    ):
        from_folder(root / "cats")


def test_a_file_is_no_folder(root: Path) -> None:
    with pytest.raises(DataError, match=r"expects a folder, got '.*c\.png', which is none; pass"):
        from_folder(root / "cats" / "c.png")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"path": 3}, InputError, r"the path of a folder, got 3 \(int\); pass a path such as"),
        ({"size": 0}, ArgumentError, r"size to be an integer of 1 or more, got 0 \(int\); pass a"),
        ({"size": (28, 28)}, ArgumentError, r"size to be an integer of 1 or more, got \(28, 28\)"),
        ({"invert": 1}, ArgumentError, r"invert to be True or False, got 1 \(int\); pass invert="),
    ],
)
def test_arguments_that_do_not_fit_are_refused(
    root: Path, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"from_folder expects {message}"):
        from_folder(**{"path": root} | arguments)


def test_without_pillow_the_extra_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    message = r'from_folder needs Pillow; run: pip install "glassgrad\[images\]"$'
    with pytest.raises(MissingExtraError, match=message):
        from_folder(root)


def test_importing_nn_loads_neither_pillow_nor_a_web_client() -> None:
    program = "import nn, sys; print([m for m in ('PIL', 'urllib.request') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_limit_is_what_the_docstring_says() -> None:
    assert image_folder._MOST_PIXELS == 50_000_000
    assert "50 million pixels" in str(image_folder.from_folder.__doc__)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_passed_over_and_not_waited_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(root / "cats" / "pipe.png")
    opened: list[str] = []

    def ink(path: Path, side: int, invert: bool) -> np.ndarray:
        opened.append(path.name)  # to open the pipe would wait for ever
        return np.zeros((side, side))

    monkeypatch.setattr(image_folder, "_ink", ink)
    from_folder(root, size=2)
    assert opened == ["c.png", "a.png", "b.png"]


def test_levels_in_floats_are_refused_since_their_white_is_unknown(root: Path) -> None:
    Image.fromarray(np.ones((4, 4), dtype=np.float32)).save(root / "cats" / "float.tif")
    with pytest.raises(DataError, match=r"float\.tif' \(its grey levels are floats"):
        from_folder(root, size=2)


def test_of_an_animation_the_first_picture_counts(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    first, second = (Image.fromarray(plain(n).astype(np.uint8)) for n in (255, 0))
    first.save(tmp_path / "a" / "x.gif", save_all=True, append_images=[second])
    assert from_folder(tmp_path, size=1).X.tolist() == [[1.0]]
