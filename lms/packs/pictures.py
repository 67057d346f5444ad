"""The pictures of a pack and those of the CMS. The same bytes are the same picture, here as there."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image as Picture
from wagtail.images import get_image_model

from assessments.quizzes.blocks import rendition_of
from lms.packs.reading import PICTURE_BYTES, MediaFile
from people.models import User

PIXELS = 50_000_000
SMALL = (100, 100)
NONE = gettext_lazy("the file is no picture (PNG, JPEG, GIF or WebP)")
ENDS = {"PNG": "png", "JPEG": "jpg", "MPO": "jpg", "GIF": "gif", "WEBP": "webp"}
# Pillow's many ways to say that it is none, or one that would fill the memory.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, Picture.DecompressionBombError, Picture.DecompressionBombWarning)


class NoPicture(Exception):
    """Why these bytes are no picture that a pack may hold, in the reader's language."""


def end_of(data: bytes) -> str:
    """How its name ends. Its size is looked at before it is unpacked: a small file can hold a huge picture."""
    if len(data) > PICTURE_BYTES:
        raise NoPicture(_("the file is larger than %(count)d MB") % {"count": PICTURE_BYTES // 1_000_000})
    try:
        with Picture.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
            if picture.width * picture.height > PIXELS:
                raise NoPicture(_("it has more than %(count)d million pixels") % {"count": PIXELS // 1_000_000})
            picture.draft("RGB", SMALL)
            picture.load()
            return ENDS[picture.format or ""]
    except BROKEN as error:
        raise NoPicture(str(NONE)) from error


def content_of(image: Any) -> bytes | None:
    """Nothing where its file is gone."""
    try:
        with image.open_file() as file:
            return file.read()
    except OSError:
        return None


class Library:
    """Images of the CMS for the files of a pack: those that are there, and new ones, whose files go again where the
    import fails."""

    def __init__(self, media: Mapping[str, MediaFile], by: User | None = None) -> None:
        self.content = {file.digest: file.data for file in media.values()}
        self.by = by
        self.found: dict[str, Any] = {}
        self.made: list[Any] = []  # images and renditions

    def image(self, wanted: str, title: str) -> Any:
        """wanted: the digest of its bytes."""
        if wanted not in self.found:
            self.found[wanted] = self._here(wanted) or self._make(wanted, title)
        return self.found[wanted]

    def _here(self, wanted: str) -> Any:
        images = get_image_model().objects.filter(file_hash=wanted).order_by("pk")
        return next((image for image in images if content_of(image) == self.content[wanted]), None)

    def _make(self, wanted: str, title: str) -> Any:
        """Under a name of its own: a file's name can be read by learners and may give the answer away."""
        data = self.content[wanted]
        file = ContentFile(data, name=f"{wanted}.{end_of(data)}")
        image = get_image_model()(
            title=title, file=file, file_size=len(data), file_hash=wanted, uploaded_by_user=self.by
        )
        self.made.append(image)
        try:
            image.save()
            self.made.append(rendition_of(image))
        except BROKEN as error:
            raise NoPicture(str(NONE)) from error
        return image

    def drop(self) -> None:
        for one in self.made:
            one.file.delete(save=False)
            if hasattr(one, "purge_from_cache"):
                one.purge_from_cache()


@contextmanager
def kept_with(library: Library) -> Iterator[None]:
    """Around the transaction of an import: all of it or nothing, on the disk too."""
    try:
        yield
    except BaseException:
        library.drop()
        raise
