"""What a directory sends, read as facts; PATCH as operations on what GET shows; choosing attributes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.rules import scim
from people.rules.scim import GroupFacts, Refused, UserFacts

JANA = {
    "userName": "jliepa",
    "externalId": "hr-17",
    "name": {"givenName": "Jana", "familyName": "Liepa"},
    "title": "Seller",
    "preferredLanguage": "lv-LV",
    "timezone": "Europe/Riga",
    "emails": [{"value": "Jana@example.org", "type": "work", "primary": True}],
    "active": True,
}


def refusal(scim_type: str, detail: str):
    """As the directory's admin reads it."""
    return pytest.raises(Refused, check=lambda refused: (refused.scim_type, refused.detail) == (scim_type, detail))


# --- reading a person ----------------------------------------------------------------------------------------------
def test_a_person_is_read_whole():
    assert scim.read_user(JANA) == UserFacts(
        user_name="jliepa",
        email="jana@example.org",
        first_name="Jana",
        last_name="Liepa",
        job_role="Seller",
        external_id="hr-17",
        language="lv",
        time_zone="Europe/Riga",
        active=True,
    )


@pytest.mark.parametrize(
    "empty", [{}, dict.fromkeys(set(JANA) - {"userName"}), {"name": "", "emails": "", "title": ""}]
)
def test_of_what_was_not_said_language_and_account_stay_and_texts_are_empty(empty):
    assert scim.read_user({"userName": "J@Example.org"} | empty) == UserFacts(
        user_name="J@Example.org",
        email="j@example.org",
        first_name="",
        last_name="",
        job_role="",
        external_id="",
        language=None,
        time_zone=None,
        active=None,
    )


def test_attributes_are_read_in_any_case_and_without_spaces_around():
    shouted = {"USERNAME": " jliepa ", "Name": {"GIVENNAME": " Jana"}, "eMails": [{"VALUE": "j@example.org "}]}
    read = scim.read_user(shouted)
    assert (read.user_name, read.first_name, read.email) == ("jliepa", "Jana", "j@example.org")


HOME, WORK = {"value": "home@e.org", "type": "home"}, {"value": "work@e.org", "type": "work"}
OTHER, MAIN = {"value": "other@e.org", "primary": "False"}, {"value": "main@e.org", "primary": "true"}


@pytest.mark.parametrize(
    ("emails", "address"),
    [
        ([HOME, WORK, OTHER, MAIN], "main@e.org"),
        ([HOME, WORK, OTHER], "work@e.org"),
        ([HOME, OTHER], "home@e.org"),
        (WORK, "work@e.org"),
        ([], "jliepa"),
    ],
)
def test_of_several_addresses_the_primary_is_kept_else_the_one_at_work_else_the_first(emails, address):
    assert scim.read_user(JANA | {"emails": emails}).email == address


@pytest.mark.parametrize(
    ("said", "read"), [(True, True), (False, False), ("True", True), ("FALSE", False), (None, None)]
)
def test_yes_and_no_may_come_as_text(said, read):
    assert scim.read_user(JANA | {"active": said}).active is read


@pytest.mark.parametrize(("said", "read"), [("pl", "pl"), ("EN-gb", "en"), ("lv-Latn-LV", "lv"), ("", None)])
def test_a_language_is_read_without_its_country(said, read):
    assert scim.read_user(JANA | {"preferredLanguage": said}).language == read


