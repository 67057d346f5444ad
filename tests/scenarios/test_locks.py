"""In which order the rows of a run are held."""

import pytest
from django.db.models import QuerySet

from tests.scenarios.factories import EXPERT, play


@pytest.fixture
def held(monkeypatch) -> list[str]:
    """The models whose rows were locked, in this order, each once."""
    names, select_for_update = [], QuerySet.select_for_update

    def remember(self, *args, **kwargs):
        if self.model.__name__ not in names:
            names.append(self.model.__name__)
        return select_for_update(self, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", remember)
    return names


def test_an_ending_takes_the_enrolment_before_the_run_and_the_chain_last(run, held):
    last = play(run, *EXPERT[:-1])
    held.clear()
    assert play(last, EXPERT[-1]).passed
    assert held == ["Enrolment", "ScenarioRun", "Head"]
