"""A person and a team in SCIM's words."""

import hashlib
import json

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django_scim.adapters import SCIMGroup, SCIMUser

from people.models import Team, User
from people.rules.roster import tags_text
from people.rules.scim import GROUP, TRAINING, USER


def site(request: HttpRequest | None = None) -> str:
    """Never from the Host header: it is what a client keeps."""
    return settings.BASE_URL


def address(name: str, key: object) -> str:
    return site() + reverse(name, kwargs={"uuid": key})


def versioned(representation: dict) -> dict:
    """With the version that If-Match and If-None-Match are compared with: a digest of the whole."""
    text = json.dumps(representation, sort_keys=True)
    representation["meta"]["version"] = f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    return representation


class UserAdapter(SCIMUser):
    id_field = "key"

    @classmethod
    def resource_type_dict(cls, request=None) -> dict:
        extended = {"schemaExtensions": [{"schema": TRAINING, "required": False}]}
        return relative(super().resource_type_dict(request)) | extended

    def to_dict(self) -> dict:
        person: User = self.obj
        training = _training_of(person)
        facts = {
            "schemas": [USER, TRAINING] if training else [USER],
            "id": str(person.key),
            "externalId": person.external_id,
            "userName": person.user_name or person.email,
            "name": {"givenName": person.first_name, "familyName": person.last_name},
            "displayName": person.name,
            "title": person.job_role,
            "preferredLanguage": person.language,
            "timezone": person.time_zone,
            "active": person.is_active,
            "emails": [{"value": person.email}],
            "groups": [_group_of(person.team)] if person.team else [],
            "meta": {
                "resourceType": "User",
                "created": person.date_joined.isoformat(),
                "location": address("scim:users", person.key),
            },
            TRAINING: training,
        }
        return versioned({name: value for name, value in facts.items() if value not in ("", [], {})})


def _training_of(person: User) -> dict:
    facts = {"location": person.location, "tags": tags_text(tag.name for tag in person.tags.all())}
    return {name: value for name, value in facts.items() if value}


def relative(described: dict) -> dict:
    """The endpoint as the standard has it: relative to the address of the whole."""
    return described | {"endpoint": "/" + described["endpoint"].rpartition("/")[2]}


def _group_of(team: Team) -> dict:
    return {"value": str(team.key), "$ref": address("scim:groups", team.key), "display": team.name}


class GroupAdapter(SCIMGroup):
    id_field = "key"

    @classmethod
    def resource_type_dict(cls, request=None) -> dict:
        return relative(super().resource_type_dict(request))

    def to_dict(self) -> dict:
        team: Team = self.obj
        facts = {
            "schemas": [GROUP],
            "id": str(team.key),
            "externalId": team.external_id,
            "displayName": team.name,
            "members": [_member(person) for person in team.people.all() if person.left_scim_at is None],
            "meta": {"resourceType": "Group", "location": address("scim:groups", team.key)},
        }
        return versioned({name: value for name, value in facts.items() if value not in ("", [])})


def _member(person: User) -> dict:
    return {"value": str(person.key), "$ref": address("scim:users", person.key)}
