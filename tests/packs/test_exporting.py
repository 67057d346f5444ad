"""A course becomes a pack, an empty site takes it, and it is the same course: the same bytes when exported again."""

import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import Page

from assessments.quizzes.models import Question, QuizPage
from assessments.scenarios.models import ScenarioPage
from courses.formats.pack import Texts
from courses.keys import pack_key
from courses.models import CoursePage, LessonPage, ModulePage, SourceArticle, SourcePoint, StepVersion
from lms.models import ImportedObject
from lms.packs.dumping import write_folder, yaml_file, zipped
from lms.packs.exporting import Export, ExportError, export_course
from lms.packs.importing import apply, plan_import
from lms.packs.merging import merged
from lms.packs.reading import PackError, parse_yaml, read_pack
from tests.packs.conftest import import_mini, import_real, whole_course


def exported() -> Export:
    with override("en"):
        return export_course(CoursePage.objects.first())


def contents() -> dict[tuple, Any]:
    """What learners get of each page in each language, where it stands, and each question: without keys of rows."""
    said: dict[tuple, Any] = {}
    for model in (CoursePage, ModulePage, LessonPage, QuizPage, ScenarioPage):
        for page in model.objects.live().select_related("locale"):
            parent = page.get_parent()
            siblings = [str(key) for key in parent.get_children().live().values_list("translation_key", flat=True)]
            compiled = page.objective_texts() if model is ModulePage else page.compile()
            place = page.locale.language_code, str(page.translation_key)
            said[place] = (page.title, str(parent.translation_key), siblings.index(place[1]), compiled)
    for page in CoursePage.objects.select_related("locale"):
        said["rules", page.locale.language_code] = (
            page.slug,
            page.hours,
            page.valid_months,
            page.review_by,
            page.is_open,
        )
    for question in Question.objects.live().select_related("locale"):
        filed = question.category, question.sub_category, question.tags, question.review_by
        facts = question.compiled(), question.bank, question.use, question.difficulty, *filed
        said["question", question.locale.language_code, str(question.translation_key)] = facts
    for point in SourcePoint.objects.filter(is_current=True).select_related("article"):
        facts = point.lines, point.section, point.texts, point.kind, point.module, point.treatment
        said["point", point.code] = (*facts, point.article.file, point.article.title, point.article.language)
    return said


def emptied() -> None:
    for course in CoursePage.objects.all():
        Page.objects.get(pk=course.pk).specific.delete()
    for model in (Question, SourcePoint, SourceArticle, ImportedObject):
        model._base_manager.all().delete()  # a used question is kept by all that people can do


def imported(export: Export, folder) -> None:
    write_folder(export.files, folder)
    with override("en"):
        apply(plan_import(read_pack(folder)))


def assert_comes_back(folder) -> Export:
    first, before = exported(), contents()
    emptied()
    imported(first, folder)
    assert contents() == before
    again = exported()
    assert again.files == first.files
    assert again.lost == ()
    assert zipped(again.files) == zipped(first.files)
    return first


def lesson(name: str, language: str) -> LessonPage:
    return LessonPage.objects.get(translation_key=pack_key("mini", name), locale__language_code=language)


@pytest.fixture
def course(db) -> None:
    import_mini()


# --- export, import, export ----------------------------------------------------------------------------------------
def test_the_small_course_comes_back_the_same(course, tmp_path):
    assert assert_comes_back(tmp_path / "out").lost == ()


@whole_course
@pytest.mark.any_database
@pytest.mark.slow
def test_the_real_course_comes_back_the_same(db, tmp_path):
    import_real()
    assert assert_comes_back(tmp_path / "out").lost == ()


