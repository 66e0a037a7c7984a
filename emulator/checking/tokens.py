"""Where the tokens come from: a file, the environment, or the terminal; never an argument, which others can see."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path
from typing import Final, NamedTuple

from emulator.errors import InvalidSettingError

# Whatever else stands in a header is no token, and would be repeated in a message of the HTTP library.
_ONE_WORD: Final = re.compile("[!-~]+")


class TokenSetting(NamedTuple):
    """The two ways to give a token beforehand."""

    flag: str
    variable: str

    def read(self, file: str | None, environ: Mapping[str, str]) -> str | None:
        """Return the token, None where none is given.

        Raises:
            InvalidSettingError: what is given is no token; the message does not repeat it.
        """
        if file is not None:
            try:
                text = Path(file).read_bytes().decode("utf-8", "replace").strip()
            except OSError as error:
                raise InvalidSettingError(self.flag, f"cannot read {file!r}: {error.strerror}") from None
            return _checked(self.flag, f"{file} holds no token", text)
        text = environ.get(self.variable, "").strip()
        return _checked(self.variable, "is no token", text) if text else None


MAIN: Final = TokenSetting("--token-file", "NORTHFLANK_API_TOKEN")
OTHER: Final = TokenSetting("--other-token-file", "NORTHFLANK_API_OTHER_TOKEN")
LIMITED: Final = TokenSetting("--limited-token-file", "NORTHFLANK_API_LIMITED_TOKEN")


def ask(url: str) -> str:
    """Return the token that the user types, which is not shown.

    Raises:
        InvalidSettingError: there is no terminal to ask at, or it is no token.
    """
    if not sys.stdin.isatty():
        raise InvalidSettingError(MAIN.variable, f"is not set; {url} wants a token: set it, or name a {MAIN.flag}")
    try:
        text = getpass(f"Token for {url}: ", sys.stderr)  # click writes a space on stdout, see `telling.agree`
    except EOFError:
        raise InvalidSettingError(MAIN.variable, f"is not set, and none was typed; {url} wants a token") from None
    return _checked("Token", "that is none", text.strip())


def _checked(setting: str, problem: str, text: str) -> str:
    if not _ONE_WORD.fullmatch(text):
        raise InvalidSettingError(setting, f"{problem}: a token is one word of ASCII characters")
    return text
