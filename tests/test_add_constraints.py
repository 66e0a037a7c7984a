"""POST /v1/integrations/registries: lengths, patterns and choices of its texts, on their boundaries."""

from __future__ import annotations

from typing import Final

import pytest

from emulator.schemas import PROVIDERS
from tests.conftest import EVERY_FIELD, REGISTRIES, Ask
from tests.samples import put

LONGEST: Final = "a" + "1" * 38


@pytest.mark.rule("add.name.min-length", "add.name.max-length", "add.name.pattern", "add.response.id.slug")
@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        pytest.param("abc", "abc", id="shortest"),
        pytest.param("a-1", "a-1", id="shortest-with-a-hyphen"),
        pytest.param(LONGEST, LONGEST, id="longest"),
        pytest.param("a-" * 19 + "b", "a-" * 19 + "b", id="longest-with-all-separators"),
        pytest.param("Example Docker Credentials", "example-docker-credentials", id="the-example-of-the-page"),
        pytest.param("A B-C", "a-b-c", id="a-hyphen-after-a-space"),
        pytest.param("a b-c", "a-b-c", id="mixed-separators"),
        pytest.param("A1B2", "a1b2", id="digits-inside"),
        pytest.param("a\nb c", "a-b-c", id="inner-newline"),
        pytest.param("a\tb", "a-b", id="tab"),
        pytest.param("a\ufeffb", "a-b", id="byte-order-mark-is-whitespace"),
        pytest.param("a\u00a0b", "a-b", id="no-break-space"),
        pytest.param("a\u1680b", "a-b", id="ogham-space"),
        pytest.param("a\u2028b", "a-b", id="line-separator"),
        pytest.param("a\u3000b", "a-b", id="ideographic-space"),
        pytest.param("a\vb\fc\rd", "a-b-c-d", id="vertical-tab-form-feed-return"),
    ],
)
async def test_a_name_within_the_documented_constraints_is_taken_and_its_id_is_its_slug(
    ask: Ask, name: str, identifier: str
) -> None:
    answer = await ask("POST", REGISTRIES, json={"name": name, "provider": "ecr"})
    assert answer.status == 200
    assert answer.json["data"] == {"id": identifier, "name": name, "provider": "ecr"}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        pytest.param("", ["min-length", "pattern"], id="empty"),
        pytest.param("a", ["min-length"], id="one"),
        pytest.param("ab", ["min-length"], id="two"),
        pytest.param("a" * 40, ["max-length"], id="one-too-long"),
        pytest.param("a" * 38 + "!", ["pattern"], id="near-miss"),
        pytest.param("a" * 39 + "!", ["max-length", "pattern"], id="near-miss-that-is-too-long"),
        pytest.param("abc\n", ["pattern"], id="trailing-newline"),
        pytest.param("\nabc", ["pattern"], id="leading-newline"),
        pytest.param(" abc", ["pattern"], id="leading-space"),
        pytest.param("abc ", ["pattern"], id="trailing-space"),
        pytest.param("abc-", ["pattern"], id="trailing-hyphen"),
        pytest.param("-abc", ["pattern"], id="leading-hyphen"),
        pytest.param("ab--cd", ["pattern"], id="two-hyphens"),
        pytest.param("ab  cd", ["pattern"], id="two-spaces"),
        pytest.param("ab- cd", ["pattern"], id="hyphen-and-space"),
        pytest.param("ab\r\ncd", ["pattern"], id="two-characters-of-a-line-end"),
        pytest.param("a_b", ["pattern"], id="underscore"),
        pytest.param("a.b", ["pattern"], id="dot"),
        pytest.param("a/b", ["pattern"], id="slash"),
        pytest.param("1ab", ["pattern"], id="leading-digit"),
        pytest.param("a\x85b", ["pattern"], id="next-line-is-no-whitespace"),
        pytest.param("a\x1cb", ["pattern"], id="file-separator-is-no-whitespace"),
        pytest.param("a\x1fb", ["pattern"], id="unit-separator-is-no-whitespace"),
        pytest.param("a\u200bb", ["pattern"], id="zero-width-space-is-no-whitespace"),
        pytest.param("a\u180eb", ["pattern"], id="mongolian-separator-is-no-whitespace"),
        pytest.param("a\x00b", ["pattern"], id="nul"),
        pytest.param("äbc", ["pattern"], id="foreign-first-letter"),
        pytest.param("abç", ["pattern"], id="foreign-letter"),
        pytest.param("ab٣", ["pattern"], id="foreign-digit"),
        pytest.param("abc\u0301", ["pattern"], id="combining-mark"),
        pytest.param("\u212aab", ["pattern"], id="kelvin-sign-is-no-k"),
        pytest.param("😀😀", ["min-length", "pattern"], id="two-code-points-in-four-code-units"),
        pytest.param("😀😀😀", ["pattern"], id="three-code-points"),
        pytest.param("😀" * 39, ["pattern"], id="39-code-points-in-78-code-units"),
        pytest.param("😀" * 40, ["max-length", "pattern"], id="40-code-points"),
    ],
)
async def test_a_name_outside_the_documented_constraints_is_refused_with_each_rule_it_breaks(
    ask: Ask, name: str, kinds: list[str]
) -> None:
    answer = await ask("POST", REGISTRIES, json={"name": name, "provider": "ecr"})
    assert answer.status == 400
    assert answer.rules == [f"add.name.{kind}" for kind in kinds]
    assert list(answer.details) == ["name"]
    assert len(answer.details["name"]) == len(kinds)


