from collections import Counter
from dataclasses import replace

import networkx as nx
import pytest
from hypothesis import given, settings

from assessments.scenarios.rules import checker, engine, scores
from assessments.scenarios.rules.bounds import bounds
from assessments.scenarios.rules.exploration import Exploration, explore
from assessments.scenarios.rules.graph import Choice, Condition, Ending, Node, Scenario
from assessments.scenarios.rules.numbers import Odd
from assessments.scenarios.rules.problem import ERROR, INFO, WARNING
from tests.scenarios import graphs

CAP = 100_000
EXAMPLES = 2 * settings.default.max_examples  # random scenarios for each of the tests against brute force
ENDLESS = {"stuck", "livelock", "dead-end", "trap", "loop-without-exit", "no-ending"}
FINISHING = {"stuck", "livelock"}


def choice(key: str, to: str, **fields) -> Choice:
    return Choice(key, to, **{"text": "I see.", "consequence": "He nods.", "coaching": "Calm."} | fields)


def node(key: str, *choices: Choice, **fields) -> Node:
    return Node(key, choices, **{"text": "He waits."} | fields)


@pytest.fixture
def sound() -> Scenario:
    """Two scenes, one condition, three endings; nothing to find."""
    return Scenario(
        start="open",
        nodes=(
            node(
                "open",
                choice("listen", "story", tension=-10, score=2, quality="best", sets=frozenset({"heard"})),
                choice("argue", "story", tension=25, quality="poor"),
                choice("shout", "open", tension=50, score=-2, quality="unsafe"),
            ),
            node(
                "story",
                choice("wave-off", "sent", score=-1, quality="poor"),
                choice("sum-up", "plan", score=2, quality="best", condition=Condition(flags=frozenset({"heard"}))),
            ),
        ),
        endings=(
            Ending("plan", "good", "He leaves."),
            Ending("sent", "partial", "He goes."),
            Ending("out", "bad", "The door bangs."),
        ),
        tension_start=50,
        fail_at=100,
        fail_to="out",
        pass_outcomes=frozenset({"good", "partial"}),
        pass_min_score=2,
        flags=("heard",),
        expert_path=("open.listen", "story.sum-up"),
        look="in a blue coat",
    )


def codes(scenario: Scenario) -> set[str]:
    return {problem.code for problem in checker.problems(scenario)}


def with_choice(scenario: Scenario, node_key: str, choice_key: str, **fields) -> Scenario:
    """The scenario with one choice changed."""

    def changed(old: Node) -> Node:
        choices = (replace(c, **fields) if c.key == choice_key else c for c in old.choices)
        return replace(old, choices=tuple(choices)) if old.key == node_key else old

    return replace(scenario, nodes=tuple(changed(old) for old in scenario.nodes))


def with_node(scenario: Scenario, *nodes: Node) -> Scenario:
    return replace(scenario, nodes=(*scenario.nodes, *nodes))


def test_a_sound_scenario_has_no_problem_but_a_remark_on_its_loop(sound):
    assert codes(sound) == {"loop"}


