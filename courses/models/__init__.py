from courses.models.pages import CataloguePage, CoursePage, LessonPage, ModulePage, StepPage
from courses.models.records import (
    Allowance,
    Completion,
    CourseVersion,
    Enrolment,
    Place,
    Publication,
    Reflection,
    StepCompletion,
    StepVersion,
)
from courses.models.site import SiteFacts
from courses.models.sources import SourceArticle, SourcePoint

__all__ = [
    "Allowance",
    "CataloguePage",
    "Completion",
    "CoursePage",
    "CourseVersion",
    "Enrolment",
    "LessonPage",
    "ModulePage",
    "Place",
    "Publication",
    "Reflection",
    "SiteFacts",
    "SourceArticle",
    "SourcePoint",
    "StepCompletion",
    "StepPage",
    "StepVersion",
]
