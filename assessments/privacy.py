"""Whose figures may stand beside the sum of all: none that would tell of somebody. No Django."""

from collections.abc import Mapping

PEOPLE_AT_LEAST = 5  # of fewer, figures would be somebody's own


def beside(counts: Mapping[str, int]) -> list[str]:
    """The groups that may stand beside the sum of all: none of too few people, and what is left of the sum without
    them, which everybody can work out, is nobody or as many. So the smallest one may have to go with the rest."""
    enough = [name for name, count in counts.items() if count >= PEOPLE_AT_LEAST]
    shown = sorted(enough, key=lambda name: (-counts[name], name))
    if 0 < sum(counts.values()) - sum(counts[name] for name in shown) < PEOPLE_AT_LEAST:
        shown = shown[:-1]
    return sorted(shown)
