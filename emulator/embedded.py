"""`Emulator`: the emulator on a free port, in a thread of this process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from emulator.api.emulation import EMULATION
from emulator.given import Given, settings_of
from emulator.handle import Northflank
from emulator.remote import KeptRemote
from emulator.server import Runner, listen, new_loop, runner
from emulator.settings import Settings

_T = TypeVar("_T")


class Emulator(Northflank):
    """An emulator on a free port of this machine, in a thread with an event loop of its own.

    `with Emulator() as emulator:` starts and stops it, `async with` too; it is a handle of one account besides, whose
    token is `emulator.token`. `emulator.fresh()` is another account.

    Args:
        host: where to listen.
        port: 0 for a free one.
        given: other settings, such as `rate_limit="enforce"` or `assume={"duplicate-name": "suffix"}`; see `Given`.
        settings: all of them as one object, in place of the keywords; its host and port are those of the command.

    Raises:
        InvalidSettingError: there is no such setting, or its value cannot be used; the message has those there are.
    """

    def __init__(
        self, settings: Settings | None = None, *, host: str = "127.0.0.1", port: int = 0, **given: Unpack[Given]
    ) -> None:
        if settings is None or given:
            settings = settings_of({"host": host, "port": port, **given}, instead_of=settings)
        self._settings = settings
        self._host, self._port = host, port
        self._remote: KeptRemote | None = None
        self._thread: threading.Thread | None = None
        # Where tokens are declared, a new one would be refused.
        declared = next(iter(self._settings.tokens), None)
        self._begin(declared.token if declared else None, declared.account if declared else None)

    def __repr__(self) -> str:
        return super().__repr__() if self.running else f"<{type(self).__name__}: not running>"

    @property
    def running(self) -> bool:
        """Whether it accepts requests."""
        return self._remote is not None

    @property
    def remote(self) -> KeptRemote:
        """The control routes.

        Raises:
            RuntimeError: it is not running.
        """
        if self._remote is None:
            raise RuntimeError("The emulator is not running; use `with Emulator() as emulator:` or call start().")
        return self._remote

    def start(self) -> Self:
        """Start, and return once requests are accepted.

        Raises:
            InvalidSettingError: the address cannot be used.
        """
        if self._thread is not None:
            raise RuntimeError("The emulator is running already.")
        self._running: Runner = runner(self._settings)
        self._loop = new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="northflank-emulator", daemon=True)
        self._thread.start()
        try:
            url = self._do(listen(self._running, self._host, self._port))
        except BaseException:
            self._end_thread()
            raise
        self._remote = KeptRemote(url, admin_token=self._settings.admin_token)
        return self

    def stop(self) -> None:
        """Stop; does nothing if it is not running."""
        if self._thread is None:
            return
        if self._remote is not None:
            self._remote.close()
            self._remote = None
            self._forget_switches()
        self._do(self._running.cleanup())
        self._end_thread()

    def reset(self, account: str | None = None) -> None:
        """Forget everything that was stored and counted, or only what belongs to one account.

        Unlike that of other handles, this one's is the whole emulator.
        """

        async def reset() -> None:
            self._running.app[EMULATION].reset(account)

        self._do(reset())

    def close(self) -> None:
        """Stop."""
        self.stop()

    def fresh(self) -> Northflank:
        """Return another account of this emulator, with a token that nobody has used.

        Raises:
            RuntimeError: tokens are declared, so that a new one would be refused.
        """
        if self._settings.tokens:
            raise RuntimeError("Tokens are declared, so a new one would be refused; use for_token(TOKEN).")
        return super().fresh()

    def for_token(self, token: str, account: str | None = None) -> Northflank:
        """Return a handle of the account of a declared token, or of any other token."""
        declared = {entry.token: entry.account for entry in self._settings.tokens}
        return super().for_token(token, account or declared.get(token))

    def _do(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _end_thread(self) -> None:
        self._do(_end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join()
        self._loop.close()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)


async def _end_tasks() -> None:
    """End what the cleanup left, as `asyncio.Runner` does: aiohttp does not wait for what it cancels."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    loop = asyncio.get_running_loop()
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
