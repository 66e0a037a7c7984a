"""The rulebook is well-formed and honest, and the contract states each of its rules where it applies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

CONTRACTS: Final = Path(__file__).parents[1] / "contracts"
CONTRACT: Final[dict[str, Any]] = yaml.safe_load((CONTRACTS / "openapi.yaml").read_text("utf-8"))
BOOK: Final[dict[str, Any]] = yaml.safe_load((CONTRACTS / "rules.yaml").read_text("utf-8"))
RULES: Final[list[dict[str, Any]]] = BOOK["rules"]
IDS: Final = [rule["id"] for rule in RULES]

ID: Final = re.compile(r"(add|list|get|update|delete|common)(\.[a-z][A-Za-z_]*(-[a-z]+)*)+")
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
# Which documents can bear out which basis.
DOCUMENTS: Final = {
    "documented": {"add-registry", "other-pages"},
    "client-observed": {"clients", "sdks"},
    "implied": {"add-registry", "other-pages"},
    "assumed": {"decision"},
    "live-verified": {"live"},
}
# The switches are an interface: users write these names and values on command lines. The default is the first value.
SWITCHES: Final = {
    "duplicate-name": ("reject", "suffix"),
    "unknown-fields": ("ignore", "reject"),
    "secrets": ("return", "omit"),
    "add-timestamps": ("omit", "return"),
    "unknown-project": ("accept", "reject"),
    "unknown-integration": ("accept", "reject"),
    "page-range": ("reject", "clamp"),
    "partial-update": ("merge", "replace"),
    "unknown-cursor": ("reject", "first-page"),
    "empty-secret": ("accept", "reject"),
    "constraint-status": ("400", "422"),
    "missing-content-type": ("accept", "reject"),
    "credentials-required": ("with-integration", "without-integration", "never"),
    "list-order": ("creation", "newest-first", "name"),
    "default-page-size": ("50", "10", "20", "25", "30", "100"),
    "page-beyond-last": ("empty", "reject"),
    "page-and-cursor": ("reject", "cursor", "page"),
    "repeated-parameter": ("reject", "first", "last"),
    "empty-update": ("accept", "reject"),
    "duplicate-key": ("last", "first", "reject"),
    "other-content-type": ("reject", "accept"),
    "request-timestamps": ("ignore", "take"),
    "repeated-delete": ("unknown", "success"),
    "deleted-name": ("free", "taken"),
}
OPERATIONS: Final = {
    operation["operationId"]: (operation, path.get("parameters", []))
    for path in CONTRACT["paths"].values()
    for method, operation in path.items()
    if method != "parameters"
}

every_rule = pytest.mark.parametrize("rule", RULES, ids=IDS)


def named(node: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the ids that a part of the contract names in `x-rule`, following its references but not its links."""
    if isinstance(node, list):
        for value in node:
            yield from named(value, seen)
    elif isinstance(node, dict):
        yield from node.get("x-rule", [])
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            target: Any = CONTRACT
            for part in reference.removeprefix("#/").split("/"):
                target = target[part]
            yield from named(target, seen | {reference})
        for key, value in node.items():
            if key not in {"x-rule", "links", "value", "example"}:
                yield from named(value, seen)


def places(node: Any) -> Iterator[Any]:
    """Yield whatever stands under `x-rule` anywhere in the contract."""
    if isinstance(node, dict):
        if "x-rule" in node:
            yield node["x-rule"]
        for value in node.values():
            yield from places(value)
    elif isinstance(node, list):
        for value in node:
            yield from places(value)


def test_the_rulebook_has_rules_and_no_id_twice() -> None:
    assert len(IDS) > 100
    assert sorted(IDS) == sorted(set(IDS))


