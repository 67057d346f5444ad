import ast
from pathlib import Path

from assessments.scenarios import messages, rules
from assessments.scenarios.rules import checker, structure
from assessments.scenarios.rules.problem import Problem
from tests.scenarios.test_checker import BREAKS, sound  # noqa: F401  (a fixture)

RULES = Path(rules.__file__).parent


def codes() -> set[str]:
    """Every code that the rules can find: the first argument of each Problem, and what stands in for it."""
    found = set(structure.ODD.values())
    for path in RULES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                found |= {
                    part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant) and part.value
                }
    return found


def test_every_code_has_words_and_every_sentence_a_code():
    assert codes() == set(messages.WORDS)


def test_every_finding_can_be_said(sound):  # noqa: F811
    for broken in BREAKS.values():
        for problem in [*checker.problems(broken(sound)), *checker.problems(broken(sound), cap=2)]:
            said = messages.words(problem)
            assert "%(" not in said
            assert (
                problem.node in said or not problem.node or problem.code in ("loop", "loop-without-exit", "loop-gains")
            )


def test_a_witness_is_told_turn_by_turn():
    problem = Problem("stuck", "error", "end", params={"tension": 100}, path=(("open", "argue"), ("story", "shout")))
    assert "open.argue → story.shout" in messages.words(problem)
    assert "it is where one begins" in messages.words(Problem("stuck", "error", "open", params={"tension": 0}))
