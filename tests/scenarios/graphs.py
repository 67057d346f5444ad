"""Random small scenarios, and the same game once more, written as plainly as the format describes it: the oracle."""

from collections import deque
from collections.abc import Iterator

from hypothesis import strategies as st

from assessments.scenarios.rules.graph import Choice, Condition, Ending, Node, Scenario

FLAGS = ("heard", "promised")
CHANGES = (-100, -50, -25, 0, 25, 50, 100)


@st.composite
def conditions(draw) -> Condition:
    if draw(st.integers(0, 2)):
        return Condition()
    return Condition(
        tension_min=draw(st.sampled_from((0, 0, 25, 50, 100))),
        tension_max=draw(st.sampled_from((100, 100, 75, 25))),
        flags=frozenset(draw(st.lists(st.sampled_from(FLAGS), max_size=1))),
        not_flags=frozenset(draw(st.lists(st.sampled_from(FLAGS), max_size=1))),
    )


@st.composite
def scenarios(draw, max_nodes: int = 4, max_choices: int = 3) -> Scenario:
    """Every key that is referred to exists; everything else may be wrong."""
    node_keys = [f"n{number}" for number in range(draw(st.integers(1, max_nodes)))]
    ending_keys = [f"e{number}" for number in range(draw(st.integers(1, 3)))]
    keys = st.sampled_from(node_keys + ending_keys)

    def choice(number: int) -> Choice:
        return Choice(
            key=f"c{number}",
            to=draw(keys),
            tension=draw(st.sampled_from(CHANGES)),
            score=draw(st.integers(-2, 2)),
            quality=draw(st.sampled_from(("best", "ok", "poor", "unsafe"))),
            sets=frozenset(draw(st.lists(st.sampled_from(FLAGS), max_size=1))),
            condition=draw(conditions()),
            text="I see.",
            consequence="He nods.",
            coaching="Short and calm.",
        )

    nodes = tuple(
        Node(key, tuple(choice(number) for number in range(draw(st.integers(0, max_choices)))), text="He waits.")
        for key in node_keys
    )
    endings = tuple(
        Ending(key, draw(st.sampled_from(("good", "partial", "bad"))), text="He leaves.") for key in ending_keys
    )
    return Scenario(
        start="n0",
        nodes=nodes,
        endings=endings,
        tension_start=draw(st.sampled_from((0, 50, 75))),
        fail_at=draw(st.sampled_from((None, 100, 100))),
        fail_to=draw(keys),
        pass_outcomes=frozenset({"good", "partial"}),
        pass_min_score=draw(st.sampled_from((None, 0, 2, 4))),
        flags=FLAGS,
        look="in a blue coat",
    )


Situation = tuple[str, int, frozenset[str], int, frozenset[str]]  # node, tension, flags, score, choices that scored


def moves(scenario: Scenario, situation: Situation) -> Iterator[tuple[str, Situation]]:
    """(choice key, what follows) for everything somebody could choose here, straight from FORMAT.md."""
    node_key, tension, flags, score, scored = situation
    for node in scenario.nodes:
        if node.key != node_key:
            continue
        for choice in node.choices:
            when = choice.condition
            if tension > when.tension_max or tension < when.tension_min:
                continue
            if any(flag not in flags for flag in when.flags) or any(flag in flags for flag in when.not_flags):
                continue
            after = min(100, max(0, tension + choice.tension))
            goal = choice.to
            if scenario.fail_at is not None and after >= scenario.fail_at and goal not in ending_keys(scenario):
                goal = scenario.fail_to
            name = f"{node_key}.{choice.key}"
            gained = 0 if name in scored else choice.score
            yield choice.key, (goal, after, flags | choice.sets, score + gained, scored | {name})


def ending_keys(scenario: Scenario) -> set[str]:
    return {ending.key for ending in scenario.endings}


def first(scenario: Scenario) -> Situation:
    return (scenario.start, scenario.tension_start, frozenset(), 0, frozenset())


def everything(scenario: Scenario) -> dict[Situation, list[Situation]]:
    """Every situation that can come about, with those that may follow each."""
    found: dict[Situation, list[Situation]] = {}
    waiting = deque([first(scenario)])
    while waiting:
        situation = waiting.popleft()
        if situation not in found:
            found[situation] = [following for _key, following in moves(scenario, situation)]
            waiting.extend(found[situation])
    return found


def without_way_out(scenario: Scenario, found: dict[Situation, list[Situation]]) -> set[Situation]:
    """The situations from which no ending can be reached."""
    safe = {situation for situation in found if situation[0] in ending_keys(scenario)}
    grown = True
    while grown:
        more = {situation for situation, following in found.items() if not safe.isdisjoint(following)} - safe
        safe |= more
        grown = bool(more)
    return found.keys() - safe
