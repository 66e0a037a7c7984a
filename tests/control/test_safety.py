"""Who may use the control routes, and what they refuse: other origins, foreign names, unknown keys, too much."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import pytest

from emulator import Emulator, Settings
from emulator.control.routes import ROUTES, Route
from emulator.errors import InvalidSettingError
from emulator.settings import load
from tests.conftest import REGISTRIES, Answer, Ask, Start
from tests.control.conftest import CONTROL, add, control, ids, told
from tests.wire import say

STATE: Final = {"format": "northflank-emulator-state", "version": 1, "template": {"credentials": [], "teams": {}}}
ALWAYS: Final = [route for route in ROUTES if route.always]
GUARDED: Final = [route for route in ROUTES if not route.always]
BODIES: Final[Mapping[str, Any]] = {
    "POST /reset": {},
    "POST /seed": {"fixture": "empty"},
    "PUT /state": {**STATE, "accounts": {}},
    "POST /requests/find": {},
    "POST /requests/count": {},
    "POST /requests/verify": {"request": {}},
    "POST /faults": {},
    "PUT /clock": {},
    "PUT /tokens": {"tokens": []},
    "PUT /assumptions": {},
    "PUT /profile": {"profile": None},
}
"""A body that each route takes."""
PATTERN: Final = ("account", "token", "operation", "method", "path", "status", "rule", "query", "body", "unmatched")
KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "POST /reset": ("account", "token"),
    "POST /seed": ("fixture", "content", "count", "seed", "account", "token", "team"),
    "PUT /state": ("format", "version", "template", "accounts"),
    "POST /requests/find": PATTERN,
    "POST /requests/count": PATTERN,
    "POST /requests/verify": ("request", "times"),
    "POST /faults": ("operation", "effect", "status", "delayMs", "jitterMs", "skip", "times", "phase", "probability"),
    "PUT /clock": ("now", "advanceMs", "frozen"),
    "PUT /tokens": ("tokens",),
    "PUT /assumptions": ("duplicate-name", "page-range", "constraint-status"),
    "PUT /profile": ("profile",),
}
"""Keys that a refusal has to name."""


def key(route: Route) -> str:
    return f"{route.method} {route.path}"


async def use(ask: Ask, route: Route, *, body: object = None, **rest: Any) -> Answer:
    """Use a route as it is meant, unless `body` or `rest` say otherwise."""
    if body is None and route.body:
        body = BODIES[key(route)]
    if "credentialId" in route.path:
        rest = {"params": {"account": "acme"}, **rest}
    return await control(ask, route.method, place(route), body, **rest)


def place(route: Route) -> str:
    """Return the path of a route, to what `arrange` has put there."""
    return route.path.replace("{faultId}", "1").replace("{credentialId}", "kept")


async def arrange(ask: Ask) -> None:
    """Put there what routes are about that name it."""
    content = {"credentials": [{"name": "Kept", "provider": "ecr"}]}
    await told(ask, "POST", "/seed", {"account": "acme", "content": content})
    await told(ask, "POST", "/faults", {})


each_route = pytest.mark.parametrize("route", ROUTES, ids=key)
each_guarded_route = pytest.mark.parametrize("route", GUARDED, ids=key)
each_route_with_a_body = pytest.mark.parametrize("route", [route for route in ROUTES if route.body], ids=key)
each_route_without_a_body = pytest.mark.parametrize("route", [route for route in ROUTES if not route.body], ids=key)


def is_error(answer: Answer, status: int, word: str) -> bool:
    """Check that an answer is this error in the envelope, with the headers of control and none of the API's."""
    assert answer.status == status, answer.text
    assert (answer.error["status"], answer.error["id"]) == (status, word)
    assert answer.error["message"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["x-emulator-version"]
    assert not [name for name in answer.headers if name.lower().startswith(("x-ratelimit", "x-emulator-rule"))]
    return True


def test_every_route_with_a_body_is_in_the_tables() -> None:
    assert BODIES.keys() == KNOWN.keys() == {key(route) for route in ROUTES if route.body}


@each_guarded_route
async def test_a_route_works_for_a_program_on_this_machine(ask: Ask, route: Route) -> None:
    if route.path == "/events":
        return  # it goes on for ever; see test_events
    await arrange(ask)

    answer = await use(ask, route)

    assert answer.status == 200, answer.text


@each_route
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "https://evil.example"}, id="another origin"),
        pytest.param({"Origin": "null"}, id="an opaque origin"),
        pytest.param({"Origin": "http://127.0.0.1:1"}, id="another port"),
        pytest.param({"Origin": "http://127.0.0.1:8080.evil.example"}, id="an origin that begins like ours"),
        pytest.param({"Origin": ""}, id="an empty origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="cross-site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="same-site"),
        pytest.param({"Sec-Fetch-Site": ""}, id="an empty site"),
    ],
)
async def test_a_page_of_another_origin_may_use_no_route(start: Start, route: Route, headers: dict[str, str]) -> None:
    ask = await start(admin_token="right")  # not even with the token

    answer = await use(ask, route, headers={"Host": "127.0.0.1:8080", **headers}, token="right")

    assert is_error(answer, 403, "forbidden")


