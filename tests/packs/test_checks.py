"""The checks, against the pack they were made for, against each fault they are to find, and against nonsense."""

import contextlib
import copy
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.packs.checks import WARNING, check_pack, errors, read_sources
from lms.packs.checks.lessons import minutes
from lms.packs.reading import Pack, PackError, parse_yaml, read_pack
from tests.packs.conftest import MINI, REAL, SHARED_CHECKER, SOURCES, dumped

pytestmark = pytest.mark.usefixtures("english")


def said(pack: Pack, **options) -> list[str]:
    return [str(finding) for finding in errors(check_pack(pack, **options))]


def test_the_small_pack_has_no_errors(pack, folder):
    assert said(pack, sources=read_sources(folder / "sources"), require_all=True) == []


def test_the_real_course_has_no_errors_and_its_only_warnings_are_about_how_scenarios_play():
    findings = check_pack(read_pack(REAL), read_sources(SOURCES), require_all=True)
    assert errors(findings) == []
    warnings = [finding for finding in findings if finding.severity == WARNING]
    assert {finding.file.partition("/")[0] for finding in warnings} == {"scenarios"}


FAULTS = [
    # (file, what is changed, what is said)
    ("course.yaml", lambda d: d.update(format="lms-content/9"), "course.yaml: format: one of lms-content/1"),
    ("course.yaml", lambda d: d.pop("title"), "course.yaml: title: missing"),
    ("course.yaml", lambda d: d["title"].pop("lv"), "course.yaml: title.lv: no text"),
    ("course.yaml", lambda d: d["title"].update(de="Kurs"), "course.yaml: title.de: not a language of this pack"),
    ("course.yaml", lambda d: d.update(languages=["en", "en"]), "course.yaml: languages: "),
    ("course.yaml", lambda d: d.update(languages="en"), "course.yaml: languages: "),
    ("course.yaml", lambda d: d.update(colour="red"), "course.yaml: colour: an unknown key"),
    ("course.yaml", lambda d: d.update(key="mine"), "course.yaml: key: a UUID is expected"),
    ("course.yaml", lambda d: d["modules"].append(d["modules"][0]), "course.yaml: start: the id is used twice"),
    ("course.yaml", lambda d: d["modules"][0]["lessons"][0].update(minutes=4), "START-L1: 4 minutes, expected 5 to 9"),
    ("course.yaml", lambda d: d["modules"][0]["lessons"][0].update(minutes=True), "a whole number from 1 to 240"),
    ("course.yaml", lambda d: d["modules"][0]["lessons"][0]["points"].append("P-9"), "START-L1: unknown point P-9"),
    ("course.yaml", lambda d: d["modules"][0]["lessons"][0].update(scenarios=["SC-9"]), "unknown scenario SC-9"),
    (
        "course.yaml",
        lambda d: d["modules"][0]["lessons"][0].update(quiz_objectives=[]),
        "START-1: the objective is tested",
    ),
    ("course.yaml", lambda d: d["modules"][0]["lessons"].pop(0), "is not in course.yaml"),
    ("course.yaml", lambda d: d["scenarios"].clear(), "scenario SC-START is not in course.yaml"),
    ("course.yaml", lambda d: d["assessments"][0].update(draw=3), "start: 4 questions, at least 6"),
    ("course.yaml", lambda d: d["assessments"][0].update(per_module=["end"]), "MQ: unknown module end"),
    (
        "course.yaml",
        lambda d: d["assessments"][0].update(per_objective_min=2),
        "MQ: start has more objectives than the quiz",
    ),
    (
        "course.yaml",
        lambda d: d["assessments"][0].update(kind="exam"),
        "assessments[1].kind: one of module_quiz, final",
    ),
    ("course.yaml", lambda d: d["assessments"][0].update(attempts=0), "assessments[1].attempts: "),
    ("course.yaml", lambda d: d["assessments"].append(d["assessments"][0] | {"id": "MQ2"}), "more than one quiz"),
    (
        "course.yaml",
        lambda d: d["assessments"][0].update(attempts=3, cooldown_minutes=[0, 30]),
        "MQ: 2 waiting times for 3 attempts",
    ),
    (
        "course.yaml",
        lambda d: d["assessments"][0].update(must_pass_module={"start": 0.8}),
        "MQ: 0 items decide on start; at least 4",
    ),
    ("lessons/START-L1.yaml", lambda d: d.update(blocks=[]), "blocks: 0 entries, expected 1 to 100"),
    ("lessons/START-L1.yaml", lambda d: d.update(module="end"), "module: end, but start in course.yaml"),
    ("lessons/START-L1.yaml", lambda d: d.update(points=["P-1"]), "points: not those of course.yaml"),
    ("lessons/START-L1.yaml", lambda d: d["blocks"][0].pop("points"), "points: no block teaches P-1"),
    ("lessons/START-L1.yaml", lambda d: d["blocks"][0]["points"].append("P-3"), "a block cites P-3"),
    ("lessons/START-L1.yaml", lambda d: d["blocks"][0].update(kind="poem"), "blocks[1].kind: one of hook, concept"),
    ("lessons/START-L1.yaml", lambda d: d["blocks"][1]["pattern"].update(rounds=0), "blocks[2].pattern.rounds: "),
    ("lessons/START-L1.yaml", lambda d: d["blocks"][1]["pattern"].update(rounds=2), "minutes: declared 5, estimated"),
    ("lessons/START-L1.yaml", lambda d: d["blocks"][2].update(question="Q-9"), "blocks[3]: unknown question Q-9"),
    ("lessons/START-L1.yaml", lambda d: d["blocks"][2].update(question="Q-START-1"), "Q-START-1 is graded"),
    ("lessons/START-L1.yaml", lambda d: d["blocks"][0]["body"].update(en=" "), "blocks[1].body.en: no text"),
    ("lessons/START-L1.yaml", lambda d: d["blocks"][0]["body"].update(pl="Mīļi"), "letters of another language: ī"),
    ("lessons/START-L1.yaml", lambda d: d["blocks"][0]["body"].update(en="{{site.moon}}"), "unknown placeholder"),
    (
        "lessons/START-L1.yaml",
        lambda d: d["blocks"][0]["body"].update(en="[x](javascript:x)"),
        "a link to “javascript:x",
    ),
    ("lessons/START-L2.yaml", lambda d: d["blocks"][2].update(scenario="SC-9"), "blocks[3]: unknown scenario SC-9"),
    (
        "lessons/START-L2.yaml",
        lambda d: d["blocks"].append({"kind": "comparison", "columns": [d["title"]] * 2, "rows": [[d["title"]] * 3]}),
        "blocks[5]: a row with 3 cells, where there are 2 columns",
    ),
    ("questions.yaml", lambda d: d["questions"].append(d["questions"][0]), "Q-START-1: the id is used twice"),
    (
        "questions.yaml",
        lambda d: d["questions"][0].update(type="drawing"),
        "questions[1].type: one of single, multiple",
    ),
    ("questions.yaml", lambda d: d["questions"][0].update(objective="X-1"), "Q-START-1: unknown objective X-1"),
    ("questions.yaml", lambda d: d["questions"][0].update(points=[]), "Q-START-1: no source points"),
    ("questions.yaml", lambda d: d["questions"][0].update(points=["P-9"]), "Q-START-1: unknown point P-9"),
    ("questions.yaml", lambda d: d["questions"][0].update(difficulty=0.99), "Q-START-1: difficulty"),
    ("questions.yaml", lambda d: d["questions"][0]["options"].pop(), "Q-START-1: 2 options, expected 3 to 5"),
    ("questions.yaml", lambda d: d["questions"][0]["options"][1].update(correct=True), "Q-START-1: 2 correct options"),
    ("questions.yaml", lambda d: d["questions"][0]["options"][1].update(id="a"), "Q-START-1.a: the id is used twice"),
    ("questions.yaml", lambda d: d["questions"][0]["options"][0].pop("feedback"), "options[1].feedback: missing"),
    (
        "questions.yaml",
        lambda d: d["questions"][0]["options"][1].update(text=d["questions"][0]["options"][0]["text"]),
        "Q-START-1.en: two of its answers are alike",
    ),
    (
        "questions.yaml",
        lambda d: d["questions"][0]["stem"].update(en="All of the above?"),
        "“All of the above” is not used",
    ),
    (
        "questions.yaml",
        lambda d: d["questions"][1]["stem"].update(en="Which help?"),
        "the stem must say TWO in capitals",
    ),
    ("questions.yaml", lambda d: d["questions"][1]["options"].pop(), "Q-START-2: 2 of 2 correct"),
    ("questions.yaml", lambda d: d["questions"][2]["items"].pop(), "Q-START-3: 2 elements, at least 3"),
    (
        "questions.yaml",
        lambda d: d["questions"][3]["stem"].update(pl=d["questions"][3]["stem"]["en"]),
        "identical to English",
    ),
    ("scenarios/SC-START.yaml", lambda d: d.update(start="nowhere"), "nowhere"),
    ("scenarios/SC-START.yaml", lambda d: d["nodes"][0]["choices"][0].update(to="nowhere"), "nowhere"),
    ("scenarios/SC-START.yaml", lambda d: d["nodes"][0]["choices"][0].update(skill="juggling"), "juggling"),
    ("scenarios/SC-START.yaml", lambda d: d["nodes"][0]["choices"][0].update(points=["P-9"]), "unknown point P-9"),
    ("scenarios/SC-START.yaml", lambda d: d["nodes"][0]["choices"][0].update(quality="super"), ".quality: one of best"),
    ("scenarios/SC-START.yaml", lambda d: d.update(expert_path=["open.vague"]), "open.vague"),
    ("scenarios/SC-START.yaml", lambda d: d["pass"].update(min_score=90), "90"),
    ("scenarios/SC-START.yaml", lambda d: d.update(module="end"), "module: end, but start in course.yaml"),
]