TO_STORY = choice("back", "story")
BREAKS = {
    "key-empty": lambda s: with_node(s, node("", TO_STORY, choice("on", "plan"))),
    "key-odd": lambda s: with_node(s, node("początek", TO_STORY, choice("on", "plan"))),
    "choice-key-odd": lambda s: with_choice(s, "open", "argue", key="open.argue"),
    "key-twice": lambda s: with_node(s, node("story", TO_STORY)),
    "choice-key-empty": lambda s: with_choice(s, "open", "argue", key=""),
    "choice-key-twice": lambda s: with_choice(s, "open", "argue", key="listen"),
    "start-missing": lambda s: replace(s, start="nowhere"),
    "fail-target-missing": lambda s: replace(s, fail_to="nowhere"),
    "target-missing": lambda s: with_choice(s, "open", "argue", to="nowhere"),
    "dead-end": lambda s: with_choice(with_node(s, node("wall")), "open", "argue", to="wall"),
    "unreachable": lambda s: with_node(s, node("attic", TO_STORY, choice("on", "plan"))),
    "no-ending": lambda s: replace(s, endings=()),
    "loop": lambda s: s,
    "loop-without-exit": lambda s: with_choice(
        with_node(s, node("wait", choice("on", "wait"))), "open", "argue", to="wait"
    ),
    "trap": lambda s: with_choice(
        with_node(s, node("hall", choice("in", "wait")), node("wait", choice("on", "wait"))), "open", "argue", to="hall"
    ),
    "flag-unknown": lambda s: with_choice(s, "open", "argue", sets=frozenset({"promised"})),
    "skill-unknown": lambda s: with_choice(s, "open", "argue", skill="juggling"),
    "quality-unknown": lambda s: with_choice(s, "open", "argue", quality="superb"),
    "flag-never-set": lambda s: replace(s, flags=("heard", "promised")),
    "flag-never-read": lambda s: with_choice(s, "story", "sum-up", condition=Condition()),
    "flags-many": lambda s: replace(s, flags=("heard", *"abcdef")),
    "tension-out-of-range": lambda s: replace(s, odd=(Odd("tension_start", 101),)),
    "fail-at-out-of-range": lambda s: replace(s, odd=(Odd("fail_at", 0),)),
    "pass-score-odd": lambda s: replace(s, odd=(Odd("pass_min_score", "2.5"),)),
    "attempts-odd": lambda s: replace(s, odd=(Odd("attempts", 0),)),
    "waits-odd": lambda s: replace(s, odd=(Odd("waits", "soon"),)),
    "minutes-odd": lambda s: replace(s, odd=(Odd("minutes", "–"),)),
    "change-odd": lambda s: replace(s, odd=(Odd("tension", 999, "open", "argue"),)),
    "score-odd": lambda s: replace(s, odd=(Odd("score", "9" * 30, "open", "argue"),)),
    "condition-odd": lambda s: replace(s, odd=(Odd("tension_max", 101, "open", "argue"),)),
    "starts-failed": lambda s: replace(s, tension_start=100),
    "outcome-unknown": lambda s: replace(s, endings=(*s.endings[:2], Ending("out", "tragic", "Bang."))),
    "pass-outcome-missing": lambda s: replace(s, pass_outcomes=frozenset({"stopped"})),
    "one-outcome": lambda s: replace(s, endings=tuple(replace(end, outcome="good") for end in s.endings)),
    "one-choice": lambda s: with_choice(with_node(s, node("nod", choice("on", "plan"))), "open", "argue", to="nod"),
    "illusory-choice": lambda s: with_choice(
        with_node(s, node("nod", choice("on", "sent"), choice("go", "sent"))), "open", "argue", to="nod"
    ),
    "loop-gains": lambda s: with_choice(s, "open", "shout", score=1),
    "never-reached": lambda s: with_choice(
        with_node(s, node("attic", TO_STORY, choice("on", "plan"))),
        "story",
        "sum-up",
        to="attic",
        condition=Condition(tension_min=100),
    ),
    "ending-never-reached": lambda s: with_choice(s, "story", "sum-up", condition=Condition(tension_min=100)),
    "never-offered": lambda s: with_choice(s, "story", "sum-up", condition=Condition(tension_min=100)),
    "stuck": lambda s: with_choice(s, "story", "wave-off", condition=Condition(flags=frozenset({"heard"}))),
    "livelock": lambda s: with_choice(with_choice(s, "story", "wave-off", to="story"), "open", "argue", tension=0),
    "fail-never": lambda s: with_choice(s, "open", "shout", tension=0),
    "fail-always": lambda s: replace(
        s, nodes=(node("open", choice("a", "open", tension=50), choice("b", "open", tension=40)),)
    ),
    "pass-ending-unreachable": lambda s: replace(
        s, pass_outcomes=frozenset({"good"}), nodes=(s.nodes[0], with_choice(s, "story", "sum-up", to="out").nodes[1])
    ),
    "pass-impossible": lambda s: replace(s, pass_min_score=5),
    "miss-impossible": lambda s: replace(s, pass_outcomes=frozenset({"good", "partial", "bad"}), pass_min_score=None),
    "expert-missing": lambda s: replace(s, expert_path=()),
    "expert-broken": lambda s: replace(s, expert_path=("open.listen", "story.nod")),
    "expert-unfinished": lambda s: replace(s, expert_path=("open.listen",)),
    "expert-not-good": lambda s: replace(s, expert_path=("open.listen", "story.wave-off")),
    "scene-without-text": lambda s: with_node(s, node("attic", TO_STORY, text="")),
    "choice-without-text": lambda s: with_choice(s, "open", "argue", text=""),
    "consequence-missing": lambda s: with_choice(s, "open", "argue", consequence=""),
    "coaching-missing": lambda s: with_choice(s, "open", "argue", coaching=""),
    "ending-without-text": lambda s: replace(s, endings=(*s.endings[:2], Ending("out", "bad"))),
    "look-missing": lambda s: replace(s, look=""),
    "best-much-longer": lambda s: with_choice(
        s, "open", "listen", text="Please tell me what happened, from the start."
    ),
    "best-often-longest": lambda s: with_node(
        s, *(node(f"s{n}", choice("a", "plan", quality="best", text="I see it."), TO_STORY) for n in range(4))
    ),
    "best-same-position": lambda s: replace(
        s,
        nodes=tuple(node(key, choice("a", "plan", quality="best"), TO_STORY) for key in ("open", "story", "s1", "s2")),
    ),
}


