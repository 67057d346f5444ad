"""Questions as files in the CMS: read, looked at, taken as drafts, and written again."""

import io
import zipfile
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.quizzes import actions
from assessments.quizzes.bank_files import truth_words
from assessments.quizzes.formats import files
from assessments.quizzes.models import Question, drafts
from tests.factories import locale, ready_site
from tests.quizzes.factories import BANK, make_question, quiz_course

pytestmark = pytest.mark.django_db
GIFT = """::Q-ONE::What calms? {
=Being heard#Yes.
~Being told to calm down#No.
}

Just a text.

::Q-TWO::How many minutes? {#5:1}
"""


@pytest.fixture(autouse=True)
def site_with_roles(db):
    """What editors and publishers may do is given to them with the site."""
    ready_site()


@pytest.fixture
def client(client_for, ela):
    return client_for(ela)


def upload(text: str | bytes = GIFT, name: str = "some.gift", **fields):
    data = text.encode() if isinstance(text, str) else text
    return {"file": SimpleUploadedFile(name, data), "language": "en", "bank": BANK, **fields}


def signed(response) -> dict:
    form = response.context["form"]
    return {"read": form.initial["read"], "key": form.initial["key"]}


def test_a_file_is_looked_at_before_anything_is_saved(client):
    response = client.post(reverse("question-import"), upload())
    page = response.content.decode()
    assert response.status_code == 200
    assert "Q-ONE" in page
    assert "It asks nothing" in page
    assert not Question.objects.exists()


def test_what_was_looked_at_becomes_drafts_once(client, ela):
    shown = signed(client.post(reverse("question-import"), upload()))
    first = client.post(reverse("question-import"), shown)
    client.post(reverse("question-import"), shown)
    assert first.status_code == 302
    rows = list(Question.objects.order_by("code"))
    assert [(row.code, row.type, row.live, row.bank) for row in rows] == [
        ("Q-ONE", "single", False, BANK),
        ("Q-TWO", "numeric", False, BANK),
    ]
    assert rows[0].locale == locale("en")
    assert rows[0].latest_revision.user == ela
    assert [part["value"]["correct"] for part in rows[0].parts.raw_data] == [True, False]


def test_a_short_name_that_is_taken_gets_a_number_and_the_preview_says_so(client):
    make_question("OLD", code="Q-ONE")
    response = client.post(reverse("question-import"), upload())
    assert "Q-ONE-2" in response.content.decode()
    client.post(reverse("question-import"), signed(response))
    assert set(Question.objects.values_list("code", flat=True)) == {"Q-ONE", "Q-ONE-2", "Q-TWO"}


