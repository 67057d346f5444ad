"""The only writer of rules. Each time one is saved, what it says from then on is kept as a version of its own."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from evidence import actions as evidence
from people.models import User
from training.models import Requirement, RequirementVersion
from training.rules import audience


class Unchanged(Exception):
    """It says this already."""


@transaction.atomic
def save(
    *, requirement: Requirement | None, said: Mapping[str, Any], by: User, note: str = "", counts: Mapping | None = None
) -> Requirement:
    """A new rule, or a new version of one. What was assigned before stays as it was assigned: the hourly run brings
    people in and lets people go by the new words. Raises Unchanged, BadAudience, and ValidationError."""
    rule = Requirement.objects.select_for_update().get(pk=requirement.pk) if requirement else Requirement()
    for name, value in said.items():
        setattr(rule, name, value)
    audience.check(rule.audience)
    rule.clean_fields()
    rule.save()
    content = rule.content()
    newest = rule.versions.order_by("-number").first()
    if newest and newest.content == content:
        raise Unchanged
    last = rule.versions.aggregate(last=Max("number"))["last"] or 0
    RequirementVersion.objects.create(
        requirement=rule,
        number=last + 1,
        content=content,
        note=note.strip(),
        counts=dict(counts or {}),
        saved_by=by,
        saved_at=timezone.now(),
    )
    evidence.append(
        kind="requirement.saved",
        subject=by.key,
        facts={"requirement": str(rule.key), "version": last + 1, "counts": dict(counts or {})},
        personal={},
    )
    return rule