# What each of them is told: (severity, scene or ending, choice, what the sentence names besides)
TOLD: dict[str, tuple] = {
    "key-empty": (ERROR, "", "", {}),
    "key-odd": (ERROR, "początek", "", {}),
    "choice-key-odd": (ERROR, "open", "open.argue", {}),
    "key-twice": (ERROR, "story", "", {"times": 2}),
    "choice-key-empty": (ERROR, "open", "", {}),
    "choice-key-twice": (ERROR, "open", "listen", {"times": 2}),
    "start-missing": (ERROR, "", "", {"key": "nowhere"}),
    "fail-target-missing": (ERROR, "", "", {"key": "nowhere"}),
    "target-missing": (ERROR, "open", "argue", {"key": "nowhere"}),
    "dead-end": (ERROR, "wall", "", {}),
    "unreachable": (WARNING, "attic", "", {}),
    "no-ending": (ERROR, "", "", {}),
    "loop": (INFO, "open", "", {"scenes": ["open"]}),
    "loop-without-exit": (ERROR, "wait", "", {"scenes": ["wait"]}),
    "trap": (ERROR, "hall", "", {}),
    "flag-unknown": (ERROR, "open", "argue", {"name": "promised"}),
    "skill-unknown": (ERROR, "open", "argue", {"name": "juggling"}),
    "quality-unknown": (ERROR, "open", "argue", {"name": "superb"}),
    "flag-never-set": (WARNING, "", "", {"name": "promised"}),
    "flag-never-read": (WARNING, "", "", {"name": "heard"}),
    "flags-many": (WARNING, "", "", {"most": 6}),
    "tension-out-of-range": (ERROR, "", "", {"value": 101, "low": 0, "high": 100}),
    "change-odd": (ERROR, "open", "argue", {"value": 999, "low": -100, "high": 100}),
    "fail-at-out-of-range": (ERROR, "", "", {"value": 0, "low": 1, "high": 100}),
    "pass-score-odd": (ERROR, "", "", {"value": "2.5", "low": -10_000, "high": 10_000}),
    "attempts-odd": (ERROR, "", "", {"value": 0, "low": 1, "high": 32_767}),
    "waits-odd": (ERROR, "", "", {"value": "soon", "low": 0, "high": 999_999}),
    "minutes-odd": (ERROR, "", "", {"value": "–", "low": 0, "high": 600}),
    "score-odd": (ERROR, "open", "argue", {"value": "9" * 30, "low": -100, "high": 100}),
    "condition-odd": (ERROR, "open", "argue", {"value": 101, "low": 0, "high": 100}),
    "starts-failed": (ERROR, "", "", {"value": 100}),
    "outcome-unknown": (ERROR, "out", "", {"name": "tragic"}),
    "pass-outcome-missing": (ERROR, "", "", {"names": ["stopped"]}),
    "one-outcome": (WARNING, "", "", {}),
    "one-choice": (WARNING, "nod", "", {}),
    "illusory-choice": (WARNING, "nod", "", {}),
    "loop-gains": (WARNING, "open", "", {"scenes": ["open"]}),
    "never-reached": (ERROR, "attic", "", {}),
    "ending-never-reached": (ERROR, "plan", "", {}),
    "never-offered": (ERROR, "story", "sum-up", {}),
    "stuck": (ERROR, "story", "", {"tension": 75}),
    "livelock": (ERROR, "story", "", {"tension": 50}),
    "fail-never": (WARNING, "", "", {"value": 100}),
    "fail-always": (WARNING, "", "", {"value": 100}),
    "pass-ending-unreachable": (ERROR, "", "", {}),
    "pass-impossible": (ERROR, "", "", {"score": 5, "most": 4}),
    "miss-impossible": (ERROR, "", "", {}),
    "expert-missing": (WARNING, "", "", {}),
    "expert-broken": (ERROR, "story", "", {"number": 2, "step": "story.nod"}),
    "expert-unfinished": (ERROR, "story", "", {}),
    "expert-not-good": (ERROR, "sent", "", {}),
    "scene-without-text": (ERROR, "attic", "", {}),
    "choice-without-text": (ERROR, "open", "argue", {}),
    "consequence-missing": (WARNING, "open", "argue", {}),
    "coaching-missing": (WARNING, "open", "argue", {}),
    "ending-without-text": (ERROR, "out", "", {}),
    "look-missing": (WARNING, "", "", {}),
    "best-much-longer": (WARNING, "open", "listen", {}),
    "best-often-longest": (WARNING, "", "", {"scenes": 4, "of": 6}),
    "best-same-position": (INFO, "", "", {"position": 1}),
}


