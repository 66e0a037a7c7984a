"""An async client: the emulator has a thread of its own, so the fixture is the same."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from emulator import Northflank

REGISTRIES = "/v1/integrations/registries"


@pytest.fixture
async def session(northflank: Northflank) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {northflank.token}"}
    async with aiohttp.ClientSession(northflank.url, headers=headers) as session:
        yield session


async def add(session: aiohttp.ClientSession, name: str) -> int:
    async with session.post(REGISTRIES, json={"name": name, "provider": "ecr"}) as answer:
        return answer.status


async def test_many_registries_are_added_at_once(
    northflank: Northflank, session: aiohttp.ClientSession
) -> None:
    statuses = await asyncio.gather(*(add(session, f"registry-{number}") for number in range(20)))

    assert set(statuses) == {200}
    assert len(northflank.credentials) == 20


async def test_of_many_who_want_a_name_one_gets_it(
    northflank: Northflank, session: aiohttp.ClientSession
) -> None:
    with northflank.expect_rejections("add.duplicate-name") as rejected:
        statuses = await asyncio.gather(*(add(session, "My Registry") for _ in range(20)))

    assert statuses.count(200) == 1
    assert len(rejected) == 19


async def test_a_slow_answer_is_not_waited_for(
    northflank: Northflank, session: aiohttp.ClientSession
) -> None:
    northflank.slow_next("list-registries", seconds=30)

    with pytest.raises(TimeoutError):
        await session.get(REGISTRIES, timeout=aiohttp.ClientTimeout(total=0.1))

    await asyncio.sleep(0)  # for the loop to close the client's connection
    northflank.verify(operation="list-registries", fault="delay", times=1)
