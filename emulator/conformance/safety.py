"""What may be sent: nothing that could change or delete what this run did not create."""

from __future__ import annotations

import re
from typing import Final

from emulator.conformance.model import Model
from emulator.conformance.names import Names
from emulator.conformance.options import Token
from emulator.conformance.routes import Route, as_careless_servers_see, route_of

_HARMLESS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_SERVICE: Final = frozenset({"/v1/login", "/v1/swagger-json", "/v1/swagger-html"})


_BELOW_OURS: Final = r"/v1(?:(?:/teams/[^/]+)?/integrations/registries)?/{}.*"
"""A route that there is not: it starts with an id of ours, or is below one."""


class UnsafeError(Exception):
    """A request that could reach what is not ours: a mistake in a probe."""


def is_harmless(method: str) -> bool:
    """Return whether a method only reads."""
    return method in _HARMLESS


def guard(method: str, path: str, *, names: Names, model: Model, account: Token) -> None:
    """Let a request pass that can only reach what belongs to this run.

    Raises:
        UnsafeError: it could reach something else.
    """
    if method in _HARMLESS or path in _SERVICE:
        return
    seen = as_careless_servers_see(path)
    route = route_of(seen)
    if route is None:
        safe = re.fullmatch(_BELOW_OURS.format(re.escape(names.prefix)), seen) is not None
    elif route.id is None:
        safe = method != "DELETE" or names.ours(route.team)
    else:
        safe = names.ours(route.id) or _is_known(path, model, account)
    if not safe or "/." in seen:
        raise UnsafeError(f"{method} {path} could reach what this run did not create")


def _is_known(path: str, model: Model, account: Token) -> bool:
    route: Route | None = route_of(path)
    if route is None or route.id is None:
        return False
    where = (route.id, route.team, account)
    return model.find(*where) is not None or model.deleted(*where) is not None
