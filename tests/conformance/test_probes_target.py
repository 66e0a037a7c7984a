"""The probes of the target itself: is it the API, and whom does it let in?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from emulator import Emulator
from emulator.conformance.probes import target
from tests.conformance.probed import broken, probe_url, probed
from tests.mutants.access import CREATE, READ, UPDATE, Holder
from tests.mutants.lawful import LAWFUL
from tests.mutants.mutant import TOKEN_OPTIONS, TOKENS
from tests.mutants.paging import Item
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError, serving

DECLARED: Final[Mapping[str, Any]] = TOKEN_OPTIONS
RULES: Final = (
    *("common.health", "common.login", "common.specification", "common.specification-page", "common.auth.token"),
)


@pytest.mark.parametrize("seed", range(4))
async def test_the_emulator_keeps_every_rule_whatever_the_seed(seed: int) -> None:
    with Emulator() as emulator:
        report = await probe_url(emulator.url, target, seed=seed)
    assert broken(report) == set()
    assert [rule for rule in RULES if not report.verdicts.observed(rule)] == []
    assert report.used <= 18


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_so_does_a_target_that_does_the_same_in_another_way(made: type[Target]) -> None:
    assert broken(await probed(made(), target)) == set()


async def test_a_read_only_run_asks_what_can_be_asked_without_writing() -> None:
    report = await probed(Target(), target, read_only=True)
    assert {exchange.method for exchange in report.exchanges} == {"GET"}
    assert report.verdicts.of("common.auth.token").outcome == "conforms"
    assert report.verdicts.of("common.auth.permission").why == "the run was read-only"


async def test_a_target_that_takes_any_token_is_told_as_such() -> None:
    assert target.OPEN_TO_ALL in (await probed(Target(), target)).notes
    closed = await probed(Target(tokens=TOKENS), target, **DECLARED)
    assert target.OPEN_TO_ALL not in closed.notes
    assert broken(closed) == set()


async def test_no_report_has_more_than_a_letter_of_a_token() -> None:
    report = await probed(Target(tokens=TOKENS), target, **DECLARED)
    sent = {exchange.sent_headers.get("Authorization") for exchange in report.exchanges}
    assert {f"Bearer {shown}" for shown in ("$NORTHFLANK_API_TOKEN", "$NORTHFLANK_API_TOKENx", "t")} <= sent
    shown = " ".join(f"{exchange!r} {exchange.curl('http://host')}" for exchange in report.exchanges)
    assert not any(token in shown for token in TOKENS)


async def test_what_a_token_lacks_is_observed_with_a_token_that_lacks_something() -> None:
    report = await probed(Target(tokens=TOKENS), target, **DECLARED)
    assert report.verdicts.of("common.auth.permission").observations >= 5
    without = await probed(Target(), target)
    assert "NORTHFLANK_API_LIMITED_TOKEN" in str(without.verdicts.of("common.auth.permission").why)
    mighty = await probed(Target(tokens={"t0ken": Holder("ours")}), target, token="t0ken", limited_token="t0ken")
    assert "common.auth.permission" in broken(mighty)


class SaysOk(Target):
    def health(self) -> Answer:
        return Answer(200, "ok", kind="text/plain")


class HealthNotFound(Target):
    def health(self) -> Answer:
        raise RefusedError(404, "path.unknown", "There is nothing at this path.")


class LogsInInHtml(Target):
    def login(self, call: Call, holder: list[Holder]) -> Answer:
        super().login(call, holder)
        return Answer(200, "<p>Welcome</p>", kind="text/html")


class NoPaths(Target):
    def specification(self) -> Answer:
        return Answer(200, {"openapi": "3.1.0"})


class NoPage(Target):
    def specification_page(self) -> Answer:
        return self.specification()


class AnyScheme(Target):
    def token_of(self, call: Call) -> str | None:
        return call.headers.get("Authorization", "").rpartition(" ")[2] or None


class NoScheme(Target):
    def token_of(self, call: Call) -> str | None:
        return call.headers.get("Authorization", "").removeprefix("Bearer").strip() or None


class EmptyToken(Target):
    def token_of(self, call: Call) -> str | None:
        words = call.headers.get("Authorization", "").split()
        return "nobody" if words == ["Bearer"] else super().token_of(call)


class OpenToAdd(Target):
    def authenticate(self, call: Call, permission: str | None) -> Holder:
        is_open = permission == CREATE and self.token_of(call) is None
        return Holder("nobody") if is_open else super().authenticate(call, permission)


class ForbidsInstead(Target):
    def authenticate(self, call: Call, permission: str | None) -> Holder:
        try:
            return super().authenticate(call, permission)
        except RefusedError:
            raise RefusedError(403, "access.token", "Send a token.") from None


class OneAccount(Target):
    def holder_of(self, _token: str) -> Holder:
        return Holder("everybody")


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (SaysOk, "common.health"),
        (HealthNotFound, "common.health"),
        (LogsInInHtml, "common.login"),
        (NoPaths, "common.specification"),
        (NoPage, "common.specification-page"),
        (AnyScheme, "common.auth.token"),
        (NoScheme, "common.auth.token"),
        (EmptyToken, "common.auth.token"),
        (OpenToAdd, "common.auth.token"),
        (ForbidsInstead, "common.auth.token"),
        (OneAccount, "common.auth.token"),
    ],
)
async def test_a_defect_is_found_and_its_rule_named(made: type[Target], rule: str) -> None:
    # One that takes what has no token does not delete it without one.
    async with serving(made()) as url:
        assert rule in broken(await probe_url(url, target))


class TokenWithMore(Target):
    def holder_of(self, token: str) -> Holder | None:
        return next((holder for known, holder in TOKENS.items() if token.startswith(known)), None)


class StartOfToken(Target):
    def holder_of(self, token: str) -> Holder | None:
        return next((holder for known, holder in TOKENS.items() if known.startswith(token)), None)


class Guests(Target):
    def holder_of(self, token: str) -> Holder | None:
        return super().holder_of(token) or Holder("guest")


class GuestsMayLook(Target):
    def holder_of(self, token: str) -> Holder | None:
        return super().holder_of(token) or Holder("guest", frozenset({READ}))


class LogsAnybodyIn(Target):
    def login(self, _call: Call, _holder: list[Holder]) -> Answer:
        return Answer(200, {"data": {}})


@pytest.mark.parametrize("made", [TokenWithMore, StartOfToken, Guests, GuestsMayLook, LogsAnybodyIn])
async def test_a_defect_in_tokens_is_found(made: type[Target]) -> None:
    assert "common.auth.token" in broken(await probed(made(tokens=TOKENS), target, **DECLARED))


class HidesWhatIsForbidden(Target):
    def permit(self, holder: Holder, permission: str) -> None:
        if permission not in holder.may:
            raise RefusedError(404, "path.unknown", "There is nothing at this path.")


class ForbidsTooLate(Target):
    """Who may not update is told so once the update is made."""

    may_update = True

    def permit(self, holder: Holder, permission: str) -> None:
        self.may_update = UPDATE in holder.may
        if permission != UPDATE:
            super().permit(holder, permission)

    def change(self, item: Item, changes: dict[str, Any]) -> None:
        super().change(item, changes)
        if not self.may_update:
            raise RefusedError(403, "access.permission", "This token may not update.")


@pytest.mark.parametrize(
    ("made", "rule"),
    [(HidesWhatIsForbidden, "common.auth.permission"), (ForbidsTooLate, "common.rejected-changes-nothing")],
)
async def test_a_defect_in_permissions_is_found(made: type[Target], rule: str) -> None:
    report = await probed(made(tokens=TOKENS), target, **DECLARED)
    assert rule in broken(report)
