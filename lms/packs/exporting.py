"""A course as it is live becomes a content pack: the same course always the same bytes, and what an import into an
empty site makes of them is the same course.

    export = export_course(course)     the files, and what they cannot hold, in words
"""

import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import JSONField, Q
from django.utils.translation import gettext as _
from wagtail.fields import StreamField
from wagtail.images import get_image_model
from wagtail.models import Page

from assessments.quizzes.formats.pack import LETTERS, OWN_TEXTS, PARTS, question_to_pack, quiz_to_pack, with_images
from assessments.quizzes.models import Question, QuizPage
from assessments.quizzes.rules import types
from assessments.scenarios.formats.pack import scenario_to_pack
from assessments.scenarios.models import ScenarioPage
from courses.formats.markdown import to_html, to_markdown
from courses.formats.pack import BLOCKS, Texts, course_to_pack, lesson_to_pack, module_to_pack
from courses.keys import pack_key
from courses.models import CoursePage, LessonPage, ModulePage, SourceArticle, SourcePoint
from lms.models import ImportedObject
from lms.packs import dumping
from lms.packs.checks import check_pack, errors
from lms.packs.merging import merged
from lms.packs.objects import COURSE, LESSON, MODULE, PAGES, QUESTION, QUIZ, SCENARIO
from lms.packs.pictures import NoPicture, content_of, end_of
from lms.packs.reading import FORMAT, MediaFile, PackError, read_pack
from lms.packs.shapes import ID
from lms.packs.whole import EXPORT, WHOLE_QUIZ

VERSION = "exported"
STEPS: dict[type, str] = {LessonPage: LESSON, ScenarioPage: SCENARIO, QuizPage: QUIZ}
PREFIXES = {MODULE: "M", LESSON: "L", SCENARIO: "SC", QUIZ: "QZ", QUESTION: "Q"}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
DASHED_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BLOCK_KEY = re.compile(r' data-block-key="[^"]*"')
# Fields of pages and questions that a pack says, or that are not the course: keys, places, dates, search, revisions.
SAID: dict[str, frozenset[str]] = {
    COURSE: frozenset(["code", "summary", "audience", "hours", "valid_months", "review_by", "is_open", "slug"]),
    MODULE: frozenset({"objectives"}),
    LESSON: frozenset(["minutes", "required_of", "objectives", "points", "body"]),
    SCENARIO: frozenset(
        [
            "minutes",
            "required_of",
            "objectives",
            "points",
            "role",
            "setting",
            "customer_name",
            "customer_gender",
            "customer_look",
            "nodes",
            "start_key",
            "tension_start",
            "fail_at",
            "fail_to",
            "pass_outcomes",
            "pass_min_score",
            "skills",
            "flags",
            "expert_path",
            "feedback_timing",
            "meter_visible",
            "attempts_allowed",
            "waits",
        ]
    ),
    QUIZ: frozenset(
        [
            "minutes",
            "required_of",
            "objectives",
            "points",
            "pool_modules",
            "pool_objectives",
            "draw_count",
            "per_objective_min",
            "draw_per_objective",
            "pass_mark",
            "must_pass",
            "attempts_allowed",
            "waits",
            "time_limit_minutes",
            "feedback",
            "shuffle_questions",
            "shuffle_options",
            "partial_credit",
            "text_passed",
            "text_not_yet",
            "must_pass_objective",
            "review",
            "one_page",
            "sections",
            "tests_out",
            "known_from",
            "open_to_guests",
        ]
    ),
    QUESTION: frozenset(
        [
            "code",
            "bank",
            "type",
            "use",
            "module",
            "objective",
            "category",
            "sub_category",
            "tags",
            "keeps_order",
            "review_by",
            "points",
            "difficulty",
            "stem",
            "picture",
            "picture_alt",
            "parts",
            "model_answer",
            "rubric",
        ]
    ),
}
NOT_THE_COURSE = frozenset(
    [
        "id",
        "page_ptr",
        "path",
        "depth",
        "numchild",
        "translation_key",
        "locale",
        "title",
        "draft_title",
        "slug",
        "content_type",
        "live",
        "url_path",
        "owner",
        "has_unpublished_changes",
        "first_published_at",
        "last_published_at",
        "latest_revision",
        "live_revision",
        "latest_revision_created_at",
        "search_description",
        "seo_title",
        "show_in_menus",
        "expire_at",
        "go_live_at",
        "expired",
        "locked",
        "locked_at",
        "locked_by",
        "alias_of",
    ]
)


