"""The rulebook for people and programs: what each rule says, what it rests on, and where that is written."""

from __future__ import annotations

import functools
import json
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Final

from emulator import contract
from emulator.errors import InvalidSettingError

BASES: Final[Mapping[str, str]] = {
    "documented": "A page of the vendor's documentation says so.",
    "client-observed": "An official client sends it, reads it or relies on it.",
    "implied": "Not said in words, but nothing else fits what the vendor says of the operation.",
    "assumed": "Documented nowhere: this project's reading, to be taken as nothing more.",
    "live-verified": "Seen on the real service.",
}
"""What a rule can rest on, the firmest first."""

OPERATIONS: Final[Mapping[str, str]] = {
    "add": "Add",
    "list": "List",
    "get": "Get",
    "update": "Update",
    "delete": "Delete",
    "common": "Common to all operations",
}
"""The groups of rules, by the first word of their ids, with what they are called."""

ADD_PAGE: Final = "add-registry"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is written; `quote` has the page's own words, where they are kept."""

    document: str
    title: str
    section: str
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `assumption`, `default` and `alternatives` are set where it can be switched."""

    id: str
    says: str
    basis: str
    source: Source
    operations: Sequence[str]
    note: str | None = None
    assumption: str | None = None
    default: str | None = None
    alternatives: Mapping[str, str] | None = None

    @property
    def group(self) -> str:
        """The key in OPERATIONS."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A place where the add page disagrees with itself, and how the emulator reads it."""

    id: str
    where: str
    says: str
    reading: str
    rules: Sequence[str]


@dataclass(frozen=True, slots=True)
class Book:
    """The rules in their order, the contradictions, and the titles of the documents by key."""

    rules: Mapping[str, Rule]
    contradictions: Sequence[Contradiction]
    sources: Mapping[str, Mapping[str, str]]
    digest: str

    @property
    def groups(self) -> dict[str, list[Rule]]:
        """The rules by operation, in the order of OPERATIONS; no group is empty."""
        found: dict[str, list[Rule]] = {group: [] for group in OPERATIONS}
        for rule in self.rules.values():
            found.setdefault(rule.group, []).append(rule)
        return {group: rules for group, rules in found.items() if rules}


@functools.cache
def load() -> Book:
    """Return the rulebook of this version."""
    book = contract.load("contracts/rules.yaml")
    sources: Mapping[str, Mapping[str, str]] = book["sources"]
    return Book(
        {entry["id"]: _rule(entry, sources) for entry in book["rules"]},
        [Contradiction(**entry) for entry in book["contradictions"]],
        sources,
        book["digest"],
    )


