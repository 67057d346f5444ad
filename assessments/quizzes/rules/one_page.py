"""All questions of a paper in one form: how their fields are told apart, and which of the answers that come with it are
new. A form brings everything that stands on its page, touched or not, and several pages may be open at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from assessments.quizzes.rules import form_keys
from assessments.quizzes.rules.question import STALE, Posted, Refused, Response


def prefix(number: int) -> str:
    """Before every field of the question with this number."""
    return f"q{number}-"


def part_of(posted: Posted, number: int) -> dict[str, list[str]]:
    """The fields of one question, by the names its type knows."""
    start = prefix(number)
    return {name.removeprefix(start): list(values) for name, values in posted.items() if name.startswith(start)}


def renamed(shown: Any, start: str) -> Any:
    """What a type shows of its question, with this before the name of every field."""
    if isinstance(shown, Mapping):
        return {
            key: f"{start}{value}" if key == "name" and isinstance(value, str) else renamed(value, start)
            for key, value in shown.items()
        }
    return [renamed(part, start) for part in shown] if isinstance(shown, list | tuple) else shown


def key_of(form: UUID, number: int) -> UUID:
    """The key of one answer of the form: as like to those of the same page, and as far counted, as the form's own."""
    page = form.int | form_keys.COUNTED
    own = uuid5(UUID(int=page), str(number)).int
    return UUID(int=own & ~form_keys.COUNTED | form.int & form_keys.COUNTED)


@dataclass(frozen=True)
class Kept:
    """An answer that is kept already."""

    idem: UUID
    response: Response


def is_new(response: Response, idem: UUID, kept: Sequence[Kept], shown: Response | None) -> bool:
    """Whether somebody chose this answer on the page since it last said one. kept: all answers to the question, oldest
    first. shown: the one that stood on the page when it was opened.

    Raises Refused where the same form comes again with another answer.
    """
    if same := [one for one in kept if one.idem == idem]:
        if same[0].response != response:
            raise Refused(STALE, "")
        return False
    of_this_page = [one for one in kept if _page(one.idem) == _page(idem)]
    if any(form_keys.is_later(one.idem, than=idem) for one in of_this_page):
        return False
    return response != (of_this_page[-1].response if of_this_page else shown)


def _page(idem: UUID) -> int:
    return idem.int | form_keys.COUNTED
