"""No test depends on the day on which its run began."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
CLOCKS = {"now", "utcnow", "today", "localdate", "localtime"}


def asked_while_read(source: str) -> Iterator[int]:
    """The lines that ask a clock when the module is read: the bodies of functions are passed over."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            yield node.lineno
        for name, part in ast.iter_fields(node):
            if name != "body" or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                waiting += [each for each in (part if isinstance(part, list) else [part]) if isinstance(each, ast.AST)]


def test_no_day_is_kept_from_when_a_module_was_read_for_its_tests_may_run_after_midnight():
    """A run of half an hour began on one day and ended on the next; what was due "today" was due yesterday."""
    source = "TODAY = date.today()\ndef f(at=timezone.now()):\n    x.now()\nlater = lambda: x.now()"
    assert sorted(asked_while_read(source)) == [1, 2]
    kept = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        for line in asked_while_read(path.read_text())
    ]
    assert kept == []
