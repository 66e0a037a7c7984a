import asyncio

import pytest
from aiohttp import web

from emulator import Emulator
from emulator.conformance.model import ANYTHING, Known, documented
from emulator.conformance.options import MAIN, NONE, OTHER, WRONG
from emulator.conformance.probing import Skip
from emulator.conformance.routes import operation_of, path_of
from tests.conformance.conftest import TOKEN, Serve, talk
from tests.conformance.running import envelope

PATH = path_of()


async def test_what_is_added_read_listed_updated_and_deleted_is_in_the_model(emulator: Emulator) -> None:
    async with talk(emulator.url) as session:
        exchange = await session.add(session.usual_body())
        known = session.model.of(exchange)
        assert known is not None
        assert session.model.living() == [known]
        assert (await session.get(known)).answer["data"]["name"] == known.expected["name"]
        assert (await session.list(per_page="10")).answer["pagination"]["count"] == 1
        await session.update(known, {"restrictions": {"restricted": True, "projects": ["a"]}}, by="modify")
        assert known.expected["restrictions"] == {"restricted": True, "projects": ["a"]}
        assert known.uncertain == set()
        assert (await session.delete(known)).ok
        assert session.model.living() == []
        assert session.model.deleted(known.id) is known

    assert [exchange.operation for exchange in session.exchanges] == [
        "add-registry",
        "get-registry",
        "list-registries",
        "modify-registry",
        "delete-registry",
    ]


async def test_a_team_and_another_token_go_with_the_credentials(emulator: Emulator) -> None:
    async with talk(emulator.url, other_token="other-token") as session:
        known = await session.living(team="some-team", token=OTHER)
        read = await session.get(known)
        from_outside = await session.get(known, team=None)
        from_another = await session.get(known, token=MAIN)
        deleted = await session.delete(known)

    assert [read.status, from_outside.status, from_another.status, deleted.status] == [200, 404, 404, 200]
    assert read.operation == "get-team-registry"
    assert read.sent_headers["Authorization"] == "Bearer $NORTHFLANK_API_OTHER_TOKEN"


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/v1/integrations/registries", "add-registry"),
        ("GET", "/v1/teams/a/integrations/registries", "list-team-registries"),
        ("PATCH", "/v1/teams/a/integrations/registries/b", "update-team-registry"),
        ("POST", "/v1/integrations/registries/b/modify", "modify-registry"),
        ("GET", "/v1/", "health"),
        ("POST", "/v1/login", None),
        ("PUT", "/v1/integrations/registries/b", None),
        ("GET", "/v1/integrations/registries/", None),
    ],
)
def test_a_request_is_known_by_its_operation(method: str, path: str, operation: str | None) -> None:
    assert operation_of(method, path) == operation


async def test_an_update_that_names_some_members_leaves_the_others_open(emulator: Emulator) -> None:
    async with talk(emulator.url) as session:
        known = await session.living()
        await session.update(known, {"credentials": {"username": "robot-2", "scope": {"pull": False}}, "name": "no"})

    assert known.uncertain == {"credentials.password", "credentials.scope.push"}
    assert known.expected["credentials"]["username"] == "robot-2"
    assert known.expected["credentials"]["scope"]["pull"] is False
    assert known.expected["name"] != "no"
    assert [
        known.is_certain(path) for path in ("credentials.username", "credentials.scope.push", "credentials", "name")
    ] == [
        True,
        False,
        False,
        True,
    ]


def test_only_documented_fields_are_expected() -> None:
    body = {"name": "a", "extra": 1, "aws": {"region": "r", "zone": "z"}, "gcp": None, "createdAt": "now"}

    assert documented(body) == {"name": "a", "aws": {"region": "r"}, "gcp": None}
    assert documented([]) == {}


async def test_what_is_accepted_and_what_is_refused_as_it_should_be_conforms(emulator: Emulator) -> None:
    async with talk(emulator.url) as session:
        known = await session.accepts(
            "add.name.max-length", {**session.usual_body(), "name": session.names.fresh(length=39)}
        )
        await session.refuses(["add.provider.required", "add.body.type"], {"name": session.names.fresh()})
        assert known is not None
        await session.update_accepts("update.credentials.type", known, {"credentials": {"scope": {}}})
        await session.update_refuses("update.restrictions.type", known, {"restrictions": []})

    rules = [
        *("add.name.max-length", "add.provider.required", "add.body.type"),
        *("update.credentials.type", "update.restrictions.type"),
    ]
    assert [session.verdicts.of(rule).outcome for rule in rules] == ["conforms"] * 5


