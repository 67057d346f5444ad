"""Writes one object of a pack at a time. Every page and question goes live through its own save(), guard and all."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import pairwise
from typing import Any

from anyascii import anyascii
from django.core.exceptions import ValidationError
from django.db.models import DateField
from django.db.models.signals import post_save
from django.utils import timezone
from django.utils.text import slugify
from modelsearch.backends import get_search_backends
from modelsearch.signal_handlers import post_save_signal_handler
from wagtail.log_actions import log
from wagtail.models import Locale, Page, ReferenceIndex, Revision
from wagtail.signal_handlers import disable_reference_index_auto_update

from assessments.quizzes.formats.pack import with_images
from courses.models import CataloguePage, StepPage
from courses.models.pages import ReadOnce
from lms.packs.change import Action, Change
from lms.packs.objects import MODELS, ORDER, PAGES, QUESTION, PackObject
from lms.packs.pictures import Library, NoPicture
from lms.packs.reading import PackError
from lms.packs.site import CATALOGUE
from people.models import User

SLUG_LENGTH = 60


class Writer:
    """`pages` are the parents that children are written below, by (object id, language). library: the pictures of the
    pack. by: who brings it. as_drafts: what is new does not go live. remarked: what had other answer keys or scores
    when it was live before."""

    def __init__(
        self, pages: dict[tuple[str, str], Page], library: Library, by: User | None = None, as_drafts: bool = False
    ) -> None:
        self.pages, self.library, self.by, self.as_drafts = pages, library, by, as_drafts
        self.remarked: list[PackObject] = []
        self.locales = {locale.language_code: locale for locale in Locale.objects.all()}
        self.catalogues = {
            page.locale.language_code: page
            for page in CataloguePage.objects.filter(translation_key=CATALOGUE).select_related("locale")
        }
        self.read = ReadOnce()  # questions and source points are written before the pages
        self.now = timezone.now()

    def parent(self, one: PackObject) -> Page:
        return self.pages[one.parent, one.language] if one.parent else self.catalogues[one.language]

    def write(self, change: Change, row: Any) -> Any:
        """Does what the plan says with this object; the page or question that was written, if its content was."""
        one = change.object
        if one is None:  # it left the pack
            row = type(row).objects.get(pk=row.pk)
            row.unpublish(log_action="wagtail.unpublish")
            return None
        with refused(one):
            if one.kind == ORDER:
                return self.arrange(one)
            return self.create(one) if change.action == Action.CREATE else self.update(one, row)

    def create(self, one: PackObject) -> Any:
        published = None if self.as_drafts else self.now
        row: Any = MODELS[one.kind](
            locale=self.locales[one.language],
            translation_key=one.key,
            live=not self.as_drafts,
            has_unpublished_changes=self.as_drafts,
            first_published_at=published,
            last_published_at=published,
            **self._values(one),
        )
        if one.kind in PAGES:
            parent = _refresh_place(self.parent(one))
            row.slug = _slug(one, parent)
            with self._surrounded(row, one):
                parent.add_child(instance=row)
            self.pages[one.name] = row
        else:
            row.save()
        self._record(row)
        return row

    def update(self, one: PackObject, row: Any) -> Any:
        if one.kind in PAGES:
            self._put_below(row, self.parent(one))
            row.draft_title = one.values["title"]
        approved = row.marks() if self.by and row.live else None
        for name, value in self._values(one).items():
            setattr(row, name, value)
        if approved is not None and row.marks() != approved:
            self.remarked.append(one)
        row.live, row.has_unpublished_changes, row.expired, row.last_published_at = True, False, False, self.now
        row.first_published_at = row.first_published_at or self.now
        with self._surrounded(row, one):
            row.save()
        log(instance=row, action="wagtail.publish", user=self.by, revision=self._record(row), content_changed=True)
        return row

    def _values(self, one: PackObject) -> dict[str, Any]:
        """A question without a picture in the pack is to have none."""
        values = _typed(one)
        if one.kind != QUESTION:
            return values
        pictured = with_images(values, lambda digest: self.library.image(digest, title=values["code"]).pk)
        return {"picture_id": pictured.pop("picture", None), "picture_alt": ""} | pictured

    def _surrounded(self, row: Any, one: PackObject) -> AbstractContextManager[None]:
        return self.read.around(row, self.parent(one)) if isinstance(row, StepPage) else nullcontext()

    def _put_below(self, page: Page, parent: Page) -> None:
        if not _refresh_place(page).is_child_of(_refresh_place(parent)):
            page.move(parent, pos="last-child")
            _refresh_place(page)

    def arrange(self, one: PackObject) -> None:
        """The children of a page in the order of the pack; what editors put between them stays where it is."""
        parent = _refresh_place(self.pages[one.parent, one.language])
        children = {str(child.translation_key): child.pk for child in Page.objects.child_of(parent).order_by("path")}
        wanted = [key for key in one.values["keys"] if key in children]
        if [key for key in children if key in wanted] == wanted:
            return
        for earlier, later in pairwise(wanted):
            Page.objects.get(pk=children[later]).move(Page.objects.get(pk=children[earlier]), pos="right")

    def _record(self, row: Any) -> Revision:
        """What Wagtail's publishing leaves: a revision that is the latest and the live one; of a draft the latest."""
        revision = row.save_revision(user=self.by, clean=False, changed=self.as_drafts)
        if self.as_drafts:
            return revision
        type(row)._default_manager.filter(pk=row.pk).update(live_revision=revision)
        row.live_revision = revision
        return revision


@contextmanager
def refused(one: PackObject) -> Iterator[None]:
    """What the page itself refuses is told as a fault of the pack; the transaction is lost."""
    try:
        yield
    except (ValidationError, NoPicture) as error:
        reasons = error.messages if isinstance(error, ValidationError) else [str(error)]
        raise PackError(one.file, f"{one.id} ({one.language})", " ".join(reasons)) from error


def _typed(one: PackObject) -> dict[str, Any]:
    """The values as fields have them: a date stands as text in a pack, and is hashed so."""
    dated = {field.name: field for field in MODELS[one.kind]._meta.concrete_fields if isinstance(field, DateField)}
    return {name: dated[name].to_python(value) if name in dated else value for name, value in one.values.items()}


def _refresh_place(page: Page) -> Page:
    """Others may have moved it, or put something below it, since it was read."""
    page.refresh_from_db(fields=["path", "depth", "numchild", "url_path"])
    return page


def _slug(one: PackObject, parent: Page) -> str:
    slug = one.slug or slugify(anyascii(one.values["title"]))[:SLUG_LENGTH].strip("-") or slugify(one.id)
    taken = parent.get_children().filter(slug=slug).exists()
    return f"{slug}-{slugify(one.id)}" if taken else slug


@contextmanager
def indexed_at_the_end() -> Iterator[list[Any]]:
    """Wagtail enqueues two tasks at every save, for search and for references. An import saves each row several times:
    here both are done once, at the end, in the same transaction, for the rows in the list this gives."""
    written: list[Any] = []
    for model in MODELS.values():
        post_save.disconnect(post_save_signal_handler, sender=model)
    try:
        with disable_reference_index_auto_update():
            yield written
    finally:
        for model in MODELS.values():
            post_save.connect(post_save_signal_handler, sender=model)
    _index(written)


def _index(rows: Iterable[Any]) -> None:
    by_model: dict[type, list[Any]] = {}
    for row in rows:
        ReferenceIndex.create_or_update_for_object(row)
        by_model.setdefault(type(row), []).append(row)
    for backend in get_search_backends(with_auto_update=True):
        for model, instances in by_model.items():
            backend.add_bulk(model, instances)
