"""`pytest --northflank-target URL` has one test for each rule, and checks the target once."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any, Final

import pytest

from emulator import Emulator
from emulator.conformance import rulebook
from emulator.conformance.verdicts import MAX_TIME
from tests.mutants.access import Holder
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answering, serving

pytest_plugins = ["pytester"]

RULES: Final = [*rulebook.load().rules, MAX_TIME]
PLUGIN: Final = """
from emulator.conformance import pytest_target

def pytest_addoption(parser):
    pytest_target.add_options(parser)

def pytest_configure(config):
    pytest_target.configure(config)
"""
OTHERS: Final = ("-p", "xdist.plugin", "-p", "pytest_asyncio.plugin", "-p", "pytest_timeout")


class WithoutRateLimit(Target):
    """No answer has the headers of the rate limit."""

    def rate_headers(self, _holder: Holder | None) -> dict[str, str]:
        return {}


class Watched(Target):
    """Keeps the tokens that it was asked with, and tells when something is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.stored_one = threading.Event()
        self.items = 0

    def holder_of(self, token: str) -> Holder | None:
        self.seen.add(token)
        return super().holder_of(token)

    def put(self, shelf: Shelf, item: Item) -> None:
        super().put(shelf, item)
        self.items += 1
        self.stored_one.set()

    def remove(self, shelf: Shelf, item: Item) -> None:
        super().remove(shelf, item)
        self.items -= 1


@contextlib.contextmanager
def served(target: Answering) -> Iterator[str]:
    """Serve a target in a thread; yields its URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def do(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    server = serving(target)
    try:
        yield do(server.__aenter__())
    finally:
        do(server.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(autouse=True)
def alone(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a folder that holds the plugin and no tests; of other plugins only those are loaded that are asked for."""
    pytester.makeconftest(PLUGIN)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for variable in ("", "_OTHER", "_LIMITED"):
        monkeypatch.delenv(f"NORTHFLANK_API{variable}_TOKEN", raising=False)


def run(pytester: pytest.Pytester, url: str, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("--northflank-target", url, "-p", "no:cacheprovider", *arguments)


def text(result: pytest.RunResult) -> str:
    return result.stdout.str()


def test_a_correct_target_fails_no_test_and_there_is_one_a_rule(pytester: pytest.Pytester, emulator: Emulator) -> None:
    result = run(pytester, emulator.url, "-v", *OTHERS)

    assert result.ret == 0
    counts = result.parseoutcomes()
    assert set(counts) <= {"passed", "skipped"}
    assert counts["passed"] + counts["skipped"] == len(RULES)
    assert counts["passed"] > 150
    assert re.findall(r"^northflank-target::(\S+) ", text(result), re.MULTILINE) == RULES


def test_a_difference_fails_the_test_of_its_rule_with_the_finding(pytester: pytest.Pytester) -> None:
    with served(WithoutRateLimit()) as url:
        result = run(pytester, url, "--northflank-target-only", "common.rate-limit.*", "--northflank-target-only=get.*")

    assert result.ret == 1
    result.assert_outcomes(failed=1, passed=result.parseoutcomes()["passed"], skipped=result.parseoutcomes()["skipped"])
    told = text(result)
    assert "FAILED northflank-target::common.rate-limit.headers" in told
    assert "Every answer has x-ratelimit-limit, x-ratelimit-remaining and x-ratelimit-reset" in told
    assert re.search(r"^Expected: .+\nGot: .+\ncurl -sS .+$", told, re.MULTILINE)
    assert "Traceback" not in told
    assert "pytest_target.py" not in told


def test_only_the_rules_asked_for_are_tested(pytester: pytest.Pytester, emulator: Emulator) -> None:
    result = run(pytester, emulator.url, "-v", "--northflank-target-only", "add.name.*")

    expected = [rule for rule in RULES if rule.startswith("add.name.")]
    assert re.findall(r"^northflank-target::(\S+) PASSED", text(result), re.MULTILINE) == expected
    assert result.ret == 0


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["northflank-target::add.name.min-length"], id="by-id"),
        pytest.param(["-k", "min-length and not response"], id="by-keyword"),
        pytest.param(["-m", "northflank_target", "-k", "add.name.min-length"], id="by-marker"),
    ],
)
def test_tests_are_chosen_as_any_others(pytester: pytest.Pytester, emulator: Emulator, arguments: list[str]) -> None:
    result = run(pytester, emulator.url, "-v", "--strict-markers", *arguments)

    assert re.findall(r"^northflank-target::(\S+) (\w+)", text(result), re.MULTILINE) == [
        ("add.name.min-length", "PASSED")
    ]
    assert result.ret == 0


def test_the_tests_run_beside_those_of_a_suite(pytester: pytest.Pytester, emulator: Emulator) -> None:
    pytester.makepyfile("async def test_of_the_suite(): pass")

    result = run(pytester, emulator.url, "-o", "asyncio_mode=auto", "--northflank-target-only=get.*", *OTHERS)

    result.assert_outcomes(passed=1 + len([rule for rule in RULES if rule.startswith("get.")]))


def test_without_a_target_nothing_is_different(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_of_the_suite(): pass")

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)
    assert "northflank" not in text(result)


