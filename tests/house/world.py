"""Ana's world for the access matrix: everything that can belong to somebody, once, and all of it hers."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.contrib.auth.tokens import default_token_generator
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.documents.models import Document
from wagtail.models import Collection, Site, Task, Workflow

from assessments.quizzes import actions as quizzes
from assessments.quizzes.models import Essay, Question, QuizAttempt
from assessments.scenarios import actions as scenarios
from assessments.scenarios.formats import document as formats
from assessments.scenarios.models import ScenarioPage, ScenarioRun
from certificates import actions as certificates
from certificates.models import Certificate
from certificates.rules import Facts
from certificates.tasks import attach_file
from certificates.tasks import bundle as make_bundle
from courses import actions as courses
from courses.models import CoursePage, CourseVersion, Enrolment, LessonPage, ModulePage, Publication
from courses.reports import shown_step
from lms.models import CourseImport
from lms.proof import actions as proof
from lms.proof.models import PackForm
from lms.proof.rules import Asked
from lms.proof.tasks import make_pack
from people import actions as people
from people.actions import calendar, roster, scim_tokens
from people.models import Mail, User
from tests.cast import CAST, hire, make_teams
from tests.factories import Course, enrol, key_of, make_course, ready_site
from tests.house.urls import all_urls
from tests.quizzes.factories import BANK, make_question, quiz
from tests.scenarios.factories import EXPERT, play, scenario
from training import actions as training
from training.actions import ordering, standing
from training.models import Assignment, Requirement


@dataclass
class World:
    people: dict[str, User | None]
    cookies: dict[str, str]  # of each, logged in; a link to reset a password would not survive a login after it
    values: dict[str, Any]  # of the parameters in addresses, by their name
    special: dict[str, dict[str, Any]]  # where one address needs others: by url, or by url#variant
    paths: dict[str, str]  # addresses that `reverse` cannot make from named values
    cms: dict[str, dict[str, Any]]  # of Wagtail's addresses: by namespace or name, "" for all of them

    def in_cms(self, url: str) -> dict[str, Any]:
        return self.cms[""] | self.cms.get(url.partition(":")[0], {}) | self.cms.get(url, {})

    def path(self, url: str, variant: str = "") -> str:
        label = f"{url}#{variant}" if variant else url
        if label in self.paths:
            return self.paths[label]
        values = {**self.values, **self.special.get(url, {}), **self.special.get(label, {})}
        converters = next(known.converters for known in all_urls() if known.name == url)
        return reverse(url, kwargs={name: values[name] for name in converters})


def build() -> World:
    ready_site()
    teams = make_teams()
    cast = {name: hire(name, teams) for name in CAST}
    cookies = {name: cookies_of(person) for name, person in cast.items()}
    ana = cast["ana"]
    course = make_course(lessons=0, steps=[lesson, quiz(open_to_guests=True, required_of="nobody"), scenario()])
    open_course = make_course("open-to-all", lessons=1, is_open=True)
    enrolment = courses.start(enrolment=enrol(ana, course))
    lesson_key, quiz_key, scenario_key = course.step_keys
    finished, opened = attempts(enrolment, quiz_key)
    essay = waiting_essay(finished)
    played, running = runs(enrolment, scenario_key)
    course_page = CoursePage.objects.get(translation_key=course.key, locale__language_code="pl")
    in_attempt = ("attempt", "question", "answer", "flag", "attempt-check", "attempt-all", "answers", "hand-in")
    return World(
        people={"anonymous": None, **cast},
        cookies={"anonymous": "", **cookies},
        values={
            "enrolment": enrolment.key,
            "step": lesson_key,
            "course": course.key,
            "person": ana.key,
            "screen": "trainings",
            "form": "csv",
            "serial": certificate_of(ana).serial,
            "number": 1,
            "token": "not-a-token",
            "uidb64": ana.key,
            "digest": "0" * 16,
            "path": "images/nothing.png",
            "restriction_id": 1,
            "page_view_restriction_id": 1,
            "page_id": 1,
            # scenarios as files
            "module": course.modules["en"].translation_key,
            "scenario": imported_scenario(course, cast["publisher"]).translation_key,
            "language": "en",
        },
        special={
            "course-outline": {"course": course.pages["en"].pk},
            "outline-move": {"course": course.pages["en"].pk, "page": course.steps["en"][0].pk},
            "scenario-file": {"form": "script"},
            "begin#open": {"course": open_course.key},
            "team-export#other": {"screen": "answers"},
            "reflection": {"block": key_of(lesson_key, "reflection")},
            "job-aid": {"block": key_of(lesson_key, "job_aid")},
            "practice-one": {"question": practised(ana)},
            "practice-answer": {"question": key_of(BANK, "PRACTICE")},
            **{f"self-check{act}": {"step": quiz_key} for act in ("", "-start", "-question", "-answer", "-result")},
            "practice-question": {"block": key_of(lesson_key, "knowledge_check")},
            "step#quiz": {"step": quiz_key},
            "step#scenario": {"step": scenario_key},
            "complete-step#quiz": {"step": quiz_key},
            **{url: {"step": withdrawn(enrolment)} for url in ("step#withdrawn", "complete-step#withdrawn")},
            "attempt-start": {"step": quiz_key},
            "analysis#quiz": {"step": quiz_key},
            "analysis-csv": {"step": quiz_key},
            "quiz-attempts": {"step": quiz_key},
            **{url: {"key": opened.key} for url in in_attempt},
            "result": {"key": finished.key},
            "result#open": {"key": opened.key},
            **{url: {"key": essay.key} for url in ("essay", "essay-claim", "essay-release")},
            "regrade": {"question": key_of(BANK, "S1")},
            "question-file": {"form": "gift"},
            "question-publishing": {"question": key_of(BANK, "S1")},
            "question-preview": {"question": key_of(BANK, "S1")},
            "run-start": {"step": scenario_key},
            "run": {"key": running.key},
            "choose": {"key": running.key},
            "debrief": {"key": played.key},
            "run-reflection": {"key": played.key},
            "run-rewind": {"key": running.key},
            "run-practise": {"key": played.key},
            "transcript": {"key": played.key},
            "scenario-analysis": {"step": scenario_key},
            "scenario-analysis#quiz": {"step": quiz_key},
            "scenario-analysis-csv": {"step": scenario_key},
            "invitation#open": {"token": invitation(cast["admin"])},
            "password_reset_confirm#open": {"token": default_token_generator.make_token(ana)},
            "media#image": {"path": uploaded_image()},
            **{url: {"key": pack_of(cast["auditor"], ana)} for url in ("evidence-pack", "evidence-pack-file")},
            "certificate-download": {"key": bundle_of(cast["publisher"])},
            "certificate-download-file": {"key": bundle_of(cast["publisher"])},
            **{
                url: {"page": course_page.pk}
                for url in ("course-export", "course-export-file", "course-launch", "course-translation", "course-po")
            },
            "course-imported": {"key": sent_by(cast["publisher"])},
            **{url: {"translation_id": 0} for url in ("translation-po", "translation-po-upload")},
            "requirement": {"requirement": requirement_for(ana, course).key},
            "article-import": {"page": course_page.get_children().first().pk},
            **{url: {"page_id": course.steps["en"][0].pk} for url in ("publishing", "publications")},
            "publication": {
                "page_id": course.steps["en"][0].pk,
                "number": Publication.objects.filter(step_key=lesson_key).latest("pk").pk,
            },
            **people_values(teams, cast),
            **granted_values(ana, cast["ela"]),
            **ordered_values(cast["marek"]),
        },
        paths=pages(course) | {"scim:users": "/scim/v2/Users", "scim:groups": "/scim/v2/Groups"},
        cms=cms_values(course),
    )


def withdrawn(enrolment: Enrolment) -> UUID:
    """A step of another version of the course than this person's."""
    pinned, key = enrolment.course_version.content, key_of("withdrawn")
    CourseVersion.objects.of(enrolment.course_key, pinned | {"steps": [pinned["steps"][0] | {"key": str(key)}]})
    return key


