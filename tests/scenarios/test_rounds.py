"""After a material change a scenario is played once more, and counts."""

from datetime import date

from django.urls import reverse

from courses import actions as courses
from courses import tasks
from courses.models import Rollout
from courses.models.drafts import draft_of
from tests.scenarios.factories import EXPERT, play

PRACTICE = "Playing it again is practice"


def test_the_page_says_practice_only_once_this_round_is_finished(run, course, ana, publisher, client_for):
    run = play(run, *EXPERT)
    client, address = client_for(ana), reverse("step", args=[run.enrolment.key, run.step_key])
    assert PRACTICE in client.get(address).content.decode()
    page = course.steps["en"][1]
    choice = courses.Choice("material", "", (str(run.step_key),), date(2999, 1, 31))
    courses.ask_again(draft=draft_of(type(page).objects.get(pk=page.pk)), choice=choice, by=publisher)
    tasks.follow.call(Rollout.objects.get().pk)
    assert PRACTICE not in client.get(address).content.decode()
