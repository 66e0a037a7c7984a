"""What the program can be told: by flag, else by environment variable, else the default.

`load` is a function of its arguments (and of the files that they name); every problem is told with the setting, the
value and the remedy. Every option of `serve` is one entry of `OPTIONS`.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emulator.behaviour import DEFAULT, Behaviour
from emulator.errors import InvalidSettingError
from emulator.models import ALL_PERMISSIONS, DeclaredToken, Permission

if TYPE_CHECKING:
    from emulator.profile import Profile

ENVIRONMENT_PREFIX: Final = "NORTHFLANK_EMULATOR_"
MAX_PORT: Final = 65535
# No white space (in the reading of ECMA-262 too), no control characters, no half surrogate pairs.
_ONE_WORD: Final = re.compile(r"[^\s\ufeff\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; the defaults are those of the command line.

    `host` is empty where none is given: then it is 127.0.0.1, and for the command ::1 as well. `port_file` is the path
    of a file that the command writes its port to. `fixture` is the name or file of the fixture that every account
    starts with; without one they start empty. `state_file` is the path of a file that keeps what is stored.
    `profile` is what was learnt of a target: without `assume` all of it counts, and what `assume` says overrules it.
    `rate_limit` is `headers` (count and tell), `enforce` (refuse with 429) or `off`; `rate_limit_requests` are requests
    per hour and account, 0 is off. `max_body` is in bytes. `control` is `on`, `off`, or `with-token`: on where there is
    an admin token, else off. `log_format`, of all that the command prints, is `text` or `json`.
    """

    host: str = ""
    port: int = 8080
    port_file: str | None = None
    assume: Behaviour = DEFAULT
    profile: Profile | None = None
    tokens: tuple[DeclaredToken, ...] = ()
    fixture: str = ""
    state_file: str | None = None
    rate_limit: str = "headers"
    rate_limit_requests: int = 1000
    known_projects: frozenset[str] = field(default_factory=frozenset)
    known_integrations: frozenset[str] = field(default_factory=frozenset)
    max_body: int = 1024 * 1024
    journal: int = 1000
    control: str = "on"
    admin_token: str | None = field(default=None, repr=False)
    insecure_control: bool = False
    log_format: str = "text"
    log_requests: bool = False

    def __post_init__(self) -> None:
        """Refuse what nothing could be made of, with an InvalidSettingError."""
        for option in _PLAIN:
            value = getattr(self, option.name)
            if (meant := option.read(option.name, str(value))) != value:
                raise InvalidSettingError(option.name, f"{value!r} has to be {meant!r}")
        assume: object = self.assume
        if not isinstance(assume, Behaviour):
            problem = f"{assume!r} is no Behaviour; Emulator(assume=...) and create_app(assume=...) take a mapping"
            raise InvalidSettingError("assume", problem)
        if self.profile is not None and self.assume is DEFAULT:
            object.__setattr__(self, "assume", self.profile.behaviour)


@dataclass(frozen=True, slots=True)
class Option:
    """One setting as a flag and as an environment variable.

    `read` gets the setting's name for messages (the flag or the variable, as given) and the text.
    """

    flag: str
    metavar: str
    help: str
    read: Callable[[str, str], Any]
    many: bool = False

    @property
    def name(self) -> str:
        """The field of `Settings`."""
        return self.flag.removeprefix("--").replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper()


def load(flags: Mapping[str, str | Sequence[str] | None], environ: Mapping[str, str]) -> Settings:
    """Return the settings that flags and environment ask for.

    Args:
        flags: texts by the field of `Settings`; None or nothing where a flag was not given. Flags that can be
            repeated have a sequence.
        environ: environment variables; an empty one counts as not given.

    Raises:
        InvalidSettingError: a value cannot be used, or a variable with our prefix names no setting.
    """
    _refuse_unknown_variables(environ)
    values: dict[str, Any] = {}
    for option in OPTIONS:
        given = flags.get(option.name)
        if given:
            text = given if isinstance(given, str) else ",".join(given)
            values[option.name] = option.read(option.flag, text)
        elif environ.get(option.variable):
            values[option.name] = option.read(option.variable, environ[option.variable])
    return settled(values)


