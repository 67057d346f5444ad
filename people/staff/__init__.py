"""Screens about people inside the CMS. L&D sees who is there and invites; the rest is the admin's: team and job role
decide who sees whose training, roles and lists decide who gets in at all."""

from django.http import Http404, HttpRequest

from people.models import User


def learning_staff(request: HttpRequest) -> User:
    """Whoever asks, if they are L&D or an admin."""
    if not isinstance(request.user, User) or not request.user.is_learning_staff:
        raise Http404
    return request.user


def admin(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not request.user.is_admin:
        raise Http404
    return request.user
