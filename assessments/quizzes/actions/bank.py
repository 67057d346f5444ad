"""Questions of a file into the bank, as drafts."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from django.db import transaction

from assessments.quizzes.formats.document import Item, codes_for
from assessments.quizzes.models import Question, drafts
from people.models import User


@transaction.atomic
def import_questions(*, items: Sequence[Item], language: str, bank: str, key: UUID, by: User) -> list[Question]:
    """New drafts in that language. The same key twice makes them once."""
    locale = Question.locked_language(language)
    keys = [uuid5(key, str(place)) for place in range(len(items))]
    there = Question.objects.filter(translation_key__in=keys, locale=locale)
    if there.exists():
        return list(there)
    taken = Question.objects.filter(bank=bank, locale=locale).values_list("code", flat=True)
    made = []
    for item, code, own in zip(items, codes_for(items, taken), keys, strict=True):
        values = drafts.values_of(item, own) | {"code": code, "bank": bank}
        question = Question(translation_key=own, locale=locale, live=False, **values)
        question.save()
        question.save_revision(user=by, log_action=True, clean=False)
        made.append(question)
    return made
