"""GET /v1/integrations/registries: pages by number and by cursor, and what an item holds."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from yarl import URL

from emulator.api.emulation import EMULATION
from emulator.api.paging import read_list_query, usual_list_query
from emulator.behaviour import DEFAULT
from tests.conftest import EVERY_FIELD, REGISTRIES, Answer, Ask
from tests.samples import cut


async def fill(ask: Ask, count: int, *, path: str = REGISTRIES, first: int = 0) -> list[str]:
    """Store so many credentials and return their ids, in order."""
    ids = [f"name-{number}" for number in range(first, first + count)]
    for name in ids:
        assert (await ask("POST", path, json={"name": name, "provider": "ecr"})).status == 200
    return ids


async def page(ask: Ask, path: str = REGISTRIES, **query: Any) -> Answer:
    answer = await ask("GET", path, params=query)
    assert answer.status == 200
    pagination = answer.json["pagination"]
    assert pagination["count"] == len(answer.json["data"]["credentials"])
    assert pagination["hasNextPage"] is ("cursor" in pagination)
    return answer


def ids_of(answer: Answer) -> list[str]:
    return [item["id"] for item in answer.json["data"]["credentials"]]


def cursor_of(answer: Answer) -> str | None:
    cursor: str | None = answer.json["pagination"].get("cursor")
    return cursor


@pytest.mark.rule("list.response.status", "list.response.data.required", "list.response.credentials.required")
@pytest.mark.rule("list.response.credentials.type", "list.response.pagination.required")
async def test_an_empty_list_is_a_list(ask: Ask) -> None:
    answer = await ask("GET", REGISTRIES)
    assert answer.status == 200
    assert answer.json == {"data": {"credentials": []}, "pagination": {"hasNextPage": False, "count": 0}}


@pytest.mark.rule("list.order")
async def test_credentials_are_listed_in_the_order_of_their_creation(ask: Ask) -> None:
    for name in ("ccc", "aaa", "bbb"):
        await ask("POST", REGISTRIES, json={"name": name, "provider": "ecr"})
    await ask("PATCH", f"{REGISTRIES}/ccc", json={})
    assert ids_of(await page(ask)) == ["ccc", "aaa", "bbb"]
    await ask("DELETE", f"{REGISTRIES}/ccc")
    await ask("POST", REGISTRIES, json={"name": "ccc", "provider": "ecr"})
    assert ids_of(await page(ask)) == ["aaa", "bbb", "ccc"]


@pytest.mark.rule("list.response.item.fields", "list.response.item.no-secrets", "list.response.item.no-restrictions")
async def test_an_item_is_what_get_answers_without_username_password_and_restrictions(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    one = (await ask("GET", f"{REGISTRIES}/every-field")).json["data"]
    answer = await page(ask)
    listed = cut(cut(cut(one, "credentials.username"), "credentials.password"), "restrictions")
    assert answer.json["data"]["credentials"] == [listed]
    for secret in ("robot", "pass-word-1", "project-a", "restrictions", "username", "password"):
        assert secret not in answer.text


@pytest.mark.rule("list.response.item.no-secrets", "list.response.item.no-restrictions")
@pytest.mark.parametrize(
    "members",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"credentials": {"scope": {}}}, id="scope"),
        pytest.param({"credentials": {"username": "hidden", "scope": {}}}, id="username"),
        pytest.param({"credentials": {"scope": {"pull": True}, "password": "hidden"}}, id="password"),
        pytest.param({"credentials": {"scope": {}, "username": "", "password": ""}}, id="empty-secrets"),
        pytest.param({"credentials": {"username": 'hid"den}', "password": "hidden,\\", "scope": {}}}, id="escapes"),
        pytest.param({"credentials": {"username": "hiddenöö😀", "password": "ü", "scope": {}}}, id="many-bytes"),
        pytest.param({"restrictions": {"restricted": True}}, id="restrictions"),
        pytest.param({"restrictions": {"restricted": True, "projects": ["hidden", "}{"]}}, id="projects"),
        pytest.param(
            {"credentials": {"username": "hidden", "scope": {}}, "restrictions": {"restricted": False}}, id="both"
        ),
    ],
)
async def test_whatever_is_stored_an_item_has_the_public_part_of_it(ask: Ask, members: dict[str, Any]) -> None:
    await ask("POST", REGISTRIES, json={"name": "abc", "provider": "ecr", **members})
    answer = await page(ask)
    (item,) = answer.json["data"]["credentials"]
    wanted: dict[str, Any] = {"id": "abc", "name": "abc", "provider": "ecr"}
    if "credentials" in members:
        wanted["credentials"] = {"scope": members["credentials"]["scope"]}
    assert {key: value for key, value in item.items() if key not in {"createdAt", "updatedAt"}} == wanted
    assert "hidden" not in answer.text


@pytest.mark.rule("list.per_page.default", "list.response.page-size")
async def test_a_page_holds_fifty_if_nothing_else_is_asked_for(ask: Ask) -> None:
    ids = await fill(ask, 50)
    assert ids_of(await page(ask)) == ids
    (extra,) = await fill(ask, 1, first=50)
    first = await page(ask)
    assert ids_of(first) == ids
    assert ids_of(await page(ask, cursor=cursor_of(first))) == [extra]


@pytest.mark.rule("list.per_page.minimum", "list.per_page.maximum", "list.response.page-size")
@pytest.mark.parametrize("per_page", [1, 2, 99, 100])
async def test_a_page_holds_as_many_as_asked_for_from_1_to_100(ask: Ask, per_page: int) -> None:
    ids = await fill(ask, 101)
    assert ids_of(await page(ask, per_page=per_page)) == ids[:per_page]


@pytest.mark.rule("list.response.pagination.hasNextPage", "list.response.pagination.cursor-absent")
@pytest.mark.rule("list.response.pagination.count")
@pytest.mark.parametrize(("stored", "pages"), [(0, [0]), (1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2]), (5, [2, 2, 1])])
async def test_the_last_page_is_known_as_such_and_has_no_cursor(ask: Ask, stored: int, pages: list[int]) -> None:
    ids = await fill(ask, stored)
    seen: list[str] = []
    counts = []
    query: Mapping[str, str] = {}
    for remaining in reversed(range(len(pages))):
        answer = await page(ask, per_page=2, **query)
        counts.append(answer.json["pagination"]["count"])
        seen += ids_of(answer)
        assert answer.json["pagination"]["hasNextPage"] is (remaining > 0)
        if remaining:
            query = {"cursor": answer.json["pagination"]["cursor"]}
        else:
            assert set(answer.json["pagination"]) == {"hasNextPage", "count"}
    assert counts == pages
    assert seen == ids


@pytest.mark.rule("list.page.minimum", "list.page.beyond-last")
async def test_pages_are_counted_from_1_and_empty_after_the_last(ask: Ask) -> None:
    ids = await fill(ask, 5)
    assert ids_of(await page(ask, per_page=2, page=1)) == ids[:2]
    assert ids_of(await page(ask, per_page=2, page=2)) == ids[2:4]
    assert ids_of(await page(ask, per_page=2, page=3)) == ids[4:]
    for number in (4, 1000, 10**18, 10**30, "9" * 5000):
        beyond = await page(ask, per_page=2, page=number)
        assert beyond.json == {"data": {"credentials": []}, "pagination": {"hasNextPage": False, "count": 0}}


async def test_a_cursor_from_a_numbered_page_goes_on_behind_it(ask: Ask) -> None:
    ids = await fill(ask, 7)
    second = await page(ask, per_page=2, page=2)
    assert ids_of(await page(ask, per_page=100, cursor=cursor_of(second))) == ids[4:]


async def test_the_size_of_a_page_may_change_during_a_walk(ask: Ask) -> None:
    ids = await fill(ask, 6)
    first = await page(ask, per_page=1)
    second = await page(ask, per_page=3, cursor=cursor_of(first))
    assert ids_of(first) + ids_of(second) == ids[:4]


WRONG: Final[Sequence[Any]] = [
    *(
        pytest.param(f"per_page={value}", "per_page", f"list.per_page.{kind}", id=f"per_page={value}")
        for value, kind in [
            *((value, "type") for value in ("", "abc", "1.0", "1e1", "%201", "1%20", "%2B1", "0x1", "1_0", "-", "--1")),
            *((value, "type") for value in ("%D9%A1", "%C2%B2", "true", "null", "1,2", "%00", "%FF")),
            *((value, "minimum") for value in ("0", "-1", "-0", "00", "-99999999999999999999")),
            *((value, "maximum") for value in ("101", "1000", "99999999999999999999")),
        ]
    ),
    *(
        pytest.param(f"page={value}", "page", f"list.page.{kind}", id=f"page={value}")
        for value, kind in [("", "type"), ("one", "type"), ("1.5", "type"), ("0", "minimum"), ("-1", "minimum")]
    ),
    *(
        pytest.param(f"cursor={value}", "cursor", "list.unknown-cursor", id=f"cursor={value}")
        for value in ("", "x", "null", "MQ", "%C3%A9", "%00", "%FF", "AAAAAAAAAAEAAAAAAAAAAA", "a" * 5000)
    ),
    *(
        pytest.param(f"{name}={value}&{name}={value}", name, "list.parameter.repeated", id=f"{name}-twice")
        for name, value in (("per_page", 1), ("page", 1))
    ),
]


@pytest.mark.rule("list.per_page.type", "list.per_page.minimum", "list.per_page.maximum", "list.page.type")
@pytest.mark.rule("list.page.minimum", "list.unknown-cursor", "list.parameter.repeated", "list.page-range")
@pytest.mark.parametrize(("query", "parameter", "rule"), WRONG)
async def test_a_parameter_that_is_not_as_documented_is_refused_by_its_name(
    ask: Ask, query: str, parameter: str, rule: str
) -> None:
    answer = await ask("GET", f"{REGISTRIES}?{query}")
    assert answer.status == 400
    assert answer.error["id"] == "invalid-request"
    assert list(answer.details) == [parameter]
    range_rules = ["list.page-range"] if rule.endswith(("minimum", "maximum")) else []
    assert answer.rules == [rule, *range_rules]


@pytest.mark.rule("list.parameter.repeated")
async def test_a_repeated_parameter_is_refused_even_if_one_of_the_values_is_empty(ask: Ask) -> None:
    answer = await ask("GET", f"{REGISTRIES}?cursor=&cursor=")
    assert answer.status == 400
    assert "list.parameter.repeated" in answer.rules


@pytest.mark.rule("list.page.exclusive")
async def test_page_and_cursor_together_are_refused(ask: Ask) -> None:
    await fill(ask, 2)
    cursor = cursor_of(await page(ask, per_page=1))
    answer = await ask("GET", f"{REGISTRIES}?page=1&cursor={cursor}")
    assert answer.status == 400
    assert answer.rules == ["list.page.exclusive"]
    assert list(answer.details) == ["page"]


async def test_all_problems_of_a_query_are_in_one_answer(ask: Ask) -> None:
    answer = await ask("GET", f"{REGISTRIES}?per_page=101&page=0&cursor=x&cursor=y")
    assert sorted(answer.details) == ["cursor", "page", "per_page"]
    assert set(answer.rules) == {
        *("list.parameter.repeated", "list.page.exclusive", "list.per_page.maximum", "list.page.minimum"),
        "list.page-range",
    }


async def test_parameters_that_no_page_lists_are_ignored(ask: Ask) -> None:
    ids = await fill(ask, 2)
    assert ids_of(await page(ask, limit=1, Per_Page=1, order="desc")) == ids


@pytest.mark.rule("list.cursor.type", "list.unknown-cursor")
async def test_only_a_cursor_exactly_as_it_was_handed_out_is_known(ask: Ask) -> None:
    ids = await fill(ask, 3)
    cursor = cursor_of(await page(ask, per_page=1))
    assert cursor is not None
    raw = base64.urlsafe_b64decode(cursor + "==")
    forged = base64.urlsafe_b64encode(raw[:7] + b"\x02" + raw[8:]).decode().rstrip("=")
    for other in (
        cursor[:-1],
        cursor + "=",
        cursor + "==",
        cursor + "A",
        f" {cursor}",
        f"{cursor}\n",
        cursor.swapcase(),
        forged,
    ):
        assert (await ask("GET", REGISTRIES, params={"cursor": other})).status == 400
    assert ids_of(await page(ask, cursor=cursor)) == ids[1:]


async def test_a_cursor_can_be_used_again_and_answers_the_same(ask: Ask) -> None:
    await fill(ask, 5)
    cursor = cursor_of(await page(ask, per_page=2))
    first, second = [await page(ask, per_page=2, cursor=cursor) for _ in range(2)]
    assert first.json == second.json


@pytest.mark.rule("list.unknown-cursor", "common.isolation")
@pytest.mark.parametrize(
    ("token", "path"),
    [
        pytest.param("other", REGISTRIES, id="another-account"),
        pytest.param("test-token", "/v1/teams/a/integrations/registries", id="a-team-of-the-account"),
        pytest.param("test-token", "/v1/teams/none/integrations/registries", id="a-team-without-credentials"),
    ],
)
async def test_a_cursor_is_known_only_where_it_was_handed_out(ask: Ask, token: str, path: str) -> None:
    await fill(ask, 3)
    await fill(ask, 3, path="/v1/teams/a/integrations/registries")
    for number in range(3):
        await ask("POST", REGISTRIES, token="other", json={"name": f"name-{number}", "provider": "ecr"})
    cursor = cursor_of(await page(ask, per_page=1))
    answer = await ask("GET", path, token=token, params={"cursor": cursor})
    assert answer.status == 400
    assert answer.rules == ["list.unknown-cursor"]


async def test_a_cursor_from_before_a_reset_is_unknown(ask: Ask) -> None:
    await fill(ask, 3)
    cursor = cursor_of(await page(ask, per_page=1))
    ask.app[EMULATION].reset()
    await fill(ask, 3)
    assert (await ask("GET", REGISTRIES, params={"cursor": cursor})).status == 400


async def test_a_cursor_goes_on_behind_its_item_even_if_that_one_is_deleted(ask: Ask) -> None:
    ids = await fill(ask, 5)
    cursor = cursor_of(await page(ask, per_page=2))
    await ask("DELETE", f"{REGISTRIES}/{ids[1]}")
    assert ids_of(await page(ask, per_page=2, cursor=cursor)) == ids[2:4]


async def test_a_cursor_behind_which_everything_was_deleted_gives_an_empty_last_page(ask: Ask) -> None:
    ids = await fill(ask, 3)
    cursor = cursor_of(await page(ask, per_page=2))
    for identifier in ids:
        await ask("DELETE", f"{REGISTRIES}/{identifier}")
    answer = await page(ask, cursor=cursor)
    assert answer.json == {"data": {"credentials": []}, "pagination": {"hasNextPage": False, "count": 0}}


@pytest.mark.rule("list.response.every-item-once")
async def test_a_walk_meets_what_stays_stored_once_while_others_come_and_go(ask: Ask) -> None:
    ids = await fill(ask, 20)
    seen: list[str] = []
    deleted: list[str] = []
    cursor: str | None = None
    for step in range(100):
        answer = await page(ask, per_page=3, **({"cursor": cursor} if cursor else {}))
        seen += ids_of(answer)
        cursor = cursor_of(answer)
        if cursor is None:
            break
        # One that was met, the last of this page and one that is yet to come go; for a while, two new ones come.
        victims = (seen[0], seen[-1], ids[-1 - step])
        deleted += [one for one in victims if (await ask("DELETE", f"{REGISTRIES}/{one}")).status == 200]
        if step < 4:
            ids += await fill(ask, 2, first=100 + 2 * step)
    assert cursor is None
    assert len(seen) == len(set(seen))
    assert set(ids) - set(deleted) <= set(seen)
    assert set(seen) <= set(ids)
    assert len(deleted) > 5


@pytest.mark.parametrize(
    "query",
    [
        *(
            "per_page=1",
            "per_page=100&page=3",
            "per_page=50&cursor=abc_-9",
            "per_page=99&page=999999999",
            "per_page=10",
        ),
        *("per_page=1&", "per_page=1&x=1", "x=1&per_page=1", "per_page=1&page=1000000000", "per_page=%31", ""),
    ],
)
def test_a_usual_query_is_read_as_any_other_is(query: str) -> None:
    usual = usual_list_query(f"{REGISTRIES}?{query}")
    assert usual is None or usual == read_list_query(URL(f"/?{query}").query, DEFAULT)


@pytest.mark.parametrize(
    "query",
    [
        *("per_page=0", "per_page=101", "per_page=01", "per_page=+1", "per_page=-1", "per_page=\u0661", "per_page="),
        *("per_page=1&page=0", "per_page=1&per_page=2", "per_page=1&page=1&cursor=a", "per_page=1&cursor=a%20b"),
    ],
)
def test_nothing_that_could_be_wrong_is_usual(query: str) -> None:
    assert usual_list_query(f"{REGISTRIES}?{query}") is None


def test_which_queries_are_usual() -> None:
    assert usual_list_query(f"{REGISTRIES}?per_page=7&page=2") == (7, 2, None)
    assert usual_list_query(f"{REGISTRIES}?per_page=100&cursor=a-b_1") == (100, 1, "a-b_1")
    assert usual_list_query(REGISTRIES) is None


async def test_a_list_shows_what_was_changed_or_deleted_since_it_was_last_asked_for(ask: Ask) -> None:
    for name in ("name-one", "name-two", "name-three"):
        await ask("POST", REGISTRIES, json={**EVERY_FIELD, "name": name})
    before = (await ask("GET", REGISTRIES)).json["data"]["credentials"]

    assert (await ask("PATCH", f"{REGISTRIES}/name-two", json={"credentials": {"scope": {"push": True}}})).status == 200
    assert (await ask("DELETE", f"{REGISTRIES}/name-three")).status == 200
    assert (await ask("POST", REGISTRIES, json={**EVERY_FIELD, "name": "name-four"})).status == 200
    after = (await ask("GET", REGISTRIES)).json["data"]["credentials"]

    assert [entry["id"] for entry in before] == ["name-one", "name-two", "name-three"]
    assert [entry["id"] for entry in after] == ["name-one", "name-two", "name-four"]
    assert after[0] == before[0]
    assert before[1]["credentials"] == {"scope": {"pull": True, "push": False}}
    assert after[1]["credentials"] == {"scope": {"pull": True, "push": True}}
