"""The sections of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element

from emulator.conformance.report import facts, words
from emulator.conformance.report.elements import Child, el
from emulator.conformance.report.facts import Facts, FindingFacts, RuleFacts
from emulator.conformance.report.words import plural
from emulator.conformance.rulebook import Rule
from emulator.conformance.verdicts import CHOSE, CONFORMS, DIFFERS, NOT_OBSERVED

LABELS: Final = {DIFFERS: "differs", CONFORMS: "conforms", CHOSE: "choice", NOT_OBSERVED: "not observed"}
_COLUMNS: Final = {DIFFERS: "Differ", CONFORMS: "Conform", CHOSE: "Choices", NOT_OBSERVED: "Not observed"}


def basis(name: str) -> Element:
    """Return the mark of a basis."""
    return el("span", name, class_="basis", data_basis=name)


def _outcome(name: str) -> Element:
    return el("span", LABELS[name], class_="outcome", data_outcome=_word(name))


def _word(outcome: str) -> str:
    return outcome.replace(" ", "-")


def _section(anchor: str, title: str, *children: Child) -> Element:
    return el("section", el("h2", title, id=f"{anchor}-title"), *children, id=anchor, aria_labelledby=f"{anchor}-title")


def summary(told: Facts) -> Element:
    """Return the table of operations and outcomes."""
    head = el("tr", el("th", "Operation", scope="col"), *(el("th", name, scope="col") for name in _COLUMNS.values()))
    rows = []
    for group, rules in told.groups.items():
        counted = facts.counts(rules)
        cells = [
            el("td", str(number) if number else "–", data_outcome=_word(outcome) if number else "none")
            for outcome, number in counted.items()
        ]
        rows.append(el("tr", el("th", facts.GROUPS[group], scope="row"), *cells))
    return _section("summary", "By operation", el("table", el("thead", head), el("tbody", *rows)))


def differences(rules: Sequence[RuleFacts]) -> Element | None:
    """Return the rules that differ, in full; None where there are none."""
    if not rules:
        return None
    return _section("differences", "What differs", *map(_difference, rules))


def _difference(told: RuleFacts) -> Element:
    rule, findings = told.rule, list(told.findings)
    parts: list[Child] = [_source(rule)]
    if findings:
        parts += _finding(findings[0])
    else:
        parts.append(el("p", " ".join(words.choice(told))))
    if len(findings) > 1:
        others = [el("li", *_finding(finding)) for finding in findings[1:]]
        more = el("summary", plural(len(others), "more observation"))
        parts.append(el("details", more, el("ol", *others, class_="findings", start="2")))
    times = f"Differs in {told.differences} of {plural(told.observations, 'observation')}." if findings else None
    return el(
        "article",
        el("h3", el("code", rule.id), " ", basis(rule.basis)),
        el("p", rule.says, class_="says"),
        *parts,
        el("p", times, class_="muted") if times else None,
        id=f"rule-{rule.id}",
    )


def _source(rule: Rule) -> Element:
    if rule.basis == "assumed":
        return el("p", "Assumed: no documentation says so.", class_="source")
    place = el("cite", f"{rule.source.title}, {rule.source.section}")
    if rule.source.quote:
        return el("blockquote", el("p", f"“{rule.source.quote}”"), place)
    return el("p", place, class_="source")


def _finding(finding: FindingFacts) -> list[Child]:
    rows = [
        el("div", el("dt", "Expected"), el("dd", finding.expected)),
        el("div", el("dt", "Got"), el("dd", finding.got)),
    ]
    if finding.request is not None:
        rows.append(el("div", el("dt", "Request"), el("dd", el("code", finding.request))))
    parts: list[Child] = [el("dl", *rows, class_="finding")]
    if finding.curl is not None:
        parts.append(el("details", el("summary", "Reproduce with curl"), el("pre", el("code", finding.curl))))
    return parts


def choices(rules: Sequence[RuleFacts], switches: Sequence[str]) -> Element | None:
    """Return what the target chose, that which the emulator does not do first; None where there is nothing."""
    if not rules:
        return None
    other = [told for told in rules if not told.as_default]
    same = [told for told in rules if told.as_default]
    parts: list[Child] = [
        el("p", "Where no documentation decides, or leaves a choice, this is what the target does."),
        el("ul", *map(_choice, other), class_="choices") if other else None,
    ]
    if switches:
        parts += [
            el("p", "With these switches the emulator chooses the same:"),
            el("pre", el("code", words.serve(switches))),
        ]
    if same:
        named = el("summary", f"{plural(len(same), 'choice')} as the emulator's default")
        parts.append(el("details", named, el("ul", *map(_choice, same), class_="choices")))
    return _section("choices", "What the target chose", *parts)


def _choice(told: RuleFacts) -> Element:
    chosen, beside = words.choice(told)
    return el(
        "li",
        el("p", el("code", told.rule.id), " ", basis(told.rule.basis)),
        el("p", chosen),
        el("p", beside, class_="muted"),
    )


def not_observed(rules: Sequence[RuleFacts]) -> Element | None:
    """Return the rules that were not observed, by the reason; None where all were."""
    if not rules:
        return None
    parts = []
    for reason, without in facts.by_reason(rules).items():
        listed = [el("li", el("code", rule.id)) for rule in without]
        title = el("summary", reason, " ", el("span", plural(len(without), "rule"), class_="muted"))
        parts.append(el("details", title, el("ul", *listed, class_="ids")))
    return _section("not-observed", "What was not observed", *parts)


def every_rule(told: Facts) -> Element:
    """Return all rules by operation, to be narrowed down by outcome and basis."""
    bases = {rule.rule.basis for rule in told.rules}
    groups = []
    for group, rules in told.groups.items():
        groups.append(el("div", el("h3", facts.GROUPS[group]), el("ul", *map(_row, rules)), class_="group"))
    title = el("summary", f"Show all {len(told.rules)}")
    listed = el(
        "details",
        title,
        _filter("outcome", {_word(outcome): label for outcome, label in LABELS.items()}),
        _filter("basis", {name: name for name in facts.MEANING if name in bases}),
        *groups,
        class_="all",
    )
    return _section("rules", "Every rule", listed)


def _filter(name: str, labels: dict[str, str]) -> Element:
    buttons = []
    for value, label in {"all": "all", **labels}.items():
        button = el("input", type="radio", name=name, id=f"{name}-{value}")
        if value == "all":
            button.set("checked", "checked")
        buttons.append(el("span", button, el("label", label, for_=f"{name}-{value}")))
    return el("fieldset", el("legend", name.capitalize()), *buttons)


def _row(told: RuleFacts) -> Element:
    rule = told.rule
    seen = plural(told.observations, "observation") if told.observations else (told.why or "")
    return el(
        "li",
        el("p", _outcome(told.outcome), " ", el("code", rule.id), " ", basis(rule.basis)),
        el("p", rule.says),
        el("p", seen, class_="muted"),
        data_outcome=_word(told.outcome),
        data_basis=rule.basis,
    )
