"""SCIM 2.0. `root` names the address that the others are below; /Me, /Bulk and a search over all are not done."""

from django.urls import path, re_path
from django_scim.views import ServiceProviderConfigView

from people.scim import views

app_name = "scim"
ONE = "(?:/(?P<uuid>[^/]+))?"  # of them, or all

urlpatterns = [
    path("", views.Unknown.as_view(), name="root"),
    path("Users/.search", views.UserSearch.as_view(), name="users-search"),
    re_path(rf"^Users{ONE}$", views.Users.as_view(), name="users"),
    path("Groups/.search", views.GroupSearch.as_view(), name="groups-search"),
    re_path(rf"^Groups{ONE}$", views.Groups.as_view(), name="groups"),
    path("ServiceProviderConfig", ServiceProviderConfigView.as_view(), name="service-provider-config"),
    re_path(rf"^ResourceTypes{ONE}$", views.ResourceTypes.as_view(), name="resource-types"),
    re_path(rf"^Schemas{ONE}$", views.Schemas.as_view(), name="schemas"),
    path(".search", views.NotDone.as_view(), name="search"),
    path("Me", views.NotDone.as_view(), name="me"),
    path("Bulk", views.NotDone.as_view(), name="bulk"),
    re_path(r"^.+$", views.Unknown.as_view(), name="unknown"),
]
