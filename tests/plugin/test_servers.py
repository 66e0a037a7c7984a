"""`northflank_options`, and an emulator that runs already."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import emulator
from emulator import Emulator, Settings
from emulator.given import Given
from emulator.models import DeclaredToken
from tests.plugin.conftest import Project

ONE = "def test_it(northflank): add(northflank)"
TWO = """
@pytest.mark.parametrize("number", [1, 2])
def test_it(northflank, number):
    add(northflank)
    print(northflank.url)
"""


def options(project: Project, value: str) -> None:
    project.conftest(
        f"""
        import pytest
        from emulator.models import DeclaredToken

        @pytest.fixture(scope="session")
        def northflank_options():
            return {value}
        """
    )


@contextmanager
def answering(text: str) -> Iterator[str]:
    """Serve one text, whatever is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_settings_are_those_of_the_command(project: Project) -> None:
    options(
        project,
        """{
            "rate_limit": "enforce", "rate_limit_requests": 2, "assume": {"duplicate_name": "suffix"},
            "known_projects": ["web"], "log_requests": False, "fixture": "one-of-each-provider",
        }""",
    )
    project.passes(
        """
        def test_it(northflank):
            assert len(ids(northflank)) == 8
            assert [add(northflank, "abc")] == ["abc"]
            with pytest.raises(ApiError, match="429"):
                add(northflank, "abc")
            northflank.advance(hours=1)
            assert add(northflank, "abc") == "abc-2"
        """
    )


def test_declared_tokens_have_handles_of_their_own(project: Project) -> None:
    options(project, '{"tokens": [DeclaredToken("owner", "acme"), DeclaredToken("reader", "acme", frozenset())]}')
    project.test(
        """
        def test_it(northflank_server):
            add(northflank_server)
            reader = northflank_server.for_token("reader")
            with pytest.raises(ApiError, match="403"):
                add(reader)
            assert len(reader.credentials) == 1

        def test_fresh(northflank):
            pass
        """
    )
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*use for_token(TOKEN)*"])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param('{"rate_limits": "off"}', "'rate_limits'*url, host, port*", id="unknown setting"),
        pytest.param('{"port_file": "port"}', "'port_file'*url, host, port*", id="a setting of the command alone"),
        pytest.param('{"rate_limit": "maybe"}', "rate_limit: 'maybe'*enforce*", id="unknown value"),
        pytest.param('{"rate_limit_requests": "many"}', "rate_limit_requests: 'many'*0 or more*", id="no number"),
        pytest.param('{"assume": ["x"]}', '*mapping*"duplicate-name": "suffix"*', id="unknown form"),
        pytest.param('{"assume": {"duplicate-name": "x"}}', "*reject or suffix*", id="unknown choice"),
        pytest.param('{"fixture": "three-pags"}', "*three-pages*", id="unknown fixture"),
        pytest.param('{"host": "0.0.0.0"}', "*--admin-token*", id="open to all"),
        pytest.param('{"host": "192.0.2.1", "insecure_control": True}', "*choose another host*", id="not this machine"),
        pytest.param('{"control": "off"}', "*need the control routes*", id="no control"),
        pytest.param('"http://127.0.0.1:1"', "*mapping, not a str*", id="no mapping"),
    ],
)
def test_wrong_options_are_told_with_the_remedy(project: Project, value: str, words: str) -> None:
    options(project, value)
    project.test(ONE)
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*northflank_options*{words}"])
    result.stdout.no_fnmatch_line("*another exception*")


