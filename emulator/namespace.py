"""The credentials of one account, or of one of its teams: in memory, in the order of creation.

Methods are plain functions: with no `await` inside, each one is atomic. What raises changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from typing import Final

from sortedcontainers import SortedList

from emulator.clock import Clock
from emulator.cursors import Cursors
from emulator.errors import NameTakenError, RegistryNotFoundError
from emulator.models import Document, Page
from emulator.records import Times, changed, item, pack, read, render, updated_of
from emulator.slugs import numbered, slugify

_MOST_ITEMS: Final = 10_000
"""Items of lists that a namespace keeps: 4 MB."""


class Changes:
    """Has another `latest` after every change, for who wants to know whether there was one since.

    Shared by a store and all that belongs to it. An account may be built in a thread of its own: all numbers come from
    one counter, so none is given twice, and no change is lost between two that happen at once.
    """

    __slots__ = ("_numbers", "latest")

    def __init__(self) -> None:
        self.latest = 0
        self._numbers = count(1)

    def mark(self) -> None:
        """Take note of a change."""
        self.latest = next(self._numbers)


class Namespace:
    """The credentials of one account, or of one of its teams.

    Rows are kept by their place in the order of creation, places by id, so that create, get, update and delete cost the
    same with ten stored and with a million, and a page costs its own size.
    """

    def __init__(self, clock: Clock, changes: Changes) -> None:
        self._clock = clock
        self._changes = changes
        self._rows: dict[int, bytes] = {}
        self._places: dict[str, int] = {}
        self._order: SortedList[int] = SortedList()
        self._items: dict[int, bytes] = {}
        """What lists have shown of some rows, as those are now."""
        self._next = 1
        self._cursors = Cursors()
        # Only in readings that want them: the ids in order, and those of what was deleted.
        self._by_name: SortedList[str] | None = None
        self._gone: set[str] = set()

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, registry_id: str) -> bool:
        return registry_id in self._places

    def __iter__(self) -> Iterator[bytes]:
        """Yield the rows, oldest first: places only grow and a row keeps its own, so that is the order of the dict."""
        return iter(self._rows.values())

    def rows(self) -> list[bytes]:
        """Return the rows, oldest first, as they are now; 100,000 take 2 ms."""
        return list(self._rows.values())

    def add(
        self, name: str, text: bytes, *, suffix: bool = False, reuse: bool = True, times: Times | None = None
    ) -> bytes:
        """Store a new credential and return its row.

        Args:
            name: the name, which is in the text too.
            text: a valid body of Add registry, as `records.render` returns it.
            suffix: give a taken id the suffix -2, -3, ... instead of refusing it.
            reuse: take the ids of what was deleted with `remember` for free.
            times: when it was created and changed; None for now.

        Raises:
            NameTakenError: the slug of the name is the id of a stored credential.
        """
        registry_id = self.free_id(slugify(name), suffix=suffix, reuse=reuse)
        return self._append(registry_id, text, *(times or (self._clock.now(),)))

    def free_id(self, slug: str, *, suffix: bool, reuse: bool = True) -> str:
        """Return the id that new credentials get; arguments and errors are those of `add`."""
        registry_id, number = slug, 2
        while registry_id in self._places or (not reuse and registry_id in self._gone):
            if not suffix:
                raise NameTakenError(registry_id)
            registry_id = numbered(slug, number)
            number += 1
        return registry_id

    def restore(self, registry_id: str, document: Document, times: Times) -> None:
        """Store a credential behind the others, with an id and times of its own.

        Raises:
            NameTakenError: the id is that of a stored credential.
        """
        if registry_id in self._places:
            raise NameTakenError(registry_id)
        self._append(registry_id, render(document), *times)

    def copy(self) -> Namespace:
        """Return a namespace with the same credentials; rows never change, so both share them."""
        other = Namespace(self._clock, self._changes)
        other._rows.update(self._rows)
        other._places.update(self._places)
        other._order.update(self._order)
        other._next = self._next
        other._gone.update(self._gone)
        return other

    def get(self, registry_id: str) -> bytes:
        """Return the row of one credential.

        Raises:
            RegistryNotFoundError: there is none with this id.
        """
        return self._rows[self._place(registry_id)]

    def update(self, registry_id: str, change: Callable[[Document], Document]) -> bytes:
        """Replace a credential's document by what `change` makes of it; the place in the list stays.

        Raises:
            RegistryNotFoundError: there is none with this id.
        """
        place = self._place(registry_id)
        row = self._rows[place]
        self._rows[place] = row = changed(row, render(change(read(row))), self._clock.after(updated_of(row)))
        self._items.pop(place, None)
        self._changes.mark()
        return row

    def delete(self, registry_id: str, *, remember: bool = False) -> None:
        """Forget a credential; its id is free again, save where `add` is told not to reuse those to `remember`.

        Raises:
            RegistryNotFoundError: there is none with this id.
        """
        place = self._place(registry_id)
        del self._places[registry_id]
        del self._rows[place]
        self._items.pop(place, None)
        self._order.remove(place)
        if self._by_name is not None:
            self._by_name.remove(registry_id)
        if remember:
            self._gone.add(registry_id)
        self._changes.mark()

    def remembers(self, registry_id: str) -> bool:
        """Return whether credentials with this id were deleted, and remembered."""
        return registry_id in self._gone

    def remember(self, registry_id: str) -> None:
        """Take an id for one of credentials that were deleted."""
        self._gone.add(registry_id)

    def remembered(self) -> frozenset[str]:
        """Return the ids that are remembered, as they are now."""
        return frozenset(self._gone)

    def page(self, *, limit: int, number: int = 1, cursor: str | None = None, newest_first: bool = False) -> Page:
        """Return a page, oldest credential first, or the newest.

        Args:
            limit: most credentials to return, from 1.
            number: which page, counted from 1; what was deleted no longer counts. Ignored with a cursor.
            cursor: goes on behind the last credential of the page that handed it out, even if that one is deleted.
            newest_first: the other way round.

        Raises:
            UnknownCursorError: this namespace never handed out that cursor.
        """
        order = self._order
        if cursor is not None:
            behind = self._cursors.place(cursor)
            rest = (
                order.irange(None, behind, inclusive=(True, False), reverse=True)
                if newest_first
                else order.irange(behind, None, inclusive=(False, True))
            )
            places = list(islice(rest, limit + 1))
        elif newest_first:
            end = max(0, len(order) - (number - 1) * limit)
            places = list(order[max(0, end - limit - 1) : end])[::-1]
        else:
            first = (number - 1) * limit
            places = list(order[first : first + limit + 1])
        more = len(places) > limit
        del places[limit:]
        return Page(self._listed(places), self._cursors.by_place(places[-1]) if more else None)

    def page_by_name(self, *, limit: int, number: int = 1, cursor: str | None = None) -> Page:
        """Return a page in the order of ids; see `page`.

        The first one sorts all ids, which are kept in order from then on: only in this reading anybody pays for that.
        """
        if self._by_name is None:
            self._by_name = SortedList(self._places)
        ids = self._by_name
        if cursor is None:
            first = (number - 1) * limit
            listed = list(ids[first : first + limit + 1])
        else:
            behind = self._cursors.name(cursor)
            listed = list(islice(ids.irange(behind, None, inclusive=(False, True)), limit + 1))
        more = len(listed) > limit
        del listed[limit:]
        places = [self._places[registry_id] for registry_id in listed]
        return Page(self._listed(places), self._cursors.by_name(listed[-1]) if more else None)

    def _listed(self, places: Sequence[int]) -> list[bytes]:
        """Return what a list has of these; clients ask for the same pages again, and to cut 100 takes 18 us."""
        items = self._items
        try:
            return [items[place] for place in places]
        except KeyError:
            if len(items) > _MOST_ITEMS:
                items.clear()
            for place in places:
                if place not in items:
                    items[place] = item(self._rows[place])
            return [items[place] for place in places]

    def _append(self, registry_id: str, text: bytes, created: int, updated: int | None = None) -> bytes:
        place = self._next
        row = pack(registry_id, text, created, updated)
        self._next = place + 1
        self._places[registry_id] = place
        self._rows[place] = row
        self._order.add(place)
        if self._by_name is not None:
            self._by_name.add(registry_id)
        self._changes.mark()
        return row

    def _place(self, registry_id: str) -> int:
        try:
            return self._places[registry_id]
        except KeyError:
            raise RegistryNotFoundError(registry_id) from None
