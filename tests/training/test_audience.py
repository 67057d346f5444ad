"""Who a rule is for: the same in Python and in SQL, and what a form writes it reads back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people.models import PersonTag, Team, User
from training.models import audience_q
from training.rules import audience
from training.rules.audience import BadAudience, Group, Groups

ROLES, PLACES, TAGS = ("Driver", "Clerk"), ("Riga", "Gdansk"), ("night", "new")
KEYS = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(8)]
leaves = st.one_of(
    st.builds(lambda key, below: {"team": key, "below": below}, st.sampled_from(KEYS), st.booleans()),
    st.builds(lambda key: {"team": key}, st.sampled_from(KEYS)),
    st.builds(lambda name: {"job_role": name}, st.sampled_from(ROLES)),
    st.builds(lambda name: {"location": name}, st.sampled_from(PLACES)),
    st.builds(lambda name: {"tag": name}, st.sampled_from(TAGS)),
    st.builds(lambda key: {"person": key}, st.sampled_from(KEYS)),
)
expressions = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.builds(lambda some: {"any": some}, st.lists(parts, max_size=3)),
        st.builds(lambda some: {"all": some}, st.lists(parts, max_size=3)),
        st.builds(lambda one: {"not": one}, parts),
    ),
    max_leaves=8,
)


@pytest.fixture
def crowd(db) -> dict[int, audience.Person]:
    """{pk: what is known}: a tree of teams, people in each and in none, every role and place, and none."""
    company = Team.add_root(name="Company", key=KEYS[0])
    service = company.add_child(name="Service", key=KEYS[1])
    service.add_child(name="Desk", key=KEYS[2])
    Team.objects.get(key=KEYS[0]).add_child(name="Stock", key=KEYS[3])
    above = {None: ()} | {
        team.key: tuple(str(one.key) for one in [*team.get_ancestors(), team]) for team in Team.objects.all()
    }
    known = {}
    for number, key in enumerate(KEYS):
        team = Team.objects.filter(key=KEYS[number % 5]).first()  # the fifth is no team
        tags = frozenset(tag for place, tag in enumerate(TAGS) if number >> place & 1)
        person = User.objects.create(
            key=key,
            email=f"p{number}@example.org",
            team=team,
            job_role=(*ROLES, "")[number % 3],
            location=(*PLACES, "")[number // 2 % 3],
        )
        PersonTag.objects.bulk_create(PersonTag(person=person, name=tag) for tag in tags)
        teams = tuple(map(str, above[team.key if team else None]))
        known[person.pk] = audience.Person(
            key, teams[-1] if teams else "", teams, person.job_role, person.location, tags
        )
    return known


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(expression=expressions)
def test_sql_and_python_agree(crowd, expression):
    audience.check(expression)
    expected = {pk for pk, person in crowd.items() if audience.includes(expression, person)}
    with CaptureQueriesContext(connection) as queries:
        found = set(User.objects.filter(audience_q(expression)).values_list("pk", flat=True))
    assert found == expected
    assert len(queries) <= 1


names = st.sampled_from
some = {
    "teams": st.lists(names(KEYS), unique=True, max_size=2),
    "job_roles": st.lists(names(ROLES), unique=True, max_size=2),
    "locations": st.lists(names(PLACES), unique=True, max_size=2),
    "tags": st.lists(names(TAGS), unique=True, max_size=2),
}
fields = {name: values.map(tuple) for name, values in some.items()}
groups = st.builds(
    Group, **fields, all_tags=fields["tags"], **{f"not_{name}": values for name, values in fields.items()}
)
named = st.lists(st.sampled_from(KEYS), unique=True, max_size=2).map(tuple)


@given(filled=st.lists(groups.filter(lambda group: not group.is_empty), max_size=3), people=named, excepted=named)
def test_what_a_form_writes_it_reads_back(filled, people, excepted):
    said = Groups(tuple(filled), people, excepted)
    audience.check(audience.written(said))
    assert audience.groups_of(audience.written(said)) == said


def test_one_tag_and_another_can_be_asked_for_in_one_group():
    both = audience.written(Groups((Group(all_tags=("drives", "night")),)))
    for tags, is_in in ((("drives", "night", "new"), True), (("drives",), False), (("night",), False), ((), False)):
        assert audience.includes(both, audience.Person(KEYS[0], "", (), tags=frozenset(tags))) == is_in


def test_everybody_but_one_can_be_said():
    said = Groups(people=(), excepted=(KEYS[0],), everybody=True)
    expression = audience.written(said)
    assert audience.groups_of(expression) == said
    assert not audience.includes(expression, audience.Person(KEYS[0], "", ()))
    assert audience.includes(expression, audience.Person(KEYS[1], "", ()))


def test_an_empty_form_is_for_nobody():
    assert not audience.includes(audience.written(Groups()), audience.Person(KEYS[0], "", ()))


@given(expression=expressions)
def test_what_no_form_holds_is_never_shown_as_if_one_did(expression):
    read = audience.groups_of(expression)
    if read is not None and "team" not in expression and "person" not in expression:
        assert audience.written(read) == expression


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {},
        "team",
        {"salary": "1"},
        {"any": {}},
        {"any": [{}]},
        {"not": []},
        {"team": "desk"},
        {"team": KEYS[0], "below": "yes"},
        {"team": KEYS[0].upper().replace("-", "")},
        {"person": 7},
        {"tag": ""},
        {"job_role": "x" * 81},
        {"location": "a\x00b"},
        {"tag": "a", "job_role": "b"},
        {"any": [{"tag": "a"}] * 2001},
    ],
)
def test_what_is_no_audience_is_refused(broken):
    with pytest.raises(BadAudience):
        audience.check(broken)


def test_a_nest_without_end_is_refused():
    expression: dict = {"tag": "a"}
    for _level in range(audience.MAX_DEPTH):
        expression = {"not": expression}
    with pytest.raises(BadAudience):
        audience.check(expression)
