"""What can be read about the emulator: the contract of these routes, and the rulebook."""

from __future__ import annotations

import asyncio
import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp import web

from emulator import codec, contract
from emulator.api.answers import control_answer
from emulator.api.emulation import Emulation
from emulator.api.learnt import Learnt
from emulator.control.queries import read_query


async def specification(_request: web.Request, _emulation: Emulation) -> web.Response:
    """GET openapi.json: the contract of the control routes."""
    return control_answer(_control_contract())


async def rules(_request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET rules: the rulebook, with the value in force of what can be switched, and what a profile settles."""
    choices, learnt = emulation.readings.behaviour.choices(), emulation.readings.learnt
    book = _rulebook()
    listed = [
        {**rule, "value": choices[rule["assumption"]]} if "assumption" in rule else rule for rule in book["rules"]
    ]
    return {**book, "rules": [_as_settled(rule, learnt) for rule in listed] if learnt.settled else listed}


def _as_settled(rule: dict[str, Any], learnt: Learnt) -> dict[str, Any]:
    settled = learnt.settled.get(rule["id"])
    if settled is None:
        return rule
    verified = {"choice": settled.choice, "date": settled.date, "target": learnt.target}
    if settled.evidence:
        verified["evidence"] = settled.evidence
    return {**rule, "basis": "live-verified", "verified": verified}


async def decided(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET rules/decided: how often each rule decided an answer, of the calls that are kept; `account` narrows them."""
    account = read_query(request).account
    calls = emulation.journal.deciders(account)
    dropped = emulation.journal.dropped(account)
    # A thousand calls take 30 ms, so beside those that come meanwhile.
    counted, times = await asyncio.to_thread(_count, calls)
    return {"calls": counted, "dropped": dropped, "rules": times}


def _count(calls: Iterable[Sequence[str]]) -> tuple[int, dict[str, int]]:
    times: Counter[str] = Counter()
    number = 0
    for rules in calls:
        times.update(rules)
        number += 1
    return number, dict(times.most_common())


@functools.cache
def _control_contract() -> bytes:
    return codec.dumps(contract.load("contracts/control.yaml"))


@functools.cache
def _rulebook() -> dict[str, Any]:
    book: dict[str, Any] = contract.load("contracts/rules.yaml")
    return book
