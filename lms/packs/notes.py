"""What a translator sees beside the texts: what changed in the source, and the terms these texts use."""

import html
import re
from dataclasses import dataclass, replace

from wagtail_localize.models import StringSegment, Translation

from lms.packs.glossary import Found, glossary, used
from lms.packs.translating import Stale, stale

_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Notes:
    source: str  # language codes
    target: str
    stale: list[Stale]
    terms: list[Found]


def notes_for(translation: Translation) -> Notes:
    source, target = translation.source.locale.language_code, translation.target_locale.language_code
    texts = StringSegment.objects.filter(source=translation.source_id).values_list("string__data", flat=True)
    changed = [
        replace(one, former=_plain(one.former), now=_plain(one.now), translated=_plain(one.translated))
        for one in stale(translation).values()
    ]
    return Notes(source, target, changed, used(glossary(source, target), "\n".join(texts)))


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text))
