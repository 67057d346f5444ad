"""L&D's screens of rules: a dry run always, then save; versions kept; for who has the permission."""

import gzip
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lms.dates import long_date
from people.models import PersonTag, Team, User
from tests.cast import person
from training import actions
from training.models import Assignment, Requirement, RequirementVersion


@pytest.fixture
def maker(publisher):
    publisher.user_permissions.add(*Permission.objects.filter(codename__in=("change_requirement", "access_admin")))
    return publisher


@pytest.fixture
def said(tree, teams) -> dict:
    return {
        "groups": "1",
        "name": "Desks",
        "course_key": str(tree.course_key),
        "group0-teams": [str(teams.service.key)],
        "group0-below": "on",
        "why_pl": "Pracujesz przy ladzie",
        "starts_on": "2026-01-01",
        "first_due": "joining",
        "due_days": "30",
        "valid_months": "12",
        "anchor": "due",
        "window_days": "30",
        "grace_days": "0",
        "before": "14, 3",
        "after": "1",
        "weekly": "4",
        "manager": "on",
        "expiring": "30",
        "is_active": "on",
    }


def fingerprint(response) -> str:
    return re.search(r'name="save" value="(\w{64})"', response.content.decode())[1]


def save(client, said: dict, address: str = ""):
    address = address or reverse("new-requirement")
    shown = client.post(address, said)
    assert shown.status_code == 200
    return client.post(address, said | {"save": fingerprint(shown)})


def test_nothing_is_saved_before_the_dry_run_was_seen(said, maker, ana, marek, obcy, client_for):
    client = client_for(maker)
    shown = client.post(reverse("new-requirement"), said)
    text = shown.content.decode()
    assert "Would get it: 2" in text
    assert ana.email in text
    assert obcy.email not in text
    assert Requirement.objects.count() == 0
    client.post(reverse("new-requirement"), said | {"save": fingerprint(shown)})
    rule = Requirement.objects.get()
    assert rule.audience == {"any": [{"all": [{"any": [{"team": said["group0-teams"][0], "below": True}]}]}]}
    assert rule.reasons == {"pl": "Pracujesz przy ladzie"}
    version = rule.versions.get()
    assert (version.number, version.saved_by, version.counts["gains"]) == (1, maker, 2)


def test_a_rule_that_begins_later_says_from_when_people_are_assigned(said, maker, ana, client_for):
    client, begins = client_for(maker), timezone.localdate() + timedelta(days=40)
    maker.language = "en"
    maker.save()
    said |= {"starts_on": begins.isoformat()}
    shown = client.post(reverse("new-requirement"), said)
    words = f"It applies from {long_date(begins, 'en')}: nobody is assigned before."
    assert words in shown.content.decode()
    said |= {"save": shown.context["shown"].fingerprint}
    saved = client.post(reverse("new-requirement"), said, follow=True).content.decode()
    assert words in saved
    assert "within the hour" not in saved
    said |= {"name": "Now", "starts_on": timezone.localdate().isoformat()}
    del said["save"]
    assert "nobody is assigned before" not in client.post(reverse("new-requirement"), said).content.decode()


def test_a_dry_run_that_is_no_longer_true_is_shown_again(said, maker, ana, teams, client_for):
    client = client_for(maker)
    shown = client.post(reverse("new-requirement"), said)
    person("Nina Nowa", teams.desk)
    again = client.post(reverse("new-requirement"), said | {"save": fingerprint(shown)})
    assert again.status_code == 422
    assert "People have changed since you looked" in again.content.decode()
    assert Requirement.objects.count() == 0


def test_who_gains_who_loses_and_who_has_done_it(said, maker, ana, marek, obcy, teams, client_for):
    client = client_for(maker)
    save(client, said)
    rule = Requirement.objects.get()
    actions.assign_audience(requirement=rule)
    said["group0-teams"] = [str(teams.warehouse.key)]
    shown = client.post(reverse("requirement", args=[rule.key]), said).content.decode()
    assert "Would get it: 1" in shown
    assert "Would be released: 2" in shown
    assert obcy.email in shown


def test_everybody_whom_it_concerns_is_named_and_a_long_list_is_folded(said, maker, ana, teams, client_for):
    client = client_for(maker)
    assert "<details>" not in client.post(reverse("new-requirement"), said).content.decode()
    for number in range(60):
        person(f"N{number} Novak", teams.desk)
    shown = client.post(reverse("new-requirement"), said).content.decode()
    assert shown.count("Novak (n") == 60
    assert shown.count("<details>") == 1


