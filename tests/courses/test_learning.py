"""Enrol, start, finish step by step; the last one completes the course in the same transaction."""

import re
from datetime import UTC, datetime
from fractions import Fraction
from uuid import uuid4

import pytest
import time_machine
from django.template.loader import render_to_string
from django.urls import reverse

from certificates.models import Certificate
from courses import actions, reports, rules
from courses.models import (
    Completion,
    CoursePage,
    CourseVersion,
    Enrolment,
    LessonPage,
    Place,
    Reflection,
    SourceArticle,
    SourcePoint,
    StepCompletion,
)
from evidence.models import Record
from tests.lessons import CARD, NOTE, add_lesson, body


def version_of(enrolment, key, language="en"):
    return reports.shown_step(enrolment, key, language).version


def finish_everything(enrolment, tree, **kwargs):
    for key in tree.keys:
        actions.complete_step(enrolment=enrolment, version=version_of(enrolment, key), **kwargs)


def test_enrolling_twice_gives_one_enrolment(tree, ana):
    first = actions.enrol(person=ana, course_key=tree.course_key)
    assert actions.enrol(person=ana, course_key=tree.course_key) == first
    assert Enrolment.objects.count() == 1


@pytest.mark.parametrize(("open_in", "status"), [(["pl"], 302), (["pl", "en"], 302), ([], 404)])
def test_whoever_reads_another_language_begins_what_is_open_in_one(open_in, status, tree, ana, client_for):
    tree.courses["en"].unpublish()
    for code in open_in:
        tree.courses[code].is_open = True
        tree.courses[code].save(update_fields=["is_open"])
    ana.language = "en"
    ana.save()
    answer = client_for(ana).post(f"/courses/{tree.course_key}/begin/")
    assert answer.status_code == status
    assert Enrolment.objects.filter(person=ana).exists() == (status == 302)


def test_an_open_course_without_lessons_says_so_in_the_readers_language(tree, ana, client_for):
    for code in ("pl", "en"):
        tree.courses[code].is_open = True
        tree.courses[code].save(update_fields=["is_open"])
        for lesson in tree.lessons[code]:
            lesson.unpublish()
    answer = client_for(ana).post(f"/courses/{tree.course_key}/begin/")
    assert (answer.status_code, answer.url) == (302, tree.courses["en"].get_url())


def test_a_course_without_live_steps_cannot_be_begun(tree, ana):
    for code in ("pl", "en"):
        for lesson in tree.lessons[code]:
            lesson.unpublish()
    with pytest.raises(actions.NotPublished):
        actions.enrol(person=ana, course_key=tree.course_key)


def test_who_has_not_begun_moves_to_the_new_version_and_who_has_stays(tree, ana, obcy):
    begun = actions.start(enrolment=actions.enrol(person=ana, course_key=tree.course_key))
    waiting = actions.enrol(person=obcy, course_key=tree.course_key)
    lesson = tree.lessons["pl"][0]
    lesson.body = body("First pl")[:2]
    lesson.save_revision().publish()
    waiting = actions.start(enrolment=waiting)
    begun.refresh_from_db()
    assert (begun.course_version.number, waiting.course_version.number) == (1, 2)
    assert len(reports.shown_step(begun, tree.keys[0], "pl").content["body"]["blocks"]) == 3
    assert len(reports.shown_step(waiting, tree.keys[0], "pl").content["body"]["blocks"]) == 2


def test_a_typo_makes_no_new_course_version(tree, ana):
    actions.enrol(person=ana, course_key=tree.course_key)
    lesson = tree.lessons["pl"][0]
    lesson.body = body("Typo mended")
    lesson.save_revision().publish()
    actions.refresh_course(course_key=tree.course_key)
    assert CourseVersion.objects.count() == 1


def test_the_last_required_step_completes_the_course_and_issues_one_certificate(tree, enrolment):
    finish_everything(enrolment, tree)
    enrolment.refresh_from_db()
    completion = Completion.objects.get(enrolment=enrolment)
    assert enrolment.completed_at == completion.completed_at
    assert [step["title"] for step in completion.path] == ["First en", "Second en"]
    assert Certificate.objects.get().completion_key == completion.key
    assert Record.objects.filter(kind="course.completed").count() == 1


