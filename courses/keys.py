"""Keys that a content pack and its translations share."""

import uuid


def pack_key(pack_id: str, object_id: str) -> uuid.UUID:
    """The translation_key of an object of a pack: uuid5 within uuid5 of "ostoja:" + pack id (docs/content-pack.md)."""
    return uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, f"ostoja:{pack_id}"), object_id)