@pytest.mark.parametrize("code", BREAKS)
def test_the_checker_finds_it_once_and_says_how_bad_it_is_and_where(code, sound):
    found = [
        (problem.severity, problem.node, problem.choice, problem.params)
        for problem in checker.problems(BREAKS[code](sound))
        if problem.code == code
    ]
    assert found == [TOLD[code]]


def test_the_best_choice_is_much_longer_from_more_than_twice_the_others_on(sound):
    def told(length: int, *others: int) -> bool:
        texts = [choice(f"o{number}", "plan", text="x" * other) for number, other in enumerate(others)]
        best = choice("best", "story", text="x" * length, quality="best")
        return "best-much-longer" in codes(with_node(sound, node("extra", best, *texts)))

    assert told(21, 10)
    assert not told(20, 10)
    assert not told(13, 10)
    assert told(21, 5, 15)  # beside their mean


def test_the_best_choice_is_often_the_longest_in_more_than_three_of_five_scenes():
    def told(longest: int, scenes: int) -> bool:
        nodes = (
            node(
                f"s{number}",
                choice("best", "end", quality="best", text="x" * (12 if number < longest else 10)),
                choice("other", "end", text="x" * 10),  # as long is not longer
                choice("short", "end", text="x" * 8),
            )
            for number in range(scenes)
        )
        return "best-often-longest" in codes(Scenario("s0", tuple(nodes), (Ending("end", "good", "x"),)))

    assert told(4, 5)
    assert not told(3, 5)
    assert told(4, 4)
    assert not told(3, 3)  # too few scenes to say anything


def test_the_look_is_missed_where_the_customer_speaks_in_some_scene(sound):
    told = with_node(replace(sound, look=""), node("aside", TO_STORY, speaker="narrator"))
    assert "look-missing" in codes(told)
    silent = replace(told, nodes=tuple(replace(one, speaker="narrator") for one in told.nodes))
    assert "look-missing" not in codes(silent)


def test_the_expert_path_is_judged_where_every_target_is_there_and_only_there(sound):
    lost = replace(sound, expert_path=("open.nothing",))
    assert "expert-broken" in codes(lost)
    assert "expert-broken" in codes(replace(lost, fail_at=None, fail_to=""))
    assert "expert-broken" not in codes(replace(lost, fail_to="gone"))
    assert "expert-broken" not in codes(with_choice(lost, "open", "shout", to="gone"))


def and_then(scenario: Scenario, *choices: Choice) -> Scenario:
    """The scenario, where who argues comes to one more scene with these choices."""
    return with_choice(with_node(scenario, node("more", *choices)), "open", "argue", to="more")


