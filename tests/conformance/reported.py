"""Reports of runs that never were, as `check` would return them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from multidict import CIMultiDict, CIMultiDictProxy

from emulator.conformance import rulebook
from emulator.conformance.exchange import Exchange
from emulator.conformance.report import html
from emulator.conformance.run import Report
from emulator.conformance.verdicts import MAX_TIME, Verdicts

URL: Final = "https://api.example.com"
HOSTILE: Final = (
    "</pre><script>alert(1)</script>\"'><img src=//evil.example onerror=alert(1)> ]]> &lt; \x1b[31m\x1c\x00\u202e\ud800"
)
"""No report may be written to by this: markup, a terminal's escape, what XML forbids, right-to-left, half a pair."""
RULES: Final = [*rulebook.load().rules, MAX_TIME]
STYLE: Final = "\n".join(Path(html.__file__).with_name(f"{name}.css").read_text("utf-8") for name in ("look", "report"))
"""The style sheet of the page."""
LIMITED: Final = "no token that lacks permissions was given"
SPENT: Final = "the budget of 300 requests was used up"


def exchange(
    body: Mapping[str, Any] | None = None, *, status: int = 200, method: str = "POST", number: int = 7
) -> Exchange:
    return Exchange(
        number=number,
        purpose="names of 3 characters",
        operation="add-registry",
        method=method,
        target="/v1/integrations/registries",
        sent_headers={"Authorization": "Bearer $NORTHFLANK_API_TOKEN", "Content-Type": "application/json"},
        sent=None if body is None else json.dumps(body).encode(),
        status=status,
        headers=CIMultiDictProxy(CIMultiDict()),
        content=b"{}",
        seconds=0.01,
    )


def report_of(verdicts: Verdicts, **more: Any) -> Report:
    started = datetime(2026, 11, 24, 10, 50, 12, tzinfo=UTC)
    members: dict[str, Any] = {"asked_for": RULES, "seconds": 4.318, "used": 287, "created": 41, "deleted": 41} | more
    return Report(URL, started, 7211, "nfc-k3x9q2", 300, verdicts, **members)


def all_conform(*but: str, strict: bool = False) -> Verdicts:
    """Return verdicts of a target that does all as the emulator does; nothing about the rules of `but`."""
    verdicts = Verdicts(strict=strict)
    for rule in rulebook.load().rules.values():
        if rule.id in but:
            continue
        if rule.default is None:
            verdicts.agree(rule.id)
        else:
            verdicts.choose(rule.id, rule.default)
    verdicts.agree(MAX_TIME)
    return verdicts


def mixed(text: str = "", *, strict: bool = False) -> Report:
    """Return a run with each outcome; `text` is in all that a target could have a hand in."""
    untold = ("common.auth.permission", "update.credentials.type", "update.body.type")
    verdicts = all_conform(*untold, "add.duplicate-name", "list.order", strict=strict)
    body = {"name": f"ab{text}", "credentials": {"username": "robot-1", "password": "pass-word-1"}}
    for number, got in enumerate(("status 200", "status 200", "status 201"), start=7):
        sent = exchange(body, number=number)
        verdicts.differ("add.name.min-length", sent, expected=f"a refusal{text}", got=f"{got}{text}")
    verdicts.differ("update.touches-only-named", None, expected="the name", got=f"no name{text}")
    verdicts.choose("add.duplicate-name", "suffix")
    verdicts.differ("list.page.exclusive", exchange(method="GET"), expected="a refusal", got=f"a page{text}")
    verdicts.choose("list.order", None, words=f"Credentials are listed by name{text}")
    verdicts.skip("common.auth.permission", f"{LIMITED}{text}")
    for rule in untold[1:]:
        verdicts.skip(rule, f"{SPENT}{text}")
    return report_of(verdicts, left=[f"nfc-k3x9q2-00a{text}"], notes=[f"A note{text}."])


def failed(text: str = "") -> Report:
    return report_of(Verdicts(), used=1, created=0, deleted=0, failure=f"Nobody answers at {URL}. Is it running?{text}")
