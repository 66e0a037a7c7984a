"""`--log-format json`: all that is printed is one JSON object a line, whatever happens, and tells no secret."""

from __future__ import annotations

import io
import json
import logging
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emulator
from emulator.logs import JSONLines
from tests.conftest import REGISTRIES
from tests.processes import PROGRAM, READY, clean_environment, serving
from tests.wire import Client, connected, receive

JSON = ("--log-format", "json")


def objects(text: str | Sequence[str]) -> list[dict[str, Any]]:
    """The objects of a log; every line must be one, with what all of them have."""
    lines = text.splitlines() if isinstance(text, str) else text
    read = [json.loads(line) for line in lines]
    for one in read:
        assert {"time", "level", "event", "message"} <= one.keys()
        assert datetime.fromisoformat(one["time"]).utcoffset() is not None
    return read


def refused(*options: str) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, "serve", *JSON, *options]
    return subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=60, check=False)


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run code of which the log is JSON."""
    code = f"from emulator import logs\nlogs.start(as_json=True)\n{code}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def test_the_start_is_told_in_two_objects_and_the_last_has_what_scripts_need() -> None:
    with serving(*JSON) as served:
        start, ready = objects(served.banner)
        port = int(served.url.rpartition(":")[2])
        assert (start["event"], start["version"], start["level"]) == ("start", emulator.__version__, "info")
        assert (ready["event"], ready["url"], ready["port"]) == ("ready", served.url, port)
        assert ready["version"] == emulator.__version__
        assert served.end() == (0, "", "")


def test_the_words_of_the_ready_line_are_found_in_either_format() -> None:
    for form in ("text", "json"):
        with serving("--log-format", form) as served:
            found = READY.search("\n".join(served.banner))
            assert found is not None
            with Client(found[1], "t") as client:
                assert client("GET", "/v1/").status == 200


def test_the_environment_asks_for_json_as_well() -> None:
    with serving(environment={"NORTHFLANK_EMULATOR_LOG_FORMAT": "json"}) as served:
        assert objects(served.banner)[-1]["event"] == "ready"


def test_a_request_is_an_object_if_requests_are_asked_for() -> None:
    with serving(*JSON, "--log-requests", "1") as served, Client(served.url, "t") as client:
        client("POST", REGISTRIES, {"name": "abc", "provider": "ecr"})
        client("POST", f"{REGISTRIES}/abc/modify", {})
        client("GET", f"/v1/teams/a-team{REGISTRIES.removeprefix('/v1')}/xyz?per_page=3")
        client("GET", "/v1/nothing")
        code, out, err = served.end()
    assert (code, err) == (0, "")
    told = objects(out)
    assert {(one["event"], one["level"]) for one in told} == {("request", "info")}
    assert [(one["method"], one["path"], one["status"], one.get("operation")) for one in told] == [
        ("POST", REGISTRIES, 200, "add-registry"),
        ("POST", f"{REGISTRIES}/abc/modify", 200, "modify-registry"),
        ("GET", "/v1/teams/a-team/integrations/registries/xyz", 404, "get-team-registry"),
        ("GET", "/v1/nothing", 404, None),
    ]
    assert all(0 <= one["duration_ms"] < 60_000 for one in told)
    assert told[0]["message"].startswith(f"POST {REGISTRIES} 200 ")


def test_requests_are_not_told_unless_asked_for() -> None:
    with serving(*JSON) as served:
        with Client(served.url, "t") as client:
            assert client("GET", "/v1/").status == 200
        assert served.end() == (0, "", "")


def test_a_request_is_told_without_anything_secret_in_it() -> None:
    with serving(*JSON, "--log-requests", "1", "--admin-token", "hidden-0") as served:
        with Client(served.url, "hidden-1") as client:
            credentials = {"username": "hidden-2", "password": "hidden-3", "scope": {"pull": True, "push": True}}
            body = {"name": "abc", "provider": "ecr", "integrationId": "org/a", "credentials": credentials}
            assert client("POST", f"{REGISTRIES}?key=hidden-4", body).status == 200
            client("GET", "/_emulator/state", token="hidden-0")
        with connected(served.url) as connection:
            connection.sendall(
                b"GET http://user:hidden-5@host/v1/?hidden-6 HTTP/1.1\r\nHost: x\r\nX-Key: hidden-7\r\n\r\n"
            )
            assert receive(connection).status == 200
        _, out, err = served.end()
    assert len(objects(out)) == 3
    assert "hidden" not in out + err + "\n".join(served.banner)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(b'/v1/"\\{}', id="quotes"),
        pytest.param(b"/v1/\xff\xfe", id="no-utf-8"),
        pytest.param("/v1/\u2028\u0085é😀".encode(), id="line-separators"),
        pytest.param(b"/v1/%00%0a%1b[31m", id="encoded-controls"),
    ],
)
def test_odd_characters_of_a_path_leave_the_line_valid(path: bytes) -> None:
    with serving(*JSON, "--log-requests", "1") as served:
        with connected(served.url) as connection:
            connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            status = receive(connection).status
        code, out, err = served.end()
    (told,) = objects(out)
    assert (code, err, told["status"]) == (0, "", status)
    assert out.isascii()


def test_a_refusal_to_start_is_an_object_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = refused("--port", str(port))
    (told,) = objects(ended.stdout)
    assert (ended.returncode, ended.stderr) == (2, "")
    assert (told["event"], told["level"]) == ("refused", "error")
    assert told["message"].startswith(f"--port: 127.0.0.1:{port}: ")


def test_a_trouble_while_it_runs_is_an_object(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    with serving(*JSON, "--state-file", str(folder / "state.json")) as served, Client(served.url, "t") as client:
        shutil.rmtree(folder)
        client("POST", REGISTRIES, {"name": "abc", "provider": "ecr"})
        _, out, err = served.end()
    told = objects(out)
    assert err == ""
    assert {(one["event"], one["level"], one["logger"]) for one in told} == {("log", "error", "emulator")}
    assert "cannot be saved" in told[0]["message"]


def test_a_crash_is_an_object_with_frames_and_without_the_message_of_the_exception() -> None:
    code = "def inner(): raise KeyError('hidden-1')\ntry: inner()\nexcept KeyError: raise ValueError('hidden-2')"
    ended = run(code)
    (told,) = objects(ended.stdout)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert (told["event"], told["level"]) == ("crash", "critical")
    assert "builtins.ValueError" in told["traceback"]
    assert "builtins.KeyError" in told["traceback"]
    assert "in inner" in told["traceback"]
    assert "hidden" not in ended.stdout


def test_an_exception_that_no_task_took_is_told_without_its_message() -> None:
    code = (
        "import asyncio, gc\n"
        "async def fail(): raise ValueError('hidden')\n"
        "async def main(): asyncio.ensure_future(fail()); await asyncio.sleep(0.01); gc.collect()\n"
        "asyncio.run(main())"
    )
    ended = run(code)
    (told,) = objects(ended.stdout)
    assert (told["event"], told["level"], told["logger"]) == ("log", "error", "asyncio")
    assert "builtins.ValueError" in told["traceback"]
    assert "hidden" not in ended.stdout + ended.stderr


def test_a_warning_is_an_object() -> None:
    ended = run("import warnings\nwarnings.warn('odd')")
    (told,) = objects(ended.stdout)
    assert ended.stderr == ""
    assert (told["level"], told["logger"]) == ("warning", "py.warnings")
    assert "odd" in told["message"]


def test_ctrl_c_is_no_crash() -> None:
    ended = run("raise KeyboardInterrupt")
    assert ended.stdout == ""
    assert "KeyboardInterrupt" in ended.stderr


ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(message=ANY_TEXT, fact=ANY_TEXT | st.integers() | st.booleans() | st.none())
def test_whatever_is_logged_is_one_line_of_ascii_that_is_json(message: str, fact: object) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JSONLines())
    record = logging.LogRecord("any", logging.INFO, "", 0, "%s", (message,), None)
    record.facts = {"event": "some", "fact": fact}
    handler.handle(record)
    text = written.getvalue()
    (told,) = objects(text)
    assert text.count("\n") == 1
    assert text.isascii()
    # Every reader has to take it, and half surrogate pairs are none of UTF-8.
    assert told["message"].encode("utf-8") == message.encode("utf-8", "replace")
    assert told["fact"] == (fact.encode("utf-8", "replace").decode() if isinstance(fact, str) else fact)
