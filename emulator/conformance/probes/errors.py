"""What has to be refused whatever the resource is: unknown ids, routes and methods, bodies that are no JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from emulator.conformance import oracle
from emulator.conformance.comparing import value_at
from emulator.conformance.exchange import MALFORMED, Exchange
from emulator.conformance.model import ANYTHING, Known
from emulator.conformance.options import NONE
from emulator.conformance.probes.reading import NO_EVIDENCE, agree_if_refused, data_of
from emulator.conformance.probes.target import judge_unauthorized
from emulator.conformance.probes.valid import control, plain
from emulator.conformance.probing import Stage, probe
from emulator.conformance.routes import path_of
from emulator.conformance.session import Session
from emulator.conformance.target import is_local

_ID: Final = "common.registry.unknown"
_ROUTE: Final = "common.route.unknown"
_METHOD: Final = "common.route.method"
_SYNTAX: Final = "common.json.syntax"
_TYPE: Final = "common.content-type"
_SIZE: Final = "common.body.size"
_MALFORMED: Final = "common.http.malformed"
_TOKEN: Final = "common.auth.token"
_ENVELOPE: Final = "common.error.envelope"
ROUTES: Final = (_ROUTE, _METHOD)

RESTRICT: Final = {"restrictions": {"restricted": True, "projects": []}}
_LARGE: Final = 1_150_000
"""Bytes, over the limit of 1 MiB."""
_SPOILT: Final = "spoilt"
_DEEP: Final = 5000
"""Arrays inside one another: more than a reader has room for that calls itself for each."""
_SERVER: Final = "common.error.client-side"
_TEXT: Final = {"Content-Type": "text/plain"}
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


@probe(_ID, cost=4, stage=Stage.ERRORS)
async def ids_that_do_not_exist_are_refused(session: Session) -> None:
    """Living ids begin with what is asked for, for who looks for that."""
    known = await session.living()
    part = known.id[:-1]
    if session.model.find(part) is not None:
        part = session.names.fresh("missing")
    agree_if_refused(session, _ID, await session.get(part))
    agree_if_refused(session, _ID, await session.delete(part))


@probe(_ID, cost=1, stage=Stage.ERRORS, writes=False)
async def a_name_that_is_no_id_is_refused(session: Session) -> None:
    for known in session.model.living():
        if isinstance(known.name, str) and " " in known.name and ANYTHING not in known.uncertain:
            agree_if_refused(session, _ID, await session.get(known.name))
            return


@probe(*ROUTES, cost=2, stage=Stage.ERRORS)
async def unknown_routes_and_methods_are_refused(session: Session) -> None:
    await tell_routes(session)


async def tell_routes(session: Session) -> None:
    """Find out how a route that there is not is answered, and a method that a path does not have."""
    route = await session.send("GET", f"/v1/integrations/{session.names.prefix}-route")
    _agree_on_status(session, _ROUTE, route, 404, "A route that does not exist")
    method = await session.send("PUT", path_of(None, session.names.fresh("missing")), json=RESTRICT)
    if method.status == 405 and "allow" not in method.headers:
        words = "A method that a path does not have is answered 405 without the header Allow."
        session.verdicts.choose(_METHOD, None, method, words=words)
    else:
        _agree_on_status(session, _METHOD, method, 405, "A method that a path does not have")


def _agree_on_status(session: Session, rule: str, exchange: Exchange, status: int, subject: str) -> None:
    if exchange.status == status:
        session.verdicts.agree(rule, exchange)
    elif exchange.problem is None:
        session.verdicts.choose(rule, None, exchange, words=f"{subject} is answered {exchange.status}.")


def _broken(text: str) -> Mapping[str, bytes]:
    """Return spoilt forms of the JSON text of an acceptable body, by what is wrong with them."""
    return {
        "a body that breaks off": text[:-1].encode(),
        "NaN in a body": f'{text[:-1]},"note":NaN}}'.encode(),
        "a body with more text behind it": f"{text}}}".encode(),
        "a body that is not UTF-8": text.replace(_SPOILT, "\xff").encode("latin-1"),
        "a body with a comma before its end": f"{text[:-1]},}}".encode(),
        "a body with a comment": f"{text[:-1]}/* no more */}}".encode(),
        "a body with single quotes": text.replace('"', "'").replace("false", "False").replace("true", "True").encode(),
    }


@probe(_SYNTAX, cost=13, stage=Stage.ERRORS)
async def bodies_that_are_no_json_are_refused(session: Session) -> None:
    known = await control(session)
    for what in _broken("{}"):
        raw = _broken(json.dumps(plain(session, {"registryUrl": f"{_SPOILT}.example.com"})))[what]
        await session.refuses(_SYNTAX, raw=raw, what=what)
    broken = f'{json.dumps(RESTRICT)[:-1]},"note":{"[" * _DEEP}'.encode()
    await session.update_refuses(_SYNTAX, known, raw=broken, what="a body of an update that breaks off, deep inside")
    form = f"name={session.names.fresh()}&provider=ecr".encode()
    await session.refuses(_SYNTAX, raw=form, headers=_FORM, what="a form")


@probe(_SERVER, cost=5, stage=Stage.ERRORS)
async def texts_that_not_every_store_can_hold_are_no_trouble(session: Session) -> None:
    """They may be refused, and may come back as something else: all that is asked is no error of the server."""
    for odd in ({"aws.region": "half a pair \ud800", "registryUrl": "nothing \0."}, {"registryUrl": "nothing \0."}):
        # Written with escapes: half of a surrogate pair has no UTF-8.
        raw = json.dumps(plain(session, odd)).encode()
        exchange = await session.send("POST", path_of(None), body=raw)
        known = session.model.of(exchange)
        if known is not None:
            known.uncertain |= odd.keys()
            oracle.judge_added(session, exchange, known)
            await session.delete(known)
        if not exchange.refused:
            return


@probe(_TYPE, cost=3, stage=Stage.ERRORS)
async def json_that_is_declared_as_plain_text_is_answered_415(session: Session) -> None:
    await tell_content_type(session, await session.living())


async def tell_content_type(session: Session, known: Known) -> None:
    """Find out what becomes of a good update that is declared to be plain text."""
    exchange = await session.update(known, RESTRICT, headers=_TEXT)
    if exchange.succeeded:
        await _see_whether_it_was_read(session, known, exchange)
    elif exchange.refused and exchange.status not in NO_EVIDENCE:
        session.verdicts.choose(_TYPE, "reject", exchange)


async def _see_whether_it_was_read(session: Session, known: Known, sent: Exchange) -> None:
    got = await session.get(known)
    if value_at(data_of(got), "restrictions.restricted") is True:
        session.verdicts.choose(_TYPE, "accept", sent)
    elif got.ok:
        words = "A body that is declared to be plain text is answered as a success, and not read."
        session.verdicts.choose(_TYPE, None, sent, words=words)


@probe(_SIZE, cost=2, stage=Stage.ERRORS)
async def a_body_of_more_than_a_mebibyte_is_answered_413(session: Session) -> None:
    await tell_size(session)


async def tell_size(session: Session) -> None:
    """Find out what becomes of a good body that is larger than any needs to be; only on this machine."""
    if not is_local(session.target.base):
        session.verdicts.skip(_SIZE, "a body of a mebibyte is sent to targets on this machine only")
        return
    exchange = await session.add(plain(session, {"registryUrl": "x" * _LARGE}))
    if exchange.problem is None and exchange.status not in NO_EVIDENCE:
        _agree_on_status(session, _SIZE, exchange, 413, "A body of more than 1 MiB")


async def tell_malformed(session: Session) -> None:
    """Find out how a request is answered that is no well-formed HTTP; one without a token, that asks for nothing."""
    if session.target.is_behind_proxy:
        session.verdicts.skip(_MALFORMED, "a proxy is on the way, which would answer in place of the target")
        return
    exchange = await session.send("GET", "/v1/", token=NONE, headers=MALFORMED)
    what = "A request that is no well-formed HTTP"
    fault = oracle.fault_of_envelope(exchange)
    if exchange.problem is not None:
        words = f"{what} is not answered: {exchange.problem}."
        session.verdicts.choose(_MALFORMED, None, exchange, words=words)
    elif exchange.status == 400 and fault is not None:
        words = f"{what} is answered 400 without the envelope of errors: {fault}."
        session.verdicts.choose(_MALFORMED, None, exchange, words=words)
    else:
        _agree_on_status(session, _MALFORMED, exchange, 400, what)


@probe(_TOKEN, cost=6, stage=Stage.ERRORS)
async def no_operation_works_without_a_token(session: Session) -> None:
    known = await session.living()
    asked = {
        "a get": await session.get(known, token=NONE),
        "an update": await session.update(known, RESTRICT, token=NONE),
        "an update of older clients": await session.update(known, RESTRICT, by="modify", token=NONE),
        "a deletion": await session.delete(known, token=NONE),
    }
    for what, exchange in asked.items():
        judge_unauthorized(session, exchange, f"{what} without a token")
        if exchange.succeeded and what != "a get":
            _is_lost(known)


def _is_lost(known: Known) -> None:
    known.uncertain.add(ANYTHING)
    known.reusable = False


_TRACES: Final = re.compile(
    rb"Traceback \(most recent|File \\?\"[^\"]+\.py\\?\", line|\bat [\w.$<>]+ ?\([^)]*:\d+(:\d+)?\)|"
    rb"/(site-packages|node_modules|usr/lib|home/\w+)/|\b(goroutine \d+ \[|panic: )|[A-Z]:\\\\\w+\\\\"
)
_PASSWORD: Final = re.compile(rb'"password" *: *"([^"\\]{8,})"')


@probe(_ENVELOPE, cost=0, stage=Stage.ERRORS, writes=False)
async def errors_show_neither_secrets_nor_the_inside_of_the_server(session: Session) -> None:
    """Looks at every error so far; nothing more is sent."""
    for exchange in session.exchanges:
        if exchange.status < 400:
            continue
        got = _shown_inside(exchange)
        if got is not None:
            expected = "an error without secrets, stack traces and paths of files"
            session.verdicts.differ(_ENVELOPE, exchange, expected=expected, got=got)


def _shown_inside(exchange: Exchange) -> str | None:
    if _TRACES.search(exchange.content):
        return "a part of the server's inside"
    # A body that is an array is at fault as a whole, and a target may tell what is.
    sent = b"" if isinstance(exchange.sent_json, list) else exchange.sent or b""
    shown = any(password in exchange.content for password in _PASSWORD.findall(sent))
    return "the password that was sent" if shown else None
