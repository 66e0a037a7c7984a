"""With the learnt profile the emulator and the target answer the same requests alike, exchange by exchange."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import pytest
from yarl import URL

from emulator import Emulator, Settings
from emulator.clock import parse_rfc3339
from emulator.profile import Profile
from tests.calibration.calibrated import COMBINED, MANY, calibrated, target_of
from tests.calibration.operations import REGISTRIES, Operations, Request
from tests.calibration.target import Telling
from tests.mutants.wire import serving

pytestmark = pytest.mark.no_cover

OPERATIONS: Final = 500
GIVEN: Final = ("2001-02-03T04:05:06Z", "2002-02-03T04:05:06Z")
"""Times that requests give: a target may have taken them."""
TOKEN: Final = "an-account-for-both"


class Side:
    """One of the two that are asked, with its own cursor."""

    def __init__(self, url: str, client: aiohttp.ClientSession) -> None:
        self.url = url
        self.client = client
        self.cursor = "none-yet"

    async def ask(self, request: Request) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}", **request.headers}
        url = URL(self.url + request.target(self.cursor), encoded=True)
        async with self.client.request(
            request.method, url, data=request.body, headers=headers, skip_auto_headers=("Content-Type",)
        ) as response:
            answer = await response.json()
        match answer:
            case {"pagination": {"cursor": str(cursor)}}:
                self.cursor = cursor
        return response.status, answer


def normal(status: int, answer: Any) -> dict[str, Any]:
    """Return an answer without what is another one each time: times, cursors, and the words about a field."""
    shown: dict[str, Any] = {"status": status}
    if status == 200:
        shown["answer"] = same_times(answer)
        match shown["answer"]:
            case {"pagination": {"cursor": _}}:
                shown["answer"]["pagination"]["cursor"] = "CURSOR"
        return shown
    error = answer["error"]
    details = error.get("details")
    match details:
        case dict():
            kinds = {type(value).__name__ for value in details.values()}
            shown["details"] = (sorted(details), kinds)
        case list():
            shown["details"] = (sorted({entry["where"] for entry in details}), sorted(details[0]))
    return shown | {"error.status": error["status"], "error.id": error["id"], "members": sorted({*error} - {"details"})}


def same_times(value: Any) -> Any:
    if isinstance(value, list):
        return [same_times(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _time(inner) if name in ("createdAt", "updatedAt") else same_times(inner) for name, inner in value.items()
    }


def _time(text: str) -> str:
    instant = parse_rfc3339(text)
    return next((given for given in GIVEN if parse_rfc3339(given) == instant), "TIME")


def words(answer: Any) -> list[str]:
    """Return the words of a message in any order: fields may be named in another one."""
    return sorted(re.findall(r"[\w.]+", answer["error"]["message"].rstrip(".")))


@pytest.mark.parametrize(
    ("choices", "telling", "seed"), [(*both, seed) for seed, both in enumerate(COMBINED)], ids=range(len(COMBINED))
)
async def test_the_emulator_with_the_profile_answers_as_the_target(
    choices: Mapping[str, str], telling: Telling, seed: int
) -> None:
    _, learning = await calibrated(target_of(choices, telling), many=MANY)
    statuses, same_words = await compared(learning.profile, choices, telling, seed)
    assert sum(statuses.values()) == OPERATIONS
    assert statuses[200] > 150
    assert len(statuses) > 4
    # Of kinds of failure that a calibration does not meet nobody can know the words.
    assert same_words > 0.95 * (OPERATIONS - statuses[200])


async def compared(
    profile: Profile, choices: Mapping[str, str], telling: Telling, seed: int
) -> tuple[Counter[int], int]:
    """Ask both the same; return how often each status came, and how many errors had the same words."""
    operations, statuses, same_words = Operations(seed), Counter[int](), 0
    loop = asyncio.get_running_loop()
    emulator = await loop.run_in_executor(None, Emulator(Settings(profile=profile)).start)
    try:
        async with serving(target_of(choices, telling)) as url, aiohttp.ClientSession() as client:
            sides = Side(emulator.url, client), Side(url, client)
            for number, request in enumerate(operations.requests(OPERATIONS)):
                (status, ours), (theirs_status, theirs) = [await side.ask(request) for side in sides]
                assert normal(status, ours) == normal(theirs_status, theirs), f"{number}: {request}"
                operations.note(request, status, ours)
                statuses[status] += 1
                same_words += status != 200 and words(ours) == words(theirs)
            for side in sides:
                side.cursor = "made-up"
            ends = [await side.ask(Request("GET", REGISTRIES, query=(("per_page", "100"),))) for side in sides]
            assert normal(*ends[0]) == normal(*ends[1])
    finally:
        await loop.run_in_executor(None, emulator.close)
    return statuses, same_words
