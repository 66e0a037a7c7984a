"""Request bodies: from bytes on the wire to JSON."""

from __future__ import annotations

from aiohttp import web

from emulator import codec
from emulator.api.calls import Call
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
    if call.body is not None:
        return call.body
    content = call.request.content
    try:
        # Most bodies come with their headers and are complete here: 3 us less than the loop that waits for more.
        body = content.read_nowait() if content.is_eof() else await call.request.read()
    except web.HTTPRequestEntityTooLarge:
        raise BodyTooLargeError(limit) from None
    except web.RequestPayloadError:
        raise MalformedRequestError("The body cannot be decoded; send it plain, with its Content-Length.") from None
    if len(body) > limit:
        raise BodyTooLargeError(limit)
    call.body = body
    return body


async def read_json(call: Call, *, limit: int, type_required: bool, empty: object = None) -> object:
    """Return the JSON value of the body.

    Args:
        call: the call.
        limit: most bytes that the body may have.
        type_required: refuse a body without a content type.
        empty: what no body at all stands for; None refuses it.

    Raises:
        UnsupportedContentTypeError: the declared content type is not JSON.
        MissingContentTypeError: none is declared, and it has to be.
        BodyTooLargeError, MalformedRequestError: as `read_body`.
        InvalidJSONError: the body is no JSON text.
    """
    declared = call.request.headers.get("Content-Type")
    # The comparison first, since nearly every client sends exactly this.
    if declared is not None and declared != "application/json" and not _is_json(declared):
        if empty is not None and not call.request.body_exists:
            return empty
        raise UnsupportedContentTypeError
    body = await read_body(call, limit=limit)
    if not body and empty is not None:
        return empty
    if declared is None and type_required:
        raise MissingContentTypeError
    return codec.loads(body)


def _is_json(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence == "application/json" or (essence.startswith("application/") and essence.endswith("+json"))