def test_finishing_a_step_again_changes_nothing(tree, enrolment):
    finish_everything(enrolment, tree)
    before = list(StepCompletion.objects.values())
    finish_everything(enrolment, tree)
    assert list(StepCompletion.objects.values()) == before
    assert Completion.objects.count() == Certificate.objects.count() == 1


def test_an_optional_lesson_is_not_waited_for(tree, ana):
    add_lesson(tree.modules["pl"], "Leaders", tree.course_key.__class__(int=77), required_of="managers")
    enrolment = actions.enrol(person=ana, course_key=tree.course_key)
    finish_everything(enrolment, tree)
    enrolment.refresh_from_db()
    assert enrolment.completed_at


def test_a_manager_needs_the_lesson_for_leaders(tree, marek):
    add_lesson(tree.modules["pl"], "Leaders", tree.course_key.__class__(int=77), required_of="managers")
    enrolment = actions.enrol(person=marek, course_key=tree.course_key)
    finish_everything(enrolment, tree)
    enrolment.refresh_from_db()
    assert enrolment.completed_at is None


def test_validity_is_counted_from_the_local_date_of_the_person(tree, ana):
    ana.time_zone = "Pacific/Kiritimati"
    ana.save()
    enrolment = actions.enrol(person=ana, course_key=tree.course_key)
    finish_everything(enrolment, tree, at=datetime(2028, 2, 28, 12, tzinfo=UTC))
    enrolment.refresh_from_db()
    assert enrolment.valid_until.isoformat() == "2029-02-28"
    assert Certificate.objects.get().issued_on.isoformat() == "2028-02-29"


def test_editing_and_unpublishing_leave_a_completion_as_it_was(tree, enrolment):
    finish_everything(enrolment, tree)
    before = Completion.objects.values().get()
    for code in ("pl", "en"):
        lesson = tree.lessons[code][0]
        lesson.title, lesson.body = "Rewritten", body("Rewritten")[:1]
        lesson.save_revision().publish()
        tree.lessons[code][1].unpublish()
        tree.courses[code].unpublish()
    assert Completion.objects.values().get() == before
    assert reports.shown_step(enrolment, tree.keys[1], "pl").content["title"] == "Second pl"


def test_continue_leads_to_the_place_where_somebody_stopped(tree, enrolment):
    actions.move_place(enrolment=enrolment, step_key=tree.keys[1], anchor=f"b-{NOTE}")
    outline = reports.outline(Enrolment.objects.get(), "en")
    assert outline.continue_url.endswith(f"{tree.keys[1]}/#b-{NOTE}")
    assert outline.next_step.title == "Second en"


def test_a_missing_translation_shows_the_source_language_and_says_so(tree, enrolment):
    shown = reports.shown_step(enrolment, tree.keys[0], "lv")
    assert (shown.language, shown.is_fallback) == ("pl", True)


def rebuild(lesson, blocks, title="Rebuilt"):
    lesson.title, lesson.body = title, body(title)[:blocks]
    lesson.save_revision().publish()


def test_a_language_that_lags_keeps_its_own_older_version_whole(tree, ana, marek):
    under_way = actions.start(enrolment=actions.enrol(person=marek, course_key=tree.course_key))
    older = version_of(under_way, tree.keys[0], "en")
    rebuild(tree.lessons["pl"][0], 1)
    newcomer = actions.enrol(person=ana, course_key=tree.course_key)
    assert version_of(newcomer, tree.keys[0], "pl").title == "Rebuilt"
    shown = reports.shown_step(newcomer, tree.keys[0], "en")
    assert (shown.version, shown.is_fallback) == (older, False)
    assert {step.language for step in reports.outline(newcomer, "en").steps} == {"en"}
    actions.complete_step(enrolment=newcomer, version=shown.version)
    assert StepCompletion.objects.get(enrolment=newcomer).version == older
    assert reports.outline(newcomer, "pl").steps[0].is_done
    rebuild(tree.lessons["en"][0], 1, "Rebuilt too")
    assert version_of(newcomer, tree.keys[0], "en").title == "Rebuilt too"
    assert version_of(under_way, tree.keys[0], "en") == older  # who has begun stays on what they began with


