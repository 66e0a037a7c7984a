"""Dockerfile, compose file and workflows: linted, valid by their published schemas, and true to the checkout."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from emulator import Emulator
from tests.packaging.conftest import ROOT
from tests.packaging.dockerfile import copied_from_context, only, parse, variables

DOCKERFILE = ROOT / "Dockerfile"
STAGES = parse(DOCKERFILE)
FINAL = STAGES[-1]
COPIED = [source for stage in STAGES for sources, _ in copied_from_context(stage) for source in sources]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def lint(path: Path) -> subprocess.CompletedProcess[str]:
    linter = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert linter, "hadolint is not in this environment"
    return run(linter, "--failure-threshold", "style", str(path))


NEEDS_LINTER = pytest.mark.skipif(sys.platform == "win32", reason="the linter has no Windows build")


@NEEDS_LINTER
def test_the_linter_finds_nothing_in_the_dockerfile() -> None:
    result = lint(DOCKERFILE)

    assert (result.returncode, result.stdout) == (0, "")


@NEEDS_LINTER
@pytest.mark.parametrize(
    ("line", "rule"),
    [
        pytest.param("FROM python:latest", "DL3007", id="warning"),
        pytest.param("WORKDIR src", "DL3000", id="error"),
        pytest.param("RUN cd /src && make", "DL3003", id="in-a-command"),
        pytest.param("RUN echo $HOME/a b", "SC2086", id="in-the-shell"),
    ],
)
def test_the_linter_notices_what_is_wrong_in_a_dockerfile(tmp_path: Path, line: str, rule: str) -> None:
    wrong = tmp_path / "Dockerfile"
    wrong.write_text(f"{DOCKERFILE.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")

    result = lint(wrong)

    assert result.returncode == 1
    assert rule in result.stdout


def check_schema(schema: str, path: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path))


def test_the_compose_file_is_valid_by_its_published_schema() -> None:
    result = check_schema("vendor.compose-spec", ROOT / "docker-compose.yml")

    assert result.returncode == 0, result.stdout


def test_there_is_a_workflow() -> None:
    assert [path.name for path in WORKFLOWS]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
@pytest.mark.parametrize("schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"])
def test_a_workflow_is_valid_by_its_published_schema(path: Path, schema: str) -> None:
    result = check_schema(schema, path)

    assert result.returncode == 0, result.stdout


def test_the_schema_check_notices_a_wrong_file(tmp_path: Path) -> None:
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text("services: {emulator: {ports: true}}\n", encoding="utf-8")

    assert check_schema("vendor.compose-spec", wrong).returncode == 1


@pytest.mark.parametrize("source", COPIED)
def test_what_the_dockerfile_copies_exists(source: str) -> None:
    assert (ROOT / source).exists()


def test_the_dockerfile_copies_exactly_what_the_dockerignore_lets_through() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == set(COPIED)


def test_the_image_runs_without_root_and_opens_one_port() -> None:
    user = only(FINAL, "USER").value

    assert user.isdigit(), "a cluster that demands a user other than root needs its number"
    assert int(user) > 0
    assert only(FINAL, "EXPOSE").value == "8080"


def test_the_image_binds_all_interfaces() -> None:
    assert variables(FINAL)["NORTHFLANK_EMULATOR_HOST"] == "0.0.0.0"


def test_the_compose_file_asks_for_health_as_the_image_does() -> None:
    _, _, command = only(FINAL, "HEALTHCHECK").value.partition(" CMD ")

    assert SERVICES["emulator"]["healthcheck"]["test"] == ["CMD", *json.loads(command)]


def test_the_compose_client_waits_until_the_emulator_is_healthy() -> None:
    assert SERVICES["client"]["depends_on"] == {"emulator": {"condition": "service_healthy"}}


@pytest.mark.skipif(shutil.which("curl") is None and "CI" not in os.environ, reason="curl is not installed")
def test_the_compose_client_adds_a_registry() -> None:
    client = SERVICES["client"]
    command = [word.replace("$$", "$") for word in [*client["entrypoint"], *client["command"]]]

    with Emulator() as emulator:
        environment = {**client["environment"], "NORTHFLANK_API_BASE_URL": emulator.url, "PATH": os.defpath}
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["data"]["id"] == "from-compose"
