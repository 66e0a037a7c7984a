"""The journal: read, find, count, verify, forget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from emulator import matching
from emulator.api.emulation import Emulation
from emulator.clock import rfc3339
from emulator.control.bodies import PatternSchema, VerifySchema, read
from emulator.control.queries import account_of, read_query

_PATTERN = PatternSchema()
_VERIFY = VerifySchema()


async def read_all(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET requests: all that are kept, oldest first; `account`, `unmatched=true` and `limit` (newest) narrow it."""
    query = read_query(request)
    pattern = {} if query.unmatched is None else {"unmatched": query.unmatched}
    calls = matching.find(pattern, emulation.journal.read(query.account))
    if query.limit is not None:
        calls = calls[max(len(calls) - query.limit, 0) :]
    return _answer(calls, emulation, query.account)


async def forget(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """DELETE requests: forget all calls, or those of `?account=`."""
    account = read_query(request).account
    emulation.journal.reset(account)
    emulation.verifications.reset(account)
    emulation.events.change("requests-forgotten", account=account)
    return {}


async def find(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """POST requests/find: the calls that match a pattern."""
    pattern = _resolved(await read(request, _PATTERN), emulation)
    account = pattern.get("account")
    return _answer(matching.find(pattern, emulation.journal.read(account)), emulation, account)


async def count(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """POST requests/count: how many calls match a pattern."""
    pattern = _resolved(await read(request, _PATTERN), emulation)
    account = pattern.get("account")
    found = matching.find(pattern, emulation.journal.read(account))
    return {"count": len(found), "dropped": emulation.journal.dropped(account)}


async def verify(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """POST requests/verify: whether a pattern matches often enough and not too often, with near misses if not."""
    body = await read(request, _VERIFY)
    pattern = _resolved(body["request"], emulation)
    times = body.get("times", {})
    most: int | None = times.get("at_most")
    # At least once, unless something else is said: without `times` a call must have been made.
    least: int = times.get("at_least", 1 if most is None else 0)
    calls = list(emulation.journal.read())
    # What was dropped of other accounts cannot change the verdict about one.
    dropped = emulation.journal.dropped(pattern.get("account"))
    found = len(matching.find(pattern, calls))
    verdict = matching.verdict(found, least=least, most=most, dropped=dropped)
    wanted = f"at least {least}" + ("" if most is None else f" and at most {most}")
    result: dict[str, Any] = {
        "verdict": verdict,
        "count": found,
        "dropped": dropped,
        "message": f"{found} of {len(calls)} recorded calls match; {wanted} expected.",
    }
    if dropped:
        result["message"] += f" {dropped} older calls were dropped; raise --journal to keep more."
    if found < least:
        result["nearMisses"] = matching.near_misses(pattern, calls)
    _note(emulation, pattern, {"atLeast": least, "atMost": most}, result)
    return result


async def last_failure(_request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET requests/verify: the last verification that did not pass, with its near misses; null where there is none."""
    return {"last": emulation.verifications.last}


def _note(emulation: Emulation, pattern: Mapping[str, Any], times: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    at = rfc3339(emulation.clock.now())
    if emulation.verifications.note({"at": at, "request": matching.shown(pattern), "times": times, **told}):
        emulation.events.change("verification", verdict=told["verdict"])


def _answer(calls: list[dict[str, Any]], emulation: Emulation, account: str | None) -> dict[str, Any]:
    return {"requests": calls, "count": len(calls), "dropped": emulation.journal.dropped(account)}


def _resolved(pattern: dict[str, Any], emulation: Emulation) -> dict[str, Any]:
    """Return the pattern with the account in place of its token."""
    if "token" not in pattern:
        return pattern
    rest = {name: value for name, value in pattern.items() if name != "token"}
    return {**rest, "account": account_of(pattern["token"], emulation)}
