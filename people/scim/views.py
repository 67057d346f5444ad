"""The addresses of SCIM. Errors, bodies and the discovery come from django-scim2; what is read and written is ours."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.db import transaction
from django.db.models import CharField, Prefetch, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django_scim import constants, views
from django_scim.models import SCIMServiceProviderConfig

from people.actions import scim as actions
from people.actions import teams as tree
from people.models import Team, User
from people.rules import scim as rules
from people.scim import filters
from people.scim.adapters import GroupAdapter, UserAdapter, site
from people.scim.auth import error

PAGE = 50
LARGEST_PAGE = 500
LIST_PARAMETERS = ("filter", "startIndex", "count", "attributes", "excludedAttributes")
Act = Callable[..., HttpResponse]


def base_url() -> str:
    return site() + reverse("scim:root")


class Capabilities(SCIMServiceProviderConfig):
    def to_dict(self) -> dict:
        return super().to_dict() | {
            "documentationUri": site() + reverse("help"),
            "patch": {"supported": True},
            "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": LARGEST_PAGE},
            "changePassword": {"supported": False},
            "sort": {"supported": False},
            "etag": {"supported": True},
        }


def refused(problem: Exception) -> HttpResponse | None:
    if isinstance(problem, rules.Refused):
        return error(400, problem.detail, problem.scim_type)
    if isinstance(problem, ValidationError):
        return error(400, " ".join(problem.messages), "invalidValue")
    if isinstance(problem, actions.Taken):
        return error(409, "Somebody else has this address or user name.", "uniqueness")
    if isinstance(problem, tree.NotEmpty):
        return error(409, "The team has teams below it, or somebody leads it.")
    if isinstance(problem, actions.NotByDirectory):
        return error(403, "Admins are kept here, not by a directory.")
    if isinstance(problem, RequestDataTooBig):
        return error(413, "The request is too large.")
    if isinstance(problem, RecursionError):
        return error(400, "The body is nested too deeply.", "invalidSyntax")
    if isinstance(problem, Http404):
        return error(404, "There is no such resource.")
    return None


def in_scim_words(act: Act) -> Act:
    """One transaction; and what our actions refuse becomes SCIM's error, before django-scim2 takes it for a fault."""

    @wraps(act)
    def answered(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                return act(self, request, *args, **kwargs)
        except Exception as problem:
            response = refused(problem)
            if response is None:
                raise
            return response

    return answered


class Resources(views.SCIMView):
    """The five verbs of one kind of resource."""

    http_method_names: ClassVar[list[str]] = ["get", "post", "put", "patch", "delete"]
    adapter: ClassVar[type[UserAdapter] | type[GroupAdapter]]
    fields: ClassVar[dict[str, tuple[str, str]]]

    def rows(self) -> QuerySet:
        raise NotImplementedError

    def add(self, body: dict) -> User | Team:
        raise NotImplementedError

    def change(self, found: Any, body: dict) -> User | Team:
        raise NotImplementedError

    def remove(self, found: Any) -> None:
        raise NotImplementedError

    @in_scim_words
    def get(self, request: HttpRequest, uuid: str | None = None) -> HttpResponse:
        if uuid is None:
            return self.listed({name: request.GET.get(name) for name in LIST_PARAMETERS})
        shown = self.shown(self.one(uuid))
        if request.headers.get("If-None-Match") == shown["meta"]["version"]:
            return HttpResponse(status=304, headers={"ETag": shown["meta"]["version"]})
        return self.answer(shown)

    @in_scim_words
    def post(self, request: HttpRequest, uuid: str | None = None) -> HttpResponse:
        if uuid is not None:
            return HttpResponse(status=405, headers={"Allow": "GET, PUT, PATCH, DELETE"})
        shown = self.shown(self.add(self.body(request)))
        return self.answer(shown, status=201)

    @in_scim_words
    def put(self, request: HttpRequest, uuid: str | None = None) -> HttpResponse:
        found = self.one(uuid, lock=True)
        if not self.is_as_known(request, found):
            return error(412, "The resource changed since.")
        return self.answer(self.shown(self.change(found, self.body(request))))

    @in_scim_words
    def patch(self, request: HttpRequest, uuid: str | None = None) -> HttpResponse:
        found = self.one(uuid, lock=True)
        if not self.is_as_known(request, found):
            return error(412, "The resource changed since.")
        given = {str(name).lower(): value for name, value in self.body(request).items()}
        wanted = rules.patched(self.shown(found), given.get("operations"))
        return self.answer(self.shown(self.change(found, wanted)))

    @in_scim_words
    def delete(self, request: HttpRequest, uuid: str | None = None) -> HttpResponse:
        found = self.one(uuid, lock=True)
        if not self.is_as_known(request, found):
            return error(412, "The resource changed since.")
        self.remove(found)
        return HttpResponse(status=204)

    def one(self, key: str | None, *, lock: bool = False) -> Any:
        try:
            known = UUID(key or "")
        except ValueError:
            raise Http404 from None
        rows = self.rows().select_for_update(of=("self",), no_key=True) if lock else self.rows()
        return get_object_or_404(rows, key=known)

    def shown(self, found: User | Team) -> dict:
        return self.adapter(found, request=self.request).to_dict()

    def is_as_known(self, request: HttpRequest, found: User | Team) -> bool:
        wanted = request.headers.get("If-Match", "*")
        return wanted == "*" or wanted == self.shown(found)["meta"]["version"]

    def body(self, request: HttpRequest) -> dict:
        try:
            body = json.loads(request.body.decode())
        except (ValueError, RecursionError):
            raise rules.Refused("invalidSyntax", "The body is not JSON.") from None
        if not isinstance(body, dict):
            raise rules.Refused("invalidSyntax", "The body is not an object.")
        return body

    def answer(self, shown: dict, *, status: int = 200) -> HttpResponse:
        """Only the attributes that were asked for."""
        body = rules.chosen(shown, *[_names(self.request.GET.get(name)) for name in LIST_PARAMETERS[-2:]])
        response = HttpResponse(json.dumps(body), content_type=constants.SCIM_CONTENT_TYPE, status=status)
        response["Location"], response["ETag"] = shown["meta"]["location"], shown["meta"]["version"]
        return response

    def listed(self, asked: dict[str, Any]) -> HttpResponse:
        rows = self.rows()
        if asked["filter"]:
            # by pk: a filter on members must not give one team once for each
            matching = rows.filter(filters.condition(str(asked["filter"]), self.fields)).values("pk")
            rows = rows.filter(pk__in=matching)
        start = max(_number(asked["startIndex"], 1), 1)
        count = min(max(_number(asked["count"], PAGE), 0), LARGEST_PAGE)
        names = [_names(asked[name]) for name in ("attributes", "excludedAttributes")]
        page = rows.order_by("pk")[start - 1 : start - 1 + count]
        resources = [rules.chosen(self.shown(found), *names) for found in page]
        body = {
            "schemas": [constants.SchemaURI.LIST_RESPONSE],
            "totalResults": rows.count(),
            "startIndex": start,
            "itemsPerPage": len(resources),
            "Resources": resources,
        }
        return HttpResponse(json.dumps(body), content_type=constants.SCIM_CONTENT_TYPE)


def _number(value: object, default: int) -> int:
    try:
        return min(int(str(value)), 10**9) if value not in (None, "") else default
    except ValueError:
        raise rules.Refused("invalidValue", "startIndex and count are whole numbers") from None


def _names(value: object) -> list[str]:
    """From the address a text with commas, from a search request a list."""
    names = value if isinstance(value, list) else str(value or "").split(",")
    return [str(name) for name in names if name]


class Users(Resources):
    adapter = UserAdapter
    fields = filters.USERS

    def rows(self) -> QuerySet:
        return (
            User.objects.filter(left_scim_at=None)
            .select_related("team")
            .prefetch_related("tags")
            .annotate(scim_user_name=Coalesce("user_name", "email", output_field=CharField()))
        )

    def add(self, body: dict) -> User:
        return actions.add_user(facts=rules.read_user(body))

    def change(self, found: User, body: dict) -> User:
        return actions.change_user(person=found, facts=rules.read_user(body))

    def remove(self, found: User) -> None:
        actions.remove_user(person=found)


class Groups(Resources):
    adapter = GroupAdapter
    fields = filters.GROUPS

    def rows(self) -> QuerySet:
        members = User.objects.filter(left_scim_at=None).order_by("pk")
        return Team.objects.prefetch_related(Prefetch("people", members))

    def add(self, body: dict) -> Team:
        return self._fresh(actions.add_group(facts=rules.read_group(body)))

    def change(self, found: Team, body: dict) -> Team:
        return self._fresh(actions.change_group(team=found, facts=rules.read_group(body)))

    def remove(self, found: Team) -> None:
        actions.remove_group(team=found)

    def _fresh(self, team: Team) -> Team:
        return self.rows().get(pk=team.pk)


class Search(Resources):
    """POST …/.search: a list whose parameters come in the body."""

    http_method_names: ClassVar[list[str]] = ["post"]

    @in_scim_words
    def post(self, request: HttpRequest, uuid: str | None = None) -> HttpResponse:
        body = self.body(request)
        return self.listed({name: body.get(name) for name in LIST_PARAMETERS})


class UserSearch(Search, Users):
    http_method_names: ClassVar[list[str]] = ["post"]


class GroupSearch(Search, Groups):
    http_method_names: ClassVar[list[str]] = ["post"]


class ResourceTypes(views.ResourceTypesView):
    @in_scim_words
    def get(self, request: HttpRequest, uuid: str | None = None) -> HttpResponse:
        return _described(self.type_dict_by_type_id(request), uuid)


class Schemas(views.SchemasView):
    @in_scim_words
    def get(self, request: HttpRequest, uuid: str | None = None) -> HttpResponse:
        return _described(self.schemas_by_uri, uuid)


def _described(known: dict[str, dict], wanted: str | None) -> HttpResponse:
    if wanted is not None and wanted not in known:
        raise Http404
    every = list(known.values())
    listed = {
        "schemas": [constants.SchemaURI.LIST_RESPONSE],
        "totalResults": len(every),
        "startIndex": 1,
        "itemsPerPage": len(every),
        "Resources": every,
    }
    body = known[wanted] if wanted is not None else listed
    return HttpResponse(json.dumps(body), content_type=constants.SCIM_CONTENT_TYPE)


class Unknown(views.SCIMView):
    """Whatever else is asked for below /scim/v2/: their kind of 404."""

    @in_scim_words
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        raise Http404

    post = put = patch = delete = get


class NotDone(views.SCIMView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return error(501, "This is not done here.")

    post = put = patch = delete = get
