"""Settings from values as Python has them, or as text on the command line: for `Emulator`, `create_app` and pytest."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict

from emulator.behaviour import DEFAULT, Behaviour
from emulator.errors import InvalidSettingError
from emulator.models import DeclaredToken
from emulator.settings import OPTIONS, Option, Settings, read_tokens, settled

if TYPE_CHECKING:
    from emulator.profile import Profile


class Given(TypedDict, total=False):
    """The settings of an emulator in Python: those of `northflank-emulator serve` that are not the command's alone.

    `assume` is a mapping, such as `{"duplicate-name": "suffix"}`; `tokens` are a file, or what its list has.
    """

    assume: Mapping[str, str] | Behaviour
    profile: str | os.PathLike[str] | Profile
    tokens: str | os.PathLike[str] | Iterable[DeclaredToken | Mapping[str, Any]]
    fixture: str | os.PathLike[str]
    state_file: str | os.PathLike[str]
    rate_limit: Literal["headers", "enforce", "off"]
    rate_limit_requests: int
    known_projects: Iterable[str]
    known_integrations: Iterable[str]
    max_body: int
    journal: int
    control: Literal["on", "off", "with-token"]
    admin_token: str | None
    insecure_control: bool
    log_requests: bool


KNOWN: Final = ("host", "port", *Given.__annotations__)
_OPTIONS: Final = {option.name: option for option in OPTIONS}


def settings_of(given: Mapping[str, Any], *, instead_of: Settings | None = None) -> Settings:
    """Return the settings that were given, host and port among them; None counts as not given.

    Args:
        given: by name.
        instead_of: what was given as one object, so that nothing may be given by name.

    Raises:
        InvalidSettingError: there is no such setting, or its value cannot be used; the message has those there are.
        TypeError: both ways were used at once.
    """
    if instead_of is not None:
        names = ", ".join(name for name in given if name in Given.__annotations__)
        raise TypeError(f"{names}: give settings as keywords, or all of them as one object, not both.")
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in KNOWN:
            raise InvalidSettingError(name, f"is no setting; there are {', '.join(KNOWN)}")
        if value is not None:
            values[name] = _READ.get(name, _as_text)(_OPTIONS[name], value)
    return settled(values)


def _as_text(option: Option, value: object) -> Any:
    return option.read(option.name, os.fspath(value) if isinstance(value, os.PathLike) else str(value))


def _assume(option: Option, value: object) -> Any:
    match value:
        case Behaviour():
            return value
        case str():
            return _as_text(option, value)
        case Mapping():
            choices = {str(name).replace("_", "-"): choice for name, choice in value.items()}
            DEFAULT.choose(choices, setting=option.name)  # refuses what there is not
            return choices
    raise InvalidSettingError(option.name, f'{value!r} is no mapping, such as {{"duplicate-name": "suffix"}}')


def _profile(option: Option, value: object) -> Any:
    return _as_text(option, value) if isinstance(value, str | os.PathLike) else value


def _tokens(option: Option, value: object) -> Any:
    if isinstance(value, str | os.PathLike):
        return _as_text(option, value)
    entries = list(value) if isinstance(value, Iterable) and not isinstance(value, Mapping) else None
    if entries is not None and all(isinstance(entry, DeclaredToken) for entry in entries):
        return tuple(entries)
    return read_tokens(option.name, value if entries is None else {"tokens": entries})


def _names(option: Option, value: object) -> Any:
    if isinstance(value, str):
        return _as_text(option, value)
    names = list(value) if isinstance(value, Iterable) else [value]
    if not all(isinstance(name, str) for name in names):
        raise InvalidSettingError(option.name, f'{value!r} are no names, such as ["web", "api"]')
    return frozenset(names)


_READ: Final = {
    "assume": _assume,
    "profile": _profile,
    "tokens": _tokens,
    "known_projects": _names,
    "known_integrations": _names,
}
"""How values are read that are not the same as their text."""
