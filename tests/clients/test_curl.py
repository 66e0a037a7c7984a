"""The `curl` line of the documentation page, with the host and the token changed."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .processes import environment, unavailable

pytestmark = pytest.mark.client("curl")

LINE = """
curl --header "Content-Type: application/json" \\
  --header "Authorization: Bearer NORTHFLANK_API_TOKEN" \\
  --request POST \\
  --data '{"name":"Example Docker Credentials"}' \\
  https://api.northflank.com/v1/integrations/registries
"""
PROVIDERS = ("acr", "ecr", "gar", "dockerhub", "github", "gitlab", "custom", "legacy")

Curl = Callable[[str], tuple[int, Any]]


@pytest.fixture
def curl(emulator_url: str, token: str, tmp_path: Path) -> Curl:
    """Runs a line as a shell would; gives the status and the decoded body."""
    if shutil.which("curl") is None:
        unavailable("curl is not installed")

    def run(line: str) -> tuple[int, Any]:
        line = line.strip().replace("https://api.northflank.com", emulator_url).replace("NORTHFLANK_API_TOKEN", token)
        command = ["sh", "-c", line + " --silent --show-error --write-out '\\n%{http_code}'"]
        done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=True)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    return run


@pytest.mark.operation("errors")
def test_the_line_as_printed_lacks_the_provider_and_is_told_which_there_are(curl: Curl) -> None:
    status, body = curl(LINE)
    error = body["error"]
    assert status == error["status"] == 400
    assert list(error["details"]) == ["provider"]
    told = " ".join(error["details"]["provider"])
    assert "required" in told.lower()
    assert all(provider in told for provider in PROVIDERS)


@pytest.mark.operation("add")
def test_the_line_with_a_provider_stores_the_credentials(curl: Curl) -> None:
    status, body = curl(LINE.replace('Credentials"}', 'Credentials","provider":"dockerhub"}'))
    assert status == 200
    assert body == {
        "data": {"id": "example-docker-credentials", "name": "Example Docker Credentials", "provider": "dockerhub"}
    }


@pytest.mark.operation("errors")
def test_the_line_without_a_token_is_told_so(curl: Curl) -> None:
    status, body = curl(LINE.replace('--header "Authorization: Bearer NORTHFLANK_API_TOKEN"', ""))
    assert status == body["error"]["status"] == 401
    assert body["error"]["id"] == "unauthorized"
