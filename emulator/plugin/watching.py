"""One test and its account: what it starts with, what the emulator saw of it, what is undone when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from typing import Final

import pytest

from emulator.errors import InvalidSettingError
from emulator.handle import Northflank
from emulator.handle.recorded import RecordedRequest
from emulator.plugin.marking import Marks, marks_of
from emulator.plugin.telling import told_assumptions, told_rejections
from emulator.remote import RemoteError

ASSUMPTIONS: Final = "northflank_assumptions"
"""An option, and the property of a test's report that has the ids of the assumed rules that the test relied on."""

_SHOWN: Final = 20
"""Calls that the report of a failed test has, the last ones."""


class Watched:
    """A test's account, and what is to be made of what was asked there."""

    def __init__(self, item: pytest.Item, handle: Northflank, marks: Marks) -> None:
        self.handle = handle
        self._item = item
        self._marks = marks
        config = item.config
        by_option = bool(config.getoption("northflank_strict") or config.getini("northflank_strict"))
        self._strict = by_option if marks.strict is None else marks.strict
        self._assumes_nothing = marks.assumptions == "fail"
        self._reports = bool(config.getoption(ASSUMPTIONS))
        self._ended_early = False
        self._judged = 0

    def prepare(self) -> None:
        """Bring about what the markers ask for; without any, nothing is asked of the emulator."""
        marks, handle = self._marks, self.handle
        handle.allow(*marks.allow)
        try:
            if marks.profile is not None:
                handle.follow(marks.profile)
            if marks.assume:
                handle.assume(marks.assume)
            if marks.freeze:
                handle.freeze(None if marks.freeze is True else marks.freeze)
            if marks.fixture is not None or marks.count is not None:
                handle.seed(marks.fixture, count=marks.count, seed=marks.seed)
        except (RemoteError, InvalidSettingError) as error:
            handle.restore()
            raise pytest.fail.Exception(f"@pytest.mark.northflank: {error}", pytrace=False) from None

    def ended_early(self) -> None:
        """Take note that the test has failed: show what was asked, and leave the account as it is, to be looked at."""
        self._ended_early = True
        with suppress(RemoteError):  # whatever the test failed for is what its reader has to see
            if calls := self.handle.requests:
                told = "\n".join(map(str, calls[-_SHOWN:]))
                self._item.add_report_section("call", "northflank requests", told)

    def judge(self) -> None:
        """Fail the test for what was asked since the last time, if that is how tests are judged here."""
        if not self._ended_early and (self._strict or self._assumes_nothing):
            self._judge(self.handle.requests)

    def finish(self) -> None:
        """Judge what came after the test's own end, and undo what belongs to the whole emulator."""
        try:
            judges = not self._ended_early and (self._strict or self._assumes_nothing)
            requests = self.handle.requests if judges or self._reports else []
            if self._reports:
                used = {rule for request in requests for rule in request.assumptions}
                self._item.user_properties.append((ASSUMPTIONS, ", ".join(sorted(used))))
            if judges:
                self._judge(requests)
        finally:
            self.handle.restore()
            if not self._ended_early:
                # So that a long session stays as small as a short one, and its journal complete. The next test has
                # another account, so nobody has to wait for it.
                self.handle.remote.tell("POST", "/reset", account=self.handle.account)

    def _judge(self, requests: Sequence[RecordedRequest]) -> None:
        new = [request for request in requests if request.id > self._judged]
        self._judged = max((request.id for request in requests), default=self._judged)
        told = []
        if self._strict and (rejected := self.handle.unexpected(new)):
            told.append(told_rejections(rejected, self.handle.remote))
        if self._assumes_nothing and (relied := [request for request in new if self._assumed(request)]):
            told.append(told_assumptions(relied, self._assumed, self.handle.remote))
        if told:
            pytest.fail("\n".join(told), pytrace=False)

    def _assumed(self, request: RecordedRequest) -> list[str]:
        """Return the assumed rules that decided an answer, without those that may."""
        allowed = [kind for kind in self._marks.allow if isinstance(kind, str)]
        return [rule for rule in request.assumptions if not any(fnmatchcase(rule, kind) for kind in allowed)]


@contextmanager
def watched(item: pytest.Item, server: Northflank) -> Iterator[Watched]:
    """Yield a test's new account, made as its markers say, and watch over it until the test ends."""
    watch = Watched(item, server.fresh(), marks_of(item))
    watch.prepare()
    try:
        yield watch
    finally:
        watch.finish()
