"""A reset puts back all that has state, in place and at once; one for an account leaves the others alone."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import pytest
from sortedcontainers import SortedList

from emulator import Emulator, Settings, create_app
from emulator.api.emulation import EMULATION, Emulation
from emulator.behaviour import DEFAULT
from emulator.models import DeclaredToken
from emulator.tenancy import account_name
from tests.conftest import REGISTRIES, Ask, Start
from tests.control.conftest import CONTROL, add, control, emulation, ids, told
from tests.wire import Client, connected, receive

Dirty = Callable[[Ask], Awaitable[object]]

NEVER_RESET: Final = {
    ("Journal", "_number"): "ids of calls are never used again",
    ("Faults", "_next"): "nor are those of faults",
    ("Store", "_changes"): "counts changes for the state file, and a reset is one",
    ("Account", "_changes"): "the same object",
    ("Namespace", "_changes"): "the same object",
    ("Cursors", "_seal"): "drawn anew, so that cursors of before the reset are refused",
}
"""What differs from a fresh emulator on purpose."""
PLAIN: Final = (bool, int, float, str, bytes, type(None))


def inside(value: object, others: Iterable[object], around: tuple[object, ...] = ()) -> object:
    """Return all that `value` holds, at any depth, in a form that can be compared; `others` are parts of their own."""
    if any(value is other for other in (*others, *around)):
        return "see there"
    around = (*around, value)
    match value:
        case Mapping():
            held: object = {key: inside(member, others, around) for key, member in value.items()}
        case list() | tuple() | deque() | SortedList():
            held = [inside(item, others, around) for item in value]
        case random.Random():
            held = value.getstate()
        case set() | frozenset():
            held = sorted(map(repr, value))
        case _ if type(value).__module__.startswith("emulator."):
            held = [type(value).__name__, {name: inside(one, others, around) for name, one in members(value)}]
        case _:
            held = value if isinstance(value, PLAIN) else type(value).__name__
    return held


def members(value: object) -> Iterator[tuple[str, object]]:
    kind = type(value)
    slots = [name for base in kind.__mro__ for name in getattr(base, "__slots__", ())]
    for name in (*getattr(value, "__dict__", {}), *slots):
        if (kind.__name__, name) not in NEVER_RESET:
            yield name, getattr(value, name)


def part(whole: Emulation, name: str) -> object:
    parts = whole.parts
    return inside(parts[name], [other for other in parts.values() if other is not parts[name]])


async def dirty_clock(ask: Ask) -> None:
    await told(ask, "PUT", "/clock", {"now": "2030-01-01T00:00:00Z", "advanceMs": 1000, "frozen": True})


async def dirty_store(ask: Ask) -> None:
    await told(ask, "POST", "/seed", {"fixture": "teams"})
    assert (await add(ask, "Mine")).status == 200
    assert (await add(ask, "Ours", team="acme")).status == 200


async def dirty_rate_limit(ask: Ask) -> None:
    assert (await ask("GET", REGISTRIES)).headers["x-ratelimit-remaining"] == "999"


async def dirty_readings(ask: Ask) -> None:
    await told(ask, "PUT", "/assumptions", {"duplicate-name": "suffix", "constraint-status": "422"})
    assert (await add(ask, "x")).status == 422


async def dirty_tenants(ask: Ask) -> None:
    await told(ask, "PUT", "/tokens", {"tokens": [{"token": "known", "account": "acme"}]})
    assert (await ask("GET", REGISTRIES, token="known")).status == 200


async def dirty_faults(ask: Ask) -> None:
    await told(ask, "POST", "/faults", {"operation": "list-registries", "probability": 0.5, "seed": 3})
    await ask("GET", REGISTRIES)


async def dirty_seeding(ask: Ask) -> None:
    emulation(ask).seeding.begin(10).done = 4  # a seeding of HTTP's would be over before anybody looks


async def dirty_journal(ask: Ask) -> None:
    journal = emulation(ask).journal
    for _ in range(journal.capacity + 1):
        await ask("GET", "/v1/")
    assert journal.dropped() > 0


async def dirty_verifications(ask: Ask) -> None:
    told_of = await told(ask, "POST", "/requests/verify", {"request": {"operation": "login"}})
    assert told_of["verdict"] != "passed"


DIRTY: Final[Mapping[str, Dirty]] = {
    "clock": dirty_clock,
    "store": dirty_store,
    "rate_limit": dirty_rate_limit,
    "readings": dirty_readings,
    "tenants": dirty_tenants,
    "faults": dirty_faults,
    "seeding": dirty_seeding,
    "journal": dirty_journal,
    "verifications": dirty_verifications,
}
"""By part, what makes it differ from a fresh one."""

KEEPS: Final = {"events"}
"""Parts whose state is not the emulator's but its clients': who listens goes on listening (test_events)."""


def test_all_that_the_emulator_holds_is_a_part_that_is_reset_and_has_a_test_here() -> None:
    whole = create_app(Settings())[EMULATION]

    assert set(vars(whole)) == {*whole.parts, "settings"}
    assert set(whole.parts) == DIRTY.keys() | KEEPS
    assert all(vars(whole)[name] is held for name, held in whole.parts.items())
    with pytest.raises(AttributeError, match="journal"):
        whole.settings.journal = 1  # type: ignore[misc]  # that is what is tested


@pytest.mark.parametrize("name", DIRTY)
async def test_a_reset_makes_each_part_as_it_is_in_a_fresh_emulator(start: Start, name: str) -> None:
    ask = await start(journal=3)
    fresh = part(create_app(Settings(journal=3))[EMULATION], name)
    assert part(emulation(ask), name) == fresh

    await DIRTY[name](ask)
    assert part(emulation(ask), name) != fresh
    await told(ask, "POST", "/reset")

    assert part(emulation(ask), name) == fresh


async def test_one_reset_undoes_everything_in_place_as_clients_see_it(start: Start) -> None:
    ask, fresh = await start(journal=3), await start(journal=3)
    before = dict(emulation(ask).parts)
    accounts = emulation(ask).store.accounts
    for name in sorted(DIRTY, key="tenants".__eq__):  # last, as no other token counts from then on
        await DIRTY[name](ask)
    views = (
        *("/state", "/requests", "/faults", "/tokens", "/accounts", "/assumptions", "/rules", "/ready"),
        *("/credentials", "/requests/verify", "/rules/decided"),
    )
    for path in views:
        assert (await control(ask, "GET", path)).text != (await control(fresh, "GET", path)).text, path

    assert await told(ask, "POST", "/reset") == {"account": None}

    for path in views:
        assert (await control(ask, "GET", path)).text == (await control(fresh, "GET", path)).text, path
    assert (await told(ask, "GET", "/clock"))["frozen"] is False
    assert (await told(ask, "GET", "/clock"))["now"] < "2030"
    after = emulation(ask).parts
    assert before.keys() == after.keys()
    assert all(after[name] is before[name] for name in before)
    assert emulation(ask).store.accounts is accounts


async def test_a_reset_returns_to_the_start_state_not_to_the_defaults(start: Start) -> None:
    ask = await start(
        fixture="every-field",
        tokens=(DeclaredToken("known", "acme"),),
        assume=DEFAULT.choose({"duplicate-name": "suffix"}),
    )
    first = await ids(ask, "known")
    assert len(first) == 3
    await told(ask, "PUT", "/tokens", {"tokens": [{"token": "other", "account": "other"}]})
    await told(ask, "PUT", "/assumptions", {"duplicate-name": "reject"})
    assert (await ask("DELETE", f"{REGISTRIES}/{first[0]}", token="other")).status == 200
    assert (await ask("GET", REGISTRIES, token="known")).status == 401

    await told(ask, "POST", "/reset")

    assert await ids(ask, "known") == first
    assert (await ask("GET", REGISTRIES, token="other")).status == 401
    assert [(await add(ask, "New one", token="known")).json["data"]["id"] for _ in range(2)] == ["new-one", "new-one-2"]


def test_requests_under_way_see_a_reset_at_once() -> None:
    body = json.dumps({"name": "abc", "provider": "ecr"}).encode()
    head = (
        f"POST {REGISTRIES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer one\r\nExpect: 100-continue\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with Emulator() as running, Client(running.url, "one") as client, connected(running.url) as slow:
        assert client("POST", REGISTRIES, {"name": "abc", "provider": "ecr"}).status == 200
        cursor = _cursor(client)
        slow.sendall(head)
        assert slow.recv(100).startswith(b"HTTP/1.1 100")  # so its handler waits for the body
        with Client(running.url, "one") as other:
            assert other("POST", f"{CONTROL}/reset").status == 200

        # Over the connection that was open before, and for the request that had begun before.
        assert client("GET", REGISTRIES).json["data"]["credentials"] == []
        assert client("GET", f"{REGISTRIES}?cursor={cursor}").status == 400
        slow.sendall(body)
        assert receive(slow).json["data"]["id"] == "abc"
        assert [item["id"] for item in client("GET", REGISTRIES).json["data"]["credentials"]] == ["abc"]


def _cursor(client: Client) -> str:
    client("POST", REGISTRIES, {"name": "def", "provider": "ecr"})
    return str(client("GET", f"{REGISTRIES}?per_page=1").json["pagination"]["cursor"])


@pytest.mark.parametrize(
    ("query", "body"),
    [
        pytest.param({}, {"account": account_name("one")}, id="by name"),
        pytest.param({}, {"token": "one"}, id="by token"),
        pytest.param({"account": account_name("one")}, None, id="in the query"),
    ],
)
async def test_a_reset_of_one_account_leaves_the_others(ask: Ask, query: dict[str, str], body: Any) -> None:
    await told(ask, "PUT", "/clock", {"now": "2030-01-01T00:00:00Z", "frozen": True})
    await told(ask, "PUT", "/assumptions", {"duplicate-name": "suffix"})
    for token in ("one", "other"):
        await add(ask, "Kept", token=token)
        await add(ask, "Kept", token=token, team="acme")
        await told(ask, "POST", "/faults", {"token": token, "operation": "get-registry"})

    assert await told(ask, "POST", "/reset", body, params=query) == {"account": account_name("one")}

    assert {fault["account"] for fault in (await told(ask, "GET", "/faults"))["faults"]} == {account_name("other")}
    calls = (await told(ask, "GET", "/requests"))["requests"]
    assert [call["account"] for call in calls] == [account_name("other")] * 2
    lists = {token: await ask("GET", REGISTRIES, token=token) for token in ("one", "other")}
    assert {token: answer.headers["x-ratelimit-remaining"] for token, answer in lists.items()} == {
        "one": "999",
        "other": "997",
    }
    assert (await ids(ask, "one"), await ids(ask, "one", "acme")) == ([], [])
    assert (await ids(ask, "other"), await ids(ask, "other", "acme")) == (["kept"], ["kept"])
    # What belongs to no account stays.
    assert (await told(ask, "GET", "/clock")) == {"now": "2030-01-01T00:00:00.000Z", "frozen": True}
    assert (await told(ask, "GET", "/assumptions"))["duplicate-name"]["value"] == "suffix"


@pytest.mark.parametrize(
    ("query", "body", "field"),
    [
        pytest.param({"account": "a"}, {"account": "a"}, "account", id="in query and body"),
        pytest.param({}, {"account": "a", "token": "b"}, "token", id="name and token"),
        pytest.param({}, {"account": ""}, "account", id="empty name"),
        pytest.param({}, {"account": None}, "account", id="null"),
        pytest.param({}, {"token": "two words"}, "token", id="no token"),
        pytest.param({"account": ""}, None, "account", id="empty name in the query"),
        pytest.param({}, [], "body", id="an array"),
    ],
)
async def test_a_reset_that_cannot_be_understood_resets_nothing(
    ask: Ask, query: dict[str, str], body: Any, field: str
) -> None:
    await add(ask, "Kept")

    answer = await control(ask, "POST", "/reset", body, params=query)

    assert answer.status == 400
    assert list(answer.details) == [field]
    assert await ids(ask) == ["kept"]


async def test_a_token_that_is_not_declared_names_no_account_to_reset(start: Start) -> None:
    ask = await start(tokens=(DeclaredToken("known", "acme"),))
    await add(ask, "Kept", token="known")

    refused = await control(ask, "POST", "/reset", {"token": "unknown-secret"})
    assert (refused.status, list(refused.details)) == (400, ["token"])
    assert "unknown-secret" not in refused.text
    assert await ids(ask, "known") == ["kept"]

    assert await told(ask, "POST", "/reset", {"token": "known"}) == {"account": "acme"}
    assert await ids(ask, "known") == []
