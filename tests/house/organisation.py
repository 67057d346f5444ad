"""A random organisation, the same for the same seed: a tree of teams six levels deep, people with two hats, deputies,
leavers, people in no team, courses with assignments in every state, certificates, mail, attempts, records.

What a test of lists needs is written in bulk, past the actions; what has to be real (a paper, a game that was played,
a chain of evidence) is made by them. Everybody is called like nobody else, so that any page that names somebody is
found out: see `oracle.Traces`.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile

from assessments.quizzes import actions as quizzes
from assessments.quizzes.models import Essay, Mark
from assessments.scenarios import actions as scenarios
from certificates import rules as numbers
from certificates.models import Certificate, Rendering, Revocation, private_storage
from certificates.tasks import attach_file
from courses import actions as courses
from courses.models import Completion, CourseVersion, Enrolment
from courses.reports import shown_step
from evidence import actions as evidence
from people import roles
from people.actions import calendar, scim_tokens
from people.models import Mail, Team, TeamLead, User
from tests.factories import Course, enrol, make_course, ready_site
from tests.quizzes.factories import BANK, quiz
from tests.scenarios.factories import EXPERT, LOW, WALKOUT, play, scenario
from training.models import (
    Assignment,
    AssignmentEvent,
    Equivalence,
    Happening,
    Leave,
    Notice,
    Requirement,
    Sending,
    Waiver,
)
from training.rules import due

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)  # a Wednesday; both clocks of Europe change within the next fortnight
TODAY = date(2026, 3, 18)
PEOPLE, TEAMS, DEEPEST = 120, 24, 6
FIRST_NAMES = ("Anna", "Jan", "Ewa", "Łucja", "Piotr", "Ilze", "Jānis", "Maria", "Olga", "Adam", "Żaneta", "Ints")
LAST_NAMES = ("Nowak", "Lis", "Bērziņš", "Kalna", "Sowa", "Ozola", "Wilk", "Zając")
JOB_ROLES = ("", "Driver", "Receptionist", "Fitter")
LOCATIONS = ("", "Riga", "Gdynia")
ZONES = ("Europe/Warsaw", "Europe/Warsaw", "Europe/Riga", "America/New_York")
COURSES = ("Alarm", "Boats", "cranes", "Data", "Exits")
# How somebody stands in a duty; the likelier, the more often it stands here.
STATES = (
    ("not_started", 4),
    ("in_progress", 3),
    ("overdue", 3),
    ("redo", 2),
    ("finished", 4),
    ("ending", 3),
    ("expired", 2),
    ("prior", 1),
    ("waived", 2),
    ("equivalent", 2),
    ("released", 2),
    ("renewed", 2),
)
DAY = timedelta(days=1)


@dataclass
class Organisation:
    people: list[User]
    courses: list[Course]
    practical: Course  # the one with a quiz and a scenario
    token: str  # of a directory that speaks SCIM
    calendars: dict[int, str] = field(default_factory=dict)  # {person: secret}

    @property
    def quiz(self) -> UUID:
        return self.practical.step_keys[0]

    @property
    def scenario(self) -> UUID:
        return self.practical.step_keys[1]


def build(seed: int) -> Organisation:
    """In one transaction of the caller's, at NOW."""
    rng = random.Random(seed)
    ready_site()
    teams = _teams(rng)
    people = _people(rng, teams)
    _leads(rng, teams, people)
    made = [make_course(f"oracle-{title}", title=title, languages=("en",), lessons=1) for title in COURSES]
    practical = make_course(BANK, title="Practice", languages=("en",), lessons=0, steps=[quiz(), scenario()])
    _duties(rng, made, teams, people)
    _alone(rng, made, people)
    _played(rng, practical, people)
    _certificates(rng, made, people)
    _leaves(rng, people)
    _mail(rng, people)
    _evidence(rng, people)
    _token, secret = scim_tokens.make(name="Directory", by=people[0])
    organisation = Organisation(people, made, practical, secret)
    for person in rng.sample(people, 40):
        organisation.calendars[person.pk] = calendar.renew(person=person).token
    return organisation


