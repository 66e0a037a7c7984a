"""Is the target the API, and whom does it let in?"""

from __future__ import annotations

from emulator.conformance.exchange import ABSENT, Exchange
from emulator.conformance.model import Known
from emulator.conformance.options import LIMITED, MAIN, NONE, WRONG
from emulator.conformance.probes.reading import changes
from emulator.conformance.probes.valid import plain
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.routes import path_of
from emulator.conformance.session import Session

_TOKEN = "common.auth.token"
_PERMISSION = "common.auth.permission"
OPEN_TO_ALL = "The target takes any token and gives each an account of its own."


def judge_unauthorized(session: Session, exchange: Exchange, what: str) -> None:
    """Note whether a request without a good token was answered 401; `what` is its subject: `a get without a token`."""
    if exchange.status == 401:
        session.verdicts.agree(_TOKEN, exchange)
    elif exchange.problem is None:
        session.verdicts.differ(_TOKEN, exchange, expected=f"{what} is answered 401", got=exchange.outcome)


@probe("common.health", cost=2, stage=Stage.TARGET, writes=False)
async def the_health_route_answers_success(session: Session) -> None:
    exchange = await _without_token_if_possible(session, "/v1/")
    if exchange.ok and exchange.content.strip() == b"success":
        session.verdicts.agree("common.health", exchange)
    elif exchange.problem is None:
        got = f"{exchange.outcome} and another text" if exchange.ok else exchange.outcome
        session.verdicts.differ("common.health", exchange, expected="status 200 and the text success", got=got)


@probe("common.specification", "common.specification-page", cost=4, stage=Stage.TARGET, writes=False)
async def the_specification_is_served_as_json_and_as_a_page(session: Session) -> None:
    document = await _without_token_if_possible(session, "/v1/swagger-json")
    described = isinstance(document.answer, dict) and isinstance(document.answer.get("paths"), dict)
    _judge(session, "common.specification", document, "an OpenAPI document as JSON, with its paths", good=described)
    page = await _without_token_if_possible(session, "/v1/swagger-html")
    is_page = page.answer is ABSENT and b"<" in page.content
    _judge(session, "common.specification-page", page, "a page in HTML", good=is_page)


@probe("common.login", _TOKEN, cost=2, stage=Stage.TARGET, writes=False)
async def a_good_token_logs_in_and_none_does_not(session: Session) -> None:
    exchange = await session.send("GET", "/v1/login")
    _judge(session, "common.login", exchange, "a JSON object", good=isinstance(exchange.answer, dict))
    judge_unauthorized(session, await session.send("GET", "/v1/login", token=NONE), "a login without a token")


async def _without_token_if_possible(session: Session, path: str) -> Exchange:
    """Ask without a token, and once more with it where that is refused: that none is needed is assumed."""
    exchange = await session.send("GET", path, token=NONE)
    return await session.send("GET", path) if exchange.status in (401, 403) else exchange


def _judge(session: Session, rule: str, exchange: Exchange, what: str, *, good: bool) -> None:
    if exchange.ok and good:
        session.verdicts.agree(rule, exchange)
    elif exchange.problem is None:
        got = "something else" if exchange.ok else exchange.outcome
        session.verdicts.differ(rule, exchange, expected=f"status 200 and {what}", got=got)


@probe(_TOKEN, cost=4, stage=Stage.TARGET, writes=False)
async def a_list_without_a_bearer_token_is_answered_401(session: Session) -> None:
    token = session.tokens.text(MAIN)
    judge_unauthorized(session, await session.list(token=NONE), "a list without a token")
    for value, what in (
        (f"Basic {token}", "a list with the scheme Basic"),
        (f"{token}", "a list with a token and no scheme"),
        ("Bearer ", "a list with an empty bearer token"),
    ):
        exchange = await session.send("GET", path_of(), headers={"Authorization": value})
        judge_unauthorized(session, exchange, what)


@probe(_TOKEN, cost=2, stage=Stage.TARGET)
async def an_add_without_a_token_is_answered_401(session: Session) -> None:
    """That it adds nothing all the same, the lists of the run show."""
    judge_unauthorized(session, await session.add(plain(session), token=NONE), "an add without a token")


