"""SCIM 2.0. `root` names the address that the others are below; /Me, /Bulk and a search over all are not done."""

from django.urls import path, re_path
from django_scim.views import ServiceProviderConfigView

from people.scim import views

app_name = "scim"

urlpatterns = [
    path("", views.Unknown.as_view(), name="root"),
    path("Users", views.Users.as_view(), name="users"),
    path("Users/.search", views.UserSearch.as_view(), name="users-search"),
    path("Users/<str:uuid>", views.Users.as_view(), name="users"),
    path("Groups", views.Groups.as_view(), name="groups"),
    path("Groups/.search", views.GroupSearch.as_view(), name="groups-search"),
    path("Groups/<str:uuid>", views.Groups.as_view(), name="groups"),
    path("ServiceProviderConfig", ServiceProviderConfigView.as_view(), name="service-provider-config"),
    path("ResourceTypes", views.ResourceTypes.as_view(), name="resource-types"),
    path("ResourceTypes/<str:uuid>", views.ResourceTypes.as_view(), name="resource-types"),
    path("Schemas", views.Schemas.as_view(), name="schemas"),
    path("Schemas/<str:uuid>", views.Schemas.as_view(), name="schemas"),
    path(".search", views.NotDone.as_view(), name="search"),
    path("Me", views.NotDone.as_view(), name="me"),
    path("Bulk", views.NotDone.as_view(), name="bulk"),
    re_path(r"^.+$", views.Unknown.as_view(), name="unknown"),
]
