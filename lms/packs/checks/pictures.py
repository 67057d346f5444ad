"""The pictures that questions name: each is there, is a picture, and says what it shows."""

from collections.abc import Iterator
from functools import cache

from django.utils.translation import gettext as _

from assessments.quizzes.formats.pack import pictures_of
from lms.packs.checks.finding import Finding, check, error
from lms.packs.pictures import NoPicture, end_of
from lms.packs.reading import MediaFile, Pack

BANK = "questions.yaml"


@check
def pictures_are_there(pack: Pack) -> Iterator[Finding]:
    why = cache(lambda name: _why_not(pack.media.get(name)))
    for question in pack.bank:
        for key, picture in pictures_of(question):
            if reason := why(picture["file"]):
                yield error(BANK, key, f"{picture['file']}: {reason}")


def _why_not(file: MediaFile | None) -> str:
    if file is None:
        return _("the file is missing")
    if file.fault:
        return file.fault
    try:
        end_of(file.data)
    except NoPicture as error:
        return str(error)
    return ""


@check
def pictures_say_what_they_show(pack: Pack) -> Iterator[Finding]:
    for question in pack.bank:
        for key, picture in pictures_of(question):
            words = picture.get("alt", {})
            if bool(words) == ("decorative" in picture) or not all(text.strip() for text in words.values()):
                yield error(
                    BANK, key, _("say in words what it shows (alt, in each language), or that it is decorative: true")
                )
