"""The routes of the API: a request to its operationId, an operation to its path."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

_REGISTRIES: Final = re.compile(
    r"/v1(?:/teams/(?P<team>[^/]+))?/integrations/registries(?:/(?P<id>[^/]+)(?P<modify>/modify)?)?"
)
_SERVICE: Final = {
    "/v1/login": "login",
    "/v1/": "health",
    "/v1/swagger-json": "specification",
    "/v1/swagger-html": "specification-page",
}
_OF_COLLECTION: Final = {"POST": "add-{}registry", "GET": "list-{}registries"}
_OF_ITEM: Final = {"GET": "get-{}registry", "PATCH": "update-{}registry", "DELETE": "delete-{}registry"}
ADDING: Final = frozenset({"add-registry", "add-team-registry"})
UPDATING: Final = frozenset({"update-registry", "modify-registry", "update-team-registry", "modify-team-registry"})
DELETING: Final = frozenset({"delete-registry", "delete-team-registry"})


class Route(NamedTuple):
    """What a path is about: credentials (`id`) of an account or a team, or all of them."""

    team: str | None
    id: str | None
    modify: bool


def path_of(team: str | None = None, identifier: str | None = None, *, modify: bool = False) -> str:
    """Return the path of a collection, or of one set of credentials in it, percent-encoded."""
    place = f"/teams/{quote(team, safe='')}" if team is not None else ""
    item = f"/{quote(identifier, safe='')}" if identifier is not None else ""
    return f"/v1{place}/integrations/registries{item}{'/modify' if modify else ''}"


def as_careless_servers_see(path: str) -> str:
    """Return a path as a server may see it that decodes before it looks, and takes many slashes for one."""
    return re.sub("/+", "/", unquote(path).replace("\\", "/")).rstrip("/").lower()


def route_of(path: str) -> Route | None:
    """Return what a path is about, None where it is none of the resource's."""
    found = _REGISTRIES.fullmatch(path)
    if found is None:
        return None
    team, identifier = found["team"], found["id"]
    return Route(team and unquote(team), identifier and unquote(identifier), found["modify"] is not None)


def operation_of(method: str, path: str) -> str | None:
    """Return the operationId of a request, None where the contract has no such route."""
    route = route_of(path)
    if route is None:
        return _SERVICE.get(path) if method == "GET" else None
    team = "" if route.team is None else "team-"
    if route.modify:
        return f"modify-{team}registry" if method == "POST" else None
    known = (_OF_COLLECTION if route.id is None else _OF_ITEM).get(method)
    return known and known.format(team)