# What only just is not that: each would be told of by a check that is a little too strict, or looks at one thing only.
NEAR_MISSES = {
    "dead-end": lambda s: and_then(s, choice("on", "nowhere")),  # a choice is there; its target is another problem
    "trap": lambda s: and_then(s),  # a dead end, and told as one
    "trap ": lambda s: with_node(s, node("attic", choice("on", "cellar")), node("cellar")),  # nobody comes there
    "unreachable": lambda s: replace(s, start="open", fail_to="out"),  # the tension alone leads to "out"
    "loop-without-exit": lambda s: and_then(s, choice("round", "more"), choice("off", "plan")),
    "loop-without-exit ": lambda s: with_node(s, node("attic", choice("round", "attic"))),  # nobody comes there
    "flags-many": lambda s: replace(s, flags=("heard", *"abcde")),
    "flag-never-read": lambda s: with_choice(s, "story", "sum-up", condition=Condition(not_flags=frozenset({"heard"}))),
    "starts-failed": lambda s: replace(s, tension_start=99),
    "one-outcome": lambda s: replace(s, endings=(s.endings[0], replace(s.endings[1], outcome="good"), s.endings[2])),
    "pass-outcome-missing": lambda s: replace(s, pass_outcomes=frozenset({"stopped", "bad"})),
    "one-choice": lambda s: and_then(s, choice("on", "plan"), choice("off", "sent")),
    "illusory-choice": lambda s: and_then(s, choice("on", "plan"), choice("off", "plan", sets=frozenset({"heard"}))),
    "illusory-choice ": lambda s: and_then(s, choice("on", "plan"), choice("off", "plan", score=1)),
    "loop-gains": lambda s: with_choice(s, "open", "shout", score=0),
    "loop-gains ": lambda s: and_then(s, choice("back", "open", score=-1), choice("off", "plan", score=3)),
    "never-offered": lambda s: with_choice(s, "open", "argue", condition=Condition(50, 50)),
    "never-reached": lambda s: with_choice(
        with_node(s, node("attic", TO_STORY, choice("on", "plan"))),
        "open",
        "shout",
        to="attic",
        tension=49,
    ),
    "stuck": lambda s: with_choice(s, "story", "wave-off", condition=Condition(not_flags=frozenset({"heard"}))),
    "livelock": lambda s: with_choice(s, "story", "wave-off", to="story", tension=5),  # too tense in the end
    "fail-never": lambda s: with_choice(s, "open", "shout", tension=50),
    "fail-always": lambda s: replace(s, nodes=(node("open", choice("a", "open", tension=50), choice("b", "sent")),)),
    "pass-impossible": lambda s: replace(s, pass_min_score=4),
    "miss-impossible": lambda s: replace(s, pass_outcomes=frozenset({"good", "partial", "bad"}), pass_min_score=-1),
    "expert-not-good": lambda s: replace(s, pass_min_score=4),
}


@pytest.mark.parametrize("code", NEAR_MISSES)
def test_what_only_just_is_not_that_is_not_told(code, sound):
    assert code.strip() not in codes(NEAR_MISSES[code](sound))


def test_a_start_that_is_too_tense_is_told_beside_other_odd_numbers_but_not_where_its_own_is_odd(sound):
    failed = replace(sound, tension_start=100)
    assert "starts-failed" in codes(replace(failed, odd=(Odd("minutes", "–"),)))
    assert "starts-failed" not in codes(replace(failed, odd=(Odd("minutes", "–"), Odd("fail_at", 101))))
    assert "starts-failed" not in codes(replace(failed, odd=(Odd("tension_start", 101),)))


@pytest.mark.parametrize("scores", [(1, 0), (0, 1), (-1, 1)])
def test_of_two_choices_that_go_the_same_way_round_one_that_gains_is_enough(scores):
    back = [choice(f"back{number}", "open", score=score) for number, score in enumerate(scores)]
    scenario = Scenario("open", (node("open", *back, choice("go", "end")),), (Ending("end", "good", "x"),))
    assert "loop-gains" in codes(scenario)


def test_a_loop_that_nobody_comes_to_hides_no_other_one(sound):
    attic = replace(sound, nodes=(node("attic", choice("round", "attic")), *sound.nodes))
    loops = [problem for problem in checker.problems(attic) if problem.code == "loop"]
    assert [problem.params["scenes"] for problem in loops] == [["open"]]


def test_an_expert_comes_to_a_good_ending_and_passes(sound):
    """Either alone is not enough."""
    partly = replace(sound, expert_path=("open.listen", "story.wave-off"), pass_min_score=None)
    assert ("expert-not-good", "sent") in places(partly)
    assert ("expert-not-good", "plan") in places(replace(sound, pass_min_score=5))


def test_of_a_way_into_a_livelock_only_its_end_is_told_and_each_place_once(sound):
    """Through the hall one comes there, too, and with more tension another time: one mistake, one line."""
    hall = with_node(sound, node("hall", choice("on", "story"), choice("in", "story", tension=5)))
    lost = with_choice(with_choice(hall, "story", "wave-off", to="story"), "open", "argue", to="hall", tension=0)
    found = [problem for problem in checker.problems(lost) if problem.code == "livelock"]
    assert [(problem.node, problem.params) for problem in found] == [("story", {"tension": 50})]
    assert found[0].path == (("open", "argue"), ("hall", "on"))


def test_a_scene_is_told_to_be_stuck_once_however_tense_it_is_there(sound):
    loud = with_choice(sound, "open", "shout", to="story", tension=30)
    broken = with_choice(loud, "story", "wave-off", condition=Condition(flags=frozenset({"heard"})))
    found = [problem for problem in checker.problems(broken) if problem.code == "stuck"]
    assert [(problem.node, problem.params) for problem in found] == [("story", {"tension": 75})]


def test_of_a_scene_that_nobody_sees_no_choice_is_told(sound):
    attic = BREAKS["never-reached"](sound)
    assert {(p.code, p.node) for p in checker.problems(attic) if p.node == "attic"} == {("never-reached", "attic")}