def test_a_language_that_skipped_a_version_shows_nothing_newer_than_what_was_begun(tree, ana, client_for):
    older = version_of(actions.enrol(person=ana, course_key=tree.course_key), tree.keys[0], "en")
    rebuild(tree.lessons["pl"][0], 1)
    mine = actions.start(enrolment=Enrolment.objects.get())
    rebuild(tree.lessons["pl"][0], 2)
    rebuild(tree.lessons["en"][0], 2)
    assert version_of(mine, tree.keys[0], "en") == older
    assert actions.start(enrolment=mine).course_version == mine.course_version


def test_language_changes_nothing_but_the_words(tree, enrolment, ana):
    actions.complete_step(enrolment=enrolment, version=version_of(enrolment, tree.keys[0], "pl"))
    actions.complete_step(enrolment=enrolment, version=version_of(enrolment, tree.keys[1], "en"))
    assert [step["language"] for step in Completion.objects.get().path] == ["pl", "en"]


def test_an_outline_costs_the_same_for_one_course_as_for_thirty(tree, ana, assert_queries_at_most):
    enrolment = actions.enrol(person=ana, course_key=tree.course_key)
    reports.outline(enrolment, "en")
    with assert_queries_at_most(20) as one:
        reports.outlines(list(Enrolment.objects.open_for(ana)), "en")
    for cycle in range(2, 31):
        Enrolment.objects.create(
            person=ana,
            course_key=tree.course_key,
            cycle=cycle,
            course_version=enrolment.course_version,
            created_at=enrolment.created_at,
        )
    with assert_queries_at_most(len(one)):
        reports.outlines(list(Enrolment.objects.open_for(ana)), "en")


def test_the_course_and_a_lesson_cost_at_most_twelve_queries(tree, enrolment, ana, client_for, assert_queries_at_most):
    client = client_for(ana)
    for address in (f"/learn/{enrolment.key}/", f"/learn/{enrolment.key}/{tree.keys[0]}/"):
        client.get(address)  # the content of a version is read once a process
        with assert_queries_at_most(12):
            assert client.get(address).status_code == 200


def test_a_link_to_a_scenario_that_is_not_in_the_course_is_words_and_no_way_into_nothing(
    tree, enrolment, ana, client_for, monkeypatch
):
    link = {"id": "7", "kind": "scenario", "points": [], "step": str(uuid4())}
    here = link | {"id": "8", "step": str(tree.keys[1])}
    monkeypatch.setattr(rules, "lesson_parts", lambda *_arguments: [link, here])
    page = client_for(ana).get(f"/learn/{enrolment.key}/{tree.keys[0]}/").content.decode()
    assert "is not part of your course" in page
    assert link["step"] not in page
    assert page.count("Practise in a scenario") == 1


@pytest.mark.parametrize("is_known", [True, False])
def test_a_link_to_no_scenario_of_the_course_keeps_a_lesson_from_going_live(tree, is_known):
    lesson = LessonPage.objects.get(translation_key=tree.keys[0], locale__language_code="pl")
    key = str(tree.keys[1]) if is_known else "mistyped"
    lesson.body = [
        *lesson.body.raw_data,
        {"type": "scenario", "id": str(uuid4()), "value": {"step": key, "points": ""}},
    ]
    lost = [text for text in lesson.body_problems() if "mistyped" in text]
    assert bool(lost) is not is_known


@time_machine.travel("2026-11-23 10:00:00+00:00", tick=False)
def test_a_lesson_is_finished_by_a_click_and_leads_to_the_next(tree, enrolment, ana, client_for):
    client = client_for(ana)
    first = f"/learn/{enrolment.key}/{tree.keys[0]}/"
    assert "First en at the counter." in client.get(first).content.decode()
    response = client.post(f"{first}complete/")
    assert response.headers["Location"] == f"/learn/{enrolment.key}/{tree.keys[1]}/"
    client.post(f"{first}complete/")
    assert StepCompletion.objects.count() == 1
    assert Place.objects.get().step_key == tree.keys[1]


