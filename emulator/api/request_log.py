"""One line for each request, where somebody wants it: never a query, a header or a body, which may hold secrets."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Mapping
from typing import Final

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from emulator import redaction
from emulator.api import operations as all_of

_OPERATIONS: Final = (
    *(*all_of.ADD, *all_of.LIST, *all_of.GET, *all_of.UPDATE, *all_of.MODIFY, *all_of.DELETE),
    *(all_of.HEALTH, all_of.LOGIN, all_of.SPECIFICATION, all_of.SPECIFICATION_PAGE),
)
_PARAMETER: Final = re.compile(r"\\{\w+\\}")


class RequestLog(AbstractAccessLogger):
    """Logs `POST /v1/integrations/registries 200 1.4 ms`, with the same as members for logs in JSON."""

    @property
    def enabled(self) -> bool:
        """Whether a line would be seen; where not, none is made."""
        return self.logger.isEnabledFor(logging.INFO)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Log one request that was answered in `time` seconds."""
        method, path, status, duration = request.method, redaction.path(request.raw_path), response.status, time * 1000
        facts = {
            "event": "request",
            "method": method,
            "path": path,
            "status": status,
            "duration_ms": round(duration, 1),
        }
        operation = _operation(method, path)
        if operation is not None:
            facts["operation"] = operation
        self.logger.info("%s %s %d %.1f ms", method, path, status, duration, extra={"facts": facts})


@functools.cache
def _paths() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    """Return what the path of each operation looks like, by method and name."""
    found: dict[str, dict[str, re.Pattern[str]]] = {}
    for operation in _OPERATIONS:
        path = re.compile(_PARAMETER.sub("[^/]+", re.escape(operation.path)))
        found.setdefault(operation.method, {})[operation.name] = path
    return found


def _operation(method: str, path: str) -> str | None:
    return next((name for name, form in _paths().get(method, {}).items() if form.fullmatch(path)), None)
