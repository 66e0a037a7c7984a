"""The clock and the assumptions of an emulator, which all its accounts share; a handle can undo what it did to them."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from os import PathLike, fspath
from types import MappingProxyType
from typing import Any

from emulator.remote import KeptRemote


@dataclass(frozen=True, slots=True)
class ClockState:
    """The emulator's clock at one moment."""

    now: datetime
    frozen: bool


class Switching(ABC):
    """What a handle can switch, and undo.

    Both are the emulator's and not the account's: tests that touch them must not run at once against one emulator.
    (Each worker of pytest-xdist has an emulator of its own, unless NORTHFLANK_EMULATOR_URL is set.)
    """

    _clock_before: tuple[ClockState, float] | None = None
    _assumptions_before: Mapping[str, str] = MappingProxyType({})
    _profile_before: Mapping[str, Any] | None = None

    @property
    @abstractmethod
    def remote(self) -> KeptRemote: ...

    @property
    def clock(self) -> ClockState:
        """The emulator's clock as it is now."""
        return self._clock_state("GET")

    def freeze(self, at: datetime | str | None = None) -> ClockState:
        """Stop the clock, at the present or at a time (with its zone; text as `2026-11-24T12:00:00Z`).

        The clock is the emulator's, not the account's: tests of one emulator that touch it must not run at once.
        """
        return self._change_clock(frozen=True, **({} if at is None else {"now": _rfc3339(at)}))

    def advance(self, seconds: float | timedelta = 0, *, minutes: float = 0, hours: float = 0) -> ClockState:
        """Move the clock on, frozen or running; see `freeze` for whose clock it is."""
        start = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
        by = start + timedelta(minutes=minutes, hours=hours)
        return self._change_clock(advanceMs=by // timedelta(milliseconds=1))

    def assume(self, choices: Mapping[str, str] | None = None, /, **named: str) -> None:
        """Switch assumed behaviours: `assume(duplicate_name="suffix")`.

        They are the emulator's, not the account's: tests of one emulator that switch them must not run at once.

        Raises:
            RemoteError: there is no such switch or choice; the message names those there are.
        """
        wanted = {name.replace("_", "-"): value for name, value in {**(choices or {}), **named}.items()}
        before = self.remote.ask("GET", "/assumptions")
        self.remote.ask("PUT", "/assumptions", wanted)
        # A switch that is used twice goes back to what it was before the first time.
        self._assumptions_before = {**{name: before[name]["value"] for name in wanted}, **self._assumptions_before}

    def follow(self, profile: str | PathLike[str] | Mapping[str, Any] | None) -> None:
        """Do as a profile says, a file or its content as JSON has it; None does as without one.

        It is the emulator's, not the account's: tests of one emulator that follow profiles must not run at once.

        Raises:
            InvalidSettingError: the file cannot be read, or is no profile.
            RemoteError: the content is no profile.
        """
        if isinstance(profile, str | PathLike):
            from emulator import profiletext
            from emulator.profile import read

            profile = profiletext.document(read("profile", fspath(profile)))
        if self._profile_before is None:
            self._keep_assumptions()
            self._profile_before = {"profile": self.remote.ask("GET", "/profile")["profile"]}
        self.remote.ask("PUT", "/profile", {"profile": profile})

    @property
    def profile(self) -> Mapping[str, Any] | None:
        """The profile in force, as JSON has it; None for none."""
        found: Mapping[str, Any] | None = self.remote.ask("GET", "/profile")["profile"]
        return found

    def _keep_assumptions(self) -> None:
        """Keep every switch as it is, for `restore`: a profile has many of them."""
        before = {name: state["value"] for name, state in self.remote.ask("GET", "/assumptions").items()}
        self._assumptions_before = {**before, **self._assumptions_before}

    def restore(self) -> None:
        """Undo what this handle did to clock, profile and assumptions; asks nothing where that was nothing."""
        if self._profile_before is not None:
            self.remote.ask("PUT", "/profile", self._profile_before)
        if self._assumptions_before:
            self.remote.ask("PUT", "/assumptions", self._assumptions_before)
        if self._clock_before is not None:
            before, since = self._clock_before
            passed = timedelta(0) if before.frozen else timedelta(seconds=time.monotonic() - since)
            self._clock_state("PUT", {"now": _rfc3339(before.now + passed), "frozen": before.frozen})
        self._forget_switches()

    def _forget_switches(self) -> None:
        self._assumptions_before = {}
        self._profile_before = None
        self._clock_before = None

    def _change_clock(self, **change: object) -> ClockState:
        if self._clock_before is None:
            self._clock_before = self.clock, time.monotonic()
        return self._clock_state("PUT", change)

    def _clock_state(self, method: str, change: object = None) -> ClockState:
        state = self.remote.ask(method, "/clock", change)
        return ClockState(datetime.fromisoformat(state["now"]), state["frozen"])


def _rfc3339(at: datetime | str) -> str:
    if isinstance(at, str):
        return at
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone; write datetime(..., tzinfo=UTC), or text as 2026-11-24T12:00:00Z.")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
