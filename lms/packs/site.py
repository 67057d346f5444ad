"""The site around the courses: languages, catalogues, what each role may do in the CMS. All of it may be repeated."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext, override, pgettext
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Locale,
    Page,
    Site,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from courses.keys import pack_key
from courses.models import CataloguePage, ReviewTask
from people import roles
from people.views import swap_prefix

CATALOGUE = pack_key("site", "catalogue")
PAGES = {
    roles.EDITOR: ("add_page", "change_page"),
    roles.PUBLISHER: ("add_page", "change_page", "publish_page", "lock_page", "unlock_page", "bulk_delete_page"),
}
FILES = ("add", "change", "choose")  # images and documents: both roles
SOURCES = tuple(f"{act}_{kind}" for act in ("view", "add", "change") for kind in ("sourcearticle", "sourcepoint"))
MODELS = {  # snippets and settings: permission codenames
    roles.EDITOR: (
        "view_question",
        "add_question",
        "change_question",
        "submit_translation",
        "view_term",
        "add_term",
        "change_term",
        *SOURCES,
    ),
    roles.PUBLISHER: (
        "change_requirement",
        "change_managerrights",
        "view_question",
        "add_question",
        "change_question",
        "delete_question",
        "publish_question",
        "submit_translation",
        "change_sitefacts",
        "change_certificatelook",
        "view_courselook",
        "add_courselook",
        "change_courselook",
        "delete_courselook",
        "view_term",
        "add_term",
        "change_term",
        "delete_term",
        *SOURCES,
    ),
}
WAGTAILS_OWN = ("Editors", "Moderators")  # its two groups: ours take their place


@transaction.atomic
def set_up_site() -> list[str]:
    """Makes what is missing; what was made, one line each. The second time nothing is written."""
    return [*_locales(), *_catalogues(), *_site(), *_roles(), *_review()]


def _locales() -> list[str]:
    codes = [code for code, _name in settings.LANGUAGES]
    return [f"language {code}" for code in codes if Locale.objects.get_or_create(language_code=code)[1]]


def _catalogues() -> list[str]:
    """One for each language, side by side below the root, linked as translations."""
    made = []
    root = Page.get_first_root_node()
    for code, _name in settings.LANGUAGES:
        locale = Locale.objects.get(language_code=code)
        if CataloguePage.objects.filter(translation_key=CATALOGUE, locale=locale).exists():
            continue
        with override(code):
            title = gettext("Courses")
        root.add_child(
            instance=CataloguePage(
                title=title, slug=f"courses-{code}", locale=locale, translation_key=CATALOGUE, show_in_menus=True
            )
        )
        made.append(f"catalogue {code}")
    return made


def _site() -> list[str]:
    """The Polish catalogue is the root; the page that Wagtail's installation put there goes."""
    catalogue = CataloguePage.objects.get(translation_key=CATALOGUE, locale=Locale.get_default())
    address = urlsplit(settings.BASE_URL)
    port = address.port or (443 if address.scheme == "https" else 80)
    wanted = {"hostname": address.hostname, "port": port, "root_page_id": catalogue.pk, "site_name": "Ostoja"}
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    if all(getattr(site, name) == value for name, value in wanted.items()):
        return []
    for name, value in wanted.items():
        setattr(site, name, value)
    site.save()
    welcome = Page.objects.filter(depth=2, slug="home", numchild=0, content_type__model="page")
    for page in welcome:
        page.delete()
    return [f"site {site.hostname}:{site.port}"]


def _roles() -> list[str]:
    made = []
    for name in roles.ALL:
        group, created = Group.objects.get_or_create(name=name)
        granted = (name in PAGES and _grant(group)) or (name == roles.MARKER and _let_mark(group))
        if created or granted:
            made.append(f"role {name}")
    return made


def _grant(group: Group) -> bool:
    """Whether anything was missing."""
    root, files = Page.get_first_root_node(), Collection.get_first_root_node()
    on_files = {f"{act}_{kind}" for act in FILES for kind in ("image", "document")}
    on_models = {"access_admin", *MODELS[group.name]}
    found = {one.codename: one for one in _permissions({*PAGES[group.name], *on_files, *on_models})}
    granted = [
        GroupPagePermission.objects.get_or_create(group=group, page=root, permission=found[codename])[1]
        for codename in PAGES[group.name]
    ]
    granted += [
        GroupCollectionPermission.objects.get_or_create(group=group, collection=files, permission=found[codename])[1]
        for codename in sorted(on_files)
    ]
    missing = on_models - set(group.permissions.values_list("codename", flat=True))
    group.permissions.add(*(found[codename] for codename in missing))
    return any(granted) or bool(missing)


def _let_mark(group: Group) -> bool:
    """Marking is a permission of its own, for people who need nothing else of the CMS."""
    missing = _permissions({"mark_essays"})
    if group.permissions.filter(pk__in=[one.pk for one in missing]).exists():
        return False
    group.permissions.add(*missing)
    return True


def _permissions(codenames: set[str]) -> list[Permission]:
    apps = (
        "wagtailadmin",
        "wagtailcore",
        "wagtailimages",
        "wagtaildocs",
        "wagtail_localize",
        "quizzes",
        "training",
        "courses",
        "certificates",
    )
    return list(Permission.objects.filter(codename__in=codenames, content_type__app_label__in=apps))


def _review() -> list[str]:
    """Everything below the root is reviewed by a publisher, with four eyes; Wagtail's own workflow and groups go."""
    made = []
    if not ReviewTask.objects.exists():
        name = review_name()
        task = ReviewTask.objects.create(name=name)
        task.groups.set([Group.objects.get(name=roles.PUBLISHER)])
        workflow = Workflow.objects.create(name=name)
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
        WorkflowPage.objects.update_or_create(page=Page.get_first_root_node(), defaults={"workflow": workflow})
        made.append("workflow of review")
    groups = Group.objects.filter(name__in=WAGTAILS_OWN, user=None)
    for old in GroupApprovalTask.objects.filter(groups__in=groups, active=True).distinct():
        Workflow.objects.filter(workflow_tasks__task=old).filter(workflow_pages=None).update(active=False)
        GroupApprovalTask.objects.filter(pk=old.pk).update(active=False)
    made += [f"role {name} of Wagtail removed" for name in groups.values_list("name", flat=True)]
    groups.delete()
    return made


def review_name() -> str:
    """In the language of the site, as the name of a role is: Wagtail says "Submit to …" with it."""
    with override(settings.LANGUAGE_CODE):
        return pgettext("workflow", "Review by a publisher")


def translated(url: str, language: str) -> str:
    """The address of the same page in another language: of a course its translation, else the catalogue. Addresses
    outside the languages' own part of the site stay as they are."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    site = Site.objects.select_related("root_page").filter(is_default_site=True).first()
    if not parts or parts[0] not in dict(settings.LANGUAGES) or site is None:
        return url
    page = _page(site.root_page, parts[0], parts[1:])
    if page is None:
        return swap_prefix(url, language)
    other = page.get_translation_or_none(Locale.objects.get(language_code=language))
    return other.url if other and other.live else f"/{language}/"


def _page(root: Page, language: str, slugs: list[str]) -> Page | None:
    page = Page.objects.filter(translation_key=root.translation_key, locale__language_code=language).first()
    for slug in slugs:
        page = page and page.get_children().filter(slug=slug).first()
    return page
