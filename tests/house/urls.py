"""Every address of the product, read from the resolver."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern

OWN = ("lms", "assessments", "training", "courses", "certificates", "evidence", "people")


@dataclass(frozen=True)
class Url:
    name: str  # with its namespaces, "wagtailadmin_pages:edit"; the route where it has no name
    route: str  # "learn/<uuid:enrolment>/"
    module: str  # where the view is written
    converters: dict[str, Any] = field(compare=False)

    @property
    def is_cms(self) -> bool:
        return self.route.startswith("cms/")

    @property
    def is_own(self) -> bool:
        return self.module.split(".")[0] in OWN

    def path(self, values: dict[str, Any]) -> str:
        """The address with these values in it (`reverse` refuses names that several routes share)."""
        from django.urls import reverse

        return reverse(self.name, kwargs={name: values[name] for name in self.converters})


def all_urls() -> list[Url]:
    return list(_walk(get_resolver(), "", "", {}))


def _walk(resolver: URLResolver, prefix: str, namespace: str, converters: dict) -> Iterator[Url]:
    for entry in resolver.url_patterns:
        route = prefix + _text(entry.pattern)
        known = converters | _converters(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, route, inner, known)
        elif isinstance(entry, URLPattern):
            name = f"{namespace}{entry.name}" if entry.name else route
            yield Url(name, route, _module(entry.callback), known)


def _text(pattern: Any) -> str:
    if isinstance(pattern, LocalePrefixPattern):
        return "en/"
    return str(pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")


def _converters(pattern: Any) -> dict[str, Any]:
    named = dict(getattr(pattern, "converters", {}))
    regex = getattr(pattern, "regex", None)
    if not named and regex is not None and not isinstance(pattern, LocalePrefixPattern):
        named = dict.fromkeys(regex.groupindex)
    return named


def _module(view: Any) -> str:
    """Of the class behind as_view(), of the function behind decorators."""
    view = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    while hasattr(view, "__wrapped__"):
        view = view.__wrapped__
        view = getattr(view, "view_class", None) or view
    return getattr(view, "__module__", "")
