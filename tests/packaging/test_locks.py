"""The locks in requirements/ agree with the ranges in pyproject.toml and with each other."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.conftest import ROOT

LOCKS = ["dev", "runtime", "backend", "oldest"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = [Requirement(text) for text in PROJECT["dependencies"]]
EXTRAS = [Requirement(text) for extra in PROJECT["optional-dependencies"].values() for text in extra]


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def locked_versions(name: str) -> dict[str, str]:
    pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)", lock_text(name), flags=re.MULTILINE)
    return {canonicalize_name(project): version for project, version in pins}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_file_is_known_by_its_hash(name: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^#.*\n", "", lock_text(name), flags=re.MULTILINE).strip())

    assert len(entries) == len(locked_versions(name)) > 0
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_host_and_no_path(name: str) -> None:
    assert re.findall(r".*(?:://|file:|--index|--find-links|@ ).*", lock_text(name)) == []


@pytest.mark.parametrize("name", ["runtime", "backend"])
def test_the_smaller_locks_are_parts_of_the_one_for_development(name: str) -> None:
    assert locked_versions(name).items() <= locked_versions("dev").items()


@pytest.mark.parametrize("requirement", RUNTIME, ids=str)
@pytest.mark.parametrize("name", ["runtime", "dev", "oldest"])
def test_each_lock_keeps_within_the_ranges_for_users(name: str, requirement: Requirement) -> None:
    assert requirement.specifier.contains(locked_versions(name)[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("requirement", EXTRAS, ids=str)
def test_extras_are_in_the_lock_for_development_and_not_in_that_for_serving(requirement: Requirement) -> None:
    name = canonicalize_name(requirement.name)

    assert requirement.specifier.contains(locked_versions("dev")[name])
    assert name not in locked_versions("runtime")


@pytest.mark.parametrize("requirement", [*RUNTIME, *EXTRAS], ids=str)
def test_the_oldest_lock_tries_each_lower_bound(requirement: Requirement) -> None:
    (lower,) = [clause.version for clause in requirement.specifier if clause.operator == ">="]
    locked = locked_versions("oldest")[canonicalize_name(requirement.name)]

    assert Requirement(f"x=={lower}").specifier.contains(locked)