def test_workers_share_one_check(pytester: pytest.Pytester) -> None:
    target = Watched()
    with served(target) as url:
        result = run(pytester, url, "-n2", "--northflank-target-only", "add.name.*", *OTHERS)

    result.assert_outcomes(passed=len([rule for rule in RULES if rule.startswith("add.name.")]))
    counted = re.search(r"^http://127\.0\.0\.1:\d+: (\d+) of 300 requests, seed \d+$", text(result), re.MULTILINE)
    assert counted is not None
    assert target.calls == int(counted.group(1)) > 0
    assert text(result).count("northflank-target: checking ") == 1


def test_collecting_sends_nothing(pytester: pytest.Pytester) -> None:
    target = Watched()
    with served(target) as url:
        result = run(pytester, url, "--collect-only", "-q", "-n2", *OTHERS)

    assert re.findall(r"^northflank-target::(\S+)$", text(result), re.MULTILINE) == RULES
    assert target.calls == 0


def test_a_target_that_is_not_there_fails_every_test_in_one_line(pytester: pytest.Pytester) -> None:
    with served(Target()) as url:
        pass

    result = run(pytester, url, "--northflank-target-only", "get.*")

    result.assert_outcomes(failed=len([rule for rule in RULES if rule.startswith("get.")]))
    assert f"Nobody answers at {url}" in text(result)
    assert "Traceback" not in text(result)


def test_a_run_that_could_observe_nothing_fails(pytester: pytest.Pytester, emulator: Emulator) -> None:
    result = run(pytester, emulator.url, "northflank-target::common.auth.permission")

    result.assert_outcomes(failed=1)
    assert "Not everything that was asked for was tested" in text(result)


def test_a_rule_that_was_not_observed_is_skipped_with_the_reason(pytester: pytest.Pytester, emulator: Emulator) -> None:
    result = run(pytester, emulator.url, "-rs", "--northflank-target-only", "common.auth.*")

    result.assert_outcomes(passed=1, skipped=1)
    assert re.search(r"^SKIPPED .*token", text(result), re.MULTILINE)


def test_what_the_target_chose_is_a_property_of_its_test(pytester: pytest.Pytester, emulator: Emulator) -> None:
    result = run(pytester, emulator.url, "--junitxml=out.xml", "--northflank-target-only", "add.duplicate-name")

    result.assert_outcomes(passed=1)
    (case,) = ET.parse(pytester.path / "out.xml").iter("testcase")  # noqa: S314 - pytest's own
    properties = {entry.attrib["name"]: entry.attrib["value"] for entry in case.iter("property")}
    assert properties["northflank-choice"].startswith("The target chose: The answer is 409")
    assert (case.attrib["classname"], case.attrib["name"]) == ("northflank-target", "add.duplicate-name")


def test_the_token_is_that_of_the_environment_and_is_not_shown(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NORTHFLANK_API_TOKEN", "a-token-of-the-user")
    target = Watched()
    with served(target) as url:
        result = run(pytester, url, "-vv", "--northflank-target-only", "get.*")

    assert "a-token-of-the-user" in target.seen
    assert "a-token-of-the-user" not in text(result) + result.stderr.str()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["https://api.example.com"], "add --northflank-target-yes to agree", id="not-agreed"),
        pytest.param(
            ["http://api.example.com", "--northflank-target-yes"], "would get the token unencrypted", id="unencrypted"
        ),
        pytest.param(["localhost:8080"], "is no http or https URL", id="no-url"),
        pytest.param(
            ["http://127.0.0.1:9", "--northflank-target-only", "add.nme.*"], "'add.nme.*' matches no rule", id="no-rule"
        ),
        pytest.param(["http://127.0.0.1:9", "northflank-target::nme"], "'nme' matches no rule", id="no-test"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_sentence(
    pytester: pytest.Pytester, arguments: list[str], message: str
) -> None:
    # In this process: it ends before a check would begin.
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--northflank-target", *arguments)

    tells_in_one_sentence(result, message)


@pytest.mark.parametrize("workers", ["-n0", "-n1"])
def test_an_option_that_the_check_refuses_is_one_sentence(pytester: pytest.Pytester, workers: str) -> None:
    result = run(pytester, "http://127.0.0.1:9", "--northflank-target-budget=3", workers, *OTHERS)

    tells_in_one_sentence(result, "3 is too few requests")


def tells_in_one_sentence(result: pytest.RunResult, message: str) -> None:
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert re.search(rf"^ERROR: --northflank-target: .*{re.escape(message)}", result.stderr.str(), re.MULTILINE)
    assert "Traceback" not in result.stderr.str() + text(result)


@pytest.mark.parametrize("workers", ["-n0", "-n1"])
def test_an_interrupted_run_leaves_nothing_on_the_target(pytester: pytest.Pytester, workers: str) -> None:
    target = Watched()
    with served(target) as url:
        process = pytester.popen(
            [sys.executable, "-m", "pytest", "--northflank-target", url, "-p", "no:cacheprovider", workers, *OTHERS],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert target.stored_one.wait(30)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=30)[0].decode()

    assert process.returncode == pytest.ExitCode.INTERRUPTED, output
    assert target.items == 0
