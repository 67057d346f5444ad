"""The figures of a scenario, against walking every way of it one by one."""

from hypothesis import given, settings

from assessments.scenarios.rules import figures as rules
from assessments.scenarios.rules import layout
from assessments.scenarios.rules.exploration import explore
from assessments.scenarios.rules.graph import Choice, Ending, Node, Scenario
from assessments.scenarios.rules.scores import Range
from tests.scenarios import graphs

CAP = 100_000
EXAMPLES = 150


def figures(scenario: Scenario) -> rules.Figures:
    return rules.figures(explore(scenario, cap=CAP), CAP)


def ways(scenario: Scenario) -> list[tuple[str, ...]]:
    """Every way to an ending that never turns back, as the places it passes; each choice is a way of its own."""
    order = {key: place for place, key in enumerate(layout.order(scenario))}
    found = []
    waiting = [(graphs.first(scenario), (scenario.start,))]
    while waiting:
        situation, path = waiting.pop()
        if situation[0] in graphs.ending_keys(scenario):
            found.append(path)
        for _choice, following in graphs.moves(scenario, situation):
            if order[following[0]] > order[situation[0]]:
                waiting.append((following, (*path, following[0])))
    return found


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios())
def test_ways_and_their_lengths_are_those_that_can_be_walked(scenario):
    found, walked = figures(scenario), ways(scenario)
    lengths = [len(path) - 1 for path in walked] or [0]
    assert (found.paths, found.shortest, found.longest) == (len(walked), min(lengths), max(lengths))


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios())
def test_where_nobody_can_go_round_every_way_there_is_counts(scenario):
    found, walked, waiting = figures(scenario), [], [(graphs.first(scenario), 0)]
    if found.has_loops:
        return
    while waiting:
        situation, length = waiting.pop()
        if situation[0] in graphs.ending_keys(scenario):
            walked.append(length)
        waiting += [(following, length + 1) for _choice, following in graphs.moves(scenario, situation)]
    assert (found.paths, found.shortest, found.longest) == (len(walked), min(walked or [0]), max(walked or [0]))


def test_a_way_that_too_much_tension_ends_is_a_way_and_what_is_read_there_counts():
    words = " ".join(["word"] * 90)  # half a minute
    calm, shout = Choice("calm", "rest"), Choice("shout", "rest", tension=60)
    scenario = Scenario(
        "open",
        (Node("open", (calm, shout)), Node("rest", (Choice("on", "end"),))),
        (Ending("end", "good"), Ending("lost", "bad", words)),
        tension_start=30,
        fail_at=80,
        fail_to="lost",
    )
    found = figures(scenario)
    assert (found.paths, found.shortest, found.longest) == (2, 1, 2)
    assert found.seconds == Range(2 * 8, 8 + 30)


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios())
def test_tension_and_states_are_those_that_can_come_about(scenario):
    found, everything = figures(scenario), graphs.everything(scenario)
    assert found.states == len({situation[:3] for situation in everything})
    by_place: dict[str, list[int]] = {}
    for key, tension, *_rest in everything:
        by_place.setdefault(key, []).append(tension)
    assert found.tension == {key: Range(min(all_), max(all_)) for key, all_ in by_place.items()}


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios(max_nodes=3, max_choices=2))
def test_the_range_of_points_is_exact(scenario):
    ends: dict[str, list[int]] = {}
    for key, _tension, _flags, score, _scored in graphs.everything(scenario):
        if key in graphs.ending_keys(scenario):
            ends.setdefault(key, []).append(score)
    found, everywhere = figures(scenario), [score for reached in ends.values() for score in reached]
    assert found.scores == {key: Range(min(reached), max(reached)) for key, reached in ends.items()}
    assert found.score == (Range(min(everywhere), max(everywhere)) if ends else None)


@settings(max_examples=EXAMPLES, deadline=None)
@given(graphs.scenarios())
def test_nobody_goes_round_the_scenes_that_everybody_passes(scenario):
    everybody = set(figures(scenario).everybody)
    assert all(everybody <= set(path) for path in ways(scenario))


def test_reading_takes_in_what_is_seen_on_the_way():
    words = " ".join(["word"] * 90)  # half a minute
    short = Choice("short", "end", text=words, consequence="")
    long = Choice("long", "more", consequence=words)
    scenario = Scenario(
        "open",
        (Node("open", (short, long), text=words), Node("more", (Choice("on", "end"),), text=words)),
        (Ending("end", "good", words),),
    )
    found = figures(scenario)
    assert found.seconds == Range(90 + 8, 150 + 16)
    assert found.everybody == ("open",)
    assert rules.minutes(found.seconds) == Range(2, 3)


def test_the_whole_step_takes_in_the_part_the_coaching_and_the_thinking():
    words = " ".join(["word"] * 170)  # a minute of somebody who reads slowly
    quick = Choice("quick", "end", coaching=words)
    slow = Choice("slow", "more")
    scenario = Scenario(
        "open",
        (Node("open", (quick, slow)), Node("more", (Choice("on", "end", coaching=words),), text=f"{words} {words}")),
        (Ending("end", "good"),),
    )
    explored = explore(scenario, cap=CAP)
    quickest, slowest = 60 + 8, 180 + 16
    assert rules.lasting(explored, scenario, words, "en") == (quickest + slowest) / 2 + 60 + 75
    nowhere = Scenario("open", (Node("open", (Choice("on", "open"),)),))
    assert rules.lasting(explore(nowhere, cap=CAP), nowhere, words, "en") is None


def test_a_scenario_past_the_cap_says_so():
    patient = Choice("wait", "open", tension=1)
    scenario = Scenario("open", (Node("open", (patient, Choice("go", "end"))),), (Ending("end", "good"),))
    assert figures(scenario).is_whole
    assert not rules.figures(explore(scenario, cap=10), 10).is_whole
