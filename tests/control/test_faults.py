"""Faults as a real client meets them, down to the socket."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, ClientTimeout, web

from emulator import Emulator, Settings, create_app
from emulator.faults import EFFECTS, MAX_DELAY
from tests.conftest import REGISTRIES, TOKEN, Answer
from tests.processes import serving
from tests.samples import SMALLEST
from tests.wire import connected, receive, say

FAULTS: Final = "/_emulator/faults"
REQUESTS: Final = "/_emulator/requests"
ONE: Final = f"{REGISTRIES}/abc"
HEADER: Final = "x-emulator-fault"
WORKING: Final = 200


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def url(running: Emulator) -> str:
    running.reset()
    return running.url


def request(
    method: str,
    path: str,
    body: object = None,
    *,
    token: str | None = TOKEN,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a whole request, byte for byte."""
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(data)}"]
    if body is not None:
        lines.append("Content-Type: application/json")
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


def ask(url: str, method: str = "GET", path: str = REGISTRIES, body: object = None, **rest: Any) -> Answer:
    return say(url, request(method, path, body, **rest))


def raw(url: str, data: bytes) -> bytes:
    """Send a request and return all that comes until the server closes."""
    with connected(url) as connection:
        connection.sendall(data)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def arm(url: str, **fault: Any) -> dict[str, Any]:
    answer = ask(url, "POST", FAULTS, fault, token=None)
    assert answer.status == WORKING, answer.text
    armed: dict[str, Any] = answer.json
    return armed


def armed(url: str) -> list[dict[str, Any]]:
    faults: list[dict[str, Any]] = ask(url, path=FAULTS, token=None).json["faults"]
    return faults


def calls(url: str) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = ask(url, path=REQUESTS, token=None).json["requests"]
    return requests


def stored(url: str, token: str = TOKEN) -> list[str]:
    """Return the ids that are stored, without a call that a fault could meet."""
    accounts = ask(url, path="/_emulator/state", token=None).json["accounts"]
    named = {name: [entry["id"] for entry in account["credentials"]] for name, account in accounts.items()}
    return named.get(account_of(url, token), [])


def account_of(url: str, token: str) -> str:
    """Return the account of a token, as a fault for that token tells it."""
    fault = arm(url, token=token, operation="specification-page", times=1)
    ask(url, "DELETE", f"{FAULTS}/{fault['id']}", token=None)
    account: str = fault["account"]
    return account


def pattern(url: str, count: int, **rest: Any) -> list[bool]:
    """Return which of so many calls met a fault."""
    return [HEADER in ask(url, **rest).headers for _ in range(count)]


# What each effect does to the answer.


def test_a_reset_is_one_of_tcp(url: str) -> None:
    arm(url, effect="reset", times=1)
    with pytest.raises(ConnectionResetError):
        ask(url)
    assert ask(url).status == WORKING


def test_an_empty_answer_ends_the_connection_in_good_order(url: str) -> None:
    arm(url, effect="empty", times=2)
    with pytest.raises(http.client.RemoteDisconnected) as error:
        ask(url)
    assert not isinstance(error.value.__cause__, ConnectionResetError)
    assert raw(url, request("POST", REGISTRIES, SMALLEST)) == b""


def test_a_truncated_answer_promises_more_than_comes(url: str) -> None:
    ask(url, "POST", body=SMALLEST)
    arm(url, effect="truncate", phase="after", times=2)
    with pytest.raises(http.client.IncompleteRead) as error:
        ask(url, path=ONE)
    assert error.value.partial
    assert error.value.expected

    head, _, body = raw(url, request("GET", ONE)).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    assert status == "HTTP/1.1 200 OK"
    assert len(headers) == len(dict(headers)), "a header is there twice"
    assert 0 < len(body) < int(dict(headers)["content-length"])
    assert dict(headers)[HEADER] == "truncate"

    whole = ask(url, path=ONE)
    assert whole.text.encode().startswith(body)
    assert len(whole.text.encode()) == int(dict(headers)["content-length"])


def test_a_truncated_answer_to_a_call_that_never_ran_is_one_too(url: str) -> None:
    arm(url, effect="truncate", times=1)
    with pytest.raises(http.client.IncompleteRead):
        ask(url, "POST", body=SMALLEST)
    assert stored(url) == []


