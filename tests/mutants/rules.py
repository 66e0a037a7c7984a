"""The rulebook, as far as the proof of `check` needs it."""

from __future__ import annotations

from typing import Any, Final

from emulator import contract

RULES: Final[dict[str, dict[str, Any]]] = {rule["id"]: rule for rule in contract.load("contracts/rules.yaml")["rules"]}
COUNTING: Final = {identifier for identifier, rule in RULES.items() if rule["basis"] != "assumed"}
"""The rules that make a check fail."""

SETTINGS: Final = {"setting.max-time"}
"""What is no rule of the rulebook but a wish of the user."""

BEYOND: Final = {
    "common.rate-limit.exceeded": "An account may send 1000 requests an hour, and a check sends 300.",
}
"""Rules that no mutant is needed for, and why a stranger cannot provoke them within a check."""
