"""What the server says while it runs: text, or one JSON object a line. Loaded only where there is more than the banner.

In JSON everything goes to standard output: the banner, requests, warnings, what libraries log, and the end of a program
that fails. Each object has `time`, `level`, `event` and `message`; what else depends on the event. Of exceptions the
type and the frames are told, never the message, which may quote a request.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

logger = logging.getLogger("emulator")
_CHAIN: Final = 5
"""Exceptions of a chain that are told of."""


def start(*, as_json: bool) -> None:
    """Write everything that is logged to standard output, from now on."""
    if not as_json:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JSONLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(True)
    sys.excepthook = _told_of_crashes(sys.excepthook)


def tell(event: str, message: str, **facts: object) -> None:
    """Say that the emulator starts, is ready or refuses to start; `facts` are further members of the object."""
    level = logging.ERROR if event == "refused" else logging.INFO
    logger.log(level, "%s", message, extra={"facts": {"event": event, **facts}})


class JSONLines(logging.Formatter):
    """Formats a record as one line of JSON; its attribute `facts`, a mapping, is merged into the object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: ASCII, so that no terminal and no collector can misread it."""
        message = record.getMessage()
        written: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": "log",
            "message": message,
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            # asyncio adds lines that show the exception.
            written["message"] = message.partition("\n")[0]
            written["traceback"] = _frames(record.exc_info[1])
        if written["event"] == "log":
            written["logger"] = record.name
        return json.dumps({name: _plain(value) for name, value in written.items()})


def _plain(value: object) -> object:
    """Return a value as every JSON reader takes it: half surrogate pairs, which file names can have, become `?`."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _frames(error: BaseException) -> str:
    """Return the frames and types of an exception and of what led to it, the last one first."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(told) < _CHAIN:
        kind = type(cause)
        told.append(f"{kind.__module__}.{kind.__qualname__}\n{''.join(traceback.format_tb(cause.__traceback__))}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "because of ".join(told)


_Hook = Callable[[type[BaseException], BaseException, TracebackType | None], Any]


def _told_of_crashes(otherwise: _Hook) -> _Hook:
    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            otherwise(kind, error, trace)
            return
        message = "The emulator ends because of a bug: please report it."
        logger.critical(message, exc_info=(kind, error, trace), extra={"facts": {"event": "crash"}})

    return hook