def cms_values(course: Course) -> dict[str, dict[str, Any]]:
    """A step that is live and that somebody has a record of, a question of the bank, and what every site has."""
    step, module = course.steps["pl"][0], course.modules["pl"]
    question = Question.objects.get(translation_key=key_of(BANK, "S1"), locale__language_code="pl")
    common = dict.fromkeys(("page_id", "page_pk", "page_to_move_id"), step.pk)
    common |= dict.fromkeys(("parent_page_id", "destination_id"), module.pk)
    common |= {"content_type_app_name": "courses", "content_type_model_name": "lessonpage"}
    common |= {"app_label": "wagtailcore", "model_name": "page", "action": "delete"}
    common["document_id"] = common["doc_id"] = Document.objects.latest("pk").pk
    collection, workflow, task = (
        Collection.get_first_root_node(),
        Workflow.objects.earliest("pk"),
        Task.objects.earliest("pk"),
    )
    tasks = {f"wagtailadmin_workflows:{act}_task": {"pk": task.pk} for act in ("edit", "disable", "enable")}
    return tasks | {
        "": common,
        "wagtailadmin_collections": {"pk": collection.pk, "collection_id": collection.pk},
        "wagtailadmin_workflows": {"pk": workflow.pk, "workflow_pk": workflow.pk, "task_id": task.pk},
        "wagtaildocs_chooser": {"pk": common["document_id"]},
        "wagtaillocales": {"pk": step.locale_id},
        "wagtailsites": {"pk": Site.objects.earliest("pk").pk},
        "wagtailadmin_api": {"pk": step.pk},
        "wagtailsnippets_quizzes_question": {"pk": question.pk},
        "wagtailsnippetchoosers_quizzes_question": {"pk": question.pk},
        "wagtailsettings": {"app_name": "courses", "model_name": "sitefacts"},
    }


