"""Accounts, their teams, and the template that new accounts start as."""

from __future__ import annotations

from emulator.clock import Clock
from emulator.namespace import Changes, Namespace


class Account:
    """One tenant: credentials of its own, and teams, each a namespace of its own."""

    def __init__(self, clock: Clock, changes: Changes) -> None:
        self._clock = clock
        self._changes = changes
        self.own = Namespace(clock, changes)
        self.teams: dict[str, Namespace] = {}

    def __len__(self) -> int:
        return len(self.own) + sum(map(len, self.teams.values()))

    def namespace(self, team: str | None, *, create: bool = False) -> Namespace:
        """Return the account's own credentials, or those of one of its teams.

        A team that holds nothing yet is an empty namespace; it is remembered with `create` only, so that reading
        costs no memory.
        """
        if team is None:
            return self.own
        namespace = self.teams.get(team)
        if namespace is None:
            namespace = Namespace(self._clock, self._changes)
            if create:
                self.teams[team] = namespace
                self._changes.mark()
        return namespace

    def copy(self) -> Account:
        """Return an account that holds the same."""
        other = Account(self._clock, self._changes)
        other.own = self.own.copy()
        other.teams = {name: team.copy() for name, team in self.teams.items()}
        return other


class Store:
    """Everything that is stored: accounts by name, and the template that new accounts start as."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changes = Changes()
        self.template = self.new_account()
        self.accounts: dict[str, Account] = {}
        self._start = self.new_account()

    def __len__(self) -> int:
        """Return how many credentials are stored in all accounts and teams in use."""
        return sum(map(len, self.accounts.values()))

    @property
    def changes(self) -> int:
        """Another number after every change of what is stored."""
        return self._changes.latest

    def summary(self) -> str:
        """Return in a few words how much is stored."""
        held, template = len(self), len(self.template)
        parts = [f"{_counted(held, 'credential')} in {_counted(len(self.accounts), 'account')}"] if held else []
        if template:
            parts.append(f"{_counted(template, 'credential')} in every {'new ' if held else ''}account")
        return " and ".join(parts) or "nothing stored"

    def account(self, name: str) -> Account:
        """Return the account called `name`, a copy of the template on its first use."""
        account = self.accounts.get(name)
        if account is None:
            account = self.accounts[name] = self.template.copy()
            self._changes.mark()
        return account

    def namespace(self, account: str, team: str | None = None, *, create: bool = False) -> Namespace:
        """Return the credentials of an account, or of one of its teams; see `Account.namespace`."""
        return self.account(account).namespace(team, create=create)

    def new_account(self) -> Account:
        """Return an empty account that is not stored, to be filled and put in place whole."""
        return Account(self._clock, self._changes)

    def start_from(self, template: Account) -> None:
        """Make `template` what new accounts start as, now and after each reset."""
        self._start = template
        self.template = template.copy()
        self._changes.mark()

    def replace(self, template: Account, accounts: dict[str, Account]) -> None:
        """Put another state in place of everything."""
        self.template = template
        self.accounts.clear()
        self.accounts.update(accounts)
        self._changes.mark()

    def reset(self, account: str | None = None) -> None:
        """Go back to the start state, in place: all of it, or one account."""
        if account is None:
            self.accounts.clear()
            self.template = self._start.copy()
        else:
            self.accounts.pop(account, None)
        self._changes.mark()


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
