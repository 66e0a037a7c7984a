"""Bearer tokens to callers: the token is the tenant, unless tokens are declared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from emulator.errors import UnauthorizedError
from emulator.models import Caller, DeclaredToken

_HINT = "Send `Authorization: Bearer TOKEN`"


class Tenants:
    """Knows who a request's `Authorization` header stands for.

    With no token declared, every token owns an account of its own, named after a digest of the token. Once one is
    declared, others are refused.
    """

    def __init__(self, declared: Iterable[DeclaredToken] = ()) -> None:
        self._start = tuple(declared)
        # By the whole header, since that is what each request brings. Never shown anywhere: keys are secrets.
        self._callers: dict[str | None, Caller] = {}
        self._declared: dict[str, Caller] = {}
        self.declare(self._start)

    def __repr__(self) -> str:
        return f"<Tenants: {len(self._declared)} declared>"

    def declare(self, tokens: Iterable[DeclaredToken]) -> None:
        """Let these tokens count, and no others; with none of them, every token counts."""
        self._declared = {entry.token: Caller(entry.account, entry.permissions) for entry in tokens}
        self._callers.clear()

    @property
    def declared(self) -> tuple[Caller, ...]:
        """What the declared tokens stand for, without the tokens."""
        return tuple(self._declared.values())

    def reset(self) -> None:
        """Go back to the tokens declared at the start."""
        self.declare(self._start)

    def caller(self, authorization: str | None) -> Caller:
        """Return who the value of an `Authorization` header stands for.

        Raises:
            UnauthorizedError: no token, a malformed one, or one that is not declared while others are.
        """
        caller = self._callers.get(authorization)
        if caller is None:
            caller = self._identify(_token(authorization))
            self._callers[authorization] = caller
        return caller

    def _identify(self, token: str) -> Caller:
        if not self._declared:
            return Caller(account_name(token))
        try:
            return self._declared[token]
        except KeyError:
            raise UnauthorizedError("The token is not declared; use one of the tokens file.") from None


def account_name(token: str) -> str:
    """Return the name of the account that an undeclared token owns: always the same, and it tells nothing of it."""
    return "account-" + hashlib.blake2b(token.encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()


def _token(authorization: str | None) -> str:
    if authorization is None:
        raise UnauthorizedError(f"The request has no token. {_HINT}; the emulator takes any token.")
    scheme, _, token = authorization.partition(" ")
    token = token.strip(" ")
    if scheme.lower() != "bearer" or not token or " " in token:
        raise UnauthorizedError(f"The Authorization header holds no bearer token. {_HINT}, one word after `Bearer`.")
    return token
