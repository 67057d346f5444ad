from django.conf import settings
from django.core.checks import Error, register

SHORTEST_KEY = 32


@register()
def evidence_key_is_long_enough(**_) -> list[Error]:
    if len(settings.EVIDENCE_KEY) >= SHORTEST_KEY:
        return []
    hint = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    return [Error(f"EVIDENCE_KEY is shorter than {SHORTEST_KEY} characters.", hint=hint, id="evidence.E001")]
