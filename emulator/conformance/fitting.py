"""Makes generated bodies fit to be sent: with names of this run, and without what only some readings accept."""

from __future__ import annotations

from typing import Any, Final

from emulator import patterns
from emulator.conformance.model import documented
from emulator.conformance.names import LONGEST
from emulator.conformance.probes.valid import UNKNOWN_INTEGRATION
from emulator.conformance.session import Session
from emulator.conformance.shapes import SECRET_MEMBERS
from emulator.conformance.variety import UNKNOWN_PROJECT, is_open, may_lack_secrets

_TIMES: Final = ("createdAt", "updatedAt")


def known_part(body: Any) -> Any:
    """Return a body without what no page lists, which a target may ignore or refuse, and without good times."""
    if not isinstance(body, dict):
        return body
    times = {name: body[name] for name in _TIMES if name in body and not isinstance(body[name], str)}
    return _without_zero({**documented(body), **times})


def _without_zero(value: Any) -> Any:
    """Return a value without U+0000 in its texts, which not every store can hold."""
    if isinstance(value, dict):
        return {name: _without_zero(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_zero(inner) for inner in value]
    return value.replace("\0", "") if isinstance(value, str) else value


def with_name_of_this_run(session: Session, body: Any) -> Any:
    """Return a body with a name of this run, of the same length and form where that is possible.

    A name that breaks a rule gets the prefix if it then still breaks the same; else it stays as it is.
    """
    name = body.get("name") if isinstance(body, dict) else None
    if not isinstance(name, str):
        return body
    fresh = session.names.fresh()
    longer = [fresh + name[len(fresh) :]] if len(name) > len(fresh) else []
    candidates = [*longer, f"{fresh}-{name}", f"{fresh}{name}", f"{fresh} {name}"]
    wanted = _rules_of_name(name)
    fitting = [candidate for candidate in candidates if _rules_of_name(candidate) == wanted]
    if fitting:
        return {**body, "name": fitting[0]}
    return body if any(wanted) else {**body, "name": fresh}


def _rules_of_name(name: str) -> tuple[bool, bool, bool]:
    return len(name) < 3, len(name) > LONGEST, patterns.NAME.fullmatch(name) is None


def settled(session: Session, body: Any) -> Any:
    """Return a body without what some reading of the documentation refuses, as far as the target's is not known."""
    if not isinstance(body, dict):
        return body
    fit = dict(body)
    integration, restrictions = fit.get("integrationId"), fit.get("restrictions")
    is_good = isinstance(integration, str) and patterns.INTEGRATION_ID.fullmatch(integration) is not None
    if is_good and not is_open(session, UNKNOWN_INTEGRATION):
        del fit["integrationId"]
    if isinstance(restrictions, dict) and not is_open(session, UNKNOWN_PROJECT):
        projects = restrictions.get("projects")
        if isinstance(projects, list):
            wrong = [project for project in projects if not isinstance(project, str)]
            fit["restrictions"] = {**restrictions, "projects": wrong}
    if "name" in fit or "provider" in fit:
        _settle_secrets(session, fit)
    return fit


def _settle_secrets(session: Session, body: dict[str, Any]) -> None:
    """Put user name and password where a body may have to have them, and more than nothing into them."""
    required = "integrationId" in body or not may_lack_secrets(session)
    credentials = body.get("credentials", {"scope": {}} if required else None)
    if isinstance(credentials, dict):
        lacking = [name for name in SECRET_MEMBERS if required and credentials.get(name, "") == ""]
        body["credentials"] = {**credentials, **{name: session.names.secret() for name in lacking}}
