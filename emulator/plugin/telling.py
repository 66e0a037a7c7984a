"""What a test did that fails it, in words: the calls, the rules, and what these say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emulator.handle.recorded import RecordedRequest
from emulator.remote import KeptRemote


def told_rejections(requests: Iterable[RecordedRequest], remote: KeptRemote) -> str:
    """Return what was rejected and by which rules."""
    rules = _rules(remote)
    lines = ["The emulator rejected what the test did not expect to be rejected (northflank_strict):"]
    for request in requests:
        lines.append(f"  {request.method} {request.path} -> {request.status}")
        lines += [f"    {rule}: {rules[rule]['says']}" for rule in request.rules]
    lines.append("Rejections that are meant: northflank.expect_rejections(), or northflank.allow(STATUS or RULE).")
    return "\n".join(lines)


def told_assumptions(
    requests: Iterable[RecordedRequest], assumed: Callable[[RecordedRequest], list[str]], remote: KeptRemote
) -> str:
    """Return which assumed rules decided about calls, as `assumed` gives them, and what is assumed."""
    rules = _rules(remote)
    by_rule: dict[str, list[RecordedRequest]] = {}
    for request in requests:
        for rule in assumed(request):
            by_rule.setdefault(rule, []).append(request)
    lines = ['The test relies on what is only assumed of the API (assumptions="fail"):']
    for rule, calls in by_rule.items():
        lines.append(f"  {rule}: {_assumption(rules[rule])}")
        lines += [f"    {call.method} {call.path} -> {call.status}" for call in calls]
    lines.append("Those that may be relied on: @pytest.mark.northflank(allow=[RULE, ...]).")
    return "\n".join(lines)


def _assumption(rule: Mapping[str, Any]) -> str:
    says: str = rule["says"]
    if "assumption" not in rule:
        return says
    others = [name for name in rule["alternatives"] if name != rule["value"]]
    return f"{says} Here {rule['assumption']} is {rule['value']}; it may as well be {' or '.join(others)}."


def _rules(remote: KeptRemote) -> dict[str, dict[str, Any]]:
    return {rule["id"]: rule for rule in remote.ask("GET", "/rules")["rules"]}