@pytest.mark.parametrize(("said", "read"), [("Europe/Riga", "Europe/Riga"), ("", None), (None, None)])
def test_a_time_zone_is_read_by_its_name(said, read):
    assert scim.read_user(JANA | {"timezone": said}).time_zone == read


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        *[({"userName": nothing}, "userName is missing") for nothing in (None, "", "  ")],
        ({"userName": "x" * 255}, "userName is a line of at most 254 letters"),
        ({"externalId": ["x"]}, "externalId is a line of at most 254 letters"),
        ({"title": 0}, "title is a line of at most 80 letters"),
        ({"title": "x" * 81}, "title is a line of at most 80 letters"),
        ({"name": {"givenName": "a\nb"}}, "givenName is a line of at most 150 letters"),
        ({"name": {"givenName": "x" * 151}}, "givenName is a line of at most 150 letters"),
        ({"name": {"familyName": "x" * 151}}, "familyName is a line of at most 150 letters"),
        ({"name": "Jana Liepa"}, "name is an object"),
        ({"preferredLanguage": "de"}, "preferredLanguage is one of pl, lv, en"),
        ({"timezone": "Riga"}, "timezone is a name like Europe/Warsaw"),
        ({"timezone": 2}, "timezone is a line of at most 254 letters"),
        ({"emails": "jana@example.org"}, "emails is a list of objects"),
        ({"emails": [WORK, "jana@example.org"]}, "emails is a list of objects"),
        ({"emails": [{"type": "work"}]}, "value is missing"),
        ({"emails": [{"value": "x@e.org", "primary": "yes"}]}, "active and primary are true or false"),
        *[({"active": neither}, "active and primary are true or false") for neither in ("maybe", 1, [True])],
    ],
)
def test_what_cannot_be_read_of_a_person_is_refused_in_a_sentence(changes, said):
    with refusal("invalidValue", said):
        scim.read_user(JANA | changes)


def test_a_text_may_be_as_long_as_its_column():
    longest = {"userName": "u" * 254, "name": {"givenName": "g" * 150, "familyName": "f" * 150}, "title": "t" * 80}
    read = scim.read_user(JANA | longest)
    assert [len(text) for text in (read.user_name, read.first_name, read.last_name, read.job_role)] == [
        254,
        150,
        150,
        80,
    ]


# --- reading a group -----------------------------------------------------------------------------------------------
def test_a_group_is_read_with_each_member_once_in_their_order():
    body = {"displayname": "Shop", "externalId": "g-1", "MEMBERS": [{"value": "b"}, {"Value": "a"}, {"value": "b"}]}
    assert scim.read_group(body) == GroupFacts(name="Shop", external_id="g-1", members=("b", "a"))
    assert scim.read_group({"displayName": "x" * 120}) == GroupFacts(name="x" * 120, external_id="", members=())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "displayName is missing"),
        ({"displayName": " "}, "displayName is missing"),
        ({"displayName": "x" * 121}, "displayName is a line of at most 120 letters"),
        ({"displayName": "Shop", "members": ["x"]}, "members is a list of objects"),
        ({"displayName": "Shop", "members": [{"display": "x"}]}, "value is missing"),
    ],
)
def test_what_cannot_be_read_of_a_group_is_refused_in_a_sentence(body, said):
    with refusal("invalidValue", said):
        scim.read_group(body)


# --- PATCH ---------------------------------------------------------------------------------------------------------
PERSON = {
    "schemas": [scim.USER],
    "id": "7",
    "userName": "jliepa",
    "name": {"givenName": "Jana", "familyName": "Liepa"},
    "title": "Seller",
    "active": True,
    "emails": [{"value": "jana@example.org"}],
}
TEAM = {"schemas": [scim.GROUP], "id": "9", "displayName": "Shop", "members": [{"value": "a"}, {"value": "b"}]}


