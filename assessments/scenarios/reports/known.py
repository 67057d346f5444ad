"""What other screens ask of a version of a scenario, read together: whoever meets it first pays for one query."""

from dataclasses import dataclass

from assessments import policy
from courses import versions


@dataclass(frozen=True)
class Known:
    """practises: its skills and objectives, each by a name that no other has."""

    tries: policy.Tries
    practises: frozenset[str]


def _known(attempts: int | None, waits: list[int], skills: list[dict], objectives: list[dict]) -> Known:
    practises = [f"skill {one['key']}" for one in skills] + [f"objective {one['id']}" for one in objectives]
    return Known(policy.Tries(attempts, tuple(waits)), frozenset(practises))


KNOWN = versions.Fact("body__attempts", "body__waits", "body__skills", "objectives", made=_known)
