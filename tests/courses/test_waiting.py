"""Who waits for whom: two acts at once never wait for each other, and never collide."""

import re
import threading
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from courses import actions, rules, tasks
from courses.models import CourseVersion, Decision, Enrolment, Rollout
from courses.models.drafts import draft_of
from courses.models.records import CourseVersionManager
from courses.reports import shown_step
from tests.cast import hire
from tests.courses.test_meaning import draft, fresh, publish_material

WRITES = re.compile(r'(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "(\w+)"')
CONTENT = {"steps": [], "hours": "1.0", "valid_months": None}
OTHER = CONTENT | {"valid_months": 6}


def tables_written(act) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        act()
    return [found[1] for query in queries if (found := WRITES.match(query["sql"]))]


def written_after_the_chain(tables: list[str]) -> set[str]:
    """What is written once the head of the chain is held, but for tasks, which nobody waits for."""
    begin = next(at for at, table in enumerate(tables) if table.startswith("evidence_"))
    return {table for table in tables[begin:] if not table.startswith(("evidence_", "django_tasks_"))}


# --- the head of the chain comes last ------------------------------------------------------------------------------
def test_publishing_holds_the_head_only_once_everything_else_is_written(tree, enrolment, publisher):
    actions.start(enrolment=enrolment)
    page = draft(tree.lessons["pl"][0])
    assert not written_after_the_chain(tables_written(lambda: publish_material(page, publisher)))


def test_asking_again_holds_the_head_only_once_everything_else_is_written(tree, enrolment, publisher):
    actions.start(enrolment=enrolment)
    page = tree.lessons["pl"][0]
    choice = actions.Choice("material", "Because", (str(page.translation_key),))
    asked = draft_of(fresh(page))

    def ask():
        actions.ask_again(draft=asked, choice=choice, by=publisher)

    assert not written_after_the_chain(tables_written(ask))
    assert Decision.objects.count() == 1


def test_many_are_taken_along_before_the_head_is_held(tree, publisher, teams):
    first, second, finished = everybody = [
        actions.start(enrolment=actions.enrol(person=hire(name, teams), course_key=tree.course_key))
        for name in ("ana", "marek", "obcy")
    ]
    for key in tree.keys:
        actions.complete_step(enrolment=finished, version=shown_step(finished, key, "pl").version)
    publish_material(tree.lessons["pl"][0], publisher, new_cycle=True)
    batch = [enrolment.pk for enrolment in everybody]
    assert not written_after_the_chain(tables_written(lambda: tasks._take_along(Rollout.objects.get(), batch)))
    assert (first.redos.count(), second.redos.count()) == (1, 1)
    assert Enrolment.objects.filter(cycle=2).count() == 1


# --- a version is made once ----------------------------------------------------------------------------------------
def somebody_is_quicker(monkeypatch, key: UUID, content: dict) -> list:
    """Between this one's look and its INSERT somebody else's version is there, under the same number."""
    savepoint, theirs = transaction.atomic, []

    def after_them(*args, **kwargs):
        if not theirs:
            theirs.append(key)
            CourseVersion.objects.create(course_key=key, number=1, sha256=rules.sha256(content), content=content)
        return savepoint(*args, **kwargs)

    monkeypatch.setattr(transaction, "atomic", after_them)
    return theirs


def test_who_comes_second_with_the_same_version_gets_the_one_there_is(db, monkeypatch):
    key = uuid4()
    theirs = somebody_is_quicker(monkeypatch, key, CONTENT)
    made = CourseVersion.objects.of(key, CONTENT)
    assert theirs
    assert CourseVersion.objects.get() == made


def test_who_comes_second_with_another_version_gets_the_next_number(db, monkeypatch):
    key = uuid4()
    somebody_is_quicker(monkeypatch, key, OTHER)
    made = CourseVersion.objects.of(key, CONTENT)
    assert (made.number, made.content) == (2, CONTENT)


def test_a_version_that_can_never_be_made_is_not_tried_for_ever(db, monkeypatch):
    def refuse(self, **_fields):
        raise IntegrityError

    monkeypatch.setattr(CourseVersionManager, "create", refuse)
    with pytest.raises(IntegrityError):
        CourseVersion.objects.of(uuid4(), CONTENT)


# --- beginning touches nobody else ---------------------------------------------------------------------------------
def publish_another_version(tree):
    page = draft(tree.lessons["pl"][0], blocks=2)
    page.get_latest_revision().publish()


def test_beginning_takes_the_newest_version_and_writes_no_other_row(tree, enrolment, obcy):
    theirs = actions.enrol(person=obcy, course_key=tree.course_key)
    publish_another_version(tree)
    written = tables_written(lambda: actions.start(enrolment=enrolment))
    assert written.count("courses_enrolment") == 1
    enrolment.refresh_from_db()
    assert enrolment.course_version.number == 2
    assert Enrolment.objects.get(pk=theirs.pk).course_version.number == 1
    assert actions.start(enrolment=theirs).course_version.number == 2
    assert Enrolment.objects.get(pk=theirs.pk).course_version.number == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_all_who_begin_after_a_publication_begin_on_the_one_new_version(teams, tree):
    names = ("ana", "marek", "obcy", "irena", "ela", "auditor")
    waiting = [actions.enrol(person=hire(name, teams), course_key=tree.course_key) for name in names]
    publish_another_version(tree)
    barrier, failures = threading.Barrier(len(waiting)), []

    def begin(enrolment: Enrolment) -> None:
        barrier.wait()
        try:
            actions.enrol(person=enrolment.person, course_key=tree.course_key)
            actions.start(enrolment=enrolment)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=begin, args=(enrolment,)) for enrolment in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert set(Enrolment.objects.values_list("course_version__number", flat=True)) == {2}
