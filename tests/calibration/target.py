"""A target that shares no code with the emulator, with every alternative of every switch, and ways to tell failures."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Final

from tests.mutants.choices import Choices
from tests.mutants.forms import Faults, Json
from tests.mutants.paging import Item, Page, Shelf, Wish
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError


@dataclass(frozen=True)
class Telling:
    """How failures are told: statuses and words by the target's own codes; the form of the details."""

    statuses: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    details: str = "lists"
    """`lists`, `texts`, `entries` or `absent`."""


PLAIN: Final = Telling()


@dataclass(frozen=True)
class AllChoices(Choices):
    """The other switches of rules.yaml."""

    list_order: str = "creation"
    default_page_size: str = "50"
    page_beyond_last: str = "empty"
    page_and_cursor: str = "reject"
    repeated_parameter: str = "reject"
    empty_update: str = "accept"
    duplicate_key: str = "last"
    other_content_type: str = "reject"
    request_timestamps: str = "ignore"
    repeated_delete: str = "unknown"
    deleted_name: str = "free"
    telling: Telling = PLAIN


class FreeTarget(Target):
    """The correct target, which chooses in everything that is left open."""

    choices: AllChoices

    def __init__(self, choices: AllChoices) -> None:
        super().__init__(choices)
        self.gone: set[tuple[Shelf, str]] = set()
        self.last_ids: dict[str, str] = {}

    # -- how failures are told

    def refuse(self, call: Call, refusal: RefusedError) -> Answer:
        telling = self.choices.telling
        refusal.status = telling.statuses.get(refusal.code, refusal.status)
        answer = super().refuse(call, refusal)
        error = answer.content["error"]
        error["id"] = telling.words.get(refusal.code, refusal.code)
        if "details" in error and telling.details != "lists":
            told = error.pop("details")
            if telling.details == "texts":
                error["details"] = {path: texts[0] for path, texts in told.items()}
            elif telling.details == "entries":
                error["details"] = [{"where": path, "what": text} for path, texts in told.items() for text in texts]
        return answer

    # -- lists

    def default_per_page(self) -> int:
        return int(self.choices.default_page_size)

    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        if self.choices.repeated_parameter != "reject":
            query = tuple(dict(query if self.choices.repeated_parameter == "last" else query[::-1]).items())
        asked = dict(query)
        if {"page", "cursor"} <= asked.keys() and len(asked) == len(query) and self.choices.page_and_cursor != "reject":
            del asked["page" if self.choices.page_and_cursor == "cursor" else "cursor"]
            query = tuple(asked.items())
        return super().read_wish(query)

    def in_order(self, shelf: Shelf) -> list[Item]:
        items = super().in_order(shelf)
        if self.choices.list_order == "name":
            return sorted(items, key=lambda item: item.id)
        return items[::-1] if self.choices.list_order == "newest-first" else items

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        items = self.in_order(shelf)
        if wish.after:
            items = [item for item in items if self.comes_after(item, wish.after)]
        start = (wish.page - 1) * wish.per_page
        page = Page(items[start : start + wish.per_page], len(items) > start + wish.per_page)
        if not page.items and wish.page > 1 and self.choices.page_beyond_last == "reject":
            status = int(self.choices.constraint_status)
            raise RefusedError(status, "query.beyond", "There is no such page.", {"page": ["is behind the last"]})
        return page

    def comes_after(self, item: Item, after: int) -> bool:
        if self.choices.list_order == "creation":
            return item.number > after
        if self.choices.list_order == "newest-first":
            return item.number < after
        return item.id > self.last_ids[str(after)]

    def cursor_after(self, page: Page) -> Json:
        self.last_ids[str(page.items[-1].number)] = page.items[-1].id
        return super().cursor_after(page)

    # -- bodies

    def check_kind(self, kind: str | None) -> None:
        if kind is None or self.choices.other_content_type == "reject":
            super().check_kind(kind)

    def parse(self, raw: bytes) -> Json:
        parsed = super().parse(raw)
        if self.choices.duplicate_key == "last":
            return parsed
        return json.loads(raw, object_pairs_hook=self.members)

    def members(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        if self.choices.duplicate_key == "first":
            return dict(pairs[::-1])
        if len(dict(pairs)) < len(pairs):
            raise RefusedError(400, "body.twice", "A key is given twice.")
        return dict(pairs)

    def change_faults(self, body: Json) -> Faults:
        faults = super().change_faults(body)
        if not faults and not body and self.choices.empty_update == "reject":
            return {"body": ["is empty"]}
        return faults

    # -- what is created and deleted

    def make(self, shelf: Shelf, body: Json) -> Item:
        item = super().make(shelf, body)
        if self.choices.request_timestamps == "take":
            item.created = self.taken(body.get("createdAt"), item.created)
            item.updated = self.taken(body.get("updatedAt"), item.updated)
        return item

    def taken(self, given: Json, otherwise: str) -> str:
        try:
            moment = datetime.fromisoformat(given)
        except (TypeError, ValueError):
            return otherwise
        return given if moment.tzinfo and "T" in given else otherwise

    def spoken_for(self, shelf: Shelf) -> Collection[str]:
        stored = super().spoken_for(shelf)
        if self.choices.deleted_name == "free":
            return stored
        return {*stored, *(registry_id for where, registry_id in self.gone if where == shelf)}

    def remove(self, shelf: Shelf, item: Item) -> None:
        super().remove(shelf, item)
        self.gone.add((shelf, item.id))

    def delete(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        again = wanted not in self.stored(shelf) and (shelf, wanted) in self.gone
        if again and self.choices.repeated_delete == "success":
            return Answer(200, {"data": {}})
        return super().delete(call, shelf, wanted)


SWITCHES: Final = [each.name for each in fields(AllChoices) if each.name not in {"projects", "integrations", "telling"}]
