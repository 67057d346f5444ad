"""Papers that people hand in: what may come in, and how they go out again. Told by their first bytes, never by a name
or by what a browser says."""

from django.core.files import File
from django.http import FileResponse

MAX_BYTES = 5_000_000
KINDS = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
)
LONGEST = max(len(magic) for magic, _type, _ending in KINDS)


def kind_of(head: bytes) -> tuple[str, str] | None:
    """(type, ending); None for what we do not take."""
    return next(((kind, ending) for magic, kind, ending in KINDS if head.startswith(magic)), None)


def download(file: File, name: str) -> FileResponse:
    """Always to be saved, never shown as a page of ours."""
    opened = file.open("rb")
    head = opened.read(LONGEST)
    opened.seek(0)
    kind, ending = kind_of(head) or ("application/octet-stream", "bin")
    response = FileResponse(opened, as_attachment=True, filename=f"{name}.{ending}", content_type=kind)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