@pytest.mark.parametrize("phase", ["before", "after"])
def test_malformed_json_is_a_whole_answer_that_no_json_library_reads(url: str, phase: str) -> None:
    arm(url, effect="malformed", times=1, phase=phase)
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("GET", REGISTRIES, headers={"Authorization": f"Bearer {TOKEN}"})
    response = connection.getresponse()
    text = response.read()

    assert (response.status, response.headers.get_content_type()) == (200, "application/json")
    assert response.headers[HEADER] == "malformed"
    assert text
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(text)
    # The connection is as good as before.
    connection.request("GET", REGISTRIES, headers={"Authorization": f"Bearer {TOKEN}"})
    assert json.load(connection.getresponse())["data"] == {"credentials": []}
    connection.close()


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("mode", ["headers", "enforce", "off"])
def test_a_rate_limit_says_when_to_come_back_and_that_nothing_is_left(mode: str, phase: str) -> None:
    with Emulator(Settings(rate_limit=mode)) as emulator:
        arm(emulator.url, effect="rate-limit", times=1, phase=phase)
        answer = ask(emulator.url)
        (call,) = calls(emulator.url)

    assert (answer.status, answer.error["status"], answer.error["id"]) == (429, 429, "rate-limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert answer.headers["x-ratelimit-limit"] == "1000"
    assert answer.headers["x-ratelimit-reset"] == answer.headers["Retry-After"]
    assert answer.headers[HEADER] == "rate-limit"
    assert call["answer"]["headers"]["retry-after"] == answer.headers["Retry-After"]
    assert call["answer"]["headers"]["x-ratelimit-remaining"] == "0"


def test_an_event_shows_the_headers_that_were_sent(url: str) -> None:
    arm(url, effect="rate-limit", times=1)
    with connected(url) as events, events.makefile("rb") as stream:
        events.sendall(request("GET", "/_emulator/events", token=None))
        while not stream.readline().startswith(b": listening"):
            pass
        sent = ask(url).headers
        while not (line := stream.readline()).startswith(b"data: "):
            pass
    told = json.loads(line.removeprefix(b"data: "))["answer"]["headers"]
    assert (told["retry-after"], told["x-ratelimit-remaining"]) == (sent["Retry-After"], "0")


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize(
    ("status", "word"),
    [
        pytest.param(400, "bad-request", id="lowest"),
        pytest.param(503, "service-unavailable", id="usual"),
        pytest.param(418, "im-a-teapot", id="apostrophe"),
        pytest.param(599, "error", id="highest, which has no name"),
    ],
)
def test_an_error_has_the_status_that_was_asked_for_and_the_envelope(
    url: str, status: int, word: str, phase: str
) -> None:
    arm(url, effect="error", status=status, times=1, phase=phase)
    answer = ask(url)

    assert (answer.status, answer.error["status"], answer.error["id"]) == (status, status, word)
    assert "fault" in answer.error["message"]
    assert "x-emulator-rule" not in answer.headers
    assert answer.headers[HEADER] == "error"


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_delay_makes_a_good_answer_late(url: str, phase: str) -> None:
    arm(url, effect="delay", delayMs=60, times=1, phase=phase)
    started = time.monotonic()
    answer = ask(url, "POST", body=SMALLEST)

    assert time.monotonic() - started >= 0.06
    assert (answer.status, answer.json["data"]["id"]) == (WORKING, "abc")
    assert answer.headers[HEADER] == "delay"


@pytest.mark.parametrize("phase", ["before", "after"])
def test_every_other_effect_can_be_late_as_well(url: str, phase: str) -> None:
    arm(url, effect="error", delayMs=60, times=1, phase=phase)
    started = time.monotonic()

    assert ask(url).status == 503
    assert time.monotonic() - started >= 0.06


# Before and after the operation.

LOST: Final = (http.client.HTTPException, ConnectionError, ValueError)
"""How a client meets an answer that a fault lost or broke."""


def lose(url: str, data: bytes) -> None:
    """Send a request whose answer comes to nothing."""
    try:
        answer = say(url, data)
    except LOST:
        return
    assert answer.status >= 400, answer


@pytest.mark.parametrize("effect", sorted(set(EFFECTS) - {"delay"}))
def test_before_means_that_nothing_has_happened(url: str, effect: str) -> None:
    arm(url, effect=effect, phase="before", operation="add-registry", times=1)
    lose(url, request("POST", REGISTRIES, SMALLEST))

    assert stored(url) == []
    assert ask(url, "POST", body=SMALLEST).status == WORKING


@pytest.mark.parametrize("effect", sorted(set(EFFECTS) - {"delay"}))
def test_after_means_that_it_has_and_a_retry_meets_its_own_first_attempt(url: str, effect: str) -> None:
    arm(url, effect=effect, phase="after", operation="add-registry", times=1)
    lose(url, request("POST", REGISTRIES, SMALLEST))
    assert stored(url) == ["abc"]

    retry = ask(url, "POST", body=SMALLEST)
    assert (retry.status, retry.error["id"]) == (409, "name-taken")
    assert HEADER not in retry.headers
    assert stored(url) == ["abc"]


@pytest.mark.parametrize("effect", ["reset", "empty", "truncate"])
def test_updates_and_deletes_count_too_where_only_the_answer_is_lost(url: str, effect: str) -> None:
    ask(url, "POST", body=SMALLEST)
    arm(url, effect=effect, phase="after", times=2)

    lose(url, request("PATCH", ONE, {"restrictions": {"restricted": True}}))
    lose(url, request("DELETE", ONE))

    assert stored(url) == []
    assert ask(url, path=ONE).status == 404
    assert [call["status"] for call in calls(url)] == [200, 200, 200, 404]


def test_a_fault_before_the_operation_does_not_judge_the_request(url: str) -> None:
    arm(url, effect="error", status=500, times=1)
    assert ask(url, "POST", body={"name": "!"}).status == 500
    assert ask(url, "POST", body={"name": "!"}).status == 400


# Which calls a fault meets.


def test_skip_lets_the_first_calls_pass_and_times_ends_it(url: str) -> None:
    arm(url, effect="error", skip=2, times=3)
    assert pattern(url, 7) == [False, False, True, True, True, False, False]


def test_without_times_it_meets_every_call(url: str) -> None:
    arm(url, effect="error", times=None)
    assert pattern(url, 5) == [True] * 5


def test_probability_draws_from_the_seed(url: str) -> None:
    def drawn(seed: int) -> list[bool]:
        ask(url, "DELETE", FAULTS, token=None)
        arm(url, effect="error", probability=0.5, seed=seed)
        return pattern(url, 40)

    first = drawn(7)
    assert drawn(7) == first
    assert drawn(8) != first
    assert 5 < sum(first) < 35


@pytest.mark.parametrize(
    ("probability", "met"), [pytest.param(0, False, id="never"), pytest.param(1, True, id="always")]
)
def test_the_ends_of_probability_are_certain(url: str, probability: int, met: bool) -> None:
    arm(url, effect="error", probability=probability)
    assert pattern(url, 20) == [met] * 20


def test_times_counts_the_calls_met_and_not_those_that_chance_spared(url: str) -> None:
    fault = arm(url, effect="error", probability=0.3, seed=1, times=3)
    met = pattern(url, 60)
    last = max(number for number, meets in enumerate(met, 1) if meets)

    assert sum(met) == 3
    assert last > 3
    assert armed(url) == [{**fault, "seen": last, "hits": 3, "spent": True}]


def test_a_fault_is_for_its_operation(url: str) -> None:
    ask(url, "POST", body=SMALLEST)
    arm(url, effect="error", operation="get-registry")

    assert HEADER in ask(url, path=ONE).headers
    assert HEADER not in ask(url).headers
    assert HEADER not in ask(url, path=f"/v1/teams/team/integrations/registries/{ONE}").headers
    assert HEADER not in ask(url, path="/v1/login").headers


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        ("add-registry", "POST", REGISTRIES),
        ("list-registries", "GET", REGISTRIES),
        ("get-registry", "GET", ONE),
        ("update-registry", "PATCH", ONE),
        ("modify-registry", "POST", f"{ONE}/modify"),
        ("delete-registry", "DELETE", ONE),
        ("login", "GET", "/v1/login"),
    ],
)
def test_every_operation_can_go_wrong_by_its_name_and_by_the_star(
    url: str, operation: str, method: str, path: str
) -> None:
    for name in (operation, "*"):
        arm(url, effect="error", operation=name, times=1)
        assert HEADER in ask(url, method, path).headers
    assert {call["operation"] for call in calls(url)} == {operation}


