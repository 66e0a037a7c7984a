"""Which kind of failure a refused request is: told from what was sent, never from how the target words it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from emulator.conformance import shapes
from emulator.conformance.exchange import ABSENT, Exchange
from emulator.conformance.names import slug
from emulator.conformance.options import LIMITED, MAIN, WRONG
from emulator.conformance.routes import route_of

_WHOLE: Final = re.compile("-?[0-9]+")
_LARGE: Final = 1_000_000
"""Bytes from which on a body may be refused for its size."""
_LARGEST_PAGE: Final = 100
_FAR: Final = 1000
"""Numbers of pages from which on there surely is none."""
_MAIN: Final = f"Bearer {MAIN.placeholder}"
_LIMITED: Final = f"Bearer {LIMITED.placeholder}"
_NO_EVIDENCE: Final = (401, 403, 429)
_FORBIDDEN: Final = 403


class Failure(NamedTuple):
    """A refusal, its kind, and the fields at fault as far as the request tells."""

    kind: str
    exchange: Exchange
    fields: tuple[str, ...] = ()


def failures(exchanges: Iterable[Exchange]) -> Iterator[Failure]:
    """Yield the refusals of a run whose kind is beyond doubt, in the order of sending."""
    ids: dict[str, bool] = {}
    """Ids of the account by whether they live; with `_LIMITED` before them, those that the other token sees."""
    for exchange in exchanges:
        if exchange.is_malformed:
            if exchange.refused:
                yield Failure("malformed", exchange)
        elif exchange.refused:
            found = _failure(exchange, ids)
            if found is not None:
                yield found
        elif exchange.succeeded:
            _note(exchange, ids)


def _note(exchange: Exchange, ids: dict[str, bool]) -> None:
    route = route_of(exchange.target.partition("?")[0])
    if exchange.sent_headers.get("Authorization") == _LIMITED:
        ids.update((f"{_LIMITED} {identifier}", True) for identifier in _listed(exchange))
    if exchange.operation == "add-registry":
        match exchange.answer:
            case {"data": {"id": str(identifier)}}:
                ids[identifier] = True
    elif exchange.operation == "delete-registry" and route is not None and route.id is not None:
        ids[route.id] = False


def _failure(exchange: Exchange, ids: dict[str, bool]) -> Failure | None:  # noqa: PLR0911 - one a kind of request
    authorization, operation = exchange.sent_headers.get("Authorization"), exchange.operation
    if authorization is None or authorization == f"Bearer {WRONG.placeholder}":
        return Failure("token", exchange) if exchange.status == 401 else None
    if authorization == _LIMITED:
        return Failure("permission", exchange) if _is_for_permission(exchange, ids) else None
    if authorization != _MAIN or exchange.status in _NO_EVIDENCE:
        return None
    if operation is None:
        kind = {"GET": "unknown-route", "PUT": "method"}.get(exchange.method)
        return Failure(kind, exchange) if kind else None
    verb = operation.partition("-")[0]
    route = route_of(exchange.target.partition("?")[0])
    if operation == "list-registries":
        return _of_list(exchange)
    if verb in ("get", "delete"):
        return Failure("unknown-id", exchange) if route is not None and not ids.get(route.id or "") else None
    if verb in ("add", "update", "modify") and route is not None and route.team is None:
        known = route.id is None or bool(ids.get(route.id))
        return _of_body(exchange, ids, adds=verb == "add") if known else None
    return None


def _is_for_permission(exchange: Exchange, ids: dict[str, bool]) -> bool:
    """Return whether it was the permission that a request lacked: whatever the status is if it sees what it named."""
    route = route_of(exchange.target.partition("?")[0])
    seen = route is not None and route.team is None and bool(ids.get(f"{_LIMITED} {route.id}"))
    return exchange.status == _FORBIDDEN or (seen and exchange.status not in _NO_EVIDENCE)


def _listed(exchange: Exchange) -> list[str]:
    match exchange.answer:
        case {"data": {"credentials": list(items)}}:
            return [str(item.get("id")) for item in items if isinstance(item, dict)]
    return []


def _of_list(exchange: Exchange) -> Failure | None:
    given = parse_qsl(exchange.target.partition("?")[2], keep_blank_values=True)
    names = [name for name, _ in given]
    values = dict(given)
    repeated = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
    if repeated:
        return Failure("repeated-parameter", exchange, repeated)
    if "cursor" in values:
        return Failure("page-and-cursor" if "page" in values else "cursor", exchange)
    numbers = {name: values[name] for name in ("per_page", "page") if name in values}
    odd = tuple(name for name, text in numbers.items() if not _WHOLE.fullmatch(text))
    if odd:
        return Failure("parameter", exchange, odd)
    outside = tuple(
        name
        for name, text in numbers.items()
        if int(text[:9]) < 1 or (name == "per_page" and int(text[:9]) > _LARGEST_PAGE)
    )
    if outside:
        return Failure("page-range", exchange, outside)
    return Failure("page-beyond-last", exchange) if int(values.get("page", "1")[:9]) >= _FAR else None


def _of_body(exchange: Exchange, ids: dict[str, bool], *, adds: bool) -> Failure | None:
    kind = _of_bytes(exchange, adds=adds)
    if kind is not None:
        return Failure(kind, exchange)
    body = exchange.sent_json
    if not adds and body == {}:
        return Failure("empty-update", exchange)
    broken = tuple(dict.fromkeys(check.path for check in _shape(adds=adds).broken(body) if not _is_choice(check.rule)))
    if broken:
        return None if _may_have_more(body, broken) else Failure("constraint", exchange, broken)
    name = body.get("name") if isinstance(body, dict) else None
    return Failure("name-taken", exchange) if adds and isinstance(name, str) and slug(name) in ids else None


def _may_have_more(body: Any, broken: tuple[str, ...]) -> bool:
    """Return whether an integration that there may not be can be at fault too, and what it wants beside it."""
    return isinstance(body, dict) and "integrationId" in body and "integrationId" not in broken


def _of_bytes(exchange: Exchange, *, adds: bool) -> str | None:
    """Return what is wrong with a body before it is JSON."""
    sent, declared = exchange.sent or b"", exchange.sent_headers.get("Content-Type")
    if not sent:
        return "json" if adds else "empty-update"
    if declared != "application/json":
        return "no-content-type" if declared is None else "content-type"
    if len(sent) > _LARGE:
        return "too-large"
    if exchange.sent_json is ABSENT:
        return "json"
    return "duplicate-key" if _has_repeated_keys(sent) else None


def _shape(*, adds: bool) -> shapes.Shape:
    return shapes.body_of_add() if adds else shapes.body_of_update()


def _is_choice(rule: str) -> bool:
    return rule.endswith(".conditional")


def _has_repeated_keys(sent: bytes) -> bool:
    repeated = False

    def look(pairs: list[tuple[str, Any]]) -> None:
        nonlocal repeated
        repeated = repeated or len(dict(pairs)) < len(pairs)

    json.loads(sent, object_pairs_hook=look)
    return repeated
