"""Sets the stage for the browser tests: the real course, people, and what each of them has done before.

Runs in a process of its own, on the database of the server: `manage.py shell -c "from tests.browser.stage import …"`.
Everything goes through the same actions as in real life; `stage.json` in VAR_DIR says who there is and what to open.
"""

import json
import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from assessments.quizzes import actions as quizzes
from assessments.quizzes.models import QuizAttempt
from assessments.scenarios import actions as scenarios
from assessments.scenarios.models import ScenarioPage, ScenarioRun
from certificates import actions as certificates
from certificates.models import Certificate
from certificates.rules import Facts, check_character, grouped
from courses import actions as courses
from courses import reports
from courses.models import CoursePage, Enrolment
from lms.demo import COURSE, Demo, right
from people import actions as people
from people import emails
from people.models import Mail, Team, User
from tests.cast import PASSWORD, hire, make_teams, person
from training import actions as training
from training.models import Requirement

TYPES = ("single", "multiple", "truefalse", "ordering", "matching")
REASONS = {"pl": "Pracujesz z klientami", "lv": "Jūs strādājat ar klientiem", "en": "You work with customers"}
LEARNERS = {  # who → name, language; all of them are assigned the course
    "walker-pl": ("Pola Żółkiewska", "pl"),
    "walker-lv": ("Laila Bērziņa", "lv"),
    "walker-en": ("Emma Reed", "en"),
    "keyboard": ("Kaja Keys", "en"),
    "saver": ("Sara Saver", "en"),
    "doubler": ("Dora Double", "en"),
    "tabber": ("Tina Tabs", "en"),
    "backer": ("Beata Back", "en"),
    "queuer": ("Quirina Queue", "en"),
    "overtaken": ("Olga Overtaken", "en"),
    "unheard": ("Una Unheard", "en"),
    "fresh": ("Freya Fresh", "lv"),
    "new": ("Nora New", "en"),
    "middle": ("Mila Middle", "lv"),
    "finished": ("Finn Finished", "pl"),
    "erring": ("Errol Errs", "en"),
    "themed": ("Theo Themed", "en"),
}


def import_course() -> None:
    call_command("migrate", verbosity=0)
    call_command("set_up_site")
    call_command("import_course", str(settings.BASE_DIR / "content" / "calm-clear-safe"))