def test_the_star_leaves_alone_what_needs_no_token(url: str) -> None:
    arm(url, effect="error")
    for path in ("/v1/", "/v1/swagger-json", "/v1/swagger-html"):
        assert HEADER not in ask(url, path=path, token=None).headers
    assert armed(url)[0]["seen"] == 0


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("health", "/v1/"),
        ("specification", "/v1/swagger-json"),
        ("specification-page", "/v1/swagger-html"),
    ],
)
def test_what_needs_no_token_can_go_wrong_by_its_name(url: str, operation: str, path: str) -> None:
    fault = arm(url, effect="error", operation=operation, times=1)
    answer = ask(url, path=path, token=None)

    assert (answer.status, answer.headers[HEADER]) == (503, "error")
    assert ask(url, path=path, token=None).status == WORKING
    assert armed(url) == [{**fault, "seen": 1, "hits": 1, "spent": True}]


def test_no_token_is_told_before_any_fault(url: str) -> None:
    arm(url, effect="error")
    answer = ask(url, token=None)

    assert answer.status == 401
    assert HEADER not in answer.headers
    assert armed(url)[0]["seen"] == 0


def test_a_fault_can_be_for_one_account_by_its_token_or_its_name(url: str) -> None:
    fault = arm(url, effect="error", token="mine", times=1)
    arm(url, effect="error", account=fault["account"], times=1)

    assert pattern(url, 3, token="other") == [False] * 3
    assert pattern(url, 3, token="mine") == [True, True, False]
    assert [entry["seen"] for entry in armed(url)] == [1, 1]
    assert "mine" not in json.dumps(armed(url))


