"""Facts of the organisation that course texts name as {{site.alarm}} and so on. No Django models here.

A fact nobody has filled in reads as an honest sentence in the reader's language, never as a gap.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

PLACEHOLDER = re.compile(r"\{\{\s*site\.([a-z_]+)\s*\}\}")
BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)

NAMES = {
    "alarm": gettext_lazy("How to raise the alarm"),
    "data_protection_contact": gettext_lazy("Contact for data protection"),
    "emergency_contact": gettext_lazy("Emergency number or contact"),
    "end_call_policy": gettext_lazy("Rule for ending a call"),
    "incident_form": gettext_lazy("Incident form"),
    "incident_register": gettext_lazy("Incident register"),
    "phone_threat_procedure": gettext_lazy("Procedure for threats by phone"),
    "police_report_procedure": gettext_lazy("Procedure for reporting to the police"),
    "recovery_break": gettext_lazy("Break after a hard conversation"),
    "report_deadline": gettext_lazy("Time limit for the report"),
    "safe_room": gettext_lazy("Safe room"),
    "safety_procedure": gettext_lazy("Safety procedure"),
    "supervisor_contact": gettext_lazy("Supervisor's contact"),
    "support_contact": gettext_lazy("Contact for support"),
    "team_debrief": gettext_lazy("Talk in the team after an incident"),
}


def placeholders(text: str) -> frozenset[str]:
    """Everything in double braces, known or not."""
    return frozenset("".join(found.split()) for found in BRACES.findall(text))


def default_text(language: str) -> str:
    with override(language):
        return _("(your organisation has not filled this in yet; ask your supervisor)")


def fill(text: str, texts: Mapping[str, Mapping[str, str]], language: str) -> str:
    """The text with each placeholder replaced. texts is {fact: {language: text}}; unknown facts read as the default."""

    def value(match: re.Match) -> str:
        return (texts.get(match[1]) or {}).get(language, "").strip() or default_text(language)

    return PLACEHOLDER.sub(value, text)


def fill_all(value: Any, texts: Mapping[str, Mapping[str, str]], language: str) -> Any:
    """The same for every text of a compiled content, which itself is never changed."""
    if isinstance(value, str):
        return fill(value, texts, language) if "{{" in value else value
    if isinstance(value, list):
        return [fill_all(part, texts, language) for part in value]
    if isinstance(value, dict):
        return {name: fill_all(part, texts, language) for name, part in value.items()}
    return value


def unfilled(texts: Mapping[str, Mapping[str, str]], languages: list[str]) -> list[str]:
    """Facts without a text in at least one language."""
    return [name for name in NAMES if not all((texts.get(name) or {}).get(code, "").strip() for code in languages)]
