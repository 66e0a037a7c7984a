"""The command `northflank-emulator`: prints and exits, nothing else."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

import emulator
from emulator.errors import EmulatorError
from emulator.remote import RemoteError, address
from emulator.settings import ENVIRONMENT_PREFIX, OPTIONS, Settings, load

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _Group(click.Group):
    """Loads other commands than `serve` and `health` once they are asked for: a server should start at once.

    Does not list --help, which whoever reads the list has found: the list has to fit a screen.
    """

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command of that name."""
        if name not in self.commands:
            self._load()
        return super().get_command(ctx, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        self._load()
        return super().list_commands(ctx)

    def _load(self) -> None:
        from emulator.checking.commands import COMMANDS as CHECKS
        from emulator.commands import COMMANDS

        for command in (*COMMANDS, *CHECKS):
            self.add_command(command)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option, hidden."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.hidden = True
        return option


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(emulator.__version__, prog_name="northflank-emulator")
def cli() -> None:
    """A local stand-in for the Northflank API's container-registry credentials."""


def _setting_options(command: _Command) -> _Command:
    for option in reversed(OPTIONS):
        command = click.option(option.flag, metavar=option.metavar, help=option.help, multiple=option.many)(command)
    return command


class _WithoutHelp(click.Command):
    """Does not list --help either, nor leave a line free before its first sentence."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the help, a line shorter."""
        return super().get_help(ctx).replace("\n\n", "\n", 1)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option, hidden."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.hidden = True
        return option


@cli.command(cls=_WithoutHelp)
@_setting_options
def serve(**flags: str | Sequence[str] | None) -> None:
    """Serve until Ctrl-C. Options are variables too: --rate-limit is NORTHFLANK_EMULATOR_RATE_LIMIT."""
    settings = load(flags, os.environ)
    as_json = settings.log_format == "json"
    if as_json or settings.log_requests:
        from emulator import logs

        logs.start(as_json=as_json)
    gc.disable()  # until the server has settled: nothing that is loaded now is garbage
    # The server's libraries take most of the start: a wrong option is told before they are loaded.
    from emulator import server

    try:
        server.serve(settings, lambda url, stored: _welcome(settings, url, stored))
    except EmulatorError as error:
        if not as_json:
            raise
        from emulator import logs

        logs.tell("refused", str(error))
        sys.exit(2)


def _welcome(settings: Settings, url: str, stored: str) -> None:
    from emulator.contract import contract_date

    version, contract = emulator.__version__, contract_date()
    tokens = f", {len(settings.tokens)} tokens declared" if settings.tokens else ", any bearer token is accepted"
    start = f"northflank-emulator {version}, contract of {contract}, {stored}{tokens}"
    profile = _profile(settings)
    ready = f"Ready on {url} (Ctrl-C stops it)"
    if settings.log_format == "json":
        from emulator import logs

        logs.tell("start", start, version=version, contract=contract, stored=stored, tokens=len(settings.tokens))
        if profile:
            logs.tell("profile", profile)
        logs.tell("ready", ready, url=url, port=int(url.rpartition(":")[2]), version=version)
        return
    click.echo(start)
    if profile:
        click.echo(profile)
    click.echo(ready)
    sys.stdout.flush()


def _profile(settings: Settings) -> str:
    """Return what is said of a profile at the start."""
    if settings.profile is None:
        return ""
    told = f"Does as {settings.profile.target} did on {settings.profile.date}: {len(settings.profile.rules)} rules"
    overruled = settings.profile.overruled(settings.assume)
    return told + (f", but --assume overrules {', '.join(overruled)}" if overruled else "")


@cli.command()
@click.option("--url", metavar="URL", help="Base URL [http://127.0.0.1:8080, or the port of the environment].")
def health(url: str | None) -> None:
    """Exit 0 if an emulator answers, else 1; for container health checks."""
    import http.client

    setting = "--url"
    if url is None:
        settings = load({}, os.environ)
        setting = f"{ENVIRONMENT_PREFIX}URL"
        url = os.environ.get(setting) or f"http://127.0.0.1:{_port(settings)}"
    connection = http.client.HTTPConnection(*address(setting, url), timeout=3)
    try:
        connection.request("GET", "/v1/")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "what answers is no HTTP server"
        click.echo(f"{url} does not answer: {reason}", err=True)
        sys.exit(1)
    finally:
        connection.close()
    if status != http.client.OK:
        click.echo(f"{url} answers {status}", err=True)
        sys.exit(1)
    click.echo(f"{url} is healthy")


def _port(settings: Settings) -> int:
    """Return the port of the environment; if that is to be a free one, the one that an emulator has written down."""
    if settings.port or settings.port_file is None:
        return settings.port
    try:
        return int(Path(settings.port_file).read_text("ascii"))
    except (OSError, ValueError):
        click.echo(f"{settings.port_file} has no port yet: nothing is ready", err=True)
        sys.exit(1)


def main() -> None:
    """Run the command line; errors are one sentence on stderr and exit code 2."""
    try:
        cli()
    except (EmulatorError, RemoteError) as error:
        click.echo(f"northflank-emulator: {error}", err=True)
        sys.exit(2)