def test_the_first_rule_armed_decides(url: str) -> None:
    arm(url, effect="error", status=500, times=1)
    arm(url, effect="error", status=502, times=1)
    arm(url, effect="error", status=504)

    assert [ask(url).status for _ in range(3)] == [500, 502, 504]
    assert [fault["seen"] for fault in armed(url)] == [1, 1, 1]


def test_a_rule_that_lets_a_call_pass_leaves_it_to_the_next(url: str) -> None:
    arm(url, effect="error", status=500, skip=1)
    arm(url, effect="error", status=502)

    assert [ask(url).status for _ in range(2)] == [502, 500]
    assert [(fault["seen"], fault["hits"]) for fault in armed(url)] == [(2, 1), (1, 1)]


def test_a_rule_tells_how_many_calls_it_has_seen_and_met_and_whether_it_is_spent(url: str) -> None:
    fault = arm(url, effect="error", skip=1, times=1)
    shown = []
    for _ in range(4):
        shown.append([(entry["seen"], entry["hits"], entry["spent"]) for entry in armed(url)])
        ask(url)

    assert (fault["seen"], fault["hits"], fault["spent"]) == (0, 0, False)
    assert shown == [[(0, 0, False)], [(1, 0, False)], [(2, 1, True)], [(2, 1, True)]]


def test_an_armed_rule_shows_every_member_with_its_default(url: str) -> None:
    assert arm(url) == {
        "id": arm(url)["id"] - 1,
        "operation": "*",
        "account": None,
        "effect": "error",
        "status": 503,
        "delayMs": 0,
        "jitterMs": 0,
        "skip": 0,
        "times": None,
        "phase": "before",
        "probability": 1.0,
        "seed": 0,
        "seen": 0,
        "hits": 0,
        "spent": False,
    }


# Disarming.


def test_one_rule_is_disarmed_by_its_id_and_only_once(url: str) -> None:
    first, second = arm(url, status=500), arm(url, status=502)
    assert ask(url, "DELETE", f"{FAULTS}/{first['id']}", token=None).status == WORKING

    assert [fault["id"] for fault in armed(url)] == [second["id"]]
    assert ask(url).status == 502
    assert ask(url, "DELETE", f"{FAULTS}/{first['id']}", token=None).status == 404


@pytest.mark.parametrize("number", ["0", "x", "-1", "1.0", "9" * 30, "%D9%A1"])
def test_an_id_that_is_none_is_not_found(url: str, number: str) -> None:
    assert ask(url, "DELETE", f"{FAULTS}/{number}", token=None).status == 404