# --- who is here ---------------------------------------------------------------------------------------------------
def _teams(rng: random.Random) -> list[Team]:
    """The first DEEPEST are one below the other; names may stand twice."""
    found = [Team.add_root(name="Company").pk]
    while len(found) < TEAMS:
        above = Team.objects.get(pk=found[-1] if len(found) < DEEPEST else rng.choice(found))
        if above.depth < DEEPEST:
            found.append(above.add_child(name=f"Unit {rng.randint(1, 14)}").pk)
    by_pk = Team.objects.in_bulk(found)
    return [by_pk[pk] for pk in found]


def _people(rng: random.Random, teams: list[Team]) -> list[User]:
    rows = [_person(rng, number, teams) for number in range(PEOPLE)]
    rows[0].is_superuser = rows[0].is_staff = True
    for one in rows[:6]:
        one.is_active = True
    people = sorted(User.objects.bulk_create(rows), key=lambda one: one.email)
    of_role = {roles.EDITOR: [1, 30], roles.PUBLISHER: [2], roles.AUDITOR: [3, 31], roles.MARKER: [4, 2, 32]}
    for role, places in of_role.items():
        group = Group.objects.get_or_create(name=role)[0]
        group.user_set.set([people[place] for place in places])
    return people


def _person(rng: random.Random, number: int, teams: list[Team]) -> User:
    return User(
        email=f"p{number:03}@example.org",
        first_name=rng.choice(FIRST_NAMES),
        last_name=f"{rng.choice(LAST_NAMES)}-q{number:03}",
        language="en",
        time_zone=rng.choice(ZONES),
        team=rng.choice(teams) if rng.random() < 0.93 else None,
        job_role=rng.choice(JOB_ROLES),
        location=rng.choice(LOCATIONS),
        password="!" if rng.random() < 0.1 else "md5$x$y",  # "!": invited, and has not chosen one yet
        is_active=rng.random() < 0.88,
        left_scim_at=NOW if rng.random() < 0.05 else None,
    )


def _leads(rng: random.Random, teams: list[Team], people: list[User]) -> None:
    """Managers and deputies of today, of before and of later; some lead two teams, some lead what they work in."""
    hats = rng.sample(people, 12)
    rows: dict[tuple, TeamLead] = {}
    for team in teams:
        for kind, chance in ((TeamLead.Kind.MANAGER, 0.8), (TeamLead.Kind.MANAGER, 0.2), (TeamLead.Kind.DEPUTY, 0.5)):
            if rng.random() > chance:
                continue
            starts, ends = rng.choice([(-400, None), (-400, None), (-400, 0), (0, 9), (-90, -1), (5, 30), (-30, 60)])
            row = TeamLead(
                team=team,
                person=rng.choice(hats if rng.random() < 0.6 else people),
                kind=kind,
                starts_on=TODAY + starts * DAY,
                ends_on=None if ends is None else TODAY + ends * DAY,
            )
            rows[(row.team_id, row.person_id, kind, row.starts_on)] = row
    TeamLead.objects.bulk_create(rows.values())
    # Whatever the dice say: somebody leads all, and somebody the deepest team.
    for team, person in ((teams[0], people[5]), (teams[DEEPEST - 1], people[40])):
        TeamLead.objects.get_or_create(team=team, person=person, kind="manager", starts_on=TODAY - 500 * DAY)


# --- what they have to do ------------------------------------------------------------------------------------------
class _Books:
    """Enrolments in bulk: the cycles of each person in each course."""

    def __init__(self, made: list[Course], person: User) -> None:
        self.versions: dict[UUID, CourseVersion] = {}
        for course in made:
            first = enrol(person, course)
            self.versions[course.key] = first.course_version
        self.cycles: dict[tuple[int, UUID], int] = {(person.pk, course.key): 1 for course in made}

    def open(self, person: User, course: Course, **facts) -> Enrolment:
        place = (person.pk, course.key)
        self.cycles[place] = self.cycles.get(place, 0) + 1
        usual = {"created_at": NOW - 300 * DAY, "cycle": self.cycles[place]}
        return Enrolment(
            person=person, course_key=course.key, course_version=self.versions[course.key], **usual, **facts
        )