@pytest.mark.parametrize(
    "name", ["a" * 100_000 + "!", "a-" * 50_000, "a " * 50_000 + "!", " " * 100_000, "a1" * 50_000 + "\n"], ids=len
)
async def test_a_near_miss_of_a_hundred_thousand_characters_is_answered(ask: Ask, name: str) -> None:
    # A pattern that backtracks over it would not come back before the time limit of the tests.
    answer = await ask("POST", REGISTRIES, json={"name": name, "provider": "ecr"})
    assert answer.status == 400
    assert answer.rules == ["add.name.max-length", "add.name.pattern"]


@pytest.mark.parametrize("path", ["integrationId", "provider"])
async def test_a_long_near_miss_of_another_field_is_answered(ask: Ask, path: str) -> None:
    answer = await ask("POST", REGISTRIES, json=put(EVERY_FIELD, path, "a" * 100_000 + "!"))
    assert answer.status == 400
    assert list(answer.details) == [path]


def test_the_providers_are_those_of_the_page() -> None:
    assert PROVIDERS == ("acr", "ecr", "gar", "dockerhub", "github", "gitlab", "custom", "legacy")


@pytest.mark.rule("add.response.provider.one-of")
@pytest.mark.parametrize("provider", PROVIDERS)
async def test_every_documented_provider_is_taken(ask: Ask, provider: str) -> None:
    answer = await ask("POST", REGISTRIES, json={"name": "abc", "provider": provider})
    assert answer.status == 200
    assert answer.json["data"]["provider"] == provider


@pytest.mark.rule("add.provider.one-of")
@pytest.mark.parametrize(
    "provider", ["", "ECR", "Ecr", "ecr ", " ecr", "ecr\n", "ec", "gcr", "dhi", "docker", "ecr,gar"]
)
async def test_any_other_spelling_of_a_provider_is_refused_naming_those_there_are(ask: Ask, provider: str) -> None:
    answer = await ask("POST", REGISTRIES, json={"name": "abc", "provider": provider})
    assert answer.status == 400
    assert answer.rules == ["add.provider.one-of"]
    assert ", ".join(PROVIDERS) in answer.details["provider"][0]


async def test_a_provider_in_another_spelling_gets_a_hint(ask: Ask) -> None:
    answer = await ask("POST", REGISTRIES, json={"name": "abc", "provider": "DockerHub"})
    assert answer.details["provider"][0].endswith("Did you mean dockerhub?")


@pytest.mark.rule("add.integrationId.pattern")
@pytest.mark.parametrize(
    ("integration", "valid"),
    [
        pytest.param("a", True, id="one-letter"),
        pytest.param("a" * 500, True, id="no-length-limit"),
        pytest.param("a-b", True, id="hyphen-after-the-first-letter"),
        pytest.param("My-Integration-1", True, id="upper-case-and-digits"),
        pytest.param("org/a", True, id="org"),
        pytest.param("team/a-b", True, id="team"),
        pytest.param("org", True, id="the-word-alone"),
        pytest.param("", False, id="empty"),
        pytest.param("org/", False, id="org-and-nothing"),
        pytest.param("/a", False, id="slash-and-nothing-before"),
        pytest.param("Org/a", False, id="org-in-upper-case"),
        pytest.param("user/a", False, id="another-owner"),
        pytest.param("org/team/a", False, id="two-owners"),
        pytest.param("org//a", False, id="two-slashes"),
        pytest.param("1a", False, id="leading-digit"),
        pytest.param("-a", False, id="leading-hyphen"),
        pytest.param("a-", False, id="trailing-hyphen"),
        pytest.param("a--b", False, id="two-hyphens"),
        pytest.param("a b", False, id="space"),
        pytest.param("a\n", False, id="trailing-newline"),
        pytest.param("a_b", False, id="underscore"),
        pytest.param("é", False, id="foreign-letter"),
    ],
)
async def test_an_integration_id_is_held_to_its_pattern(ask: Ask, integration: str, valid: bool) -> None:
    answer = await ask("POST", REGISTRIES, json=put(EVERY_FIELD, "integrationId", integration))
    assert answer.status == (200 if valid else 400)
    if not valid:
        assert answer.rules == ["add.integrationId.pattern"]
        assert list(answer.details) == ["integrationId"]