@probe(_TOKEN, "common.isolation", cost=4, stage=Stage.TARGET, writes=False)
async def a_token_that_nobody_was_given_is_answered_401_or_has_an_account_of_its_own(session: Session) -> None:
    """If it is answered, the next probe finds out which of the two it is: that takes something to look for."""
    exchange = await session.list(token=WRONG, per_page="100")
    if not exchange.succeeded:
        judge_unauthorized(session, exchange, "a list with a token that nobody was given")
        # Of the real token no more than a letter may be in what a report shows.
        token = str(session.tokens.text(MAIN))
        for text, what in (
            (f"{token}x", "a good token and something behind it"),
            (token[:1], "the start of a token"),
            (token.swapcase(), "a good token with capitals for small letters"),
        ):
            if text == token:
                continue
            exchange = await session.send("GET", path_of(), headers={"Authorization": f"Bearer {text}"})
            judge_unauthorized(session, exchange, f"a list with {what}")


@probe(_TOKEN, "common.isolation", cost=6, stage=Stage.BASICS)
async def a_token_that_nobody_was_given_does_not_read_this_account(session: Session) -> None:
    if (WRONG, "list-registries") not in session.accepted:
        raise Skip("a token that nobody was given is not let in")
    known = await session.living()
    exchange = await session.get(known, token=WRONG)
    if exchange.succeeded:
        expected = "a token that nobody was given is answered 401, or has an account of its own"
        session.verdicts.differ(_TOKEN, exchange, expected=expected, got="it reads what the real token added")
    elif exchange.refused:
        session.tokens.open = True
        session.note(OPEN_TO_ALL)
        if not session.tokens.is_made_up(MAIN):
            await _are_no_guests(session)


async def _are_no_guests(session: Session) -> None:
    """See that tokens that nobody was given have an account each, and do not share that of a guest."""
    added = await session.add(plain(session), token=WRONG)
    theirs = session.model.of(added)
    expected = "a token that nobody was given is answered 401, or has an account of its own"
    if theirs is None:
        if added.refused:
            session.verdicts.differ(_TOKEN, added, expected=expected, got=f"it may list, and not add: {added.outcome}")
        return
    stranger = {"Authorization": f"Bearer {session.names.prefix}-stranger"}
    exchange = await session.send("GET", path_of(None, theirs.id), headers=stranger, token=NONE)
    if exchange.succeeded:
        session.verdicts.differ(_TOKEN, exchange, expected=expected, got="two of them share an account")


@probe(_PERMISSION, "common.rejected-changes-nothing", cost=10, stage=Stage.TEAMS)
async def what_a_token_lacks_the_permission_for_is_answered_403(session: Session) -> None:
    if not session.has(LIMITED):
        raise Skip("there is no token that lacks permissions: set NORTHFLANK_API_LIMITED_TOKEN to one")
    known = await session.living()
    change = {"restrictions": {"restricted": True, "projects": []}}
    may_list = await session.list(token=LIMITED, per_page="1")
    judge_permission(session, may_list, "a list", may_succeed=True)
    for what, exchange in (
        ("a get", await session.get(known, token=LIMITED)),
        ("an add", await session.add(plain(session), token=LIMITED)),
        ("an update", await session.update(known, change, token=LIMITED)),
        ("an update of older clients", await session.update(known, change, by="modify", token=LIMITED)),
    ):
        judge_permission(session, exchange, what)
    deleted = await session.delete(known, token=LIMITED)
    judge_permission(session, deleted, "a deletion")
    if deleted.refused:
        await _must_be_unchanged(session, known)


def judge_permission(session: Session, exchange: Exchange, what: str, *, may_succeed: bool = False) -> None:
    """Note whether a request was answered 403 whose token lacks the permission for it; `what` is its subject."""
    if exchange.status == 403 or (may_succeed and exchange.succeeded):
        session.verdicts.agree(_PERMISSION, exchange)
    elif exchange.succeeded or exchange.refused:
        expected = f"{what} by a token that has the permission Read at most is answered 403"
        session.verdicts.differ(_PERMISSION, exchange, expected=expected, got=exchange.outcome)


async def _must_be_unchanged(session: Session, known: Known) -> None:
    rule = "common.rejected-changes-nothing"
    exchange = await session.get(known)
    if exchange.refused or (exchange.ok and changes(known, exchange)):
        expected = "what was refused for want of a permission changes nothing"
        session.verdicts.differ(rule, exchange, expected=expected, got="the credentials are gone, or others")
    elif exchange.ok:
        session.verdicts.agree(rule, exchange)
