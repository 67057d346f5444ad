from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuizzesConfig(AppConfig):
    name = "assessments.quizzes"
    label = "quizzes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from assessments.quizzes import actions, reports, views
        from assessments.quizzes.models import Question
        from courses import kinds, practice
        from people import private

        kinds.register(
            kinds.StepKind(
                name="quiz", label=_("Quiz"), icon="list-checks", view=views.intro, standing=reports.standing
            )
        )
        practice.register(
            practice.PracticeQuestions(
                compile=Question.compiled_for,
                choices=Question.choices_for,
                shown=reports.practice,
                previewed=reports.practice_preview,
                banks=Question.banks_of,
            )
        )
        private.register(
            private.Private("practice answers", told=reports.practice_told, forget=actions.forget_practice)
        )
