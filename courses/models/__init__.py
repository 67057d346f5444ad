from courses.models.pages import CataloguePage, CoursePage, LessonPage, ModulePage, ReviewTask, StepPage
from courses.models.records import (
    Allowance,
    Completion,
    CourseVersion,
    Decision,
    Enrolment,
    Place,
    Publication,
    Redo,
    Reflection,
    RefusedPublication,
    Rollout,
    StepCompletion,
    StepVersion,
)
from courses.models.site import ReviewRules, SiteFacts
from courses.models.sources import SourceArticle, SourcePoint

__all__ = [
    "Allowance",
    "CataloguePage",
    "Completion",
    "CoursePage",
    "CourseVersion",
    "Decision",
    "Enrolment",
    "LessonPage",
    "ModulePage",
    "Place",
    "Publication",
    "Redo",
    "Reflection",
    "RefusedPublication",
    "ReviewRules",
    "ReviewTask",
    "Rollout",
    "SiteFacts",
    "SourceArticle",
    "SourcePoint",
    "StepCompletion",
    "StepPage",
    "StepVersion",
]
