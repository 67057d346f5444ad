"""The chain of records, the personal payloads beside it, and the row that says how far it has grown."""

import json

from django.db import models
from django.db.models import Q

from evidence.rules import GENESIS


class StrictJSON(json.JSONDecoder):
    """Refuses a name that stands twice in one object: readers would differ on which of the two counts."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs | {"object_pairs_hook": self._once})

    @staticmethod
    def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = dict(pairs)
        if len(names) != len(pairs):
            raise ValueError("a name stands twice in one JSON object")
        return names


class Record(models.Model):
    """One fact that was true when it was written. `facts` hold nothing personal: they stay for ever."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    subject = models.UUIDField(null=True)  # the key of the person it is about
    facts = models.JSONField(decoder=StrictJSON)
    commitment = models.CharField(max_length=64, blank=True)  # empty: there is no personal payload
    previous = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16)  # which key made the hash; see rules.key_id
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "kind", "seq"], name="evidence_of_subject")]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class Personal(models.Model):
    """What a record says about a person. Erasable: the chain holds only a salted commitment to it."""

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="personal")
    salt = models.CharField(max_length=64)
    payload = models.JSONField(decoder=StrictJSON)

    def __str__(self) -> str:
        return f"personal payload of record {self.record_id}"


class Head(models.Model):
    """The one row every append locks, so that the chain never forks."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="evidence_one_head")]

    def __str__(self) -> str:
        return f"head at {self.seq}"
