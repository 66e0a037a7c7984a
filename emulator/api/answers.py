"""Answers and the headers that every one of them carries."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from multidict import CIMultiDict

import emulator
from emulator.models import Allowance

JSON: Final = "application/json; charset=utf-8"


def answer(body: bytes, *, status: int = 200, content_type: str = JSON) -> web.Response:
    """Return an answer whose body is already rendered."""
    return web.Response(body=body, status=status, headers=CIMultiDict({"Content-Type": content_type}))


def data(text: bytes) -> web.Response:
    """Return the answer `{"data": ...}` around a rendered JSON text; success is exactly 200."""
    return answer(b'{"data":' + text + b"}")


def stamp_control(response: web.StreamResponse) -> None:
    """Add what every answer of a control route says; it never names a rule, which are those of the emulated API."""
    headers = response.headers
    headers["x-emulator-version"] = emulator.__version__
    headers["Cache-Control"] = "no-store"
    headers.pop("x-emulator-rule", None)


def stamp(response: web.StreamResponse, allowance: Allowance | None) -> None:
    """Add what every answer says: the emulator's version, and what is left of the hour where that is counted."""
    headers = response.headers
    headers["x-emulator-version"] = emulator.__version__
    if allowance is not None:
        headers["x-ratelimit-limit"] = str(allowance.limit)
        headers["x-ratelimit-remaining"] = str(allowance.remaining)
        headers["x-ratelimit-reset"] = str(allowance.reset)
