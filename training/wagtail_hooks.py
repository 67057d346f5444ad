"""What training adds to the CMS: its rules."""

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from training.models import MAY_CHANGE
from training.staff import mail, requirements

urls = [
    path("", requirements.requirements, name="requirements"),
    path("new/", requirements.new_requirement, name="new-requirement"),
    path("<uuid:requirement>/", requirements.requirement, name="requirement"),
    # mail
    path("mail/", mail.training_mail, name="training-mail"),
    path("mail/preview/", mail.mail_preview, name="mail-preview"),
]


@hooks.register("register_admin_urls")
def training_urls() -> list:
    return [path("requirements/", include(urls))]


@hooks.register("register_admin_menu_item")
def requirements_item() -> MenuItem:
    return MenuItem(gettext_lazy("Requirements"), reverse("requirements"), icon_name="calendar-check", order=258)


@hooks.register("register_permissions")
def permissions() -> QuerySet[Permission]:
    """So that a group of any name can be given it, in the CMS."""
    app, codename = MAY_CHANGE.split(".")
    return Permission.objects.filter(content_type__app_label=app, codename=codename)
