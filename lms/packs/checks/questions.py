"""The bank: sound items, enough of them, and no answer that its length or its place gives away."""

from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext as _

from assessments.quizzes.formats.pack import question_values
from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Question
from lms.packs.checks.finding import Finding, check, error, info, warning
from lms.packs.form import FINAL, MODULE_QUIZ
from lms.packs.reading import Pack

DIFFICULTY = (0.2, 0.95)  # expected share of right answers
OPTIONS_OF_SINGLE = (3, 5)
FEWEST_ELEMENTS = 3  # of an ordering or matching question
IN_CAPITALS = {2: "TWO", 3: "THREE", 4: "FOUR"}
DRAWS_IN_BANK = 2  # a module's bank holds at least so many times what its quiz draws
DRAWS_IN_ALL = 3  # and the whole bank so many times what the final draws
PER_OBJECTIVE = 2  # in modules with a quiz; elsewhere one
SEPARATE_MARK_ITEMS = 4  # fewer cannot carry a pass mark of their own
LONGEST = (0.10, 0.45)  # share of questions whose right option is the longest
SHORTEST_MAX, MIDDLE_MAX, RATIO_MAX, POSITION_MAX = 0.45, 0.60, 1.20, 0.50
ENOUGH_SINGLES = 20  # below this a share says nothing
MUCH_LONGER = 2.2

BANK = "questions.yaml"


@check
def items_go_back_to_the_course(pack: Pack) -> Iterator[Finding]:
    for question in pack.bank:
        name, objective = question["id"], question["objective"]
        if objective not in pack.objectives:
            yield error(BANK, name, _("unknown objective %(name)s") % {"name": objective})
        elif pack.objectives[objective] != question["module"]:
            yield error(BANK, name, _("an objective of another module"))
        if not question["points"]:
            yield error(BANK, name, _("no source points"))
        for point in question["points"]:
            if point not in pack.point_ids:
                yield error(BANK, name, _("unknown point %(name)s") % {"name": point})
        if not DIFFICULTY[0] <= question["difficulty"] <= DIFFICULTY[1]:
            yield error(
                BANK,
                name,
                _("difficulty (expected share of right answers) outside %(least)s-%(most)s")
                % {"least": DIFFICULTY[0], "most": DIFFICULTY[1]},
            )


@check
def items_can_be_answered(pack: Pack) -> Iterator[Finding]:
    for question in pack.bank:
        if "options" in question:
            yield from _options(question, pack.languages)
        parts = question.get("items") or question.get("pairs")
        if not parts:
            continue
        if len(parts) < FEWEST_ELEMENTS:
            yield error(
                BANK,
                question["id"],
                _("%(count)d elements, at least %(least)d") % {"count": len(parts), "least": FEWEST_ELEMENTS},
            )
        for side in ("text", "right"):
            yield from _alike(question["id"], [part[side] for part in parts if side in part], pack.languages)


TYPED = ("shorttext", "numeric", "judgement", "rating", "essay")


@check
def typed_answers_are_sound(pack: Pack) -> Iterator[Finding]:
    """By the same rules that guard the question when it goes live."""
    for question in pack.bank:
        if question["type"] not in TYPED:
            continue
        kind = types.get(question["type"])
        if kind.manual and question["use"] == "practice":
            yield error(BANK, question["id"], _("nobody marks practice: make it a reflection"))
        for language in pack.languages:
            values = question_values(question, language, str, bank="")
            parts = [{"key": part["id"], "kind": part["type"], **part["value"]} for part in values["parts"]]
            published = Question.of({**_FACTS, "parts": parts, "model_answer": values["model_answer"]})
            for problem in kind.problems(published):
                yield error(BANK, f"{question['id']}.{language}", problem)


_FACTS = {"key": "", "type": "", "stem": ""}


def _options(question: dict, languages: tuple[str, ...]) -> Iterator[Finding]:
    name, kind, options = question["id"], question["type"], question["options"]
    good = [option for option in options if option["correct"]]
    yield from _alike(name, [option["text"] for option in options], languages)
    if kind == "truefalse" and len(options) != 2:
        yield error(BANK, name, _("true or false needs 2 options"))
    if kind != "multiple" and len(good) != 1:
        yield error(BANK, name, _("%(count)d correct options, expected 1") % {"count": len(good)})
    fewest, most = OPTIONS_OF_SINGLE
    if kind == "single" and not fewest <= len(options) <= most:
        yield error(
            BANK,
            name,
            _("%(count)d options, expected %(least)d to %(most)d")
            % {"count": len(options), "least": fewest, "most": most},
        )
    if kind == "multiple":
        if not 2 <= len(good) < len(options):
            yield error(
                BANK,
                name,
                _("%(count)d of %(all)d correct; at least two, and not all of them, are expected")
                % {"count": len(good), "all": len(options)},
            )
        number = IN_CAPITALS.get(len(good))
        if number and number not in question["stem"].get("en", number):
            yield error(BANK, f"{name}.stem.en", _("the stem must say %(number)s in capitals") % {"number": number})