def _duties(rng: random.Random, made: list[Course], teams: list[Team], people: list[User]) -> None:
    """Two rules ask for the same course, so that one enrolment may stand for both."""
    books = _Books(made, people[-1])
    rules = [_rule(rng, course, number, teams, people) for number, course in enumerate([*made, made[0]])]
    enrolments: dict[tuple[int, UUID], Enrolment] = {}
    rows: list[Assignment] = []
    names, weights = zip(*STATES, strict=True)
    for place, rule in enumerate(rules):
        course = [*made, made[0]][place]
        for person in people[:-1]:
            if rng.random() < 0.55:
                state = rng.choices(names, weights)[0]
                rows += _duty(rng, rule, course, person, state, books, enrolments)
    unique = {id(row.enrolment): row.enrolment for row in rows}
    Enrolment.objects.bulk_create(unique.values())
    for row in rows:
        row.enrolment = row.enrolment  # now it has its number
    Assignment.objects.bulk_create(rows)
    _granted(rng, rows, people)


def _rule(rng: random.Random, course: Course, number: int, teams: list[Team], people: list[User]) -> Requirement:
    parts = [
        {"team": str(rng.choice(teams).key), "below": rng.random() < 0.7},
        {"job_role": rng.choice(JOB_ROLES[1:])},
        {"location": rng.choice(LOCATIONS[1:])},
        {"person": str(rng.choice(people).key)},
    ]
    some = rng.sample(parts, 2)
    return Requirement.objects.create(
        name=f"Rule {number}",
        course_key=course.key,
        audience=rng.choice([some[0], {"any": some}, {"all": [some[0], {"not": some[1]}]}]),
        starts_on=TODAY - 700 * DAY,
        valid_months=rng.choice([None, 12]),
        is_active=number != 4,
    )


def _duty(
    rng, rule: Requirement, course: Course, person: User, state: str, books: _Books, enrolments
) -> list[Assignment]:
    """The newest cycle, and the one before where there was one."""
    shared = enrolments.get((person.pk, course.key))
    enrolment = shared or books.open(person, course, **_standing(rng, state))
    enrolments[(person.pk, course.key)] = enrolment
    row = Assignment(
        requirement=rule,
        person=person,
        enrolment=enrolment,
        cycle=1,
        assigned_at=NOW - rng.randint(1, 500) * DAY,
        time_zone=person.time_zone,
        reasons={"en": "Because."},
    )
    _due(row, person, _days_left(rng, state))
    if state == "prior":
        row.good_until_other = TODAY + rng.randint(-40, 80) * DAY
    elif state == "waived":
        row.waived_at = NOW - rng.randint(1, 90) * DAY
        row.waived_until = rng.choice([None, TODAY + 40 * DAY])
    elif state == "equivalent":
        row.equivalent_on = TODAY - rng.randint(1, 300) * DAY
        row.good_until_other = rng.choice([None, TODAY + rng.randint(-40, 80) * DAY])
    elif state == "released":
        row.released_at = NOW - rng.randint(1, 200) * DAY
    if state != "renewed":
        return [row]
    row.replaced_at = NOW - rng.randint(0, 60) * DAY
    follower = Assignment(
        requirement=rule,
        person=person,
        enrolment=books.open(person, course, **_standing(rng, rng.choice(["not_started", "in_progress"]))),
        cycle=2,
        assigned_at=row.replaced_at,
        time_zone=person.time_zone,
    )
    enrolments[(person.pk, course.key)] = follower.enrolment
    return [row, _due(follower, person, rng.randint(-20, 100))]


def _standing(rng: random.Random, state: str) -> dict:
    """The facts of an enrolment."""
    if state == "redo":
        return {"started_at": NOW - 50 * DAY, "redo_by": TODAY + rng.randint(-10, 100) * DAY}
    if state in ("in_progress", "overdue") and rng.random() < 0.7:
        return {"started_at": NOW - rng.randint(1, 80) * DAY}
    if state not in ("finished", "ending", "expired", "prior", "renewed"):
        return {}
    done = NOW - rng.randint(1, 420) * DAY - timedelta(hours=rng.randint(0, 23))
    until = {"finished": rng.choice([None, 200]), "ending": rng.choice([0, 1, 29, 30, 31, 59, 89, 91]), "expired": -1}
    days = until.get(state)
    return {
        "started_at": done - DAY,
        "completed_at": done,
        "valid_until": None if days is None else TODAY + days * DAY,
    }


def _days_left(rng: random.Random, state: str) -> int:
    if state == "overdue":
        return -rng.randint(1, 60)
    return rng.choice([0, 1, 6, 7, 8, 13, 14, 15, 29, 30, 31, 60, 61, 90, 91, 200])


