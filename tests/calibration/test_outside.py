"""What a target does that no alternative of the rulebook has is told with its exchange, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from emulator.conformance.learning import Outside
from tests.calibration.calibrated import calibrated
from tests.calibration.target import AllChoices, FreeTarget
from tests.mutants.forms import Json
from tests.mutants.paging import Item, Page, Shelf, Wish
from tests.mutants.wire import Answer, Call, RefusedError


class Odd(FreeTarget):
    """Does one thing in a way of its own."""

    chosen: Mapping[str, Any] = {}

    def __init__(self) -> None:
        super().__init__(AllChoices(**self.chosen))


class OrderedByEnds(Odd):
    """Lists are in the order of ids read backwards."""

    def in_order(self, shelf: Shelf) -> list[Item]:
        return sorted(super().in_order(shelf), key=lambda item: item.id[::-1])

    def comes_after(self, item: Item, after: int) -> bool:
        return item.id[::-1] > self.last_ids[str(after)][::-1]


class LastPageAgain(Odd):
    """Behind the last page is the first one."""

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        page = super().choose(shelf, wish)
        return page if page.items else super().choose(shelf, wish._replace(page=1))


class ClampsAbove(Odd):
    """A page that is too large is made smaller, and one that is too small is refused."""

    def in_range(self, name: str, number: int, most: int | None) -> int:
        return super().in_range(name, number if most is None else min(number, most), most)


class NothingBehindUnknownCursors(Odd):
    """A cursor that was never handed out is answered with nothing."""

    def read_cursor(self, cursor: str) -> int:
        return self.cursors.get(cursor, 10**9)


class NothingForBoth(Odd):
    """A cursor together with a number of a page is answered with nothing."""

    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        if {"page", "cursor"} <= dict(query).keys():
            return Wish(1, 1, 10**9)
        return super().read_wish(query)


class ForgetsRepeated(Odd):
    """A parameter that is given twice does not count at all."""

    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        names = [name for name, _ in query]
        return super().read_wish(tuple(pair for pair in query if names.count(pair[0]) == 1))


class NamesFreed(Odd):
    """The name of deleted credentials can be used again, and gives another id."""

    def free_id(self, shelf: Shelf, wanted: str) -> str:
        return super().free_id(shelf, f"{wanted}x" if (shelf, wanted) in self.gone else wanted)


class ConflictAfterDeletion(Odd):
    """A second deletion is answered 409."""

    def delete(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        if wanted not in self.stored(shelf) and (shelf, wanted) in self.gone:
            raise RefusedError(409, "registry.gone", "It is deleted already.")
        return super().delete(call, shelf, wanted)


class WantsSomeBody(Odd):
    """An update with an empty object is accepted, and one without a body is not."""

    def read_change(self, call: Call) -> Json:
        return self.read_body(call)


class ReplacesScope(Odd):
    """The scope is replaced as a whole, and all else is merged."""

    def merged(self, old: Json, new: Json) -> Json:
        if isinstance(new, dict) and new.keys() <= {"pull", "push"}:
            return new
        return super().merged(old, new)


class ReplacesHiddenScope(ReplacesScope):
    """The same, where nobody sees user names and passwords."""

    chosen = {"secrets": "omit"}  # noqa: RUF012


class ReplacesHiddenScopeStrictly(ReplacesScope):
    """The same, where a body with a key given twice shows nothing either."""

    chosen = {"secrets": "omit", "duplicate_key": "reject"}  # noqa: RUF012


class ReadsNoText(Odd):
    """A body that is declared to be text is not read, and that is a success."""

    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        if call.headers.get("Content-Type") == "text/plain":
            return self.updated(self.find(shelf, wanted))
        return super().update(call, shelf, wanted)


class NoEnvelope(Odd):
    """What is no HTTP is answered with a text."""

    def malformed(self) -> Answer:
        return Answer(400, "Bad Request", kind="text/plain")


class OtherStatus(Odd):
    """What is no HTTP is answered 431."""

    def malformed(self) -> Answer:
        return Answer(431, super().malformed().content)


@pytest.mark.parametrize(
    ("made", "rule", "words"),
    [
        (OrderedByEnds, "list.order", "neither in the order"),
        (LastPageAgain, "list.page.beyond-last", "answered with 1 credentials"),
        (ClampsAbove, "list.page-range", "per_page=101 is accepted"),
        (NothingBehindUnknownCursors, "list.unknown-cursor", "answered with 0 credentials"),
        (NothingForBoth, "list.page.exclusive", "answered with 0 credentials"),
        (ForgetsRepeated, "list.parameter.repeated", "items"),
        (NamesFreed, "delete.name-free", "the id is then"),
        (ConflictAfterDeletion, "delete.repeated", "409"),
        (WantsSomeBody, "update.empty-body", "no body"),
        (ReplacesScope, "update.partial", "the scope is replaced"),
        (ReplacesHiddenScope, "update.partial", "the scope is replaced"),
        (ReplacesHiddenScopeStrictly, "update.partial", "the scope is replaced"),
        (ReadsNoText, "common.content-type", "not read"),
        (NoEnvelope, "common.http.malformed", "400 without the envelope"),
        (OtherStatus, "common.http.malformed", "431"),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else "",
)
async def test_what_no_alternative_covers_is_outside_and_not_in_the_profile(
    made: type[Odd], rule: str, words: str
) -> None:
    _, learning = await calibrated(made(), seed=1)
    told: dict[str, Outside] = {outside.rule: outside for outside in learning.outside}
    assert list(told) == [rule]
    assert words in told[rule].words
    assert told[rule].exchange is not None
    assert rule not in learning.profile.rules


async def test_of_what_no_rule_tells_nothing_is_learnt() -> None:
    """Which of an unknown id and a faulty body is told first is no rule: targets that differ in it have one profile."""

    class BodyFirst(Odd):
        def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
            self.judge(self.change_faults(self.read_change(call)))
            return super().update(call, shelf, wanted)

    profiles = [(await calibrated(made(), seed=1))[1].profile for made in (Odd, BodyFirst)]
    assert profiles[0].choices == profiles[1].choices
    assert profiles[0].errors == profiles[1].errors
