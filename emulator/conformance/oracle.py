"""Judges every exchange of a run: each answer is held against all that is known when it comes.

Nothing here sends anything. A rule that only one question can decide is its probe's business; here are those that hold
for every answer, so that what is wrong only sometimes is met by any of the run's requests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

from emulator.conformance import whereabouts
from emulator.conformance.answers import judge_added, judge_data, judge_got
from emulator.conformance.case import Case
from emulator.conformance.exchange import ABSENT, Exchange
from emulator.conformance.listing import judge_listed, judge_page
from emulator.conformance.memory import Window
from emulator.conformance.shapes import shown
from emulator.conformance.verdicts import MAX_TIME

if TYPE_CHECKING:
    from emulator.conformance.session import Session

__all__ = ["judge", "judge_added", "judge_got", "judge_listed"]

_SERVER: Final = "common.error.client-side"
_ENVELOPE: Final = "common.error.envelope"
_HEADERS: Final = "common.rate-limit.headers"
_NOT_IMPLEMENTED: Final = 501
"""What HTTP wants for a method that a server has never heard of."""
_UNCOUNTED: Final = ("health", "specification", "specification-page")
_HOUR: Final = 3600
_WHOLE: Final = re.compile("[0-9]{1,15}")
_JSON: Final = "application/json"
_CHARSET: Final = re.compile(r"charset *= *\"?([^\"; ]*)")
"""JSON has no charset; one that is declared all the same should be that of JSON."""


def judge(session: Session, exchange: Exchange) -> None:
    """Judge one exchange by what holds for all of them, before the model has taken it into account.

    What is no well-formed HTTP, something before the API may answer: that is the business of the rule on it.
    """
    if exchange.is_malformed:
        return
    case = Case(session, exchange)
    _judge_speed(case)
    if exchange.problem is not None:
        case.differ(_SERVER, "an answer", exchange.problem)
    else:
        _judge_status(case)
        _judge_headers(case)
        if exchange.status >= 400 and exchange.method != "HEAD":
            _judge_envelope(case)
    if case.asked is not None:
        whereabouts.judge(case)
        if exchange.ok:
            _judge_success(case, case.asked.kind)


def _judge_speed(case: Case) -> None:
    limit = case.session.options.max_time
    if not limit:
        return
    if case.exchange.seconds > limit:
        case.differ(MAX_TIME, f"an answer within {limit:g} s", f"{case.exchange.seconds:.1f} s")
    else:
        case.agree(MAX_TIME)


def _judge_status(case: Case) -> None:
    exchange = case.exchange
    if exchange.refused:
        case.agree(_SERVER)
    elif exchange.status >= 500:
        if case.asked is not None or exchange.status != _NOT_IMPLEMENTED:
            case.differ(_SERVER, "a status below 500", exchange.outcome)
    elif case.asked is not None:
        rule = f"{case.asked.kind}.response.status"
        if exchange.ok:
            case.agree(rule)
        else:
            case.differ(rule, "status 200, or 400 to 499 for what is refused", exchange.outcome)


def _judge_envelope(case: Case) -> None:
    fault = fault_of_envelope(case.exchange)
    if fault is None:
        case.agree(_ENVELOPE)
    else:
        case.differ(_ENVELOPE, "JSON with an object error that has status (the answer's), id and message", fault)


def fault_of_envelope(exchange: Exchange) -> str | None:
    """Return what of an error is not as the envelope of errors has it, None if it is."""
    answer = exchange.answer
    if answer is ABSENT:
        return "no JSON" if exchange.content else "no body"
    if not _declares_json(exchange):
        return f"the content type {exchange.headers.get('Content-Type', 'missing')}"
    error = answer.get("error", ABSENT) if isinstance(answer, dict) else ABSENT
    if not isinstance(error, dict):
        return f"error {_told(error)}"
    status = error.get("status", ABSENT)
    if isinstance(status, bool) or not isinstance(status, int | float) or status != exchange.status:
        return f"error.status {_told(status)} in an answer of status {exchange.status}"
    for name in ("id", "message"):
        text = error.get(name, ABSENT)
        if not isinstance(text, str) or not text:
            return f"error.{name} {_told(text)}"
    details = error.get("details", ABSENT)
    return None if details is ABSENT or isinstance(details, dict) else f"error.details {_told(details)}"


def _told(value: object) -> str:
    return "is missing" if value is ABSENT else f"is {shown(value)}"


def _declares_json(exchange: Exchange) -> bool:
    kind, _, parameters = exchange.headers.get("Content-Type", "").lower().partition(";")
    charset = _CHARSET.search(parameters)
    return kind.strip() == _JSON and (charset is None or charset[1] in ("utf-8", "utf8", "us-ascii"))


def _judge_headers(case: Case) -> None:
    values: dict[str, int] = {}
    for name in ("limit", "remaining", "reset"):
        text = case.exchange.headers.get(f"x-ratelimit-{name}")
        if text is None or not _WHOLE.fullmatch(text.strip()):
            got = "no such header" if text is None else repr(text)
            case.differ(_HEADERS, f"x-ratelimit-{name}, a whole number", got)
            return
        values[name] = int(text)
    limit, remaining, reset = values["limit"], values["remaining"], values["reset"]
    if remaining > limit:
        case.differ(_HEADERS, f"x-ratelimit-remaining is at most the limit, {limit}", str(remaining))
    elif reset > _HOUR:
        case.differ(_HEADERS, "x-ratelimit-reset, seconds until the hour ends", str(reset))
    elif case.asked is None or case.exchange.operation in _UNCOUNTED or case.exchange.status == 401:
        case.agree(_HEADERS)
    else:
        _judge_window(case, remaining, reset)


def _judge_window(case: Case, remaining: int, reset: int) -> None:
    """Judge that what remains does not grow while an hour runs; requests that were out at once are not compared."""
    windows, number = case.memory.windows, case.exchange.number
    token = case.exchange.sent_headers.get("Authorization", "")
    before = windows.get(token)
    windows[token] = Window(number, remaining, reset)
    grows = (
        before is not None and before.number == number - 1 and reset <= before.reset and remaining > before.remaining
    )
    if grows and before is not None:
        expected = f"x-ratelimit-remaining is at most {before.remaining}, as in the answer before"
        case.differ(_HEADERS, expected, str(remaining))
    else:
        case.agree(_HEADERS)


def _judge_success(case: Case, kind: str) -> None:
    answer, rule = case.exchange.answer, f"{kind}.response.data.required"
    if answer is ABSENT and _is_json_with_half_a_pair(case.exchange.content):
        return
    if isinstance(answer, dict) and "error" in answer:
        case.differ(_ENVELOPE, "an error has a status of 400 or more", "status 200 and the member error")
    has_data = isinstance(answer, dict) and "data" in answer
    if not _declares_json(case.exchange):
        case.differ(
            rule, f"an answer of the type {_JSON}", case.exchange.headers.get("Content-Type", "no Content-Type")
        )
    elif not has_data:
        got = "no JSON" if answer is ABSENT else shown(answer)
        case.differ(rule, "a JSON object with the member data", got)
    else:
        case.agree(rule)
    if not has_data:
        return
    _judge_data(case, kind, answer)


def _judge_data(case: Case, kind: str, answer: Mapping[str, Any]) -> None:
    if kind == "list":
        judge_page(case, answer)
    elif kind in ("add", "get"):
        judge_data(case, answer["data"])
    elif answer["data"] == {} and isinstance(answer["data"], dict):
        case.agree(f"{kind}.response.data.empty")
    else:
        case.differ(f"{kind}.response.data.empty", "data is an empty object", shown(answer["data"]))


def _is_json_with_half_a_pair(content: bytes) -> bool:
    """Return whether content is JSON but for half of a surrogate pair, which came with the request and has no UTF-8."""
    try:
        json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False
    return b"\\u" in content


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
