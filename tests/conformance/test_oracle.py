"""The oracle: what it makes of right answers, and which rule it names for each kind of wrong one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import CHOICES, DEFAULT
from emulator.conformance import rulebook, shapes
from tests.conformance.conftest import talk
from tests.conformance.living import LIFE, Spoil, Spoiled, broken_by, kind_of, live, member, on, without
from tests.mutants.forms import Json
from tests.mutants.lawful import LAWFUL
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call

GIVEN = "add.response.given-fields"
GOT = "get.response.same-as-add"
LISTED = "list.response.item.fields"
NO_SECRETS = "list.response.item.no-secrets"
ENVELOPE = "common.error.envelope"
LIMITS = "common.rate-limit.headers"
MORE = "list.response.pagination.hasNextPage"
CURSOR = "list.response.pagination.cursor-absent"
PAGINATION = "list.response.pagination.required"
SIDE = "common.error.client-side"


def nothing(_call: Call, _answer: Answer) -> None:
    """Leave answers as they are."""


@pytest.mark.parametrize("seed", range(8))
async def test_a_target_that_keeps_the_contract_differs_nowhere(seed: int) -> None:
    assert await broken_by(Spoiled(nothing), seed) == {}


async def test_a_life_decides_most_of_what_answers_can_show() -> None:
    with Emulator() as emulator:
        async with talk(emulator.url) as session:
            await live(session)
    observed = {verdict.rule.id for verdict in session.verdicts if verdict.observations}
    shown = {check.rule for check in shapes.data_of_answer().checks(session.exchanges[2].answer["data"])}
    assert len(session.exchanges) == LIFE
    assert shown < observed
    assert observed >= {
        *(GIVEN, GOT, LISTED, NO_SECRETS, ENVELOPE, LIMITS, MORE, CURSOR, PAGINATION, SIDE, "delete.final"),
        *("update.touches-only-named", "update.updatedAt.moves", "common.rejected-changes-nothing", "setting.max-time"),
        *("add.response.id.slug", "common.registry.unknown", "list.response.every-item-once", "common.timestamps"),
        *("add.timestamps", "common.secrets", "list.response.page-size", "list.response.pagination.count"),
    }


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_what_is_done_in_another_lawful_way_differs_nowhere(made: type[Target]) -> None:
    assert await broken_by(made()) == {}


@pytest.mark.parametrize(
    ("switch", "choice"), [(name, choice) for name, choices in CHOICES.items() for choice in choices[1:]]
)
async def test_whichever_reading_a_target_has_it_differs_nowhere(switch: str, choice: str) -> None:
    with Emulator(Settings(assume=DEFAULT.choose({switch: choice}))) as emulator:
        async with talk(emulator.url) as session:
            await live(session)
            assert [finding.rule for finding in session.verdicts.findings] in ([], ["delete.final"])


def to(value: Json) -> Callable[[Json], Json]:
    """Return what puts `value` in the place of any other."""
    return lambda _old: value


def everywhere(change: Callable[[Json], object]) -> Spoil:
    """Return what does the same to the answers of add and of get."""

    def spoil(call: Call, answer: Answer) -> None:
        for kind in ("add", "get"):
            on(kind, change)(call, answer)

    return spoil


ADDED: list[Any] = [
    pytest.param(without("data.registryUrl"), {GIVEN}, id="lost"),
    pytest.param(member("data.registryUrl", str.strip), {GIVEN}, id="trimmed"),
    pytest.param(member("data.registryUrl", str.lower), {GIVEN}, id="lower-case"),
    pytest.param(member("data.registryUrl", lambda url: url[:10]), {GIVEN}, id="truncated"),
    pytest.param(member("data.registryUrl", lambda url: url.replace("\u00c5", "A\u030a")), {GIVEN}, id="normalised"),
    pytest.param(without("data.aws.region"), {GIVEN}, id="empty-becomes-absent"),
    pytest.param(without("data.restrictions.projects"), {GIVEN}, id="no-projects-become-absent"),
    pytest.param(without("data.credentials.scope.pull"), {GIVEN}, id="false-becomes-absent"),
    pytest.param(member("data.credentials.scope.pull", to(True)), {GIVEN}, id="false-becomes-true"),
    pytest.param(
        member("data.credentials.scope.pull", to(0)), {GIVEN, "add.response.credentials.scope.pull.type"}, id="zero"
    ),
    pytest.param(without("data.credentials.username"), {GIVEN}, id="one-secret-lost"),
    pytest.param(member("data.credentials.password", str.upper), {GIVEN}, id="secret-altered"),
    pytest.param(lambda content: content["data"].update(gcp={"projectId": "p"}), {GIVEN}, id="never-given"),
    pytest.param(member("data.name", str.lower), {GIVEN}, id="name-altered"),
    pytest.param(member("data.provider", str.upper), {GIVEN, "add.response.provider.one-of"}, id="provider"),
    pytest.param(without("data.id"), {"add.response.id.required"}, id="no-id"),
    pytest.param(lambda content: content.update(data=None), {"add.response.data.type"}, id="data-null"),
    pytest.param(lambda content: content.pop("data"), {"add.response.data.required"}, id="no-data"),
    pytest.param(
        lambda content: content["data"].update(createdAt="2026-11-24 09:00:00", updatedAt="2026-11-24T09:00:00"),
        {"common.timestamps"},
        id="times-without-offset",
    ),
]


@pytest.mark.parametrize(("change", "rules"), ADDED)
async def test_the_answer_of_add_is_held_against_what_was_given(
    change: Callable[[Json], object], rules: set[str]
) -> None:
    assert broken_by_answers(await broken_by(Spoiled(on("add", change)))) == rules


def broken_by_answers(found: dict[str, str]) -> set[str]:
    """Return the rules, and see that nothing of a secret is shown."""
    assert not [got for got in found.values() if "secret-" in got or "user-" in got]
    return set(found)


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        pytest.param(without("data.registryUrl"), {GOT}, id="lost"),
        pytest.param(member("data.name", str.upper), {GOT}, id="altered"),
        pytest.param(lambda content: content["data"].update(gcp={}), {GOT}, id="never-given"),
        pytest.param(member("data.id", lambda text: f"{text}-x"), {GOT}, id="another-id"),
        pytest.param(without("data.credentials.password"), {GOT}, id="secret-lost"),
        pytest.param(without("data.createdAt"), {"get.response.timestamps"}, id="no-time"),
        pytest.param(member("data.updatedAt", to(1764000000)), {"add.response.updatedAt.type"}, id="number"),
        pytest.param(member("data.updatedAt", lambda text: text[:19]), {"common.timestamps"}, id="no-offset"),
        pytest.param(lambda content: content.pop("data"), {"get.response.data.required"}, id="no-data"),
        pytest.param(
            lambda content: content.update(data=[]), {"add.response.data.type", "get.response.timestamps"}, id="array"
        ),
    ],
)
async def test_the_answer_of_get_is_held_against_what_was_given(
    change: Callable[[Json], object], rules: set[str]
) -> None:
    found = broken_by_answers(await broken_by(Spoiled(on("get", change))))
    # What is wrong with the first get after an update could be its doing.
    assert found - {"update.touches-only-named"} == rules


async def test_secrets_may_be_left_out_but_all_of_them_and_always() -> None:
    def leave_out(content: Json) -> None:
        for name in ("username", "password"):
            without(f"data.credentials.{name}")(content)

    assert await broken_by(Spoiled(everywhere(leave_out))) == {}
    assert await broken_by(Spoiled(on("add", leave_out))) == {GIVEN: "no such member"}
    assert await broken_by(Spoiled(everywhere(without("data.credentials.password")))) != {}


@pytest.mark.parametrize("kind", ["update", "delete"])
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        pytest.param(lambda content: content.update(data={"id": "x"}), "data.empty", id="something"),
        pytest.param(lambda content: content.update(data=None), "data.empty", id="null"),
        pytest.param(lambda content: content.pop("data"), "data.required", id="nothing"),
    ],
)
async def test_updates_and_deletions_answer_an_empty_object(
    kind: str, change: Callable[[Json], object], rule: str
) -> None:
    assert set(await broken_by(Spoiled(on(kind, change)))) == {f"{kind}.response.{rule}"}


@pytest.mark.parametrize("kind", ["add", "list", "get", "update", "delete"])
@pytest.mark.parametrize("status", [201, 204, 302])
async def test_success_is_status_200_exactly(kind: str, status: int) -> None:
    def spoil(call: Call, answer: Answer) -> None:
        if kind_of(call) == kind and answer.status == 200:
            answer.status = status
            if status == 204:
                answer.content = b""

    assert set(await broken_by(Spoiled(spoil))) == {f"{kind}.response.status"}


@pytest.mark.parametrize("kind", ["add", "list", "get", "update", "delete"])
async def test_an_answer_says_that_it_is_json(kind: str) -> None:
    def spoil(call: Call, answer: Answer) -> None:
        if kind_of(call) == kind and answer.status == 200:
            answer.content, answer.kind = answer.raw(), "text/html; charset=utf-8"

    assert await broken_by(Spoiled(spoil)) == {f"{kind}.response.data.required": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda content: content.pop("error"), id="no-error"),
        pytest.param(lambda content: content.update(error="not found"), id="a-text"),
        pytest.param(member("error.status", str), id="status-as-text"),
        pytest.param(member("error.status", to(400)), id="another-status"),
        pytest.param(without("error.status"), id="no-status"),
        pytest.param(without("error.id"), id="no-id"),
        pytest.param(member("error.id", to("")), id="empty-id"),
        pytest.param(member("error.message", to(None)), id="no-message"),
        pytest.param(lambda content: content["error"].update(details=["x"]), id="details-are-no-object"),
    ],
)
async def test_every_error_has_the_envelope(change: Callable[[Json], object]) -> None:
    assert set(await broken_by(Spoiled(on("*", change, status=404)))) == {ENVELOPE}


@pytest.mark.parametrize(("kind", "body"), [("text/html", "<h1>404</h1>"), ("text/plain", b""), ("text/plain", None)])
async def test_an_error_that_is_no_json_is_found(kind: str, body: Any) -> None:
    def spoil(_call: Call, answer: Answer) -> None:
        if answer.status == 404:
            answer.content, answer.kind = answer.raw() if body is None else body, kind

    assert set(await broken_by(Spoiled(spoil))) == {ENVELOPE}


async def test_an_error_with_status_200_is_found() -> None:
    def spoil(call: Call, answer: Answer) -> None:
        if kind_of(call) == "get" and answer.status == 404:
            answer.status = 200

    expected = {ENVELOPE, "get.response.data.required", "common.registry.unknown", "delete.final"}
    assert set(await broken_by(Spoiled(spoil))) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Reset", "3600000"),
        ("Reset", "-1"),
        ("Remaining", "many"),
        ("Remaining", "1001"),
        ("Limit", ""),
        ("Limit", None),
    ],
)
@pytest.mark.parametrize("status", [200, 404])
async def test_the_headers_of_the_rate_limit_are_whole_numbers_on_every_answer(
    name: str, text: str | None, status: int
) -> None:
    def spoil(_call: Call, answer: Answer) -> None:
        if answer.status == status:
            answer.headers.pop(f"X-RateLimit-{name}")
            if text is not None:
                answer.headers[f"X-RateLimit-{name}"] = text

    assert set(await broken_by(Spoiled(spoil))) == {LIMITS}


async def test_what_remains_does_not_grow_while_an_hour_runs_but_may_with_the_next() -> None:
    def spoil_with(reset: dict[int, str]) -> Spoil:
        remaining = {5: "990", 6: "995"}
        count = 0

        def spoil(_call: Call, answer: Answer) -> None:
            nonlocal count
            count += 1
            answer.headers["X-RateLimit-Remaining"] = remaining.get(count, "900" if count > 6 else "998")
            answer.headers["X-RateLimit-Reset"] = reset.get(count, "1000")

        return spoil

    assert await broken_by(Spoiled(spoil_with({}))) == {LIMITS: "995"}
    assert await broken_by(Spoiled(spoil_with({6: "3600"}))) == {}


async def test_a_failure_of_the_server_is_found_with_the_envelope_and_without() -> None:
    def spoil(call: Call, answer: Answer) -> None:
        if kind_of(call) == "list":
            answer.status, answer.content = 500, {"error": {"status": 500, "id": "oops", "message": "No."}}

    assert set(await broken_by(Spoiled(spoil))) == {SIDE}


async def test_a_slow_answer_is_found_if_a_limit_is_set() -> None:
    def spoil(call: Call, answer: Answer) -> None:
        answer.delay = 0.2 if kind_of(call) == "delete" else 0

    assert set(await broken_by(Spoiled(spoil), max_time=0.15)) == {"setting.max-time"}
    assert await broken_by(Spoiled(spoil), max_time=0) == {}


def test_every_rule_that_a_shape_names_is_in_the_rulebook() -> None:
    rules = rulebook.load().rules
    everything = {
        "name": 1,
        "id": "",
        "provider": "",
        "registryUrl": 1,
        "aws": {"region": 1},
        "gcp": {"projectId": 1},
        "azure": {"resourceGroup": 1},
        "integrationId": "",
        "credentials": {"username": 1, "password": 1, "scope": {"pull": 1, "push": 1}},
        "restrictions": {"restricted": 1, "projects": [1]},
        "createdAt": 1,
        "updatedAt": "",
    }
    named = set()
    for shape in (shapes.body_of_add(), shapes.body_of_update(), shapes.data_of_answer()):
        for value in (None, {}, everything, {**everything, "name": "", "credentials": {}, "restrictions": {}}):
            named |= {check.rule for check in shape.checks(value)}
    assert named <= rules.keys()
    assert {"add.credentials.username.conditional", "add.restrictions.projects.item-type"} < named
    assert {"update.body.type", "add.response.id.pattern", "common.timestamps"} < named
