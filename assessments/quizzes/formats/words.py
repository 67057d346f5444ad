"""Why a file or a question is refused and what of it was not carried, in the reader's language. Each code has one whole
sentence."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.quizzes.formats.document import Finding
from assessments.quizzes.rules import types

WORDS = {
    # files
    "ending-unknown": _("This is none of the files that can be read here: %(endings)s."),
    "file-large": _("The file is larger than %(most)s MB."),
    "encoding": _("The letters are not UTF-8. Save the file as UTF-8 and try again."),
    "nul": _("The file holds signs that no text has. It is damaged, or it is not a text."),
    "private-letters": _("It holds letters that only one program understands. Replace them and try again."),
    "questions-many": _("There are more than %(most)s questions in one file."),
    "questions-none": _("There is no question in it."),
    "category-info": _("The description of the category “%(name)s” is not carried."),
    "test-structure": _("The test around the questions is not carried, only the questions."),
    "xml-broken": _("This is not XML: it is damaged or cut off."),
    "xml-entities": _("The XML declares a document type or entities. Such files are not opened."),
    "xml-large": _("The XML has more than %(most)s elements."),
    "xml-deep": _("The XML is nested deeper than %(most)s levels."),
    "xml-other": _("This XML is neither Moodle XML nor a QTI item. It begins with “%(name)s”."),
    "qti-no-item": _("This is not a QTI item. It begins with “%(name)s”."),
    "qti-version": _("Only QTI 3.0, 2.2 and 2.1 can be read. This is “%(name)s”."),
    "zip-broken": _("The package is damaged, or it is no zip file."),
    "zip-many": _("The package holds more than %(most)s files."),
    "zip-twice": _("The package holds two files of one name."),
    "zip-path": _("The package holds a file whose name leads out of it: “%(name)s”."),
    "zip-link": _("“%(name)s” in the package is a link to another file."),
    "zip-locked": _("The package is locked with a password."),
    "zip-lacks": _("“%(name)s” is missing in the package."),
    "zip-large": _("“%(name)s” in the package is larger than %(most)s bytes."),
    "zip-dense": _("“%(name)s” in the package is packed more tightly than any text is."),
    # questions that are refused
    "too-long": _("A text is longer than %(most)s characters."),
    "parts-many": _("It has more than %(most)s answers."),
    "part-empty": _("An answer has no text."),
    "stem-missing": _("The question has no text."),
    "number-unknown": _("“%(text)s” is not a number in digits."),
    "number-out": _("%(text)s has more digits than can be kept: ten before the point, ten after it."),
    "range": _("In the range %(text)s the first number is larger than the second."),
    "description": _("It asks nothing: there are no answers."),
    "braces": _("A curly bracket is missing, or one stands too many."),
    "answer-sign": _("An answer has no = or ~ before it."),
    "arrow-missing": _("A pair has no -> between its two sides."),
    "interaction": _("There is no question of this type here: “%(name)s”."),
    "interactions-many": _("It asks %(count)s things at once. Here a question asks one."),
    "adaptive": _("It changes while it is answered. There are no such questions here."),
    "processing": _("It is counted by rules of its own, which would come out as another key here."),
    "key-missing": _("It does not say which answer is right."),
    "key-double": _("It is a single choice with more than one right answer."),
    "key-contradicts": _("It says two different things about which answer is right."),
    "pairs": _("Its pairs are not one to one."),
    "star": _("The accepted answer “%(text)s” has too many stars to be compared safely."),
    "unit-factor": _("The factor of the unit “%(name)s” cannot be written to the last digit."),
    "aiken-answer": _("There is no line “ANSWER:” with the letter of an option."),
    "aiken-options": _("It has fewer than two options."),
    "aiken-line": _("This line is neither an option nor an answer: “%(text)s”."),
    # questions that stay behind
    "unfinished": _("It is not finished: it could not go live as it is."),
    "type-not-carried": _("The format has no such questions: %(type)s."),
    "units": _("The format has no units to choose. Without them it would be another question."),
    "unit-name": _("The name of a unit has more than one line."),
    "patterns": _("An accepted answer is a pattern. The format would take it for a plain text."),
    "arrow": _("A text contains “->”, which the format takes for its own sign."),
    "right-many": _("More than %(most)s options are right. Moodle has no shares for that."),
    # what is lost or changed
    "media": _("A picture, a sound or a formula is not carried."),
    "formula": _("A formula is not drawn here: it stays as it is written."),
    "formatting": _("Bold, lists, links and the like are not carried; the words are."),
    "comment": _("A comment is not carried: %(text)s"),
    "tags": _("Tags are not carried: %(names)s."),
    "category-lost": _("The category is not carried: %(name)s."),
    "category-deep": _("Only two levels of the category are carried: %(name)s."),
    "owner": _("Who looks after it is not carried."),
    "id-number": _("The ID number is not carried: %(number)s."),
    "word-limits": _("How many words an answer has to have, or may have, is not carried."),
    "elements": _("These settings are not carried: %(names)s."),
    "general-feedback": _("The general feedback stands under “Model answer”. People do not see it in this type."),
    "general-feedback-dropped": _("A feedback that is not about one answer is not carried."),
    "combined-feedback": _("The feedback for right, partly right and wrong answers is not carried."),
    "feedback-elsewhere": _("A feedback inside the text of the question is not carried."),
    "feedback-lost": _("The explanations of the single answers are not carried."),
    "hints": _("Hints are not carried."),
    "grade": _("It counts %(said)s points there. Here every question counts the same."),
    "part-credit": _("Some wrong options are worth part of the mark, or take some away. Here they are worth nothing."),
    "weights": _("The options have other shares there. Here each right one counts, each wrong one takes as much away."),
    "all-or-nothing": _(
        "There it is all or nothing. Here each right option counts, each wrong one takes as much away."
    ),
    "credit-rounded": _("%(said)s%% was rounded to %(taken)s%%."),
    "credit-unusual": _("Moodle does not know these shares and asks what to do about them: %(numbers)s%%."),
    "worthless": _("“%(text)s” is worth nothing, so it is not among the accepted answers."),
    "distractor": _("A right side without a left one is not carried: “%(text)s”."),
    "capitals": _("Capitals matter there. In an answer with a star they do not matter here."),
    "exact-lost": _("“Exactly as written” is not carried: capitals will not matter."),
    "fold-lost": _("That letters without their marks count too is not carried."),
    "relative-lost": _("How far off still counts is written in the unit in place of percent. The key is the same."),
    "numbers-order": _("The accepted numbers stand in the order of their worth."),
    "units-hidden": _("Units that nobody chooses are not carried."),
    "units-typed": _("The unit is typed there. Here it is chosen from a list."),
    "units-needed": _("The unit may be left out there. Here it has to be chosen."),
    "pattern-mask": _("The pattern that typed letters have to follow is not carried."),
    "selection": _("There it shows only some of the items. Here it shows all."),
    "attachments": _("Files to be attached are not carried."),
    "template": _("The text that stands in the field at first is not carried."),
    "rubric-block": _("A note for candidates, tutors or markers is not carried."),
    "grader-notes": _("The notes for markers stand under “Criteria”. An essay is marked by criteria with points."),
    "criteria-lost": _("The criteria are not carried."),
    "pictures": _("Pictures are not carried: %(names)s."),
    "name-cut": _("The name was cut at %(most)s characters."),
    "code-taken": _("The short name “%(code)s” is taken in this bank. The draft gets “%(given)s”."),
}


def words(finding: Finding) -> str:
    params = dict(finding.params)
    if finding.code == "type-not-carried":
        params["type"] = gettext(types.get(params["type"]).label)
    return WORDS[finding.code] % params