def settled(values: Mapping[str, Any]) -> Settings:
    """Return the settings that have these values; `assume` may be choices that overrule those of the profile.

    Raises:
        InvalidSettingError: they do not go together.
    """
    chosen, profile = values.get("assume"), values.get("profile")
    if chosen is not None and not isinstance(chosen, Behaviour):
        values = {**values, "assume": (DEFAULT if profile is None else profile.behaviour).choose(chosen)}
    settings = Settings(**values)
    _check_control(settings)
    return settings


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine reach an address of `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _check_control(settings: Settings) -> None:
    open_to_all = settings.control == "on" and not settings.admin_token and not settings.insecure_control
    if open_to_all and settings.host and not is_loopback(settings.host):
        raise InvalidSettingError(
            "--host",
            f"{settings.host} is reached from other machines, and the control routes have no token; give --admin-token,"
            " switch them off with --control off, or accept that anybody can use them with --insecure-control 1",
        )


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    known = {option.variable for option in OPTIONS} | {f"{ENVIRONMENT_PREFIX}URL"}
    for variable in environ:
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in known:
            raise InvalidSettingError(variable, f"is no setting; there are {', '.join(sorted(known))}")


def _text(_setting: str, text: str) -> str:
    return text


def _number(what: str, highest: int | None = None) -> Callable[[str, str], int]:
    limits = f"use 0 to {highest}" if highest is not None else "use 0 or more"

    def read(setting: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 19) or int(text) > (highest or int(text)):
            raise InvalidSettingError(setting, f"{text!r} is not {what}; {limits}")
        return int(text)

    return read


def _one_of(*choices: str) -> Callable[[str, str], str]:
    def read(setting: str, text: str) -> str:
        if text not in choices:
            raise InvalidSettingError(setting, f"{text!r} is not known; use {', '.join(choices)}")
        return text

    return read


def _yes_or_no(setting: str, text: str) -> bool:
    return _one_of("1", "0", "true", "false")(setting, text.lower()) in {"1", "true"}


def _control(setting: str, text: str) -> str:
    return _one_of("on", "off", "with-token")(setting, text)


def _word(setting: str, text: str) -> str:
    if not text.isprintable() or " " in text:
        raise InvalidSettingError(setting, "must be one word of printable characters")
    return text


def _rate_limit(setting: str, text: str) -> str:
    return "off" if text == "0" else _one_of("headers", "enforce", "off")(setting, text)


def _names(_setting: str, text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def _assume(setting: str, text: str) -> dict[str, str]:
    choices = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals:
            raise InvalidSettingError(setting, f"{part!r} is no choice; write NAME=VALUE, as duplicate-name=suffix")
        choices[name.strip()] = value.strip()
    DEFAULT.choose(choices, setting=setting)  # refuses what there is not
    return choices


def _profile(setting: str, text: str) -> Profile:
    from emulator import profile  # the rulebook, which it reads, takes longer than the rest of a start

    return profile.read(setting, text)


def _tokens(setting: str, text: str) -> tuple[DeclaredToken, ...]:
    try:
        content = json.loads(Path(text).read_text("utf-8"))
    except OSError as error:
        raise InvalidSettingError(setting, f"cannot read {text!r}: {error.strerror}") from None
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidSettingError(setting, f"{text!r} is not JSON in UTF-8{where}") from None
    return read_tokens(f"{setting}: {text}", content)


def read_tokens(source: str, content: object) -> tuple[DeclaredToken, ...]:
    """Return the declared tokens of `{"tokens": [{"token": ..., "account": ..., "permissions": [...]}]}`.

    Without `permissions` a token has all of them. Messages name the place, never a token.

    Raises:
        InvalidSettingError: another shape, an unknown key or permission, or a token declared twice.
    """
    entries = content.get("tokens") if isinstance(content, dict) and set(content) == {"tokens"} else None
    if not isinstance(entries, list) or not entries:
        raise InvalidSettingError(source, 'must be {"tokens": [...]} with one entry or more')
    declared: dict[str, DeclaredToken] = {}
    for index, entry in enumerate(entries):
        place = f"{source}: tokens[{index}]"
        if not isinstance(entry, dict):
            raise InvalidSettingError(place, 'must be an object, such as {"token": "...", "account": "acme"}')
        unknown = sorted(set(entry) - {"token", "account", "permissions"})
        if unknown:
            raise InvalidSettingError(place, f"unknown key {unknown[0]!r}; there are token, account, permissions")
        for key in ("token", "account"):
            if not isinstance(entry.get(key), str) or not _ONE_WORD.fullmatch(entry[key]):
                raise InvalidSettingError(f"{place}.{key}", "must be a string of one word")
        if entry["token"] in declared:
            raise InvalidSettingError(f"{place}.token", "is declared twice")
        permissions = _permissions(f"{place}.permissions", entry.get("permissions", list(ALL_PERMISSIONS)))
        declared[entry["token"]] = DeclaredToken(entry["token"], entry["account"], permissions)
    return tuple(declared.values())


def _permissions(place: str, names: object) -> frozenset[Permission]:
    known = {str(permission): permission for permission in Permission}
    if not isinstance(names, list) or not all(isinstance(name, str) and name in known for name in names):
        raise InvalidSettingError(place, f"must be a list of {'; '.join(known)}")
    return frozenset(known[name] for name in names)


OPTIONS: Final = (
    Option("--host", "HOST", "Address to listen on [127.0.0.1 and ::1].", _text),
    Option("--port", "PORT", "Port to listen on, 0 for a free one [8080].", _number("a port", MAX_PORT)),
    Option("--port-file", "FILE", "Write the port to FILE once ready, and remove it at the end.", _text),
    Option("--assume", "NAME=VALUE", "Switch an assumed behaviour, as duplicate-name=suffix.", _assume, many=True),
    Option("--profile", "FILE", "Do as the target that calibrate learnt FILE of.", _profile),
    Option("--tokens", "FILE", "JSON file that declares tokens, their accounts and permissions.", _tokens),
    Option("--fixture", "NAME|FILE", "Start state: name, as three-pages, or JSON file.", _text),
    Option("--state-file", "FILE", "Load what is stored from FILE, and keep it there.", _text),
    Option("--rate-limit", "MODE", "headers, enforce (429) or off [headers].", _rate_limit),
    Option("--rate-limit-requests", "N", "Requests an hour and account, 0 is off [1000].", _number("a number")),
    Option("--known-projects", "IDS", "Projects that exist, for unknown-project=reject.", _names),
    Option("--known-integrations", "IDS", "Integrations that exist, for unknown-integration=reject.", _names),
    Option("--max-body", "BYTES", "Largest request body [1048576].", _number("a number of bytes")),
    Option("--journal", "N", "Calls that the journal keeps, 0 is off [1000].", _number("a number of calls")),
    Option("--control", "MODE", "Control routes: on, off, with-token (on if there is one) [on].", _control),
    Option("--admin-token", "TOKEN", "Token that the control routes want.", _word),
    Option("--insecure-control", "0|1", "Allow control from other machines without a token [0].", _yes_or_no),
    Option("--log-format", "FORMAT", "text, or json: one object a line [text].", _one_of("text", "json")),
    Option("--log-requests", "0|1", "Log a line for each request [0].", _yes_or_no),
)
_PLAIN: Final = tuple(
    option
    for option in OPTIONS
    if option.name in {"port", "rate_limit", "rate_limit_requests", "max_body", "journal", "control", "log_format"}
)
"""Those whose values are as good as their texts."""