def cookies_of(person: User) -> str:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies.output(header="", sep=";")


def lesson(module: ModulePage, language: str, key: UUID) -> LessonPage:
    """One of each block that has an address of its own."""
    question = make_question("PRACTICE", language=language, use="practice", objective="")
    blocks = {
        "concept": {"heading": "Before the first word", "body": "<p>One breath.</p>", "points": ""},
        "reflection": {"prompt": "When did it help?", "points": ""},
        "job_aid": {"title": "Five steps", "items": ["Breathe"], "points": ""},
        "knowledge_check": {"question": str(question.translation_key), "points": ""},
    }
    body = [{"type": kind, "id": str(key_of(key, kind)), "value": value} for kind, value in blocks.items()]
    page = LessonPage(title="A calm voice", slug="lesson", locale=module.locale, translation_key=key, body=body)
    return module.add_child(instance=page)


def practised(person: User) -> UUID:
    """The practice question of that lesson, in another course's, which this person finished yesterday."""
    question = key_of(BANK, "PRACTICE")

    def again(module: ModulePage, language: str, key: UUID) -> LessonPage:
        body = [{"type": "knowledge_check", "value": {"question": str(question), "points": ""}}]
        page = LessonPage(title="Once more", slug="again", locale=module.locale, translation_key=key, body=body)
        return module.add_child(instance=page)

    enrolment = enrol(person, make_course("practised", lessons=1, languages=("en",), steps=[again]))
    version = shown_step(enrolment, UUID(enrolment.course_version.steps[-1].key), "en").version
    courses.complete_step(enrolment=enrolment, version=version, at=timezone.now() - timedelta(days=1))
    return question


def attempts(enrolment: Enrolment, step: UUID) -> tuple[QuizAttempt, QuizAttempt]:
    """One handed in without an answer, and one under way."""
    version = shown_step(enrolment, step, "en").version
    finished = quizzes.hand_in(attempt=quizzes.start_attempt(enrolment=enrolment, version=version))
    return finished, quizzes.start_attempt(enrolment=enrolment, version=version)


def waiting_essay(attempt: QuizAttempt) -> Essay:
    """An answer that waits for a mark; nobody has it open."""
    return Essay.objects.create(
        attempt=attempt,
        question_key=attempt.keys[0],
        candidate=Essay.number_of(attempt),
        handed_in_at=attempt.finished_at,
    )


def runs(enrolment: Enrolment, step: UUID) -> tuple[ScenarioRun, ScenarioRun]:
    """One played to the end, and one under way."""
    version = shown_step(enrolment, step, "en").version
    played = play(scenarios.start_run(enrolment=enrolment, version=version), *EXPERT)
    return played, scenarios.start_run(enrolment=enrolment, version=version)


def imported_scenario(course: Course, by: User) -> ScenarioPage:
    document = formats.Document("From a file", endings=(formats.Ending("end"),))
    facts = {"imported": formats.Imported(document), "file_name": "a.json", "key": key_of("imported"), "by": by}
    return scenarios.import_scenario(module=course.modules["en"], **facts)


def certificate_of(holder: User) -> Certificate:
    today = date(2026, 3, 2)
    facts = Facts("Calm first", "1", Decimal("0.5"), issued_on=today, valid_until=None, language="en")
    certificate = certificates.issue(completion_key=key_of("completion"), holder=holder, facts=facts)
    attach_file(certificate=certificate, data=b"%PDF-1.4 for the matrix", sealed_with="0" * 64)
    return certificate


def bundle_of(staff: User) -> UUID:
    """A zip of certificates that is ready; the certificate in it is Ana's."""
    serials = list(Certificate.objects.values_list("serial", flat=True))
    bundle = certificates.request_bundle(key=key_of("bundle"), serials=serials, by=staff)
    make_bundle.func(str(bundle.key))
    return bundle.key


def sent_by(publisher: User) -> UUID:
    """A course on its way in."""
    facts = {"pack_id": "mini", "course_key": key_of("sent course"), "language": "pl", "requested_at": timezone.now()}
    return CourseImport.objects.create(key=key_of("sent"), requested_by=publisher, **facts).key


def pack_of(auditor: User, about: User) -> UUID:
    """Documents about Ana, ready for the auditor who asked; the other kind of pack takes a second longer."""
    asked = {"form": PackForm.PERSONNEL, "asked": Asked(person=about.key)}
    pack = proof.request_pack(key=key_of("pack"), by=auditor, **asked)
    make_pack.func(str(pack.key))
    return pack.key


