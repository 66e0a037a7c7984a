"""What a user at the terminal is told besides the report: on stderr, and never a secret."""

from __future__ import annotations

import contextlib
import shutil
import sys
from typing import TYPE_CHECKING

import click

from emulator.conformance.report.words import visible

if TYPE_CHECKING:
    from emulator.checking.plan import Plan
    from emulator.conformance.cleaning import CleanedUp
    from emulator.conformance.run import Progress, Report

PROGRAM = "northflank-emulator"
_DOING = {"check": "Checking", "calibrate": "Calibrating"}
_NOUN = {"check": "check", "calibrate": "calibration"}


def say(text: str) -> None:
    """Print a line on stderr, if it is there: after the terminal is gone, a run has to clean up all the same."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


class Teller:
    """Tells how a run goes: on a terminal one line that is written again and again, else only start and end."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live = not quiet and sys.stderr.isatty()

    def start(self, plan: Plan) -> None:
        """Tell what is going to happen, as far as `agree` has not told it."""
        options = plan.options
        writes = f"names start with {plan.prefix}, ledger {options.ledger}" if options.ledger else "nothing is written"
        token = "" if options.token is not None else ", with a made-up token"
        doing = _DOING[plan.command]
        self._line(f"{doing} {plan.url}{token}: at most {options.budget} requests; {writes}")

    def progress(self, now: Progress) -> None:
        """Tell how far it is."""
        if self._live:
            text = f"{now.used} of {now.budget} requests, {now.decided} of {now.rules} rules decided: {now.purpose}"
            width = shutil.get_terminal_size().columns - 1
            click.echo(f"\r\x1b[K{text[:width]}", nl=False, err=True)

    def interrupt(self) -> None:
        """Tell that the run ends early, and how it would end at once."""
        self._clear()
        say("Stopping: what the run created is deleted first; a second Ctrl-C stops at once.")

    def end(self, report: Report) -> None:
        """Tell what it took."""
        self._clear()
        counts = f"{report.used} requests, {report.created} created, {report.deleted} deleted"
        self._line(f"Done in {report.seconds:.1f} s: {counts}")

    def _line(self, text: str) -> None:
        if not self._quiet:
            say(text)

    def _clear(self) -> None:
        if self._live:
            click.echo("\r\x1b[K", nl=False, err=True)


def agree(plan: Plan) -> bool:
    """Tell what will be written, and return whether the user agrees to it."""
    options = plan.options
    say(f"The {_NOUN[plan.command]} writes to {plan.url}, with your token:")
    say(f"  It sends {options.budget} requests at most.")
    say(f"  It adds credentials whose names start with {plan.prefix}, and deletes them again; it touches no others.")
    say("  For a few rules the name has to be shorter than that; then it makes sure first that it is not taken.")
    say(f"  It notes each of them in {options.ledger} before it sends it.")
    # Not by click: until 8.4 it writes a space on stdout, into the report, for what it asks on stderr.
    click.echo("Go on? [y/N]: ", nl=False, err=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def left(done: CleanedUp) -> None:
    """Tell what could not be deleted, and what to do."""
    say("Not everything of this run is deleted:")
    for problem in done.problems:
        say(f"  {visible(problem)}")
    for entry, reason in done.left:
        say(visible(f"  {entry.id or entry.name or 'something without a name'} in {entry.place}: {reason}"))
    say(f"Try again with: {PROGRAM} check --clean-up {done.ledger}")
