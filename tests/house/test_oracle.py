"""Random people ask random questions of every list, export, digest, feed and pack, and a slow oracle answers too: no
foreign row, no foreign count.

A run asks each address once and sixty questions more; `ORACLE=10000` asks so many (`make oracle`), of several
organisations. A failure names its seed: `ORACLE_SEED=<seed>` begins there.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.test import override_settings
from django.utils import timezone

from certificates.models import private_storage
from lms.proof import contents
from people.models import TeamLead, User, UserQuerySet
from tests.conftest import HOUSE
from tests.house import organisation
from tests.house.asking import ASKS, LIBRARIES, MONDAY, OFTEN, Asking, Differs, Question, mail, nobody
from tests.house.oracle import Oracle
from tests.house.organisation import NOW, TODAY, Organisation
from tests.house.urls import all_urls
from training.models import AssignmentQuerySet, Equivalence, Waiver
from training.reports import scope

pytestmark = pytest.mark.django_db
MORE = 60  # questions in a usual run, beside one at each address
PIECES = 4  # for as many processes
AT_ONCE = 500  # questions of one organisation
SEED = int(os.environ.get("ORACLE_SEED", "20260318"))
ASKED = int(os.environ.get("ORACLE", "0"))


@contextmanager
def world(seed: int, folder: Path) -> Iterator[tuple[Organisation, Oracle]]:
    """A time that stands still, files in a folder of their own, packs without the drawing of their summary, which
    takes a second; afterwards nothing of it is left."""
    private = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder / "private"}}
    with (
        pytest.MonkeyPatch.context() as patch,
        override_settings(
            STORAGES=settings.STORAGES | {"private": private}, EVIDENCE_HEAD=folder / "evidence-head.json"
        ),
        transaction.atomic(),
    ):
        patch.setattr(timezone, "now", lambda: NOW)
        for of_paper in (Equivalence._meta.get_field("proof"), Waiver._meta.get_field("document")):
            patch.setattr(of_paper, "storage", private_storage())  # else where it lay when the models were loaded
        patch.setattr(contents, "_summary", lambda *_facts: b"%PDF-1.4 drawn elsewhere")
        made = organisation.build(seed)
        yield made, Oracle(NOW, TODAY, titles_of(made))
        transaction.set_rollback(True)
    cache.clear()


def titles_of(made: Organisation) -> dict[str, str]:
    return {str(course.key): f"{course.title} (en)" for course in [*made.courses, made.practical]}


@pytest.fixture(scope="module")
def here(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[tuple[Organisation, Oracle]]:
    """Built once; what a question writes (logins, packs) is undone after its test."""
    with django_db_blocker.unblock(), world(SEED, tmp_path_factory.mktemp("oracle")) as made:
        yield made


@pytest.fixture
def session(here) -> Iterator[Asking]:
    with transaction.atomic():
        yield Asking(*here, seed=SEED)
        transaction.set_rollback(True)


def ask(session: Asking, question: Question) -> None:
    try:
        question(session)
    except Exception as error:
        kind = Differs if isinstance(error, Differs) else AssertionError
        raise kind(f"{question.__name__}: {session.asked}\n{type(error).__name__}: {error}") from error


def digest_of(later: Oracle) -> Question:
    def the_digest(session: Asking) -> None:
        mail.the_digest(session, later)

    return the_digest


def ask_many(session: Asking, count: int) -> Iterator[str]:
    """The name of each question asked."""
    questions, often = list(OFTEN), list(OFTEN.values())
    for question in session.rng.choices(questions, often, k=count):
        ask(session, question)
        yield question.__name__


# --- thousands --------------------------------------------------------------------------------------------------------
@pytest.mark.skipif(not ASKED, reason="ORACLE=10000 asks so many")
@pytest.mark.parametrize("piece", range(PIECES))
def test_thousands_of_questions(piece, django_db_setup, django_db_blocker, tmp_path):
    """In organisations of their own, so before the one of the other tests is built. It goes on after a fault."""
    wanted, first = ASKED // PIECES, SEED + 1000 * piece
    asked, faults, seed = Counter[str](), [], first
    while asked.total() < wanted:
        with django_db_blocker.unblock(), world(seed, tmp_path / str(seed)) as made:
            session = Asking(*made, seed=seed)
            later = Oracle(MONDAY, MONDAY.date(), session.oracle.titles)
            questions = [*OFTEN, digest_of(later)]
            weights = [*OFTEN.values(), 4]
            for question in session.rng.choices(questions, weights, k=min(AT_ONCE, wanted - asked.total())):
                asked[question.__name__] += 1
                try:
                    ask(session, question)
                except AssertionError as error:
                    faults.append(f"ORACLE_SEED={seed} {error}")
                write_down(piece, {"organisations": seed - first + 1, "asked": asked, "faults": faults})
        seed += 1
    assert faults == []


def write_down(piece: int, facts: dict) -> None:
    """For tools/oracle.py, as far as it has come. Not in VAR_DIR, which goes with the process."""
    (HOUSE / "var" / f"oracle-{piece}.json").write_text(json.dumps(facts))


# --- the list of lists ---------------------------------------------------------------------------------------------
def test_every_address_is_asked_or_shows_nobody():
    """A new list fails here until it is asked, or until it is said why it shows nobody's data."""
    known = set(ASKS) | set(nobody())
    unknown = {url.name for url in all_urls() if url.is_own} - known
    assert unknown == set(), "ask it in tests/house/asking, or say in nobody.txt why it shows nobody's data"
    theirs = {url.module.split(".")[0] for url in all_urls() if not url.is_own}
    assert theirs - set(LIBRARIES) == set()


def test_nothing_is_asked_that_is_not_there():
    names = {url.name for url in all_urls()}
    assert (set(ASKS) | set(nobody())) - names == set()
    assert set(ASKS) & set(nobody()) == set()


# --- the questions -------------------------------------------------------------------------------------------------
def test_each_list_shows_what_the_oracle_says(session):
    """In one test: each test begins with cold caches."""
    for question in OFTEN:
        ask(session, question)
    assert len(list(ask_many(session, MORE))) == MORE


def test_digests_say_what_the_oracle_says(session):
    later = Oracle(MONDAY, MONDAY.date(), session.oracle.titles)
    told = {person for people in later.told().values() for person in people}
    assert told
    for _each in range(20):
        ask(session, digest_of(later))


# --- the guard itself ----------------------------------------------------------------------------------------------
def everybody(people: UserQuerySet, user: User, on: date | None = None) -> UserQuerySet:
    return people.all()


def without_ends(leads: object, day: date) -> object:
    """Whoever once led a team leads it still."""
    return leads.filter(starts_on__lte=day)


def of_everybody(rows: AssignmentQuerySet, people: object) -> AssignmentQuerySet:
    return rows


def not_only_current(rows: AssignmentQuerySet) -> AssignmentQuerySet:
    return rows.filter(replaced_at=None)


FAULTS = {
    "managers see everybody": (UserQuerySet, "managed_by", everybody),
    "everybody is visible to everybody": (UserQuerySet, "visible_to", everybody),
    "a deputy's time never ends": (type(TeamLead.objects.all()), "on", without_ends),
    "counts know no team": (AssignmentQuerySet, "of", of_everybody),
    "what was released is asked still": (AssignmentQuerySet, "current", not_only_current),
    "what lies ahead is not filtered": (scope, "ahead_q", lambda ahead, today: Q()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault, session, monkeypatch):
    """With a guard off some dozens of questions find it, at most a few hundred."""
    monkeypatch.setattr(*FAULTS[fault])
    with pytest.raises(Differs):
        list(ask_many(session, 500))
