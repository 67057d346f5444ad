"""Included at the root, before Wagtail's own urls: the login that Wagtail brings for pages is no door beside ours."""

from django.contrib.auth import views as auth_views
from django.urls import include, path
from django.views.generic import RedirectView

from people import views

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("_util/login/", RedirectView.as_view(pattern_name="login", query_string=True), name="page-login"),
    # a forgotten password
    path("password-reset/", views.PasswordResetView.as_view(), name="password_reset"),
    path("password-reset/sent/", auth_views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("password-reset/done/", auth_views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path(
        "password-reset/<str:uidb64>/<str:token>/",
        views.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
    # an offered account
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    # one's own account
    path("account/", views.account, name="account"),
    path("account/password/", views.PasswordChangeView.as_view(), name="password_change"),
    path("account/calendar/", views.calendar_link, name="calendar-link"),
    path("help/", views.help_page, name="help"),
    # a directory
    path("scim/v2/", include("people.scim.urls")),
]
