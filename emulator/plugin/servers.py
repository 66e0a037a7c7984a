"""The emulators of a session: one that runs already, or one in a thread of this process."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final

import pytest

import emulator
from emulator.errors import EmulatorError, InvalidSettingError
from emulator.given import KNOWN, settings_of
from emulator.handle import Northflank
from emulator.remote import KeptRemote, RemoteError
from emulator.settings import Settings

_URL: Final = "NORTHFLANK_EMULATOR_URL"
_ADMIN_TOKEN: Final = "NORTHFLANK_EMULATOR_ADMIN_TOKEN"
_KNOWN: Final = ("url", *KNOWN)


class Servers:
    """The emulators of a session: one for each distinct set of options, from its first use to the end."""

    def __init__(self) -> None:
        self._running: list[tuple[object, Northflank]] = []

    def of(self, options: Mapping[str, Any]) -> Northflank:
        """Return the emulator that a fixture `northflank_options` asks for, or the environment; start it if need be."""
        if not isinstance(options, Mapping):
            raise _told(f"northflank_options has to return a mapping, not a {type(options).__name__}.")
        if unknown := sorted(set(options) - set(_KNOWN)):
            raise _told(f"northflank_options: {unknown[0]!r} is not known; there are {', '.join(_KNOWN)}.")
        others = {name: value for name, value in options.items() if name != "url"}
        try:
            settings = settings_of({"port": 0, **others})
        except InvalidSettingError as error:
            raise _told(f"northflank_options: {error}") from None
        url = options.get("url") or os.environ.get(_URL)
        if not url:
            return self._one(settings, lambda: _started(settings))
        named = "northflank_options: url" if options.get("url") else _URL
        admin_token = settings.admin_token or os.environ.get(_ADMIN_TOKEN)
        server = self._one((url, admin_token), lambda: _connected(url, admin_token, named))
        _compare(server.remote, settings, others)
        return server

    def close(self) -> None:
        """Stop those that were started, and leave the others."""
        with ExitStack() as stack:
            for _, server in self._running:
                stack.callback(server.close)
            self._running.clear()

    def _one(self, wanted: object, start: Callable[[], Northflank]) -> Northflank:
        for known, server in self._running:
            if known == wanted:
                return server
        server = start()
        self._running.append((wanted, server))
        return server


def _started(settings: Settings) -> Northflank:
    if settings.control != "on":
        raise _told("northflank_options: control: tests need the control routes; leave it out.")
    try:
        # aiohttp and all that: only for those who do not bring a running emulator.
        return emulator.Emulator(settings, host=settings.host, port=settings.port).start()
    except EmulatorError as error:
        raise _told(f"northflank_options: {error}") from None


def _compare(remote: KeptRemote, wanted: Settings, options: Mapping[str, Any]) -> None:
    if not options.keys() - {"admin_token"}:
        return
    from emulator.plugin.comparing import differences

    if told := "; ".join(differences(remote, wanted, options)):
        message = f"{remote.url} runs already, and not with northflank_options: {told}. Start it with these settings."
        warnings.warn(message, pytest.PytestWarning, stacklevel=2)


def _connected(url: str, admin_token: str | None, named: str) -> Northflank:
    """Return a running emulator that tests can use; `named` is what messages call the place that the URL is from."""
    try:
        remote = KeptRemote(url.rstrip("/"), admin_token=admin_token, setting=named)
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
        raise _told(f"{named}: {problem}")
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