def test_a_course_that_was_edited_in_the_cms_comes_back_the_same(course, tmp_path):
    page = CoursePage.objects.get(locale__language_code="pl")
    page.hours, page.valid_months, page.is_open, page.slug = "2.50", 12, True, "inny-adres"
    page.save()
    for language in ("pl", "lv", "en"):
        CoursePage.objects.filter(locale__language_code=language).update(
            hours="2.5", valid_months=12, review_by="2027-03-01", is_open=True
        )
    one = lesson("START-L1", "pl")  # a block more, and the others in another place; in Polish only
    body = one.body.stream_block.get_prep_value(one.body)
    new = {
        "type": "hook",
        "id": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
        "value": {"body": "<p>Nowy</p>", "points": ""},
    }
    one.body = one.body.stream_block.to_python([*reversed(body), new])
    one.minutes, one.objectives = 3, ["START-1", "A.B"]
    one.save()
    for language in ("pl", "lv", "en"):  # the source language first: how it plays follows from there
        scenario = ScenarioPage.objects.get(locale__language_code=language)
        scenario.attempts_allowed, scenario.waits, scenario.meter_visible = 2, "0 30", "debrief"
        scenario.nodes[0].value["choices"][0]["coaching"] = {"pl": "Spokojnie.", "lv": "", "en": "Calm."}[language]
        scenario.save()
    quiz = QuizPage.objects.get(locale__language_code="en")
    quiz.title, quiz.draw_count, quiz.pass_mark, quiz.text_passed = "My quiz", None, 57, ""
    quiz.save()
    question = Question.objects.get(code="Q-START-4", locale__language_code="pl")
    question.code, question.objective, question.difficulty = "moje pytanie", "", None
    question.save()
    filed = {"category": "keeping calm", "sub_category": "breathing", "review_by": "2027-03-01"}
    Question.objects.filter(code="Q-START-3").update(**filed)
    Question.objects.filter(code="Q-START-2", locale__language_code="lv").update(review_by="2027-04-01")
    export = assert_comes_back(tmp_path / "out")
    assert "lessons/START-L1.lv.yaml" in export.files


def test_a_quiz_in_sections_with_rules_of_its_own_comes_back_the_same(course, tmp_path):
    Question.objects.filter(code="Q-START-3").update(tags=["phone", "new-2027"])
    keys = [str(uuid4()) for _ in range(2)]
    parts = [
        {"by": "questions", "which": "Q-START-2", "count": None, "weight": 3},
        {"by": "objective", "which": "START-1, START-2", "count": 1, "weight": 1},
    ]
    for quiz in QuizPage.objects.select_related("locale"):
        titles = [f"Part one ({quiz.locale.language_code})", ""]
        quiz.sections = [
            {"type": "section", "id": key, "value": part | {"title": title}}
            for key, part, title in zip(keys, parts, titles, strict=True)
        ]
        quiz.feedback, quiz.review, quiz.one_page = "after_last", "score", True
        quiz.tests_out, quiz.required_of = True, "nobody"
        quiz.must_pass_objective = {"START-2": 50}
        quiz.save()
    export = assert_comes_back(tmp_path / "out")
    assert export.lost == ()
    assert b"new-2027" in export.files["questions.yaml"]


NUMBER = {"value": "1.5", "tolerance": "0", "measure": "absolute", "credit": 100, "feedback": "<p>Half past.</p>"}
WITH_UNITS = [("number", NUMBER), ("unit", {"text": "h", "factor": "1"}), ("unit", {"text": "days", "factor": "24"})]
ACCEPTED = {"text": "calm", "how": "normalised", "fold": True, "credit": 100, "feedback": "<p>That is it.</p>"}


@pytest.mark.parametrize(
    ("type", "parts", "shown"),
    [("numeric", WITH_UNITS, b"factor: '24'"), ("shorttext", [("answer", ACCEPTED)], b"how: normalised")],
)
def test_typed_answers_of_a_quiz_that_is_open_to_guests_come_back_the_same(course, tmp_path, type, parts, shown):
    body = [{"type": kind, "id": str(uuid4()), "value": value} for kind, value in parts]
    # How it is translated is not at stake here: the rows are written past the guard of going live.
    Question.objects.filter(code="Q-START-3").update(type=type, parts=json.dumps(body))
    for quiz in QuizPage.objects.all():
        quiz.required_of, quiz.open_to_guests = "nobody", True
        quiz.save()
    export = assert_comes_back(tmp_path / "out")
    assert export.lost == ()
    assert shown in export.files["questions.yaml"]


def test_a_typed_answer_with_a_model_answer_comes_back_the_same(course, tmp_path):
    body = [{"type": "answer", "id": str(uuid4()), "value": ACCEPTED}]
    Question.objects.filter(code="Q-START-3").update(type="shorttext", parts=json.dumps(body), model_answer="Calm.")
    assert assert_comes_back(tmp_path / "out").lost == ()


def test_an_essay_comes_back_the_same(course, tmp_path):
    criterion = {"text": "It names a time.", "points": 3, "feedback": ""}
    body = [{"type": "criterion", "id": str(uuid4()), "value": criterion}]
    Question.objects.filter(code="Q-START-3").update(type="essay", parts=json.dumps(body), model_answer="At six.")
    export = assert_comes_back(tmp_path / "out")
    assert export.lost == ()
    assert b"points: 3" in export.files["questions.yaml"]


def test_a_model_answer_that_was_left_over_from_another_type_is_named(course):
    Question.objects.filter(code="Q-START-3", locale__language_code="pl").update(model_answer="Calm.")
    assert [str(one) for one in exported().lost] == [
        "Q-START-3 (pl): It has answers of another type of question, which nobody is shown."
    ]


