"""Valid bodies of any kind, as the seed has it: for the question whether what was given comes back."""

from __future__ import annotations

import string
from collections import Counter
from typing import Any, Final

from emulator.conformance.names import LONGEST, SHORTEST
from emulator.conformance.probes.valid import PROVIDERS, UNKNOWN_INTEGRATION, word
from emulator.conformance.session import Session

UNKNOWN_PROJECT: Final = "common.unknown-project"
_CONDITIONAL: Final = ("add.credentials.username.conditional", "add.credentials.password.conditional")
_SEPARATORS: Final = "-- \t\n\u00a0\u2003\u3000\ufeff"
# What programs like to trim, fold, escape, normalise, cut off or take for something else.
_ENDINGS: Final = (
    *(
        "",
        " ",
        "  padded  ",
        "\n",
        "\t",
        "MiXeD Case",
        "İ ß ſ",
        "é e\u0301",
        "\ufb01 \u212b",
        "Ünïcödé",
        "日本語",
        "😀",
    ),
    *(
        "null",
        "true",
        "0012",
        "1e5",
        '"quoted"',
        "back\\slash",
        "<b>&amp;</b>",
        "%20+%2B",
        "\u200b",
        "\u2028",
        "a" * 300,
    ),
)
NUMBERS: Final = ("0012", "5000", "1e5", "1.50")
WORDS: Final = ("0012", "%41%2F+", "true", "null", "&amp;", "2026-01-01", "{}")
"""Texts that are taken for something else where they stand alone: as a number, an escape, a word of YAML, ..."""
_OBJECTS: Final = {"aws": "region", "gcp": "projectId", "azure": "resourceGroup"}


def rich_body(session: Session) -> dict[str, Any]:
    """Return a body of add that every reading of the documentation accepts, as far as the target's are known."""
    chance = session.random.random
    body: dict[str, Any] = {"name": _name(session), "provider": _rarest_provider(session)}
    if chance() < 0.15 and may_lack_secrets(session):
        return body  # no provider needs more than that
    if chance() < 0.7:
        body["registryUrl"] = _text(session, "https://registry.example.com/")
    for name, member in _OBJECTS.items():
        if chance() < 0.4:
            body[name] = {member: _text(session, "some-")} if chance() < 0.9 else {}
    if chance() < 0.3 and is_open(session, UNKNOWN_INTEGRATION):
        body["integrationId"] = session.random.choice(["", "org/", "team/"]) + word(session, 6)
    if chance() < 0.9 or "integrationId" in body or not may_lack_secrets(session):
        body["credentials"] = _credentials(session)
    if chance() < 0.6:
        body["restrictions"] = _restrictions(session)
    return body


def rich_update(session: Session) -> dict[str, Any]:
    """Return a body of an update with every member of what it names, so that no reading of a partial one matters."""
    credentials = {**_credentials(session), "scope": {name: session.random.random() < 0.5 for name in ("pull", "push")}}
    restrictions = {"projects": [], **_restrictions(session)}
    return session.random.choice(
        [
            {"credentials": credentials},
            {"restrictions": restrictions},
            {"credentials": credentials, "restrictions": restrictions},
        ]
    )


def _name(session: Session) -> str:
    separator = session.random.choice(_SEPARATORS)
    words = separator.join(word(session, session.random.randint(1, 5)) for _ in range(3))
    name = session.names.fresh(separator=separator) + separator + words
    name = name[: session.random.randint(SHORTEST + 1, LONGEST)].rstrip(separator)
    return name.upper() if session.random.random() < 0.2 else name


def _rarest_provider(session: Session) -> str:
    """Return one of the providers that live least: a target may treat each in its own way."""
    living = Counter(known.body.get("provider") for known in session.model.everything)
    return min(PROVIDERS, key=lambda provider: (living[provider], session.random.random()))


def _credentials(session: Session) -> dict[str, Any]:
    scope = {name: session.random.random() < 0.5 for name in ("pull", "push") if session.random.random() < 0.7}
    return {
        "username": session.names.secret("user") + session.random.choice(_ENDINGS),
        "password": session.names.secret("pass") + session.random.choice(_ENDINGS),
        "scope": scope,
    }


def _restrictions(session: Session) -> dict[str, Any]:
    found: dict[str, Any] = {"restricted": session.random.random() < 0.5}
    if session.random.random() < 0.7:
        many = session.random.randint(0, 3) if is_open(session, UNKNOWN_PROJECT) else 0
        found["projects"] = [_text(session, word(session, 5)) for _ in range(many)]
    return found


def _text(session: Session, start: str) -> str:
    chance = session.random.random()
    if chance < 0.5:
        return "" if chance < 0.05 else session.random.choice(WORDS + NUMBERS)
    return start + "".join(session.random.choices(string.ascii_letters, k=3)) + session.random.choice(_ENDINGS)


def is_open(session: Session, rule: str) -> bool:
    """Return whether a target is known to accept what it has never heard of, by one of the assumed rules."""
    return session.verdicts.of(rule).choices == ["accept"]


def may_lack_secrets(session: Session) -> bool:
    """Return whether a body without integration needs no user name and no password, as far as is known."""
    return all(session.verdicts.of(rule).choices in (["with-integration"], ["never"]) for rule in _CONDITIONAL)
