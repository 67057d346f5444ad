"""Wagtail's command under its own name does what `publish_due` does: one bad page never holds up the others."""

from courses.management.commands.publish_due import Command

__all__ = ["Command"]
