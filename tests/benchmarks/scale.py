"""What a million stored credentials cost: against a store of a thousand, the last page against the first, memory."""

import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.filling import fill, name_of
from tests.benchmarks.options import Options, progress
from tests.benchmarks.processes import EMULATOR, SERVER_CPUS, Server, on_cpus, running
from tests.benchmarks.report import Row, Section, Target, Unit
from tests.benchmarks.wire import REGISTRIES, Connection, credential, request, update

_FEW: Final = 1_000
_BLOCKS: Final = 50  # in turns, so that both stores see the same moments of the machine
_BLOCK: Final = 100
_PAGE: Final = 100
_PAGES: Final = 500
_OPERATIONS: Final = ("create", "get", "update", "delete")
_COSTS_THE_SAME: Final = Target(1.2)
_BYTES_EACH: Final = Target(1500)

Samples = dict[str, list[float]]


class Store:
    """One emulator with a constant number of credentials, over one connection; times in microseconds."""

    def __init__(self, connection: Connection, count: int) -> None:
        self._connection = connection
        self._stored = list(range(count))
        self._next = count
        self._random = random.Random(count)  # noqa: S311 - repeatable, not secret

    def block(self, samples: Samples) -> None:
        """Create, get, update, delete: as many go as come, and which is drawn from all.

        The first call after the other store's turn is not counted: it finds the processor's caches full of that.
        """
        self._timed(request("GET", self._any()))
        for _ in range(_BLOCK):
            samples["create"].append(self._timed(request("POST", REGISTRIES, credential(name_of(self._next)))))
            self._stored.append(self._next)
            self._next += 1
        for _ in range(_BLOCK):
            samples["get"].append(self._timed(request("GET", self._any())))
        for _ in range(_BLOCK):
            samples["update"].append(self._timed(request("PATCH", self._any(), update(username="changed"))))
        for _ in range(_BLOCK):
            samples["delete"].append(self._timed(request("DELETE", self._any(take=True))))

    def pages(self, samples: Samples) -> None:
        """The first page and the last one, that by its number and by its cursor."""
        last = len(self._stored) // _PAGE
        cursor = self._list(f"page={last - 1}")["pagination"]["cursor"]
        questions = {"first": "page=1", "page=N": f"page={last}", "cursor": f"cursor={quote(cursor, safe='')}"}
        if self._list(questions["page=N"])["data"] != self._list(questions["cursor"])["data"]:
            raise BenchmarkError("The last page is another one by its cursor than by its number.")
        for _ in range(_PAGES):
            for place, question in questions.items():
                samples[place].append(self._timed(_list_request(question)))

    def _any(self, *, take: bool = False) -> str:
        """Return the path of one at random; take it out in constant time, the last moving to its place."""
        place = self._random.randrange(len(self._stored))
        number = self._stored[place]
        if take:
            self._stored[place] = self._stored[-1]
            self._stored.pop()
        return f"{REGISTRIES}/{name_of(number)}"

    def _timed(self, sent: bytes) -> float:
        started = time.perf_counter_ns()
        answer = self._connection.exchange(sent)
        taken = time.perf_counter_ns() - started
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise BenchmarkError(f"Expected 200 for {sent[:120]!r}, got {answer[:600]!r}")
        return taken / 1000

    def _list(self, question: str) -> dict[str, Any]:
        listed: dict[str, Any] = json.loads(self._connection.expect(_list_request(question)))
        if listed["pagination"]["count"] != _PAGE:
            raise BenchmarkError(f"Not a page of {_PAGE} for {question}: {listed['pagination']}")
        return listed


def scale(options: Options) -> list[Section]:
    """Two emulators side by side, one with few and one with many stored, measured in turns."""
    with running(EMULATOR) as small, running(EMULATOR) as large:
        fill(small.port, range(_FEW))
        bytes_each = _fill_and_weigh(large, options.stored)
        with Connection(small.port) as to_small, Connection(large.port) as to_large, on_cpus(SERVER_CPUS):
            few, many = Store(to_small, _FEW), Store(to_large, options.stored)
            few.block(defaultdict(list))
            many.block(defaultdict(list))
            rounds = [_round(number, few, many) for number in range(options.rounds)]
    stored = f"{options.stored:,} stored"
    return [
        Section(stored, f"{_FEW:,} stored", [row for name in _OPERATIONS for row in _rows(rounds, name, name)]),
        Section("last page", "first page", [*_rows(rounds, "page=N", "first"), *_rows(rounds, "cursor", "first")]),
        Section(stored, "", [Row("memory per credential", Unit.BYTES, [bytes_each], target=_BYTES_EACH)]),
    ]


def _fill_and_weigh(server: Server, count: int) -> float:
    """Bytes of resident memory per credential, beyond what the first thousand needed."""
    fill(server.port, range(_FEW))
    before = server.resident_bytes()
    fill(server.port, range(_FEW, count))
    return (server.resident_bytes() - before) / (count - _FEW)


def _round(number: int, few: Store, many: Store) -> tuple[Samples, Samples]:
    """Samples of the many and of the few; the pages are those of the many on both sides."""
    ours: Samples = defaultdict(list)
    theirs: Samples = defaultdict(list)
    pairs = [(many, ours), (few, theirs)]
    for block in range(_BLOCKS):
        for store, samples in pairs[:: -1 if block % 2 else 1]:
            store.block(samples)
    many.pages(ours)
    theirs["first"] = ours.pop("first")
    progress(f"scale, round {number + 1}: {_BLOCKS * _BLOCK:,} of each operation, {_PAGES} of each page")
    return ours, theirs


def _rows(rounds: Sequence[tuple[Samples, Samples]], ours: str, theirs: str) -> list[Row]:
    label = ours if ours == theirs else f"list 100, {ours}"
    return [
        Row(
            f"{label}, p{percent}",
            Unit.TIME,
            [_percentile(samples[ours], percent) for samples, _ in rounds],
            [_percentile(samples[theirs], percent) for _, samples in rounds],
            _COSTS_THE_SAME,
        )
        for percent in (50, 99)
    ]


def _percentile(samples: Sequence[float], percent: int) -> float:
    return sorted(samples)[len(samples) * percent // 100]


def _list_request(question: str) -> bytes:
    return request("GET", f"{REGISTRIES}?per_page={_PAGE}&{question}")