def done(resource: dict, *operations: tuple) -> dict:
    """What differs afterwards; each operation is (op, path, value)."""
    after = scim.patched(resource, [dict(zip(("op", "path", "value"), each, strict=False)) for each in operations])
    return {name: after.get(name) for name in {**resource, **after} if after.get(name) != resource.get(name)}


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        (("add", "title", "Chief"), {"title": "Chief"}),
        (("Replace", "TITLE", "Chief"), {"title": "Chief"}),
        (("replace", f"{scim.USER}:title", "Chief"), {"title": "Chief"}),
        (("replace", None, {"title": "Chief", "active": False}), {"title": "Chief", "active": False}),
        (("REMOVE", "title"), {"title": None}),
        (("remove", "externalId"), {}),
        (("add", "externalId", "hr-17"), {"externalId": "hr-17"}),
        (("replace", "name.familyName", "Ozola"), {"name": {"givenName": "Jana", "familyName": "Ozola"}}),
        (("add", "NAME.GIVENNAME", "Anna"), {"name": {"givenName": "Anna", "familyName": "Liepa"}}),
        (("remove", "name.givenName"), {"name": {"familyName": "Liepa"}}),
        (("remove", "name.formatted"), {}),
        (("replace", "name", {"FAMILYNAME": "Ozola"}), {"name": {"givenName": "Jana", "familyName": "Ozola"}}),
        (("replace", None, {"name.familyName": "Ozola"}), {"name": {"givenName": "Jana", "familyName": "Ozola"}}),
        (("replace", None, {"urn:other:User": {"department": "X"}}), {}),
        (("replace", None, {"URN:other:User": {"department": "X"}}), {}),
        (("replace", "id", "7"), {}),
        (("add", "schemas", ["urn:other:User"]), {}),
        (("replace", "groups", [{"value": "g"}]), {}),
    ],
)
def test_an_operation_changes_what_it_names_and_nothing_else(operation, changed):
    assert done(PERSON, operation) == changed


ADDRESS = {"value": "new@example.org"}


@pytest.mark.parametrize(
    ("operation", "emails"),
    [
        (("replace", "emails", [ADDRESS]), [ADDRESS]),
        (("add", "emails", [ADDRESS]), [*PERSON["emails"], ADDRESS]),
        (("add", "emails", ADDRESS), [*PERSON["emails"], ADDRESS]),
        (
            ("add", "emails", ADDRESS | {"Primary": True}),
            [{"value": "jana@example.org", "primary": False}, ADDRESS | {"primary": True}],
        ),
        (("add", "emails", ADDRESS | {"primary": "False"}), [*PERSON["emails"], ADDRESS | {"primary": "False"}]),
        (("replace", 'emails[type eq "work"].value', "new@example.org"), [ADDRESS]),
        (("replace", 'EMAILS[ TYPE  EQ "work" ].VALUE', "new@example.org"), [ADDRESS]),
        (("add", "emails[primary eq true].value", "new@example.org"), [ADDRESS]),
        (("add", "emails[primary eq TRUE].value", "new@example.org"), [ADDRESS]),
        (("add", 'emails[primary eq "True"].value', "new@example.org"), [ADDRESS]),
        (("replace", 'emails[type eq "work"]', {"VALUE": "new@example.org"}), [ADDRESS]),
        (("replace", 'emails[value eq "jana@example.org"].value', "new@example.org"), [ADDRESS]),
        (
            ("replace", 'emails[value eq "x@e.org"].display', "X"),
            [*PERSON["emails"], {"value": "x@e.org", "display": "X"}],
        ),
        (("remove", 'emails[type eq "work"]'), []),
        (("remove", "emails"), None),
    ],
)
def test_an_address_is_added_replaced_and_removed(operation, emails):
    assert done(PERSON, operation) == {"emails": emails}


@pytest.mark.parametrize("which", ['type eq "home"', "primary eq false", 'primary eq "False"'])
def test_an_address_that_is_not_the_one_at_work_is_not_kept(which):
    assert done(PERSON, ("replace", f"emails[{which}].value", "home@e.org")) == {}
    assert done(PERSON, ("remove", f"emails[{which}]")) == {}


