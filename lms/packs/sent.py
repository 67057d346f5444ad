"""A pack that somebody sends in the CMS: read and checked while they wait, imported by a worker, since a whole course
takes longer than a browser waits."""

from datetime import datetime
from io import BytesIO
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django_tasks import task

from certificates import preparing
from certificates.models import private_storage
from lms.models import CourseImport
from lms.packs.importing import Plan, apply, plan_import, refuse_what_is_here
from lms.packs.reading import PackError
from lms.packs.rights import may_begin, may_publish
from lms.packs.uploading import read_zip
from people.models import User


def request_import(*, key: UUID, data: bytes, by: User) -> CourseImport:
    """The same key is the same request, however often it is sent. PackError where the pack is refused already."""
    if earlier := CourseImport.objects.visible_to(by).filter(key=key).first():
        return earlier
    plan = _plan(data, by)
    facts = {
        "requested_by": by,
        "requested_at": timezone.now(),
        "language": get_language(),
        "pack_id": plan.pack.id,
        "course_key": plan.course_key,
        "size": len(data),
    }
    with transaction.atomic():
        sent, created = CourseImport.objects.get_or_create(key=key, defaults=facts)
        if sent.requested_by_id != by.pk:
            raise PackError("zip", "", _("Open this page anew and send the file again."))
        if created:
            private_storage().save(sent.path, File(BytesIO(data)))
            import_sent.enqueue(str(key))
    return sent


def _plan(data: bytes, by: User) -> Plan:
    plan = plan_import(read_zip(data))
    if not may_publish(by):
        refuse_what_is_here(plan)
    return plan


@task
def import_sent(key: str) -> str:
    """Try once to import this; claimed and planned anew as zips of certificates are. What the pack is refused for now
    it would be refused for again."""
    rows = CourseImport.objects.all()
    claimed = preparing.claim(rows.select_related("requested_by"), key, import_sent)
    if claimed is None:
        return "nothing to do"
    try:
        with override(claimed.language):
            _bring(claimed)
    except PackError as refused:
        preparing.give_up(rows, claimed, str(refused))
        return "refused"
    except Exception as error:  # whatever went wrong is written down, for whoever sent it
        return preparing.record_failure(rows, claimed, error)
    preparing.clear(claimed)
    return "imported"


def _bring(sent: CourseImport) -> None:
    """The course and the word about it are written together: wherever a worker dies, it is imported once."""
    by = sent.requested_by
    if not by.is_active or not may_begin(by):
        raise PackError("zip", "", _("Whoever sent this may not bring courses any more."))
    with private_storage().open(sent.path) as file:
        plan = _plan(file.read(), by)
    left = [[change.name, change.language, change.reason] for change in plan.left_alone]
    with transaction.atomic():
        apply(plan, by=by, as_drafts=not may_publish(by))
        if not preparing.record_made(CourseImport.objects.all(), sent, clear_sent, written=len(plan.writes), left=left):
            raise RuntimeError("another worker took it up meanwhile")


@task
def clear_sent() -> int:
    """Remove what a worker that died just after an import left of its file. How many files that were."""
    return sum(preparing.clear(done) for done in CourseImport.objects.expired(timezone.now()).iterator())


def try_import_again(*, sent: CourseImport) -> bool:
    """Take up a failed one again. False: it is imported, or still being imported."""
    return preparing.try_again(CourseImport.objects.all(), sent, import_sent)


def requeue(*, waiting_since: datetime) -> int:
    """Imports whose task was lost. How many."""
    return preparing.requeue(CourseImport.objects.lost(waiting_since), import_sent)
