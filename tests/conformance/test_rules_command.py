"""`northflank-emulator rules` tells what each rule rests on."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest
import yaml
from click.testing import CliRunner
from markdown_it import MarkdownIt

from emulator.cli import cli
from emulator.conformance import rulebook
from emulator.contract import find
from emulator.errors import InvalidSettingError

BOOK: Final[dict[str, Any]] = yaml.safe_load(find("contracts/rules.yaml").read_text("utf-8"))
IDS: Final = [rule["id"] for rule in BOOK["rules"]]
FORMS: Final = ("table", "json", "markdown")

in_every_form = pytest.mark.parametrize("form", FORMS)


def words(text: str) -> str:
    return " ".join(text.split())


def read(form: str, text: str) -> str:
    """Return what a reader sees."""
    if form == "json":
        return words(" ".join(map(str, leaves(json.loads(text)))))
    if form == "table":
        return words(text)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    parts = [child.content for token in tokens for child in token.children or []]
    return words("".join(parts))


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for key, member in value.items() for leaf in [key, *leaves(member)]]
    return [leaf for item in value for leaf in leaves(item)] if isinstance(value, list) else [value]


@in_every_form
def test_every_rule_is_told_with_its_sentence(form: str) -> None:
    told = read(form, rulebook.render(form))

    assert [rule["id"] for rule in BOOK["rules"] if rule["id"] not in told] == []
    assert [rule["id"] for rule in BOOK["rules"] if rule["says"] not in told] == []


@in_every_form
def test_the_documented_words_are_quoted(form: str) -> None:
    told = read(form, rulebook.render(form))
    quotes = {words(rule["source"]["quote"]) for rule in BOOK["rules"] if "quote" in rule["source"]}

    assert len(quotes) > 30
    assert {quote for quote in quotes if quote not in told} == set()


@in_every_form
def test_the_four_contradictions_of_the_page_are_told_with_their_reading(form: str) -> None:
    told = read(form, rulebook.render(form))

    assert len(BOOK["contradictions"]) == 4
    for contradiction in BOOK["contradictions"]:
        assert contradiction["says"] in told
        assert contradiction["reading"] in told


@in_every_form
def test_a_switch_is_told_with_its_default_and_its_alternatives(form: str) -> None:
    told = read(form, rulebook.render(form, rules=["add.duplicate-name"]))

    assert "The answer is 409 and nothing changes." in told
    assert "The new credentials get the slug with -2, -3 and so on as their id." in told
    if form != "json":
        assert "--assume duplicate-name=reject (default)" in told
        assert "--assume duplicate-name=suffix" in told


@in_every_form
def test_the_meaning_of_each_basis_is_told(form: str) -> None:
    told = read(form, rulebook.render(form))

    for basis in {rule["basis"] for rule in BOOK["rules"]}:
        assert rulebook.BASES[basis] in told


@in_every_form
def test_only_rules_of_a_basis_are_told_if_one_is_named(form: str) -> None:
    told = read(form, rulebook.render(form, bases=["assumed"]))

    assert "add.duplicate-name" in told
    assert "add.name.min-length" not in told


@in_every_form
def test_only_rules_that_match_are_told_if_some_are_named(form: str) -> None:
    told = read(form, rulebook.render(form, rules=["add.name.*", "list.order"]))

    assert "add.name.min-length" in told
    assert "list.order" in told
    assert "add.provider.type" not in told


@in_every_form
def test_a_contradiction_goes_with_the_rules_that_decide_it(form: str) -> None:
    told = read(form, rulebook.render(form, rules=["add.provider.*"]))

    assert BOOK["contradictions"][0]["says"] in told
    assert BOOK["contradictions"][1]["says"] not in told


@in_every_form
def test_rules_that_are_like_nothing_are_an_empty_answer_not_an_error(form: str) -> None:
    told = rulebook.render(form, bases=["client-observed"], rules=["add.name.*"])

    assert "add.name.type" not in told
    assert ("No rule is like that." in told) == (form != "json")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"form": "yaml"}, "--format: 'yaml' is no form; there are table, json, markdown", id="form"),
        pytest.param(
            {"form": "table", "bases": ["guessed"]},
            "--basis: 'guessed' is no basis; there are documented, client-observed, implied, assumed, live-verified",
            id="basis",
        ),
        pytest.param(
            {"form": "table", "rules": ["add.name.minlength"]},
            "RULE: 'add.name.minlength' matches no rule; try 'add.name.min-length'",
            id="near-miss",
        ),
        pytest.param(
            {"form": "table", "rules": ["list.*", "???"]}, "RULE: '???' matches no rule; try 'add.*'", id="like-nothing"
        ),
    ],
)
def test_what_is_not_there_is_named_with_what_is(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSettingError) as caught:
        rulebook.render(**arguments)

    assert str(caught.value) == message


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_fits_the_terminal(width: int) -> None:
    told = rulebook.render("table", width=width)

    assert max(len(line) for line in told.splitlines() if " " in line.strip()) <= width


def test_in_the_table_what_is_assumed_stands_out() -> None:
    told = rulebook.render("table", rules=["add.duplicate-name", "add.name.type"])

    assert re.search(r"^  add\.duplicate-name +ASSUMED$", told, re.MULTILINE)
    assert re.search(r"^  add\.name\.type +documented$", told, re.MULTILINE)


def test_the_json_is_the_rulebook() -> None:
    told = json.loads(rulebook.render("json"))

    assert [rule["id"] for rule in told["rules"]] == IDS
    assert told["contradictions"] == BOOK["contradictions"]
    assert told["digest"] == BOOK["digest"]
    for rule, written in zip(told["rules"], BOOK["rules"], strict=True):
        assert rule.pop("source") == {
            "title": BOOK["sources"][written["source"]["document"]]["title"],
            **written["source"],
        }
        assert rule == {key: value for key, value in written.items() if key != "source"}


def test_in_markdown_the_patterns_are_not_taken_for_markup() -> None:
    html = MarkdownIt("commonmark").enable("table").render(rulebook.render("markdown"))

    assert r"pattern ^[a-zA-Z]((-|\s)?[a-zA-Z0-9]+((-|\s)[a-zA-Z0-9]+)*)?$" in html
    assert "{credentialId}" in html
    assert html.count("<table>") == 7
    assert {len(row.split("<td>")) for row in html.split("<tr>") if "<td>" in row} == {3, 5}


def test_the_command_prints_what_is_asked_for() -> None:
    result = CliRunner().invoke(cli, ["rules", "add.*", "--basis", "assumed", "--format", "json"])

    assert result.exit_code == 0
    assert result.stdout == rulebook.render("json", ["assumed"], ["add.*"])
