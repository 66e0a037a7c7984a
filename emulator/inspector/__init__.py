"""The inspector: a page on top of the control routes, as files without data: they need no token."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

from aiohttp import web

import emulator

_PAGE: Final = "/_emulator"
_FOLDER: Final = Path(__file__).with_name("page")
_LOOK: Final = Path(__file__).parents[1] / "conformance" / "report" / "look.css"
"""What all pages of the project have in common."""
_CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "x-emulator-version": emulator.__version__,
}


def register(app: web.Application) -> None:
    """Add the page and its files."""
    app.router.add_get(_PAGE, _to_the_page)
    app.router.add_get(f"{_PAGE}/", _page)
    app.router.add_get(f"{_PAGE}/inspector/{{file:[a-z-]+\\.(?:css|js|svg)}}", _file)


async def _to_the_page(_request: web.Request) -> web.Response:
    # Relative, so that it holds behind a proxy that puts a path before ours.
    return web.Response(status=308, headers={**_HEADERS, "Location": f"{_PAGE.strip('/')}/"})


async def _page(_request: web.Request) -> web.Response:
    return _answer("index.html")


async def _file(request: web.Request) -> web.Response:
    try:
        return _answer(request.match_info["file"])
    except FileNotFoundError:
        raise web.HTTPNotFound from None


def _answer(name: str) -> web.Response:
    return web.Response(body=_read(name), headers={**_HEADERS, "Content-Type": _CONTENT_TYPES[Path(name).suffix]})


@functools.cache
def _read(name: str) -> bytes:
    return (_LOOK if name == _LOOK.name else _FOLDER / name).read_bytes()