async def test_a_page_of_another_origin_changes_nothing(ask: Ask) -> None:
    await add(ask, "Kept")

    assert is_error(await control(ask, "POST", "/reset", headers={"Origin": "https://evil.example"}), 403, "forbidden")
    assert await ids(ask) == ["kept"]


@pytest.mark.parametrize("site", ["same-origin", "none", None])
async def test_a_page_of_the_emulators_own_origin_may(ask: Ask, site: str | None) -> None:
    headers = {"Host": "localhost:8080", "Origin": "http://LOCALHOST:8080"}
    if site is not None:
        headers["Sec-Fetch-Site"] = site

    assert (await told(ask, "POST", "/reset", headers=headers)) == {"account": None}


@pytest.mark.parametrize("route", [route for route in GUARDED if route.path != "/events"], ids=key)
@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("evil.example", 403, id="another name"),
        pytest.param("evil.example:8080", 403, id="another name and port"),
        pytest.param("127.0.0.1.evil.example", 403, id="an address as part of a name"),
        pytest.param("localhost.evil.example", 403, id="localhost as part of a name"),
        pytest.param("notlocalhost", 403, id="a name that ends like ours"),
        pytest.param("[::1", 403, id="half an address"),
        pytest.param("127.0.0.1", 200, id="address"),
        pytest.param("[::1]:8080", 200, id="IPv6 address"),
        pytest.param("LocalHost:1", 200, id="localhost"),
        pytest.param("emulator.localhost", 200, id="below localhost"),
    ],
)
async def test_a_name_that_somebody_else_owns_is_refused(ask: Ask, route: Route, host: str, status: int) -> None:
    await arrange(ask)

    answer = await use(ask, route, headers={"Host": host, "Origin": f"http://{host}"})

    assert answer.status == status, answer.text
    assert status == 200 or is_error(answer, 403, "forbidden")


async def test_a_container_is_reached_by_its_name_with_the_token_or_where_that_is_accepted(start: Start) -> None:
    headers = {"Host": "emulator:8080"}

    with_token = await start(admin_token="right")
    insecure = await start(insecure_control=True)

    assert (await control(with_token, "GET", "/state", headers=headers, token="right")).status == 200
    assert (await control(with_token, "GET", "/state", headers=headers)).status == 401
    assert (await control(insecure, "GET", "/state", headers=headers)).status == 200