def test_a_lesson_ends_with_its_sources_by_article_and_section(tree, ana, client_for):
    calm, talk = (
        SourceArticle.objects.create(course_key=tree.course_key, file=f"{title}.docx", title=title, language="pl")
        for title in ("Calm at work", "Hard talks")
    )
    for article, code, section in ((calm, "S001-01", "Breathing"), (talk, "S002-01", "The end")):
        known = {"course_key": tree.course_key, "code": code, "texts": {"pl": section}}
        SourcePoint.objects.create(article=article, section=section, **known)
    lesson = LessonPage.objects.get(translation_key=tree.keys[0], locale__language_code="en")
    lesson.points = ["S001-01", "S002-01"]
    lesson.save_revision().publish()
    mine = actions.enrol(person=ana, course_key=tree.course_key)
    with_sources, without = (client_for(ana).get(f"/learn/{mine.key}/{key}/").content.decode() for key in tree.keys)
    beneath = with_sources.partition("Where this comes from</h2>")[2].partition("</aside>")[0]
    named = ["Calm at work: Breathing", "Hard talks: The end"]
    assert re.findall(r'<li>\s*<span lang="pl">(.*?)</span>\s*</li>', beneath) == named
    assert "Where this comes from" not in without


def test_the_sources_of_a_version_from_before_they_had_a_language_are_still_shown():
    old = [{"article": "Calm at work", "section": "Breathing"}]
    assert "<span>Calm at work: Breathing</span>" in render_to_string("courses/sources.html", {"sources": old})


def test_a_desk_card_is_printed_from_a_page_with_its_title_and_items(tree, enrolment, ana, client_for):
    lesson = f"/learn/{enrolment.key}/{tree.keys[0]}/"
    card = f"{lesson}card/{CARD}/"
    assert card in client_for(ana).get(lesson).content.decode()
    page = client_for(ana).get(card).content.decode()
    assert "<h1>First en card</h1>" in page
    assert re.findall(r"<li>(.*?)</li>", page.partition("<h1>")[2]) == ["Breathe", "Listen"]
    assert "Print this page" in page
    assert client_for(ana).get(f"{lesson}card/{NOTE}/").status_code == 404, "a note is no card"


def test_a_note_is_saved_and_only_its_writer_reads_it(tree, enrolment, ana, marek, ela, client_for):
    url = f"/learn/{enrolment.key}/{tree.keys[0]}/reflection/{NOTE}/"
    client_for(ana).post(url, {"text": "I would breathe first."})
    assert Reflection.objects.get().text == "I would breathe first."
    page = f"/learn/{enrolment.key}/{tree.keys[0]}/"
    assert "I would breathe first." in client_for(ana).get(page).content.decode()
    for other in (marek, ela):
        assert client_for(other).get(page).status_code == 404


def test_a_note_that_a_script_saves_on_the_way_is_not_talked_about_on_the_next_page(tree, enrolment, ana, client_for):
    url, client = f"/learn/{enrolment.key}/{tree.keys[0]}/reflection/{NOTE}/", client_for(ana)
    assert client.post(url, {"text": "Breathe."}, headers={"accept": "application/json"}).status_code == 204
    assert Reflection.objects.get().text == "Breathe."
    assert "Note saved" not in client.get("/my/").content.decode()


def test_a_note_that_is_too_long_is_refused_with_a_reason(tree, enrolment, ana, client_for):
    url = f"/learn/{enrolment.key}/{tree.keys[0]}/reflection/{NOTE}/"
    response = client_for(ana).post(url, {"text": "x" * 5001})
    assert response.status_code == 422
    assert "longer than 5,000" in response.content.decode()
    assert "x" * 5001 in response.content.decode()  # to be shortened
    assert not Reflection.objects.exists()


def test_the_end_of_a_line_is_one_character_of_a_note_however_it_is_sent(tree, enrolment, ana, client_for):
    url = f"/learn/{enrolment.key}/{tree.keys[0]}/reflection/{NOTE}/"
    client_for(ana).post(url, {"text": "\r\n".join(["x" * 49] * 100)})
    assert Reflection.objects.get().text == "\n".join(["x" * 49] * 100)