def test_as_many_points_as_are_needed_are_enough(sound):
    assert "pass-impossible" not in codes(replace(sound, pass_min_score=4))  # the most there are
    assert "miss-impossible" not in codes(replace(sound, pass_min_score=None))
    given = Scenario("open", (node("open", choice("on", "end", score=1)),), (Ending("end", "good"),), pass_min_score=1)
    assert "miss-impossible" in codes(given)
    assert "miss-impossible" not in codes(replace(given, pass_min_score=2))


def places(scenario: Scenario) -> set[tuple[str, str]]:
    return {(problem.code, problem.node) for problem in checker.problems(scenario)}


def test_a_stuck_scene_comes_with_the_way_that_leads_there(sound):
    broken = BREAKS["stuck"](sound)
    stuck = next(problem for problem in checker.problems(broken) if problem.code == "stuck")
    assert (stuck.node, stuck.path, stuck.params) == ("story", (("open", "argue"),), {"tension": 75})


def test_half_a_scenario_is_checked_without_an_error(sound):
    for start in ("", "plan"):
        assert "start-missing" in codes(Scenario(start=start, endings=sound.endings))
    assert "no-ending" in codes(Scenario(start="open", nodes=(Node("open"),)))


def test_errors_come_first_and_only_errors_block(sound):
    broken = replace(sound, look="", odd=(Odd("tension_start", 101),), fail_at=None)
    severities = [problem.severity for problem in checker.problems(broken)]
    assert list(dict.fromkeys(severities)) == ["error", "warning", "info"]
    assert [problem.code for problem in checker.errors(broken)] == ["tension-out-of-range"]


def test_past_the_cap_nothing_is_guessed(sound):
    assert codes(sound) == {"loop"}
    capped = checker.problems(sound, cap=2)
    assert {problem.code for problem in capped} == {"loop", "not-proven", "pass-not-proven"}
    seen = [problem.params["states"] for problem in capped if problem.code.endswith("not-proven")]
    assert seen == [len(explore(sound, cap=2)), 1]  # nothing was left of the cap for those with their points


def test_what_the_states_leave_of_the_cap_is_for_those_with_their_points(sound):
    needed = len(explore(sound, cap=checker.CAP)) + len(explore(sound, cap=checker.CAP, count_scores=True))
    assert "pass-not-proven" not in {problem.code for problem in checker.problems(sound, cap=needed)}


def test_what_intervals_alone_can_rule_out_is_an_error_past_the_cap_too(sound):
    hidden = with_choice(
        sound, "story", "sum-up", condition=Condition(flags=frozenset({"heard"}), not_flags=frozenset({"heard"}))
    )
    never = with_choice(hidden, "story", "wave-off", sets=frozenset())
    found = {
        problem.code for problem in checker.problems(with_choice(never, "open", "listen", sets=frozenset()), cap=2)
    }
    assert {"never-offered", "ending-never-reached"} <= found


def test_a_choice_that_can_be_taken_again_counts_once_in_the_range_of_scores():
    grumble = choice("grumble", "open", tension=10, score=2)
    waiting = Scenario("open", (node("open", grumble, choice("go", "end", score=1)),), (Ending("end", "good"),))
    ranges = scores.by_ending(explore(waiting, cap=CAP, count_scores=True))
    assert ranges == {"end": scores.Range(1, 3)}


RIVALS = (choice("other", "z"), choice("poor", "x"), choice("rich", "y", score=5))


def test_points_are_carried_back_round_a_loop_of_several_scenes():
    """Whoever comes to the third scene has five points, and goes back to the second, where others came without."""
    opening = node("open", *RIVALS)
    loop = (
        node("z", choice("on", "x")),
        node("x", choice("leave", "end"), choice("on", "z")),
        node("y", choice("back", "x"), choice("out", "late")),
    )
    round_y = replace(loop[0], choices=(choice("on", "y"),))
    scenario = Scenario("open", (opening, round_y, *loop[1:]), (Ending("end", "good"), Ending("late", "bad")))
    ranges = scores.by_ending(explore(scenario, cap=CAP, count_scores=True))
    assert ranges == {"end": scores.Range(0, 5), "late": scores.Range(0, 5)}


def test_points_are_carried_back_between_two_scenes():
    opening = node("open", choice("poor", "x"), choice("rich", "y", score=5))
    pair = (node("x", choice("leave", "end"), choice("on", "y")), node("y", choice("back", "x")))
    scenario = Scenario("open", (opening, *pair), (Ending("end", "good"),))
    assert scores.by_ending(explore(scenario, cap=CAP, count_scores=True)) == {"end": scores.Range(0, 5)}


