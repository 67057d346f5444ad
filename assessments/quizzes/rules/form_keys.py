"""The key that a form is sent with, so that one act counts once. All keys of one showing of a page begin alike; the
last four digits count what was chosen on it since, so that a slow answer never replaces one chosen later."""

from uuid import UUID, uuid4

COUNTED = 0xFFFF


def new() -> UUID:
    """Of a page that is shown now, with nothing chosen yet."""
    return UUID(int=uuid4().int & ~COUNTED)


def last_of_page(key: UUID) -> UUID:
    """The greatest key that the same showing of the page may use."""
    return UUID(int=key.int | COUNTED)


def is_later(key: UUID, *, than: UUID) -> bool:
    """Whether both are of the same page, and this one was chosen later.

    >>> first = new()
    >>> second = UUID(int=first.int + 1)
    >>> is_later(second, than=first), is_later(first, than=second), is_later(new(), than=first)
    (True, False, False)
    """
    return is_of_same_page(key, than) and key.int > than.int


def is_of_same_page(key: UUID, other: UUID) -> bool:
    return last_of_page(key) == last_of_page(other)
