"""The commands themselves: options, and what follows from them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click

from emulator.checking import tokens

_Command = TypeVar("_Command", bound=Callable[..., Any])

_PHASES: Final = ("probes", "generated", "repeated")
_FORMS: Final = ("table", "json", "markdown")
_COULD_NOT_RUN: Final = 2

_SEED: Final = click.option("--seed", type=int, metavar="N", help="The same seed sends the same requests [any].")
_YES: Final = click.option("--yes", is_flag=True, help="Do not ask before writing to another machine.")
_TIMEOUT: Final = click.option(
    "--timeout", type=float, default=0.0, metavar="S", help="Longest for the run, 0 is any [0]."
)
_TOKEN: Final = click.option(
    tokens.MAIN.flag, metavar="FILE", help=f"Else ${tokens.MAIN.variable}, else it is asked for."
)
_LIMITED: Final = click.option(
    tokens.LIMITED.flag, metavar="FILE", help=f"May only read; else ${tokens.LIMITED.variable}."
)
_TO_THE_END: Final = (
    click.option("--insecure-http", is_flag=True, help="Send the token unencrypted to another machine."),
    click.option("--ledger", metavar="FILE", help="Where creations are noted [in your folder for state]."),
    click.option("--clean-up", metavar="LEDGER", help="Only delete what the run of this ledger left."),
    click.option("--quiet", is_flag=True, help="No progress, only the report."),
)
_CHECK: Final = (
    click.option("--budget", type=int, default=300, metavar="N", help="Most requests to send [300]."),
    click.option("--only", multiple=True, metavar="RULE", help="Only this rule, or those like 'list.*'; repeatable."),
    _SEED,
    click.option(
        "--phase", "phases", multiple=True, metavar="NAME", type=click.Choice(_PHASES), help=f"Of {', '.join(_PHASES)}."
    ),
    click.option("--team", "teams", multiple=True, metavar="ID", help="A team to work in as well; repeatable."),
    _YES,
    click.option("--read-only", is_flag=True, help="Write nothing; fewer rules are observed."),
    click.option("--strict", is_flag=True, help="Rules that are only assumed count too."),
    click.option("--profile", metavar="FILE", help="What calibrate has learnt counts too."),
    click.option("--max-time", type=float, default=5.0, metavar="S", help="Longest for an answer, 0 is any [5]."),
    _TIMEOUT,
    click.option("--report", "reports", multiple=True, metavar="KIND", help="Write json,junit,html too, or some."),
    click.option("--report-dir", default="northflank-check", metavar="DIR", help="Where to [northflank-check]."),
    _TOKEN,
    click.option(tokens.OTHER.flag, metavar="FILE", help=f"Of another account; else ${tokens.OTHER.variable}."),
    _LIMITED,
    *_TO_THE_END,
)
_CALIBRATE: Final = (
    click.option("--output", metavar="FILE", help="The profile to write [profile.toml; with --diff none]."),
    click.option("--force", is_flag=True, help="Write over it."),
    click.option("--diff", metavar="OLD", help="Print what changed since this profile; exit 1 if anything did."),
    click.option("--evidence", metavar="FILE", help="Write the exchanges that the digests are of, without secrets."),
    click.option("--budget", type=int, metavar="N", help="Most requests to send [60]."),
    _SEED,
    _YES,
    _TIMEOUT,
    _TOKEN,
    _LIMITED,
    *_TO_THE_END,
)


def _with(options: Sequence[Callable[[Any], Any]]) -> Callable[[_Command], _Command]:
    def decorate(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _run(url: str | None, clean_up: str | None, given: Mapping[str, Any], module: str) -> NoReturn:
    """Do what a command asks for, and exit."""
    try:
        from emulator.checking import calibrating, running

        if clean_up is not None:
            code = running.clean_up(url, Path(clean_up), given, os.environ)
        elif module == "check":
            code = running.check(url, given, os.environ)
        else:
            code = calibrating.run(url, given, os.environ)
    except KeyboardInterrupt:
        click.echo("\nStopped.", err=True)  # not while requests are sent: then `running` decides what a signal does
        code = _COULD_NOT_RUN
    sys.exit(code)


@click.command()
@click.argument("url", required=False)
@_with(_CHECK)
def check(url: str | None, clean_up: str | None, **given: Any) -> None:
    """Check whether the API at URL does as documented; exit 0 if so, 1 if not, 2 without a result.
    What it adds to the account it deletes again; it touches nothing else.
    """  # noqa: D205 - the help has to fit a screen: one paragraph
    _run(url, clean_up, given, "check")


@click.command()
@click.argument("url", required=False)
@_with(_CALIBRATE)
def calibrate(url: str | None, clean_up: str | None, **given: Any) -> None:
    """Learn from the API at URL what its documentation does not say, and write it to a profile.
    What it adds to the account it deletes again; it touches nothing else.
    """  # noqa: D205 - as above
    _run(url, clean_up, given, "calibrating")


@click.command()
@click.argument("rules", nargs=-1, metavar="[RULE]...")
@click.option("--format", "form", type=click.Choice(_FORMS), default="table", help="[table]")
@click.option("--basis", "bases", multiple=True, metavar="BASIS", help="Only rules that rest on this; repeatable.")
def rules(rules: tuple[str, ...], form: str, bases: tuple[str, ...]) -> None:
    """Print the rulebook, or the rules named, such as 'list.*': what each says and rests on."""
    from emulator.conformance import rulebook

    click.echo(rulebook.render(form, bases, rules, width=_columns()), nl=False)


def _columns() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 80


COMMANDS: Final = (check, calibrate, rules)
"""All of them, for the command line to add."""