def _rule(entry: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> Rule:
    source = Source(title=sources[entry["source"]["document"]]["title"], **entry["source"])
    return Rule(**{**entry, "source": source})


def render(form: str, bases: Sequence[str] = (), rules: Sequence[str] = (), *, width: int = 80) -> str:
    """Return the rulebook, or a part of it, as text that ends with a line break.

    Args:
        form: `table` (for a terminal), `json` or `markdown`.
        bases: only rules that rest on one of these; all, if empty.
        rules: only rules whose id is one of these or matches one, such as `list.*`; all, if empty.
        width: columns of the terminal, for `table`.

    Raises:
        InvalidSettingError: there is no such form or basis, or a pattern that no rule matches.
    """
    from emulator.conformance import rulebook_markdown

    forms: Mapping[str, Callable[[Book], str]] = {
        "table": functools.partial(_table, width=width),
        "json": _json,
        "markdown": rulebook_markdown.render,
    }
    if form not in forms:
        raise InvalidSettingError("--format", f"{form!r} is no form; there are {', '.join(forms)}")
    return forms[form](select(load(), bases, rules)).rstrip() + "\n"


def select(book: Book, bases: Sequence[str] = (), rules: Sequence[str] = ()) -> Book:
    """Return the part of the book that `render` would show; contradictions go with the rules that decide them.

    Raises:
        InvalidSettingError: as `render`.
    """
    for basis in bases:
        if basis not in BASES:
            raise InvalidSettingError("--basis", f"{basis!r} is no basis; there are {', '.join(BASES)}")
    for pattern in rules:
        if not any(fnmatchcase(rule, pattern) for rule in book.rules):
            raise InvalidSettingError("RULE", f"{pattern!r} matches no rule; try {_similar(pattern, book)}")
    kept = {
        rule.id: rule
        for rule in book.rules.values()
        if (not bases or rule.basis in bases) and (not rules or any(fnmatchcase(rule.id, pattern) for pattern in rules))
    }
    decided = [entry for entry in book.contradictions if not kept.keys().isdisjoint(entry.rules)]
    return replace(book, rules=kept, contradictions=decided)


def _similar(pattern: str, book: Book) -> str:
    import difflib

    near = difflib.get_close_matches(pattern, book.rules, n=1)
    return repr(near[0] if near else f"{next(iter(book.groups))}.*")


def _json(book: Book) -> str:
    def members(value: Rule | Source) -> dict[str, Any]:
        found = {name: getattr(value, name) for name in value.__slots__ if getattr(value, name) is not None}
        return {name: members(member) if isinstance(member, Source) else member for name, member in found.items()}

    document = {
        "digest": book.digest,
        "bases": BASES,
        "sources": book.sources,
        "contradictions": [{name: getattr(entry, name) for name in entry.__slots__} for entry in book.contradictions],
        "rules": [members(rule) for rule in book.rules.values()],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def tally(rules: Iterable[Rule]) -> str:
    """Return how many rules rest on what, as `3 documented, 1 assumed`."""
    counts = Counter(rule.basis for rule in rules)
    return ", ".join(f"{counts[basis]} {basis}" for basis in BASES if counts[basis])


def _table(book: Book, *, width: int) -> str:
    width = max(40, min(width, 120))
    parts = []
    for group, rules in book.groups.items():
        parts += [wrap(f"{OPERATIONS.get(group, group).upper()}: {tally(rules)}", width, "", "  "), ""]
        parts += [_block(rule, width) for rule in rules]
    if not book.rules:
        parts += ["No rule is like that.", ""]
    if book.contradictions:
        parts += ["WHERE THE ADD PAGE DISAGREES WITH ITSELF", ""]
        parts += [_contradiction(entry, width) for entry in book.contradictions]
    parts += [wrap(f"{len(book.rules)} rules: {tally(book.rules.values())}", width), ""] if book.rules else []
    used = {rule.basis for rule in book.rules.values()}
    parts += [wrap(f"{basis}: {words}", width, "", "  ") for basis, words in BASES.items() if basis in used]
    cited = {rule.source.document for rule in book.rules.values() if rule.basis != "assumed"}
    titles = {f"[{key}]": entry["title"] for key, entry in book.sources.items() if key in cited}
    parts += ["", *(wrap(f"{key} {title}", width, "", "  ") for key, title in titles.items())]
    return "\n".join(parts)


def _block(rule: Rule, width: int) -> str:
    basis = rule.basis.upper() if rule.basis == "assumed" else rule.basis
    room = width - len(rule.id) - 2
    lines = [f"  {rule.id}{basis:>{room}}" if room > len(basis) else f"  {rule.id}\n    {basis}"]
    lines.append(wrap(rule.says, width, "    "))
    if rule.basis != "assumed":
        quote = f'"{rule.source.quote}" ' if rule.source.quote else ""
        lines.append(wrap(f"{quote}[{rule.source.document}] {rule.source.section}", width, "    "))
    if rule.note:
        lines.append(wrap(f"Note: {rule.note}", width, "    "))
    for value, words in (rule.alternatives or {}).items():
        default = " (default)" if value == rule.default else ""
        lines.append(wrap(f"--assume {rule.assumption}={value}{default}", width, "    "))
        lines.append(wrap(words, width, "        "))
    return "\n".join(lines) + "\n"


def _contradiction(entry: Contradiction, width: int) -> str:
    lines = [
        wrap(entry.where, width, "  "),
        wrap(entry.says, width, "    "),
        wrap(f"Here: {entry.reading}", width, "    "),
        wrap(f"Rules: {', '.join(entry.rules)}", width, "    "),
    ]
    return "\n".join(lines) + "\n"


def wrap(text: str, width: int, indent: str = "", hanging: str | None = None) -> str:
    """Return text in lines of at most `width` columns; a longer word has a line of its own."""
    return textwrap.fill(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
