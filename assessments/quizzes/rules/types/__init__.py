"""Every type of question, found by its module: a new one needs no list to be edited."""

import pkgutil
from importlib import import_module

from assessments.quizzes.rules.question import QuestionType


def _found() -> dict[str, QuestionType]:
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    types = [import_module(f"{__name__}.{name}").TYPE for name in modules]
    return {found.name: found for found in types}


ALL: dict[str, QuestionType] = _found()


def get(name: str) -> QuestionType:
    return ALL[name]
