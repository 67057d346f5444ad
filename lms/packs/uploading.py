"""A content pack that somebody sends as a zip: unpacked into a folder of its own, read, and gone again."""

import tempfile
from pathlib import Path

from lms.packs.dumping import write_folder
from lms.packs.reading import PICTURE_BYTES, Pack, PackError, read_pack
from lms.packs.zips import Limits, ZipRefused, unzipped

# Texts are a few MB; the rest is for pictures.
LIMITS = Limits(file_bytes=50_000_000, entries=3_100, entry_bytes=PICTURE_BYTES, total_bytes=160_000_000)


def read_zip(data: bytes) -> Pack:
    """PackError where the zip or what it holds cannot be read."""
    try:
        files = unzipped(data, LIMITS)
    except ZipRefused as error:
        raise PackError("zip", "", str(error)) from error
    top = _top(files)
    with tempfile.TemporaryDirectory() as folder:
        try:
            write_folder({name[len(top) :]: content for name, content in files.items()}, Path(folder) / "pack")
        except OSError as error:
            raise PackError("zip", "", error.strerror or str(error)) from error
        return read_pack(Path(folder) / "pack")


def _top(files: dict[str, bytes]) -> str:
    """Who zips a folder gets the folder inside: "mini/"."""
    tops = {name.partition("/")[0] + "/" for name in files}
    top = next(iter(tops)) if len(tops) == 1 else ""
    return top if f"{top}course.yaml" in files else ""
