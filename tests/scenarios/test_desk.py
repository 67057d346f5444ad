"""The desk beside the scenes: what the form says is what the desk shows, finished or not, and nothing is saved."""

import re
from html.parser import HTMLParser

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Revision

from assessments.scenarios import actions
from assessments.scenarios.desk import desk
from assessments.scenarios.formats import document as doc
from assessments.scenarios.models import ScenarioPage, drafts
from tests.factories import make_course, ready_site
from tests.scenarios.factories import scenario

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site_with_roles(db):
    ready_site()


@pytest.fixture
def course():
    return make_course(lessons=0, languages=["pl", "en"], steps=[scenario()])


@pytest.fixture
def page(course) -> ScenarioPage:
    return course.steps["pl"][0]


@pytest.fixture
def english(course) -> ScenarioPage:
    return course.steps["en"][0]


def address(name: str, page) -> str:
    return reverse(name, args=[page.locale.language_code, page.translation_key])


def choice(key: str, to: str, **fields: str) -> dict[str, str]:
    return {"key": key, "text": "Yes?", "to": to, "consequence": "He nods.", "coaching": "Calm."} | fields


SCENES: list[tuple[str, str, list[dict[str, str]]]] = [
    ("open", "Where is it?", [choice("listen", "story", tension="-10"), choice("argue", "story", tension="25")]),
    ("story", "I was told Friday.", [choice("sum", "plan"), choice("wave", "sent")]),
]
ENDINGS = [("plan", "good", "He leaves."), ("sent", "bad", "He goes.")]
RULES = {
    "minutes": "5",
    "tension_start": "50",
    "pass_outcomes": "good",
    "expert_path": "open.listen story.sum",
    "customer_look": "tall",
}


def typed(scenes=SCENES, endings=ENDINGS, **changes: str) -> dict[str, str]:
    """The form as the editor sends it; the nth block has the id "b<n>", its nth choice "b<n>c<n>"."""
    data = {"skills-count": "0", "nodes-count": str(len(scenes) + len(endings)), **RULES}
    for at, (key, say, choices) in enumerate(scenes):
        block = f"nodes-{at}-value"
        data |= _block(f"nodes-{at}", at, f"b{at}") | {f"nodes-{at}-type": "scene"}
        data |= {f"{block}-key": key, f"{block}-say": say, f"{block}-speaker": "customer", f"{block}-emotion": "calm"}
        data |= {f"{block}-scene": "", f"{block}-choices-count": str(len(choices))}
        for number, fields in enumerate(choices):
            prefix = f"{block}-choices-{number}"
            data |= _block(prefix, number, f"b{at}c{number}") | {f"{prefix}-value-rules-count": "0"}
            rest = {"tension": "0", "score": "0", "quality": "ok", "skill": "", "points": ""}
            data |= {f"{prefix}-value-{name}": value for name, value in (rest | fields).items()}
    for at, (key, outcome, text) in enumerate(endings, start=len(scenes)):
        block = f"nodes-{at}-value"
        data |= _block(f"nodes-{at}", at, f"b{at}") | {f"nodes-{at}-type": "ending"}
        data |= {f"{block}-key": key, f"{block}-outcome": outcome, f"{block}-text": text, f"{block}-debrief": ""}
        data |= {f"{block}-reflection-count": "0"}
    return data | changes


def _block(prefix: str, order: int, name: str) -> dict[str, str]:
    return {f"{prefix}-deleted": "", f"{prefix}-order": str(order), f"{prefix}-id": name}


def shown(client, page, data: dict[str, str]) -> str:
    answer = client.post(address("scenario-desk", page), data)
    assert answer.status_code == 200
    return answer.content.decode()


def errors(html: str) -> int:
    return int(re.search(r'data-errors="(\d+)"', html)[1])


