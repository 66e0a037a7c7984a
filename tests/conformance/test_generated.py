"""Generated requests: made by Schemathesis, sent as requests of the run, judged by the contract."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import CHOICES, DEFAULT
from emulator.conformance import generated, generating, shapes
from emulator.conformance.exchange import ABSENT
from emulator.conformance.faults import faults_of, new_faults
from emulator.conformance.fitting import known_part, settled, with_name_of_this_run
from emulator.conformance.generating import Generated, generate
from emulator.conformance.options import Options
from emulator.conformance.probes.valid import LEFT_OUT
from emulator.conformance.run import Report, check
from tests.conformance.conftest import talk
from tests.conformance.probed import broken, probed
from tests.conformance.spoiling import probes_in
from tests.mutants.forms import Faults, Json
from tests.mutants.lawful import LAWFUL
from tests.mutants.target import Target
from tests.mutants.wire import RefusedError, serving

MODULES: tuple[ModuleType, ...] = (generated,)
ALONE = frozenset({"generated"})


async def run(url: str, **options: Any) -> Report:
    return await check(url, Options(**{"seed": 1, **options}), probes=probes_in(MODULES))


@pytest.mark.parametrize("seed", range(10))
async def test_nothing_differs_where_nothing_is_wrong(seed: int) -> None:
    with Emulator() as emulator:
        report = await run(emulator.url, seed=seed)
    assert report.findings == []
    assert report.left == []
    assert report.notes == []
    assert 20 <= report.used <= 32


@pytest.mark.parametrize(
    ("switch", "choice"), [(name, choice) for name, choices in CHOICES.items() for choice in choices[1:]]
)
async def test_nothing_differs_whichever_reading_a_target_has(switch: str, choice: str) -> None:
    with Emulator(Settings(assume=DEFAULT.choose({switch: choice}))) as emulator:
        assert (await run(emulator.url, seed=3)).findings == []


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_nothing_differs_where_the_same_is_done_in_another_way(made: type[Target]) -> None:
    assert broken(await probed(made(), *MODULES, seed=3)) == set()


@pytest.mark.slow
async def test_alone_they_may_use_the_whole_budget() -> None:
    with Emulator() as emulator:
        report = await run(emulator.url, phases=ALONE, budget=120)
    assert report.findings == []
    assert 80 <= report.used <= 120
    operations = {exchange.operation for exchange in report.exchanges}
    assert operations >= {"add-registry", "get-registry", "list-registries", "update-registry", "modify-registry"}
    outcomes = {(exchange.operation, exchange.ok) for exchange in report.exchanges}
    assert {(name, ok) for name in ("add-registry", "update-registry", "list-registries") for ok in (True, False)} <= (
        outcomes
    )


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_created_is_of_this_run_and_nothing_else_is_touched(seed: int) -> None:
    with Emulator() as emulator:
        report = await run(emulator.url, seed=seed)
    created = [exchange for exchange in report.exchanges if exchange.operation == "add-registry" and exchange.ok]
    assert created
    for exchange in created:
        assert exchange.sent_json["name"].startswith(report.prefix)
    for exchange in report.exchanges:
        if exchange.method in ("PATCH", "DELETE") or exchange.target.endswith("/modify"):
            assert f"/{report.prefix}" in exchange.target
    assert report.created == report.deleted >= 2


PRINTS = """
import sys
from emulator.conformance.generating import generate
for operation, mode in (("add", "positive"), ("add", "negative"), ("update", "negative"), ("list", "negative")):
    for case in generate(operation, mode, 6, 7):
        print(ascii(case))
"""


def test_the_same_seed_generates_the_same_wherever_it_runs(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text(f"ODD = 'a constant of a module of the user'\n{PRINTS}", "utf-8")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def printed(code: str, folder: Path | None) -> str:
        command = [sys.executable, "-c", code]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    here, there = printed(PRINTS, None), printed("import elsewhere", tmp_path)
    assert here.count("Generated(") == 24
    assert there == here
    assert list(tmp_path.glob(".hypothesis")) == []
    assert list((tmp_path / "cache").rglob("charmap*"))


def test_other_seeds_generate_others() -> None:
    assert generate("add", "positive", 4, 1) != generate("add", "positive", 4, 2)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_generated_as_good_is_good_and_most_of_what_is_bad_is_bad(seed: int) -> None:
    for case in generate("add", "positive", 12, seed):
        conditional = [check.rule.endswith(".conditional") for check in shapes.body_of_add().broken(case.body)]
        assert all(conditional)
    bad = [case for case in generate("add", "negative", 12, seed) if case.body is not ABSENT]
    assert sum(isinstance(case.body, bytes) or any(faults_of("add", known_part(case.body))) for case in bad) > 6


@pytest.fixture
def without_schemathesis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "schemathesis", None)
    for cached in (generating._prepare, generate):  # noqa: SLF001 - another process would take a second
        cached.cache_clear()
    yield
    generating._prepare.cache_clear()  # noqa: SLF001


@pytest.mark.usefixtures("without_schemathesis")
async def test_without_schemathesis_the_run_says_what_to_install() -> None:
    with Emulator() as emulator:
        report = await run(emulator.url)
    assert report.findings == []
    assert [note for note in report.notes if "northflank-emulator[conformance]" in note]
    assert "not installed" in (report.verdicts.of("common.json.syntax").why or "")


def test_nothing_of_schemathesis_is_loaded_by_what_does_not_generate() -> None:
    code = (
        "import sys\n"
        "import emulator.conformance.run\n"
        "assert not {'schemathesis', 'hypothesis', 'jsonschema'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


class Lenient(Target):
    """A target that does not look at the types of one member and what is in it."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def judge(self, faults: Faults) -> None:
        super().judge({path: faults[path] for path in faults if not f"{path}.".startswith(f"{self.path}.")})


