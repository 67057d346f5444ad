from django.urls import path

from lms.proof import views

urlpatterns = [
    path("register/", views.register, name="training-register"),
    path("register/export/<slug:form>/", views.register_export, name="training-register-export"),
    path("register/packs/", views.packs, name="evidence-packs"),
    path("register/packs/<uuid:key>/", views.pack, name="evidence-pack"),
    path("register/packs/<uuid:key>/zip/", views.pack_file, name="evidence-pack-file"),
]