@pytest.mark.parametrize("file, change, text", FAULTS, ids=[fault[2] for fault in FAULTS])
def test_each_fault_is_named(folder, edit, file, change, text):
    edit(file, change)
    found = said(read_pack(folder))
    assert any(text in line for line in found), found


@pytest.mark.parametrize(
    "old, new, text",
    [
        ('P-4,mini.txt,"3, 4"', "P-4,mini.txt,x", "points.csv: P-4: source_lines"),
        ("P-4,", "P-3,", "points.csv: P-3: the id is used twice"),
        ("phrase,start", "poem,start", "unknown kind “poem”"),
        ("phrase,start", "phrase,end", "P-4: unknown module end"),
        ("phrase,start,as-is", "phrase,start,as-was", "unknown treatment “as-was”"),
        ("Najlepsze są własne słowa.", "", "P-4: no pl text"),
        ("P-4,mini", "P-5,mini", "P-5: in no lesson"),
    ],
)
def test_each_fault_of_the_points_is_named(folder, old, new, text):
    path = folder / "points.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    found = said(read_pack(folder))
    assert any(text in line for line in found), found


def test_a_line_of_a_source_without_a_point_is_found(folder):
    (folder / "excluded.csv").unlink()
    assert said(read_pack(folder), sources=read_sources(folder / "sources")) == [
        "mini.txt: line 5: no point and no exclusion: See www.example.org"
    ]


