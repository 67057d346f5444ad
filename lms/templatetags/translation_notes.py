"""What a translator sees beside the texts."""

from typing import Any

from django import template

from lms.packs.notes import Notes, notes_for

register = template.Library()


@register.simple_tag
def translation_notes(translation: Any) -> Notes:
    return notes_for(translation)
