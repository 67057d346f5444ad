from assessments.scenarios.models.pages import ScenarioPage
from assessments.scenarios.models.records import ReflectionAnswer, ScenarioRun, ScenarioStep

__all__ = ["ReflectionAnswer", "ScenarioPage", "ScenarioRun", "ScenarioStep"]
