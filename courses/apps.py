from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from certificates import subjects
        from courses import actions, kinds, reports, views
        from people import private

        subjects.register(reports.course_titles)
        kinds.register(kinds.StepKind(name="lesson", label=_("Lesson"), icon="book-open", view=views.lesson))
        private.register(
            private.Private("notes in lessons", told=reports.notes_told, forget=actions.forget_reflections)
        )
