"""One check from the first request to the last deletion."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from emulator.conformance import generated, repeated, rulebook
from emulator.conformance.cleaning import CleanedUp, clean_up
from emulator.conformance.clearing import PUT_ASIDE, Clearing
from emulator.conformance.learning import judge_drift
from emulator.conformance.ledger import Ledger
from emulator.conformance.names import Names
from emulator.conformance.opening import CannotCheckError, open_target
from emulator.conformance.options import PHASES, Options, Token
from emulator.conformance.outcome import Interrupted, Progress, Report
from emulator.conformance.probes import all_probes
from emulator.conformance.probing import Probe, Skip, Stage, probes_of
from emulator.conformance.sending import Wait
from emulator.conformance.session import Session
from emulator.conformance.target import Target, UnreachableError, base_url, is_local
from emulator.conformance.tokens import Tokens
from emulator.errors import InvalidSettingError

__all__ = ["CleanedUp", "Interrupted", "Progress", "Report", "check", "clean_up", "probes_for"]

_SMALLEST_BUDGET: Final = 10


async def check(
    url: str,
    options: Options | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    wait: Wait = asyncio.sleep,
    probes: Sequence[Probe] | None = None,
) -> Report:
    """Check a target; everything that is created is deleted again, also when the check is cancelled.

    Args:
        url: the base URL.
        progress: called after every request.
        wait: waits for so many seconds, where the target's rate limit asks for it.
        probes: what to ask; all probes that there are, if not given.

    Raises:
        InvalidSettingError: an option cannot be used.
        Interrupted: the check was cancelled.
    """
    return await _Run(base_url(url), options or Options(), probes, progress, wait).run()


def probes_for(options: Options, probes: Sequence[Probe] | None = None) -> list[Probe]:
    """Return those of the probes that the options ask for, in their order.

    Raises:
        InvalidSettingError: a pattern of `only` matches no rule, or a phase is none.
    """
    unknown = options.phases - set(PHASES)
    if unknown:
        raise InvalidSettingError("--phase", f"{min(unknown)!r} is none; there are {', '.join(PHASES)}")
    wanted = rules_for(options)
    found = [*all_probes(), *probes_of(generated), *probes_of(repeated)] if probes is None else probes
    named = {rule for probe in found for rule in probe.rules}
    # What no probe names can show in any answer: then all of them are asked for.
    narrow = options.only and wanted & named
    return [
        probe
        for probe in found
        if _phase(probe) in options.phases and (not narrow or not wanted.isdisjoint(probe.rules))
    ]


def rules_for(options: Options) -> frozenset[str]:
    """Return the rules that `only` asks for.

    Raises:
        InvalidSettingError: a pattern matches no rule; the message names one that is near.
    """
    return frozenset(rulebook.select(rulebook.load(), rules=options.only).rules)


def _phase(probe: Probe) -> str:
    return {Stage.GENERATED: "generated", Stage.REPEATED: "repeated"}.get(probe.stage, "probes")


async def _to_the_end(work: Coroutine[Any, Any, None], *, and_once_more: bool) -> None:
    """Await work that a cancellation should not stop; one more does."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        if and_once_more:
            await task
        else:
            task.cancel()
        raise


