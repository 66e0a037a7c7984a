"""Loaded by the command `schemathesis run`: see tests/control/test_control_schemathesis.py.

Some requests are valid for every schema, and still not what is to be sent. They are changed here, rather than that the
check of what is accepted be told to accept a refusal. Requests that are to be refused are sent as they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any, Final

import requests
import schemathesis

LIMIT: Final = 1_000_000
FEW: Final = 5
AUTHORIZATION: Final = sys.argv[sys.argv.index("--header") + 1].partition(": ")[2]
"""What the command is told to send."""

Credential = dict[str, Any]


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Leave out what no schema can say, and ask for a few credentials where many would be made."""
    valid = case.meta is None or case.meta.generation.mode.is_positive
    match case.path:
        case "/_emulator/credentials" if valid and case.query and "account" not in case.query:
            case.query = {name: value for name, value in case.query.items() if name != "team"}
        case "/_emulator/credentials/{credentialId}" if valid:
            _store(case)
    if isinstance(case.body, dict):
        _change_body(case, case.body, valid=valid)


def _store(case: Any) -> None:
    """Store what a request names, as nothing else would: by its name, whose slug is the id."""
    registry_id = case.path_parameters["credentialId"].lower()
    case.path_parameters = {"credentialId": registry_id}
    account, team = case.query["account"], case.query.get("team")
    stored = [{"name": registry_id, "provider": "ecr"}]
    content = {"credentials": stored} if team is None else {"teams": {team: stored}}
    answer = requests.post(
        f"{case.operation.base_url}/_emulator/seed",
        json={"account": account, "content": content},
        headers={"Authorization": AUTHORIZATION},
        timeout=20,
    )
    assert answer.status_code in {200, 409}, answer.text


def _change_body(case: Any, body: dict[str, Any], *, valid: bool) -> None:
    match case.path:
        case "/_emulator/seed":
            count = body.get("count")
            if isinstance(count, int | float) and FEW < count <= LIMIT:
                # They take ten seconds to make, and are then in every state. That they are accepted is tested by hand.
                case.body = {**body, "count": FEW}
            elif valid and "content" in body:
                case.body = {**body, "content": _account(body["content"], lambda entry: _slug(entry["name"]))}
        case "/_emulator/state" if valid:
            accounts = {name: _account(entry, lambda entry: entry["id"]) for name, entry in body["accounts"].items()}
            case.body = {
                **body,
                "template": _account(body["template"], lambda entry: entry["id"]),
                "accounts": accounts,
            }
        case "/_emulator/tokens" if valid:
            case.body = {"tokens": _once(body["tokens"], lambda entry: entry["token"])}


def _account(account: dict[str, Any], key: Callable[[Credential], str]) -> dict[str, Any]:
    """Return an account in whose lists no id is twice, and nothing changed before it was created."""
    changed = dict(account)
    if "credentials" in account:
        changed["credentials"] = _ordered(_once(account["credentials"], key))
    if "teams" in account:
        changed["teams"] = {name: _ordered(_once(team, key)) for name, team in account["teams"].items()}
    return changed


def _ordered(credentials: list[Credential]) -> list[Credential]:
    both = {"createdAt", "updatedAt"}
    return [{**entry, "updatedAt": entry["createdAt"]} if both <= entry.keys() else entry for entry in credentials]


def _once(entries: list[dict[str, Any]], key: Callable[[dict[str, Any]], str]) -> list[dict[str, Any]]:
    return list({key(entry): entry for entry in entries}.values())


def _slug(name: str) -> str:
    return re.sub(r"[\s\ufeff]", "-", name).lower()
