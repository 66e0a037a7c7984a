"""The commands themselves: options, and what follows from them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from emulator.checking import tokens

_Command = TypeVar("_Command", bound=Callable[..., Any])

_PHASES: Final = ("probes", "generated", "repeated")
_FORMS: Final = ("table", "json", "markdown")
_COULD_NOT_RUN: Final = 2

_OPTIONS: Final = (
    click.option("--budget", type=int, default=300, metavar="N", help="Most requests to send [300]."),
    click.option("--only", multiple=True, metavar="RULE", help="Only this rule, or those like 'list.*'; repeatable."),
    click.option("--seed", type=int, metavar="N", help="The same seed sends the same requests [any]."),
    click.option(
        "--phase", "phases", multiple=True, metavar="NAME", type=click.Choice(_PHASES), help=f"Of {', '.join(_PHASES)}."
    ),
    click.option("--team", "teams", multiple=True, metavar="ID", help="A team to work in as well; repeatable."),
    click.option("--yes", is_flag=True, help="Do not ask before writing to another machine."),
    click.option("--read-only", is_flag=True, help="Write nothing; fewer rules are observed."),
    click.option("--strict", is_flag=True, help="Rules that are only assumed count too."),
    click.option("--max-time", type=float, default=5.0, metavar="S", help="Longest for an answer, 0 is any [5]."),
    click.option("--timeout", type=float, default=0.0, metavar="S", help="Longest for the run, 0 is any [0]."),
    click.option("--report", "reports", multiple=True, metavar="KIND", help="Write json,junit,html too, or some."),
    click.option("--report-dir", default="northflank-check", metavar="DIR", help="Where to [northflank-check]."),
    click.option(tokens.MAIN.flag, metavar="FILE", help=f"Else ${tokens.MAIN.variable}, else it is asked for."),
    click.option(tokens.OTHER.flag, metavar="FILE", help=f"Of another account; else ${tokens.OTHER.variable}."),
    click.option(tokens.LIMITED.flag, metavar="FILE", help=f"May only read; else ${tokens.LIMITED.variable}."),
    click.option("--insecure-http", is_flag=True, help="Send the token unencrypted to another machine."),
    click.option("--ledger", metavar="FILE", help="Where creations are noted [in your folder for state]."),
    click.option("--clean-up", metavar="LEDGER", help="Only delete what the run of this ledger left."),
    click.option("--quiet", is_flag=True, help="No progress, only the report."),
)


def _options(command: _Command) -> _Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("url", required=False)
@_options
def check(url: str | None, clean_up: str | None, **given: Any) -> None:
    """Check whether the API at URL does as documented; exit 0 if so, 1 if not, 2 without a result.
    What it adds to the account it deletes again; it touches nothing else.
    """  # noqa: D205 - the help has to fit a screen: one paragraph
    try:
        from emulator.checking import running

        if clean_up is not None:
            code = running.clean_up(url, Path(clean_up), given, os.environ)
        else:
            code = running.check(url, given, os.environ)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nStopped.", err=True)  # not while requests are sent: then `running` decides what a signal does
        code = _COULD_NOT_RUN
    sys.exit(code)


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


COMMANDS: Final = (check, rules)
"""All of them, for the command line to add."""
