"""The emulated operations by name: as in the contract's `operationId`, in fault rules and in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.models import Permission

REGISTRIES: Final = "/v1/integrations/registries"
TEAM: Final = "/v1/teams/{teamId}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API; `needs_token` without a permission means that any known token will do."""

    name: str
    method: str
    path: str
    permission: Permission | None = None
    needs_token: bool = True


def _with_team(name: str, method: str, path: str, permission: Permission) -> tuple[Operation, Operation]:
    """Return an operation and its team variant: `add-registry` and `add-team-registry`."""
    verb, _, resource = name.partition("-")
    return (
        Operation(name, method, path, permission),
        Operation(f"{verb}-team-{resource}", method, TEAM + path.removeprefix("/v1"), permission),
    )


_ONE: Final = REGISTRIES + "/{credentialId}"

ADD: Final = _with_team("add-registry", "POST", REGISTRIES, Permission.CREATE)
LIST: Final = _with_team("list-registries", "GET", REGISTRIES, Permission.READ)
GET: Final = _with_team("get-registry", "GET", _ONE, Permission.READ_ENCRYPTED)
UPDATE: Final = _with_team("update-registry", "PATCH", _ONE, Permission.UPDATE)
# What the official command line 0.9.24 sends for an update.
MODIFY: Final = _with_team("modify-registry", "POST", _ONE + "/modify", Permission.UPDATE)
DELETE: Final = _with_team("delete-registry", "DELETE", _ONE, Permission.DELETE)

HEALTH: Final = Operation("health", "GET", "/v1/", needs_token=False)
LOGIN: Final = Operation("login", "GET", "/v1/login")
SPECIFICATION: Final = Operation("specification", "GET", "/v1/swagger-json", needs_token=False)
SPECIFICATION_PAGE: Final = Operation("specification-page", "GET", "/v1/swagger-html", needs_token=False)
SPECIFICATION_FILE: Final = Operation("specification-file", "GET", "/v1/swagger-html/{file}", needs_token=False)

NAMES: Final = tuple(
    operation.name
    for operation in (*ADD, *LIST, *GET, *UPDATE, *MODIFY, *DELETE, HEALTH, LOGIN, SPECIFICATION, SPECIFICATION_PAGE)
)
"""What a fault rule can name."""

CONTROL: Final = "/_emulator"
"""Where the control routes are; nothing below it is an emulated call."""