def _due(row: Assignment, person: User, days: int) -> Assignment:
    row.due_on = row.base_due_on = row.series_on = TODAY + days * DAY
    row.due_at = due.due_at(row.due_on, person.time_zone)
    return row


def _granted(rng: random.Random, rows: list[Assignment], people: list[User]) -> None:
    """Events with somebody's name, proofs that wait, papers of waivers."""
    staff = people[:3]
    happened = [
        AssignmentEvent(assignment=row, what=Happening.EXTENDED, due_on=row.due_on, by=rng.choice(people), at=NOW - DAY)
        for row in rng.sample(rows, 40)
    ]
    AssignmentEvent.objects.bulk_create(happened)
    paper = private_storage().save("proofs/paper", ContentFile(b"%PDF-1.4 a paper"))
    offers = []
    for row in rng.sample(rows, 45):
        offer = Equivalence(
            assignment=row,
            title=rng.choice(["First aid", "Crane licence"]),
            obtained_on=TODAY,
            proof=paper,
            sha256="0" * 64,
            offered_by=row.person,
            offered_at=NOW - rng.randint(1, 9) * DAY,
        )
        if rng.random() < 0.4:
            offer.accepted, offer.decided_by, offer.decided_at = False, rng.choice(staff), NOW
        offers.append(offer)
    Equivalence.objects.bulk_create(offers)
    waived = [row for row in rows if row.waived_at]
    Waiver.objects.bulk_create(
        Waiver(
            assignment=row,
            reason="Examiner",
            approved_by=rng.choice(staff),
            until=row.waived_until,
            document=paper if rng.random() < 0.6 else "",
            at=NOW,
        )
        for row in waived
    )


def _alone(rng: random.Random, made: list[Course], people: list[User]) -> None:
    """Begun by people themselves, where nobody asked."""
    taken = set(Enrolment.objects.values_list("person_id", "course_key"))
    version = {course.key: Enrolment.objects.filter(course_key=course.key)[0].course_version for course in made}
    rows = []
    for person in rng.sample(people, 50):
        course = rng.choice(made)
        if (person.pk, course.key) not in taken:
            state = rng.choice(["not_started", "in_progress", "finished", "ending", "redo"])
            facts = {"created_at": NOW - rng.randint(1, 400) * DAY} | _standing(rng, state)
            rows.append(Enrolment(person=person, course_key=course.key, course_version=version[course.key], **facts))
    Enrolment.objects.bulk_create(rows)


# --- what they did -------------------------------------------------------------------------------------------------
def _played(rng: random.Random, practical: Course, people: list[User]) -> None:
    """Quizzes handed in once or twice, essays that wait, and a scenario played to different ends."""
    quiz_key, scenario_key = practical.step_keys
    for place, person in enumerate(rng.sample([one for one in people if one.is_active], 26)):
        enrolment = courses.start(enrolment=enrol(person, practical))
        version = shown_step(enrolment, quiz_key, "en").version
        attempt = quizzes.hand_in(attempt=quizzes.start_attempt(enrolment=enrolment, version=version))
        if place % 3 == 0:
            quizzes.hand_in(attempt=quizzes.start_attempt(enrolment=enrolment, version=version))
        if place % 2 == 0:
            essay = Essay.objects.create(
                attempt=attempt,
                question_key=attempt.keys[0],
                candidate=Essay.number_of(attempt),
                handed_in_at=NOW - rng.randint(0, 30) * DAY,
            )
            if place % 4 == 0:
                Mark.objects.create(essay=essay, number=1, marker=people[4], points={}, share="1", at=NOW)
        if place % 2:
            version = shown_step(enrolment, scenario_key, "en").version
            run = scenarios.start_run(enrolment=enrolment, version=version)
            play(run, *rng.choice([EXPERT, LOW, WALKOUT, EXPERT[:2]]))


