"""When user name and password are required, and whether an empty one satisfies that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from emulator.conformance.exchange import Exchange
from emulator.conformance.probes.reading import details_of, error_of, is_open
from emulator.conformance.probes.valid import LEFT_OUT, OPTIONAL, UNKNOWN_INTEGRATION, accepted, plain, word
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import Session

CONDITIONAL: Final = ("add.credentials.username.conditional", "add.credentials.password.conditional")
EMPTY_SECRET: Final = "common.empty-secret"
_MEMBERS: Final = ("username", "password")


def may_be_accepted(session: Session, rule: str) -> bool:
    """Return whether the target is not known to refuse what a switch lets it refuse."""
    return "reject" not in session.verdicts.of(rule).choices


def reading_of(session: Session, rule: str) -> str | None:
    """Return the reading that was found of a conditional requirement, None if that is none or several."""
    verdict = session.verdicts.of(rule)
    if verdict.differences or not verdict.observations:
        return None
    return verdict.choice if verdict.choices or verdict.words else verdict.rule.default


@probe(*CONDITIONAL, EMPTY_SECRET, cost=10, stage=Stage.CHOICES)
async def when_user_name_and_password_are_required_and_whether_they_may_be_empty(session: Session) -> None:
    if is_open(session, *CONDITIONAL):
        await _find_reading(session)
    readings = {reading_of(session, rule) for rule in CONDITIONAL}
    reading = readings.pop()
    if readings or reading is None:
        raise Skip("it is not known where user name and password are required")
    if reading == "never":
        raise Skip("no body needs a user name or a password, so that an empty one shows nothing")
    if not is_open(session, EMPTY_SECRET):
        return
    empty = {f"credentials.{member}": "" for member in _MEMBERS}
    if reading == "with-integration" and not may_be_accepted(session, UNKNOWN_INTEGRATION):
        exchange, at_fault = await _with_refused_integration(session, empty, _MEMBERS)
        session.verdicts.choose(EMPTY_SECRET, "reject" if at_fault else "accept", exchange)
        return
    part = {"integrationId": word(session, 9)} if reading == "with-integration" else {}
    exchange = await session.add(plain(session, {**part, **empty}))
    session.verdicts.choose(EMPTY_SECRET, "accept" if accepted(exchange) else "reject", exchange)


async def _find_reading(session: Session) -> None:
    """Find out where user name and password are required; the other probe of that looks closer, and comes before."""
    smallest = await session.add(plain(session, dict.fromkeys(OPTIONAL, LEFT_OUT)))
    reading, part = "without-integration", {}
    if accepted(smallest):
        reading, part = "with-integration", {"integrationId": word(session, 9)}
    for rule, member in zip(CONDITIONAL, _MEMBERS, strict=True):
        lacking = {f"credentials.{member}": LEFT_OUT}
        if part and not may_be_accepted(session, UNKNOWN_INTEGRATION):
            exchange, required = await _with_refused_integration(session, lacking, [member])
        else:
            exchange = await session.add(plain(session, {**part, **lacking}))
            required = not accepted(exchange)
        session.verdicts.choose(rule, reading if required else "never", exchange)


async def _with_refused_integration(
    session: Session, changes: Mapping[str, Any], members: tuple[str, ...] | list[str]
) -> tuple[Exchange, bool]:
    """Return whether members are at fault too in a body that is refused for its integration anyway, and what shows it.

    They are if the answer says so. That they are not, the answer to a body with one more fault can show: if it tells of
    that fault beside the integration, what is wrong is told all at once.

    Raises:
        Skip: the answers say neither.
    """
    integration = {"integrationId": word(session, 9)}
    exchange = await session.add(plain(session, {**integration, **changes}))
    if _told_of(exchange).issuperset(members):
        return exchange, True
    exchange = await session.add(plain(session, {**integration, **changes, "provider": "docker"}))
    told = _told_of(exchange)
    if told.issuperset({"integrationId", "provider"}) and told.isdisjoint({"credentials", *_MEMBERS}):
        return exchange, False
    raise Skip("the target refuses every integration id that was tried, and does not say what else is at fault")


def _told_of(exchange: Exchange) -> set[str]:
    """Return the last parts of the paths that an error tells of, also where they are texts in a list of objects."""
    details = error_of(exchange).get("details")
    entries = [entry for entry in details if isinstance(entry, dict)] if isinstance(details, list) else []
    texts = [text for entry in entries for text in entry.values() if isinstance(text, str)]
    return {path.rpartition(".")[2] for path in (*details_of(exchange), *texts)}
