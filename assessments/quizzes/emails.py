"""What quizzes write to people: one function a mail, in the reader's language."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from assessments.quizzes.models import QuizAttempt
from courses.reports import shown_in
from people.emails import Letter


def essays_marked(*, attempt: QuizAttempt) -> Letter:
    """To whoever wrote them: the result is there. It says neither points nor whether they passed: a mail is read by
    others, too."""
    language = attempt.enrolment.person.language
    with translation.override(language):
        title = shown_in(attempt.version, language).content["title"]
        subject = _("Marked: %(title)s") % {"title": title}
        context = {
            "subject": subject,
            "language": language,
            "link": settings.BASE_URL + reverse("result", args=[attempt.key]),
            "site_name": settings.WAGTAIL_SITE_NAME,
            "support_email": settings.SUPPORT_EMAIL,
            "title": title,
        }
        return Letter(
            kind="essays_marked",
            language=language,
            subject=subject,
            text=render_to_string("mail/essays_marked.txt", context),
            html=render_to_string("mail/essays_marked.html", context),
        )
