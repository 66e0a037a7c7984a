"""The texts of the tokens: here, and nowhere else."""

from __future__ import annotations

from emulator.conformance.ledger import made_token
from emulator.conformance.options import LIMITED, MAIN, NONE, OTHER, WRONG, Options, Token


class Tokens:
    """The tokens of one run; there is no repr that shows them.

    Args:
        options: those that were given.
        prefix: of the run, for those that are made up.
        local: the target is on this machine, so that a missing main token may be made up.
    """

    def __init__(self, options: Options, prefix: str, *, local: bool) -> None:
        self.open = False
        """Whether the target takes any token and gives each an account of its own: set by the probe that finds out."""
        self._prefix = prefix
        given = {MAIN: options.token, OTHER: options.other_token, LIMITED: options.limited_token}
        self._given = {token: text for token, text in given.items() if text is not None}
        self._made = {WRONG, MAIN} if local and MAIN not in self._given else {WRONG}

    def has(self, token: Token) -> bool:
        """Return whether there is such a token for this target."""
        return token in self._given or token in self._made or token is NONE or (token is OTHER and self.open)

    def is_made_up(self, token: Token) -> bool:
        """Return whether it is made up by this run, so that nobody else can have anything in its account."""
        return token not in self._given and token is not NONE

    def text(self, token: Token) -> str | None:
        """Return the token itself, None for no token.

        Raises:
            KeyError: there is no such token.
        """
        if token is NONE:
            return None
        if token in self._given:
            return self._given[token]
        if not self.has(token):
            raise KeyError(f"there is no {token.value} token")
        return made_token(self._prefix, token.value)

    def conceal(self, text: str) -> str:
        """Return a text with placeholders for the tokens in it."""
        for token, secret in self._given.items():
            text = text.replace(secret, token.placeholder)
            swapped = secret.swapcase()
            if swapped != secret and swapped in text:
                text = text.replace(swapped, f"$(printf %s {token.placeholder} | tr a-zA-Z A-Za-z)")
        for token in Token:
            text = text.replace(made_token(self._prefix, token.value), token.placeholder)
        return text
