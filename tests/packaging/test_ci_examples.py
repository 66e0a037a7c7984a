"""Examples for other people's pipelines: valid by the published schemas, and their steps run against an emulator."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import docker_engine, readme
from tests.packaging.conftest import ROOT
from tests.packaging.dockerfile import only, parse
from tests.packaging.test_container_files import check_schema
from tests.processes import clean_environment, serving

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the steps are those of a shell")

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/service-container.yml").read_text(encoding="utf-8"))
JOB = WORKFLOW["jobs"]["client"]
SERVICE = JOB["services"]["emulator"]
IMAGE = parse(ROOT / "Dockerfile")[-1]


def run(script: str, variables: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a step as a runner does, with this environment's commands; what it installs is installed already."""
    environment = clean_environment(variables)
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    command = ["bash", "-e", "-o", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def steps(scripts: list[str], variables: Mapping[str, str], service: Mapping[str, str], folder: Path) -> list[str]:
    """Run what a job has to run beside an emulator with the service's variables; returns what each step printed."""
    printed = []
    with serving(environment=service) as served:
        moved = {name: value.replace(url_of(variables), served.url) for name, value in variables.items()}
        for script in scripts:
            if not script.startswith("pip install"):
                done = run(script, moved, folder)
                assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
                printed.append(done.stdout)
    return printed


def url_of(variables: Mapping[str, str]) -> str:
    return variables["NORTHFLANK_API_BASE_URL"]


def test_the_job_waits_for_the_health_check_of_the_image_and_for_nothing_else() -> None:
    assert "northflank-emulator" in only(IMAGE, "HEALTHCHECK").value
    assert SERVICE.keys() == {"image", "ports", "env"}  # options could have another health check, or none
    assert SERVICE["ports"] == ["8080:8080"]
    assert only(IMAGE, "EXPOSE").value == "8080"
    assert url_of(JOB["env"]) == "http://127.0.0.1:8080"


def test_the_job_is_skipped_where_no_image_is_named() -> None:
    assert SERVICE["image"] == "${{ vars.EMULATOR_IMAGE }}"
    assert JOB["if"] == "vars.EMULATOR_IMAGE != ''"


def test_the_steps_of_the_job_succeed_beside_the_service(tmp_path: Path) -> None:
    scripts = [step["run"] for step in JOB["steps"] if "run" in step]

    printed = steps(scripts, JOB["env"], SERVICE["env"], tmp_path)

    assert int(printed[0]) > 100  # which is more than a page
    assert json.loads(printed[1])["verdict"] == "passed"


@pytest.fixture
def gitlab(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(readme.snippet("gitlab-ci"), encoding="utf-8")
    return file, yaml.safe_load(file.read_text(encoding="utf-8"))["client-tests"]


def test_the_gitlab_job_is_valid_by_the_published_schema(gitlab: tuple[Path, dict[str, Any]]) -> None:
    file, _ = gitlab

    assert check_schema("vendor.gitlab-ci", file).returncode == 0

    file.write_text(file.read_text(encoding="utf-8").replace("script:", "scripts:"), encoding="utf-8")
    assert check_schema("vendor.gitlab-ci", file).returncode == 1


def test_the_steps_of_the_gitlab_job_succeed_beside_the_service(
    gitlab: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    _, job = gitlab
    (service,) = job["services"]

    printed = steps(job["script"], job["variables"], service["variables"], tmp_path)

    assert url_of(job["variables"]) == f"http://{service['alias']}:{only(IMAGE, 'EXPOSE').value}"
    assert "credentials" in printed[0]


def test_the_snippet_for_testcontainers_runs(tmp_path: Path) -> None:
    with docker_engine.running() as (engine, host):
        variables = {
            "DOCKER_HOST": host,
            "DOCKER_CONFIG": str(tmp_path),
            "TESTCONTAINERS_RYUK_DISABLED": "true",
            "TESTCONTAINERS_CONNECTION_MODE": "docker_host",
        }
        command = [sys.executable, "-c", readme.snippet("testcontainers")]
        environment = clean_environment({**variables, "PYTHONPATH": str(ROOT)})
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

        assert (done.returncode, len(engine.removed)) == (0, 1), done.stderr
    assert done.stdout.startswith("http://127.0.0.1:")
    assert "any-token-works" in done.stdout


def test_the_snippet_for_a_free_port_runs(tmp_path: Path) -> None:
    done = run(f"{readme.snippet('port-file')}\nkill $!\nwait $!", {}, tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("success")
    assert list(tmp_path.iterdir()) == []
