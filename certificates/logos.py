"""A picture somebody uploaded, made into the small PNG that is printed. Nothing of the upload itself is kept."""

import io
from typing import BinaryIO

from PIL import Image, ImageOps

BOX = (600, 300)  # 60 × 30 mm on paper at 254 dots an inch; 540 kB at the very worst
MAX_PIXELS = 25_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")  # no SVG: it can name other files, and is a program more than a picture


class NotUsable(Exception):
    """No picture of a kind and size we print."""


def as_png(file: BinaryIO) -> bytes:
    """Bounded before it is unpacked: a small file can hold a huge picture."""
    try:
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise NotUsable(f"{picture.width} × {picture.height}")
            picture.draft("RGB", BOX)
            return _png(picture)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise NotUsable(str(error)) from error


def _png(picture: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    upright.thumbnail(BOX)
    paper = Image.new("RGB", upright.size, "white")
    paper.paste(upright, mask=upright.getchannel("A"))
    written = io.BytesIO()
    paper.save(written, "PNG", optimize=True)
    return written.getvalue()


def size_of(png: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        return picture.size
