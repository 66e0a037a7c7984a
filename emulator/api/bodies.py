"""Request bodies: from bytes on the wire to JSON."""

from __future__ import annotations

from aiohttp import web
from aiohttp.hdrs import CONTENT_TYPE
from aiohttp.streams import EmptyStreamReader

from emulator.api.calls import Call
from emulator.behaviour import Behaviour
from emulator.errors import (
    BodyTooLargeError,
    MalformedRequestError,
    MissingContentTypeError,
    UnsupportedContentTypeError,
)


async def read_body(call: Call, *, limit: int) -> bytes:
    """Return the whole body, and keep it with the call.

    Raises:
        BodyTooLargeError: it has more than `limit` bytes.
        MalformedRequestError: its transfer or content coding is broken.
    """
    if call.body is None:
        body = bytearray()
        try:
            while chunk := await call.content.readany():
                body += chunk
                if len(body) > limit:
                    raise BodyTooLargeError(limit)
        except web.RequestPayloadError:
            raise MalformedRequestError("The body cannot be decoded; send it plain, with its Content-Length.") from None
        call.body = bytes(body)
    return call.body


def is_at_hand(call: Call) -> bool:
    """Return whether the whole body has come, and unbroken."""
    return call.content.is_eof() and call.content.exception() is None


async def read_text(call: Call, behaviour: Behaviour, *, limit: int, may_be_empty: bool) -> bytes:
    """Return the body, whose content type has to be that of JSON; parameters and errors as `text_at_hand`.

    Raises:
        MalformedRequestError: as `read_body`.
    """
    if call.body is None and not is_at_hand(call) and _is_wanted(call, behaviour, may_be_empty=may_be_empty):
        await read_body(call, limit=limit)
    return text_at_hand(call, behaviour, limit=limit, may_be_empty=may_be_empty)


def text_at_hand(call: Call, behaviour: Behaviour, *, limit: int, may_be_empty: bool) -> bytes:
    """Return the body, which has come, and keep it with the call; its content type has to be that of JSON.

    Args:
        call: the call.
        behaviour: whether a content type has to be there, and to be that of JSON.
        limit: most bytes that the body may have.
        may_be_empty: nothing at all is a body too, whatever its type.

    Raises:
        UnsupportedContentTypeError: the declared content type is not JSON.
        MissingContentTypeError: none is declared, and it has to be.
        BodyTooLargeError: it has more than `limit` bytes.
    """
    if not _is_wanted(call, behaviour, may_be_empty=may_be_empty):
        return b""
    body = call.body
    if body is None:
        body = call.content.read_nowait()
        if len(body) > limit:
            raise BodyTooLargeError(limit)
        call.body = body
    if behaviour.missing_content_type == "reject" and (body or not may_be_empty) and _declared(call) is None:
        raise MissingContentTypeError
    return body


def _is_wanted(call: Call, behaviour: Behaviour, *, may_be_empty: bool) -> bool:
    """Return whether there is a body to be read, by what is declared.

    Raises:
        UnsupportedContentTypeError: the declared content type is not JSON.
    """
    declared = _declared(call)
    if declared is None or declared == "application/json" or _is_json(declared):
        return True
    if may_be_empty and isinstance(call.content, EmptyStreamReader):
        return False
    if behaviour.other_content_type == "reject":
        raise UnsupportedContentTypeError
    return True


def _declared(call: Call) -> str | None:
    return call.message.headers.get(CONTENT_TYPE)


def _is_json(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence == "application/json" or (essence.startswith("application/") and essence.endswith("+json"))
