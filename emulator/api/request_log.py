"""One line for each request, where somebody wants it: never a query, a header or a body, which may hold secrets."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from emulator import redaction


class RequestLog(AbstractAccessLogger):
    """Logs `POST /v1/integrations/registries 200 1.4 ms`."""

    @property
    def enabled(self) -> bool:
        """Whether a line would be seen; where not, none is made."""
        return self.logger.isEnabledFor(logging.INFO)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Log one request that was answered in `time` seconds."""
        path = redaction.path(request.raw_path)
        self.logger.info("%s %s %d %.1f ms", request.method, path, response.status, time * 1000)
