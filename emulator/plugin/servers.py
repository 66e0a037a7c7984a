"""The emulator of a session: one that runs already, or one in a thread of this process."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, Final

import pytest

import emulator
from emulator.errors import InvalidSettingError
from emulator.handle import Northflank
from emulator.remote import KeptRemote, RemoteError
from emulator.settings import OPTIONS, Settings, load

_URL: Final = "NORTHFLANK_EMULATOR_URL"
_ADMIN_TOKEN: Final = "NORTHFLANK_EMULATOR_ADMIN_TOKEN"
_OF_A_RUNNING_ONE: Final = frozenset({"url", "admin_token"})
_KNOWN: Final = ("url", *(option.name for option in OPTIONS))


@contextmanager
def serving(options: Mapping[str, Any]) -> Iterator[Northflank]:
    """Yield the emulator that the fixture `northflank_options` asks for, or the environment; start it if need be."""
    if not isinstance(options, Mapping):
        raise _told(f"northflank_options has to return a mapping, not a {type(options).__name__}.")
    unknown = sorted(set(options) - set(_KNOWN))
    if unknown:
        raise _told(f"northflank_options: {unknown[0]!r} is not known; there are {', '.join(_KNOWN)}.")
    url = options.get("url") or os.environ.get(_URL)
    server = _running(url, options) if url else _started(options)
    with closing(server):
        yield server


def _started(options: Mapping[str, Any]) -> Northflank:
    try:
        settings = _settings(options)
        # aiohttp and all that: only for those who do not bring a running emulator.
        return emulator.Emulator(settings, host=settings.host, port=settings.port).start()
    except InvalidSettingError as error:
        raise _told(f"northflank_options: {error}") from None


def _settings(options: Mapping[str, Any]) -> Settings:
    """Return the settings: values as Python has them, or as text on the command line."""
    texts = {name: _text(value) for name, value in {"port": 0, **options}.items()}
    if options.get("control", "on") != "on":
        raise InvalidSettingError("control", "tests need the control routes; leave it out")
    declared = options.get("tokens", "")
    if isinstance(declared, str):
        return load(texts, {})
    return replace(load({**texts, "tokens": None}, {}), tokens=tuple(declared))


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case Mapping():
            return ",".join(f"{str(name).replace('_', '-')}={choice}" for name, choice in value.items())
        case list() | tuple() | set() | frozenset():
            return ",".join(map(str, value))
        case _:
            return str(value)


def _running(url: str, options: Mapping[str, Any]) -> Northflank:
    """Return a running emulator that tests can use."""
    name = "northflank_options: url" if options.get("url") else _URL
    idle = sorted(set(options) - _OF_A_RUNNING_ONE)
    if idle:
        warnings.warn(
            f"{url} runs already: {', '.join(idle)} of northflank_options count only where pytest starts the emulator.",
            pytest.PytestWarning,
            stacklevel=2,
        )
    admin_token = options.get("admin_token") or os.environ.get(_ADMIN_TOKEN)
    try:
        remote = KeptRemote(url.rstrip("/"), admin_token=admin_token, setting=name)
    except InvalidSettingError as error:
        raise _told(str(error)) from None
    try:
        problem = _problem(remote)
    except RemoteError as error:
        problem = str(error)
        if error.status in {401, 403}:
            problem += f" Here the variable is {_ADMIN_TOKEN}, or admin_token of northflank_options."
    if problem:
        remote.close()
        raise _told(f"{name}: {problem}")
    return Northflank(remote=remote)


def _told(problem: str) -> BaseException:
    """Return what fails a test with nothing but a sentence, and without asking again for the next test."""
    return pytest.fail.Exception(problem, pytrace=False)


def _problem(remote: KeptRemote) -> str:
    try:
        version = remote.ask("GET", "/health")["version"]
    except (ValueError, TypeError, KeyError):
        return f"what answers at {remote.url} is no northflank-emulator."
    if version != emulator.__version__:
        return f"{remote.url} is version {version}, and this is {emulator.__version__}; install the same one here."
    if remote.ask("GET", "/tokens")["tokens"]:
        return f"{remote.url} has declared tokens, so it would refuse the new one of each test; start it without."
    return ""
