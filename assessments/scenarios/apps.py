from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScenariosConfig(AppConfig):
    name = "assessments.scenarios"
    label = "scenarios"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from assessments.scenarios import actions, reports, views
        from courses import kinds
        from people import private

        kinds.register(
            kinds.StepKind(
                name="scenario",
                label=_("Scenario"),
                icon="messages-square",
                view=views.intro,
                standing=reports.standing,
            )
        )
        private.register(
            private.Private("notes after scenarios", told=reports.notes_told, forget=actions.forget_reflections)
        )
