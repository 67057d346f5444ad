"""A small real course, built through Wagtail pages in three languages, so that tests meet what an editor would publish.

    course = make_course()                      two lessons in one module, in Polish, Latvian and English
    course = make_course(steps=[quiz, scenario])   and whatever those callables add (see `Step`)
    enrolment = enrol(ana, course)

Keys are the same in every run: a failure is found again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, UUID, uuid5

from wagtail.models import Locale, Page, Site

from courses import actions
from courses.models import CataloguePage, CoursePage, Enrolment, LessonPage, ModulePage, StepPage
from lms.packs.site import set_up_site
from people.models import User
from tests.remembered import remembered

LANGUAGES = ("pl", "lv", "en")

# Adds one step below the module in one language and returns its page; called once a language, with the same key.
Step = Callable[[ModulePage, str, UUID], StepPage]


@dataclass
class Course:
    key: UUID
    title: str
    pages: dict[str, CoursePage] = field(default_factory=dict)
    modules: dict[str, ModulePage] = field(default_factory=dict)
    steps: dict[str, list[StepPage]] = field(default_factory=dict)  # by language, in the order of the course

    @property
    def step_keys(self) -> list[UUID]:
        return [step.translation_key for step in next(iter(self.steps.values()))]


def key_of(*names: object) -> UUID:
    return uuid5(NAMESPACE_URL, "/".join(map(str, names)))


@remembered
def ready_site() -> list[str]:
    """Languages, catalogues, and what each role may do in the CMS."""
    return set_up_site()


@remembered
def make_course(
    code: str = "calm-first",
    *,
    title: str = "Calm first",
    languages: Sequence[str] = LANGUAGES,
    lessons: int = 2,
    steps: Sequence[Step] = (),
    is_open: bool = False,
    valid_months: int | None = 12,
) -> Course:
    """Catalogue > course > module > lessons, then one step of each of `steps`; everything live."""
    course = Course(key=key_of(code), title=title)
    with actions.batch():
        for language in languages:
            _build(course, code, language, lessons=lessons, steps=steps, is_open=is_open, valid_months=valid_months)
    return course


def enrol(person: User, course: Course) -> Enrolment:
    return actions.enrol(person=person, course_key=course.key)


def locale(language: str) -> Locale:
    return Locale.objects.get_or_create(language_code=language)[0]


def wagtail_root() -> Page:
    """The one that Wagtail's migrations made; after a flush a new one."""
    return Page.objects.filter(depth=1).first() or Page.add_root(title="Root", slug="root", locale=locale("pl"))


def catalogue(language: str) -> CataloguePage:
    """Below Wagtail's root; the one in the source language is the site's own."""
    found = CataloguePage.objects.filter(locale=locale(language)).first()
    if found:
        return found
    page = CataloguePage(
        title="Courses", slug=f"courses-{language}", locale=locale(language), translation_key=key_of("catalogue")
    )
    wagtail_root().add_child(instance=page)
    if language == "pl":
        Site.objects.update_or_create(
            is_default_site=True, defaults={"hostname": "localhost", "port": 80, "root_page": page}
        )
    return page


def lesson(module: ModulePage, language: str, key: UUID, *, title: str = "A calm voice") -> LessonPage:
    """A concept and a reflection; the ids of the blocks are the same in every language."""
    page = LessonPage(
        title=f"{title} ({language})",
        slug=f"lesson-{key.hex[:8]}",
        locale=module.locale,
        translation_key=key,
        minutes=5,
        body=[
            {
                "type": "concept",
                "id": str(key_of(key, "concept")),
                "value": {"heading": title, "body": f"<p>Your voice leads the way. ({language})</p>", "points": ""},
            },
            {
                "type": "reflection",
                "id": str(key_of(key, "reflection")),
                "value": {"prompt": "When did it help?", "points": ""},
            },
        ],
    )
    module.add_child(instance=page)
    return page


def _build(course: Course, code: str, language: str, *, lessons, steps, is_open, valid_months) -> None:
    page = CoursePage(
        title=f"{course.title} ({language})",
        slug=code,
        code=code,
        summary="Stay calm when others are not.",
        locale=locale(language),
        translation_key=course.key,
        is_open=is_open,
        valid_months=valid_months,
    )
    catalogue(language).add_child(instance=page)
    module = ModulePage(
        title=f"Calm ({language})",
        slug="calm",
        locale=page.locale,
        translation_key=key_of(code, "calm"),
        objectives=[{"type": "objective", "value": {"id": "CALM-1", "bloom": "apply", "text": "keep an even voice"}}],
    )
    page.add_child(instance=module)
    makers = [lesson] * lessons + list(steps)
    course.pages[language], course.modules[language] = page, module
    course.steps[language] = [make(module, language, key_of(code, "step", n)) for n, make in enumerate(makers, 1)]