def test_all_rules_are_disarmed_at_once(url: str) -> None:
    arm(url)
    arm(url, token="mine")
    ask(url, "DELETE", FAULTS, token=None)

    assert armed(url) == []
    assert pattern(url, 2) == [False, False]


def test_the_rules_for_one_account_are_disarmed_without_the_others(url: str) -> None:
    everybody, mine, other = arm(url), arm(url, token="mine"), arm(url, token="other")
    ask(url, "DELETE", f"{FAULTS}?account={mine['account']}", token=None)

    assert [fault["id"] for fault in armed(url)] == [everybody["id"], other["id"]]


# Bad rules.


@pytest.mark.parametrize(
    ("member", "value"),
    [
        *(("effect", value) for value in ("explode", "", 1, None)),
        *(("status", value) for value in (399, 600, 503.5, "503", True, None)),
        *(("delayMs", value) for value in (-1, MAX_DELAY + 1, 1.5, "1", True)),
        *(("jitterMs", value) for value in (-1, MAX_DELAY + 1, 1.5, "1", True)),
        *(("skip", value) for value in (-1, 2**53, 1.5, True, None)),
        *(("times", value) for value in (0, -1, 2**53, 1.5, True)),
        *(("phase", value) for value in ("during", "", 1)),
        *(("probability", value) for value in (-0.1, 1.1, "1", True, None)),
        *(("seed", value) for value in (-1, 2**53, "1", None)),
        *(("operation", value) for value in ("add", "", 1, None)),
        *(("account", value) for value in ("", 1, None)),
        *(("token", value) for value in ("", "two words", 1, None)),
        ("delay", 10),
        ("Effect", "error"),
    ],
)
def test_a_bad_rule_is_refused_and_names_the_member(url: str, member: str, value: object) -> None:
    answer = ask(url, "POST", FAULTS, {member: value}, token=None)

    assert (answer.status, answer.error["id"]) == (400, "invalid-request")
    assert list(answer.details) == [member]
    assert armed(url) == []


def test_every_problem_of_a_bad_rule_is_told_at_once(url: str) -> None:
    values = {"effect": "explode", "status": 1, "delayMs": -1, "jitterMs": -1, "skip": -1, "times": 0}
    bad = {**values, "phase": "during", "probability": 2, "seed": -1}
    answer = ask(url, "POST", FAULTS, bad, token=None)

    assert answer.status == 400
    assert set(answer.details) == set(bad)
    assert all(member in answer.error["message"] for member in bad)


def test_every_problem_is_told_even_where_the_operation_or_the_type_is_one(url: str) -> None:
    bad = {"operation": "add", "status": 1, "phase": 1, "unknown": 1}
    assert set(ask(url, "POST", FAULTS, bad, token=None).details) == set(bad)


# What a fault leaves behind.


def test_jitter_is_drawn_from_the_seed_and_stays_in_its_range(url: str) -> None:
    def waits(seed: int) -> list[float]:
        ask(url, "DELETE", REQUESTS, token=None)
        ask(url, "DELETE", FAULTS, token=None)
        arm(url, effect="delay", delayMs=5, jitterMs=200, seed=seed)
        pattern(url, 4)
        return [call["durationMs"] for call in calls(url)]

    first, again, other = waits(1), waits(1), waits(2)
    # Seed 1 draws 27, 169, 153 and 51 ms; seed 2 draws 191, 190, 11 and 17.
    for waited in (first, again):
        assert all(wait >= 5 + drawn for wait, drawn in zip(waited, (26, 168, 152, 50), strict=True))
        assert max(waited[0], waited[3]) < min(waited[1:3])
    assert max(other[2:]) < min(other[:2])


def test_the_header_is_on_what_a_fault_made_and_on_nothing_else(url: str) -> None:
    arm(url, effect="error", times=1, skip=1)
    answers = [ask(url), ask(url), ask(url), ask(url, path="/v1/nowhere"), ask(url, path=ONE), ask(url, "PUT")]
    assert [HEADER in answer.headers for answer in answers] == [False, True, False, False, False, False]
    assert HEADER not in ask(url, path=FAULTS, token=None).headers
    assert [call["fault"] for call in calls(url)] == [None, "error", None, None, None, None]


