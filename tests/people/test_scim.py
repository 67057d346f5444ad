"""SCIM: who gets in, what a directory may do to people and teams here, and what it may not."""

import json

import pytest
from django.test import Client

from evidence.models import Record
from people import actions, doors, roles
from people.actions import scim_tokens
from people.actions import teams as tree
from people.models import Invitation, Mail, ScimToken, Team, TeamLead, User
from people.rules import scim as rules
from tests.conftest import EVER_SINCE, PASSWORD, person

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USERS, GROUPS = "/scim/v2/Users", "/scim/v2/Groups"
JANA = {
    "schemas": [rules.USER],
    "userName": "jliepa",
    "externalId": "hr-17",
    "name": {"givenName": "Jana", "familyName": "Liepa"},
    "title": "Seller",
    "preferredLanguage": "lv-LV",
    "emails": [
        {"value": "home@example.net", "type": "home"},
        {"value": "Jana@example.org", "type": "work", "primary": True},
    ],
    "active": True,
}


class Directory:
    """What an identity provider's client does."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"authorization": f"Bearer {token}"})

    def __call__(self, verb: str, path: str, body: object = None, **headers: str):
        data = body if isinstance(body, str) else json.dumps(body)
        return self.client.generic(verb, path, data if body is not None else "", "application/scim+json", **headers)

    def patch(self, path: str, *operations: dict):
        return self("PATCH", path, {"schemas": [rules.PATCH_OP], "Operations": list(operations)})

    def found(self, filter_: str, path: str = USERS) -> list[str]:
        answer = self.client.get(path, {"filter": filter_})
        assert answer.status_code == 200, answer.content
        return sorted(each.get("userName") or each["displayName"] for each in answer.json()["Resources"])


@pytest.fixture
def directory(admin) -> Directory:
    return Directory(scim_tokens.make(name="Entra", by=admin)[1])


@pytest.fixture
def jana(directory) -> User:
    directory("POST", USERS, JANA)
    return User.objects.get(email="jana@example.org")


def path(found: User | Team) -> str:
    return f"{USERS if isinstance(found, User) else GROUPS}/{found.key}"


def fresh(who: User) -> User:
    return User.objects.get(pk=who.pk)


# --- who gets in ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_where_no_token_was_made_there_is_nothing():
    for each in (USERS, GROUPS, "/scim/v2/ServiceProviderConfig", "/scim/v2/", "/scim/v2/x"):
        assert Client().get(each).status_code == 404
        assert Client(headers={"authorization": "Bearer x"}).get(each).status_code == 404


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic d3Jvbmc6d3Jvbmc=", "Bearer ą"])
def test_without_the_token_nobody_gets_in(header, directory, ana, admin, client_for):
    for client in (Client(), client_for(admin), client_for(ana)):
        answer = client.get(USERS, headers={"authorization": header})
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert b"example.org" not in answer.content


def test_a_revoked_token_opens_nothing_and_the_last_one_closes_the_door(directory, admin):
    scim_tokens.make(name="Other", by=admin)
    scim_tokens.revoke(token=ScimToken.objects.get(name="Entra"), by=admin)
    assert directory("GET", USERS).status_code == 401
    scim_tokens.revoke(token=ScimToken.objects.get(name="Other"), by=admin)
    assert directory("GET", USERS).status_code == 404
    kinds = list(Record.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["scim-token-made"] * 2 + ["scim-token-revoked"] * 2


def test_only_a_hash_of_the_token_is_stored(admin):
    made, token = scim_tokens.make(name="Entra", by=admin)
    assert token not in str(ScimToken.objects.values().get(pk=made.pk))
    assert len(token) == 43


def test_guessing_a_token_is_slowed_down(directory):
    client = Client(headers={"authorization": "Bearer guess"})
    answers = [client.get(USERS).status_code for _ in range(doors.SCIM_GUESS.tries + 1)]
    assert answers[:-1] == [401] * doors.SCIM_GUESS.tries
    assert answers[-1] == 429
    assert directory("GET", USERS).status_code == 200, "who has the token is not kept out by it"


def test_a_token_has_its_own_throttle(directory, monkeypatch):
    monkeypatch.setattr(doors, "SCIM", doors.Door("scim", 2, doors.SCIM.within))
    answers = [directory("GET", USERS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "60"


def test_nothing_is_kept_by_caches(directory):
    assert directory("GET", USERS)["Cache-Control"] == "no-store"


# --- people --------------------------------------------------------------------------------------------------------
def test_a_person_is_made_invited_and_read_again(directory):
    made = directory("POST", USERS, JANA)
    assert made.status_code == 201
    jana = User.objects.get(email="jana@example.org")
    assert (jana.name, jana.job_role, jana.language, jana.is_waiting) == ("Jana Liepa", "Seller", "lv", True)
    assert Mail.objects.get().to == "jana@example.org"
    body = made.json()
    assert body == directory("GET", path(jana)).json()
    assert (body["id"], body["userName"], body["externalId"]) == (str(jana.key), "jliepa", "hr-17")
    assert body["emails"] == [{"value": "jana@example.org"}]
    assert made["Location"] == body["meta"]["location"]
    assert "password" not in str(body)


def test_a_directory_says_whose_clock_is_somebodys(directory):
    """Else the days of everybody in Riga would end at midnight in Warsaw."""
    made = directory("POST", USERS, JANA | {"timezone": "Europe/Riga"}).json()
    assert made["timezone"] == "Europe/Riga"
    jana = User.objects.get(key=made["id"])
    assert jana.time_zone == "Europe/Riga"
    directory("PUT", f"{USERS}/{jana.key}", JANA)
    jana.refresh_from_db()
    assert jana.time_zone == "Europe/Riga", "what is not said stays"
    patch = {"op": "replace", "path": "timezone", "value": "Europe/Warsaw"}
    assert directory.patch(f"{USERS}/{jana.key}", patch).json()["timezone"] == "Europe/Warsaw"


@pytest.mark.parametrize(
    ("changes", "scim_type"),
    [
        ({"userName": ""}, "invalidValue"),
        ({"userName": "x", "emails": []}, "invalidValue"),
        ({"emails": [{"value": "no address"}]}, "invalidValue"),
        ({"emails": "jana@example.org"}, "invalidValue"),
        ({"active": "maybe"}, "invalidValue"),
        ({"name": "Jana"}, "invalidValue"),
        ({"name": {"givenName": "a\nb"}}, "invalidValue"),
        ({"title": "x" * 81}, "invalidValue"),
        ({"title": 7}, "invalidValue"),
        ({"preferredLanguage": "de"}, "invalidValue"),
        ({"externalId": ["x"]}, "invalidValue"),
    ],
)
def test_a_person_who_cannot_be_is_refused(changes, scim_type, directory):
    answer = directory("POST", USERS, JANA | changes)
    assert (answer.status_code, answer.json()["scimType"]) == (400, scim_type)
    assert not User.objects.filter(external_id="hr-17").exists()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '"x"', "[" * 100_000, "\xff"])
def test_a_body_that_is_no_object_is_refused(body, directory, jana):
    for verb, where in (("POST", USERS), ("PUT", path(jana)), ("PATCH", path(jana)), ("POST", f"{USERS}/.search")):
        assert directory(verb, where, body).status_code == 400, verb


@pytest.mark.parametrize("depth", [300, 450, 900])
def test_a_body_nested_deeper_than_anything_scim_knows_is_refused(depth, directory, jana):
    deep = "[" * depth + "]" * depth
    for verb, where, body in (
        ("POST", USERS, f'{{"userName": {deep}}}'),
        ("PUT", path(jana), f'{{"userName": {deep}}}'),
        ("PATCH", path(jana), f'{{"Operations": [{{"op": "add", "path": "title", "value": {deep}}}]}}'),
    ):
        assert directory(verb, where, body).status_code == 400, verb


@pytest.mark.parametrize("taken", [{"userName": "JLIEPA", "emails": [{"value": "x@example.org"}]}, {"userName": "x"}])
def test_a_name_or_address_that_somebody_has_is_refused(taken, directory, jana):
    answer = directory("POST", USERS, JANA | {"externalId": "hr-18"} | taken)
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")


def test_an_account_that_was_here_before_is_found_by_its_address(directory, ana):
    assert directory.found('userName eq "ANA@example.org"') == ["ana@example.org"]
    put = {"userName": "anowak", "name": {"givenName": "Ana", "familyName": "Nowak"}, "emails": [{"value": ana.email}]}
    assert directory("PUT", path(ana), put).status_code == 200
    assert directory.found('userName eq "anowak"') == ["anowak"]
    assert fresh(ana).is_active, "a PUT that says nothing of it closes nobody out"


def test_deactivating_is_the_act_of_an_admin(directory, jana, client_for):
    session = client_for(jana)
    answer = directory.patch(path(jana), {"op": "Replace", "path": "active", "value": "False"})
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert not fresh(jana).is_active
    assert session.get("/account/").url.startswith("/login/")
    assert Record.objects.filter(kind="account-closed", subject=jana.key).count() == 1
    directory.patch(path(jana), {"op": "replace", "value": {"active": True}})
    assert fresh(jana).is_active


@pytest.mark.parametrize(("active", "invited"), [(True, ["jana@example.org", "j2@example.org"]), (False, [])])
def test_a_new_address_takes_the_open_invitation_along(active, invited, directory, jana):
    """But who leaves at the same moment is invited nowhere."""
    directory("PUT", path(jana), JANA | {"emails": [{"value": "j2@example.org"}], "active": active})
    assert set(Invitation.objects.values_list("email", flat=True)) == set(invited[1:])
    assert list(Mail.objects.values_list("to", flat=True)) == (invited or ["jana@example.org"])


def test_deleting_deactivates_hides_and_keeps_the_person(directory, jana):
    assert directory("DELETE", path(jana)).status_code == 204
    assert not fresh(jana).is_active
    for verb in ("GET", "PUT", "PATCH", "DELETE"):
        assert directory(verb, path(jana), JANA).status_code == 404
    assert directory.found('userName eq "jliepa"') == []
    assert str(jana.key) not in directory("GET", USERS).content.decode()


def test_who_was_deleted_comes_back_only_with_their_own_number(directory, jana):
    directory("DELETE", path(jana))
    for other in ({"externalId": "hr-99"}, {"externalId": None}):
        assert directory("POST", USERS, JANA | other).status_code == 409
    assert not fresh(jana).is_active
    assert directory("POST", USERS, JANA).json()["id"] == str(jana.key)
    assert fresh(jana).is_active


def test_an_admin_is_out_of_a_directorys_reach(directory, admin):
    takeover = {"op": "replace", "path": "emails", "value": [{"value": "thief@example.net"}]}
    for answer in (
        directory.patch(path(admin), takeover),
        directory.patch(path(admin), {"op": "replace", "path": "active", "value": False}),
        directory("DELETE", path(admin)),
    ):
        assert answer.status_code == 403
    assert (fresh(admin).email, fresh(admin).is_active) == ("adam@example.org", True)


def test_no_role_and_no_password_comes_by_this_door(directory):
    directory("POST", USERS, JANA | {"password": PASSWORD, "is_superuser": True, "roles": [{"value": roles.ADMIN}]})
    jana = User.objects.get(email="jana@example.org")
    assert (jana.is_superuser, jana.is_staff, jana.has_usable_password(), jana.groups.count()) == (False,) * 3 + (0,)


# --- PATCH ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("operation", "shown"),
    [
        (("Add", "title", "Chief"), {"title": "Chief"}),
        (("remove", "title", None), {"title": None}),
        (("replace", "NAME.GIVENNAME", "Janka"), {"name": {"givenName": "Janka", "familyName": "Liepa"}}),
        (("replace", None, {"name.familyName": "Ozola", "title": "X"}), {"title": "X"}),
        (("replace", f"{rules.USER}:title", "Y"), {"title": "Y"}),
        (("replace", 'emails[type eq "work"].value', "J2@example.org"), {"emails": [{"value": "j2@example.org"}]}),
        (("replace", 'emails[type eq "home"].value', "h@example.org"), {"emails": [{"value": "jana@example.org"}]}),
        (("add", "emails[primary eq true].value", "p@example.org"), {"emails": [{"value": "p@example.org"}]}),
        (("remove", "externalId", None), {"externalId": None}),
        (("replace", None, {ENTERPRISE: {"department": "X"}}), {"title": "Seller"}),
    ],
)
def test_a_patch_does_what_it_says(operation, shown, directory, jana):
    op, where, value = operation
    answer = directory.patch(path(jana), {"op": op, "path": where, "value": value})
    assert answer.status_code == 200, answer.content
    assert {name: answer.json().get(name) for name in shown} == shown
    assert answer.json() == directory("GET", path(jana)).json()


TRAINING = rules.TRAINING
IN_RIGA = {"location": "Riga", "tags": "drives, night"}


@pytest.mark.parametrize(
    ("operation", "stands"),
    [
        (("replace", f"{TRAINING}:location", "Cesis"), IN_RIGA | {"location": "Cesis"}),
        (("replace", f"{TRAINING.upper()}:LOCATION", "Cesis"), IN_RIGA | {"location": "Cesis"}),
        (("remove", f"{TRAINING}:location", None), {"tags": "drives, night"}),
        (("add", f"{TRAINING}:tags", "night,  new "), IN_RIGA | {"tags": "new, night"}),
        (("remove", f"{TRAINING}:tags", None), {"location": "Riga"}),
        (("add", TRAINING, {"Tags": "new", "schemas": [TRAINING]}), IN_RIGA | {"tags": "new"}),
        (("replace", None, {TRAINING: {"location": "Cesis"}}), IN_RIGA | {"location": "Cesis"}),
        (("replace", None, {f"{TRAINING}:location": "Cesis"}), IN_RIGA | {"location": "Cesis"}),
        (("remove", TRAINING, None), None),
        (("replace", "title", "Chief"), IN_RIGA),
    ],
)
def test_a_directory_says_where_somebody_works_and_how_they_are_sorted(operation, stands, directory, jana):
    """In an extension of our own (RFC 7643, 3.3), since requirements choose people by both."""
    directory("PUT", path(jana), JANA | {TRAINING: IN_RIGA})
    op, where, value = operation
    answer = directory.patch(path(jana), {"op": op, "path": where, "value": value})
    assert answer.status_code == 200, answer.content
    body = directory("GET", path(jana)).json()
    assert answer.json() == body
    assert body.get(TRAINING) == stands
    assert body["schemas"] == [rules.USER, TRAINING][: 2 if stands else 1]
    kept = ", ".join(sorted(fresh(jana).tags.values_list("name", flat=True)))
    assert {"location": fresh(jana).location, "tags": kept} == {"location": "", "tags": ""} | (stands or {})


def test_a_directory_without_the_extension_empties_nothing(directory, jana):
    directory("PUT", path(jana), JANA | {TRAINING: IN_RIGA})
    assert directory("PUT", path(jana), JANA).json()[TRAINING] == IN_RIGA
    only = directory("GET", f"{USERS}?attributes={TRAINING}:tags").json()["Resources"]
    assert next(each for each in only if TRAINING in each)[TRAINING] == IN_RIGA
    assert directory("PUT", path(jana), JANA | {TRAINING: {"tags": ""}}).json().get(TRAINING) is None
    described = directory("GET", "/scim/v2/ResourceTypes/User").json()
    assert described["schemaExtensions"] == [{"schema": TRAINING, "required": False}]
    assert directory("GET", f"/scim/v2/Schemas/{TRAINING}").json()["id"] == TRAINING


def test_an_admin_is_not_sorted_by_a_directory(directory, admin):
    answer = directory.patch(path(admin), {"op": "add", "path": f"{TRAINING}:tags", "value": "night"})
    assert answer.status_code == 403
    assert not admin.tags.exists()


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "replace", "path": "location", "value": "Riga"}, "invalidPath"),
        ({"op": "replace", "path": f"{TRAINING}:salary", "value": "1"}, "invalidPath"),
        ({"op": "replace", "path": f"{TRAINING}s:tags", "value": ""}, "invalidPath"),
        ({"op": "replace", "path": f'{TRAINING}:tags[value eq "x"]', "value": "y"}, "invalidPath"),
        ({"op": "replace", "path": TRAINING, "value": "Riga"}, "invalidValue"),
        ({"op": "replace", "path": f"{TRAINING}:location", "value": 7}, "invalidValue"),
        ({"op": "add", "path": f"{TRAINING}:tags", "value": [{"value": "x"}]}, "invalidValue"),
        ({"op": "add", "path": f"{TRAINING}:tags", "value": "x" * 81}, "invalidValue"),
        ({"op": "add", "path": f"{TRAINING}:tags", "value": "a\nb"}, "invalidValue"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "remove", "path": "active"}, "invalidValue"),
        ({"op": "remove", "path": "userName"}, "invalidValue"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "password", "value": PASSWORD}, "invalidPath"),
        ({"op": "replace", "path": "emails[", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "emails[type co 1].value", "value": "x"}, "invalidFilter"),
        ({"op": "replace", "path": "emails.value", "value": "x"}, "invalidPath"),
        ({"op": "replace", "value": "x"}, "invalidValue"),
        ({"op": "dance", "path": "title", "value": "x"}, "invalidSyntax"),
        ("x", "invalidSyntax"),
    ],
)
def test_a_patch_that_cannot_be_is_refused_and_changes_nothing(operation, scim_type, directory, jana):
    before = directory("GET", path(jana)).json()
    answer = directory.patch(path(jana), {"op": "replace", "path": "title", "value": "Half done"}, operation)
    assert (answer.status_code, answer.json()["scimType"]) == (400, scim_type)
    assert directory("GET", path(jana)).json() == before


# --- versions ------------------------------------------------------------------------------------------------------
def test_a_change_over_a_change_is_refused(directory, jana):
    known = directory("GET", path(jana))["ETag"]
    same = directory("GET", path(jana), HTTP_IF_NONE_MATCH=known)
    assert (same.status_code, same.content) == (304, b"")
    assert directory("PUT", path(jana), JANA | {"title": "New"}, HTTP_IF_MATCH=known).status_code == 200
    for verb in ("PUT", "PATCH", "DELETE"):
        assert directory(verb, path(jana), JANA, HTTP_IF_MATCH=known).status_code == 412
    assert directory("GET", path(jana), HTTP_IF_NONE_MATCH=known).status_code == 200
    assert fresh(jana).job_role == "New"


# --- lists ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("filter_", "names"),
    [
        ('userName eq "jliepa"', ["jliepa"]),
        ('emails.value eq "jana@EXAMPLE.org"', ["jliepa"]),
        ('emails[value sw "jana"]', ["jliepa"]),
        ('externalId eq "hr-17"', ["jliepa"]),
        ('externalId eq "HR-17"', []),
        ('name.familyName co "ow" or title eq "seller"', ["ana@example.org", "jliepa"]),
        ('not (name.familyName co "ow") and active eq true', ["adam@example.org", "jliepa"]),
        ("externalId pr", ["jliepa"]),
        ("active eq false", ["olaf@example.org"]),
        ('id eq "nonsense"', []),
        ('meta.created gt "2099-01-01T00:00:00Z"', []),
        ('userName ne "jliepa" and name.givenName ew "a"', ["ana@example.org"]),
    ],
)
def test_filters(filter_, names, directory, jana, ana, obcy):
    actions.deactivate(person=obcy)
    assert directory.found(filter_) == names


@pytest.mark.parametrize(
    "filter_",
    [
        'password eq "x"',
        'is_superuser eq "true"',
        'userName eq "x" and shoe eq 42',
        'not (shoe eq "42")',
        "userName",
        "userName eq",
        "((((",
        'active co "t"',
        'active eq "maybe"',
        "userName gt 1",
        'meta.created gt "soon"',
        "userName eq '1' OR 1=1 --",
        "x" * 2000,
        "(" * 40 + 'userName eq "x"' + ")" * 40,
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_not_passed_over(filter_, directory, ana):
    answer = directory.client.get(USERS, {"filter": filter_})
    assert (answer.status_code, answer.json().get("scimType")) == (400, "invalidFilter")


def test_pages_cover_everybody_once(directory, teams):
    for n in range(7):
        person(f"P{n} Many", teams.desk)
    seen = []
    for start in (1, 4, 7, 10):
        body = directory("GET", f"{USERS}?startIndex={start}&count=3").json()
        assert body["totalResults"] == 8
        assert body["itemsPerPage"] == len(body["Resources"])
        seen += [each["id"] for each in body["Resources"]]
    assert sorted(seen) == sorted(str(key) for key in User.objects.values_list("key", flat=True))
    assert directory("GET", f"{USERS}?count=0").json()["Resources"] == []
    assert directory("GET", f"{USERS}?startIndex=-5&count=-1").json()["startIndex"] == 1
    assert directory("GET", f"{USERS}?count=x").status_code == 400


def test_a_search_in_the_body_is_the_same_list(directory, jana, ana):
    body = {"filter": 'userName sw "j"', "attributes": ["userName"], "count": 5}
    (only,) = directory("POST", f"{USERS}/.search", body).json()["Resources"]
    assert set(only) == {"schemas", "id", "userName"}


@pytest.mark.parametrize("where", [USERS, GROUPS])
def test_a_list_costs_the_same_for_many(where, directory, teams, assert_queries_at_most):
    directory("GET", where)
    with assert_queries_at_most(12) as few:
        directory("GET", where)
    for n in range(40):
        one = person(f"P{n} Many", tree.add_team(name=f"T{n}", parent=teams.desk))
        actions.set_tags(person=one, tags=["drives", f"tag {n}"])
    with assert_queries_at_most(len(few)):
        assert directory("GET", f"{where}?count=40").json()["itemsPerPage"] == 40


# --- groups are teams ----------------------------------------------------------------------------------------------
def test_a_group_is_a_team_and_its_members_work_there(directory, jana, ana, teams):
    body = {"schemas": [rules.GROUP], "displayName": "Shop", "members": [{"value": str(jana.key)}]}
    made = directory("POST", GROUPS, body)
    assert made.status_code == 201
    shop = Team.objects.get(name="Shop")
    assert (shop.is_root(), fresh(jana).team) == (True, shop)
    add = {"op": "add", "path": "members", "value": [{"value": str(ana.key)}]}
    assert len(directory.patch(path(shop), add).json()["members"]) == 2
    assert fresh(ana).team == shop, "a person is in one team"
    assert "members" not in directory("GET", path(teams.desk)).json()
    directory.patch(path(shop), {"op": "remove", "path": f'members[value eq "{ana.key}"]'})
    assert fresh(ana).team is None
    directory.patch(path(shop), {"op": "remove", "path": "members", "value": [{"value": str(jana.key)}]})
    assert fresh(jana).team is None


def test_a_renamed_group_stays_where_it_is(directory, teams):
    renamed = {"id": str(teams.desk.key), "displayName": "Counter"}
    answer = directory.patch(path(teams.desk), {"op": "replace", "value": renamed})
    assert answer.json()["displayName"] == "Counter"
    assert Team.objects.get(pk=teams.desk.pk).get_parent() == teams.service


@pytest.mark.parametrize("member", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_a_member_who_is_not_known_is_refused(member, directory, teams):
    answer = directory.patch(path(teams.desk), {"op": "add", "path": "members", "value": [{"value": member}]})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")


def test_a_deleted_group_leaves_its_people_and_a_full_one_stays(directory, ana, marek, teams):
    assert directory("DELETE", path(teams.desk)).status_code == 204
    assert fresh(ana).team is None
    TeamLead.objects.get_or_create(team=teams.warehouse, person=marek, starts_on=EVER_SINCE)
    for full in (teams.company, teams.warehouse):
        assert directory("DELETE", path(full)).status_code == 409


def test_groups_are_filtered_and_named_once(directory, ana, marek, teams):
    assert directory.found('displayName sw "front"', GROUPS) == ["Front desk"]
    assert directory.found(f'members.value eq "{ana.key}"', GROUPS) == ["Front desk"]
    assert directory.found("members pr", GROUPS) == ["Customer service", "Front desk", "Riverside Services"]


# --- what there is ------------------------------------------------------------------------------------------------
def test_the_discovery_says_what_is_done(directory):
    can = directory("GET", "/scim/v2/ServiceProviderConfig").json()
    done = {name: can[name]["supported"] for name in ("patch", "bulk", "filter", "changePassword", "sort", "etag")}
    assert done == {"patch": True, "bulk": False, "filter": True, "changePassword": False, "sort": False, "etag": True}
    types = directory("GET", "/scim/v2/ResourceTypes").json()["Resources"]
    assert [each["endpoint"] for each in types] == ["/Users", "/Groups"]
    assert directory("GET", f"/scim/v2/Schemas/{rules.USER}").json()["id"] == rules.USER


@pytest.mark.parametrize("where", ["/scim/v2/Me", "/scim/v2/Bulk", "/scim/v2/.search"])
def test_what_is_not_done_says_so(where, directory):
    assert directory("POST", where, {}).status_code == 501


@pytest.mark.parametrize("where", [f"{USERS}/1", f"{USERS}/x", f"{GROUPS}/1", "/scim/v2/Schemas/x", "/scim/v2/x/y"])
def test_what_is_not_there_is_their_kind_of_404(where, directory):
    answer = directory("GET", where)
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/scim+json")
    assert answer.json()["status"] == "404"


def test_wrong_verbs(directory, jana):
    assert directory("POST", path(jana), JANA).status_code == 405
    for verb in ("PUT", "PATCH", "DELETE"):
        assert directory(verb, USERS, JANA).status_code == 404


# --- making and revoking tokens ------------------------------------------------------------------------------------
@pytest.mark.usefixtures("staff_may_enter")
class TestTheScreen:
    def test_a_token_is_shown_once_and_works(self, admin, with_password, client_for):
        client = client_for(with_password(admin))
        page = client.post("/cms/people/scim/", {"name": "Okta", "password": PASSWORD})
        token = page.context["token"]
        assert token.encode() in page.content
        assert Directory(token)("GET", USERS).status_code == 200
        assert token.encode() not in client.get("/cms/people/scim/").content
        client.post(f"/cms/people/scim/{ScimToken.objects.get().key}/revoke/")
        assert Directory(token)("GET", USERS).status_code == 404

    def test_without_ones_own_password_none_is_made(self, admin, with_password, client_for):
        page = client_for(with_password(admin)).post("/cms/people/scim/", {"name": "Okta", "password": "wrong"})
        assert page.status_code == 422
        assert not ScimToken.objects.exists()

    def test_tokens_are_the_admins_alone(self, admin, ana, ela, publisher, auditor, marek, client_for):
        made, _token = scim_tokens.make(name="Okta", by=admin)
        for asker in (ana, ela, publisher, auditor, marek):
            client = client_for(asker)
            assert client.get("/cms/people/scim/").status_code == 404
            assert client.post("/cms/people/scim/", {"name": "x", "password": PASSWORD}).status_code == 404
            assert client.post(f"/cms/people/scim/{made.key}/revoke/").status_code == 404
        made.refresh_from_db()
        assert made.revoked_at is None
