import pytest

from emulator.conformance import rulebook
from emulator.conformance.verdicts import Verdicts

DOCUMENTED = "add.name.required"
ASSUMED = "list.order"
SWITCHED = "add.duplicate-name"


def test_a_rule_that_nobody_looked_at_is_not_observed_and_says_why() -> None:
    verdicts = Verdicts()
    verdicts.skip(DOCUMENTED, "the budget was used up")
    verdicts.skip(DOCUMENTED, "another reason")

    assert verdicts.of(DOCUMENTED).outcome == "not observed"
    assert verdicts.of(DOCUMENTED).why == "the budget was used up"
    assert verdicts.decided == 0

    verdicts.agree(DOCUMENTED)
    verdicts.skip(DOCUMENTED, "a third reason")
    assert verdicts.of(DOCUMENTED).why is None


def test_a_rule_conforms_until_one_observation_differs() -> None:
    verdicts = Verdicts()
    verdicts.agree(DOCUMENTED)
    before = (verdicts.of(DOCUMENTED).outcome, verdicts.differs)
    verdicts.differ(DOCUMENTED, None, expected="a refusal", got="status 200")
    verdicts.agree(DOCUMENTED)

    verdict = verdicts.of(DOCUMENTED)
    assert before == ("conforms", False)
    assert (verdict.outcome, verdict.observations, verdict.differences) == ("differs", 3, 1)
    assert [finding.got for finding in verdicts.findings] == ["status 200"]
    assert verdicts.differs
    assert verdicts.decided == 1


def test_only_the_first_differences_of_a_rule_are_kept_and_all_are_counted() -> None:
    verdicts = Verdicts()
    for number in range(100):
        verdicts.differ(DOCUMENTED, None, expected="a refusal", got=str(number))

    assert [finding.got for finding in verdicts.findings] == ["0", "1", "2", "3", "4"]
    assert verdicts.of(DOCUMENTED).differences == 100


@pytest.mark.parametrize(("strict", "outcome"), [(False, "chose"), (True, "differs")])
def test_a_difference_from_an_assumed_rule_fails_in_a_strict_run_only(strict: bool, outcome: str) -> None:
    verdicts = Verdicts(strict=strict)
    verdicts.differ(ASSUMED, None, expected="the order of creation", got="the order of names")

    assert verdicts.of(ASSUMED).outcome == outcome
    assert verdicts.of(ASSUMED).chosen == "the order of names"
    assert verdicts.differs is strict


@pytest.mark.parametrize(
    ("choice", "strict", "outcome"),
    [
        pytest.param("reject", False, "chose", id="default"),
        pytest.param("reject", True, "chose", id="default-strict"),
        pytest.param("suffix", False, "chose", id="other"),
        pytest.param("suffix", True, "differs", id="other-strict"),
    ],
)
def test_an_alternative_is_a_choice_and_in_a_strict_run_only_the_default_is_right(
    choice: str, strict: bool, outcome: str
) -> None:
    verdicts = Verdicts(strict=strict)
    verdicts.choose(SWITCHED, choice)

    verdict = verdicts.of(SWITCHED)
    assert (verdict.outcome, verdict.choice) == (outcome, choice)
    assert verdict.chosen == (rulebook.load().rules[SWITCHED].alternatives or {})[choice]


def test_a_target_that_chooses_now_this_and_now_that_has_no_one_choice() -> None:
    verdicts = Verdicts(strict=True)
    verdicts.choose(SWITCHED, "reject")
    verdicts.choose(SWITCHED, "suffix")
    verdicts.choose(SWITCHED, None, words="the old credentials are lost")

    verdict = verdicts.of(SWITCHED)
    assert verdict.outcome == "differs"
    assert verdict.choice is None
    assert "At other times" in verdict.chosen
    assert verdict.chosen.endswith("the old credentials are lost")


def test_what_is_shown_holds_no_secret() -> None:
    verdicts = Verdicts(conceal=lambda text: text.replace("hunter2", "***"))
    verdicts.differ(DOCUMENTED, None, expected="not hunter2", got="hunter2")
    verdicts.choose(SWITCHED, None, words="hunter2")
    verdicts.skip(ASSUMED, "hunter2")

    assert verdicts.findings[0].expected == "not ***"
    assert verdicts.findings[0].got == "***"
    assert verdicts.of(SWITCHED).words == "***"
    assert verdicts.of(ASSUMED).why == "***"


def test_a_rule_or_an_alternative_that_there_is_not_is_a_mistake() -> None:
    verdicts = Verdicts()
    with pytest.raises(KeyError):
        verdicts.agree("add.nmae.required")
    with pytest.raises(KeyError):
        verdicts.skip("add.nmae.required", "a slip")
    with pytest.raises(KeyError):
        verdicts.choose(SWITCHED, "rejcet")


def test_the_verdicts_are_those_of_the_rulebook_in_its_order_and_the_time_limit() -> None:
    verdicts = Verdicts()

    assert [verdict.rule.id for verdict in verdicts] == [*rulebook.load().rules, "setting.max-time"]
    assert len(verdicts) == len(list(verdicts))


def test_an_answer_that_is_too_slow_makes_the_run_fail() -> None:
    verdicts = Verdicts()
    verdicts.differ("setting.max-time", None, expected="at most 5 s", got="7 s")

    assert verdicts.differs
