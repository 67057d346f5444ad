from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "evidence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from evidence import actions, checks  # noqa: F401  registers the checks
        from people import witness

        witness.appoint(actions.append)
