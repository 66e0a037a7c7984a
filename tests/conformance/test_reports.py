"""What a check found out is told in four forms, and in each of them completely, safely and without a secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pytest

from emulator.conformance.report import as_json, html, junit, terminal
from emulator.conformance.run import Report
from tests.conformance.reported import (
    HOSTILE,
    LIMITED,
    SPENT,
    STYLE,
    URL,
    all_conform,
    exchange,
    failed,
    mixed,
    report_of,
)

RENDERERS: Final[dict[str, Callable[[Report], str]]] = {
    "terminal": terminal.render,
    "json": as_json.render,
    "junit": junit.render,
    "html": html.render,
}

in_every_form = pytest.mark.parametrize("render", [pytest.param(render, id=name) for name, render in RENDERERS.items()])


@in_every_form
def test_a_difference_is_told_with_rule_source_expectation_and_what_repeats_it(render: Callable[[Report], str]) -> None:
    told = render(mixed())

    for part in ("add.name.min-length", "A name has at least 3 characters", "min length 3", "a refusal", "status 201"):
        assert part in told
    assert "curl -sS" in told
    assert "$NORTHFLANK_API_TOKEN" in told


@in_every_form
def test_what_the_target_chose_is_told(render: Callable[[Report], str]) -> None:
    told = " ".join(render(mixed()).split())

    assert "The new credentials get the slug with -2, -3 and so on as their id" in told
    assert "duplicate-name=suffix" in told


@in_every_form
def test_the_reason_is_told_where_nothing_was_observed(render: Callable[[Report], str]) -> None:
    told = " ".join(render(mixed()).split())

    assert SPENT in told
    assert LIMITED in told


@in_every_form
def test_a_check_that_could_not_run_says_why(render: Callable[[Report], str]) -> None:
    assert f"Nobody answers at {URL}. Is it running?" in " ".join(render(failed()).split())


@in_every_form
@pytest.mark.parametrize(
    ("got", "secret"),
    [
        pytest.param('{"password": "hunter2-a"}', "hunter2-a", id="password"),
        pytest.param("{'username':'hunter2-b'}", "hunter2-b", id="username-in-single-quotes"),
        pytest.param('{"password": "hunter2-c', "hunter2-c", id="cut-short"),
        pytest.param('{"password": "a\\"hunter2-d"}', "hunter2-d", id="with-a-quote-in-it"),
        pytest.param("Authorization: Bearer hunter2-e", "hunter2-e", id="token"),
        pytest.param("https://robot:hunter2-f@registry.example.com", "hunter2-f", id="in-a-url"),
    ],
)
def test_a_secret_that_slipped_into_a_finding_is_not_told(
    render: Callable[[Report], str], got: str, secret: str
) -> None:
    verdicts = all_conform()
    verdicts.differ("get.response.same-as-add", exchange(), expected="the same", got=got)
    verdicts.choose("list.order", None, words=got)
    report = report_of(verdicts, notes=[got], left=[got])

    told = render(report)

    assert secret not in told
    assert "[redacted]" in told


@in_every_form
@pytest.mark.parametrize("make", [mixed, failed])
def test_nothing_that_came_from_the_target_can_write_to_the_report(
    render: Callable[[Report], str], make: Callable[[str], Report]
) -> None:
    told = render(make(HOSTILE))

    assert "alert(1)" in told
    assert not re.search(r"[^\n -~–“”]", told)
    told.encode("utf-8")


@in_every_form
def test_the_same_run_is_told_in_the_same_words(render: Callable[[Report], str]) -> None:
    assert render(mixed()) == render(mixed())


@in_every_form
@pytest.mark.parametrize("make", [mixed, lambda: report_of(all_conform())])
def test_no_form_tells_a_score(render: Callable[[Report], str], make: Callable[[], Report]) -> None:
    assert not re.search(r"\d ?%|score", render(make()).replace(STYLE, ""))