@each_guarded_route
@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(None, id="none"),
        pytest.param("Bearer wrong", id="wrong"),
        pytest.param("Bearer righ", id="too short"),
        pytest.param("Bearer rightt", id="too long"),
        pytest.param("Bearer RIGHT", id="another case"),
        pytest.param("Basic right", id="another scheme"),
        pytest.param("right", id="no scheme"),
        pytest.param("Bearer", id="no token"),
        pytest.param("Bearer schlüssel-鍵", id="not ASCII"),
    ],
)
async def test_the_admin_token_is_wanted(start: Start, route: Route, authorization: str | None) -> None:
    ask = await start(admin_token="right")
    headers = {} if authorization is None else {"Authorization": authorization}

    answer = await use(ask, route, headers=headers)

    assert is_error(answer, 401, "unauthorized")
    assert answer.headers.get("WWW-Authenticate", "Bearer") == "Bearer"
    assert "right" not in answer.text


@pytest.mark.parametrize("token", ["right", "schlüssel-鍵"])
async def test_the_admin_token_opens_the_routes_and_is_no_token_of_the_api(start: Start, token: str) -> None:
    ask = await start(admin_token=token)

    assert await told(ask, "GET", "/tokens", headers={"Authorization": f"bearer {token}"}) == {"tokens": []}
    assert await told(ask, "POST", "/reset", token=token) == {"account": None}
    assert (await ask("GET", REGISTRIES, token="any")).status == 200


def test_bytes_that_are_no_text_are_a_wrong_token() -> None:
    with Emulator(Settings(admin_token="right")) as running:
        answer = say(
            running.url,
            f"GET {CONTROL}/state HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ".encode() + b"\xff\xfe\r\n\r\n",
        )

    assert is_error(answer, 401, "unauthorized")


@pytest.mark.parametrize(
    ("settings", "token", "status"),
    [
        pytest.param({"control": "off"}, None, 403, id="off"),
        pytest.param({"control": "off", "admin_token": "right"}, "right", 403, id="off, even with the token"),
        pytest.param({"control": "with-token"}, None, 403, id="with-token, and there is none"),
        pytest.param({"control": "with-token", "admin_token": "right"}, None, 401, id="with-token, not sent"),
        pytest.param({"control": "with-token", "admin_token": "right"}, "right", 200, id="with-token, sent"),
        pytest.param({"control": "on", "admin_token": "right"}, "right", 200, id="on, sent"),
        pytest.param({"control": "on"}, "any", 200, id="on, no token set"),
        pytest.param({"control": "off", "insecure_control": True}, None, 403, id="off is off"),
    ],
)
async def test_control_can_be_off_on_or_only_with_a_token(
    start: Start, settings: dict[str, Any], token: str | None, status: int
) -> None:
    ask = await start(**settings)

    for route in GUARDED:
        if status == 200 and (route.path == "/events" or "{" in route.path):
            continue  # the one goes on for ever, and what others name is not there
        answer = await use(ask, route, token=token)
        assert answer.status == status, route
        if status == 403:
            assert "--admin-token" in answer.error["message"]
            assert is_error(answer, 403, "forbidden")
    # What is emulated is there in any case; one of the routes armed a fault.
    await control(ask, "POST", "/reset", token=token)
    assert (await ask("GET", REGISTRIES)).status == 200


@pytest.mark.parametrize("route", ALWAYS, ids=key)
@pytest.mark.parametrize(
    "settings", [{}, {"control": "off"}, {"control": "with-token"}, {"admin_token": "right"}], ids=str
)
async def test_health_needs_no_token_no_name_and_no_control(
    start: Start, route: Route, settings: dict[str, Any]
) -> None:
    ask = await start(**settings)

    assert (await use(ask, route, headers={"Host": "emulator:8080"})).status == 200


def test_only_what_tells_nothing_of_the_state_is_always_open() -> None:
    assert {route.path for route in ALWAYS} == {"/health", "/ready", "/openapi.json"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "emulator.example", "0"])
