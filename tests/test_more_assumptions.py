"""The assumed behaviours of lists, odd bodies, times and deletions, in each of their readings."""

from __future__ import annotations

import itertools
from typing import Final

import pytest

from emulator.behaviour import CHOICES
from tests.conftest import REGISTRIES, Ask, Start
from tests.samples import SMALLEST
from tests.test_assumptions import assuming

NAMES: Final = ("mike", "alpha", "zulu", "echo", "bravo")
ONE: Final = f"{REGISTRIES}/abc"
JSON: Final = {"Content-Type": "application/json"}


async def added(ask: Ask, *names: str) -> None:
    for name in names:
        assert (await ask("POST", REGISTRIES, json={"name": name, "provider": "ecr"})).status == 200


async def ids(ask: Ask, query: str = "") -> list[str]:
    answer = await ask("GET", f"{REGISTRIES}?{query}")
    assert answer.status == 200, answer.text
    return [item["id"] for item in answer.json["data"]["credentials"]]


async def walked(ask: Ask, per_page: int) -> list[str]:
    found, cursor = [], ""
    while True:
        page = (await ask("GET", f"{REGISTRIES}?per_page={per_page}{cursor}")).json
        found += [item["id"] for item in page["data"]["credentials"]]
        if "cursor" not in page["pagination"]:
            return found
        cursor = f"&cursor={page['pagination']['cursor']}"


@pytest.mark.rule("list.order")
@pytest.mark.parametrize(
    ("order", "listed"),
    [
        pytest.param("creation", list(NAMES), id="creation"),
        pytest.param("newest-first", list(reversed(NAMES)), id="newest-first"),
        pytest.param("name", sorted(NAMES), id="name"),
    ],
)
async def test_list_order_is_that_of_every_page_by_cursor_and_by_number(
    start: Start, order: str, listed: list[str]
) -> None:
    ask = await assuming(start, list_order=order)
    await added(ask, *NAMES)
    for per_page in (1, 2, 3, 5, 100):
        assert await walked(ask, per_page) == listed
        numbered = [await ids(ask, f"per_page={per_page}&page={number}") for number in range(1, 7)]
        assert list(itertools.chain(*numbered)) == listed


@pytest.mark.rule("list.order", "list.response.every-item-once")
@pytest.mark.parametrize("order", CHOICES["list-order"])
async def test_in_every_list_order_a_cursor_goes_on_where_it_was_though_items_come_and_go(
    start: Start, order: str
) -> None:
    ask = await assuming(start, list_order=order)
    await added(ask, *NAMES)
    first = (await ask("GET", f"{REGISTRIES}?per_page=3")).json
    seen = [item["id"] for item in first["data"]["credentials"]]
    await ask("DELETE", f"{REGISTRIES}/{seen[-1]}")
    await added(ask, "november")
    rest = await ids(ask, f"per_page=100&cursor={first['pagination']['cursor']}")
    assert {*NAMES} <= {*seen, *rest}
    assert not {*seen} & {*rest}


@pytest.mark.rule("list.unknown-cursor")
async def test_a_cursor_of_another_list_order_is_unknown(start: Start) -> None:
    ask = await assuming(start, list_order="name")
    await added(ask, *NAMES)
    cursor = (await ask("GET", f"{REGISTRIES}?per_page=2")).json["pagination"]["cursor"]
    await ask("PUT", "/_emulator/assumptions", token=None, json={"list-order": "creation"})
    refused = await ask("GET", f"{REGISTRIES}?cursor={cursor}")
    assert (refused.status, refused.rules) == (400, ["list.unknown-cursor"])


@pytest.mark.rule("list.per_page.default")
@pytest.mark.parametrize("size", ["50", "10", "20", "25", "30", "100"])
async def test_default_page_size_is_that_of_a_page_if_none_is_asked_for(start: Start, size: str) -> None:
    ask = await assuming(start, default_page_size=size)
    await ask("POST", "/_emulator/seed", token=None, json={"count": 101, "seed": 1})
    assert len(await ids(ask)) == int(size)
    assert len(await ids(ask, "page=2&x=1")) == min(int(size), 101 - int(size))
    assert len(await ids(ask, "per_page=7")) == 7


@pytest.mark.rule("list.page.beyond-last")
@pytest.mark.parametrize("reading", ["empty", "reject"])
async def test_page_beyond_last_is_empty_or_refused(start: Start, reading: str) -> None:
    ask = await assuming(start, page_beyond_last=reading)
    assert await ids(ask, "page=1") == []
    await added(ask, *NAMES)
    assert len(await ids(ask, "page=2&per_page=4")) == 1
    answer = await ask("GET", f"{REGISTRIES}?page=3&per_page=4")
    if reading == "empty":
        assert (answer.status, answer.json["data"]["credentials"]) == (200, [])
    else:
        assert (answer.status, answer.rules) == (400, ["list.page.beyond-last"])
        assert list(answer.error["details"]) == ["page"]


@pytest.mark.rule("list.page.exclusive")
@pytest.mark.parametrize(("reading", "listed"), [("reject", None), ("cursor", ["alpha"]), ("page", ["echo"])])
async def test_page_and_cursor_together_are_refused_or_one_counts(
    start: Start, reading: str, listed: list[str] | None
) -> None:
    ask = await assuming(start, page_and_cursor=reading)
    await added(ask, *NAMES)
    cursor = (await ask("GET", f"{REGISTRIES}?per_page=1")).json["pagination"]["cursor"]
    answer = await ask("GET", f"{REGISTRIES}?per_page=1&page=4&cursor={cursor}")
    if listed is None:
        assert (answer.status, answer.rules) == (400, ["list.page.exclusive"])
    else:
        assert [item["id"] for item in answer.json["data"]["credentials"]] == listed


