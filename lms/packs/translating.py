"""The memory of translation: what each text of the source language says in the others, as wagtail-localize keeps it.

A live page or question of the source language is a source: its texts are segments, known by their place (context) and
their words. A translation of a segment is remembered for exactly these words. Words that change leave the translation
of the old ones behind: the segment is stale, the language lags, and its page may not go live until somebody has seen
it. Everything here reads and writes for many objects at once.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from modelcluster.models import ClusterableModel, get_serializable_data_for_fields
from wagtail.models import Locale, Page
from wagtail_localize.fields import get_translatable_fields
from wagtail_localize.models import (
    OverridableSegment,
    RelatedObjectSegment,
    SegmentOverride,
    String,
    StringSegment,
    StringTranslation,
    Template,
    TemplateSegment,
    TranslatableObject,
    Translation,
    TranslationContext,
    TranslationSource,
    get_schema_version,
)
from wagtail_localize.segments import (
    RelatedObjectSegmentValue,
    StringSegmentValue,
    TemplateSegmentValue,
)
from wagtail_localize.segments.extract import extract_segments, quote_path_component

from courses.site_facts import placeholders

BATCH = 500
_BLOCK_KEY = ' data-block-key="'


# --- texts of one object -------------------------------------------------------------------------------------------
class Texts:
    """The segments of a page or question, by place: `strings` in order, `shape` of rich text without its words."""

    def __init__(self, instance: Any) -> None:
        self.segments = extract_segments(instance)
        self.strings: dict[str, list[StringSegmentValue]] = defaultdict(list)
        self.shape: dict[str, str] = {}
        for segment in self.segments:
            if isinstance(segment, StringSegmentValue):
                self.strings[segment.path].append(segment)
            elif isinstance(segment, TemplateSegmentValue):
                self.shape[segment.path] = _without_keys(segment.template)

    def beside(self, other: "Texts") -> Iterator[tuple[StringSegmentValue, StringSegmentValue]]:
        """(own segment, that of the other language), where both say as much at the same place."""
        for path, own in self.strings.items():
            others = other.strings.get(path, [])
            if len(own) == len(others) and self.shape.get(path) == other.shape.get(path):
                yield from zip(own, others, strict=True)


def _without_keys(template: str) -> str:
    """The editor names each paragraph anew in each language."""
    head, *rest = template.split(_BLOCK_KEY)
    return head + "".join(part.partition('"')[2] for part in rest)


# --- why a translation may not go live -----------------------------------------------------------------------------
def problems(instance: Any) -> list[str]:
    """What of this page or question still reads as in the source language, or has lost a placeholder."""
    segments = list(_open_segments(instance))
    found = []
    if segments:
        texts = Texts(instance)
        own = {(path, segment.string.data) for path, parts in texts.strings.items() for segment in parts}
        count = sum((path, words) in own for path, words in segments)
        if count:
            found.append(
                ngettext(
                    "%(count)d text is not translated yet: the older version stays with learners.",
                    "%(count)d texts are not translated yet: the older version stays with learners.",
                    count,
                )
                % {"count": count}
            )
    return [*found, *(lost_placeholder(*pair) for pair in _with_lost_placeholder(instance))]


def lost_placeholder(words: str, translated: str) -> str:
    names = ", ".join(sorted(placeholders(words) ^ placeholders(translated)))
    return gettext("These placeholders must stay as they are in the source: %(names)s") % {"names": names}


def _open_segments(instance: Any) -> Iterable[tuple[str, str]]:
    segments = StringSegment.objects.filter(
        source__object_id=instance.translation_key, source__translations__target_locale=instance.locale_id
    )
    return segments.exclude(Exists(_translations(instance.locale_id))).values_list("context__path", "string__data")


def _with_lost_placeholder(instance: Any) -> list[tuple[str, str]]:
    """Of what its source says now. In one query of five tables PostgreSQL, where it had counted none of them yet, took
    half an hour."""
    contexts = list(TranslationContext.objects.filter(object_id=instance.translation_key).values_list("pk", flat=True))
    braced = Q(translation_of__data__contains="{{") | Q(data__contains="{{")
    said = StringTranslation.objects.filter(braced, locale=instance.locale_id, context__in=contexts).values_list(
        "translation_of", "context", "translation_of__data", "data"
    )
    lost = {
        (string, context): (words, data)
        for string, context, words, data in said
        if placeholders(words) != placeholders(data)
    }
    if not lost:
        return []
    segments = StringSegment.objects.filter(source__object_id=instance.translation_key)
    current = set(segments.values_list("string", "context"))
    return list(dict.fromkeys(pair for place, pair in lost.items() if place in current))


def _translations(locale: Any) -> Any:
    return StringTranslation.objects.filter(
        translation_of=OuterRef("string"), context=OuterRef("context"), locale=locale, has_error=False
    )


# --- following what goes live --------------------------------------------------------------------------------------
@transaction.atomic
def follow(instances: list[Any], given: bool = False) -> None:
    """Takes the texts of sources, and remembers what translations say. A site that follows nothing yet, as long as
    nothing is `given` in several languages, is left in peace."""
    if not given and not TranslationSource.objects.exists():
        return
    source = Locale.get_default().pk
    instances = [_specific(instance) for instance in _latest(instances)]
    targets = [one for one in instances if one.locale_id != source]
    sources = [one for one in instances if one.locale_id == source]
    if given:
        sources += _not_yet_followed(targets, {one.translation_key for one in sources}, source)
    texts = take(sources)
    for batch in _batches(targets if given else _followed(targets)):
        _learn(batch, texts, given)


def link(instances: list[Any]) -> None:
    """Begins to follow what was written in several languages before: nothing of it is rewritten."""
    follow(instances, True)


def _not_yet_followed(targets: list[Any], taken: set[UUID], locale: int) -> list[Any]:
    keys = {one.translation_key for one in targets} - taken
    keys -= set(TranslationSource.objects.filter(object__in=keys, locale=locale).values_list("object_id", flat=True))
    return [
        row
        for model in {type(one) for one in targets}
        for row in model._default_manager.filter(translation_key__in=keys, locale=locale, live=True)
    ]


def _followed(targets: list[Any]) -> list[Any]:
    rows = Translation.objects.filter(source__object__in=[one.translation_key for one in targets])
    known = set(rows.values_list("source__object_id", "target_locale_id"))
    return [one for one in targets if (one.translation_key, one.locale_id) in known]


def _latest(instances: list[Any]) -> list[Any]:
    return list({(type(one), one.pk): one for one in instances}.values())


def _specific(instance: Any) -> Any:
    return instance.specific if isinstance(instance, Page) else instance


def take(instances: list[Any]) -> dict[UUID, Texts]:
    """The segments of these sources as they are now. What was said of words that are gone is kept."""
    objects = {one.translation_key: one for one in instances}
    content_types = ContentType.objects.get_for_models(*{one.get_translation_model() for one in instances})
    TranslatableObject.objects.bulk_create(
        [
            TranslatableObject(translation_key=key, content_type=content_types[one.get_translation_model()])
            for key, one in objects.items()
        ],
        ignore_conflicts=True,
    )
    texts: dict[UUID, Texts] = {}
    for batch in _batches(instances):
        texts |= _take(batch)
    return texts


def _take(instances: list[Any]) -> dict[UUID, Texts]:
    locale = instances[0].locale_id
    texts = {one.translation_key: Texts(one) for one in instances}
    sources = _sources(instances, locale)
    contexts = _contexts([(key, segment.path) for key, one in texts.items() for segment in one.segments])
    words = [segment.string.data for one in texts.values() for parts in one.strings.values() for segment in parts]
    strings = _strings(words, locale)
    templates = _templates([part for one in texts.values() for part in one.segments if _is(part, TemplateSegmentValue)])
    wanted: dict[type, dict[tuple, Any]] = {model: {} for model in SEGMENTS}
    for key, one in texts.items():
        for segment in one.segments:
            common = {"source_id": sources[key].pk, "context_id": contexts[key, segment.path], "order": segment.order}
            if isinstance(segment, StringSegmentValue):
                own = {"string_id": strings[segment.string.data], "attrs": _dumped(segment.attrs)}
                row: Any = StringSegment(**common, **own)
            elif isinstance(segment, TemplateSegmentValue):
                row = TemplateSegment(**common, template_id=templates[segment.template])
            elif isinstance(segment, RelatedObjectSegmentValue):
                continue  # no page or question of ours chooses another one
            else:
                row = OverridableSegment(**common, data_json=_dumped(segment.data))
            wanted[type(row)][_identity(row)] = row
    for model, rows in wanted.items():
        _replace(model, [source.pk for source in sources.values()], rows)
    return texts


SEGMENTS: dict[type, tuple[str, ...]] = {
    StringSegment: ("source_id", "context_id", "order", "string_id", "attrs"),
    TemplateSegment: ("source_id", "context_id", "order", "template_id"),
    OverridableSegment: ("source_id", "context_id", "order", "data_json"),
    RelatedObjectSegment: ("source_id", "context_id", "order", "object_id"),
}


def _is(segment: Any, kind: type) -> bool:
    return isinstance(segment, kind)


def _identity(row: Any) -> tuple:
    return tuple(getattr(row, name) for name in SEGMENTS[type(row)])


def _replace(model: Any, sources: list[int], rows: dict[tuple, Any]) -> None:
    standing = {_identity(row): row.pk for row in model.objects.filter(source__in=sources)}
    gone = [pk for identity, pk in standing.items() if identity not in rows]
    for batch in _batches(gone):
        model.objects.filter(pk__in=batch).delete()
    model.objects.bulk_create([row for identity, row in rows.items() if identity not in standing], batch_size=BATCH)


def _sources(instances: list[Any], locale: int) -> dict[UUID, TranslationSource]:
    """Each with its content; its date moves only when something changed that translations are made of."""
    keys = [one.translation_key for one in instances]
    found = {row.object_id: row for row in TranslationSource.objects.filter(object__in=keys, locale=locale)}
    new, changed = [], []
    for one in instances:
        content = _content(one)
        row = found.get(one.translation_key)
        if row is not None and json.loads(row.content_json) == json.loads(content):
            continue
        same = row is not None and _essence(type(one), row.content_json) == _essence(type(one), content)
        if row is None:
            row = found[one.translation_key] = TranslationSource(object_id=one.translation_key, locale_id=locale)
            row.last_updated_at = getattr(one, "last_published_at", None) or timezone.now()
            new.append(row)
        else:
            row.last_updated_at = row.last_updated_at if same else timezone.now()
            changed.append(row)
        row.specific_content_type = ContentType.objects.get_for_model(type(one))
        row.object_repr, row.content_json = str(one)[:200], content
        row.schema_version = _schema_version(one._meta.app_label)
    TranslationSource.objects.bulk_create(new, batch_size=BATCH)
    fields = ["object_repr", "content_json", "schema_version", "last_updated_at"]
    TranslationSource.objects.bulk_update(changed, fields, batch_size=BATCH)
    return found


def _schema_version(app: str) -> str:
    return get_schema_version(app)


def _content(instance: Any) -> str:
    if isinstance(instance, ClusterableModel):
        return instance.to_json()
    return json.dumps(get_serializable_data_for_fields(instance), cls=DjangoJSONEncoder)


def _essence(model: Any, content: str) -> dict[str, Any]:
    data = json.loads(content)
    fields = {field.field_name for field in get_translatable_fields(model)} - {"slug"}
    return {name: value for name, value in data.items() if name in fields}


def _contexts(places: list[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
    rows = {
        (key, path): TranslationContext(object_id=key, path=path, path_id=TranslationContext._get_path_id(path))
        for key, path in places
    }
    TranslationContext.objects.bulk_create(rows.values(), ignore_conflicts=True, batch_size=BATCH)
    keys = {key for key, _path in places}
    known = TranslationContext.objects.filter(object__in=keys).values_list("object_id", "path", "pk")
    return {(key, path): pk for key, path, pk in known}


def _strings(words: list[str], locale: int) -> dict[str, int]:
    rows = {text: String(locale_id=locale, data=text, data_hash=String._get_data_hash(text)) for text in words}
    String.objects.bulk_create(rows.values(), ignore_conflicts=True, batch_size=BATCH)
    found: dict[str, int] = {}
    for batch in _batches([row.data_hash for row in rows.values()]):
        known = String.objects.filter(locale=locale, data_hash__in=batch)
        found |= dict(known.values_list("data", "pk"))
    return found


def _templates(segments: list[TemplateSegmentValue]) -> dict[str, int]:
    for template in {segment.template: segment for segment in segments}.values():
        Template.from_value(template)
    found: dict[str, int] = {}
    for batch in _batches([segment.template for segment in segments]):
        found |= dict(Template.objects.filter(template__in=batch).values_list("template", "pk"))
    return found


def _dumped(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)


def _batches(rows: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


# --- remembering what a translation says ---------------------------------------------------------------------------
def _learn(instances: list[Any], texts: dict[UUID, Texts], given: bool) -> None:
    """What these live translations say of the words of their sources. A text that was the translation of other words at
    the same place teaches nothing: it is what makes the language lag. Nor does one in the words of the source, unless
    it is given. A page of another build than its source is not followed: it stays in the hands of its editors."""
    keys = [one.translation_key for one in instances]
    sources = _known_sources(keys)
    pairs: dict[Any, list] = {}
    for one in instances:
        if source := sources.get(one.translation_key):
            original = texts.get(one.translation_key) or Texts(source.as_instance())
            theirs = Texts(one)
            beside = list(original.beside(theirs))
            if not given or len(beside) == sum(map(len, theirs.strings.values())):
                pairs[one] = beside
    if given:
        rows = [Translation(source=sources[one.translation_key], target_locale_id=one.locale_id) for one in pairs]
        Translation.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    _remember(pairs, given)


def _known_sources(keys: list[UUID]) -> dict[UUID, TranslationSource]:
    rows = TranslationSource.objects.filter(object__in=keys, locale=Locale.get_default())
    return {row.object_id: row for row in rows}


def _remember(pairs: dict[Any, list], given: bool) -> None:
    keys = {one.translation_key for one in pairs}
    places = TranslationContext.objects.filter(object__in=keys).values_list("object_id", "path", "pk")
    contexts = {(key, path): pk for key, path, pk in places}
    strings = _strings(
        [own.string.data for beside in pairs.values() for own, _other in beside], Locale.get_default().pk
    )
    said: dict[tuple[int, int], dict[int, StringTranslation]] = defaultdict(dict)
    for row in StringTranslation.objects.filter(context__object__in=keys):
        said[row.context_id, row.locale_id][row.translation_of_id] = row
    new: list[StringTranslation] = []
    changed: list[StringTranslation] = []
    for one, beside in pairs.items():
        for own, other in beside:
            context, string = contexts[one.translation_key, own.path], strings[own.string.data]
            known, text = said[context, one.locale_id], other.string.data
            if any(row.data == text for row in known.values()) or (text == own.string.data and not given):
                continue
            row = known.get(string)
            if row is None:
                row = known[string] = _translation(string, context, one.locale_id)
                new.append(row)
            elif row.pk:
                changed.append(row)
            row.data, row.updated_at, row.has_error, row.field_error = text, timezone.now(), False, ""
            _remember_links(one, own, other)
    StringTranslation.objects.bulk_create(new, batch_size=BATCH)
    fields = ["data", "updated_at", "has_error", "field_error"]
    StringTranslation.objects.bulk_update(changed, fields, batch_size=BATCH)


def _translation(string: int, context: int, locale: int) -> StringTranslation:
    kind = StringTranslation.TRANSLATION_TYPE_MANUAL
    return StringTranslation(translation_of_id=string, context_id=context, locale_id=locale, translation_type=kind)


def _remember_links(instance: Any, own: StringSegmentValue, other: StringSegmentValue) -> None:
    """Links that lead elsewhere in this language."""
    for name, attrs in (own.attrs or {}).items():
        href, theirs = attrs.get("href"), (other.attrs or {}).get(name, {}).get("href")
        if href and theirs and href != theirs:
            path = f"{own.path}.{quote_path_component(href)}"
            context = TranslationContext.objects.get(object_id=instance.translation_key, path=path)
            SegmentOverride.objects.update_or_create(
                locale_id=instance.locale_id, context=context, defaults={"data_json": _dumped(theirs)}
            )


# --- how far a language is -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Progress:
    """Of one object, or of many, in one language."""

    total: int
    done: int

    @property
    def missing(self) -> int:
        return self.total - self.done

    @property
    def percent(self) -> int:
        """Rounded down: only what is complete reads 100."""
        return self.done * 100 // self.total if self.total else 100

    def __add__(self, other: "Progress") -> "Progress":
        return Progress(self.total + other.total, self.done + other.done)


NOTHING = Progress(0, 0)


def progress(keys: Iterable[UUID] | None = None) -> dict[tuple[UUID, str], Progress]:
    """By (key, language), of all sources that are live, or of these: three queries, however many they are."""
    segments = StringSegment.objects.filter(source__locale=Locale.get_default())
    if keys is not None:
        segments = segments.filter(source__object__in=keys)
    totals = dict(segments.values_list("source__object").annotate(Count("pk")).order_by())
    done = segments.filter(string__translations__context=F("context"), string__translations__has_error=False).exclude(
        string__translations__locale=F("source__locale")
    )
    counted = {
        (key, code): count
        for key, code, count in done.values_list("source__object", "string__translations__locale__language_code")
        .annotate(Count("pk", distinct=True))
        .order_by()
    }
    codes = [code for code in Locale.objects.values_list("language_code", flat=True) if code != settings.LANGUAGE_CODE]
    return {
        (key, code): Progress(total, counted.get((key, code), 0)) for key, total in totals.items() for code in codes
    }


@dataclass(frozen=True)
class Stale:
    """A text whose source has changed since it was translated."""

    former: str
    now: str
    translated: str


def stale(translation: Translation) -> dict[tuple[int, int], Stale]:
    """By (context, string) of the segments that wait for a translation: what stood there, and what was said of it."""
    open_ones = StringSegment.objects.filter(source=translation.source_id).exclude(
        Exists(_translations(translation.target_locale_id))
    )
    waiting: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for context, string, words in open_ones.order_by("order").values_list("context", "string", "string__data"):
        waiting[context].append((string, words))
    current = set(StringSegment.objects.filter(source=translation.source_id).values_list("context", "string"))
    former: dict[int, list[tuple[str, str]]] = defaultdict(list)
    said = StringTranslation.objects.filter(context__in=waiting, locale=translation.target_locale_id)
    for context, string, words, data in said.order_by("updated_at", "pk").values_list(
        "context", "translation_of", "translation_of__data", "data"
    ):
        if (context, string) not in current:
            former[context].append((words, data))
    return {
        (context, string): Stale(now=words, **_nearest(words, former[context]))
        for context, ones in waiting.items()
        for string, words in ones
        if former[context]
    }


def _nearest(words: str, former: list[tuple[str, str]]) -> dict[str, str]:
    """The latest where there is one; in a text of several paragraphs the one most alike."""
    said = max(reversed(former), key=lambda pair: SequenceMatcher(None, words, pair[0], autojunk=False).quick_ratio())
    return {"former": said[0], "translated": said[1]}