def requirement_for(person: User, course: Course) -> Requirement:
    """A rule that asks this course of her, assigned today."""
    rule = Requirement.objects.create(
        name="Front desk",
        course_key=course.key,
        audience={"person": str(person.key)},
        starts_on=date(2026, 1, 1),
    )
    training.assign(requirement=rule, person=person)
    return rule


def granted_values(person: User, staff: User) -> dict[str, dict[str, Any]]:
    """A training of hers that is open, a proof that waits, and the paper of a waiver of another training."""
    duty = Assignment.objects.get(person=person)
    today = timezone.localdate()
    paper = b"%PDF-1.4 for the matrix"
    proof = standing.offer_equivalence(assignment=duty, title="First aid", obtained_on=today, proof=paper, by=person)
    other = make_course("waived", lessons=1)
    rule = Requirement.objects.create(
        name="Waived", course_key=other.key, audience={"person": str(person.key)}, starts_on=today
    )
    spared = training.assign(requirement=rule, person=person)
    waiver = standing.waive(assignment=spared, reason="Examiner", by=staff, document=paper)
    leave = standing.record_leave(person=person, starts_on=today - timedelta(days=9), ends_on=None, by=staff)
    act = {"assignment": duty.key, "act": "extend"}
    return {
        "team-grant": act,
        "team-grant#waive": {"act": "waive"},
        "team-grant#other": {"act": "leave"},
        "training-grant": act,
        "team-leave-withdraw": {"leave": leave.key},
        "training-leave-withdraw": {"leave": leave.key},
        "my-proof": {"assignment": duty.key},
        "proof-file": {"proof": proof.key},
        "training-proof": {"proof": proof.key},
        "waiver-file": {"waiver": waiver.key},
        "wording": {"kind": "reminder", "language": "en"},
    }


def ordered_values(manager: User) -> dict[str, dict[str, Any]]:
    """What her manager gets by mail every Monday."""
    said = {"screen": "trainings", "query": "", "form": "csv", "every": "week", "day": 0, "only_if_needed": False}
    order = ordering.order_report(person=manager, **said)
    return {
        "team-report-new": {"screen": "trainings"},
        "team-report-new#other": {"screen": "answers"},
        "team-report": {"order": order.key},
        "team-report-stop": {"order": order.key},
    }


def invitation(by: User) -> str:
    """The token that an invited person finds in the mail."""
    facts = {"email": "jana@example.org", "first_name": "Jana", "last_name": "Liepa", "language": "lv", "job_role": ""}
    people.invite(team=None, by=by, **facts)
    return re.search(r"/invitations/([^/\s]+)/", Mail.objects.latest("pk").text)[1]


def people_values(teams: SimpleNamespace, cast: dict[str, User]) -> dict[str, dict[str, Any]]:
    """What the screens about people act on: Ana, her team, its lead, a list, a token, and her calendar."""
    ana, admin = cast["ana"], cast["admin"]
    kept = roster.keep(
        by=admin, file_name="list.csv", content=b"email\nana@example.org\n", is_complete=False, sends_invitations=False
    )
    token, _secret = scim_tokens.make(name="Directory", by=admin)
    of_person = ("person", "resend-invitation", "person-roles", "deactivate-person", "reactivate-person")
    of_team = ("edit-team", "delete-team", "add-lead")
    of_list = ("import-preview", "import-apply", "import-errors")
    return {
        **{url: {"person": ana.key} for url in of_person},
        **{url: {"team": teams.desk.key} for url in of_team},
        "end-lead": {"team": teams.service.key},
        **{url: {"roster": kept.key} for url in of_list},
        "scim-revoke": {"token_key": token.key},
        "calendar#hers": {"token": calendar.renew(person=ana).token},
        "scim:resource-types": {"uuid": "User"},
        "scim:schemas": {"uuid": "User"},
    }


def uploaded_image() -> str:
    return default_storage.save("images/dot.png", ContentFile(b"not really a picture"))


def pages(course: Course) -> dict[str, str]:
    """Wagtail's own addresses of pages and documents, which have no named values."""
    page = course.pages["en"]
    document = Document.objects.create(title="A desk card", file=ContentFile(b"Breathe.", name="card.txt"))
    return {
        "wagtail_serve": page.get_parent().get_url(),
        "wagtail_serve#course": page.get_url(),
        "wagtail_serve#module": course.steps["en"][0].get_parent().get_url(),
        "wagtail_serve#step": course.steps["en"][0].get_url(),
        "wagtaildocs_serve": document.url,
        "wagtaildocs_serve#nothing": "/documents/999/nothing.pdf",
    }
