"""At the terminal differences are told in full, and the rest in few lines."""

from __future__ import annotations

import re

import pytest

from emulator.conformance import rulebook
from emulator.conformance.report import terminal
from emulator.conformance.verdicts import Verdicts
from tests.conformance.reported import LIMITED, SPENT, all_conform, failed, mixed, report_of


def without_colors(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_a_run_without_differences_ends_with_what_exit_0_means() -> None:
    last = terminal.render(report_of(all_conform())).splitlines()[-2:]

    assert last[0].startswith("Nothing that was observed differs; ")
    assert last[1] == "Exit 0: nothing that was observed differs."


def test_a_run_with_differences_ends_with_their_ids_and_what_exit_1_means() -> None:
    last = terminal.render(mixed()).splitlines()[-3:]

    assert last[0].startswith("2 rules differ; ")
    assert last[1] == "  add.name.min-length, update.touches-only-named"
    assert last[2] == "Exit 1: at least one rule differs."


def test_a_run_that_observed_nothing_ends_with_exit_2() -> None:
    verdicts = Verdicts()
    verdicts.skip("add.name.type", SPENT)

    told = terminal.render(report_of(verdicts))

    assert "Not everything that was asked for was tested; " in told
    assert told.endswith("Exit 2: the check could not run to its end, or tested nothing asked for.\n")


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_only_commands_are_wider_than_the_terminal(width: int) -> None:
    told = terminal.render(mixed(), width=width)

    wide = [line for line in told.splitlines() if len(line) > width and not re.match(r" +(curl|northflank-)", line)]
    # A word that is longer than the terminal cannot be broken: whoever copies it needs it whole.
    assert [line for line in wide if " " in line.strip()] == []


def test_a_command_to_copy_is_one_line() -> None:
    lines = [line.strip() for line in terminal.render(mixed()).splitlines()]

    assert sum(line.startswith("curl ") and line.endswith("'") for line in lines) == 2
    assert "northflank-emulator serve --assume duplicate-name=suffix" in lines


def test_within_an_operation_differences_come_first() -> None:
    add = terminal.render(mixed()).partition("\nADD\n")[2].partition("\nLIST\n")[0]

    assert add.index("DIFFERS") < add.index("Conforming") < add.index("The target chose")


def test_every_rule_is_told_in_the_part_of_its_operation() -> None:
    told = terminal.render(report_of(all_conform()), width=110)

    for group, rules in rulebook.load().groups.items():
        part = told.partition(f"\n{rulebook.OPERATIONS[group].upper()}\n")[2].split("\n\n\n")[0]
        for rule in rules:
            word = f"{rule.assumption}={rule.default}" if rule.assumption else rule.id.rpartition(".")[2]
            assert word in part, rule.id


def test_equal_findings_are_told_once_and_counted() -> None:
    told = terminal.render(mixed())

    assert told.count("Got       status 200\n") == 1
    assert "and 1 more of 4 observations." in told


def test_rules_that_were_not_observed_share_a_reason() -> None:
    told = terminal.render(mixed())

    assert f"  Not observed (2): {SPENT}\n    body.type, credentials.type\n" in told
    assert f"  Not observed (1): {LIMITED}\n    auth.permission\n" in told


def test_a_choice_of_the_emulator_is_told_by_its_switch_only() -> None:
    told = terminal.render(mixed())

    assert "page-range=reject" in told
    assert "The answer is 400 and names the parameter" not in told


def test_a_choice_that_no_switch_has_is_told_as_such() -> None:
    told = " ".join(terminal.render(mixed()).split())

    assert "Credentials are listed by name. The emulator does as the rule says; no switch makes it do this." in told


def test_an_assumed_rule_that_counts_is_called_assumed() -> None:
    told = " ".join(terminal.render(mixed(strict=True)).split())

    assert "DIFFERS add.duplicate-name assumed" in told
    assert "Source assumed: no documentation says so" in told
    assert "5 rules differ; " in told


def test_colors_change_nothing_but_the_colors() -> None:
    plain, colored = terminal.render(mixed()), terminal.render(mixed(), color=True)

    assert "\x1b" not in plain
    assert "\x1b[1;31mDIFFERS\x1b[0m" in colored
    assert without_colors(colored) == plain


def test_a_failure_is_one_sentence_and_lists_no_rules() -> None:
    told = terminal.render(failed())

    assert "ADD" not in told
    assert "The check could not run: Nobody answers" in told
    assert told.endswith("Exit 2: the check could not run to its end, or tested nothing asked for.\n")
