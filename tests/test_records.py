"""Whatever is stored comes back as it was, in every form in which it is answered."""

from __future__ import annotations

import gc
import itertools
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from emulator import Emulator
from emulator.api.emulation import EMULATION
from emulator.tenancy import account_name
from tests.conftest import EVERY_FIELD, REGISTRIES, TOKEN, Ask
from tests.samples import SMALLEST
from tests.wire import Client

TEXT: Final = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ['"', "\\", "}", ',"', "\u2028", "😀"]
)


def optional(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


SCOPE: Final = optional(pull=st.booleans(), push=st.booleans())
CREDENTIALS: Final = st.fixed_dictionaries({"scope": SCOPE}, optional={"username": TEXT, "password": TEXT})
RESTRICTIONS: Final = st.fixed_dictionaries(
    {"restricted": st.booleans()}, optional={"projects": st.lists(TEXT, max_size=3)}
)
BODIES: Final = st.fixed_dictionaries(
    {"name": st.just("Any Name"), "provider": st.sampled_from(["ecr", "custom"])},
    optional={
        "registryUrl": TEXT,
        "aws": optional(region=TEXT),
        "gcp": optional(projectId=TEXT),
        "azure": optional(resourceGroup=TEXT),
        "credentials": CREDENTIALS,
        "restrictions": RESTRICTIONS,
    },
)
CHANGES: Final = optional(credentials=CREDENTIALS, restrictions=RESTRICTIONS)

tokens = itertools.count()


def merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
    return new


def item_of(data: dict[str, Any]) -> dict[str, Any]:
    item = {key: value for key, value in data.items() if key != "restrictions"}
    if "credentials" in item:
        item["credentials"] = {"scope": item["credentials"]["scope"]}
    return item


def test_what_was_added_and_updated_is_what_get_and_list_answer(live: Emulator) -> None:
    with Client(live.url, "unused") as client:

        @given(BODIES, st.lists(CHANGES, max_size=2))
        def check(body: dict[str, Any], changes: list[dict[str, Any]]) -> None:
            token = f"records-{next(tokens)}"
            added = client("POST", REGISTRIES, body, token=token)
            assert added.json == {"data": {"id": "any-name", **body}}
            wanted = body
            for change in changes:
                assert client("PATCH", f"{REGISTRIES}/any-name", change, token=token).status == 200
                wanted = merged(wanted, change)
            got = client("GET", f"{REGISTRIES}/any-name", token=token).json["data"]
            times = {"createdAt": got["createdAt"], "updatedAt": got["updatedAt"]}
            assert got == {"id": "any-name", **wanted, **times}
            listed = client("GET", REGISTRIES, token=token).json["data"]["credentials"]
            assert listed == [item_of(got)]

        check()


async def test_members_are_answered_in_the_order_of_the_documentation_whatever_the_order_of_the_request(
    ask: Ask,
) -> None:
    answers = []
    for token, items in (("one", list(EVERY_FIELD.items())), ("two", list(EVERY_FIELD.items())[::-1])):
        answers.append((await ask("POST", REGISTRIES, token=token, json=dict(items))).text)
    assert answers[0] == answers[1]


async def test_what_is_stored_is_nothing_that_the_garbage_collector_walks(ask: Ask) -> None:
    for body in (EVERY_FIELD, SMALLEST):
        await ask("POST", REGISTRIES, json=body)
    rows = list(ask.app[EMULATION].store.namespace(account_name(TOKEN)))
    assert len(rows) == 2
    assert not any(gc.is_tracked(row) for row in rows)
