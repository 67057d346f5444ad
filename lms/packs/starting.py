"""A new course: the blank pack under another name. So it is valid, in every language, and known as a pack is."""

from typing import Any

from anyascii import anyascii
from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from assessments.quizzes.models import Question
from courses.models import CoursePage
from lms.models import ImportedObject
from lms.packs import dumping
from lms.packs.examples import BLANK
from lms.packs.importing import apply, plan_import
from lms.packs.reading import Pack, read_pack
from lms.packs.shapes import ID

CODE_LENGTH = 40
TITLE_LENGTH = 200


class StartError(Exception):
    """Why no course can be started so, in the reader's language."""


def suggested_code(title: str) -> str:
    return slugify(anyascii(title))[:CODE_LENGTH].strip("-_")


def start_course(*, titles: dict[str, str], code: str = "", by: Any = None) -> CoursePage:
    """The course in its first language, a draft as all of it is. titles: by language, those the course is to have."""
    pack = blank_pack(titles=titles, code=code)
    with transaction.atomic():
        taken = CoursePage.objects.filter(code=pack.id), ImportedObject.objects.filter(pack_id=pack.id)
        if any(rows.exists() for rows in (*taken, Question.objects.filter(bank=pack.id))):
            raise StartError(_("There is a course with the code “%(code)s” already.") % {"code": pack.id})
        plan = plan_import(pack)
        apply(plan, as_drafts=True)
        for page in CoursePage.objects.filter(translation_key=plan.course_key):
            log(instance=page, action="wagtail.create", user=by, content_changed=True)
        course = CoursePage.of_key(plan.course_key)
    assert course is not None
    return course


def blank_pack(*, titles: dict[str, str], code: str = "") -> Pack:
    titles = {language: title.strip() for language, title in titles.items()}
    known = dict(settings.LANGUAGES)
    if not titles or not all(titles.values()):
        raise StartError(_("Give the course a title in each of its languages."))
    if unknown := titles.keys() - known.keys():
        raise StartError(_("Not a language of this site: %(codes)s") % {"codes": ", ".join(sorted(unknown))})
    if any(len(title) > TITLE_LENGTH for title in titles.values()):
        raise StartError(_("A title has at most %(count)d characters.") % {"count": TITLE_LENGTH})
    code = code or suggested_code(next(iter(titles.values())))
    if not ID.fullmatch(code):
        raise StartError(_("A code has at most 40 letters, digits, - and _. Example: calm-clear-safe"))
    blank = read_pack(BLANK)
    spoken = frozenset(blank.languages)
    course = _in_languages(blank.course, spoken, list(titles))
    return Pack(
        course=course | {"id": code, "languages": list(titles), "title": titles},
        questions=_in_languages(blank.questions, spoken, list(titles)),
        lessons=_in_languages(blank.lessons, spoken, list(titles)),
        scenarios=_in_languages(blank.scenarios, spoken, list(titles)),
        points=[],
    )


def blank_files(pack: Pack) -> dumping.Files:
    """The same as the files of a pack, to begin one by hand."""
    files = {name: dumping.yaml_file(document) for name, document in pack.documents()}
    return files | {"points.csv": dumping.points_file([], pack.languages)}


def _in_languages(node: Any, spoken: frozenset[str], languages: list[str]) -> Any:
    """Its texts in these languages; where the blank pack lacks one, in English."""
    if isinstance(node, dict):
        if node.keys() == spoken:
            return {language: node.get(language, node["en"]) for language in languages}
        return {name: _in_languages(part, spoken, languages) for name, part in node.items()}
    if isinstance(node, list):
        return [_in_languages(part, spoken, languages) for part in node]
    return node