def test_a_copied_sentence_is_found(folder, edit):
    copied = "Whoever breathes out slowly grows calm."
    edit("lessons/START-L1.yaml", lambda lesson: lesson["blocks"][3]["prompt"].update(en=copied))
    assert any(
        "6 words in a row as in mini.txt" in line
        for line in said(read_pack(folder), sources=read_sources(folder / "sources"))
    )


def test_a_missing_lesson_is_a_warning_unless_all_are_asked_for(folder):
    (folder / "lessons" / "START-L1.yaml").unlink()
    pack = read_pack(folder)
    assert said(pack) == []
    assert said(pack, require_all=True) == ["course.yaml: START-L1: the lesson is planned but not written"]


# --- nonsense ------------------------------------------------------------------------------------------------------
NONSENSE: list[Any] = [
    None,
    True,
    0,
    -1,
    10**12,
    1.5,
    float("inf"),
    "",
    " ",
    "x",
    "P-1",
    "ā" * 300,
    [],
    [None],
    {},
    {"en": "x"},
]


def nodes(value: Any, path: tuple = ()):
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from nodes(child, (*path, name))


def replaced(value: Any, path: tuple, new: Any, *, delete: bool) -> Any:
    if not path:
        return new
    holder = value
    for name in path[:-1]:
        holder = holder[name]
    if delete:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return value


