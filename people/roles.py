"""The roles of the product, each a Django group (an admin is a superuser; a manager is whoever leads a team today)."""

EDITOR = "L&D editor"
PUBLISHER = "L&D publisher"
AUDITOR = "Auditor"
MARKER = "Essay marker"
MANAGER = "Manager"  # not a group: who leads a team today
ADMIN = "Admin"  # not a group either: a superuser
ALL = (EDITOR, PUBLISHER, AUDITOR, MARKER)