@pytest.mark.parametrize("effect", sorted(EFFECTS))
@pytest.mark.parametrize("phase", ["before", "after"])
def test_the_journal_names_the_effect_of_every_call_that_met_one(url: str, effect: str, phase: str) -> None:
    arm(url, effect=effect, phase=phase, times=1)
    with contextlib.suppress(*LOST):
        say(url, request("POST", REGISTRIES, SMALLEST))
    (call,) = calls(url)

    assert (call["fault"], call["operation"], call["body"]) == (effect, "add-registry", SMALLEST)
    assert call["answer"]["headers"][HEADER] == effect


@pytest.mark.parametrize("farewell", [pytest.param(True, id="in good order"), pytest.param(False, id="with a reset")])
@pytest.mark.parametrize("effect", ["delay", "reset", "empty", "truncate", "error"])
@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_client_that_leaves_during_a_delay_ends_it_and_does_no_harm(effect: str, phase: str, farewell: bool) -> None:
    with serving() as served:
        url = served.url
        arm(url, effect=effect, phase=phase, delayMs=MAX_DELAY, times=1)
        with connected(url) as events, events.makefile("rb") as stream:
            events.sendall(request("GET", "/_emulator/events", token=None))
            while not stream.readline().startswith(b": listening"):
                pass
            with connected(url) as leaving:
                leaving.sendall(request("POST", REGISTRIES, SMALLEST))
                while not _met(url):
                    pass
                if not farewell:
                    leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            while not stream.readline().startswith(b"event: request"):
                pass
        # As a server does that has begun: it carries out what was asked, whether or not anybody waits for it.
        assert stored(url) == (["abc"] if phase == "after" or effect == "delay" else [])
        assert [call["fault"] for call in calls(url)] == [effect]
        assert ask(url).status == WORKING
        assert served.end() == (0, "", "")