@every_rule
def test_every_rule_is_complete(rule: dict[str, Any]) -> None:
    assert ID.fullmatch(rule["id"])
    assert {"id", "says", "basis", "source", "operations"} <= set(rule)
    assert set(rule) <= {"id", "says", "basis", "source", "operations", "note", "assumption", "default", "alternatives"}
    assert set(rule["source"]) <= {"document", "section", "quote"}
    assert rule["source"]["section"].strip()


@every_rule
def test_every_rule_says_one_short_sentence(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"[A-Z].{10,240}\.", rule["says"])
    assert "\n" not in rule["says"]
    assert not re.search(r"[a-z]\. [A-Z]", rule["says"])


@every_rule
def test_every_rule_has_a_basis_that_its_source_can_bear_out(rule: dict[str, Any]) -> None:
    document = rule["source"]["document"]
    assert document in BOOK["sources"]
    assert document in DOCUMENTS[rule["basis"]]


@every_rule
def test_rules_of_the_add_page_quote_it_and_assumed_ones_quote_nothing(rule: dict[str, Any]) -> None:
    quote = rule["source"].get("quote", "")
    assert isinstance(quote, str)
    if rule["source"]["document"] == "add-registry":
        assert quote.strip()
    if rule["basis"] == "assumed":
        assert not quote


@every_rule
def test_every_rule_names_operations_of_the_contract(rule: dict[str, Any]) -> None:
    assert rule["operations"]
    assert rule["operations"] == ["*"] or set(rule["operations"]) <= set(OPERATIONS)
    assert len(rule["operations"]) == len(set(rule["operations"]))


@every_rule
def test_a_switch_has_a_default_and_alternatives_and_nothing_else_has(rule: dict[str, Any]) -> None:
    assert len({key in rule for key in ("assumption", "default", "alternatives")}) == 1
    if "assumption" in rule:
        assert tuple(rule["alternatives"]) == SWITCHES[rule["assumption"]]
        assert rule["default"] == SWITCHES[rule["assumption"]][0]
        assert all(re.fullmatch(r"[A-Z].+\.", sentence) for sentence in rule["alternatives"].values())


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_switch_is_carried_by_a_rule_and_means_the_same_wherever_it_is(switch: str) -> None:
    carriers = [rule for rule in RULES if rule.get("assumption") == switch]
    assert carriers
    assert all(rule["alternatives"] == carriers[0]["alternatives"] for rule in carriers)


def test_rulebook_and_contract_name_the_same_version_of_the_page() -> None:
    assert DIGEST.fullmatch(BOOK["digest"])
    assert BOOK["digest"] == BOOK["sources"]["add-registry"]["digest"] == CONTRACT["info"]["x-source"]["digest"]


def test_every_source_is_dated() -> None:
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", source["recorded"]) for source in BOOK["sources"].values())


def test_the_four_contradictions_of_the_page_are_decided_by_rules() -> None:
    assert len(BOOK["contradictions"]) == 4
    for contradiction in BOOK["contradictions"]:
        assert set(contradiction) == {"id", "where", "says", "reading", "rules"}
        assert contradiction["rules"]
        assert set(contradiction["rules"]) <= set(IDS)


def test_every_place_of_the_contract_names_its_rules_in_a_list_without_repeats() -> None:
    for rules in places(CONTRACT):
        assert isinstance(rules, list)
        assert rules
        assert len(rules) == len(set(rules))


def test_contract_and_rulebook_have_the_same_rules() -> None:
    assert {rule for rules in places(CONTRACT) for rule in rules} == set(IDS)


@pytest.mark.parametrize("identifier", OPERATIONS)
def test_every_operation_states_the_rules_that_name_it(identifier: str) -> None:
    operation, parameters = OPERATIONS[identifier]
    security = CONTRACT["components"]["securitySchemes"] if operation.get("security") != [] else {}
    stated = set(named([operation, parameters, security, CONTRACT["info"]]))
    expected = {rule["id"] for rule in RULES if rule["operations"] == ["*"] or identifier in rule["operations"]}
    assert expected
    assert sorted(expected - stated) == []
