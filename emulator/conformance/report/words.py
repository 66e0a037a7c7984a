"""How the reports put things into words, and what they leave out of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from emulator.conformance.rulebook import Rule
from emulator.redaction import REDACTED

if TYPE_CHECKING:
    from emulator.conformance.report.facts import RuleFacts

# What is shown was redacted when it was noted; this is the second lock on the same door.
_SECRETS: Final = (
    # Not one that is empty, which is no secret and may be the point, nor what stands for one already; maybe cut short.
    (
        re.compile(r"""((["'])(?:username|password)\2\s*:\s*)(["'])(?!\*\*\*|\[redacted\])(?:\\.|(?!\3)[^\\])+\3?"""),
        rf"\1\3{REDACTED}\3",
    ),
    (re.compile(r"(Bearer\s+)(?!\$|wrong-token\b|TOKEN\b|\[)[^\s\"']+", re.IGNORECASE), rf"\1{REDACTED}"),
    (re.compile(r"//[^/?#@\s\"']*@"), f"//{REDACTED}@"),
)


def choice(told: RuleFacts) -> tuple[str, str]:
    """Return two sentences: what the target chose, and how that is with the emulator."""
    chosen = f"The target chose: {told.chosen.rstrip('.')}."
    if told.assume:
        return chosen, f"The emulator's default is {told.rule.default}; --assume {told.assume} makes it do the same."
    if told.as_default:
        return chosen, "So does the emulator."
    return chosen, "The emulator does as the rule says; no switch makes it do this."


def serve(switches: Sequence[str]) -> str:
    """Return the command that starts an emulator with these switches."""
    return " ".join(["northflank-emulator serve", *(f"--assume {switch}" for switch in switches)])


def source(rule: Rule) -> str:
    """Return where a rule is from in one line, the documented words first."""
    if rule.basis == "assumed":
        return "assumed: no documentation says so"
    place = f"{rule.source.title}, {rule.source.section}"
    return f'"{rule.source.quote}" ({place})' if rule.source.quote else place


def scrub(text: str) -> str:
    """Return text without user names, passwords and tokens that stand where such things are known to stand."""
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    return text


def visible(text: str) -> str:
    r"""Return text with an escape in the place of each character that is not seen: U+001C becomes `\u001c`.

    So no report can be written to by what it reports, be it with escape sequences of terminals, characters that XML
    forbids, or marks that turn the direction of writing.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == "\n" else _escape(character) for character in text
    )


def _escape(character: str) -> str:
    short = {"\t": "\\t", "\r": "\\r"}
    code = ord(character)
    return short.get(character) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def plural(number: int, noun: str) -> str:
    """Return `1 rule`, `2 rules`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def failure(told: RuleFacts) -> str:
    """Return all that is known of a rule that differs, in lines."""
    lines = [told.rule.says, source(told.rule)]
    if not told.findings:
        lines.append(" ".join(choice(told)))
    for finding in told.findings:
        lines += ["", f"Expected: {finding.expected}", f"Got: {finding.got}"]
        lines += [finding.curl] if finding.curl else []
    more = told.differences - len(told.findings)
    return "\n".join([*lines, "", f"and {more} more"] if more > 0 else lines)
