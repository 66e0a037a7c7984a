"""Nothing leaks: many operations, mixed over accounts and teams, against a model of plain dicts."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from emulator import Emulator
from tests.contract_checker import CONTRACT, Exchange, known
from tests.http_client import NO_BODY, CheckedClient, registries
from tests.strategies import valid_bodies

CREATE: Final[dict[str, Any]] = CONTRACT["components"]["schemas"]["RegistryCreate"]
UPDATE: Final[dict[str, Any]] = CONTRACT["components"]["schemas"]["RegistryUpdate"]
SETTINGS: Final = settings(max_examples=settings().max_examples // 2, stateful_step_count=40)
TOKENS: Final = map("isolation-{}".format, itertools.count(1))

Place = tuple[int, str | None]
"""Which of the two accounts, and which of its teams."""

PLACES: Final[list[Place]] = [(account, team) for account in (0, 1) for team in (None, "team-a", "team-b")]
NAMES: Final = {
    "abc": "abc",
    "ABC": "abc",
    "a-b": "a-b",
    "A\ufeffB": "a-b",
    "a\nB": "a-b",
    "X1\u2028Y2": "x1-y2",
}
"""Few names with their ids, so that operations meet."""

REFUSED_BODIES: Final[list[Any]] = [
    {"name": "abc"},
    {"name": "ab", "provider": "ecr"},
    {"name": "abc", "provider": "ecr", "credentials": {}},
    {"name": "abc", "provider": "ecr", "restrictions": {"restricted": "true"}},
    *(None, [], "abc", {}),
]
REFUSED_CHANGES: Final[list[Any]] = [
    {"restrictions": {"restricted": True, "projects": ["leaked"]}, "credentials": {"username": "leaked"}},
    {"credentials": {"password": "leaked", "scope": {"pull": True, "push": 1}}},
    {"restrictions": {"restricted": True, "projects": ["leaked", 1]}},
    *(None, []),
]

places = st.sampled_from(PLACES)
identifiers = st.sampled_from(["abc", "abc", "a-b", "x1-y2"])
bodies = valid_bodies(CREATE)
changes = valid_bodies(UPDATE)
page_sizes = st.integers(1, 3)


@dataclass
class Walk:
    """A reader of a list, between two of its pages; `seen` is the last credential it met, by the order of creation."""

    place: Place
    per_page: int
    cursor: str
    seen: int


class Machine(RuleBasedStateMachine):
    """Two accounts with two teams each, all with the same few ids.

    `stored` is the model: for each place what get must answer, in the order of creation.
    """

    url: ClassVar[str]
    tally: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.client = CheckedClient(self.url)
        self.tokens = [next(TOKENS), next(TOKENS)]
        self.stored: dict[Place, dict[str, dict[str, Any]]] = {place: {} for place in PLACES}
        self.order: dict[Place, dict[str, int]] = {place: {} for place in PLACES}
        self.numbers = itertools.count(1)
        self.deleted: set[tuple[Place, str]] = set()
        self.walks: list[Walk] = []

    def ask(
        self, method: str, place: Place, identifier: str | None = None, *, modify: bool = False, **rest: Any
    ) -> Exchange:
        account, team = place
        path = registries(team, identifier, modify=modify)
        return self.client.ask(method, path, token=self.tokens[account], **rest)

    def expect(self, answer: Exchange, status: int, *rules: str) -> Exchange:
        assert (answer.status, answer.rules) == (status, list(rules)), answer
        self.tally[f"{answer.method} {status}"] += 1
        return answer

    # add

    @initialize()
    def fill(self) -> None:
        """Give each place but the last what the others have too, and several pages."""
        for number, place in enumerate(PLACES[:-1]):
            credentials = {"username": f"user-{number}", "password": f"password-{number}", "scope": {"pull": True}}
            restrictions = {"restricted": number % 2 == 0, "projects": [f"project-{number}"]}
            self.add(place, "abc", {"provider": "gar", "credentials": credentials, "restrictions": restrictions})
            self.add_many(place, 2)

    @rule(place=places, name=st.sampled_from(sorted(NAMES)), body=bodies)
    def add(self, place: Place, name: str, body: dict[str, Any]) -> None:
        answer = self.ask("POST", place, body={**body, "name": name})
        identifier = NAMES[name]
        if identifier in self.stored[place]:
            self.expect(answer, 409, "add.duplicate-name")
            return
        self.expect(answer, 200)
        self.remember(place, identifier, {"name": name, **known(body, CREATE)} | {"name": name})
        assert answer.json["data"] == without_times(self.stored[place][identifier])
        self.tally["added again"] += (place, identifier) in self.deleted

    @rule(place=places, how_many=st.integers(2, 5))
    def add_many(self, place: Place, how_many: int) -> None:
        for _ in range(how_many):
            name = f"many-{next(self.numbers)}"
            self.expect(self.ask("POST", place, body={"name": name, "provider": "acr"}), 200)
            self.remember(place, name, {"name": name, "provider": "acr"})

    def remember(self, place: Place, identifier: str, document: Mapping[str, Any]) -> None:
        times = self.times(place, identifier)
        assert times["createdAt"] == times["updatedAt"]
        self.stored[place][identifier] = {"id": identifier, **without_times(document), **times}
        self.order[place][identifier] = next(self.numbers)

    def times(self, place: Place, identifier: str) -> dict[str, str]:
        data = self.expect(self.ask("GET", place, identifier), 200).json["data"]
        return {name: data[name] for name in ("createdAt", "updatedAt")}

    # get, update, delete

    @rule(place=places, identifier=identifiers)
    def get(self, place: Place, identifier: str) -> None:
        self.compare_one(place, identifier)

    def compare_one(self, place: Place, identifier: str) -> None:
        answer = self.ask("GET", place, identifier)
        if self.known_or_refused(answer, place, identifier):
            assert answer.json["data"] == self.stored[place][identifier]

    def known_or_refused(self, answer: Exchange, place: Place, identifier: str) -> bool:
        if identifier in self.stored[place]:
            self.expect(answer, 200)
            return True
        self.expect(answer, 404, "common.registry.unknown")
        return False

    @rule(place=places, identifier=identifiers, change=st.sampled_from([NO_BODY, {}]), modify=st.booleans())
    def touch(self, place: Place, identifier: str, change: Any, modify: bool) -> None:
        self.update(place, identifier, change, modify)

    @rule(place=places, identifier=identifiers, change=changes, modify=st.booleans())
    def update(self, place: Place, identifier: str, change: Any, modify: bool) -> None:
        method = "POST" if modify else "PATCH"
        answer = self.ask(method, place, identifier, modify=modify, body=change)
        if not self.known_or_refused(answer, place, identifier):
            return
        before = self.stored[place][identifier]
        named = {} if change is NO_BODY else without_times(known(change, UPDATE))
        after = merged(before, named)
        times = self.times(place, identifier)
        assert times["createdAt"] == before["createdAt"]
        assert datetime.fromisoformat(times["updatedAt"]) > datetime.fromisoformat(before["updatedAt"])
        self.stored[place][identifier] = {**after, **times}
        self.compare_one(place, identifier)
        self.tally["merged"] += after != before and any(name in before for name in named)

    @rule(place=places, identifier=identifiers)
    def delete(self, place: Place, identifier: str) -> None:
        if self.known_or_refused(self.ask("DELETE", place, identifier), place, identifier):
            del self.stored[place][identifier], self.order[place][identifier]
            self.deleted.add((place, identifier))
            self.compare_one(place, identifier)

    @rule(place=places, name=st.sampled_from(sorted(NAMES)), body=bodies)
    def delete_and_add_again(self, place: Place, name: str, body: dict[str, Any]) -> None:
        self.delete(place, NAMES[name])
        self.add(place, name, body)

    # what is refused; that nothing changed is for the invariant to see

    @rule(place=places, body=st.sampled_from(REFUSED_BODIES))
    def add_refused(self, place: Place, body: Any) -> None:
        assert self.ask("POST", place, body=body).status == 400

    @rule(place=places, identifier=identifiers, change=st.sampled_from(REFUSED_CHANGES), modify=st.booleans())
    def update_refused(self, place: Place, identifier: str, change: Any, modify: bool) -> None:
        method = "POST" if modify else "PATCH"
        assert self.ask(method, place, identifier, modify=modify, body=change).status in {400, 404}
        if identifier in self.stored[place]:
            self.compare_one(place, identifier)
            self.tally["update refused"] += 1

    @rule(place=places, identifier=identifiers, method=st.sampled_from(["GET", "PATCH", "DELETE"]))
    def nobody(self, place: Place, identifier: str, method: str) -> None:
        body = {"restrictions": {"restricted": True}} if method == "PATCH" else NO_BODY
        answer = self.client.ask(method, registries(place[1], identifier), token=None, body=body)
        self.expect(answer, 401, "common.auth.token")

    # lists

    @invariant()
    def lists_hold_what_was_added_there_and_nothing_else(self) -> None:
        for place in PLACES:
            self.compare_page(place, self.expect(self.ask("GET", place, query={"per_page": 100}), 200), 100)

    def compare_page(
        self, place: Place, answer: Exchange, per_page: int, *, skip: int = 0, behind: int = 0
    ) -> str | None:
        """Compare a page with the model and return its cursor.

        Args:
            place: whose list it is.
            answer: the page.
            per_page: what it may hold.
            skip: how many credentials come before it.
            behind: place in the order of creation behind which it starts.
        """
        order = self.order[place]
        rest = [listed(one) for name, one in self.stored[place].items() if order[name] > behind][skip:]
        page = rest[:per_page]
        assert answer.json["data"]["credentials"] == page
        pagination = answer.json["pagination"]
        cursor: str | None = pagination.pop("cursor", None)
        assert pagination == {"hasNextPage": len(rest) > per_page, "count": len(page)}
        assert (cursor is not None) == (len(rest) > per_page)
        return cursor

    @rule(place=places, per_page=page_sizes, page=st.integers(1, 4))
    def numbered_page(self, place: Place, per_page: int, page: int) -> None:
        answer = self.expect(self.ask("GET", place, query={"per_page": per_page, "page": page}), 200)
        cursor = self.compare_page(place, answer, per_page, skip=(page - 1) * per_page)
        self.go_on(place, per_page, answer, cursor)

    @rule(place=places, per_page=page_sizes)
    def walk_from_the_start(self, place: Place, per_page: int) -> None:
        answer = self.expect(self.ask("GET", place, query={"per_page": per_page}), 200)
        self.go_on(place, per_page, answer, self.compare_page(place, answer, per_page))

    def go_on(self, place: Place, per_page: int, answer: Exchange, cursor: str | None) -> None:
        if cursor is not None:
            last = answer.json["data"]["credentials"][-1]["id"]
            self.walks.append(Walk(place, per_page, cursor, self.order[place][last]))

    @precondition(lambda self: self.walks)
    @rule(number=st.integers(0, 100), keep=st.booleans())
    def walk_on(self, number: int, keep: bool) -> None:
        """Read the page behind a cursor, whatever has happened since; a cursor can be used again."""
        walk = self.walks[number % len(self.walks)]
        answer = self.ask("GET", walk.place, query={"per_page": walk.per_page, "cursor": walk.cursor})
        cursor = self.compare_page(walk.place, self.expect(answer, 200), walk.per_page, behind=walk.seen)
        if not keep:
            self.walks.remove(walk)
        self.go_on(walk.place, walk.per_page, answer, cursor)
        self.tally["walked on"] += 1

    @precondition(lambda self: self.walks)
    @rule(number=st.integers(0, 100), place=places)
    def cursor_of_another_list(self, number: int, place: Place) -> None:
        walk = self.walks[number % len(self.walks)]
        if place != walk.place:
            self.expect(self.ask("GET", place, query={"cursor": walk.cursor}), 400, "list.unknown-cursor")
            self.tally["foreign cursor"] += 1

    def teardown(self) -> None:
        """Compare everything there is, secrets included."""
        try:
            for place, identifier in itertools.product(
                PLACES, {*NAMES.values(), *itertools.chain(*self.stored.values())}
            ):
                self.compare_one(place, identifier)
        finally:
            self.client.__exit__(None, None, None)


def without_times(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in {"createdAt", "updatedAt"}}


def merged(old: object, new: Any) -> Any:
    """Return `old` with the members that `new` names, at every depth."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}
    return new


def listed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a list shows of what get answers."""
    item = {name: value for name, value in document.items() if name != "restrictions"}
    if "credentials" in item:
        item["credentials"] = {"scope": item["credentials"]["scope"]}
    return item


@pytest.mark.timeout(600)  # ten seconds, but a failure is made small before it is told, for up to five minutes
@pytest.mark.no_cover
def test_accounts_and_teams_never_see_each_other(live: Emulator) -> None:
    tally: Counter[str] = Counter()
    here = type("Here", (Machine,), {"url": live.url, "tally": tally})
    run_state_machine_as_test(here, settings=SETTINGS)
    # It has seen what it is about, and not only empty lists.
    outcomes = {"POST 200", "POST 409", "GET 200", "GET 404", "PATCH 200", "PATCH 404", "DELETE 200"}
    events = {"merged", "added again", "update refused", "walked on", "foreign cursor"}
    assert {name for name in outcomes | events if not tally[name]} == set(), tally