def test_points_that_were_typed_in_the_cms_are_exported(course, tmp_path):
    """A browser posts the ends of lines as Windows has them, which no pack may hold."""
    SourcePoint.objects.filter(code="P-2").update(texts=dict.fromkeys(("pl", "lv", "en"), "One\r\ntwo "))
    first = exported()
    emptied()
    imported(first, tmp_path / "out")
    assert exported().files == first.files
    assert SourcePoint.objects.get(code="P-2").texts["pl"] == "One\ntwo"


@pytest.mark.parametrize("language", ["pl", "lv"])
def test_a_date_of_review_that_differs_between_languages_is_named(course, language):
    CoursePage.objects.filter(locale__language_code=language).update(review_by="2027-03-01")
    assert any("Its rules differ" in one.why for one in exported().lost)


def test_an_import_leaves_alone_how_a_question_is_filed_where_the_pack_says_nothing(course, pack, ela):
    filed = {"category": "keeping calm", "review_by": date(2027, 3, 1), "owner": ela.pk}
    questions = Question.objects.filter(code="Q-START-3")
    questions.update(**filed)
    apply(plan_import(pack, force=True))
    assert list(questions.values(*filed)) == [filed] * 3


def test_an_owner_stays_here_and_the_export_says_so(course, ela):
    Question.objects.filter(code="Q-START-3", locale__language_code="pl").update(owner=ela)
    export = exported()
    (lost,) = export.lost
    assert "Q-START-3" in lost.what
    assert "owner" in lost.why
    told = b"".join(export.files.values())
    assert not [name for name in (ela.email, ela.first_name, ela.last_name) if name.encode() in told]


def test_what_was_made_by_hand_keeps_its_keys(course, tmp_path):
    module = ModulePage.objects.get(locale__language_code="pl")
    body = [{"type": "hook", "value": {"body": "<p>Dzień dobry</p>", "points": ""}}]
    made = module.add_child(instance=LessonPage(title="Nowa", slug="nowa", locale=module.locale, body=body))
    export = assert_comes_back(tmp_path / "out")
    back = LessonPage.objects.get(title="Nowa")
    assert back.translation_key == made.translation_key
    assert back.body[0].id == made.body[0].id
    name = f"L-{made.translation_key.hex[:8]}"
    assert parse_yaml("", export.files[f"lessons/{name}.yaml"].decode())["languages"] == ["pl"]


def test_an_import_beside_the_course_changes_nothing(course, tmp_path):
    write_folder(exported().files, tmp_path / "out")
    compiled = StepVersion.objects.count()
    plan = plan_import(read_pack(tmp_path / "out"))
    assert [(change.kind, change.id) for change in plan.writes] == []
    apply(plan)
    assert StepVersion.objects.count() == compiled


def test_a_rule_that_an_export_says_otherwise_than_it_stands_here_is_imported(course, tmp_path):
    files = dict(exported().files)
    name = next(name for name in files if name.startswith("scenarios/"))
    document = parse_yaml(name, files[name].decode())
    files[name] = yaml_file(document | {"feedback_timing": "immediate"})
    write_folder(files, tmp_path / "out")
    assert {change.kind for change in plan_import(read_pack(tmp_path / "out")).writes} == {"scenario"}


# --- what a pack cannot hold ---------------------------------------------------------------------------------------
def test_drafts_are_named(course):
    lesson("START-L1", "pl").unpublish()
    page = lesson("START-L2", "lv")
    page.title = "Cits"
    page.save_revision()
    told = [str(one) for one in exported().lost]
    assert "Jeden oddech (pl): It is not published." in told
    assert "Savi vārdi (lv): It has a draft; the pack holds what is published." in told


def test_a_link_inside_the_site_keeps_its_words_and_is_named(course, tmp_path):
    page = lesson("START-L1", "en")
    page.body[0].value["body"] = (
        page.body[0].block.child_blocks["body"].to_python('<p>See <a linktype="page" id="1">here</a></p>')
    )
    page.save()
    export = exported()
    assert "One breath (en): A text has formatting or a link inside this site: only its words are kept." in map(
        str, export.lost
    )
    assert "See here" in export.files["lessons/START-L1.yaml"].decode()


def test_texts_for_search_engines_are_named(course):
    CoursePage.objects.filter(locale__language_code="pl").update(seo_title="Kurs")
    told = [str(one) for one in exported().lost]
    assert told == ["Mały kurs (pl): Its texts for search engines and its dates of publication stay here."]


