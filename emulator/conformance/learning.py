"""What a run has learnt of a target, as a profile; and what it has not, with the reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import emulator
from emulator.conformance.exchange import ABSENT, MALFORMED, Exchange
from emulator.conformance.kinds import failures
from emulator.conformance.outcome import Report
from emulator.conformance.verdicts import Finding, Verdict
from emulator.conformance.wording import shapes_of
from emulator.profile import LEARNT, TOLD_BY_ERRORS, ErrorShape, Profile, Settled

_READING: Final = ("add.credentials.username.conditional", "add.credentials.password.conditional")
_SIZE: Final = "list.per_page.default"
_STATUS: Final = "common.constraint-status"
_PARTLY_ASSUMED: Final = ("common.auth.permission", "common.rate-limit.exceeded")
"""Rules that no profile settles, but whose status is only assumed: `errors` has it, or the reader is told why not."""
_KIND_OF: Final[Mapping[str, str]] = {
    "common.route.unknown": "unknown-route",
    "common.route.method": "method",
    "common.body.size": "too-large",
    _STATUS: "constraint",
}
_TOLD: Final = {"status": "common.error.statuses", "id": "common.error.ids", "details": "common.error.details"}
"""The members of an error that count, by the rule that has them."""
_SECRET: Final = ("username", "password")


@dataclass(frozen=True)
class Outside:
    """A rule that the target has in a way that no alternative covers, and the exchange that shows it."""

    rule: str
    words: str
    exchange: Exchange | None


@dataclass(frozen=True)
class Learning:
    """What came of a calibration.

    Attributes:
        profile: what the emulator has to do to be like the target.
        undecided: rules that could not be told, with the reason.
        outside: rules that the target has in yet another way.
        differing: what the target does otherwise than is documented, a finding a rule.
        evidence: the exchanges that the profile names by their digests, without anything that might be secret.
    """

    profile: Profile
    undecided: Mapping[str, str]
    outside: list[Outside]
    differing: list[Finding]
    evidence: Mapping[str, Mapping[str, Any]]


def learn(report: Report) -> Learning:
    """Return what a run has learnt."""
    return _Learner(report).learning()


class _Learner:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._day = report.started.date().isoformat()
        self._rules: dict[str, Settled] = {}
        self._undecided: dict[str, str] = {}
        self._outside: list[Outside] = []
        self._evidence: dict[str, Mapping[str, Any]] = {}

    def learning(self) -> Learning:
        report = self._report
        verdicts = [verdict for verdict in report.verdicts if _can_be_settled(verdict)]
        found = report.verdicts.of(_STATUS).found
        errors = shapes_of(failures(report.exchanges), found, _conceals(report))
        for verdict in verdicts:
            self._settle(verdict, errors)
        self._agree_on_reading()
        for verdict in map(report.verdicts.of, _PARTLY_ASSUMED):
            if not verdict.observations:
                self._undecided[verdict.rule.id] = verdict.why or "nothing showed it"
        host = urlsplit(report.url)
        profile = Profile(
            target=host.netloc,
            date=self._day,
            version=emulator.__version__,
            rules=dict(sorted(self._rules.items())),
            errors=errors,
        )
        differing = [verdict.findings[0] for verdict in report.verdicts if self._differs(verdict)]
        return Learning(profile, self._undecided, self._outside, differing, self._evidence)

    def _settle(self, verdict: Verdict, errors: Mapping[str, ErrorShape]) -> None:
        rule, found = verdict.rule.id, verdict.found
        if rule == _SIZE and verdict.differences and not verdict.choices and verdict.words is None:
            why = "so that its size is that or more; an account with more than 100 shows it"
            self._undecided[rule] = f"a page held {verdict.findings[0].got}, {why}"
        elif not verdict.observations:
            self._undecided[rule] = verdict.why or "nothing showed it"
        elif found is not None:
            self._rules[rule] = Settled(found, self._day, self._digest(verdict.shown))
        elif rule in TOLD_BY_ERRORS and _is_learnt(rule, errors):
            self._rules[rule] = Settled(LEARNT, self._day, self._digest(verdict.odd))
        else:
            words = verdict.chosen or "it does now one thing and now another"
            exchange = verdict.odd or (verdict.findings[0].exchange if verdict.findings else verdict.shown)
            self._outside.append(Outside(rule, words, exchange))

    def _agree_on_reading(self) -> None:
        """One switch has both of the conditional requirements: what is not the same for both no alternative covers."""
        found = {self._rules[rule].choice for rule in _READING if rule in self._rules}
        if len(found) > 1:
            for rule in _READING:
                verdict = self._report.verdicts.of(rule)
                self._outside.append(Outside(rule, f"{verdict.chosen} The other one differs.", verdict.shown))
                del self._rules[rule]

    def _differs(self, verdict: Verdict) -> bool:
        """Return whether a difference is one from what is documented, and none that the profile has."""
        rule = verdict.rule
        if not verdict.findings or rule.id in self._rules or rule.basis in ("assumed", "setting"):
            return False
        again = self._rules.get("delete.repeated")
        if rule.id == "delete.final" and again is not None and again.choice == "success":
            return not all(finding.exchange and finding.exchange.method == "DELETE" for finding in verdict.findings)
        return True

    def _digest(self, exchange: Exchange | None) -> str:
        if exchange is None:
            return ""
        shown = evidence(exchange, self._report)
        text = json.dumps(shown, sort_keys=True, ensure_ascii=False)
        digest = f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
        self._evidence[digest] = shown
        return digest


def evidence(exchange: Exchange, report: Report) -> dict[str, Any]:
    """Return an exchange as it can be kept: no token, user name or password, and no name of the run."""
    document = {
        "request": f"{exchange.method} {exchange.target}",
        "contentType": exchange.sent_headers.get("Content-Type"),
        **({"headers": dict(MALFORMED)} if exchange.is_malformed else {}),
        "sent": None if exchange.sent_json is ABSENT else _redacted(exchange.sent_json),
        "status": exchange.status,
        "answer": None if exchange.answer is ABSENT else _redacted(exchange.answer),
    }

    def shown(text: str) -> str:
        return report.verdicts.conceal(text).replace(report.prefix, "PREFIX")

    return {name: _with_texts(value, shown) for name, value in document.items()}


def _with_texts(value: Any, changed: Callable[[str], str]) -> Any:
    """Return a JSON value with its texts changed, and nothing else: a token may be `t`, which `true` has too."""
    if isinstance(value, dict):
        return {changed(name): _with_texts(inner, changed) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_texts(inner, changed) for inner in value]
    return changed(value) if isinstance(value, str) else value


def _conceals(report: Report) -> Callable[[str], bool]:
    host = (urlsplit(report.url).hostname or "").lower()

    def conceals(text: str) -> bool:
        if report.verdicts.conceal(text) != text or report.prefix in text.lower():
            return True
        return bool(host) and host in text.lower()

    return conceals


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "***" if name in _SECRET and inner else _redacted(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_redacted(inner) for inner in value]
    return f"{value[:40]}..." if isinstance(value, str) and len(value) > 400 else value


def _can_be_settled(verdict: Verdict) -> bool:
    return verdict.rule.assumption is not None or verdict.rule.basis == "assumed"


def _is_learnt(rule: str, errors: Mapping[str, ErrorShape]) -> bool:
    """Return whether the errors have what the target does in place of what a rule says."""
    if rule in _KIND_OF:
        shape = errors.get(_KIND_OF[rule])
        return shape is not None and shape.status is not None
    member = {told_by: name for name, told_by in _TOLD.items()}[rule]
    if member == "details":
        shape = errors.get("constraint")
        return shape is not None and shape.details is not None
    return any(getattr(shape, member) is not None for shape in errors.values())


def judge_drift(report: Report, profile: Profile) -> None:
    """Note where errors are told otherwise than a profile has it: its rules count."""
    met = list(failures(report.exchanges))
    last = {failure.kind: failure.exchange for failure in met}
    now = shapes_of(met, report.verdicts.of(_STATUS).found, _conceals(report))
    for kind, before in profile.errors.items():
        for member, rule in _TOLD.items():
            was, has = getattr(before, member), getattr(now.get(kind, ErrorShape()), member)
            if None not in (was, has) and was != has and rule in profile.rules:
                expected = f"the failure {kind} told with {member} {was}, as on {profile.date}"
                report.verdicts.differ(rule, last[kind], expected=expected, got=f"{member} {has}")