def test_it_refuses_to_start_for_other_machines_without_a_token(host: str) -> None:
    with pytest.raises(InvalidSettingError, match="--admin-token") as raised:
        load({"host": host}, {})

    assert "--control off" in str(raised.value)
    assert "--insecure-control" in str(raised.value)


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param({"admin_token": "right"}, id="with a token"),
        pytest.param({"control": "off"}, id="without control"),
        pytest.param({"control": "with-token"}, id="control only with a token"),
        pytest.param({"insecure_control": "1"}, id="knowing it"),
        pytest.param({"host": "127.0.0.2"}, id="loopback"),
        pytest.param({"host": "::1"}, id="IPv6 loopback"),
        pytest.param({"host": "localhost"}, id="localhost"),
    ],
)
def test_it_starts_where_control_is_safe_or_somebody_says_so(flags: dict[str, str]) -> None:
    assert load({"host": "0.0.0.0", **flags}, {}).host == flags.get("host", "0.0.0.0")


def test_the_admin_token_is_not_shown_with_the_settings() -> None:
    assert "right" not in repr(load({"admin_token": "right"}, {}))


@each_route_with_a_body
async def test_an_unknown_key_is_refused_with_the_known_ones(ask: Ask, route: Route) -> None:
    await add(ask, "Kept")

    answer = await use(ask, route, body={**BODIES[key(route)], "no-such-key": 1})

    assert is_error(answer, 400, "invalid-state" if route.path == "/state" else "invalid-request")
    [(place, [message])] = answer.details.items()
    assert "no-such-key" in place or place == "body"
    assert [name for name in KNOWN[key(route)] if name not in message] == []
    assert await ids(ask) == ["kept"]


@pytest.mark.parametrize(
    ("method", "path", "body", "place", "known"),
    [
        pytest.param("POST", "/seed", {"content": {"x": []}}, "x", "credentials, teams", id="fixture"),
        pytest.param("POST", "/requests/verify", {"request": {"x": 1}}, "request.x", "operation, method", id="pattern"),
        pytest.param(
            "POST", "/requests/verify", {"request": {}, "times": {"x": 1}}, "times.x", "atLeast, atMost", id="times"
        ),
        pytest.param(
            *("PUT", "/tokens", {"tokens": [{"token": "t", "account": "a", "x": 1}]}),
            *("tokens[0]", "token, account, permissions"),
            id="token",
        ),
        pytest.param(
            *("PUT", "/state", {**STATE, "accounts": {"a": {"credentials": [], "teams": {}, "x": 1}}}),
            *('accounts["a"]["x"]', "credentials, teams"),
            id="account of a state",
        ),
    ],
)
async def test_an_unknown_key_further_in_is_refused_too(
    ask: Ask, method: str, path: str, body: object, place: str, known: str
) -> None:
    answer = await control(ask, method, path, body)

    assert answer.status == 400
    assert known in answer.details[place][0]


@pytest.mark.parametrize("operation", ["add-registries", "", "*"])
@pytest.mark.parametrize("path", ["find", "count", "verify"])
async def test_a_pattern_with_an_unknown_operation_is_refused_and_never_passes(
    ask: Ask, path: str, operation: str
) -> None:
    pattern = {"operation": operation}
    body = {"request": pattern, "times": {"atMost": 0}} if path == "verify" else pattern

    answer = await control(ask, "POST", f"/requests/{path}", body)

    assert is_error(answer, 400, "invalid-request")
    [(place, [message])] = answer.details.items()
    assert place == ("request.operation" if path == "verify" else "operation")
    assert "add-registry, add-team-registry" in message


@pytest.mark.parametrize("operation", ["add-registries", ""])
async def test_a_fault_for_an_unknown_operation_is_refused(ask: Ask, operation: str) -> None:
    answer = await control(ask, "POST", "/faults", {"operation": operation})

    assert answer.status == 400
    assert "*, add-registry, add-team-registry" in answer.details["operation"][0]
    assert await told(ask, "GET", "/faults") == {"faults": []}


@each_route_without_a_body
async def test_a_route_that_takes_no_body_refuses_members(ask: Ask, route: Route) -> None:
    answer = await use(ask, route, body={"no-such-key": 1})

    assert is_error(answer, 400, "invalid-request")
    assert answer.details == {"no-such-key": ["Unknown key; there are none."]}