class _Run:
    def __init__(
        self,
        base: str,
        options: Options,
        probes: Sequence[Probe] | None,
        progress: Callable[[Progress], None] | None,
        wait: Wait,
    ) -> None:
        self._options = options
        self._progress = progress
        self._probes = probes_for(options, probes)
        self._local = is_local(base)
        if options.budget < _SMALLEST_BUDGET:
            raise InvalidSettingError("--budget", f"{options.budget} is too few requests; {_SMALLEST_BUDGET} or more")
        seed = secrets.randbelow(1_000_000_000) if options.seed is None else options.seed
        names = Names(seed)
        tokens = Tokens(options, names.prefix, local=self._local)
        self._target = Target(base, tokens, timeout=options.timeout)
        self._session = Session(
            self._target, options, names, tokens, seed=seed, wait=wait, after_each=self._tell_progress
        )
        self._started = time.perf_counter()
        self._report = Report(
            base, datetime.now(UTC), seed, names.prefix, options.budget, self._session.verdicts, rules_for(options)
        )

    async def run(self) -> Report:
        session, report = self._session, self._report
        report.failure = self._refusal()
        if report.failure is None:
            session.ledger = self._new_ledger()
            try:
                async with self._target:
                    await self._check()
            except asyncio.CancelledError:
                self._finish()
                raise Interrupted(report) from None
            finally:
                if session.ledger is not None:
                    session.ledger.close()
        return self._finish()

    def _refusal(self) -> str | None:
        options = self._options
        if not self._session.has(Token.MAIN):
            return "There is no token: set NORTHFLANK_API_TOKEN to one of the account to check in."
        if not (self._local or options.read_only or options.confirmed):
            return f"Checking {self._target.base} writes to a real account: agree with --yes, or use --read-only."
        if not self._local and not options.read_only and options.ledger is None:
            return "A check that writes to a real account keeps a ledger: name a file with --ledger."
        return None

    def _new_ledger(self) -> Ledger | None:
        options = self._options
        if options.ledger is None or options.read_only:
            return None
        given = {Token.MAIN: options.token, Token.OTHER: options.other_token, Token.LIMITED: options.limited_token}
        tokens = {token.value: text for token, text in given.items() if text is not None}
        return Ledger.open(options.ledger, url=self._target.base, prefix=self._report.prefix, tokens=tokens)

    async def _check(self) -> None:
        session = self._session
        session.budget.reserve(PUT_ASIDE)
        cancelled = True
        try:
            await self._ask_all()
            cancelled = False
        finally:
            if self._report.failure is None and not self._options.read_only:
                calm = not cancelled and session.stopped is None and not self._report.unfinished
                await _to_the_end(self._clear(judge=calm), and_once_more=not cancelled)
        self._skip_all("nothing in this run looks at it")

    async def _clear(self, *, judge: bool) -> None:
        clearing = Clearing(self._session, judge=judge)
        self._report.left = clearing.left
        await clearing.clear()
        if not clearing.left:
            self._session.record(Ledger.finish)

    async def _ask_all(self) -> None:
        session, report = self._session, self._report
        try:
            async with asyncio.timeout(self._options.total_timeout):
                await open_target(session)
                for probe in self._probes:
                    await self._ask(probe)
        except (UnreachableError, CannotCheckError) as error:
            report.failure = str(error)
        except Skip as skip:
            report.failure = f"Nothing could be asked: {skip}. Try again later."
        except TimeoutError:
            report.unfinished = True
            limit = f"the time limit of {self._options.total_timeout:g} s was reached"
            session.note(f"Not everything was checked: {limit}.")
            self._skip_all(limit)

    async def _ask(self, probe: Probe) -> None:
        session = self._session
        session.purpose = session.verdicts.purpose = probe.name
        why = self._reason_against(probe)
        if why is None:
            try:
                await probe(session)
                why = "the probe that looks at it could not decide"
            except Skip as skip:
                why = str(skip)
            except Exception as error:  # noqa: BLE001 - a mistake in a probe must not end the run, and is told
                why = f"the probe failed: {type(error).__name__}: {error}"
                session.note(f'The probe "{probe.name}" failed, which is a mistake in this program: {error!r}')
        for rule in probe.rules:
            session.verdicts.skip(rule, why)

    def _reason_against(self, probe: Probe) -> str | None:
        session = self._session
        if self._options.read_only and probe.writes:
            return "the run was read-only"
        if session.stopped is not None:
            return session.stopped
        return None if session.can(probe.cost) else str(session.spent())

    def _skip_all(self, why: str) -> None:
        verdicts = self._report.verdicts
        if self._options.only:
            why = "it was not asked for, or " + why
        for verdict in verdicts:
            verdicts.skip(verdict.rule.id, why)

    def _finish(self) -> Report:
        session, report = self._session, self._report
        report.seconds = time.perf_counter() - self._started
        report.used, report.created, report.deleted = session.budget.used, session.created, session.deleted
        report.notes, report.exchanges = session.notes, session.exchanges
        if self._options.profile is not None:
            judge_drift(report, self._options.profile)
        return report

    def _tell_progress(self) -> None:
        if self._progress is not None:
            session = self._session
            rules = len(session.verdicts)
            used, budget, decided = session.budget.used, session.budget.total, session.verdicts.decided
            self._progress(Progress(used, budget, decided, rules, session.purpose))
