"""Judges whether user names and passwords are returned: in all answers of add and get, or in none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from emulator.conformance.case import Case
from emulator.conformance.comparing import Difference, value_at
from emulator.conformance.model import Known
from emulator.conformance.shapes import SECRET_MEMBERS

_RULE: Final = "common.secrets"


def without_secrets(
    case: Case, rule: str, known: Known, data: Mapping[str, Any], found: Iterable[Difference]
) -> list[Difference]:
    """Return the differences but for secrets that are left out, where the target leaves out all of them.

    What is returned at one time and left out at another differs from `rule` wherever it is left out.
    """
    found = list(found)
    others = [difference for difference in found if not difference.is_secret_left_out]
    left_out = [difference for difference in found if difference.is_secret_left_out]
    secrets = case.memory.secrets
    if any(_is_returned(known, data, name) for name in SECRET_MEMBERS):
        case.choose(_RULE, "return")
        secrets.returned = True
        for earlier_rule, earlier, path in secrets.left_out:
            case.session.verdicts.differ(earlier_rule, earlier, expected=_expected(path), got="no such member")
        secrets.left_out.clear()
    if not left_out:
        return others
    if secrets.returned:
        return others + [difference._replace(expected=_expected(difference.path)) for difference in left_out]
    case.choose(_RULE, "omit")
    secrets.left_out += [(rule, case.exchange, difference.path) for difference in left_out]
    return others


def _is_returned(known: Known, data: Mapping[str, Any], name: str) -> bool:
    path = f"credentials.{name}"
    return bool(value_at(known.expected, path)) and bool(value_at(data, path))


def _expected(path: str) -> str:
    return f"{path}, as other answers of this run return user names and passwords"
