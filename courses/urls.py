from django.urls import path

from courses import views

urlpatterns = [
    path("courses/<uuid:course>/begin/", views.begin, name="begin"),
    path("learn/<uuid:enrolment>/", views.enrolment, name="enrolment"),
    path("learn/<uuid:enrolment>/start/", views.start, name="start"),
    path("learn/<uuid:enrolment>/<uuid:step>/", views.step, name="step"),
    path("learn/<uuid:enrolment>/<uuid:step>/complete/", views.complete, name="complete-step"),
    path("learn/<uuid:enrolment>/<uuid:step>/place/", views.place, name="place"),
    path("learn/<uuid:enrolment>/<uuid:step>/reflection/<slug:block>/", views.reflection, name="reflection"),
    path("learn/<uuid:enrolment>/<uuid:step>/card/<slug:block>/", views.job_aid, name="job-aid"),
]