class Stage:
    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self.pages: dict[str, tuple[str, str]] = {}  # what → who opens it ("" for nobody), address
        self.demo = Demo(timezone.now(), print)

    def build(self) -> None:
        call_command("set_up_site")  # the address of this server
        self.teams = make_teams()
        self._hire()
        self._doors()
        self._editor()
        self._learning()
        self._certificates()
        User.objects.update(password=make_password(PASSWORD))
        told = {"people": self.people, "pages": self.pages}
        (settings.VAR_DIR / "stage.json").write_text(json.dumps(told, ensure_ascii=False))

    # --- who ---------------------------------------------------------------------------------------------------------
    def _hire(self) -> None:
        for who in ("marek", "publisher", "ela"):
            self.people[who] = hire(who, self.teams).email
        User.objects.filter(email=self.people["ela"]).update(language="pl")
        self.rule = Requirement.objects.create(
            name="Front desk",
            course_key=COURSE,
            audience={"team": str(self.teams.service.key), "below": True},
            reasons=REASONS,
            due_days=30,
            valid_months=12,
            starts_on=timezone.localdate(),
        )
        self.enrolments = {who: self._enrol(who, name, language) for who, (name, language) in LEARNERS.items()}
        self.people["idle"] = person("Ida Idle", self.teams.desk).email

    def _enrol(self, who: str, name: str, language: str) -> Enrolment:
        team = Team.objects.get(pk=self.teams.desk.pk)
        learner = person(name, team, language=language)
        self.people[who] = learner.email
        return training.assign(requirement=self.rule, person=learner).enrolment

    # --- what there is to open ---------------------------------------------------------------------------------------
    def _page(self, what: str, who: str, name: str, *args: object) -> None:
        self.pages[what] = (who, reverse(name, args=args))

    def _doors(self) -> None:
        people.invite(
            email="ines@example.org",
            first_name="Ines",
            last_name="Invited",
            team=self.teams.desk,
            language="lv",
            job_role="",
            by=None,
        )
        offered = re.search(r"/invitations/\S+", Mail.objects.get(to="ines@example.org").text)
        idle = User.objects.get(email=self.people["idle"])
        reset = re.search(r"/password-reset/\S+", emails.password_reset(person=idle).text)
        assert offered
        assert reset
        self.pages["invitation"] = ("", offered[0])
        self.pages["new password"] = ("", reset[0])
        self._page("invitation unknown", "", "invitation", "no-such-token")
        self._page("new password too late", "", "password_reset_confirm", idle.key, "no-token")
        for what, name in (("login", "login"), ("reset", "password_reset"), ("reset sent", "password_reset_done")):
            self._page(what, "", name)
        self._page("help", "", "help")
        for what, name in (("account", "account"), ("password", "password_change"), ("my, nothing", "my")):
            self._page(what, "idle", name)
        self._page("certificates, none", "idle", "certificates")
        self._page("team", "marek", "team")
        page = CoursePage.objects.get(translation_key=COURSE, locale__language_code="en")
        self.pages["course page"] = ("new", f"/en/{page.slug}/")
        self.pages["catalogue"] = ("new", "/en/")

    def _editor(self) -> None:
        scenario = ScenarioPage.objects.filter(locale__language_code="pl").order_by("path")[0]
        for who in ("publisher", "ela"):
            self._page(f"editor of {who}", who, "wagtailadmin_pages:edit", scenario.pk)
            self._page(f"script of {who}", who, "scenario-script", "pl", scenario.translation_key)

    def _learning(self) -> None:
        self._page("my, new", "fresh", "my")
        self._page("outline, new", "fresh", "enrolment", self.enrolments["fresh"].key)
        middle = self.enrolments["middle"] = courses.start(enrolment=self.enrolments["middle"])
        self._page("my, in the middle", "middle", "my")
        self._page("outline", "middle", "enrolment", middle.key)
        self._lessons(middle)
        quiz = self._steps(middle, "quiz")[0]
        talk = self._steps(middle, "scenario")[0]
        # the intros of what has not begun
        busy = "keyboard", "saver", "doubler", "tabber", "backer", "queuer", "overtaken", "unheard", "new", "erring"
        for who in busy:
            mine = self.enrolments[who] = courses.start(enrolment=self.enrolments[who])
            self._page(f"quiz of {who}", who, "step", mine.key, quiz)
            self._page(f"final of {who}", who, "step", mine.key, self._steps(mine, "quiz")[-1])
            self._page(f"scenario of {who}", who, "step", mine.key, talk)
        self._quiz(middle, quiz)
        self._types()
        self._scenario(middle, talk)
        self._walked()

    def _steps(self, enrolment: Enrolment, kind: str) -> list[str]:
        return [step.key for step in enrolment.course_version.steps if step.kind == kind]

    def _shown(self, enrolment: Enrolment, key: str) -> reports.Shown:
        return reports.shown_step(enrolment, UUID(key), enrolment.person.language)

    def _lessons(self, enrolment: Enrolment) -> None:
        """As few lessons as hold a block of every kind, and a desk card."""
        missing, number = self._kinds(enrolment, self._steps(enrolment, "lesson")), 0
        for key in self._steps(enrolment, "lesson"):
            if found := missing & self._kinds(enrolment, [key]):
                missing -= found
                number += 1
                self._page(f"lesson {number}", "middle", "step", enrolment.key, key)
            for block in self._shown(enrolment, key).content["body"]["blocks"]:
                if block["kind"] == "job_aid":
                    self._page("desk card", "middle", "job-aid", enrolment.key, key, block["id"])

    def _kinds(self, enrolment: Enrolment, keys: Iterable[str]) -> set[str]:
        shown = [self._shown(enrolment, key) for key in keys]
        return {block["kind"] for lesson in shown for block in lesson.content["body"]["blocks"]}

    def _quiz(self, enrolment: Enrolment, key: str) -> None:
        attempt = quizzes.start_attempt(enrolment=enrolment, version=self._shown(enrolment, key).version)
        first, second = attempt.keys[:2]
        for question, checked in ((first, True), (second, False)):
            quizzes.save_answer(
                attempt=attempt,
                question_key=question,
                response=right(attempt.quiz.question(question)),
                version=attempt.version,
                idem=uuid4(),
                checked=checked,
            )
        quizzes.flag(attempt=attempt, question_key=second, on=True)
        self._page("question explained", "middle", "question", attempt.key, 1)
        self._page("question answered", "middle", "question", attempt.key, 2)
        self._page("check page", "middle", "attempt-check", attempt.key)
        self._page("quiz begun", "middle", "step", enrolment.key, key)

    def _types(self) -> None:
        """Quizzes are drawn by chance: people start them until a question of each type was drawn."""
        wanted = set(TYPES)
        for number in range(20):
            who = f"asked {number}"
            enrolment = courses.start(
                enrolment=self._enrol(who, f"Asked{number} Often", ("en", "pl", "lv")[number % 3])
            )
            for key in self._steps(enrolment, "quiz"):
                attempt = quizzes.start_attempt(enrolment=enrolment, version=self._shown(enrolment, key).version)
                for at, question in enumerate(attempt.keys, 1):
                    kind = attempt.quiz.question(question).type
                    if kind in wanted:
                        wanted.remove(kind)
                        self._page(f"question, {kind}", who, "question", attempt.key, at)
            if not wanted:
                return
        raise AssertionError(f"never drawn: {wanted}")

    def _scenario(self, enrolment: Enrolment, key: str) -> None:
        shown = self._shown(enrolment, key)
        run = scenarios.start_run(enrolment=enrolment, version=shown.version)
        choice = shown.content["body"]["expert_path"][0].partition(".")[2]
        scenarios.choose(run=run, choice=choice, seq=1, idem=uuid4(), version=shown.version)
        self._page("scene", "middle", "run", run.key)
        self._page("scenario begun", "middle", "step", enrolment.key, key)

    def _walked(self) -> None:
        enrolment = self.enrolments["finished"]
        self.demo._walk(enrolment, timezone.now() - timedelta(days=20), steps=None)
        enrolment.refresh_from_db()
        assert enrolment.completed_at
        self._page("my, finished", "finished", "my")
        self._page("outline, finished", "finished", "enrolment", enrolment.key)
        self._page("lesson, finished", "finished", "step", enrolment.key, self._steps(enrolment, "lesson")[0])
        attempt = QuizAttempt.objects.filter(enrolment=enrolment, passed=True).earliest("pk")
        run = ScenarioRun.objects.filter(enrolment=enrolment).earliest("pk")
        self._page("result, passed", "finished", "result", attempt.key)
        self._page("quiz passed", "finished", "step", enrolment.key, str(attempt.step_key))
        self._page("debrief, questions", "finished", "debrief", run.key)
        told = ScenarioRun.objects.filter(enrolment=enrolment).latest("pk")
        scenarios.save_reflections(run=told, texts=["The second pause."])
        self._page("debrief", "finished", "debrief", told.key)
        self._page("transcript", "finished", "transcript", told.key)
        self._page("scene, practice", "finished", "run", scenarios.practise(run=told, turn=2).key)
        self._page("scenario passed", "finished", "step", enrolment.key, str(run.step_key))
        mine = self.enrolments["erring"]
        failed = self.demo._answer(mine, self._shown(mine, self._steps(mine, "quiz")[1]), timezone.now(), slips=6)
        quizzes.hand_in(attempt=failed)
        self._page("result, not passed", "erring", "result", failed.key)

    def _certificates(self) -> None:
        finished = User.objects.get(email=self.people["finished"])
        valid = Certificate.objects.get(holder=finished)
        facts = Facts("Spokojnie, jasno, bezpiecznie", "1", Decimal(3), date(2024, 1, 15), date(2025, 1, 15), "pl")
        expired = certificates.issue(completion_key=uuid4(), holder=finished, facts=facts)
        revoked = certificates.issue(completion_key=uuid4(), holder=finished, facts=facts)
        publisher = User.objects.get(email=self.people["publisher"])
        certificates.revoke(certificate=revoked, by=publisher, reason="Issued in a wrong name")
        self._page("certificates", "finished", "certificates")
        for state, issued in (("valid", valid), ("expired", expired), ("revoked", revoked)):
            self._page(f"certificate, {state}", "finished", "certificate", issued.serial)
            self._page(f"verify, {state}", "", "verify-serial", issued.serial)
        never = "7" * 19
        self._page("verify", "", "verify")
        self._page("verify, never issued", "", "verify-serial", grouped(never + check_character(never)))
        self._page("verify, mistyped", "", "verify-serial", "7KQ4M-2XT9R")
