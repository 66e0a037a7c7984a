"""Puts many credentials into a namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias, cast

from emulator.clock import parse_rfc3339
from emulator.models import Document
from emulator.namespace import Namespace
from emulator.records import Times, render
from emulator.slugs import slugify

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many are done and how many there will be."""

_STEP: Final = 1000


def fill(
    namespace: Namespace,
    documents: Iterable[Document],
    *,
    suffix: bool = False,
    total: int = 0,
    progress: Progress | None = None,
) -> int:
    """Store `documents` behind what the namespace holds, and return how many they were.

    Args:
        namespace: where to. What was stored before an error stays: fill one that nobody sees yet.
        documents: valid bodies of Add registry; their `createdAt` and `updatedAt` are kept as their times.
        suffix: give a taken id the suffix -2, -3, ... instead of refusing it.
        total: how many they are, for `progress`.
        progress: called after every 1,000 and at the end.

    Raises:
        NameTakenError: the id of one of them is taken.
    """
    done = 0
    for done, document in enumerate(documents, start=1):
        put(namespace, document, suffix=suffix)
        if progress is not None and done % _STEP == 0:
            progress(done, total)
    if progress is not None and done % _STEP:
        progress(done, total)
    return done


def put(namespace: Namespace, document: Document, *, suffix: bool = False) -> None:
    """Store one credential: with the times that it brings, else with the present.

    Raises:
        NameTakenError: its id is taken.
    """
    created, updated = document.get("createdAt"), document.get("updatedAt")
    if created is None and updated is None:
        namespace.add(cast("str", document["name"]), render(document), suffix=suffix)
        return
    registry_id = namespace.free_id(slugify(cast("str", document["name"])), suffix=suffix)
    # With one of the two times, the other is the same: nothing was changed since.
    first = last = parse_rfc3339(cast("str", created or updated))
    if created and updated and created != updated:
        last = parse_rfc3339(cast("str", updated))
    namespace.restore(registry_id, document, Times(first, last))
