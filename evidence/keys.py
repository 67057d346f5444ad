"""The keys of the chain, as the settings have them."""

from django.conf import settings

from evidence import rules


def by_id() -> dict[str, str]:
    """Key id to secret: the current key and those that were used before it."""
    return {rules.key_id(secret): secret for secret in [settings.EVIDENCE_KEY, *settings.EVIDENCE_OLD_KEYS]}
