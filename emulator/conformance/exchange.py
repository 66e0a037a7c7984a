"""One request and what came back, as it can be shown: no token is in it."""

from __future__ import annotations

import enum
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from multidict import CIMultiDict, CIMultiDictProxy

from emulator import codec
from emulator.errors import InvalidJSONError


class Absent(enum.Enum):
    """The type of ABSENT."""

    ABSENT = "absent"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent.ABSENT
"""There is no JSON value: not the same as null."""

NO_HEADERS: Final[CIMultiDictProxy[str]] = CIMultiDictProxy(CIMultiDict())

MALFORMED: Final[Mapping[str, str]] = {"Content-Length": "none"}
"""Headers that make a request no well-formed HTTP, and that every client sends as they are."""

# In whatever quotes: some bodies are nearly JSON on purpose.
_SECRET: Final = re.compile(r"""((?:username|password)["']?\s*:\s*)(["'])(?:(?!\2)[^\\]|\\.)+(?:\2|\Z)""", re.DOTALL)
_HIDDEN: Final = r"\1\2***\2"
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_LONGEST: Final = 4000
"""Bytes of a body that a curl line holds."""
_HEADERS_OF_CURL: Final = ("accept", "user-agent", "accept-encoding")


@dataclass(frozen=True, slots=True, repr=False)
class Exchange:
    """A request and its answer; `status` is 0 where none came, and `problem` says why.

    Attributes:
        number: 1 and up, in the order of sending.
        purpose: name of the probe that sent it.
        operation: operationId of the contract, None for other routes.
        target: path and query as sent: `/v1/integrations/registries?per_page=2`.
        sent_headers: the headers, with a placeholder in place of a token.
        sent: the body as sent, None for none.
        seconds: from sending to the last byte of the answer.
        problem: `connection reset`, `no answer within 30 s`, `body shorter than Content-Length`, ...
    """

    number: int
    purpose: str
    operation: str | None
    method: str
    target: str
    sent_headers: Mapping[str, str]
    sent: bytes | None
    status: int
    headers: CIMultiDictProxy[str]
    content: bytes
    seconds: float
    problem: str | None = None
    _parsed: dict[str, Any] = field(default_factory=dict, init=False, compare=False)

    @property
    def answer(self) -> Any:
        """The JSON value of the answer, ABSENT where it is none."""
        return self._json("answer", self.content)

    @property
    def sent_json(self) -> Any:
        """The JSON value of the request's body, ABSENT where it is none."""
        return self._json("sent", self.sent)

    @property
    def ok(self) -> bool:
        """Whether it succeeded with exactly 200."""
        return self.status == 200

    @property
    def succeeded(self) -> bool:
        """Whether the status is that of a success, which for this API should be 200."""
        return 200 <= self.status <= 299

    @property
    def refused(self) -> bool:
        """Whether the target refused it as the client's mistake."""
        return 400 <= self.status <= 499

    @property
    def is_malformed(self) -> bool:
        """Whether it was no well-formed HTTP, on purpose."""
        return MALFORMED.items() <= self.sent_headers.items()

    @property
    def outcome(self) -> str:
        """What came back, in words: `status 400 ("The name is taken.")`, or the problem."""
        if self.problem is not None:
            return self.problem
        match self.answer:
            case {"error": {"message": str(message)}} if message:
                return f'status {self.status} ("{message[:160]}")'
        return f"status {self.status}"

    def curl(self, base: str) -> str:
        """Return a shell command in one line that sends it again; tokens, user names and passwords are left out.

        Args:
            base: base URL of the target, without a slash at the end.
        """
        before, body = _body(self.sent)
        method = ["--head"] if self.method == "HEAD" else ["-X", self.method]
        words = ["curl", "-sS", "-i", "-g", "--path-as-is", *method, shlex.quote(base + self.target)]
        sent = {name.lower() for name in self.sent_headers}
        for name, value in self.sent_headers.items():
            if name.lower() not in _HEADERS_OF_CURL:
                words += ["-H", _header(name, value)]
        if body and "content-type" not in sent:
            words += ["-H", "'Content-Type:'"]  # else curl declares a form
        return before + " ".join(words + body)

    def __repr__(self) -> str:
        return f"<{self.number}: {self.method} {self.target} -> {self.problem or self.status}>"

    def _json(self, which: str, text: bytes | None) -> Any:
        if which not in self._parsed:
            self._parsed[which] = parsed(text)
        return self._parsed[which]


def parsed(text: bytes | None) -> Any:
    """Return a JSON value, ABSENT where it is none; half of a surrogate pair, as an escape, is taken for a character.

    That is JSON, though of no use to most: what a target may return must not be taken for something else.
    """
    try:
        return codec.loads(text or b"")
    except InvalidJSONError:
        if text is None or _SURROGATE.search(text) is None:
            return ABSENT
    try:
        return codec.loads(_SURROGATE.sub(rb"\\ufffd", text))
    except InvalidJSONError:
        return ABSENT


def redacted(text: str) -> str:
    """Return JSON text, or what nearly is, without the user names and passwords in it; what is no text is kept."""
    return _SECRET.sub(_HIDDEN, text)


def _header(name: str, value: str) -> str:
    # A variable of the user's has to be put in by the shell; nothing else of the header may have a meaning there.
    if "$NORTHFLANK_" in value:
        quoted = re.sub(r'(["\\`])', r"\\\1", value)
        return f'"{name}: {quoted}"'
    return shlex.quote(f"{name}: {value}" if value else f"{name};")


def _body(sent: bytes | None) -> tuple[str, list[str]]:
    """Return what stands before curl, and its arguments."""
    if sent is None:
        return "", []
    if len(sent) > _LONGEST:
        return "", ["--data-binary", "@BODY", f"# {len(sent)} bytes"]
    try:
        text = redacted(sent.decode("utf-8"))
        if text.isprintable():
            return "", ["--data-raw", shlex.quote(text)]
        sent = text.encode("utf-8")
    except UnicodeDecodeError:
        sent = redacted(sent.decode("latin-1")).encode("latin-1")
    # printf knows octal escapes in every shell.
    plain = "".join(chr(byte) if 32 <= byte < 127 and byte not in b"\\%'" else f"\\{byte:03o}" for byte in sent)
    return f"printf '{plain}' | ", ["--data-binary", "@-"]
