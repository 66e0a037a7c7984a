"""The rulebook as a Markdown page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from emulator.conformance.rulebook import BASES, OPERATIONS, Book, Contradiction, Rule, tally

# What Markdown, or HTML inside it, could take for its own. Rules hold patterns, which are full of it.
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>|&#])")


def render(book: Book) -> str:
    """Return a page: what the bases mean, the contradictions, a table for each operation, the switches, the sources."""
    parts = [
        "# Rules",
        f"{len(book.rules)} rules: {tally(book.rules.values())}." if book.rules else "No rule is like that.",
        _rows(("Basis", "Means"), [(f"**{basis}**", _text(words)) for basis, words in BASES.items()]),
    ]
    if book.contradictions:
        parts += ["## Where the add page disagrees with itself", *map(_contradiction, book.contradictions)]
    for group, rules in book.groups.items():
        parts.append(f"## {OPERATIONS.get(group, group)}")
        parts.append(_rows(("Rule", "Basis", "Says", "Source"), [_row(rule) for rule in rules]))
    switches = [rule for rule in book.rules.values() if rule.assumption]
    if switches:
        parts += ["## Assumptions that can be switched", *map(_switch, switches)]
    sources = [f"- {_text(entry['title'])} (recorded {entry['recorded']})" for entry in _used(book)]
    parts += ["## Sources", "\n".join(sources)] if sources else []
    return "\n\n".join(parts)


def _used(book: Book) -> list[dict[str, str]]:
    used = {rule.source.document for rule in book.rules.values()}
    return [dict(entry) for key, entry in book.sources.items() if key in used]


def _row(rule: Rule) -> tuple[str, ...]:
    basis = f"**{rule.basis}**" if rule.basis == "assumed" else rule.basis
    says = _text(rule.says) + (f"<br>*{_text(rule.note)}*" if rule.note else "")
    place = _text(f"{rule.source.title}, {rule.source.section}")
    source = f"“{_text(rule.source.quote)}”<br>{place}" if rule.source.quote else place
    return _code(rule.id), basis, says, source


def _switch(rule: Rule) -> str:
    choices = [
        f"- `--assume {rule.assumption}={value}`{' (default)' if value == rule.default else ''}: {_text(words)}"
        for value, words in (rule.alternatives or {}).items()
    ]
    return "\n".join([f"{_code(rule.id)}: {_text(rule.says)}", "", *choices])


def _contradiction(entry: Contradiction) -> str:
    rules = ", ".join(map(_code, entry.rules))
    return f"**{_text(entry.where)}**: {_text(entry.says)}\n{_text(entry.reading)} ({rules})"


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _text(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _code(text: str) -> str:
    return f"`{text}`"
