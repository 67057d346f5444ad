"""Sending mail, away from any web request."""

import hashlib
import logging
import smtplib
from email import encoders
from email.mime.base import MIMEBase

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_tasks import task

from people import rules, truth
from people.models import Attachment, Mail

logger = logging.getLogger(__name__)


@task
def deliver_mail(mail_id: int) -> str:
    """Try once to send this mail, unless it is sent, given up, or in another worker's hands.

    Claiming an attempt plans the next one in the same transaction. Should this worker die at any point, the next
    attempt is in the queue already; after a success it finds nothing to do.
    """
    mail = _claim(mail_id)
    if mail is None:
        return "nothing to do"
    if not truth.is_true(mail):
        return _withdraw(mail)
    try:
        _message(mail).send()
    except Exception as error:  # whatever went wrong is written down: a mail must not be lost for a surprise
        return _record_failure(mail, error)
    _record_success(mail)
    return "sent"


@task
def deliver_mails(mail_ids: list[int]) -> str:
    """One after the other; each keeps its own books. What a dying worker leaves is found by `requeue_mail`."""
    results = [deliver_mail.func(mail_id) for mail_id in mail_ids]
    return f"{results.count('sent')} of {len(results)} sent"


@transaction.atomic
def _claim(mail_id: int) -> Mail | None:
    now = timezone.now()
    mail = Mail.objects.due(now).select_related("attachment").filter(pk=mail_id).first()
    if mail is None:
        return None
    until = now + rules.pause_after(mail.attempts + 1)
    # Two workers may both have read the mail as due: the one whose update finds the same count of attempts has it.
    mine = Mail.objects.due(now).filter(pk=mail_id, attempts=mail.attempts)
    if not mine.update(attempts=F("attempts") + 1, next_attempt_at=until):
        return None
    mail.attempts += 1
    if not rules.is_last(mail.attempts):
        deliver_mail.using(run_after=until).enqueue(mail_id)
    return mail


def _message(mail: Mail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        to=[mail.to],
        reply_to=[settings.SUPPORT_EMAIL] if settings.SUPPORT_EMAIL else None,
        headers={
            "Message-ID": mail.message_id,
            "Content-Language": mail.language,
            "Auto-Submitted": "auto-generated",
        },
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    if hasattr(mail, "attachment"):
        message.attach(_part(mail.attachment))
    return message


class Damaged(Exception):
    """The file is not the one that was enclosed."""


def _part(attachment: Attachment) -> MIMEBase:
    """In base64, so that no server on the way changes the end of a line."""
    content = bytes(attachment.content)
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        raise Damaged(attachment.name)
    part = MIMEBase(*attachment.content_type.partition(";")[0].split("/"))
    part.set_payload(content)
    encoders.encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment.name)
    return part


@transaction.atomic
def _withdraw(mail: Mail) -> str:
    Mail.objects.filter(pk=mail.pk, sent_at=None).update(withdrawn_at=timezone.now())
    _empty(mail)
    return "withdrawn"


@transaction.atomic
def _record_success(mail: Mail) -> None:
    emptied = {"text": "", "html": ""} if mail.is_secret else {}
    Mail.objects.filter(pk=mail.pk).update(sent_at=timezone.now(), failed_at=None, error="", **emptied)
    _empty(mail)


def _empty(mail: Mail) -> None:
    """Nobody sends it again, so nobody keeps what is in its file."""
    if hasattr(mail, "attachment"):
        Attachment.objects.filter(mail=mail).update(content=b"", emptied_at=timezone.now())


@transaction.atomic
def _record_failure(mail: Mail, error: Exception) -> str:
    given_up = rules.is_last(mail.attempts) or rules.is_refusal(_codes(error))
    logger.warning("Mail %s was not sent (attempt %d): %s", mail.message_id, mail.attempts, type(error).__name__)
    failed_at = timezone.now() if given_up else None
    emptied = {"text": "", "html": ""} if mail.is_secret and given_up else {}
    reason = f"{type(error).__name__}: {error}"[:2000]
    Mail.objects.filter(pk=mail.pk, sent_at=None).update(error=reason, failed_at=failed_at, **emptied)
    if given_up:
        _empty(mail)
    return "given up" if given_up else "tried"


def _codes(error: Exception) -> list[int]:
    """The reply codes of the mail server, where it gave any."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    if isinstance(error, smtplib.SMTPResponseException):
        return [error.smtp_code]
    return []