def test_who_has_no_address_yet_is_given_one():
    blank = {name: value for name, value in PERSON.items() if name != "emails"}
    given = {"type": "work", "value": "new@example.org"}
    assert done(blank, ("replace", 'emails[type eq "work"].value', "new@example.org")) == {"emails": [given]}


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        (("add", "members", [{"value": "c"}]), [{"value": "a"}, {"value": "b"}, {"value": "c"}]),
        (("add", "members", [{"value": "a", "display": "A"}]), [{"value": "b"}, {"value": "a", "display": "A"}]),
        (("add", 'members[value eq "c"]', {"display": "C"}), [*TEAM["members"], {"value": "c", "display": "C"}]),
        (("replace", 'members[value eq "b"].display', "B"), [{"value": "a"}, {"value": "b", "display": "B"}]),
        (("add", "members", {"value": "c", "nick": "C"}), [*TEAM["members"], {"value": "c", "nick": "C"}]),
        (("add", 'members[nick eq "C"].shoe', 42), [*TEAM["members"], {"nick": "C", "shoe": 42}]),
        (("replace", "members", [{"value": "c"}]), [{"value": "c"}]),
        (("remove", 'members[value eq "a"]'), [{"value": "b"}]),
        (("remove", "members", [{"VALUE": "a"}, {"value": "z"}]), [{"value": "b"}]),
        (("remove", "members", {"value": "b"}), [{"value": "a"}]),
        (("remove", "members"), None),
        (("remove", "members", []), None),
    ],
)
def test_members_come_and_go(operation, members):
    assert done(TEAM, operation) == {"members": members}


def test_a_team_without_members_gets_its_first_and_loses_none():
    empty = {"displayName": "Shop"}
    assert done(empty, ("add", "members", [{"value": "a"}])) == {"members": [{"value": "a"}]}
    assert done(empty, ("remove", "members", [{"value": "a"}])) == {"members": []}
    assert done(empty, ("remove", 'members[value eq "a"]')) == {"members": []}


def test_operations_are_done_in_their_order_on_a_copy():
    kept = {"displayName": "Shop", "members": [{"value": "a"}]}
    operations = (
        ("add", "members", {"value": "b"}),
        ("replace", 'members[value eq "b"].display', "B"),
        ("add", "title", "x"),
    )
    assert done(kept, *operations) == {"members": [{"value": "a"}, {"value": "b", "display": "B"}], "title": "x"}
    assert kept == {"displayName": "Shop", "members": [{"value": "a"}]}


def test_names_of_an_operation_come_in_any_case():
    assert scim.patched({}, [{"OP": "add", "Path": "title", "VALUE": "x"}]) == {"title": "x"}


@pytest.mark.parametrize(
    ("operation", "scim_type", "said"),
    [
        (("dance", "title", "x"), "invalidSyntax", "op is add, replace or remove"),
        ((), "invalidSyntax", "op is add, replace or remove"),
        (("remove",), "noTarget", "remove needs a path"),
        (("replace", None, "x"), "invalidValue", "without a path the value is an object"),
        (("remove", "active"), "invalidValue", "active cannot be removed"),
        (("replace", "id", "8"), "mutability", "id is read only"),
        (("replace", "meta", {}), "mutability", "meta is read only"),
        *[(("remove", name), "mutability", f"{name} is read only") for name in ("id", "meta", "groups", "schemas")],
        (("replace", "password", "x"), "invalidPath", "password is not known"),
        (("replace", "emails[", "x"), "invalidPath", "emails[ is not known"),
        (("replace", 7, "x"), "invalidPath", "7 is not known"),
        (("replace", "p" * 200, "x"), "invalidPath", f"{'p' * 80} is not known"),
        (("remove", "urn:other:User", {}), "invalidPath", "urn:other:User is not known"),
        (("replace", "urn:other:User:department", "X"), "invalidPath", "urn:other:User:department is not known"),
        (("replace", "emails.value", "x"), "invalidPath", "emails has no single value"),
        (("replace", "title.value", "x"), "invalidPath", "title has no single value"),
        (("add", "active.value", True), "invalidPath", "active has no single value"),
        (("add", "emails[type co 1].value", "x"), "invalidFilter", "a value is chosen by one attribute and eq"),
        (("add", 'name[type eq "x"].value', "x"), "invalidFilter", "a value is chosen by one attribute and eq"),
        (("add", "emails[].value", "x"), "invalidFilter", "a value is chosen by one attribute and eq"),
        (("add", 'emails[primary eq "yes"].value', "x"), "invalidValue", "active and primary are true or false"),
        (("replace", 'members[value eq "z"].display', "Z"), "noTarget", "no value of members matches"),
        (("replace", 'members[value eq "a"]', "abc"), "invalidValue", "a value of members is an object"),
        (("add", 'emails[type eq "work"]', None), "invalidValue", "a value of emails is an object"),
        (("add", "members", "a"), "invalidValue", "members is a list of objects"),
        (("remove", "members", ["a"]), "invalidValue", "members is a list of objects"),
        (("add", "members", [{"value": ["a"]}]), "invalidValue", "value is a line of at most 254 letters"),
    ],
)
def test_an_operation_that_cannot_be_is_refused_in_a_sentence(operation, scim_type, said):
    with refusal(scim_type, said):
        done(PERSON, operation)


