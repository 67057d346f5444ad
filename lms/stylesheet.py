"""All our CSS as one request: the files joined in the order of their layers, under a URL that names their content."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.views.decorators.http import require_safe

CSS = Path(__file__).resolve().parent / "static" / "css"
LAYERS = ("tokens", "base", "layout", "components", "utilities")
ASSET = re.compile(r'url\("\.\./(?P<path>[^"]+)"\)')


@dataclass(frozen=True)
class Stylesheet:
    text: str
    digest: str


def files(layer: str) -> list[Path]:
    """A layer is one file, or a folder with one file a component."""
    folder = CSS / layer
    return sorted(folder.glob("*.css")) if folder.is_dir() else [CSS / f"{layer}.css"]


def _parts() -> Iterator[str]:
    yield f"@layer {', '.join(LAYERS)};"
    for layer in LAYERS:
        source = "".join(path.read_text() for path in files(layer))
        yield f"@layer {layer} {{\n{source}}}"


@lru_cache(maxsize=1)
def _built(_stamp: float) -> Stylesheet:
    joined = "\n".join(_parts())
    text = ASSET.sub(lambda match: f'url("{static(match["path"])}")', joined)
    return Stylesheet(text, hashlib.sha256(text.encode()).hexdigest()[:12])


def current() -> Stylesheet:
    """Built once a process; while developing, again whenever a file changed."""
    if not settings.DEBUG:
        return _built(0)
    return _built(max(path.stat().st_mtime for layer in LAYERS for path in files(layer)))


@require_safe
def stylesheet(request: HttpRequest, digest: str) -> HttpResponse:
    sheet = current()
    response = HttpResponse(sheet.text, content_type="text/css; charset=utf-8")
    # A page from before a deployment may ask for its old sheet: it gets today's, but must not keep it under that name.
    fresh = digest == sheet.digest
    response["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return response
