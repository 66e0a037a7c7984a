"""Generated credentials: valid, realistic, no two with one id, and for one seed always the same."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import time
from collections import Counter
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import codec, seeding
from emulator.clock import Clock
from emulator.errors import NameTakenError
from emulator.namespace import Namespace
from emulator.store import Store
from tests.conftest import Start
from tests.contract_checker import CONTRACT, known, validator
from tests.http_client import registries

CREATE: Final[dict[str, Any]] = CONTRACT["components"]["schemas"]["RegistryCreate"]


def namespace() -> Namespace:
    """Return an empty namespace."""
    return Store(Clock()).new_account().own


@settings(max_examples=25)
@given(seed=st.integers(0, 2**64))
def test_generated_credentials_are_what_the_contract_allows_and_no_two_have_one_id(seed: int) -> None:
    judge = validator("components", "schemas", "RegistryCreate")
    documents = list(seeding.generate(200, seed))

    assert len(documents) == 200, seed
    for document in documents:
        judge.validate(document)
        assert known(document, CREATE) == document
    target = namespace()
    assert seeding.fill(target, documents) == len(target) == 200


def test_the_same_seed_gives_the_same_bytes_with_every_python_and_faker_that_is_supported() -> None:
    # `make test` and `make test-oldest` alike. If a newer Faker changes it: its version is told with what is made.
    text = b"\n".join(codec.stdlib_dumps(document) for document in seeding.generate(1000, 7))

    digest = hashlib.sha256(text).hexdigest()

    assert digest == "f01805266f954be51f6f2fb478c9d0b6b705eadaa5756864c76711a4197b044a", f"seed 7, {seeding.origin()}"


def test_the_version_of_faker_is_told_with_what_it_made() -> None:
    assert seeding.origin() == f"Faker {metadata.version('faker')}"


def test_another_seed_gives_others_and_a_larger_count_starts_with_the_same() -> None:
    some = list(seeding.generate(50, 1))

    assert list(seeding.generate(120, 1))[:50] == some
    names = {document["name"] for document in some}
    assert len(names & {document["name"] for document in seeding.generate(50, 2)}) < 5


def test_generated_credentials_look_real() -> None:
    documents: list[Any] = list(seeding.generate(2000, 3))
    by_provider = Counter(document["provider"] for document in documents)

    assert set(by_provider) == set(CREATE["properties"]["provider"]["enum"])
    for document in documents:
        url = document.get("registryUrl", "")
        match document["provider"]:
            case "ecr":
                assert re.fullmatch(rf"https://\d{{12}}\.dkr\.ecr\.{document['aws']['region']}\.amazonaws\.com", url)
            case "gar":
                assert re.fullmatch(rf"https://[a-z0-9-]+-docker\.pkg\.dev/{document['gcp']['projectId']}/[a-z]+", url)
            case "acr":
                assert re.fullmatch(r"https://[a-z0-9]{5,50}\.azurecr\.io", url)
                assert document["azure"]["resourceGroup"]
            case "github":
                assert url == "https://ghcr.io"
        if "integrationId" in document:
            assert {"username", "password"} <= document["credentials"].keys()
    for member in ("integrationId", "credentials", "restrictions"):
        assert 0 < sum(member in document for document in documents) < len(documents)
    times = [document["createdAt"] for document in documents]
    assert times == sorted(times)
    assert all(document["createdAt"] <= document["updatedAt"] for document in documents)


async def test_a_client_sees_generated_credentials_as_they_were_made(start: Start, tmp_path: Path) -> None:
    documents: list[Any] = list(seeding.generate(30, 5))

    file = tmp_path / "made.json"
    file.write_text(json.dumps({"credentials": documents}), "utf-8")

    ask = await start(fixture=str(file))

    items = (await ask("GET", registries())).json["data"]["credentials"]
    answers = [(await ask("GET", registries(None, item["id"]))).json["data"] for item in items]
    assert [{**document, "id": answer["id"]} for document, answer in zip(documents, answers, strict=True)] == answers


def test_filling_twice_is_refused_unless_ids_get_a_suffix() -> None:
    target = namespace()
    seeding.fill(target, seeding.generate(10, 1))

    with pytest.raises(NameTakenError):
        seeding.fill(target, seeding.generate(10, 1))

    assert seeding.fill(target, seeding.generate(10, 1), suffix=True) == 10
    assert len(target) == 20


@pytest.mark.parametrize(
    ("count", "calls"),
    [
        pytest.param(0, [], id="none"),
        pytest.param(3, [(3, 3)], id="few"),
        pytest.param(2000, [(1000, 2000), (2000, 2000)], id="even"),
        pytest.param(1001, [(1000, 1001), (1001, 1001)], id="odd"),
    ],
)
def test_progress_is_told_after_every_thousand_and_at_the_end(count: int, calls: list[tuple[int, int]]) -> None:
    told: list[tuple[int, int]] = []

    seeding.fill(namespace(), seeding.generate(count, 1), total=count, progress=lambda *call: told.append(call))

    assert told == calls


@pytest.mark.slow
def test_a_hundred_thousand_take_less_than_ten_seconds() -> None:
    target = namespace()
    started = time.process_time()

    seeding.fill(target, seeding.generate(100_000, 1))

    assert time.process_time() - started < 10
    assert len(target) == 100_000


def test_faker_is_loaded_only_by_what_generates() -> None:
    code = (
        "import sys\n"
        "from emulator import Settings, create_app, seeding\n"
        "create_app(Settings(fixture='teams'))\n"
        "assert 'faker' not in sys.modules\n"
        "next(seeding.generate(1, 1))\n"
        "assert 'faker' in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