def _alike(name: str, texts: list[dict[str, str]], languages: tuple[str, ...]) -> Iterator[Finding]:
    for language in languages:
        found = [text[language].strip().lower() for text in texts]
        if len(set(found)) < len(found):
            yield error(BANK, f"{name}.{language}", _("two of its answers are alike"))


@check
def bank_is_large_enough(pack: Pack) -> Iterator[Finding]:
    per_module = Counter(question["module"] for question in pack.bank)
    per_objective = Counter(question["objective"] for question in pack.bank)
    drawn = {module: quiz["draw"] for quiz in pack.assessments(MODULE_QUIZ) for module in quiz["per_module"]}
    for module, draw in drawn.items():
        if per_module[module] < DRAWS_IN_BANK * draw:
            yield error(
                BANK,
                module,
                _("%(count)d questions, at least %(least)d")
                % {"count": per_module[module], "least": DRAWS_IN_BANK * draw},
            )
    for final in pack.assessments(FINAL):
        needed = DRAWS_IN_ALL * sum(final["draw_per_objective"].values())
        if len(pack.bank) < needed:
            yield error(
                BANK,
                "",
                _("%(count)d questions in all, at least %(least)d") % {"count": len(pack.bank), "least": needed},
            )
    for objective, module in pack.objectives.items():
        needed = PER_OBJECTIVE if module in drawn else 1
        if per_objective[objective] < needed:
            yield error(
                BANK,
                objective,
                _("%(count)d questions, at least %(least)d") % {"count": per_objective[objective], "least": needed},
            )


@check
def module_quizzes_can_be_drawn(pack: Pack) -> Iterator[Finding]:
    modules = {module["id"] for module in pack.modules}
    graded = _graded(pack)
    drawn: Counter[str] = Counter(module for quiz in pack.assessments(MODULE_QUIZ) for module in quiz["per_module"])
    for quiz in pack.assessments(MODULE_QUIZ):
        for module in quiz["per_module"]:
            if module not in modules:
                yield error("course.yaml", quiz["id"], _("unknown module %(name)s") % {"name": module})
            if drawn[module] > 1:
                yield error("course.yaml", quiz["id"], _("module %(name)s has more than one quiz") % {"name": module})
            objectives = [name for name, owner in pack.objectives.items() if owner == module]
            held = sum(graded[name] for name in objectives)
            if held < quiz["draw"]:
                yield error(
                    "course.yaml",
                    quiz["id"],
                    _("draws %(count)d in %(module)s, the bank holds %(held)d graded")
                    % {"count": quiz["draw"], "module": module, "held": held},
                )
            if len(objectives) * quiz["per_objective_min"] > quiz["draw"]:
                yield error(
                    "course.yaml",
                    quiz["id"],
                    _("%(module)s has more objectives than the quiz draws questions") % {"module": module},
                )
            for name in objectives:
                if graded[name] < quiz["per_objective_min"]:
                    needed = quiz["per_objective_min"]
                    yield error(
                        "course.yaml",
                        quiz["id"],
                        _("needs %(count)d graded of %(name)s, the bank holds %(held)d")
                        % {"count": needed, "name": name, "held": graded[name]},
                    )


@check
def final_can_be_drawn(pack: Pack) -> Iterator[Finding]:
    graded = _graded(pack)
    finals = pack.assessments(FINAL)
    for final in finals:
        name, draws = final["id"], final["draw_per_objective"]
        if len(finals) > 1:
            yield error("course.yaml", name, _("a course can have only one final test"))
        for objective, count in draws.items():
            if objective not in pack.objectives:
                yield error("course.yaml", name, _("unknown objective %(name)s") % {"name": objective})
            elif graded[objective] < count:
                yield error(
                    "course.yaml",
                    name,
                    _("draws %(count)d of %(name)s, the bank holds %(held)d graded")
                    % {"count": count, "name": objective, "held": graded[objective]},
                )
            elif graded[objective] < 2 * count:
                yield warning(
                    "course.yaml",
                    name,
                    f"only {graded[objective]} graded of {objective}: a second attempt repeats them",
                )


