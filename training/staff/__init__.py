"""L&D's screens about rules and reminders inside the CMS. All of L&D may read them; who may change a rule has a
permission of its own."""

from django.http import Http404, HttpRequest

from people.models import User
from training.models import MAY_CHANGE


def learning_staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not request.user.is_learning_staff:
        raise Http404
    return request.user


def rule_maker(request: HttpRequest) -> User:
    if not request.user.has_perm(MAY_CHANGE):
        raise Http404
    return learning_staff(request)
