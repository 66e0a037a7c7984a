"""The assumed rules that can be switched, as one frozen object that code can ask.

Names, values and defaults are the rulebook's (`contracts/rules.yaml`); a test holds the two together. They stand here
too because the rulebook is YAML, which takes longer to read than the server to start. Annotations are no texts here, as
the values are read off them, and to evaluate texts takes a hundredth of the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self, get_args

from emulator.errors import InvalidSettingError


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One choice for each assumption; the switch `duplicate-name` is the field `duplicate_name`."""

    duplicate_name: Literal["reject", "suffix"] = "reject"
    unknown_fields: Literal["ignore", "reject"] = "ignore"
    secrets: Literal["return", "omit"] = "return"
    add_timestamps: Literal["omit", "return"] = "omit"
    unknown_project: Literal["accept", "reject"] = "accept"
    unknown_integration: Literal["accept", "reject"] = "accept"
    page_range: Literal["reject", "clamp"] = "reject"
    partial_update: Literal["merge", "replace"] = "merge"
    unknown_cursor: Literal["reject", "first-page"] = "reject"
    empty_secret: Literal["accept", "reject"] = "accept"
    constraint_status: Literal["400", "422"] = "400"
    missing_content_type: Literal["accept", "reject"] = "accept"
    credentials_required: Literal["with-integration", "without-integration", "never"] = "with-integration"
    list_order: Literal["creation", "newest-first", "name"] = "creation"
    default_page_size: Literal["50", "10", "20", "25", "30", "100"] = "50"
    page_beyond_last: Literal["empty", "reject"] = "empty"
    page_and_cursor: Literal["reject", "cursor", "page"] = "reject"
    repeated_parameter: Literal["reject", "first", "last"] = "reject"
    empty_update: Literal["accept", "reject"] = "accept"
    duplicate_key: Literal["last", "first", "reject"] = "last"
    other_content_type: Literal["reject", "accept"] = "reject"
    request_timestamps: Literal["ignore", "take"] = "ignore"
    repeated_delete: Literal["unknown", "success"] = "unknown"
    deleted_name: Literal["free", "taken"] = "free"

    def choose(self, choices: Mapping[str, str], *, setting: str = "--assume") -> Self:
        """Return this behaviour with other choices, by the names of the switches; `setting` is where they are from.

        Raises:
            InvalidSettingError: no such switch, or no such choice; the message names those there are.
        """
        for name, value in choices.items():
            known = CHOICES.get(name)
            if known is None:
                raise InvalidSettingError(setting, f"{name!r} is no assumption; there are {', '.join(CHOICES)}")
            if value not in known:
                raise InvalidSettingError(setting, f"{name}={value} is not known; use {' or '.join(known)}")
        chosen: dict[str, Any] = {name.replace("-", "_"): value for name, value in choices.items()}
        return replace(self, **chosen)

    def choices(self) -> dict[str, str]:
        """Return every switch with its present value."""
        return {name: getattr(self, name.replace("-", "_")) for name in CHOICES}


def _choices() -> dict[str, tuple[str, ...]]:
    return {entry.name.replace("_", "-"): get_args(entry.type) for entry in fields(Behaviour)}


CHOICES = _choices()
"""The switches and the values that each can take, the default first."""

DEFAULT = Behaviour()