def test_a_note_saved_on_the_way_out_of_a_finished_step_leaves_the_place_where_it_is(tree, enrolment, ana, client_for):
    version = reports.shown_step(enrolment, tree.keys[0], "en").version
    enrolment = actions.complete_step(enrolment=enrolment, version=version)
    url = f"/learn/{enrolment.key}/{tree.keys[0]}/reflection/{NOTE}/"
    client_for(ana).post(url, {"text": "Breathe."}, headers={"accept": "application/json"})
    assert not Place.objects.filter(enrolment=enrolment, anchor=f"b-{NOTE}").exists()
    client_for(ana).post(url, {"text": "Breathe again."})
    assert Place.objects.filter(enrolment=enrolment, anchor=f"b-{NOTE}").exists()


def test_a_score_beyond_all_is_an_error_and_no_silence(tree, enrolment):
    version = reports.shown_step(enrolment, tree.keys[0], "en").version
    with pytest.raises(ValueError, match=r"a score of 1\.5"):
        actions.complete_step(enrolment=enrolment, version=version, score=Fraction(3, 2))


@pytest.mark.parametrize("path", ["", "{step}/", "{step}/card/{card}/"])
def test_a_stranger_finds_nothing_of_anas_course(path, tree, enrolment, obcy, marek, client_for):
    url = f"/learn/{enrolment.key}/" + path.format(step=tree.keys[0], card=CARD)
    assert client_for(obcy).get(url).status_code == 404
    assert client_for(marek).get(url).status_code == 404
    assert client_for(None).get(url).status_code == 302


@pytest.mark.parametrize("path", ["start/", "{step}/complete/", "{step}/place/", "{step}/reflection/{note}/"])
def test_a_stranger_changes_nothing_of_anas_course(path, tree, enrolment, obcy, client_for):
    url = f"/learn/{enrolment.key}/" + path.format(step=tree.keys[0], note=NOTE)
    assert client_for(obcy).post(url, {"text": "x"}).status_code == 404
    assert client_for(None).post(url).status_code == 302
    assert client_for(obcy).get(url).status_code == 405
    enrolment.refresh_from_db()
    assert enrolment.started_at is None


def test_a_step_of_another_course_is_not_found(tree, enrolment, ana, client_for):
    url = f"/learn/{enrolment.key}/{tree.course_key}/"
    assert client_for(ana).get(url).status_code == 404
    assert client_for(ana).post(f"{url}complete/").status_code == 404


# --- the page that says where one reads -----------------------------------------------------------------------------
def test_a_finished_lesson_that_is_left_does_not_take_the_place_back(tree, enrolment, client_for, ana):
    client, (first, second) = client_for(ana), tree.keys
    client.post(reverse("place", args=[enrolment.key, first]), {"anchor": "b-1"})
    assert Place.objects.get().step_key == first
    client.post(reverse("complete-step", args=[enrolment.key, first]))
    client.post(reverse("place", args=[enrolment.key, first]), {"anchor": "b-2"})
    assert Place.objects.get().step_key == second


def test_an_open_course_is_begun_in_whatever_language_one_reads(tree, ana, client_for):
    CoursePage.objects.filter(locale__language_code="pl").update(is_open=True)
    CoursePage.objects.filter(locale__language_code="en").update(is_open=True, live=False)
    assert client_for(ana).post(reverse("begin", args=[tree.course_key])).status_code == 302
    assert Enrolment.objects.get().person == ana


def test_a_course_that_is_open_to_nobody_is_not_begun(tree, ana, client_for):
    assert client_for(ana).post(reverse("begin", args=[tree.course_key])).status_code == 404
    assert not Enrolment.objects.exists()


def test_the_catalogue_lists_what_is_open_and_what_one_is_enrolled_in_and_nothing_else(tree, ana, obcy, client_for):
    def lists(person) -> bool:
        return tree.courses["en"].title in client_for(person).get("/en/").content.decode()

    actions.enrol(person=ana, course_key=tree.course_key)
    assert (lists(ana), lists(obcy)) == (True, False)
    CoursePage.objects.update(is_open=True)
    assert (lists(ana), lists(obcy)) == (True, True)
