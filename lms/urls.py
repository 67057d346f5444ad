"""The contents page: every address of the product, by who uses it."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from lms import stylesheet, views
from lms.packs.site import translated
from people.views import language

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("css/<slug:digest>.css", stylesheet.stylesheet, name="stylesheet"),
    # everybody: signing in, invitations, account, language
    path("language/", language, {"translated": translated}, name="language"),
    path("", include("people.urls")),
    # employees
    path("my/", views.my, name="my"),
    path("", include("courses.urls")),
    path("", include("assessments.quizzes.urls")),
    path("", include("assessments.scenarios.urls")),
    # certificates, and the public check of one
    path("", include("certificates.urls")),
    # managers
    path("", include("training.urls")),
    # auditors
    path("", include("lms.proof.urls")),
    # L&D
    path("cms/login/", RedirectView.as_view(pattern_name="login", query_string=True), name="cms-login"),
    # Accounts and roles are kept at cms/people/ alone, which knows their rules; Wagtail's own screens do not.
    re_path(r"^cms/(?:users|groups)/", RedirectView.as_view(pattern_name="people"), name="cms-accounts"),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    # uploads of editors: pictures only; documents go through the view above, which asks who may read them
    re_path(
        r"^media/(?P<path>(?:images|original_images)/.+)$", serve, {"document_root": settings.MEDIA_ROOT}, name="media"
    ),
]

if settings.DEBUG:
    from lms import styleguide

    urlpatterns.append(path("styleguide/", styleguide.styleguide, name="styleguide"))

# the catalogue and the course pages, in each language
urlpatterns += i18n_patterns(path("", include(wagtail_urls)), prefix_default_language=True)

handler400 = "lms.views.bad_request"
handler403 = "lms.views.forbidden"
handler404 = "lms.views.not_found"
handler500 = "lms.views.server_error"