async def test_what_is_accepted_or_refused_by_mistake_differs(emulator: Emulator) -> None:
    async with talk(emulator.url) as session:
        known = await session.living()
        await session.accepts("add.name.max-length", {"name": session.names.fresh()}, what="a name of 39 characters")
        await session.refuses("add.name.min-length", session.usual_body(), what="a name of 2 characters")
        await session.update_accepts("update.body.type", known, [])
        await session.update_refuses("update.credentials.type", known, {"credentials": {"scope": {}}})

    found = {finding.rule: finding for finding in session.verdicts.findings}
    assert found["add.name.max-length"].expected == "a name of 39 characters is accepted"
    assert found["add.name.max-length"].got.startswith("status 400")
    assert found["add.name.min-length"].expected == "a name of 2 characters is refused with a status of 400 to 499"
    assert found.keys() >= {"update.body.type", "update.credentials.type"}
    assert ANYTHING in known.uncertain
    assert session.model.living() == [known], "what should have been refused is deleted at once"


async def test_a_refusal_that_has_other_reasons_proves_nothing(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        return envelope(403)

    async with talk(await serve(answer)) as session:
        await session.refuses("add.name.required", {})
        await session.accepts("add.aws.type", session.usual_body())

    assert session.verdicts.of("add.name.required").outcome == "not observed"
    assert session.verdicts.of("add.aws.type").outcome == "not observed"
    assert "403" in str(session.verdicts.of("add.aws.type").why)


async def test_an_error_of_the_server_is_no_refusal(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        return envelope(500)

    async with talk(await serve(answer)) as session:
        await session.refuses("add.name.required", {"name": session.names.fresh()})

    assert session.verdicts.of("add.name.required").outcome == "not observed"
    assert session.verdicts.of("common.error.client-side").outcome == "differs"


async def test_credentials_to_work_with_are_used_again(emulator: Emulator) -> None:
    async with talk(emulator.url) as session:
        first = await session.living()
        special = await session.living({**session.usual_body(), "provider": "acr"})
        again = await session.living()
        await session.delete(first)
        another = await session.living()

    assert again is first
    assert another not in (first, special)


async def test_where_nothing_can_be_added_a_probe_is_skipped_with_the_reason(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        return envelope(404)

    async with talk(await serve(answer)) as session:
        with pytest.raises(Skip, match="no credentials could be added: status 404"):
            await session.living()


async def test_user_names_and_passwords_that_were_sent_are_shown_nowhere(emulator: Emulator) -> None:
    async with talk(emulator.url) as session:
        known = await session.living()
        secrets = known.expected["credentials"]
        session.verdicts.differ(
            "get.response.same-as-add",
            None,
            expected=f"{secrets['username']}",
            got=f"{secrets['password']} and {TOKEN}",
        )
        session.note(f"found {secrets['password']}")

    finding = session.verdicts.findings[0]
    assert (finding.expected, finding.got) == ("***", "*** and $NORTHFLANK_API_TOKEN")
    assert session.notes == ["found ***"]


async def test_tokens_that_are_not_given_are_made_up_where_that_is_possible(emulator: Emulator) -> None:
    async with talk(emulator.url, token=None) as session:
        assert session.has(MAIN)
        assert session.has(WRONG)
        assert session.has(NONE)
        assert not session.has(OTHER)
        with pytest.raises(KeyError):
            await session.list(token=OTHER)
        session.tokens.open = True
        known = await session.living(token=OTHER)
        statuses = [(await session.get(known, token=token)).status for token in (OTHER, MAIN, WRONG, NONE)]

    assert statuses == [200, 404, 404, 401]


async def test_requests_at_the_same_time_are_all_counted(emulator: Emulator) -> None:
    async with talk(emulator.url, budget=20) as session:
        bodies = [session.usual_body() for _ in range(10)]
        exchanges = await asyncio.gather(*(session.add(body) for body in bodies))

    assert [exchange.status for exchange in exchanges] == [200] * 10
    assert sorted(exchange.number for exchange in session.exchanges) == list(range(1, 11))
    assert (session.budget.used, session.budget.reserved) == (10, 10)
    assert all(isinstance(session.model.of(exchange), Known) for exchange in exchanges)
