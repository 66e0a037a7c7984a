import argparse
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tests.benchmarks import footprint, report, throughput, wrk
from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.options import Options, progress
from tests.benchmarks.peers.race import peers
from tests.benchmarks.picture import NothingToDrawError, picture
from tests.benchmarks.plugin import plugin
from tests.benchmarks.processes import LOAD_CPUS, ROOT, on_cpus
from tests.benchmarks.quiet import Watch
from tests.benchmarks.scale import scale

OUTPUT: Final = ROOT / ".bench"
Measure = Callable[[Options], list[report.Section]]

WITH_WRK: Final[Mapping[str, Measure]] = {
    "add": throughput.add,
    "add-to-many": throughput.add_to_many,
    "journal": throughput.journal,
    "faults": throughput.faults,
    "inspector": throughput.inspector,
    "get": throughput.get,
    "list": throughput.page,
    "reject": throughput.reject,
    "peers": peers,
}
MEASURES: Final[Mapping[str, Measure]] = {
    **WITH_WRK,
    "cold-start": footprint.cold_start,
    "memory": footprint.memory,
    "plugin": plugin,
    "scale": scale,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: measured, whatever the verdicts; 1: a figure could not be had; 2: a wrong call, or no wrk."""
    chosen = _parser().parse_args(arguments)
    options = Options(chosen.rounds, chosen.seconds, chosen.stored)
    if not wrk.is_installed() and (needing := [name for name in chosen.only if name in WITH_WRK]):
        progress(f"wrk was not found: install the Debian package wrk, which {', '.join(needing)} measure with.")
        return 2
    # As a SystemExit, it passes through the `finally` that kills the servers.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    watch = Watch()
    sections: list[report.Section] = []
    failure: BenchmarkError | None = None
    try:
        with on_cpus(LOAD_CPUS):
            for name in chosen.only:
                sections += MEASURES[name](options)
    except BenchmarkError as error:
        failure = error
    others = watch.used_by_others()
    print(report.table(sections))
    if notes := report.notes(sections):
        print(f"\n{notes}")
    print(f"\nMedians of {options.rounds} rounds. Other processes used {others:.0%} of the CPUs meanwhile.")
    # Some of the measures, or a run that stopped early, do not take the place of a whole result.
    whole = failure is None and set(chosen.only) == set(MEASURES)
    name, drawing = ("result", "speed") if whole else ("part", "part")
    result = report.as_json(sections, asdict(options), others)
    _write(result, chosen.json or OUTPUT / f"{name}.json", chosen.picture or OUTPUT / f"{drawing}.svg")
    if failure:
        progress(f"\nStopped early, with what was measured before above: {failure}")
    return 1 if failure else 0


def _write(result: str, file: Path, drawing: Path) -> None:
    for path in (file, drawing):
        path.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(result + "\n", "utf-8")
    try:
        drawing.write_text(picture(json.loads(result)), "utf-8")
    except NothingToDrawError as error:
        progress(f"No picture: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure the emulator against a bare server, in turns; figures are medians over the rounds.",
    )
    parser.add_argument("--rounds", type=_positive, default=5, help="rounds of everything (default: 5)")
    parser.add_argument("--seconds", type=_positive, default=3, help="seconds of load each time (default: 3)")
    parser.add_argument("--stored", type=_thousands, default=1_000_000, help="stored in `scale` (default: 1000000)")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="for the figures (.bench/result.json, or part.json with --only)"
    )
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="for a picture of them (.bench/speed.svg, or part.svg with --only)"
    )
    parser.add_argument(
        "--only", nargs="+", choices=MEASURES, default=list(MEASURES), metavar="NAME", help=", ".join(MEASURES)
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _thousands(text: str) -> int:
    if not text.isdecimal() or int(text) < 2000 or int(text) % 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a multiple of 1000 from 2000")
    return int(text)


sys.exit(main())
