"""What a run is going to be: from the options and the environment, with everything checked beforehand."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypedDict

import click

from emulator import profile
from emulator.checking import tokens
from emulator.conformance import rulebook
from emulator.conformance.ledger import default_path
from emulator.conformance.names import Names
from emulator.conformance.options import PHASES, Options
from emulator.conformance.target import base_url, is_local
from emulator.conformance.verdicts import MAX_TIME
from emulator.errors import InvalidSettingError

REPORTS: Final = {"json": "report.json", "junit": "report.xml", "html": "report.html"}
"""The kinds of report that are written to files, and the names of these."""
_SEEDS: Final = 1 << 32


class GivenTokens(TypedDict):
    """The tokens by their names in `Options`."""

    token: str | None
    other_token: str | None
    limited_token: str | None


@dataclass(frozen=True, repr=False)
class Plan:
    """One run.

    Attributes:
        url: the target's base URL.
        options: how to check it; the seed is chosen.
        prefix: what the names of all that the run creates start with.
        keeps_ledger: whether the ledger stays when nothing is left: the user named the file.
        reports: kinds of REPORTS to write, and `folder` is where.
        quiet: tell nothing but the report.
        command: what the user calls: `check` or `calibrate`.
    """

    url: str
    options: Options
    prefix: str
    keeps_ledger: bool
    reports: Sequence[str]
    folder: Path
    quiet: bool
    command: str = "check"

    @property
    def is_local(self) -> bool:
        """Whether the target is on this machine."""
        return is_local(self.url)


def of_command(url: str | None, given: Mapping[str, Any], environ: Mapping[str, str]) -> Plan:
    """Return what the command line asks for; asks for the token where it is needed and not given.

    Args:
        url: the argument.
        given: the options by name.
        environ: the environment.

    Raises:
        InvalidSettingError: it cannot be done as asked.
        click.UsageError: there is no URL.
    """
    base = target(url, insecure=given["insecure_http"])
    seed = secrets.randbelow(_SEEDS) if given["seed"] is None else given["seed"]
    prefix = Names(seed).prefix
    for pattern in given["only"]:
        _check_rule(pattern)
    max_time, limit = _seconds("--max-time", given["max_time"]), _seconds("--timeout", given["timeout"])
    reports, folder = _reports(given["reports"]), Path(given["report_dir"])
    ledger = None
    if not given["read_only"]:
        ledger = Path(given["ledger"]) if given["ledger"] else default_path(prefix, environ)
    if reports:
        _make_folder(folder)
    options = Options(
        **read_tokens(base, given, environ),
        teams=given["teams"],
        budget=given["budget"],
        only=given["only"],
        seed=seed,
        phases=frozenset(given["phases"] or PHASES),
        read_only=given["read_only"],
        strict=given["strict"],
        max_time=max_time,
        total_timeout=limit or None,
        ledger=ledger,
        profile=profile.read("--profile", given["profile"]) if given["profile"] else None,
    )
    return Plan(base, options, prefix, bool(given["ledger"]), reports, folder, given["quiet"])


def target(url: str | None, *, insecure: bool) -> str:
    """Return the base URL of a target that tokens may be sent to.

    Raises:
        InvalidSettingError: it is none, or would send tokens unencrypted through a network.
        click.UsageError: there is none.
    """
    if url is None:
        raise click.UsageError("Missing argument 'URL', such as https://api.northflank.com or http://127.0.0.1:8080.")
    # What may be a secret is not repeated in a message.
    if "@" in url:
        raise InvalidSettingError("URL", f"has a user or a password in it; {tokens.MAIN.variable} gives the token")
    if "?" in url or "#" in url:
        raise InvalidSettingError("URL", "has a query or a fragment in it; give the base URL only")
    base = base_url(url)
    if base.startswith("http:") and not is_local(base) and not insecure:
        remedy = "use https://, or allow it with --insecure-http"
        raise InvalidSettingError("URL", f"{base} would get the token unencrypted; {remedy}")
    return base


def read_tokens(url: str, given: Mapping[str, Any], environ: Mapping[str, str]) -> GivenTokens:
    """Return the tokens; without a main one where a made-up one may do.

    Raises:
        InvalidSettingError: one is missing, is no token, or is the same as another.
    """
    main = tokens.MAIN.read(given["token_file"], environ)
    other = tokens.OTHER.read(given.get("other_token_file"), environ)
    limited = tokens.LIMITED.read(given.get("limited_token_file"), environ)
    if main is None and not is_local(url):
        main = tokens.ask(url)
    for token, setting in ((other, tokens.OTHER), (limited, tokens.LIMITED)):
        if token is not None and token == main:
            raise InvalidSettingError(setting.variable, f"is the same token as {tokens.MAIN.variable}; leave it out")
    return GivenTokens(token=main, other_token=other, limited_token=limited)


def _seconds(option: str, value: float) -> float:
    if not 0 <= value < float("inf"):
        raise InvalidSettingError(option, f"{value:g} is no number of seconds; use 0 for no limit")
    return value


def _check_rule(pattern: str) -> None:
    try:
        if pattern != MAX_TIME:
            rulebook.select(rulebook.load(), (), (pattern,))
    except InvalidSettingError as error:
        problem = str(error).removeprefix(f"{error.setting}: ")
        raise InvalidSettingError("--only", f"{problem}; `northflank-emulator rules` prints all") from None


def _reports(given: Sequence[str]) -> list[str]:
    kinds = [kind.strip() for each in given for kind in each.split(",")]
    for kind in kinds:
        if kind not in REPORTS:
            raise InvalidSettingError("--report", f"{kind!r} is no report; there are {', '.join(REPORTS)}")
    return list(dict.fromkeys(kinds))


def _make_folder(folder: Path) -> None:
    """Make sure before the run, and not after it, that there is a folder to write to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{secrets.token_hex(4)}"
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise InvalidSettingError("--report-dir", f"{folder} cannot be written to: {error.strerror}") from None
