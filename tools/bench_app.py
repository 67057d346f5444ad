"""What `make bench` serves: the whole product, and beside it a bare Django view; each answer says its queries.

The bare view is what any Django application pays: the middlewares that `django-admin startproject` writes down, the
session and the person from the database, one query of its own, a line of text. At /bare/insert/ that query inserts a
row, with as much in it as an answer has.
"""

import os
import time
from uuid import UUID, uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.utils import timezone

from tools.serving import QueryCount

product = get_wsgi_application()

SOME = UUID(int=1)
BARE_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def bare_view(request: HttpRequest) -> HttpResponse:
    from courses.models import Enrolment

    return HttpResponse(f"{request.user.pk} {Enrolment.objects.filter(person=request.user).count()}")


def bare_insert(request: HttpRequest) -> HttpResponse:
    from assessments.quizzes.models import PracticeAnswer

    row = PracticeAnswer.objects.create(
        person=request.user,
        step_key=SOME,
        block_key=str(SOME),
        question_key=SOME,
        response={"chosen": [str(SOME)]},
        idem=uuid4(),
        at=timezone.now(),
    )
    return HttpResponse(f"{request.user.pk} {row.pk}")


class Bare(WSGIHandler):
    """Django's own handling of a request, middlewares and all, around one of those views."""

    def resolve_request(self, request):
        return bare_insert if request.path_info == "/bare/insert/" else bare_view, (), {}


with override_settings(MIDDLEWARE=BARE_MIDDLEWARE):
    bare = Bare()
assert settings.MIDDLEWARE != BARE_MIDDLEWARE


def application(environ, start_response):
    """The whole answer before its head: what an export asks the database while it streams is counted, too."""
    told: list = []
    count = QueryCount()

    def start(status, headers, exc_info=None):
        told[:] = [status, headers]

    begin = time.thread_time()
    with connection.execute_wrapper(count):
        answer = (bare if environ["PATH_INFO"].startswith("/bare/") else product)(environ, start)
        try:
            body = b"".join(answer)
        finally:
            answer.close()
    status, headers = told
    measured = [("X-Queries", str(count.queries)), ("X-Computed", str(time.thread_time() - begin))]
    start_response(status, [*headers, *measured])
    return [body]
