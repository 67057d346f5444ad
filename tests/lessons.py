"""A small course of lessons only, in Polish and English, for tests of what needs no quiz."""

import uuid
from types import SimpleNamespace

from wagtail.models import Site

from courses.models import CataloguePage, CoursePage, LessonPage, ModulePage
from tests.factories import locale, wagtail_root
from tests.remembered import remembered

HOOK, NOTE, CARD, TALK, TALK2 = (str(uuid.UUID(int=number)) for number in range(1, 6))


def body(text: str) -> list[dict]:
    return [
        {"type": "hook", "id": HOOK, "value": {"body": f"<p>{text} at the counter.</p>", "points": ""}},
        {"type": "reflection", "id": NOTE, "value": {"prompt": f"{text}: what would you say?", "points": ""}},
        {
            "type": "job_aid",
            "id": CARD,
            "value": {"title": f"{text} card", "items": ["Breathe", "Listen"], "points": ""},
        },
    ]


def add_lesson(module, title: str, key: uuid.UUID, **fields) -> LessonPage:
    slug = f"{title.lower().replace(' ', '-')}-{module.locale.language_code}"
    page = LessonPage(
        title=title,
        slug=slug,
        locale=module.locale,
        translation_key=key,
        **{"minutes": 6, "body": body(title)} | fields,
    )
    return module.add_child(instance=page)


@remembered
def plant() -> SimpleNamespace:
    """catalogue > course > module > two lessons, in pl and en, linked as translations."""
    root = wagtail_root()
    course_key, module_key = uuid.uuid4(), uuid.uuid4()
    keys = [uuid.uuid4(), uuid.uuid4()]
    made = SimpleNamespace(course_key=course_key, keys=keys, courses={}, modules={}, lessons={})
    catalogue_key = uuid.uuid4()
    for code in ("pl", "en"):
        catalogue = root.add_child(
            instance=CataloguePage(
                title=f"Courses {code}", slug=f"courses-{code}", locale=locale(code), translation_key=catalogue_key
            )
        )
        root.refresh_from_db()
        course = catalogue.add_child(
            instance=CoursePage(
                title=f"Calm {code}",
                slug="calm",
                code="calm",
                summary=f"Stay calm {code}",
                valid_months=12,
                locale=locale(code),
                translation_key=course_key,
            )
        )
        module = course.add_child(
            instance=ModulePage(title=f"Module {code}", slug="module", locale=locale(code), translation_key=module_key)
        )
        made.courses[code], made.modules[code] = course, module
        made.lessons[code] = [
            add_lesson(module, f"{name} {code}", key) for name, key in zip(("First", "Second"), keys, strict=True)
        ]
        if code == "pl":
            Site.objects.update_or_create(
                is_default_site=True, defaults={"hostname": "testserver", "port": 80, "root_page": catalogue}
            )
    return made