PARTS = [one.name for one in fields(Pack) if one.name not in ("points", "excluded", "articles", "media")]
PACK = read_pack(MINI)


@given(st.data())
def test_no_nonsense_in_a_pack_is_more_than_a_finding(data):
    part = data.draw(st.sampled_from(PARTS))
    value = copy.deepcopy(getattr(PACK, part))
    path = data.draw(st.sampled_from([path for path in nodes(value) if path or part in ("course", "questions")]))
    new = copy.deepcopy(data.draw(st.sampled_from(NONSENSE)))
    broken = replace(PACK, **{part: replaced(value, path, new, delete=bool(path) and data.draw(st.booleans()))})
    for finding in check_pack(broken, {}):
        assert finding.file
        assert finding.text


@given(st.lists(st.sampled_from([*"abc:-[]{}&*!|>'\"#%@`\n\t ,?0", "\u0007", "ż"]), max_size=60).map("".join))
def test_no_text_is_more_than_a_refusal(text):
    with contextlib.suppress(PackError):
        parse_yaml("a.yaml", text)


# --- the original as an oracle -------------------------------------------------------------------------------------
ORACLE_CHANGES = {
    "nothing": lambda pack: None,
    "a banned text": lambda pack: pack.course["title"].update(en="All of the above"),
    "minutes": lambda pack: pack.lessons["lessons/CALM-L1.yaml"].update(minutes=9),
    "a point nobody teaches": lambda pack: pack.course["modules"][0]["lessons"][0]["points"].pop(),
    "long right answers": lambda pack: [
        option["text"].update({code: option["text"][code] + " x" * 60 for code in pack.languages})
        for question in pack.bank
        if question["type"] == "single"
        for option in question["options"]
        if option["correct"]
    ],
    "one position": lambda pack: [
        question["options"].sort(key=lambda option: not option["correct"])
        for question in pack.bank
        if question["type"] == "single"
    ],
    "a final that cannot be drawn": lambda pack: pack.course["assessments"][1]["draw_per_objective"].update(
        {"CALM-1": 50}
    ),
}


@pytest.mark.slow
@pytest.mark.skipif(not SHARED_CHECKER.exists(), reason="the shared checker is not beside this repository")
@pytest.mark.parametrize("name", ORACLE_CHANGES)
def test_the_verdict_is_that_of_the_checker_the_course_was_written_with(tmp_path, name):
    folder = shutil.copytree(REAL, tmp_path / "pack")
    pack = read_pack(folder)
    ORACLE_CHANGES[name](pack)
    untouched = dict(read_pack(REAL).documents())
    for file, document in pack.documents():
        if document != untouched[file]:
            (folder / file).write_text(dumped(document), encoding="utf-8")
    command = [sys.executable, str(SHARED_CHECKER), str(folder), "--require-all-lessons"]
    original = subprocess.run(command, capture_output=True, text=True, check=False)
    assert original.returncode in (0, 1), original.stderr
    ours = check_pack(read_pack(folder), require_all=True)
    assert bool(errors(ours)) == (original.returncode == 1), (original.stdout[-500:], errors(ours)[:3])


def test_every_word_takes_time():
    lesson = copy.deepcopy(PACK.lessons["lessons/START-L1.yaml"])
    bank = {question["id"]: question for question in PACK.bank}
    before = minutes(lesson["blocks"], "en", bank, PACK.languages)
    lesson["blocks"][0]["body"]["en"] += " word" * 170
    assert minutes(lesson["blocks"], "en", bank, PACK.languages) == pytest.approx(before + 1)
