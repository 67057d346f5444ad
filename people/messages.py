"""The words for what is wrong with a list of people: of the file as a whole, and of a row."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from people.rules.roster import Problem
from people.rules.table import BadTable

FACTS = {
    "email": gettext_lazy("E-mail"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "team": gettext_lazy("Team"),
    "job_role": gettext_lazy("Job role"),
    "location": gettext_lazy("Location"),
    "tags": gettext_lazy("Tags"),
    "language": gettext_lazy("Language"),
    "time_zone": gettext_lazy("Time zone"),
    "manager": gettext_lazy("Manager"),
}


def of_table(error: BadTable) -> str:
    facts = dict(error.facts)
    if "column" in facts:
        facts["column"] = FACTS[str(facts["column"])]
    if error.code == "too-many-rows":
        rows = int(str(facts["rows"]))
        return ngettext(
            "The file has too many rows: at most %(rows)d is read at once.",
            "The file has too many rows: at most %(rows)d are read at once.",
            rows,
        ) % {"rows": rows}
    texts = {
        "too-large": _("The file is too large: at most %(megabytes)s MB are read."),
        "encoding": _("The file cannot be read as %(encoding)s. Choose another encoding, or save it as UTF-8."),
        "no-table": _("This is not a table in text form. Save the list as CSV."),
        "empty": _("There are no rows below the headings."),
        "column-twice": _("Two columns mean the same: %(column)s."),
        "no-email-column": _("No column is called e-mail. The headings are: %(headings)s. Is the delimiter right?"),
    }
    return texts[error.code] % facts


def of_row(problem: Problem) -> str:
    facts = dict(problem.facts)
    if "column" in facts:
        facts["column"] = FACTS[str(facts["column"])]
    return _texts()[problem.code] % facts


def _texts() -> dict[str, str]:
    return {
        "cells": _("The row has %(found)s cells and there are %(expected)s headings. Is the file whole?"),
        "no-email": _("The e-mail address is missing."),
        "email": _("This is not an e-mail address: %(email)s."),
        "twice": _("This e-mail address is in row %(row)s already."),
        "not-one-line": _("%(column)s: write plain text on one line."),
        "too-long": _("%(column)s: at most %(longest)s letters."),
        "no-name": _("%(column)s: missing, and not known here."),
        "language": _("This language is not offered: %(language)s. Write pl, lv or en."),
        "time-zone": _("This time zone is not known: %(time_zone)s. Write it like Europe/Warsaw or Europe/Riga."),
        "team-nameless": _("A team in the path has no name. Write it like this: Company > Department > Team."),
        "team-too-long": _("The path of the team is too long: at most %(levels)s levels of %(letters)s letters."),
        "team-ambiguous": _("Two teams have this path, so it is not clear which is meant: %(team)s."),
        "manager-unknown": _("The manager is neither in the list nor, with an open account, here: %(manager)s."),
        "manager-cycle": _("Going up from manager to manager leads back to this person: %(chain)s."),
        "manager-without-team": _("The manager is not in the list and does not lead exactly one team: %(manager)s."),
        "manager-of-no-team": _("There is a manager, but no team to lead. Give the team."),
        "manager-differs": _("Row %(row)s names another manager of the same team: %(manager)s."),
    }