def test_what_was_shown_cannot_be_changed_on_the_way(client):
    shown = signed(client.post(reverse("question-import"), upload()))
    response = client.post(reverse("question-import"), {**shown, "read": "x" + shown["read"]})
    assert response.status_code == 422
    assert not Question.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("some.exe", b"x", "none of the files"),
        ("some.gift", b"\xff\xfe", "not UTF-8"),
        ("some.xml", b"<!DOCTYPE q [<!ENTITY a 'b'>]><quiz>&a;</quiz>", "document type"),
        ("some.zip", b"no zip at all", "damaged"),
        ("some.gift", b"Nothing {", "curly"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(client, name, data, reason):
    response = client.post(reverse("question-import"), upload(data, name))
    assert reason in response.content.decode()
    assert not Question.objects.exists()


def test_without_a_file_the_form_says_what_is_missing(client):
    response = client.post(reverse("question-import"), {"language": "en", "bank": BANK})
    assert response.status_code == 422
    assert "Choose a file." in response.content.decode()


# --- out -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", sorted(files.FORMATS))
def test_what_was_exported_can_be_imported(client, form):
    make_question("ONE", "multiple")
    make_question("TWO", "shorttext")
    response = client.get(reverse("question-file", args=[form]), {"locale": "en"})
    kind = files.FORMATS[form]
    again = files.read(f"questions.{kind.ending}", response.content, truth_words("en"))
    assert [entry.item.type for entry in again.entries] == ["multiple", "shorttext"]
    assert "attachment" in response["Content-Disposition"]


def test_what_a_format_does_not_carry_is_named_by_question(client):
    make_question("RATE", "rating")
    page = client.get(reverse("question-export"), {"locale": "en"}).content.decode()
    assert "SECRET-RATE" in page
    assert "has no such questions" in page


def test_the_list_as_it_is_narrowed_is_what_is_exported(client):
    make_question("ONE")
    make_question("TWO", module="other")
    response = client.get(reverse("question-file", args=["gift"]), {"locale": "en", "module": "other"})
    assert b"SECRET-TWO" in response.content
    assert b"SECRET-ONE" not in response.content


def test_what_was_ticked_is_what_is_exported(client):
    make_question("ONE")
    two = make_question("TWO")
    bulk = reverse("wagtail_bulk_action", args=["quizzes", "question", "export"])
    response = client.get(bulk, {"id": two.pk}, follow=True)
    text = client.get(response.context["formats"][0]["address"]).content
    assert b"SECRET-TWO" in text
    assert b"SECRET-ONE" not in text


def test_a_quiz_is_exported_with_the_questions_it_draws_from(client):
    quiz_page = quiz_course(("single",)).steps["en"][0]
    make_question("APART", module="other", objective="OTHER-1")
    response = client.get(reverse("question-file", args=["gift"]), {"quiz": quiz_page.translation_key, "locale": "en"})
    assert b"SECRET-S1" in response.content
    assert b"APART" not in response.content


def test_a_file_holds_one_language(client):
    make_question("ONE", language="en")
    make_question("ONE", language="pl")
    page = client.get(reverse("question-export"))
    assert len(page.context["languages"]) == 2
    assert page.context["formats"] == []
    assert client.get(reverse("question-file", args=["gift"])).status_code == 302


def test_a_draft_leaves_as_it_was_last_saved(client, ela):
    made = actions.import_questions(
        items=[files.read("a.gift", GIFT.encode(), truth_words("en")).entries[0].item],
        language="en",
        bank=BANK,
        key=uuid4(),
        by=ela,
    )[0]
    made.stem = "What helps?"
    made.save_revision(user=ela)
    assert drafts.item_of(Question.objects.select_related("latest_revision").get(pk=made.pk)).stem == "What helps?"


FILED = {"category": "keeping calm", "sub_category": "breathing", "tags": ["phone"], "points": ["a-1"]}
FILED |= {"review_by": date(2027, 1, 31), "difficulty": Decimal("0.80"), "objective": "CALM-1"}


@pytest.mark.parametrize("is_live", [True, False])
@pytest.mark.parametrize("form", sorted(files.FORMATS))
def test_what_a_question_is_filed_under_becomes_a_draft_filed_so(client, ela, form, is_live):
    """A draft says it in its revision alone."""
    made = make_question("ONE", **(FILED if is_live else {}), owner=ela, live=is_live)
    for name, value in FILED.items():
        setattr(made, name, value)
    made.save_revision(user=ela)
    page = client.get(reverse("question-export"), {"locale": "en"}).content.decode()
    assert page.count("Who looks after it is not carried.") == len(files.FORMATS)
    data = client.get(reverse("question-file", args=[form]), {"locale": "en"}).content
    shown = client.post(reverse("question-import"), upload(data, f"some.{files.FORMATS[form].ending}", bank="other"))
    client.post(reverse("question-import"), signed(shown))
    draft = Question.objects.get(bank="other")
    assert {name: getattr(draft, name) for name in FILED} == FILED


def test_the_number_of_queries_does_not_grow_with_the_bank(client):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("question-file", args=["qti"]), {"locale": "en"}).status_code == 200
        return len(queries)

    make_question("Q0")
    few = count()
    for at in range(1, 31):
        make_question(f"Q{at}", "rating" if at % 2 else "numeric")
    assert count() <= few


def test_a_question_that_stays_behind_leaves_no_trace_in_the_file(client):
    make_question("ONE", "numeric")
    data = client.get(reverse("question-file", args=["qti"]), {"locale": "en"}).content
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.namelist() == ["imsmanifest.xml"]  # it has units, which QTI does not carry


# --- refusals --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["question-import", "question-export"])
def test_only_who_may_change_the_bank_gets_there(client_for, ana, marek, auditor, address):
    for person in (ana, marek, auditor):
        assert client_for(person).get(reverse(address)).status_code == 404


def test_who_only_reads_the_bank_neither_adds_nor_takes_it_away(client_for, ela):
    ela.groups.clear()
    ela.user_permissions.set(Permission.objects.filter(codename__in=["access_admin", "view_question"]))
    reader = client_for(ela)
    for address in (reverse("question-import"), reverse("question-export"), reverse("question-file", args=["gift"])):
        assert reader.get(address).status_code in (302, 403, 404)


def test_filters_that_are_none_are_not_found(client):
    assert client.get(reverse("question-export"), {"quiz": "no-key"}).status_code == 404
    assert client.get(reverse("question-file", args=["docx"]), {"locale": "en"}).status_code == 404