@dataclass(frozen=True)
class Lost:
    """Something of the course that the pack does not hold."""

    what: str  # a page or question, with its language
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True)
class Export:
    id: str
    files: dumping.Files
    lost: tuple[Lost, ...]


class ExportError(Exception):
    """A course that cannot become a pack, and why, in the reader's language."""


def export_course(course: CoursePage) -> Export:
    """Reads only."""
    exporter = _Exporter(course)
    files = exporter.files()
    _read_back(files)
    return Export(course.code, files, tuple(dict.fromkeys(exporter.lost)))


def _read_back(files: dumping.Files) -> None:
    """What an import would refuse is better refused here."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            dumping.write_folder(files, Path(folder) / "pack")
            pack = read_pack(Path(folder) / "pack")
        except PackError as error:
            raise ExportError(str(error)) from error
    if found := errors(check_pack(pack)):
        raise ExportError(str(found[0]))


# --- what is there -------------------------------------------------------------------------------------------------
class _Names:
    """Key in the database → id in the pack. What was imported keeps its id; what was made here gets one of its key."""

    def __init__(self, pack_id: str) -> None:
        self.pack_id = pack_id
        self.ids: dict[UUID, str] = {}
        self.imported: dict[UUID, str] = {}

    def know(self, keys: Iterable[UUID]) -> None:
        rows = ImportedObject.objects.filter(key__in=list(keys), kind__in=[*PAGES, QUESTION]).order_by("pk")
        for row in sorted(rows, key=lambda row: row.pack_id == self.pack_id):
            self.imported[row.key] = row.object_id

    def add(self, kind: str, key: UUID, wanted: str = "") -> str:
        if key in self.ids:
            return self.ids[key]
        taken = {self.pack_id, *self.ids.values()}
        made = [f"{PREFIXES[kind]}-{key.hex[:length]}" for length in (8, 32)]
        candidates = [wanted or self.imported.get(key, ""), *made]
        self.ids[key] = next(name for name in candidates if ID.fullmatch(name) and name not in taken)
        return self.ids[key]

    def __call__(self, key: str) -> str:
        """What lies outside the course is named by its key."""
        return self.ids.get(_uuid(key), key)

    def key_of(self, name: str) -> str:
        """The key that an import makes of a name."""
        return str(pack_key(self.pack_id, name))

    def told(self, key: UUID) -> dict[str, str]:
        """id, and the key where an import would make another one."""
        name = self.ids.get(key, self.pack_id)
        return {"id": name} if self.key_of(name) == str(key) else {"id": name, "key": str(key)}


def _uuid(text: str) -> Any:
    return UUID(text) if DASHED_KEY.fullmatch(text) else None


class _Exporter:
    def __init__(self, course: CoursePage) -> None:
        self.lost: list[Lost] = []
        pages = CoursePage.objects.filter(translation_key=course.translation_key).select_related("locale")
        here = {page.locale.language_code: page for page in pages}
        order = sorted(dict(settings.LANGUAGES), key=lambda code: code != settings.LANGUAGE_CODE)
        self.courses = {code: here[code] for code in order if code in here and here[code].live}
        if not self.courses:
            raise ExportError(_("This course is not published in any language. Publish it first."))
        self.languages = tuple(self.courses)
        self.course = next(iter(self.courses.values()))
        if not ID.fullmatch(self.course.code):
            raise ExportError(
                _("The code of the course must be at most 40 letters, digits, - and _, to name a pack: %(code)s")
                % {"code": self.course.code}
            )
        for code, page in here.items():
            if not page.live:
                self.lose(page, code, _("It is not published."))
        self.names = _Names(self.course.code)
        self.modules = {code: self.children(page, code) for code, page in self.courses.items()}
        self.steps = {
            code: {module.translation_key: self.children(module, code) for module in modules}
            for code, modules in self.modules.items()
        }
        self.media: dict[str, bytes] = {}
        self.pictures: dict[int, tuple[str, str]] = {}
        self.questions = self.find_questions()
        self.name_all()

    def lose(self, what: Any, language: str, why: str) -> None:
        name = what.title if isinstance(what, Page) else what.code if isinstance(what, Question) else str(what)
        self.lost.append(Lost(f"{name} ({language})" if language else name, why))

    def children(self, parent: Page, language: str) -> list[Any]:
        found: list[Any] = []
        for page in parent.get_children().specific().order_by("path"):
            if type(page) is not ModulePage and type(page) not in STEPS:
                self.lose(page, language, _("A pack has no place for this kind of page."))
            elif not page.live:
                self.lose(page, language, _("It is not published."))
            else:
                if page.has_unpublished_changes:
                    self.lose(page, language, _("It has a draft; the pack holds what is published."))
                found.append(page)
        return found

    def all_steps(self, language: str) -> list[Any]:
        return [step for steps in self.steps[language].values() for step in steps]

    def find_questions(self) -> dict[str, dict[UUID, Question]]:
        """Of the bank of the course, and those that its lessons practise with."""
        practised = {
            _uuid(str(block["value"]["question"]))
            for code in self.languages
            for step in self.all_steps(code)
            if isinstance(step, LessonPage)
            for block in _raw(step, "body")
            if block["type"] == "knowledge_check"
        }
        found: dict[str, dict[UUID, Question]] = {}
        for code, course in self.courses.items():
            wanted = Q(bank=course.code) | Q(translation_key__in=practised - {None})
            found_here = Question.objects.filter(wanted, locale_id=course.locale_id)
            # Sorted here: databases differ in what they call alphabetical.
            rows = sorted(found_here, key=lambda row: (row.code, row.translation_key))
            for row in rows:
                if not row.live:
                    self.lose(row, code, _("It is not published."))
                elif row.has_unpublished_changes:
                    self.lose(row, code, _("It has a draft; the pack holds what is published."))
            found[code] = {row.translation_key: row for row in rows if row.live}
        return found

    def name_all(self) -> None:
        """In the order of the source language, so that the same course always gets the same names."""
        pages = [page for code in self.languages for page in [*self.modules[code], *self.all_steps(code)]]
        self.names.know([page.translation_key for page in pages])
        for page in pages:
            self.names.add(_kind(page), page.translation_key)
        for code in self.languages:
            for key, question in self.questions[code].items():
                self.names.add(QUESTION, key, question.code)

    # --- the documents ---------------------------------------------------------------------------------------------
    def files(self) -> dumping.Files:
        stood: dict[UUID, UUID] = {}  # module by step
        modules = [self.module(key, stood) for key in _keys(self.modules[code] for code in self.languages)]
        quizzes: list[dict] = []
        files: dumping.Files = {}
        for key, module in stood.items():
            kind, documents = self.step(key, module)
            if kind == QUIZ:
                quizzes += documents
                continue
            folder = f"{kind}s"
            name = self.names.ids[key]
            for number, document in enumerate(documents):
                end = f".{document['languages'][0]}" if number else ""
                files[f"{folder}/{name}{end}.yaml"] = dumping.yaml_file(document)
        files["course.yaml"] = dumping.yaml_file(self.course_document(modules, quizzes))
        questions = [
            one
            for key in _keys(list(self.questions[code].values()) for code in self.languages)
            for one in self.question(key)
        ]
        files["questions.yaml"] = dumping.yaml_file({"format": FORMAT, "questions": questions})
        return files | self.sources() | self.media

    def course_document(self, modules: list[dict], quizzes: list[dict]) -> dict[str, Any]:
        documents = {}
        for code, page in self.courses.items():
            self.check_fields(page, COURSE, code)
            hours = None if page.hours is None else f"{page.hours.normalize():f}"
            documents[code] = course_to_pack(_values(page, COURSE) | {"hours": hours}, code)
        said = merged(documents, self.languages)
        for other in said[1:]:
            for code in other["languages"]:
                self.lose(self.courses[code], code, _("Its rules differ from those of the source language."))
                said[0] |= {
                    name: Texts(said[0][name] | text) for name, text in other.items() if isinstance(text, Texts)
                }
        said[0].pop("languages", None)
        return {
            "format": FORMAT,
            "made_by": EXPORT,
            **self.names.told(self.course.translation_key),
            "version": VERSION,
            "languages": list(self.languages),
            **said[0],
            "modules": modules,
            "scenarios": [],
            "assessments": quizzes,
        }

    def module(self, key: UUID, stood: dict[UUID, UUID]) -> dict[str, Any]:
        pages = {code: page for code in self.languages for page in self.modules[code] if page.translation_key == key}
        title = Texts()
        objectives: dict[str, dict[str, Any]] = {}
        for code, page in pages.items():
            self.check_fields(page, MODULE, code)
            document = module_to_pack(_values(page, MODULE), code)
            title = Texts(title | document["title"])
            for one in document["objectives"]:
                known = objectives.setdefault(one["id"], {**one, "text": Texts()})
                if known["bloom"] != one["bloom"] or code in known["text"]:
                    self.lose(page, code, _("The objective %(name)s differs between languages.") % {"name": one["id"]})
                known["text"] = Texts(known["text"] | one["text"])
        steps = self.step_order(key, pages, stood)
        own = {} if tuple(pages) == self.languages else {"languages": list(pages)}
        return {
            **self.names.told(key),
            **own,
            "title": title,
            "objectives": list(objectives.values()),
            "lessons": [],
            "steps": [self.names.ids[step] for step in steps],
        }

    def step_order(self, module: UUID, pages: dict[str, Any], stood: dict[UUID, UUID]) -> list[UUID]:
        """That of the first language; what stands only in another one comes after what it follows there."""
        order: list[UUID] = []
        for code, page in pages.items():
            here = [step.translation_key for step in self.steps[code][module]]
            for step in here:
                if stood.setdefault(step, module) != module:
                    self.lose(page, code, _("A step stands in another module than in the source language."))
            place = 0
            for step in here:
                if stood[step] != module:
                    continue
                if step not in order:
                    order.insert(place, step)
                place = order.index(step) + 1
            known = set(here)
            if [step for step in order if step in known] != [step for step in here if stood[step] == module]:
                self.lose(page, code, _("Its steps stand in another order than in the source language."))
        return order

    def step(self, key: UUID, module: UUID) -> tuple[str, list[dict[str, Any]]]:
        pages = {code: page for code in self.languages for page in self.all_steps(code) if page.translation_key == key}
        kind = _kind(next(iter(pages.values())))
        documents = {}
        for code, page in pages.items():
            self.check_fields(page, kind, code)
            documents[code] = self.step_document(page, kind, code)
        head = {} if kind == QUIZ else {"format": FORMAT}
        named = self.names.told(key) | ({"kind": WHOLE_QUIZ} if kind == QUIZ else {"module": self.names.ids[module]})
        return kind, [head | named | document for document in merged(documents, self.languages)]

    def step_document(self, page: Any, kind: str, language: str) -> dict[str, Any]:
        values = _values(page, kind)
        if kind == QUIZ:
            return quiz_to_pack(values, language)
        if kind == SCENARIO:
            return scenario_to_pack(values, language)
        values["body"] = self.known_blocks(page, values["body"], language)
        return lesson_to_pack(self.names.ids[page.translation_key], values, language, self.names, self.names.key_of)

    def known_blocks(self, page: Any, body: list[dict], language: str) -> list[dict]:
        found = []
        for block in body:
            kind, value = block["type"], block["value"]
            if kind not in BLOCKS:
                self.lose(page, language, _("A pack has no place for the block “%(kind)s”.") % {"kind": kind})
                continue
            if kind == "scenario" and not ID.fullmatch(self.names(value["step"])):
                self.lose(page, language, _("A link leads to no scenario: %(key)s") % {"key": value["step"]})
                continue
            unsaid = set(value) - set(BLOCKS[kind]) - {"points"}
            for name in sorted(name for name in unsaid if value[name] not in (None, "", [])):
                self.lose(page, language, _("A pack has no place for “%(field)s”.") % {"field": name})
            if not _is_carried(value.get("body", "")):
                self.lose(
                    page, language, _("A text has formatting or a link inside this site: only its words are kept.")
                )
            found.append(block)
        return found

    def question(self, key: UUID) -> list[dict[str, Any]]:
        rows = {code: rows[key] for code, rows in self.questions.items() if key in rows}
        name, documents = self.names.ids[key], {}
        for code, row in rows.items():
            self.check_fields(row, QUESTION, code)
            values = _values(row, QUESTION)
            values["parts"] = self.known_parts(row, values["parts"], code)
            values = with_images(values, partial(self.picture, row, code))
            if row.owner_id:
                self.lose(row, code, _("Its owner stays here: a pack names no person."))
            documents[code] = question_to_pack(name, values, code, self.names.key_of, bank=self.names.pack_id)
        return [self.names.told(key) | document for document in merged(documents, self.languages)]

    def known_parts(self, row: Question, parts: list[dict], language: str) -> list[dict]:
        """Those of its type: what was left over from another one is never shown."""
        fields = {spec.name: [field.name for field in spec.fields] for spec in types.get(row.type).specs}
        found = [part for part in parts if part["type"] in fields and part["type"] in PARTS.values()]
        unsaid = {"model_answer", "rubric"} - set(OWN_TEXTS.get(row.type, ()))
        if len(found) < len(parts) or any(getattr(row, name) for name in unsaid):
            self.lose(row, language, _("It has answers of another type of question, which nobody is shown."))
        if len(found) > len(LETTERS):
            raise ExportError(_("%(name)s has more answers than a pack can hold.") % {"name": row.code})
        return [part | {"value": _ordered(part["value"], fields[part["type"]])} for part in found]

    def picture(self, row: Question, language: str, pk: int) -> str:
        """Its file in the pack, named by what is in it; nothing where it cannot be carried."""
        if pk not in self.pictures:
            self.pictures[pk] = self.read_picture(pk)
        name, why = self.pictures[pk]
        if why:
            self.lose(row, language, _("A picture is left out: %(reason)s") % {"reason": why})
        return name

    def read_picture(self, pk: int) -> tuple[str, str]:
        """(its file in the pack, why it has none)"""
        image = get_image_model().objects.filter(pk=pk).first()
        data = content_of(image) if image else None
        if data is None:
            return "", _("the file is missing")
        try:
            name = f"media/{MediaFile(data).digest}.{end_of(data)}"
        except NoPicture as error:
            return "", str(error)
        self.media[name] = data
        return name, ""

    def sources(self) -> dumping.Files:
        key = self.course.translation_key
        articles = sorted(SourceArticle.objects.filter(course_key=key), key=lambda article: article.file)
        found = SourcePoint.objects.filter(course_key=key).select_related("article")
        points = sorted(found, key=lambda point: point.code)
        if gone := [point.code for point in points if not point.is_current]:
            self.lose(", ".join(gone), "", _("Points of the sources that are no longer used are left out."))
        rows = [
            {
                "id": point.code,
                "source_file": point.article.file,
                "source_lines": point.lines,
                "section": point.section,
                "kind": point.kind,
                "module": point.module,
                "treatment": point.treatment,
            }
            | {code: _tidy(point.texts.get(code) or "") or "–" for code in self.languages}
            for point in points
            if point.is_current
        ]
        named = [{"source_file": one.file, "language": one.language, "title": one.title} for one in articles]
        return {
            "points.csv": dumping.points_file(_tidy(rows), self.languages),
            "articles.csv": dumping.articles_file(_tidy(named)),
        }

    def check_fields(self, row: Any, kind: str, language: str) -> None:
        """Whatever a later version adds to a page is named until a pack can say it."""
        for field in row._meta.concrete_fields:
            if field.name in SAID[kind] | NOT_THE_COURSE or (
                field.is_relation and field.value_from_object(row) is None
            ):
                continue
            if field.value_from_object(row) not in (field.get_default(), None, ""):
                self.lose(row, language, _("A pack has no place for “%(field)s”.") % {"field": field.verbose_name})
        if not isinstance(row, Page):
            return
        if row.seo_title or row.search_description or row.expire_at or row.go_live_at:
            self.lose(row, language, _("Its texts for search engines and its dates of publication stay here."))
        if row.get_view_restrictions().exists():
            self.lose(row, language, _("Who may read it is not said in a pack."))


def _kind(page: Page) -> str:
    return MODULE if isinstance(page, ModulePage) else STEPS[type(page)]


def _keys(groups: Iterable[list[Any]]) -> list[UUID]:
    """Each once, in the order of the first language; what only others have follows."""
    return list(dict.fromkeys(row.translation_key for rows in groups for row in rows))


# --- the values of a row -------------------------------------------------------------------------------------------
def _values(row: Any, kind: str) -> dict[str, Any]:
    names = {*SAID[kind], "title"} if isinstance(row, Page) else SAID[kind]
    return {name: _tidy(_raw(row, name)) for name in names}


def _raw(row: Any, name: str) -> Any:
    field = row._meta.get_field(name)
    value = getattr(row, field.attname)
    if isinstance(field, StreamField):
        return field.stream_block.get_prep_value(value)
    return list(value) if isinstance(field, JSONField) and isinstance(value, tuple) else value


def _tidy(value: Any) -> Any:
    """As in a file: line ends, without the control characters that no pack may hold; a date as text, which nothing
    turns."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if isinstance(value, list):
        return [_tidy(part) for part in value]
    if isinstance(value, dict):
        return {name: _tidy(part) for name, part in value.items()}
    return value


def _is_carried(html: str) -> bool:
    plain = BLOCK_KEY.sub("", html).replace("\r\n", "\n")
    return to_html(to_markdown(plain)) == plain


def _ordered(value: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """In the order of the editor's fields: a database may keep an order of its own."""
    return {name: value[name] for name in dict.fromkeys((*fields, *value)) if name in value}
