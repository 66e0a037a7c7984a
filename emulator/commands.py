"""The control API's verbs as commands: they ask a running emulator and print its JSON."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from emulator.errors import InvalidSettingError
from emulator.remote import Remote

_Command = TypeVar("_Command", bound=Callable[..., Any])

_URL = "NORTHFLANK_EMULATOR_URL"
_DEFAULT = "http://127.0.0.1:8080"


def remote(url: str | None) -> Remote:
    """Return the emulator that a command asks: of the flag, else of the environment, else the default port's."""
    setting = "--url" if url else _URL
    chosen = url or os.environ.get(_URL) or _DEFAULT
    return Remote(chosen, admin_token=os.environ.get("NORTHFLANK_EMULATOR_ADMIN_TOKEN"), setting=setting)


def _asks(command: _Command) -> _Command:
    return click.option("--url", metavar="URL", help=f"Base URL of the emulator [${_URL}, else {_DEFAULT}].")(command)


def show(value: object) -> None:
    """Print an answer."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def given(**values: object) -> dict[str, object]:
    """Return what was given of some options."""
    return {name: value for name, value in values.items() if value is not None}


def parsed(setting: str, text: str) -> object:
    """Return JSON given as an argument: the text itself, `@FILE`, or `-` for standard input."""
    if text == "-":
        text = sys.stdin.read()
    elif text.startswith("@"):
        text = read(setting, text[1:]).decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        raise InvalidSettingError(
            setting, "is not JSON; write it in quotes, or @FILE, or - for standard input"
        ) from None


def read(setting: str, path: str) -> bytes:
    """Return the content of a file."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InvalidSettingError(setting, f"cannot read {path!r}: {error.strerror}") from None


@click.command()
@_asks
@click.option("--fixture", metavar="NAME", help="A named fixture, such as three-pages.")
@click.option("--count", type=int, metavar="N", help="So many made credentials.")
@click.option("--seed", type=int, metavar="S", help="Where making starts: the same seed, the same credentials [0].")
@click.option("--account", metavar="NAME", help="Only this account, else all there are and will be.")
@click.option("--token", metavar="TOKEN", help="Only the account of this bearer token.")
@click.option("--team", metavar="ID", help="A team of the account, for --count.")
def seed(url: str | None, count: int | None, **options: object) -> None:
    """Add credentials: a fixture, or made ones."""
    asked = remote(url)
    body = given(count=count, **options)
    if count is None or not sys.stderr.isatty():
        show(asked.ask("POST", "/seed", body))
        return
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(asked, count, done), daemon=True)
    watcher.start()
    try:
        answer = asked.ask("POST", "/seed", body)
    finally:
        done.set()
        watcher.join()
    show(answer)


def _watch(asked: Remote, total: int, done: threading.Event) -> None:
    """Show on stderr how far a seeding is, until it is done."""
    with click.progressbar(length=total, label="seeding", file=sys.stderr) as bar:
        while not done.wait(0.2):
            state = asked.ask("GET", "/ready")
            bar.update(int(state.get("seeded", bar.pos)) - bar.pos)
        bar.update(total - bar.pos)


@click.command()
@_asks
@click.option("--account", metavar="NAME", help="Only what belongs to this account.")
def reset(url: str | None, account: str | None) -> None:
    """Put everything back to the start state."""
    show(remote(url).ask("POST", "/reset", account=account))


@click.group()
def state() -> None:
    """Save and load everything that is stored."""


@state.command()
@_asks
@click.argument("file", default="-")
def save(url: str | None, file: str) -> None:
    """Write the state, secrets included, to FILE (- is standard output)."""
    text = json.dumps(remote(url).ask("GET", "/state"), ensure_ascii=False)
    if file == "-":
        click.echo(text)
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds secrets
    with os.fdopen(descriptor, "w", encoding="utf-8") as into:
        into.write(text + "\n")


@state.command(name="load")
@_asks
@click.argument("file")
def load_state(url: str | None, file: str) -> None:
    """Put the state of FILE in place of everything that is stored."""
    show(remote(url).ask("PUT", "/state", read("FILE", file)))


@click.group()
def requests() -> None:
    """Look at the journal: what was asked, and what was answered."""


@requests.command(name="list")
@_asks
@click.option("--account", metavar="NAME", help="Only this account's.")
@click.option("--unmatched", is_flag=True, help="Only those that no route took.")
@click.option("--limit", type=int, metavar="N", help="Only the newest N.")
def list_requests(url: str | None, account: str | None, unmatched: bool, limit: int | None) -> None:
    """Print the calls that are kept, oldest first."""
    show(remote(url).ask("GET", "/requests", account=account, unmatched="true" if unmatched else None, limit=limit))


@requests.command()
@_asks
@click.argument("pattern")
def find(url: str | None, pattern: str) -> None:
    """Print the calls that match PATTERN, as '{"operation": "add-registry"}'."""
    show(remote(url).ask("POST", "/requests/find", parsed("PATTERN", pattern)))


