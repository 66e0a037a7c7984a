"""What Ctrl-C does: the first lets a run delete what it created, the second ends it at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, TypeVar

_T = TypeVar("_T")

_LONGEST_ANSWER: Final = 3.0
"""Seconds that the answer under way is waited for: what it tells need not be looked for."""
_AT_ONCE: Final = 0.05
_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")


class Stopper:
    """Runs work that signals can stop.

    Args:
        on_stop: called at the first signal.

    Attributes:
        stopped: there was a signal.
        abandoned: there was a second one.
    """

    def __init__(self, on_stop: Callable[[], None] = lambda: None) -> None:
        self.stopped = False
        self.abandoned = False
        self._on_stop = on_stop
        self._task: asyncio.Task[Any] | None = None
        self._due: asyncio.TimerHandle | None = None

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take signals within the block."""
        loop = asyncio.get_running_loop()
        heard = []
        for number in [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]:
            if signal.getsignal(number) is signal.SIG_IGN:
                continue  # as nohup wants it
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt there
                loop.add_signal_handler(number, self._hear)
                heard.append(number)
        try:
            yield
        finally:
            for number in heard:
                loop.remove_signal_handler(number)
            if self._due is not None:
                self._due.cancel()

    async def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what `work` returns.

        Raises:
            asyncio.CancelledError: a signal stopped it.
        """
        task = asyncio.ensure_future(work)
        self._task = task
        return await task

    def answered(self) -> None:
        """Note that an answer came: the moment at which work is stopped best."""
        if self._due is not None and not self._due.cancelled():
            self._cancel()

    def _hear(self) -> None:
        if self.stopped:
            self.abandoned = True
            self._cancel()
            return
        self.stopped = True
        self._due = asyncio.get_running_loop().call_later(_LONGEST_ANSWER, self._cancel)
        self._on_stop()

    def _cancel(self) -> None:
        if self._due is not None:
            self._due.cancel()
        if self._task is None or self._task.done():
            return
        self._task.cancel()
        if self.abandoned:  # what it does at its end has to be stopped too
            self._due = asyncio.get_running_loop().call_later(_AT_ONCE, self._cancel)
