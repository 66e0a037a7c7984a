"""The emulated operations by name: as in the contract's `operationId`, in fault rules and in the journal."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulator.models import Permission

REGISTRIES: Final = "/v1/integrations/registries"
TEAM: Final = "/v1/teams/{teamId}"


class Operation(NamedTuple):
    """One operation of the API.

    `needs_token` without a permission means that any known token will do. `takes_body` means JSON; where it
    `may_be_empty`, nothing at all is a body too.
    """

    name: str
    method: str
    path: str
    permission: Permission | None = None
    needs_token: bool = True
    takes_body: bool = False
    may_be_empty: bool = False


def _with_team(own: Operation) -> tuple[Operation, Operation]:
    """Return an operation and its team variant: `add-registry` and `add-team-registry`."""
    verb, _, resource = own.name.partition("-")
    return own, own._replace(name=f"{verb}-team-{resource}", path=TEAM + own.path.removeprefix("/v1"))


_ONE: Final = REGISTRIES + "/{credentialId}"

ADD: Final = _with_team(Operation("add-registry", "POST", REGISTRIES, Permission.CREATE, takes_body=True))
LIST: Final = _with_team(Operation("list-registries", "GET", REGISTRIES, Permission.READ))
GET: Final = _with_team(Operation("get-registry", "GET", _ONE, Permission.READ_ENCRYPTED))
UPDATE: Final = _with_team(
    Operation("update-registry", "PATCH", _ONE, Permission.UPDATE, takes_body=True, may_be_empty=True)
)
# What the official command line 0.9.24 sends for an update.
MODIFY: Final = _with_team(
    Operation("modify-registry", "POST", _ONE + "/modify", Permission.UPDATE, takes_body=True, may_be_empty=True)
)
DELETE: Final = _with_team(Operation("delete-registry", "DELETE", _ONE, Permission.DELETE))

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
