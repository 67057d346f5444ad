"""How fast the model checker proves a scenario, in CPU time beside a plain loop measured in the same run.

    python tools/bench_checker.py

Prints, for scenarios near 20 000 states (while editing) and 200 000 (at publishing): states, moves, CPU seconds of the
exploration alone and of all checks, and their ratio to a loop of ten million additions, which tells how fast the
machine is at the moment. Ends with 1 where all checks take longer than they may, or the figures beside them.
"""

import random
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from assessments.scenarios.rules import checker, layout  # noqa: E402
from assessments.scenarios.rules.exploration import explore  # noqa: E402
from assessments.scenarios.rules.figures import figures  # noqa: E402
from assessments.scenarios.rules.graph import Choice, Condition, Ending, Node, Scenario  # noqa: E402

ROUNDS = 3
ALLOWED = {20_000: 0.1, 200_000: 1.0}  # states → CPU seconds
SIZES = (  # scenes, flags, step of the tension, points needed, cap
    (30, 4, 5, None, 20_000),
    (60, 4, 5, None, 20_000),
    (60, 4, 5, 3, 20_000),
    (60, 8, 5, None, 20_000),  # past the cap
    (60, 8, 5, None, 200_000),  # just past it
    (45, 8, 5, None, 200_000),
    (45, 8, 5, 3, 200_000),
    (60, 8, 1, None, 200_000),  # past the cap
)


def scenario(scenes: int, flags: int, step: int, points: int | None, seed: int = 1) -> Scenario:
    """Mostly onward, with a few ways back; some choices set a flag, some ask for one or for little tension."""
    chance = random.Random(seed)
    names = [f"flag{number}" for number in range(flags)]
    return Scenario(
        start="n0",
        nodes=tuple(_scene(number, scenes, step, names, chance) for number in range(scenes)),
        endings=(Ending("good", "good", "x"), Ending("partial", "partial", "x"), Ending("bad", "bad", "x")),
        tension_start=50,
        fail_at=100,
        fail_to="bad",
        pass_min_score=points,
        flags=tuple(names),
        expert_path=("n0.c0",),
        look="x",
    )


def _scene(number: int, scenes: int, step: int, names: list[str], chance: random.Random) -> Node:
    choices = []
    for place in range(4):
        onward = number + chance.randint(1, 4)
        to = f"n{onward}" if onward < scenes else chance.choice(("good", "partial", "bad"))
        is_back = place == 3 and number % 10 == 9
        condition = Condition(tension_max=80) if place == 1 else Condition()
        if place == 2 and names and chance.random() < 0.3:
            condition = Condition(flags=frozenset({chance.choice(names)}))
        choices.append(
            Choice(
                key=f"c{place}",
                to=f"n{number - 5}" if is_back else to,
                tension=step * chance.randint(-4, 4),
                score=0 if is_back or number % 10 > 3 else chance.randint(0, 2),
                sets=frozenset({chance.choice(names)}) if names and chance.random() < 0.3 else frozenset(),
                condition=condition,
                text="What one says",
                consequence="x",
                coaching="x",
            )
        )
    return Node(f"n{number}", tuple(choices), text="x")


def cpu(act: Callable[[], object]) -> float:
    """Seconds of the fastest of a few rounds: what the machine does otherwise makes it slower, never faster."""
    times = []
    for _round in range(ROUNDS):
        begin = time.process_time()
        act()
        times.append(time.process_time() - begin)
    return min(times)


def unit() -> None:
    total = 0
    for number in range(10_000_000):
        total += number


def main() -> int:
    one = cpu(unit)
    print(f"Ten million additions: {one:.3f} s of CPU time\n")
    print("scenes flags points    cap   states    moves  explore    checks  ratio  figures")
    too_slow = False
    for scenes, flags, step, points, cap in SIZES:
        made = scenario(scenes, flags, step, points)
        found = explore(made, cap=cap)
        exploring = cpu(partial(explore, made, cap=cap))
        checking = cpu(partial(checker.problems, made, cap))
        counting = cpu(partial(figures, found, cap)) if cap == min(ALLOWED) else 0.0
        too_slow |= max(checking, counting) > ALLOWED[cap]
        print(
            f"{scenes:6} {flags:5} {points or '–':>6} {cap:6} {len(found):8}{'' if found.complete else '+':1}"
            f"{len(found.leads_to):8} {exploring:7.3f} s {checking:7.3f} s {checking / one:6.2f} {counting:6.3f} s"
        )
    large = scenario(200, 0, 5, None)
    print(f"\nLayout of 200 scenes: {cpu(lambda: layout.positions(large)) * 1000:.0f} ms")
    return int(too_slow)


if __name__ == "__main__":
    sys.exit(main())
