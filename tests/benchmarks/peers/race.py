"""POST add-registry at the peers that are there, at the emulator and at the bare server, in turns."""

import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.options import Options, progress
from tests.benchmarks.peers.catalogue import PEERS, Peer, Validates
from tests.benchmarks.processes import BARE, EMULATOR, Server, running
from tests.benchmarks.report import Row, Section
from tests.benchmarks.throughput import FIGURES, new_credentials
from tests.benchmarks.wire import REGISTRIES, REJECTED, Connection, credential, request
from tests.benchmarks.wrk import Load, fire

_CONNECTIONS: Final = 32
_WARM_UP_STEP: Final = 2
_WARM_UP_STEPS: Final = 20
_CHEAPER: Final = 0.97
_LEVEL: Final = 4
_IDLE: Final = 0.1  # share of a core
_IDLE_LOOK: Final = 0.2
_IDLE_WAIT: Final = 30.0


@dataclass
class Contestant:
    """A server that runs from the first round to the last: what compiles itself while it runs stays warm."""

    server: Server
    about: Mapping[str, str] = field(default_factory=dict)
    stop: Callable[[], None] = lambda: None
    loads: list[Load] = field(default_factory=list)

    def shoot(self, seconds: int) -> Load:
        """One load, and then the wait until it has done what clients no longer wait for; all of them share a core.

        Raises:
            BenchmarkError: an answer was not as expected, or it went on working.
        """
        load = fire(self.server, new_credentials(), _CONNECTIONS, seconds)
        deadline = time.monotonic() + _IDLE_WAIT
        before = self.server.cpu_seconds()
        while True:
            time.sleep(_IDLE_LOOK)
            now = self.server.cpu_seconds()
            if now - before <= _IDLE * _IDLE_LOOK:
                return load
            if time.monotonic() > deadline:
                raise BenchmarkError(f"{self.server.name} was still busy {_IDLE_WAIT:g} seconds after the load.")
            before = now

    def warm_up(self) -> None:
        """Until a request has not become cheaper for some loads in a row, which takes long with Java programs.

        In CPU time, as the rate also falls when others use the machine.
        """
        cheapest, level = math.inf, 0
        for _ in range(_WARM_UP_STEPS):
            cost = self.shoot(_WARM_UP_STEP).cpu_per_request
            level = 0 if cost < cheapest * _CHEAPER else level + 1
            cheapest = min(cheapest, cost)
            if level == _LEVEL:
                break
        progress(f"{self.server.name} is warm: {cheapest:,.0f} us of CPU a request")


def peers(options: Options, entrants: Sequence[Peer] = PEERS) -> list[Section]:
    """One section for each contestant against the bare server, and one without rows for each peer left out."""
    skipped: list[Section] = []
    with ExitStack() as stack:
        entered: dict[str, Contestant] = {}
        for peer in entrants:
            try:
                entered[peer.name] = _entered(peer, stack)
            except BenchmarkError as error:
                skipped.append(_skipped(peer.name, peer.about(), str(error)))
        if not entered:
            return skipped
        own = {program.name: Contestant(stack.enter_context(running(program))) for program in (BARE, EMULATOR)}
        for contestant in own.values():
            contestant.warm_up()
        racing = {**own, **entered}
        for number in range(options.rounds):
            skipped += _round(number, options.seconds, racing)
    bare = racing.pop(BARE.name)
    return [*(_section(name, each, bare) for name, each in racing.items()), *skipped]


def _round(number: int, seconds: int, racing: dict[str, Contestant]) -> list[Section]:
    """Everybody once; a peer that fails is taken out of the race, while our own failing ends it."""
    skipped = []
    for name in _turned(list(racing), number):
        try:
            racing[name].loads.append(racing[name].shoot(seconds))
        except BenchmarkError as error:
            if name in (BARE.name, EMULATOR.name):
                raise
            racing[name].stop()
            skipped.append(_skipped(name, racing.pop(name).about, f"failed in round {number + 1}: {error}"))
    said = ", ".join(f"{name} {contestant.loads[-1].throughput:,.0f}/s" for name, contestant in racing.items())
    progress(f"peers, round {number + 1}: {said}")
    return skipped


def _entered(peer: Peer, stack: ExitStack) -> Contestant:
    """Start a peer, see that it does what it is said to do, and warm it up.

    Raises:
        BenchmarkError: it is not there, does not start, or does something else.
    """
    if reason := peer.missing():
        raise BenchmarkError(reason)
    with ExitStack() as attempt:
        folder = Path(attempt.enter_context(tempfile.TemporaryDirectory()))
        server = attempt.enter_context(running(replace(peer.program(folder), name=peer.name)))
        if (seen := _validation(server)) is not peer.validates:
            raise BenchmarkError(f"It should validate {peer.validates.value}, and validates {seen.value}.")
        Contestant(server).warm_up()
        stop = stack.enter_context(attempt.pop_all()).close
    return Contestant(server, peer.about(), stop)


def _validation(server: Server) -> Validates:
    """What comes of a body with several faults, and of one whose only fault is the contract's condition."""
    unconditional = {key: value for key, value in credential("no-credentials").items() if key != "credentials"}
    with Connection(server.port) as connection:
        refused = [
            connection.ask(request("POST", REGISTRIES, body)).status in range(400, 500)
            for body in (REJECTED, unconditional)
        ]
    return {(True, True): Validates.ALL, (True, False): Validates.PART}.get((refused[0], refused[1]), Validates.NOTHING)


def _skipped(name: str, about: Mapping[str, str], reason: str) -> Section:
    progress(f"{name} is left out: {reason}")
    return Section(name, BARE.name, (), {**about, "skipped": reason})


def _turned(names: Sequence[str], number: int) -> list[str]:
    """Each round starts one further on, so that nobody always follows the same one's heat."""
    start = number % len(names)
    return [*names[start:], *names[:start]]


def _section(name: str, ours: Contestant, theirs: Contestant) -> Section:
    rows = [
        Row(
            f"add beside peers, {_CONNECTIONS} conn., {figure}",
            unit,
            [read(load) for load in ours.loads],
            [read(load) for load in theirs.loads],
        )
        for figure, unit, read in FIGURES
    ]
    return Section(name, BARE.name, rows, ours.about)
