"""One account of a running emulator, in a test's hands: what is stored and was asked, what goes wrong, what time it is.

Everything goes over HTTP, so it is the same whether the emulator runs in a thread of this process or elsewhere. Calls
block, for about a third of a millisecond; that is as good in an async test, as long as the emulator has a thread or a
process of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from emulator.handle.faults import Faulting
from emulator.handle.recorded import Pattern, RecordedRequest
from emulator.handle.switches import Switching
from emulator.handle.team import Team
from emulator.remote import KeptRemote

if TYPE_CHECKING:
    from emulator.conformance.run import Report


class Northflank(Faulting, Switching):
    """An account of its own, of the emulator at a base URL.

    Args:
        url: the base URL, such as `http://127.0.0.1:8080`.
        token: the bearer token of the account; a new one, and so an empty account, where it is not given.
        account: the name of the account, which is needed only where the emulator's tokens are declared.
        admin_token: where the emulator's control routes want one.
        remote: a connection to the control routes that is there already, in place of `url` and `admin_token`.
    """

    def __init__(
        self,
        url: str = "",
        *,
        token: str | None = None,
        account: str | None = None,
        admin_token: str | None = None,
        remote: KeptRemote | None = None,
    ) -> None:
        self._kept = remote or KeptRemote(url.rstrip("/"), admin_token=admin_token, setting="url")
        self._begin(token, account)

    def _begin(self, token: str | None, account: str | None) -> None:
        self.token = token or new_token()
        self._account = account
        self._is_declared = account is not None
        self._expected: set[int] = set()
        self._allowed: tuple[int | str, ...] = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.account} at {self.url}>"

    @property
    def remote(self) -> KeptRemote:
        """The control routes, for what this class has no word for: `remote.ask("GET", "/rules")`."""
        return self._kept

    @property
    def url(self) -> str:
        """The base URL, such as `http://127.0.0.1:41235`."""
        return self.remote.url

    @property
    def account(self) -> str:
        """The name of the account, as the journal and the inspector have it."""
        if self._account is None:
            from emulator.tenancy import account_name

            self._account = account_name(self.token)
        return self._account

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that make the official Python SDK use this account, by all names that it knows.

        The official command line reads none: sign in with `northflank login -n NAME -t TOKEN --host URL`.
        """
        token, url = self.token, self.url
        return {
            "NORTHFLANK_API_TOKEN": token,
            "NORTHFLANK_API_BASE_URL": url,
            # Older names, so that a developer's own never get into a test.
            "NF_API_TOKEN": token,
            "NF_API_HOST": url,
            "NF_HOST": url,
        }

    def fresh(self) -> Northflank:
        """Return another account of the same emulator, with a token that nobody has used."""
        return self.for_token(new_token())

    def for_token(self, token: str, account: str | None = None) -> Northflank:
        """Return a handle of another token of the same emulator; a declared one's account has to be named."""
        return Northflank(token=token, account=account, remote=self.remote)

    # What is stored

    @property
    def stored(self) -> dict[str, Any]:
        """All that the account stores: `{"credentials": [...], "teams": {"team-id": [...]}}`."""
        state = self.remote.ask("GET", "/state", account=self.account)
        held: dict[str, Any] = state["accounts"].get(self.account, state["template"])
        return held

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """What the account stores, oldest first: each what `get` answers, with secrets and times."""
        stored: list[dict[str, Any]] = self.stored["credentials"]
        return stored

    def team(self, name: str) -> Team:
        """Return one of the account's teams; it exists once something is stored in it."""
        return Team(self, name)

    def seed(  # noqa: PLR0913 - what to add, said in one of four ways
        self,
        fixture: str | None = None,
        *,
        count: int | None = None,
        seed: int | None = None,
        team: str | None = None,
        credentials: Iterable[Mapping[str, Any]] | None = None,
        content: Mapping[str, Any] | None = None,
    ) -> int:
        """Add a named fixture, `count` made credentials, or given ones; return how many were added.

        Args:
            fixture: such as `three-pages`.
            count: how many to make, 1 to 1,000,000.
            seed: where making starts: the same seed, the same credentials.
            team: where credentials go, made or given ones, in place of the account itself.
            credentials: bodies of Add registry.
            content: what a fixture file holds, `{"credentials": [...], "teams": {...}}`.

        Raises:
            RemoteError: the message has what is wrong, field by field, or the fixtures that there are.
            ValueError: both `credentials` and `content` are given.
        """
        if credentials is not None:
            if content is not None:
                raise ValueError("Give credentials, or content that has them, not both.")
            listed = list(credentials)
            content = {"credentials": listed} if team is None else {"teams": {team: listed}}
            team = None
        given = {"fixture": fixture, "count": count, "seed": seed, "team": team, "content": content}
        body = {name: value for name, value in given.items() if value is not None}
        added: int = self.remote.ask("POST", "/seed", {**body, "token": self.token})["added"]
        return added

    def reset(self) -> None:
        """Forget all that belongs to this account: what it stores, its calls, its faults and its rate limit."""
        self.remote.ask("POST", "/reset", account=self.account)

    # What was asked

    @property
    def requests(self) -> list[RecordedRequest]:
        """The calls of this account, oldest first, as far as the journal keeps them."""
        kept = self.remote.ask("GET", "/requests", account=self.account)["requests"]
        return [RecordedRequest.read(call) for call in kept]

    def find(self, **pattern: Unpack[Pattern]) -> list[RecordedRequest]:
        """Return the calls of this account that match, such as `find(operation="add-registry", status=409)`."""
        found = self.remote.ask("POST", "/requests/find", {**pattern, "token": self.token})
        return [RecordedRequest.read(call) for call in found["requests"]]

    def verify(
        self,
        *,
        times: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        **pattern: Unpack[Pattern],
    ) -> None:
        """Demand that calls of this account match a pattern: once or more, unless it is said how often.

        Raises:
            AssertionError: too few did, or too many; the message has the calls that came closest. Or the journal has
                dropped calls that could matter.
            RemoteError: there is no such criterion or operation; the message names those there are.
        """
        bounds = {"atLeast": at_least if times is None else times, "atMost": at_most if times is None else times}
        body = {
            "request": {**pattern, "token": self.token},
            "times": {name: value for name, value in bounds.items() if value is not None},
        }
        result = self.remote.ask("POST", "/requests/verify", body)
        if result["verdict"] != "passed":
            from emulator.handle.explaining import explanation

            raise AssertionError(explanation(pattern, result, self.account))

    @property
    def assumptions_used(self) -> frozenset[str]:
        """The ids of the assumed rules that decided an answer to this account."""
        return frozenset(rule for request in self.requests for rule in request.assumptions)

    @property
    def verified_used(self) -> Mapping[str, str]:
        """Rules that would be among these, if they were not seen on a target: with where and when."""
        used = {rule for request in self.requests for rule in request.verified}
        rules = self.remote.ask("GET", "/rules")["rules"] if used else []
        told = {rule["id"]: rule["verified"] for rule in rules if "verified" in rule}
        return {rule: f"live-verified, {told[rule]['target']}, {told[rule]['date']}" for rule in used & told.keys()}

    # What may be rejected

    def allow(self, *kinds: int | str) -> None:
        """Expect rejections of these kinds in this test: a status, or the id of a rule, such as `add.name.*`."""
        self._allowed += kinds

    @contextmanager
    def expect_rejections(self, *kinds: int | str) -> Iterator[list[RecordedRequest]]:
        """Expect a rejection within the block, of these kinds or of any; the list has them once the block is over.

        Raises:
            AssertionError: there was none.
        """
        before = {request.id for request in self.requests}
        met: list[RecordedRequest] = []
        calls: list[RecordedRequest] = []
        try:
            yield met
        finally:  # what a client raises, because it was rejected, may go on to whoever expects that
            calls += [request for request in self.requests if request.id not in before]
            met += [call for call in calls if call.rejected and (not kinds or call.is_one_of(kinds))]
            self._expected.update(call.id for call in met)
        if not met:
            wanted = " or ".join(map(str, kinds)) or "any kind"
            seen = "".join(f"\n  {call}" for call in calls) or " nothing."
            raise AssertionError(f"A rejection was expected ({wanted}). What was asked instead:{seen}")

    def unexpected(self, requests: Iterable[RecordedRequest] | None = None) -> list[RecordedRequest]:
        """Return which of the account's calls were rejected though nobody expected it; of all, if none are given."""
        return [
            request
            for request in (self.requests if requests is None else requests)
            if request.rejected and request.id not in self._expected and not request.is_one_of(self._allowed)
        ]

    # Conformance

    def check(self, **options: Any) -> Report:
        """Check how far this emulator behaves as documented, as `northflank-emulator check` does.

        It has an account of its own, so that what it stores and asks does not get among what the test does.

        Args:
            options: fields of `emulator.conformance.options.Options`, such as `budget=100`.

        Raises:
            AssertionError: it differs, or nothing could be checked; the message has the findings.
        """
        from emulator.handle.checking import check

        # Where tokens are declared, a new one would be refused.
        own = self if self._is_declared else self.fresh()
        try:
            return check(self.url, {"token": own.token, **options})
        finally:
            if own is not self:
                own.reset()

    def close(self) -> None:
        """Undo what was done to clock and assumptions, and close the connection."""
        try:
            self.restore()
        finally:
            self.remote.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def new_token() -> str:
    """Return a token that nobody can guess, and so an account that nobody else uses."""
    return f"test-{secrets.token_hex(16)}"
