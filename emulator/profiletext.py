"""Writes profiles: as TOML that shows well what changed, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from emulator.profile import FORMAT, ErrorShape, Profile

_HEAD: Final = """\
# What a target does where the documentation is silent, learnt from it by `northflank-emulator calibrate`.
# Use it with `northflank-emulator serve --profile FILE`; see what changed since with `calibrate --diff FILE`.
"""


def document(profile: Profile) -> dict[str, Any]:
    """Return a profile as a JSON value, which `profile.parse` reads."""
    return {
        "format": FORMAT,
        "target": profile.target,
        "date": profile.date,
        **({"version": profile.version} if profile.version else {}),
        "rules": {
            rule: {
                "choice": settled.choice,
                "date": settled.date,
                **({"evidence": settled.evidence} if settled.evidence else {}),
            }
            for rule, settled in sorted(profile.rules.items())
        },
        "errors": {kind: _members(shape) for kind, shape in sorted(profile.errors.items())},
    }


def toml(profile: Profile) -> str:
    """Return a profile as the text of a file: the same profile, the same text; one table a rule, in their order."""
    return _HEAD + "".join(f"{line}\n" for line in _lines(document(profile)))


def differences(old: Profile, new: Profile) -> list[str]:
    """Return what the two say differently of the target, a sentence each; dates and digests do not count."""
    rules = [
        f"{rule}: was {before.choice} on {before.date}; now it is {new.rules[rule].choice}."
        for rule, before in sorted(old.rules.items())
        if rule in new.rules and before.choice != new.rules[rule].choice
    ]
    return rules + [
        f"{place}: was {_shown(was)}; now it is {_shown(has)}."
        for place, was, has in _told(old, new)
        if None not in (was, has) and was != has
    ]


def gaps(old: Profile, new: Profile) -> list[str]:
    """Return what only one of the two knows of the target, a sentence each: that is no change of what it does."""
    rules = []
    for rule in sorted(old.rules.keys() ^ new.rules.keys()):
        before = old.rules.get(rule)
        if before is None:
            rules.append(f"{rule}: {new.rules[rule].choice}, which was not known before.")
        else:
            rules.append(f"{rule}: was {before.choice} on {before.date}; now it is not decided.")
    return rules + [
        f"{place}: was {_shown(was)}; now it is {_shown(has)}."
        for place, was, has in _told(old, new)
        if (was is None) is not (has is None)
    ]


def _told(old: Profile, new: Profile) -> Iterator[tuple[str, Any, Any]]:
    """Yield each member of how a failure is told, with its value in both, None where there is none."""
    for kind in sorted({*old.errors, *new.errors}):
        earlier, later = (_members(one.errors.get(kind, ErrorShape())) for one in (old, new))
        for member in sorted({*earlier, *later}):
            yield f"errors.{kind}.{member}", earlier.get(member), later.get(member)


def _shown(value: object) -> str:
    return "not known" if value is None else json.dumps(value, ensure_ascii=False)


def _members(shape: ErrorShape) -> dict[str, Any]:
    values = {name: getattr(shape, name) for name in ErrorShape.__slots__}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value is not None
    }


def _lines(content: dict[str, Any]) -> Iterator[str]:
    tables = {key: value for key, value in content.items() if isinstance(value, dict)}
    yield from (f"{key} = {_value(value)}" for key, value in content.items() if key not in tables)
    for table, entries in tables.items():
        for name, entry in entries.items():
            yield ""
            yield f"[{table}.{json.dumps(name) if '.' in name else name}]"
            yield from (f"{key} = {_value(value)}" for key, value in entry.items())


def _value(value: Any) -> str:
    """Return a value as TOML: for numbers, lists of texts and printable texts the same as in JSON."""
    return json.dumps(value, ensure_ascii=False)