@pytest.mark.parametrize("path", ["registryUrl", "azure", "credentials", "restrictions"])
async def test_a_fault_that_a_target_lets_pass_is_found_under_its_rule(path: str) -> None:
    async with serving(Lenient(path)) as url:
        report = await run(url, phases=ALONE, budget=150)
    found = {rule for rule in broken(report) if not rule.startswith(("add.response.", "get.", "list."))}
    assert found
    assert all(f".{path}." in rule for rule in found)


class OneProvider(Target):
    """A target that accepts but the provider that it sees first."""

    only: Json = None

    def make(self, shelf: Any, body: Json) -> Any:
        self.only = self.only or body["provider"]
        if body["provider"] != self.only:
            raise RefusedError(400, "no", "No.")
        return super().make(shelf, body)


class PlainSpaces(Target):
    """A target that knows one kind of whitespace."""

    def make(self, shelf: Any, body: Json) -> Any:
        if set("\t\n\v\f\r\u00a0") & set(body["name"]):
            raise RefusedError(400, "no", "No.")
        return super().make(shelf, body)


@pytest.mark.parametrize(("made", "rule"), [(OneProvider, "add.provider.one-of"), (PlainSpaces, "add.name.pattern")])
async def test_a_good_body_that_is_refused_is_found_under_the_rule_of_what_was_refused(
    made: type[Target], rule: str
) -> None:
    assert broken(await probed(made(), *MODULES, seed=2, phases=ALONE, budget=60)) == {rule}


async def test_faults_are_sent_one_at_a_time_and_those_first_that_were_not_sent_yet() -> None:
    body = {"name": "ab", "provider": "acr", "aws": 5, "credentials": {"scope": {"pull": "yes"}}}
    cases = [Generated("add", body, {}), Generated("add", {"provider": "acr"}, {})]
    with Emulator() as emulator:
        async with talk(emulator.url) as session:
            before = [fault.rule for fault in new_faults(session, cases)]
            await session.refuses("add.aws.type", {**session.usual_body(), "aws": 17})
            after = new_faults(session, cases)
    assert before == [
        "add.name.min-length",
        "add.aws.type",
        "add.credentials.scope.pull.type",
        "add.name.required",
    ]
    assert [fault.rule for fault in after] == [*(rule for rule in before if rule != "add.aws.type"), "add.aws.type"]
    assert after[2].value is LEFT_OUT
    assert after[2].body == {"provider": "acr"}
    assert after[0].body is ABSENT


@pytest.mark.parametrize(
    ("name", "same_length"),
    [
        pytest.param("Ab-c9 d" * 5, True, id="long"),
        pytest.param("A\nb", False, id="short"),
        pytest.param("x" * 39, True, id="longest"),
    ],
)
async def test_a_generated_name_becomes_one_of_this_run(name: str, same_length: bool) -> None:
    async with talk("http://127.0.0.1:9") as session:
        body = with_name_of_this_run(session, {"name": name})
        assert body["name"].startswith(session.names.prefix)
        assert not shapes.body_of_add().broken({**body, "provider": "acr"})
        assert (len(body["name"]) == len(name)) is same_length


@pytest.mark.parametrize(
    ("name", "as_it_is"),
    [("ab", True), ("", True), ("a_b", False), ("x" * 50, False), (7, True), ("a\n", True), ("abc\n", False)],
)
async def test_a_name_that_is_wrong_stays_wrong(name: Any, as_it_is: bool) -> None:
    async with talk("http://127.0.0.1:9") as session:
        body = with_name_of_this_run(session, {"name": name, "provider": "acr"})
        assert [check.rule for check in shapes.body_of_add().broken(body)]
        assert (body["name"] == name) is as_it_is


async def test_what_only_some_readings_accept_is_taken_out_as_long_as_the_targets_is_unknown() -> None:
    body = {
        "name": "x",
        "integrationId": "org/x",
        "credentials": {"username": "", "scope": {}},
        "restrictions": {"restricted": True, "projects": ["p", 5]},
        "unknown": 1,
        "createdAt": "yesterday",
        "updatedAt": 7,
        "registryUrl": "a\0b",
    }
    async with talk("http://127.0.0.1:9") as session:
        fit = settled(session, known_part(body))
        assert fit["restrictions"] == {"restricted": True, "projects": [5]}
        assert fit["registryUrl"] == "ab"
        assert fit["updatedAt"] == 7
        assert fit["credentials"]["username"]
        assert fit["credentials"]["password"]
        assert not {"integrationId", "unknown", "createdAt"} & fit.keys()
        for rule in ("add.unknown-integration", "common.unknown-project"):
            session.verdicts.choose(rule, "accept")
        assert settled(session, body)["restrictions"]["projects"] == ["p", 5]
        assert settled(session, body)["integrationId"] == "org/x"
