"""Judges the items of a list: their form, what they must not hold, and whether they are what was given."""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from emulator.conformance import shapes, times
from emulator.conformance.answers import EVERYTHING, blamed, excused_by, is_told
from emulator.conformance.case import Case
from emulator.conformance.comparing import Difference, differences, same, value_at
from emulator.conformance.memory import Place
from emulator.conformance.model import ANYTHING, Known
from emulator.conformance.shapes import SECRET_MEMBERS, shown

_FIELDS: Final = "list.response.item.fields"
_NO_SECRETS: Final = "list.response.item.no-secrets"
_NO_RESTRICTIONS: Final = "list.response.item.no-restrictions"
_ORDER: Final = "list.order"
_UNWANTED: Final = {_NO_SECRETS: SECRET_MEMBERS, _NO_RESTRICTIONS: ("restrictions", "restricted", "projects")}
_LEFT_OUT: Final = frozenset({"credentials.username", "credentials.password", "restrictions"})
_OF_EVERY_ITEM: Final = ("id", "name", "provider")


def judge_forms(case: Case, items: Sequence[Any]) -> None:
    """Judge the form of all items, and that there is no secret in any of them."""
    place = case.asked.place if case.asked else None
    for item in items:
        if not isinstance(item, dict):
            case.differ(_FIELDS, "an object for every item", shown(item))
            continue
        _judge_form(case, item, case.find(place, item.get("id")))
        members = set(_members(item))
        for rule, unwanted in _UNWANTED.items():
            found = [name for name in unwanted if name in members]
            if found:
                case.differ(rule, f"no member {' and no member '.join(unwanted)} in an item", f"a member {found[0]}")
            else:
                case.agree(rule)
    _look_for_secrets(case)


def judge_known(case: Case, place: Place, items: Sequence[Any]) -> None:
    """Judge the items of this run by what was given."""
    listed = []
    for item in items:
        known = case.find(place, item.get("id")) if isinstance(item, dict) else None
        if known is None:
            continue
        listed.append(known)
        if not (case.memory.of(known).doubtful or ANYTHING in known.uncertain):
            _judge_item(case, item, known)
            times.judge(case, known, item, "list")
    if len(listed) > 1:
        created = [known for known in case.session.model.living(place[1], place[0]) if known in listed]
        _judge_order(case, listed, created)


def _judge_order(case: Case, listed: list[Known], created: list[Known]) -> None:
    """Tell which order a page has; `created` has the same in the order of creation. Names may have the same order."""
    orders = {"creation": created, "newest-first": created[::-1], "name": sorted(created, key=lambda known: known.id)}
    fitting = [order for order, there in orders.items() if there == listed]
    if len(fitting) == 1:
        case.choose(_ORDER, fitting[0])
    elif "creation" in fitting:
        case.agree(_ORDER)
    elif not fitting:
        case.choose(_ORDER, None, "A list is neither in the order of creation nor in that of ids.")


def _judge_item(case: Case, item: Mapping[str, Any], known: Known) -> None:
    seen = case.memory.of(known)
    found = [
        difference
        for difference in differences(known, item, but=_left_out(item) | excused_by(known.body))
        if not is_told(seen, difference, item) and not _is_as_read(seen.data, item, difference)
    ]
    for difference in found:
        seen.told[difference.path] = value_at(item, difference.path)
        case.differ(blamed(seen, difference.path, _FIELDS), f"{known.id} with {difference.expected}", difference.got)
    if not found:
        case.agree(_FIELDS)


def _is_as_read(data: Any, item: Mapping[str, Any], difference: Difference) -> bool:
    """Return whether an item has what the last answer of get had: what is wrong with that is told there."""
    return data is not None and same(value_at(data, difference.path), value_at(item, difference.path))


def _left_out(item: Mapping[str, Any]) -> frozenset[str]:
    """Return what an item need not have. That it has the scope of its credentials is only assumed."""
    credentials = item.get("credentials")
    if credentials is None:
        return _LEFT_OUT | {"credentials"}
    if isinstance(credentials, dict) and "scope" not in credentials:
        return _LEFT_OUT | {"credentials.scope"}
    return _LEFT_OUT


def _judge_form(case: Case, item: Mapping[str, Any], known: Known | None) -> None:
    # The id of what is known is the one that add answered, and was judged there.
    excused = excused_by(known.body) | {"id"} if known else frozenset()
    for check in shapes.listed_item().checks(item):
        if check.good or check.path in excused or EVERYTHING in excused:
            continue
        # The values of somebody else's are nobody's business: they may be older than the documentation.
        if known is None and not (check.path in _OF_EVERY_ITEM and check.rule.endswith((".required", ".type"))):
            continue
        if check.path == "credentials.scope" and check.rule.endswith(".required"):
            continue
        rule = check.rule if check.rule == "common.timestamps" else _FIELDS
        case.differ(rule, f"in every item, {check.expected}", check.got)


def _look_for_secrets(case: Case) -> None:
    """Look for the very texts of user names and passwords, whatever the member that they are in."""
    text, everything = "\n".join(_texts(case.exchange.answer)), case.session.model.everything
    got = None
    for secret in case.session.model.secrets:
        if (secret in text or _base64(secret) in text) and not _is_public(everything, secret):
            got = "one that this run gave"
    for pair in filter(None, map(_pair, everything)):
        if _base64(pair) in text:
            got = "both of them, in Base64"
    if got is not None:
        case.differ(_NO_SECRETS, "no user name and no password anywhere in a list", got)


def _pair(known: Known) -> str | None:
    """Return a user name and a password as an Authorization header has them, None where there are none to look for."""
    credentials = known.body.get("credentials")
    pair = [credentials.get(name) for name in SECRET_MEMBERS] if isinstance(credentials, dict) else [None]
    return ":".join(map(str, pair)) if all(isinstance(one, str) and len(one) > 5 for one in pair) else None


@functools.lru_cache(maxsize=512)
def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode()


def _is_public(everything: Sequence[Known], secret: str) -> bool:
    """Return whether a secret was given as something else too."""
    fields = ({name: value for name, value in known.body.items() if name != "credentials"} for known in everything)
    return any(secret in text for given in fields for text in _texts(given))


def _members(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _members(inner)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for inner in inside:
        yield from _texts(inner)
