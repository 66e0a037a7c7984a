"""Every assumed rule is asked: it is settled or says why not, and so is the status of every kind of refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from emulator.conformance import rulebook
from emulator.conformance.calibrating import probes
from emulator.conformance.options import Options
from emulator.conformance.target import Target as Asked
from emulator.conformance.tokens import Tokens
from emulator.profile import KINDS
from tests.calibration.calibrated import MANY, TOKEN, calibrated
from tests.calibration.target import AllChoices, FreeTarget, Telling
from tests.mutants.access import READ, READ_SECRETS, UPDATE, Holder

LIMITED: Final = "calibration-limited-canary"
READS: Final = frozenset({READ, READ_SECRETS})
ASSUMED: Final = {rule.id for rule in rulebook.load().rules.values() if rule.assumption or rule.basis == "assumed"}


def with_limited(telling: Telling = Telling(), *, may: frozenset[str] = READS, account: str = TOKEN) -> FreeTarget:  # noqa: B008 - frozen
    """Return a target that knows two tokens, of which one may read only."""
    target = FreeTarget(AllChoices(telling=telling))
    target.tokens = {TOKEN: Holder(TOKEN), LIMITED: Holder(account, may)}
    return target


def test_every_assumed_rule_has_a_probe() -> None:
    asked = {rule for probe in probes() for rule in probe.rules}
    by_every_answer = {"common.secrets", "add.timestamps", "add.request-timestamps", "add.response.no-other-fields"}
    assert sorted(ASSUMED - asked - by_every_answer) == []


async def test_all_of_them_are_settled_where_there_is_enough_to_ask_with() -> None:
    report, learning = await calibrated(with_limited(), many=MANY, limited_token=LIMITED)
    assert learning.profile.rules.keys() == ASSUMED
    assert learning.outside == []
    assert learning.differing == []
    assert list(learning.undecided) == ["common.rate-limit.exceeded"]
    assert report.used <= 60


async def test_the_telling_of_every_kind_of_failure_is_learnt_that_can_be_met() -> None:
    _, learning = await calibrated(with_limited(), many=MANY, limited_token=LIMITED)
    not_met = {"no-content-type", "empty-update", "page-beyond-last", "duplicate-key"}
    assert set(KINDS) - learning.profile.errors.keys() == not_met, "these are no failures of this target"
    strict = with_limited()
    strict.choices = AllChoices(
        missing_content_type="reject", empty_update="reject", page_beyond_last="reject", duplicate_key="reject"
    )
    _, learning = await calibrated(strict, many=MANY, limited_token=LIMITED)
    assert set(KINDS) == learning.profile.errors.keys()


@pytest.mark.parametrize("status", [403, 404, 422])
async def test_how_a_missing_permission_is_told_is_learnt_with_a_token_that_lacks_it(status: int) -> None:
    telling = Telling(statuses={"access.permission": status}, words={"access.permission": "NO_RIGHT"})
    report, learning = await calibrated(with_limited(telling), limited_token=LIMITED)
    permission = learning.profile.errors["permission"]
    assert (permission.status, permission.id) == (status, "NO_RIGHT")
    assert ("common.auth.permission" in {found.rule for found in learning.differing}) is (status != 403)
    assert LIMITED not in repr(learning)
    assert report.used <= 60


@pytest.mark.parametrize(
    ("options", "may", "account", "why"),
    [
        pytest.param({}, READS, TOKEN, "--limited-token-file", id="no-token"),
        pytest.param({"limited_token": LIMITED}, READS | {UPDATE}, TOKEN, "may update credentials", id="may-update"),
        pytest.param({"limited_token": "strange"}, READS, TOKEN, "does not know the token", id="unknown"),
    ],
)
async def test_without_a_token_that_lacks_the_permission_it_says_why(
    options: Mapping[str, Any], may: frozenset[str], account: str, why: str
) -> None:
    _, learning = await calibrated(with_limited(may=may, account=account), **options)
    assert why in learning.undecided["common.auth.permission"]
    assert "permission" not in learning.profile.errors
    assert learning.differing == []


async def test_a_token_of_another_account_teaches_nothing_of_permissions() -> None:
    target = with_limited(may=READS | {UPDATE}, account="somebody-else")
    _, learning = await calibrated(target, limited_token=LIMITED)
    assert "permission" not in learning.profile.errors


@pytest.mark.parametrize(
    ("base", "environment", "behind"),
    [
        ("http://api.example.com", {"http_proxy": "http://127.0.0.1:1"}, True),
        ("http://api.example.com", {"http_proxy": "http://127.0.0.1:1", "no_proxy": "example.com"}, False),
        ("https://api.example.com", {"https_proxy": "http://127.0.0.1:1"}, False),
        ("http://127.0.0.1:8080", {"http_proxy": "http://127.0.0.1:1"}, False),
        ("http://api.example.com", {}, False),
    ],
)
def test_a_proxy_that_reads_requests_is_noticed_as_it_would_answer_what_is_no_http(
    monkeypatch: pytest.MonkeyPatch, base: str, environment: Mapping[str, str], behind: bool
) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Asked(base, Tokens(Options(token=TOKEN), "nfc-", local=False)).is_behind_proxy is behind
