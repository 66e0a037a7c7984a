"""Values of another JSON type than the documentation has, in every field of add, in bodies that are else accepted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from emulator.conformance.exchange import Exchange
from emulator.conformance.probes.reading import items_of
from emulator.conformance.probes.valid import LEFT_OUT, control, each, plain, refuses_every
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import Session

PROJECTS: Final = "restrictions.projects"


class Wrong(NamedTuple):
    """A value of a wrong type at a dotted path."""

    path: str
    value: Any
    kind: str = "type"

    @property
    def rule(self) -> str:
        """The end of the rule's id, behind `add.` and `update.`."""
        return f"{self.path}.{self.kind}"

    @property
    def what(self) -> str:
        """The subject of `... is refused`."""
        if self.value is LEFT_OUT:
            return f"a body without {self.path}"
        return f"{json.dumps(self.value)} as {self.path}"


def _all(path: str, *values: Any) -> list[list[Wrong]]:
    return [[Wrong(path, value)] for value in values]


Groups = Sequence[Sequence[Wrong]]
"""The first of each group is sent, the others if there is budget left."""

# First stands the type that is most often let through; a text that fits stands for who makes texts of other values.
_TEXTS: Final[Groups] = [
    [Wrong("name", 12345), Wrong("name", True)],
    [Wrong("name", None)],
    [Wrong("provider", None)],
    [Wrong("provider", 5), Wrong("provider", ["ecr"])],
    [Wrong("registryUrl", 5000), Wrong("registryUrl", False)],
    [Wrong("registryUrl", None)],
    [Wrong("integrationId", 5), Wrong("integrationId", True)],
    [Wrong("integrationId", None)],
]
_PLACES: Final[Groups] = [
    [Wrong("aws", None)],
    [Wrong("aws", []), Wrong("aws", True)],
    [Wrong("aws", "eu-west-1")],
    [Wrong("aws.region", 1)],
    [Wrong("aws.region", None)],
    [Wrong("gcp", None)],
    [Wrong("gcp", []), Wrong("gcp", "project-1"), Wrong("gcp", 1)],
    [Wrong("gcp.projectId", 12345)],
    [Wrong("gcp.projectId", None)],
    [Wrong("azure", None)],
    [Wrong("azure", []), Wrong("azure", "group-1"), Wrong("azure", False)],
    [Wrong("azure.resourceGroup", 7), Wrong("azure.resourceGroup", None)],
]
_CREDENTIALS: Final[Groups] = [
    [Wrong("credentials", None)],
    [Wrong("credentials", []), Wrong("credentials", "user:password")],
    [Wrong("credentials.username", 12345), Wrong("credentials.username", ["user"])],
    [Wrong("credentials.username", None)],
    [Wrong("credentials.password", 12345), Wrong("credentials.password", True)],
    [Wrong("credentials.password", None)],
    [Wrong("credentials.scope", None)],
    [Wrong("credentials.scope", []), Wrong("credentials.scope", True)],
    [Wrong("credentials.scope", "pull")],
    [Wrong("credentials.scope.pull", "true"), Wrong("credentials.scope.pull", "yes")],
    [Wrong("credentials.scope.pull", 1)],
    [Wrong("credentials.scope.pull", None)],
    [Wrong("credentials.scope.push", "true"), Wrong("credentials.scope.push", "yes")],
    [Wrong("credentials.scope.push", 1)],
    [Wrong("credentials.scope.push", None)],
]
_RESTRICTIONS: Final[Groups] = [
    [Wrong("restrictions", None)],
    [Wrong("restrictions", []), Wrong("restrictions", "none")],
    [Wrong("restrictions", True)],
    [Wrong("restrictions.restricted", "true"), Wrong("restrictions.restricted", "yes")],
    [Wrong("restrictions.restricted", 1), Wrong("restrictions.restricted", None)],
    [Wrong(PROJECTS, None)],
    [Wrong(PROJECTS, {}), Wrong(PROJECTS, {"0": "project-1"})],
    [Wrong(PROJECTS, "project-1")],
]
# The wrong one stands behind good ones, for who looks at the first only.
_ITEMS: Final[Groups] = [
    [Wrong(PROJECTS, ["project-1", "project-2", 3], "item-type")],
    [Wrong(PROJECTS, ["project-1", None], "item-type"), Wrong(PROJECTS, ["project-1", ["project-2"]], "item-type")],
]
_TIMES: Final[Groups] = [
    [Wrong("updatedAt", 1735689600), Wrong("updatedAt", None)],
    [Wrong("createdAt", 1735689600), Wrong("createdAt", None)],
]


