"""What the whole product adds to the CMS: ways for courses in and out (lms/packs/views.py), and translation."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.ui.components import Component
from wagtail.admin.views.home import WorkflowObjectsToModeratePanel
from wagtail.admin.widgets.button import Button
from wagtail.models import Locale, Page
from wagtail_localize.models import Translation, get_edit_url

from courses.models import CataloguePage, CoursePage, ModulePage
from courses.outline.reports import names
from lms.packs import language_views, rights, views
from lms.packs.languages import CourseProgress, older, overview
from lms.packs.needs import Need, editable, needs
from lms.packs.translating import progress
from people.rules import alphabet

LANGUAGES = dict(settings.LANGUAGES)
SHOWN = 50  # courses on the home page


@hooks.register("register_admin_urls")
def pack_urls() -> list:
    return [
        path("new-course/", views.course_new, name="course-new"),
        path("import-course/", views.course_import, name="course-import"),
        path("import-course/<uuid:key>/", views.course_imported, name="course-imported"),
        path("courses/<int:page>/publish/", views.course_launch, name="course-launch"),
        path("courses/<int:page>/export/", views.course_export, name="course-export"),
        path("courses/<int:page>/export/file/", views.course_export_file, name="course-export-file"),
        path("courses/<int:page>/translation/", language_views.course_translation, name="course-translation"),
        path("courses/<int:page>/translation/po/", language_views.course_po, name="course-po"),
        path("modules/<int:page>/article/", views.article_import, name="article-import"),
    ]


@hooks.register("register_admin_urls", order=-1)
def safe_po_urls() -> list:
    """At the addresses of wagtail-localize, before its own."""
    return [
        path(
            "localize/translate/<int:translation_id>/pofile/download/",
            language_views.po_download,
            name="translation-po",
        ),
        path(
            "localize/translate/<int:translation_id>/pofile/upload/",
            language_views.po_upload,
            name="translation-po-upload",
        ),
    ]


@hooks.register("register_page_header_buttons")
def pack_buttons(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    yield from _buttons(page, user)


@hooks.register("register_page_listing_more_buttons")
def pack_listing_buttons(page: Page, user: Any, next_url: str | None = None) -> Iterator[Button]:
    yield from _buttons(page, user)


def _buttons(page: Page, user: Any) -> Iterator[Button]:
    kind = page.specific_class
    if kind is CataloguePage and rights.may_begin(user):
        yield Button(_("New course"), reverse("course-new"), icon_name="plus", priority=5)
        yield Button(_("Import a course"), reverse("course-import"), icon_name="upload", priority=6)
    elif kind is CoursePage:
        yield Button(_("Export"), reverse("course-export", args=[page.pk]), icon_name="download", priority=70)
        address = reverse("course-translation", args=[page.pk])
        yield Button(_("Translation"), address, icon_name="wagtail-localize-language", priority=65)
    elif kind is ModulePage:
        yield Button(
            _("Lesson from a file"), reverse("article-import", args=[page.pk]), icon_name="upload", priority=16
        )


class FirstCourse(Component):
    """How to begin, on the home page of a site without courses: as far as this person may."""

    order = 40

    def __init__(self, user: Any) -> None:
        self.user = user

    def render_html(self, parent_context: Any = None) -> str:
        context = {
            "may_begin": rights.may_begin(self.user),
            "may_publish": rights.may_publish(self.user),
            "may_fill_in": self.user.has_perm("courses.change_sitefacts"),
        }
        return render_to_string("lms/staff/first_course.html", context)


@hooks.register("construct_homepage_panels")
def quick_start(request: HttpRequest, panels: list) -> None:
    user: Any = request.user
    if user.is_learning_staff and not CoursePage.objects.exists():
        panels.append(FirstCourse(user))


# --- translation ---------------------------------------------------------------------------------------------------
@hooks.register("insert_global_admin_css")
def translation_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("staff/translation.css"))


@hooks.register("insert_global_admin_js")
def one_save_at_a_time() -> str:
    return format_html('<script type="module" src="{}"></script>', static("staff/one_save.js"))


@hooks.register("before_edit_page", order=-1)
def refuse_a_mixture_of_languages(request: HttpRequest, page: Page) -> HttpResponse | None:
    """wagtail-localize publishes what is not translated in the words of the source; here it says what is missing."""
    if request.method == "POST":
        return _refusal(request, page)
    _tell_of_lagging(request, page)
    return None


@hooks.register("before_edit_snippet", order=-1)
def refuse_a_mixture_in_a_question(request: HttpRequest, instance: Any) -> HttpResponse | None:
    return _refusal(request, instance) if request.method == "POST" and hasattr(instance, "problems") else None


def _refusal(request: HttpRequest, instance: Any) -> HttpResponse | None:
    if request.POST.get("action") != "publish":
        return None
    rows = Translation.objects.filter(source__object=instance.translation_key, target_locale=instance.locale_id)
    translation = rows.filter(enabled=True).first()
    if translation is None:
        return None
    wanted = translation.source.get_ephemeral_translated_instance(translation.target_locale, fallback=True)
    problems = wanted.problems() if hasattr(wanted, "problems") else []
    for problem in problems:
        messages.error(request, problem)
    return redirect(request.path) if problems else None


def _tell_of_lagging(request: HttpRequest, page: Page) -> None:
    """On the page of the source and on that of the language itself."""
    late = older([page.translation_key])
    for (key, language), state in progress([page.translation_key]).items():
        target = page if page.locale.language_code == language else _in_language(page, language)
        lags = state.missing or (key, language) in late
        if not lags or target is None or page.locale.language_code not in (language, settings.LANGUAGE_CODE):
            continue
        text = _lagging(str(LANGUAGES[language]), state.missing)
        buttons = [] if target is page else [messages.button(get_edit_url(target), _("Translate"))]
        messages.warning(request, text, buttons=buttons)


def _lagging(language: str, missing: int) -> str:
    """An answer key, a number or the order may have changed without a word to translate."""
    if not missing:
        text = _(
            "%(language)s lags: its source has changed since. Learners see the older version; publish the translation "
            "anew."
        )
        return text % {"language": language}
    return ngettext(
        "%(language)s lags: %(count)d text is to be translated. Learners see the older version.",
        "%(language)s lags: %(count)d texts are to be translated. Learners see the older version.",
        missing,
    ) % {"language": language, "count": missing}


def _in_language(page: Page, language: str) -> Page | None:
    return page.get_translation_or_none(Locale.objects.get(language_code=language))


# --- home ----------------------------------------------------------------------------------------------------------
class NeedsYou(Component):
    """What this person can do something about, first on the page."""

    order = 30

    def __init__(self, needs: list[Need]) -> None:
        self.needs = needs

    def render_html(self, parent_context: Any = None) -> str:
        return render_to_string("lms/staff/needs_you.html", {"needs": self.needs})


class Languages(Component):
    """How far each course is in each language."""

    order = 65

    def __init__(self, courses: list[CourseProgress]) -> None:
        self.courses = courses

    def render_html(self, parent_context: Any = None) -> str:
        called = names([one.course for one in self.courses])
        rows: list[dict[str, Any]] = [
            {
                "course": one.course,
                "name": called[one.course.translation_key],
                "languages": [
                    (code, LANGUAGES[code], state, one.older.get(code, 0)) for code, state in one.languages.items()
                ],
            }
            for one in self.courses
        ]
        rows.sort(key=lambda row: alphabet.key(row["name"].title))
        return render_to_string("lms/staff/languages.html", {"rows": rows})


@hooks.register("construct_homepage_panels")
def panels_of_editors(request: HttpRequest, panels: list) -> None:
    """Wagtail's own list of reviews asks the database for each row; those reviews are among what needs somebody."""
    user: Any = request.user
    if not user.is_learning_staff:
        return
    panels[:] = [panel for panel in panels if not isinstance(panel, WorkflowObjectsToModeratePanel)]
    mine = CoursePage.objects.filter(pk__in=editable(user).values("pk"), locale=Locale.get_default()).live()
    shown = mine.select_related("locale").order_by("title")[:SHOWN]
    courses = [one for one in overview(list(shown)) if one.languages]
    if found := needs(user, courses, timezone.localdate()):
        panels.append(NeedsYou(found))
    if courses:
        panels.append(Languages(courses))