@pytest.mark.parametrize(
    ("operations", "said"),
    [*[(nothing, "Operations is a list") for nothing in (None, [], {}, "x")], (["x"], "an operation is an object")],
)
def test_a_patch_without_operations_is_refused_in_a_sentence(operations, said):
    with refusal("invalidSyntax", said):
        scim.patched(PERSON, operations)


@pytest.mark.parametrize(
    "operations",
    [
        [("replace", "members", "a"), ("add", "members", {"value": "b"})],
        [("replace", "members", ["a"]), ("remove", "members", {"value": "b"})],
        [("replace", "emails", 7), ("replace", 'emails[type eq "work"].value', "x")],
        [("replace", "name", "Jana"), ("replace", "name.givenName", "Jana")],
    ],
)
def test_what_an_earlier_operation_broke_is_refused_by_the_next(operations):
    with pytest.raises(Refused, match=r"is a list of objects|name is an object"):
        done(PERSON, *operations)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "work", "a@e.org", "true"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["value", "type", "primary", "givenName", "title"]), inner, max_size=2)
    ),
    max_leaves=4,
)
PATHS = st.none() | st.builds(
    "{}{}{}".format,
    st.sampled_from(["name", "emails", "members", "active", "title", "urn:x:User", "id"]),
    st.sampled_from(["", '[type eq "work"]', '[value eq "a@e.org"]', "[primary eq true]", "[x]"]),
    st.sampled_from(["", ".value", ".givenName", ".primary"]),
)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "replace", "remove"]), "path": PATHS, "value": VALUES}
)


@given(st.lists(OPERATIONS, max_size=4))
def test_whatever_a_directory_sends_is_done_or_refused_and_never_breaks_us(operations):
    for resource, read in ((PERSON, scim.read_user), (TEAM, scim.read_group)):
        with suppress(Refused):
            read(scim.patched(resource, operations))


# --- choosing attributes -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("attributes", "excluded", "shown"),
    [
        ([], [], set(PERSON)),
        (["title"], [], {"schemas", "id", "title"}),
        ([" TITLE "], [], {"schemas", "id", "title"}),
        (["name.givenName", "emails"], [], {"schemas", "id", "name", "emails"}),
        ([f"{scim.USER}:userName"], [], {"schemas", "id", "userName"}),
        (["shoe"], [], {"schemas", "id"}),
        ([], ["emails", "USERNAME", "id"], set(PERSON) - {"emails", "userName"}),
        (["title", "name"], ["name"], {"schemas", "id", "title"}),
    ],
)
def test_the_attributes_asked_for_are_shown_with_those_every_answer_has(attributes, excluded, shown):
    assert scim.chosen(PERSON, attributes, excluded) == {name: PERSON[name] for name in shown}
