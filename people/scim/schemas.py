"""What a client is told that people and groups have here: what is stored, and no more.

`active`, `emails`, `preferredLanguage` and `timezone` are required, as everybody has them; who leaves them out when a
person is made gets an open account, the user name as the address, the language of the site, and Warsaw's clock.
"""

from people.rules.scim import GROUP, LANGUAGES, TRAINING, USER
from people.rules.zones import time_zones


def _attribute(name: str, kind: str = "string", description: str = "", **more: object) -> dict:
    return {
        "name": name,
        "type": kind,
        "multiValued": False,
        "description": description,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    } | more


def _reference(description: str, to: str, **more: object) -> dict:
    return _attribute("$ref", "reference", description, referenceTypes=[to], caseExact=True, **more)


def _schema(uri: str, name: str, attributes: list[dict]) -> dict:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": uri,
        "name": name,
        "description": name,
        "attributes": attributes,
        "meta": {"resourceType": "Schema", "location": f"/scim/v2/Schemas/{uri}"},
    }


USERS = _schema(
    USER,
    "User",
    [
        _attribute("userName", description="What the directory calls the person", required=True, uniqueness="server"),
        _attribute(
            "name",
            "complex",
            "The name",
            required=True,
            subAttributes=[
                _attribute("familyName", description="The last name", required=True),
                _attribute("givenName", description="The first name", required=True),
            ],
        ),
        _attribute("displayName", description="The whole name", mutability="readOnly"),
        _attribute("title", description="The job role"),
        _attribute(
            "preferredLanguage",
            description="The language of the pages and the mail",
            required=True,
            canonicalValues=list(LANGUAGES),
        ),
        _attribute(
            "timezone",
            description="Whose days and hours count for due dates and mail",
            required=True,
            canonicalValues=sorted(time_zones()),
        ),
        _attribute("active", "boolean", "False: the account is closed, and its history stays", required=True),
        _attribute(
            "emails",
            "complex",
            "The address that one logs in with; of several the primary one is kept, else the one at work",
            multiValued=True,
            required=True,
            subAttributes=[
                _attribute("value", description="The address", required=True, uniqueness="server"),
            ],
        ),
        _attribute(
            "groups",
            "complex",
            "The team",
            multiValued=True,
            mutability="readOnly",
            subAttributes=[
                _attribute("value", description="The id of the group", mutability="readOnly", caseExact=True),
                _reference("The address of the group", "Group", mutability="readOnly"),
                _attribute("display", description="The name of the group", mutability="readOnly"),
            ],
        ),
    ],
)
TRAININGS = _schema(
    TRAINING,
    "Training",
    [
        _attribute("location", description="Where the person works"),
        _attribute("tags", description="Words that people are sorted by, with commas between them"),
    ],
)
GROUPS = _schema(
    GROUP,
    "Group",
    [
        _attribute("displayName", description="The name of the team", required=True),
        _attribute(
            "members",
            "complex",
            "Who works in the team itself; a person who is put in a team leaves the one before",
            multiValued=True,
            subAttributes=[
                _attribute("value", description="The id of the person", mutability="immutable", caseExact=True),
                _reference("The address of the person", "User", mutability="immutable"),
            ],
        ),
    ],
)


def all_schemas() -> list[dict]:
    return [USERS, TRAININGS, GROUPS]
