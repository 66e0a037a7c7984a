"""Operations under full load from wrk, against the bare server that sends an answer of the same size."""

import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from tests.benchmarks.filling import fill, name_of
from tests.benchmarks.looking import look
from tests.benchmarks.options import Options, progress
from tests.benchmarks.processes import BARE, EMULATOR, WITHOUT_JOURNAL, Server, bare_with_answer, running
from tests.benchmarks.report import Row, Section, Target, Unit
from tests.benchmarks.wire import REGISTRIES, REJECTED, Connection, credential, request
from tests.benchmarks.wrk import Load, Shot, fire

FIGURES: Final[tuple[tuple[str, Unit, Callable[[Load], float]], ...]] = (
    ("throughput", Unit.RATE, lambda load: load.throughput),
    ("p50", Unit.TIME, lambda load: load.p50),
    ("p99", Unit.TIME, lambda load: load.p99),
    ("CPU per request", Unit.TIME, lambda load: load.cpu_per_request),
)
_WARM_UP_SECONDS: Final = 1
_SERIAL: Final = "0123456789"

Targets = Mapping[tuple[int, str], Target]


class Lane(NamedTuple):
    """A server and a maker of what is sent to it: a new one every time, where names must not repeat."""

    server: Server
    shot: Callable[[], Shot]


@dataclass
class Race:
    """Two lanes, shot at in turns; who starts changes from round to round."""

    operation: str
    connections: tuple[int, ...]
    targets: Targets
    names: tuple[str, str] = ("emulator", "bare")
    loads: dict[int, tuple[list[Load], list[Load]]] = field(default_factory=dict)

    def warm_up(self, *lanes: Lane) -> None:
        for lane in lanes:
            fire(lane.server, lane.shot(), max(self.connections), _WARM_UP_SECONDS)

    def run(self, number: int, seconds: int, ours: Lane, theirs: Lane) -> None:
        for connections in self.connections:
            taken = self.loads.setdefault(connections, ([], []))
            pairs = [(ours, taken[0]), (theirs, taken[1])]
            for lane, loads in pairs[:: -1 if number % 2 else 1]:
                loads.append(fire(lane.server, lane.shot(), connections, seconds))
            progress(
                f"{self.operation}, round {number + 1}, {connections} connections: "
                f"{taken[0][-1].throughput:,.0f}/s against {taken[1][-1].throughput:,.0f}/s"
            )

    def section(self) -> Section:
        rows = [
            Row(
                f"{self.operation}, {connections} conn., {name}",
                unit,
                [figure(load) for load in ours],
                [figure(load) for load in theirs],
                self.targets.get((connections, name)),
            )
            for connections, (ours, theirs) in self.loads.items()
            for name, unit, figure in FIGURES
        ]
        return Section(*self.names, rows)


def add(options: Options) -> list[Section]:
    """POST add-registry, all fields set, into stores that start empty each round."""
    race = Race(
        "add",
        (1, 32),
        {
            (1, "throughput"): Target(0.85, at_least=True),
            (32, "throughput"): Target(0.8, at_least=True),
            (32, "p99"): Target(2),
        },
    )
    for number in range(options.rounds):
        with running(EMULATOR) as emulator, running(BARE) as bare:
            lanes = Lane(emulator, new_credentials), Lane(bare, new_credentials)
            race.warm_up(*lanes)
            race.run(number, options.seconds, *lanes)
    return [race.section()]


def add_to_many(options: Options) -> list[Section]:
    """The same into a store that holds 200,000 before the first round, and more with each."""
    race = Race("add to 200,000", (32,), {(32, "throughput"): Target(0.8, at_least=True), (32, "p99"): Target(2)})
    with running(EMULATOR) as emulator, running(BARE) as bare:
        lanes = Lane(emulator, new_credentials), Lane(bare, new_credentials)
        fill(emulator.port, range(200_000))
        race.warm_up(*lanes)
        for number in range(options.rounds):
            race.run(number, options.seconds, *lanes)
    return [race.section()]


