"""Reads a content pack from a folder into plain data, and refuses what could hurt whoever reads on: code, aliases that
explode, duplicate keys, numbers in place of words, bytes that are no text, files without end. What the data means is
for `shape` and `checks`."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

FORMAT = "lms-content/1"
FILE_BYTES = 4_000_000
FOLDER_FILES = 1_000
MEDIA = re.compile(r"media/[A-Za-z0-9][A-Za-z0-9._-]{0,90}\.(?:png|jpe?g|gif|webp)", re.ASCII)
PICTURE_BYTES = 10 * 1024 * 1024  # as large as an upload in the CMS may be
MEDIA_BYTES = 45_000_000
VALUES, DEPTH = 200_000, 40
POINT_COLUMNS = ("id", "source_file", "source_lines", "section", "kind", "module", "treatment")
EXCLUDED_COLUMNS = ("source_file", "source_lines", "what", "reason")
ARTICLE_COLUMNS = ("source_file", "language", "title")

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class PackError(Exception):
    """A pack that cannot be read or used: in which file, at which key, and why, in the reader's language."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}{': ' + key if key else ''}: {reason}")
        self.file, self.key, self.reason = file, key, reason


@dataclass(frozen=True)
class MediaFile:
    """A file of the folder `media`; fault: why it could not be read."""

    data: bytes = field(default=b"", repr=False)
    fault: str = ""

    @cached_property
    def digest(self) -> str:
        """As Wagtail keeps it of each image."""
        return hashlib.sha1(self.data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Pack:
    """A pack as it was read. `lessons`, `scenarios` and `media` are by file name; rows of CSV files are mappings of
    texts.

    The properties may be asked only once `form.faults()` found nothing.
    """

    course: Any
    questions: Any
    lessons: dict[str, Any]
    scenarios: dict[str, Any]
    points: list[dict[str, str]]
    excluded: list[dict[str, str]] = field(default_factory=list)
    articles: list[dict[str, str]] = field(default_factory=list)
    media: dict[str, MediaFile] = field(default_factory=dict)

    def documents(self) -> Iterator[tuple[str, Any]]:
        """(file, data) of each YAML file."""
        yield "course.yaml", self.course
        yield "questions.yaml", self.questions
        yield from self.lessons.items()
        yield from self.scenarios.items()

    @property
    def id(self) -> str:
        return self.course["id"]

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.course["languages"])

    @property
    def modules(self) -> list[dict]:
        return self.course["modules"]

    @property
    def bank(self) -> list[dict]:
        return self.questions["questions"]

    @cached_property
    def planned(self) -> dict[str, tuple[dict, dict]]:
        """(module, lesson) of course.yaml by lesson id, in order."""
        return {lesson["id"]: (module, lesson) for module in self.modules for lesson in module["lessons"]}

    @cached_property
    def objectives(self) -> dict[str, str]:
        """Module id by objective id."""
        return {objective["id"]: module["id"] for module in self.modules for objective in module["objectives"]}

    @cached_property
    def point_ids(self) -> frozenset[str]:
        return frozenset(row["id"] for row in self.points)

    def assessments(self, kind: str) -> list[dict]:
        return [assessment for assessment in self.course["assessments"] if assessment["kind"] == kind]


def read_pack(folder: Path) -> Pack:
    """The pack in this folder; PackError if a file is missing, too big or not what its name says."""
    if not folder.is_dir():
        raise PackError(str(folder), "", _("there is no such folder"))
    return Pack(
        course=_yaml_file(folder, "course.yaml"),
        questions=_yaml_file(folder, "questions.yaml"),
        lessons=_yaml_files(folder, "lessons"),
        scenarios=_yaml_files(folder, "scenarios"),
        points=_csv_file(folder, "points.csv", POINT_COLUMNS),
        excluded=_csv_file(folder, "excluded.csv", EXCLUDED_COLUMNS, is_optional=True),
        articles=_csv_file(folder, "articles.csv", ARTICLE_COLUMNS, is_optional=True),
        media=_media(folder),
    )