def test_points_are_carried_back_in_a_scene_that_leads_to_itself():
    calm = choice("calm down", "wait", tension=-10)
    leave = choice("leave", "end", condition=Condition(tension_max=50))
    opening = node("open", choice("poor", "wait"), choice("rich", "wait", score=5, tension=10))
    scenario = Scenario("open", (opening, node("wait", leave, calm)), (Ending("end", "good"),), tension_start=50)
    assert scores.by_ending(explore(scenario, cap=CAP, count_scores=True)) == {"end": scores.Range(0, 5)}


def test_a_way_round_through_the_failing_place_gains_points_too():
    """Only too much tension leads back: no choice names the first scene."""
    calm = node("calm", choice("go back", "open"), choice("leave", "out"))
    opening = node("open", choice("shout", "out-of-it", tension=60, score=2), choice("leave", "out"))
    middle = node("out-of-it", choice("leave", "out"), choice("stay", "out", score=1))
    rounds = Scenario(
        start="open",
        nodes=(opening, middle, calm),
        endings=(Ending("out", "good", "He leaves."),),
        tension_start=50,
        fail_at=100,
        fail_to="calm",
    )
    found = next(problem for problem in checker.problems(rounds) if problem.code == "loop-gains")
    assert found.params["scenes"] == ["open", "calm"]
    assert "loop-gains" not in codes(with_choice(rounds, "open", "shout", score=0))


def test_several_small_rises_lead_to_the_failing_place_as_well(sound):
    assert not codes(with_choice(sound, "open", "shout", tension=25)) & {"unreachable", "fail-never"}


def test_the_bounds_know_that_a_flag_ruled_out_on_the_way_is_not_set():
    ask = choice("ask", "story", condition=Condition(not_flags=frozenset({"heard"})))
    hear = choice("hear", "open", sets=frozenset({"heard"}))
    recall = choice("recall", "end", condition=Condition(flags=frozenset({"heard"})))
    quiet = Scenario("open", (node("open", ask, hear), node("story", recall)), (Ending("end", "good"),))
    reached, offered = bounds(quiet)
    assert offered == {("open", "ask"), ("open", "hear")}
    assert "heard" not in reached["story"].may_be_set


def test_the_bounds_part_what_stays_below_the_limit_from_what_reaches_it():
    shout, wait = choice("shout", "open", tension=20), choice("wait", "story", tension=45)
    loud = Scenario(
        "open",
        (node("open", shout, wait), node("story", choice("go", "end"))),
        (Ending("end", "good"), Ending("out", "bad")),
        tension_start=10,
        fail_at=100,
        fail_to="out",
    )
    reached, _offered = bounds(loud)
    assert (reached["story"].low, reached["story"].high) == (55, 99)
    assert (reached["out"].low, reached["out"].high) == (100, 100)


def test_the_bounds_let_nobody_go_on_who_just_reaches_the_limit():
    shout = choice("shout", "story", tension=20)
    loud = Scenario(
        "open",
        (node("open", shout), node("story", choice("go", "end"))),
        (Ending("end", "good"), Ending("out", "bad")),
        tension_start=80,
        fail_at=100,
        fail_to="out",
    )
    assert set(bounds(loud)[0]) == {"open", "out"}


def test_the_bounds_keep_what_the_condition_of_a_choice_says_of_the_tension():
    rise, calm = choice("rise", "open", tension=10), choice("calm", "story", condition=Condition(20, 30))
    heated = Scenario("open", (node("open", rise, calm), node("story", choice("go", "end"))), (Ending("end", "good"),))
    reached, _offered = bounds(heated)
    assert (reached["open"].low, reached["open"].high) == (0, 100)
    assert (reached["story"].low, reached["story"].high) == (20, 30)


