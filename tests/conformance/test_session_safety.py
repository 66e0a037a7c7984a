from typing import Any

import pytest
from aiohttp import web

from emulator import Emulator
from emulator.conformance.options import MAIN
from emulator.conformance.probing import Skip
from emulator.conformance.routes import path_of
from emulator.conformance.safety import UnsafeError
from tests.conformance.conftest import Serve, talk
from tests.conformance.running import answering, asked

PATH = path_of()


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT", "delete"])
@pytest.mark.parametrize(
    "path",
    [
        f"{PATH}/someone-elses",
        f"{PATH}/someone-elses/",
        f"{PATH}/OURS%2F..%2Fsomeone-elses",
        f"{PATH}/OURS/../someone-elses",
        f"{PATH}/OURS%5C..%5Csomeone-elses",
        f"{PATH}/x/OURS",
        "/v1/teams/OURS-team/integrations/registries/someone-elses",
        "/v1/integrations//registries/someone-elses",
        "/v1/teams/someone-elses",
        "/v1/projects/someone-elses",
    ],
)
async def test_what_is_not_of_the_run_is_never_changed_or_deleted(emulator: Emulator, method: str, path: str) -> None:
    async with talk(emulator.url) as session:
        with pytest.raises(UnsafeError):
            await session.send(method, path.replace("OURS", session.names.prefix))

    assert session.exchanges == []


async def test_whole_collections_are_never_deleted_and_foreign_credentials_not_modified(emulator: Emulator) -> None:
    async with talk(emulator.url) as session:
        for request in (
            session.send("DELETE", PATH),
            session.send("DELETE", "/v1/teams/somebodys/integrations/registries"),
            session.update("someone-elses", {}, by="modify"),
            session.send("POST", "/v1/projects", json={}),
        ):
            with pytest.raises(UnsafeError):
                await request

    assert session.exchanges == []


async def test_ids_of_the_run_may_be_asked_for_in_any_way(emulator: Emulator) -> None:
    async with talk(emulator.url) as session:
        known = await session.living()
        never_there = f"{session.names.prefix}-never-there"
        statuses = [
            (await session.delete(never_there)).status,
            (await session.update(never_there, {}, by="modify")).status,
            (await session.send("PUT", path_of(None, known.id))).status,
            (await session.send("PATCH", PATH)).status,
            (await session.send("GET", f"{PATH}/someone-elses")).status,
            (await session.update(known, {})).status,
        ]

    assert statuses == [404, 404, 405, 405, 404, 200]


async def test_a_name_without_the_prefix_is_used_only_if_its_id_is_free(emulator: Emulator) -> None:
    body = {"name": "k3x", "provider": "acr"}
    async with talk(emulator.url) as owner:
        await owner.add(body)
    async with talk(emulator.url) as session:
        with pytest.raises(Skip, match="perhaps somebody else's"):
            await session.accepts("add.name.min-length", body)
        known = await session.accepts("add.name.min-length", {**body, "name": "k3y"})
        assert known is not None
        await session.delete(known)

    assert asked(session) == [
        f"GET {PATH}/k3x",
        f"GET {PATH}/k3y",
        f"POST {PATH}",
        f"DELETE {PATH}/k3y",
    ]


async def test_an_id_that_was_there_before_is_never_taken_for_ours(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        return answering({"data": {"id": "production", "name": "Production", "provider": "acr"}})

    async with talk(await serve(answer)) as session:
        session.model.before[MAIN, None] = frozenset({"production"})
        exchange = await session.add(session.usual_body())

        assert session.model.of(exchange) is None
        assert session.model.everything == []
        with pytest.raises(UnsafeError):
            await session.delete("production")
    assert "left alone" in session.notes[0]


@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_strange_id_is_ours_only_if_it_has_our_name(serve: Serve, is_ours: bool) -> None:
    added: dict[str, Any] = {}

    async def answer(request: web.Request) -> web.Response:
        if request.method == "POST":
            added.update(await request.json())
        name = added["name"] if is_ours or request.method == "POST" else "Production"
        return answering({"data": {"id": "strange", "name": name, "provider": "dockerhub"}})

    async with talk(await serve(answer)) as session:
        known = session.model.of(await session.add(session.usual_body()))
        if is_ours:
            assert known is not None
            assert (await session.delete(known)).ok

    assert (known is not None) is is_ours
    assert "GET " + path_of(None, "strange") in asked(session)
