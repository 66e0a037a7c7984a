"""Mutants: tokens."""

from __future__ import annotations

from typing import Final

from tests.mutants.access import ALL, CREATE, DELETE, READ, READ_SECRETS, UPDATE, Holder
from tests.mutants.mutant import Catalogue
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError

catalogue: Final = Catalogue()
breaks = catalogue.breaks

OURS: Final = Holder("ours")


class Open(Target):
    """A target that does not ask for a token before some operations."""

    opened: frozenset[str] = ALL

    def authenticate(self, call: Call, permission: str | None) -> Holder:
        try:
            return super().authenticate(call, permission)
        except RefusedError:
            if permission in self.opened:
                return OURS
            raise


@breaks("common.auth.token", tokens=True)
class NoTokenToDelete(Open):
    """A deletion needs no token."""

    opened = frozenset({DELETE})


@breaks("common.auth.token", tokens=True)
class NoTokenToUpdate(Open):
    """An update needs no token."""

    opened = frozenset({UPDATE})


@breaks("common.auth.token", tokens=True)
class NoTokenToList(Open):
    """A list needs no token."""

    opened = frozenset({READ})


@breaks("common.auth.token", tokens=True)
class NoTokenToRead(Open):
    """Reading needs no token."""

    opened = frozenset({READ_SECRETS})


@breaks("common.auth.token", tokens=True)
class NoTokenToAdd(Open):
    """Adding needs no token."""

    opened = frozenset({CREATE})


@breaks("common.auth.token", tokens=True)
class NoTokenToModify(Open):
    """The route for older clients was forgotten when tokens were introduced."""

    opened = frozenset()

    def route(self, call: Call, holder: list[Holder]) -> Answer:
        self.opened = frozenset({UPDATE}) if call.parts[-1] == "modify" else frozenset()
        return super().route(call, holder)


@breaks("common.auth.token", tokens=True)
class NoTokenForTeams(Open):
    """The paths of teams were forgotten when tokens were introduced."""

    opened = frozenset()

    def route(self, call: Call, holder: list[Holder]) -> Answer:
        self.opened = ALL if "teams" in call.parts[:2] else frozenset()
        return super().route(call, holder)


@breaks("common.auth.token")
class NoToken(Open):
    """No request needs a token."""


@breaks("common.auth.token", "common.login", tokens=True)
class LoginWithoutToken(Target):
    """Login succeeds with any token, and without one."""

    def login(self, _call: Call, _holder: list[Holder]) -> Answer:
        return Answer(200, {"data": {}})


@breaks("common.auth.token", tokens=True)
class AnyScheme(Target):
    """The scheme before the token is not looked at."""

    def token_of(self, call: Call) -> str | None:
        return call.headers.get("Authorization", "").rpartition(" ")[2] or None


@breaks("common.auth.token", tokens=True)
class StartOfToken(Target):
    """A token is compared as far as it goes, so that its start is enough."""

    def holder_of(self, token: str) -> Holder | None:
        return next((holder for known, holder in (self.tokens or {}).items() if known.startswith(token)), None)


@breaks("common.auth.token", tokens=True)
class TokenWithMore(Target):
    """A token may have something behind it."""

    def holder_of(self, token: str) -> Holder | None:
        return next((holder for known, holder in (self.tokens or {}).items() if token.startswith(known)), None)


@breaks("common.auth.token", tokens=True)
class TokenInAnyCase(Target):
    """Tokens are compared without case."""

    def holder_of(self, token: str) -> Holder | None:
        return super().holder_of(token.lower())


@breaks("common.auth.token", tokens=True)
class EmptyTokenIsGuest(Target):
    """An empty bearer token is let in."""

    def token_of(self, call: Call) -> str | None:
        return "token-of-ours" if call.headers.get("Authorization", "").strip() == "Bearer" else super().token_of(call)


class Refusing(Target):
    """A target that refuses a missing token in its own way."""

    def refuse(self, call: Call, refusal: RefusedError) -> Answer:
        answer = super().refuse(call, refusal)
        return self.refuse_stranger(answer) if refusal.status == 401 else answer

    def refuse_stranger(self, answer: Answer) -> Answer:
        raise NotImplementedError


@breaks("common.auth.token", tokens=True)
class LoginPage(Refusing):
    """Who has no token is sent to a page to log in."""

    def refuse_stranger(self, _answer: Answer) -> Answer:
        return Answer(302, "<a href='/login'>Log in</a>", kind="text/html", headers={"Location": "/login"})


@breaks("common.auth.token", "common.error.envelope", tokens=True)
class StrangerSucceeds(Refusing):
    """Who has no token is answered 200, with the error in the body."""

    def refuse_stranger(self, answer: Answer) -> Answer:
        answer.status = 200
        return answer


@breaks("common.auth.token", "common.error.client-side", tokens=True)
class StrangerCrashes(Refusing):
    """A missing token ends in an error of the server."""

    def refuse_stranger(self, answer: Answer) -> Answer:
        answer.status = answer.content["error"]["status"] = 500
        return answer
