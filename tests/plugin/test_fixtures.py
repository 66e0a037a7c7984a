"""The fixtures of the plugin, in test suites as users write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import Project


def test_each_test_has_an_account_of_its_own_on_one_server(project: Project) -> None:
    project.passes(
        """
        seen = []

        @pytest.mark.parametrize("round", [1, 2])
        def test_the_name_is_free(northflank, northflank_server, round):
            assert add(northflank, "abc") == "abc"
            assert ids(northflank) == ["abc"]
            assert northflank.url == northflank_server.url
            seen.append((northflank.url, northflank.token, northflank.account))

        def test_they_differed():
            (first, second) = seen
            assert first[0] == second[0]
            assert first[1] != second[1]
            assert first[2] != second[2]
        """,
        count=3,
    )


def test_what_a_test_leaves_behind_goes_with_it_and_stays_where_it_failed(project: Project) -> None:
    project.test(
        """
        def test_passes(northflank):
            add(northflank)
            northflank.fail_next("get-registry")

        def test_fails(northflank):
            add(northflank)
            assert not northflank.credentials

        def test_afterwards(northflank_server):
            ask = northflank_server.remote.ask
            assert [account["credentials"] for account in ask("GET", "/accounts")["accounts"]] == [1]
            assert ask("GET", "/requests")["count"] == 1
            assert ask("GET", "/faults")["faults"] == []
        """
    )
    result = project.run()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*northflank requests*", "POST /v1/integrations/registries -> 200"])


def test_what_a_test_does_to_clock_and_assumptions_is_undone(project: Project) -> None:
    project.passes(
        """
        from datetime import UTC, datetime, timedelta

        def test_changes_them(northflank):
            northflank.freeze("2030-01-01T00:00:00Z")
            assert northflank.advance(hours=1).now == datetime(2030, 1, 1, 1, tzinfo=UTC)
            northflank.assume(duplicate_name="suffix")
            northflank.assume({"duplicate-name": "reject"}, secrets="omit")
            northflank.assume(duplicate_name="suffix")
            assert add(northflank) == "abc"
            assert add(northflank) == "abc-2"

        def test_finds_them_as_they_were(northflank):
            assert not northflank.clock.frozen
            assert abs(northflank.clock.now - datetime.now(UTC)) < timedelta(seconds=5)
            add(northflank)
            with pytest.raises(ApiError, match="409"):
                add(northflank)
            switches = northflank.remote.ask("GET", "/assumptions").values()
            assert [switch for switch in switches if switch["value"] != switch["default"]] == []
        """,
        count=2,
    )


def test_a_frozen_clock_stays_frozen_where_it_was_before(project: Project) -> None:
    project.passes(
        """
        from datetime import UTC, datetime

        @pytest.fixture(scope="module", autouse=True)
        def midnight(northflank_server):
            northflank_server.freeze("2030-01-01T00:00:00Z")
            yield
            northflank_server.restore()

        @pytest.mark.parametrize("round", [1, 2])
        def test_it(northflank, round):
            assert northflank.clock.now == datetime(2030, 1, 1, tzinfo=UTC)
            northflank.advance(seconds=30)
        """,
        count=2,
    )


def test_the_token_is_in_no_report(project: Project) -> None:
    project.test(
        """
        from pathlib import Path

        def test_fails(northflank):
            Path("token").write_text(northflank.token)
            team = northflank.team("acme")
            requests = northflank.requests
            assert (northflank, team, requests, northflank.fail_next("list-registries")) is None
        """
    )
    result = project.run("--showlocals")
    result.assert_outcomes(failed=1)
    assert Path("token").read_text() not in result.stdout.str()
    result.stdout.fnmatch_lines(["*northflank *= <Northflank account-* at http://127.0.0.1:*"])


def test_the_official_python_sdk_reads_its_environment(project: Project) -> None:
    project.passes(
        """
        from northflank import ApiClient

        def test_sdk(northflank, monkeypatch):
            for name, value in northflank.env.items():
                monkeypatch.setenv(name, value)
            ApiClient().add.registry_credentials(data={"name": "abc", "provider": "ecr"})
            assert [stored["id"] for stored in northflank.credentials] == ["abc"]
        """
    )


@pytest.mark.parametrize(
    ("plugin", "options"),
    [
        pytest.param("asyncio", {"asyncio_default_fixture_loop_scope": "function"}, id="pytest-asyncio"),
        pytest.param("anyio", {}, id="anyio"),
    ],
)
def test_it_serves_async_tests(project: Project, plugin: str, options: dict[str, str]) -> None:
    project.ini(**options)
    project.passes(
        f"""
        import aiohttp

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.{plugin}
        @pytest.mark.northflank(count=3)
        async def test_async(northflank):
            headers = {{"Authorization": f"Bearer {{northflank.token}}"}}
            async with aiohttp.ClientSession(northflank.url, headers=headers) as session:
                async with session.get(REGISTRIES) as answer:
                    assert len((await answer.json())["data"]["credentials"]) == 3
            northflank.verify(operation="list-registries", times=1)
            northflank.advance(minutes=1)
        """,
        beside=[plugin],
    )


def test_it_serves_tests_that_have_an_aiohttp_server_of_their_own(project: Project) -> None:
    project.ini(asyncio_default_fixture_loop_scope="function", asyncio_mode="auto")
    project.passes(
        """
        from aiohttp import ClientSession, web

        async def test_a_service_that_calls_the_api(northflank, aiohttp_client):
            async def count(_):
                headers = {"Authorization": f"Bearer {northflank.token}"}
                async with ClientSession(northflank.url, headers=headers) as session, session.get(REGISTRIES) as answer:
                    return web.json_response(len((await answer.json())["data"]["credentials"]))

            northflank.seed("one-of-each-provider")
            app = web.Application()
            app.router.add_get("/", count)
            client = await aiohttp_client(app)
            assert await (await client.get("/")).json() == 8
        """,
        beside=["asyncio", "aiohttp"],
    )


def test_it_serves_unittest(project: Project) -> None:
    project.passes(
        """
        import unittest

        class CredentialsTest(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def account(self, northflank):
                self.northflank = northflank

            def test_add(self):
                self.assertEqual(add(self.northflank), "abc")
                self.northflank.verify(operation="add-registry", times=1)
        """
    )


def test_a_class_can_share_an_account(project: Project) -> None:
    project.passes(
        """
        @pytest.fixture(scope="class")
        def shared(northflank_server):
            handle = northflank_server.fresh()
            yield handle
            handle.reset()

        class TestInTurns:
            def test_add(self, shared):
                add(shared)

            def test_what_was_added(self, shared):
                assert ids(shared) == ["abc"]
        """,
        count=2,
    )


def test_each_worker_of_xdist_has_a_server_of_its_own(project: Project) -> None:
    project.conftest(
        """
        import pytest

        @pytest.fixture(autouse=True)
        def record(northflank, worker_id, record_property):
            record_property("place", f"{worker_id} {northflank.url}")

        def pytest_terminal_summary(terminalreporter):
            reports = terminalreporter.getreports("passed")
            places = {value for report in reports for name, value in report.user_properties if name == "place"}
            terminalreporter.line(f"workers: {len({place.split()[0] for place in places})}")
            terminalreporter.line(f"servers: {len({place.split()[1] for place in places})}")
        """
    )
    result = project.passes(
        """
        @pytest.mark.parametrize("number", range(20))
        def test_it(northflank, number):
            northflank.freeze("2030-01-01T00:00:00Z")
            assert add(northflank) == "abc"
        """,
        "-n2",
        "--maxschedchunk=1",
        count=20,
        beside=["xdist"],
        subprocess=True,
    )
    result.stdout.fnmatch_lines(["workers: 2", "servers: 2"])
