"""Reading a user's own pictures."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import DataError, InputError, MissingExtraError

from .checks import as_flag, as_integer, shown
from .dataset import Dataset

if TYPE_CHECKING:
    from PIL import Image

# those that are read without another program being started, as Pillow does for PostScript
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
_SUFFIXES = {
    ".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm",
}  # fmt: skip
_MOST_PIXELS = 50_000_000  # a camera's; a bomb of a few bytes may ask for billions
_WHO = "from_folder"


def from_folder(path: str | os.PathLike[str], size: int = 28, *, invert: bool = False) -> Dataset:
    """Read pictures that lie in one folder a class, such as ``cats/1.png``, ``dogs/2.jpg``.

    Args:
        path: the folder of the classes' folders.
        size: pixels a side that each picture is resized to, stretched if it is not square.
        invert: False if the background is black, as in MNIST, and white is 1; True if it is white
            and black is to be 1, as for ink on paper.

    Returns:
        A ``Dataset``, which unpacks as ``X, y``. X is float64 (n, size*size), one row a picture
        read line by line, in grey from 0 to 1; what is transparent is background, 0. y is int64
        (n,), the number of the class. Classes are in the order of their folders' names, by value
        where all are whole numbers, and pictures in the order of their paths. Folders within a
        class are read as well, and of an animation its first picture. Hidden files, files that are
        no pictures by their suffix, and links to folders are passed over.

    Raises:
        MissingExtraError: Pillow is not installed.
        DataError: there are no folders, no pictures in one of them, or a picture that cannot be
            read, or has more than 50 million pixels; the message names it.

    >>> from_folder("pictures")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    DataError: from_folder expects a folder, got 'pictures', which is none; ...
    """
    if not isinstance(path, (str, os.PathLike)):
        raise InputError(
            f"{_WHO} expects the path of a folder, got {shown(path)}; pass a path such as "
            "'pictures'."
        )
    side = as_integer(_WHO, "size", size, 1, "pass a number of pixels such as size=28.")
    inverted = as_flag(_WHO, "invert", invert)
    folders = _class_folders(Path(path))
    _check_pillow()
    rows: list[NDArray[np.float64]] = []
    y: list[int] = []
    for number, folder in enumerate(folders):
        for picture in _pictures(folder):
            rows.append(_ink(picture, side, inverted).reshape(-1))
            y.append(number)
    names = tuple(folder.name for folder in folders)
    return Dataset(np.array(rows), np.array(y, dtype=np.int64), names)


def _check_pillow() -> None:
    try:
        import PIL  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            f'{_WHO} needs Pillow; run: pip install "glassgrad[images]"'
        ) from None


def _class_folders(root: Path) -> list[Path]:
    if not root.is_dir():
        raise DataError(
            f"{_WHO} expects a folder, got {str(root)!r}, which is none; pass the folder that "
            "holds a folder for each class."
        )
    # a link may lead to a folder above it, and around in a circle
    folders = [
        entry
        for entry in root.iterdir()
        if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith(".")
    ]
    if not folders:
        raise DataError(
            f"{_WHO} expects a folder for each class in {str(root)!r}, got none; put the pictures "
            "of each class into a folder of the class's name."
        )
    if all(folder.name.isdecimal() for folder in folders):
        return sorted(folders, key=lambda folder: (int(folder.name), folder.name))
    return sorted(folders)


def _pictures(folder: Path) -> list[Path]:
    found = []
    for parent, subfolders, names in os.walk(folder, followlinks=False):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        found += [
            Path(parent, name)
            for name in names
            if not name.startswith(".")
            and Path(name).suffix.lower() in _SUFFIXES
            and not _is_device(Path(parent, name))
        ]
    if not found:
        raise DataError(
            f"{_WHO} expects pictures ({', '.join(sorted(_SUFFIXES))}) of each class, got none in "
            f"{str(folder)!r}; add some, or delete that folder."
        )
    return sorted(found)


def _is_device(path: Path) -> bool:
    """Whether it is a pipe or the like, of which a reader may wait for ever."""
    return path.exists() and not path.is_file()


def _ink(path: Path, side: int, invert: bool) -> NDArray[np.float64]:
    """One picture, (side, side), from 0 for background to 1."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Pillow warns of pictures that we refuse, and of metadata that we do not read
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_FORMATS) as picture:
                n_pixels = picture.width * picture.height
                if n_pixels <= _MOST_PIXELS:
                    return _resized(picture, side, invert)
    except Image.DecompressionBombError:
        n_pixels = _MOST_PIXELS + 1
    # a damaged file ends in whatever its decoder stumbles over: OSError, SyntaxError, struct.error
    except Exception as error:
        raise DataError(
            f"{_WHO} expects a picture that Pillow can read, got {str(path)!r} ({error}); repair "
            "or delete that file."
        ) from error
    raise DataError(
        f"{_WHO} expects pictures of at most {_MOST_PIXELS} pixels, got more in {str(path)!r}; "
        "make that one smaller, or delete it."
    )


def _resized(picture: Image.Image, side: int, invert: bool) -> NDArray[np.float64]:
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(picture)
    grey = _grey(upright, background=255 if invert else 0)
    small = grey.resize((side, side), Image.Resampling.BILINEAR)
    levels: NDArray[Any] = np.asarray(small, dtype=np.float64)
    return (255.0 - levels if invert else levels) / 255.0


def _grey(picture: Image.Image, background: int) -> Image.Image:
    """The picture in 256 levels of grey, on a background where it is transparent."""
    from PIL import Image

    if picture.mode == "F":
        # from 0 to 1, to 255 or to anything else: Pillow cuts off what is not from 0 to 255
        raise ValueError("its grey levels are floats, of which nobody knows what white is")
    if picture.mode.startswith("I"):
        # sixteen bits a pixel, of which Pillow's own conversion keeps the lowest
        deep = np.asarray(picture).astype(np.float64) / 257.0
        return Image.fromarray(np.clip(np.rint(deep), 0, 255).astype(np.uint8))
    if "A" in picture.getbands() or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        ground = Image.new("RGBA", clear.size, (background, background, background, 255))
        picture = Image.alpha_composite(ground, clear)
    return picture.convert("L")
