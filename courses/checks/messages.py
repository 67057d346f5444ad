"""What the checks found, in the editor's language: one whole sentence for each code of `rules`."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from courses.checks.rules import Finding
from courses.words import field_label

WORDS = {
    "alt-missing": _("A picture has no alternative text: people who cannot see it learn nothing from it."),
    "gives-away": _("The practice question %(practice)s is the same as %(graded)s, which quizzes grade."),
    "gives-away-nearly": _(
        "The practice question %(practice)s is nearly the same as %(graded)s, which quizzes grade. It may give the "
        "answer away."
    ),
    "no-practice": _("The lesson has no practice question. People remember better what they have tried to recall."),
    "heading-skipped": _(
        "The first heading is one of a lower level. Put a concept or a checklist before it, so that people who listen "
        "to the page find their way."
    ),
    "paragraph-long": _("A paragraph has %(words)s words. Up to %(most)s are easy to read: divide it."),
    "sentences-long": _("Sentences have %(mean)s words on average. In this language up to %(most)s are easy to read."),
    "hard-to-read": _(
        "The text is hard to read: its LIX is %(index)s, up to %(most)s is plain in this language. Shorter sentences "
        "and shorter words help."
    ),
    "example-left": _(
        "“%(field)s” still reads as in the example that a new course begins with (%(count)s): “%(text)s” Write your "
        "own text."
    ),
    "minutes-off": _("The settings say %(declared)s minutes; reading and practising take about %(needed)s."),
    "points-untaught": _("No lesson teaches these points of the source articles (%(count)s): %(points)s"),
    "points-untested": _("No question asks about these points of the source articles (%(count)s): %(points)s"),
}
NAMES = {  # short, for the list of checks beside the preview
    "alt-missing": _("Alternative text is missing"),
    "gives-away": _("A practice question gives a graded one away"),
    "gives-away-nearly": _("A practice question is close to a graded one"),
    "no-practice": _("No practice question"),
    "heading-skipped": _("Heading order"),
    "paragraph-long": _("Long paragraph"),
    "sentences-long": _("Long sentences"),
    "hard-to-read": _("Hard to read"),
    "example-left": _("Example text"),
    "minutes-off": _("Reading time"),
}
HELP = {  # beside the name there: what to do
    "alt-missing": _("Say in a few words what the picture shows."),
    "gives-away": _("Choose another practice question: this one is graded."),
    "gives-away-nearly": _("Choose a practice question that asks about another situation."),
    "no-practice": _("Add a practice question: people remember better what they have tried to recall."),
    "heading-skipped": _("Put a concept or a checklist before it."),
    "paragraph-long": _("Divide it: up to 60 words are easy to read."),
    "sentences-long": _("Make two sentences of the long ones."),
    "hard-to-read": _("Use shorter sentences and shorter words."),
    "example-left": _("A new course begins with it. Write your own text in its place."),
    "minutes-off": _("Correct the minutes in the settings, or the length of the step."),
}


def words(finding: Finding) -> str:
    params = dict(finding.params)
    if "field" in params:
        params["field"] = field_label(str(params["field"]))
    return str(WORDS[finding.code]) % params


def of_severity(findings: Iterable[Finding], severity: str) -> list[str]:
    return [words(finding) for finding in findings if finding.severity == severity]
