"""A person and a team in SCIM's words."""

import hashlib
import json
from urllib.parse import quote

from django.urls import reverse
from django_scim.adapters import SCIMGroup, SCIMUser

from people.models import Team, User
from people.rules.scim import GROUP, USER


def address(name: str, key: object) -> str:
    from people.scim.views import site

    return site() + reverse(name, kwargs={"uuid": quote(str(key))})


def versioned(representation: dict) -> dict:
    """With the version that If-Match and If-None-Match are compared with: a digest of the whole."""
    text = json.dumps(representation, sort_keys=True)
    representation["meta"]["version"] = f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    return representation


class UserAdapter(SCIMUser):
    id_field = "key"

    @property
    def display_name(self) -> str:
        return self.obj.name

    def to_dict(self) -> dict:
        person: User = self.obj
        facts = {
            "schemas": [USER],
            "id": str(person.key),
            "externalId": person.external_id,
            "userName": person.user_name or person.email,
            "name": {"formatted": person.name, "givenName": person.first_name, "familyName": person.last_name},
            "displayName": person.name,
            "title": person.job_role,
            "preferredLanguage": person.language,
            "active": person.is_active,
            "emails": [{"value": person.email, "primary": True}],
            "groups": [_group_of(person.team)] if person.team else [],
            "meta": {
                "resourceType": "User",
                "created": person.date_joined.isoformat(),
                "location": address("scim:users", person.key),
            },
        }
        return versioned({name: value for name, value in facts.items() if value not in ("", [])})


def _group_of(team: Team) -> dict:
    return {"value": str(team.key), "$ref": address("scim:groups", team.key), "display": team.name}


class GroupAdapter(SCIMGroup):
    id_field = "key"

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
    return {"value": str(person.key), "$ref": address("scim:users", person.key), "display": person.name}