async def test_under_another_server_too_a_client_that_leaves_ends_a_delay() -> None:
    runner = web.AppRunner(create_app(), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    armed = {"effect": "delay", "delayMs": MAX_DELAY, "operation": "add-registry"}
    seen: list[dict[str, Any]] = []
    async with ClientSession(f"http://{host}:{port}", headers={"Authorization": f"Bearer {TOKEN}"}) as session:
        await session.post(FAULTS, json=armed)
        with pytest.raises(TimeoutError):
            await session.post(REGISTRIES, json=SMALLEST, timeout=ClientTimeout(total=0.1))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                while not seen:
                    async with session.get(REQUESTS) as answer:
                        seen = (await answer.json())["requests"]
    await runner.cleanup()
    assert [(call["operation"], call["status"], call["fault"]) for call in seen] == [("add-registry", 200, "delay")]


def _met(url: str) -> bool:
    """Return whether a fault has met a call."""
    return any(fault["hits"] for fault in armed(url))


@pytest.mark.parametrize("effect", ["reset", "empty", "truncate"])
def test_a_lost_answer_writes_nothing_to_the_terminal(effect: str) -> None:
    with serving() as served:
        for phase in ("before", "after"):
            arm(served.url, effect=effect, phase=phase, times=1)
            lose(served.url, request("POST", REGISTRIES, SMALLEST))
        assert stored(served.url) == ["abc"]
        assert served.end() == (0, "", "")


def test_a_long_delay_does_not_hold_up_the_end() -> None:
    with serving() as served:
        arm(served.url, effect="delay", delayMs=MAX_DELAY)
        with connected(served.url) as waiting:
            waiting.sendall(request("GET", REGISTRIES))
            while not _met(served.url):
                pass
            assert served.end()[0] == 0


# What a client without access to the control routes can ask for.


def test_prefer_code_asks_for_an_error(url: str) -> None:
    answer = ask(url, "POST", body=SMALLEST, headers={"Prefer": "code=503"})

    assert (answer.status, answer.error["status"], answer.error["id"]) == (503, 503, "service-unavailable")
    assert answer.headers["Preference-Applied"] == "code=503"
    assert answer.headers[HEADER] == "error"
    assert stored(url) == []


def test_prefer_delay_asks_for_a_late_answer(url: str) -> None:
    started = time.monotonic()
    answer = ask(url, "POST", body=SMALLEST, headers={"Prefer": "delay=40"})

    assert time.monotonic() - started >= 0.04
    assert answer.status == WORKING
    assert answer.headers["Preference-Applied"] == "delay=40"
    assert answer.headers[HEADER] == "delay"
    assert stored(url) == ["abc"]


@pytest.mark.parametrize(
    ("prefer", "status", "applied"),
    [
        pytest.param("code=503, delay=20", 503, "code=503, delay=20", id="both"),
        pytest.param("delay=20,code=503", 503, "code=503, delay=20", id="both, the other way round"),
        pytest.param('code="404"', 404, "code=404", id="quoted"),
        pytest.param("CODE = 404", 404, "code=404", id="as RFC 7240 lets it be written"),
        pytest.param("code=404; why=test", 404, "code=404", id="with a parameter"),
        pytest.param("code=404, code=503", 404, "code=404", id="twice: the first counts"),
        pytest.param("respond-async, code=404, wait=10", 404, "code=404", id="among unknown ones"),
        pytest.param("code=400", 400, "code=400", id="lowest"),
        pytest.param("code=599", 599, "code=599", id="highest"),
        pytest.param("delay=1, code=700", 200, "delay=1", id="one good, one senseless"),
        pytest.param("code=500, delay=0", 500, "code=500", id="no delay"),
    ],
)
def test_a_preference_is_read_as_the_rfc_has_it(url: str, prefer: str, status: int, applied: str) -> None:
    answer = ask(url, headers={"Prefer": prefer})
    assert (answer.status, answer.headers["Preference-Applied"]) == (status, applied)
    assert HEADER in answer.headers


def test_preferences_in_several_headers_count_together(url: str) -> None:
    start, _, rest = request("GET", REGISTRIES, headers={"Prefer": "delay=1"}).partition(b"\r\n")
    answer = say(url, start + b"\r\nPrefer: wait=1, code=502\r\n" + rest)
    assert (answer.status, answer.headers["Preference-Applied"]) == (502, "code=502, delay=1")


@pytest.mark.parametrize(
    "prefer",
    [
        "",
        "code",
        "code=",
        "code=200",
        "code=399",
        "code=600",
        "code=-503",
        "code=503.5",
        "code=five",
        "code=5030000",
        'code="503',
        'code=503"',
        "code=５０３",
        "xcode=503",
        "delay=0",
        "delay=-5",
        f"delay={MAX_DELAY + 1}",
        "delay=1s",
        "return=minimal; code=503",
        "status=503",
        ",;=",
    ],
)
def test_a_preference_that_is_unknown_or_makes_no_sense_is_ignored(url: str, prefer: str) -> None:
    answer = ask(url, headers={"Prefer": prefer})
    assert answer.status == WORKING
    assert "Preference-Applied" not in answer.headers
    assert HEADER not in answer.headers


def test_an_armed_rule_goes_before_a_preference(url: str) -> None:
    arm(url, effect="error", status=500, times=1)
    prefer = {"Prefer": "code=502"}
    first, second = ask(url, headers=prefer), ask(url, headers=prefer)

    assert (first.status, "Preference-Applied" in first.headers) == (500, False)
    assert (second.status, second.headers["Preference-Applied"]) == (502, "code=502")


def test_a_preference_needs_a_token_where_the_operation_does(url: str) -> None:
    answer = ask(url, token=None, headers={"Prefer": "code=503"})
    assert (answer.status, HEADER in answer.headers) == (401, False)
    assert ask(url, path="/v1/", token=None, headers={"Prefer": "code=503"}).status == 503


def test_control_routes_know_no_faults(url: str) -> None:
    arm(url)
    answer = ask(url, path=FAULTS, token=None, headers={"Prefer": "code=503"})
    assert (answer.status, HEADER in answer.headers) == (WORKING, False)


def test_a_connection_is_good_for_more_calls_after_a_fault_that_answers(url: str) -> None:
    arm(url, effect="error", times=1)
    with connected(url) as connection:
        connection.sendall(request("POST", REGISTRIES, SMALLEST))
        assert receive(connection).status == 503
        connection.sendall(request("POST", REGISTRIES, SMALLEST))
        assert receive(connection).status == WORKING