def test_a_field_that_a_pack_does_not_know_is_named(course, monkeypatch):
    """Whatever a later version adds to a page: here the address, as if it were new."""
    from lms.packs import exporting

    monkeypatch.setattr(exporting, "NOT_THE_COURSE", exporting.NOT_THE_COURSE - {"slug"})
    assert "Jeden oddech (pl): A pack has no place for “slug”." in map(str, exported().lost)


def test_points_that_left_the_sources_are_named(course):
    SourcePoint.objects.filter(code="P-2").update(is_current=False)
    assert [str(one) for one in exported().lost] == ["P-2: Points of the sources that are no longer used are left out."]


def test_what_is_not_published_at_all_is_no_pack(course):
    CoursePage.objects.update(live=False)
    with pytest.raises(ExportError, match="not published in any language"):
        exported()


def test_a_code_that_can_name_no_pack_is_refused(course):
    CoursePage.objects.update(code="x" * 41)
    with pytest.raises(ExportError, match="at most 40"):
        exported()


# --- exported packs that somebody broke ----------------------------------------------------------------------------
BROKEN = {
    "languages of a lesson": (
        "lessons/START-L1.yaml",
        lambda d: d.update(languages=["xx"]),
        "languages: one or more of pl",
    ),
    "a lesson nobody lists": ("course.yaml", lambda d: d["modules"][0]["steps"].remove("START-L1"), "of no module"),
    "a step that is not there": ("course.yaml", lambda d: d["modules"][0]["steps"].append("X"), "not there"),
    "another module": ("lessons/START-L1.yaml", lambda d: d.update(module="other"), "among the steps of start"),
    "an id twice": ("questions.yaml", lambda d: d["questions"].append(d["questions"][0]), "the id is used twice"),
    "a key twice": (
        "questions.yaml",
        lambda d: [one.update(key="9" * 8 + "-0000-4000-8000-" + "0" * 12) for one in d["questions"][:2]],
        "is used twice",
    ),
    "an unknown key": ("course.yaml", lambda d: d.update(surprise=1), "surprise: an unknown key"),
    "a date that is none": ("course.yaml", lambda d: d.update(review_by="soon"), "a date in quotes is expected"),
    "a date without quotes": ("course.yaml", lambda d: d.update(review_by=20270301), "a date in quotes is expected"),
    "a made up author": ("course.yaml", lambda d: d.update(made_by="me"), "made_by"),
}


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("file, change, text", BROKEN.values(), ids=BROKEN)
def test_a_broken_export_is_refused_and_nothing_is_written(course, tmp_path, file, change, text):
    files = exported().files
    data = parse_yaml(file, files[file].decode())
    change(data)
    write_folder(files | {file: yaml_file(data)}, tmp_path / "out")
    before = ImportedObject.objects.count(), StepVersion.objects.count()
    with pytest.raises(PackError) as refused:
        plan_import(read_pack(tmp_path / "out"))
    assert text in str(refused.value)
    assert (ImportedObject.objects.count(), StepVersion.objects.count()) == before


# --- files ---------------------------------------------------------------------------------------------------------
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), min_size=1, max_size=30)
VALUES = st.recursive(
    TEXT | st.integers(-1000, 1000) | st.booleans(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(TEXT.map(str.strip).filter(bool), part, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "yes", "1"]), VALUES, max_size=3))
def test_what_is_written_is_read_back(data):
    assert parse_yaml("x.yaml", yaml_file(data).decode()) == data


@pytest.mark.usefixtures("english")
def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(PackError, match="there is something already"):
        write_folder({"course.yaml": b""}, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_nothing_is_left_of_a_folder_that_could_not_be_written(tmp_path):
    with pytest.raises(OSError):
        write_folder({"a": b"", "a/b": b""}, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


# --- languages put together ----------------------------------------------------------------------------------------
def text(language: str, value: str) -> Texts:
    return Texts({language: value})


def test_languages_that_say_the_same_share_a_document():
    made = merged({"pl": {"n": 1, "t": text("pl", "a")}, "en": {"n": 1, "t": text("en", "b")}}, ("pl", "en"))
    assert made == [{"n": 1, "t": {"pl": "a", "en": "b"}}]


def test_languages_that_differ_have_documents_of_their_own():
    made = merged({"pl": {"n": 1}, "lv": {"n": 2}, "en": {"n": 1}}, ("pl", "lv", "en"))
    assert made == [{"languages": ["pl", "en"], "n": 1}, {"languages": ["lv"], "n": 2}]


def test_a_text_that_is_empty_in_one_language_does_not_part_them():
    made = merged({"pl": {"t": text("pl", "a")}, "en": {"t": text("en", "")}}, ("pl", "en"))
    assert made == [{"t": {"pl": "a", "en": ""}}]
    assert merged({"pl": {"t": text("pl", "")}}, ("pl",)) == [{}]
