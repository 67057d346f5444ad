"""Whether a mail is still true when its turn to be sent comes, an hour after a mail server was down perhaps. Whoever
writes mail that can become untrue registers here, from its apps.py; people knows nothing of what it is about."""

from collections.abc import Callable

from people.models import Mail

StillTrue = Callable[[Mail], bool]
_registered: dict[str, StillTrue] = {}


def register(kind: str, still_true: StillTrue) -> None:
    _registered[kind] = still_true


def is_true(mail: Mail) -> bool:
    asked = _registered.get(mail.kind)
    return asked is None or asked(mail)