@pytest.mark.parametrize("how", ["environment", "options"])
def test_a_running_emulator_is_used(project: Project, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    with Emulator(Settings(admin_token="admin")) as running:
        if how == "environment":
            monkeypatch.setenv("NORTHFLANK_EMULATOR_URL", f"{running.url}/")
            monkeypatch.setenv("NORTHFLANK_EMULATOR_ADMIN_TOKEN", "admin")
        else:
            options(project, f'{{"url": "{running.url}", "admin_token": "admin"}}')
        result = project.passes(TWO, "-s", count=2)
        result.stdout.fnmatch_lines([f"*{running.url}"])
        # Of what the tests stored and asked, nothing is left.
        assert running.remote.ask("GET", "/accounts")["accounts"] == []
        assert running.remote.ask("GET", "/requests")["count"] == 0


def test_workers_of_xdist_share_a_running_emulator(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator() as running:
        monkeypatch.setenv("NORTHFLANK_EMULATOR_URL", running.url)
        project.passes(
            f"""
            @pytest.mark.parametrize("number", range(10))
            def test_it(northflank, number):
                assert northflank.url == "{running.url}"
                assert add(northflank) == "abc"
                assert ids(northflank) == ["abc"]
                northflank.verify(operation="add-registry", times=1)
            """,
            "-n2",
            beside=["xdist"],
            count=10,
            subprocess=True,
        )


SETTINGS: Given = {
    "assume": {"duplicate-name": "suffix", "secrets": "omit"},
    "fixture": "teams",
    "rate_limit": "enforce",
    "rate_limit_requests": 7,
    "journal": 50,
    "known_projects": ["web"],
    "max_body": 10_000,
}


def test_a_running_emulator_with_the_same_settings_is_as_good(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    options(project, repr(SETTINGS))
    with Emulator(**SETTINGS) as running:
        monkeypatch.setenv("NORTHFLANK_EMULATOR_URL", running.url)
        project.passes(TWO, count=2)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        pytest.param("{'assume': {'duplicate_name': 'reject'}}", "duplicate-name is suffix, not reject", id="assume"),
        pytest.param("{'assume': {'secrets': 'omit'}}", "*duplicate-name is suffix*secrets is return*", id="two"),
        pytest.param("{'fixture': 'three-pages'}", "accounts start empty, not with three-pages", id="fixture"),
        pytest.param("{'rate_limit_requests': 10}", "its rate limit is 1000, not 10", id="rate limit"),
        pytest.param("{'rate_limit': 'off'}", "its rate limit is 1000, not off", id="no rate limit"),
    ],
)
@pytest.mark.parametrize("how", ["environment", "options"])
def test_a_running_emulator_with_other_settings_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, wanted: str, words: str, how: str
) -> None:
    with Emulator(assume={"duplicate-name": "suffix"}) as running:
        if how == "environment":
            monkeypatch.setenv("NORTHFLANK_EMULATOR_URL", running.url)
            options(project, wanted)
        else:
            options(project, f'{{**{wanted}, "url": "{running.url}"}}')
        project.ini(filterwarnings="default")
        project.passes(ONE).stdout.fnmatch_lines(
            [f"*PytestWarning: {running.url} runs already, and not with northflank_options: {words}. Start it *"]
        )


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param("{}", id="nothing"),
        pytest.param("{'fixture': 'empty'}", id="an empty fixture"),
        pytest.param("{'port': 8080, 'host': '127.0.0.1', 'log_requests': True}", id="what tests do not notice"),
    ],
)
def test_what_was_not_asked_for_may_be_as_it_likes(
    project: Project, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    options(project, wanted)
    with Emulator(assume={"duplicate-name": "suffix"}, rate_limit="off") as running:
        monkeypatch.setenv("NORTHFLANK_EMULATOR_URL", running.url)
        project.passes(ONE)


def refused(project: Project, monkeypatch: pytest.MonkeyPatch, url: str) -> str:
    """Return what is told of a URL that cannot be used, for each of two tests."""
    monkeypatch.setenv("NORTHFLANK_EMULATOR_URL", url)
    project.test(TWO)
    result = project.run()
    result.assert_outcomes(errors=2)
    result.stdout.no_fnmatch_line("*another exception*")
    (told, _) = (line for line in result.outlines if line.startswith("NORTHFLANK_EMULATOR_URL: "))
    return told


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("http://127.0.0.1:1", "does not answer", id="nobody there"),
        pytest.param("localhost:8080", "not a base URL", id="no URL"),
    ],
)
def test_a_url_where_nothing_answers_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    assert words in refused(project, monkeypatch, url)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(json.dumps({"status": "alive", "version": "0.0.1"}), emulator.__version__, id="another version"),
        pytest.param(json.dumps({"status": "UP"}), "no northflank-emulator", id="another program"),
        pytest.param("<html>", "no northflank-emulator", id="a web page"),
    ],
)
def test_something_else_that_answers_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    with answering(text) as url:
        assert words in refused(project, monkeypatch, url)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param(Settings(admin_token="admin"), "NORTHFLANK_EMULATOR_ADMIN_TOKEN", id="with an admin token"),
        pytest.param(Settings(control="off"), "control routes are off", id="without control"),
        pytest.param(Settings(tokens=(DeclaredToken("t", "acme"),)), "declared tokens", id="with declared tokens"),
    ],
)
def test_an_emulator_that_tests_cannot_use_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, settings: Settings, words: str
) -> None:
    with Emulator(settings) as running:
        assert words in refused(project, monkeypatch, running.url)