def test_a_change_is_a_new_version_and_the_old_one_is_kept(said, maker, ana, client_for):
    client = client_for(maker)
    save(client, said)
    rule = Requirement.objects.get()
    actions.assign_audience(requirement=rule)
    before = list(Assignment.objects.values())
    save(client, said | {"due_days": "10", "note": "The law changed"}, reverse("requirement", args=[rule.key]))
    old, new = rule.versions.order_by("number")
    assert (old.content["due_days"], new.content["due_days"], new.note) == (30, 10, "The law changed")
    assert list(Assignment.objects.values()) == before, "the past stays as it was"
    assert Assignment.objects.get().version == old
    with pytest.raises(IntegrityError), transaction.atomic():
        RequirementVersion.objects.update(note="It never said that")


def test_saving_the_same_again_makes_no_version(said, maker, ana, client_for):
    client = client_for(maker)
    save(client, said)
    address = reverse("requirement", args=[Requirement.objects.get().key])
    save(client, said, address)
    assert RequirementVersion.objects.count() == 1


def test_the_form_shows_what_was_saved(said, maker, ana, obcy, client_for):
    PersonTag.objects.create(person=ana, name="night")
    client = client_for(maker)
    facts = {"group0-tags": ["night"], "people": obcy.email, "excepted": ana.email, "groups": "1", "before": "21 7"}
    save(client, said | facts)
    rule = Requirement.objects.get()
    form = client.get(reverse("requirement", args=[rule.key])).context
    assert form["form"].initial["people"] == obcy.email
    assert form["form"].initial["before"] == "21, 7"
    assert form["groups"][0].initial["tags"] == ("night",)
    assert rule.reminder_plan.before == (21, 7)


def test_and_or_and_not_can_be_said_in_the_form(said, maker, ana, marek, obcy, teams, client_for):
    """Whoever drives and works at night, or has a job role, but not in the warehouse."""
    for who, tags in ((ana, ("drives", "night")), (marek, ("drives",)), (obcy, ("drives", "night"))):
        PersonTag.objects.bulk_create(PersonTag(person=who, name=name) for name in tags)
    User.objects.filter(pk=marek.pk).update(job_role="Head")
    client = client_for(maker)
    both = {"group0-teams": [], "group0-all_tags": ["drives", "night"]}
    both |= {"group0-not_teams": [str(teams.warehouse.key)], "groups": "2", "group1-job_roles": ["Head"]}
    save(client, said | both)
    rule = Requirement.objects.get()
    assert set(rule.members) == {ana, marek}
    shown = client.get(reverse("requirement", args=[rule.key])).context["groups"]
    assert shown[0].initial["all_tags"] == ("drives", "night")


def test_a_group_beside_everybody_is_not_passed_over(said, maker, ana, teams, client_for):
    client = client_for(maker)
    refused = client.post(reverse("new-requirement"), said | {"everybody": "on"})
    assert refused.status_code == 422
    assert "everybody" in refused.context["form"].errors
    only_not = said | {"group0-teams": [], "group0-not_teams": [str(teams.warehouse.key)]}
    save(client, only_not)
    assert ana in Requirement.objects.get().members
    del said["group0-teams"]
    save(client, said | {"everybody": "on", "name": "All"})
    assert Requirement.objects.get(name="All").audience == {"any": [{"all": []}]}


def test_another_group_is_a_button_that_keeps_what_was_typed(said, maker, ana, client_for):
    client = client_for(maker)
    more = client.post(reverse("new-requirement"), said | {"add_group": "1"})
    assert [group.prefix for group in more.context["groups"]] == ["group0", "group1"]
    assert "Pracujesz przy ladzie" in more.content.decode()
    said |= {"groups": "2", "group1-not_job_roles": ["Receptionist"]}
    save(client, said)
    assert len(Requirement.objects.get().audience["any"]) == 2


