"""Which assumed rules decided the answer to a call: what a client that was tested with it relies on, knowingly or not.

Told from the call and its answer alone, when somebody reads, so that it costs nothing before. A rule decided an answer
if the answer would have been another one with the rule decided otherwise; what was only left out, as the documentation
allows, decided nothing. Not told: `delete.name-free` and `delete.repeated`, which take two calls, and what the words
and details of an error are (`common.error.ids`, `common.error.details`).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs

from emulator.exchange import Exchange
from emulator.slugs import slugify

_DOCUMENTED: Final = frozenset({401, 403, 429})
"""Statuses of refusals that the documentation names."""
_NO_CONSTRAINTS: Final = frozenset({"add.duplicate-name"})
_COMMON_CONSTRAINTS: Final = frozenset({"common.unknown-fields", "common.unknown-project", "common.empty-secret"})
_SECRETS: Final = ("username", "password")
_LARGEST_PAGE: Final = 100

_Body = dict[str, Any]


def decided_by(exchange: Exchange, rules: Sequence[str]) -> list[str]:
    """Return the ids of the assumed rules that decided an answer, each once.

    Args:
        exchange: the call and its answer.
        rules: the ids of the rules that refused the call.
    """
    operation, status = exchange.operation or "", exchange.answer.status
    found: Iterator[str] = iter(())
    if exchange.fault is not None and exchange.fault != "delay":
        pass  # the fault decided
    elif status >= HTTPStatus.BAD_REQUEST:
        found = _refused(status, rules)
    elif operation.startswith("list"):
        found = _listed(exchange.target, exchange.answer.body)
    elif operation.startswith(("add", "update", "modify")):
        found = _written(operation, exchange)
    return list(dict.fromkeys(found))


def _is_constraint(rule: str) -> bool:
    """Return whether a rule refuses with the status of failed constraints."""
    if rule in _NO_CONSTRAINTS:
        return False
    return rule.startswith(("add.", "update.", "list.")) or rule in _COMMON_CONSTRAINTS


def _refused(status: int, rules: Sequence[str]) -> Iterator[str]:
    assumed = _assumed()
    yield from (rule for rule in rules if rule in assumed)
    if any(map(_is_constraint, rules)) and "list.unknown-cursor" not in rules:
        yield "common.constraint-status"
    elif status not in _DOCUMENTED and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        yield "common.error.statuses"


def _listed(target: str, answer: bytes) -> Iterator[str]:
    given = parse_qs(target.partition("?")[2])
    query = {name: values[0] for name, values in given.items()}
    if any(len(given.get(name, ())) > 1 for name in ("per_page", "page", "cursor")):
        yield "list.parameter.repeated"
    if {"page", "cursor"} <= given.keys():
        yield "list.page.exclusive"
    items = json.loads(answer)["data"]["credentials"]
    page, per_page = _number(query.get("page")), _number(query.get("per_page"))
    if page < 1 or not 1 <= per_page <= _LARGEST_PAGE:
        yield "list.page-range"
    if len(items) > 1:
        yield "list.order"
    if page > 1 and not items:
        yield "list.page.beyond-last"


def _number(text: str | None) -> int:
    digits = (text or "1").removeprefix("-")
    return 1 if not digits.isdigit() else int((text or "1")[:19])


def _written(operation: str, exchange: Exchange) -> Iterator[str]:
    repeated = False

    def members(pairs: list[tuple[str, Any]]) -> _Body:
        nonlocal repeated
        read = dict(pairs)
        repeated = repeated or len(read) < len(pairs)
        return read

    adds = operation.startswith("add")
    body: _Body = json.loads(exchange.body, object_pairs_hook=members) if exchange.body else {}
    if repeated:
        yield "common.json.duplicate-key"
    declared = exchange.headers.get("Content-Type")
    if exchange.body and declared is None:
        yield "common.missing-content-type"
    elif exchange.body and declared is not None and "json" not in declared.lower():
        yield "common.content-type"
    if _has_unknown(body, _members("create" if adds else "update")):
        yield "common.unknown-fields"
    if "createdAt" in body or "updatedAt" in body:
        yield "add.request-timestamps"
    if _member(body, "restrictions").get("projects"):
        yield "common.unknown-project"
    yield from _added(body, json.loads(exchange.answer.body)["data"]) if adds else _updated(body)


def _added(body: _Body, answered: _Body) -> Iterator[str]:
    if "integrationId" in body:
        yield "add.unknown-integration"
        if "" in (_member(body, "credentials").get(secret) for secret in _SECRETS):
            yield "common.empty-secret"
    if answered["id"] != slugify(body["name"]):
        yield "add.duplicate-name"
    if "createdAt" in answered:
        yield "add.timestamps"


def _updated(body: _Body) -> Iterator[str]:
    if not body:
        yield "update.empty-body"
    partial = "restrictions" in body and "projects" not in body["restrictions"]
    if "credentials" in body:
        given = {*body["credentials"], *_member(body["credentials"], "scope")}
        partial = partial or not given >= {*_SECRETS, "pull", "push"}
    if partial:
        yield "update.partial"


def _has_unknown(body: _Body, members: Mapping[str, Any]) -> bool:
    return any(
        name not in members or (isinstance(members[name], Mapping) and _has_unknown(value, members[name]))
        for name, value in body.items()
    )


def _member(body: _Body, name: str) -> _Body:
    """Return an object of a valid body, empty where there is none."""
    value: _Body = body.get(name, {})
    return value


@functools.cache
def _members(of: str) -> Mapping[str, Any]:
    """Return the members that a body of `create` or `update` may have, nested."""
    from emulator import schemas  # loaded already, since a body came

    return schemas.known_members(schemas.RegistryCreateSchema() if of == "create" else schemas.RegistryUpdateSchema())


@functools.cache
def _assumed() -> Collection[str]:
    from emulator import contract  # YAML takes as long as the rest of a start

    return frozenset(
        rule["id"] for rule in contract.load("contracts/rules.yaml")["rules"] if rule["basis"] == "assumed"
    )
