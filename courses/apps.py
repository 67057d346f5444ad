from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.signals import post_page_move


class CoursesConfig(AppConfig):
    name = "courses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from certificates import subjects
        from courses import actions, kinds, reports, views
        from courses.models import pages
        from people import private

        post_page_move.connect(pages.moved, dispatch_uid="courses")
        subjects.register(reports.course_titles)
        kinds.register(kinds.StepKind(name="lesson", label=_("Lesson"), icon="book-open", view=views.lesson))
        private.register(
            private.Private("notes in lessons", told=reports.notes_told, forget=actions.forget_reflections)
        )
