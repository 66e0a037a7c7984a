"""The oracle and lists: items, pages, and what they must not show."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.conftest import talk
from tests.conformance.living import Spoiled, broken_by, kind_of, on
from tests.mutants.forms import Json
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, serving

LISTED = "list.response.item.fields"
NO_SECRETS = "list.response.item.no-secrets"
MORE = "list.response.pagination.hasNextPage"


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        pytest.param(lambda item: item.pop("azure", None), {LISTED}, id="lost"),
        pytest.param(lambda item: item.update(name=item["name"].lower()), {LISTED}, id="altered"),
        pytest.param(lambda item: item.pop("provider"), {LISTED}, id="no-provider"),
        pytest.param(lambda item: item["credentials"].update(scope={"pull": True}), {LISTED}, id="scope"),
        pytest.param(lambda item: item.update(createdAt="today"), {"common.timestamps"}, id="no-time"),
        pytest.param(lambda item: item.update(createdAt="2020-01-01T00:00:00Z"), {LISTED}, id="other-time"),
        pytest.param(lambda item: item.update(username="u"), {NO_SECRETS}, id="username"),
        pytest.param(lambda item: item.update(auth={"password": "p"}), {NO_SECRETS}, id="nested"),
        pytest.param(
            lambda item: item.update(restrictions={"restricted": True}),
            {"list.response.item.no-restrictions"},
            id="restrictions",
        ),
        pytest.param(lambda item: item.pop("credentials", None), set(), id="without-scope"),
        pytest.param(lambda item: item.update(description="new"), set(), id="newer-member"),
    ],
)
async def test_the_items_of_a_list_are_held_against_what_was_given(
    change: Callable[[Json], object], rules: set[str]
) -> None:
    def spoil(content: Json) -> None:
        for item in content["data"]["credentials"]:
            change(item)

    assert set(await broken_by(Spoiled(on("list", spoil)))) == rules


@pytest.mark.parametrize("form", [str, lambda text: base64.b64encode(text.encode()).decode()], ids=["text", "base64"])
async def test_a_secret_is_found_in_a_list_whatever_it_is_called_there(form: Callable[[str], str]) -> None:
    class Telling(Target):
        def list_page(self, call: Call, shelf: Any, wanted: str) -> Answer:
            answer = super().list_page(call, shelf, wanted)
            for item, shown in zip(self.in_order(shelf), answer.content["data"]["credentials"], strict=False):
                shown["hint"] = [{"text": f"x{form(item.fields['credentials']['username'])}"}]
            return answer

    assert set(await broken_by(Telling())) == {NO_SECRETS}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        pytest.param(lambda page: page["pagination"].update(count=17), "count", id="count-of-all"),
        pytest.param(
            lambda page: page["pagination"].update(count=str(page["pagination"]["count"])), "count", id="text"
        ),
        pytest.param(lambda page: page["pagination"].update(hasNextPage="false"), "hasNextPage", id="text-for-flag"),
        pytest.param(lambda page: page["pagination"].setdefault("cursor", None), "cursor-absent", id="cursor-null"),
        pytest.param(lambda page: page["pagination"].setdefault("cursor", ""), "cursor-absent", id="cursor-empty"),
        pytest.param(lambda page: page["pagination"].pop("cursor", None), "cursor-absent", id="no-cursor"),
        pytest.param(lambda page: page.pop("pagination"), "required", id="no-pagination"),
        pytest.param(lambda page: page["pagination"].pop("count"), "required", id="no-count"),
    ],
)
async def test_pagination_has_its_members(change: Callable[[Json], object], rules: str) -> None:
    assert set(await broken_by(Spoiled(on("list", change)))) == {f"list.response.pagination.{rules}"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        pytest.param(lambda page: page["data"].pop("credentials"), "list.response.credentials.required", id="none"),
        pytest.param(lambda page: page["data"].update(credentials={}), "list.response.credentials.type", id="object"),
        pytest.param(lambda page: page.update(data=None), "list.response.data.required", id="data-null"),
    ],
)
async def test_a_list_has_its_items(change: Callable[[Json], object], rule: str) -> None:
    assert set(await broken_by(Spoiled(on("list", change)))) == {rule}


async def test_a_page_that_ignores_its_size_is_found() -> None:
    class Ignoring(Target):
        def read_wish(self, query: Any) -> Any:
            return super().read_wish(query)._replace(per_page=50)

    assert set(await broken_by(Ignoring())) == {"list.response.page-size"}


def _drop_last(page: Json) -> None:
    if page["data"]["credentials"]:
        page["data"]["credentials"].pop()
        page["pagination"]["count"] -= 1


def _end_early(page: Json) -> None:
    page["pagination"]["hasNextPage"] = False
    page["pagination"].pop("cursor", None)


def _go_on(page: Json) -> None:
    page["pagination"].update(hasNextPage=True, cursor="more")


def _repeat(page: Json) -> None:
    items = page["data"]["credentials"]
    items.extend(items[:1] if len(items) > 1 else [])
    page["pagination"]["count"] = len(items)


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        pytest.param(_drop_last, {"list.response.every-item-once"}, id="an-item-is-missing"),
        pytest.param(_end_early, {MORE}, id="ends-early"),
        pytest.param(_repeat, {"list.response.every-item-once"}, id="an-item-twice"),
    ],
)
async def test_pages_have_every_item_once(change: Callable[[Json], object], rules: set[str]) -> None:
    assert set(await broken_by(Spoiled(on("list", change)))) == rules


async def test_a_next_page_with_nothing_for_it_is_found_where_nobody_else_has_anything() -> None:
    lists = 0

    def spoil(call: Call, answer: Answer) -> None:
        nonlocal lists
        if kind_of(call) == "list":
            lists += 1
            if lists == 4:  # the second showed that there is nobody else's
                _go_on(answer.content)

    assert await broken_by(Spoiled(spoil)) == {MORE: "true"}


async def test_others_in_the_same_account_are_nobodys_business() -> None:
    def spoil(call: Call, answer: Answer) -> None:
        if kind_of(call) == "list" and answer.status == 200:
            foreign = {"id": "theirs", "name": "Their own", "provider": "dhi", "credentials": {"scope": {"pull": 1}}}
            answer.content["data"]["credentials"].insert(0, foreign)
            answer.content["pagination"]["count"] += 1

    async with serving(Spoiled(spoil)) as url, talk(url) as session:
        await session.living()
        await session.list(per_page="100")
        await session.list()
        assert session.verdicts.findings == []


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        pytest.param(_drop_last, {"list.response.every-item-once"}, id="an-item-is-missing"),
        pytest.param(_end_early, {MORE}, id="ends-early"),
        pytest.param(lambda _page: None, set(), id="as-it-should-be"),
    ],
)
async def test_pages_that_are_asked_for_by_number_hold_what_is_there(
    change: Callable[[Json], object], rules: set[str]
) -> None:
    def spoil(call: Call, answer: Answer) -> None:
        if kind_of(call) == "list" and ("page", "2") in call.query:
            change(answer.content)

    async with serving(Spoiled(spoil)) as url, talk(url) as session:
        for _ in range(3):
            await session.add(session.usual_body())
        await session.list()
        for number in "12345":
            await session.list(page=number, per_page="1")
        assert {finding.rule for finding in session.verdicts.findings} == rules