def journal(options: Options) -> list[Section]:
    """POST add-registry with the journal of 1,000 calls, against the same without a journal."""
    targets = {(32, "throughput"): Target(0.97, at_least=True)}
    race = Race("add", (32,), targets, ("with journal", "without"))
    for number in range(options.rounds):
        with running(EMULATOR) as ours, running(WITHOUT_JOURNAL) as theirs:
            lanes = Lane(ours, new_credentials), Lane(theirs, new_credentials)
            race.warm_up(*lanes)
            race.run(number, options.seconds, *lanes)
    return [race.section()]


def faults(options: Options) -> list[Section]:
    """POST add-registry with a fault armed for another operation and one for another account, against none."""
    targets = {(32, "throughput"): Target(0.97, at_least=True)}
    race = Race("add", (32,), targets, ("faults that do not match", "none"))
    for number in range(options.rounds):
        with running(EMULATOR) as ours, running(EMULATOR) as theirs:
            with Connection(ours.port) as connection:
                for fault in ({"operation": "delete-registry"}, {"operation": "*", "account": "nobody"}):
                    connection.expect(request("POST", "/_emulator/faults", fault))
            lanes = Lane(ours, new_credentials), Lane(theirs, new_credentials)
            race.warm_up(*lanes)
            race.run(number, options.seconds, *lanes)
    return [race.section()]


def inspector(options: Options) -> list[Section]:
    """POST add-registry with the inspector's page opened before and closed again, against one that nobody opened."""
    targets = {(32, "throughput"): Target(0.97, at_least=True)}
    race = Race("add", (32,), targets, ("inspector was open", "never"))
    for number in range(options.rounds):
        with running(EMULATOR) as ours, running(EMULATOR) as theirs:
            look(ours.port)
            lanes = Lane(ours, new_credentials), Lane(theirs, new_credentials)
            race.warm_up(*lanes)
            race.run(number, options.seconds, *lanes)
    return [race.section()]


def get(options: Options) -> list[Section]:
    """GET one credential, all fields set."""
    question = request("GET", f"{REGISTRIES}/{name_of(0)}")
    return _against_same_bytes("get", options, Shot(question), Shot(request("GET", "/")), 0.95)


def page(options: Options) -> list[Section]:
    """A list page of 100, of 250 stored."""
    question = request("GET", f"{REGISTRIES}?per_page=100")
    return _against_same_bytes("list 100", options, Shot(question), Shot(request("GET", "/")), 0.6)


def reject(options: Options) -> list[Section]:
    """A body with several faults, all of them reported."""
    ours = Shot(request("POST", REGISTRIES, REJECTED), status=400)
    theirs = Shot(request("POST", "/refuse", REJECTED), status=400)
    return _against_same_bytes("reject", options, ours, theirs, 0.5)


def _against_same_bytes(operation: str, options: Options, ours: Shot, theirs: Shot, at_least: float) -> list[Section]:
    race = Race(operation, (32,), {(32, "throughput"): Target(at_least, at_least=True)})
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer")
        for number in range(options.rounds):
            with running(EMULATOR) as emulator:
                fill(emulator.port, range(250))
                with Connection(emulator.port) as connection:
                    answer.write_bytes(connection.expect(ours.first(), ours.status))
                with running(bare_with_answer(answer)) as bare:
                    lanes = Lane(emulator, lambda: ours), Lane(bare, lambda: theirs)
                    race.warm_up(*lanes)
                    race.run(number, options.seconds, *lanes)
    return [race.section()]


def new_credentials() -> Shot:
    """Names like `bench-5f0c9a1b-0000000042`: no two runs share the middle, no two requests the end."""
    whole = request("POST", REGISTRIES, credential(f"bench-{secrets.token_hex(4)}-{_SERIAL}"))
    before, after = whole.split(_SERIAL.encode())
    return Shot(before, after)