def _certificates(rng: random.Random, made: list[Course], people: list[User]) -> None:
    finished = Enrolment.objects.filter(completed_at__isnull=False, completion=None).select_related("person")
    completions = Completion.objects.bulk_create(
        Completion(
            enrolment=row,
            person=row.person,
            course_key=row.course_key,
            course_version_id=row.course_version_id,
            title="A course",
            language="en",
            hours=Decimal("0.5"),
            completed_at=row.completed_at,
            valid_until=row.valid_until,
            path=[],
        )
        for row in finished
    )
    titles = {course.key: course.title for course in made}
    issued = Certificate.objects.bulk_create(
        _certificate(one, row, titles) for one, row in zip(completions, finished, strict=True) if rng.random() < 0.9
    )
    replaced = [_certificate_anew(one) for one in rng.sample(issued, 10)]
    every = [*issued, *Certificate.objects.bulk_create(replaced)]
    Rendering.objects.bulk_create(Rendering(certificate=one, tries=rng.choice([0, 0, 5])) for one in every)
    Revocation.objects.bulk_create(
        Revocation(certificate=one, at=NOW, by=people[2], reason_class="other", reason="Why")
        for one in rng.sample(every, 8)
    )
    for one in rng.sample(every, 6):
        attach_file(certificate=one, data=f"%PDF-1.4 {one.serial}".encode(), sealed_with="0" * 64)


def _certificate(completion: Completion, enrolment: Enrolment, titles: dict[UUID, str]) -> Certificate:
    issued_on = enrolment.completed_at.date()
    return Certificate(
        serial=numbers.new_serial(),
        completion_key=completion.key,
        holder=enrolment.person,
        holder_name=enrolment.person.name,
        course_key=enrolment.course_key,
        course_title=titles[enrolment.course_key],
        course_version="1",
        hours=completion.hours,
        issued_on=issued_on,
        valid_until=max(enrolment.valid_until, issued_on) if enrolment.valid_until else None,
        language="en",
        issuer="Riverside Services",
    )


def _certificate_anew(earlier: Certificate) -> Certificate:
    facts = {one.attname: getattr(earlier, one.attname) for one in Certificate._meta.concrete_fields}
    for name in ("id", "serial", "supersedes_id", "created_at"):
        del facts[name]
    return Certificate(**facts, serial=numbers.new_serial(), supersedes=earlier)


def _leaves(rng: random.Random, people: list[User]) -> None:
    Leave.objects.bulk_create(
        Leave(
            person=person,
            starts_on=TODAY + starts * DAY,
            ends_on=None if ends is None else TODAY + ends * DAY,
            recorded_by=people[1],
            recorded_at=NOW,
            **taken_back,
        )
        for person in rng.sample(people, 24)
        for starts, ends in [rng.choice([(-5, 5), (-30, -1), (-3, None), (4, 20), (0, 0)])]
        for taken_back in [rng.choice([{}, {}, {"withdrawn_by": people[1], "withdrawn_at": NOW}])]
    )


def _mail(rng: random.Random, people: list[User]) -> None:
    duties = list(Assignment.objects.filter(released_at=None, replaced_at=None).select_related("person"))
    for number, row in enumerate(rng.sample(duties, 70)):
        kind = rng.choice(["reminder", "training-new", "team-digest"])
        person = row.person if kind != "team-digest" else rng.choice(people)
        fate = rng.choice([{"sent_at": NOW - DAY}, {"sent_at": NOW - DAY}, {"failed_at": NOW - DAY}, {}])
        mail = Mail.objects.create(
            person=person, to=person.email, language="en", kind=kind, subject=f"Subject {number % 5}", text="x", **fate
        )
        by = rng.choice([None, rng.choice(people)])
        day = rng.choice([TODAY, TODAY - 3 * DAY])
        sending = Sending.objects.create(
            key=f"oracle/{number}", kind=kind, recipient=person, mail=mail, on=day, at=NOW - DAY, by=by
        )
        if kind == "reminder":
            Notice.objects.create(sending=sending, assignment=row, recipient=person, step="before-14", about=row.due_on)


def _evidence(rng: random.Random, people: list[User]) -> None:
    """A chain about some of what was finished, and people who were erased: they left before."""
    finished = list(Completion.objects.select_related("person", "enrolment").order_by("pk"))
    for one in rng.sample(finished, 50):
        facts = {"completion": str(one.key), "enrolment": str(one.enrolment.key), "course": str(one.course_key)}
        evidence.append(
            kind="course.completed", subject=one.person.key, facts=facts, personal={"name": one.person.name}, at=NOW
        )
    left = sorted({one.person.key for one in finished if not one.person.is_active}, key=str)
    for key in left[:4]:
        evidence.append(
            kind="course.completed", subject=key, facts={"completion": str(uuid4())}, personal={"name": "?"}
        )
        evidence.erase(subject=key, reason="request", by=people[0])
