"""Who writes down what is done to accounts and roles. The evidence chain stands above people: it takes the post in its
apps.py, and is told in the transaction of the act, so that the act and its proof are saved together or not at all."""

from collections.abc import Callable
from uuid import UUID

Witness = Callable[..., object]
_appointed: list[Witness] = []


def appoint(witness: Witness) -> None:
    _appointed[:] = [witness]


def tell(*, kind: str, subject: UUID | None, facts: dict) -> None:
    """`facts` hold nothing personal: keys, roles and counts."""
    for witness in _appointed:
        witness(kind=kind, subject=subject, facts=facts, personal={})
