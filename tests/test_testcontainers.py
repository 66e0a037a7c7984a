"""`emulator.testcontainers`: what it asks of an engine, and when it takes the emulator for ready.

The engine is a stand-in, but the Docker SDK that talks to it is real, and so is the emulator that it starts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from testcontainers.core.config import ConnectionMode, testcontainers_config

from emulator.handle import Northflank
from emulator.testcontainers import IMAGE, NorthflankEmulatorContainer
from tests import docker_engine
from tests.conftest import REGISTRIES
from tests.docker_engine import Container, Engine
from tests.wire import Client


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Engine]:
    """An engine that the Docker SDK finds, and no trace of one that this machine may have."""
    for name in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_AUTH_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)  # it cleans up what a killed test left
    monkeypatch.setattr(testcontainers_config, "connection_mode_override", ConnectionMode.docker_host)
    with docker_engine.running() as (engine, host):
        monkeypatch.setenv("DOCKER_HOST", host)
        yield engine


def only(engine: Engine) -> Container:
    (container,) = engine.containers.values()
    return container


def test_it_runs_the_image_and_answers_as_soon_as_it_has_started(engine: Engine) -> None:
    with NorthflankEmulatorContainer() as container:
        asked = only(engine).asked
        assert asked["Image"] == IMAGE == "northflank-emulator:latest"
        assert asked.get("Cmd") is None
        assert list(asked["ExposedPorts"]) == ["8080/tcp"]
        assert only(engine).environment == {"NORTHFLANK_EMULATOR_PORT": "8080"}
        with Client(container.get_url(), "t") as client:
            assert client("GET", "/v1/").text == "success"
    assert engine.containers == {}
    (removed,) = engine.removed
    assert removed.process is not None
    assert removed.process.returncode == 0


def test_image_and_port_can_be_others(engine: Engine) -> None:
    with NorthflankEmulatorContainer("registry.example/team/emulator:1", port=9000, name="mine") as container:
        asked = only(engine).asked
        assert asked["Image"] == "registry.example/team/emulator:1"
        assert list(asked["ExposedPorts"]) == ["9000/tcp"]
        assert only(engine).environment == {"NORTHFLANK_EMULATOR_PORT": "9000"}
        with Client(container.get_url(), "t") as client:
            assert client("GET", "/v1/").status == 200


def test_a_named_fixture_is_what_every_account_starts_with(engine: Engine) -> None:
    made = NorthflankEmulatorContainer().with_fixture("three-pages")
    with made as container, Client(container.get_url(), "t") as client:
        assert client("GET", REGISTRIES).json["pagination"]["hasNextPage"] is True


def test_a_fixture_of_ones_own_is_mounted_for_reading(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"credentials": [{"name": "Mine", "provider": "ecr"}]}), "utf-8")
    with NorthflankEmulatorContainer().with_fixture(file) as container:
        assert only(engine).asked["HostConfig"]["Binds"] == [f"{file}:/fixtures/mine.json:ro"]
        assert only(engine).environment["NORTHFLANK_EMULATOR_FIXTURE"] == "/fixtures/mine.json"
        with Client(container.get_url(), "t") as client:
            assert client("GET", f"{REGISTRIES}/mine").status == 200


def test_assumptions_add_up_and_can_be_given_as_python_writes_names(engine: Engine) -> None:
    made = NorthflankEmulatorContainer().with_assume(duplicate_name="suffix").with_assume(secrets="omit")
    with made as container, Client(container.get_url(), "t") as client:
        assert only(engine).environment["NORTHFLANK_EMULATOR_ASSUME"] == "duplicate-name=suffix,secrets=omit"
        ids = [client("POST", REGISTRIES, {"name": "abc", "provider": "ecr"}).json["data"]["id"] for _ in range(2)]
        assert ids == ["abc", "abc-2"]


def test_every_other_option_has_a_way_in(engine: Engine) -> None:
    made = NorthflankEmulatorContainer().with_setting("rate-limit", "enforce").with_setting("rate_limit_requests", "1")
    with made as container, Client(container.get_url(), "t") as client:
        assert [client("GET", REGISTRIES).status for _ in range(2)] == [200, 429]


def test_the_control_routes_are_open_only_to_an_admin_token_that_was_given(engine: Engine) -> None:
    with NorthflankEmulatorContainer() as container, Client(container.get_url(), "t") as client:
        assert client("GET", "/_emulator/state").status == 403
        assert set(container.get_env("my-token")) == set(Northflank("http://127.0.0.1:1").env)
    with NorthflankEmulatorContainer().with_admin_token("letmein") as container:
        with Client(container.get_url(), "letmein") as client:
            assert client("GET", "/_emulator/state").status == 200
        variables = container.get_env("my-token")
        assert variables["NORTHFLANK_EMULATOR_URL"] == container.get_url()
        assert variables["NORTHFLANK_EMULATOR_ADMIN_TOKEN"] == "letmein"


def test_the_official_sdk_finds_it_by_these_variables(engine: Engine) -> None:
    with NorthflankEmulatorContainer().with_fixture("three-pages") as container:
        variables = container.get_env("my-token")
        assert variables["NORTHFLANK_API_BASE_URL"] == container.get_url()
        code = "from northflank import ApiClient\nfound = ApiClient().list.registry_credentials.all().data"
        code += "\nprint(len(found['credentials']))"
        counted = subprocess.run(
            [sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False
        )
    assert counted.stderr == ""
    assert int(counted.stdout) > 100


def test_it_is_ready_by_a_log_in_json_too(engine: Engine) -> None:
    with NorthflankEmulatorContainer().with_setting("log-format", "json") as container:
        assert json.loads(container.get_logs()[0].splitlines()[-1])["event"] == "ready"
        with Client(container.get_url(), "t") as client:
            assert client("GET", "/v1/").status == 200


def test_without_the_extra_the_import_says_how_to_get_it() -> None:
    code = "import sys; sys.modules['testcontainers'] = None; import emulator.testcontainers"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "pip install 'northflank-emulator[testcontainers]'" in ended.stderr.splitlines()[-1]


def test_what_refuses_to_start_is_told_at_once_and_removed(engine: Engine) -> None:
    with pytest.raises(RuntimeError, match="exited"), NorthflankEmulatorContainer().with_fixture("no-such-fixture"):
        pytest.fail("it cannot have started")
    assert engine.containers == {}
    assert b"no-such-fixture" in engine.removed[0].log(["stderr"])