def read_text(folder: Path, name: str) -> str:
    """One UTF-8 file of the folder."""
    try:
        return _bytes(folder, name, FILE_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackError(name, "", _("byte %(number)d is not UTF-8") % {"number": error.start}) from error


def _bytes(folder: Path, name: str, most: int) -> bytes:
    """One file of the folder, never one that a link leads to outside it."""
    path = folder / name
    if not path.is_file():
        raise PackError(name, "", _("the file is missing"))
    if not path.resolve().is_relative_to(folder.resolve()):
        raise PackError(name, "", _("the file lies outside the folder"))
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise PackError(name, "", _("the file cannot be read (%(why)s)") % {"why": error.strerror}) from error
    if len(raw) > most:
        raise PackError(name, "", _("the file is larger than %(count)d MB") % {"count": most // 1_000_000})
    return raw


def _media(folder: Path) -> dict[str, MediaFile]:
    """All that could be a picture. What is wrong with one is said where a question names it."""
    found: dict[str, MediaFile] = {}
    names = sorted(name for path in (folder / "media").glob("*") if MEDIA.fullmatch(name := f"media/{path.name}"))
    if len(names) > FOLDER_FILES:
        raise PackError("media", "", _("more than %(count)d files") % {"count": FOLDER_FILES})
    left = MEDIA_BYTES
    for name in names:
        try:
            found[name] = MediaFile(_bytes(folder, name, PICTURE_BYTES))
        except PackError as error:
            found[name] = MediaFile(fault=error.reason)
        left -= len(found[name].data)
        if left < 0:
            raise PackError(
                "media", "", _("the files are larger than %(count)d MB") % {"count": MEDIA_BYTES // 1_000_000}
            )
    return found


def _line(number: int) -> str:
    return _("line %(number)d") % {"number": number}


# --- YAML ----------------------------------------------------------------------------------------------------------
def _yaml_files(folder: Path, under: str) -> dict[str, Any]:
    names = sorted(f"{under}/{path.name}" for path in (folder / under).glob("*.yaml"))
    if len(names) > FOLDER_FILES:
        raise PackError(under, "", _("more than %(count)d files") % {"count": FOLDER_FILES})
    return {name: _yaml_file(folder, name) for name in names}


def _yaml_file(folder: Path, name: str) -> Any:
    return parse_yaml(name, read_text(folder, name))


def parse_yaml(file: str, text: str) -> Any:
    """Plain data of one YAML document, built from the parser's events: the C composer of PyYAML takes the process down
    on deep nesting, and its constructor lets keys stand twice."""
    loader = _Loader(text)
    try:
        return _Document(file, loader).read()
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None)
        reason = _("this is not YAML (%(problem)s)") % {"problem": problem} if problem else _("this is not YAML")
        raise PackError(file, _line(mark.line + 1) if mark else "", reason) from error
    finally:
        loader.dispose()


class _Document:
    def __init__(self, file: str, loader: Any) -> None:
        self.file, self.loader, self.values = file, loader, 0

    def read(self) -> Any:
        found: list[Any] = []
        while not isinstance(event := self.loader.get_event(), yaml.StreamEndEvent):
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            if found:
                raise self.refuse(event, _("a second document in the same file"))
            found.append(self.value(self.loader.get_event(), depth=0))
        return found[0] if found else None

    def refuse(self, event: Any, reason: str) -> PackError:
        return PackError(self.file, _line(event.start_mark.line + 1), reason)

    def value(self, event: Any, depth: int) -> Any:
        self.values += 1
        if self.values > VALUES:
            raise self.refuse(event, _("more than %(count)d values") % {"count": VALUES})
        if depth > DEPTH:
            raise self.refuse(event, _("nested more than %(count)d deep") % {"count": DEPTH})
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self.refuse(event, _("anchors and aliases (& and *) are not used in a pack"))
        if event.tag not in (None, "!"):
            raise self.refuse(event, _("tags (%(tag)s) are not used in a pack") % {"tag": event.tag})
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return [self.value(child, depth + 1) for child in self.until(yaml.SequenceEndEvent)]
        return self.scalar(event)

    def until(self, end: type[yaml.Event]) -> Iterator[Any]:
        while not isinstance(event := self.loader.get_event(), end):
            yield event

    def mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self.until(yaml.MappingEndEvent):
            key = self.value(event, depth + 1)
            if not isinstance(key, str):
                raise self.refuse(event, _("a key must be a word; put it in quotes"))
            if key in found:
                raise self.refuse(event, _("the key “%(key)s” stands twice") % {"key": key})
            found[key] = self.value(self.loader.get_event(), depth + 1)
        return found

    def scalar(self, event: Any) -> Any:
        text = event.value
        kind = self.loader.resolve(yaml.ScalarNode, text, event.implicit).removeprefix("tag:yaml.org,2002:")
        if kind == "str":
            if _CONTROL.search(text):
                raise self.refuse(event, _("a control character"))
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in ("true", "yes", "on")
        if kind not in ("int", "float"):
            raise self.refuse(
                event, _("“%(text)s” is read as %(kind)s; put it in quotes") % {"text": text[:40], "kind": kind}
            )
        try:
            return int(text) if kind == "int" else float(text)
        except ValueError as error:
            raise self.refuse(
                event, _("“%(text)s” is not a plain number; put a text in quotes") % {"text": text[:40]}
            ) from error


# --- CSV -----------------------------------------------------------------------------------------------------------
def _csv_file(folder: Path, name: str, columns: tuple[str, ...], is_optional: bool = False) -> list[dict[str, str]]:
    if is_optional and not (folder / name).exists():
        return []
    return parse_csv(name, read_text(folder, name), columns)


def parse_csv(file: str, text: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows, each with the texts of all columns; PackError where a column is missing or a row has another width."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise PackError(file, _line(1), _("no column %(names)s") % {"names": ", ".join(missing)})
        rows = []
        for row in reader:
            where = _line(reader.line_num)
            if None in row or None in row.values():
                raise PackError(file, where, _("not as many fields as the first line has columns"))
            if any(_CONTROL.search(value) for value in row.values()):
                raise PackError(file, where, _("a control character"))
            rows.append(row)
    except csv.Error as error:
        raise PackError(
            file, _line(reader.line_num), _("this is not CSV (%(problem)s)") % {"problem": error}
        ) from error
    return rows
