"""What the last approval of a review does (settings: WAGTAIL_FINISH_WORKFLOW_ACTION). Wagtail reads this before there
are any models."""

from typing import Any


def publish_reviewed(review: Any, user: Any = None) -> None:
    from courses.models.drafts import publish_reviewed

    publish_reviewed(review, user)
