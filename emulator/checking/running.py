"""Runs a check or a clean-up to its end, whatever comes in between."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

import click

from emulator.checking import plan as planning
from emulator.checking import telling
from emulator.checking.plan import REPORTS, Plan
from emulator.checking.stopping import Stopper
from emulator.checking.telling import PROGRAM, Teller, say
from emulator.conformance import cleaning
from emulator.conformance.cleaning import CleanedUp
from emulator.conformance.ledger import Ledger
from emulator.conformance.options import Options
from emulator.conformance.report import terminal
from emulator.conformance.report.words import visible
from emulator.conformance.run import Interrupted, Progress, Report
from emulator.conformance.run import check as run_check
from emulator.errors import InvalidSettingError


class Ask(Protocol):
    """Asks a target; `conformance.run.check` is one."""

    def __call__(
        self, url: str, options: Options, *, progress: Callable[[Progress], None]
    ) -> Coroutine[Any, Any, Report]: ...


COULD_NOT_RUN: Final = 2
ABANDONED: Final = 130
"""As shells have it for a program that Ctrl-C ended."""
_RENDERERS: Final = {"json": "as_json", "junit": "junit", "html": "html"}


def check(url: str | None, given: Mapping[str, Any], environ: Mapping[str, str]) -> int:
    """Check as the command line asks for; return the exit code.

    Raises:
        InvalidSettingError: it cannot be done as asked.
        click.UsageError: there is no URL.
    """
    return run(planning.of_command(url, given, environ), agreed=given["yes"])


def run(plan: Plan, *, agreed: bool, ask: Ask | None = None, tell: Callable[[Report], int] | None = None) -> int:
    """Ask a target, and delete what that created, whatever comes in between; return the exit code.

    Args:
        agreed: the user has agreed to writing to another machine.
        ask: what asks, if it is no check but another run that ends with a report.
        tell: told the report of a run that could be made, and returns the exit code; None prints it as a check's.

    Raises:
        InvalidSettingError: it cannot be done as asked.
    """
    if plan.options.ledger is not None:
        Ledger.make_way(plan.options.ledger)
    if not (plan.is_local or plan.options.read_only or agreed):
        if not sys.stdin.isatty():
            raise InvalidSettingError("--yes", f"is needed to write to {plan.url} where nobody can be asked")
        if not telling.agree(plan):
            say("Nothing was sent.")
            return COULD_NOT_RUN
    return _Check(replace(plan, options=replace(plan.options, confirmed=True)), ask or run_check, tell).run()


def clean_up(url: str | None, path: Path, given: Mapping[str, Any], environ: Mapping[str, str]) -> int:
    """Delete what the run of a ledger left; return the exit code: 0 if nothing of it is left.

    Raises:
        InvalidSettingError: it cannot be done as asked.
    """
    if url is not None:
        raise InvalidSettingError(cleaning.SETTING, "takes the URL from the ledger; leave out the one that is given")
    header = cleaning.header(path)
    if header is None:
        click.echo(f"{path} is finished: nothing of its run is left.")
        return 0
    target = planning.target(header.url, insecure=given["insecure_http"])
    options = Options(**planning.read_tokens(target, given, environ))
    done = asyncio.run(_stoppable(path, options))
    if done is None:
        say(f"Stopped. Go on with: {PROGRAM} check --clean-up {path}")
        return ABANDONED
    for entry in done.deleted:
        click.echo(visible(f"deleted {entry.id} in {entry.place}"))
    if not done.complete:
        telling.left(done)
        return COULD_NOT_RUN
    click.echo(f"Nothing of this run is left on {done.url} ({done.requests} requests).")
    return 0


async def _stoppable(path: Path, options: Options) -> CleanedUp | None:
    """Clean up; return None if a signal stopped it."""
    stopper = Stopper()
    with stopper.listening():
        try:
            return await stopper.run(cleaning.clean_up(path, options))
        except asyncio.CancelledError:
            return None


class _Check:
    """One check and what belongs to it."""

    def __init__(self, plan: Plan, ask: Ask, tell: Callable[[Report], int] | None) -> None:
        self._plan = plan
        self._ask = ask
        self._told_by = tell
        self._teller = Teller(quiet=plan.quiet)
        self._stopper = Stopper(self._teller.interrupt)
        self._error: Exception | None = None

    def run(self) -> int:
        """Return the exit code."""
        self._teller.start(self._plan)
        report, swept = asyncio.run(self._check_and_sweep())
        if report is not None:
            self._teller.end(report)
        if swept is not None and not swept.complete:
            telling.left(swept)
        if self._stopper.abandoned:
            say(f"Stopped at once. What is left is deleted by: {PROGRAM} check --clean-up {self._plan.options.ledger}")
            return ABANDONED
        if self._error is not None:
            return self._tell_error(self._error)
        if report is None or self._stopper.stopped:
            say("Stopped." if swept is None or not swept.complete else "Stopped; nothing of this run is left.")
            return COULD_NOT_RUN
        return self._tell(report)

    async def _check_and_sweep(self) -> tuple[Report | None, CleanedUp | None]:
        with self._stopper.listening():
            report, calm = await self._check()
            if self._stopper.abandoned:
                return report, None
            try:
                return report, await self._stopper.run(self._sweep(report, calm=calm))
            except asyncio.CancelledError:
                return report, None

    async def _check(self) -> tuple[Report | None, bool]:
        """Return what came of it, and whether it went to its end."""
        plan = self._plan
        try:
            report = await self._stopper.run(self._ask(plan.url, plan.options, progress=self._progress))
        except Interrupted as interrupted:
            return interrupted.report, False
        except asyncio.CancelledError:
            return None, False
        except Exception as error:  # noqa: BLE001 - whatever it is, what was created has to be deleted first
            self._error = error
            return None, False
        return report, not report.unfinished

    def _progress(self, now: Progress) -> None:
        self._teller.progress(now)
        self._stopper.answered()

    async def _sweep(self, report: Report | None, *, calm: bool) -> CleanedUp | None:
        """Look once more for what a run that was cut off left; remove the ledger of one that left nothing."""
        path = self._plan.options.ledger
        if path is None or not path.exists():
            return None
        ledger = Ledger.read(path)
        try:
            done = CleanedUp(path, self._plan.url)
            # What a run that was cut off had sent may have been carried out after it looked.
            if not calm or (ledger.left() and report is not None and _can_afford(report, ledger)):
                done = await cleaning.clean(ledger, self._plan.options)
            else:
                done.left = [(entry, "the budget was used up") for entry in ledger.left()]
            if done.complete:
                ledger.finish()
        finally:
            ledger.close(remove=ledger.finished and not self._plan.keeps_ledger)
        if report is not None:
            report.used += done.requests
            report.deleted += len(done.deleted)
            report.left = [f"{entry.id or entry.name} in {entry.place}" for entry, _ in done.left]
        return done

    def _tell(self, report: Report) -> int:
        if report.failure is not None:
            say(f"{PROGRAM}: {visible(report.failure)}")
        elif self._told_by is not None:
            return self._told_by(report)
        else:
            color = sys.stdout.isatty()
            width = shutil.get_terminal_size().columns if color else 80
            click.echo(terminal.render(report, color=color, width=width), nl=False)
        for kind in self._plan.reports:
            self._write(kind, report)
        return report.exit_code

    def _write(self, kind: str, report: Report) -> None:
        renderer = importlib.import_module(f"emulator.conformance.report.{_RENDERERS[kind]}")
        path = self._plan.folder / REPORTS[kind]
        try:
            path.write_text(renderer.render(report), encoding="utf-8")
        except OSError as error:
            raise InvalidSettingError("--report-dir", f"{path} cannot be written: {error.strerror}") from None

    def _tell_error(self, error: Exception) -> int:
        if isinstance(error, InvalidSettingError):
            raise error
        # Not its words: they may repeat what was sent or answered.
        what, kind = self._plan.command, type(error).__name__
        say(f"{PROGRAM}: the {what} failed by a mistake in it ({kind}); please report these lines:")
        say("".join(traceback.format_tb(error.__traceback__)).rstrip())
        return COULD_NOT_RUN


def _can_afford(report: Report, ledger: Ledger) -> bool:
    """Return whether the budget has what a clean-up takes: each list, and to read, delete and read what is left."""
    return report.used + len(ledger.places()) + 3 * len(ledger.left()) <= report.budget