@each_route
async def test_an_unknown_parameter_is_refused_with_the_known_ones(ask: Ask, route: Route) -> None:
    answer = await use(ask, route, params={"no-such-parameter": "1"})

    assert is_error(answer, 400, "invalid-request")
    [message] = answer.details["no-such-parameter"]
    assert [name for name in route.query if name not in message] == []


@pytest.mark.parametrize("route", [route for route in ROUTES if route.query], ids=key)
async def test_a_parameter_is_given_once(ask: Ask, route: Route) -> None:
    answer = await use(ask, route, params=[("account", "a"), ("account", "b")])

    assert is_error(answer, 400, "invalid-request")
    assert list(answer.details) == ["account"]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.body and route.path != "/state"], ids=key)
@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
async def test_a_body_is_limited_to_a_mebibyte(ask: Ask, route: Route, chunked: bool) -> None:
    text = json.dumps(BODIES[key(route)]).encode()

    async def send(size: int) -> Answer:
        data = text + b" " * (size - len(text))
        return await ask(
            *(route.method, CONTROL + route.path),
            token=None,
            headers={"Content-Type": "application/json"},
            data=pieces(data) if chunked else io.BytesIO(data),
        )

    assert (await send(2**20)).status == 200
    assert is_error(await send(2**20 + 1), 413, "payload-too-large")


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    for first in range(0, len(data), 2**18):
        yield data[first : first + 2**18]


@each_route_with_a_body
@pytest.mark.parametrize(
    ("data", "content_type", "status", "word"),
    [
        pytest.param(b"{", "application/json", 400, "invalid-json", id="no JSON"),
        pytest.param(b"\xff", "application/json", 400, "invalid-json", id="no UTF-8"),
        pytest.param(b"[" * 100_000, "application/json", 400, "invalid-json", id="too deep"),
        pytest.param(b"{}", "text/plain", 415, "unsupported-media-type", id="a form's type"),
        pytest.param(b"{}", "application/x-www-form-urlencoded", 415, "unsupported-media-type", id="a form"),
    ],
)
async def test_a_body_has_to_be_json(
    ask: Ask, route: Route, data: bytes, content_type: str, status: int, word: str
) -> None:
    headers = {"Content-Type": content_type}

    answer = await ask(route.method, CONTROL + route.path, token=None, headers=headers, data=data)

    assert is_error(answer, status, word)


@each_route_with_a_body
@pytest.mark.parametrize("value", ["[]", "null", '"text"', "1", "true"])
async def test_a_body_has_to_be_an_object(ask: Ask, route: Route, value: str) -> None:
    headers = {"Content-Type": "application/json"}

    answer = await ask(route.method, CONTROL + route.path, token=None, headers=headers, data=value)

    assert is_error(answer, 400, "invalid-state" if route.path == "/state" else "invalid-request")


@pytest.mark.parametrize("path", ["/no-such-route", "/requests/", "/reset/everything", "/faults/1/2"])
async def test_an_unknown_route_is_answered_in_the_envelope(ask: Ask, path: str) -> None:
    assert is_error(await control(ask, "GET", path), 404, "route-not-found")


@pytest.mark.parametrize("number", ["1", "0", "-1", "1.0", "abc", "9" * 30, "１"])
async def test_an_unknown_fault_is_answered_in_the_envelope(ask: Ask, number: str) -> None:
    assert is_error(await control(ask, "DELETE", f"/faults/{number}"), 404, "not-found")


@each_route
async def test_an_unknown_method_is_answered_in_the_envelope_with_the_known_ones(ask: Ask, route: Route) -> None:
    known = sorted(other.method for other in ROUTES if other.path == route.path)

    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"}.difference(known):
        answer = await control(ask, method, place(route))
        assert is_error(answer, 405, "method-not-allowed")
        assert answer.headers["Allow"] == ", ".join(known)
