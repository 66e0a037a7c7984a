"""Which calls of the journal a pattern means, how many there were, and which others came close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from emulator import redaction
from emulator.journal import Rendered

CRITERIA: Final = (
    "operation",
    "method",
    "path",
    "account",
    "status",
    "rule",
    "fault",
    "query",
    "headers",
    "body",
    "unmatched",
)
"""What a pattern can ask for; `query`, `headers` and `body` match a call that has at least their members.

A value that the journal does not keep matches nothing but `[redacted]`, which asks whether there was one.
"""

NEAR_MISSES: Final = 3


class Difference(NamedTuple):
    """One criterion that a call does not meet; `expected` is shown as the journal would show it."""

    field: str
    expected: object
    got: object


def differences(pattern: Mapping[str, Any], call: Rendered) -> list[Difference]:
    """Return where `call` differs from `pattern`; nothing where it matches."""
    return [difference for name, expected in pattern.items() for difference in _differences(name, expected, call)]


def _differences(name: str, expected: Any, call: Rendered) -> Iterable[Difference]:
    match name:
        case "rule":
            met, got = expected in call["rules"], call["rules"]
        case "unmatched":
            got = call["operation"] is None
            met = expected == got
        case "method":
            got = call["method"]
            met = expected.upper() == got
        case "headers":
            wanted = {header.lower(): value for header, value in expected.items()}
            return _subset(name, wanted, redaction.headers(wanted), call[name])
        case "query":
            return _subset(name, expected, redaction.parameters(expected.items()), call[name])
        case "body":
            return _subset(name, expected, redaction.document(expected), call[name])
        case _:
            got = call[name]
            met = expected == got
    return [] if met else [Difference(name, expected, got)]


def _subset(path: str, expected: object, shown: object, got: object) -> Iterable[Difference]:
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        members = shown if isinstance(shown, Mapping) else {}
        for name, value in expected.items():
            inner = members.get(name, redaction.REDACTED)
            if name in got:
                yield from _subset(f"{path}.{name}", value, inner, got[name])
            else:
                yield Difference(f"{path}.{name}", inner, None)
    elif expected != got or isinstance(expected, bool) is not isinstance(got, bool):
        yield Difference(path, shown, got)


def shown(pattern: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pattern as it can be shown, for it may ask for what the journal does not keep."""
    whole = dict(pattern)
    if "path" in whole:
        whole["path"] = redaction.path(whole["path"])
    if "query" in whole:
        whole["query"] = redaction.parameters(whole["query"].items())
    if "headers" in whole:
        whole["headers"] = redaction.headers(whole["headers"])
    if "body" in whole:
        whole["body"] = redaction.document(whole["body"])
    return whole


def find(pattern: Mapping[str, Any], calls: Iterable[Rendered]) -> list[Rendered]:
    """Return the calls that match, in their order."""
    return [call for call in calls if not differences(pattern, call)]


def near_misses(pattern: Mapping[str, Any], calls: Iterable[Rendered]) -> list[dict[str, Any]]:
    """Return the calls that differ least from the pattern, closest first, with where they differ.

    Those of another account, where the pattern names one, come last.
    """
    missed = [(found, call) for call in calls if (found := differences(pattern, call))]
    # A call of another account is hardly what was meant, however alike it is: accounts are there to keep tests apart.
    missed.sort(key=lambda entry: (any(found.field == "account" for found in entry[0]), len(entry[0])))
    return [
        {"request": call, "differences": [difference._asdict() for difference in found]}
        for found, call in missed[:NEAR_MISSES]
    ]


def verdict(count: int, *, least: int, most: int | None, dropped: int) -> str:
    """Return `passed`, `failed`, or `incomplete` where calls that the journal dropped could change the verdict."""
    if most is not None and count > most:
        return "failed"  # more can only make it worse
    if count >= least and (most is None or not dropped):
        return "passed"
    return "incomplete" if dropped else "failed"
