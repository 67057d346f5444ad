"""What training adds to the CMS: its rules."""

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from training import granting
from training.models import MAY_CHANGE
from training.staff import mail, people, requirements, wording

urls = [
    path("", requirements.requirements, name="requirements"),
    path("new/", requirements.new_requirement, name="new-requirement"),
    path("<uuid:requirement>/", requirements.requirement, name="requirement"),
    # mail
    path("mail/", mail.training_mail, name="training-mail"),
    path("mail/preview/", mail.mail_preview, name="mail-preview"),
    path("mail/sent/", mail.sent_mail, name="sent-mail"),
    path("mail/words/", wording.wordings, name="wordings"),
    path("mail/words/<slug:kind>/<slug:language>/", wording.wording, name="wording"),
    # one person
    path("people/", people.training_people, name="training-people"),
    path("people/<uuid:person>/", people.training_person, name="training-person"),
    path("people/<uuid:person>/leave/", granting.staff_leave, name="training-leave"),
    path("leaves/<uuid:leave>/withdraw/", granting.staff_leave_withdraw, name="training-leave-withdraw"),
    path("trainings/<uuid:assignment>/<slug:act>/", granting.staff_grant, name="training-grant"),
    path("proofs/", people.training_proofs, name="training-proofs"),
    path("proofs/<uuid:proof>/", people.training_proof, name="training-proof"),
]


@hooks.register("register_admin_urls")
def training_urls() -> list:
    return [path("requirements/", include(urls))]


@hooks.register("register_admin_menu_item")
def requirements_item() -> MenuItem:
    return MenuItem(gettext_lazy("Requirements"), reverse("requirements"), icon_name="calendar-check", order=258)


@hooks.register("register_admin_menu_item")
def people_item() -> MenuItem:
    return MenuItem(
        pgettext_lazy("menu", "Training of a person"),  # the heading's own words are cut off there
        reverse("training-people"),
        name="training-people",
        icon_name="user",
        order=259,
    )


@hooks.register("register_permissions")
def permissions() -> QuerySet[Permission]:
    """So that a group of any name can be given it, in the CMS."""
    app, codename = MAY_CHANGE.split(".")
    return Permission.objects.filter(content_type__app_label=app, codename=codename)
