"""Cold start and idle memory, against a ten-line aiohttp server and against the bare server."""

import time
from typing import Final

from tests.benchmarks.options import Options, progress
from tests.benchmarks.processes import BARE, EMULATOR, PLAIN, running
from tests.benchmarks.report import Row, Section, Target, Unit

_PROGRAMS: Final = (EMULATOR, PLAIN, BARE)
_MINIMUM_OF_STARTS: Final = 10
_IDLE_SECONDS: Final = 0.5


def cold_start(options: Options) -> list[Section]:
    """From the start of the process to the first 200, byte code and disk cache warm."""
    starts: dict[str, list[float]] = {program.name: [] for program in _PROGRAMS}
    for number in range(max(options.rounds, _MINIMUM_OF_STARTS) + 1):
        for program in _PROGRAMS:
            with running(program) as server:
                if number:  # the first one may still have to compile and to read from the disk
                    starts[program.name].append(server.seconds_to_first_answer * 1e6)
    ours = EMULATOR.name
    progress(f"cold start: {len(starts[ours])} of each")
    return [
        Section(ours, other.name, [Row("cold start", Unit.TIME, starts[ours], starts[other.name], target)])
        for other, target in ((PLAIN, Target(1.3)), (BARE, Target(1.15)))
    ]


def memory(options: Options) -> list[Section]:
    """Some time after the first answer, one server alone at a time."""
    resident: dict[str, list[float]] = {program.name: [] for program in _PROGRAMS}
    proportional: dict[str, list[float]] = {program.name: [] for program in _PROGRAMS}
    for _ in range(options.rounds):
        for program in _PROGRAMS:
            with running(program) as server:
                time.sleep(_IDLE_SECONDS)
                resident[program.name].append(server.resident_bytes())
                proportional[program.name].append(server.proportional_bytes())
    ours = EMULATOR.name
    progress(f"idle memory: {options.rounds} of each")
    return [
        Section(
            ours,
            other.name,
            [
                Row("idle memory, RSS", Unit.BYTES, resident[ours], resident[other.name], target),
                Row("idle memory, PSS", Unit.BYTES, proportional[ours], proportional[other.name]),
            ],
        )
        for other, target in ((PLAIN, Target(1.25)), (BARE, Target(1.2)))
    ]
