"""Why a file is refused and what of it was not carried, in the reader's language. Each code has one whole sentence."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.scenarios.formats.document import Finding

WORDS = {
    # files
    "ending-unknown": _("This is none of the files that can be read here: %(endings)s."),
    "file-large": _("The file is larger than %(most)s MB."),
    "encoding": _("The letters are not UTF-8. Save the file as UTF-8 and try again."),
    "nul": _("The file holds signs that no text has. It is damaged, or it is not a text."),
    # values
    "empty": _("“%(name)s” is missing."),
    "too-long": _("“%(name)s” is longer than %(most)s characters."),
    "number-expected": _("“%(name)s”: a whole number from %(low)s to %(high)s is expected."),
    "word-unknown": _("“%(name)s”: one of these words is expected: %(words)s."),
    "words-many": _("“%(name)s” names more than %(most)s things."),
    "key-invalid": _("“%(key)s” cannot be a key: letters, digits, - and _ only, without spaces, 40 at most."),
    "name-invalid": _("“%(name)s”: “%(key)s” is not a short name."),
    "text-expected": _("“%(name)s”: a text is expected."),
    "list-expected": _("“%(name)s”: a list of texts is expected."),
    "object-expected": _("An object with names and values is expected here."),
    "title-missing": _("The scenario has no title."),
    # the whole
    "places-many": _("There are more than %(most)s scenes and endings."),
    "skills-many": _("There are more than %(most)s skills."),
    "choices-many": _("There are more than %(most)s choices in one scene."),
    "choices-all-many": _("There are more than %(most)s choices in all."),
    "questions-many": _("There are more than %(most)s questions after one ending."),
    "key-twice": _("Two scenes or endings have the key “%(key)s”."),
    "choice-twice": _("Two choices of “%(scene)s” have the key “%(key)s”."),
    "skill-twice": _("Two skills have the key “%(key)s”."),
    # script
    "lines-many": _("There are more than %(most)s lines."),
    "line-unknown": _("This line cannot be understood: “%(line)s”."),
    "word-not-here": _("“%(word)s” cannot stand here. These words can: %(words)s."),
    "said-twice": _("“%(word)s” was said already, in line %(line)s."),
    "nothing-to-go-on": _("A line that begins with | goes on with a text, and there is none above it."),
    "choice-outside": _("A choice belongs to a scene, and there is none above it."),
    "condition-unknown": _("“%(term)s” is not a condition. Examples: tension <= 60, heard, not promised"),
    # JSON
    "json-invalid": _("This is not JSON: something is wrong at column %(column)s."),
    "json-deep": _("The JSON is nested too deeply."),
    "json-twice": _("“%(name)s” is given twice in one object."),
    "json-number": _("%(number)s is not a number that can be read here."),
    "json-not-ours": _("This is JSON, but not a scenario: “format” has to be “%(format)s”."),
    "name-unknown": _("“%(name)s” is not known and was left out."),
    # CSV
    "csv-broken": _("The table cannot be read on from this line: a quotation mark is missing or out of place."),
    "rows-many": _("There are more than %(most)s rows."),
    "row-unknown": _("“%(word)s” is no kind of row. The kinds are: %(words)s."),
    "row-before-its-scene": _("There is no row for “%(key)s” above this one."),
    "columns-many": _("There are more than %(most)s columns."),
    "columns-missing": _("These columns are missing: %(names)s."),
    "column-twice": _("There are two columns “%(name)s”."),
    "column-unknown": _("The column “%(name)s” is not known and was left out."),
    "setting-unknown": _("The setting “%(name)s” is not known and was left out."),
    "setting-twice": _("The setting “%(name)s” is given twice."),
    # Twee
    "passages-none": _("There is no passage in it: no line begins with two colons."),
    "passages-many": _("There are more than %(most)s passages."),
    "passage-nameless": _("A passage has no name."),
    "passage-twice": _("Two passages have the name “%(name)s”."),
    "header-long": _("The line that begins a passage is longer than %(most)s characters."),
    "links-many": _("There are more than %(most)s links and comments."),
    "story-data-broken": _("The facts about the story are not valid JSON and were left out."),
    "story-data-left": _("These facts about the story are not carried: %(names)s."),
    "metadata-left": _("These facts about passages are not carried: %(names)s."),
    "metadata-broken": _("The facts about this passage are not valid JSON and were left out."),
    "start-unknown": _("The story should begin with “%(name)s”, which is not there. It begins with the first scene."),
    "passage-dropped": _("This passage has a special meaning in Twine and was left out."),
    "macros": _("Macros are not carried; they stand in the text as they were: %(names)s."),
    "setters": _("Setters of links are not carried: %(names)s."),
    "tags": _("Tags are not carried: %(names)s."),
    "comment-dropped": _("A comment was left out."),
    "own-comment-broken": _("A comment with our own facts is damaged and was left out."),
    "choice-comment-lost": _("A comment about a choice does not follow a link and was left out."),
    "links-dropped": _("Links of an ending were left out."),
    "outcome-guessed": _("How this ends is not said. It is taken as partly good."),
    "cut": _("“%(name)s” was cut at %(most)s characters."),
    "value-mended": _("“%(name)s” had a value that cannot stand there; the nearest one was taken."),
    # H5P
    "zip-broken": _("The package is damaged, or it is not an H5P package."),
    "zip-many": _("The package holds more than %(most)s files."),
    "zip-twice": _("The package holds two files of one name."),
    "zip-path": _("The package holds a file whose name leads out of it: “%(name)s”."),
    "zip-link": _("“%(name)s” in the package is a link to another file."),
    "zip-dense": _("“%(name)s” in the package is packed more tightly than any text is."),
    "zip-locked": _("The package is locked with a password."),
    "zip-lacks": _("“%(name)s” is missing in the package."),
    "zip-large": _("“%(name)s” in the package is larger than %(most)s bytes."),
    "h5p-other": _("Only branching scenarios can be read. This package is “%(library)s”."),
    "h5p-empty": _("The package holds no scenes."),
    "h5p-content": _("Content of the kind “%(name)s” is not carried. What it says in words stands in the scene."),
    "h5p-scores": _("Points that H5P counts from the answers are not carried."),
    "h5p-left": _("Not carried: %(names)s."),
    "markup": _("From these texts only the words are carried. Left out: %(kinds)s."),
    "media": _("A picture, a video or a sound is not carried: %(name)s."),
    # pages
    "language-differs": _("The file says its language is %(said)s. The page is in %(language)s."),
    "structure-changed": _("Only texts can be changed here. This is different in the source language: %(name)s."),
    "more": _("There is more that is not listed here."),
}
KINDS = {  # of markup
    "bold": _("bold"),
    "italics": _("italics"),
    "underlined": _("underlining"),
    "struck": _("struck out"),
    "raised": _("raised or lowered letters"),
    "code": _("program code"),
    "heading": _("headings"),
    "list": _("bullets and numbers of lists"),
    "media": _("videos and sounds"),
    "link": _("links"),
    "picture": _("pictures"),
    "table": _("tables"),
    "quotation": _("quotations"),
}


def words(finding: Finding) -> str:
    kinds = {"kinds": ", ".join(str(KINDS[kind]) for kind in finding.params.get("kinds", ()))}
    return WORDS[finding.code] % {**finding.params, **kinds}


def place(finding: Finding) -> str:
    """Where it is: a line, a passage, a name in the JSON; empty for the whole file."""
    if finding.line and finding.where:
        return gettext("line %(line)s, %(where)s") % {"line": finding.line, "where": finding.where}
    if finding.line:
        return gettext("line %(line)s") % {"line": finding.line}
    return finding.where
