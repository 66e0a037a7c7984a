"""Why a verification failed, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.handle.recorded import RecordedRequest


def explanation(pattern: Mapping[str, Any], result: Mapping[str, Any], account: str) -> str:
    """Return what was wanted, what was found, and how the calls that came closest differ.

    Args:
        pattern: what was asked for.
        result: the answer of `POST requests/verify`.
        account: calls of any other are left out: they are none of the test's business.
    """
    wanted = ", ".join(f"{name}={value!r}" for name, value in pattern.items()) or "any call"
    lines = [f"{result['message']} Wanted: {wanted}."]
    misses = [miss for miss in result.get("nearMisses", ()) if miss["request"]["account"] == account]
    if misses:
        lines.append("The calls that came closest:")
    elif result["verdict"] == "failed" and "nearMisses" in result:
        lines.append("There was no other call of this account.")
    for miss in misses:
        lines.append(f"  {RecordedRequest.read(miss['request'])}")
        lines += [f"    {told['field']}: {told['got']!r}, not {told['expected']!r}" for told in miss["differences"]]
    return "\n".join(lines)
