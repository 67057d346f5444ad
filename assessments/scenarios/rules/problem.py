"""What the checker finds. The words for each code are in `assessments/scenarios/messages.py`, in three languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assessments.scenarios.rules.graph import Step

ERROR, WARNING, INFO = "error", "warning", "info"
SEVERITIES = (ERROR, WARNING, INFO)


@dataclass(frozen=True)
class Problem:
    """`node` and `choice` say where; `path` is a shortest way for a learner to get there: a witness, not a guess."""

    code: str
    severity: str
    node: str = ""
    choice: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    path: tuple[Step, ...] = ()