class Balance(HTMLParser):
    """Notes where a list is closed that was not open, or the other way round."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.deepest = 0

    def handle_starttag(self, tag, attrs):
        if tag in ("ol", "li"):
            self.open.append(tag)
            self.deepest = max(self.deepest, self.open.count("ol"))

    def handle_endtag(self, tag):
        if tag in ("ol", "li"):
            assert self.open.pop() == tag


# --- what is typed -------------------------------------------------------------------------------------------------
def test_what_is_typed_is_shown_and_nothing_is_saved(client_for, publisher, page):
    before = Revision.objects.count(), ScenarioPage.objects.get(pk=page.pk).structure()
    html = shown(client_for(publisher), page, typed())
    assert errors(html) == 0
    assert [f'data-spot="{key}"' in html for key in ("open", "story", "plan", "sent")] == [True] * 4
    assert "40–75" in html  # the tension in "story"
    assert '<option value="story">I was told Friday.</option>' in html
    assert (Revision.objects.count(), ScenarioPage.objects.get(pk=page.pk).structure()) == before


def test_a_problem_leads_to_its_field(client_for, publisher, page):
    scenes = [SCENES[0], ("story", "I was told Friday.", [choice("sum", "plan"), choice("wave", "nowhere")])]
    html = shown(client_for(publisher), page, typed(scenes))
    assert re.search(r'href="#block-b1c1-section" data-scn-go data-field="to">[^<]*nowhere', html)
    assert 'data-scn-create="nowhere"' in html
    assert "? nowhere" in html  # on the map


def test_a_page_field_at_fault_is_led_to_as_well(client_for, publisher, page):
    html = shown(client_for(publisher), page, typed(start_key="attic"))
    assert 'href="#id_start_key"' in html
    assert 'href="#id_expert_path"' in shown(client_for(publisher), page, typed(expert_path="open.nod"))


def test_of_two_scenes_with_one_key_the_second_is_led_to(client_for, publisher, page):
    html = shown(client_for(publisher), page, typed([*SCENES, ("open", "Again?", SCENES[0][2])]))
    assert re.search(r'href="#block-b2-section" data-scn-go data-field="key"', html)


def test_problems_on_the_map_are_told_by_shape_and_word(client_for, publisher, page):
    html = shown(client_for(publisher), page, typed([*SCENES, ("wall", "Hm.", [])]))
    spot = html.split('data-spot="wall"')[1].split("</a>")[0]
    assert "<polygon" in spot
    assert "error" in re.sub(r'class="[^"]*"', "", spot)


@pytest.mark.parametrize("value", ["", "x", "-", "1e3", "٣", "9" * 30])
def test_half_typed_numbers_do_no_harm(client_for, publisher, page, value):
    half = [("open", "Where?", [choice("listen", "plan", tension=value, score=value)])]
    data = typed(half, tension_start=value, fail_at=value, pass_min_score=value)
    assert "data-spot" in shown(client_for(publisher), page, data)


def test_an_empty_form_and_a_deleted_scene_are_drawn_too(client_for, publisher, page):
    client = client_for(publisher)
    assert errors(shown(client, page, typed([], []))) > 0
    html = shown(client, page, typed() | {"nodes-1-deleted": "1"})
    assert 'data-spot="story"' not in html
    assert 'data-scn-create="story"' in html


def test_the_order_is_the_one_on_the_screen(client_for, publisher, page):
    moved = typed() | {"nodes-0-order": "1", "nodes-1-order": "0"}
    outline = shown(client_for(publisher), page, moved).split('id="scn-outline"')[1]
    assert outline.index(">story<") < outline.index(">open<")


@pytest.mark.parametrize("broken", [{}, {"nodes-count": "x", "skills-count": "0"}, {"nodes-count": "3"}])
def test_what_is_no_form_of_a_scenario_is_refused(client_for, publisher, page, broken):
    answer = client_for(publisher).post(address("scenario-desk", page), broken)
    assert answer.status_code == 422
    assert "not the form of a scenario" in answer.content.decode()


def test_texts_are_escaped(client_for, publisher, page):
    html = shown(client_for(publisher), page, typed([("<b>x", "<script>", [choice('"><i>', "<u>")])]))
    assert not re.search(r"<b>x|<script>|<i>|<u>", html)


def test_the_outline_is_a_well_formed_list_as_deep_as_the_scenario(client_for, publisher, page):
    chain = [(f"s{n}", "Hm.", [choice("on", f"s{n + 1}"), choice("back", "s0")]) for n in range(30)]
    lists = Balance()
    lists.feed(shown(client_for(publisher), page, typed([*chain, ("s30", "So?", [choice("end", "plan")])])))
    assert lists.open == []
    assert lists.deepest > 30


def test_the_outline_says_with_how_many_points_each_ending_can_be_reached(client_for, publisher, page):
    scenes = [("open", "Where is it?", [choice("ask", "plan", score="3"), choice("tell", "plan", score="-1")])]
    outline = shown(client_for(publisher), page, typed(scenes)).split('id="scn-outline"')[1]
    assert "(ending, tension 50, points -1 … 3)" in outline
    assert "(ending, tension –)" in outline  # of the one that nothing leads to


def test_map_and_outline_show_where_too_much_tension_leads_and_only_where_it_truly_does(client_for, publisher, page):
    scenes = [
        ("open", "Where is it?", [choice("argue", "story", tension="25"), choice("frown", "story", tension="5")]),
        ("story", "I was told Friday.", [choice("sum", "plan"), choice("wave", "plan", tension="50")]),
    ]
    html = shown(client_for(publisher), page, typed(scenes, fail_at="75", fail_to="sent"))
    drawn, outline = html.split('id="scn-outline"')
    assert re.findall("<title>(.+?)</title>", drawn) == [
        "open → story: argue, frown",
        "open → sent: argue, if the tension reaches 75",
        "story → plan: sum, wave",
    ]
    assert "argue, if the tension reaches 75 →" in outline
    assert "frown, if" not in outline
    assert 'data-figure="paths">3<' in html


@pytest.mark.parametrize(
    ("changes", "offered"),
    [
        ({"start_key": "cellar"}, [("cellar", "scene")]),
        ({"start_key": "plan"}, []),  # it is there, but an ending
        ({"fail_at": "90", "fail_to": "street"}, [("street", "ending")]),
        ({"fail_at": "90"}, []),  # nothing is named
        ({"fail_to": "street"}, []),  # nothing leads there
    ],
)
def test_what_is_named_to_begin_with_or_to_fail_at_and_is_missing_is_offered_to_be_made(
    changes, offered, client_for, publisher, page
):
    html = client_for(publisher).post(address("scenario-desk", page), typed(**changes)).content.decode()
    assert re.findall(r'data-scn-create="(\w+)" data-scn-block="(\w+)"', html) == offered
    assert all(f"“{key}”</button>" in html for key, _block in offered)


def test_a_scenario_that_was_never_saved_has_a_desk(client_for, publisher, course):
    url = address("scenario-desk-new", course.modules["pl"])
    assert errors(client_for(publisher).post(url, typed()).content.decode()) == 0


def test_forty_scenes_cost_no_more_queries_than_two(client_for, publisher, page):
    client = client_for(publisher)
    chain = [(f"s{n}", "Hm.", [choice("on", f"s{n + 1}"), choice("end", "plan")]) for n in range(40)]
    many = [*chain, ("s40", "So?", [choice("end", "plan"), choice("go", "sent")])]
    counts = []
    for scenes in (SCENES, SCENES, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            shown(client, page, typed(scenes))
        counts.append(len(queries))
    assert counts[1] == counts[2]


# --- as last saved -------------------------------------------------------------------------------------------------
def test_the_editor_holds_the_desk_as_last_saved(client_for, publisher, page):
    html = client_for(publisher).get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert f'data-url="{address("scenario-desk", page)}"' in html
    assert 'data-spot="open"' in html
    assert "staff/scenario_desk.js" in html
    refreshed = client_for(publisher).get(address("scenario-desk", page)).content.decode()
    assert 'data-spot="open"' in refreshed


def test_reading_time_is_told_for_each_language(page):
    assert [language for language, _minutes in desk(page).reading] == ["Polish", "English"]


# --- trying it out -------------------------------------------------------------------------------------------------
def test_a_draft_is_played_from_any_scene_with_any_tension_and_leaves_no_trace(client_for, publisher, english):
    client = client_for(publisher)
    url = address("scenario-play", english)
    node = english.compile_body()["nodes"][1]
    with CaptureQueriesContext(connection) as queries:
        html = client.get(url, {"at": node["key"], "tension": 20}).content.decode()
    assert "Tension 20, points 0" in html
    assert not [query for query in queries if re.match(r"\s*(INSERT|UPDATE|DELETE)", query["sql"])]
    for _turn in range(60):
        ways = re.findall(r'href="(\?at=[^"]+)"', html)
        if not ways:
            break
        answer = client.get(url + ways[-1].replace("&amp;", "&"))
        assert answer.status_code == 200
        html = answer.content.decode()
    assert "This ending" in html


def test_flags_open_and_close_choices(client_for, publisher, english):
    draft = english.get_latest_revision_as_object()
    document = drafts.document_of(draft)
    asked = next(s for s in document.scenes if any(c.flags or c.not_flags for c in s.choices))
    needs = next(c for c in asked.choices if c.flags or c.not_flags)
    url = address("scenario-play", english)
    for flags in ([], [*needs.flags, *needs.not_flags]):
        html = client_for(publisher).get(url, {"at": asked.key, "tension": 50, "flags": flags}).content.decode()
        is_hidden = needs.key in (html.split("Not offered now: ")[1].split("<")[0] if "Not offered" in html else "")
        holds = set(needs.flags) <= set(flags) and not set(needs.not_flags) & set(flags)
        assert is_hidden == (not holds)


@pytest.mark.parametrize("query", [{"at": "attic"}, {"at": "", "tension": "x"}, {"tension": "300"}, {"flags": "no"}])
def test_what_cannot_be_played_is_refused_in_words(client_for, publisher, english, query):
    answer = client_for(publisher).get(address("scenario-play", english), query)
    assert answer.status_code == 422


# --- one structure -------------------------------------------------------------------------------------------------
def with_another_scene(page: ScenarioPage) -> ScenarioPage:
    """The page with its first scene copied as “new”, which the first choice now leads to; saved as a draft."""
    draft = page.get_latest_revision_as_object()
    document = drafts.document_of(draft)
    first = document.scenes[0]
    led = doc.replace(first, choices=(doc.replace(first.choices[0], to="new"), *first.choices[1:]))
    copy = doc.replace(first, key="new")
    drafts.take(draft, doc.replace(document, scenes=(led, copy, *document.scenes[1:]), expert_path=()))
    draft.save_revision()
    return draft


def test_a_language_that_lags_is_marked_and_cannot_go_live(page, english):
    with_another_scene(page).get_latest_revision().publish()
    behind = english.get_latest_revision_as_object()
    assert behind.lags()
    with pytest.raises(ValidationError, match="not those of the source language"):
        behind.save_revision().publish()
    source = page.get_latest_revision_as_object()
    assert [(language.code, language.lags) for language in desk(source).languages] == [("en", True)]
    assert [language.lags for language in desk(behind).languages] == [True]


def test_the_structure_is_brought_over_and_the_texts_stay(client_for, publisher, page, english):
    with_another_scene(page).get_latest_revision().publish()
    said = english.compile_body()["nodes"][0]["choices"][0]["text"]
    answer = client_for(publisher).post(address("scenario-structure", english))
    assert answer.status_code == 302
    draft = ScenarioPage.objects.get(pk=english.pk).get_latest_revision_as_object()
    assert not draft.lags()
    body = draft.compile_body()
    assert body["nodes"][0]["choices"][0]["text"] == said
    assert body["nodes"][1]["choices"][0]["text"] == page.compile_body()["nodes"][0]["choices"][0]["text"]
    draft.save_revision().publish()
    assert ScenarioPage.objects.get(pk=english.pk).live
    count = Revision.objects.count()
    actions.bring_structure(page=english, by=publisher)
    assert Revision.objects.count() == count  # nothing differs any more


def test_only_a_translation_can_be_brought_up_to_date(client_for, publisher, page, english):
    assert client_for(publisher).post(address("scenario-structure", page)).status_code == 404
    english.locked = True
    english.save(update_fields=["locked"])
    assert client_for(publisher).post(address("scenario-structure", english)).status_code == 404


# --- refusals ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["scenario-desk", "scenario-play"])
def test_who_may_not_edit_finds_nothing(client_for, ana, auditor, page, name):
    for person in (ana, auditor):
        assert client_for(person).get(address(name, page)).status_code == 404
        assert client_for(person).post(address("scenario-structure", page)).status_code == 404