@requests.command()
@_asks
@click.argument("pattern")
def count(url: str | None, pattern: str) -> None:
    """Print how many calls match PATTERN."""
    show(remote(url).ask("POST", "/requests/count", parsed("PATTERN", pattern)))


@requests.command()
@_asks
@click.argument("pattern")
@click.option("--at-least", type=int, metavar="N", help="Fewest calls [1].")
@click.option("--at-most", type=int, metavar="N", help="Most calls.")
def verify(url: str | None, pattern: str, at_least: int | None, at_most: int | None) -> None:
    """Exit 0 if PATTERN matches often enough and not too often, else 1; prints near misses."""
    body = {"request": parsed("PATTERN", pattern), "times": given(atLeast=at_least, atMost=at_most)}
    answer = remote(url).ask("POST", "/requests/verify", body)
    show(answer)
    sys.exit(0 if answer["verdict"] == "passed" else 1)


@requests.command()
@_asks
@click.option("--account", metavar="NAME", help="Only this account's.")
def forget(url: str | None, account: str | None) -> None:
    """Forget the calls."""
    show(remote(url).ask("DELETE", "/requests", account=account))


@click.group()
def faults() -> None:
    """Let answers go wrong on purpose."""


@faults.command(name="list")
@_asks
def list_faults(url: str | None) -> None:
    """Print the faults in force, with how often each was met."""
    show(remote(url).ask("GET", "/faults"))


@faults.command()
@_asks
@click.argument("effect")
@click.option("--operation", metavar="NAME", help="Such as add-registry [all].")
@click.option("--account", metavar="NAME", help="Only this account's calls.")
@click.option("--token", metavar="TOKEN", help="Only calls with this bearer token.")
@click.option("--status", type=int, metavar="N", help="Status of the effect error [503].")
@click.option("--delay-ms", "delayMs", type=int, metavar="MS", help="Wait before the answer.")
@click.option("--jitter-ms", "jitterMs", type=int, metavar="MS", help="Wait up to so much longer.")
@click.option("--skip", type=int, metavar="N", help="Let so many calls pass first.")
@click.option("--times", type=int, metavar="N", help="Meet so many calls [all that follow].")
@click.option(
    "--phase", type=click.Choice(["before", "after"]), help="after: the change is made, then the answer lost."
)
@click.option("--probability", type=float, metavar="P", help="Share of calls to meet, 0 to 1.")
@click.option("--seed", type=int, metavar="S", help="Where chance starts [0].")
def arm(url: str | None, effect: str, **options: object) -> None:
    """Arm a fault: error, rate-limit, reset, empty, truncate, malformed or delay."""
    show(remote(url).ask("POST", "/faults", {"effect": effect, **given(**options)}))


@faults.command()
@_asks
@click.argument("fault_id", required=False)
def disarm(url: str | None, fault_id: str | None) -> None:
    """Disarm the fault FAULT_ID, or all of them."""
    show(remote(url).ask("DELETE", f"/faults/{fault_id}" if fault_id else "/faults"))


@click.command()
@_asks
@click.option("--now", metavar="TIME", help="Set it, as 2026-11-24T12:00:00Z.")
@click.option("--advance-ms", "advanceMs", type=int, metavar="MS", help="Move it on.")
@click.option("--freeze/--run", "frozen", default=None, help="Let it stand still, or run.")
def clock(url: str | None, **change: object) -> None:
    """Print the clock, or set, advance and freeze it."""
    wanted = given(**change)
    show(remote(url).ask("PUT", "/clock", wanted) if wanted else remote(url).ask("GET", "/clock"))


@click.command()
@_asks
@click.argument("choices", nargs=-1, metavar="[NAME=VALUE]...")
def assumptions(url: str | None, choices: tuple[str, ...]) -> None:
    """Print the switches, or switch some, as duplicate-name=suffix."""
    wanted = dict(choice.partition("=")[::2] for choice in choices)
    show(remote(url).ask("PUT", "/assumptions", wanted) if wanted else remote(url).ask("GET", "/assumptions"))


@click.command()
@_asks
@click.argument("file", required=False)
def tokens(url: str | None, file: str | None) -> None:
    """Print what the declared tokens may do, or declare those of FILE."""
    asked = remote(url)
    show(asked.ask("PUT", "/tokens", read("FILE", file)) if file else asked.ask("GET", "/tokens"))


@click.command()
@_asks
def accounts(url: str | None) -> None:
    """Print the accounts in use, and how much each holds."""
    show(remote(url).ask("GET", "/accounts"))


@click.command()
@_asks
def events(url: str | None) -> None:
    """Print what happens, as it happens, until Ctrl-C: one JSON line each."""
    kind = ""
    for line in remote(url).stream("/events"):
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            click.echo(json.dumps({"event": kind, **json.loads(value)}, ensure_ascii=False))
            sys.stdout.flush()


COMMANDS = (seed, reset, state, requests, faults, clock, assumptions, tokens, accounts, events)
"""All of them, for the command line to add."""
