"""What a correct target may do one way or another: the switches of the assumed rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Choices:
    """The 13 switches of rules.yaml, with `_` for `-`; `projects` and `integrations` are those known to `reject`."""

    duplicate_name: str = "reject"
    unknown_fields: str = "ignore"
    secrets: str = "return"
    add_timestamps: str = "omit"
    unknown_project: str = "accept"
    unknown_integration: str = "accept"
    page_range: str = "reject"
    partial_update: str = "merge"
    unknown_cursor: str = "reject"
    empty_secret: str = "accept"
    constraint_status: str = "400"
    missing_content_type: str = "accept"
    credentials_required: str = "with-integration"
    projects: Collection[str] = ()
    integrations: Collection[str] = ()


STANDARD: Final = Choices()

OTHERS: Final = {
    "duplicate_name": ["suffix"],
    "unknown_fields": ["reject"],
    "secrets": ["omit"],
    "add_timestamps": ["return"],
    "unknown_project": ["reject"],
    "unknown_integration": ["reject"],
    "page_range": ["clamp"],
    "partial_update": ["replace"],
    "unknown_cursor": ["first-page"],
    "empty_secret": ["reject"],
    "constraint_status": ["422"],
    "missing_content_type": ["reject"],
    "credentials_required": ["without-integration", "never"],
}
"""What each switch can be set to besides its default."""
