"""The roles of the product, each a Django group (an admin is a superuser; a manager is whoever leads a team today)."""

EDITOR = "L&D editor"
PUBLISHER = "L&D publisher"
AUDITOR = "Auditor"
MANAGER = "Manager"  # not a group: who leads a team today
ALL = (EDITOR, PUBLISHER, AUDITOR)
