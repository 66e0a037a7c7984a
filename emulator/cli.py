"""The command `northflank-emulator`: prints and exits, nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

import emulator
from emulator.commands import COMMANDS
from emulator.errors import EmulatorError
from emulator.remote import RemoteError, address
from emulator.settings import ENVIRONMENT_PREFIX, OPTIONS, Settings, load

_Command = TypeVar("_Command", bound=Callable[..., Any])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(emulator.__version__, prog_name="northflank-emulator")
def cli() -> None:
    """A local stand-in for the Northflank API's container-registry credentials."""


def _setting_options(command: _Command) -> _Command:
    for option in reversed(OPTIONS):
        command = click.option(option.flag, metavar=option.metavar, help=option.help, multiple=option.many)(command)
    return command


@cli.command()
@_setting_options
def serve(**flags: str | Sequence[str] | None) -> None:
    """Serve the emulated API until Ctrl-C.
    Every option is an environment variable too: --rate-limit is NORTHFLANK_EMULATOR_RATE_LIMIT.
    """  # noqa: D205 - the help has to fit a screen: one paragraph
    settings = load(flags, os.environ)
    if settings.log_requests:
        import logging

        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    # The server's libraries take most of the start: a wrong option is told before they are loaded.
    from emulator import server

    server.serve(settings, lambda url, stored: _welcome(settings, url, stored))


def _welcome(settings: Settings, url: str, stored: str) -> None:
    from emulator.contract import contract_date

    tokens = f", {len(settings.tokens)} tokens declared" if settings.tokens else ", any bearer token is accepted"
    click.echo(f"northflank-emulator {emulator.__version__}, contract of {contract_date()}, {stored}{tokens}")
    click.echo(f"Ready on {url} (Ctrl-C stops it)")
    sys.stdout.flush()


@cli.command()
@click.option("--url", metavar="URL", help="Base URL [http://127.0.0.1:8080, or the port of the environment].")
def health(url: str | None) -> None:
    """Exit 0 if an emulator answers, else 1; for container health checks."""
    import http.client

    setting = "--url"
    if url is None:
        settings = load({}, os.environ)
        setting = f"{ENVIRONMENT_PREFIX}URL"
        url = os.environ.get(setting) or f"http://127.0.0.1:{settings.port}"
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


for _command in COMMANDS:
    cli.add_command(_command)


def main() -> None:
    """Run the command line; errors are one sentence on stderr and exit code 2."""
    try:
        cli()
    except (EmulatorError, RemoteError) as error:
        click.echo(f"northflank-emulator: {error}", err=True)
        sys.exit(2)