def rules_of(*tables: Groups, prefix: str = "add") -> list[str]:
    """Return the rules that tables are about, each once."""
    return list(dict.fromkeys(f"{prefix}.{wrong.rule}" for table in tables for group in table for wrong in group))


async def _refuse(session: Session, wrong: Wrong) -> None:
    await session.refuses(f"add.{wrong.rule}", plain(session, {wrong.path: wrong.value}), what=wrong.what)


async def _refuse_each(session: Session, table: Groups) -> None:
    await control(session)
    await each(session, table, _refuse)


@probe(*rules_of(_TEXTS), cost=len(_TEXTS) + 4, stage=Stage.BODIES)
async def texts_of_another_type_are_refused(session: Session) -> None:
    await _refuse_each(session, _TEXTS)


@probe(*rules_of(_PLACES), cost=len(_PLACES) + 2, stage=Stage.BODIES)
async def aws_gcp_and_azure_of_another_type_are_refused(session: Session) -> None:
    await _refuse_each(session, _PLACES)


@probe(*rules_of(_CREDENTIALS), cost=len(_CREDENTIALS) + 2, stage=Stage.BODIES)
async def credentials_of_another_type_are_refused(session: Session) -> None:
    await _refuse_each(session, _CREDENTIALS)


@probe(*rules_of(_RESTRICTIONS), cost=len(_RESTRICTIONS) + 2, stage=Stage.BODIES)
async def restrictions_of_another_type_are_refused(session: Session) -> None:
    await _refuse_each(session, _RESTRICTIONS)


@probe(*rules_of(_TIMES), cost=len(_TIMES) + 2, stage=Stage.BODIES)
async def times_of_another_type_are_refused(session: Session) -> None:
    await _refuse_each(session, _TIMES)


@probe(*rules_of(_ITEMS), cost=len(_ITEMS) + 2, stage=Stage.BODIES)
async def projects_that_are_no_texts_are_refused(session: Session) -> None:
    if refuses_every(session, "common.unknown-project"):
        raise Skip("the target refuses every project that was tried")
    await _refuse_each(session, _ITEMS)


@probe("common.rejected-changes-nothing", cost=1, stage=Stage.PAGING)
async def bodies_that_were_refused_created_nothing(session: Session) -> None:
    """Looks at the lists that there were since; nothing is sent, unless there were none."""
    refused: dict[str, Exchange] = {}
    known = {known.id for known in (*session.model.everything, *session.model.gone)}
    last = max((exchange.number for exchange in session.exchanges if _is_refused(exchange)), default=0)
    if not any(exchange.operation == "list-registries" for exchange in session.exchanges[last:]):
        await session.list(per_page="100")
    for exchange in session.exchanges:
        if _is_refused(exchange):
            refused[_name(exchange)] = exchange
        for item in items_of(exchange) if exchange.operation == "list-registries" else ():
            blamed = refused.get(str(item.get("name")))
            if blamed is not None and item.get("id") not in known:
                expected, got = "a refused body creates nothing", "credentials with its name are in a list"
                session.verdicts.differ("common.rejected-changes-nothing", blamed, expected=expected, got=got)
                return
    session.verdicts.agree("common.rejected-changes-nothing")


def _is_refused(exchange: Exchange) -> bool:
    return exchange.operation == "add-registry" and exchange.refused and isinstance(_name(exchange), str)


def _name(exchange: Exchange) -> Any:
    return exchange.sent_json.get("name") if isinstance(exchange.sent_json, dict) else None
