from django.urls import path

from assessments.quizzes import daily, guests, marking, one_page, views

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
    # practice, for oneself alone
    path("practice/", daily.practice, name="practice"),
    path("practice/<uuid:question>/", daily.practice_one, name="practice-one"),
    path("practice/<uuid:question>/answer/", daily.practice_answer, name="practice-answer"),
    # self-checks, for people without an account too
    path("self-check/<uuid:step>/", guests.self_check, name="self-check"),
    path("self-check/<uuid:step>/start/", guests.self_check_start, name="self-check-start"),
    path("self-check/<uuid:step>/result/", guests.self_check_result, name="self-check-result"),
    path("self-check/<uuid:step>/<int:number>/", guests.self_check_question, name="self-check-question"),
    path("self-check/<uuid:step>/<int:number>/answer/", guests.self_check_answer, name="self-check-answer"),
    path("marking/", marking.queue, name="marking"),
    path("marking/<uuid:key>/", marking.essay, name="essay"),
    path("marking/<uuid:key>/claim/", marking.claim, name="essay-claim"),
    path("marking/<uuid:key>/release/", marking.release, name="essay-release"),
]