# --- against brute force -------------------------------------------------------------------------------------------
@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios())
def test_the_exploration_visits_exactly_what_can_come_about(scenario):
    found = graphs.everything(scenario)
    exploration = explore(scenario, cap=CAP)
    assert exploration.complete
    expected = {(key, tension) for key, tension, *_rest in found}
    assert {(exploration.key_of(s), exploration.tension_of(s)) for s in range(len(exploration))} == expected
    assert len(exploration) == len({situation[:3] for situation in found})
    endings = {key for key, *_rest in found if key in graphs.ending_keys(scenario)}
    assert {exploration.key_of(state) for state in exploration.endings} == endings


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios())
def test_a_map_has_a_line_for_whatever_a_choice_names_and_whatever_can_come_about_and_no_other(scenario):
    named = {(node_.key, choice_.to) for node_ in scenario.nodes for choice_ in node_.choices}
    gone = {(here[0], then[0]) for here, following in graphs.everything(scenario).items() for then in following}
    assert Counter(explore(scenario, cap=CAP).ways) == Counter(named | gone)


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios())
def test_the_checker_accepts_only_what_can_be_finished_from_everywhere(scenario):
    found = graphs.everything(scenario)
    lost = graphs.without_way_out(scenario, found)
    problems = checker.problems(scenario)
    if lost:
        assert {problem.code for problem in problems} & ENDLESS
    else:
        assert not {problem.code for problem in problems} & FINISHING
    for problem in problems:
        if problem.code in FINISHING:
            state = engine.replay(scenario, problem.path)
            assert (state.node, state.tension) == (problem.node, problem.params["tension"])
            assert (state.node, state.tension, state.flags) in {situation[:3] for situation in lost}


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios(max_nodes=3, max_choices=2))
def test_the_scores_of_each_ending_are_exact(scenario):
    reached: dict[str, list[int]] = {}
    for key, _tension, _flags, score, _scored in graphs.everything(scenario):
        if key in graphs.ending_keys(scenario):
            reached.setdefault(key, []).append(score)
    ranges = scores.by_ending(explore(scenario, cap=CAP, count_scores=True))
    assert {key: (found.low, found.high) for key, found in ranges.items()} == {
        key: (min(found), max(found)) for key, found in reached.items()
    }


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios(max_nodes=3, max_choices=2))
def test_pass_and_miss_are_called_impossible_exactly_when_they_are(scenario):
    ends = [
        engine.passed(scenario, engine.State(key, tension, score))
        for key, tension, _flags, score, _scored in graphs.everything(scenario)
        if key in graphs.ending_keys(scenario)
    ]
    found = codes(scenario)
    assert bool(found & {"pass-impossible", "pass-ending-unreachable"}) == (True not in ends)
    assert ("miss-impossible" in found) == (True in ends and False not in ends)


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios())
def test_never_offered_and_never_reached_are_exact(scenario):
    found = graphs.everything(scenario)
    offered = {(situation[0], key) for situation in found for key, _following in graphs.moves(scenario, situation)}
    reached = {situation[0] for situation in found}
    for problem in checker.problems(scenario):
        if problem.code == "never-offered":
            assert (problem.node, problem.choice) not in offered
        if problem.code in ("never-reached", "ending-never-reached", "unreachable"):
            assert problem.node not in reached
    told = Counter((p.node, p.choice) for p in checker.problems(scenario) if p.code == "never-offered")
    for node_ in scenario.nodes:
        for choice_ in node_.choices if node_.key in reached else ():
            assert told[node_.key, choice_.key] == ((node_.key, choice_.key) not in offered)


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios())
def test_the_bounds_take_in_all_that_can_come_about(scenario):
    reached, offered = bounds(scenario)
    for situation in graphs.everything(scenario):
        key, tension, flags, *_rest = situation
        assert reached[key].low <= tension <= reached[key].high
        assert flags <= reached[key].may_be_set
        assert all(
            name in reached[key].may_be_unset for name in graphs.FLAGS if name not in flags and _is_used(scenario, name)
        )
        assert {(key, choice_key) for choice_key, _following in graphs.moves(scenario, situation)} <= offered


def _is_used(scenario: Scenario, flag: str) -> bool:
    return any(flag in choice_.flags for node_ in scenario.nodes for choice_ in node_.choices)


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios())
def test_what_is_an_error_past_the_cap_is_one_below_it(scenario):
    def errors(cap: int) -> set[tuple[str, str, str]]:
        return {(p.code, p.node, p.choice) for p in checker.problems(scenario, cap) if p.severity == ERROR}

    assert errors(3) <= errors(CAP)


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios())
def test_components_are_what_networkx_finds_and_in_order(scenario):
    exploration: Exploration = explore(scenario, cap=CAP)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(exploration)))
    for state in range(len(exploration)):
        graph.add_edges_from((state, goal) for goal in exploration.following(state))
    assert {frozenset(c) for c in exploration.components} == {
        frozenset(c) for c in nx.strongly_connected_components(graph)
    }
    seen: set[int] = set()
    for component in exploration.components:
        seen |= set(component)
        assert all(goal in seen for state in component for goal in graph.successors(state))
