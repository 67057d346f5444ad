from django.urls import path

from assessments.scenarios import views

urlpatterns = [
    path("learn/<uuid:enrolment>/<uuid:step>/run/", views.run_start, name="run-start"),
    path("runs/<uuid:key>/", views.run, name="run"),
    path("runs/<uuid:key>/choose/", views.choose, name="choose"),
    path("runs/<uuid:key>/rewind/", views.run_rewind, name="run-rewind"),
    path("runs/<uuid:key>/debrief/", views.debrief, name="debrief"),
    path("runs/<uuid:key>/reflection/", views.run_reflection, name="run-reflection"),
    path("runs/<uuid:key>/practise/", views.run_practise, name="run-practise"),
    path("runs/<uuid:key>/transcript/", views.transcript, name="transcript"),
]
