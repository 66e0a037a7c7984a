"""How a target tells of each kind of failure: status, word, template of the message, form of the details.

Nothing of what was sent gets into it: names of fields, ids and methods become placeholders, and a message that still
has any value of the request in it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from emulator.conformance.exchange import Exchange
from emulator.conformance.kinds import Failure
from emulator.conformance.names import slug
from emulator.conformance.routes import route_of
from emulator.profile import OF_CONSTRAINTS, ErrorShape

Conceals = Callable[[str], bool]

_VARIED: Final = frozenset({"constraint", "parameter", "page-range", "repeated-parameter"})
"""Kinds with other fields at fault each time."""
_NAMES: Final = frozenset(
    {
        *("body", "page", "cursor", "per_page", "name", "id", "credentialId", "teamId", "credentials", "restrictions"),
        *("updatedAt", "createdAt", "Content-Type", "Authorization", "token"),
    }
)
"""Names of fields that a profile may have: no value of a request is among them."""
_WORD: Final = re.compile(r"[!-~]{1,80}")
_MEMBER: Final = re.compile(r"[A-Za-z_][A-Za-z_]{0,30}")
_CHANCE: Final = re.compile(r"\b(?=[a-z]*[0-9])[0-9a-z]{8,}|[0-9]{5,}|(?<![\w/.-])[0-9]+(?!\w)", re.IGNORECASE)
"""What looks as if it were another one each time: numbers, and long words with digits."""
_LONGEST: Final = 500
_SHORTEST: Final = 3
"""Letters of a value that is looked for inside words too."""


def shapes_of(failures: Iterable[Failure], constraint_status: str | None, conceals: Conceals) -> dict[str, ErrorShape]:
    """Return how each kind of failure that was met is told.

    Args:
        failures: those of the run.
        constraint_status: the choice of the rule on the status of constraints: the same status is not told again.
        conceals: tells whether a text has something in it that must not be shown, such as a secret of the run.
    """
    met: dict[str, list[Failure]] = {}
    for failure in failures:
        met.setdefault(failure.kind, []).append(failure)
    shapes = {kind: _shape(kind, samples, conceals) for kind, samples in met.items()}
    return {
        kind: _without_status(shape) if kind in OF_CONSTRAINTS and str(shape.status) == constraint_status else shape
        for kind, shape in sorted(shapes.items())
    }


def _without_status(shape: ErrorShape) -> ErrorShape:
    return ErrorShape(None, shape.id, shape.message, shape.details, shape.entries, shape.fields)


def _shape(kind: str, samples: Sequence[Failure], conceals: Conceals) -> ErrorShape:
    status = _same(sample.exchange.status for sample in samples)
    word = _same(_error(sample.exchange).get("id") for sample in samples)
    details, entries = _same(_form(sample) for sample in samples) or (None, None)
    fields = None
    if details not in (None, "absent") and kind not in _VARIED:
        fields = _same(tuple(_paths(sample)) for sample in samples)
        if not fields or not set(fields) <= _NAMES:
            details, entries, fields = None, None, None
    return ErrorShape(
        status,
        word if isinstance(word, str) and _WORD.fullmatch(word) and not _shows(word, samples[0], conceals) else None,
        _message(kind, samples, conceals),
        details,
        entries,
        fields,
    )


def _same(values: Iterable[Any]) -> Any:
    """Return what all values are, None if they are not the same."""
    found = list(values)
    return found[0] if found and all(value == found[0] for value in found) else None


def _error(exchange: Exchange) -> Mapping[str, Any]:
    match exchange.answer:
        case {"error": dict(error)}:
            return error
    return {}


def _form(failure: Failure) -> tuple[str | None, tuple[str, str] | None] | None:
    """Return the form of error.details, and for a list of objects the members that hold path and message."""
    error = _error(failure.exchange)
    details = error.get("details")
    if "details" not in error:
        return "absent", None
    if isinstance(details, dict) and details:
        if all(isinstance(told, str) for told in details.values()):
            return "texts", None
        lists = all(isinstance(told, list) and all(isinstance(text, str) for text in told) for told in details.values())
        return ("lists", None) if lists else None
    if isinstance(details, list) and details and all(isinstance(entry, dict) for entry in details):
        return _entries(details, failure)
    return None


def _entries(details: Sequence[Mapping[str, Any]], failure: Failure) -> tuple[str, tuple[str, str]] | None:
    members = [name for name, value in details[0].items() if isinstance(value, str) and _MEMBER.fullmatch(name)]
    known = _NAMES.union(failure.fields)
    where = next((name for name in members if all(entry.get(name) in known for entry in details)), None)
    what = next((name for name in members if name != where), None)
    return None if where is None or what is None else ("entries", (where, what))


def _paths(failure: Failure) -> list[str]:
    """Return the paths that the details of an error name, in their order; those at fault where it names none."""
    details = _error(failure.exchange).get("details")
    if isinstance(details, dict) and details:
        return [str(path) for path in details]
    form = _form(failure)
    if form is not None and form[1] is not None and isinstance(details, list):
        return list(dict.fromkeys(str(entry[form[1][0]]) for entry in details))
    return list(failure.fields)


def _message(kind: str, samples: Sequence[Failure], conceals: Conceals) -> str | None:
    # The same words for other fields show that they are a template, and not about these.
    if kind == "constraint" and len({tuple(_paths(sample)) for sample in samples}) < 2:
        return None
    found: str | None = _same(_template(kind, sample, conceals) for sample in samples)
    return found


def _template(kind: str, failure: Failure, conceals: Conceals) -> str | None:
    exchange, text = failure.exchange, _error(failure.exchange).get("message")
    if not isinstance(text, str) or not text.isprintable() or re.search("[{}]", text) or not 0 < len(text) <= _LONGEST:
        return None
    if kind in OF_CONSTRAINTS:
        filled = _with_fields(text, _paths(failure))
        if filled is None:
            return None
        text = filled
    for value, placeholder in _placeholders(exchange).items():
        text = text.replace(value, placeholder)
    return None if _shows(text, failure, conceals) else text


def _with_fields(text: str, paths: Sequence[str]) -> str | None:
    """Return a text with a placeholder for the fields at fault; None where it is about some of them only."""
    joined = ", ".join(paths)
    if joined and _found(joined, text):
        text = re.sub(rf"(?<![\w.]){re.escape(joined)}(?![\w\[])", "{fields}", text, count=1)
        return None if any(_found(path, text) for path in paths) else text
    named = [path for path in paths if _found(path, text)]
    if named == list(paths[:1]) and paths:
        return re.sub(rf"(?<![\w.]){re.escape(paths[0])}(?![\w\[])", "{field}", text)
    return None if named else text


def _found(path: str, text: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(path)}(?![\w\[])", text) is not None


def _placeholders(exchange: Exchange) -> dict[str, str]:
    found: dict[str, str] = {}
    route = route_of(exchange.target.partition("?")[0])
    if route is not None and route.id:
        found[unquote(route.id)] = "{id}"
    sent = exchange.sent_json
    name = sent.get("name") if isinstance(sent, dict) else None
    if exchange.operation == "add-registry" and isinstance(name, str) and name:
        found[slug(name)] = "{id}"
    allowed = exchange.headers.get("Allow")
    if exchange.status == 405 and allowed:
        found[allowed] = "{methods}"
        found[" or ".join(part.strip() for part in allowed.split(","))] = "{methods}"
    return found


def _shows(text: str, failure: Failure, conceals: Conceals) -> bool:
    """Return whether a text has anything of what was sent in it, somebody's address, or what seems new each time."""
    if "@" in text or _CHANCE.search(text) or conceals(text):
        return True
    return any(_is_in(value, text) for value in _values(failure.exchange))


def _is_in(value: str, text: str) -> bool:
    if not value.strip() or value not in text:
        return False
    return len(value) > _SHORTEST or re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def _values(exchange: Exchange) -> Iterator[str]:
    path, _, query = exchange.target.partition("?")
    yield path
    yield from (value for _, value in parse_qsl(query))
    yield from _leaves(exchange.sent_json)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
