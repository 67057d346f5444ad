from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from certificates import subjects
        from courses import kinds, reports, views

        subjects.register(reports.course_titles)
        kinds.register(kinds.StepKind(name="lesson", label=_("Lesson"), icon="book-open", view=views.lesson))
