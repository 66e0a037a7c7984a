"""Secrets are planted wherever a client can put one, and then looked for wherever the emulator shows anything.

They may be in what the emulated API answers to who stored them, in GET /_emulator/state and in the state file: nowhere
else. What the documentation calls a name, a region, a project or the host and path of a URL is no secret.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http.client
import json
import logging
import signal
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final, Self
from urllib.parse import urlencode, urlsplit

import pytest

from emulator import Emulator, Settings
from emulator.api.emulation import EMULATION
from emulator.models import DeclaredToken
from emulator.namespace import Namespace
from tests.conftest import EVERY_FIELD, REGISTRIES
from tests.processes import serving
from tests.samples import SMALLEST, put
from tests.wire import connected

CONTROL: Final = "/_emulator"
MARK: Final = "c4n4ry"
"""In every secret, whatever becomes of upper and lower case."""
NUMBER: Final = 86_753_090_121
"""A secret that is a number."""
ADMIN: Final = f"admin-{MARK}"
TOKEN: Final = f"token-{MARK}"
DECLARED: Final = f"declared-{MARK}"

JSON: Final = {"Content-Type": "application/json"}


def secret(place: str) -> str:
    return f"{MARK}-{place}"


def leaks(text: str) -> list[str]:
    """Return the surroundings of every secret in a text."""
    lower = text.lower()
    found = []
    for needle in (MARK, str(NUMBER)):
        start = lower.find(needle)
        while start >= 0:
            found.append(text[max(start - 60, 0) : start + 60])
            start = lower.find(needle, start + 1)
    return found


VALID: Final[list[dict[str, Any]]] = [
    put(EVERY_FIELD, "credentials.password", secret("password")) | {"name": "In the password"},
    put(EVERY_FIELD, "credentials.username", secret("username")) | {"name": "In the user name"},
    {**SMALLEST, "name": "In a url", "registryUrl": f"https://robot:{secret('url')}@registry.example.com/v2/"},
    {**SMALLEST, "name": "In a url with a slash", "registryUrl": f"https://r:a/b{secret('slash')}@example.com/v2/"},
    {**SMALLEST, "name": "In half a url", "registryUrl": f"robot:{secret('half-a-url')}@registry.example.com"},
    {**SMALLEST, "name": "In the query of a url", "registryUrl": f"https://example.com/v2?token={secret('query')}"},
    {**SMALLEST, "name": "In an unknown member", "pasword": secret("misspelt"), "pin": NUMBER},
    {**SMALLEST, "name": "Beside the credentials", "username": secret("above"), "password": secret("above")},
    {**SMALLEST, "name": "Below", "docker": {"auths": [{"name": {"auth": secret("below")}}], "id": secret("id")}},
    {**SMALLEST, "name": "As an error", "error": {"message": secret("message"), "details": {"a": [secret("detail")]}}},
    {**SMALLEST, "name": "As an answer", "data": {"name": secret("data")}, "pagination": {"cursor": secret("data")}},
    {**SMALLEST, "name": "As details", "details": {"x": [secret("details")]}, "message": secret("message")},
]
"""Bodies that are accepted."""

MISTYPED: Final[list[Any]] = [
    *(
        put(EVERY_FIELD, path, value)
        for path in ("credentials.password", "credentials.username")
        for value in ([secret("array")], {"value": secret("object")}, [[{"name": secret("name")}]], NUMBER)
    ),
    *(
        put(EVERY_FIELD, path, value)
        for path in (
            *("credentials", "credentials.scope", "credentials.scope.pull", "credentials.scope.push"),
            *("aws", "gcp", "azure", "restrictions", "restrictions.restricted"),
        )
        for value in (secret("string"), [secret("array")], NUMBER, {"secret": secret("object")})
    ),
    *(put(EVERY_FIELD, path, {"password": secret("object")}) for path in ("name", "provider", "registryUrl")),
    *(put(EVERY_FIELD, path, {"a": [secret("object")]}) for path in ("aws.region", "integrationId", "createdAt")),
    put(EVERY_FIELD, "restrictions.projects", [{"name": secret("item")}]),
    put(EVERY_FIELD, "credentials", [{"name": secret("item"), "id": secret("item"), "password": secret("item")}]),
    put(EVERY_FIELD, "credentials.name", secret("neighbour")) | {"name": "!"},
    secret("string"),
    NUMBER,
    [secret("array"), {"password": secret("array")}],
]
"""Bodies that are refused because of the types in them."""

BROKEN: Final = [
    f'{{"credentials": {{"password": "{secret("cut-off")}'.encode(),
    f"password={secret('form')}&username=robot".encode(),
    f'{{"password": "{secret("utf-8")}\xff"}}'.encode("latin-1"),
    f'\ufeff{{"password": "{secret("mark")}"}}'.encode(),
    f'{{"password": "{secret("twice")}", "password": "{secret("twice")}"}}'.encode(),
    f'{{"password": NaN, "a": "{secret("nan")}"}}'.encode(),
    b'{"a":' * 900 + json.dumps(secret("deep")).encode() + b"}" * 900,
    b'[{"a":' * 450 + json.dumps(secret("deep")).encode() + b"}]" * 450,
    b'{"a":' * 5000 + json.dumps(secret("deeper")).encode() + b"}" * 5000,
    secret("plain").encode(),
    json.dumps({"password": secret("large"), "a": "x" * 1_050_000}).encode(),
]
"""Bodies that are no JSON, or not sound."""

HEADERS: Final[list[dict[str, str]]] = [
    {"Authorization": f"Basic {secret('basic')}"},
    {"Authorization": f"Bearer {secret('two')} words"},
    {"Authorization": secret("no-scheme")},
    {"Authorization": f"Bearer {secret('bearer')}", "X-Api-Key": secret("key"), "X-Auth-Token": secret("auth")},
    {"Proxy-Authorization": f"Bearer {secret('proxy')}", "Cookie": f"session={secret('cookie')}; a=b"},
    {"Referer": f"https://robot:{secret('referer')}@example.com/?t={secret('referer')}"},
    {"Origin": f"https://{secret('origin')}.example.com", "X-Forwarded-For": secret("forwarded")},
    {"X-Odd": f"\xff{secret('odd')}"},
    {"Host": f"robot:{secret('host')}@localhost"},
    {"If-None-Match": f'"{secret("etag")}"', "X-Amz-Security-Token": secret("amazon"), "From": secret("from")},
]

QUERIES: Final = [
    f"access_token={secret('parameter')}&password={secret('parameter')}&per_page=2",
    secret("bare"),
    f"{secret('bare')}&per_page=1",
    f"per_page={secret('per-page')}",
    f"page={secret('page')}",
    f"cursor={secret('cursor')}",
    f"token=%63{secret('encoded')[1:]}",
]

RAW: Final = [
    f"GET http://robot:{secret('absolute')}@localhost{REGISTRIES}?t={secret('absolute')} HTTP/1.1\r\n",
    f"GET http://robot:a/b{secret('absolute')}@localhost/nowhere HTTP/1.1\r\n",
    f"GET //robot:{secret('two-slashes')}@localhost/nowhere HTTP/1.1\r\n",
    f"OPTIONS http://robot:{secret('absolute')}@localhost HTTP/1.1\r\n",
    f"GET {REGISTRIES} HTTP/1.1\r\nContent-Length: {secret('length')}\r\n",
    f"GET {REGISTRIES} HTTP/1.1\r\nTransfer-Encoding: {secret('coding')}\r\n",
    f"GET {REGISTRIES} HTTP/1.1\r\nbroken {secret('line')}\r\n",
    f"GET {REGISTRIES} HTTP/{secret('version')}\r\n",
    f"{secret('no-http')}\r\n",
    f"GET {REGISTRIES}?{secret('fragment')}#{secret('fragment')} HTTP/1.1\r\n",
    f"POST {REGISTRIES} HTTP/1.1\r\nExpect: {secret('expectation')}\r\nContent-Length: 0\r\n",
]
"""Starts of requests that no ordinary client sends."""

STATE: Final[dict[str, Any]] = {
    "format": "northflank-emulator-state",
    "version": 1,
    "template": {"credentials": [], "teams": {}},
    "accounts": {"acme": {"credentials": [{"id": "abc", "password": secret("state"), **SMALLEST}], "teams": {}}},
}
TIMES: Final = {"createdAt": "2026-11-24T00:00:00Z", "updatedAt": "2026-11-24T00:00:00Z"}

CONTROL_BODIES: Final[list[tuple[str, str, Any]]] = [
    ("POST", "/seed", {"content": {"credentials": [VALID[0]]}, "token": TOKEN, "account": secret("account")}),
    ("POST", "/seed", {"content": {"credentials": [VALID[0] | {"name": "From a seed"}]}, "token": TOKEN}),
    ("POST", "/seed", {"content": {"credentials": [MISTYPED[0], *VALID], "teams": {"t": [MISTYPED[9]]}}}),
    ("POST", "/seed", {"content": {"credentials": [VALID[0], VALID[0]]}}),
    ("POST", "/seed", {"fixture": secret("fixture")}),
    ("POST", "/seed", {"count": 1, "seed": secret("seed")}),
    ("PUT", "/state", STATE),
    ("PUT", "/state", {**STATE, "accounts": {"acme": {"credentials": [{**SMALLEST, "id": NUMBER}], "teams": {}}}}),
    ("PUT", "/state", secret("state")),
    ("POST", "/faults", {"operation": "login", "token": TOKEN, "effect": "error"}),
    ("POST", "/faults", {"token": f"two {secret('words')}"}),
    ("POST", "/faults", {"effect": secret("effect"), "status": secret("status"), "operation": secret("operation")}),
    ("PUT", "/clock", {"now": secret("now")}),
    ("PUT", "/assumptions", {"secrets": secret("choice")}),
    ("PUT", "/tokens", {"tokens": [{"token": secret("twice"), "account": "a"}] * 2}),
    ("PUT", "/tokens", {"tokens": [{"token": f"two {secret('words')}", "account": "a"}]}),
    ("PUT", "/tokens", {"tokens": [{"token": secret("permissions"), "account": "a", "permissions": [secret("p")]}]}),
    ("PUT", "/tokens", {"tokens": secret("tokens")}),
    ("POST", "/requests/find", {"token": TOKEN, "body": {"credentials": {"password": secret("password")}}}),
    ("POST", "/requests/count", {"headers": {"authorization": f"Bearer {TOKEN}"}}),
    ("POST", "/requests/verify", {"request": {"body": VALID[0], "headers": {"x-api-key": secret("key")}}}),
    ("POST", "/requests/verify", {"request": {"query": {"access_token": secret("parameter")}, "token": TOKEN}}),
    ("POST", "/requests/verify", {"request": {"body": {"a": [{"b": secret("c")}], "n": NUMBER, "error": VALID[9]}}}),
    ("GET", f"/credentials?account={secret('account')}&search={secret('search')}", None),
    ("GET", f"/credentials?offset={secret('offset')}&limit={secret('limit')}", None),
    ("GET", f"/credentials?team={secret('team')}", None),
    ("POST", "/reset", {"token": f"two {secret('words')}"}),
    ("POST", "/reset", secret("string")),
]

VIEWS: Final[list[tuple[str, str, Any]]] = [
    *(
        ("GET", path, None)
        for path in ("/health", "/ready", "/requests", "/requests?unmatched=true", "/faults", "/clock", "/tokens")
    ),
    *(
        ("GET", path, None)
        for path in ("/rules/decided", "/credentials?limit=1000", "/credentials?search=in&limit=5", "/requests/verify")
    ),
    *(("GET", path, None) for path in ("/accounts", "/assumptions", "/rules", "/openapi.json")),
    ("POST", "/requests/find", {}),
    ("POST", "/requests/find", {"operation": "add-registry"}),
    *(
        ("POST", "/requests/verify", {"request": {"status": 299, "operation": operation}})
        for operation in ("add-registry", "update-registry", "list-registries")
    ),
    ("GET", "/requests/verify", None),
]
"""All that shows calls or settings, but for the state."""


class Planter:
    """Sends requests with secrets in them, and keeps the answers in which none may be."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[str] = []
        self.sent = 0
        address = urlsplit(url)
        self._connection = HTTPConnection(address.hostname or "", address.port, timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        sent = {"Authorization": f"Bearer {TOKEN}", **(headers or {})}
        self._connection.request(method, path, body, {name: value.encode("latin-1") for name, value in sent.items()})
        response = self._connection.getresponse()
        text = response.read().decode("utf-8")
        self.sent += 1
        told = f"{method} {urlsplit(path).path} {response.status}\n{response.headers}\n{text}"
        if not (path.startswith("/v1") and response.status == 200):
            self.answers.append(told)
        else:
            self.answers.append(str(response.headers))
        return response.status, text

    def control(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        data = None if body is None else json.dumps(body).encode()
        return self.send(method, CONTROL + path, data, {"Authorization": f"Bearer {ADMIN}", **(JSON if data else {})})

    def plant(self) -> None:
        """Plant everything; each kind of request under each kind of reading that changes what is answered."""
        self._plant_bodies()
        self.control("PUT", "/assumptions", {"unknown-fields": "reject", "constraint-status": "422"})
        self._plant_bodies()
        self.control("PUT", "/assumptions", {"unknown-fields": "ignore", "constraint-status": "400"})
        for headers in HEADERS:
            self.send("POST", REGISTRIES, json.dumps(SMALLEST).encode(), {**JSON, **headers})
            self.send("GET", "/nowhere", None, headers)
            self.send("GET", f"{CONTROL}/requests", None, headers)
        for query in QUERIES:
            for path in (REGISTRIES, "/nowhere", f"{CONTROL}/state", f"{CONTROL}/health"):
                self.send("GET", f"{path}?{query}")
        for start in RAW:
            self._say(start)
        for method, path, body in CONTROL_BODIES:
            self.control(method, path, body)

    def _plant_bodies(self) -> None:
        path = f"{REGISTRIES}/in-the-password"
        for body in (*VALID, *MISTYPED):
            data = json.dumps(body).encode()
            self.send("POST", REGISTRIES, data, JSON)
            self.send("PATCH", path, data, JSON)
            self.send("POST", f"{path}/modify", data, JSON)
        for data in BROKEN:
            for kind in (JSON, {"Content-Type": "application/x-www-form-urlencoded"}, {}):
                with contextlib.suppress(ConnectionError):  # a body that is too large may be cut short
                    self.send("POST", REGISTRIES, data, kind)
                self._connection.close()
        self.send("GET", path)
        self.send("GET", REGISTRIES)
        for effect in ("error", "malformed", "truncate", "reset"):
            self.control("POST", "/faults", {"operation": "add-registry", "effect": effect, "times": 1})
            with contextlib.suppress(http.client.HTTPException, ConnectionError):
                self.send("POST", REGISTRIES, json.dumps(VALID[0]).encode(), JSON)
            self._connection.close()
        self.send("POST", REGISTRIES, json.dumps(VALID[0]).encode(), {**JSON, "Prefer": "code=503"})

    def _say(self, start: str) -> None:
        with connected(self.url) as connection:
            connection.sendall(f"{start}Host: localhost\r\nConnection: close\r\n\r\n".encode())
            connection.settimeout(2)
            # Older aiohttp leaves some broken requests without an answer: nothing is shown then.
            with contextlib.suppress(ConnectionError, TimeoutError):
                while text := connection.recv(65536):
                    self.answers.append(text.decode("utf-8", "replace"))

    def views(self) -> Iterator[str]:
        """Yield all that the control routes show, but for the state."""
        for method, path, body in VIEWS:
            status, text = self.control(method, path, body)
            assert status == 200, text
            yield text
        found = json.loads(self.control("GET", "/credentials?limit=1000")[1])["credentials"]
        assert len(found) >= len(VALID)
        for entry in found:
            team = {} if entry["team"] is None else {"team": entry["team"]}
            whose = urlencode({"account": entry["account"], **team})
            status, text = self.control("GET", f"/credentials/{entry['credential']['id']}?{whose}")
            assert status == 200, text
            yield text
        self.control(
            "DELETE", f"/credentials/{found[0]['credential']['id']}?{urlencode({'account': found[0]['account']})}"
        )


@contextlib.contextmanager
def listening(url: str) -> Iterator[Any]:
    """Listen to the events; the block gets what reads all that were sent up to the next change of the clock."""
    with connected(url) as connection:
        connection.sendall(
            f"GET {CONTROL}/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ADMIN}\r\n\r\n".encode()
        )
        stream = connection.makefile("rb")
        while not stream.readline().startswith(b": listening"):
            pass

        def heard() -> str:
            lines = []
            while b'"what":"clock"' not in (line := stream.readline()):
                assert line
                lines.append(line)
            return b"".join(lines).decode("utf-8")

        yield heard


def reachable(root: object) -> list[object]:
    """Return every object that is held by `root`, at any depth, and whose class is ours or the server's.

    What a waiting listener leads to is not held: its request, and all of the server.
    """
    seen = {id(root)}
    found, waiting = [], [root]
    while waiting:
        held = waiting.pop()
        if type(held).__module__.partition(".")[0] in {"emulator", "aiohttp"}:
            found.append(held)
        if not isinstance(held, type | ModuleType | FunctionType | asyncio.Event):
            for other in gc.get_referents(held):
                if id(other) not in seen:
                    seen.add(id(other))
                    waiting.append(other)
    return found


@pytest.fixture
def planted(caplog: pytest.LogCaptureFixture) -> Iterator[tuple[Planter, Emulator]]:
    caplog.set_level(logging.DEBUG)
    settings = Settings(admin_token=ADMIN, log_requests=True, journal=5000)
    with Emulator(settings) as emulator, Planter(emulator.url) as planter:
        yield planter, emulator


def test_no_secret_is_shown_by_journal_events_errors_logs_or_reprs(
    planted: tuple[Planter, Emulator], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    planter, emulator = planted
    with listening(planter.url) as heard:
        planter.plant()
        with monkeypatch.context() as broken:
            broken.setattr(Namespace, "page", _fail)
            assert planter.send("GET", f"{REGISTRIES}?token={secret('bug')}")[0] == 500
        planter.control("PUT", "/clock", {"frozen": False})
        events = heard()
    seen = list(planter.views())

    # They are there to be found: stored, kept, and told of.
    state = planter.control("GET", "/state")[1]
    planter.answers.pop()
    assert {secret("password"), secret("username"), secret("url")} <= set(_secrets(state))
    journal = json.loads(next(text for text in seen if '"requests"' in text))
    assert journal["count"] > 300
    assert events.count("event: request") >= journal["count"]
    assert "ZeroDivisionError" in caplog.text
    assert caplog.text.count(f"POST {REGISTRIES} 200") >= len(VALID)

    for place, texts in {
        "answers": planter.answers,
        "journal": seen,
        "events": [events],
        "logs": [caplog.text],
        "reprs": [repr(held) for held in reachable(_emulation(emulator))],
    }.items():
        assert [leak for text in texts for leak in leaks(text)] == [], place


def _fail(*_: object, **__: object) -> None:
    password = secret("variable")
    raise ZeroDivisionError(f"a secret of {len(password)} characters")


def _emulation(emulator: Emulator) -> object:
    """Return the state of a running emulator, and everything that hangs on it."""
    return emulator._running.app[EMULATION]  # noqa: SLF001 - whatever can be reached counts, by any way


def _secrets(text: str) -> list[str]:
    return [part for part in text.replace('"', " ").replace(":", " ").replace("@", " ").split() if MARK in part]


def test_the_reprs_that_are_looked_at_are_those_of_what_holds_the_secrets() -> None:
    settings = Settings(admin_token=ADMIN, tokens=(DeclaredToken(DECLARED, "acme"),))
    with Emulator(settings) as emulator, Planter(emulator.url) as planter:
        authorized = {**JSON, "Authorization": f"Bearer {DECLARED}"}
        assert planter.send("POST", REGISTRIES, json.dumps(VALID[0]).encode(), authorized)[0] == 200
        planter.control("POST", "/faults", {"token": DECLARED})
        held = reachable(_emulation(emulator))

    kinds = {type(entry).__name__ for entry in held}
    assert {"Emulation", "Settings", "DeclaredToken", "Tenants", "Store", "Account", "Namespace"} <= kinds
    assert {"Journal", "Faults", "Armed", "Fault", "Events", "RateLimit", "Clock", "Readings"} <= kinds
    assert [leak for entry in held for leak in leaks(repr(entry))] == []


def test_no_secret_is_in_what_a_process_prints_even_as_it_crashes(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.json"
    entries = [{"token": TOKEN, "account": "acme"}, {"token": DECLARED, "account": "other"}]
    tokens.write_text(json.dumps({"tokens": entries}), "utf-8")
    kept = tmp_path / "state.json"
    environment = {"NORTHFLANK_EMULATOR_ADMIN_TOKEN": ADMIN, "PYTHONFAULTHANDLER": "1"}
    options = ("--tokens", str(tokens), "--log-requests", "1", "--state-file", str(kept))
    with serving(*options, environment=environment) as served, Planter(served.url) as planter:
        planter.plant()
        seen = list(planter.views())
        code, out, errors = served.end(signal.SIGABRT)

    assert code == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in errors
    assert f"POST {REGISTRIES} 200" in out
    for text in (out, errors, "\n".join(served.banner), *seen, *planter.answers):
        assert leaks(text) == []
    assert {file.name for file in tmp_path.iterdir()} <= {"tokens.json", "state.json", ".state.json.lock"}


@pytest.mark.parametrize(
    "content", [b'{"tokens": [{"token": "%s"}]}', b'{"tokens": [{"token": "%s", "account": "a"', b'"%s"']
)
def test_a_start_that_is_refused_does_not_print_the_secrets_of_its_files(tmp_path: Path, content: bytes) -> None:
    tokens = tmp_path / "tokens.json"
    tokens.write_bytes(content % secret("file").encode())
    fixture = tmp_path / "fixture.json"
    fixture.write_text(
        json.dumps({"credentials": [MISTYPED[0], MISTYPED[9], {"password": secret("fixture")}]}), "utf-8"
    )
    state = tmp_path / "state.json"
    state.write_text(json.dumps(STATE), "utf-8")
    for options in (("--tokens", tokens), ("--fixture", fixture), ("--state-file", state)):
        with pytest.raises(AssertionError, match="never became ready") as failed, serving(*map(str, options)):
            pass
        assert leaks(str(failed.value)) == []
        assert options[0] in str(failed.value) or options[1].name in str(failed.value)


def test_an_admin_token_that_is_refused_is_not_printed() -> None:
    environment = {"NORTHFLANK_EMULATOR_ADMIN_TOKEN": f"two {secret('words')}"}
    with pytest.raises(AssertionError, match="ADMIN_TOKEN") as failed, serving(environment=environment):
        pass
    assert leaks(str(failed.value)) == []
