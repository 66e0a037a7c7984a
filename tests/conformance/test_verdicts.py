import pytest

from emulator.conformance import rulebook
from emulator.conformance.exchange import NO_HEADERS, Exchange
from emulator.conformance.verdicts import Verdicts
from emulator.profile import Profile, Settled

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


def exchange(number: int, status: int) -> Exchange:
    return Exchange(number, "asking", None, "GET", "/v1/", {}, None, status, NO_HEADERS, b"", 0.0)


def test_the_same_of_the_same_exchange_is_told_once() -> None:
    verdicts, first = Verdicts(), exchange(1, 200)
    for _ in range(3):
        verdicts.differ(DOCUMENTED, first, expected="in every item, an id", got="no such member")
    assert verdicts.of(DOCUMENTED).differences == verdicts.of(DOCUMENTED).observations == 1
    verdicts.differ(DOCUMENTED, first, expected="in every item, a name", got="no such member")
    verdicts.differ(DOCUMENTED, exchange(2, 200), expected="in every item, an id", got="no such member")
    verdicts.differ("add.name.type", first, expected="in every item, an id", got="no such member")
    assert verdicts.of(DOCUMENTED).differences == 3
    assert [finding.expected for finding in verdicts.findings].count("in every item, an id") == 3


def test_that_the_outcome_of_an_exchange_is_wrong_is_told_once_in_whatever_words() -> None:
    verdicts, first = Verdicts(), exchange(1, 200)
    verdicts.differ(DOCUMENTED, first, expected="a refusal", got="status 200")
    verdicts.differ(DOCUMENTED, first, expected="a body without a name is refused", got="it is accepted: status 200")
    assert [finding.expected for finding in verdicts.findings] == ["a refusal"]
    assert verdicts.of(DOCUMENTED).differences == 1


def test_what_a_profile_has_and_the_target_no_longer_does_is_a_finding_with_the_exchange() -> None:
    rules = {SWITCHED: Settled("suffix", "2026-03-01"), "common.http.malformed": Settled("kept", "2026-03-01")}
    verdicts = Verdicts(profile=Profile("api.example.com", "2026-03-01", rules=rules))
    taken, odd = exchange(1, 409), exchange(2, 431)
    verdicts.choose(SWITCHED, "reject", taken)
    verdicts.choose("common.http.malformed", None, odd, words="It is answered 431.")

    told = {finding.rule: finding for finding in verdicts.findings}
    assert told[SWITCHED].expected.startswith("suffix, as the profile has it: The new credentials get the slug with -2")
    assert told[SWITCHED].got.startswith("reject: The answer is 409")
    assert told[SWITCHED].exchange is taken
    assert told["common.http.malformed"].got == "something else: It is answered 431."
    assert told["common.http.malformed"].exchange is odd
    assert {verdict.differences for verdict in verdicts if verdict.outcome == "differs"} == {1}