@pytest.mark.rule("list.parameter.repeated")
@pytest.mark.parametrize(("reading", "held"), [("reject", 0), ("first", 1), ("last", 3)])
async def test_repeated_parameter_is_refused_or_the_first_or_last_counts(start: Start, reading: str, held: int) -> None:
    ask = await assuming(start, repeated_parameter=reading)
    await added(ask, *NAMES)
    answer = await ask("GET", f"{REGISTRIES}?per_page=1&per_page=2&per_page=3")
    if not held:
        assert (answer.status, answer.rules) == (400, ["list.parameter.repeated"])
    else:
        assert len(answer.json["data"]["credentials"]) == held


@pytest.mark.rule("update.empty-body")
@pytest.mark.parametrize("reading", ["accept", "reject"])
@pytest.mark.parametrize(("method", "end"), [("PATCH", ""), ("POST", "/modify")])
async def test_empty_update_is_accepted_or_refused(start: Start, reading: str, method: str, end: str) -> None:
    ask = await assuming(start, empty_update=reading)
    await added(ask, "abc")
    for answer in (
        await ask(method, f"{ONE}{end}"),
        await ask(method, f"{ONE}{end}", data=b"{}", headers=JSON),
    ):
        if reading == "accept":
            assert answer.status == 200
        else:
            assert (answer.status, answer.rules) == (400, ["update.empty-body"])
    assert (await ask(method, f"{REGISTRIES}/missing{end}")).status == 404
    assert (await ask(method, f"{ONE}{end}", json={"restrictions": {"restricted": True}})).status == 200


@pytest.mark.rule("common.json.duplicate-key")
@pytest.mark.parametrize(("reading", "counts"), [("last", "two"), ("first", "one"), ("reject", None)])
async def test_duplicate_key_counts_with_its_last_or_first_value_or_is_refused(
    start: Start, reading: str, counts: str | None
) -> None:
    ask = await assuming(start, duplicate_key=reading)
    body = b'{"name":"abc","provider":"ecr","aws":{"region":"one","region":"two"}}'
    answer = await ask("POST", REGISTRIES, data=body, headers=JSON)
    if counts is None:
        assert (answer.status, answer.error["id"], answer.rules) == (400, "invalid-json", ["common.json.duplicate-key"])
        broken = await ask("POST", REGISTRIES, data=body[:-1], headers=JSON)
        assert broken.rules == ["common.json.syntax"]
    else:
        assert answer.json["data"]["aws"] == {"region": counts}


@pytest.mark.rule("common.content-type")
@pytest.mark.parametrize("reading", ["reject", "accept"])
async def test_other_content_type_is_refused_or_read_as_json(start: Start, reading: str) -> None:
    ask = await assuming(start, other_content_type=reading)
    answer = await ask(
        "POST", REGISTRIES, data=b'{"name":"abc","provider":"ecr"}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status == (200 if reading == "accept" else 415)


@pytest.mark.rule("add.request-timestamps")
@pytest.mark.parametrize("reading", ["ignore", "take"])
async def test_request_timestamps_are_ignored_or_taken_where_they_are_times(start: Start, reading: str) -> None:
    ask = await assuming(start, request_timestamps=reading)
    times = {"createdAt": "2001-02-03T04:05:06Z", "updatedAt": "yesterday"}
    assert (await ask("POST", REGISTRIES, json={**SMALLEST, **times})).status == 200
    got = (await ask("GET", ONE)).json["data"]
    assert (got["createdAt"] == "2001-02-03T04:05:06.000Z") is (reading == "take")
    assert got["updatedAt"] > "2020"


@pytest.mark.rule("delete.repeated", "delete.final")
@pytest.mark.parametrize(("reading", "status"), [("unknown", 404), ("success", 200)])
async def test_repeated_delete_is_answered_as_an_unknown_id_or_as_the_first(
    start: Start, reading: str, status: int
) -> None:
    ask = await assuming(start, repeated_delete=reading)
    await added(ask, "abc")
    first = await ask("DELETE", ONE)
    again = await ask("DELETE", ONE)
    assert (first.status, again.status) == (200, status)
    assert (await ask("GET", ONE)).status == 404
    assert (await ask("DELETE", f"{REGISTRIES}/never-there")).status == 404
    await added(ask, "abc")
    assert (await ask("GET", ONE)).status == 200
    assert (await ask("DELETE", ONE)).status == 200
    assert await ids(ask) == []


@pytest.mark.rule("delete.name-free")
@pytest.mark.parametrize("reading", ["free", "taken"])
async def test_deleted_name_is_free_or_stays_taken(start: Start, reading: str) -> None:
    ask = await assuming(start, deleted_name=reading)
    await added(ask, "abc")
    await ask("DELETE", ONE)
    answer = await ask("POST", REGISTRIES, json=SMALLEST)
    if reading == "free":
        assert answer.json["data"]["id"] == "abc"
    else:
        assert (answer.status, answer.rules) == (409, ["add.duplicate-name"])
        assert (await ask("GET", ONE)).status == 404
        await ask("PUT", "/_emulator/assumptions", token=None, json={"duplicate-name": "suffix"})
        assert (await ask("POST", REGISTRIES, json=SMALLEST)).json["data"]["id"] == "abc-2"