def test_an_audience_that_no_form_holds_stays_as_it_is(said, maker, ana, client_for):
    client = client_for(maker)
    save(client, said)
    rule = Requirement.objects.get()
    Requirement.objects.update(audience={"not": {"job_role": "Receptionist"}})
    address = reverse("requirement", args=[rule.key])
    assert "chosen by other means" in client.get(address).content.decode()
    save(client, said | {"due_days": "3"}, address)
    rule.refresh_from_db()
    assert rule.audience == {"not": {"job_role": "Receptionist"}}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": ""}, "name"),
        ({"why_pl": ""}, "why_pl"),
        ({"first_due": "date"}, "due_date"),
        ({"first_due": "yearly"}, "due_day"),
        ({"first_due": "yearly", "due_day": "31", "due_month": "2"}, "due_day"),
        ({"people": "nobody@example.org"}, "people"),
        ({"before": "14; tomorrow"}, "before"),
        ({"before": "1 2 3 4 5 6 7"}, "before"),
        ({"valid_months": "0"}, "valid_months"),
        ({"due_days": "99999999999"}, "due_days"),
        ({"course_key": "00000000-0000-4000-8000-000000000000"}, "course_key"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(said, maker, ana, client_for, facts, field):
    response = client_for(maker).post(reverse("new-requirement"), said | facts)
    assert response.status_code == 422
    assert response.context["form"].errors[field]


def test_the_list_costs_the_same_with_one_rule_and_with_thirty(tree, maker, client_for, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def rules(count):
        Requirement.objects.bulk_create(
            Requirement(name=f"R{n}", course_key=tree.course_key, audience={"any": []}, starts_on="2026-01-01")
            for n in range(count)
        )

    rules(1)
    client = client_for(maker)
    client.get(reverse("requirements"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("requirements"))
    rules(30)
    with CaptureQueriesContext(connection) as many:
        assert client.get(reverse("requirements")).status_code == 200
    assert len(one) == len(many)


def test_an_editor_reads_the_list_and_changes_nothing(said, ela, tree, client_for):
    ela.user_permissions.add(Permission.objects.get(codename="access_admin"))
    rule = Requirement.objects.create(
        name="Desks", course_key=tree.course_key, audience={"any": []}, starts_on="2026-01-01"
    )
    client = client_for(ela)
    assert client.get(reverse("requirements")).status_code == 200
    assert client.get(reverse("requirement", args=[rule.key])).status_code == 404
    assert client.post(reverse("new-requirement"), said).status_code == 404


# --- choosing among many -------------------------------------------------------------------------------------------
def test_a_company_of_two_thousand_teams_fits_into_the_form(said, maker, teams, client_for):
    def asked() -> tuple[int, HttpResponse]:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(reverse("new-requirement"), headers={"accept-encoding": "gzip"})
        return len(captured), answer

    client = client_for(maker)
    asked()
    few, _page = asked()
    for number in range(10):
        top = teams.service.add_child(name=f"Department {number}")
        for row in range(10):
            middle = top.add_child(name=f"Unit {number}-{row}")
            paths = [f"{middle.path}{team + 1:04}" for team in range(19)]
            Team.objects.bulk_create(
                Team(name=f"Team {path[-4:]} of {middle.name}", path=path, depth=middle.depth + 1) for path in paths
            )
    User.objects.bulk_create(
        User(email=f"n{number}@example.org", job_role=f"Role {number % 150}", location=f"Town {number % 60}")
        for number in range(5000)
    )
    many, page = asked()
    assert many == few
    assert len(page.content) < 150_000, "as it travels: with every team twice, those that are in and those that are not"
    assert len(gzip.decompress(page.content)) < 750_000


def test_what_is_chosen_stands_on_top_with_the_way_to_it_and_its_box_is_there_once(said, maker, teams, client_for):
    client = client_for(maker)
    save(client, said | {"group0-teams": [str(teams.desk.key)]})
    page = client.get(reverse("requirement", args=[Requirement.objects.get().key])).content.decode()
    field = page.partition("In one of these teams")[2].partition("With one of these job roles")[0]
    chosen, _, others = field.partition("<details")
    assert f'value="{teams.desk.key}" checked' in chosen
    assert f"{teams.desk.name} <small>{teams.company.name} / {teams.service.name}</small>" in chosen
    assert str(teams.desk.key) not in others
    assert f"<li>{teams.desk.name}</li>" in others, "its place in the tree"
    assert f'value="{teams.service.key}"' in others


def test_names_are_escaped_in_the_list(maker, teams, client_for):
    Team.objects.filter(pk=teams.desk.pk).update(name='<b>"Desk" & co')
    User.objects.filter(pk=maker.pk).update(job_role='"><script>')
    page = client_for(maker).get(reverse("new-requirement")).content.decode()
    assert "&lt;b&gt;&quot;Desk&quot; &amp; co</label>" in page
    assert 'value="&quot;&gt;&lt;script&gt;"' in page
    assert "<b>" not in page.partition("<narrow-list")[2].partition("</narrow-list>")[0]
