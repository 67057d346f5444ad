from django.urls import path

from assessments.quizzes import marking, one_page, views

urlpatterns = [
    path("learn/<uuid:enrolment>/<uuid:step>/attempt/", views.attempt_start, name="attempt-start"),
    path(
        "learn/<uuid:enrolment>/<uuid:step>/practice/<slug:block>/", views.practice_question, name="practice-question"
    ),
    path("attempts/<uuid:key>/", views.attempt, name="attempt"),
    path("attempts/<uuid:key>/<int:number>/", views.question, name="question"),
    path("attempts/<uuid:key>/<int:number>/answer/", views.answer, name="answer"),
    path("attempts/<uuid:key>/<int:number>/flag/", views.flag, name="flag"),
    path("attempts/<uuid:key>/all/", one_page.attempt_all, name="attempt-all"),
    path("attempts/<uuid:key>/answers/", one_page.answers, name="answers"),
    path("attempts/<uuid:key>/check/", views.attempt_check, name="attempt-check"),
    path("attempts/<uuid:key>/hand-in/", views.hand_in, name="hand-in"),
    path("attempts/<uuid:key>/result/", views.result, name="result"),
    path("marking/", marking.queue, name="marking"),
    path("marking/<uuid:key>/", marking.essay, name="essay"),
    path("marking/<uuid:key>/claim/", marking.claim, name="essay-claim"),
    path("marking/<uuid:key>/release/", marking.release, name="essay-release"),
]
