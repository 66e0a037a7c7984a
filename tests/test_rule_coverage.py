"""Every rule of the rulebook is enforced by a schema or proven by a test, and tests name no other rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from emulator import contract
from emulator.schemas import RegistryCreateSchema, RegistryUpdateSchema, rule_ids

TESTS: Final = Path(__file__).parent
RULES: Final = [rule["id"] for rule in contract.load("contracts/rules.yaml")["rules"]]
ENFORCED: Final = {*rule_ids(RegistryCreateSchema()), *rule_ids(RegistryUpdateSchema())}


def texts(node: ast.expr, names: dict[str, str]) -> Iterator[str]:
    """Yield the texts of an argument: a literal, a name that stands for one, or an unpacked tuple of those."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name):
            yield names[name]
        case ast.Starred(value=ast.Tuple(elts=elements) | ast.List(elts=elements)):
            for element in elements:
                yield from texts(element, names)
        case _:
            raise AssertionError(f"A mark takes texts only, not {ast.unparse(node)}")


def assigned_texts(tree: ast.Module) -> dict[str, str]:
    """Return the names of a module that stand for one text each."""
    found: dict[str, str] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                found[name] = text
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for target, value in zip(targets, values, strict=True):
                    if (
                        isinstance(target, ast.Name)
                        and isinstance(value, ast.Constant)
                        and isinstance(value.value, str)
                    ):
                        found[target.id] = value.value
            case _:
                pass
    return found


def marked(source: str) -> Iterator[str]:
    """Yield every id in a mark `pytest.mark.rule(...)`."""
    tree = ast.parse(source)
    names = assigned_texts(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="mark"), attr="rule"), args=arguments):
                for argument in arguments:
                    yield from texts(argument, names)
            case _:
                pass


def marks() -> dict[str, set[str]]:
    """Return the ids that tests prove, each with the files that do."""
    found: dict[str, set[str]] = {}
    for file in sorted(TESTS.rglob("*.py")):
        for identifier in marked(file.read_text("utf-8")):
            found.setdefault(identifier, set()).add(file.name)
    return found


MARKS: Final = marks()


@pytest.mark.parametrize("identifier", RULES)
def test_every_rule_is_enforced_by_a_schema_or_proven_by_a_test(identifier: str) -> None:
    assert identifier in ENFORCED or identifier in MARKS


def test_no_mark_names_a_rule_that_does_not_exist() -> None:
    assert {identifier: files for identifier, files in MARKS.items() if identifier not in RULES} == {}


def test_no_schema_enforces_a_rule_that_does_not_exist() -> None:
    assert set(RULES) >= ENFORCED


def test_marks_are_found_in_all_the_forms_that_they_have() -> None:
    source = """
NAME = "a.b"
ONE, TWO = "c.d", "e.f"
@pytest.mark.rule("g.h", NAME)
@pytest.mark.rule(*("i.j", ONE), *[TWO])
def test(): ...
"""
    assert sorted(marked(source)) == ["a.b", "c.d", "e.f", "g.h", "i.j"]
    with pytest.raises(AssertionError, match="texts only"):
        list(marked("pytest.mark.rule(f())"))
