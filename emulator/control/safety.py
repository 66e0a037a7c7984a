"""Who may use the control routes: programs on this machine, or those that know the admin token; never a web page."""

from __future__ import annotations

import hmac
import ipaddress
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from emulator.errors import AdminTokenError, ControlForbiddenError
from emulator.settings import Settings

_SAME_ORIGIN: Final = frozenset({"same-origin", "none"})


def check(request: web.Request, settings: Settings, *, always: bool) -> None:
    """Let a control request pass, or say why not.

    Args:
        request: the request.
        settings: whether control is on, and its admin token.
        always: the route tells nothing and changes nothing, so it needs neither control to be on nor a token.

    Raises:
        ControlForbiddenError: control is off; or a browser sent this for a page of another origin; or the request names
            a host other than this machine (DNS rebinding) and brings no admin token to make up for it.
        AdminTokenError: an admin token is set, and the request does not have it.
    """
    _check_origin(request)
    if always:
        return
    if settings.control == "off" or (settings.control == "with-token" and not settings.admin_token):
        raise ControlForbiddenError(
            "The control routes are off. Give the emulator an admin token to switch them on: "
            "NORTHFLANK_EMULATOR_ADMIN_TOKEN=... (--admin-token), and if that is not enough --control on."
        )
    if settings.admin_token:
        if not _has_token(request, settings.admin_token):
            raise AdminTokenError
    elif not settings.insecure_control and not _names_this_machine(request.host):
        raise ControlForbiddenError(
            "The Host header names no address of this machine; use 127.0.0.1 or localhost, or set --admin-token."
        )


def _check_origin(request: web.Request) -> None:
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    # As text, since an Origin is a scheme and a Host, and whatever else it may be is foreign.
    foreign = origin is not None and origin.lower().partition("://")[2] != request.host.lower()
    if foreign or (site is not None and site not in _SAME_ORIGIN):
        raise ControlForbiddenError("A web page of another origin may not use the control routes.")


def _has_token(request: web.Request, token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # Bytes, since compare_digest refuses text outside ASCII; the same time whatever is wrong with the token.
    same = hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode("utf-8", "surrogateescape"))
    return same and scheme.lower() == "bearer"


def _names_this_machine(host: str) -> bool:
    """Return whether a `Host` header is an address or localhost; whoever owns another name can point it here."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return True
