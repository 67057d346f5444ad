"""Every template is used, parses, and every template that is named is there.

That an undefined variable fails is a fixture of all tests: tests/conftest.py, UndefinedVariable.
"""

import inspect
import re

import pytest
from django.template import engines
from django.template.loader import get_template

from assessments.quizzes.rules import types
from courses import emails as of_courses
from people import emails
from tests.conftest import UndefinedVariable
from tests.house import FLOORS, ROOT

FOLDER = ROOT / "templates"
TEMPLATES = sorted(str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*") if file.is_file())
NAMED = re.compile(r"""["']((?:[\w-]+/)*[\w-]+\.(?:html|txt|svg))["']""")

# Found by Django under these very names.
REGISTRATION = {name for name in TEMPLATES if name.startswith("registration/")}
BY_DJANGO = {"400.html", "403.html", "404.html", "500.html"} | REGISTRATION
# Put together from a name: one for each type of question, two for each kind of mail.
TYPES = {f"quizzes/types/{kind}{end}.html" for kind in types.ALL for end in ("", "_explained")}


def sources():
    for package in FLOORS:
        yield from (ROOT / package.replace(".", "/")).rglob("*.py")
    yield from (FOLDER / name for name in TEMPLATES)


def named() -> set[str]:
    return {name for file in sources() for name in NAMED.findall(file.read_text()) if not name.startswith("css/")}


def mails() -> set[str]:
    """people/emails.py and courses/emails.py have one function a mail."""
    functions = [one for module in (emails, of_courses) for one in inspect.getmembers(module, inspect.isfunction)]
    kinds = [name for name, function in functions if not name.startswith("_") and _returns(function) is emails.Letter]
    return {f"mail/{kind}.{form}" for kind in kinds for form in ("html", "txt")}


def _returns(function) -> object:
    return inspect.signature(function, eval_str=True).return_annotation


def test_every_template_is_used():
    assert set(TEMPLATES) - named() - BY_DJANGO - TYPES - mails() == set()


def test_every_template_that_is_named_is_there():
    ours = {name for name in named() if (FOLDER / name.split("/")[0]).is_dir()}
    assert (ours | TYPES | mails()) - set(TEMPLATES) == set()


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_parses(name):
    get_template(name)


def test_an_undefined_variable_fails_in_our_templates_and_in_nobody_elses():
    """Guards the guard."""
    with pytest.raises(UndefinedVariable, match=r"templates/.*\.html"):
        engines["django"].get_template("base.html").render({})
    engines["django"].get_template("django/forms/widgets/input.html").render({})