@check
def pass_marks_are_fair(pack: Pack) -> Iterator[Finding]:
    for quiz in pack.course["assessments"]:
        draws = quiz.get("draw_per_objective", {})
        for module, share in quiz.get("must_pass_module", {}).items():
            count = sum(count for objective, count in draws.items() if pack.objectives.get(objective) == module)
            if count < SEPARATE_MARK_ITEMS:
                text = _("%(count)d items decide on %(module)s; at least %(least)d for a pass mark of %(share)s") % {
                    "count": count,
                    "module": module,
                    "least": SEPARATE_MARK_ITEMS,
                    "share": f"{share:.0%}",
                }
                yield error("course.yaml", quiz["id"], text)
        waits = quiz["cooldown_minutes"]
        if isinstance(waits, list) and quiz["attempts"] != "unlimited" and len(waits) != quiz["attempts"]:
            yield error(
                "course.yaml",
                quiz["id"],
                _("%(count)d waiting times for %(attempts)d attempts")
                % {"count": len(waits), "attempts": quiz["attempts"]},
            )


def _graded(pack: Pack) -> Counter[str]:
    return Counter(question["objective"] for question in pack.bank if question["use"] == "graded")


@check
def answers_give_nothing_away(pack: Pack) -> Iterator[Finding]:
    singles = []
    for question in pack.bank:
        if question["type"] == "single" and sum(option["correct"] for option in question["options"]) == 1:
            good = next(option for option in question["options"] if option["correct"])
            singles.append((question, good, [option for option in question["options"] if option is not good]))
    for question, good, others in singles:
        for language in pack.languages:
            if len(good["text"][language]) > MUCH_LONGER * _mean(others, language):
                yield warning(
                    BANK, f"{question['id']}.{language}", "the right option is more than twice as long as the others"
                )
    if len(singles) < ENOUGH_SINGLES:
        return
    for language in pack.languages:
        yield from _length_cues(singles, language)
    positions = Counter(question["options"].index(good) for question, good, _others in singles)
    yield info(
        BANK, "", "answer positions: " + ", ".join(f"{at + 1}: {count}" for at, count in sorted(positions.items()))
    )
    if max(positions.values()) > POSITION_MAX * len(singles):
        yield error(
            BANK,
            "",
            _("one position holds %(count)d of %(all)d right answers")
            % {"count": max(positions.values()), "all": len(singles)},
        )


def _mean(options: list[dict], language: str) -> float:
    return sum(len(option["text"][language]) for option in options) / len(options)


def _length_cues(singles: list[tuple[dict, dict, list[dict]]], language: str) -> Iterator[Finding]:
    longest = shortest = 0
    ratio = 0.0
    for _question, good, others in singles:
        own, rest = len(good["text"][language]), [len(option["text"][language]) for option in others]
        longest += own > max(rest)
        shortest += own < min(rest)
        ratio += own / (sum(rest) / len(rest)) / len(singles)
    share, short = longest / len(singles), shortest / len(singles)
    middle = 1 - share - short
    text = f"right option longest in {share:.0%} of {len(singles)}, shortest in {short:.0%}, mean ratio {ratio:.2f}"
    yield info(BANK, language, text)
    if not LONGEST[0] <= share <= LONGEST[1]:
        yield error(
            BANK,
            language,
            _("the right option is the longest in %(share)s, expected %(least)s-%(most)s")
            % {"share": f"{share:.0%}", "least": f"{LONGEST[0]:.0%}", "most": f"{LONGEST[1]:.0%}"},
        )
    if short > SHORTEST_MAX:
        yield error(
            BANK,
            language,
            _("the right option is the shortest in %(share)s, at most %(most)s")
            % {"share": f"{short:.0%}", "most": f"{SHORTEST_MAX:.0%}"},
        )
    if middle > MIDDLE_MAX:
        yield error(
            BANK,
            language,
            _("the right option is neither the longest nor the shortest in %(share)s, at most %(most)s")
            % {"share": f"{middle:.0%}", "most": f"{MIDDLE_MAX:.0%}"},
        )
    if ratio > RATIO_MAX:
        yield error(
            BANK,
            language,
            _("right options are %(ratio)s times as long as wrong ones, at most %(most)s")
            % {"ratio": f"{ratio:.2f}", "most": RATIO_MAX},
        )


@check
def coverage_is_told(pack: Pack) -> Iterator[Finding]:
    taught = {point for _module, lesson in pack.planned.values() for point in lesson["points"]}
    tested = {point for question in pack.bank for point in question["points"]}
    counts = (
        f"{len(pack.points)} points, {len(taught & pack.point_ids)} in lessons, {len(tested & pack.point_ids)} tested"
    )
    written = f"{len(pack.bank)} questions, {len(pack.lessons)} of {len(pack.planned)} lessons written"
    yield info("course.yaml", "", f"{counts}; {written}")
